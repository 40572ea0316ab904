"""Spreadsheets: their tables with the names of columns, values as they are shown, and bounds."""

import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from struct import pack

import openpyxl
import pytest
from outline import check_blocks
from sample_files import make_zip
from xls_files import (
    formula_cell,
    make_book,
    make_xls,
    number_cell,
    record,
    styles_of,
    text_cell,
    whole_cells,
)

from rag.documents.formats.sheet_notes import parse_format
from rag.documents.formats.sheet_tables import column_letter
from rag.documents.formats.spreadsheet import extract_ods, extract_spreadsheet
from rag.documents.formats.xls_formats import formats_in
from rag.documents.structure import walk_blocks

LIMIT = 1_000_000


def book_of(*rows, title="T"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def saved(book):
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def read(book, limit=LIMIT):
    extracted = extract_spreadsheet(saved(book), limit)
    check_blocks(extracted.text, extracted.blocks)
    return extracted


def text_of(*rows):
    """Return what is written below the sheet's name."""
    heading, _, text = read(book_of(*rows)).text.partition("\n\n")
    assert heading == "# T"
    return text


def refusal_of(data, limit=LIMIT, read=extract_spreadsheet):
    with pytest.raises(ValueError) as raised:
        read(data, limit)
    return str(raised.value)


def test_rows_name_their_columns_and_know_their_numbers():
    extracted = read(book_of(["Prices"], [], ["Item", "Euros"], ["Roof", 4500], ["Wall", 9.5]))
    assert extracted.text == "# T\n\nPrices\n\nItem: Roof; Euros: 4500\nItem: Wall; Euros: 9.5"
    rows = [block for block in walk_blocks(extracted.blocks) if block.kind == "row"]
    assert [row.number for row in rows] == [4, 5]
    assert [cell.label for cell in rows[0].children] == ["Item", "Euros"]


def test_values_look_as_in_a_sheet():
    values = [
        (1234.0, "1234"),
        (0.1 + 0.2, "0.3"),
        (1234567890123450, "1234567890123450"),
        (1.5e18, "1500000000000000000"),
        (1e20, "1e+20"),
        (0.00001234, "0.00001234"),
        (True, "TRUE"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 13, 30), "2024-05-01 13:30"),
        (datetime(2024, 5, 1, 13, 30, 5), "2024-05-01 13:30:05"),
        (time(3, 4), "03:04"),
        (timedelta(hours=30), "30:00"),
        ("two\nlines", "two / lines"),
        ("  spaces   inside ", "spaces inside"),
    ]
    shown = text_of(
        ["Name", "Value", "More"], *([f"n{i}", v, 1] for i, (v, _) in enumerate(values))
    )
    assert shown.splitlines() == [
        f"Name: n{place}; Value: {text}; More: 1" for place, (_, text) in enumerate(values)
    ]


