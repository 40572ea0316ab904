"""The lines of one table, found by the white corridors that go on between its columns.

Values to values. Knows nothing of what else stands on a page.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import median

from rag.documents.formats.pdf_cells import NUMERIC
from rag.documents.formats.pdf_columns import BOLD, Gap, Word, white_around, word_gaps
from rag.documents.formats.pdf_corridors import refined
from rag.documents.formats.pdf_gaps import (
    SEED_GAP,
    gaps_of,
    is_even,
    is_spaced_text,
    overlap,
    shared_gap,
    wide_gaps,
)
from rag.documents.formats.pdf_layout import Line
from rag.documents.formats.pdf_rows import Table, has_header, joined_rows

LEADERS = re.compile(r"[.…·_]{4,}|(?:[.…·] ){4,}")
"""The dots of a table of contents."""
_NARROWEST, _LESS_WIDE = 0.12, 0.75
"""Of the size: what stays white between two columns over all rows, and in one row at least."""
_SAME_PLACE = 0.5
"""Points: columns that begin so near begin at one place."""
_ROW_DISTANCE, _WRAP_DISTANCE = 4.5, 1.45
"""Of the size: how far the next row, and the next line of a row, stand below at most."""
_BESIDE = 0.8
"""Of the size: what stands less far below is beside."""
_LINES_ABOVE = 3
"""So many lines of the first cell stand above the first line of the others, at most."""
_LARGER = 1.1
"""By so much a title is larger than the cells below it."""
_NEW_TABLE = 1.3
"""Of the widest distance of rows: how far below them the names of other columns stand."""
_MARKER = re.compile(
    r"[•·‣▪◦●○■□➢✓–—*-]|\(?[a-zA-Z0-9]{1,3}[.)]|\d{1,3}(?:\.\d{1,3})+\.?|§+\s?\d+[a-z]?"
    r"|\(\w{1,5}\)"
)
"""What numbers a clause or marks an item; it is no cell."""
_LABEL = re.compile(r"(?:[^\W\d]{2,8}\.?\s)?\d{1,3}[a-z]?\.?|\[\d{1,5}\]")
_SHORT_VALUE = 4
"""Words: beside "Unit 1" so few are a cell of their row, more the text of a clause."""
_MOST_COLUMNS = 60
_NEAR_ROWS = 12
"""Rows above, the first two apart, with which a line without gaps is compared."""
_FAR = 1e9


def first_lines(lines: Sequence[Line], number: int) -> list[Line]:
    """Return the lines that show that one without gaps begins a table, with the first that has.

    They go on with its cell, with small letters, or stand beside it.
    """
    first = lines[number]
    for stop in range(number + 1, min(number + 1 + _LINES_ABOVE, len(lines))):
        line = lines[stop]
        goes_on = abs(line.left - first.left) <= 1 and line.text[0].islower()
        if not goes_on or not _is_followed(lines, stop - 1):
            break
        if wide_gaps(line):
            words = [word for each in lines[number : stop + 1] for word in each.words]
            if not word_gaps(words, SEED_GAP * line.size):
                break
            return list(lines[number + 1 : stop + 1])
    return lines_beside(lines, number)


def lines_beside(lines: Sequence[Line], number: int) -> list[Line]:
    """Return the next line if it stands half a line lower, in other columns: cells set midway."""
    if number + 1 == len(lines):
        return []
    one, two = lines[number], lines[number + 1]
    lower = 0 < one.baseline - two.baseline < _BESIDE * one.size and one.page == two.page
    if not lower or max(one.size, two.size) > _LARGER * min(one.size, two.size):
        return []
    of_one = set(map(id, one.words))
    words = sorted((*one.words, *two.words), key=lambda word: word.left)
    apart = all(
        after.left - before.right >= SEED_GAP * one.size
        for before, after in pairwise(words)
        if (id(before) in of_one) != (id(after) in of_one)
    )
    return [two] if apart else []


def _is_followed(lines: Sequence[Line], number: int) -> bool:
    """Say whether the next line stands as close below a line as in one cell."""
    if number + 1 >= len(lines):
        return False
    line, after = lines[number], lines[number + 1]
    close = 0 <= line.baseline - after.baseline <= _WRAP_DISTANCE * line.size
    return close and line.page == after.page and line.bold == after.bold


class Group:
    """Lines that may be the rows of one table, and the white corridors between its columns."""

    def __init__(self, *first: Line) -> None:
        self.lines = list(first)
        words = [word for line in first for word in line.words]
        self._corridors = word_gaps(words, SEED_GAP * first[0].size)
        self._free = [self._around(line) for line in first]
        self.doubtful = [line for line in first if not wide_gaps(line)] if len(first) > 1 else []
        """Lines that belong here only if rows are made of them and others."""
        self.has_stray = False
        """Whether one of them is a row of its own."""

    def grow(
        self, lines: Sequence[Line], start: int, spread: Collection[int], *, doubtful: bool
    ) -> int:
        """Add the lines from `start` on that belong here; return where the next others begin.

        `spread` has the numbers of lines that are none of a table; `doubtful` says whether lines
        are added that are much wider than what stands in their column, or half a line lower.
        """
        stop = start
        waiting: list[Line] = []
        for number in range(start, len(lines)):
            line = lines[number]
            before = waiting[-1] if waiting else self.lines[-1]
            distance = before.baseline - line.baseline
            if _place(line) != _place(before) or not 0 <= distance <= _ROW_DISTANCE * line.size:
                break
            if LEADERS.search(line.text) or number in spread or self._ends_before(line):
                break
            if self._cell_gaps(line):
                if not self._take(line, waiting):
                    break
                waiting, stop = [], number + 1
            elif self._stands_in_column(line) or (
                doubtful and self._may_belong(line, lines, number)
            ):
                waiting.append(line)
            else:
                break
        for line in waiting:
            distance = self.lines[-1].baseline - line.baseline
            if distance > _WRAP_DISTANCE * line.size or len(self.lines) < 2:
                break
            if line in self.doubtful:
                break
            self._add(line)
            stop += 1
        return stop

    def _ends_before(self, line: Line) -> bool:
        """Say whether a line is a title, or names the columns of the next table."""
        if not wide_gaps(line):
            return line.bold and line.size > _LARGER * max(each.size for each in self.lines)
        bold = [each.bold for each in self.lines]
        if not line.bold or not bold[0] or bold[-1] or len(bold) - sum(bold) < 2:
            return False
        if any(NUMERIC.fullmatch(word.text) for word in line.words):
            return False
        widest = max(one.baseline - two.baseline for one, two in pairwise(self.lines))
        return self.lines[-1].baseline - line.baseline > _NEW_TABLE * widest

    def _take(self, line: Line, waiting: Sequence[Line]) -> bool:
        """Add a row, and the lines before it, unless it does not fit the corridors."""
        free = self._around(line)
        kept = [gap for gap in (shared_gap(one, free) for one in self._corridors) if gap]
        own = self._cell_gaps(line)
        narrowest = _NARROWEST * line.size
        kept = [gap for gap in kept if gap[1] - gap[0] >= narrowest]
        if len(kept) < 0.6 * len(self._corridors):
            return False
        matched = sum(any(overlap(gap, one) for one in kept) for gap in own)
        new = [gap for gap in own if not any(overlap(gap, one) for one in kept)]
        if not matched and not new:
            return False
        for gap in new:
            crossed = 0
            for before in self._free:
                shared = shared_gap(gap, before)
                if shared is None or shared[1] - shared[0] < narrowest:
                    crossed += 1
                else:
                    gap = shared
            if crossed <= len(self._free) // 3 and len(kept) < _MOST_COLUMNS:
                kept.append(gap)
        if not matched and len(kept) <= len(self._corridors):
            return False
        self._corridors = sorted(kept)
        for each in (*waiting, line):
            self._add(each)
        return True

    def _cell_gaps(self, line: Line) -> list[Gap]:
        """Return the gaps that part cells: wide ones, and others after which a column begins."""
        less_wide = [
            gap
            for gap in gaps_of(line, _LESS_WIDE * line.size)
            if not line.monospaced
            and any(abs(gap[1] - right) <= _SAME_PLACE for _, right in self._corridors)
        ]
        wide = wide_gaps(line)
        return wide + [gap for gap in less_wide if gap not in wide]

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        self._free.append(self._around(line))
        free = self._free[-1]
        self._corridors = [shared_gap(one, free) or one for one in self._corridors]

    def _around(self, line: Line) -> list[Gap]:
        """Return all that is white at the height of a line."""
        return white_around(line.words, _NARROWEST * line.size)

    def _may_belong(self, line: Line, lines: Sequence[Line], number: int) -> bool:
        """Say whether a line is doubtful: wide but followed closely, or half a line below."""
        wide = _is_followed(lines, number) and self._stands_in_column(line, wide=True)
        if wide or lines_beside(lines, number - 1):
            self.doubtful.append(line)
            return True
        return False

    def _stands_in_column(self, line: Line, *, wide: bool = False) -> bool:
        """Say whether a line without gaps keeps to one column, and begins or ends where it does.

        In the first column it may be much wider than others only if `wide`.
        """
        rows = [*self.lines[:2], *self.lines[2:][-_NEAR_ROWS:]]
        grid = [self._cells(row) for row in rows]
        for number in range(len(self._corridors) + 1):
            left = self._corridors[number - 1][0] if number else -_FAR
            right = self._corridors[number][1] if number < len(self._corridors) else _FAR
            if not left <= line.left or not line.right <= right:
                continue
            ends = [
                (min(word.left for word in words), max(word.right for word in words))
                for words in (cells[number] for cells in grid)
                if words
            ]
            slack = 0.6 * line.size
            widest = max((end - start for start, end in ends), default=0.0)
            if number == 0 and not wide and line.right - line.left > 1.4 * widest + line.size:
                return False
            return not ends or any(
                abs(line.left - start) <= slack
                or abs(line.right - end) <= slack
                or abs(line.left + line.right - start - end) <= 2 * slack
                or (line.left <= start and end <= line.right)
                for start, end in ends
            )
        return False

    def _cells(self, line: Line) -> list[list[Word]]:
        cells: list[list[Word]] = [[] for _ in range(len(self._corridors) + 1)]
        column = 0
        for word in line.words:
            column = sum(word.left >= (left + right) / 2 for left, right in self._corridors)
            cells[column].append(word)
        return cells

    def table(self) -> Table | None:
        """Return the table, or None where the lines are text with wide spaces, or a list."""
        rows = [line for line in self.lines if wide_gaps(line)]
        if not rows:
            return None
        if all(map(self._is_justified, rows)) and (
            not self._is_regular(rows) or all(map(is_spaced_text, rows))
        ):
            return None
        if len(self._corridors) > 2 and self._is_chance(rows):
            return None
        self._corridors = refined(self.lines, self._corridors)
        grid = [self._cells(line) for line in self.lines]
        joined = joined_rows(self.lines, grid)
        self.has_stray = self._has_stray(joined)
        bold = [line.bold for line in self.lines]
        if len(self._corridors) == 1 and _is_list([cells for _, cells in joined]):
            return None
        return Table(
            rows=tuple(tuple(row) for _, row in joined),
            page=self.lines[0].page,
            header=has_header(joined, bold),
            pairs=len(self._corridors) == 1 and all(row[0].endswith(":") for _, row in joined),
            edges=tuple((left + right) / 2 for left, right in self._corridors),
            top=self.lines[0].baseline,
            bottom=self.lines[-1].baseline,
        )

    def _has_stray(self, rows: Sequence[tuple[int, Sequence[str]]]) -> bool:
        """Say whether a doubtful line is alone in its row, or below a bold title in its cell."""
        stops = [*(start for start, _ in rows[1:]), len(self.lines)]
        for (start, cells), stop in zip(rows, stops, strict=True):
            part = self.lines[start:stop]
            if any(line in self.doubtful for line in part):
                names = [words for line in part if (words := self._cells(line)[0])]
                bold = {all(word.style & BOLD for word in words) for words in names}
                if sum(map(bool, cells)) < 2 or len(bold) > 1:
                    return True
        return False

    def _is_justified(self, line: Line) -> bool:
        """Say whether all spaces of a line are wide: words, not cells."""
        return len(line.words) > 3 and is_even(line)

    def _is_regular(self, rows: Sequence[Line]) -> bool:
        """Say whether several rows have all their gaps between the same columns."""
        return len(rows) > 1 and all(
            any(overlap(gap, one) for one in self._corridors)
            for row in rows
            for gap in wide_gaps(row)
        )

    def _is_chance(self, rows: Sequence[Line]) -> bool:
        """Say whether the gaps of most rows are none of the columns'."""
        shares = []
        for row in rows:
            gaps = wide_gaps(row)
            met = sum(any(overlap(gap, one) for one in self._corridors) for gap in gaps)
            shares.append(met / len(gaps))
        return median(shares) < 0.6


def _place(line: Line) -> tuple[int, bool]:
    """Return where a line stands; a table does not go on from a head to the text."""
    return line.page, line.in_margin


def _is_list(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether rows of two cells are marked items or numbered clauses."""
    if not all(_MARKER.fullmatch(row[0]) or _LABEL.fullmatch(row[0]) for row in rows if row[0]):
        return False
    texts = [text for label, text in rows if label and not _MARKER.fullmatch(label)]
    long = sum(len(text.split()) > _SHORT_VALUE or text[-1:] in ".;:," for text in texts)
    return any(label for label, _ in rows) and 2 * long >= len(texts)
