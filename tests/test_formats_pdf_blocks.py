"""The structure of a PDF: headings, lists, tables, code and what pages do not show."""

import pytest
from outline import check_blocks
from pdf_pages_made import FONT, SIZE, Drawn, grey_picture
from reportlab.pdfbase.pdfmetrics import stringWidth

from rag.documents.formats import pdf
from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.pdf_lines import Block
from rag.documents.formats.pdf_rows import Table
from rag.documents.formats.pdf_writing import _name_columns
from rag.documents.formats.vocabulary import known_words
from rag.documents.structure import walk_blocks


def read(drawn):
    found = extract_pdf(drawn.data() if isinstance(drawn, Drawn) else drawn, 1_000_000)
    check_blocks(found.text, found.blocks)
    return found


def cells_of(found):
    """Return the tables as lists of rows, and which rows are headers."""
    tables = [block for block in walk_blocks(found.blocks) if block.kind == "table"]
    return [
        [
            [found.text[cell.text_start : cell.text_end] for cell in row.children]
            for row in table.children
        ]
        for table in tables
    ]


def items_of(found):
    return [
        (block.label, found.text[block.text_start : block.text_end])
        for block in walk_blocks(found.blocks)
        if block.kind == "item"
    ]


def test_clauses_are_items_with_their_numbers():
    drawn = Drawn()
    left, right = 60, 100
    clauses = [
        ("1.1", ["The Supplier shall deliver the goods to the address of the Buyer no", "later."]),
        ("§ 4", ["The place of jurisdiction is Basel, unless the parties agree on", "another."]),
        ("Art. 5", ["Notice must be given by registered letter sixty days before the", "end."]),
        ("(a)", ["The penalty for late delivery is 200 euros for each day, up to a", "maximum."]),
    ]
    top = 700
    for number, lines in clauses:
        drawn.text(left, top, number)
        drawn.lines(right, top, lines)
        top -= 30
    assert items_of(read(drawn)) == [(number, " ".join(lines)) for number, lines in clauses]


def test_lists_nest_by_indent():
    drawn = Drawn()
    drawn.text(60, 720, "Bring with you:")
    for left, top, line in (
        (60, 700, "• tools"),
        (80, 688, "– a saw"),
        (80, 676, "– a hammer"),
        (60, 664, "• food"),
    ):
        drawn.text(left, top, line)
    found = read(drawn)
    outer = found.blocks[-1]
    assert [len(item.children) for item in outer.children] == [1, 0]
    assert [text for _, text in items_of(found)] == ["tools", "a saw", "a hammer", "food"]
    assert found.text[slice(*outer.lead_in)] == "Bring with you:"


@pytest.mark.parametrize("more", [[], ["before the winter comes."]])
def test_bullets_that_are_larger_and_lower_than_their_items_are_no_column(more):
    items = [f"The keeper of {place} lights all its lamps" for place in ("Basel", "Chur", "Bern")]
    drawn = Drawn()
    top = 700
    for item in items:
        drawn.text(60, top - 2.5, "\N{BULLET}", 12)
        drawn.lines(78, top, [item, *more], 9.5, lead=12.5)
        top -= 17.5 + 12.5 * len(more)
    assert items_of(read(drawn)) == [("-", " ".join([item, *more])) for item in items]


def test_empty_cells_keep_their_place_and_the_header_names_the_columns():
    drawn = Drawn()
    rows = [
        ["Name", "Jan", "Feb", "Mar"],
        ["Anna", "", "5", ""],
        ["Tom", "7", "", "9"],
        ["Eva", "", "", "3"],
    ]
    drawn.rows([60, 160, 220, 280], 700, rows)
    found = read(drawn)
    assert cells_of(found) == [rows]
    (table,) = found.blocks
    assert [row.header for row in table.children] == [True, False, False, False]
    assert [cell.label for cell in table.children[1].children] == ["Name", "Jan", "Feb", "Mar"]


DUTY = ["Keeps the key of the vault", "and opens it every Monday", "morning for the guards"]