def test_units_and_percentages_of_formats_are_shown():
    book = book_of(["Item", "Share"], ["a", 0.153], ["b", 4500], ["c", 3], ["d", 7])
    for cell, form in (("B2", "0%"), ("B3", '#,##0 "€"'), ("B4", "[$CHF-807] 0"), ("B5", "0.00")):
        book.active[cell].number_format = form
    assert read(book).text.splitlines()[2:] == [
        "Item: a; Share: 15.3%",
        "Item: b; Share: 4,500 €",
        "Item: c; Share: CHF 3",
        "Item: d; Share: 7.00",
    ]


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("£#,##0.00", 184.2, "£184.20"),
        ("£#,##0.00", 7412.2, "£7,412.20"),
        ("[$£-809]#,##0;[Red]-[$£-809]#,##0", 26000, "£26,000"),
        ("[$£-809]#,##0;[Red]-[$£-809]#,##0", 26000.5, "£26,000.5"),
        ('_-"£"* #,##0.00_-;-"£"* #,##0.00_-', 1420, "£1,420.00"),
        ("#,##0.00", 1234567.891, "1,234,567.89"),
        ("0.00", 17.916666666666668, "17.92"),
        ("0.00", 2.675, "2.68"),
        ("0.0##", 2.5, "2.5"),
        ("0.00", -0.001, "-0.001"),
        ("#,##0", 4 / 3, "1.33"),
        ("#,##0", 0.0456, "0.0456"),
        ("0.0%", 0.045, "4.5%"),
        ("0%", 0.045, "4.5%"),
        ("0.00%", -0.5, "-50.00%"),
        ("#,##0.00", 1e16, "10000000000000000"),
        ("General", 1234.5, "1234.5"),
        ("£#,##0.00", -40, "-£40.00"),
        ("[$£-809]#,##0;[Red]-[$£-809]#,##0", -1420, "-£1,420"),
        ('"Flat "0', -1, "Flat -1"),
    ],
)
def test_numbers_have_the_decimals_and_thousands_of_their_format(code, value, shown):
    book = book_of(["Item", "Value", "Price"], ["a", value, 1])
    book.active["B2"].number_format = code
    assert read(book).text.splitlines()[2] == f"Item: a; Value: {shown}; Price: 1"


@pytest.mark.parametrize(
    ("code", "around"),
    [
        ("0.0%", ("", "%")),
        ('0.0" kg"', ("", " kg")),
        ("$#,##0.00", ("$", "")),
        ("[Red][$€-2] 0;-0", ("€ ", "")),
        ("0\\h", ("", "h")),
        ("+0.0%;-0.0%", ("", "%")),
        ('General" kg"', ("", " kg")),
        ('"a;b"0', ("a;b", "")),
        ('[<1000]0" g";0.0," kg"', None),
        ("General", None),
        ("0.00E+00", None),
        ("# ?/?", None),
        ("yyyy-mm-dd", None),
        ('0,,"M"', None),
        ("", None),
    ],
)
def test_what_a_format_shows_around_numbers(code, around):
    form = parse_format(code)
    assert (form and (form.before, form.after)) == around


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("00000", 1234, "01234"),
        ("00000", 1234.5, "1234.5"),
        ('"K-"0000', 42, "K-0042"),
        ("000-00-0000", 123456789, "123-45-6789"),
        ("(000) 000-0000", 5551234567, "(555) 123-4567"),
        ("000-000", 1234567, "1234-567"),
    ],
)
def test_digits_that_a_format_adds_or_parts_are_shown(code, value, shown):
    book = book_of(["Item", "Value", "Price"], ["a", value, 1])
    book.active["B2"].number_format = code
    assert read(book).text.splitlines()[2] == f"Item: a; Value: {shown}; Price: 1"


def test_tables_apart_by_an_empty_row_have_names_of_their_own():
    assert (
        text_of(
            ["Item", "Euros"], ["Roof", 1], [], ["Town", "People"], ["Bern", 2], [], ["Genf", 3]
        )
        == "Item: Roof; Euros: 1\n\nTown: Bern; People: 2\n\nTown: Genf; People: 3"
    )


def test_tables_beside_each_other_are_apart():
    assert text_of(["A", "B", None, "C", "D"], ["x", 1, None, "y", 2]) == "A: x; B: 1\n\nC: y; D: 2"


def test_empty_columns_between_amounts_do_not_part_a_table():
    assert text_of(
        ["Pos", "Item", None, "Count", "Unit", None, "Price", "Total"],
        [1, "Pump", None, 2, "pc", None, 100, 200],
        [2, "Hose", None, 5, "m", None, 4, 20],
    ) == (
        "Pos: 1; Item: Pump; Count: 2; Unit: pc; Price: 100; Total: 200\n"
        "Pos: 2; Item: Hose; Count: 5; Unit: m; Price: 4; Total: 20"
    )
    beside = text_of(["A", "B", None, "Nr", "C"], ["x", 1, None, 1, "u"], ["y", 1, None, 2, "v"])
    assert beside.endswith("\n\nNr: 1; C: u\nNr: 2; C: v")


