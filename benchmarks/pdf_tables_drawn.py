"""23 of the PDFs that `pdf_tables.py` measures with: tables drawn line by line, in any order.

It does not know how they are read.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pdf_tables_words as tables
from pdf_tables_made import BOLD, FONT, Case, table_of, words
from pdf_tables_words import INTRO, OUTRO, Rows
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

TOP = 800
"""Points above the lower edge of the page, from where all else is measured."""
LEFT = 60
LINE = 12
"""Points from line to line of a cell, and the size of letters beside it."""
SIZE = 10


class CellLine(NamedTuple):
    """A line of a cell: its row, column and number in the cell, and where it is drawn."""

    row: int
    column: int
    number: int
    x: float
    y: float
    text: str


ORDERS: dict[str, Callable[[CellLine], object]] = {
    "rows": lambda line: line[:3],
    "columns": lambda line: (line.column, line.row, line.number),
    "lines": lambda line: (-line.y, line.column),
    "mixed": lambda line: (line.row * 7 + line.column * 13 + line.number * 29) % 11,
}
"""In which order lines are drawn: what each is sorted by."""


def drawn_case(name: str, made: list[Rows], draw: Callable[[Canvas], None]) -> Case:
    """Return a PDF of one page that is drawn."""

    def write(path: Path) -> None:
        canvas = Canvas(str(path), pagesize=A4)
        draw(canvas)
        canvas.save()

    return Case(name, made, write)


def lines_case(
    name: str,
    rows: Rows,
    lefts: Sequence[float],
    widths: Sequence[float],
    order: str,
    vertical: str,
    gap: float,
    *,
    right: Sequence[int],
    rules: bool = False,
) -> Case:
    """Return a table whose lines are drawn in an order of `ORDERS`; `gap` is between its rows."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, SIZE)
        canvas.drawString(LEFT, TOP, INTRO)
        lines, y = [], TOP - 30.0
        for row_number, row in enumerate(rows):
            cells = [
                simpleSplit(text, FONT, SIZE, width)
                for text, width in zip(row, widths, strict=True)
            ]
            most = max(map(len, cells))
            for column, cell in enumerate(cells):
                free = most - len(cell)
                above = {"TOP": 0, "MIDDLE": free / 2, "BOTTOM": free}[vertical]
                for number, text in enumerate(cell):
                    rest = widths[column] - canvas.stringWidth(text, FONT, SIZE)
                    x = lefts[column] + (rest if column in right else 0)
                    line_y = y - (above + number) * LINE
                    lines.append(CellLine(row_number, column, number, x, line_y, text))
            height = most * LINE + gap
            if rules:
                rule_y = y - height + LINE - 2 + gap / 2
                canvas.line(lefts[0] - 4, rule_y, lefts[-1] + widths[-1], rule_y)
            y -= height
        for line in sorted(lines, key=ORDERS[order]):  # type: ignore[arg-type]
            canvas.drawString(line.x, line.y, line.text)
        canvas.drawString(LEFT, y - 10, OUTRO)

    return drawn_case(name, [rows], draw)


def drawn_lines() -> Iterator[Case]:
    """Yield tables in all orders of drawing, with tight rows, and without rules."""
    officers = tables.OFFICERS, [60, 140, 300], [75, 150, 60]
    places = ("TOP", "MIDDLE", "BOTTOM")
    for order in ("columns", "lines", "mixed"):
        for place in places:
            name = f"hand_{order}_{place.lower()}"
            yield lines_case(name, *officers, order, place, 6, right=[2], rules=True)
    for place in places:
        name = f"hand_tight_{place.lower()}"
        yield lines_case(name, *officers, "rows", place, 0, right=[2], rules=place != "TOP")
    for name, order, place, gap in (
        ("top", "rows", "TOP", 4),
        ("bottom", "rows", "BOTTOM", 4),
        ("top0", "rows", "TOP", 0),
        ("middle", "columns", "MIDDLE", 4),
    ):
        works = tables.WORKS, [60, 220, 280], [140, 40, 70]
        yield lines_case(f"bl_first_{name}", *works, order, place, gap, right=[1, 2])


def beside_words(canvas: Canvas) -> None:
    """Draw a table to the right of a paragraph."""
    table = table_of(tables.OFFICERS[:4], [55, 110, 45], "word", right=[2], size=9)
    _, height = table.wrapOn(canvas, 210, TOP)
    table.drawOn(canvas, 330, TOP - height)
    paragraph = words(tables.VAULT, SIZE, 1.25)
    _, height = paragraph.wrapOn(canvas, 240, TOP)
    paragraph.drawOn(canvas, LEFT, TOP - height)


