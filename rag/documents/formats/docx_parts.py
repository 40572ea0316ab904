"""What the parts of a Word document beside its body say: styles, numberings, notes, relations."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from rag.documents.formats.archive import Archive, DamagedPart
from rag.documents.formats.docx_numbering import Numbering
from rag.documents.formats.markup import (
    attribute,
    child_at,
    local_name,
    parse_xml,
    value_at,
)

_OFF = ("0", "false", "off")
_HEADING_STYLE = re.compile(r"heading ([1-9])", re.I)
_LIST_STYLE = re.compile(r"list (bullet|number)( \d)?", re.I)
_HALF_POINTS = re.compile(r"-?[0-9]{1,4}")
_MOST_STEPS = 20
_USUAL_SIZE = 22
"""Of letters, in halves of a point."""
_LEAST_SHIFT = 0.25
"""The share of its own size by which text is moved that stands above or below its line; less, as
programs write that convert PDFs, only places letters."""


def is_on(element: Any) -> bool | None:
    """Return what an option of Word's says; None where it is not there."""
    return None if element is None else attribute(element, "val") not in _OFF


def struck_of(properties: Any) -> bool | None:
    """Return whether a run's properties strike it through, once or twice; None if silent."""
    lines = [is_on(child_at(properties, name)) for name in ("strike", "dstrike")]
    return any(lines) if lines != [None, None] else None


def script_of(properties: Any) -> str | None:
    """Return "superscript", "subscript" or what else a run's properties say of its place.

    It is "raised" or "lowered" for text that is moved by a measure of its own.
    """
    script = value_at(properties, "vertAlign")
    if script is not None:
        return script
    shift = _half_points(value_at(properties, "position"))
    size = _half_points(value_at(properties, "sz")) or _USUAL_SIZE
    if abs(shift) < _LEAST_SHIFT * size:
        return None
    return "raised" if shift > 0 else "lowered"


def _half_points(text: str | None) -> int:
    return int(text) if text and _HALF_POINTS.fullmatch(text) else 0


class Relation(NamedTuple):
    """Another part that the body names: where it is in the archive, or outside of it."""

    kind: str
    place: str
    is_outside: bool


class ListPlace(NamedTuple):
    """The numbering that a paragraph has, and its level in it from 0; "" for an unknown list."""

    numbering: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """What a style says itself; None where the style that it is based on decides."""

    name: str
    based_on: str
    level: int | None
    numbering: str | None
    list_level: int | None
    hidden: bool | None
    struck: bool | None
    bold: bool | None
    script: str | None
    header_row: bool | None


class Styles:
    """The styles of a document by identity, each with what it has from those it is based on."""

    def __init__(self, root: Any) -> None:
        self._styles = {
            attribute(style, "styleId") or "": _style(style)
            for style in root
            if local_name(style) == "style"
        }

    def name(self, identity: str) -> str:
        """Return the name that people see, in lower case."""
        style = self._styles.get(identity)
        return style.name.lower() if style else ""

    def is_named(self, identity: str, pattern: re.Pattern[str]) -> bool:
        """Tell whether the style, or one that it is based on, has such a name."""
        return any(pattern.fullmatch(style.name) for style in self._chain(identity))

    def heading_level(self, identity: str) -> int:
        """Return the level of heading, from 1, that paragraphs of a style have; 0 for none."""
        return next((s.level for s in self._chain(identity) if s.level is not None), 0)

    def is_hidden(self, identity: str) -> bool:
        """Tell whether text of a style is not shown."""
        return next((s.hidden for s in self._chain(identity) if s.hidden is not None), False)

    def is_struck(self, identity: str) -> bool:
        """Tell whether text of a style is struck through."""
        return next((s.struck for s in self._chain(identity) if s.struck is not None), False)

    def is_bold(self, identity: str) -> bool:
        """Tell whether text of a style is bold."""
        return next((s.bold for s in self._chain(identity) if s.bold is not None), False)

    def script(self, identity: str) -> str:
        """Return where the text of a style stands, as `script_of` says it."""
        return next((s.script for s in self._chain(identity) if s.script is not None), "")

    def has_header_row(self, identity: str) -> bool:
        """Tell whether a style of tables shows the first row differently."""
        return any(style.header_row for style in self._chain(identity))

    def numbering(self, identity: str) -> tuple[str | None, int | None, str]:
        """Return numbering and level that a style gives, and the style that gives the numbering."""
        numbering, level, giver, place = None, None, identity, identity
        for style in self._chain(identity):
            if numbering is None and style.numbering is not None:
                numbering, giver = style.numbering, place
            if level is None:
                level = style.list_level
            place = style.based_on
        return numbering, level, giver

    def is_list(self, identity: str) -> bool:
        """Tell whether a style is one of lists by its name alone."""
        return self.is_named(identity, _LIST_STYLE)

    def _chain(self, identity: str) -> Iterator[_Style]:
        for _ in range(_MOST_STEPS):
            style = self._styles.get(identity)
            if style is None:
                return
            yield style
            identity = style.based_on