@pytest.mark.parametrize(
    ("first", "header"),
    [
        (("Net total", "7,284.60"), False),
        (("Net total", "7284"), False),
        (("Income", "2023"), True),
        (("Item", "Amount"), True),
    ],
)
def test_bold_first_row_with_an_amount_above_amounts_names_no_columns(first, header):
    drawn = Drawn()
    drawn.rows([60, 300], 700, [first], font="Helvetica-Bold")
    drawn.rows([60, 300], 682, [("less discount", "-79.95"), ("VAT 20 %", "1,440.93")])
    drawn.lines(60, 600, ["Please pay within fourteen days of the date of this invoice."])
    table = read(drawn).blocks[0]
    assert (table.kind, [row.header for row in table.children]) == ("table", [header, False, False])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_cells_of_several_lines_are_one_row(place):
    drawn = Drawn()
    drawn.rows([60, 160, 340], 700, [["Name", "Duties", "Salary"]])
    for top, name, salary in ((676, "Anna Kern", "4500"), (616, "Tom Reed", "3900")):
        drawn.lines(160, top, DUTY)
        drawn.text(60, top - 12 * place, name)
        drawn.text(340, top - 12 * place, salary)
    assert cells_of(read(drawn)) == [
        [
            ["Name", "Duties", "Salary"],
            ["Anna Kern", " ".join(DUTY), "4500"],
            ["Tom Reed", " ".join(DUTY), "3900"],
        ]
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("Unit 1", "250"), ("Unit 2", "310"), ("Unit 3", "190")],
        [("Room 101", "Anna Kern"), ("Room 102", "Tom Reed"), ("Room 103", "Eva Lind")],
        [("Day 1", "Basel"), ("Day 2", "Bern")],
    ],
)
def test_rows_whose_names_end_in_a_number_are_rows(rows):
    drawn = Drawn()
    drawn.rows((60, 250), 700, rows, lead=16)
    assert cells_of(read(drawn)) == [[list(row) for row in rows]]


def test_clauses_far_from_their_numbers_are_items():
    drawn = Drawn()
    clauses = [
        ("1", ["The tenant shall pay the rent of 900 francs by the fifth day of each", "month."]),
        ("2.1", ["The owner may enter the flat only after 24 hours notice, no later than", "six."]),
        ("Clause 4", ["The deposit is not returned before the end of the lease, unless", "told."]),
        ("[0012]", ["The lamp of claim 3 burns for 40 hours without oil, and it is then", "lit."]),
    ]
    for place, (number, lines) in enumerate(clauses):
        drawn.text(60, 700 - 30 * place, number)
        drawn.lines(130, 700 - 30 * place, lines)
    assert items_of(read(drawn)) == [(number, " ".join(lines)) for number, lines in clauses]


def test_columns_that_nearly_touch_are_apart():
    drawn = Drawn()
    drawn.rows(
        [253, 288, 324],
        700,
        [["Year", "Income", "Costs"], *([str(2000 + n), "100", "80"] for n in range(5))],
    )
    assert cells_of(read(drawn))[0][:2] == [["Year", "Income", "Costs"], ["2000", "100", "80"]]


def test_cells_that_are_drawn_column_by_column_make_rows():
    drawn = Drawn()
    rows = [["City", "People"], ["Bern", "134,000"], ["Basel", "178,000"], ["Chur", "38,000"]]
    for column, left in enumerate((60, 200)):
        for number, row in enumerate(rows):
            drawn.text(left, 700 - 18 * number, row[column])
    assert cells_of(read(drawn)) == [rows]


def test_rows_of_narrow_cells_are_no_columns_of_text():
    drawn = Drawn()
    rows = [["Name", "Jan", "Feb", "Mar", "Apr"], ["Anna", "1", "2", "3", "4"]]
    rows += [["Tom", "5", "6", "7", "8"]]
    drawn.rows([60, 160, 220, 280, 340], 700, rows)
    assert cells_of(read(drawn)) == [rows]


def test_rotated_table_has_its_rows():
    drawn = Drawn()
    drawn.canvas.translate(500, 100)
    drawn.canvas.rotate(90)
    rows = [["Name", "City", "Salary"], ["Anna", "Basel", "4500"], ["Tom", "Bern", "3900"]]
    drawn.rows([60, 160, 260], 300, rows)
    assert cells_of(read(drawn)) == [rows]