def test_a_table_goes_on_after_an_empty_row_though_a_column_ends():
    first = [["Name", "Role", "City"], ["Anna", "chair", "Bern"], []]
    shown = "Name: Anna; Role: chair; City: Bern\n\n"
    assert text_of(*first, ["Bert", "clerk"], ["Carl", "clerk"]) == (
        f"{shown}Name: Bert; Role: clerk\nName: Carl; Role: clerk"
    )
    assert text_of(*first[:2], *first[2:], ["Room", "Rent"], ["Hall", 5]) == (
        f"{shown}Room: Hall; Rent: 5"
    )


def test_a_table_of_numbers_goes_on_where_it_has_numbers():
    first = [["Item", "Count", "Price"], ["Bolt", 5, 0.1], []]
    shown = "Item: Bolt; Count: 5; Price: 0.1\n\n"
    assert text_of(*first, ["Pin", "n/a", 0.3], ["Nut", 8, 0.4], ["Cap", 9, 0.5]) == (
        f"{shown}Item: Pin; Count: n/a; Price: 0.3\nItem: Nut; Count: 8; Price: 0.4\n"
        "Item: Cap; Count: 9; Price: 0.5"
    )
    assert text_of(*first, ["Total", 26]) == f"{shown}Item: Total; Count: 26"
    assert text_of(*first, ["Town", "Lake", "Hill"], ["Ulm", "no", "yes"]) == (
        f"{shown}Town: Ulm; Lake: no; Hill: yes"
    )


def test_names_that_come_again_on_each_page_are_no_rows():
    names = ["Name", "Age", "City"]
    assert text_of(names, ["Anna", 30, "Ulm"], names, ["Bert", 40, "Bern"]) == (
        "Name: Anna; Age: 30; City: Ulm\nName: Bert; Age: 40; City: Bern"
    )


def test_what_stands_above_the_names_is_no_row_of_the_table():
    names, row = ["Code", "Name", "Bin", "Count"], ["A-1", "Bolt", "B1", 5]
    shown = "Code: A-1; Name: Bolt; Bin: B1; Count: 5"
    assert text_of(["Stock list", None, None, "Printed: 12.5."], names, row) == (
        f"Stock list; Printed: 12.5.\n\n{shown}"
    )
    assert text_of(["Customer:", "Kern"], ["Date:", date(2024, 5, 1)], names, row) == (
        f"Customer: Kern\nDate: 2024-05-01\n\n{shown}"
    )


def test_lines_above_a_table_are_no_rows():
    table = [["Job", "Who", "Days", "Cost"], ["Roof", "Stan", 3, 5], ["Wall", "Josie", 1, 7]]
    shown = "Job: Roof; Who: Stan; Days: 3; Cost: 5\nJob: Wall; Who: Josie; Days: 1; Cost: 7"
    titles = [["REPAIRS 2023/24"], ["JA keeps this, do not sort"]]
    for between in ([], [[]]):
        assert text_of(*titles, *between, *table) == (
            f"REPAIRS 2023/24\n\nJA keeps this, do not sort\n\n{shown}"
        )
    extracted = read(book_of(*titles, [], *table))
    assert [block.kind for block in extracted.blocks] == [
        "heading",
        "paragraph",
        "paragraph",
        "table",
    ]
    assert text_of(*titles) == "REPAIRS 2023/24\nJA keeps this, do not sort"  # may be a list


