"""When something was said, as a line says it: "On Thu, 24 Sep 2026 at 07:52, Dan wrote:".

Months by their English names. Knows nothing of mails or questions.
"""

import re
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple

QUOTING = ", quoting"
"""Behind who quotes somebody without saying whom, or when that was said."""
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>\d{4})"
_NTH, _MONTH = rf"{_DAY}(?:st|nd|rd|th)?", r"(?P<month>[^\W\d_]{3,9})"
_DATES = tuple(
    re.compile(rf"\b{pattern}\b", re.I)
    for pattern in (
        rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)",
        rf"{_NTH}\.?\s+{_MONTH}\.?,?\s+{_YEAR}",
        rf"{_MONTH}\.?\s+{_NTH},?\s+{_YEAR}",
        rf"{_DAY}(?P<mark>[./])(?P<month>\d{{1,2}})(?P=mark){_YEAR}",
    )
)
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


def _day_of(match: re.Match[str]) -> date | None:
    """Return the day of a date that can be read in one way only; None for any other."""
    year, month, day = (match[name] for name in ("year", "month", "day"))
    number = int(month) if month.isdecimal() else _month(month)
    read = {_date(int(year), number, int(day))}
    if "mark" in match.re.groupindex:  # the month may stand first
        read.add(_date(int(year), int(day), number))
    known = read - {None}
    return known.pop() if len(known) == 1 else None


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