def test_table_goes_on_over_the_page_and_its_header_stands_once():
    drawn = Drawn()
    drawn.rows([60, 200], 700, [["Year", "Costs"], ["2001", "85"], ["2002", "90"]])
    drawn.page()
    drawn.rows([60, 200], 700, [["Year", "Costs"], ["2003", "95"], ["2004", "99"]])
    found = read(drawn)
    assert cells_of(found) == [
        [["Year", "Costs"], ["2001", "85"], ["2002", "90"], ["2003", "95"], ["2004", "99"]]
    ]
    assert found.text[found.page_starts[1] :].startswith("| 2003 | 95 |")


def test_row_that_is_repeated_on_the_next_page_names_the_columns():
    drawn = Drawn()
    head = ["Illness", "Stay away", "Note"]
    drawn.rows([60, 200, 400], 700, [head, ["Measles", "four days", "notifiable"]])
    drawn.page()
    drawn.rows([60, 200, 400], 700, [head, ["Ringworm", "not at all", "once treated"]])
    (table,) = [block for block in read(drawn).blocks if block.kind == "table"]
    assert [row.header for row in table.children] == [True, False, False]


def test_row_that_is_repeated_on_the_same_page_names_nothing():
    tables = [Table(rows=(("Note",), (words,)), page=0) for words in ("one", "two")]
    blocks = [Block(kind="table", table=table) for table in tables]
    _name_columns(blocks)
    assert [block.table for block in blocks] == tables


ADDRESS = ["Odile Farrant", "11 Tanner Row", "Thaxby TX2 6QD"]
REFERENCES = [
    ("Invoice no.", "2024-0638"),
    ("Invoice date", "14 October 2024"),
    ("Our ref.", "job 4471"),
    ("Payment due", "28 October 2024"),
]


@pytest.mark.parametrize("address_first", [True, False])
@pytest.mark.parametrize(("address_left", "lefts"), [(60, [340, 440]), (340, [60, 160])])
def test_address_beside_labels_and_values_is_apart_from_them(address_first, address_left, lefts):
    drawn = Drawn()
    if address_first:
        drawn.lines(address_left, 720, ADDRESS, lead=13)
    drawn.rows(lefts, 720, REFERENCES, lead=13)
    if not address_first:
        drawn.lines(address_left, 720, ADDRESS, lead=13)
    drawn.text(60, 670, "Site of work: 11 Tanner Row, Thaxby")
    found = read(drawn)
    assert cells_of(found) == [[list(row) for row in REFERENCES]]
    assert "\n\n".join(ADDRESS) in found.text
    assert found.text.endswith("Site of work: 11 Tanner Row, Thaxby")


@pytest.mark.parametrize("by_column", [True, False])
def test_cells_whose_first_column_is_drawn_before_the_others_make_rows(by_column):
    names = ["Anna Kern", "Tom Reed", "Eva Lind", "Ida Roth"]
    drawn = Drawn()
    drawn.lines(60, 720, names[: 4 - by_column], lead=18)
    if by_column:
        for place, left in enumerate([340, 440]):
            drawn.lines(left, 720, [row[place] for row in REFERENCES], lead=18)
    else:
        drawn.rows([340, 440], 720, REFERENCES)
    rows = [[name, *row] for name, row in zip(names, REFERENCES, strict=True)]
    assert [row[:2] for row in cells_of(read(drawn))[0]][:3] == [row[:2] for row in rows][:3]


def test_names_that_end_in_a_colon_and_their_values_are_records():
    drawn = Drawn()
    drawn.rows([60, 200], 700, [["Name:", "Anna Kern"], ["Born:", "12 May 1970"]])
    assert read(drawn).text == "Name: Anna Kern\nBorn: 12 May 1970"


def test_code_keeps_its_lines_and_indents():
    drawn = Drawn()
    drawn.text(
        60, 740, "The loop adds the numbers of the list, as the book says, and then it ends:"
    )
    code = ["for n in rows:", "    total += n", "    if total > 9:", "        break"]
    for number, line in enumerate(code):
        indent = len(line) - len(line.lstrip())
        drawn.text(60 + 6 * indent, 720 - 12 * number, line.strip(), font="Courier")
    found = read(drawn)
    assert found.blocks[-1].kind == "code"
    assert found.text.endswith("\n".join(code))