def test_one_name_and_its_value_apart_from_a_table_are_a_note():
    table = [["Tenant", "Flat", "Since", "Rent"], ["Ann", "A1", date(2009, 3, 2), 400]]
    table += [["Bob", "A2", date(2010, 3, 2), 500]]
    shown = "Tenant: Ann; Flat: A1; Since: 2009-03-02; Rent: 400\n"
    shown += "Tenant: Bob; Flat: A2; Since: 2010-03-02; Rent: 500"
    note = ["Prepared by Kern, as at", None, None, date(2024, 9, 30)]
    line = "Prepared by Kern, as at: 2024-09-30"
    assert text_of(note, [], *table) == f"{line}\n\n{shown}"
    assert text_of(*table, [], note) == f"{shown}\n\n{line}"
    row = ["Carl", None, date(2011, 3, 2)]
    assert text_of(*table, [], row).endswith("\n\nTenant: Carl; Since: 2011-03-02")
    kinds = [block.kind for block in read(book_of(note, [], *table, [], note)).blocks]
    assert kinds == ["heading", "paragraph", "table", "paragraph"]
    assert text_of(["Rent roll"], note, [], *table) == f"Rent roll\n\n{line}\n\n{shown}"


def test_rows_without_names_of_columns_stay_rows_below_an_emptier_one():
    rows = text_of(["Name", None, None, "City", None], ["Anna", "x", "y", "Bern", "z"])
    assert rows == "| Name |  |  | City |  |\n| Anna | x | y | Bern | z |"


def test_a_list_of_values_names_each():
    assert text_of(["Name", "Anna Kern"], ["Age", 42], ["City", "Basel"]) == (
        "Name: Anna Kern\nAge: 42\nCity: Basel"
    )
    assert text_of(["Name:", "Anna Kern"], ["City:", "Basel"]) == "Name: Anna Kern\nCity: Basel"
    assert text_of(["Invoice", "2024-77"], ["Customer", "Kern"]) == (
        "Invoice: 2024-77\nCustomer: Kern"
    )


def test_names_without_a_value_are_kept_in_a_list_of_values():
    assert text_of(["Phone", 555], ["SHIPPING"], ["Via", "ship"], ["Weight", 12]) == (
        "Phone: 555\nSHIPPING\nVia: ship\nWeight: 12"
    )
    assert text_of(["Name:", "Anna"], ["Fax:", None], ["City:", "Basel"]) == (
        "Name: Anna\nFax:\nCity: Basel"
    )


def test_without_names_rows_stay_rows():
    assert text_of(["Roof", 1, 2], ["Wall", 3, 4]) == "| Roof | 1 | 2 |\n| Wall | 3 | 4 |"


def test_years_are_names_and_columns_without_one_have_their_letter():
    assert text_of(["Item", 2023, 2024], ["Roof", 1, 2]) == "Item: Roof; 2023: 1; 2024: 2"
    assert text_of(["Item", "A", None, "B"], ["Roof", 1, 2, 3]) == (
        "Item: Roof; A: 1; column C: 2; B: 3"
    )


def test_names_may_be_days_or_count_on():
    assert text_of(["Item", date(2024, 1, 1), date(2024, 2, 1)], ["Rent", 100, 120]) == (
        "Item: Rent; 2024-01-01: 100; 2024-02-01: 120"
    )
    assert text_of(["Worker", 1, 2, 3], ["Anna", 8, 7, 8]) == "Worker: Anna; 1: 8; 2: 7; 3: 8"
    assert text_of(["Region", "Q1", "Q2"], ["North", 1, 2]) == "Region: North; Q1: 1; Q2: 2"


def test_notes_and_sections_are_of_no_column():
    assert text_of(["Item", "A", "B"], ["Europe"], ["Roof", 1, 2], ["Checked by Tom."]) == (
        "Europe\nItem: Roof; A: 1; B: 2\nChecked by Tom."
    )


