"""The highest or lowest sum of what rows of one name have: who gave the most altogether.

Knows nothing of which column or rows are meant.
"""

from rag.answering.rows.columns import Target
from rag.answering.rows.conditions import Selection
from rag.answering.rows.lines import key_column
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import Value, total_of, units_of


def extreme_total(
    table: RowTable, selection: Selection, target: Target, operation: str
) -> tuple[tuple[int, ...], float] | None:
    """Return those of the selected rows whose name has the `highest` sum, or lowest, and the sum.

    None where no name stands twice, a value is none or of another unit, or two sums are the same.
    """
    names = table.texts(key_column(table, selection, target))
    values = table.values[target.column]
    groups: dict[str, dict[int, Value]] = {}
    for row in selection.rows:
        if names[row] and (value := values[row]) is not None:
            groups.setdefault(names[row], {})[row] = value
    units = units_of(value for own in groups.values() for value in own.values())
    if len(units) > 1 or len(groups) in (0, 1, len(selection.rows)):
        return None
    sums = [(total_of(own.values()), tuple(own)) for own in groups.values()]
    known = sorted((total, rows) for total, rows in sums if total is not None)
    if len(known) < len(sums):
        return None
    best, second = (known[-1], known[-2]) if operation == "highest" else (known[0], known[1])
    return None if best[0] == second[0] else best[::-1]
