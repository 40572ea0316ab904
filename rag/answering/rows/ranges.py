"""Ranges that tell the rows of a table apart: "51–75 sq ft", "up to 5 kg", "65 years and over".

How an open one is compared says the trained model of phrases. Knows nothing of what is asked.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.answering.question_words import content_stems
from rag.answering.rows.mentions import Mention, comparison_of, plain_numbers_in
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import RANGE, in_unit, measure_of

_LONGEST = 40
"""Characters of a cell that names a range; a longer one tells something."""
_LEAST, _SHARE = 2, 1 / 3
"""Cells of a column, and their share of those that say something, that are to be ranges."""
_SURE = 0.6
"""Probability of a comparison from which a number is the end of an open range: all of those below
it that were looked at stand in closed ones ("5–15 kg")."""
_COMPARED = 0.5
"""The same of a question's number, which else is the value itself: "over 30 kg" has 0.52."""
_UPPER = ("less", "at_most")
_MOST_ENDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The numbers from `low` to `high`; with `above` or `below`, without that end itself."""

    low: float
    high: float
    above: bool = False
    below: bool = False

    @property
    def end(self) -> float:
        """The number at which an open one begins or ends, itself or the next to it."""
        if math.isfinite(self.low):
            return math.nextafter(self.low, math.inf) if self.above else self.low
        return math.nextafter(self.high, -math.inf) if self.below else self.high

    def holds(self, other: "Range") -> bool:
        """Say whether the whole of another range lies in this one."""
        starts = other.low > self.low or (other.low == self.low and (other.above or not self.above))
        ends = other.high < self.high or (
            other.high == self.high and (other.below or not self.below)
        )
        return starts and ends

    def meets(self, other: "Range") -> bool:
        """Say whether a number lies in both."""
        first, second = sorted((self, other), key=lambda each: (each.high, not each.below))
        is_end = first.high == second.low and not (first.below or second.above)
        return first.high > second.low or is_end


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeColumn:
    """A column whose cells are ranges that do not cross: that of each row, None for words alone."""

    column: int
    ranges: tuple[Range | None, ...]
    unit: str

    @property
    def has_years(self) -> bool:
        """Whether all that ends a range may be a year."""
        ends = {end for own in self.ranges if own for end in (own.low, own.high)}
        return all(1000 <= end < 2100 for end in ends if math.isfinite(end))

    def row_of(self, value: Range) -> int | None:
        """Return the row in whose range a value lies; None unless it is just one.

        Where one lies in the other ("up to 2 hours", "up to 4 hours"), the narrower is meant. Of
        one that is open, and that no row holds, its end is looked for: "for at least twelve".
        """
        found = {row: own for row, own in enumerate(self.ranges) if own and own.holds(value)}
        least = [
            row for row, own in found.items() if all(each.holds(own) for each in found.values())
        ]
        if not found and value.low < value.high:
            end = value.end
            return self.row_of(Range(low=end, high=end))
        return least[0] if len(least) == 1 else None

    def rows_without(self, value: Range) -> list[int]:
        """Return the rows whose range has nothing of a value."""
        return [row for row, own in enumerate(self.ranges) if own and not own.meets(value)]


def range_columns(table: RowTable) -> list[RangeColumn]:
    """Return the columns that tell the rows apart by ranges of numbers."""
    found = []
    for column in range(len(table.columns)):
        if table.kind(column) == "time":
            continue
        texts = table.texts(column)
        read = {
            text: plain_numbers_in(text) if len(text) <= _LONGEST else [] for text in set(texts)
        }
        numbers = [read[text] for text in texts]
        units = Counter(unit for own in numbers for each in own if (unit := unit_of(each)))
        unit = units.most_common(1)[0][0] if units else table.unit_in_name(column)
        ranges = [_range(text, own, unit) for text, own in zip(texts, numbers, strict=True)]
        wide = [own for own in ranges if own and own.low < own.high]
        if len(wide) >= max(_LEAST, _SHARE * sum(map(bool, texts))) and _part_values(wide):
            found.append(RangeColumn(column=column, ranges=tuple(ranges), unit=unit))
    return found


def range_asked(number: Mention, unit: str) -> Range:
    """Return what a number of a question says of a value, in a unit.

    That is the value, unless it is surely compared: "more than 9 months" is all that is more.
    """
    worth = in_unit(number.value.low, unit_of(number), unit)
    if number.certainty < _COMPARED:
        return Range(low=worth, high=worth)
    return _open(worth, number.comparison)


def unit_of(number: Mention) -> str:
    """Return the unit of a number; "" for a word that says nothing: "18 and over"."""
    unit = number.value.unit
    is_unit = measure_of(unit) or content_stems(unit) or not unit.isalpha()
    return unit if is_unit else ""


def _range(text: str, numbers: Sequence[Mention], unit: str) -> Range | None:
    """Return the range that a text of one or two numbers names, or the one number that it is."""
    if not 1 <= len(numbers) <= _MOST_ENDS:
        return None
    last = unit_of(numbers[-1])
    worth = [in_unit(each.value.low, unit_of(each) or last, unit) for each in numbers]
    if len(numbers) == 1:
        (number,) = numbers
        is_sure = number.comparison == "equal" or number.certainty >= _SURE
        return _open(worth[0], number.comparison) if is_sure else None
    first, second = numbers
    between = text[first.end : second.start]
    for written in filter(None, map(unit_of, numbers)):
        between = re.sub(re.escape(written), "", between, flags=re.IGNORECASE)
    if RANGE.fullmatch(between):
        return Range(low=min(worth), high=max(worth))
    # Each by its own words: "over 2 up to 10 kg" is more than 2, and at most 10.
    before, _ = comparison_of(f"{text[: first.start]} #")
    ends = (
        comparison_of(f"{text[first.end : second.start]} # {text[second.end :]}"),
        (second.comparison, second.certainty),
    )
    after = next((how for how, share in ends if how in _UPPER and share >= _SURE), None)
    if after is None or worth[0] >= worth[1]:
        return None
    return Range(low=worth[0], high=worth[1], above=before == "more", below=after == "less")


def _open(worth: float, comparison: str) -> Range:
    return {
        "less": Range(low=-math.inf, high=worth, below=True),
        "at_most": Range(low=-math.inf, high=worth),
        "equal": Range(low=worth, high=worth),
        "at_least": Range(low=worth, high=math.inf),
        "more": Range(low=worth, high=math.inf, above=True),
    }[comparison]


def _part_values(ranges: Sequence[Range]) -> bool:
    """Say whether ranges lie beside or in each other: those of prices cross.

    They may share an end, like "5–15 kg" and "15–30 kg".
    """
    ordered = sorted(ranges, key=lambda each: (each.low, -each.high))
    return all(
        after.low >= before.high or before.holds(after) or after.holds(before)
        for before, after in pairwise(ordered)
    )
