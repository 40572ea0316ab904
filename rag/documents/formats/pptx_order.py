"""The order in which boxes on a slide are read: down its columns where they are set so, or by rows.

Values to values; knows nothing of files.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rag.documents.formats.grid import is_number

_MOST_BOXES = 500
"""More than a person reads on one slide: they are read from top to bottom."""
_DEEPEST = 10
_OVERLAP = 4
"""Boxes that overlap by less than one in so many of the smaller one's size stand apart."""
_ALIKE = 1.5
"""How many times as large the largest of several like sizes may be."""
_CLOSER = 2
"""How many times as close rows stand as columns where they are read down."""


class Box(NamedTuple):
    """Where something stands on a slide, what it says, how it looks, and what it is to the caller.

    What looks the same has the same `look`.
    """

    left: int
    top: int
    right: int
    bottom: int
    text: str
    look: tuple[object, ...]
    shape: Any


Boxes = Sequence[Box]


def reading_order(boxes: Boxes, depth: int = 0) -> list[Box]:
    """Return `boxes` as they are read: what stands apart in rows or columns part by part."""
    by_rows = sorted(boxes, key=lambda box: (box.top, box.left))
    if not 1 < len(boxes) <= _MOST_BOXES or depth == _DEEPEST:
        return by_rows
    rows = _rows(boxes)
    if len(rows) > 1:
        parts = [part for run in _runs(rows) for part in _parts(run)]
    else:
        parts = _columns(boxes)
    if len(parts) == 1:
        return by_rows
    return [box for part in parts for box in reading_order(part, depth + 1)]


def _runs(rows: Sequence[Boxes]) -> Iterator[list[Boxes]]:
    """Yield the rows that stand in common columns together, the others alone."""
    start = 0
    while start < len(rows):
        run = [rows[start]]
        end = start + 1
        most = len(_columns(rows[start]))
        for place in range(end, len(rows)) if most > 1 else ():
            run.append(rows[place])
            width = len(_columns(rows[place]))
            most = max(most, width)
            if len(_columns(_flat(run))) != most:
                break
            if width > 1:
                end = place + 1
        yield list(rows[start:end])
        start = end


def _parts(rows: list[Boxes]) -> Sequence[Boxes]:
    """Return the columns of rows that are read down, or else the rows."""
    if len(rows) == 1:
        return rows
    if not _is_read_down(rows, _columns(_flat(rows))):
        return rows
    return [column for part in _repeated(rows) for column in _columns(_flat(part))]


def _repeated(rows: list[Boxes]) -> list[list[Boxes]]:
    """Return the rows in parts that begin like the first: with a row of headings, of names."""
    if _is_like(rows[0], rows[1]):
        return [rows]
    parts: list[list[Boxes]] = []
    for row in rows:
        if not parts or _is_like(rows[0], row):
            parts.append([])
        parts[-1].append(row)
    return parts


def _is_like(row: Boxes, other: Boxes) -> bool:
    heights = _bottom(row) - _top(row), _bottom(other) - _top(other)
    return _are_alike(heights) and {box.look for box in row} == {box.look for box in other}


def _is_read_down(rows: Sequence[Boxes], columns: Sequence[Boxes]) -> bool:
    """Tell whether what stands below each other belongs together, not what stands in a row.

    A row of numbers, or of headings that look otherwise or are less high than what is below them,
    says so; a column of numbers, or of names that look otherwise or are narrower than what is
    beside them, says the opposite, as do rows and columns of numbers, which make a table; else
    what is closer.
    """
    row_differs, column_differs = _has_numbers(rows), _has_numbers(columns)
    if row_differs and column_differs:
        return False
    if not row_differs and not column_differs:
        heights = [[box.bottom - box.top for box in row] for row in rows]
        has_low_rows = all(map(_are_alike, heights)) and not _are_alike(map(max, heights))
        has_narrow_columns = not _are_alike(_right(each) - _left(each) for each in columns)
        row_differs = has_low_rows or _has_looks(rows)
        column_differs = has_narrow_columns or _has_looks(columns)
    if row_differs != column_differs:
        return row_differs
    between_rows = min(_top(below) - _bottom(row) for row, below in pairwise(rows))
    between_columns = min(_left(after) - _right(each) for each, after in pairwise(columns))
    return between_columns > _CLOSER * max(0, between_rows)


def _has_numbers(lines: Sequence[Boxes]) -> bool:
    """Tell whether some rows, or columns, mostly begin with numbers, and others not."""
    counted = [(sum(_begins_with_number(box.text) for box in line), len(line)) for line in lines]
    return len({size > 1 and 2 * numbers > size for numbers, size in counted}) == 2


def _begins_with_number(text: str) -> bool:
    return is_number(text) or is_number(text.split(maxsplit=1)[0] if text.split() else "")


def _has_looks(lines: Sequence[Boxes]) -> bool:
    """Tell whether each row, or column, has one look, and some another than others."""
    looks = [{box.look for box in line} for line in lines]
    return all(len(each) == 1 for each in looks) and any(each != looks[0] for each in looks)


def _are_alike(numbers: Iterable[int]) -> bool:
    sizes = list(numbers)
    return max(sizes) <= _ALIKE * min(sizes)


def _rows(boxes: Boxes) -> list[Boxes]:
    return _parted(boxes, lambda box: (box.top, box.bottom))


def _columns(boxes: Boxes) -> list[Boxes]:
    return _parted(boxes, lambda box: (box.left, box.right))


def _parted(boxes: Boxes, ends: Callable[[Box], tuple[int, int]]) -> list[Boxes]:
    """Return the boxes in parts between which a straight line can be drawn."""
    parts: list[list[Box]] = []
    first = last = 0
    for box in sorted(boxes, key=ends):
        start, end = ends(box)
        if parts and start < last - min(end - start, last - first) // _OVERLAP:
            parts[-1].append(box)
            last = max(last, end)
        else:
            parts.append([box])
            first, last = start, end
    return list(parts)


def _flat(rows: Sequence[Boxes]) -> list[Box]:
    return [box for row in rows for box in row]


def _left(boxes: Boxes) -> int:
    return min(box.left for box in boxes)


def _right(boxes: Boxes) -> int:
    return max(box.right for box in boxes)


def _top(boxes: Boxes) -> int:
    return min(box.top for box in boxes)


def _bottom(boxes: Boxes) -> int:
    return max(box.bottom for box in boxes)
