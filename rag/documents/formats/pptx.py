"""Presentations: each slide a page, its title a heading, then what stands on it from top to bottom.

Speakers' notes follow the slide. Pictures, masters, footers, slide numbers and comments are left
out, and hidden slides with a warning; nothing that a presentation links to is fetched.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from rag.documents.formats.archive import Archive
from rag.documents.formats.drawings import write_chart, write_diagram
from rag.documents.formats.markup import attribute, child_at, local_name, parse_xml
from rag.documents.formats.pptx_order import Box, reading_order
from rag.documents.formats.pptx_shapes import (
    Layout,
    has_content,
    hidden_shapes,
    look_of,
    paragraphs_of,
    role_of,
    shapes_in,
)
from rag.documents.formats.pptx_text import Markers, has_struck_text, table_rows, text_of
from rag.documents.formats.refusals import COMPOUND_FILE, missing_package
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_LEAST_SHARE = 0.02
"""The share of the slide's height that a shape takes at least."""
_DEFAULT_WIDTH, _DEFAULT_HEIGHT = 12_192_000, 6_858_000
_LEFT_OUT = ("dt", "ftr", "sldNum", "hdr", "sldImg")
_BODIES = ("body", "obj")
"""Placeholders whose paragraphs are items of a list, unless they or their layout say otherwise."""
_TITLES = ("title", "ctrTitle")
_PARTING_LAYOUTS = ("title", "secHead")
"""Layouts of slides whose title stands over those of the slides after it."""
_PRESENTATION = "ppt/presentation.xml"
_STRICT = b"purl.oclc.org/ooxml"
_PICTURE = "without text, so not read"
_UNSEEN = "hidden or beside the slide, so not read"
_EMBEDDED = "embedded objects left out"
_STRUCK = "struck-through text left out"
_NAMED = (_PICTURE, _UNSEEN, _EMBEDDED, _STRUCK)
_WRONG = (KeyError, AttributeError, IndexError, TypeError, ValueError)
"""What python-pptx raises for parts that are missing, or name each other wrongly."""


