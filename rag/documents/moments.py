"""When something was said, as a line says it: "On Thu, 24 Sep 2026 at 07:52, Dan wrote:".

The heading of a part of a document may say less of it: "Minutes of March 2026", "29 April".

Months by their English names. Knows nothing of mails or questions.
"""

import re
from calendar import monthrange
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple

QUOTING = ", quoting"
"""Behind who quotes somebody without saying whom, or when that was said."""
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>\d{4})"
_NTH, _MONTH = rf"{_DAY}(?:st|nd|rd|th)?(?:\s+of)?", r"(?P<month>[^\W\d_]{3,9})"
_DATES = tuple(
    re.compile(rf"\b{pattern}\b", re.I)
    for pattern in (
        rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)",
        rf"{_NTH}\.?\s+{_MONTH}\.?,?\s+{_YEAR}",
        rf"{_MONTH}\.?\s+{_NTH},?\s+{_YEAR}",
        rf"{_DAY}(?P<mark>[./])(?P<month>\d{{1,2}})(?P=mark){_YEAR}",
    )
)
_PERIODS = (
    *_DATES,
    re.compile(r"\b(?P<day>\d{1,2})(?P<mark>/)(?P<month>\d{1,2})/(?P<year>\d{2})\b"),
    *(
        re.compile(rf"\b{pattern}\b", re.I)
        for pattern in (rf"{_MONTH}\.?,?\s+{_YEAR}", rf"{_NTH}\s+{_MONTH}", rf"{_MONTH}\s+{_NTH}")
    ),
)
"""The dates that say most first."""
_LEAP_YEAR = 2000
_LAST_OF_CENTURY = 69
"""A year of two digits up to which it is one of this century."""
_TIME = re.compile(r"\b(\d{1,2})[:.](\d\d)(?:[:.]\d\d)?(?:\s*([ap])\.?m\b)?", re.I)
_LONGEST = 300
_HALF_DAY = 12


class Moment(NamedTuple):
    """A day, and the time of it where that is said, by the clock of who says it."""

    day: date
    time: time | None


class Period(NamedTuple):
    """The first and the last day that a date may mean; of a year that says none, in the year 2000.

    "March 2026" is a whole month, 3/11/2026 may be in March or in November.
    """

    first: date
    last: date
    has_year: bool


def moment_in(line: str) -> Moment | None:
    """Return the moment that a line names; None unless it surely names one day of one year.

    3/11/2026 is none, since it is in March or in November.
    """
    return None if len(line) > _LONGEST else _moment_in(line)


@lru_cache(maxsize=4096)
def _moment_in(line: str) -> Moment | None:
    for pattern in _DATES:
        for match in pattern.finditer(line):
            if day := _day_of(match):
                return Moment(day, _time_in(f"{line[: match.start()]} {line[match.end() :]}"))
    return None


def is_later(first: Moment | None, second: Moment | None) -> bool:
    """Say whether the first moment is later than the second, both by one clock."""
    if first is None or second is None:
        return False
    if first.day != second.day:
        return first.day > second.day
    return bool(first.time and second.time and first.time > second.time)


@lru_cache(maxsize=4096)
def period_in(line: str) -> Period | None:
    """Return the date in a line, like a heading: the one that says most; None if there is none."""
    for pattern in _PERIODS:
        has_year = "year" in pattern.groupindex
        for match in pattern.finditer(line[:_LONGEST]):
            is_verb = match["month"] == "may" and not has_year
            if not is_verb and (days := _days_of(match)):
                return Period(min(days), max(days), has_year)
    return None


def _day_of(match: re.Match[str]) -> date | None:
    """Return the day of a date that can be read in one way only; None for any other."""
    days = _days_of(match)
    return days.pop() if len(days) == 1 else None


def _days_of(match: re.Match[str]) -> set[date]:
    """Return the days that a date can mean, of a month the first and the last; empty for none."""
    found = match.groupdict()
    year = _year(found.get("year") or str(_LEAP_YEAR))
    month = int(found["month"]) if found["month"].isdecimal() else _month(found["month"])
    if "day" not in found:
        first = _date(year, month, 1)
        return {first, first.replace(day=monthrange(year, month)[1])} if first else set()
    read = {_date(year, month, int(found["day"]))}
    if "mark" in found:  # the month may stand first
        read.add(_date(year, int(found["day"]), month))
    return {day for day in read if day}


def _year(written: str) -> int:
    """Return a year, that may be written with two digits."""
    year = int(written)
    return year if len(written) > 2 else year + (2000 if year <= _LAST_OF_CENTURY else 1900)


def _month(name: str) -> int:
    from dateutil.parser import parserinfo

    return parserinfo().month(name) or 0


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time_in(line: str) -> time | None:
    match = _TIME.search(line)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").casefold()
    if half and hour <= _HALF_DAY:
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None
