"""What is known of a spreadsheet before it is read: how numbers look, what is left out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;])*')
_TOKEN = re.compile(
    r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|\\(.)|[_*].|([0#?.,]+|General)|(.)'
)
_CONDITION = re.compile(r"\[[<>=]")
_SHOWN_SIGNS = frozenset("$€£¥ %")
_SIGNS = frozenset("+-()")
"""What is shown only between the digits of a number, as in that of a telephone."""
_PLACE = re.compile("[0#]")
_NUMBER = re.compile(r"(\D*)(\d[\d.,'’\s]*)(\D*)")
_PLAIN_DIGITS = re.compile(r"[0#?,]*(?:\.([0#?]*))?")
_GROUPED = re.compile(r"[0#?],[0#?]")
_IN_THREES = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_SYMBOL = re.compile(r"[^\w\s] ?")
_PERCENT = 100
_LONGEST_MASK = 40
_LARGEST_ROUNDED = 1e15
_KEPT_DECIMALS = 2
"""Of a number whose format shows none: 4.5% is not 5%, though the sheet shows that."""

BUILT_IN = (
    {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"}
    | dict.fromkeys((37, 38), "#,##0")
    | dict.fromkeys((39, 40), "#,##0.00")
)
"""The formats that every workbook of Excel's has without saying so, by their numbers."""

Place = tuple[int, int]
"""Row and column of a cell, from 0."""


class Shown(NamedTuple):
    """What a number's format puts before and after it, and whether it shows it as a percentage.

    `mask` has a 0 for each digit of a whole number that is shown with leading zeros, or in groups;
    `decimals` are the fewest and the most that are shown, None for as many as a number has.
    """

    before: str
    after: str
    is_percent: bool = False
    mask: str = ""
    decimals: tuple[int, int] | None = None
    is_grouped: bool = False

    def around(self, value: float, number: Callable[[float], str]) -> str:
        """Return `value` with its decimals, and what stands around it; else as `number` has it."""
        value = round(value * _PERCENT, 12) if self.is_percent else value
        shown = self._rounded(value) or number(value)
        if self.mask and shown.isdecimal():
            shown = _filled(self.mask, shown)
        if shown[0] == "-" and _SYMBOL.fullmatch(self.before):
            return f"-{self.before}{shown[1:]}{self.after}".strip()
        return f"{self.before}{shown}{self.after}".strip()

    def adds_text(self) -> bool:
        """Tell whether more is shown than a number's digits."""
        return bool(f"{self.before}{self.after}{self.mask}".strip())

    def _rounded(self, value: float) -> str:
        """Return a number with the decimals of the format; "" where little would be left of it."""
        if self.decimals is None or not abs(value) < _LARGEST_ROUNDED:
            return ""
        fewest, most = self.decimals
        exact = Decimal(f"{value:.15g}")
        rounded = exact.quantize(Decimal(1).scaleb(-(most or _KEPT_DECIMALS)), ROUND_HALF_UP)
        if exact and (not rounded or (not most and abs(exact) < 1)):
            return ""
        whole, _, decimals = f"{rounded:{',' if self.is_grouped else ''}f}".partition(".")
        decimals = decimals.rstrip("0").ljust(fewest, "0")
        return f"{whole}.{decimals}" if decimals else whole


@dataclass(slots=True)
class SheetNotes:
    """By the name of a sheet: the formats of its cells, the first and last cell of those merged.

    `too_wide` are the names of sheets that take too many cells.
    """

    formats: dict[str, dict[Place, Shown]] = field(default_factory=dict)
    merged: dict[str, list[tuple[Place, Place]]] = field(default_factory=dict)
    too_wide: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def parse_format(code: str) -> Shown | None:
    """Return what a format's code (`0.0" kg"`, `[$€-2] #,##0`, `0%`, `00000`) does to a number.

    None where it does nothing, and for dates, fractions, and what else shows other digits.
    """
    first = _SECTION.match(code)
    if first is None or _CONDITION.search(code):
        return None
    before: list[str] = []
    after: list[str] = []
    number: list[str] = []
    is_percent = False
    for quoted, currency, escaped, digits, sign in _TOKEN.findall(first[0]):
        if digits:
            if digits.endswith(","):
                return None
            number += [*after, digits]
            after = []
        elif sign and sign not in _SHOWN_SIGNS | _SIGNS:
            return None
        else:
            (after if number else before).append(quoted or currency or escaped or sign)
            is_percent = is_percent or sign == "%"
    mask = _mask("".join(number))
    if not number or (not mask and len(number) > 1):
        return None
    dropped = frozenset() if mask else _SIGNS
    left, right = (
        "".join(part for part in side if part not in dropped) for side in (before, after)
    )
    decimals, is_grouped = (None, False) if mask else _decimals(number[0])
    shown = Shown(left.lstrip(), right.rstrip(), is_percent, mask, decimals, is_grouped)
    return shown if decimals or shown.adds_text() else None


def plain_number(value: float) -> str:
    """Return a number with at most 15 digits, as many as spreadsheets keep, and no exponent."""
    return f"{Decimal(f'{value:.15g}'):f}"


def _decimals(digits: str) -> tuple[tuple[int, int] | None, bool]:
    """Return the fewest and the most decimals of a format, and whether it parts thousands."""
    match = _PLAIN_DIGITS.fullmatch(digits)
    if match is None:
        return None, False
    places = match[1] or ""
    return (places.count("0"), len(places)), bool(_GROUPED.search(digits))


def _mask(number: str) -> str:
    """Return a mask, if a format of digits alone has leading zeros or groups of digits."""
    places = _PLACE.findall(number)
    is_plain = len(places) == len(number) and places.count("0") < 2
    has_more = not _SIGNS.union("0# ").issuperset(number)
    return "" if is_plain or has_more or len(number) > _LONGEST_MASK else number.replace("#", "0")


def _filled(mask: str, digits: str) -> str:
    """Return digits in the places of a mask, the last in its last; those too many stand first."""
    places = mask.count("0")
    digits = digits.zfill(places)
    rest = iter(digits[len(digits) - places :])
    return digits[: len(digits) - places] + "".join(
        next(rest) if sign == "0" else sign for sign in mask
    )


def parse_shown(text: str, value: float) -> Shown | None:
    """Return what stands around a number in the text that a cell shows for it, and its decimals.

    None where the text has other digits than `value`, if not fewer.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > _LONGEST_MASK:
        return None
    before, digits, after = match.groups()
    after = digits[len(digits.rstrip()) :] + after
    digits = digits.rstrip()
    is_percent = "%" in after
    decimals = len(re.split(r"[.,]", digits)[-1]) if re.search(r"[.,]", digits) else 0
    plain = int("".join(filter(str.isdecimal, digits)))
    expected = abs(value) * (_PERCENT if is_percent else 1)
    fitting = [
        places
        for places in (decimals, 0)
        if abs(plain - expected * 10**places) <= 0.5 + 1e-9 * plain
    ]
    if not fitting:
        return None
    signs = "+-−()" if value < 0 else "+"
    before = "".join(sign for sign in before if sign not in signs).lstrip()
    after = "".join(sign for sign in after if sign not in signs).rstrip()
    mask = "0" * len(digits) if digits.isdecimal() and digits[0] == "0" < digits[1:] else ""
    is_grouped = _IN_THREES.fullmatch(digits) is not None
    places = None if mask else (fitting[0], fitting[0])
    return Shown(before, after, is_percent, mask, places, is_grouped)
