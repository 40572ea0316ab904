"""EPUB books: the chapters in reading order, each as an HTML page, after the book's title.

Parts are looked up among the names in the archive and never on the disk, so that a path which
leads elsewhere leads nowhere. Pictures, fonts and styles are left out, as is navigation.
"""

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from rag.documents.formats.archive import Archive, DamagedPart
from rag.documents.formats.epub_package import Package, read_package
from rag.documents.formats.html import decode_html
from rag.documents.formats.html_blocks import write_blocks
from rag.documents.formats.html_content import Content, lays_out
from rag.documents.formats.markup import attribute, local_name, parse_html, parse_xml
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse
from rag.documents.formats.xhtml import xhtml_as_html

_ENCRYPTION = "META-INF/encryption.xml"
_HEADINGS = ".//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6"
_MOST_NAMED = 20
"""Chapters that are named if they cannot be read; of more only the number."""


def extract_epub(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a book. Its pages depend on the screen, so there are none.

    A chapter that cannot be read is named in the warnings. Raises `ValueError` where none can.
    """
    archive = Archive(data, "an EPUB book", max_bytes)
    package = read_package(archive, max_bytes)
    locked = _locked_parts(archive, max_bytes)
    book = _Book(archive, package, max_bytes)
    for place in package.chapters:
        if archive.find(place) in locked:
            raise ValueError("it is locked against copying (DRM); get a copy without the lock")
        book.read(place)
    for place in book.notes():
        book.read(place)
    return book.result()


def _locked_parts(archive: Archive, max_bytes: int) -> set[str | None]:
    """Return the parts that are encrypted; those of books without a lock are fonts at most."""
    if _ENCRYPTION not in archive:
        return set()
    root = parse_xml(archive.read(_ENCRYPTION), _ENCRYPTION, max_bytes)
    references = (
        attribute(element, "URI") or ""
        for element in root.iter()
        if local_name(element) == "CipherReference"
    )
    return {archive.find(posixpath.normpath(unquote(place))) for place in references} - {None}


class _Book:
    """The chapters that were read, as one text."""

    def __init__(self, archive: Archive, package: Package, max_bytes: int) -> None:
        self._archive = archive
        self._package = package
        self._max_bytes = max_bytes
        self._writer = DocumentWriter(max_bytes)
        self._writer.title = package.title
        self._title_due = True
        self._text_starts = 0
        self._read: set[str] = set()
        self._linked: set[str] = set()
        self._unread: list[str] = []

    def read(self, place: str) -> None:
        """Write a chapter; note one that is missing or damaged."""
        name = self._archive.find(place)
        if name is None:
            self._unread.append(f"the chapter {place!r} is missing")
            return
        if name in self._read:
            return
        self._read.add(name)
        try:
            data = self._archive.read(name)
        except DamagedPart:
            self._unread.append(f"the chapter {name!r} is damaged")
            return
        try:
            markup = xhtml_as_html(decode_html(data, self._max_bytes))
            root = parse_html(markup, self._max_bytes)
        except ValueError as error:
            self._unread.append(f"the chapter {name!r} cannot be read: {error}")
        else:
            if root is not None:
                self._write(root, place, name)

    def notes(self) -> list[str]:
        """Return the parts that are no chapters, but to which the chapters link: notes."""
        return [
            place
            for place in self._package.others
            if (name := self._archive.find(place)) in self._linked and name not in self._read
        ]

    def result(self) -> Extracted:
        """Return the book. Raises `ValueError` where no chapter has text."""
        if self._writer.length == self._text_starts:
            reasons = "; ".join(self._unread[:3]) or "its chapters have no text, or are pictures"
            raise ValueError(f"no chapter of it could be read: {reasons}; get another copy")
        self._writer.warnings += self._unread[:_MOST_NAMED]
        if len(self._unread) > _MOST_NAMED:
            more = len(self._unread) - _MOST_NAMED
            self._writer.warnings.append(f"{more} more chapters could not be read")
        return self._writer.result()

    def _write(self, root: Any, place: str, name: str) -> None:
        content = Content([root], set(root.iter("nav")), lays_out(root))
        if not any(True for _ in _texts(content)):
            return
        if self._title_due:
            self._write_title(root)
        self._write_label(root, name)
        write_blocks(content.walk(), content.layouts, self._writer)
        folder = posixpath.dirname(place)
        for link in root.iter("a"):
            reference = (link.get("href") or "").partition("#")[0]
            if reference and ":" not in reference:
                path = posixpath.normpath(posixpath.join(folder, unquote(reference)))
                if target := self._archive.find(path):
                    self._linked.add(target)

    def _write_title(self, root: Any) -> None:
        self._title_due = False
        heading = root.find(".//h1")
        if heading is None or collapse(heading.text_content()) != collapse(self._package.title):
            self._writer.heading(1, self._package.title)
            self._text_starts = self._writer.length

    def _write_label(self, root: Any, name: str) -> None:
        """Write what the table of contents calls a chapter that has no heading of its own."""
        label = self._package.labels.get(name, "")
        if label and not root.xpath(_HEADINGS):
            own = collapse(root.text_content()[: 10 * len(label) + 1_000])
            if not own.casefold().startswith(label.casefold()):
                self._writer.heading(1, label)


def _texts(content: Content) -> Iterator[str]:
    """Yield the texts that are seen."""
    for event, element in content.walk():
        text = element.text if event == "start" else element.tail
        if text and text.strip():
            yield text
