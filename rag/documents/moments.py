"""When something was said, as a line says it: "On Thu, 24 Sep 2026 at 07:52, Dan wrote:".

Months by their English names. Knows nothing of mails or questions.
"""

import re
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple

QUOTING = ", quoting"
"""Behind who quotes somebody without saying whom, or when that was said."""
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\.?\s+([^\W\d_]{3,9})\.?,?\s+(\d{4})\b", re.I)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.I)
_NUMBERS = re.compile(r"\b(\d{1,2})([./])(\d{1,2})\2(\d{4})\b")
_TIME = re.compile(r"\b(\d{1,2})[:.](\d\d)(?:[:.]\d\d)?(?:\s*([ap])\.?m\b)?", re.I)
_LONGEST = 300
_HALF_DAY = 12


class Moment(NamedTuple):
    """A day, and the time of it where that is said, by the clock of who says it."""

    day: date
    time: time | None


def moment_in(line: str) -> Moment | None:
    """Return the moment that a line names; None unless it surely names one day of one year.

    3/11/2026 is none, since it is in March or in November.
    """
    return None if len(line) > _LONGEST else _moment_in(line)


@lru_cache(maxsize=4096)
def _moment_in(line: str) -> Moment | None:
    for pattern, read in ((_ISO, _iso), (_DAY_FIRST, _day_first), (_MONTH_FIRST, _month_first)):
        for match in pattern.finditer(line):
            if day := read(*match.groups()):
                return Moment(day, _time_in(line[: match.start()] + " " + line[match.end() :]))
    for match in _NUMBERS.finditer(line):
        if day := _numbers(int(match[1]), int(match[3]), int(match[4])):
            return Moment(day, _time_in(line[: match.start()] + " " + line[match.end() :]))
    return None


def is_later(first: Moment | None, second: Moment | None) -> bool:
    """Say whether the first moment is later than the second, both by one clock."""
    if first is None or second is None:
        return False
    if first.day != second.day:
        return first.day > second.day
    return bool(first.time and second.time and first.time > second.time)


def _iso(year: str, month: str, day: str) -> date | None:
    return _date(int(year), int(month), int(day))


def _day_first(day: str, month: str, year: str) -> date | None:
    return _date(int(year), _month(month), int(day))


def _month_first(month: str, day: str, year: str) -> date | None:
    return _date(int(year), _month(month), int(day))


def _numbers(first: int, second: int, year: int) -> date | None:
    """Return the day of a date in numbers, which can be read in one way only."""
    read = {day for day in (_date(year, second, first), _date(year, first, second)) if day}
    return read.pop() if len(read) == 1 else None


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
