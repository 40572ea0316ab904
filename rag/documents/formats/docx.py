"""Word documents: body paragraphs, headings, lists, tables and notes, in the order of the body.

Read from the parts of the archive directly: macros, pictures, headers and footers, comments,
deleted and hidden text are left out; nothing that a document links to is fetched.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from rag.documents.formats.archive import Archive
from rag.documents.formats.markup import attribute, local_name, parse_xml
from rag.documents.formats.writer import DocumentWriter, Extracted

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the old .doc begins, and a .docx with a password."""
_HEADING_STYLE = re.compile(r"heading ([1-9])", re.I)
_CONTAINERS = frozenset(
    "body sdt sdtContent ins moveTo customXml smartTag hyperlink fldSimple dir bdo "
    "AlternateContent Choice".split()
)
"""Elements that only hold what counts: paragraphs and tables, or runs of text."""
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": "Footnote", "endnoteReference": "Endnote"}
_OFF = ("0", "false", "off")


def extract_docx(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a Word document. It has no pages until it is printed."""
    if data.startswith(_COMPOUND_FILE):
        raise ValueError(
            "it has a password, or is in the old .doc format; save it as .docx without a password"
        )
    archive = Archive(data, "a Word document (.docx)", max_bytes)
    place = _main_part(archive, max_bytes)
    body = parse_xml(archive.read(place), place, max_bytes)
    blocks = DocumentWriter(max_bytes)
    _Writer(blocks, _Parts(archive, posixpath.dirname(place), max_bytes)).write(body)
    return blocks.result()


def _main_part(archive: Archive, max_bytes: int) -> str:
    """Return the name of the part with the body, which the relations of the package name."""
    relations = parse_xml(archive.read("_rels/.rels"), "_rels/.rels", max_bytes)
    for relation in relations:
        if (attribute(relation, "Type") or "").endswith("/officeDocument"):
            return posixpath.normpath(attribute(relation, "Target") or "").lstrip("/")
    raise ValueError(
        "it is damaged, or not a Word document (.docx): it names no body; save it again"
    )


class _Parts:
    """What the other parts say: which styles are headings or lists, and the notes' paragraphs."""

    def __init__(self, archive: Archive, folder: str, max_bytes: int) -> None:
        self.headings: dict[str, int] = {}
        self.list_styles: set[str] = set()
        for style in self._part(archive, posixpath.join(folder, "styles.xml"), max_bytes):
            identity = attribute(style, "styleId") or ""
            level = _style_level(style)
            if level:
                self.headings[identity] = level
            elif _find(style, "pPr", "numPr") is not None:
                self.list_styles.add(identity)
        self.notes = {
            (kind, attribute(note, "id")): note
            for kind, name in (("Footnote", "footnotes.xml"), ("Endnote", "endnotes.xml"))
            for note in self._part(archive, posixpath.join(folder, name), max_bytes)
        }

    @staticmethod
    def _part(archive: Archive, name: str, max_bytes: int) -> Any:
        return parse_xml(archive.read(name), name, max_bytes) if name in archive else ()


def _style_level(style: Any) -> int:
    """Return the level of heading, from 1, that a style stands for; 0 for none."""
    name = _value(_find(style, "name")) or ""
    numbered = _HEADING_STYLE.fullmatch(name)
    if numbered:
        return int(numbered[1])
    return 1 if name.lower() == "title" else _outline_level(_find(style, "pPr"))


def _outline_level(properties: Any) -> int:
    level = _value(_find(properties, "outlineLvl")) if properties is not None else None
    return int(level) + 1 if level and level in "012345678" else 0


class _Writer:
    """Writes the paragraphs and tables of a part, and the notes after the block that names them."""

    def __init__(self, blocks: DocumentWriter, parts: _Parts) -> None:
        self._blocks = blocks
        self._parts = parts
        self._named: list[tuple[str, str | None]] = []
        self._written = {"Footnote": 0, "Endnote": 0}

    def write(self, container: Any) -> None:
        for block in _blocks_in(container):
            if local_name(block) == "p":
                self._write_paragraph(block)
            else:
                self._write_table(block)
            self._write_notes()

    def _write_paragraph(self, paragraph: Any) -> None:
        text = self._text(paragraph)
        properties = _find(paragraph, "pPr")
        style = _value(_find(properties, "pStyle")) or ""
        level = _outline_level(properties) or self._parts.headings.get(style, 0)
        if level:
            self._blocks.heading(level, text)
        elif _find(properties, "numPr") is not None or style in self._parts.list_styles:
            self._blocks.item("-", text)
        else:
            self._blocks.paragraph(text)
        for box in _text_boxes(paragraph):
            self.write(box)

    def _write_table(self, table: Any) -> None:
        self._blocks.end_group()
        for row in _children(table, "tr"):
            cells = [self._cell(cell) for cell in _children(row, "tc")]
            self._blocks.row(cells, header=_find(row, "trPr", "tblHeader") is not None)
        self._blocks.end_group()

    def _cell(self, cell: Any) -> str:
        """Return all that a cell says on one line; tables in it too."""
        return " ".join(self._text(paragraph) for paragraph in cell.iter("{*}p"))

    def _text(self, paragraph: Any) -> str:
        lines = "".join(self._pieces(paragraph)).split("\n")
        return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))

    def _pieces(self, element: Any) -> Iterator[str]:
        for child in element:
            name = local_name(child)
            if name == "r":
                yield from self._run(child)
            elif name in _CONTAINERS:
                yield from self._pieces(child)

    def _run(self, run: Any) -> Iterator[str]:
        hidden = _find(run, "rPr", "vanish")
        if hidden is not None and _value(hidden) not in _OFF:
            return
        for child in run:
            name = local_name(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name in _NOTES:
                self._named.append((_NOTES[name], attribute(child, "id")))

    def _write_notes(self) -> None:
        while self._named:
            kind, identity = self._named.pop(0)
            note = self._parts.notes.pop((kind, identity), None)
            if note is not None:
                self._written[kind] += 1
                text = " ".join(self._text(paragraph) for paragraph in note.iter("{*}p"))
                self._blocks.paragraph(f"{kind} {self._written[kind]}: {text.strip()}")


def _blocks_in(container: Any) -> Iterator[Any]:
    """Yield the paragraphs and tables of a container, in order, those in its content controls too.

    Of alternatives only the first counts: the others say the same for older programs.
    """
    for child in container:
        name = local_name(child)
        if name in ("p", "tbl"):
            yield child
        elif name in _CONTAINERS:
            yield from _blocks_in(child)


def _children(element: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table or the cells of a row, those in content controls too."""
    for child in element:
        if local_name(child) == name:
            yield child
        elif local_name(child) in _CONTAINERS:
            yield from _children(child, name)


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    """Yield the outermost text boxes of a paragraph, without their copies for older programs."""
    for box in paragraph.iter("{*}txbxContent"):
        for ancestor in box.iterancestors():
            if ancestor is paragraph:
                yield box
                break
            if local_name(ancestor) in ("txbxContent", "Fallback"):
                break


def _find(element: Any, *names: str) -> Any:
    """Return the element at the path of local names, or None."""
    for name in names:
        if element is None:
            return None
        element = element.find(f"{{*}}{name}")
    return element


def _value(element: Any) -> str | None:
    return None if element is None else attribute(element, "val")
