"""A library to another home: document by document, resumable, each read back and compared.

Knows two libraries by their Protocol only: from a file to a server, back, or from file to file.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from rag.datatypes import Document, Vectors
from rag.documents.split import PassageDraft
from rag.errors import LibraryError
from rag.library.folders import LEFT_OUT
from rag.library.listed import DocumentInfo
from rag.library.protocol import Library
from rag.library.stored_libraries import PATHS

COPY_OF = "copy_of"
"""The setting of a copy with the address of what it is a copy of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What copying did: `there` were copied before, `removed` are gone from the source."""

    documents: int
    passages: int
    there: int
    removed: int


def copy_library(
    source: Library,
    target: Library,
    progress: Callable[[str, int, int], None] | None = None,
    settings: Sequence[str] = (),
) -> Copied:
    """Let `target` hold just what `source` does, its paths, and those `settings` of it.

    `progress` gets a document's name, its number and how many there are. What was copied before is
    left alone, so that a copy that was broken off goes on. Raises `LibraryError` where `target`
    holds other documents, or gives back another thing than it was given.
    """
    if source.stale:
        raise LibraryError(
            f"{source.address}: made with another embedder or splitter than this Footnote's; "
            "index it again first"
        )
    listed = source.documents()
    if not listed:
        raise LibraryError(f"{source.address}: holds no documents; there is nothing to copy")
    if target.document_count() and target.get_value(COPY_OF) != source.address:
        raise LibraryError(
            f"{target.address}: holds documents already, and is no copy of {source.address}; "
            "name a library that is empty or new"
        )
    target.start_over({**source.recipe, "dimension": str(dimension_of(source))})
    target.set_value(COPY_OF, source.address)
    there = {info.source: info for info in target.documents()}
    gone = there.keys() - {info.source for info in listed}
    target.remove(*gone)
    copied = passages = 0
    for number, info in enumerate(listed, 1):
        if progress is not None:
            progress(info.name, number, len(listed))
        if not _is_same(info, there.get(info.source)):
            _copy_document(source, target, info)
            copied += 1
            passages += info.passages
    for key in (PATHS, LEFT_OUT, *settings):
        value = source.get_value(key)
        if value is not None:
            target.set_value(key, value)
    target.settle()
    _check_counts(source, target)
    return Copied(
        documents=copied,
        passages=passages,
        there=len(listed) - copied,
        removed=len(gone),
    )


def _is_same(info: DocumentInfo, other: DocumentInfo | None) -> bool:
    """Say whether a document is at the target; all of one is put in one step."""
    return other is not None and (info.name, info.sha256, info.passages, info.characters) == (
        other.name,
        other.sha256,
        other.passages,
        other.characters,
    )


def _copy_document(source: Library, target: Library, info: DocumentInfo) -> None:
    with source.snapshot():
        document, drafts, rows = _whole(source, info)
    expected = _digest(document, drafts, rows)
    target.put(document, drafts, rows)
    target.rename(document.source, document.name)
    (put,) = target.documents(sources=[document.source])
    with target.snapshot():
        if _digest(*_whole(target, put)) != expected:
            target.remove(document.source)
            raise LibraryError(
                f"{target.address}: gave back another text, passage or vector of "
                f"{document.name!r} than it was given; it was taken out again"
            )


def _whole(library: Library, info: DocumentInfo) -> tuple[Document, list[PassageDraft], Vectors]:
    """Return a document with its passages and their unit rows, float32 (n, d)."""
    document = Document(
        source=info.source,
        name=info.name,
        sha256=info.sha256,
        text=library.text(info.id),
        page_starts=library.page_starts(info.id),
        blocks=library.blocks(info.id).all(),
        title=library.title(info.id),
        regions=library.regions(info.id),
        warnings=library.warnings(info.id),
    )
    ids = [passage_id for passage_id, _, _ in library.passage_places(info.id)]
    rows = library.rows(ids)
    passages = library.passages(ids)
    if rows is None or len(passages) != len(ids):
        raise LibraryError(f"{info.name}: was changed while it was copied; copy again")
    drafts = [
        PassageDraft(
            start=passage.start,
            end=passage.end,
            sentences=passage.sentences,
            kinds=passage.kinds,
            path="",
            words=passage.view,
            segments=passage.segments,
        )
        for passage in passages
    ]
    return document, drafts, rows


def _digest(document: Document, drafts: list[PassageDraft], rows: Vectors) -> str:
    """Return the SHA-256 of all that a library keeps of a document."""
    said = json.dumps([astuple(document), [astuple(draft) for draft in drafts]])
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass"))
    digest.update(np.ascontiguousarray(rows, dtype="<f4").tobytes())
    return digest.hexdigest()


def dimension_of(library: Library) -> int:
    """Return how many numbers a library's vectors have. Raises `LibraryError` if it has none."""
    for info in library.documents():
        ids = [passage_id for passage_id, _, _ in library.passage_places(info.id)][:1]
        rows = library.rows(ids) if ids else None
        if rows is not None:
            return int(rows.shape[1])
    raise LibraryError(f"{library.address}: holds no passages; there is nothing to copy")


def _check_counts(source: Library, target: Library) -> None:
    for what, here, there in (
        ("documents", source.document_count(), target.document_count()),
        ("passages", source.passage_count(), target.passage_count()),
    ):
        if here != there:
            raise LibraryError(
                f"{target.address}: has {there:,} {what}, {source.address} has {here:,}: one of "
                "them was changed meanwhile; copy again"
            )
