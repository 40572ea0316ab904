"""How the cells of rows stand below their columns. Values to values; knows no HTML."""

from collections import Counter
from collections.abc import Sequence

Column = tuple[str, int]
"""A column's name, and which of the columns of that name it is, from 0."""


def lay_out(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[int | None]]]:
    """Return the names of all columns, and for each row which of its cells stands under each.

    `rows` are the names over each row's cells, in order; rows may lack cells. A column that only
    some rows have stands after the one that it follows there. None: the row has no such cell.
    """
    keys = [_columns(names) for names in rows]
    columns: list[Column] = []
    for own in keys:
        place = 0
        for key in own:
            if key in columns:
                place = columns.index(key) + 1
            else:
                columns.insert(place, key)
                place += 1
    placed = [{key: cell for cell, key in enumerate(own)} for own in keys]
    return [name for name, _ in columns], [[cells.get(key) for key in columns] for cells in placed]


def _columns(names: Sequence[str]) -> list[Column]:
    seen: Counter[str] = Counter()
    columns = []
    for name in names:
        columns.append((name, seen[name]))
        seen[name] += 1
    return columns
