"""The white corridors between the columns of a table, once its lines are known.

Values to values. A column that ends where the next begins is closer to it than words of a line
might be; a sign of money that stands apart from its amount is no column.
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from rag.documents.formats.pdf_columns import Gap, Word
from rag.documents.formats.pdf_layout import Line

_SAME = 0.5
"""Points: ends of words that differ by less are at one place."""
_FEWEST_LINES, _FEWEST_MET = 3, 2
"""Lines that end, and that begin, where two columns meet; and lines of both of them."""
_MOST_LOOKED_AT = 12
"""Lines at whose gaps two columns are looked for."""
_SPACE, _CLOSE = 0.28, 0.7
"""Of the size: a usual space, and how wide the widest between words of a cell may be."""
_WIDER = 1.35
"""Of a usual space: what is wider in all lines parts two columns that meet there."""


def refined(lines: Sequence[Line], corridors: Sequence[Gap]) -> list[Gap]:
    """Return the corridors with those where columns nearly meet, without those beside signs."""
    widest = _WIDER * _usual_space(lines)
    found = list(corridors)
    for words in _by_column(lines, corridors):
        found += _where_two_meet(words, widest)
    found.sort()
    columns = _by_column(lines, found)
    return [gap for gap, column in zip(found, columns, strict=False) if not _is_of_signs(column)]


def _by_column(lines: Sequence[Line], corridors: Sequence[Gap]) -> list[list[list[Word]]]:
    """Return the words of each column, line by line."""
    middles = [(left + right) / 2 for left, right in corridors]
    columns: list[list[list[Word]]] = [[] for _ in range(len(corridors) + 1)]
    for line in lines:
        cells: list[list[Word]] = [[] for _ in columns]
        for word in sorted(line.words, key=lambda word: word.left):
            cells[sum(word.left >= middle for middle in middles)].append(word)
        for column, cell in zip(columns, cells, strict=True):
            if cell:
                column.append(cell)
    return columns


def _usual_space(lines: Sequence[Line]) -> float:
    spaces = [
        two.left - one.right
        for line in lines
        for one, two in pairwise(sorted(line.words, key=lambda word: word.left))
        if not two.glued and 0 < two.left - one.right < _CLOSE * line.size
    ]
    least = _SPACE * median(line.size for line in lines)
    return max(least, median(spaces)) if spaces else least


def _where_two_meet(cells: Sequence[Sequence[Word]], widest: float) -> list[Gap]:
    """Return the gap at which all words before it end, and all after it begin."""
    for cell in cells[:_MOST_LOOKED_AT]:
        for one, two in pairwise(cell):
            gap = one.right, two.left
            if gap[1] - gap[0] >= widest and _parts_all(cells, gap):
                return [gap]
    return []


def _parts_all(cells: Sequence[Sequence[Word]], gap: Gap) -> bool:
    ends = begins = met = 0
    for cell in cells:
        before = [word for word in cell if word.left < gap[0]]
        after = cell[len(before) :]
        at_end = not before or abs(before[-1].right - gap[0]) <= _SAME
        at_begin = not after or abs(after[0].left - gap[1]) <= _SAME
        if before and after and not (at_end and at_begin):
            return False
        if before and before[-1].right > gap[0] + _SAME or after and after[0].left < gap[1] - _SAME:
            return False
        ends += bool(before) and at_end
        begins += bool(after) and at_begin
        met += bool(before and after)
    return met >= _FEWEST_MET and min(ends, begins) >= _FEWEST_LINES


def _is_of_signs(cells: Sequence[Sequence[Word]]) -> bool:
    return bool(cells) and all(
        len(cell) == 1 and all(unicodedata.category(sign) == "Sc" for sign in cell[0].text)
        for cell in cells
    )
