"""The styles of an OpenDocument text, and the numbers of its lists and headings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.documents.formats.markup import attribute, child_at, local_name
from rag.documents.formats.numerals import numeral

_MOST_STEPS = 20
_LEVELS = 10
_LARGEST = 1_000_000
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


class Styles:
    """The styles of text, of sections and of lists, by their names."""

    def __init__(self, *roots: Any) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        self._lists: dict[str, dict[int, Level]] = {}
        self.outline: dict[int, Level] = {}
        for root in roots:
            for element in root.iter("{*}style", "{*}list-style", "{*}outline-style"):
                name = attribute(element, "name") or ""
                kind = local_name(element)
                if kind == "style":
                    family = attribute(element, "family") or ""
                    self._styles.setdefault((family, name), element)
                elif kind == "list-style":
                    self._lists.setdefault(name, dict(_levels(element)))
                else:
                    self.outline = dict(_levels(element))

    def names(self, family: str, name: str | None) -> list[str]:
        """Return the name of a style, and of those that it is based on, as people see them."""
        return [
            attribute(style, "display-name") or attribute(style, "name") or ""
            for style in self._chain(family, name)
        ]

    def property(self, family: str, name: str | None, group: str, key: str) -> str:
        """Return a property of a style, its own or that of one it is based on; empty for none."""
        for style in self._chain(family, name):
            properties = child_at(style, group)
            value = None if properties is None else attribute(properties, key)
            if value is not None:
                return value
        return ""

    def list_of(self, name: str | None) -> str:
        """Return the style of lists that a style of paragraphs gives; empty for none."""
        for style in self._chain("paragraph", name):
            found = attribute(style, "list-style-name")
            if found is not None:
                return found
        return ""

    def levels(self, list_style: str) -> "dict[int, Level]":
        """Return the levels, from 0, of a style of lists."""
        return self._lists.get(list_style, {})

    def _chain(self, family: str, name: str | None) -> Iterator[Any]:
        for _ in range(_MOST_STEPS):
            style = self._styles.get((family, name or ""))
            if style is None:
                return
            yield style
            name = attribute(style, "parent-style-name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How the numbers of one level look; `form` is empty where it shows none, "-" for bullets."""

    form: str
    prefix: str
    suffix: str
    shown_levels: int
    start: int


def _levels(element: Any) -> Iterator[tuple[int, Level]]:
    for level in element:
        number = number_of(level, "level", 0)
        if 1 <= number <= _LEVELS:
            is_bullet = "bullet" in local_name(level) or "image" in local_name(level)
            yield (
                number - 1,
                Level(
                    form="-" if is_bullet else attribute(level, "num-format") or "",
                    prefix=attribute(level, "num-prefix") or "",
                    suffix=attribute(level, "num-suffix") or "",
                    shown_levels=number_of(level, "display-levels", 1),
                    start=number_of(level, "start-value", 1),
                ),
            )


def number_of(element: Any, name: str, default: int) -> int:
    """Return an attribute that is a number, within what a document can mean."""
    text = attribute(element, name)
    return min(int(text), _LARGEST) if text and text.isdecimal() and len(text) < 10 else default


class Counter:
    """Counts the items of lists in one style, or the headings."""

    def __init__(self, levels: dict[int, Level]) -> None:
        self._levels = levels
        self._counts: list[int | None] = [None] * _LEVELS

    def restart(self, level: int) -> None:
        """Let a list at `level`, from 0, begin anew, and those in it."""
        self._counts[level:] = [None] * (_LEVELS - level)

    def next(self, level: int, start: int | None = None) -> str:
        """Count an item, from `start` if it says so, and return its mark; empty for none."""
        level = min(level, _LEVELS - 1)
        before = self._counts[level]
        if start is not None:
            self._counts[level] = start
        else:
            self._counts[level] = self._start(level) if before is None else before + 1
        self._counts[level + 1 :] = [None] * (_LEVELS - 1 - level)
        own = self._levels.get(level)
        if own is None or own.form == "-":
            return "-" if own or not self._levels else ""
        if not own.form:
            return ""
        first = max(0, level + 1 - own.shown_levels)
        numbers = ".".join(filter(None, map(self._shown, range(first, level + 1))))
        return " ".join(f"{own.prefix}{numbers}{own.suffix}".split())

    def _start(self, level: int) -> int:
        return self._levels[level].start if level in self._levels else 1

    def _shown(self, level: int) -> str:
        form = self._levels[level].form if level in self._levels else ""
        count = self._counts[level]
        number = self._start(level) if count is None else count
        return "" if form in ("", "-") else numeral(number, _FORMS.get(form, "decimal"))
