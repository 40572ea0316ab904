"""Two columns of a table that are held against each other: what is below its minimum, what went up.

A small model that was trained by hand says whether, and how (`phrases.py`); which two columns, what
the question calls them and, of years, their order. Knows nothing of what is done with the rows.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

import numpy as np

from rag.answering.question_kind import QuestionKind
from rag.answering.question_words import content_stems
from rag.answering.rows.columns import Target
from rag.answering.rows.compared import Condition
from rag.answering.rows.conditions import Selection
from rag.answering.rows.denied import Embed
from rag.answering.rows.lines import Computed, written_like
from rag.answering.rows.phrases import AGAINST, AGAINST_MOST, phrase_models
from rag.answering.rows.tables import Cell, RowTable
from rag.answering.rows.values import date_of, same_unit
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
_TIED, _EITHER = 0.6, 0.9
"""The same of a pair beside another that is as good, of years that nothing names, and of two years
that both are named: "rose from 2023 to 2024", though that may be "higher in 2023 than in 2024"."""
_TIMES_OF, _OF_TIME = ("year", "month"), 0.6
"""Words of a time, and the cosine to one of them from which a word of the question is such a one:
the year of "since last year" is not that of a "10-year battery"."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SHORT_YEAR = re.compile(r"(?<=[^\W\d_]) '?(\d\d)$")
_PER_CENT = re.compile(r"%|\bper ?cent", re.IGNORECASE)
_LOSS = 1.0
"""Log-odds of holding two columns against each other that are lost without a word which says so."""
_DECIMALS = 6


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
    """Two columns, `base` what the other is held against; `rank` is 0 where nothing tells that."""

    rank: float
    certainty: float
    base: int
    other: int
    stems: frozenset[str]


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
    found = [_ordered(pair, table, words) for pair in pairs]
    best, *others = sorted(found, key=lambda each: -each.rank)
    if not best.rank:
        return None
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
    rests = [question[: word.start()] + question[word.end() :] for word in words]
    model = phrase_models()[AGAINST]
    left = (
        model.probabilities(rest, vector)[how]
        for rest, vector in zip(rests, embed(rests), strict=True)
    )
    return frozenset(
        stem
        for word, without in zip(words, left, strict=True)
        if _log_odds(share) - _log_odds(without) >= _LOSS
        for stem in content_stems(word[0])
    )


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def compute_against(
    operation: QuestionKind, against: Against, selection: Selection, table: RowTable, question: str
) -> tuple[RowTable, Computed] | None:
    """Return the selected rows whose one number is above the other, or those where it is most.

    With the table, which has a column more for the latter; None if there is no such row.
    """
    condition = condition_against(against, table)
    rows = tuple(row for row in selection.rows if row in condition.rows)
    if not rows:
        return None
    selection = replace(selection, conditions=(*selection.conditions, condition), rows=rows)
    target, value = None, float(len(rows))
    operation = "filter" if operation != "count" else operation
    if against.extent != "all":
        table = with_gap(against, table, question)
        column = len(table.columns) - 1
        target = Target(column=column, certainty=1.0, rival=None, meant=frozenset(), is_age=False)
        gaps = {row: gap.low for row in rows if (gap := table.values[column][row]) is not None}
        is_least = against.extent == "least"
        operation = "lowest" if is_least else "highest"
        value = (min if is_least else max)(gaps.values(), default=0.0)
        rows = tuple(row for row, gap in gaps.items() if gap == value)
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


def condition_against(against: Against, table: RowTable) -> Condition:
    """Return the condition that a row's one number is above the other, below, or another one."""
    gaps = _gaps(against, table)
    return Condition(
        column=against.other,
        rows=frozenset(row for row, gap in gaps.items() if gap > 0),
        words=_said(against, table),
        certainty=against.certainty,
    )


def with_gap(against: Against, table: RowTable, question: str) -> RowTable:
    """Return the table with one more column: by how much the one is above the other, or below.

    It is empty where it is not, and in per cent of the base where the question asks for that.
    """
    gaps = _gaps(against, table)
    values = table.values[against.base]
    is_share = _PER_CENT.search(question) is not None
    cells = [
        text
        for column in (against.base, against.other)
        for text, value in zip(table.texts(column), table.values[column], strict=True)
        if value
    ]
    rows = []
    for number, row in enumerate(table.rows):
        gap, base = gaps.get(number, 0.0), values[number]
        text = ""
        if gap > 0 and not is_share:
            text = written_like(cells, gap, is_money=False, averages=False)
        elif gap > 0 and base is not None and base.low > 0:
            text = f"{100 * gap / base.low:.1f} %"
        rows.append(replace(row, cells=(*row.cells, Cell(start=row.end, end=row.end, text=text))))
    name = f"{_said(against, table)} by"
    return replace(table, columns=(*table.columns, name), rows=tuple(rows))


