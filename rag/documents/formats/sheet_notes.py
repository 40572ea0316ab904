"""What is known of a spreadsheet before it is read: how numbers look, what is left out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(r'"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|\\(.)|[_*].|([0#?.,]+)|(.)')
_SHOWN_SIGNS = frozenset("$€£¥ %")
_PERCENT = 100


class Shown(NamedTuple):
    """What a number's format puts before and after it, and whether it shows it as a percentage."""

    before: str
    after: str
    is_percent: bool

    def around(self, value: float, number: Callable[[float], str]) -> str:
        """Return `value` with what stands around it."""
        shown = number(round(value * _PERCENT, 12) if self.is_percent else value)
        return f"{self.before}{shown}{self.after}".strip()


@dataclass(slots=True)
class SheetNotes:
    """The formats of cells (row and column from 0) by sheet, and the sheets that are too wide."""

    formats: dict[str, dict[tuple[int, int], Shown]] = field(default_factory=dict)
    too_wide: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def parse_format(code: str) -> Shown | None:
    """Return what a format's code (`0.0" kg"`, `[$€-2] #,##0`, `0%`) puts around a number.

    None where it adds nothing, and for dates, fractions, and what else shows other digits.
    """
    parts = ["", ""]
    has_number, is_percent = False, False
    for quoted, currency, escaped, digits, sign in _TOKEN.findall(code.split(";")[0]):
        if digits:
            if digits.endswith(",") or (has_number and parts[1]):
                return None
            has_number = True
        elif sign and sign not in _SHOWN_SIGNS:
            return None
        else:
            is_percent = is_percent or sign == "%"
            parts[has_number] += quoted or currency or escaped or sign
    before, after = parts
    if not has_number or not f"{before}{after}".strip():
        return None
    return Shown(before.lstrip(), after.rstrip(), is_percent)