def curriculum(canvas: Canvas) -> None:
    """Draw a page of a life: years to the left, what was done to the right."""
    canvas.setFont(BOLD, 16)
    canvas.drawString(LEFT, TOP, "Anna Kern")
    canvas.setFont(BOLD, 12)
    canvas.drawString(LEFT, 770, "Experience")
    y = 752.0
    for years, done in tables.POSTS:
        post, text = done.split("<br/>")
        canvas.setFont(FONT, SIZE)
        canvas.drawString(LEFT, y, years)
        canvas.setFont(BOLD, SIZE)
        canvas.drawString(160, y, post)
        y -= 13
        paragraph = words(text)
        _, height = paragraph.wrapOn(canvas, 300, 500)
        paragraph.drawOn(canvas, 160, y - height + 10)
        y -= height + 8
    y -= 10
    canvas.setFont(BOLD, 12)
    canvas.drawString(LEFT, y, "Languages")
    y -= 18
    canvas.setFont(FONT, SIZE)
    for language, level in tables.LANGUAGES:
        canvas.drawString(LEFT, y, language)
        canvas.drawString(160, y, level)
        y -= 14


def menu(canvas: Canvas) -> None:
    """Draw prices after dots, some dishes with what comes with them in a line below."""
    canvas.setFont(BOLD, 14)
    canvas.drawString(LEFT, TOP, "Menu")
    y, size, right = 770, 11, 400
    for dish, price in tables.DISHES:
        canvas.setFont(FONT, size)
        canvas.drawString(LEFT, y, dish)
        first = LEFT + canvas.stringWidth(dish, FONT, size) + 3
        last = right - canvas.stringWidth(price, FONT, size) - 3
        dots = int((last - first) / canvas.stringWidth(".", FONT, size))
        canvas.drawString(first, y, "." * dots)
        canvas.drawRightString(right, y, price)
        y -= 14
        if dish in tables.WITH_DISHES:
            canvas.setFont("Helvetica-Oblique", 9)
            canvas.drawString(LEFT, y, tables.WITH_DISHES[dish])
            y -= 14
        y -= 4


def income_case(name: str, *, wrapped: bool, dollars: bool = False, dots: bool = False) -> Case:
    """Return a statement of income: amounts stand on the last line of what they are for."""
    with_dollars = (1, len(tables.INCOME) - 1) if dollars else ()
    made = [
        [label, *("$ " + amount if number in with_dollars else amount for amount in amounts)]
        for number, (label, *amounts) in enumerate(tables.INCOME)
    ]

    def draw(canvas: Canvas) -> None:
        canvas.setFont(BOLD, SIZE)
        canvas.drawString(LEFT, 790, "Statement of income")
        y = 765
        for x, year in zip((400, 490), tables.INCOME[0][1:], strict=True):
            canvas.drawRightString(x, y, year)
        y -= 16
        canvas.setFont(FONT, SIZE)
        for number, (label, *amounts) in enumerate(tables.INCOME[1:], 1):
            x = LEFT
            if wrapped and len(label) > 30:
                end = label.rindex(" ", 0, 30)
                canvas.drawString(x, y, label[:end])
                label, x, y = label[end + 1 :], x + 10, y - LINE
            canvas.drawString(x, y, label)
            if dots:
                first = x + canvas.stringWidth(label, FONT, SIZE) + 3
                canvas.drawString(first, y, ". " * int((330 - first) / 5.6))
            if number in with_dollars:
                canvas.drawString(350, y, "$")
                canvas.drawString(440, y, "$")
            for x, amount in zip((400, 490), amounts, strict=True):
                canvas.drawRightString(x, y, amount)
            y -= LINE + 3

    return drawn_case(name, [made], draw)


def drawn_cases() -> Iterator[Case]:
    """Yield all of them."""
    yield from drawn_lines()
    yield drawn_case("beside", [tables.OFFICERS[:4]], beside_words)
    yield drawn_case("cv", [tables.POSTS, tables.LANGUAGES], curriculum)
    yield drawn_case("leaders", [tables.DISHES], menu)
    yield income_case("fin_plain", wrapped=False)
    yield income_case("fin_wrap", wrapped=True)
    yield income_case("fin_dollar", wrapped=True, dollars=True)
    yield income_case("fin_leader", wrapped=True, dots=True)
