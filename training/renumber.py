"""Short texts with other numbers in them, in the same order, so that what is said stays as true.

"Open to those over 16", "im 15": that 15 is less than 16 settles it, not that it is 15. Where every
number of a text and of what is asked of it is put through one rising map, what comes before what
stays so, and what is exactly on a limit stays on it. Left out is what may not stay true: sums of
two numbers, numbers in words, other units. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any

from rag.answering.rows.mentions import YEAR, Mention, counting_numbers_in, mentions_in
from rag.answering.rows.values import measure_of
from training.pair_texts import PairText

_WRITTEN = re.compile(
    r"(?<![\w.,/-])(?:[1-9]\d{0,3}|[1-9]\d{0,2}(?:,\d{3})+|0)(?:\.\d+)?(?![.,]?\d|st\b|nd\b|rd\b|th\b)"
)
"""Numbers that are changed: no codes, telephone numbers, years or parts of dates."""
_ASKED = "yes", "no", "open"
_SAID = "supported", "contradicted", "unsaid"
_KEPT = 3
"""Up to here numbers stay: these are often written as words elsewhere."""
_FACTORS = 2.0, 3.0, 4.0, 5.0, 6.0, 10.0, 12.0
_HOURS = 12
_SPREAD = 0.5
"""Standard deviation of the logarithm by which a distance changes."""
_TEXTS_KEPT = 10_000


def renumbered(text: PairText, random: Random) -> PairText | None:
    """Return the text with other numbers and what still can be said of it; None if there is none.

    Of its questions those for yes, no or neither stay, and the claims.
    """
    body = _changeable(text.text)
    if not body:
        return None
    numbers = Numbers(text.text, body)
    fields: dict[str, Any] = {
        name: [said for said in text.fields[name] if numbers.keep(said)]
        for name in (*_ASKED, *_SAID)
    }
    if not any(_changeable(said) for name in _ASKED for said in fields[name]):
        return None
    strings = [text.text, *(said for name in fields for said in fields[name])]
    values = {each.value.low // 1 for string in strings for each in _changeable(string) or ()}
    new = _rising(sorted(values), random)
    fields = {name: [_changed(said, new) for said in said_of] for name, said_of in fields.items()}
    kept = {"title": text.fields["title"], "under": text.fields["under"]}
    rest = {name: [] for name in ("answers", "close", "explains", "denied")}
    return PairText({**kept, "text": _changed(text.text, new), **fields, **rest})


@lru_cache(maxsize=_TEXTS_KEPT)
def _changeable(text: str) -> tuple[Mention, ...] | None:
    """Return the numbers of a text that can be changed; None if one of them is a word."""
    found = counting_numbers_in(text)
    if any(text[each.start : each.end].isalpha() and each.value.low > _KEPT for each in found):
        return None
    written = {m.span() for m in _WRITTEN.finditer(text) if not YEAR.fullmatch(m[0])}
    return tuple(each for each in found if (each.start, each.end) in written)


class Numbers:
    """The numbers of a text, and whether what is said of it is so with other ones, too."""

    def __init__(self, text: str, found: Sequence[Mention]) -> None:
        """Take a text with the numbers of it that can be changed."""
        self._values = {each.value.low for each in found}
        self._units = {each.value.unit for each in found}
        self._has_times = any(each.value.kind == "time" for each in mentions_in(text))
        both = [(a, b) for a in self._values for b in self._values]
        self._reckoned = {
            *(made for a, b in both for made in (a + b, a - b, a * b)),
            *(made for a in self._values for b in _FACTORS for made in (a * b, a / b)),
        }

    def keep(self, said: str) -> bool:
        """Say whether no number of it is reckoned, of another unit or perhaps a time."""
        found = _changeable(said)
        if not found:
            return found is not None
        value, unit = found[0].value.low, found[0].value.unit
        is_time = self._has_times and not measure_of(unit) and value <= _HOURS
        is_reckoned = value in self._reckoned and value not in self._values
        is_other = bool(measure_of(unit)) and unit not in self._units
        return not (len(found) > 1 or is_time or is_reckoned or is_other)


def _rising(values: list[float], random: Random) -> Mapping[float, int]:
    """Return a whole number for each value, in the same order, at distances somewhat changed."""
    new: dict[float, int] = {}
    before, last = 0.0, 0
    for value in values:
        distance = max(1, round((value - before) * random.lognormvariate(0, _SPREAD)))
        new[value] = int(value) if value <= _KEPT else last + distance
        before, last = value, new[value]
    return new


def _changed(text: str, new: Mapping[float, int]) -> str:
    """Return the text with its numbers put through the map; what is behind a point stays."""
    parts, done = [], 0
    for each in _changeable(text) or ():
        written = text[each.start : each.end]
        whole, point, rest = written.partition(".")
        number = new[each.value.low // 1]
        shown = f"{number:,}" if "," in whole or number > 9_999 else str(number)
        parts += [text[done : each.start], shown, point, rest]
        done = each.end
    return "".join([*parts, text[done:]])
