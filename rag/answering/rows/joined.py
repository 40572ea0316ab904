"""Tables of a document that have the same columns, as one: the sections of a sheet or price list.

"Which is the cheapest" is asked of all sections, though each has a heading and a header of its own.
Knows nothing of what is done with the rows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from rag.answering.rows.tables import EMPTY, ColumnKey, Row, RowTable, column_keys, without_total

_FEWEST_COLUMNS = 2
_MOST_ROWS = 1_000
"""What more are worth is not kept from one question to the next, and took seconds."""
_NUMBERS = re.compile(r"\d+")


def joined(table: RowTable, others: Sequence[RowTable]) -> RowTable | None:
    """Return the table with the rows of all of its document that have its columns, in order.

    `others` are all tables of that document, itself too; one may lack a column. None where there is
    no other one, or more than `_MOST_ROWS` in all; nor are the prices of two years one table, whose
    headings differ in a number alone.
    """
    if table.is_list:
        return None
    alike = [each for each in others if _are_alike(table, each)]
    contexts = {each.context for each in alike}
    if len(alike) < 2 or len({_NUMBERS.sub("", context) for context in contexts}) < len(contexts):
        return None
    if sum(len(each.rows) for each in alike) > _MOST_ROWS:
        return None
    alike.sort(key=lambda each: each.start)
    keys = list(dict.fromkeys(key for each in alike for key in column_keys(each.columns)))
    lines = zip(*(each.context.split("\n") for each in alike), strict=False)
    common = takewhile(lambda own: len(set(own)) == 1, lines)
    one = replace(
        table,
        start=alike[0].start,
        end=alike[-1].end,
        columns=tuple(name for name, _ in keys),
        rows=tuple(row for each in alike for row in _rows(each, keys)),
        context="\n".join(own[0] for own in common),
    )
    return without_total(one)


def _are_alike(table: RowTable, other: RowTable) -> bool:
    """Say whether the columns of one, all with a name, are among those of the other."""
    if other.is_list:
        return False
    own, its = set(column_keys(table.columns)), set(column_keys(other.columns))
    fewer = min(own, its, key=len)
    is_named = all(name for name, _ in fewer)
    return len(fewer) >= _FEWEST_COLUMNS and is_named and (own <= its or its <= own)


def _rows(table: RowTable, keys: Sequence[ColumnKey]) -> Iterator[Row]:
    """Yield the rows of a table with a cell for each of the columns."""
    own = list(column_keys(table.columns))
    for row in table.rows:
        placed = dict(zip(own, row.cells, strict=True))
        yield replace(row, cells=tuple(placed.get(key, EMPTY) for key in keys))
