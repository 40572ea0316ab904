"""Two columns of a table that are held against each other: what is below its minimum, what went up.

A small model that was trained by hand says whether, and how (`phrases.py`); which two columns, what
the question calls them and, of years, their order. Knows nothing of what is done with the rows.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

import numpy as np

from rag.answering.operation_words import log_odds, without_each
from rag.answering.question_kind import QuestionKind
from rag.answering.question_words import content_stems
from rag.answering.rows.columns import Target
from rag.answering.rows.compared import Condition
from rag.answering.rows.conditions import Selection
from rag.answering.rows.denied import Embed
from rag.answering.rows.lines import Computed
from rag.answering.rows.phrases import (
    AGAINST,
    AGAINST_BASE,
    AGAINST_MOST,
    around_both,
    phrase_models,
)
from rag.answering.rows.tables import Cell, RowTable
from rag.answering.rows.values import NUMBER, date_of
from rag.answering.rows.words import WORD, place_of, words_found
from rag.datatypes import Vectors

_BESIDE = 0.4
"""What columns that stand beside each other have before others."""
_LEAST = 0.7
"""Probability from which on two columns are taken to be held against each other."""
_BOTH = 0.5
"""Share of the rows that have a number in both."""
_TIMES = 3.0
"""How many times one number of a row is the other, at most, in the middle of the rows: a price is
held against last year's, and not against how many there are."""
_MEANT, _LEAD = 0.45, 0.1
"""Cosine of a word to a column's name from which it means it, and by how much more than the other:
"plan" to Budget."""
_BY_NAME, _BY_YEAR, _BY_LIKENESS = 1.0, 0.9, 0.75
"""What a pair is worth by what tells which of them is what the other is held against."""
_TIED = 0.6
"""The same of a pair beside another that is as good, and of years that nothing names."""
_TIMES_OF, _OF_TIME = ("year", "month"), 0.6
"""Words of a time, and the cosine to one of them from which a word of the question is such a one:
the year of "since last year" is not that of a "10-year battery"."""
_TOLD = 0.6
"""Probability from which the order of two columns' names tells which is held against which."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SHORT_YEAR = re.compile(r"(?<=[^\W\d_]) '?(\d\d)$")
_PER_CENT = re.compile(r"%|\bper ?cent", re.IGNORECASE)
_LOSS = 1.0
"""Log-odds of holding two columns against each other that are lost without a word which says so."""
_DECIMALS, _SHARE_DECIMALS, _THOUSAND = 6, 2, 3
_MOST_NUMBERS = 20_000
"""In all columns of a table, up to which its pairs of columns are looked at: 0.1 s with thirty
of them, 0.3 with a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """The numbers of the column `other` against those of `base`: "above", "below" or "apart".

    `extent` says whether "all" such rows are asked for or the one where it is "most" or "least";
    `certainty` is that this is meant, `stems` are those of the words that call the two, or say
    how they are compared.
    """

    base: int
    other: int
    how: str
    extent: str
    certainty: float
    stems: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two columns, `base` what the other is held against, and how well that is told."""

    rank: float
    certainty: float
    base: int
    other: int
    stems: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    """The first day of a year or month, and whether the year is written out.

    "Sept 24" is rather of a year than a day, which only the order of the columns can tell.
    """

    day: float
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What the words of a question, those that are `said`, are to a table.

    `headed` are the stems of columns' names, `likeness` that to the names, (words, columns),
    `of_time` the stems of those that mean a year or a month.
    """

    question: str
    said: tuple[str, ...]
    headed: Mapping[int, frozenset[str]]
    likeness: Vectors
    of_time: frozenset[str]

    @classmethod
    def of(cls, question: str, table: RowTable, embed: Embed) -> "_Words":
        """Compare the words of the question with the names of the table's columns."""
        said = tuple(word for word in WORD.findall(question) if content_stems(word))
        names = [name or "?" for name in table.columns]
        rows = embed([*said, *names, *_TIMES_OF])
        likeness = rows[: len(said)] @ rows[len(said) :].T
        of_time = [
            word
            for word, own in zip(said, likeness[:, len(names) :], strict=True)
            if own.max() >= _OF_TIME
        ]
        return cls(
            question=question,
            said=said,
            headed=words_found(question, table).headed,
            likeness=likeness[:, : len(names)],
            of_time=frozenset(stem for word in of_time for stem in content_stems(word)),
        )


def against_in(
    question: str, vector: Vectors | None, table: RowTable, embed: Embed
) -> Against | None:
    """Return which columns a question holds against each other; None if it does not, or cannot say.

    `vector` is the question's unit vector; without one words alone would tell it too badly.
    """
    if vector is None or table.is_list or table.is_turned:
        return None
    shares = phrase_models()[AGAINST].probabilities(question, vector)
    how = max(shares, key=lambda label: shares[label])
    pairs = [] if how == "none" or shares[how] < _LEAST else list(_pairs(table))
    if not pairs:
        return None
    words = _Words.of(question, table, embed)
    found = [each for pair in pairs if (each := _ordered(pair, table, words))]
    if not found:
        return None
    best, *others = sorted(found, key=lambda each: -each.rank)
    is_tied = bool(others) and others[0].rank == best.rank
    extents = phrase_models()[AGAINST_MOST].probabilities(question, vector)
    return Against(
        base=best.base,
        other=best.other,
        how=how,
        extent=max(extents, key=lambda label: extents[label]),
        certainty=shares[how] * best.certainty * (_TIED if is_tied else 1.0),
        stems=best.stems | _saying(how, shares[how], question, embed),
    )


