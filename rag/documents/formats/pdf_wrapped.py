"""Rows whose cells go over several lines, where no rules part them.

Values to values. In each column the lines of a cell stand closer than those of two rows; or, where
rows are as tight as lines, a column whose cells have one line each (numbers, dates) tells where
they are. A line goes on with the one above only if its first word had no room there.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.documents.formats.pdf_cells import NUMERIC
from rag.documents.formats.pdf_columns import BOLD, MONOSPACED, Word
from rag.documents.formats.pdf_layout import Line
from rag.documents.formats.pdf_line_text import text_of

Cells = Sequence[Sequence[Sequence[Word]]]
"""The words by line and column."""

_WIDEST_LEADING = 1.7
"""Of the size: lines that stand farther apart are not of one cell."""
_OVERLAP = 0.8
"""Of the size: lines that stand closer are side by side, in rows set at the middle."""
_SAME = 1.1
"""Distances that differ by less are the same."""
_OFF_CENTRE = 0.15
"""Of the leading: how far from the middle of its row a cell that is set there may stand."""
_SPACE, _MONOSPACE = 0.3, 0.6
"""Of the size: the space between two words, at most."""
_SHORT = 3
"""Words: so many, with a digit, are a date or an amount with its unit."""
_SELDOM_GOES_ON, _GOES_ON, _MOSTLY_GOES_ON = 0.3, 0.5, 0.6
"""Of the lines that go on, how many begin with a small letter: it shows that they do."""


class _Rows(NamedTuple):
    """Rows as they may be: the lines that begin them, and the distance of the lines of a cell.

    `anchors` are the lines on which a column has its only line of each row, from row `head` on;
    `sure` if they are numbers.
    """

    starts: list[int]
    leading: float
    anchors: Sequence[int] = ()
    place: str = ""
    head: int = 0
    sure: bool = True


def starts_of_wrapped(lines: Sequence[Line], cells: Cells) -> list[int]:
    """Return which lines begin rows of which some go over several lines; empty if not sure."""
    table = _Wrapped(lines, cells)
    for rows in (*table.by_distance(), *table.by_anchors()):
        if table.is_sound(rows):
            return rows.starts
    return []


class _Wrapped:
    """Lines of a table by their columns."""

    def __init__(self, lines: Sequence[Line], cells: Cells) -> None:
        self._lines, self._cells = lines, cells
        self._columns = [
            [number for number, line in enumerate(cells) if line[column]]
            for column in range(len(cells[0]))
        ]
        self._rooms = [
            max((_breadth(cells[number][column]) for number in numbers), default=0.0)
            for column, numbers in enumerate(self._columns)
        ]

    def _distance(self, one: int, two: int) -> float:
        return self._lines[one].baseline - self._lines[two].baseline

    def _leadings(self) -> list[float]:
        """Return the distances of lines one below the other, from the least."""
        return sorted(
            {
                round(self._distance(one, two), 1)
                for numbers in self._columns
                for one, two in pairwise(numbers)
                if _OVERLAP <= self._distance(one, two) / self._lines[two].size <= _WIDEST_LEADING
            }
        )

    def by_distance(self) -> Iterator[_Rows]:
        """Yield rows that are parted by more than the lines of their cells are."""
        for leading in self._leadings()[:10]:
            joined = [
                self._distance(one, one + 1) < _OVERLAP * self._lines[one].size
                for one in range(len(self._lines) - 1)
            ]
            for numbers in self._columns:
                for one, two in pairwise(numbers):
                    if self._distance(one, two) <= _SAME * leading:
                        joined[one:two] = [True] * (two - one)
            yield _Rows([0, *(n for n, each in enumerate(joined, 1) if not each)], leading)

    def by_anchors(self) -> Iterator[_Rows]:
        """Yield rows that stand as close as their lines, by a column with one line in each."""
        leading = next(iter(self._leadings()), 0.0)
        bold = [line.bold for line in self._lines]
        head = 0 if all(bold) else bold.index(False)
        body = len(self._lines) - head
        found: list[tuple[bool, int, list[int]]] = []
        for column, numbers in enumerate(self._columns):
            anchors = [number for number in numbers if number >= head]
            named = anchors if head else anchors[1:]
            if leading and 2 <= len(anchors) < body:
                sure = all(map(_is_short, (self._text(number, column) for number in named)))
                found.append((not sure, -len(anchors) if sure else len(anchors), anchors))
        for unsure, _, anchors in sorted(found):
            for place in ("top", "bottom", "middle"):
                starts = self._starts(anchors, place, head, leading)
                if starts:
                    first = [0] if head else []
                    yield _Rows(
                        first + starts, leading, anchors, place, len(first), sure=not unsure
                    )

    def _starts(
        self, anchors: Sequence[int], place: str, head: int, leading: float
    ) -> list[int] | None:
        """Return where rows begin whose anchors stand at a place of them."""
        last = len(self._lines) - 1
        if place == "top":
            return list(anchors) if anchors[0] == head else None
        if place == "bottom":
            return [head, *(n + 1 for n in anchors[:-1])] if anchors[-1] == last else None
        starts, start = [], head
        for anchor in anchors:
            if start > anchor:
                return None
            starts.append(start)
            half = self._distance(start, anchor) + _OFF_CENTRE * leading
            while start <= last and self._distance(anchor, start) <= half:
                start += 1
        return starts if start == last + 1 else None

    def is_sound(self, rows: _Rows) -> bool:
        """Say whether cells are whole, stand at one place of their rows, and go on in each line."""
        going_on: list[tuple[str, str]] = []
        all_named = True
        for number, (start, stop) in enumerate(pairwise([*rows.starts, len(self._lines)])):
            cells = [
                [n for n in range(start, stop) if self._cells[n][column]]
                for column in range(len(self._columns))
            ]
            if not all(
                self._is_whole(column, filled, rows.leading) for column, filled in enumerate(cells)
            ):
                return False
            anchor = rows.anchors[number - rows.head] if rows.anchors else None
            if anchor is not None and number >= rows.head:
                if not all(self._is_at(filled, anchor, rows) for filled in cells if filled):
                    return False
            had_no_room = all(
                self._had_no_room(column, filled) for column, filled in enumerate(cells)
            )
            named = self._has_name(cells)
            all_named = all_named and named
            if not had_no_room and (rows.anchors or not named):
                return False
            pairs = [
                (self._text(one, column), self._text(two, column))
                for column, filled in enumerate(cells)
                for one, two in pairwise(filled)
            ]
            even = len({len(filled) for filled in cells if filled}) == 1
            if even and _share_of_small(pairs) < _GOES_ON:
                return False
            going_on += pairs
        if len(rows.starts) < 2 or not going_on:
            return False
        share = _share_of_small(going_on)
        if rows.anchors:
            return share >= (_GOES_ON if rows.sure else _MOSTLY_GOES_ON)
        return share >= _SELDOM_GOES_ON or all_named

    def _text(self, number: int, column: int) -> str:
        return text_of(self._cells[number][column])

    def _is_whole(self, column: int, filled: Sequence[int], leading: float) -> bool:
        """Say whether the lines of a cell follow one another, and are not numbers of their own."""
        numeric = [n for n in filled if NUMERIC.fullmatch(self._text(n, column))]
        return len(numeric) < 2 and all(
            self._distance(one, two) <= _SAME * leading for one, two in pairwise(filled)
        )

    def _is_at(self, filled: Sequence[int], anchor: int, rows: _Rows) -> bool:
        """Say whether a cell stands at the place of its row at which all cells do."""
        if rows.place == "middle":
            off = self._distance(filled[0], anchor) - self._distance(anchor, filled[-1])
            return abs(off) <= 2 * _OFF_CENTRE * rows.leading
        return filled[0 if rows.place == "top" else -1] == anchor

    def _had_no_room(self, column: int, filled: Sequence[int]) -> bool:
        """Say whether the lines of a cell are broken where the next word did not fit."""
        if len({_is_bold(self._cells[number][column]) for number in filled}) > 1:
            return False
        return all(
            _breadth(self._cells[one][column])
            + _space(self._cells[one][column])
            + _first_breadth(self._cells[two][column])
            > self._rooms[column]
            for one, two in pairwise(filled)
        )

    def _has_name(self, cells: Sequence[Sequence[int]]) -> bool:
        """Say whether a row has a cell of one line that tells that all others are beside it.

        Such is the first column's, or one beside the first line of the others.
        """
        top = min(filled[0] for filled in cells if filled)
        return len(cells[0]) == 1 or any(len(filled) == 1 and filled[0] == top for filled in cells)


def _is_short(text: str) -> bool:
    """Say whether the text of a cell is a number or a date, which has one line."""
    return bool(NUMERIC.fullmatch(text)) or (
        any(map(str.isdigit, text)) and len(text.split()) <= _SHORT
    )


def _share_of_small(pairs: Sequence[tuple[str, str]]) -> float:
    """Return how many of the lines that go on with another begin with a small letter."""
    return sum(two[:1].islower() for _, two in pairs) / len(pairs) if pairs else 1.0


def _is_bold(words: Sequence[Word]) -> bool:
    return all(word.style & BOLD for word in words)


def _breadth(words: Sequence[Word]) -> float:
    return max(word.right for word in words) - min(word.left for word in words)


def _first_breadth(words: Sequence[Word]) -> float:
    """Return how broad the first word is, up to a hyphen after which it could be broken."""
    word = min(words, key=lambda word: word.left)
    until = word.text.find("-", 1) + 1 or len(word.text)
    return (word.right - word.left) * until / len(word.text)


def _space(words: Sequence[Word]) -> float:
    word = words[-1]
    return (_MONOSPACE if word.style & MONOSPACED else _SPACE) * word.size
