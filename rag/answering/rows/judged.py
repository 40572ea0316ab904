"""Which column of a table a question is about, and which rows, as the checker judges it.

"dearest" is not written over any column, and no cell says whether flats that "are listed" are all
of them: a trained model knows. What it is given stands here, since `training.table_lessons` teaches
it the same. Knows nothing of what is done with the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rag.answering.rows.tables import RowTable
from rag.datatypes import Vectors
from rag.models.checker import PairModel

LONGEST_CELL = 80
_MOST_JUDGED = 8
"""Rows that are judged, of those that were chosen for what they share."""
_LEAST_SAID = 0.1
"""Probability of meaning a row or not below which it has nothing to do with the question: those of
a booking had 0.04 for "how many windows are there", those of appointments 0.48 for their count."""


def column_text(context: str, column: str, example: str) -> str:
    """Return what the checker is given for a column; `example` is one of its cells."""
    return f"Column {column or '?'}: {example[:LONGEST_CELL]}. {context}"


def row_text(context: str, columns: Sequence[str], cells: Sequence[str]) -> str:
    """Return what the checker is given for a row; empty cells are left out."""
    said = [
        f"{column}: {cell[:LONGEST_CELL]}" if column else cell[:LONGEST_CELL]
        for column, cell in zip(columns, cells, strict=True)
        if cell
    ]
    return f"Row {'; '.join(said)}. {context}"


def nearest_context(table: RowTable) -> str:
    """Return the words that stand nearest above a table: its heading, or what leads in."""
    return ". ".join(filter(None, table.context.split("\n")[-2:]))


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Asks the checker about a table, for one question; without a checker nothing is judged."""

    question: str
    table: RowTable
    checker: PairModel | None

    @cached_property
    def columns(self) -> Vectors | None:
        """How likely the question is about each column, (columns,); None if nothing is judged."""
        if self.checker is None:
            return None
        names = self.table.columns
        firsts = [next(filter(None, self.table.texts(column)), "") for column in range(len(names))]
        texts = [
            column_text(nearest_context(self.table), name, first)
            for name, first in zip(names, firsts, strict=True)
        ]
        found = self.checker.probabilities([(self.question, text) for text in texts])
        return None if found is None else found[:, 0]

    def rows(self, places: Sequence[int]) -> float | None:
        """Return how likely the question means these rows rather than not.

        None if not judged, and where they mostly say nothing of what is asked.
        """
        if self.checker is None or not places:
            return None
        chosen = np.linspace(0, len(places) - 1, min(len(places), _MOST_JUDGED)).round().astype(int)
        texts = [
            row_text(
                nearest_context(self.table),
                self.table.columns,
                [" ".join(cell.text.split()) for cell in self.table.rows[places[number]].cells],
            )
            for number in chosen
        ]
        found = self.checker.probabilities([(self.question, text) for text in texts])
        if found is None:
            return None
        supported, contradicted = found[:, 0].mean(), found[:, 1].mean()
        said = supported + contradicted
        return float(supported / said) if said >= _LEAST_SAID else None