def test_merged_cells_are_repeated_and_two_rows_of_names_become_one():
    book = book_of(
        ["Plan of 2024"],
        [None, "First", None, "Second", None],
        ["Team", "Plan", "Real", "Plan", "Real"],
        ["Red", 1, 2, 3, 4],
        [None, 5, 6, 7, 8],
    )
    for place in ("A1:E1", "B2:C2", "D2:E2", "A4:A5"):
        book.active.merge_cells(place)
    assert read(book).text == (
        "# T\n\nPlan of 2024\n\n"
        "Team: Red; First Plan: 1; First Real: 2; Second Plan: 3; Second Real: 4\n"
        "Team: Red; First Plan: 5; First Real: 6; Second Plan: 7; Second Real: 8"
    )


def test_labels_of_groups_are_in_each_of_their_rows():
    rows = ["Region", "Quarter", "Sales"], ["North", "Q1", 5], [None, "Q2", 6]
    assert text_of(*rows, ["South", "Q1", 7], [None, "Q2", 8]) == (
        "Region: North; Quarter: Q1; Sales: 5\nRegion: North; Quarter: Q2; Sales: 6\n"
        "Region: South; Quarter: Q1; Sales: 7\nRegion: South; Quarter: Q2; Sales: 8"
    )


def test_names_below_those_over_several_columns_may_repeat():
    names = [["Item", 2023, None, 2024, None], [None, "Plan", "Real", "Plan", "Real"]]
    book = book_of(*names, ["Roof", 1, 2, 3, 4])
    for place in ("A1:A2", "B1:C1", "D1:E1"):
        book.active.merge_cells(place)
    shown = "Item: Roof; 2023 Plan: 1; 2023 Real: 2; 2024 Plan: 3; 2024 Real: 4"
    assert read(book).text == f"# T\n\n{shown}"
    assert text_of([None, *names[0][1:]], ["Item", *names[1][1:]], ["Roof", 1, 2, 3, 4]) == shown


def test_names_over_three_rows_and_units_become_one():
    book = book_of(
        ["Item", "Europe", None, None, None],
        [None, "North", None, "South", None],
        [None, "Plan", "Real", "Plan", "Real"],
        ["Roof", 1, 2, 3, 4],
    )
    for place in ("A1:A3", "B1:E1", "B2:C2", "D2:E2"):
        book.active.merge_cells(place)
    assert read(book).text.endswith(
        "Item: Roof; Europe North Plan: 1; Europe North Real: 2; Europe South Plan: 3; "
        "Europe South Real: 4"
    )
    assert text_of(["Item", "Weight", "Note"], [None, "kg"], ["Roof", 12, "x"]) == (
        "Item: Roof; Weight kg: 12; Note: x"
    )


def test_hidden_sheets_are_named_and_left_out():
    book = book_of(["Shown"])
    book.create_sheet("Lists").append(["secret"])
    book["Lists"].sheet_state = "hidden"
    book.create_sheet("Empty")
    extracted = read(book)
    assert extracted.text == "# T\n\nShown"
    assert extracted.warnings == ("hidden and left out: sheet Lists; show it to have it read",)


def test_formulas_without_values_are_counted():
    extracted = read(book_of(["Item", "Sum"], ["a", "=1+1"], ["b", 2]))
    assert extracted.text == "# T\n\nItem: a\nItem: b; Sum: 2"
    assert extracted.warnings == (
        "1 formulas have no values; open it in a spreadsheet program and save",
    )


