"""107 of the PDFs that `pdf_tables.py` measures with: tables as programs set them (`LOOKS`).

It does not know how they are read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pdf_tables_words as tables
from pdf_tables_words import INTRO, OUTRO, Rows
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

ALL = ((0, 0), (-1, -1))
FONT, BOLD = "Helvetica", "Helvetica-Bold"
TITLE_SIZE = 14
"""Words of at least this size are bold."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a program sets tables: where in its row a cell stands, its margins in points, rules."""

    vertical: str
    padding: float
    leading: float
    rules: Sequence[tuple[Any, ...]] = ()


GRID = [("GRID", *ALL, 0.5, colors.black)]
LOOKS = {
    "word": Look("TOP", 0, 1.15, GRID),
    "excel": Look("BOTTOM", 0.5, 1.2, GRID),  # LibreOffice Calc, too
    "chrome": Look("MIDDLE", 1, 1.15),  # a table of HTML without a style
    "github": Look("MIDDLE", 5, 1.3, GRID),  # Markdown, printed
    "latex": Look(  # with the package booktabs
        "TOP",
        0,
        1.2,
        [
            ("LINEABOVE", (0, 0), (-1, 0), 1, colors.black),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
            ("LINEBELOW", (0, -1), (-1, -1), 1, colors.black),
        ],
    ),
    "gdocs": Look("TOP", 5, 1.15, GRID),
    "hlines": Look("TOP", 1.5, 1.2, [("LINEBELOW", *ALL, 0.4, colors.grey)]),
    "zebra": Look(
        "MIDDLE",
        2,
        1.2,
        [
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.whitesmoke, colors.white]),
            ("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey),
        ],
    ),
    "outer": Look("TOP", 3, 1.2),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A PDF by its name, the tables that stand in it, and what writes it."""

    name: str
    tables: list[Rows]
    write: Callable[[Path], None]


def words(text: str, size: float = 10, leading: float = 1.2, **style: Any) -> Paragraph:
    """Return a paragraph; `leading` is in sizes of the letters."""
    style.setdefault("fontName", BOLD if size >= TITLE_SIZE else FONT)
    return Paragraph(text, ParagraphStyle("words", fontSize=size, leading=size * leading, **style))


def item_of(text: str, second_size: float) -> list[Paragraph]:
    """Return what stands in a cell whose second line, if any, is smaller than its first."""
    first, _, second = text.partition("<br/>")
    return [words(first), words(second, second_size)] if second else [words(first)]


def table_of(
    rows: Rows,
    widths: Sequence[float],
    look_name: str,
    *,
    right: Sequence[int] = (),
    centred: bool = False,
    bold_rows: int = 1,
    size: float = 10,
    leading: float | None = None,
    second_size: float | None = None,
    extra: Sequence[tuple[Any, ...]] = (),
    repeated_rows: int = 0,
    rows_break: bool = True,
) -> Table:
    """Set a table; `right` are the columns set to the right, `extra` further commands.

    With `second_size` second lines in the first column are of that size.
    """
    look = LOOKS[look_name]
    style: list[tuple[Any, ...]] = [
        ("VALIGN", *ALL, look.vertical),
        ("TOPPADDING", *ALL, look.padding),
        ("BOTTOMPADDING", *ALL, look.padding),
        ("LEFTPADDING", *ALL, 5),
        ("RIGHTPADDING", *ALL, 5),
    ]
    cells: list[list[list[Paragraph]]] = []
    for row_number, row in enumerate(rows):
        named = row_number < bold_rows
        how: dict[str, Any] = {"size": size, "leading": leading or look.leading}
        how["fontName"] = BOLD if named else FONT
        cells.append([])
        for column, text in enumerate(row):
            side = TA_CENTER if centred else TA_RIGHT if column in right else TA_LEFT
            if second_size and column == 0 and not named:
                cells[-1].append(item_of(text, second_size))
            else:
                cells[-1].append([words(text, **how, alignment=side)])
    return Table(
        cells,
        colWidths=widths,
        style=[*style, *look.rules, *extra],
        repeatRows=repeated_rows,
        splitInRow=int(rows_break),
    )


def page_case(
    name: str,
    tables: list[Rows],
    story: Sequence[Flowable],
    *,
    page_size: tuple[float, float] = A4,
) -> Case:
    """Return a PDF whose parts stand one below the other."""

    def write(path: Path) -> None:
        SimpleDocTemplate(str(path), pagesize=page_size, title=name).build(list(story))

    return Case(name, tables, write)


def in_looks(
    name: str,
    looks: str,
    rows: Rows,
    widths: Sequence[float],
    right: Sequence[int] = (),
    *,
    above: Sequence[tuple[str, float]] = ((INTRO, 10),),
    gap: float = 12,
    below: str = OUTRO,
    gap_below: float = 12,
    page_size: tuple[float, float] = A4,
    **how: Any,
) -> Iterator[Case]:
    """Yield one table in some looks, between words: `above`, lines with their size, and below."""
    for look in looks.split():
        story = [words(*line) for line in above] + [Spacer(1, gap)]
        story.append(table_of(rows, widths, look, right=right, **how))
        if below:
            story += [Spacer(1, gap_below), words(below)]
        yield page_case(name.format(look), [rows], story, page_size=page_size)


def side_padding(points: float) -> list[tuple[Any, ...]]:
    """Return the commands for margins left and right in all cells."""
    return [("LEFTPADDING", *ALL, points), ("RIGHTPADDING", *ALL, points)]


def merged(*rows_from_to: tuple[int, int], columns: tuple[int, int] = (0, 0)) -> list[Any]:
    """Return the commands that make one cell of some rows and columns each."""
    return [("SPAN", (columns[0], first), (columns[1], last)) for first, last in rows_from_to]


def all_looks() -> Iterator[Case]:
    """Yield tables whose wrapped cells stand first, in the middle and last, in all looks."""
    for look in LOOKS:
        kinds: list[tuple[str, Rows, list[float], list[int]]]
        kinds = [("mid", tables.OFFICERS, [80, 150, 60], [2])]
        if look not in ("zebra", "hlines"):
            kinds.append(("first", tables.MEASURES, [130, 60, 50, 50], [2, 3]))
            kinds.append(("last", tables.REMARKS, [50, 60, 150], []))
        kinds.append(("sev", tables.PROJECTS, [105, 95, 120, 60], [3]))
        for kind, rows, widths, right in kinds:
            yield from in_looks(f"{{}}_{kind}", look, rows, widths, right, gap_below=14)


def many_looks() -> Iterator[Case]:
    """Yield further tables in the looks in which they are met, in some of them between titles."""
    yield from in_looks(
        "empty_{}", "word chrome gdocs", tables.GAPS, [80, 130, 35, 55, 60], [2, 3, 4]
    )
    named = tables.LONG_NAMES, [75, 80, 70, 60], [2]
    yield from in_looks("header2_{}", "word excel chrome", *named)
    yield from in_looks("header2_plain", "word", *named, bold_rows=0)
    clauses = tables.CLAUSES, [60, 250, 50], [2]
    long: dict[str, Any] = {"gap": 330, "below": ""}
    yield from in_looks("overpage_{}", "gdocs word", *clauses, **long, repeated_rows=1)
    yield from in_looks("overpage_nohead", "gdocs", *clauses, **long)
    twice = tables.MEASURES + tables.MEASURES[1:]
    long["repeated_rows"] = 1
    yield from in_looks(
        "overpage_first", "word", twice, [130, 60, 50, 50], [2, 3], **long | {"gap": 560}
    )
    officers = tables.MANY_OFFICERS, [80, 150, 60], [2]
    yield from in_looks(
        "pages_{}", "word chrome github", *officers, **long | {"gap": 60}, rows_break=False
    )
    invoice: dict[str, Any] = {"below": "Payable within 30 days."}
    from_whom = [("Invoice 4711", 16), ("Kern and Sons, Basel", 10)]
    yield from in_looks(
        "invoice_{}",
        "word chrome gdocs outer",
        tables.INVOICE,
        [190, 40, 70, 70],
        [1, 2, 3],
        above=from_whom,
        **invoice,
    )
    yield from in_looks(
        "subline_{}",
        "outer github hlines",
        tables.ITEMS,
        [170, 40, 70],
        [1, 2],
        above=[("Invoice 12", 16)],
        **invoice,
        second_size=8,
    )
    account: dict[str, Any] = {"above": [("Statement of account", 14)], "below": ""}
    yield from in_looks(
        "bank_{}", "word outer latex", tables.STATEMENT, [70, 140, 55, 55, 60], [2, 3, 4], **account
    )
    lessons: dict[str, Any] = {"above": [("Timetable", 14)], "below": ""}
    yield from in_looks(
        "schedule_{}", "word github excel", tables.LESSONS, [50, 95, 95, 95], **lessons
    )
    sheet: dict[str, Any] = {"above": [("Data sheet", 14)], "bold_rows": 0}
    yield from in_looks(
        "spec_{}", "word gdocs github chrome", tables.DATA_SHEET, [110, 150], **sheet
    )
    yield from in_looks("bullets_{}", "gdocs word github", tables.BULLETS, [80, 180])
    wide = tables.WIDE, [25, 120, 90, 60, 60, 150, 80, 60], [7]
    yield from in_looks(
        "landscape_{}", "word excel github", *wide, below="", page_size=landscape(A4)
    )
    yield from in_looks("text_{}", "word gdocs github chrome", tables.RISKS, [100, 120, 130])
    yield from in_looks("prose2_{}", "word gdocs github hlines", tables.SENTENCES, [190, 190])
    yield from in_looks("glossary_{}", "word gdocs chrome latex", tables.GLOSSARY, [90, 200])
    yield from in_looks(
        "centred_{}", "github word excel", tables.HOURS, [80, 100, 130], centred=True, leading=1.2
    )
    few = tables.OFFICERS[:2], [80, 150, 60], [2]
    yield from in_looks("one_row", "word", *few)
    yield from in_looks("one_row_middle", "github", *few)


def merged_cells() -> Iterator[Case]:
    """Yield tables with cells that go over several rows or columns."""
    regions = tables.REGIONS, [80, 80, 50, 50], [2, 3]
    spans = merged((1, 3), (4, 5))
    yield from in_looks("merged_rows_middle", "github", *regions, extra=spans)
    yield from in_looks("merged_rows_top", "gdocs", *regions, extra=spans)
    yield from in_looks("group_{}", "word github excel", tables.TASKS, [70, 140, 80], extra=spans)
    spans = merged((0, 0), columns=(1, 2)) + merged((0, 0), columns=(3, 4)) + merged((0, 1))
    countries = tables.TWO_HEADER_ROWS, [80, 50, 50, 50, 50]
    yield from in_looks("merged_cols_header", "gdocs", *countries, bold_rows=2, extra=spans)
    bands = [("BACKGROUND", (0, row), (-1, row), colors.lightgrey) for row in (1, 4)]
    spans = merged((1, 1), (4, 4), columns=(0, -1))
    yield from in_looks(
        "sections_{}", "word gdocs", tables.SECTIONS, [80, 140, 50], [2], extra=spans + bands
    )


def near_columns() -> Iterator[Case]:
    """Yield a column set to the right close before one set to the left."""
    for name, look, padding, size in (
        ("word11", "word", 5.4, 11),
        ("word10", "gdocs", 5.4, 10),
        ("latex11", "latex", 6, 11),
        ("latex10", "latex", 6, 10),
        ("html10", "chrome", 2, 10),
        ("html_b", "hlines", 8, 10),
    ):
        how: dict[str, Any] = {"size": size, "extra": side_padding(padding)}
        yield from in_looks(f"rightleft_{name}", look, tables.PAY, [90, 62, 60, 90], [1], **how)


def several_tables() -> Iterator[Case]:
    """Yield two tables on one page, and a note below one."""
    officers, rooms, ships, keepers = (
        tables.OFFICERS[:4],
        tables.ROOMS,
        tables.SHIPS,
        tables.KEEPERS,
    )
    above = [words(INTRO), Spacer(1, 10)]
    for look in ("word", "gdocs"):
        first = table_of(officers, [80, 150, 60], look, right=[2])
        second = table_of(rooms, [60, 60, 60, 110], look, right=[1, 2])
        story = [*above, first, Spacer(1, 14), second]
        yield page_case(f"two_tables_{look}", [officers, rooms], story)
    first = table_of(ships, [80, 80, 60], "gdocs")
    second = table_of(keepers, [120, 50, 120], "gdocs")
    yield page_case("two_same_count", [ships, keepers], [*above, first, Spacer(1, 14), second])
    titles = [words(title, fontName=BOLD) for title in ("Ships", "Keepers")]
    story = [*above, titles[0], first, Spacer(1, 10), titles[1], second]
    yield page_case("two_title", [ships, keepers], story)
    first = table_of(ships, [60, 60, 50], "gdocs")
    second = table_of(keepers, [90, 50, 100], "gdocs")
    pair = Table([[first, second]], colWidths=[190, 260], style=[("VALIGN", *ALL, "TOP")])
    yield page_case("two_side", [ships, keepers], [*above, pair])
    for look in ("word", "gdocs"):
        pumps = table_of(tables.PUMPS, [110, 60, 60], look, right=[2])
        note = words("* Price without the hose, which is 35 francs.", 8)
        story = [words(INTRO), Spacer(1, 12), pumps, note, Spacer(1, 12), words(OUTRO)]
        yield page_case(f"footnote_{look}", [tables.PUMPS], story)


def set_cases() -> Iterator[Case]:
    """Yield all of them."""
    for cases in (all_looks, many_looks, merged_cells, near_columns, several_tables):
        yield from cases()
