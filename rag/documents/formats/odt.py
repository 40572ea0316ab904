"""OpenDocument texts (.odt): headings, paragraphs, lists with their numbers, tables, notes.

Read from the parts of the archive directly. Deleted and hidden text, comments, page headers and
footers, tables of contents and pictures are left out; nothing that a document links to is fetched.
"""

import posixpath
from collections.abc import Iterator
from typing import Any

from rag.documents.formats.archive import Archive, DamagedPart
from rag.documents.formats.drawings import name_with_unit
from rag.documents.formats.markup import attribute, child_at, local_name, parse_xml
from rag.documents.formats.odt_styles import Counter, Styles, number_of
from rag.documents.formats.odt_tables import rows_of, shown_rows
from rag.documents.formats.odt_text import (
    SHAPES,
    Line,
    formula_text,
    is_bold,
    is_hidden,
    is_struck,
    read_line,
)
from rag.documents.formats.refusals import ODF_ENCRYPTED, password_refused
from rag.documents.formats.typed import Typed, read_typed, write_typed
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_SECTIONS = frozenset("section bibliography index-body text-box body text".split())
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n"
_MANIFEST = "META-INF/manifest.xml"
_LONGEST_HEADING = 300
"""What is longer is a paragraph that someone gave a heading's looks."""