def test_title_is_that_of_the_file_only_if_its_first_page_says_so_too():
    titles = []
    for stated in ("Vaults and keys", "untitled"):
        drawn = Drawn()
        drawn.canvas.setTitle(stated)
        drawn.text(60, 760, "A report of the town", size=18)
        drawn.lines(60, 730, ["Vaults and keys are its subject.", "They are in Basel."])
        titles.append(read(drawn).title)
    assert titles == ["Vaults and keys", "A report of the town"]


def test_captions_are_told_from_paragraphs():
    drawn = Drawn()
    drawn.text(60, 600, "Figure 3: The vault in 1912", size=8)
    drawn.lines(
        60, 560, ["The door weighs nine tonnes, and it has been opened once.", "It is closed."]
    )
    assert [block.kind for block in read(drawn).blocks] == ["caption", "paragraph"]


def test_values_of_forms_stand_beside_their_labels():
    drawn = Drawn()
    form = drawn.canvas.acroForm
    for top, label, value in (
        (700, "Name of the applicant:", "Anna Kern"),
        (670, "Born in:", "Bern"),
    ):
        drawn.text(60, top, label)
        form.textfield(name=label, value=value, x=200, y=top - 6, width=200, height=20)
    drawn.text(60, 640, "Married:")
    form.checkbox(name="m", checked=True, x=200, y=636, size=14)
    text = read(drawn).text
    assert "Name of the applicant: Anna Kern\nBorn in: Bern" in text
    assert "Married:" in text and ("☑" in text or "✔" in text or "✓" in text)


def unseen_outside(drawn):
    drawn.text(60, -200, "The secret fee is 999 euros.")


def unseen_white(drawn):
    drawn.canvas.setFillColorRGB(1, 1, 1)
    drawn.text(60, 600, "The secret fee is 999 euros.")


def unseen_covered(drawn):
    drawn.text(60, 600, "The secret fee is 999 euros.")
    drawn.canvas.setFillColorRGB(0.2, 0.2, 0.2)
    drawn.canvas.rect(50, 590, 300, 30, fill=1)


def unseen_tiny(drawn):
    drawn.text(60, 600, "The secret fee is 999 euros.", size=0.5)


def unseen_mode(drawn):
    text = drawn.canvas.beginText(60, 600)
    text.setFont("Helvetica", 10)
    text.setTextRenderMode(3)
    text.textOut("The secret fee is 999 euros.")
    drawn.canvas.drawText(text)


def unseen_clipped(drawn):
    drawn.canvas.saveState()
    path = drawn.canvas.beginPath()
    path.rect(0, 0, 10, 10)
    drawn.canvas.clipPath(path, stroke=0)
    drawn.text(60, 600, "The secret fee is 999 euros.")
    drawn.canvas.restoreState()


def unseen_black_on_black(drawn):
    drawn.canvas.rect(50, 590, 300, 30, fill=1)
    drawn.text(60, 600, "The secret fee is 999 euros.")


def unseen_red_on_red(drawn):
    drawn.canvas.setFillColorRGB(1, 0, 0)
    unseen_black_on_black(drawn)


def unseen_under_a_thick_line(drawn):
    end = drawn.text(60, 600, "The secret fee is 999 euros.")
    drawn.canvas.setLineWidth(12)
    drawn.canvas.line(60, 603, end, 603)


@pytest.mark.parametrize(
    "hide",
    [
        unseen_outside,
        unseen_white,
        unseen_covered,
        unseen_tiny,
        unseen_mode,
        unseen_clipped,
        unseen_black_on_black,
        unseen_red_on_red,
        unseen_under_a_thick_line,
    ],
)
def test_text_that_nobody_sees_is_left_out(hide):
    drawn = Drawn()
    drawn.text(60, 700, "The fee is 750 euros.")
    hide(drawn)
    assert read(drawn).text == "The fee is 750 euros."


