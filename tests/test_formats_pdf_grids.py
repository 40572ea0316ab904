"""Tables of a PDF whose rules are drawn, and rules that are none of a table's."""

import pytest
from outline import check_blocks
from pdf_pages_made import LEAD, Drawn

from rag.documents.formats.pdf import extract_pdf
from rag.documents.structure import walk_blocks

LEFTS, RIGHT = (60, 200, 360), 440
HEADER = ["Name", "Duties", "Salary"]
ROWS = [
    [["Anna Kern", "of the vault"], ["Keeps the key and opens", "the vault on Mondays"], ["4500"]],
    [["Tom Reed"], ["Counts the coins"], ["3900"]],
    [["Lou Frey"], ["Writes the report for the", "mayor, checks the lists", "by noon"], ["4100"]],
]
TABLE = [HEADER, *([" ".join(lines) for lines in row] for row in ROWS)]
WORDS = (
    "The vault of the bank is in Basel and it was built in 1912 by Otto Frey, who had studied in "
    "Vienna. The door weighs nine tonnes. Two guards watch it by day and four by night."
).split()


def tables_of(drawn):
    found = extract_pdf(drawn.data(), 1_000_000)
    check_blocks(found.text, found.blocks)
    return [
        [
            [found.text[cell.text_start : cell.text_end] for cell in row.children]
            for row in block.children
        ]
        for block in walk_blocks(found.blocks)
        if block.kind == "table"
    ]


def draw(drawn, rules, place, top=700, lefts=LEFTS, padding=3):
    """Draw the table with its cells at the top (0), the middle (0.5) or the bottom (1)."""
    rows = [[[name] for name in HEADER], *ROWS]
    heights = [top]
    for number, row in enumerate(rows):
        most = max(map(len, row))
        bottom = heights[-1] - most * LEAD - 2 * padding
        if rules == "grounds" and number % 2 == 0:
            drawn.canvas.setFillGray(0.9)
            drawn.canvas.rect(lefts[0] - 5, bottom, 385, heights[-1] - bottom, stroke=0, fill=1)
            drawn.canvas.setFillGray(0)
        for left, cell in zip(lefts, row, strict=True):
            down = place * (most - len(cell)) * LEAD
            font = "Helvetica" if number else "Helvetica-Bold"
            drawn.lines(left, heights[-1] - padding - 9 - down, cell, font=font)
        heights.append(bottom)
    if rules in ("all", "level"):
        for height in heights[rules == "level" :]:
            drawn.canvas.line(lefts[0] - 5, height, RIGHT, height)
    if rules == "all":
        for left in (*(left - 5 for left in lefts), RIGHT):
            drawn.canvas.line(left, heights[-1], left, top)


def wrapped(count, breadth):
    words = (WORDS * 9)[:count]
    return [" ".join(words[n : n + breadth]) for n in range(0, count, breadth)]


@pytest.mark.parametrize("rules", ["all", "level", "grounds"])
@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_rules_part_rows_however_cells_wrap_and_are_aligned(rules, place):
    drawn = Drawn()
    draw(drawn, rules, place)
    assert tables_of(drawn) == [TABLE]


def test_table_between_rules_stands_where_it_is_read():
    drawn = Drawn()
    drawn.text(60, 740, "The officers of the town are these.")
    draw(drawn, "all", 1)
    drawn.text(60, 500, "The list is checked again by the mayor.")
    found = extract_pdf(drawn.data(), 1_000_000)
    assert [block.kind for block in found.blocks] == ["paragraph", "table", "paragraph"]


def test_cell_over_several_rows_parts_the_others():
    drawn = Drawn()
    for height in (700, 680, 620):
        drawn.canvas.line(55, height, 440, height)
    for height in (660, 640):
        drawn.canvas.line(195, height, 440, height)
    for left in (55, 195, 355, 440):
        drawn.canvas.line(left, 620, left, 700)
    drawn.rows(LEFTS, 686, [["Region", "City", "Seats"]])
    drawn.text(60, 647, "North")
    drawn.rows(LEFTS[1:], 666, [["Basel", "12"], ["Olten", "7"], ["Aarau", "5"]], lead=20)
    rows = [["North", "Basel", "12"], ["", "Olten", "7"], ["", "Aarau", "5"]]
    assert tables_of(drawn) == [[["Region", "City", "Seats"], *rows]]