@pytest.mark.parametrize(
    ("place", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_letters_of_columns(place, letter):
    assert column_letter(place) == letter


def with_sheet(rows, strings=None, book=None):
    """Return an .xlsx whose one sheet has this XML in place of its rows, and these texts."""
    with zipfile.ZipFile(BytesIO(saved(book or book_of(["x"])))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    start, end = sheet.index("<sheetData>"), sheet.index("</sheetData>")
    parts["xl/worksheets/sheet1.xml"] = sheet[:start] + f"<sheetData>{rows}" + sheet[end:]
    if strings:
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        texts = "".join(f"<si><t>{text}</t></si>" for text in strings)
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{texts}</sst>'
    return make_zip(parts)


def test_values_of_formulas_have_their_units():
    book = book_of(["Item", "Sum", "Share"], ["x", 1, 1])
    book.active["B2"].number_format, book.active["C2"].number_format = '0 "€"', "0%"
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Item</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Sum</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>Share</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c>'
        '<c r="B2" s="1"><f>IF(1&lt;2,119,0)</f><v>119</v></c>'
        '<c r="C2" s="2"><f t="shared" si="0"/>\n<v>0.19</v></c></row>'
    )
    assert extract_spreadsheet(with_sheet(cells, book=book), LIMIT).text == (
        "# T\n\nItem: a; Sum: 119 €; Share: 19%"
    )


def test_cells_far_apart_are_left_out_before_they_take_memory():
    far = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )
    assert refusal_of(with_sheet(far)) == (
        "the sheet T was left out: its cells lie over 17,179,869,184 places; "
        "expected at most 250,000; remove what stands far away from the rest"
    )


def test_an_empty_cell_far_away_does_no_harm():
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row><row r="1048576"/>'
    assert extract_spreadsheet(with_sheet(rows), LIMIT).text == "# T\n\n1"


def test_cells_without_places_are_counted_too():
    rows = "<row><c><v>1</v></c></row>" * 600 + "<row>" + "<c><v>1</v></c>" * 600 + "</row>"
    assert "its cells lie over 360,600 places" in refusal_of(with_sheet(rows))


def test_one_long_text_in_many_cells_is_refused():
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 101))
    data = with_sheet(cells, ["x" * 30_000])
    assert refusal_of(data).startswith("3,000,000 bytes of text; expected at most 1,000,000")
    assert len(extract_spreadsheet(data, 4_000_000).text) > 3_000_000


