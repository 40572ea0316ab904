"""The paragraphs and tables on slides (DrawingML): their text, the marks of lists, merged cells."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from rag.documents.formats.equations import equation_text
from rag.documents.formats.grid import has_numbers_below, names_columns, repeatable
from rag.documents.formats.markup import attribute, child_at, local_name
from rag.documents.formats.numerals import numeral
from rag.documents.formats.scripts import lower_text, raise_text
from rag.documents.formats.symbols import in_font
from rag.documents.formats.writer import collapse

_NUMBERS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_FORMS = {"ParenBoth": "({})", "ParenR": "{})", "Period": "{}.", "Plain": "{}"}
_BULLETS = ("buNone", "buChar", "buAutoNum", "buBlip")
_LEVELS = 9
_MOST_COLUMNS = 1_000
_STRUCK = ("sngStrike", "dblStrike")
_TRUE = ("1", "true")


def text_of(paragraph: Any) -> str:
    """Return what a paragraph says, with line breaks, raised digits and equations."""
    scripts = {1: raise_text, -1: lower_text}
    text = ""
    for script, group in groupby(_pieces(paragraph), key=lambda piece: piece[0]):
        joined = "".join(piece[1] for piece in group)
        text += scripts[script](joined) if script else joined
    return text


def _pieces(element: Any) -> Iterator[tuple[int, str]]:
    """Yield the text as (1 if it is raised, -1 if it is lowered, else 0; text)."""
    for child in element:
        name = local_name(child)
        properties = child_at(child, "rPr")
        if _is_struck(properties):
            continue
        if name == "r" or (name == "fld" and _is_shown(child)):
            baseline = 0 if properties is None else _number(properties.get("baseline"))
            symbols = child_at(properties, "sym")
            font = "" if symbols is None else symbols.get("typeface") or ""
            text = child.findtext("{*}t") or ""
            yield (baseline > 0) - (baseline < 0), in_font(font, text)
        elif name == "br":
            yield 0, "\n"
        elif name in ("oMath", "oMathPara"):
            yield 0, equation_text(child)
        elif name == "AlternateContent":
            yield from _pieces(child[0] if len(child) else ())
        elif name == "m":  # an equation's place in a paragraph
            yield from _pieces(child)


def _is_shown(field: Any) -> bool:
    """Tell whether a field says something: no slide number, nor a date that stands alone."""
    kind = field.get("type") or ""
    if kind.startswith("datetime"):
        runs = field.getparent().findall("{*}r")
        return any((run.findtext("{*}t") or "").strip() for run in runs)
    return not kind.startswith("slidenum")


def has_struck_text(element: Any) -> bool:
    """Tell whether something is struck through, which `text_of` leaves out."""
    return any(map(_is_struck, element.iter("{*}rPr")))


def _is_struck(properties: Any) -> bool:
    return properties is not None and properties.get("strike") in _STRUCK


class Markers:
    """What stands before the paragraphs of one shape, and how deep they are.

    `styles` are the shape's styles of lists, then those of the placeholders that it follows;
    `is_list` says whether paragraphs have bullets where none of them says so.
    """

    def __init__(self, styles: Iterable[Any], *, is_list: bool) -> None:
        self._styles = list(styles)
        self._is_list = is_list
        self._counts: list[tuple[str, int, int] | None] = [None] * _LEVELS

    def next(self, paragraph: Any, *, is_empty: bool) -> tuple[str, int]:
        """Return the mark of a paragraph, empty for none, and its level from 0."""
        properties = child_at(paragraph, "pPr")
        level = 0 if properties is None else min(_number(properties.get("lvl")), _LEVELS - 1)
        if is_empty:
            return "", level
        bullet = self._bullet(properties, level)
        self._counts[level + 1 :] = [None] * (_LEVELS - 1 - level)
        kind = "" if bullet is None else local_name(bullet)
        if kind != "buAutoNum":
            self._counts[level] = None
            is_item = self._is_list if bullet is None else kind != "buNone"
            return ("-" if is_item else ""), level
        form = bullet.get("type") or "arabicPeriod"
        start = _number(bullet.get("startAt")) or 1
        before = self._counts[level]
        number = before[2] + 1 if before is not None and before[:2] == (form, start) else start
        self._counts[level] = (form, start, number)
        return _marker(form, number), level

    def _bullet(self, properties: Any, level: int) -> Any:
        """Return the element that says which mark a paragraph has; None where nothing does."""
        places = [properties, *(child_at(style, f"lvl{level + 1}pPr") for style in self._styles)]
        for place in places:
            for child in () if place is None else place:
                if local_name(child) in _BULLETS:
                    return child
        return None


def _marker(form: str, number: int) -> str:
    start = next((name for name in _NUMBERS if form.startswith(name)), "arabic")
    shown = _FORMS.get(form.removeprefix(start), "{}.")
    return shown.format(numeral(number, _NUMBERS[start]))


def table_rows(table: Any) -> Iterator[tuple[list[str], bool]]:
    """Yield the texts of each row, those of merged cells repeated, and whether it is a header.

    A first row that is one cell is the table's title, and comes as that.
    """
    rows: list[list[str]] = []
    for row in table.findall("{*}tr"):
        above = rows[-1] if rows else []
        cells: list[str] = []
        for place, cell in enumerate(row.findall("{*}tc")[:_MOST_COLUMNS]):
            if attribute(cell, "hMerge") in _TRUE:
                cells.append(repeatable(cells[-1]) if cells else "")
            elif attribute(cell, "vMerge") in _TRUE:
                cells.append(repeatable(above[place]) if place < len(above) else "")
            else:
                cells.append(_cell_text(cell))
        rows.append(cells)
    first = table.find("{*}tr/{*}tc")
    if len(rows) > 1 and len(rows[0]) == _number(attribute(first, "gridSpan")):
        yield rows.pop(0)[:1], False
    first_row = attribute(child_at(table, "tblPr"), "firstRow") if _has_look(table) else None
    is_header = bool(rows) and names_columns(rows[0], rows[1:])
    is_header = is_header and (first_row in _TRUE or has_numbers_below(rows[0], rows[1:]))
    for number, cells in enumerate(rows):
        yield cells, is_header and number == 0


def _has_look(table: Any) -> bool:
    return child_at(table, "tblPr") is not None


def _cell_text(cell: Any) -> str:
    texts = (collapse(text_of(paragraph)) for paragraph in cell.iter("{*}p"))
    return " / ".join(filter(None, texts))


def _number(text: str | None) -> int:
    try:
        return max(-1_000_000, min(int(text or "0"), 1_000_000))
    except ValueError:
        return 0
