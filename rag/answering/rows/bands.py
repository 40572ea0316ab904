"""The row of a table whose range holds a number that a question names, and the cell asked of it.

"rent for a 60 sq ft room at Pell Wharf" asks of the row "51–75 sq ft" the column "Pell Wharf". The
number has to fit the ranges by its unit or by what is counted; one that says neither ("my daughter
is 14") needs a checker that takes the row for what is asked. Knows nothing of how tables are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.answering.question_words import content_stems
from rag.answering.rows.compared import is_unit
from rag.answering.rows.judged import column_text, nearest_context
from rag.answering.rows.mentions import YEAR, Mention, counting_numbers_in, plain_numbers_in
from rag.answering.rows.ranges import RangeColumn, range_asked, range_columns, unit_of
from rag.answering.rows.tables import Cell, Row, RowTable
from rag.answering.rows.values import measure_of, measures_named
from rag.answering.rows.words import words_found
from rag.models.checker import PairModel

_FITS, _MAY_FIT = 2, 1
_SUPPORT: Mapping[int, float] = {_FITS: 0.2, _MAY_FIT: 0.5}
"""Probability of the row, or of one of its columns, from which the table is what is asked about, by
how the number fits. Of twelve questions the table that is meant had 0.27 or more, others up to 0.2
where the number fits, and up to 0.44 where it may."""
_LEAD = 0.3
"""Probability by which one column is to be above the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A table of ranges that a question is asked of: what cannot answer, and what does.

    `outside` are the rows whose range has nothing of the number; `row` is the one that holds it,
    `cell` what is likeliest asked of it, and `is_sure` says whether no other may be. `support` is
    how sure a checker is of the table.
    """

    table: RowTable
    outside: tuple[Row, ...]
    row: Row | None
    cell: Cell | None
    is_sure: bool
    support: float


def asked_bands(question: str, tables: Sequence[RowTable], checker: PairModel | None) -> list[Band]:
    """Return what the numbers of a question say of the tables, the surest table first."""
    numbers = _numbers(question)
    if not numbers:
        return []
    found = (_band(question, numbers, table, checker) for table in tables if not table.is_list)
    return sorted((each for each in found if each), key=lambda each: -each.support)


def _numbers(question: str) -> list[Mention]:
    """Return the numbers of a question; of dates and times only a year alone."""
    return counting_numbers_in(question) or plain_numbers_in(question)


def _band(
    question: str, numbers: Sequence[Mention], table: RowTable, checker: PairModel | None
) -> Band | None:
    """Return what one table says, None unless one number fits one column of ranges best."""
    fits = [
        (fit, number, column)
        for column in range_columns(table)
        for number in numbers
        if (fit := _fit(question, number, column, table))
    ]
    best = max((fit for fit, *_ in fits), default=0)
    fitting = [each for each in fits if each[0] == best]
    if len(fitting) != 1:
        return None
    fit, number, column = fitting[0]
    value = range_asked(number, column.unit)
    row = column.row_of(value)
    others = [each for each in range(len(table.columns)) if each != column.column]
    shown = row if row is not None else 0
    judged = _judged(question, table, shown, checker)
    named = _named(question, number, table, others)
    if max(judged, default=1.0 if named else 0.0) < _SUPPORT[fit]:
        return None
    asked, is_sure = _column(others, named, judged)
    cell = None if row is None or asked is None else table.rows[row].cells[asked]
    return Band(
        table=table,
        outside=tuple(table.rows[each] for each in column.rows_without(value)),
        row=None if row is None else table.rows[row],
        cell=cell if cell and cell.text.strip() else None,
        is_sure=is_sure,
        support=max(judged, default=1.0),
    )


def _fit(question: str, number: Mention, column: RangeColumn, table: RowTable) -> int:
    """Return how well a number fits a column of ranges: by its unit, or by what it counts.

    A unit of another measure does not fit ("7 years" under "Weight"), nor a year where there are
    none, nor what is counted where something is measured.
    """
    unit, name = unit_of(number), table.columns[column.column]
    if unit and column.unit and is_unit(unit, column.unit):
        return _FITS
    counted = content_stems(number.following)
    if counted and set(counted) <= set(content_stems(name)):
        return _FITS
    if YEAR.fullmatch(question[number.start : number.end]):
        return _FITS if column.has_years and not column.unit else 0
    if column.unit:
        return 0 if unit else _MAY_FIT
    if _counts_what_is_headed(number, table) and not measures_named(name):
        return _FITS
    return _fit_without_unit(unit, name)


def _counts_what_is_headed(number: Mention, table: RowTable) -> bool:
    """Say whether a number counts what a column is called: "40 croissants"."""
    counted = set(content_stems(number.following))
    return bool(counted) and any(counted.issubset(content_stems(each)) for each in table.columns)


def _fit_without_unit(unit: str, name: str) -> int:
    """Return how well a number fits ranges that have no unit, by the measure that `name` may say.

    Years may be those of an age; what else is measured is not counted.
    """
    own, named = measure_of(unit), measures_named(name)
    if not own and (not unit or unit.isalpha()):
        return _MAY_FIT
    if own in named:
        return _FITS
    return _MAY_FIT if own == "duration" and not named else 0


def _judged(question: str, table: RowTable, row: int, checker: PairModel | None) -> list[float]:
    """Return how likely the question is about each column, by the row's cells, then about the row.

    Nothing where there is no checker.
    """
    if checker is None:
        return []
    context, cells = nearest_context(table), [texts.text for texts in table.rows[row].cells]
    named = list(zip(table.columns, cells, strict=True))
    texts = [column_text(context, name, cell) for name, cell in named]
    whole = "; ".join(f"{name}: {cell}" for name, cell in named)
    found = checker.probabilities([(question, text) for text in (*texts, f"{context}. {whole}")])
    return [] if found is None else found[:, 0].tolist()


def _named(question: str, number: Mention, table: RowTable, columns: Sequence[int]) -> list[int]:
    """Return those of some columns whose names have most of the question's words."""
    end = number.end if _counts_what_is_headed(number, table) else number.following_end
    said = f"{question[: number.start]} {question[end:]}"
    headed = words_found(said, table).headed
    most = max((len(headed.get(column, ())) for column in columns), default=0)
    return [column for column in columns if most and len(headed.get(column, ())) == most]


def _column(
    columns: Sequence[int], named: Sequence[int], judged: Sequence[float]
) -> tuple[int | None, bool]:
    """Return the column that is asked for, and whether that is sure.

    That is the only one, the one that is named, or the one that the checker takes.
    """
    left = named or columns
    if len(left) == 1:
        return left[0], True
    if not left or not judged:
        return None, False
    best, second, *_ = sorted(left, key=lambda each: -judged[each])
    return best, judged[best] - judged[second] >= _LEAD
