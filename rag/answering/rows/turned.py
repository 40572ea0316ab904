"""A table of properties with its columns for rows: "which van carries most" asks of its columns.

Such a table has a row for each property, each in a unit of its own, and a column for each thing.
"""

import re
from dataclasses import replace

from rag.answering.rows.tables import Cell, Row, RowTable
from rag.answering.rows.values import column_values

_UNIT = re.compile(r"[(\[]([^)\]]{1,12})[)\]]\s*\Z")
_LEAST_UNITS = 2
"""Units in brackets that tell a table of properties."""
_MOST_COLUMNS = 12
_FEWEST = 2
"""Things, and properties of them that are values."""


def turned(table: RowTable) -> RowTable | None:
    """Return the table with a row for each of its named columns; None if it is none of properties.

    The first column has the properties' names; no other column is one of values, or these names
    have units: "Weight (kg)".
    """
    names = table.columns[1:]
    if table.is_list or not _FEWEST <= len(names) <= _MOST_COLUMNS or not all(names):
        return None
    labels = [text.strip() for text in table.texts(0)]
    has_units = _LEAST_UNITS <= len({found[1] for text in labels if (found := _UNIT.search(text))})
    is_mixed = all(table.kind(column) == "text" for column in range(len(table.columns)))
    if len(set(labels) - {""}) < len(labels) or not (is_mixed or has_units):
        return None
    worth = [column_values([cell.text for cell in row.cells[1:]]) for row in table.rows]
    if sum(sum(map(bool, own)) >= _FEWEST for own in worth) < _FEWEST:
        return None
    first = table.rows[0]
    rows = tuple(
        Row(
            start=table.start,
            end=table.end,
            number=0,
            cells=(Cell(start=0, end=0, text=name), *(row.cells[column] for row in table.rows)),
            block=first.block,
        )
        for column, name in enumerate(names, start=1)
    )
    return replace(table, columns=("", *labels), rows=rows, origin=table)