def _style(element: Any) -> _Style:
    name = value_at(element, "name") or ""
    properties = child_at(element, "pPr")
    level = outline_level(properties)
    if level is None:
        numbered = _HEADING_STYLE.fullmatch(name)
        is_title = name.lower() == "title"
        level = int(numbered[1]) if numbered else 1 if is_title else None
    list_level = value_at(properties, "numPr", "ilvl")
    return _Style(
        name=name,
        based_on=value_at(element, "basedOn") or "",
        level=level,
        numbering=value_at(properties, "numPr", "numId"),  # a level alone, as of Subtitle, is none
        list_level=int(list_level) if list_level and list_level.isdecimal() else None,
        hidden=is_on(child_at(element, "rPr", "vanish")),
        struck=struck_of(child_at(element, "rPr")),
        bold=is_on(child_at(element, "rPr", "b")),
        script=script_of(child_at(element, "rPr")),
        header_row=any(
            local_name(child) == "tblStylePr"
            and attribute(child, "type") == "firstRow"
            and len(child) > 0
            for child in element
        ),
    )


def outline_level(properties: Any) -> int | None:
    """Return the level of heading that a paragraph says itself: 0 for none, None if silent."""
    level = value_at(properties, "outlineLvl")
    if level is None or level not in "0123456789":
        return None
    return (int(level) + 1) % 10


class Parts:
    """The other parts of a document, each read when the body needs it."""

    def __init__(self, archive: Archive, place: str, max_bytes: int) -> None:
        self.warnings: list[str] = []
        self._archive = archive
        self._max_bytes = max_bytes
        self._folder = posixpath.dirname(place)
        name = posixpath.basename(place)
        self.relations = self._relations(posixpath.join(self._folder, "_rels", f"{name}.rels"))
        self.styles = Styles(self._beside("styles"))
        self.numbering = Numbering(self._beside("numbering"))
        for identity, style in self.numbering.linked_styles().items():
            self.numbering.follow(identity, self.styles.numbering(style)[0] or "")
        self.notes = {
            (kind, attribute(note, "id")): note
            for kind, part in (("Footnote", "footnotes"), ("Endnote", "endnotes"))
            for note in self._beside(part)
        }

    def list_place(self, properties: Any, style: str) -> ListPlace | None:
        """Return the place in a list of a paragraph with these properties; None for none."""
        own = child_at(properties, "numPr")
        numbering, level, giver = self.styles.numbering(style)
        if own is not None:
            numbering = value_at(own, "numId") or numbering
            own_level = value_at(own, "ilvl")
            level = int(own_level) if own_level and own_level.isdecimal() else level
        if numbering is None:
            return ListPlace("", 0) if self.styles.is_list(style) else None
        if numbering == "0":
            return None
        if level is None:
            level = self.numbering.level_of_style(numbering, giver)
        return ListPlace(numbering, level)

    def related(self, identity: str | None) -> Relation | None:
        """Return the part that the body names by `identity`, if there is one."""
        return self.relations.get(identity or "")

    def parse(self, name: str) -> Any:
        """Return the root of another part, or an empty tuple with a warning."""
        if name not in self._archive:
            return ()
        try:
            data = self._archive.read(name)
        except DamagedPart as error:
            self.warnings.append(f"{name} was left out: {error}")
            return ()
        try:
            return parse_xml(data, name, self._max_bytes)
        except ValueError as error:
            self.warnings.append(f"{name} was left out: {error}")
            return ()

    def read(self, name: str) -> bytes:
        """Return another part as it is; empty where it is missing."""
        return self._archive.read(name) if name in self._archive else b""

    def names(self, folder: str) -> list[str]:
        """Return the parts in a folder beside the body, sorted."""
        return sorted(self._archive.names_below(posixpath.join(self._folder, folder)))

    def core_title(self) -> str:
        """Return the title among the document's properties; people often never see it."""
        for element in self.parse("docProps/core.xml"):
            if local_name(element) == "title":
                return " ".join((element.text or "").split())
        return ""

    def _beside(self, name: str) -> Any:
        """Return the root of a part that the body names by its kind, or that has its usual name."""
        for relation in self.relations.values():
            if relation.kind == name and not relation.is_outside:
                return self.parse(relation.place)
        return self.parse(posixpath.join(self._folder, f"{name}.xml"))

    def _relations(self, name: str) -> dict[str, Relation]:
        relations = {}
        for element in self.parse(name):
            target = attribute(element, "Target") or ""
            is_outside = attribute(element, "TargetMode") == "External"
            place = posixpath.normpath(posixpath.join("/", self._folder, target)).lstrip("/")
            relations[attribute(element, "Id") or ""] = Relation(
                kind=posixpath.basename(attribute(element, "Type") or ""),
                place=target if is_outside else place,
                is_outside=is_outside,
            )
        return relations
