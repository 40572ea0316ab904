"""Numbers, dates and times that a question names, each with how it is compared.

"under £50": less than 50 of a unit "£"; "after 14 March": more than a date. Which comparison it is
a trained model says (`rag.answering.rows.phrases`). Knows nothing of tables.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from dateutil import parser as dates

from rag.answering.question_words import NUMBER_WORDS
from rag.answering.rows.phrases import AROUND_NUMBER, COMPARISON, around, phrase_models
from rag.answering.rows.values import (
    NUMBER,
    RANGE,
    Kind,
    Value,
    date_of,
    has_no_year,
    in_year_of,
    number_of,
)

_MONTH_NAMES = tuple(name for names in dates.parserinfo.MONTHS for name in names)
_MONTH = rf"(?:{'|'.join(sorted(_MONTH_NAMES, key=len, reverse=True))})\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_WHEN = re.compile(
    rf"\b(?P<date>\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}([./-])\d{{1,2}}\2(?:\d{{4}}|\d{{2}})"
    rf"|{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+\d{{4}})?(?!\w)"
    rf"|{_MONTH}\s+{_DAY}(?:,?\s+\d{{4}})?(?!\w)|{_MONTH}(?:\s+\d{{4}})?(?!\w)"
    rf"|(?:1[89]|20)\d{{2}}(?![\w.,]\d))"
    r"|\b(?P<time>\d{1,2}:[0-5]\d(?:\s*[ap]\.?m\b\.?)?|\d{1,2}(?:\.[0-5]\d)?\s*[ap]\.?m\b\.?)",
    re.IGNORECASE,
)
_SHORT_MONTH = re.compile(r"[a-z]{3}")
"""In small letters and without a number it is rather a word, like "may"."""
_FROM = re.compile(r"\b(?:between|from)\s+\Z", re.IGNORECASE)
_TO = re.compile(r"\s+(?:and|till|until)\s+", re.IGNORECASE)
"""Between the ends of a period that begins with one of those."""
_COUNTED = re.compile(rf"{NUMBER}|\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_CURRENCY = re.compile(r"[£$€¥₹]|\b(?:CHF|EUR|USD|GBP)\b")
_UNIT = re.compile(r"\s*[-\s]?\s*(°\s?[^\W\d_]?|[%£$€¥₹]|[^\W\d_]+[²³23]?)")
YEAR = re.compile(r"(?:1\d|20)\d{2}")
PRONOUN = "one"
"""It counts nothing where another number stands beside it: "40 croissants, what's each one"."""
_YEAR_DAYS, _MONTH_DAYS = 365, 31
_NEAR = 200
"""Characters in which these words, and what a period begins with, are looked for."""
_PHRASES_KEPT = 1_000
"""The cells of a column are mostly alike but for their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A value that a question names, at [start, end) of it, up to its unit.

    `comparison` is less, at_most, equal, at_least or more, `certainty` its probability. `following`
    is the word after a number, its unit perhaps, or what is counted, which ends at `following_end`.
    `has_year` is of a date; `is_period` says that it is one from a date to another.
    """

    start: int
    end: int
    value: Value
    comparison: str
    certainty: float
    following: str = ""
    following_end: int = 0
    has_year: bool = True
    is_period: bool = False

    def holds(self, value: Value) -> bool:
        """Say whether a cell's value is what the comparison asks for."""
        own = self.value
        return {
            "less": value.high < own.low,
            "at_most": value.high <= own.high,
            "equal": _lies_in(value, own),
            "at_least": value.low >= own.low,
            "more": value.low > own.high,
        }[self.comparison]


def _lies_in(value: Value, period: Value) -> bool:
    """Say whether a value lies in another one, which goes over the new year where it ends early."""
    after, before = period.low <= value.low, value.high <= period.high
    return after and before if period.low <= period.high else after or before


def mentions_in(question: str) -> list[Mention]:
    """Return the dates, times and numbers of a question, in order."""
    places = list(_places(question))
    spans = sorted(place[:2] for place in places)
    return [_mention(question, start, end, value, spans) for start, end, value in places]


def numbers_in(text: str) -> list[Mention]:
    """Return all numbers of a text, in order, also those that may be years or part of a date."""
    places = list(_numbers(text, []))
    spans = [place[:2] for place in places]
    return [_mention(text, start, end, value, spans) for start, end, value in places]


def plain_numbers_in(text: str) -> list[Mention]:
    """Return the numbers of a text that are part of no date and no time; a year alone is one."""
    others = [
        (each.start, each.end)
        for each in mentions_in(text)
        if each.value.kind != "number" and not YEAR.fullmatch(text[each.start : each.end])
    ]
    return [
        each
        for each in numbers_in(text)
        if not any(each.start < end and each.end > start for start, end in others)
    ]


def counting_numbers_in(text: str) -> list[Mention]:
    """Return the plain numbers of a text but for the pronoun one."""
    found = plain_numbers_in(text)
    return [each for each in found if text[each.start : each.end].casefold() != PRONOUN]


