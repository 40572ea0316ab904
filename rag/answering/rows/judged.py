"""Which column of a table a question is about, and which rows it means, as the checker judges it.

"dearest" is not written over any column, "cost nothing" in no cell: a trained model knows. What it
is given stands here, since `training.table_lessons` teaches it the same. Knows nothing of what is
done with rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rag.answering.rows.conditions import Selection
from rag.answering.rows.tables import RowTable
from rag.datatypes import Vectors
from rag.models.checker import PairModel

MOST_ROWS = 60
"""Of a table whose rows are judged: each is read, in some ten milliseconds."""
_LONGEST_CELL = 80
_MEANT = 0.5


def column_text(context: str, column: str, example: str) -> str:
    """Return what the checker is given for a column; `example` is one of its cells."""
    return f"Column {column or '?'}: {example[:_LONGEST_CELL]}. {context}"


def row_text(context: str, columns: Sequence[str], cells: Sequence[str]) -> str:
    """Return what the checker is given for a row; empty cells are left out."""
    said = [
        f"{column}: {cell[:_LONGEST_CELL]}" if column else cell[:_LONGEST_CELL]
        for column, cell in zip(columns, cells, strict=True)
        if cell
    ]
    return f"Row {'; '.join(said)}. {context}"


@dataclass(frozen=True)
class TableJudge:
    """Judges one table beside one question, each side of it once, when it is first asked."""

    question: str
    table: RowTable
    checker: PairModel

    @cached_property
    def columns(self) -> Vectors | None:
        """How likely the question is about each column, (columns,); None without a checker."""
        names = self.table.columns
        firsts = [next(filter(None, self.table.texts(column)), "") for column in range(len(names))]
        return self._supported(
            [
                column_text(self._context, name, first)
                for name, first in zip(names, firsts, strict=True)
            ]
        )

    @cached_property
    def rows(self) -> Vectors | None:
        """How likely each row is meant, (rows,); None without a checker, and for many rows."""
        if len(self.table.rows) > MOST_ROWS:
            return None
        return self._supported(
            [
                row_text(
                    self._context,
                    self.table.columns,
                    [" ".join(cell.text.split()) for cell in row.cells],
                )
                for row in self.table.rows
            ]
        )

    @property
    def _context(self) -> str:
        """The words that stand nearest above the table: its heading, or what leads in."""
        return ". ".join(filter(None, self.table.context.split("\n")[-2:]))

    def _supported(self, texts: Sequence[str]) -> Vectors | None:
        found = self.checker.probabilities([(self.question, text) for text in texts])
        return None if found is None else found[:, 0]


def as_judged(selection: Selection, judge: TableJudge) -> Selection:
    """Return the selection with the rows that the judge means, where it is surer than the words.

    How sure it is of all rows is the product of how sure it is of each.
    """
    supported = judge.rows
    if supported is None:
        return selection
    rows = tuple(map(int, np.flatnonzero(supported >= _MEANT)))
    sure = float(np.maximum(supported, 1 - supported).prod())
    if rows == selection.rows:
        return replace(selection, judged=sure)
    is_placed = not selection.left and not selection.unplaced
    if is_placed and selection.certainty >= sure:
        return selection
    return replace(selection, rows=rows, conditions=(), judged=sure)