def extract_pptx(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a presentation; a slide is a page."""
    if data.startswith(COMPOUND_FILE):
        raise ValueError(
            "it has a password, or is in the old .ppt format; save it as .pptx without a password"
        )
    archive = Archive(data, "a presentation (.pptx)", max_bytes)
    archive.check()
    if _PRESENTATION in archive and _STRICT in archive.read(_PRESENTATION):
        raise ValueError("it is saved as Strict Open XML; save it as a plain presentation (.pptx)")
    presentation = _open(data)
    writer = DocumentWriter(max_bytes)
    hidden = []
    slides = _SlideWriter(writer, presentation, max_bytes)
    for number, slide in enumerate(_slides(presentation), 1):
        writer.start_page()
        if slide is None:
            writer.warnings.append(f"slide {number} is damaged and was left out")
        elif slide.element.get("show") in ("0", "false"):
            hidden.append(number)
        else:
            slides.write(slide, number)
    if hidden:
        writer.warnings.append(f"hidden and left out: slide {_numbers(hidden)}; show it to read it")
    for what, numbers in slides.left_out.items():
        if numbers:
            writer.warnings.append(f"{what}: slide {_numbers(numbers)}")
    return _titled(writer, presentation)


def _open(data: bytes) -> Any:
    try:
        import lxml.etree
        import pptx.exc
        import pptx.package
    except ImportError:
        raise missing_package("python-pptx") from None
    try:  # not pptx.Presentation, which refuses shows (.ppsx) and templates
        presentation = pptx.package.Package.open(BytesIO(data)).main_document_part.presentation
        len(presentation.slides)
        return presentation
    except (*_WRONG, pptx.exc.PythonPptxError, lxml.etree.LxmlError):
        raise ValueError("it is damaged, or not a presentation (.pptx); save it again") from None


def _slides(presentation: Any) -> Iterator[Any]:
    """Yield the slides in their order; None for one that is missing or damaged."""
    for identity in list(presentation.slides.element):
        try:
            slide = presentation.part.related_slide(identity.rId)
            yield slide if local_name(slide.element) == "sld" else None
        except _WRONG:
            yield None


def _titled(writer: DocumentWriter, presentation: Any) -> Extracted:
    """Return what was written; the title that it has as a file counts if a slide shows it."""
    extracted = writer.result()
    try:
        title = collapse(presentation.core_properties.title or "")
    except _WRONG:
        title = ""
    if title and title.casefold() in collapse(extracted.text).casefold():
        return extracted._replace(title=title)
    return extracted


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown


class _SlideWriter:
    """Writes slides one after the other."""

    def __init__(self, writer: DocumentWriter, presentation: Any, max_bytes: int) -> None:
        self._writer = writer
        self._width = presentation.slide_width or _DEFAULT_WIDTH
        self._height = presentation.slide_height or _DEFAULT_HEIGHT
        self._least = max(1, int(self._height * _LEAST_SHARE))
        self._max_bytes = max_bytes
        self._layouts: dict[str, Layout] = {}
        self.left_out: dict[str, list[int]] = {what: [] for what in _NAMED}
        """The numbers of the slides of which something was not read, by what that is."""

    def write(self, slide: Any, number: int) -> None:
        """Write the slide of that number, and its notes."""
        before = self._writer.length
        layout = self._layout(slide)
        tree = child_at(slide.element, "cSld", "spTree")
        title = next((shape for shape in shapes_in(tree) if role_of(shape) in _TITLES), None)
        if title is not None:
            text = " ".join(map(text_of, paragraphs_of(title)))
            self._writer.heading(1 if layout.kind in _PARTING_LAYOUTS else 2, text)
            if layout.kind == "title" and not self._writer.title:
                self._writer.title = text
        boxes = [self._box(shape, layout) for shape in self._read(tree) if shape is not title]
        seen = [box for box in boxes if self._is_on_slide(box)]
        for shape in self._ordered(seen, layout):
            self._writer.end_group()
            self._write_shape(shape, slide, layout)
            self._writer.end_group()
        self._write_notes(slide)
        if self._writer.length == before and slide.element.find(".//{*}pic") is not None:
            self.left_out[_PICTURE].append(number)
        if len(seen) < len(boxes) or any(map(has_content, hidden_shapes(tree))):
            self.left_out[_UNSEEN].append(number)
        if slide.element.find(".//{*}oleObj") is not None:
            self.left_out[_EMBEDDED].append(number)
        if has_struck_text(tree):
            self.left_out[_STRUCK].append(number)

    def _layout(self, slide: Any) -> Layout:
        try:
            layout = slide.slide_layout
            name = str(layout.part.partname)
            if name not in self._layouts:
                self._layouts[name] = Layout(layout.element, layout.slide_master.element)
            return self._layouts[name]
        except _WRONG:
            return Layout(None, None)

    def _read(self, tree: Any) -> Iterator[Any]:
        """Yield the shapes of a slide or group that have something to be read."""
        for shape in shapes_in(tree):
            if role_of(shape) not in _LEFT_OUT and has_content(shape):
                yield shape

    def _box(self, shape: Any, layout: Layout) -> Box:
        left, top, width, height = layout.place_of(shape)
        right, bottom = left + max(width, self._least), top + max(height, self._least)
        text = " ".join(map(text_of, paragraphs_of(shape)))
        return Box(left, top, right, bottom, text, look_of(shape), shape)

    def _is_on_slide(self, box: Box) -> bool:
        return box.right > 0 < box.bottom and box.left < self._width and box.top < self._height

    def _ordered(self, boxes: Sequence[Box], layout: Layout) -> Iterator[Any]:
        """Yield the shapes as they are read, those of a group together."""
        for box in reading_order(boxes):
            if local_name(box.shape) == "grpSp":
                inner = [self._box(shape, layout) for shape in self._read(box.shape)]
                yield from self._ordered(inner, layout)
            else:
                yield box.shape

    def _write_shape(self, shape: Any, slide: Any, layout: Layout) -> None:
        graphic = child_at(shape, "graphic", "graphicData")
        if graphic is None:
            self._write_text(shape, layout)
        elif child_at(graphic, "tbl") is not None:
            for cells, is_header in table_rows(child_at(graphic, "tbl")):
                self._writer.row(cells, header=is_header)
        elif child_at(graphic, "chart") is not None:
            root = self._related(slide, child_at(graphic, "chart"), "id")
            if not write_chart(root, self._writer):
                self._writer.warnings.append("a chart could not be read and was left out")
        elif child_at(graphic, "relIds") is not None:
            root = self._related(slide, child_at(graphic, "relIds"), "dm")
            if not write_diagram(root, self._writer):
                self._writer.warnings.append("a diagram could not be read and was left out")

    def _related(self, slide: Any, element: Any, name: str) -> Any:
        """Return the root of the part that an element of a slide names; None if it is damaged."""
        try:
            blob = slide.part.related_part(attribute(element, name)).blob
            return parse_xml(blob, "a part of a slide", self._max_bytes)
        except (*_WRONG, ValueError):
            return None

    def _write_text(self, shape: Any, layout: Layout) -> None:
        markers = Markers(layout.list_styles(shape), is_list=role_of(shape) in _BODIES)
        for paragraph in paragraphs_of(shape):
            text = text_of(paragraph)
            marker, level = markers.next(paragraph, is_empty=not text.strip())
            if marker:
                self._writer.item(marker, collapse(text), level)
            else:
                self._writer.paragraph(_tidy(text))

    def _write_notes(self, slide: Any) -> None:
        try:
            notes = slide.notes_slide.element if slide.has_notes_slide else None
        except _WRONG:
            self._writer.warnings.append("the notes of a slide are damaged and were left out")
            return
        texts = [
            collapse(text_of(paragraph))
            for shape in shapes_in(child_at(notes, "cSld", "spTree"))
            if role_of(shape) == "body"
            for paragraph in paragraphs_of(shape)
        ]
        if any(texts):
            self._writer.paragraph("Notes", kind="caption")
        for text in texts:
            self._writer.paragraph(text)


def _tidy(text: str) -> str:
    """Return `text` with single spaces, its line breaks kept."""
    return "\n".join(filter(None, map(collapse, text.split("\n"))))
