"""Which column of a table a question is about, as the checker judges it.

"dearest" is not written over any column: a trained model knows. What it is given stands here, since
`training.table_lessons` teaches it the same. Knows nothing of rows, or of what is done with them.
"""

from collections.abc import Callable
from functools import cache

from rag.answering.rows.tables import RowTable
from rag.datatypes import Vectors
from rag.models.checker import PairModel

LONGEST_CELL = 80
Judged = Callable[[], Vectors | None]
"""Gives how likely the question is about each column, (columns,); None where nothing is judged."""


def column_text(context: str, column: str, example: str) -> str:
    """Return what the checker is given for a column; `example` is one of its cells."""
    return f"Column {column or '?'}: {example[:LONGEST_CELL]}. {context}"


def nearest_context(table: RowTable) -> str:
    """Return the words that stand nearest above a table: its heading, or what leads in."""
    return ". ".join(filter(None, table.context.split("\n")[-2:]))


def judged_columns(question: str, table: RowTable, checker: PairModel | None) -> Judged:
    """Return a function that asks the checker about the columns once, when it is first called."""
    context = nearest_context(table)

    @cache
    def judged() -> Vectors | None:
        if checker is None:
            return None
        firsts = [
            next(filter(None, table.texts(column)), "") for column in range(len(table.columns))
        ]
        texts = [
            column_text(context, name, first)
            for name, first in zip(table.columns, firsts, strict=True)
        ]
        found = checker.probabilities([(question, text) for text in texts])
        return None if found is None else found[:, 0]

    return judged
