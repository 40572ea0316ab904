"""The text of a Word paragraph as it is shown, its equations, symbols and raised digits with it.

What is deleted, moved away, hidden or struck through is left out; text boxes and charts are handed
back, since they are blocks of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from rag.documents.formats.docx_parts import Styles, is_on, script_of, struck_of
from rag.documents.formats.equations import equation_text
from rag.documents.formats.markup import attribute, child_at, local_name, value_at
from rag.documents.formats.scripts import lower_text, raise_text
from rag.documents.formats.symbols import in_font, symbol

CONTAINERS = frozenset(
    "body sdt sdtContent ins moveTo customXml smartTag hyperlink fldSimple dir bdo".split()
)
"""Elements that only hold what counts: paragraphs and tables, or runs of text."""
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_MOVED = {"raised": raise_text, "lowered": lower_text}
_NOTES = {"footnoteReference": "Footnote", "endnoteReference": "Endnote"}
_GRAPHICS = frozenset("drawing pict object".split())
_WORDS_OWN = (
    "http://schemas.microsoft.com/",
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "urn:schemas-microsoft-com:",
)
_GRAPHIC_TEXT = frozenset("t chart relIds".split())


class Float(NamedTuple):
    """What lies in a paragraph and is no part of its line: "txbxContent", "chart" or "relIds"."""

    kind: str
    element: Any


@dataclass(slots=True)
class Line:
    """The text of a paragraph, line breaks in it, the notes that it names, and its floats."""

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    floats: list[Float] = field(default_factory=list)
    has_struck_text: bool = False
    has_light_text: bool = False
    """Whether there are letters that are not bold."""


def children(element: Any, *names: str) -> Iterator[Any]:
    """Yield the children of these names, in order, those in content controls and the like too."""
    for child in element:
        name = local_name(child)
        if name in names:
            yield child
        elif name in CONTAINERS:
            yield from children(child, *names)
        elif name == "AlternateContent":
            yield from children(_chosen(child), *names)


def read_line(paragraph: Any, styles: Styles) -> Line:
    """Return what a paragraph shows."""
    line = Line()
    style = value_at(paragraph, "pPr", "pStyle") or ""
    pieces = list(_Pieces(line, styles, style).inside(paragraph))
    scripts = {"superscript": raise_text, "subscript": lower_text}
    if any(script not in _MOVED and text.strip() for script, text in pieces):
        scripts |= _MOVED  # beside text that is not
    for script, group in groupby(pieces, key=lambda piece: piece[0]):
        text = "".join(piece[1] for piece in group)
        line.text += scripts[script](text) if script in scripts else text
    return line


class _Pieces:
    """Walks a paragraph; yields its text as (script, text), and notes the rest in the line."""

    def __init__(self, line: Line, styles: Styles, style: str) -> None:
        self._line = line
        self._styles = styles
        self._is_hidden = styles.is_hidden(style)
        self._is_struck = styles.is_struck(style)
        self._is_bold = styles.is_bold(style)

    def inside(self, element: Any) -> Iterator[tuple[str, str]]:
        for child in element:
            name = local_name(child)
            if name == "r":
                yield from self._run(child)
            elif name == "oMath":
                yield "", equation_text(child)
            elif name == "oMathPara":
                yield from (("", f"\n{equation_text(each)}\n") for each in child)
            elif name == "AlternateContent":
                yield from self.inside(_chosen(child))
            elif name in CONTAINERS:
                yield from self.inside(child)

    def _run(self, run: Any) -> Iterator[tuple[str, str]]:
        properties = child_at(run, "rPr")
        if properties is None or not len(properties):
            if not self._is_hidden:
                pieces = self._weighed(self._is_bold, self._content(run, "", ""))
                yield from self._unless_struck(self._is_struck, pieces)
            return
        style = value_at(properties, "rStyle") or ""
        hidden = is_on(child_at(properties, "vanish"))
        if hidden is None:
            hidden = self._is_hidden or self._styles.is_hidden(style)
        if not hidden:
            script = script_of(properties) or self._styles.script(style)
            fonts = child_at(properties, "rFonts")
            font = "" if fonts is None else attribute(fonts, "ascii") or ""
            struck = struck_of(properties)
            if struck is None:
                struck = self._is_struck or self._styles.is_struck(style)
            bold = is_on(child_at(properties, "b"))
            if bold is None:
                bold = self._is_bold or self._styles.is_bold(style)
            pieces = self._weighed(bold, self._content(run, script, font))
            yield from self._unless_struck(struck, pieces)

    def _weighed(self, bold: bool, pieces: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        for script, text in pieces:
            self._line.has_light_text |= not bold and any(map(str.isalpha, text))
            yield script, text

    def _unless_struck(
        self, struck: bool, pieces: Iterator[tuple[str, str]]
    ) -> Iterator[tuple[str, str]]:
        """Yield the pieces; of a run that is struck through only its notes and floats count."""
        if not struck:
            yield from pieces
        elif any([text.strip() for _, text in pieces]):
            self._line.has_struck_text = True

    def _content(self, run: Any, script: str, font: str) -> Iterator[tuple[str, str]]:
        for child in run:
            name = local_name(child)
            if name == "t":
                yield script, in_font(font, child.text or "")
            elif name in _SIGNS:
                yield script, _SIGNS[name]
            elif name == "sym":
                yield script, _symbol(child)
            elif name in _NOTES:
                self._line.notes.append((_NOTES[name], attribute(child, "id") or ""))
            elif name == "ruby":
                base = child_at(child, "rubyBase")
                yield from self.inside(() if base is None else base)
            elif name == "AlternateContent":
                yield from self._content(_chosen(child), script, font)
            elif name in _GRAPHICS:
                self._line.floats += _floats(child)
            elif name == "fldChar":
                yield script, _check_box(child)


def _chosen(alternatives: Any) -> Any:
    """Return the one of some alternatives that is shown: the first, unless only a later has text.

    The others say the same for other programs: what Word does not know is none of them.
    """
    names = ("Choice", "Fallback")
    choices = [child for child in alternatives if local_name(child) in names and _is_known(child)]
    with_text = [choice for choice in choices if _has_text(choice)]
    return (with_text or choices or [()])[0]


def _is_known(choice: Any) -> bool:
    """Tell whether Word knows all that a choice requires, prefixes of its namespaces."""
    required = (attribute(choice, "Requires") or "").split()
    return all(choice.nsmap.get(prefix, "").startswith(_WORDS_OWN) for prefix in required)


def _has_text(element: Any) -> bool:
    return any(local_name(each) in _GRAPHIC_TEXT for each in element.iter())


def _floats(element: Any) -> Iterator[Float]:
    """Yield the outermost text boxes, charts and diagrams."""
    for child in element:
        name = local_name(child)
        if name in ("txbxContent", "chart", "relIds"):
            yield Float(name, child)
        elif name == "AlternateContent":
            yield from _floats(_chosen(child))
        else:
            yield from _floats(child)


def _symbol(element: Any) -> str:
    try:
        code = int(attribute(element, "char") or "", 16)
    except ValueError:
        return ""
    return symbol(attribute(element, "font") or "", code)


def _check_box(field_start: Any) -> str:
    """Return the box of an old form's field as a character; empty where it is none."""
    box = child_at(field_start, "ffData", "checkBox")
    if box is None:
        return ""
    checked = is_on(child_at(box, "checked"))
    is_checked = is_on(child_at(box, "default")) if checked is None else checked
    return "☒" if is_checked else "☐"
