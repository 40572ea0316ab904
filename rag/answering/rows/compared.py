"""Which column a number, date or time of a question is held against, and which rows it leaves.

By its unit and what is counted; else, where it is compared ("teas under 6 euros", though no cell
says euros), by which column of numbers the question is like. Knows nothing of other conditions.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answering.question_words import content_stems
from rag.answering.rows.denied import Embed
from rag.answering.rows.mentions import YEAR, Mention
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import Value, has_no_year, in_unit, month_of, of_no_year, same_unit
from rag.datatypes import Vectors

_COMPARED = {
    "less": "under", "at_most": "at most", "equal": "", "at_least": "at least", "more": "over",
}  # fmt: skip
_COMPARED_DATES = {
    "less": "before", "at_most": "by", "equal": "in", "at_least": "from", "more": "after",
}  # fmt: skip
_TIED, _BY_LIKENESS = 0.5, 0.8
"""What a column is worth that fits no better than another, and one that the question is like."""
_YEAR_DAYS = 365.2425
_MONTHS = 0.8
"""Share of a column's cells that are names of months, from which on it is one of months."""
_LIKE, _LEAD = 0.2, 0.04
"""Cosine to the question, and by how much more than of others: of 13 questions each of which is
about one of 13 columns the right one had 0.2 or more, and 0.05 more than any other one there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The rows that meet it, by their place in the table; `words` say it, `column` is where.

    `by_words` says that cells have words of the question, rather than a value or a yes,
    `is_context` that these stand around the table as well, `is_denial` that a cell itself denies,
    or that its rows are left out.
    """

    column: int
    rows: frozenset[int]
    words: str
    certainty: float
    by_words: bool = False
    is_context: bool = False
    is_denial: bool = False


def condition_of(
    mention: Mention, question: str, table: RowTable, vector: Vectors | None, embed: Embed | None
) -> Condition | None:
    """Return the condition that a value of the question puts on the column it fits best.

    `vector` is the question's unit vector by `embed`, without which likeness tells nothing.
    """
    fitting = {
        column: fit
        for column in range(len(table.columns))
        if (fit := _fit(mention, table, column)) > 0
    }
    if fitting:
        column = max(fitting, key=lambda each: fitting[each])
        tied = [each for each in fitting if fitting[each] == fitting[column]]
        is_clear = len({_meeting(mention, question, table, each) for each in tied}) == 1
        certainty = 1.0 if is_clear else _TIED
    else:
        likely = _likely_column(mention, table, vector, embed)
        if likely is None:
            return None
        column, certainty = likely, _BY_LIKENESS
    shown = question[mention.start : mention.end]
    rows = _meeting(mention, question, table, column)
    if not rows and mention.comparison == "equal":
        return None
    certainty *= _TIED if _runs(mention, table, column, rows) > 1 else 1.0
    how = (_COMPARED if mention.value.kind == "number" else _COMPARED_DATES)[mention.comparison]
    how = "" if mention.is_period else how
    name = table.columns[column]
    return Condition(
        column=column,
        rows=rows,
        words=" ".join(filter(None, (name, how, shown))),
        certainty=mention.certainty * certainty,
        by_words=table.kind(column) == "text",
    )


def with_condition(
    condition: Condition, conditions: Sequence[Condition], *, joins: bool
) -> list[Condition]:
    """Return the conditions with one more; what no cell says together is said of several cells.

    "What is left under grants and playground together": no heading is both. Not of "car insurance",
    which does not `joins` them.
    """
    for place, other in enumerate(conditions):
        is_apart = other.by_words and not (other.is_denial or other.rows & condition.rows)
        if joins and other.column == condition.column and is_apart and not condition.is_denial:
            either = replace(
                other,
                rows=other.rows | condition.rows,
                words=f"{other.words} or {condition.words}",
                certainty=min(other.certainty, condition.certainty),
            )
            return [*conditions[:place], either, *conditions[place + 1 :]]
    return [*conditions, condition]


