"""CSV and TSV: a row says what its cells are, as the file has them."""

import pytest
from outline import check_blocks
from processor_limit import assert_ends

from rag.documents.formats.csv import extract_csv, extract_tsv
from rag.documents.formats.delimited import delimiter_of, rows_of

LIMIT = 100_000


def text_of(table, extract=extract_csv):
    extracted = extract(table.encode(), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    assert extracted.page_starts == ()
    return extracted.text


def numbers_of(table):
    return [row.number for row in extract_csv(table.encode(), LIMIT).blocks[-1].children]


def test_row_names_its_columns():
    assert text_of("City,People\r\nBerlin,3.7 million\r\n\r\nBonn,\r\n") == (
        "City: Berlin; People: 3.7 million\nCity: Bonn"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_the_one_that_parts_all_rows_alike(delimiter):
    table = f'"a,b;b",c\n1{delimiter}2'.replace('",', f'"{delimiter}')
    assert text_of(table) == "a,b;b: 1; c: 2"


@pytest.mark.parametrize(
    ("table", "delimiter"),
    [
        ("Name, first;City, country;Pay, EUR\nAnna;Bern;4500\nTom;Basel;3900", ";"),
        ("name;pay\nAnna;4.500,00\nTom;3.900,50", ";"),
        ("name|a;b\nx|1", "|"),
        ("a, b;c\nd, e;f", ";"),
        ("name , city\nAnna , Bern", ","),
        ("Anna;1,5;2,5\nTom;3,5;4,5", ";"),
        ("01.02.2024;-1200,50;3400,10\n02.02.2024;-1.100,00;3300,10 EUR", ";"),
        ("Werte\n1,50;2,50\n3,50;4,50", ";"),
        ("Umsatz, Mio;Kosten, Mio\n1,5;2,5", ";"),
        ("Kern, Anna;1,5\nReed, Tom;2,5", ";"),
        ("Anna;1,500;1,200,300.50\nTom;2,500;1,100,000.25", ";"),
        ("Anna|1,5|2,5\nTom|3,5|4,5", "|"),
        ('"1,5";"2,5"\n"3,5";"4,5"', ";"),
        ("id,tags,pay\n1,5;2,5\n2,6;3,7", ","),
        ("Anna,red;blue,4500\nTom,white;black,3900", ","),
        ("1,2;3;4,5,x\n2,3;4;5,6,y", ","),
        ('name,"1,5"\nTom,"2,5"', ","),
        ("one\ntwo", ","),
        ("", ","),
    ],
)
def test_delimiter_is_not_what_only_stands_in_cells(table, delimiter):
    assert delimiter_of(table) == delimiter


def test_sep_line_names_the_delimiter_and_is_no_row():
    assert text_of("sep=;\r\nname;pay\r\nAnna;1,2\r\n") == "name: Anna; pay: 1,2"
    assert text_of("sep=^\nname^pay\nAnna^1,2") == "name: Anna; pay: 1,2"
    assert numbers_of("sep=;\nname;pay\nAnna;1") == [2]


def test_rows_have_their_numbers_in_the_original():
    assert numbers_of('name,pay\nAnna,"1\n2"\n\nTom,2') == [2, 4]
    assert numbers_of("Staff\n,\nname,pay\nAnna,1\nTom,2") == [4, 5]


@pytest.mark.parametrize(
    "rows",
    [
        ["Anna Kern,Basel,4500", "Tom Reed,Bern,3900"],
        ["Anna,a@example.org", "Tom,t@example.org"],
        ["Anna,2021-05-01,x", "Tom,2021-06-30,y"],
        ["Anna,Bern", "Tom,Bern", "Eva,Basel"],
        ["A12,red", "A13,blue"],
        ["Anna,2019,2020", "Tom,2018,2020"],
    ],
)
def test_first_row_that_is_like_the_others_is_no_header(rows):
    cells = [row.split(",") for row in rows]
    assert text_of("\n".join(rows)) == "\n".join(
        "; ".join(f"column {place}: {cell}" for place, cell in enumerate(row, start=1))
        for row in cells
    )


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Name,City,Salary", "Anna,Bern,4500"),
        ("Name,City", "Anna,Bern"),
        ("name,phone,phone", "Anna,111,222"),
        ("Item,2019,2020", "Income,100,120"),
        ("col0,col1", "v0,v1"),
        ("Name,Size in m2", "Hall,80"),
        ("E-mail,Since", "a@example.org,2021-05-01"),
    ],
)
def test_first_row_that_is_unlike_the_others_names_the_columns(header, row):
    names, cells = header.split(","), row.split(",")
    assert text_of(f"{header}\n{row}") == "; ".join(
        f"{name}: {cell}" for name, cell in zip(names, cells, strict=True)
    )