def cover(drawn, left, right, baseline, above=7.4, below=2.2):
    """Draw a bar that just covers the letters between two places."""
    drawn.canvas.rect(left, baseline - below, right - left, above + below, fill=1, stroke=0)


def test_bar_that_just_covers_its_letters_hides_them_and_no_others():
    drawn = Drawn()
    for number in range(3):
        name = drawn.text(60, 700 - 12 * number, f"Line {number}: the witness (")
        end = drawn.text(name, 700 - 12 * number, "Tom Reed")
        drawn.text(end, 700 - 12 * number, "), who lives in Bern, saw it.")
        cover(drawn, name, end, 700 - 12 * number)
    name = 60 + stringWidth("The witness is called ", FONT, SIZE)
    end = name + stringWidth("Tom Reed", FONT, SIZE)
    drawn.text(60, 600, "The witness is called Tom Reed-Miller of Bern.")
    cover(drawn, name, end, 600)
    text = read(drawn).text
    assert "Tom" not in text and "Reed" not in text
    assert text.count("who lives in Bern, saw it.") == 3 and text.count("the witness (") == 3
    assert "The witness is called" in text and "-Miller of Bern." in text


def test_label_on_a_bar_is_read_and_not_what_it_covers():
    drawn = Drawn()
    end = drawn.text(60, 600, "Tom Reed lives in Bern")
    cover(drawn, 60, end, 600)
    drawn.canvas.setFillColorRGB(1, 1, 1)
    drawn.text(61, 600, "Exempt (b)(6)")
    assert read(drawn).text == "Exempt (b)(6)"


def seen_highlighted(drawn):
    drawn.text(60, 600, "The fee is 750 euros.")
    drawn.canvas.setFillColorRGB(1, 1, 0)
    drawn.canvas.setFillAlpha(0.4)
    cover(drawn, 55, 200, 600)


def seen_underlined(drawn):
    drawn.text(60, 600, "The fee is 750 euros.")
    cover(drawn, 60, 180, 600, above=0.5, below=4)


def seen_in_a_frame(drawn):
    drawn.text(60, 600, "The fee is 750 euros.")
    drawn.canvas.setLineWidth(5)
    drawn.canvas.rect(50, 590, 200, 30)


def seen_on_another_colour(drawn):
    drawn.canvas.setFillColorRGB(0.2, 0.2, 0.2)
    drawn.canvas.rect(50, 590, 300, 30, fill=1)
    drawn.canvas.setFillColorRGB(0.9, 0, 0)
    drawn.text(60, 600, "The fee is 750 euros.")


def seen_between_rows(drawn):
    drawn.text(60, 600, "The fee is 750 euros.")
    drawn.canvas.setFillColorRGB(0.8, 0.9, 1)
    drawn.canvas.rect(50, 578, 300, 20, fill=1, stroke=0)
    drawn.canvas.rect(50, 608, 300, 20, fill=1, stroke=0)


def seen_on_a_picture(drawn):
    drawn.canvas.drawImage(grey_picture(), 0, 500, 595, 300)
    drawn.canvas.setFillColorRGB(1, 1, 1)
    drawn.text(60, 600, "The fee is 750 euros.")


def seen_in_its_clip(drawn):
    path = drawn.canvas.beginPath()
    path.rect(60, 598, 100, 8.5)
    drawn.canvas.clipPath(path, stroke=0)
    drawn.text(60, 600, "The fee is 750 euros.")


def seen_beside_its_colour(drawn):
    drawn.canvas.rect(300, 500, 200, 200, fill=1)
    drawn.canvas.rect(50, 590, 300, 30, fill=1)
    drawn.canvas.setFillColorRGB(1, 1, 1)
    drawn.canvas.rect(55, 595, 290, 20, fill=1)
    drawn.canvas.setFillColorRGB(0, 0, 0)
    drawn.text(60, 600, "The fee is 750 euros.")


