"""The line that says what was computed: the value, the column, the rows. Values to words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.question_kind import QuestionKind
from rag.answering.rows.columns import Target
from rag.answering.rows.conditions import Selection
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import NUMBER, sign_at_number

_DECIMALS = 2
_MOST_NAMES = 6
"""Named in the line; the rows themselves are shown below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """An operation over a table: the rows that decide, by place, out of those `considered`.

    `value` is the number that a sum or an extreme gives; `by_name` says that what a row is called
    is asked for, `averages` that of a sum the average is, `totals` that the rows of each name were
    added up. `by` is the column whose different values are counted, each by its first row.
    """

    operation: QuestionKind
    rows: tuple[int, ...]
    value: float
    considered: tuple[int, ...]
    selection: Selection
    target: Target | None
    by_name: bool
    averages: bool = False
    totals: bool = False
    by: int | None = None


def line_of(table: RowTable, computed: Computed) -> tuple[str, str]:
    """Return the line to show, and the short answer."""
    if computed.operation == "count":
        return _count(table, computed), str(len(computed.rows))
    if computed.operation == "filter":
        names = names_of(table, computed)
        count, total = len(computed.rows), len(table.rows)
        return f"{count} of {_things(table, total)}: {_conditions(computed)}.", "; ".join(names)
    if computed.operation == "sum":
        return _sum(table, computed)
    return _extreme(table, computed)


def names_of(table: RowTable, computed: Computed) -> list[str]:
    """Return what the rows that decide are called."""
    column = key_column(table, computed.selection, computed.target)
    texts = table.texts(column)
    return list(dict.fromkeys(texts[row] for row in computed.rows))


def key_column(table: RowTable, selection: Selection, target: Target | None) -> int:
    """Return the column that says what a row is: each has its own words there.

    One whose name is asked for goes before, then names before codes before mere numbers; a date is
    none.
    """
    if table.is_turned:
        return 0
    own = target.column if target else None
    columns = [column for column in range(len(table.columns)) if column != own] or [0]

    def worth(column: int) -> tuple[float, ...]:
        texts = [text for text in table.texts(column) if text]
        distinct = len(set(texts)) / max(1, len(table.rows))
        is_value = table.kind(column) != "text"
        asked = bool(selection.words.headed.get(column)) and distinct >= 0.8
        asked = asked and not is_value
        words = sum(bool(re.search(r"[^\W\d_A-Z]{2}", text)) for text in texts) > len(texts) / 2
        letters = sum(any(map(str.isalpha, text)) for text in texts) > len(texts) / 2
        return (
            asked,
            distinct == 1 and words and not is_value,
            distinct == 1 and letters and not is_value,
            distinct >= 0.8 and words and not is_value,
            distinct == 1 and not is_value,
            words and not is_value,
            -column,
        )

    return max(columns, key=worth)


def _things(table: RowTable, count: int) -> str:
    thing = "item" if table.is_list else "column" if table.is_turned else "row"
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _conditions(computed: Computed) -> str:
    return ", ".join(condition.words for condition in computed.selection.conditions)


def _where(table: RowTable, computed: Computed, count: int) -> str:
    """Return "12 rows", or "the 4 rows with Type cordless"."""
    conditions = _conditions(computed)
    things = _things(table, count)
    return f"the {things} with {conditions}" if conditions else things


def _count(table: RowTable, computed: Computed) -> str:
    count, total = len(computed.rows), len(table.rows)
    conditions = _conditions(computed)
    if computed.by is not None:
        where = _where(table, computed, len(computed.considered))
        name = table.columns[computed.by] or "one column"
        return f"{count}: the different values of {name} in {where}."
    if conditions:
        return f"{count} of {_things(table, total)}: {conditions}."
    return f"{_things(table, total)}, counted."


def _sum(table: RowTable, computed: Computed) -> tuple[str, str]:
    assert computed.target is not None
    column = computed.target.column
    short = _amount(table, computed)
    where = _where(table, computed, len(computed.considered))
    name = table.columns[column] or "the values"
    what = "average" if computed.averages else "sum"
    return f"{short}: the {what} of {name} over {where}{_rest(table, computed)}.", short


def _amount(table: RowTable, computed: Computed) -> str:
    """Return the number that was reckoned, written like those it comes from."""
    assert computed.target is not None
    name = table.columns[computed.target.column]
    cells = [table.texts(computed.target.column)[row] for row in computed.rows]
    money = any(unicodedata.category(sign) == "Sc" for sign in name + cells[0])
    return _like(cells, computed.value, is_money=money, averages=computed.averages)


def _extreme(table: RowTable, computed: Computed) -> tuple[str, str]:
    assert computed.target is not None
    column = computed.target.column
    names = names_of(table, computed)
    if computed.totals:
        short = _amount(table, computed)
        key = table.columns[key_column(table, computed.selection, computed.target)] or "name"
        what = f"the {computed.operation} sum of {table.columns[column]} by {key}"
        where = _where(table, computed, len(computed.considered))
        line = f"{', '.join(names)}: {short}, {what} over {where}{_rest(table, computed)}."
        return line, "; ".join(names) if computed.by_name else short
    cell = table.texts(column)[computed.rows[0]]
    shown = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
    where = _where(table, computed, len(computed.considered))
    value = " ".join(filter(None, (table.columns[column], cell)))
    line = f"{shown}: {value}, the {computed.operation} of {where}{_rest(table, computed)}."
    return line, "; ".join(names) if computed.by_name else cell


def _rest(table: RowTable, computed: Computed) -> str:
    """Return what was left out, and which other column may have been meant."""
    target = computed.target
    assert target is not None
    texts, values = table.texts(target.column), table.values[target.column]
    out = [texts[row] for row in computed.considered if values[row] is None]
    parts = []
    if out:
        said = ", ".join(f"“{text}”" for text in dict.fromkeys(out) if text)
        count = _things(table, len(out))
        parts.append(f"{count} without a value left out{f' ({said})' if said else ''}")
    if target.rival is not None:
        which = "row" if table.is_turned else "column"
        parts.append(f"taken: the {which} {table.columns[target.column]}")
    return "; " + "; ".join(parts) if parts else ""


def _like(cells: Sequence[str], number: float, *, is_money: bool, averages: bool) -> str:
    """Return a number written as those in the cells are: their unit, decimals and marks.

    Money has two decimals or none, an average that is no whole number two, or as many as the cells.
    """
    numbers = [match for cell in cells if (match := re.search(NUMBER, cell))]
    decimals = max(
        (len(found[1]) for n in numbers if (found := re.search(r"[.,](\d{1,2})$", n[0]))), default=0
    )
    if (is_money or averages) and (decimals or (averages and not number.is_integer())):
        decimals = max(decimals, _DECIMALS)
    written = f"{number:,.{decimals}f}"
    if any(re.search(r",\d{1,2}$", match[0]) for match in numbers):
        written = written.translate(str.maketrans(",.", ".,"))
    cell = sign_at_number(cells[0])
    first = re.search(NUMBER, cell)
    return f"{cell[: first.start()]}{written}{cell[first.end() :]}" if first else written
