"""Running heads and feet: what repeats in the margins of pages, and what changes beside it.

Values to values. A head stands once, where it is first, and a foot where it is last, so that it
parts no text from what goes on over the page; a page number never. A row whose number is no page
number says something else on each page, and stays.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_layout import Line, Page
from rag.documents.formats.pdf_page_numbers import (
    Edges,
    PageNumber,
    Place,
    Row,
    number_at_end,
    numbers_named,
    page_numbers,
    places_of,
)

_MARGIN = 0.13
"""Of the page's height: heads and feet stand in this part of it, at the top and at the bottom."""
_MOST_ROWS = 5
_REPEATED = 3
"""Pages on which the same stands before it counts as a head; at the very same place, both of two,
and the last two of three, of which the first has a title."""
_SAME_PLACE = 1.0
"""Points: rows of two pages begin, end or have their middles and baselines so near."""
_LASTING = 0.9
"""Of the pages, or all but one: a row that changes belongs to a head that stands on so many."""
_APART = 1.25
"""Of the usual distance of lines: heads are at least so far from the text."""
_WELL_APART = 1.9
"""The same for a head on two pages that is no small print."""
_LARGE, _SMALL = 1.15, 0.95
"""Of the usual size: what is larger is a title of a slide or an invoice, and stays; small print."""
_ALIKE = 0.05
"""Share by which the sizes of the rows of one head differ at most."""
_NUMBER = re.compile(r"\d+")


def without_running_heads(
    pages: Sequence[Sequence[Line]], shapes: Sequence[Page], size: float, distance: float
) -> Iterator[list[Line]]:
    """Yield the lines of each page; a head stands once, a page number never.

    `size` and `distance` (of lines, in points) are what is usual in the document.
    """
    edges = [_edges(lines, shape) for lines, shape in zip(pages, shapes, strict=True)]
    margins = _Margins(edges, size, distance)
    for number, lines in enumerate(pages):
        changed = margins.changed(number)
        kept = [each for line in lines for each in changed.get(id(line), [line])]
        yield kept if kept or len(pages) > 1 else list(lines)


class _Margins:
    """What stands in the margins of a document's pages."""

    def __init__(self, edges: Edges, size: float, distance: float) -> None:
        self._edges = edges
        self._size, self._distance = size, distance
        self._numbers = page_numbers(edges, size)
        self._rests = _rests(edges, self._numbers)
        self._heads, self._alike = _repeated(self._rests, size, len(edges))
        self._kept_at = self._places_kept()

    def changed(self, number: int) -> dict[int, list[Line]]:
        """Return what the lines of a page become, by their ids; not those that stay as they are."""
        changed: dict[int, list[Line]] = {}
        for side, (rows, inner) in enumerate(self._edges[number]):
            chosen = self._chosen((number, side), rows, inner)
            if not chosen and self._is_head_of_its_page((number, side, 0), rows, inner):
                changed.update((id(line), [_kept(line)]) for line in rows[0].lines)
            for depth, row in enumerate(rows):
                place = number, side, depth
                if depth < chosen:
                    changed.update((id(line), []) for line in row.lines)
                    changed[id(row.lines[0])] = self._kept(place)
                elif place not in self._rests and self._is_sure(place, rows, inner):
                    changed.update((id(line), []) for line in row.lines)
        return changed

    def _is_head_of_its_page(self, place: Place, rows: Sequence[Row], inner: float | None) -> bool:
        """Say whether the outermost row says on other pages the same of another number."""
        if place not in self._alike:
            return False
        following = _following(rows, 0, inner)
        return following is not None and self._are_apart(rows[0], following)

    def _is_sure(self, place: Place, rows: Sequence[Row], inner: float | None) -> bool:
        """Say whether a page number is none of a text's, though what lies outside it may be."""
        following = _following(rows, place[2], inner)
        apart = following is not None and self._are_apart(rows[place[2]], following)
        return apart or self._numbers[place].named

    def _are_apart(self, row: Row, following: float, least: float = _APART) -> bool:
        return abs(row.baseline - following) > least * self._distance

    def _chosen(self, side: tuple[int, int], rows: Sequence[Row], inner: float | None) -> int:
        """Return how many rows are apart from the text: heads, page numbers, one that changes."""
        chosen, changes = 0, False
        for depth, row in enumerate(rows):
            place = *side, depth
            if place not in self._heads and place not in self._numbers:
                if changes or not self._changes_beside_head(side, rows, depth):
                    break
                changes = True
            following = _following(rows, depth, inner)
            doubtful = self._heads.get(place, _REPEATED) < _REPEATED
            if following is None:
                apart = not changes and not doubtful
            else:
                small = row.size <= _SMALL * self._size
                least = _WELL_APART if doubtful and not small else _APART
                apart = self._are_apart(row, following, least)
            if apart:
                chosen = depth + 1
        return chosen

    def _changes_beside_head(self, side: tuple[int, int], rows: Sequence[Row], depth: int) -> bool:
        """Say whether a row that says something else on each page belongs to a head.

        If it is the outer one, only small print counts: an invoice says the same under its number.
        """
        row = rows[depth]
        for other in (depth - 1, depth + 1):
            place = *side, other
            if not 0 <= other < len(rows) or (other > depth and row.size > _SMALL * self._size):
                continue
            near = abs(rows[other].baseline - row.baseline) <= _APART * self._distance
            alike = abs(rows[other].size - row.size) <= _ALIKE * row.size
            if near and alike and self._lasts(place):
                return True
        return False

    def _lasts(self, place: Place) -> bool:
        """Say whether a head stands on nearly all pages; what names a value is none."""
        pages = len(self._edges)
        rest = self._rests.get(place)
        if rest is None or ":" in rest.text:
            return False
        return self._heads.get(place, 0) >= min(_LASTING * pages, pages - 1)

    def _places_kept(self) -> set[Place]:
        """Return where heads and feet stay: a head on its first page, a foot on its last."""
        kept: dict[str, Place] = {}
        for number, sides in enumerate(self._edges):
            for side, (rows, inner) in enumerate(sides):
                for depth in range(self._chosen((number, side), rows, inner)):
                    place = number, side, depth
                    if place not in self._heads:
                        continue
                    said = _said(self._rests[place])
                    if said not in kept or kept[said][1] == side == 1 or kept[said][1] > side:
                        kept[said] = place
        return set(kept.values())

    def _kept(self, place: Place) -> list[Line]:
        """Return what stays of a row: nothing of a page number, a head where it stays."""
        rest = self._rests.get(place)
        if rest is None or (place in self._heads and place not in self._kept_at):
            return []
        counted = len(self._edges) > 1 and place in self._heads
        return [_kept(line) for line in (_uncounted(rest) if counted else rest).lines]


