"""Whether what stands between drawn rules is the cells of a table, and which rows are several.

Values to values. Knows nothing of rules.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from rag.documents.formats.pdf_columns import BOLD, Word

NUMERIC = re.compile(r"[\W_]*\d[\d\s.,:/%'’€$£+-]*\W*[^\W\d]{0,3}\W*")
"""A number, or a date or a time, with its unit."""
_LONGEST_CELL = 12
"""Lines of half of the cells at most: what is longer is framed text."""
_FILLED, _PARTED = 0.34, 0.5
"""Of the cells, as many have text; of the rows, as many have two of them."""
_LARGER = 1.08
"""By so much the title of a framed text is larger than the text."""

CellLine = list[Word]


def lines_of(words: Sequence[Word]) -> list[CellLine]:
    """Return the words by the heights at which they stand, from above."""
    lines: list[CellLine] = []
    for word in sorted(words, key=lambda word: -word.baseline):
        if lines and lines[-1][0].baseline - word.baseline < 0.4 * word.size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def is_table(found: Mapping[tuple[int, int], Sequence[Word]], rows: int, columns: int) -> bool:
    """Say whether cells with text, by row and column, are as many and as short as a table's."""
    if rows < 2 or columns < 2 or len(found) < _FILLED * rows * columns:
        return False
    in_row: dict[int, int] = {}
    for row, _ in found:
        in_row[row] = in_row.get(row, 0) + 1
    if sum(count > 1 for count in in_row.values()) < _PARTED * rows:
        return False
    cells = [lines_of(words) for words in found.values()]
    if 2 * sum(map(_has_title, cells)) > len(cells):
        return False
    return median(map(len, cells)) <= _LONGEST_CELL


def _has_title(lines: Sequence[CellLine]) -> bool:
    """Say whether the first line is bolder or larger than all that follow: a framed text."""
    if len(lines) < 2:
        return False
    first, rest = lines[0], [word for line in lines[1:] for word in line]
    bold = all(word.style & BOLD for word in first)
    if bold and not any(word.style & BOLD for word in rest):
        return True
    return min(word.size for word in first) > _LARGER * max(word.size for word in rest)


def rows_of_several(
    rows: Sequence[Sequence[Sequence[Word]]], sides: Sequence[float], *, sure: bool
) -> list[int]:
    """Return the rows of cells that are several: numbers stand one below another in them.

    Or, unless rules are `sure` to part rows, lines that had room for the first word of the next.
    `sides` are those of the columns.
    """
    columns = zip(pairwise(sides), zip(*rows, strict=True), strict=True)
    rooms = [_room(left, right, column) for (left, right), column in columns]
    return [
        number
        for number, cells in enumerate(rows)
        if _has_numbers_below(cells) or (not sure and _had_room(cells, rooms))
    ]


def _room(left: float, right: float, cells: Sequence[Sequence[Word]]) -> float:
    """Return how broad a line of a column can be, within as much white on both sides."""
    words = [word for cell in cells for word in cell]
    white = [*(word.left - left for word in words), *(right - word.right for word in words)]
    return right - left - 2 * max(0.0, min(white, default=0.0))


def _has_numbers_below(cells: Sequence[Sequence[Word]]) -> bool:
    """Say whether two lines have numbers in the same columns, beside something else."""
    lines = lines_of([word for cell in cells for word in cell])
    at = {id(word): place for place, line in enumerate(lines) for word in line}
    filled = [{at[id(word)] for word in cell} for cell in cells if cell]
    numbers = [
        {at[id(line[0])] for line in lines_of(cell) if NUMERIC.fullmatch(_text(line))}
        for cell in cells
        if cell
    ]
    numbers = [places for places in numbers if len(places) > 1]
    if len(filled) < 2 or len(numbers) < min(2, len(filled) - 1):
        return False
    shared = set.intersection(*numbers)
    beside = sum(len(places & shared) > 1 for places in filled)
    return len(shared) > 1 and (beside > len(numbers) or len(numbers) == len(filled))


def _had_room(cells: Sequence[Sequence[Word]], rooms: Sequence[float]) -> bool:
    """Say whether all cells have several lines, most of which end before they had to."""
    parts = [lines_of(cell) for cell in cells]
    if any(len(lines) < 2 for lines in parts if lines) or sum(map(bool, parts)) < 2:
        return False
    early = [
        _breadth(one) + _space(one) + _first(two) <= room
        for lines, room in zip(parts, rooms, strict=True)
        for one, two in pairwise(lines)
    ]
    return 2 * sum(early) > len(early)


def _breadth(line: CellLine) -> float:
    return max(word.right for word in line) - min(word.left for word in line)


def _space(line: CellLine) -> float:
    return 0.25 * line[0].size


def _first(line: CellLine) -> float:
    word = min(line, key=lambda word: word.left)
    return word.right - word.left


def _text(line: CellLine) -> str:
    return " ".join(word.text for word in sorted(line, key=lambda word: word.left))