def _saying(how: str, share: float, question: str, embed: Embed) -> frozenset[str]:
    """Return the stems of the words without which the question says so less: "grew"."""
    words = [word for word in WORD.finditer(question) if content_stems(word[0])]
    rests = without_each(question, words)
    model = phrase_models()[AGAINST]
    left = (
        model.probabilities(rest, vector)[how]
        for rest, vector in zip(rests, embed(rests), strict=True)
    )
    return frozenset(
        stem
        for word, without in zip(words, left, strict=True)
        if log_odds(share) - log_odds(without) >= _LOSS
        for stem in content_stems(word[0])
    )


def compute_against(
    operation: QuestionKind, against: Against, selection: Selection, table: RowTable, question: str
) -> tuple[RowTable, Computed] | None:
    """Return the selected rows whose one number is above the other, or those where it is most.

    With the table, which has a column more for the latter; None if there is no such row.
    """
    gaps = _gaps(against, table)
    condition = Condition(
        column=against.other,
        rows=frozenset(row for row, gap in gaps.items() if gap > 0),
        words=_said(against, table),
        certainty=against.certainty,
    )
    rows = tuple(row for row in selection.rows if row in condition.rows)
    compared = {against.base, against.other}
    if not rows or any(each.column in compared for each in selection.conditions):
        return None  # "by more than 100" is said of neither column
    selection = replace(selection, conditions=(*selection.conditions, condition), rows=rows)
    target, value = None, float(len(rows))
    operation = "filter" if operation != "count" else operation
    if against.extent != "all":
        is_share = _PER_CENT.search(question) is not None
        gaps = {row: gaps[row] for row in rows}
        gaps = _shares(gaps, against, table) if is_share else gaps
        is_least = against.extent == "least"
        operation = "lowest" if is_least else "highest"
        value = (min if is_least else max)(gaps.values(), default=0.0)
        rows = tuple(row for row, gap in gaps.items() if gap == value)
        table = _with_gaps(gaps, against, table, is_share=is_share)
        column = len(table.columns) - 1
        target = Target(column=column, certainty=1.0, rival=None, meant=frozenset(), is_age=False)
    if not rows:
        return None
    return table, Computed(
        operation=operation,
        rows=rows,
        value=value,
        considered=selection.rows,
        selection=selection,
        target=target,
        by_name=target is not None,
    )


def _with_gaps(
    gaps: Mapping[int, float], against: Against, table: RowTable, *, is_share: bool
) -> RowTable:
    """Return the table with one more column: what some rows' `gaps` are, in per cent if `is_share`.

    It is empty in the other rows.
    """
    base, other = table.texts(against.base), table.texts(against.other)
    sign = " %" if is_share else ""
    rows = []
    for number, row in enumerate(table.rows):
        gap = gaps.get(number)
        text = "" if gap is None else f"{_written(gap, base[number], other[number])}{sign}"
        rows.append(replace(row, cells=(*row.cells, Cell(start=row.end, end=row.end, text=text))))
    name = f"{_said(against, table)} by"
    unit = "" if is_share else table.unit(against.base)
    name = f"{name} ({unit})" if unit and unit not in name.casefold() else name
    return replace(table, columns=(*table.columns, name), rows=tuple(rows))


def _written(gap: float, *texts: str) -> str:
    """Return a number with as many decimals as those in the texts have, or as it needs."""
    needed = f"{gap:,.{_DECIMALS}f}".rstrip("0").rstrip(".")
    parts = [match[0].rpartition(".") for text in texts for match in re.finditer(NUMBER, text)]
    decimals = max(
        (len(end) for _, point, end in parts if point and len(end) < _THOUSAND), default=0
    )
    return f"{gap:,.{decimals}f}" if len(needed.partition(".")[2]) <= decimals else needed


def _said(against: Against, table: RowTable) -> str:
    """Return "Actual above Planned"."""
    how = "apart from" if against.how == "apart" else against.how
    return f"{table.columns[against.other]} {how} {table.columns[against.base]}"


def _gaps(against: Against, table: RowTable) -> dict[int, float]:
    """Return by how much each row's number is above the other, below or apart, rounded."""
    gaps = {}
    for row, base, other in _numbers(table, against.base, against.other):
        gap = base - other if against.how == "below" else other - base
        gaps[row] = round(abs(gap) if against.how == "apart" else gap, _DECIMALS)
    return gaps


