"""What the checker learns from small tables: which column a question is about, which rows it means.

The lines of `data/tables`, written by hand (training/data/README.md). Knows the files and which of
their tables are held out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rag.answering.rows.judged import column_text, row_text
from training.documents import split_lines
from training.pairs import CONTRADICTED, SUPPORTED, UNSETTLED, Pair

_OTHERS = 2
"""Columns that are not asked about, and rows of either side, that stand beside a question."""
_ELSEWHERE = 0.3
"""Share of the questions that stand beside a column of another table, too."""
_ASKED = 0.5
"""Share of the questions that are taken each time: there are four thousand."""
_UNNAMED = 0.15
"""Share of the rows that are given without their columns' names, like items of a list."""


@dataclass(frozen=True, slots=True)
class SmallTable:
    """A table of a few rows, with questions about a column and about rows."""

    fields: Mapping[str, Any]

    @property
    def context(self) -> str:
        """Return the title, and the heading above if there is one."""
        return ". ".join(filter(None, (self.fields["title"], self.fields["under"])))

    def column(self, number: int) -> str:
        """Return what the checker is given for a column."""
        example = next(filter(None, (row[number] for row in self.fields["rows"])), "")
        return column_text(self.context, self.fields["columns"][number], example)

    def row(self, number: int, *, named: bool = True) -> str:
        """Return what the checker is given for a row."""
        columns = self.fields["columns"]
        names = columns if named else [""] * len(columns)
        return row_text(self.context, names, self.fields["rows"][number])


def small_tables(folder: Path) -> tuple[list[SmallTable], list[SmallTable]]:
    """Return the tables of a folder's files to learn from, and those that are held out."""
    train, held = split_lines(folder)
    return [SmallTable(fields) for fields in train], [SmallTable(fields) for fields in held]


def pairs_of_tables(tables: Sequence[SmallTable], random: Random) -> Iterator[Pair]:
    """Yield each question beside some columns, or some rows, as chance has them."""
    for table in tables:
        columns = table.fields["columns"]
        for asked, meant in _some(table.fields["asked"], random):
            others = [number for number, name in enumerate(columns) if name != meant]
            if meant:
                yield _pair(asked, table.column(columns.index(meant)), SUPPORTED, "column")
            for number in random.sample(others, min(_OTHERS, len(others))):
                yield _pair(asked, table.column(number), UNSETTLED, "column")
            other = random.choice(tables)
            if random.random() < _ELSEWHERE and other is not table:
                number = random.randrange(len(other.fields["columns"]))
                yield _pair(asked, other.column(number), UNSETTLED, "column")
        for asked, meant in _some(table.fields["meant"], random):
            rows = range(len(table.fields["rows"]))
            for label, own in (
                (SUPPORTED, meant),
                (CONTRADICTED, [number for number in rows if number not in meant]),
            ):
                for number in random.sample(own, min(_OTHERS, len(own))):
                    named = random.random() >= _UNNAMED
                    yield _pair(asked, table.row(number, named=named), label, "row")


def _some(questions: Sequence[Any], random: Random) -> list[Any]:
    return [question for question in questions if random.random() < _ASKED]


def _pair(said: str, text: str, label: int, source: str) -> Pair:
    return Pair(said=said, text=text, label=label, source=source)
