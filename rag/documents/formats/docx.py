"""Word documents: body paragraphs, headings, lists, tables and notes, in the order of the body.

Read from the parts of the archive directly, as the document shows them when all tracked changes are
accepted: with the numbers of lists and headings, equations, text boxes and charts. Macros,
pictures, headers and footers, comments, deleted, hidden and struck-through text are left out;
nothing that a document links to is fetched.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from rag.documents.formats.archive import Archive
from rag.documents.formats.docx_chunks import write_chunk
from rag.documents.formats.docx_parts import ListPlace, Parts, outline_level
from rag.documents.formats.docx_tables import is_layout, rows_of, shown_cells, shown_rows
from rag.documents.formats.docx_text import Float, Line, children, read_line
from rag.documents.formats.drawings import write_chart, write_diagram
from rag.documents.formats.markup import attribute, child_at, local_name, parse_xml, value_at
from rag.documents.formats.refusals import COMPOUND_FILE
from rag.documents.formats.typed import Typed, read_typed, write_typed
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_CAPTION = re.compile(r"caption", re.I)
_CONTENTS = re.compile(r"toc [1-9]|table of figures", re.I)
_STRUCK = "struck-through text left out"
_LONGEST_HEADING = 300
"""What is longer is a paragraph that someone gave a heading's looks."""