def seen_in_a_form(drawn):
    drawn.canvas.beginForm("stamp")
    drawn.canvas.setFillColorRGB(0, 0, 0)
    drawn.text(60, 600, "The fee is 750 euros.")
    drawn.canvas.endForm()
    drawn.text(60, 700, " ")
    drawn.canvas.setFillColorRGB(0.8, 0.9, 1)
    drawn.canvas.rect(50, 590, 300, 30, fill=1, stroke=0)
    drawn.canvas.doForm("stamp")


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize(
    "show",
    [
        seen_highlighted,
        seen_underlined,
        seen_in_a_frame,
        seen_on_another_colour,
        seen_between_rows,
        seen_on_a_picture,
        seen_in_its_clip,
        seen_beside_its_colour,
        seen_in_a_form,
    ],
)
def test_text_that_is_seen_is_read_beside_paint(show, turn):
    drawn = Drawn(size=(842, 842))
    drawn.canvas.setPageRotation(turn)
    show(drawn)
    assert read(drawn).text == "The fee is 750 euros."


def test_white_letters_on_a_dark_ground_are_read():
    drawn = Drawn()
    drawn.canvas.rect(50, 690, 300, 30, fill=1)
    drawn.canvas.setFillColorRGB(1, 1, 1)
    drawn.text(60, 700, "The fee is 750 euros.")
    assert read(drawn).text == "The fee is 750 euros."


def test_recognised_text_under_a_scan_is_read():
    drawn = Drawn()
    drawn.canvas.drawImage(grey_picture(), 0, 0, 595, 842)
    unseen_mode(drawn)
    assert read(drawn).text == "The secret fee is 999 euros."


def test_pages_that_are_pictures_are_named_without_the_extra(monkeypatch):
    monkeypatch.setattr(pdf, "can_recognise", lambda: False)
    drawn = Drawn()
    drawn.text(60, 700, "The cover says that the report is by Tom Reed.")
    drawn.page()
    for _ in range(3):
        drawn.canvas.drawImage(grey_picture(), 0, 0, 595, 842)
        drawn.page()
    (warning,) = read(drawn).warnings
    assert warning.startswith("pages 2 to 4 are pictures: their text was not read")


def test_page_whose_letters_have_no_unicode_is_named_without_the_extra(monkeypatch):
    monkeypatch.setattr(pdf, "can_recognise", lambda: False)
    drawn = Drawn()
    moved = (
        "wkh ydxow ri wkh edqn lv lq edvho dqg lw zdv exlow lq e wkh dufklwhfw rwwr iuhb zkr kdg"
    )
    drawn.lines(60, 700, [moved] * 4)
    drawn.page()
    drawn.text(60, 700, "The second page can be read.")
    found = read(drawn)
    assert found.text == "The second page can be read."
    assert found.warnings == (
        "page 1 is not read, since its letters have no Unicode; reading text in pictures needs the "
        'extra "ocr", which is not installed; install it with: '
        'python -m pip install "footnote[ocr]"',
    )


def test_vocabulary_holds_whole_words():
    words = known_words()
    assert {"laboratory", "harbour"} <= words
    assert not any(word.startswith("#") for word in words)


def test_many_pages_with_one_long_line_are_read_in_time():
    drawn = Drawn(pageCompression=1)
    drawn.text(60, 700, "x" * 200_000)
    drawn.page()
    for _ in range(10):
        drawn.rows([60 + 9 * n for n in range(60)], 800, [["1"] * 60] * 60, lead=10)
        drawn.page()
    assert len(read(drawn).page_starts) == 11


def test_notes_that_the_file_does_not_draw_are_read():
    drawn = Drawn()
    drawn.text(60, 780, "The contract was signed in Basel.")
    note(drawn, "The fee is 750 euros, the café pays.")
    note(drawn, "A code: 77", bottom=1650)
    assert " ".join(read(drawn).text.split()) == (
        "The contract was signed in Basel. The fee is 750 euros, the café pays."
    )


def test_hidden_note_is_not_read():
    drawn = Drawn()
    drawn.text(60, 780, "The contract was signed in Basel.")
    note(drawn, "A code: 77", F=2)
    assert read(drawn).text == "The contract was signed in Basel."


def note(drawn, text, bottom=650, **more):
    place = [60, bottom, 160, bottom + 80]
    drawn.canvas.freeTextAnnotation(text, "/Helv 10 Tf 0 g", Rect=place, relative=0, **more)