def extract_odt(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of an OpenDocument text. It has no pages until it is printed."""
    writer = DocumentWriter(max_bytes)
    if data.lstrip(_BEFORE_XML).startswith(b"<"):  # all parts in one file (.fodt)
        content = parse_xml(data, "it", max_bytes)
        parts, styles, metas = _Parts(None, writer, max_bytes), Styles(content), [content]
    else:
        archive = Archive(data, "an OpenDocument text (.odt)", max_bytes)
        if _MANIFEST in archive and _is_encrypted(archive.read(_MANIFEST)):
            raise password_refused()
        content = parse_xml(archive.read("content.xml"), "content.xml", max_bytes)
        parts = _Parts(archive, writer, max_bytes)
        styles, metas = Styles(content, *parts.roots("styles.xml")), parts.roots("meta.xml")
    body = child_at(content, "body", "text")
    if body is None:
        raise ValueError(
            "it is damaged, or not an OpenDocument text (.odt): it has no text; save it again"
        )
    _OdtWriter(writer, styles, parts).write_all(body)
    return _titled(writer.result(), metas)


def _titled(extracted: Extracted, metas: list[Any]) -> Extracted:
    """Return what was written; the title that the file has counts if the text shows it."""
    metas = [meta for root in metas for meta in root.iter("{*}meta")]
    titles = (each for meta in metas for each in meta.iter("{*}title"))
    title = collapse("".join(element.text or "" for element in titles))
    if not extracted.title and title and title.casefold() in collapse(extracted.text).casefold():
        extracted = extracted._replace(title=title)
    return extracted


def _is_shown(section: Any) -> bool:
    return attribute(section, "display") != "none" and attribute(section, "is-hidden") != "true"


def _is_encrypted(manifest: bytes) -> bool:
    return any(sign in manifest for sign in ODF_ENCRYPTED)


class _Parts:
    """The parts beside the text; what is damaged of them is left out with a warning."""

    def __init__(self, archive: Archive | None, writer: DocumentWriter, max_bytes: int) -> None:
        self._archive = archive
        self._writer = writer
        self._max_bytes = max_bytes

    def roots(self, name: str) -> list[Any]:
        """Return the root of a part, or nothing."""
        if self._archive is None or name not in self._archive:
            return []
        try:
            data = self._archive.read(name)
        except DamagedPart as error:
            self._writer.warnings.append(f"{name} was left out: {error}")
            return []
        try:
            return [parse_xml(data, name, self._max_bytes)]
        except ValueError as error:
            self._writer.warnings.append(f"{name} was left out: {error}")
            return []


class _OdtWriter:
    """Writes what a text, a section or a text box holds; notes and boxes after their block."""

    def __init__(self, writer: DocumentWriter, styles: Styles, parts: _Parts) -> None:
        self._writer = writer
        self._styles = styles
        self._parts = parts
        self._headings = Counter(styles.outline)
        self._counters: dict[str, Counter] = {}
        self._typed: dict[Any, Typed] = {}
        """What paragraphs of the body are by their words and looks."""
        self._depth = 0
        """How deep the item typed by hand lies in which a list is written; 0 in none."""
        self._due = Line()
        self._written = {"footnote": 0, "endnote": 0}
        self._has_struck_text = False
        self._lacks_object = False

    def write_all(self, body: Any) -> None:
        """Write a whole text, and what of it was left out."""
        blocks = list(self._blocks(body))
        typed = read_typed([self._known(block) for block in blocks])
        self._typed = dict(zip(blocks, typed, strict=True))
        self.write(body)
        if self._has_struck_text:
            self._writer.warnings.append("struck-through text left out")
        if self._lacks_object or body.find(".//{*}object-ole") is not None:
            self._writer.warnings.append("embedded objects left out")

    def write(self, container: Any) -> None:
        for block in container:
            name = local_name(block)
            if name in ("p", "h"):
                self._write_paragraph(block)
            elif name == "list":
                self._write_whole_list(block)
            elif name == "numbered-paragraph":
                self._write_numbered(block)
            elif name == "table":
                self._write_table(block)
            elif name in _SECTIONS and _is_shown(block):
                self.write(block)
            elif name in SHAPES:
                self.write(block)
            elif name in ("frame", "g", "a"):
                self._writer.paragraph(self._read_line(block))
            self._write_due()

    def _blocks(self, container: Any) -> Iterator[Any]:
        """Yield the blocks of a text that have something to say, those of its sections too."""
        for block in container:
            if local_name(block) in _SECTIONS:
                if _is_shown(block):
                    yield from self._blocks(block)
            elif local_name(block) not in ("p", "h") or self._words_of(block):
                yield block

    def _words_of(self, paragraph: Any) -> str:
        return read_line(paragraph, self._styles, lambda _: "").text

    def _known(self, block: Any) -> Typed:
        """Return what a block says of itself by what it is and by its style."""
        name = local_name(block)
        if name == "h":
            return Typed("heading", level=number_of(block, "outline-level", 1))
        if name in ("list", "numbered-paragraph"):
            return Typed("item")
        style = attribute(block, "style-name")
        names = {each.lower() for each in self._styles.names("paragraph", style)}
        if "title" in names:
            return Typed("heading", level=1)
        if name != "p" or "caption" in names:
            return Typed("other")
        return Typed("", self._words_of(block), is_bold(block, self._styles))

    def _read(self, paragraph: Any) -> str:
        """Return the text of a paragraph; what else it has waits to be written after the block."""
        if is_hidden(paragraph, self._styles):
            return ""
        if is_struck(self._styles, "paragraph", attribute(paragraph, "style-name")):
            self._has_struck_text = True
            return ""
        return self._read_line(paragraph)

    def _read_line(self, element: Any) -> str:
        line = read_line(element, self._styles, self._object_text)
        self._due.notes += line.notes
        self._due.boxes += line.boxes
        self._has_struck_text = self._has_struck_text or line.has_struck_text
        return line.text

    def _object_text(self, element: Any) -> str:
        """Return what an object says if it is a formula; a chart waits to be written."""
        place = posixpath.normpath(attribute(element, "href") or "")
        inside = [child for child in element if local_name(child) in ("math", "document")]
        roots = inside or self._parts.roots(f"{place}/content.xml")
        self._lacks_object = self._lacks_object or not roots
        for root in roots:
            if local_name(root) == "math":
                return formula_text(root)
            self._due.objects.append(root)
        return ""

    def _write_paragraph(self, paragraph: Any, marker: str = "") -> None:
        text = self._read(paragraph)
        if not text:
            return
        style = attribute(paragraph, "style-name")
        names = [name.lower() for name in self._styles.names("paragraph", style)]
        level = number_of(paragraph, "outline-level", 1) if local_name(paragraph) == "h" else 0
        if not level and "title" in names:
            level = 1
            self._writer.title = self._writer.title or text
        if level and len(text) <= _LONGEST_HEADING:
            number = marker or self._heading_number(paragraph, level)
            self._writer.heading(level, f"{number if number != '-' else ''} {text}".strip())
        elif "caption" in names:
            self._writer.paragraph(text, kind="caption")
        else:
            write_typed(self._writer, self._typed.get(paragraph, Typed("paragraph")), text)

    def _heading_number(self, heading: Any, level: int) -> str:
        if local_name(heading) != "h" or not self._styles.outline:
            return ""
        if attribute(heading, "is-list-header") == "true":
            return ""
        start = None
        if attribute(heading, "restart-numbering") == "true":
            start = number_of(heading, "start-value", 1)
        return self._headings.next(level - 1, start)

    def _write_whole_list(self, element: Any) -> None:
        """Write a list by itself, or in the item typed by hand that leads it in."""
        self._depth = self._typed.get(element, Typed()).level
        if not self._depth:
            self._writer.end_group()
        self._write_list(element, 0, "")
        if not self._depth:
            self._writer.end_group()
        self._depth = 0

    def _write_list(self, element: Any, depth: int, style: str) -> None:
        style = attribute(element, "style-name") or style or self._style_inside(element)
        counter = self._counters.setdefault(style, Counter(self._styles.levels(style)))
        goes_on = attribute(element, "continue-numbering") == "true"
        if not goes_on and attribute(element, "continue-list") is None:
            counter.restart(min(depth, 9))
        for item in element:
            if local_name(item) in ("list-item", "list-header"):
                self._write_item(item, depth, style, counter)

    def _write_numbered(self, element: Any) -> None:
        """Write a paragraph that is an item by itself."""
        style = attribute(element, "style-name") or self._style_inside(element)
        counter = self._counters.setdefault(style, Counter(self._styles.levels(style)))
        depth = max(0, number_of(element, "level", 1) - 1)
        self._write_item(element, depth, style, counter)

    def _style_inside(self, element: Any) -> str:
        paragraph = element.find("./{*}list-item/{*}p")
        paragraph = element.find("./{*}p") if paragraph is None else paragraph
        return "" if paragraph is None else self._styles.list_of(attribute(paragraph, "style-name"))

    def _write_item(self, item: Any, depth: int, style: str, counter: Counter) -> None:
        marker = ""
        has_own = any(local_name(child) != "list" for child in item)
        if local_name(item) != "list-header" and has_own:
            start = number_of(item, "start-value", -1)
            marker = counter.next(depth, None if start < 0 else start)
        if local_name(item) == "numbered-paragraph":
            marker = collapse(item.findtext("{*}number") or "") or marker
        texts: list[str] = []
        is_written = False
        for child in item:
            name = local_name(child)
            if name == "h":
                self._write_paragraph(child, marker)
            elif name == "p" and not is_written:
                texts.append(self._read(child))
            else:
                self._write_texts(texts, marker, depth)
                is_written = is_written or bool(texts)
                texts = []
                if name == "list":
                    self._write_list(child, depth + 1, style)
                else:
                    self.write([child])
        self._write_texts(texts, marker, depth)

    def _write_texts(self, texts: list[str], marker: str, depth: int) -> None:
        text = "\n".join(filter(None, texts))
        if text and marker:
            self._writer.item(marker, text, depth + self._depth)
        else:
            self._writer.paragraph(text)

    def _write_table(self, table: Any) -> None:
        self._writer.end_group()
        for row in shown_rows(table, self._cell_text, self._styles):
            self._writer.row(row.cells, header=row.is_header)
        self._writer.end_group()

    def _cell_text(self, cell: Any) -> str:
        return " / ".join(filter(None, self._cell_lines(cell)))

    def _cell_lines(self, container: Any) -> Iterator[str]:
        """Yield all that a cell or a note says, line by line; lists and tables in it too."""
        for child in container:
            name = local_name(child)
            if name in ("p", "h"):
                yield collapse(self._read(child))
            elif name == "table":
                for cells in (row.cells for row in rows_of(child, self._cell_text)):
                    yield (": " if len(cells) == 2 else ", ").join(filter(None, cells))
            elif name in ("list", "list-item", "list-header", "section"):
                yield from self._cell_lines(child)

    def _write_due(self) -> None:
        while self._due.notes or self._due.boxes or self._due.objects:
            due, self._due = self._due, Line()
            for box in due.boxes:
                self.write(box)
            for root in due.objects:
                self._write_chart(root)
            for note in due.notes:
                self._write_note(note)

    def _write_note(self, note: Any) -> None:
        kind = "endnote" if attribute(note, "note-class") == "endnote" else "footnote"
        body = child_at(note, "note-body")
        if body is not None:
            citation = child_at(note, "note-citation")
            label = None if citation is None else attribute(citation, "label")
            self._written[kind] += not label
            text = " ".join(filter(None, self._cell_lines(body)))
            name = f"{kind.capitalize()} {label or self._written[kind]}"
            self._writer.paragraph(f"{name}: {text}")

    def _write_chart(self, root: Any) -> None:
        title = root.find(".//{*}chart/{*}title")
        if title is not None:
            self._writer.paragraph(self._words(title), kind="caption")
        axes = [axis for axis in root.iter("{*}axis") if child_at(axis, "title") is not None]
        titles = {attribute(axis, "dimension"): child_at(axis, "title") for axis in reversed(axes)}
        across, along = (self._words(titles[name]) if name in titles else "" for name in ("x", "y"))
        for table in root.iter("{*}table"):
            self._writer.end_group()
            for row in shown_rows(table, self._cell_text, self._styles):
                cells = row.cells
                if row.is_header and len(cells) > 1:
                    named = [name_with_unit(cell, along) for cell in cells[1:]]
                    cells = [cells[0] or across, *named]
                self._writer.row(cells, header=row.is_header)
            self._writer.end_group()

    def _words(self, element: Any) -> str:
        return " ".join(filter(None, self._cell_lines(element)))