def not_meeting(condition: Condition, table: RowTable, share: float) -> Condition:
    """Return that a condition is not met; `share` is how likely that is meant."""
    others = frozenset(range(len(table.rows))) - condition.rows
    return replace(
        condition,
        rows=others,
        words=f"not {condition.words}",
        certainty=min(condition.certainty, share),
    )


def _meeting(mention: Mention, question: str, table: RowTable, column: int) -> frozenset[int]:
    """Return the rows whose value in a column meets what is said of the one of the question."""
    wanted = in_unit_of(mention, table.unit(column))
    shown = question[mention.start : mention.end]
    is_of_all = YEAR.fullmatch(shown) is not None and shown in table.context
    return frozenset(
        row
        for row, value in enumerate(_months(table, column) or table.values[column])
        if value
        and (wanted.holds(_without_year(value, wanted)) or (is_of_all and has_no_year(value)))
    )


def _runs(mention: Mention, table: RowTable, column: int, rows: frozenset[int]) -> int:
    """Return in how many years the rows lie that meet a period over the new year, by its start."""
    period = mention.value
    if not mention.is_period or period.low <= period.high:
        return 1
    dates = [value for row in rows if (value := table.values[column][row]) is not None]
    return len({(date.low - period.low + 1) // _YEAR_DAYS for date in dates})


def _fit(mention: Mention, table: RowTable, column: int) -> float:
    """Return how well a value fits a column, from 0: by its kind, its unit, the column's name."""
    value, kind = mention.value, table.kind(column)
    if kind == "text" and value.kind == "date" and not mention.has_year:
        return float(bool(_months(table, column)))
    if kind != value.kind:
        return 0.0
    if kind != "number":
        return 1.0
    stems = set(content_stems(mention.following))
    header = content_stems(table.columns[column])
    if stems and stems <= set(header):
        return 3.0 if header and header[0] in stems else 2.5
    unit = table.unit(column)
    if value.unit and unit and is_unit(value.unit, unit):
        return 2.0
    return 0.0


def _likely_column(
    mention: Mention, table: RowTable, vector: Vectors | None, embed: Embed | None
) -> int | None:
    """Return the column of numbers that a question which compares a number is most like, if one is.

    Not one whose numbers have another unit.
    """
    if mention.value.kind != "number" or mention.comparison == "equal":
        return None
    columns = [
        column
        for column in range(len(table.columns))
        if table.kind(column) == "number"
        and table.columns[column]
        and not (mention.value.unit and table.unit(column))
    ]
    if vector is None or embed is None or not columns:
        return None
    likeness = embed([table.columns[column] for column in columns]) @ vector
    best, *others = np.argsort(-likeness)
    second = max((float(likeness[each]) for each in others), default=0.0)
    is_clear = likeness[best] >= _LIKE and likeness[best] - second >= _LEAD
    return columns[best] if is_clear else None


def is_unit(written: str, unit: str) -> bool:
    """Say whether what stands with a number is a column's unit: "pounds" is that of "£"."""
    names = {unicodedata.name(sign, "").casefold() for sign in unit if not sign.isalnum()}
    named = any(word in name.split() for name in names for word in content_stems(written))
    squared = written.replace("2", "²").replace("3", "³")
    return named or same_unit(written, unit) or squared == unit or written in unit.split()


def in_unit_of(mention: Mention, unit: str) -> Mention:
    """Return a number as one of another unit; as it is where they do not turn into each other."""
    value = mention.value
    low, high = (in_unit(each, value.unit, unit) for each in (value.low, value.high))
    return replace(mention, value=Value(kind=value.kind, low=low, high=high, unit=unit))


def _without_year(value: Value, mention: Mention) -> Value:
    """Return a date in the year that a date without one is taken to be in."""
    return value if mention.has_year else of_no_year(value)


def _months(table: RowTable, column: int) -> list[Value | None]:
    """Return the month that each cell of a column names; nothing if it is not one of months."""
    if table.kind(column) != "text":
        return []
    texts = table.texts(column)
    found = [month_of(text) for text in texts]
    named, said = sum(each is not None for each in found), sum(map(bool, texts))
    return found if named and named >= _MONTHS * said else []