def test_two_tables_one_below_the_other_are_two():
    drawn = Drawn()
    draw(drawn, "all", 0)
    for height in (560, 540, 520):
        drawn.canvas.line(55, height, 440, height)
    for left in (55, 130, 205, 280, 440):
        drawn.canvas.line(left, 520, left, 560)
    other = [["Room", "Seats", "Rent", "Key holder"], ["Hall", "200", "350", "Ida Roth"]]
    drawn.rows((60, 135, 210, 285), 546, other, lead=20)
    assert tables_of(drawn) == [TABLE, other]


def test_columns_of_sentences_between_rules_are_rows():
    drawn = Drawn()
    sentences = [wrapped(24, 6), wrapped(30, 6), wrapped(18, 6)]
    top = 700
    for one, two in 2 * [(sentences[0], sentences[1]), (sentences[1], sentences[2])]:
        drawn.canvas.rect(55, top - 70, 220, 70)
        drawn.canvas.rect(275, top - 70, 220, 70)
        drawn.lines(60, top - 12, one)
        drawn.lines(280, top - 12, two)
        top -= 70
    one, two, three = (" ".join(lines) for lines in sentences)
    assert tables_of(drawn) == [2 * [[one, two], [two, three]]]


@pytest.mark.parametrize("form", [False, True])
def test_rotated_table_has_the_rows_that_its_rules_part(form):
    drawn = Drawn()
    drawn.canvas.translate(700, 0)
    drawn.canvas.rotate(90)
    if form:
        drawn.canvas.beginForm("table")
    draw(drawn, "all", 0.5, top=500)
    if form:
        drawn.canvas.endForm()
        drawn.canvas.doForm("table")
    assert tables_of(drawn) == [TABLE]


def test_rules_around_several_rows_do_not_join_them():
    drawn = Drawn()
    drawn.canvas.rect(55, 600, 385, 120)
    drawn.canvas.line(55, 700, 440, 700)
    for left in (195, 355):
        drawn.canvas.line(left, 600, left, 720)
    rows = [
        ["Name", "Duty", "Place"],
        ["Anna Kern", "Keys", "Basel"],
        ["Tom Reed", "Coins", "Bern"],
    ]
    rows += [["Eva Lind", "Report", "Chur"]]
    drawn.rows(LEFTS, 706, rows)
    assert tables_of(drawn) == [rows]


def test_rules_between_groups_of_rows_do_not_join_them():
    drawn = Drawn()
    rows = [["Model", "Data", "Set"]] + 2 * [
        ["Alpha", "clean text", "first"],
        ["Beta", "noisy text", "second"],
        ["Gamma", "mixed text", "third"],
    ]
    drawn.rows(LEFTS, 700, rows, lead=14)
    for height in (712, 696, 654, 612):
        drawn.canvas.line(60, height, 440, height)
    assert tables_of(drawn) == [rows]


def framed(drawn):
    drawn.lines(60, 700, wrapped(60, 14))
    drawn.canvas.rect(50, 620, 490, 95)


def framed_columns(drawn):
    for left in (60, 310):
        drawn.lines(left, 700, wrapped(56, 7))
    drawn.canvas.rect(50, 590, 490, 125)
    drawn.canvas.line(300, 590, 300, 715)


def ruled_paragraphs(drawn):
    for top in (720, 660, 600, 540):
        drawn.canvas.line(60, top + 14, 540, top + 14)
        drawn.lines(60, top, wrapped(40, 14))


def cards(drawn):
    for left in (60, 300):
        for bottom in (500, 620):
            drawn.canvas.rect(left, bottom, 240, 120)
            drawn.text(left + 8, bottom + 100, "The mill", font="Helvetica-Bold")
            drawn.lines(left + 8, bottom + 84, wrapped(42, 7))


@pytest.mark.parametrize("draw_text", [framed, framed_columns, ruled_paragraphs, cards])
def test_framed_and_underlined_text_is_no_table(draw_text):
    drawn = Drawn()
    draw_text(drawn)
    assert tables_of(drawn) == []


def test_rules_of_a_form_leave_its_fields_as_they_are():
    drawn = Drawn()
    for top, name, value in ((720, "Name:", "Anna Kern"), (690, "Town:", "Basel")):
        drawn.text(60, top, name)
        drawn.text(160, top, value)
        drawn.canvas.line(155, top - 3, 400, top - 3)
    assert extract_pdf(drawn.data(), 1_000_000).text == "Name: Anna Kern\nTown: Basel"
