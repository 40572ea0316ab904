"""Rules that touch, and the boxes that they make: level and upright ones, joined where they meet.

Values to values. Knows nothing of words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.documents.formats.pdf_rules import Rule

NEAR = 3.0
"""Points: rules so near are one, or touch; cells with borders of their own stand so far apart."""
_MOST_PAIRS = 1_000_000


class Stroke(NamedTuple):
    """A rule at height or place `at`, from `start` to `end`."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Rules that touch one another."""

    level: tuple[Stroke, ...]
    upright: tuple[Stroke, ...]

    @property
    def left(self) -> float:
        """How far left its rules reach."""
        return min([one.start for one in self.level] + [one.at for one in self.upright])

    @property
    def right(self) -> float:
        """How far right its rules reach."""
        return max([one.end for one in self.level] + [one.at for one in self.upright])

    @property
    def bottom(self) -> float:
        """How far down its rules reach."""
        return min([one.at for one in self.level] + [one.start for one in self.upright])

    @property
    def top(self) -> float:
        """How far up its rules reach."""
        return max([one.at for one in self.level] + [one.end for one in self.upright])

    @property
    def heights(self) -> list[float]:
        """The heights of its level rules and of its ends, from above."""
        return places([one.at for one in self.level], self.bottom, self.top)[::-1]

    @property
    def breadths(self) -> list[float]:
        """The places of its upright rules and of its ends, from the left."""
        return places([one.at for one in self.upright], self.left, self.right)


def places(inner: Iterable[float], first: float, last: float) -> list[float]:
    """Return the ends and what lies between them, each place once."""
    between = {each for each in inner if first + NEAR < each < last - NEAR}
    return [first, *sorted(between), last]


def covered(strokes: Sequence[Stroke], at: float, start: float, end: float) -> float:
    """Return the share of a stretch along which a rule runs."""
    length = sum(
        max(0.0, min(one.end, end) - max(one.start, start))
        for one in strokes
        if abs(one.at - at) < NEAR
    )
    return length / max(1e-3, end - start)


def find_frames(rules: Sequence[Rule]) -> list[Frame]:
    """Return the rules in groups of those that touch."""
    level = _merged(
        ((bottom + top) / 2, left, right)
        for left, bottom, right, top in rules
        if right - left >= top - bottom
    )
    upright = _merged(
        ((left + right) / 2, bottom, top)
        for left, bottom, right, top in rules
        if right - left < top - bottom
    )
    if len(level) * max(1, len(upright)) > _MOST_PAIRS:
        return []
    group = list(range(len(level) + len(upright)))
    for number, one in enumerate(level):
        for other, two in enumerate(upright, len(level)):
            crosses = one.start - NEAR <= two.at <= one.end + NEAR
            if crosses and two.start - NEAR <= one.at <= two.end + NEAR:
                _join(group, number, other)
    found: dict[int, tuple[list[Stroke], list[Stroke]]] = {}
    for number, stroke in enumerate([*level, *upright]):
        sides = found.setdefault(_root(group, number), ([], []))
        sides[number >= len(level)].append(stroke)
    return [Frame(level=tuple(one), upright=tuple(two)) for one, two in found.values()]


def _root(group: list[int], number: int) -> int:
    while group[number] != number:
        group[number] = group[group[number]]
        number = group[number]
    return number


def _join(group: list[int], one: int, two: int) -> None:
    group[_root(group, two)] = _root(group, one)


def _merged(strokes: Iterable[tuple[float, float, float]]) -> list[Stroke]:
    """Return strokes; those of about one place that meet or nearly do are one."""
    found: list[Stroke] = []
    beside: list[tuple[float, float, float]] = []
    for stroke in sorted(strokes):
        if beside and stroke[0] - beside[0][0] >= NEAR:
            found += _along(beside)
            beside = []
        beside.append(stroke)
    return found + _along(beside)


def _along(beside: Sequence[tuple[float, float, float]]) -> list[Stroke]:
    if not beside:
        return []
    at = (beside[0][0] + beside[-1][0]) / 2
    found: list[Stroke] = []
    for start, end in sorted((start, end) for _, start, end in beside):
        if found and start - found[-1].end <= NEAR:
            found[-1] = Stroke(at, found[-1].start, max(found[-1].end, end))
        else:
            found.append(Stroke(at, start, end))
    return found