def test_archive_that_unpacks_to_too_much_is_refused():
    with zipfile.ZipFile(BytesIO(saved(book_of(["x"])))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/media/image1.png"] = bytes(6_000_000)
    assert refusal_of(make_zip(parts)).startswith("it unpacks to more; expected at most 5,000,000")


def test_every_cut_and_wrong_byte_is_refused_or_read():
    whole = saved(book_of(["Item", "Euros"], ["Roof", 1]))
    for place in range(0, len(whole), 53):
        for data in (whole[:place], whole[:place] + b"\xff" + whole[place + 1 :]):
            try:
                extract_spreadsheet(data, LIMIT)
            except ValueError as error:
                assert "\n" not in str(error)


def test_other_files_are_refused_in_one_line():
    assert refusal_of(b"no zip") == (
        "it is damaged, or not a spreadsheet (.xlsx): it cannot be unpacked; save it again"
    )
    assert refusal_of(make_zip({"a": "x"})) == (
        "it is damaged, or not a spreadsheet (.xlsx, .xls, .ods); save it again"
    )


CELLS = b"".join(
    (text_cell(0, 0, 0), text_cell(0, 1, 1), text_cell(1, 0, 2), number_cell(1, 1, 4500.0))
)


def test_old_spreadsheets_are_read():
    book = make_book(
        ["Item", "Euros", "Roof"], ("Costs", False, CELLS), ("Lists", True, number_cell(0, 0, 1.0))
    )
    extracted = extract_spreadsheet(make_xls(book), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    assert extracted.text == "# Costs\n\nItem: Roof; Euros: 4500"
    assert extracted.warnings == ("hidden and left out: sheet Lists; show it to have it read",)


def test_old_spreadsheets_have_the_units_of_formats():
    styles = styles_of("General", '0.00 "kg"', "[$€-2] #,##0", "0%", "00000", "yyyy-mm-dd")
    cells = [text_cell(0, column, column) for column in range(7)] + [
        text_cell(1, 0, 7),
        number_cell(1, 1, 2.5, 1),
        whole_cells(1, 2, (1200, 2), (40, 0)),
        number_cell(1, 4, 0.25, 3),
        formula_cell(1, 5, 7.0, 4),
        formula_cell(1, 6, "n", 1),
    ]
    texts = ["Item", "Weight", "Price", "Count", "Share", "Code", "Note", "Roof"]
    other = text_cell(0, 0, 0) + text_cell(0, 1, 3) + text_cell(1, 0, 7) + number_cell(1, 1, 3)
    sheets = ("One", False, b"".join(cells)), ("Two", False, other)
    book = make_book(texts, *sheets, styles=styles)
    assert extract_spreadsheet(make_xls(book), LIMIT).text == (
        "# One\n\nItem: Roof; Weight: 2.50 kg; Price: € 1,200; Count: 40; Share: 25%; Code: 00007; "
        "Note: n\n\n# Two\n\nItem: Roof; Count: 3"
    )


def test_formats_of_still_older_spreadsheets_are_not_read():
    book = make_book(["x"], ("S", False, number_cell(0, 0, 2.0, 1)), styles=styles_of("", '0 "kg"'))
    assert list(formats_in(book)) == ["S"]
    older = book.replace(pack("<HH", 0x0600, 0x0005), pack("<HH", 0x0500, 0x0005))
    assert formats_in(older) == {}


def test_damaged_formats_of_an_old_spreadsheet_add_nothing():
    cut = record(0x041E, b"\xa4") + record(0x00E0, b"\0") + record(0x0085, b"\0")
    long = record(0x041E, pack("<HHB", 164, 60_000, 1) + b"0") + record(0x00E0, pack("<HH", 0, 164))
    book = make_book(["x"], ("S", False, number_cell(0, 0, 2.0, 1)), styles=cut + long)
    assert formats_in(book) == {}


def test_old_spreadsheets_are_bounded():
    far = make_book(["x"], ("S", False, number_cell(0, 0, 1.0) + number_cell(65_535, 65_535, 2.0)))
    assert refusal_of(make_xls(far)).startswith("its sheets take 4,294,967,296 cells; expected at")
    many = b"".join(text_cell(row, 0, 0) for row in range(300))
    long = make_book(["x" * 8_000], ("S", False, many))
    assert refusal_of(make_xls(long)).startswith("2,400,000 bytes of text; expected at most")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (make_xls(b"", "EncryptedPackage"), "it has a password; save it without"),
        (
            make_xls(record(0x0809, bytes(16)) + record(0x002F, bytes(6))),
            "it has a password; save it without",
        ),
        (make_xls(b"", "Other"), "it is damaged, or not a spreadsheet (.xls); save it as .xlsx"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            "it is damaged, or not a spreadsheet (.xls); save it as .xlsx",
        ),
    ],
)
def test_old_spreadsheets_that_cannot_be_read(data, line):
    assert refusal_of(data) == line


def test_every_cut_and_wrong_byte_of_an_old_one_is_refused_or_read():
    whole = make_xls(make_book(["Item", "Euros", "Roof"], ("Costs", False, CELLS)))
    places = [*range(0, 900, 3), *range(900, len(whole), 97)]
    for place in places:
        for data in (whole[:place], whole[:place] + b"\xff" + whole[place + 1 :]):
            try:
                extract_spreadsheet(data, LIMIT)
            except ValueError as error:
                assert "\n" not in str(error)


def ods(rows, manifest="<manifest/>"):
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text")
    )
    return make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="T">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        }
    )


def ods_row(*cells, more=""):
    kinds = (
        f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
        if isinstance(cell, int)
        else '<table:table-cell office:value-type="string">'
        f"<text:p>{cell}</text:p></table:table-cell>"
        for cell in cells
    )
    return f"<table:table-row{more}>{''.join(kinds)}</table:table-row>"


def test_ods_is_read():
    data = ods(ods_row("Item", "Euros") + ods_row("Roof", 4500))
    assert extract_ods(data, LIMIT).text == "# T\n\nItem: Roof; Euros: 4500"


