"""What a cell of a table is worth: numbers with units, times, dates, as values that compare.

Reads "£1,249.50", "1.200,50 €", "5.9 kg", "34 to 41 dB" (a range is its two ends), "2 years",
"17:30", "1:42:07", "14 March 2019", "2026-03". The names of months, days and hours are
python-dateutil's. Knows nothing of tables or questions.
"""

import re
import unicodedata
from calendar import isleap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from dateutil import parser as dates

Kind = Literal["number", "date", "time"]

NUMBER = (
    r"(?<![\w.,])[-−+]?(?:\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
)
_NUMBER = re.compile(NUMBER)
_SIGNED_AMOUNT = re.compile(r"^([-−])\s?([£$€¥₹]\s?)(?=\d)")
RANGE = re.compile(r"\s*(?:-|–|—|to|bis|\.\.|…)\s*")
"""Between the ends of a range; "bis" as in German."""
_CLOCK = re.compile(
    r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?(?:\s*([ap])\.?m\.?)?|(\d{1,2})(?:\.([0-5]\d))?\s*([ap])\.?m\.?",
    re.IGNORECASE,
)
_DURATION = "h:mm:ss"
_HOURS = re.compile(r"(\d{1,2})[.:]([0-5][05])\s*(?:-|–|—|to)\s*(\d{1,2})[.:]([0-5][05])")
"""From one time of the day to another, as timetables write it."""
_FEWEST_HOURS = 2
_LAST_HOUR, _HALF_DAY = 24, 43_200
_NUMERIC_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})")
_YEAR = re.compile(r"(?:1[89]|20)\d{2}")
_MOST_UNIT_CHARACTERS = 24
_INFO = dates.parserinfo()
_SHORTEST_DAY = 3
_NO_YEAR = 1904
"""A leap year that dates without one are taken to be in, to compare among themselves."""
_UNITS: tuple[Mapping[str, float], ...] = (
    {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600}
    | {"day": 86_400, "week": 604_800, "month": 2_629_800, "year": 31_557_600},
    {"mg": 1e-3, "g": 1, "gram": 1, "kg": 1e3, "kilo": 1e3, "kilogram": 1e3, "t": 1e6}
    | {"tonne": 1e6, "lb": 453.592_37},
    {"mm": 1e-3, "millimetre": 1e-3, "millimeter": 1e-3, "cm": 1e-2, "centimetre": 1e-2}
    | {"centimeter": 1e-2, "m": 1, "metre": 1, "meter": 1, "km": 1e3, "kilometre": 1e3}
    | {"kilometer": 1e3, "inch": 0.0254, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048}
    | {"mile": 1_609.344},
    {"ml": 1e-3, "cl": 1e-2, "dl": 0.1, "l": 1, "litre": 1, "liter": 1},
    {"w": 1, "kw": 1e3, "mw": 1e6},
    {"kb": 1, "mb": 1e3, "gb": 1e6, "tb": 1e9},
)
"""Units that turn into each other, each with what one of it is worth."""
_MEASURES = ("duration", "weight", "length", "volume", "power", "size")
"""What each family of units measures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a text is worth, from `low` to `high`; both are the same unless it is a range.

    A number has the unit that stands with it, in small letters; a date counts days, and is a range
    where it leaves the day or month open; a time counts seconds.
    """

    kind: Kind
    low: float
    high: float
    unit: str = ""