def _edges(lines: Sequence[Line], shape: Page) -> list[tuple[list[Row], float | None]]:
    """Return for top and bottom the rows in the margin, the outermost first, and what follows."""
    height = shape.top - shape.bottom
    ordered = sorted(lines, key=lambda line: -line.baseline)
    sides: list[tuple[list[Row], float | None]] = []
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
        sides.append(([Row(row, shape) for row in rows], inner))
    return sides


def _kept(line: Line) -> Line:
    return replace(line, in_margin=True)


def _following(rows: Sequence[Row], depth: int, inner: float | None) -> float | None:
    """Return the baseline of what comes next, from the outermost row to the text."""
    return rows[depth + 1].baseline if depth + 1 < len(rows) else inner


def _rests(edges: Edges, numbers: Mapping[Place, PageNumber]) -> dict[Place, Row]:
    """Return the rows without page numbers; those that are nothing else are left out."""
    rests = {}
    for place, row in places_of(edges):
        rest = row.without(numbers[place].words) if place in numbers else row
        if rest is not None:
            rests[place] = rest
    return rests


def _said(row: Row) -> str:
    """Return what a row says but for page numbers."""
    named = numbers_named(row.text)
    numbers = enumerate(_NUMBER.finditer(row.text))
    text, end = "", 0
    for match in (match for place, match in numbers if place in named):
        text += row.text[end : match.start()] + "#"
        end = match.end()
    return text + row.text[end:]


def _uncounted(row: Row) -> Row:
    """Return a head without the page number with which it ends, and its word for page."""
    number = number_at_end(row.text)
    place = len(row.text)
    words: list[Word] = []
    for word in reversed(row.words):
        place = row.text.rfind(word.text, 0, place)
        if place < number < place + len(word.text):
            return row  # a comma goes with the number, and is written to the word before
        if place < number:
            break
        words.append(word)
    return row.without(words) or row


def _repeated(
    rests: Mapping[Place, Row], size: float, total: int
) -> tuple[dict[Place, int], set[Place]]:
    """Return the rows that repeat but for page numbers, and on how many of all pages.

    And those that repeat but for other numbers.
    """
    groups: dict[tuple[str, int], list[tuple[Place, Row]]] = defaultdict(list)
    for place, row in rests.items():
        if row.size <= _LARGE * size:
            groups[_NUMBER.sub("#", row.text), place[1]].append((place, row))
    heads: dict[Place, int] = {}
    alike: set[Place] = set()
    for group in groups.values():
        for each in _at_one_height(group):
            pages = len({number for (number, _, _), _ in each})
            last = {place[0] for place, _ in each} == {total - 2, total - 1}
            few = last and total <= _REPEATED and _is_at_one_place([row for _, row in each])
            if (pages >= _REPEATED or few) and _only_counts(each):
                heads.update((place, pages) for place, _ in each)
            elif pages >= _REPEATED:
                alike.update(place for place, _ in each)
    return heads, alike


def _at_one_height(group: Sequence[tuple[Place, Row]]) -> Iterator[list[tuple[Place, Row]]]:
    ordered = sorted(group, key=lambda each: each[1].baseline)
    current = [ordered[0]]
    for each in ordered[1:]:
        if each[1].baseline - current[-1][1].baseline > 4.0:
            yield current
            current = []
        current.append(each)
    yield current


def _is_at_one_place(rows: Sequence[Row]) -> bool:
    """Say whether rows that are no part of a drawn table stand at the same place of their pages."""
    if any(line.grid for row in rows for line in row.lines):
        return False
    ends = [(row.words[0].left, row.words[-1].right) for row in rows]
    places = [(left, right, (left + right) / 2) for left, right in ends]
    spreads = [max(each) - min(each) for each in zip(*places, strict=True)]
    heights = [row.baseline for row in rows]
    near: bool = max(max(heights) - min(heights), min(spreads)) <= _SAME_PLACE
    return near


def _only_counts(group: Sequence[tuple[Place, Row]]) -> bool:
    """Say whether each number of a row is the same on all pages, or a page number."""
    named = numbers_named(group[0][1].text)
    numbers = [[int(found[-9:]) for found in _NUMBER.findall(row.text)] for _, row in group]
    for number, values in enumerate(zip(*numbers, strict=True)):
        ahead = {value - place[0] for value, (place, _) in zip(values, group, strict=True)}
        if len(set(values)) > 1 and (len(ahead) > 1 or number not in named):
            return False
    return True
