"""What "how many" counts: rows, the different values of a column, or the numbers in one, added up.

"How many soaps went at Kelderby" asks for the sum of what was sold, "how many market days" for
dates, of which each has several rows. Knows nothing of how rows are chosen.
"""

import unicodedata
from dataclasses import replace

import numpy as np

from rag.answering.question_kind import QuestionKind
from rag.answering.question_words import content_stems
from rag.answering.rows.columns import measured_by, names_number
from rag.answering.rows.conditions import Selection
from rag.answering.rows.judged import Judge
from rag.answering.rows.tables import RowTable
from rag.answering.rows.words import word_behind
from rag.datatypes import Vectors

_MEANT = 0.45
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
) -> tuple[QuestionKind | None, Vectors | None]:
    """Return the operation over the selected rows; None where a cell of one row is asked for.

    And how likely each column is meant by it, (columns,), where not all can be. `stems` are those
    of the words that say it, `asks` says whether the question surely asks for it.
    """
    if operation not in OF_ROWS:
        return operation, None
    table = judge.table
    by_words = {each.column for each in selection.conditions if each.by_words}
    keys = {
        c for c in by_words if len(set(table.texts(c))) >= _MOSTLY_DISTINCT * len(table.rows) > 1
    }
    if len(selection.rows) == 1 and keys:
        return None, None
    counted = _counted(table, selection, stems)
    if operation != "count" or _is_called(counted, table, selection):
        return operation, None
    columns = _added_up(counted, judge, selection) if asks else None
    if columns is None and not names_number(table, selection):
        return operation, None
    return ("sum" if len(selection.rows) > 1 and selection.conditions else None), columns


def _is_called(counted: str, table: RowTable, selection: Selection) -> bool:
    """Say whether what is counted is what a column of words is called, at least in part."""
    headed = selection.words.headed
    return any(counted in headed.get(column, ()) for column in _columns(table, "text"))


def _added_up(counted: str, judge: Judge, selection: Selection) -> Vectors | None:
    """Return how likely each column is the one whose sum "how many" asks for; None if none is.

    The checker takes one of numbers to be meant, and what is counted stands in cells: a row is no
    soap, but so many soaps.
    """
    table = judge.table
    is_in_cells = counted in selection.words.partly and not _are_days(table, counted)
    if not (is_in_cells and selection.conditions) or judge.columns is None:
        return None
    taken = {condition.column for condition in selection.conditions}
    kept = [
        column
        for column in _columns(table, "number")
        if column not in taken and not _is_money(table, column)
    ]
    columns = np.zeros_like(judge.columns)
    columns[kept] = judge.columns[kept]
    return columns if columns.max(initial=0.0) >= _MEANT else None


def different_values(
    table: RowTable, selection: Selection, stems: frozenset[str]
) -> tuple[int, tuple[int, ...], Selection] | None:
    """Return the column whose values are counted, the first row of each, and the selection.

    It has the dates where days are counted, or is called what a word before it says to be counted
    as such ("different markets"): else a row may be what a column is called ("how many calls").
    None where rows are counted, or each says something else.
    """
    counted = _counted(table, selection, stems)
    is_described = counted != next(
        (stem for stem in selection.words.asked if stem not in stems), ""
    )
    is_described |= len(stems.intersection(selection.words.asked)) > 1
    taken = {condition.column for condition in selection.conditions}
    for column in (*_columns(table, "text"), *_columns(table, "date")):
        is_date = table.kind(column) == "date"
        is_called = content_stems(table.columns[column]) == [counted]
        is_meant = is_called and (is_described or is_date)
        if column in taken or not (is_meant or (is_date and _are_days(table, counted))):
            continue
        said = _said(table, column)
        first = {said[row]: row for row in reversed(selection.rows) if said[row]}
        if 0 < len(first) < len(selection.rows):
            left = tuple(each for each in selection.left if each != counted)
            return column, tuple(sorted(first.values())), replace(selection, left=left)
    return None


def _counted(table: RowTable, selection: Selection, stems: frozenset[str]) -> str:
    """Return the stem of what is counted, behind the first that says that something is.

    Or that of the very next word, if a column is called so: "different markets". "" where it says
    the operation too: "how many times".
    """
    asked = selection.words.asked
    place = next((place for place, stem in enumerate(asked) if stem in stems), -1) + 1
    if place >= len(asked):
        return ""
    following = content_stems(word_behind(selection.said, place))
    if following and following in map(content_stems, table.columns):
        return following[0]
    return "" if asked[place] in stems else asked[place]


def _is_money(table: RowTable, column: int) -> bool:
    """Say whether the numbers of a column are money, by its unit or its name."""
    signs = table.columns[column] + table.unit(column)
    is_sign = any(unicodedata.category(sign) == "Sc" for sign in signs)
    return is_sign or measured_by(table, column) == "price"


def _said(table: RowTable, column: int) -> list[str]:
    """Return what the cells of a column say, of times their day."""
    texts = table.texts(column)
    if table.kind(column) != "date":
        return texts
    values = table.values[column]
    return [str(int(v.low)) if v else text for v, text in zip(values, texts, strict=True)]


def _are_days(table: RowTable, counted: str) -> bool:
    """Say whether days are counted, and the table has one column of them."""
    return counted == _DAY and len(_columns(table, "date")) == 1


def _columns(table: RowTable, kind: str) -> list[int]:
    return [column for column in range(len(table.columns)) if table.kind(column) == kind]