def test_empty_cells_of_ods_to_the_end_do_no_harm():
    end = '<table:table-cell table:number-columns-repeated="16384"/>'
    rows = ods_row("Item", 1).replace("</table:table-row>", f"{end}</table:table-row>")
    rows += f'<table:table-row table:number-rows-repeated="1048575">{end}</table:table-row>'
    assert extract_ods(ods(rows), LIMIT).text == "# T\n\n| Item | 1 |"


def test_repeated_cells_of_ods_are_bounded():
    repeated = ods_row("x").replace(
        "<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"'
    )
    rows = repeated.replace(
        "<table:table-row", '<table:table-row table:number-rows-repeated="1048576"'
    )
    assert refusal_of(ods(rows), read=extract_ods).startswith(
        "its sheets take 17,179,869,184 cells"
    )
    long = ods_row("x" * 100_000, more=' table:number-rows-repeated="1000"')
    assert "bytes of text; expected at most" in refusal_of(ods(long), read=extract_ods)


def test_ods_with_a_password_is_one_line():
    data = ods(ods_row("x"), manifest="<manifest><encryption-data/></manifest>")
    assert refusal_of(data, read=extract_ods) == "it has a password; save it without"


def ods_value(kind, value, shown, more=""):
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}"{more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (ods_value("percentage", 0.125, "12.5%"), "12.5%"),
        (ods_value("percentage", 0.125, ""), "12.5%"),
        (ods_value("currency", -99.9, "-99,90 €", ' office:currency="EUR"'), "-99.90 €"),
        (ods_value("currency", 7412.2, "£7,412.20", ' office:currency="GBP"'), "£7,412.20"),
        (ods_value("float", 0, "0.00"), "0.00"),
        (ods_value("currency", 1200000, "1.2 Mio", ' office:currency="EUR"'), "1200000 EUR"),
        (ods_value("float", 1234.56, "1.234,6 kg"), "1234.6 kg"),
        (ods_value("float", 1234, "01234"), "01234"),
        (ods_value("float", 42, "K-0042"), "K-0042"),
        (ods_value("float", 12500000, "12.5 M"), "12500000"),
        (
            '<table:table-cell office:value-type="time" office:time-value="PT36H05M00S"/>',
            "36:05",
        ),
    ],
)
def test_ods_values_look_as_they_are_shown(cell, shown):
    row = ods_row("a", "", 1).replace(
        '<table:table-cell office:value-type="string"><text:p></text:p></table:table-cell>', cell
    )
    rows = '<table:table-row table:number-rows-repeated="2"/>' + ods_row("Item", "Value", "More")
    assert extract_ods(ods(rows + row), LIMIT).text == f"# T\n\nItem: a; Value: {shown}; More: 1"


def test_ods_merged_cells_are_repeated_and_what_they_hide_is_not_shown():
    first = ods_row("North", "Kiel", 10).replace(
        "<table:table-cell", '<table:table-cell table:number-rows-spanned="2"', 1
    )
    second = ods_row("hidden", "Ulm", 20).replace("table:table-cell", "table:covered-table-cell", 1)
    second = second.replace("</table:table-cell>", "</table:covered-table-cell>", 1)
    data = ods(ods_row("Region", "City", "Sales") + first + second)
    assert extract_ods(data, LIMIT).text == (
        "# T\n\nRegion: North; City: Kiel; Sales: 10\nRegion: North; City: Ulm; Sales: 20"
    )


def test_hidden_rows_and_columns_are_read():
    book = book_of(["Name", "Age", "City"], ["Anna", 30, "Ulm"], ["Bert", 40, "Bern"])
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    assert read(book).text.endswith("Name: Bert; Age: 40; City: Bern")


def test_only_hidden_sheets_say_why_nothing_is_read():
    book = book_of([])
    book.create_sheet("Lists").append(["secret"])
    book["Lists"].sheet_state = "hidden"
    assert refusal_of(saved(book)) == ("hidden and left out: sheet Lists; show it to have it read")
