"""Bringing a library up to date with files: read, split and embed what changed.

Small documents are embedded together and put into the library as soon as they are, so that it can
be asked meanwhile: whatever interrupts loses at most the documents being done, and none is there by
half. Knows nothing of searching, nor of where the library lives.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np

from rag.datatypes import Document, Embedder, Vectors
from rag.documents.formats.progress import Cancelled, page_reading, reading_pages
from rag.documents.load import Source, hash_file, read_document
from rag.documents.split import PassageDraft, split_passages
from rag.errors import DocumentAway, UnreadableDocument
from rag.library.changes import Changes, Finished, Progress
from rag.library.embedding import EMBEDDED_AT_ONCE, embed_views
from rag.library.protocol import Library
from rag.library.recipe import library_recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """A document that waits to be embedded; `position` is its number, and of how many.

    `vectors` has those that the library holds already, by the passages' views.
    """

    source: Source
    document: Document
    drafts: Sequence[PassageDraft]
    vectors: Mapping[str, Vectors]
    is_known: bool
    position: tuple[int, int]


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
        waiting: list[_Split] = []
        try:
            for number, source in enumerate(sources, 1):
                self._check_cancel()
                split = self._split(source, (number, len(sources)), changes)
                if split is None:
                    continue
                count = len(split.drafts)
                if count + sum(len(each.drafts) for each in waiting) > EMBEDDED_AT_ONCE:
                    self._index(waiting, changes)
                    waiting = []
                waiting.append(split)
            self._index(waiting, changes)
        except Cancelled:
            pass
        if started_over or changes.added or changes.removed or changes.changed or changes.skipped:
            self.library.settle()
        return changes

    def _split(self, source: Source, position: tuple[int, int], changes: Changes) -> _Split | None:
        """Read a file and divide it; None if it is as the library has it, or cannot be read."""
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
            return None
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
            return None
        split = _Split(
            source=source,
            document=document,
            drafts=split_passages(document, self.embedder, self.passage_tokens),
            vectors=self.library.rows_by_view(document.source),
            is_known=bool(known),
            position=position,
        )
        self._report(split, 0, len({d.view for d in split.drafts} - split.vectors.keys()))
        return split

    def _index(self, splits: Sequence[_Split], changes: Changes) -> None:
        """Embed documents and put them in place of what the library had of them."""
        if not splits:
            return
        vectors = self._vectors(splits)
        for split in splits:
            rows = [vectors[draft.view] for draft in split.drafts]
            shape = len(rows), self.embedder.dimension
            self.library.put(
                split.document, split.drafts, np.array(rows, dtype=np.float32).reshape(shape)
            )
            name, warnings = split.document.name, split.document.warnings
            (changes.changed if split.is_known else changes.added).append(name)
            changes.warnings.extend((name, line) for line in warnings)
            self._finish(
                split.source,
                "changed" if split.is_known else "added",
                passages=len(split.drafts),
                warnings=warnings,
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

    def _vectors(self, splits: Sequence[_Split]) -> dict[str, Vectors]:
        """Return the unit row of each view; known ones are not embedded again."""
        vectors: dict[str, Vectors] = {}
        missing: dict[str, None] = {}
        ends: list[int] = []
        for split in splits:
            vectors |= split.vectors
            missing |= dict.fromkeys(d.view for d in split.drafts if d.view not in vectors)
            ends.append(len(missing))

        def step(done: int) -> None:
            number = min(bisect_right(ends, done), len(splits) - 1)
            start = ends[number - 1] if number else 0
            if done:
                self._report(splits[number], done - start, ends[number] - start)
            self._check_cancel()

        names = ", ".join(split.document.name for split in splits[:3])
        return vectors | embed_views(self.embedder, list(missing), names, step)

    def _report(self, split: _Split, embedded: int, passages: int) -> None:
        if self.progress is not None:
            number, documents = split.position
            self.progress(
                Progress(
                    name=split.document.name,
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
