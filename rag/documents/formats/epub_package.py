"""What the package of an EPUB book says: its title, its chapters in order, what they are called."""

import posixpath
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from rag.documents.formats.archive import Archive
from rag.documents.formats.html import decode_html
from rag.documents.formats.markup import attribute, local_name, parse_html, parse_xml
from rag.documents.formats.writer import collapse
from rag.documents.formats.xhtml import xhtml_as_html

_CONTAINER = "META-INF/container.xml"
_NAVIGATION = "application/x-dtbncx+xml"
_PAGES = re.compile(r"x?html|oeb1|dtbook", re.I)
"""Kinds of media that are pages; others have a page to fall back to."""
_MOST_FALLBACKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """`chapters` and `others` (pages that are no chapters) are references into the archive.

    `labels` are what the table of contents calls chapters, by their names in the archive.
    """

    title: str
    chapters: tuple[str, ...]
    others: tuple[str, ...]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    place: str
    media: str
    fallback: str
    is_navigation: bool


def read_package(archive: Archive, max_bytes: int) -> Package:
    """Return what the package of a book says."""
    place = _package_place(archive, max_bytes)
    root = parse_xml(archive.read(place), place, max_bytes, may_name_type=True)
    folder = posixpath.dirname(place)
    parts = {attribute(item, "id") or "": _part(item, folder) for item in root.iter("{*}item")}
    spine = [attribute(entry, "idref") or "" for entry in root.iter("{*}itemref")]
    found = [part for name in spine if (part := _page(parts, name)) is not None]
    chapters = [part.place for part in found if not part.is_navigation] or [
        part.place for part in found
    ]
    named = set(chapters)
    others = [
        part.place
        for part in parts.values()
        if part.place not in named and not part.is_navigation and _PAGES.search(part.media)
    ]
    return Package(
        title=_title(root),
        chapters=tuple(dict.fromkeys(chapters)),
        others=tuple(dict.fromkeys(others)),
        labels=_labels(archive, list(parts.values()), max_bytes),
    )


def _package_place(archive: Archive, max_bytes: int) -> str:
    name = archive.find(_CONTAINER)
    if name is None:
        packages = [each for each in archive.names() if each.lower().endswith(".opf")]
        if len(packages) == 1:
            return packages[0]
    container = parse_xml(archive.read(name or _CONTAINER), _CONTAINER, max_bytes)
    for rootfile in container.iter("{*}rootfile"):
        if place := attribute(rootfile, "full-path"):
            return archive.find(place) or place
    raise ValueError("it is damaged, or not an EPUB book: it names no package; save it again")


def _part(item: Any, folder: str) -> _Part:
    media = attribute(item, "media-type") or ""
    properties = (attribute(item, "properties") or "").split()
    return _Part(
        place=_resolve(folder, attribute(item, "href") or ""),
        media=media,
        fallback=attribute(item, "fallback") or "",
        is_navigation="nav" in properties or media == _NAVIGATION,
    )


def _page(parts: dict[str, _Part], name: str) -> _Part | None:
    """Return a part of the spine, or the page that stands for one that is no page."""
    first = parts.get(name)
    part = first
    for _ in range(_MOST_FALLBACKS):
        if part is None or _PAGES.search(part.media):
            return part or first
        part = parts.get(part.fallback)
    return first


def _title(root: Any) -> str:
    """Return the title; of several that which is called the main one, or the first."""
    main = {
        (attribute(meta, "refines") or "").lstrip("#")
        for meta in root.iter("{*}meta")
        if attribute(meta, "property") == "title-type" and (meta.text or "").strip() == "main"
    }
    titles = list(root.iter("{*}title"))
    chosen = [title for title in titles if (attribute(title, "id") or "") in main - {""}] or titles
    return collapse("".join(chosen[0].itertext())) if chosen else ""


def _labels(archive: Archive, parts: list[_Part], max_bytes: int) -> dict[str, str]:
    """Return what the table of contents calls the chapters; nothing if it cannot be read."""
    labels: dict[str, str] = {}
    for part in parts:
        name = archive.find(part.place) if part.is_navigation else None
        if name is None:
            continue
        try:
            data = archive.read(name)
            if part.media == _NAVIGATION:
                entries = _points(parse_xml(data, name, max_bytes, may_name_type=True))
            else:
                markup = xhtml_as_html(decode_html(data, max_bytes))
                entries = _links(parse_html(markup, max_bytes))
        except ValueError:
            continue
        for reference, label in entries:
            target = archive.find(_resolve(posixpath.dirname(part.place), reference))
            if target and label:
                labels.setdefault(target, label)
    return labels


def _points(root: Any) -> list[tuple[str, str]]:
    """Return reference and label of each entry of an NCX."""
    entries = []
    for point in root.iter("{*}navPoint"):
        parts = {local_name(child): child for child in point}
        if "content" in parts and "navLabel" in parts:
            label = collapse("".join(parts["navLabel"].itertext()))
            entries.append((attribute(parts["content"], "src") or "", label))
    return entries


def _links(root: Any) -> list[tuple[str, str]]:
    """Return reference and label of each link of a navigation page."""
    if root is None:
        return []
    return [(link.get("href") or "", collapse(link.text_content())) for link in root.iter("a")]


def _resolve(folder: str, reference: str) -> str:
    path = unquote(reference.partition("#")[0]).replace("\\", "/")
    return posixpath.normpath(posixpath.join(folder, path)) if path else ""
