"""The highest or lowest sum of what rows of one name have: who gave the most altogether.

Knows nothing of which column or rows are meant.
"""

from rag.answering.rows.columns import Target
from rag.answering.rows.conditions import Selection
from rag.answering.rows.lines import key_column
from rag.answering.rows.tables import RowTable


def extreme_total(
    table: RowTable, selection: Selection, target: Target, operation: str
) -> tuple[tuple[int, ...], float] | None:
    """Return those of the selected rows whose name has the `highest` sum, or lowest, and the sum.

    None where no name stands twice, a value is none or of another unit, or two sums are the same.
    """
    names = table.texts(key_column(table, selection, target))
    values = table.values[target.column]
    groups: dict[str, list[int]] = {}
    for row in selection.rows:
        if names[row] and values[row] is not None:
            groups.setdefault(names[row], []).append(row)
    worth = {
        name: [value for row in own if (value := values[row]) is not None]
        for name, own in groups.items()
    }
    units = {value.unit.removesuffix("s") for own in worth.values() for value in own if value.unit}
    is_exact = all(value.low == value.high for own in worth.values() for value in own)
    if len(units) > 1 or not is_exact or len(groups) in (0, 1, len(selection.rows)):
        return None
    sums = sorted((sum(value.low for value in own), name) for name, own in worth.items())
    best, second = (sums[-1], sums[-2]) if operation == "highest" else (sums[0], sums[1])
    return None if best[0] == second[0] else (tuple(groups[best[1]]), best[0])
