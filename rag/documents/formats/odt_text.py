"""The text of OpenDocument paragraphs: what is shown of them, and what stands apart from them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from rag.documents.formats.markup import attribute, child_at, local_name
from rag.documents.formats.odt_styles import Styles, number_of
from rag.documents.formats.scripts import lower_text, raise_text
from rag.documents.formats.writer import collapse

_LEFT_OUT = frozenset(
    "annotation annotation-end tracked-changes note ruby-text number hidden-paragraph script "
    "binary-data".split()
)
SHAPES = frozenset(
    "custom-shape rect ellipse circle polygon polyline path regular-polygon line connector "
    "measure caption".split()
)
"""What is drawn and may have paragraphs in it, as a text box."""
_PICTURE_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:svg-"
"""How the names of a picture's title and description begin."""
_MOST_SPACES = 100
_BOLD = 600
_DISPLAY = ("text-properties", "display")
_SCRIPTS = {1: raise_text, -1: lower_text}


@dataclass(slots=True)
class Line:
    """The text of a paragraph, and the notes and text boxes in it, and the objects beside it."""

    text: str = ""
    has_struck_text: bool = False
    notes: list[Any] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)


def read_line(paragraph: Any, styles: Styles, object_text: Callable[[Any], str]) -> Line:
    """Return what a paragraph shows; line breaks are kept, other white space is one space.

    `object_text` says what an object in it shows, a formula for one. Struck-through text is left
    out.
    """
    line = Line()
    pieces = _LineReader(styles, line, object_text).pieces(paragraph, 0)
    for script, group in groupby(pieces, key=lambda piece: piece[0]):
        text = "".join(piece[1] for piece in group)
        line.text += _SCRIPTS[script](text) if script else text
    line.text = "\n".join(filter(None, map(collapse, line.text.split("\0"))))
    return line


class _LineReader:
    """Reads the pieces of a paragraph; what stands apart from it goes into `line`."""

    def __init__(self, styles: Styles, line: Line, object_text: Callable[[Any], str]) -> None:
        self._styles = styles
        self._line = line
        self._object_text = object_text

    def pieces(self, element: Any, script: int) -> Iterator[tuple[int, str]]:
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
                self._line.notes.append(child)
            elif name == "text-box" or name in SHAPES:
                self._line.boxes.append(child)
            elif name == "object":
                yield 0, self._object_text(child)
            elif name == "span":
                yield from self._span(child, script)
            elif name not in _LEFT_OUT and not _is_unseen(child):
                yield from self.pieces(child, script)
            yield script, child.tail or ""

    def _span(self, span: Any, script: int) -> Iterator[tuple[int, str]]:
        name = attribute(span, "style-name")
        if self._styles.property("text", name, *_DISPLAY) == "none":
            return
        if is_struck(self._styles, "text", name):
            self._line.has_struck_text = True
            return
        place = self._styles.property("text", name, "text-properties", "text-position")
        if place.startswith(("super", "sub")):
            script = 1 if place.startswith("super") else -1
        elif place and place.split("%")[0].strip("-").isdecimal():
            raised = int(place.split("%")[0])
            script = (raised > 0) - (raised < 0)
        yield from self.pieces(span, script)


def is_hidden(paragraph: Any, styles: Styles) -> bool:
    """Tell whether a paragraph is not shown, by its style or by a field in it."""
    name = attribute(paragraph, "style-name")
    return styles.property("paragraph", name, *_DISPLAY) == "none" or any(
        attribute(field, "is-hidden") == "true" for field in paragraph.iter("{*}hidden-paragraph")
    )


def is_struck(styles: Styles, family: str, name: str | None) -> bool:
    """Tell whether a style strikes text through."""
    line = styles.property(family, name, "text-properties", "text-line-through-style")
    return line not in ("", "none")


def is_bold(element: Any, styles: Styles) -> bool:
    """Tell whether all text of the paragraphs in an element is bold."""
    weights = [
        weight
        for paragraph in element.iter("{*}p", "{*}h")
        for weight in _weights(paragraph, styles, "paragraph", is_heavy=False)
    ]
    return bool(weights) and all(weights)


def _weights(element: Any, styles: Styles, family: str, *, is_heavy: bool) -> Iterator[bool]:
    """Yield for each piece of text whether it is bold."""
    name = attribute(element, "style-name")
    weight = styles.property(family, name, "text-properties", "font-weight")
    if weight:
        is_heavy = weight == "bold" or (weight.isdecimal() and int(weight) >= _BOLD)
    if (element.text or "").strip():
        yield is_heavy
    for child in element:
        if local_name(child) in ("span", "a"):
            yield from _weights(child, styles, "text", is_heavy=is_heavy)
        if (child.tail or "").strip():
            yield is_heavy


def _is_unseen(element: Any) -> bool:
    """Tell whether an element is not shown: a hidden field, or what a picture is called."""
    return (
        str(element.tag).startswith(_PICTURE_TEXT)
        or attribute(element, "display") == "none"
        or (local_name(element) == "hidden-text" and attribute(element, "is-hidden") != "false")
    )


def formula_text(root: Any) -> str:
    """Return a formula (MathML) as its author wrote it, or else its signs in their order."""
    annotation = root.find(".//{*}annotation")
    if annotation is not None:
        return collapse(annotation.text or "")
    shown = child_at(root, "semantics")
    return collapse(" ".join((root if shown is None else shown).itertext()))
