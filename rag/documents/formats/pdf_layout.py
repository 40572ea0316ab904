"""From the words of a page to its lines, in the order in which they are read.

Values to values: raised marks, drop caps, stacked fractions and numbers of lines in the margin are
settled here. Knows nothing of PDFium, nor of paragraphs.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from statistics import median

from rag.documents.formats.pdf_columns import BOLD, MONOSPACED, Word, word_gaps
from rag.documents.formats.pdf_grids import Grid, find_grids, order_around
from rag.documents.formats.pdf_line_text import SMALL, text_of, usual_size
from rag.documents.formats.pdf_rules import Rule

_MOST_MARKS = 1_500
"""Small words on a part of a page; more are lines of their own."""
_DROP_CAP = 1.8
_PROSE_WORDS = 5
"""Of a line, usually at least: a number at its right end counts it and is no cell of a table."""
_FEW_LINES, _CELL_GAP = 12, 1.2
"""Lines of an address at most; of the size, the white between two cells at least."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is seen of a page: words by the angle of their lines, the upright ones first.

    `top` and `bottom` are of the page's edges, in the direction of the first angle's lines, and so
    are the `rules` that it draws.
    """

    words: tuple[tuple[Word, ...], ...] = ()
    rules: tuple[Rule, ...] = ()
    kind: str = "text"
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    top: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a part of page `page` (from 0); `part` tells parts apart that stand side by side.

    `limit` is how far right the lines of its part can reach at most; `in_margin` if it is what was
    kept of a running head or foot, which no sentence goes on with. What stands in row `row` of a
    table with drawn rules has its `grid`.
    """

    text: str
    words: tuple[Word, ...]
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    page: int
    part: int = 0
    monospaced: bool = False
    limit: float = -inf
    in_margin: bool = False
    grid: Grid | None = None
    row: int = 0


def page_lines(page: Page, number: int) -> list[Line]:
    """Return the lines of a page in their order of reading."""
    lines: list[Line] = []
    part = 0
    for group in page.words:
        grids = find_grids(group, page.rules) if group is page.words[0] else []
        parts: list[list[Line]] = []
        for each in order_around(_without_line_numbers(_outside(group, grids)), grids):
            found: list[Line] = []
            for piece in each:
                if isinstance(piece, Grid):
                    found += _grid_lines(piece, group, number, part)
                else:
                    found += _lines_of(piece, number, part)
            parts.append(found)
            part += 1
        if len(parts) == 1 and group is page.words[0]:
            parts = [_with_limit(parts[0], page)]
        for before, found, after in zip([[], *parts], parts, [*parts[1:], []], strict=False):
            lines += _with_room(found, before, after, page)
    return lines


def _outside(words: Sequence[Word], grids: Sequence[Grid]) -> Sequence[Word]:
    if not grids:
        return words
    return [word for word in words if not any(grid.place(word) for grid in grids)]


def _grid_lines(grid: Grid, words: Sequence[Word], page: int, part: int) -> list[Line]:
    """Return the lines of a table, row by row."""
    rows: dict[int, list[Word]] = {}
    for word in words:
        place = grid.place(word)
        if place is not None:
            rows.setdefault(place[0], []).append(word)
    return [
        replace(line, grid=grid, row=row)
        for row in sorted(rows)
        for line in _lines_of(rows[row], page, part)
    ]


def _with_limit(lines: list[Line], page: Page) -> list[Line]:
    """Let the lines of a page that hardly reach its middle have room up to its margin.

    Unless sentences go on from line to line there: then the text is as narrow as that.
    """
    if not lines or _have_sentences(lines):
        return lines
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    if right - page.left > 0.45 * (page.right - page.left):
        return lines
    limit = page.right - (left - page.left)
    return [replace(line, limit=limit) for line in lines]


def _with_room(
    lines: list[Line], before: Sequence[Line], after: Sequence[Line], page: Page
) -> list[Line]:
    """Let few lines beside rows of cells have room up to these or the margin.

    So the lines of an address, beside dates and numbers. Not if a sentence goes on in them.
    """
    if not lines or len(lines) > _FEW_LINES or _have_sentences(lines):
        return lines
    right = max(line.right for line in lines)
    if _are_beside(lines, after) and _are_rows(after):
        limit = min(line.left for line in after) - lines[0].size
    elif _are_beside(before, lines) and _are_rows(before):
        limit = page.right - (min(line.left for line in before) - page.left)
    else:
        return lines
    return [replace(line, limit=limit) for line in lines] if limit > right else lines