@lru_cache(maxsize=_PHRASES_KEPT)
def comparison_of(phrase: str) -> tuple[str, float]:
    """Return how the number that stands as # in a phrase is compared, and how probably."""
    place = phrase.index("#")
    said = around(phrase, place, place + 1, AROUND_NUMBER)
    shares = phrase_models()[COMPARISON].probabilities(said)
    comparison = max(shares, key=lambda label: shares[label])
    return comparison, shares[comparison]


def _places(question: str) -> Iterator[tuple[int, int, Value]]:
    found = []
    for match in _WHEN.finditer(question):
        if match["time"]:
            value = _time(match["time"])
        else:
            value = date_of(re.sub(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b", "", match[0]))
        if value is not None:
            found.append((*match.span(), value))
    taken: list[tuple[int, int]] = []
    for start, end, value in _in_periods(question, found):
        if not _SHORT_MONTH.fullmatch(question[start:end]):
            taken.append((start, end))
            yield start, end, value
    yield from _numbers(question, taken)


def _in_periods(
    question: str, found: Sequence[tuple[int, int, Value]]
) -> Iterator[tuple[int, int, Value]]:
    """Yield the values at [start, end), of two dates from and to which is asked one period."""
    rest = iter(pairwise([*found, None]))
    for first, second in rest:
        if first is None:
            return
        start, end, value = first
        is_year = YEAR.fullmatch(question[start:end])  # of those each is compared by its own words
        if second is None or is_year or not value.kind == second[2].kind == "date":
            yield first
            continue
        before = _FROM.search(question, max(0, start - _NEAR), start)
        between = question[end : second[0]]
        is_to = before is not None and _TO.fullmatch(between) is not None
        low, high = _period(value, second[2])
        over_new_year = has_no_year(value) and has_no_year(second[2]) and low - high > _MONTH_DAYS
        if not (RANGE.fullmatch(between) or is_to) or (low > high and not over_new_year):
            yield first
            continue
        period = Value(kind="date", low=low, high=high)
        yield before.start() if before else start, second[1], period
        next(rest, None)


def _period(first: Value, last: Value) -> tuple[float, float]:
    """Return the days from one date to another; one of no year is of the other's, or the next.

    "From Oct 2024 to Jan", "from Oct to Jan 2025". Neither has a year: both are of no year, and the
    last may be before the first.
    """
    if has_no_year(last) and not has_no_year(first):
        same = in_year_of(last, first)
        last = same if same.high >= first.low else in_year_of(last, _moved(first, _YEAR_DAYS))
    if has_no_year(first) and not has_no_year(last):
        same = in_year_of(first, last)
        first = same if same.low <= last.high else in_year_of(first, _moved(last, -_YEAR_DAYS))
    return first.low, last.high


def _moved(value: Value, days: int) -> Value:
    return replace(value, low=value.low + days, high=value.high + days)


def _numbers(question: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, Value]]:
    """Yield the numbers that touch none of `taken`, in order, as (start, end, value)."""
    for match in _COUNTED.finditer(question):
        following = bisect_left(taken, match.span())
        if any(
            match.start() < end and match.end() > start
            for start, end in taken[max(0, following - 1) : following + 1]
        ):
            continue
        word = match[0].casefold()
        number = float(NUMBER_WORDS[word]) if word in NUMBER_WORDS else number_of(match[0])
        unit = _CURRENCY.search(question[max(0, match.start() - 4) : match.start()])
        value = Value(kind="number", low=number, high=number, unit=unit[0] if unit else "")
        yield *match.span(), value


def _time(text: str) -> Value | None:
    from rag.answering.rows.values import column_values

    return column_values([text])[0]


def _mention(
    question: str, start: int, end: int, value: Value, places: Sequence[tuple[int, int]]
) -> Mention:
    kind: Kind = value.kind
    after = _UNIT.match(question, end) if kind == "number" else None
    unit = value.unit or (after[1].casefold() if after else "")
    before = " ".join(
        _CURRENCY.sub(" ", _masked(question, max(0, start - _NEAR), start, places)).split()[
            -AROUND_NUMBER[0] :
        ]
    )
    rest = " ".join(_masked(question, end, end + _NEAR, places).split()[: AROUND_NUMBER[1]])
    before, rest = before.replace("#", " "), rest.replace("#", " ")  # it stands for the number
    is_period = kind == "date" and len(_WHEN.findall(question, start, end)) > 1
    comparison, certainty = ("equal", 1.0) if is_period else comparison_of(f"{before} # {rest}")
    return Mention(
        start=start,
        end=end,
        value=Value(kind=kind, low=value.low, high=value.high, unit=unit.casefold()),
        comparison=comparison,
        certainty=certainty,
        following=after[1].casefold() if after else "",
        following_end=after.end() if after else end,
        has_year=kind != "date" or re.search(r"\d{4}|[./-]\d{2}$", question[start:end]) is not None,
        is_period=is_period,
    )


def _masked(question: str, start: int, end: int, places: Sequence[tuple[int, int]]) -> str:
    """Return [start, end) of the question with the values at `places`, in order, as 0."""
    parts = []
    for number in range(bisect_left(places, (start, start)), len(places)):
        first, last = places[number]
        if first >= end:
            break
        parts += [question[start:first], " 0 "]
        start = last
    return "".join([*parts, question[start:end]])