def column_values(texts: Sequence[str]) -> list[Value | None]:
    """Return what each cell of a column is worth; None for one that is empty or is words.

    Dates like 05/03/2026 and numbers like 1.200 are read as the other cells say: whether the day
    comes first, whether the comma is that of decimals. Where the column is mostly years, these are
    dates.
    """
    hours = [_hours(text.strip()) for text in texts]
    said = sum(bool(text.strip()) for text in texts)
    if _FEWEST_HOURS <= sum(map(bool, hours)) == said:
        return hours
    comma = any(re.search(r"\d,\d{1,2}(?!\d)", text) for text in texts)
    firsts = [re.match(r"\s*(\d{1,2})[./-](\d{1,2})[./-]", text) for text in texts]
    month_first = any(int(m[2]) > 12 for m in firsts if m) and not any(
        int(m[1]) > 12 for m in firsts if m
    )
    values = [_value(text, comma=comma, day_first=not month_first) for text in texts]
    years = {text for text in texts if _YEAR.fullmatch(text.strip())}
    dated = any(value is not None and value.kind == "date" for value in values)
    if years and (dated or all(text in years for text in texts if text.strip())):
        values = [
            _year(text.strip()) if text in years else value
            for text, value in zip(texts, values, strict=True)
        ]
    return _in_one_unit(values)


def _hours(text: str) -> Value | None:
    """Return what "8.30 – 1.00" is: from one time of the day to a later one."""
    match = _HOURS.fullmatch(text)
    if match is None or max(int(match[1]), int(match[3])) > _LAST_HOUR:
        return None
    first, last = (int(match[n]) * 3600.0 + int(match[n + 1]) * 60 for n in (1, 3))
    return Value(kind="time", low=first, high=last if last > first else last + _HALF_DAY)


def number_of(text: str, *, decimal_comma: bool = False) -> float:
    """Return the number that `text` writes, by `NUMBER`."""
    sign = -1.0 if text[:1] in "-−" else 1.0
    digits = re.sub(r"['’\u00a0\u202f \-−+]", "", text)
    if "," in digits and "." in digits:
        decimal = max(digits.rfind(","), digits.rfind("."))
        return sign * float(f"{re.sub('[.,]', '', digits[:decimal])}.{digits[decimal + 1 :]}")
    for mark in ",.":
        if mark in digits:
            groups = digits.split(mark)
            in_threes = all(len(group) == 3 for group in groups[1:]) and groups[0] != "0"
            is_decimal = len(groups) == 2 and (
                not in_threes or (mark == "," if decimal_comma else mark == ".")
            )
            return sign * float(".".join(groups) if is_decimal else "".join(groups))
    return sign * float(digits)


def sign_at_number(text: str) -> str:
    """Return "-£40" as "£-40", as `NUMBER` reads it; other texts as they are."""
    return _SIGNED_AMOUNT.sub(r"\2\1", text, count=1)


def date_of(text: str, *, day_first: bool = True) -> Value | None:
    """Return the date that the whole of `text` names: a day, a month or a year."""
    text = text.strip()
    if _YEAR.fullmatch(text):
        return _year(text)
    names_month = any(_INFO.month(word) is not None for word in re.findall(r"[^\W\d_]{3,}", text))
    if not (_NUMERIC_DATE.match(text) or re.fullmatch(r"\d{4}-\d{2}", text) or names_month):
        return None
    day_first = day_first and not re.match(r"\d{4}-", text)
    found = []
    for default in (datetime(_NO_YEAR, 1, 1), datetime(1908, 12, 31)):
        try:
            found.append(dates.parse(text, default=default, dayfirst=day_first, ignoretz=True))
        except (ValueError, OverflowError):
            return None
    first, last = found
    if first.year != last.year and not names_month:
        return None
    if first.year != last.year:
        last = last.replace(year=first.year)
    return Value(kind="date", low=_days(first), high=_days(last))


def month_of(text: str) -> Value | None:
    """Return the month whose name `text` is, or begins like "Jan", of no year; None if of none."""
    text = text.strip().rstrip(".")
    return date_of(text) if text.isalpha() and _INFO.month(text) is not None else None


def weekday_of(text: str) -> str | None:
    """Return the whole name of the day of the week that `text` is, or begins like "Tues"."""
    begins = text.strip().rstrip(".").casefold().removesuffix("s")
    names = (names[-1] for names in _INFO.WEEKDAYS)
    is_long = len(begins) >= _SHORTEST_DAY
    return next((each for each in names if is_long and each.casefold().startswith(begins)), None)