def _are_beside(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Say whether lines stand at the heights of others, to their left."""
    if not left or not right or max(one.right for one in left) > min(two.left for two in right):
        return False
    return right[-1].baseline <= left[0].baseline and left[-1].baseline <= right[0].baseline


def _are_rows(lines: Sequence[Line]) -> bool:
    return all(word_gaps(line.words, _CELL_GAP * line.size) for line in lines)


def _have_sentences(lines: Sequence[Line]) -> bool:
    return any(one.text[-1].isalnum() and two.text[0].islower() for one, two in pairwise(lines))


def _lines_of(words: Sequence[Word], page: int, part: int) -> list[Line]:
    rows = _rows(_with_drop_caps(words))
    return [line_of(row, page, part) for row in rows if row]


def line_of(row: Sequence[Word], page: int, part: int = 0) -> Line:
    """Return the line of words that stand beside one another."""
    size = usual_size(row)
    full = [word for word in row if word.size >= SMALL * size] or list(row)
    letters = sum(len(word.text) for word in full)
    return Line(
        text=text_of(row),
        words=tuple(row),
        left=min(word.left for word in row),
        right=max(word.right for word in row),
        baseline=full[0].baseline,
        size=size,
        bold=all(word.style & BOLD for word in full),
        page=page,
        part=part,
        monospaced=sum(len(w.text) for w in full if w.style & MONOSPACED) > 0.8 * letters,
    )


def cell_text(words: Sequence[Word]) -> str:
    """Return the lines of a cell, one below the other."""
    return "\n".join(text_of(row) for row in _rows(words) if row) if words else ""


def _with_drop_caps(words: Sequence[Word]) -> list[Word]:
    """Return the words; a first letter over several lines becomes part of the first of them."""
    usual = median(word.size for word in words)
    large = [
        word
        for word in words
        if word.size >= _DROP_CAP * usual and len(word.text) <= 2 and word.text.isalpha()
    ]
    if not large or len(large) > 20:
        return list(words)
    kept = list(words)
    for cap in large:
        beside = [
            word
            for word in kept
            if word is not cap
            and word.size < 0.7 * cap.size
            and 0 <= word.left - cap.right + 0.15 * cap.size < 2.2 * word.size + 0.15 * cap.size
            and cap.baseline - 0.3 * word.size <= word.baseline <= cap.baseline + cap.size
        ]
        if not beside:
            continue
        first = max(beside, key=lambda word: (word.baseline, -word.left))
        joined = first.text[:1].islower() or len(first.text) > 1 and first.text.isupper()
        text = cap.text + first.text if joined else f"{cap.text} {first.text}"
        kept = [word for word in kept if word is not cap]
        place = next(number for number, word in enumerate(kept) if word is first)
        kept[place] = first._replace(text=text, left=cap.left)
    return kept


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Return the lines from the top: words on about one baseline, with the marks beside them."""
    size = median(word.size for word in words)
    full = [word for word in words if word.size >= SMALL * size]
    small = [word for word in words if word.size < SMALL * size]
    rows: list[list[Word]] = []
    baseline = 0.0
    for word in sorted(full, key=lambda word: -word.baseline):
        if rows and baseline - word.baseline <= 0.3 * min(word.size, rows[-1][0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
            baseline = word.baseline
    rows = _with_shifted(rows)
    alone = _add_marks(rows, small) if len(small) < _MOST_MARKS else small
    rows += _small_rows(alone)
    rows.sort(key=lambda row: -_row_height(row))
    return [_sorted_row(row) for row in rows]


def _with_shifted(rows: list[list[Word]]) -> list[list[Word]]:
    """Return the rows; one that stands a little higher beside another is part of it.

    So a value that was typed into a form, not quite on the line of its label.
    """
    kept: list[list[Word]] = []
    for row in rows:
        before = kept[-1] if kept else None
        if before is not None and before[0].baseline - row[0].baseline < 0.48 * row[0].size:
            one = min(word.left for word in before), max(word.right for word in before)
            two = min(word.left for word in row), max(word.right for word in row)
            if one[0] >= two[1] or two[0] >= one[1]:
                before += row
                continue
        kept.append(row)
    return kept


def _row_height(row: Sequence[Word]) -> float:
    return max(row, key=lambda word: word.size).baseline


def _add_marks(rows: list[list[Word]], small: Sequence[Word]) -> list[Word]:
    """Add small words to the lines that they touch; return those that touch none."""
    alone: list[Word] = []
    heights = [-row[0].baseline for row in rows]
    ends = [(min(w.left for w in row), max(w.right for w in row)) for row in rows]
    for word in small:
        best: tuple[float, int] | None = None
        lowest = bisect_left(heights, -(word.baseline + 1.2 * word.size))
        near = range(lowest, bisect_right(heights, 14.0 - word.baseline))
        for number in near:
            row = rows[number]
            rise = (word.baseline - row[0].baseline) / row[0].size
            if not -0.55 <= rise <= 0.75 or word.size >= 0.95 * row[0].size:
                continue
            if not ends[number][0] - word.size < word.left < ends[number][1] + word.size:
                if abs(rise) > 0.12:
                    continue
            gap = min(
                max(other.left - word.right, word.left - other.right)
                for other in row
                if other is not word
            )
            if (gap < 0.5 * word.size or abs(rise) < 0.12) and (
                best is None or abs(rise) < best[0]
            ):
                best = abs(rise), number
        if best is None:
            alone.append(word)
        else:
            rows[best[1]].append(word)
    return alone


def _small_rows(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    baseline = 0.0
    for word in sorted(words, key=lambda word: -word.baseline):
        if rows and baseline - word.baseline <= 0.3 * word.size:
            rows[-1].append(word)
        else:
            rows.append([word])
            baseline = word.baseline
    return rows


def _sorted_row(row: list[Word]) -> list[Word]:
    letters = "".join(word.text for word in row)
    if not letters.isascii() and len(_RIGHT_TO_LEFT.findall(letters)) * 2 > len(letters):
        if len({word.line for word in row}) > 1:
            row.sort(key=lambda word: -word.right)
        return row
    row.sort(key=lambda word: (word.left, -word.baseline))
    return row


def _without_line_numbers(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words without a margin of counting numbers beside lines of running text."""
    digits = [word for word in words if word.text.isdigit() and len(word.text) < 6]
    if not digits:
        return words
    left, right = min(word.left for word in words), max(word.right for word in words)
    digits.sort(key=lambda word: -word.baseline)
    outer = [word for word in digits if word.left < left + 2.5 * word.size]
    if _count_lines(outer, words, right=False):
        return _others(words, outer)
    outer = [word for word in digits if word.right > right - 2.5 * word.size]
    return _others(words, outer) if _count_lines(outer, words, right=True) else words


def _others(words: Sequence[Word], numbers: Sequence[Word]) -> list[Word]:
    margin = {id(word) for word in numbers}
    return [word for word in words if id(word) not in margin]


def _count_lines(numbers: Sequence[Word], words: Sequence[Word], *, right: bool) -> bool:
    """Say whether numbers stand apart in a margin and count lines of running text beside them."""
    rest = _others(words, numbers)
    if not numbers or not rest:
        return False
    white = 0.3 * numbers[0].size
    if right:
        apart = max(word.right for word in rest) <= min(word.left for word in numbers) - white
    else:
        apart = min(word.left for word in rest) >= max(word.right for word in numbers) + white
    values = [int(word.text) for word in numbers]
    steps = {second - first for first, second in pairwise(values)}
    if not apart or len(steps) > 1 or steps - {1, 2, 5, 10}:
        return False
    lines = [line for number in numbers if (line := _beside(number, rest))]
    if len(values) < 3:  # a short page of which each fifth line is counted
        rows = [-row[0].baseline for row in _rows(rest)]
        counted = [bisect_right(rows, white - number.baseline) for number in numbers]
        if values[0] not in (5, 10) or counted != values:
            return False
        lines = _rows(rest)
    starts = [min(line, key=lambda word: word.left) for line in lines]
    goes_on = sum(word.text[:1].islower() for word in starts)
    if len(starts) < 3 or goes_on < 0.3 * len(starts):
        return False
    return not right or _is_prose(lines)


def _is_prose(lines: Sequence[Sequence[Word]]) -> bool:
    """Say whether lines have many words, among them ends of sentences."""
    ends = any(word.text[-1] in ".!?;" for line in lines for word in line)
    return ends and median(map(len, lines)) >= _PROSE_WORDS


def _beside(number: Word, rest: Sequence[Word]) -> list[Word]:
    return [word for word in rest if abs(word.baseline - number.baseline) < 0.3 * number.size]
