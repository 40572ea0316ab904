"""Bringing a library up to date with files: read, split and embed what changed.

Each document is put into the library as soon as it is embedded, so that it can be asked meanwhile,
and whatever interrupts loses only the document being done. Knows nothing of searching, nor of where
the library lives.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np

from rag.datatypes import Document, Embedder, Vectors
from rag.documents.formats.progress import Cancelled, page_reading, reading_pages
from rag.documents.load import Source, hash_file, read_document
from rag.documents.split import PassageDraft, split_passages
from rag.errors import DocumentAway, LibraryError, UnreadableDocument
from rag.library.changes import Changes, Finished, Progress
from rag.library.protocol import Library
from rag.library.recipe import library_recipe

_BATCH = 32
"""Passages embedded between two looks at `cancel`, and two reports of progress."""
_PATH_WEIGHT = 0.25
"""How much the path counts in a passage's vector, beside its words at 1. Embedded with the words in
one text, it pushed the evidence of questions that do not name the document down (hit@6 on 1,000
questions of 100 everyday documents 0.47 against 0.52); so it does not (0.53), and questions that
name it find the passage first in 0.39 instead of 0.35 (docs/measurements.md)."""


def refresh(
    library: Library,
    sources: Sequence[Source],
    *,
    embedder: Embedder,
    max_document_bytes: int,
    passage_tokens: int,
    progress: Callable[[Progress], None] | None = None,
    finished: Callable[[Finished], None] | None = None,
    cancel: Event | None = None,
    keep_others: bool = False,
    away: Mapping[Path, str] | None = None,
) -> Changes:
    """Make the library hold exactly `sources`, embedding only passages that are new.

    With `keep_others` documents that are not in `sources` stay as they are; so do those in places
    that are `away`, each with why it cannot be looked into.

    An unreadable file is reported in `skipped` and not kept. When `cancel` is set it returns soon;
    documents that were finished stay, also on an error or Ctrl-C.
    """
    indexer = _Indexer(
        library=library,
        embedder=embedder,
        passage_tokens=passage_tokens,
        max_document_bytes=max_document_bytes,
        progress=progress,
        finished=finished,
        cancel=cancel,
    )
    return indexer.refresh(sources, keep_others=keep_others, away=away or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Indexer:
    """One refresh of one library."""

    library: Library
    embedder: Embedder
    passage_tokens: int
    max_document_bytes: int
    progress: Callable[[Progress], None] | None
    cancel: Event | None
    finished: Callable[[Finished], None] | None = None

    def refresh(
        self, sources: Sequence[Source], *, keep_others: bool, away: Mapping[Path, str]
    ) -> Changes:
        """Do what the function of this name does."""
        changes = Changes()
        started_over = self.library.start_over(self._recipe())
        if not keep_others:
            self._remove_others(sources, away, changes)
        try:
            for number, source in enumerate(sources, 1):
                self._check_cancel()
                self._refresh_one(source, (number, len(sources)), changes)
        except Cancelled:
            pass
        if started_over or changes.added or changes.removed or changes.changed or changes.skipped:
            self.library.settle()
        return changes

    def _refresh_one(self, source: Source, position: tuple[int, int], changes: Changes) -> None:
        known = [
            document
            for document in self.library.documents(sources=[source.key])
            if document.bytes <= self.max_document_bytes
        ]
        if known and known[0].sha256 == hash_file(source):  # what it says is known: nothing is read
            if known[0].name != source.name:
                self.library.rename(source.key, source.name)
            changes.unchanged.append(source.name)
            self._finish(source, "unchanged")
            return
        try:
            document = self._read(source, position)
        except UnreadableDocument as error:
            reason = str(error)
            if known and isinstance(error, DocumentAway):
                reason += "; what was read of it before stays"
            else:
                self.library.remove(source.key)
            changes.skipped.append((source.name, reason))
            self._finish(source, "skipped", reason=reason)
            return
        drafts = split_passages(document, self.embedder, self.passage_tokens)
        vectors = self._vectors(document, drafts, position)
        self.library.put(document, drafts, vectors)
        (changes.changed if known else changes.added).append(document.name)
        changes.warnings.extend((document.name, line) for line in document.warnings)
        self._finish(
            source,
            "changed" if known else "added",
            passages=len(drafts),
            warnings=document.warnings,
        )

    def _read(self, source: Source, position: tuple[int, int]) -> Document:
        """Read a file; where its pages have to be recognised, they are reported one by one."""

        def report(recognised: int, pages: int) -> None:
            if self.progress is not None:
                number, documents = position
                self.progress(
                    Progress(
                        name=source.name,
                        number=number,
                        documents=documents,
                        recognised=recognised,
                        pages=pages,
                    )
                )

        with reading_pages(replace(page_reading(), cancel=self.cancel, report=report)):
            return read_document(source, max_bytes=self.max_document_bytes)

    def _vectors(
        self, document: Document, drafts: Sequence[PassageDraft], position: tuple[int, int]
    ) -> Vectors:
        """Return the unit row of each draft, float32 (n, d); known views are not embedded."""
        vectors = self.library.rows_by_view(document.source)
        missing = {draft.view: draft for draft in drafts if draft.view not in vectors}
        paths = self._paths(missing.values(), document.name)
        views = list(missing)
        for first in range(0, len(views), _BATCH):
            self._report(document.name, position, first, len(views))
            batch = [missing[view] for view in views[first : first + _BATCH]]
            rows = self._embed([draft.words for draft in batch], document.name)
            for draft, row in zip(batch, rows, strict=True):
                vectors[draft.view] = _blend(row, paths.get(draft.path))
            self._check_cancel()
        self._report(document.name, position, len(views), len(views))
        found = [vectors[draft.view] for draft in drafts]
        return np.array(found, dtype=np.float32).reshape(len(found), self.embedder.dimension)

    def _paths(self, drafts: Iterable[PassageDraft], name: str) -> dict[str, Vectors]:
        """Return the vector of each path; many passages share one."""
        paths = list(dict.fromkeys(draft.path for draft in drafts if draft.path))
        rows: dict[str, Vectors] = {}
        for first in range(0, len(paths), _BATCH):
            batch = paths[first : first + _BATCH]
            rows.update(zip(batch, self._embed(batch, name), strict=True))
            self._check_cancel()
        return rows

    def _embed(self, texts: Sequence[str], name: str) -> Vectors:
        rows = np.asarray(self.embedder.embed(texts))
        expected = (len(texts), self.embedder.dimension)
        if rows.shape != expected or not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3):
            raise LibraryError(
                f"{name}: the embedder {self.embedder.name} gave vectors of shape {rows.shape}, or "
                f"not of length 1; expected {expected}; check its files with: footnote models"
            )
        return rows

    def _report(self, name: str, position: tuple[int, int], embedded: int, passages: int) -> None:
        if self.progress is not None:
            number, documents = position
            self.progress(
                Progress(
                    name=name,
                    number=number,
                    documents=documents,
                    embedded=embedded,
                    passages=passages,
                )
            )

    def _finish(
        self,
        source: Source,
        outcome: str,
        *,
        passages: int = 0,
        reason: str = "",
        warnings: tuple[str, ...] = (),
    ) -> None:
        if self.finished is not None:
            self.finished(
                Finished(
                    source=source.key,
                    name=source.name,
                    outcome=outcome,
                    passages=passages,
                    reason=reason,
                    warnings=warnings,
                )
            )

    def _check_cancel(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled

    def _remove_others(
        self, sources: Sequence[Source], away: Mapping[Path, str], changes: Changes
    ) -> None:
        """Remove what is known to be gone; what may only be away is kept."""
        kept = {source.key for source in sources}
        places = {Source(path=path, name="").key: reason for path, reason in away.items()}
        known = [(file.source, file.name) for file in self.library.known_files()]
        for key, name in sorted(known, key=lambda each: each[1]):
            if key in kept:
                continue
            around = [str(place) for place in (Path(key), *Path(key).parents)]
            place = next((place for place in around if place in places), None)
            if place is None:
                self.library.remove(key)
                changes.removed.append(name)
            else:
                changes.kept.append((name, f"{place}: {places[place]}"))

    def _recipe(self) -> dict[str, str]:
        """Return what passages and vectors are made with: the library's own embedder, and so on."""
        recipe = library_recipe(self.library.recipe["embedder"], self.passage_tokens)
        return recipe | {"dimension": str(self.embedder.dimension)}


def _blend(words: Vectors, path: Vectors | None) -> Vectors:
    """Return the unit vector of a passage, of that of its words and that of its path."""
    if path is None:
        return words
    both = words + _PATH_WEIGHT * path
    return np.asarray(both / np.linalg.norm(both), dtype=np.float32)