def _shares(gaps: Mapping[int, float], against: Against, table: RowTable) -> dict[int, float]:
    """Return the gaps in per cent of the base, rounded; of the rows where that is above 0."""
    return {
        row: round(100 * gap / base.low, _SHARE_DECIMALS)
        for row, gap in gaps.items()
        if (base := table.values[against.base][row]) is not None and base.low > 0
    }


def _numbers(table: RowTable, first: int, second: int) -> Iterator[tuple[int, float, float]]:
    """Yield the rows with a number in both columns, of one unit, and the two; no ranges."""
    pairs = zip(table.values[first], table.values[second], strict=True)
    for row, (one, two) in enumerate(pairs):
        if one and two and one.low == one.high and two.low == two.high:
            if not (one.unit and two.unit and one.unit != two.unit):
                yield row, one.low, two.low


def _pairs(table: RowTable) -> Iterator[tuple[int, int]]:
    """Yield the pairs of columns with a name whose numbers may be held against each other."""
    numbers = [c for c, name in enumerate(table.columns) if name and table.kind(c) == "number"]
    of_years = {c for c in numbers if _year(table.columns[c]) is not None}
    of_years = of_years if len(of_years) > 1 else set()  # held against other years alone
    if len(numbers) * len(table.rows) > _MOST_NUMBERS:
        return
    for first, second in combinations(numbers, 2):
        if (first in of_years) != (second in of_years):
            continue
        units = table.unit(first), table.unit(second)
        if (all(units) and units[0] != units[1]) or ":" in "".join(units):  # "h:mm:ss"
            continue
        both = [(one, two) for _, one, two in _numbers(table, first, second)]
        known = [abs(math.log(two / one)) for one, two in both if one > 0 and two > 0]
        if len(both) >= max(2, _BOTH * len(table.rows)) and known:
            if median(known) <= math.log(_TIMES):
                yield first, second


def _ordered(pair: tuple[int, int], table: RowTable, words: _Words) -> _Pair | None:
    """Return which of a pair is what the other is held against, and what tells it; None if nothing.

    That is the earlier of two years; else the one that the question names, of two the last, or that
    a word of it means. What stands around the table names none of its columns but years.
    """
    headed = [words.headed.get(column, frozenset()) for column in pair]
    called = headed[0] | headed[1]
    years = _different_years(*(table.columns[column] for column in pair))
    around = frozenset() if years else frozenset(content_stems(table.context))
    named = [stems - around for stems in headed]
    own = [named[0] - named[1], named[1] - named[0]]
    places = [place_of(words.question, stems) for stems in own]
    told = _by_order(words.question, places)
    if years:
        first, second = years
        base = int(first.day > second.day)
        if not (first.is_whole and second.is_whole) and (base == 0) != (pair[0] < pair[1]):
            return None
        is_said = bool(words.of_time or named[0] & named[1])
        rank = 4.0 if all(own) else 3.0 if is_said else 1.0
        certainty = _BY_YEAR * (1.0 if all(own) or is_said else _TIED)
        stems = called | words.of_time
    elif any(own):
        base = int(places[1] is not None and (places[0] is None or places[1] > places[0]))
        rank, certainty, stems = 4.0 if all(own) else 2.0, _BY_NAME, called
    else:
        likeness = words.likeness[:, pair].max(axis=0, initial=0.0)
        base = int(likeness[1] > likeness[0])
        if likeness[base] < _MEANT or likeness[base] - likeness[1 - base] < _LEAD:
            return None
        meant = words.said[int(np.argmax(words.likeness[:, pair[base]]))]
        rank, certainty = 1.5, _BY_LIKENESS
        stems = called.union(content_stems(meant))
    base = base if told is None else told
    rank += _BESIDE if abs(pair[0] - pair[1]) == 1 else 0.0
    return _Pair(rank=rank, certainty=certainty, base=pair[base], other=pair[1 - base], stems=stems)


def _by_order(question: str, places: Sequence[tuple[int, int] | None]) -> int | None:
    """Return which of two columns the other is held against, by the words around their names.

    "From spring to autumn" it is the first named, "autumn than in spring" the last; None if that
    does not tell it.
    """
    one, two = places
    if one is None or two is None:
        return None
    order = (0, 1) if one < two else (1, 0)
    shares = phrase_models()[AGAINST_BASE].probabilities(around_both(question, *sorted((one, two))))
    said = max(shares, key=lambda label: shares[label])
    return order[said == "last"] if shares[said] >= _TOLD else None


def _year(name: str) -> _Year | None:
    """Return the year or month in a column's name."""
    short = _SHORT_YEAR.search(name)
    date = date_of(f"{name[: short.start()]}20{short[1]}") if short else date_of(name)
    whole = _YEAR.search(name)
    date = date or (date_of(whole[0]) if whole else None)
    return _Year(day=date.low, is_whole=whole is not None) if date else None


def _different_years(one: str, other: str) -> tuple[_Year, _Year] | None:
    """Return the years or months in two columns' names; None if one has none, or both the same."""
    first, second = _year(one), _year(other)
    return (first, second) if first and second and first.day != second.day else None
