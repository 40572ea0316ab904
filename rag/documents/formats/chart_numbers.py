"""How the numbers that a chart keeps are shown: dates as dates, shares as percentages.

Values to values; knows nothing of files.
"""

import re
from datetime import datetime, timedelta

from rag.documents.formats.sheet_notes import parse_format, plain_number

_NOT_CODE = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]|General')
_DIGITS = re.compile("[0#?]")
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_LARGEST = 1e15
_MOST_DAYS = 2_958_465
"""How many days a sheet counts: to the end of the year 9999."""
_DAYS_TO_1904 = 1_462


def shown_number(text: str, code: str, *, from_1904: bool = False) -> str:
    """Return a number as its format `code` shows it, with all its digits; other text as it is.

    Dates count from 1900, or from 1904.
    """
    try:
        value = float(text)
    except ValueError:
        return text
    if value and not 1 / _LARGEST < abs(value) < _LARGEST:
        return text
    if is_date(code) and 0 <= value < _MOST_DAYS - _DAYS_TO_1904:
        return _date(value + (_DAYS_TO_1904 if from_1904 else 0), code)
    form = parse_format(code)
    if form is None:
        return plain_number(value)
    return form._replace(decimals=None).around(value, plain_number)


def adds_to_number(code: str) -> bool:
    """Tell whether a format says more than how many digits are shown."""
    form = parse_format(code)
    return is_date(code) or (form is not None and form.adds_text())


def is_date(code: str) -> bool:
    """Tell whether a format shows a number as a date or a time."""
    letters = _NOT_CODE.sub("", code.split(";")[0]).lower()
    return bool(_ELAPSED.search(code) or set(letters) & set("ymdhs")) and not (
        _DIGITS.search(letters.replace(".0", ""))
    )


def _date(days: float, code: str) -> str:
    if _ELAPSED.search(code):
        minutes = round(days * 24 * 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    moment = datetime(1899, 12, 30) + timedelta(seconds=round(days * 24 * 60 * 60))
    clock = moment.time().isoformat("seconds" if moment.second else "minutes")
    letters = set(_NOT_CODE.sub("", code).lower())
    if letters & set("hs") and not letters & set("yd"):
        return clock
    return moment.date().isoformat() + ("" if clock == "00:00" else f" {clock}")
