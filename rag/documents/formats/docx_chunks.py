"""Whole documents of another kind that lie in a Word document, as it shows them (altChunk)."""

import posixpath
from collections.abc import Callable
from typing import Protocol

from rag.datatypes import Block
from rag.documents.formats.docx_parts import Relation
from rag.documents.formats.html import extract_html
from rag.documents.formats.plain import extract_text
from rag.documents.formats.rtf import extract_rtf
from rag.documents.formats.writer import DocumentWriter, Extracted

_Extract = Callable[[bytes, int], Extracted]
_EXTRACT: dict[str, _Extract] = {
    ".htm": extract_html,
    ".html": extract_html,
    ".xhtml": extract_html,
    ".txt": extract_text,
    ".rtf": extract_rtf,
}


class _Reads(Protocol):
    def read(self, name: str) -> bytes: ...


def write_chunk(
    writer: DocumentWriter,
    parts: _Reads,
    relation: Relation | None,
    extract_docx: _Extract | None,
    max_bytes: int,
) -> None:
    """Write what another document says, where it stands; a warning where it cannot be read."""
    if relation is None or relation.is_outside:
        writer.warnings.append("a document that lies in it could not be found and was left out")
        return
    name = posixpath.basename(relation.place)
    suffix = posixpath.splitext(name)[1].lower()
    extract = extract_docx if suffix in (".docx", ".docm") else _EXTRACT.get(suffix)
    if extract is None:
        writer.warnings.append(f"the document {name} that lies in it was left out")
        return
    try:
        extracted = extract(parts.read(relation.place), max_bytes)
    except ValueError as error:
        writer.warnings.append(f"the document {name} that lies in it was left out: {error}")
        return
    writer.warnings += (each for each in extracted.warnings if each not in writer.warnings)
    writer.end_group()
    for block in extracted.blocks:
        _copy(block, extracted.text, writer)
    if not extracted.blocks:
        for paragraph in extracted.text.split("\n\n"):
            writer.paragraph(paragraph.strip())
    writer.end_group()


def _copy(block: Block, text: str, writer: DocumentWriter, depth: int = 0) -> None:
    own = text[block.text_start : block.text_end]
    if block.kind == "heading":
        writer.heading(block.level, own)
    elif block.kind == "item":
        writer.item(block.label or "-", own, depth)
        for child in block.children:
            _copy(child, text, writer, depth + 1)
    elif block.kind == "list":
        for child in block.children:
            _copy(child, text, writer, depth)
    elif block.kind == "table":
        _copy_rows(block, text, writer)
    elif block.kind == "turn":
        writer.turn(block.label, own)
    elif block.kind == "code":
        writer.code(own)
    else:
        writer.paragraph(own, kind=block.kind)


def _copy_rows(table: Block, text: str, writer: DocumentWriter) -> None:
    writer.end_group()
    for row in table.children:
        cells = [text[cell.text_start : cell.text_end] for cell in row.children]
        writer.row(cells, header=row.header)
    writer.end_group()