def extract_docx(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a Word document. It has no pages until it is printed."""
    return _extract(data, max_bytes, extract_docx_chunk)


def extract_docx_chunk(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a document that lies in another one; a third in it is left out."""
    return _extract(data, max_bytes, None)


def _extract(
    data: bytes, max_bytes: int, extract_chunk: Callable[[bytes, int], Extracted] | None
) -> Extracted:
    if data.startswith(COMPOUND_FILE):
        raise ValueError(
            "it has a password, or is in the old .doc format; save it as .docx without a password"
        )
    archive = Archive(data, "a Word document (.docx)", max_bytes)
    place = _main_part(archive, max_bytes)
    body = parse_xml(archive.read(place), place, max_bytes)
    parts = Parts(archive, place, max_bytes)
    writer = DocumentWriter(max_bytes)
    body_writer = _BodyWriter(writer, parts, extract_chunk, max_bytes)
    body_writer.write(body)
    if body_writer.has_struck_text and _STRUCK not in writer.warnings:  # as of a chunk
        writer.warnings.append(_STRUCK)
    extracted = writer.result()
    title = parts.core_title()
    if not extracted.title and title and title.casefold() in collapse(extracted.text).casefold():
        extracted = extracted._replace(title=title)
    return extracted._replace(warnings=(*parts.warnings, *extracted.warnings))


def _main_part(archive: Archive, max_bytes: int) -> str:
    """Return the name of the part with the body, which the relations of the package name."""
    relations = parse_xml(archive.read("_rels/.rels"), "_rels/.rels", max_bytes)
    for relation in relations:
        if (attribute(relation, "Type") or "").endswith("/officeDocument"):
            return posixpath.normpath(attribute(relation, "Target") or "").lstrip("/")
    raise ValueError(
        "it is damaged, or not a Word document (.docx): it names no body; save it again"
    )


class _BodyWriter:
    """Writes the paragraphs and tables of a part; after each its text boxes, charts and notes."""

    def __init__(
        self,
        writer: DocumentWriter,
        parts: Parts,
        extract_chunk: Callable[[bytes, int], Extracted] | None,
        max_bytes: int,
    ) -> None:
        self._writer = writer
        self._parts = parts
        self._extract_chunk = extract_chunk
        self._max_bytes = max_bytes
        self._lines: dict[Any, Line] = {}
        self._typed: dict[Any, Typed] = {}
        """What was read ahead of paragraphs, and what they are by their words and looks."""
        self._due = Line()
        """Floats and notes that are named by what is being written."""
        self._written = {"Footnote": 0, "Endnote": 0}
        self.has_struck_text = False
        self._is_struck = False
        """Whether the paragraph that was read last has text that is struck through."""

    def write(self, body: Any) -> None:
        """Write a body, whose headings and lists may be typed by hand."""
        self._read_ahead(body)
        self._write(body)

    def _write(self, container: Any) -> None:
        before = ""
        for block in children(container, "p", "tbl", "altChunk"):
            name = local_name(block)
            if name == "p":
                text = before + self._read(block)
                before = text if _goes_on(block) else ""
                if not before:
                    self._write_paragraph(block, text)
            elif name == "tbl":
                self._write_table(block)
            else:
                relation = self._parts.related(attribute(block, "id"))
                write_chunk(
                    self._writer, self._parts, relation, self._extract_chunk, self._max_bytes
                )
            if not before:
                self._write_due()
        self._writer.paragraph(_tidy(before))

    def _read_ahead(self, container: Any) -> None:
        """Tell from all paragraphs together which of them are headings and items, if only typed."""
        blocks, typed, goes_on = [], [], False
        for block in children(container, "p", "tbl", "altChunk"):
            is_part, goes_on = goes_on, local_name(block) == "p" and _goes_on(block)
            if is_part or goes_on or local_name(block) != "p":
                one = Typed("other")
            else:
                line = self._lines[block] = read_line(block, self._parts.styles)
                one = self._known(block, _tidy(line.text), not line.has_light_text)
                if not one.text:
                    continue
            blocks.append(block)
            typed.append(one)
        self._typed |= zip(blocks, read_typed(typed), strict=True)

    def _known(self, paragraph: Any, text: str, is_bold: bool) -> Typed:
        """Return what a paragraph says of itself by its properties and style."""
        properties = child_at(paragraph, "pPr")
        style = value_at(properties, "pStyle") or ""
        level = self._level(properties, style)
        if level and len(text) <= _LONGEST_HEADING:
            return Typed("heading", text, level=level)
        if any(self._parts.styles.is_named(style, each) for each in (_CAPTION, _CONTENTS)):
            return Typed("other", text)
        place = self._parts.list_place(properties, style)
        if place is not None:
            return Typed("item", text, level=place.level)
        return Typed("", text, is_bold)

    def _level(self, properties: Any, style: str) -> int:
        level = outline_level(properties)
        return self._parts.styles.heading_level(style) if level is None else level

    def _read(self, paragraph: Any) -> str:
        """Return the text of a paragraph; what else it has waits to be written after the block."""
        line = self._lines.pop(paragraph, None) or read_line(paragraph, self._parts.styles)
        self._due.floats += line.floats
        self._due.notes += line.notes
        self._is_struck = line.has_struck_text
        self.has_struck_text = self.has_struck_text or line.has_struck_text
        return line.text

    def _write_paragraph(self, paragraph: Any, raw: str) -> None:
        text = _tidy(raw)
        styles = self._parts.styles
        properties = child_at(paragraph, "pPr")
        style = value_at(properties, "pStyle") or ""
        if not text:
            if self._is_struck:
                self._marker(properties, style)
            return
        if styles.is_named(style, _CONTENTS) and _is_generated(paragraph):
            return
        level = self._level(properties, style)
        place, marker = self._marker(properties, style)
        typed = self._typed.pop(paragraph, Typed("paragraph"))
        if level and len(text) <= _LONGEST_HEADING:
            number = marker if marker and marker != "-" else ""
            self._writer.heading(level, f"{number} {text}".strip())
            if styles.name(style) == "title" and not self._writer.title:
                self._writer.title = text
        elif styles.is_named(style, _CAPTION):
            self._writer.paragraph(text, kind="caption")
        elif place is not None and marker != "":
            if typed.apart:
                self._writer.end_group()
            self._writer.item(marker or "-", text, max(place.level, typed.level))
        else:
            write_typed(self._writer, typed, text)

    def _marker(self, properties: Any, style: str) -> tuple[ListPlace | None, str | None]:
        """Count a paragraph where it is one of a list; return its place there and its number."""
        place = self._parts.list_place(properties, style)
        return place, None if place is None else self._parts.numbering.marker(*place)

    def _write_table(self, table: Any) -> None:
        if is_layout(table):
            for row in shown_rows(table):
                for cell in shown_cells(row):
                    self._write(cell)
            return
        rows = rows_of(table, self._cell, self._parts.styles)
        while rows and rows[0].spans:  # a title over the table
            self._writer.paragraph(rows.pop(0).cells[0], kind="caption")
        self._writer.end_group()
        for row in rows:
            cells = [row.cells[0], *[""] * (len(row.cells) - 1)] if row.spans else row.cells
            self._writer.row(cells, header=row.is_header)
        self._writer.end_group()

    def _cell(self, cell: Any) -> str:
        """Return all that a cell says on one line: its paragraphs, text boxes, and tables in it."""
        return " / ".join(filter(None, map(collapse, self._cell_lines(cell))))

    def _cell_lines(self, container: Any) -> Iterator[str]:
        before = ""
        for block in children(container, "p", "tbl"):
            if local_name(block) == "tbl":
                for row in rows_of(block, self._cell, self._parts.styles):
                    cells = [row.cells[0]] if row.spans else list(filter(None, row.cells))
                    yield (": " if len(cells) == 2 else ", ").join(cells)
                continue
            floats = len(self._due.floats)
            text = before + self._read(block)
            before = text if _goes_on(block) else ""
            if not before:
                yield from self._cell_paragraph(block, text)
            boxes = [each for each in self._due.floats[floats:] if each.kind == "txbxContent"]
            self._due.floats = [each for each in self._due.floats if each not in boxes]
            for box in boxes:
                yield from self._cell_lines(box.element)
        yield before

    def _cell_paragraph(self, paragraph: Any, text: str) -> Iterator[str]:
        properties = child_at(paragraph, "pPr")
        _, marker = self._marker(properties, value_at(properties, "pStyle") or "")
        number = marker if marker and marker != "-" and text.strip() else ""
        for place_of_line, line in enumerate(text.split("\n")):
            yield f"{number} {line}" if place_of_line == 0 and number else line

    def _write_due(self) -> None:
        while self._due.floats or self._due.notes:  # notes can name others
            due, self._due = self._due, Line()
            for each in due.floats:
                self._write_float(each)
            for kind, identity in due.notes:
                self._write_note(kind, identity)

    def _write_note(self, kind: str, identity: str) -> None:
        note = self._parts.notes.pop((kind, identity), None)
        if note is not None:
            self._written[kind] += 1
            text = " ".join(filter(None, map(collapse, self._cell_lines(note))))
            self._writer.paragraph(f"{kind} {self._written[kind]}: {text}")

    def _write_float(self, each: Float) -> None:
        if each.kind == "txbxContent":
            self._write(each.element)
            return
        identity = attribute(each.element, "id" if each.kind == "chart" else "dm")
        relation = self._parts.related(identity)
        if relation is not None:
            names = [] if relation.is_outside else [relation.place]
        else:  # the only one there can be
            folder, start = ("charts", "chart") if each.kind == "chart" else ("diagrams", "data")
            names = [
                n for n in self._parts.names(folder) if posixpath.basename(n).startswith(start)
            ]
        root = self._parts.parse(names[0]) if len(names) == 1 else ()
        write = write_chart if each.kind == "chart" else write_diagram
        if not write(root if len(root) else None, self._writer):
            what = "chart" if each.kind == "chart" else "diagram"
            self._writer.warnings.append(f"a {what} could not be read and was left out")


def _goes_on(paragraph: Any) -> bool:
    """Tell whether the mark at a paragraph's end is deleted, so that the next one continues it."""
    properties = child_at(paragraph, "pPr", "rPr")
    return any(child_at(properties, name) is not None for name in ("del", "moveFrom"))


def _is_generated(paragraph: Any) -> bool:
    """Tell whether Word made an entry of a table of contents from a heading, or a caption."""
    return any(
        (attribute(link, "anchor") or "").startswith("_Toc")
        for link in paragraph.iter("{*}hyperlink")
    ) or any("PAGEREF" in (field.text or "") for field in paragraph.iter("{*}instrText"))


def _tidy(text: str) -> str:
    """Return `text` with single spaces, its line breaks kept."""
    return "\n".join(filter(None, map(collapse, text.split("\n"))))