def test_title_rows_above_the_header_are_paragraphs():
    assert text_of("Staff list 2024,,\n,,\nname,city,pay\nAnna,Bern,4500\nTom,Basel,3900") == (
        "Staff list 2024\n\nname: Anna; city: Bern; pay: 4500\nname: Tom; city: Basel; pay: 3900"
    )


def test_single_column_without_a_header_is_a_list():
    assert text_of("Apples\nPears\nPlums") == "Apples\nPears\nPlums"


def test_quotation_mark_that_nothing_closes_loses_no_row():
    assert text_of('id,size,name\n1,5" pipe,Anna\n2,"9 pipe,Eva\n3,11 pipe,Lou') == (
        'id: 1; size: 5" pipe; name: Anna\nid: 2; size: "9 pipe; name: Eva\n'
        "id: 3; size: 11 pipe; name: Lou"
    )
    assert text_of('id,size\n1,"9 pipe\n2,"11 pipe"\n3,x') == (
        'id: 1; size: "9 pipe\nid: 2; size: 11 pipe\nid: 3; size: x'
    )


def test_marks_inside_of_a_quoted_cell_stay():
    assert text_of('name,note\nAnna,"a "b" c"\nTom,x') == 'name: Anna; note: "a "b" c"\n' + (
        "name: Tom; note: x"
    )
    assert text_of('name,note\nAnna,"He said \\"hi\\", twice"\nTom,x') == (
        'name: Anna; note: He said "hi", twice\nname: Tom; note: x'
    )
    assert text_of('name,path\nAnna,"C:\\new\\"\nTom,"D:\\"') == (
        "name: Anna; path: C:\\new\\\nname: Tom; path: D:\\"
    )


def test_rows_know_their_lines():
    rows = list(rows_of('a,"b\nc"\r\n"d\re', ","))
    assert [(row.line, row.cells, row.has_stray_quote) for row in rows] == [
        (1, ["a", "b\nc"], False),
        (3, ['"d'], True),
        (4, ["e"], False),
    ]


def test_table_in_another_encoding_is_read():
    table = "name;city\nAnna Müller;Köln\nTom Reed;Zürich"
    for encoding in ("cp1252", "utf-16", "utf-16-le"):
        assert extract_csv(table.encode(encoding), LIMIT).text == (
            "name: Anna Müller; city: Köln\nname: Tom Reed; city: Zürich"
        )


def test_long_cell_and_wide_row_are_read_whole():
    long = "word " * 40_000
    assert text_of_large(f'a,b\n1,"{long}"') == f"a: 1; b: {long.strip()}"
    names = ",".join(f"col{place}" for place in range(1_777))
    cells = ",".join(f"v{place}" for place in range(1_777))
    assert "; col1776: v1776" in text_of_large(f"{names}\n{cells}")


def text_of_large(table):
    return extract_csv(table.encode(), 1_000_000).text


def test_quoted_cells_may_hold_anything_on_one_line():
    assert text_of('\ufeffname,note\nA,"one ""two"", three\n four"') == (
        'name: A; note: one "two", three four'
    )


