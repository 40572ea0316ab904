"""Running heads and page numbers: what repeats in the margins of pages, or counts them.

Values to values. What stands there once, or differs in more than a number that counts, stays.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rag.documents.formats.pdf_layout import Line, Page

_MARGIN = 0.13
"""Of the page's height: heads and feet stand in this part of it, at the top and at the bottom."""
_MOST_ROWS = 3
_REPEATED = 3
"""Pages on which the same stands before it counts as a head."""
_APART = 1.25
"""Of the usual distance of lines: heads are at least so far from the text."""
_LARGE = 1.15
"""Of the usual size: what is larger is a title, of a slide or an invoice, and stays."""
_FAR_COUNT = 30
"""A number that counts the pages with a larger difference may count bills: small print only."""
_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:[^\W\d_]{1,10}\.?\s+)?(\d{1,5}|[ivxlc]{1,8})(?:\s*(?:/|\||[^\W\d_]{1,6})\s*\d+)?[\W_]*",
    re.I,
)
_BARE_NUMBER = re.compile(r"[-–—|\s\[(]*\d{1,5}[-–—|\s\])]*")


class _Row:
    """What stands at one height of a page's margin."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        ordered = sorted(lines, key=lambda line: line.left)
        self.text = " ".join(line.text for line in ordered)
        self.baseline = lines[0].baseline
        self.size = max(line.size for line in lines)
        self.numbers = tuple(int(number[-9:]) for number in _NUMBER.findall(self.text)[:8])
        self.pattern = _NUMBER.sub("#", self.text)


def without_running_heads(
    pages: Sequence[Sequence[Line]], shapes: Sequence[Page], size: float, distance: float
) -> Iterator[list[Line]]:
    """Yield the lines of each page; a head stands once, a page number never.

    `size` and `distance` (of lines, in points) are what is usual in the document.
    """
    edges = [_edges(lines, shape) for lines, shape in zip(pages, shapes, strict=True)]
    heads, counts = _repeated(edges, size), _counting(edges)
    seen: set[tuple[str, bool]] = set()
    for number, (lines, sides) in enumerate(zip(pages, edges, strict=True)):
        dropped: set[int] = set()
        for side, (rows, inner) in enumerate(sides):
            chosen = 0
            for place, row in enumerate(rows):
                if (number, side, place) not in heads and (number, side, place) not in counts:
                    break
                following = rows[place + 1].baseline if place + 1 < len(rows) else inner
                if following is None or abs(row.baseline - following) > _APART * distance:
                    chosen = place + 1
            for place, row in enumerate(rows[:chosen]):
                key = row.pattern if (number, side, place) in heads else "", bool(side)
                if (number, side, place) in counts or key in seen:
                    dropped.update(map(id, row.lines))
                seen.add(key)
        yield [line for line in lines if id(line) not in dropped] if len(pages) > 1 else list(lines)


def _edges(lines: Sequence[Line], shape: Page) -> list[tuple[list[_Row], float | None]]:
    """Return for top and bottom the rows in the margin, the outermost first, and what follows."""
    height = shape.top - shape.bottom
    ordered = sorted(lines, key=lambda line: -line.baseline)
    sides: list[tuple[list[_Row], float | None]] = []
    for top in (True, False):
        rows: list[list[Line]] = []
        inner: float | None = None
        for line in ordered if top else reversed(ordered):
            depth = shape.top - line.baseline if top else line.baseline - shape.bottom
            if rows and abs(rows[-1][0].baseline - line.baseline) < 0.4 * line.size:
                rows[-1].append(line)
            elif depth > _MARGIN * height or len(rows) == _MOST_ROWS:
                inner = line.baseline
                break
            else:
                rows.append([line])
        sides.append(([_Row(row) for row in rows], inner))
    return sides


_Place = tuple[int, int, int]
"""Number of the page, 0 for its top and 1 for its bottom, and how many rows lie outside."""


def _repeated(
    edges: Sequence[Sequence[tuple[Sequence[_Row], float | None]]], size: float
) -> set[_Place]:
    """Return the rows that repeat exactly, but for numbers that count the pages."""
    groups: dict[tuple[str, int], list[tuple[_Place, _Row]]] = defaultdict(list)
    for number, sides in enumerate(edges):
        for side, (rows, _) in enumerate(sides):
            for place, row in enumerate(rows):
                if row.size <= _LARGE * size:
                    groups[row.pattern, side].append(((number, side, place), row))
    return {
        place
        for group in groups.values()
        if len(group) >= _REPEATED
        for each in _at_one_height(group)
        if len(each) >= _REPEATED and _only_counts(each, size)
        for place, _ in each
    }


def _at_one_height(group: Sequence[tuple[_Place, _Row]]) -> Iterator[list[tuple[_Place, _Row]]]:
    ordered = sorted(group, key=lambda each: each[1].baseline)
    current = [ordered[0]]
    for each in ordered[1:]:
        if each[1].baseline - current[-1][1].baseline > 4.0:
            yield current
            current = []
        current.append(each)
    yield current


def _only_counts(group: Sequence[tuple[_Place, _Row]], size: float) -> bool:
    """Say whether each number of a row is the same on all pages, or counts them."""
    if len({place[0] for place, _ in group}) < _REPEATED:
        return False
    for values in zip(*(row.numbers for _, row in group), strict=True):
        if len(set(values)) == 1:
            continue
        ahead = {value - place[0] for value, (place, _) in zip(values, group, strict=True)}
        if len(ahead) > 1:
            return False
        if abs(ahead.pop()) > _FAR_COUNT and group[0][1].size > 0.95 * size:
            return False
    return True


def _counting(edges: Sequence[Sequence[tuple[Sequence[_Row], float | None]]]) -> set[_Place]:
    """Return the page numbers: alone in their row, and each as far from its page as others."""
    found: dict[tuple[int, bool], list[tuple[_Place, str]]] = defaultdict(list)
    for number, sides in enumerate(edges):
        for side, (rows, _) in enumerate(sides):
            for place, row in enumerate(rows):
                match = _PAGE_NUMBER.fullmatch(row.text)
                value = _value(match[1]) if match else None
                if match and value is not None:
                    roman = not match[1].isdigit()
                    found[value - number, roman].append(((number, side, place), row.text))
    return {
        place
        for (ahead, _), group in found.items()
        for place, text in group
        if len({each[0][0] for each in group}) > 1 or (ahead == 1 and _BARE_NUMBER.fullmatch(text))
    }


def _value(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    low = text.lower()
    if not _ROMAN.fullmatch(low):
        return None
    values = [_ROMAN_VALUES[letter] for letter in low]
    return sum(
        -value if any(other > value for other in values[place + 1 : place + 2]) else value
        for place, value in enumerate(values)
    )
