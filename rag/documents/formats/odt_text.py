"""The text of OpenDocument paragraphs: what is shown of them, and what stands apart from them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from rag.documents.formats.markup import attribute, child_at, local_name
from rag.documents.formats.odt_styles import Styles, number_of
from rag.documents.formats.scripts import lower_text, raise_text
from rag.documents.formats.writer import collapse

_LEFT_OUT = frozenset(
    "annotation annotation-end tracked-changes note ruby-text number hidden-text "
    "hidden-paragraph script".split()
)
_PICTURE_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:svg-"
"""How the names of a picture's title and description begin."""
_MOST_SPACES = 100
_SCRIPTS = {1: raise_text, -1: lower_text}


@dataclass(slots=True)
class Line:
    """The text of a paragraph, and the notes, text boxes and objects in it."""

    text: str = ""
    notes: list[Any] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)


def read_line(paragraph: Any, styles: Styles) -> Line:
    """Return what a paragraph shows; line breaks are kept, other white space is one space."""
    line = Line()
    pieces = _pieces(paragraph, styles, line, 0)
    for script, group in groupby(pieces, key=lambda piece: piece[0]):
        text = "".join(piece[1] for piece in group)
        line.text += _SCRIPTS[script](text) if script else text
    line.text = "\n".join(filter(None, map(collapse, line.text.split("\0"))))
    return line


def _pieces(element: Any, styles: Styles, line: Line, script: int) -> Iterator[tuple[int, str]]:
    """Yield the text as (1 if it is raised, -1 if it is lowered, else 0; text)."""
    yield script, element.text or ""
    for child in element:
        name = local_name(child)
        if name == "s":
            yield script, " " * min(number_of(child, "c", 1), _MOST_SPACES)
        elif name == "tab":
            yield script, " "
        elif name == "line-break":
            yield script, "\0"
        elif name == "note":
            line.notes.append(child)
        elif name == "text-box":
            line.boxes.append(child)
        elif name == "object":
            line.objects.append(child)
        elif name == "span":
            yield from _span(child, styles, line, script)
        elif name not in _LEFT_OUT and not str(child.tag).startswith(_PICTURE_TEXT):
            yield from _pieces(child, styles, line, script)
        yield script, child.tail or ""


def _span(span: Any, styles: Styles, line: Line, script: int) -> Iterator[tuple[int, str]]:
    name = attribute(span, "style-name")
    if styles.property("text", name, "text-properties", "display") == "none":
        return
    place = styles.property("text", name, "text-properties", "text-position")
    if place.startswith(("super", "sub")):
        script = 1 if place.startswith("super") else -1
    elif place and place.split("%")[0].strip("-").isdecimal():
        raised = int(place.split("%")[0])
        script = (raised > 0) - (raised < 0)
    yield from _pieces(span, styles, line, script)


def formula_text(root: Any) -> str:
    """Return a formula (MathML) as its author wrote it, or else its signs in their order."""
    annotation = root.find(".//{*}annotation")
    if annotation is not None:
        return collapse(annotation.text or "")
    shown = child_at(root, "semantics")
    return collapse(" ".join((root if shown is None else shown).itertext()))