def has_no_year(value: Value) -> bool:
    """Say whether a date is of no year, like "5 Feb"."""
    return value.kind == "date" and _moment(value.low).year == _NO_YEAR


def of_no_year(value: Value) -> Value:
    """Return a date as one of no year."""
    moved = _days(_moment(value.low).replace(year=_NO_YEAR))
    return Value(kind="date", low=moved, high=moved + value.high - value.low)


def in_year_of(value: Value, other: Value) -> Value:
    """Return a date of no year as one of the year that another one ends in."""
    if not has_no_year(value):
        return value
    first, year = _moment(value.low), _moment(other.high).year
    if (first.month, first.day) == (2, 29) and not isleap(year):
        first = first.replace(day=28)
    moved = _days(first.replace(year=year))
    return Value(kind="date", low=moved, high=moved + value.high - value.low)


def _value(text: str, *, comma: bool, day_first: bool) -> Value | None:
    """Return what a text is worth if it is nothing but a value."""
    text = text.strip()
    if not any(map(str.isdecimal, text)) or len(text) > 60:
        return None
    clock = _CLOCK.fullmatch(text)
    if clock:
        seconds = _seconds(clock)
        if clock[3]:  # with seconds it is rather how long something took
            return Value(kind="number", low=seconds, high=seconds, unit=_DURATION)
        return Value(kind="time", low=seconds, high=seconds)
    date = None if _YEAR.fullmatch(text) else date_of(text, day_first=day_first)
    return date or _quantity(text, comma)


def _quantity(text: str, comma: bool) -> Value | None:
    """Return the number, or range, that `text` is; the words that stand with it are its unit."""
    text = sign_at_number(text)
    found = list(_NUMBER.finditer(text.replace("−", "-")))
    if not found or any(re.match(r"0\d", match[0]) for match in found):
        return None
    before, after = text[: found[0].start()].strip(), text[found[-1].end() :].strip()
    between = [text[a.end() : b.start()] for a, b in zip(found, found[1:], strict=False)]
    numbers = [number_of(match[0], decimal_comma=comma) for match in found]
    unit = " ".join(filter(None, (before.rstrip("~≈<>"), after))).casefold().rstrip(".")
    if len(unit) > _MOST_UNIT_CHARACTERS or len(unit.split()) > 3 or re.search(r"[\d:;]", unit):
        return None
    if before.endswith(("-", "/", "#")):  # "P-21" is a name
        return None
    if len(numbers) == 1:
        return Value(kind="number", low=numbers[0], high=numbers[0], unit=unit)
    if len(numbers) == 2:
        middle = between[0].strip().removesuffix(before).strip()
        if RANGE.fullmatch(middle) or (after and RANGE.fullmatch(middle.removeprefix(after))):
            low, high = sorted(numbers)
            return Value(kind="number", low=low, high=high, unit=unit)
    return _added_up(text, found, numbers)


def _added_up(text: str, found: Sequence[re.Match[str]], numbers: Sequence[float]) -> Value | None:
    """Return what "1 h 30 min" or "2 years 6 months" is worth: parts in units that fit."""
    stops = [*(match.start() for match in found[1:]), len(text)]
    units = [text[match.end() : stop].strip() for match, stop in zip(found, stops, strict=True)]
    scales = [_scale(unit) for unit in units]
    first = scales[0]
    if first is None or any(scale is None or scale[0] != first[0] for scale in scales):
        return None
    total = sum(n * scale[1] for n, scale in zip(numbers, scales, strict=True) if scale) / first[1]
    return Value(kind="number", low=total, high=total, unit=units[0].casefold())


def _scale(unit: str) -> tuple[int, float] | None:
    """Return which of the families of units one is of, and what it is worth."""
    for name in (unit, unit.removesuffix("s"), unit.removesuffix("es")):
        for family, units in enumerate(_UNITS):
            if name in units:
                return family, units[name]
    return None