def _said(against: Against, table: RowTable) -> str:
    """Return "Actual above Planned"."""
    how = "apart from" if against.how == "apart" else against.how
    return f"{table.columns[against.other]} {how} {table.columns[against.base]}"


def _gaps(against: Against, table: RowTable) -> dict[int, float]:
    """Return by how much each row's number is above the other, below or apart, rounded."""
    sign = -1 if against.how == "below" else 1
    gaps = {
        row: round(sign * (other - base), _DECIMALS)
        for row, base, other in _numbers(table, against.base, against.other)
    }
    return {row: abs(gap) for row, gap in gaps.items()} if against.how == "apart" else gaps


def _numbers(table: RowTable, first: int, second: int) -> Iterator[tuple[int, float, float]]:
    """Yield the rows with a number in both columns, and the two."""
    pairs = zip(table.values[first], table.values[second], strict=True)
    for row, (one, two) in enumerate(pairs):
        if one and two and one.low == one.high and two.low == two.high:
            yield row, one.low, two.low


def _pairs(table: RowTable) -> Iterator[tuple[int, int]]:
    """Yield the pairs of columns with a name whose numbers may be held against each other."""
    numbers = [c for c, name in enumerate(table.columns) if name and table.kind(c) == "number"]
    of_years = {c for c in numbers if _year(table.columns[c]) is not None}
    of_years = of_years if len(of_years) > 1 else set()  # held against other years alone
    for first, second in combinations(numbers, 2):
        if (first in of_years) != (second in of_years):
            continue
        units = table.unit(first), table.unit(second)
        if all(units) and not same_unit(*units):
            continue
        both = [(one, two) for _, one, two in _numbers(table, first, second)]
        known = [abs(math.log(two / one)) for one, two in both if one > 0 and two > 0]
        if len(both) >= max(2, _BOTH * len(table.rows)) and known:
            if median(known) <= math.log(_TIMES):
                yield first, second


def _ordered(pair: tuple[int, int], table: RowTable, words: _Words) -> _Pair:
    """Return which of a pair is what the other is held against, and what tells it.

    That is the earlier of two years; else the one that the question names, of two the last, or that
    a word of it means. What stands around the table names none of its columns but years.
    """
    headed = [words.headed.get(column, frozenset()) for column in pair]
    called = headed[0] | headed[1]
    years = [_year(table.columns[column]) for column in pair]
    are_years = None not in years and years[0] != years[1]
    around = frozenset() if are_years else frozenset(content_stems(table.context))
    named = [stems - around for stems in headed]
    own = [named[0] - named[1], named[1] - named[0]]
    if years[0] is not None and years[1] is not None and years[0] != years[1]:
        base = int(years[0] > years[1])
        is_said = bool(words.of_time or named[0] & named[1])
        rank = 4.0 if all(own) else 3.0 if is_said else 1.0
        certainty = _BY_YEAR * (_EITHER if all(own) else 1.0 if is_said else _TIED)
        stems = called | words.of_time
    elif any(own):
        places = [place_of(words.question, stems) or (-1, -1) for stems in own]
        base = int(places[1] > places[0])
        rank, certainty, stems = 4.0 if all(own) else 2.0, _BY_NAME, called
    else:
        likeness = words.likeness[:, pair].max(axis=0, initial=0.0)
        base = int(likeness[1] > likeness[0])
        if likeness[base] < _MEANT or likeness[base] - likeness[1 - base] < _LEAD:
            return _Pair(rank=0.0, certainty=0.0, base=pair[0], other=pair[1], stems=called)
        meant = words.said[int(np.argmax(words.likeness[:, pair[base]]))]
        rank, certainty = 1.5, _BY_LIKENESS
        stems = called.union(content_stems(meant))
    rank += _BESIDE if abs(pair[0] - pair[1]) == 1 else 0.0
    return _Pair(rank=rank, certainty=certainty, base=pair[base], other=pair[1 - base], stems=stems)


def _year(name: str) -> float | None:
    """Return the day with which what a column's name says begins, a year or a month; "Sept 24"."""
    short = _SHORT_YEAR.search(name)
    month = date_of(f"{name[: short.start()]}20{short[1]}") if short else date_of(name)
    if month is not None:
        return month.low
    year = _YEAR.search(name)
    day = date_of(year[0]) if year else None
    return day.low if day else None
