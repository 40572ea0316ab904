"""OpenDocument texts (.odt): headings, paragraphs, lists with their numbers, tables, notes.

Read from the parts of the archive directly. Deleted and hidden text, comments, page headers and
footers, tables of contents and pictures are left out; nothing that a document links to is fetched.
"""

import posixpath
from collections.abc import Iterator
from typing import Any

from rag.documents.formats.archive import Archive, DamagedPart
from rag.documents.formats.grid import begins_with_names, repeatable
from rag.documents.formats.markup import attribute, child_at, local_name, parse_xml
from rag.documents.formats.odt_styles import Counter, Styles, number_of
from rag.documents.formats.odt_text import Line, formula_text, read_line
from rag.documents.formats.refusals import ODF_ENCRYPTED, password_refused
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_SECTIONS = frozenset("section bibliography index-body text-box body text".split())
_ROWS = frozenset("table-header-rows table-rows table-row-group".split())
_MOST_REPEATED = 1_000
_MANIFEST = "META-INF/manifest.xml"
_LONGEST_HEADING = 300
"""What is longer is a paragraph that someone gave a heading's looks."""


def extract_odt(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of an OpenDocument text. It has no pages until it is printed."""
    archive = Archive(data, "an OpenDocument text (.odt)", max_bytes)
    if _MANIFEST in archive and _is_encrypted(archive.read(_MANIFEST)):
        raise password_refused()
    content = parse_xml(archive.read("content.xml"), "content.xml", max_bytes)
    body = child_at(content, "body", "text")
    if body is None:
        raise ValueError(
            "it is damaged, or not an OpenDocument text (.odt): it has no text; save it again"
        )
    writer = DocumentWriter(max_bytes)
    parts = _Parts(archive, writer, max_bytes)
    styles = Styles(content, *parts.roots("styles.xml"))
    _OdtWriter(writer, styles, parts).write(body)
    extracted = writer.result()
    titles = (each for root in parts.roots("meta.xml") for each in root.iter("{*}title"))
    title = collapse("".join(element.text or "" for element in titles))
    if not extracted.title and title and title.casefold() in collapse(extracted.text).casefold():
        extracted = extracted._replace(title=title)
    return extracted


def _is_encrypted(manifest: bytes) -> bool:
    return any(sign in manifest for sign in ODF_ENCRYPTED)


class _Parts:
    """The parts beside the text; what is damaged of them is left out with a warning."""

    def __init__(self, archive: Archive, writer: DocumentWriter, max_bytes: int) -> None:
        self._archive = archive
        self._writer = writer
        self._max_bytes = max_bytes

    def roots(self, name: str) -> list[Any]:
        """Return the root of a part, or nothing."""
        if name not in self._archive:
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
        self._due = Line()
        self._written = {"footnote": 0, "endnote": 0}

    def write(self, container: Any) -> None:
        for block in container:
            name = local_name(block)
            if name in ("p", "h"):
                self._write_paragraph(block)
            elif name in ("list", "numbered-paragraph"):
                self._writer.end_group()
                self._write_list(block, 0, "")
                self._writer.end_group()
            elif name == "table":
                self._write_table(block)
            elif name in _SECTIONS and attribute(block, "display") != "none":
                self.write(block)
            elif name in ("frame", "g", "custom-shape"):
                self._write_paragraph_around(block)
            self._write_due()

    def _read(self, paragraph: Any) -> str:
        """Return the text of a paragraph; what else it has waits to be written after the block."""
        name = attribute(paragraph, "style-name")
        if self._styles.property("paragraph", name, "text-properties", "display") == "none":
            return ""
        line = read_line(paragraph, self._styles)
        self._due.notes += line.notes
        self._due.boxes += line.boxes
        for each in line.objects:
            line.text = f"{line.text} {self._formula(each)}".strip()
        return line.text

    def _formula(self, element: Any) -> str:
        """Return what an object says if it is a formula; a chart waits to be written."""
        place = posixpath.normpath(attribute(element, "href") or "")
        for root in self._parts.roots(f"{place}/content.xml"):
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
            self._writer.paragraph(text)

    def _write_paragraph_around(self, shape: Any) -> None:
        line = read_line(shape, self._styles)
        self._writer.paragraph(line.text)
        self._due.boxes += line.boxes

    def _heading_number(self, heading: Any, level: int) -> str:
        if local_name(heading) != "h" or not self._styles.outline:
            return ""
        if attribute(heading, "is-list-header") == "true":
            return ""
        return self._headings.next(level - 1)

    def _write_list(self, element: Any, depth: int, style: str) -> None:
        style = attribute(element, "style-name") or style or self._style_inside(element)
        counter = self._counters.setdefault(style, Counter(self._styles.levels(style)))
        goes_on = attribute(element, "continue-numbering") == "true"
        if not goes_on and attribute(element, "continue-list") is None:
            counter.restart(min(depth, 9))
        for item in element:
            if local_name(item) in ("list-item", "list-header"):
                self._write_item(item, depth, style, counter)

    def _style_inside(self, element: Any) -> str:
        paragraph = element.find("./{*}list-item/{*}p")
        return "" if paragraph is None else self._styles.list_of(attribute(paragraph, "style-name"))

    def _write_item(self, item: Any, depth: int, style: str, counter: Counter) -> None:
        marker = ""
        if local_name(item) == "list-item" and any(local_name(child) != "list" for child in item):
            start = number_of(item, "start-value", -1)
            marker = counter.next(depth, None if start < 0 else start)
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
            self._writer.item(marker, text, depth)
        else:
            self._writer.paragraph(text)

    def _write_table(self, table: Any) -> None:
        rows = list(self._rows(table, is_header=False))
        self._writer.end_group()
        if rows and not any(is_header for _, is_header in rows):
            rows[0] = rows[0][0], begins_with_names([cells for cells, _ in rows])
        for cells, is_header in rows:
            self._writer.row(cells, header=is_header)
        self._writer.end_group()

    def _rows(self, table: Any, *, is_header: bool) -> Iterator[tuple[list[str], bool]]:
        """Yield the texts of each row, those of cells that span several repeated."""
        spanned: dict[int, tuple[int, str]] = {}
        for element, in_header in _row_elements(table, is_header):
            cells = list(self._cells(element, spanned))
            for _ in range(min(number_of(element, "number-rows-repeated", 1), _MOST_REPEATED)):
                yield cells, in_header

    def _cells(self, row: Any, spanned: dict[int, tuple[int, str]]) -> Iterator[str]:
        column = 0
        left = ""
        for cell in row:
            name = local_name(cell)
            if name not in ("table-cell", "covered-table-cell"):
                continue
            times = min(number_of(cell, "number-columns-repeated", 1), _MOST_REPEATED)
            is_covered = name == "covered-table-cell"
            text = "" if is_covered else " / ".join(filter(None, self._cell_lines(cell)))
            rows = number_of(cell, "number-rows-spanned", 1)
            for _ in range(times):
                if is_covered:
                    above = spanned.get(column, (0, ""))
                    text = above[1] if above[0] > 0 else left
                    if above[0] > 0:
                        spanned[column] = above[0] - 1, above[1]
                elif rows > 1:
                    width = min(number_of(cell, "number-columns-spanned", 1), _MOST_REPEATED)
                    for place in range(column, column + width):
                        spanned[place] = rows - (place == column), repeatable(text)
                left = repeatable(text)
                yield text
                column += 1

    def _cell_lines(self, container: Any) -> Iterator[str]:
        """Yield all that a cell or a note says, line by line; lists and tables in it too."""
        for child in container:
            name = local_name(child)
            if name in ("p", "h"):
                yield collapse(self._read(child))
            elif name == "table":
                for cells, _ in self._rows(child, is_header=False):
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
            self._written[kind] += 1
            text = " ".join(filter(None, self._cell_lines(body)))
            self._writer.paragraph(f"{kind.capitalize()} {self._written[kind]}: {text}")

    def _write_chart(self, root: Any) -> None:
        title = root.find(".//{*}chart/{*}title")
        if title is not None:
            text = " ".join(self._cell_lines(title))
            self._writer.paragraph(text, kind="caption")
        for table in root.iter("{*}table"):
            self._write_table(table)


def _row_elements(table: Any, is_header: bool) -> Iterator[tuple[Any, bool]]:
    for child in table:
        name = local_name(child)
        if name == "table-row":
            yield child, is_header
        elif name in _ROWS:
            yield from _row_elements(child, is_header or name == "table-header-rows")