def _in_one_unit(values: Sequence[Value | None]) -> list[Value | None]:
    """Return the values in the unit of the first, where they turn into each other."""
    units = {value.unit for value in values if value and value.kind == "number"}
    scales = {unit: _scale(unit) for unit in units}
    families = {scale[0] for scale in scales.values() if scale}
    if len(units) < 2 or len(families) != 1 or None in scales.values():
        return list(values)
    first = next(value.unit for value in values if value and value.kind == "number")
    changed: list[Value | None] = []
    for value in values:
        own, common = scales.get(value.unit if value else ""), scales[first]
        if value is None or own is None or common is None:
            changed.append(value)
            continue
        factor = own[1] / common[1]
        changed.append(
            Value(kind="number", low=value.low * factor, high=value.high * factor, unit=first)
        )
    return changed


@lru_cache(maxsize=1_000)
def truth(text: str) -> bool | None:
    """Return whether a cell says yes or no, as YAML reads it or by a sign; None if neither.

    An empty cell or a dash says no, a tick yes, a cross no.
    """
    import yaml

    if len(text) > 12:
        return None
    if not text or all(unicodedata.category(character) == "Pd" for character in text):
        return False
    if len(text) == 1 and not text.isalnum():
        name = unicodedata.name(text, "")
        return True if "CHECK" in name else False if "BALLOT X" in name or "CROSS" in name else None
    try:
        said = yaml.safe_load(text.lower())
    except (yaml.YAMLError, ValueError):  # "0000-00-00" is no date to it
        return None
    if said is None:
        return False
    if isinstance(said, bool):
        return said
    return {"y": True, "n": False, "x": True, "×": False}.get(text.lower())


def measure_of(unit: str) -> str:
    """Return what a unit, in small letters, measures: "weight" for "kg"; "" if not known."""
    scale = _scale(unit)
    return _MEASURES[scale[0]] if scale else ""


def measures_named(name: str) -> set[str]:
    """Return the measures that a name has, like "Weight of the dog"."""
    return set(_MEASURES).intersection(name.casefold().split())


def same_unit(first: str, second: str) -> bool:
    """Say whether two units, in small letters, are one but for the plural, or of one family."""
    one, other = _scale(first), _scale(second)
    if one and other:
        return one[0] == other[0]
    return first.removesuffix("s") == second.removesuffix("s")


def in_unit(number: float, unit: str, wanted: str) -> float:
    """Return a number of `unit` as one of `wanted`, where they turn into each other."""
    one, other = _scale(unit), _scale(wanted)
    return number * one[1] / other[1] if one and other and one[0] == other[0] else number


def _seconds(clock: re.Match[str]) -> float:
    hours, minutes, seconds, half = clock.groups()[:4]
    hours, minutes, half = hours or clock[5], minutes or clock[6], half or clock[7]
    hour = int(hours) % 12 + 12 * (half.lower() == "p") if half else int(hours)
    return hour * 3600.0 + int(minutes or 0) * 60 + int(seconds or 0)


def _year(text: str) -> Value:
    year = int(text)
    return Value(kind="date", low=_days(datetime(year, 1, 1)), high=_days(datetime(year, 12, 31)))


def _days(moment: datetime) -> float:
    return (moment - datetime(1, 1, 1)) / timedelta(days=1)


def _moment(days: float) -> datetime:
    return datetime(1, 1, 1) + timedelta(days=days)


def units_of(values: Iterable[Value]) -> set[str]:
    """Return the units that values have, those that differ in a plural as one."""
    return {value.unit.removesuffix("s") for value in values if value.unit}


def total_of(values: Collection[Value]) -> float | None:
    """Return the sum of values of one unit; None where one is a range or a duration."""
    if any(value.low != value.high or value.unit == _DURATION for value in values):
        return None
    return sum(value.low for value in values)
