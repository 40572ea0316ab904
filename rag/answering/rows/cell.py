"""The one cell of a table that a question asks for: it names the row and the column, and no more.

"What is Tom Reed's salary?" where one row has "Tom Reed" and one column is called "Salary". Where a
word is left that neither explains, it is for a reader to say; where that cell is empty, no other of
the table is its value. Where a number lies in the range of one row, it is that row's. Knows nothing
of what the checker is asked.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answering.evidence import Candidate, sentences_with_path
from rag.answering.question_words import content_stems
from rag.answering.quote import texts_as_read
from rag.answering.rows.bands import Band, asked_bands
from rag.answering.rows.conditions import Selection, select_rows
from rag.answering.rows.tables import Cell, Row, RowTable, tables_near
from rag.datatypes import Hit, Span
from rag.library.protocol import Library
from rag.models.checker import PairModel

CELL_CONFIDENCE = 0.9
"""How sure it is that such a cell answers."""
_CELL_SUPPORT = 0.3
"""How sure the checker is to be of its row: of 17 such cells of the everyday questions the right
ones had 0.51 or more, the wrong one 0.10."""
_ROW_CONFIDENCE = 0.5
"""The same where the row is sure and the column is not, so that it is shown as unsure."""
_ROW_SUPPORT = 0.75
"""How sure the checker is to be of the table then: of the everyday questions it had 0.60 where
another text answered, 0.91 where the row did."""
_LEAST_CERTAINTY = 0.8
"""Of the conditions that say which row is meant."""
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|high|large|big|often|deep|wide|heavy|fast)\b"
    r"|\bwhat (?:is the )?(?:percent|percentage|number|share|fraction|amount|population)\b",
    re.IGNORECASE,
)
_MOST_ROWS = 2_000
"""Of a table; in a longer one the reader's rows are all that is looked at."""


class WithCell(NamedTuple):
    """What may answer: first of all, if there is a `confidence`, the cell that is asked for."""

    candidates: list[Candidate]
    confidence: float | None = None


def put_asked_cell_first(
    library: Library,
    question: str,
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    checker: PairModel | None = None,
) -> WithCell:
    """Return the candidates behind the cell that is asked for, if there is such a cell.

    Where a number lies in the range of one row, the others of its table are left out. Tables that
    say otherwise than each other leave it open. Where the cell is empty those in its table are left
    out. Raises `DocumentChanged` if a document was indexed anew, or removed, since it was read.
    """
    every = {hit.passage.id: hit for hit in (*(c.hit for c in candidates), *hits)}.values()
    near = [hit for hit in every if "row" in hit.passage.kinds]
    with library.snapshot():
        texts = texts_as_read(library, [hit.passage for hit in near])
        tables = tables_near(library, texts, [hit.passage for hit in near], _MOST_ROWS)
        asked = [(table, _asked_cells(question, table)) for _, table in tables]
    bands = asked_bands(question, [table for table, _ in asked], checker)
    candidates = [each for each in candidates if not _is_outside(each, bands)]
    best = max((candidate.score for candidate in candidates), default=0.0)
    if bands:
        return _with_band(bands[0], candidates, near, best)
    cells = [(table.document_id, cell) for table, own in asked if (cell := own.only()) is not None]
    if not cells:
        empty = [(table, own.names) for table, own in asked if len(own.cells) == 1]
        return WithCell([each for each in candidates if _may_say_it(each, empty)])
    if len({" ".join(cell.text.casefold().split()) for _, cell in cells}) != 1:
        return WithCell(candidates)
    found = (_candidate(cell, document_id, near, best) for document_id, cell in cells)
    first_cell = next(filter(None, found), None)
    if first_cell is None or not _is_supported(question, first_cell, checker):
        return WithCell(candidates)
    return WithCell([first_cell, *candidates], CELL_CONFIDENCE)


def _is_supported(question: str, cell: Candidate, checker: PairModel | None) -> bool:
    """Say whether the row of a cell may answer, as far as that can be checked."""
    if checker is None:
        return True
    found = checker.probabilities([(question, sentences_with_path(cell))])
    return found is None or bool(found[0, 0] >= _CELL_SUPPORT)


