"""What "how many" counts: rows, the different values of a column, or the numbers in one, added up.

"How many soaps went at Kelderby" asks for the sum of what was sold, "how many market days" for
dates, of which each has several rows. Knows nothing of how rows are chosen.
"""

import unicodedata
from dataclasses import replace

from rag.answering.question_kind import QuestionKind
from rag.answering.question_words import content_stems
from rag.answering.rows.columns import names_number
from rag.answering.rows.conditions import Selection
from rag.answering.rows.judged import Judge
from rag.answering.rows.tables import RowTable

_SUMMED = 0.45
"""How likely the checker takes a column to be meant, from which on its numbers are added up: what
was sold has 0.46 and 0.73, nights 0.92, the rest of what rows are counted of hardly 0.1."""
_DAY = "day"
_MOSTLY_DISTINCT = 0.8
OF_ROWS: tuple[QuestionKind, ...] = ("count", "filter")
"""The operations that ask of whole rows, and of no column's values."""


def asked_operation(
    operation: QuestionKind,
    judge: Judge,
    selection: Selection,
    stems: frozenset[str],
    *,
    asks: bool,
) -> QuestionKind | None:
    """Return the operation over the selected rows; None where a cell of one row is asked for.

    `stems` are those of the words that say it, `asks` says whether the question surely asks for it.
    """
    if operation not in OF_ROWS:
        return operation
    table = judge.table
    by_words = {each.column for each in selection.conditions if each.by_words}
    keys = {
        c for c in by_words if len(set(table.texts(c))) >= _MOSTLY_DISTINCT * len(table.rows) > 1
    }
    if len(selection.rows) == 1 and keys:
        return None
    if operation == "count" and _adds_up(judge, selection, stems, asks=asks):
        return "sum" if len(selection.rows) > 1 and selection.conditions else None
    return operation


def _adds_up(judge: Judge, selection: Selection, stems: frozenset[str], *, asks: bool) -> bool:
    """Say whether "how many" asks for the sum of a column.

    It calls a column of numbers by its name, or where `asks` the checker takes one to be meant, and
    what is counted stands in cells: a row is no soap, but so many soaps.
    """
    table, counted = judge.table, _counted(selection, stems)
    headed = selection.words.headed
    if any(counted in headed.get(column, ()) for column in _columns(table, "text")):
        return False
    if names_number(table, selection):
        return True
    is_in_cells = counted in selection.words.partly and not _are_days(table, counted)
    if not (asks and is_in_cells and selection.conditions) or judge.columns is None:
        return False
    taken = {condition.column for condition in selection.conditions}
    return any(
        judge.columns[column] >= _SUMMED
        for column in _columns(table, "number")
        if column not in taken and not _is_money(table, column)
    )


def different_values(
    operation: QuestionKind,
    table: RowTable,
    selection: Selection,
    stems: frozenset[str],
    rows: tuple[int, ...],
) -> tuple[int | None, tuple[int, ...], Selection]:
    """Return the column whose values are counted, the first row of each, and the selection.

    The column is called what is counted, or it has the dates where days are, and says some things
    more than once. None, and the `rows`, where these are counted, or nothing is.
    """
    if operation != "count":
        return None, rows, selection
    counted = _counted(selection, stems)
    taken = {condition.column for condition in selection.conditions}
    for column in (*_columns(table, "text"), *_columns(table, "date")):
        is_called = content_stems(table.columns[column]) == [counted]
        is_day = table.kind(column) == "date" and _are_days(table, counted)
        if column in taken or not (is_called or is_day):
            continue
        texts = table.texts(column)
        first = {texts[row]: row for row in reversed(selection.rows) if texts[row]}
        if 1 < len(first) < len(selection.rows):
            left = tuple(each for each in selection.left if each != counted)
            return column, tuple(sorted(first.values())), replace(selection, left=left)
    return None, rows, selection


def _counted(selection: Selection, stems: frozenset[str]) -> str:
    """Return the stem of what is counted, behind the first that says that something is.

    "" where that says so too: "how many times".
    """
    asked = selection.words.asked
    place = next((place for place, stem in enumerate(asked) if stem in stems), -1) + 1
    return asked[place] if place < len(asked) and asked[place] not in stems else ""


def _are_days(table: RowTable, counted: str) -> bool:
    """Say whether days are counted, and the table has one column of them."""
    return counted == _DAY and len(_columns(table, "date")) == 1


def _columns(table: RowTable, kind: str) -> list[int]:
    return [column for column in range(len(table.columns)) if table.kind(column) == kind]


def _is_money(table: RowTable, column: int) -> bool:
    signs = table.columns[column] + table.unit(column)
    return any(unicodedata.category(sign) == "Sc" for sign in signs)
