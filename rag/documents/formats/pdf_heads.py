"""Running heads and page numbers: what repeats in the margins of pages, or counts them.

Values to values. What stands there once, or differs in more than a number that counts, stays.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_layout import Line, Page, line_of

_MARGIN = 0.13
"""Of the page's height: heads and feet stand in this part of it, at the top and at the bottom."""
_MOST_ROWS = 3
_REPEATED = 3
"""Pages on which the same stands before it counts as a head."""
_APART = 1.25
"""Of the usual distance of lines: heads are at least so far from the text."""
_LARGE = 1.15
"""Of the usual size: what is larger is a title, of a slide or an invoice, and stays."""
_NUMBER_APART = 1.5
"""Of the size: so far from the words of its row a page number stands."""
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
        self.lines = sorted(lines, key=lambda line: line.left)
        self.words = [word for line in self.lines for word in line.words]
        self.text = " ".join(line.text for line in self.lines)
        self.baseline = lines[0].baseline
        self.size = max(line.size for line in lines)
        self.numbers = tuple(int(number[-9:]) for number in _NUMBER.findall(self.text)[:8])
        self.pattern = _NUMBER.sub("#", self.text)

    def number(self) -> Word | None:
        """Return the number that stands apart at one end of a row that says more."""
        if len(self.words) < 2:
            return None
        last, first = self.words[-2:], self.words[:2]
        for word, gap in (
            (last[1], last[1].left - last[0].right),
            (first[0], first[1].left - first[0].right),
        ):
            if gap > _NUMBER_APART * word.size and _PAGE_NUMBER.fullmatch(word.text):
                return word
        return None

    def without(self, number: Word) -> list[Line]:
        """Return the lines without a number at their end."""
        kept = []
        for line in self.lines:
            words = [word for word in line.words if word is not number]
            if words:
                kept.append(line_of(words, line.page, line.part))
        return kept


def without_running_heads(
    pages: Sequence[Sequence[Line]], shapes: Sequence[Page], size: float, distance: float
) -> Iterator[list[Line]]:
    """Yield the lines of each page; a head stands once, a page number never.

    `size` and `distance` (of lines, in points) are what is usual in the document.
    """
    if len(pages) < 2:
        yield from map(list, pages)
        return
    edges = [_edges(lines, shape) for lines, shape in zip(pages, shapes, strict=True)]
    heads, counts, numbered = _repeated(edges, size), *_counting(edges)
    often = Counter(
        " ".join(line.text for line in edges[place[0]][place[1]][0][place[2]].without(word))
        for place, word in numbered.items()
    )
    seen: set[str] = set()
    for number, (lines, sides) in enumerate(zip(pages, edges, strict=True)):
        changed: dict[int, list[Line]] = {}
        for side, (rows, inner) in enumerate(sides):
            places = [(number, side, place) for place in range(len(rows))]
            chosen = 0
            for place, row in enumerate(rows):
                if not any(places[place] in kind for kind in (heads, counts, numbered)):
                    break
                following = rows[place + 1].baseline if place + 1 < len(rows) else inner
                if following is None or abs(row.baseline - following) > _APART * distance:
                    chosen = place + 1
            for where, row in zip(places, rows[:chosen], strict=False):
                kept = [] if where in counts else row.lines
                key = row.pattern
                if where in numbered:
                    kept = row.without(numbered[where])
                    key = " ".join(line.text for line in kept)
                changed.update((id(line), []) for line in row.lines)
                if key not in seen and kept and (where not in numbered or often[key] >= _REPEATED):
                    changed[id(row.lines[0])] = kept
                seen.add(key)
        yield [each for line in lines for each in changed.get(id(line), [line])]


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


def _counting(
    edges: Sequence[Sequence[tuple[Sequence[_Row], float | None]]],
) -> tuple[set[_Place], dict[_Place, Word]]:
    """Return the page numbers, each as far from its page as others.

    First those that are alone in their row, then those at the end of a row that says more.
    """
    alone: dict[tuple[int, bool], list[tuple[_Place, str]]] = defaultdict(list)
    ends: dict[tuple[int, bool], list[tuple[_Place, Word]]] = defaultdict(list)
    for number, sides in enumerate(edges):
        for side, (rows, _) in enumerate(sides):
            for place, row in enumerate(rows):
                where = number, side, place
                match = _PAGE_NUMBER.fullmatch(row.text)
                end = None if match else row.number()
                text = match[1] if match else end.text if end else ""
                value = _value(text)
                if value is None:
                    continue
                ahead = value - number, not text.isdigit()
                if match:
                    alone[ahead].append((where, row.text))
                elif end:
                    ends[ahead].append((where, end))
    counts = {
        place
        for (ahead, _), group in alone.items()
        for place, text in group
        if len({each[0][0] for each in group}) > 1 or (ahead == 1 and _BARE_NUMBER.fullmatch(text))
    }
    return counts, {
        place: word
        for ahead, group in ends.items()
        if len({each[0][0] for each in (*group, *alone[ahead])}) >= _REPEATED
        for place, word in group
    }


def _value(text: str) -> int | None:
    """Return the number that digits or Roman letters stand for."""
    if not text:
        return None
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
