"""What a model reads of a passage: its words, with what stands above them in the document.

A view is a text of its own: first the path (the document's title, the headings, the words that lead
in a list), then the units, marks left out, each cell of a row with its column. Compatibility forms
are resolved (NFKC: ligatures, full-width letters), except raised and lowered figures, and so are
characters that JSON and programs write by their number. `Segment`s say which part of the view
stands where in the document, so that nothing is ever searched for.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from rag.datatypes import Segment
from rag.documents.units import Atom, Unit

_LONGEST_PATH = 200
_LONGEST_ABOVE = 160
"""Characters of the headings, and of the words that lead in a list: they are there to help."""
_KEPT_FORMS = ("<super>", "<sub>", "<fraction>")
_UNSEEN = frozenset(
    "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{WORD JOINER}"
)
_ESCAPED = re.compile(
    r"(?<!\\)\\u(?:[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?![dD][89a-fA-F])[\da-fA-F]{4})"
)
"""A character by its number in UTF-16 ("Z\\u00fcrich"), or by two of these."""


class ViewBuilder:
    """Puts a view together and remembers where its parts come from."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._length = 0
        self._segments: list[Segment] = []

    def say(self, words: str) -> None:
        """Add words that stand nowhere in the passage."""
        self._parts.append(words)
        self._length += len(words)

    def show(self, start: int, end: int) -> None:
        """Add [start, end) of the document's text, on one line."""
        for piece, piece_start, piece_end in _normalised(self._text, start, end):
            last = self._segments[-1] if self._segments else None
            self._parts.append(piece)
            self._length += len(piece)
            even = len(piece) == piece_end - piece_start
            if last is not None and even and last.goes_on(self._length - len(piece), piece_start):
                self._segments.pop()
                self._segments.append(last.longer(len(piece)))
            else:
                self._segments.append(
                    Segment(self._length - len(piece), self._length, piece_start, piece_end)
                )

    def unit(self, unit: Unit) -> None:
        """Add the words of a unit."""
        for number, atom in enumerate(unit.atoms):
            if number:
                self.say("; " if unit.kind == "row" else " | ")
            self.atom(unit, atom)

    def atom(self, unit: Unit, atom: Atom) -> None:
        """Add one cell, with its column, or the words of another unit, with its number."""
        if atom.label:
            self.say(f"{atom.label}: " if unit.kind == "row" else f"{atom.label} ")
        self.show(atom.start, atom.end)

    def result(self) -> tuple[str, tuple[Segment, ...]]:
        """Return the view and its segments, in order."""
        return "".join(self._parts), tuple(self._segments)


def passage_view(
    text: str, title: str, units: Sequence[Unit]
) -> tuple[str, str, tuple[Segment, ...]]:
    """Return the view of the passage that is made of `units`: its path, its words, its segments.

    The path ends in a line break, or is empty; the segments are those of both put together.
    """
    path = "".join(f"{line}\n" for line in _path(text, title, units[0]))
    builder = ViewBuilder(text)
    builder.say(path)
    for number, unit in enumerate(units):
        if number:
            before = units[number - 1]
            goes_on = unit.block == before.block and unit.kind == "sentence"
            builder.say(" " if goes_on else "\n")
        builder.unit(unit)
    view, segments = builder.result()
    return path, view[len(path) :], segments


def _path(text: str, title: str, first: Unit) -> Iterator[str]:
    headings = [" ".join(text[start:end].split()) for start, end in first.headings]
    if title and (not headings or headings[0].casefold() != title.casefold()):
        headings.insert(0, title)
    if not first.headings and first.kind == "heading" and len(headings) == 1:
        own = " ".join(text[first.start : first.end].split())
        if own.casefold() == title.casefold():
            headings = []
    while len(headings) > 2 and len(" > ".join(headings)) > _LONGEST_PATH:
        headings.pop(1)
    if headings:
        yield " > ".join(headings)[:_LONGEST_PATH]
    if first.above is not None and not (first.above[0] <= first.start < first.above[1]):
        above = " ".join(text[slice(*first.above)].split())
        yield above[-_LONGEST_ABOVE:]


def _normalised(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield (words, start, end): pieces of text[start:end] as they are read, white space as one."""
    for escaped in _ESCAPED.finditer(text, start, end):
        if start < escaped.start():
            yield from _unescaped(text, start, escaped.start())
        yield _character(escaped[0]), *escaped.span()
        start = escaped.end()
    if start < end:
        yield from _unescaped(text, start, end)


def _unescaped(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    own = text[start:end]
    if own.isascii() and "\n" not in own and "  " not in own and "\t" not in own:
        yield own, start, end
        return
    position = start
    while position < end:
        stop = position + 1
        if text[position].isspace():
            while stop < end and text[stop].isspace():
                stop += 1
            yield " ", position, stop
        else:
            while stop < end and unicodedata.combining(text[stop]):
                stop += 1
            piece = _normal_form(text[position:stop])
            if piece:
                yield piece, position, stop
        position = stop


def _character(escaped: str) -> str:
    numbers = escaped.split("\\u")[1:]
    character = bytes.fromhex("".join(numbers)).decode("utf-16-be")
    return character if character.isprintable() else " "


def _normal_form(cluster: str) -> str:
    if cluster in _UNSEEN:
        return ""
    if cluster.isascii() or unicodedata.decomposition(cluster[0]).startswith(_KEPT_FORMS):
        return cluster
    return unicodedata.normalize("NFKC", cluster)
