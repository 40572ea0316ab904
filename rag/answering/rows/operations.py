"""What is done with the values of a column in the rows that are meant: added up, or the most found.

Knows nothing of which column or rows are meant.
"""

from rag.answering.rows.columns import Target
from rag.answering.rows.conditions import Selection
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import total_of, units_of, weekday_of


def operate(
    operation: str, table: RowTable, selection: Selection, target: Target | None
) -> tuple[tuple[int, ...], float]:
    """Return the rows that decide, and the number; no rows if it cannot be done."""
    if target is None:
        return selection.rows, float(len(selection.rows))
    values = table.values[target.column]
    worth = {row: value for row in selection.rows if (value := values[row]) is not None}
    if len(worth) < 2 or len(units_of(worth.values())) > 1:
        return (), 0.0
    if operation == "sum":
        total = total_of(worth.values())
        return ((), 0.0) if total is None else (tuple(worth), total)
    if table.kind(target.column) == "time" and _has_several_days(table, selection):
        return (), 0.0
    is_age = target.is_age and operation in ("earliest", "latest")
    ends = {
        row: value.high if (operation in ("highest", "latest")) != is_age else -value.low
        for row, value in worth.items()
    }
    best = max(ends.values())
    return tuple(row for row, end in ends.items() if end == best), abs(best)


def _has_several_days(table: RowTable, selection: Selection) -> bool:
    """Say whether times of the day stand beside days that differ, so that they do not compare."""
    for column in range(len(table.columns)):
        texts = [table.texts(column)[row] for row in selection.rows]
        is_day = table.kind(column) == "date" or all(
            text and weekday_of(text.split()[0].strip(",.")) is not None for text in texts
        )
        if is_day and len(set(texts)) > 1:
            return True
    return False
