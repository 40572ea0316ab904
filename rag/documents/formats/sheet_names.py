"""What the columns of a sheet's table are called: in which rows the names stand.

Values to values; knows nothing of files.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rag.documents.formats.grid import could_name, has_numbers_below, names_columns

_MOST_ROWS_ABOVE = 10
_MOST_ROWS_OF_NAMES = 3
_ROWS_LOOKED_AT = 50


class Names(NamedTuple):
    """The names of columns, and the rows they take, from `start` to before `end`; or none."""

    columns: list[str]
    start: int = 0
    end: int = 0


def find_names(rows: Sequence[list[str]]) -> Names:
    """Return the names of the columns, which may stand below a few rows that are emptier.

    Names over two or three rows, the upper ones over several columns each, become one.
    """
    if len(rows) < 2:
        return Names([])
    if len(rows[0]) == 1:
        is_named = has_numbers_below(rows[0], rows[1:])
        return Names(rows[0], 0, 1) if is_named else Names([])
    first = _names_at(rows, 0)
    is_sure = len(rows[0]) == 2 or _is_full(rows[0]) or first.end > 1
    for place in range(1, 1 if is_sure else min(_MOST_ROWS_ABOVE, len(rows) - 2) + 1):
        if _is_full(rows[place]):
            found = _names_at(rows, place)
            below = _some(rows, found.end)
            return found if found.columns and has_numbers_below(rows[place], below) else first
    return first


def _is_full(row: Sequence[str]) -> bool:
    """Tell whether all cells but the first, a corner, are filled."""
    return all(row[1:])


def _names_at(rows: Sequence[list[str]], place: int) -> Names:
    names, end = rows[place], place + 1
    if not names_columns(names, _some(rows, end)):
        names = _carried(names)
        if end + 1 >= len(rows) or not _tells_apart(rows[end], names, _some(rows, end + 1)):
            return Names([])
        names, end = _joined(names, rows[end]), end + 1
    while end + 1 < len(rows) and end - place < _MOST_ROWS_OF_NAMES:
        if not _goes_on(names, rows[end], _some(rows, end + 1)):
            break
        names, end = _joined(names, rows[end]), end + 1
    return Names(names, place, end)


def _some(rows: Sequence[list[str]], start: int) -> Sequence[list[str]]:
    return rows[start : start + _ROWS_LOOKED_AT]


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    pairs = zip(upper, lower, strict=True)
    return [" ".join(dict.fromkeys(filter(None, pair))) for pair in pairs]


def _carried(names: Sequence[str]) -> list[str]:
    """Return names with what stands before an empty one in its place."""
    carried: list[str] = []
    for name in names:
        carried.append(name or (carried[-1] if carried else ""))
    return carried


def _tells_apart(row: Sequence[str], upper: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether the names in `row` repeat, and only with those carried above them differ."""
    repeats = len(set(row)) < len(row) and len(set(_joined(upper, row))) == len(row)
    return repeats and _is_full(row) and could_name(row, below) and has_numbers_below(row, below)


def _goes_on(names: Sequence[str], row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether `row` has further names, under names over several columns, or units."""
    beside = zip(["", *names], [*names[1:], ""], strict=False)
    spans = [bool(name) and name in pair for name, pair in zip(names, beside, strict=False)]
    if not any(spans):
        return _are_units(names, row, below)
    if len(set(_joined(names, row))) <= len(set(names)) or not could_name(row, below):
        return False
    others = [
        cell in ("", name)
        for name, cell, is_spanned in zip(names, row, spans, strict=True)
        if name and not is_spanned
    ]
    return all(others) or has_numbers_below(row, below)


def _are_units(names: Sequence[str], row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether words in `row` stand above numbers only, and none where a row has its name."""
    if row[0] not in ("", names[0]) or not below[0][0] or not any(row[1:]):
        return False
    return all(
        has_numbers_below([cell], [[cells[place]] for cells in below])
        for place, cell in enumerate(row)
        if place and cell
    )
