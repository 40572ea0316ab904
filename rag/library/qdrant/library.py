"""A library that many share, on a Qdrant server: `rag.library.protocol.Library` over its points.

Opened for a scope; nothing here asks the server but through a reader of that scope, or to write.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from rag.datatypes import Document, Passage, Region, Vectors
from rag.documents.split import PassageDraft
from rag.library.block_store import StoredBlocks
from rag.library.listed import DocumentInfo, KnownDocument
from rag.library.protocol import Candidates, Headline, Query, Scored, Since
from rag.library.qdrant.address import Address
from rag.library.qdrant.documents import Documents
from rag.library.qdrant.engine import VERSIONED, Reader
from rag.library.qdrant.points import (
    DENSE,
    document_key,
    passage_of,
    regions_of,
)
from rag.library.qdrant.scope import Scope, has_id, live, one_of
from rag.library.qdrant.searching import Searcher
from rag.library.qdrant.writing import Writer

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_MOST_NAMED = 10_000
"""Documents among which the first by name are looked for."""


class QdrantLibrary:
    """An open shared library; made by `open_shared`. May be used by several threads."""

    def __init__(
        self,
        client: "QdrantClient",
        address: Address,
        recipe: Mapping[str, str],
        scope: Scope | None = None,
        *,
        owns_client: bool = True,
    ) -> None:
        scope = scope or Scope(libraries=frozenset({address.library}))
        self._address = address
        self._owns_client = owns_client
        self._recipe = dict(recipe)
        self._reader = Reader(client, address, scope)
        self._searcher = Searcher(self._reader)
        self._writer = Writer(client, address, scope)
        self._documents = Documents(self._reader)
        self._made = self._writer.about().get("made")

    @property
    def name(self) -> str:
        """What people call it."""
        return self._address.library

    @property
    def address(self) -> str:
        """Where it lives: `qdrant://…`, without secrets."""
        return str(self._address)

    def for_groups(self, groups: Iterable[str]) -> "QdrantLibrary":
        """Return the same library as somebody sees it who is in these groups, to be read only."""
        scope = Scope(libraries=self._reader.scope.libraries, groups=frozenset(groups))
        return QdrantLibrary(
            self._reader.client, self._address, self._recipe, scope, owns_client=False
        )

    @property
    def recipe(self) -> Mapping[str, str]:
        return self._recipe

    @property
    def stale(self) -> bool:
        made_with = self._about().get("recipe") or {}
        return bool(made_with) and not self._recipe.items() <= made_with.items()

    @property
    def is_replaced(self) -> bool:
        return bool(self._about().get("made") != self._made)

    def start_over(self, recipe: Mapping[str, str]) -> bool:
        was_another = self._writer.start_over(recipe)
        self._recipe = dict(recipe)
        return was_another

    def put(self, document: Document, passages: Sequence[PassageDraft], vectors: Vectors) -> None:
        self._writer.put(document, passages, vectors, self._recipe)

    def rename(self, source: str, name: str) -> None:
        self._writer.rename(source, name)

    def remove(self, *sources: str) -> None:
        self._writer.remove(*sources)

    def share(self, path: str, groups: Iterable[str]) -> int:
        """Let only `groups` read what lies in a file or folder, now and later; none: everyone.

        Returns how many documents there are of it.
        """
        return self._writer.share(path, groups)

    def settle(self) -> None:
        self._writer.settle()

    def version(self) -> int:
        return self._reader.newest()[0]

    def changed_since(self, version: int) -> Since | None:
        from qdrant_client import models

        later = models.FieldCondition(key="changed", range=models.Range(gt=version))
        latest = version
        put: set[int] = set()
        removed: set[int] = set()
        for point in self._reader.points(VERSIONED, later, payload=["kind", "changed"]):
            payload = point.payload or {}
            if payload["kind"] == "library":
                return None
            latest = max(latest, int(payload["changed"]))
            (put if payload["kind"] == "document" else removed).add(int(point.id))
        return Since(version=latest, put=frozenset(put), removed=frozenset(removed))

    def search(self, queries: Sequence[Query], limit: int) -> list[Candidates]:
        return self._searcher.search(queries, limit, self._recipe)

    def nearest(
        self, row: Vectors, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        return self._searcher.nearest(row, limit, documents, self._recipe)

    def matching(
        self, question: str, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        return self._searcher.matching(question, limit, documents, self._recipe)

    def words_of_all(self, question: str) -> float:
        return self._searcher.words_of_all(question, self._recipe)

    def passages(self, ids: Sequence[int]) -> list[Passage]:
        points = {int(p.id): p.payload or {} for p in self._reader.points(["passage"], has_id(ids))}
        current = self._documents.versions({payload["document"] for payload in points.values()})
        found = {
            number: passage_of(number, payload)
            for number, payload in points.items()
            if current.get(payload["document"]) == payload["version"]
        }
        return [found[number] for number in ids if number in found]

    def rows(self, passage_ids: Sequence[int]) -> Vectors | None:
        rows: dict[int, Any] = {}
        for point in self._reader.points(
            ["passage"], live(), has_id(passage_ids), payload=False, vectors=[DENSE]
        ):
            rows[int(point.id)] = _dense(point)
        if not all(number in rows for number in passage_ids):
            return None
        dimension = int(self._recipe.get("dimension", 0))
        return np.array([rows[number] for number in passage_ids], dtype=np.float32).reshape(
            len(passage_ids), -1 if passage_ids else dimension
        )

    def passage_places(
        self, document_id: int, start: int = 0, end: int | None = None
    ) -> list[tuple[int, int, int]]:
        from qdrant_client import models

        conditions = [models.FieldCondition(key="end", range=models.Range(gt=start))]
        if end is not None:
            conditions.append(models.FieldCondition(key="start", range=models.Range(lt=end)))
        found = self._documents.passages(document_id, ["start", "end"], (), *conditions)
        places = [(int(point.id), own["start"], own["end"]) for point, own in found]
        return sorted(places, key=lambda place: (place[1], place[0]))

    def passage_count(self) -> int:
        points = self._reader.points(["document"], payload=["passages"])
        return sum((point.payload or {})["passages"] for point in points)

    def rows_by_view(self, source: str) -> dict[str, Vectors]:
        key = document_key(self._address.library, source)
        known = next(self._reader.points(["document"], one_of("key", [key]), payload=False), None)
        if known is None:
            return {}
        return {
            payload["view"]: np.array(_dense(point), dtype=np.float32)
            for point, payload in self._documents.passages(int(known.id), ["view"], [DENSE])
        }

    def documents(
        self, *, ids: Iterable[int] | None = None, sources: Iterable[str] | None = None
    ) -> list[DocumentInfo]:
        names = ("source", "name", "sha256", "characters", "bytes", "indexed_at", "passages")
        conditions: list[Any] = []
        if ids is not None:
            conditions.append(has_id(list(ids)))
        if sources is not None:
            keys = [document_key(self._address.library, source) for source in sources]
            conditions.append(one_of("key", keys))
        points = self._reader.points(["document"], *conditions, payload=names)
        found = [
            DocumentInfo(id=int(point.id), **{name: (point.payload or {})[name] for name in names})
            for point in points
        ]
        return sorted(found, key=lambda each: (each.name, each.source))

    def known_files(
        self, limit: int | None = None, first: Iterable[int] = ()
    ) -> list[KnownDocument]:
        names = ("source", "name", "sha256", "indexed_at")
        chosen = set(first)
        before = list(self._reader.points(["document"], has_id(chosen), payload=names))
        others = self._reader.points(["document"], payload=names, limit=limit)
        rest = [point for point in others if point.id not in chosen]
        points = [*before, *rest][:limit]
        return [
            KnownDocument(int(point.id), *((point.payload or {})[name] for name in names))
            for point in points
        ]

    def headlines(self, ids: Iterable[int] | None = None) -> list[Headline]:
        names = ("name", "title", "opening")
        conditions = [] if ids is None else [has_id(list(ids))]
        return [
            Headline(int(point.id), *((point.payload or {})[name] for name in names))
            for point in self._reader.points(["document"], *conditions, payload=names)
        ]

    def document_name(self, document_id: int) -> str:
        return str(self._documents.get(document_id)["name"])

    def document_names(self, ids: Iterable[int]) -> dict[int, str]:
        points = self._reader.points(["document"], has_id(list(ids)), payload=["name"])
        return {int(point.id): (point.payload or {})["name"] for point in points}

    def first_names(self, limit: int) -> dict[int, str]:
        points = self._reader.points(
            ["document"], payload=["name", "source"], limit=max(limit, _MOST_NAMED)
        )
        named = [(point.payload or {}, int(point.id)) for point in points]
        named.sort(key=lambda pair: (pair[0]["name"], pair[0]["source"]))
        return {number: payload["name"] for payload, number in named[:limit]}

    def document_count(self) -> int:
        return self._reader.count(["document"])

    def holds(self, sha256: str) -> bool:
        return self._reader.count(["document"], one_of("sha256", [sha256])) > 0

    def snapshot(self) -> AbstractContextManager[None]:
        return self._documents.snapshot()

    def text(self, document_id: int) -> str:
        return self._documents.text(document_id, self._documents.get(document_id))

    def text_if(self, document_id: int, text_sha256: str) -> str | None:
        document = self._documents.find(document_id)
        if document is None or document["text_sha256"] != text_sha256:
            return None
        return self._documents.text(document_id, document)

    def text_sha256(self, document_id: int) -> str:
        return str(self._documents.get(document_id)["text_sha256"])

    def page(self, document_id: int, offset: int) -> int | None:
        page_starts = self.page_starts(document_id)
        return max(1, bisect_right(page_starts, offset)) if page_starts else None

    def page_starts(self, document_id: int) -> tuple[int, ...]:
        return tuple(self._documents.get(document_id)["page_starts"])

    def title(self, document_id: int) -> str:
        return str(self._documents.get(document_id)["title"])

    def opening(self, document_id: int) -> str:
        return str(self._documents.get(document_id)["opening"])

    def blocks(self, document_id: int) -> StoredBlocks:
        return self._documents.blocks(document_id)

    def regions(self, document_id: int) -> tuple[Region, ...]:
        return regions_of(self._documents.get(document_id))

    def warnings(self, document_id: int) -> tuple[str, ...]:
        return tuple(self._documents.get(document_id)["warnings"])

    def get_value(self, key: str) -> str | None:
        return (self._about().get("settings") or {}).get(key)

    def set_value(self, key: str, value: str) -> None:
        self._writer.set_value(key, value)

    def close(self) -> None:
        if self._owns_client:
            self._reader.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _about(self) -> dict[str, Any]:
        return self._writer.about()


def _dense(point: Any) -> list[float]:
    row: list[float] = point.vector[DENSE]
    return row