def _with_band(
    band: Band, candidates: list[Candidate], near: Sequence[Hit], score: float
) -> WithCell:
    """Return the candidates behind the cell of a band, unless the reader chose one in its row.

    Which column is meant may be unsure: then the reader is asked first.
    """
    cell = band.cell and _candidate(band.cell, band.table.document_id, near, score)
    if not cell or band.row is None:
        return WithCell(candidates)
    if band.is_sure:
        return WithCell([cell, *candidates], CELL_CONFIDENCE)
    is_read = bool(candidates) and _is_in(candidates[0], band.table, [band.row])
    if is_read or band.support < _ROW_SUPPORT:
        return WithCell(candidates)
    return WithCell([cell, *candidates], _ROW_CONFIDENCE)


def _candidate(cell: Cell, document_id: int, near: Sequence[Hit], score: float) -> Candidate | None:
    """Return a cell as what may answer, by the first hit that has it."""
    for hit in near:
        passage = hit.passage
        is_in = passage.start <= cell.start and cell.end <= passage.end
        if passage.document_id == document_id and is_in:
            span = Span(
                passage=passage, start=cell.start, end=cell.end, score=0.0, no_answer_score=0.0
            )
            return Candidate(span=span, hit=hit, score=score)
    return None


def _is_outside(candidate: Candidate, bands: Sequence[Band]) -> bool:
    """Say whether a candidate stands in a row whose range does not hold the number asked about."""
    return any(_is_in(candidate, band.table, band.outside) for band in bands)


def _is_in(candidate: Candidate, table: RowTable, rows: Sequence[Row]) -> bool:
    """Say whether a candidate stands in any of some rows of a table."""
    span = candidate.span
    return span.passage.document_id == table.document_id and any(
        span.start < row.end and span.end > row.start for row in rows
    )


def _may_say_it(candidate: Candidate, empty: Sequence[tuple[RowTable, frozenset[str]]]) -> bool:
    """Say whether a candidate may say what an empty cell does not, in each of some tables.

    That is one elsewhere with all the words that name the row.
    """
    span = candidate.span
    return all(
        (span.passage.document_id != table.document_id or not table.start <= span.start < table.end)
        and names.issubset(content_stems(sentences_with_path(candidate)))
        for table, names in empty
    )


def asked_cell(question: str, table: RowTable) -> Cell | None:
    """Return the cell that a question asks for; None unless it names its row and its column.

    Nor may it say anything else, by the words that say something; an empty cell is none.
    """
    return _asked_cells(question, table).only()


class _Asked(NamedTuple):
    """The cells of the rows and columns that a question names; `names` are stems that name rows."""

    cells: list[Cell]
    names: frozenset[str]

    def only(self) -> Cell | None:
        """Return the one of the cells that says something."""
        filled = [cell for cell in self.cells if cell.text.strip()]
        return filled[0] if len(filled) == 1 else None


def _asked_cells(question: str, table: RowTable) -> _Asked:
    """Return the cells that a question asks for, none if it says anything else."""
    if table.is_list:
        return _Asked([], frozenset())
    selection = select_rows(question, None, table, _amount_stems(question))
    if selection.left or selection.unplaced or selection.certainty < _LEAST_CERTAINTY:
        return _Asked([], frozenset())
    columns = _asked_columns(table, selection)
    cells = [table.rows[row].cells[column] for column in columns for row in selection.rows]
    return _Asked(cells, selection.used)


def _amount_stems(question: str) -> frozenset[str]:
    """Return the stems of the words that only ask for a number: "how much", "what percentage"."""
    asks = _ASKS_NUMBER.search(question)
    return frozenset(content_stems(asks[0]) if asks else ())


def _asked_columns(table: RowTable, selection: Selection) -> list[int]:
    """Return the columns whose names the question has most of; one, unless two are as good.

    Where it names no column, but a cell under a name over several, the others there are asked for:
    "Mail" under "Contact".
    """
    conditions = {condition.column for condition in selection.conditions}
    worth: dict[int, tuple[bool, int]] = {}
    for column, headed in selection.words.headed.items():
        own, stems = content_stems(table.columns[column]), headed - selection.used
        if column not in conditions and own[0] in stems:
            worth[column] = stems.issuperset(own), len(stems)
    if not worth:
        said = {table.columns[column] for column in conditions}
        others = [column for column in range(len(table.columns)) if column not in conditions]
        return [column for column in others if table.columns[column] in said - {""}]
    return [column for column, each in worth.items() if each == max(worth.values())]
