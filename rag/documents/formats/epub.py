"""EPUB books: the chapters in reading order, each as an HTML page, after the book's title.

Parts are looked up among the names in the archive and never on the disk, so that a path which
leads elsewhere leads nowhere. Pictures, fonts and styles are left out.
"""

import posixpath
import re
from typing import Any
from urllib.parse import unquote

from rag.documents.formats.archive import Archive
from rag.documents.formats.html import decode_html, write_html
from rag.documents.formats.markup import attribute, local_name, parse_html, parse_xml
from rag.documents.formats.writer import DocumentWriter, Extracted

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
_SELF_CLOSED = re.compile(rf"<(?!(?:{_VOID})\b)([a-z][\w.-]*)((?:\s[^<>]*)?)/>", re.I)
"""An element that XHTML closes at once, `<script src="…"/>`; in HTML it would stay open."""


def extract_epub(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a book. Its pages depend on the screen, so there are none."""
    archive = Archive(data, "an EPUB book", max_bytes)
    place = _package_place(archive, max_bytes)
    package = parse_xml(archive.read(place), place, max_bytes)
    locked = _locked_parts(archive, max_bytes)
    blocks = DocumentWriter(max_bytes)
    title = next(package.iter("{*}title"), None)
    if title is not None:
        blocks.heading(1, "".join(title.itertext()))
    for name in _chapters(package, posixpath.dirname(place)):
        if name in locked:
            raise ValueError("it is locked against copying (DRM); get a copy without the lock")
        if name in archive:
            _write_chapter(archive.read(name), blocks, max_bytes)
    return blocks.result()


def _package_place(archive: Archive, max_bytes: int) -> str:
    container = parse_xml(archive.read(_CONTAINER), _CONTAINER, max_bytes)
    for rootfile in container.iter("{*}rootfile"):
        if place := attribute(rootfile, "full-path"):
            return place
    raise ValueError("it is damaged, or not an EPUB book: it names no package; save it again")


def _chapters(package: Any, folder: str) -> list[str]:
    """Return the names of the chapters' parts in reading order, each once."""
    places = {
        attribute(item, "id"): attribute(item, "href") or "" for item in package.iter("{*}item")
    }
    named = (places.get(attribute(entry, "idref")) for entry in package.iter("{*}itemref"))
    return list(dict.fromkeys(_resolve(folder, place) for place in named if place))


def _resolve(folder: str, reference: str) -> str:
    path = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(folder, path))


def _locked_parts(archive: Archive, max_bytes: int) -> set[str]:
    """Return the parts that are encrypted; those of books without a lock are fonts at most."""
    if _ENCRYPTION not in archive:
        return set()
    root = parse_xml(archive.read(_ENCRYPTION), _ENCRYPTION, max_bytes)
    return {
        _resolve("", attribute(element, "URI") or "")
        for element in root.iter()
        if local_name(element) == "CipherReference"
    }


def _write_chapter(data: bytes, blocks: DocumentWriter, max_bytes: int) -> None:
    markup = _SELF_CLOSED.sub(r"<\1\2></\1>", decode_html(data))
    root = parse_html(markup, max_bytes)
    if root is not None:
        write_html(root, blocks)
