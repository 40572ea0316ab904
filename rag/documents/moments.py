"""When something was said, as a line says it: "On Thu, 24 Sep 2026 at 07:52, Dan wrote:".

By python-dateutil, which knows the names of English months. Knows nothing of mails or questions.
"""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple

_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d))?")
_LIKE_A_DATE = re.compile(r"\d.*\b\d{4}\b|\b\d{4}\b.*\d", re.S)
_DEFAULTS = datetime(2001, 1, 1, 1, 1), datetime(2002, 2, 2, 2, 2)
_LONGEST = 300


class Moment(NamedTuple):
    """A day, and the time of it where that is said; without a zone."""

    day: date
    time: time | None


@lru_cache(maxsize=4096)
def moment_in(line: str) -> Moment | None:
    """Return the moment that a line names; None unless it surely names one day of one year.

    3/11/2026 is none, since it is in March or in November.
    """
    if found := _ISO.search(line):
        try:
            year, month, day, hour, minute = (
                int(part) if part else None for part in found.groups()
            )
            at = None if hour is None else time(hour, minute or 0)
            return Moment(date(year or 0, month or 0, day or 0), at)
        except ValueError:
            return None
    if len(line) > _LONGEST or not _LIKE_A_DATE.search(line):
        return None
    from dateutil import parser

    try:
        first, second = (
            parser.parse(line, fuzzy=True, default=default, ignoretz=True) for default in _DEFAULTS
        )
        turned = parser.parse(line, fuzzy=True, default=_DEFAULTS[0], dayfirst=True, ignoretz=True)
    except (ValueError, OverflowError):
        return None
    if not first.date() == second.date() == turned.date():
        return None
    return Moment(first.date(), first.time() if first.time() == second.time() else None)


def is_later(first: Moment | None, second: Moment | None) -> bool:
    """Say whether the first moment surely is later than the second."""
    if first is None or second is None:
        return False
    if first.day != second.day:
        return first.day > second.day
    return bool(first.time and second.time and first.time > second.time)
