"""The numbers that Word shows before headings and the items of lists.

They stand nowhere in the text of a document: a paragraph only names a numbering and a level in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.documents.formats.markup import attribute, child_at, local_name, value_at
from rag.documents.formats.numerals import numeral

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_LARGEST = 1_000_000
_OFF = ("0", "false", "off")


@dataclass(slots=True, kw_only=True)
class _Level:
    """How the numbers of one level look, and after which level they begin again (0: never)."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int
    legal: bool = False
    style: str = ""


@dataclass(slots=True, kw_only=True)
class _Scheme:
    """The levels of a numbering, and how far each has counted."""

    levels: dict[int, _Level]
    linked_style: str = ""
    counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)


@dataclass(slots=True, kw_only=True)
class _Use:
    """A numbering that paragraphs name: a scheme, with what it has different."""

    scheme: str
    starts: dict[int, int]
    levels: dict[int, _Level]
    begun: bool = False


class Numbering:
    """Counts as Word does: paragraphs have to be asked for in the order of the document."""

    def __init__(self, root: Any) -> None:
        self._schemes: dict[str, _Scheme] = {}
        self._uses: dict[str, _Use] = {}
        for element in root:
            name = local_name(element)
            if name == "abstractNum":
                self._schemes[attribute(element, "abstractNumId") or ""] = _Scheme(
                    levels=dict(_levels_in(element)),
                    linked_style=value_at(element, "numStyleLink") or "",
                )
            elif name == "num":
                self._uses[attribute(element, "numId") or ""] = _use(element)

    def linked_styles(self) -> dict[str, str]:
        """Return the style that has the levels of a numbering instead of it, by its identity."""
        return {
            identity: self._schemes[use.scheme].linked_style
            for identity, use in self._uses.items()
            if use.scheme in self._schemes and self._schemes[use.scheme].linked_style
        }

    def follow(self, identity: str, other: str) -> None:
        """Let the numbering `identity` have the scheme of `other`."""
        if identity in self._uses and other in self._uses:
            self._uses[identity].scheme = self._uses[other].scheme

    def level_of_style(self, identity: str, style: str) -> int:
        """Return the level, from 0, that a numbering has for paragraphs of a style."""
        use = self._uses.get(identity)
        scheme = self._schemes.get(use.scheme) if use else None
        levels = scheme.levels if scheme else {}
        return next((number for number, level in levels.items() if level.style == style), 0)

    def marker(self, identity: str, number: int) -> str | None:
        """Count one paragraph at level `number`, from 0, and return what Word shows before it.

        "-" stands for any bullet; empty where nothing is shown; None for an unknown numbering.
        """
        use = self._uses.get(identity)
        scheme = self._schemes.get(use.scheme) if use else None
        if use is None or scheme is None or not 0 <= number < _LEVELS:
            return None
        levels = {**scheme.levels, **use.levels}
        if not use.begun:
            use.begun = True
            for place in use.starts:
                scheme.counts[place] = None
        starts = {place: level.start for place, level in levels.items()} | use.starts
        _count(scheme.counts, number, levels, starts)
        level = levels.get(number)
        if level is None or level.form == "bullet":
            return "-"
        if level.form == "none":
            return ""
        return " ".join(_filled(level, levels, scheme.counts).split())


def _use(element: Any) -> _Use:
    starts: dict[int, int] = {}
    levels: dict[int, _Level] = {}
    for override in element:
        if local_name(override) == "lvlOverride":
            place = _number(attribute(override, "ilvl"), 0, _LEVELS - 1)
            start = value_at(override, "startOverride")
            if start is not None:
                starts[place] = _number(start, 1)
            levels |= dict(_levels_in(override))
    scheme = value_at(element, "abstractNumId") or ""
    return _Use(scheme=scheme, starts=starts, levels=levels)


def _levels_in(element: Any) -> Iterator[tuple[int, _Level]]:
    for level in element:
        if local_name(level) == "lvl":
            place = _number(attribute(level, "ilvl"), 0, _LEVELS - 1)
            yield (
                place,
                _Level(
                    start=_number(value_at(level, "start"), 1),
                    form=value_at(level, "numFmt") or "decimal",
                    text=value_at(level, "lvlText") or "",
                    restart=_number(value_at(level, "lvlRestart"), place),
                    legal=child_at(level, "isLgl") is not None
                    and value_at(level, "isLgl") not in _OFF,
                    style=value_at(level, "pStyle") or "",
                ),
            )


def _count(
    counts: list[int | None], number: int, levels: dict[int, _Level], starts: dict[int, int]
) -> None:
    for above in range(number):
        if counts[above] is None:
            counts[above] = starts.get(above, 1)
    count = counts[number]
    counts[number] = starts.get(number, 1) if count is None else count + 1
    for below in range(number + 1, _LEVELS):
        if number < (levels[below].restart if below in levels else below):
            counts[below] = None


def _filled(level: _Level, levels: dict[int, _Level], counts: list[int | None]) -> str:
    def shown(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        form = levels[place].form if place in levels and not level.legal else "decimal"
        return numeral(counts[place] or 0, form)

    return _PLACE.sub(shown, level.text)


def _number(text: str | None, default: int, most: int = _LARGEST) -> int:
    try:
        return max(0, min(int(text or default), most))
    except ValueError:
        return default