def test_tsv_is_delimited_by_tabs_only():
    assert text_of("a\tb,c,d\n1\t2", extract_tsv) == "a: 1; b,c,d: 2"


def test_cells_without_a_column_are_numbered():
    assert text_of("a,,c\n1,2,3,4") == "a: 1; column 2: 2; c: 3; column 4: 4"


def test_table_of_one_row_or_column():
    assert text_of("a,b") == "a; b"
    assert text_of("name\nAnna\nBo") == "name: Anna\nname: Bo"
    assert text_of("\n\n") == ""


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "=HYPERLINK('http://x')", "@SUM(A1)", "+cmd|' /C calc'!A0", "-$500", "-5", "'x"],
)
def test_cells_are_as_the_file_has_them(cell):
    assert text_of(f'v\tw\n"{cell}"\tx', extract_tsv) == f"v: {cell}; w: x"


def test_table_with_zero_bytes_is_refused():
    with pytest.raises(ValueError, match="zero bytes, so it is not text"):
        extract_csv(b"a,b\n\0\0,1\n2", LIMIT)


@pytest.mark.parametrize(
    "piece", ['"', '"a,', '""', ',"', '"\n', '","', '\\"', '"a""b,', "a\n", ",", '"""x,', ' "']
)
def test_a_long_one_is_read_in_time(piece):
    assert_ends(lambda text: extract_csv(text.encode(), 100_000_000), piece)


def test_text_that_grows_over_the_limit_is_refused():
    table = "a_long_name_of_a_column,b\n" + "1,2\n" * 10_000
    with pytest.raises(ValueError, match="bytes of text; expected at most 100,000;"):
        extract_csv(table.encode(), LIMIT)


BANK = """Konto;CH93 0076 2011;
Inhaber;Anna Kern;
Saldo;1'200.50;

Datum;Betrag;Text
12.05.2024;-45.00;Migros
13.05.2024;1200.00;Lohn
"""


def test_what_stands_above_a_table_is_not_its_first_row():
    assert text_of(BANK) == (
        "Konto: CH93 0076 2011\nInhaber: Anna Kern\nSaldo: 1'200.50\n\n"
        "Datum: 12.05.2024; Betrag: -45.00; Text: Migros\n"
        "Datum: 13.05.2024; Betrag: 1200.00; Text: Lohn"
    )


def test_lines_above_an_empty_row_and_a_table_are_no_table():
    table = "ID;Item;Price\nD-1;Laptop;1649,00\nD-2;Printer;415,00\n"
    rows = "ID: D-1; Item: Laptop; Price: 1649,00\nID: D-2; Item: Printer; Price: 415,00"
    lines = "Export v3{0}\ndate: 31.03.2025{0}\n{0}\n"
    for more in (";;", ""):
        extracted = extract_csv((lines.format(more) + table).encode(), LIMIT)
        assert extracted.text == f"Export v3\n\ndate: 31.03.2025\n\n{rows}"
        assert [block.kind for block in extracted.blocks] == ["paragraph", "paragraph", "table"]
    assert text_of("fee\n5\n7\n\nID,Item\n1,Pen\n2,Cup").startswith("fee: 5\nfee: 7\n\nID: 1")


def test_second_table_has_its_own_columns_and_title():
    first = "name: Anna; fee: 1\nname: Tom; fee: 2\n\n"
    assert text_of("name,fee\nAnna,1\nTom,2\n\ncity,pop\nBern,100\n") == (
        first + "city: Bern; pop: 100"
    )
    assert text_of("name,fee\nAnna,1\nTom,2\n\nHomes\nwho,city\nAnna,Bern\nTom,Basel") == (
        first + "Homes\n\nwho: Anna; city: Bern\nwho: Tom; city: Basel"
    )


def test_empty_rows_do_not_part_a_table():
    for rows in ("name,fee\n\nAnna,1\n\n\nTom,2", "name,city\n\nAnna,Bern\n\nTom,Basel"):
        assert "\n\n" not in text_of(rows)
