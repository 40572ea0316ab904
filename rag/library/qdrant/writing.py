"""Changing a shared library: each document in one step, whatever breaks off in between.

A file is read into points that nobody finds yet; then one write to the document's own point makes
them what counts. What they replace, and what a broken connection left behind, is named there too,
and deleted by `settle`. Knows nothing of searching.
"""

import random
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.absolute_path import lies_in
from rag.datatypes import Document, Vectors
from rag.documents.split import PassageDraft
from rag.errors import IndexMismatch, LibraryError
from rag.library.qdrant.bm25 import WordCounter
from rag.library.qdrant.collection import create_collection
from rag.library.qdrant.engine import NoCollection, Reader, clear_errors
from rag.library.qdrant.points import (
    DENSE,
    Place,
    document_id,
    document_key,
    document_payload,
    library_point_id,
    part_points,
    passage_points,
    version_of,
)
from rag.library.qdrant.scope import EVERYONE, Scope, has_id, one_of

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

    from rag.library.qdrant.address import Address

SCHEMA = 1
"""Raised with every change of the points; a library with another one is not touched."""
_BATCH = 64
"""Points that are written at once: some hundred kilobytes, at most 64 pieces of a text."""
_BUSY_MILLISECONDS = 3_600_000
"""How long what is being written is left alone: after that nobody writes it any more."""
_REMEMBERED_MILLISECONDS = 30 * 24 * 3_600_000
"""How long a removed document is remembered, so that others notice."""
_TRIES = 8
_STEPS = 4096
"""Versions within a millisecond; those of two writers at once are hardly the same."""


class Writer:
    """What keeps one library of a collection. One that was opened for groups changes nothing."""

    def __init__(self, client: "QdrantClient", address: "Address", scope: Scope) -> None:
        self._client = client
        self._address = address
        self._may_write = scope.groups is None
        self._own = Reader(client, address, Scope(libraries=frozenset({address.library})))
        self._words = WordCounter()

    def prepare(self, dimension: int) -> None:
        """Make the collection, and this library's place in it, where they are not there."""
        from qdrant_client import models

        self._check_may_write()
        with clear_errors(self._address):
            if not self._client.collection_exists(self._address.collection):
                create_collection(self._client, self._address.collection, dimension)
            if not self.about():
                point = models.PointStruct(
                    id=library_point_id(self._address.library),
                    vector={},
                    payload=Place(library=self._address.library, groups=(EVERYONE,)).payload(
                        "library", schema=SCHEMA, made=str(uuid.uuid4()), changed=self._next()
                    ),
                )
                self._client.upsert(self._address.collection, [point], wait=True)

    def about(self) -> dict[str, Any]:
        """Return what the library says of itself; empty where there is none.

        Raises `IndexMismatch` if another Footnote made it.
        """
        try:
            found = next(self._own.points(["library"], limit=1), None)
        except NoCollection:
            return {}
        payload = dict(found.payload or {}) if found else {}
        if payload and payload.get("schema") != SCHEMA:
            raise IndexMismatch(
                f"{self._address}: made by another Footnote (library version "
                f"{payload.get('schema')}, this one reads {SCHEMA}); use that Footnote, "
                "or another library"
            )
        return payload

    def start_over(self, recipe: Mapping[str, str]) -> bool:
        """Empty the library if it was made with another recipe; see the Protocol."""
        self.prepare(int(recipe["dimension"]))
        made_with = self.about().get("recipe") or {}
        if made_with == recipe:
            return False
        is_of_another_length = self._dimension() != int(recipe["dimension"])
        if is_of_another_length:
            self._check_alone(int(recipe["dimension"]))
        if made_with:
            self._delete(self._own.filter(["document", "removed", "passage", "part"]))
        if is_of_another_length:
            self._make_anew(int(recipe["dimension"]))
        self._say(recipe=dict(recipe), changed=self._next())
        return bool(made_with)

    def put(
        self,
        document: Document,
        drafts: Sequence[PassageDraft],
        vectors: Vectors,
        recipe: Mapping[str, str],
    ) -> None:
        """Put a document in place of what there is of its source; see the Protocol."""
        about = self._check_recipe(recipe)
        expected = (len(drafts), int(recipe["dimension"]))
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise ValueError(f"vectors of shape {vectors.shape}, expected {expected}, all finite")
        key = document_key(self._address.library, document.source)
        number, known = self._find(key)
        version = version_of(key, document.sha256, recipe)
        if known.get("version") == version:
            return
        place = self._place(document.source, about)
        payload = document_payload(place, key, version, document)
        replaced = [known["version"]] if known.get("version") else []
        garbage = [name for name in known.get("garbage", []) if name != version]
        self._begin(number, place, key, known, [*garbage, version])
        points = passage_points(place, number, payload, document.text, drafts, vectors, self._words)
        self._upsert(part_points(place, number, version, document))
        self._upsert(points)
        self._set(self._of(number, version), live=True)
        payload |= {"passages": len(drafts), "garbage": [*garbage, *replaced], "busy_until": 0}
        self._overwrite(number, payload | {"changed": self._next()})
        for name in replaced:
            self._set(self._of(number, name), live=False)
            self._set(has_id([number]), changed=self._next())  # so that words are counted anew
        self._announce(number)

    def rename(self, source: str, name: str) -> None:
        """Call a document otherwise, as far as there is one."""
        self._check_may_write()
        number, known = self._find(document_key(self._address.library, source))
        if known.get("version"):
            self._set(has_id([number]), name=name, changed=self._next())
            self._announce(number)

    def remove(self, *sources: str) -> None:
        """Remove documents, as far as there are; what is left of them is their ids."""
        self._check_may_write()
        for source in sources:
            key = document_key(self._address.library, source)
            number, known = self._find(key)
            if not known.get("version"):
                continue
            place = Place(library=self._address.library, groups=tuple(known["groups"]))
            garbage = [*known.get("garbage", []), known["version"]]
            self._overwrite(
                number,
                place.payload(
                    "removed", key=key, garbage=garbage, busy_until=0, changed=self._next()
                ),
            )
            self._set(self._of(number, known["version"]), live=False)
            self._set(has_id([number]), changed=self._next())
            self._announce(number)

    def share(self, path: str, groups: Iterable[str]) -> int:
        """Let only `groups` read what lies in a file or folder, now and later; none: everyone.

        Returns how many documents there are of it now.
        """
        policy = dict(self.about().get("policy") or {})
        policy[path] = sorted(set(groups)) or [EVERYONE]
        self._check_may_write()
        self._say(policy=policy)
        changed = 0
        for point in list(self._own.points(["document"], payload=["source", "groups", "version"])):
            payload = point.payload or {}
            if not payload.get("version") or not lies_in(payload["source"], Path(path)):
                continue
            changed += 1
            now = list(_groups_of(payload["source"], policy))
            if now != payload["groups"]:  # its own point first: from then on nobody else reads it
                self._set(has_id([int(point.id)]), groups=now)
                self._set(one_of("document", [int(point.id)]), groups=now)
        self._say(changed=self._next())
        return changed

    def settle(self) -> None:
        """Delete what was replaced or removed, and what was never finished."""
        from qdrant_client import models

        self._check_may_write()
        idle = models.FieldCondition(key="busy_until", range=models.Range(lte=_milliseconds()))
        wanted = ["garbage", "kind", "changed"]
        for point in list(self._own.points(["document", "removed"], idle, payload=wanted)):
            payload, number = point.payload or {}, int(point.id)
            if payload.get("garbage"):
                self._delete(self._of(number, *payload["garbage"]))
                self._set(has_id([number]), garbage=[])
        oldest = (_milliseconds() - _REMEMBERED_MILLISECONDS) * _STEPS
        long_ago = models.FieldCondition(key="changed", range=models.Range(lt=oldest))
        if self._own.count(["removed"], idle, long_ago):
            self._delete(self._own.filter(["removed"], idle, long_ago))
            self._say(changed=self._next())

    def set_value(self, key: str, value: str) -> None:
        """Keep a setting."""
        self._check_may_write()
        with clear_errors(self._address):
            self._client.set_payload(
                self._address.collection,
                payload={key: value},
                points=[library_point_id(self._address.library)],
                key="settings",
                wait=True,
            )

    def _check_alone(self, dimension: int) -> None:
        """Raise `LibraryError` where somebody else's library is in the collection, too."""
        from qdrant_client import models

        others = models.Filter(must_not=[one_of("library", [self._address.library])])
        with clear_errors(self._address):
            if self._client.count(self._address.collection, others, exact=True).count:
                raise LibraryError(
                    f"{self._address}: its collection holds other libraries, with vectors of "
                    f"{self._dimension()} numbers, not {dimension}; give this one a collection of "
                    "its own"
                )

    def _make_anew(self, dimension: int) -> None:
        """Make the collection for vectors of another length."""
        from qdrant_client import models

        about = self.about()
        with clear_errors(self._address):
            self._client.delete_collection(self._address.collection)
            create_collection(self._client, self._address.collection, dimension)
            point = models.PointStruct(
                id=library_point_id(self._address.library), vector={}, payload=about
            )
            self._client.upsert(self._address.collection, [point], wait=True)

    def _dimension(self) -> int:
        with clear_errors(self._address):
            vectors = self._client.get_collection(self._address.collection).config.params.vectors
        return int(vectors[DENSE].size) if isinstance(vectors, dict) and DENSE in vectors else 0

    def _check_may_write(self) -> None:
        if not self._may_write:
            raise LibraryError(f"{self._address}: may only be read here, not changed")

    def _check_recipe(self, recipe: Mapping[str, str]) -> dict[str, Any]:
        """Return what the library says of itself."""
        self._check_may_write()
        about = self.about()
        if about.get("recipe") != recipe:
            raise LibraryError(
                f"{self._address}: another Footnote is filling it with other settings; "
                "stop one of the two and index again"
            )
        return about

    def _find(self, key: str) -> tuple[int, dict[str, Any]]:
        """Return the id of the document with this key, and what its point says; empty if new."""
        found = self._own.points(["document", "removed", "pending"], one_of("key", [key]), limit=1)
        point = next(found, None)
        if point is not None:
            return int(point.id), dict(point.payload or {})
        number = document_id(key)
        with clear_errors(self._address):
            while self._client.retrieve(self._address.collection, [number], with_payload=False):
                number += 1  # another document's key begins alike
        return number, {}

    def _place(self, source: str, about: Mapping[str, Any]) -> Place:
        groups = _groups_of(source, about.get("policy") or {})
        return Place(library=self._address.library, groups=groups)

    def _begin(
        self, number: int, place: Place, key: str, known: Mapping[str, Any], garbage: Sequence[str]
    ) -> None:
        """Note at the document's point what is about to be written, so that it can be cleared."""
        busy = {"garbage": list(garbage), "busy_until": _milliseconds() + _BUSY_MILLISECONDS}
        if known:
            self._set(has_id([number]), **busy)
        else:
            self._upsert_one(number, place.payload("pending", key=key, **busy))

    def _of(self, number: int, *versions: str) -> "models.Filter":
        """Return the filter for the passages and pieces of some versions of a document."""
        return self._own.filter(
            ["passage", "part"], one_of("document", [number]), one_of("version", versions)
        )

    def _upsert(self, points: Iterable["models.PointStruct"]) -> None:
        for batch in _batches(points):
            with clear_errors(self._address):
                self._client.upsert(self._address.collection, batch, wait=True)

    def _upsert_one(self, number: int, payload: dict[str, Any]) -> None:
        from qdrant_client import models

        self._upsert([models.PointStruct(id=number, vector={}, payload=payload)])

    def _overwrite(self, number: int, payload: dict[str, Any]) -> None:
        """Put a document's point in place of what it was, in one step."""
        self._upsert_one(number, payload)

    def _set(self, which: Any, **payload: Any) -> None:
        """Set some fields of the points that a filter or condition of this library finds."""
        from qdrant_client import models

        if not isinstance(which, models.Filter):
            which = models.Filter(must=[one_of("library", [self._address.library]), which])
        with clear_errors(self._address):
            self._client.set_payload(
                self._address.collection, payload=payload, points=which, wait=True
            )

    def _delete(self, which: "models.Filter") -> None:
        with clear_errors(self._address):
            self._client.delete(self._address.collection, which, wait=True)

    def _say(self, **payload: Any) -> None:
        """Set fields of the library's own point."""
        with clear_errors(self._address):
            self._client.set_payload(
                self._address.collection,
                payload=payload,
                points=[library_point_id(self._address.library)],
                wait=True,
            )

    def _next(self) -> int:
        """Return a version of the library that is larger than all before."""
        now = _milliseconds() * _STEPS + random.randrange(_STEPS)
        return max(now, self._own.newest()[0] + 1)

    def _announce(self, number: int) -> None:
        """Let the change of a document be the newest: another writer may have been quicker."""
        for _ in range(_TRIES):
            if self._own.newest()[1] == number:
                return
            self._set(has_id([number]), changed=self._next())


def _batches(points: Iterable["models.PointStruct"]) -> Iterator[list["models.PointStruct"]]:
    waiting = iter(points)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _groups_of(source: str, policy: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the groups of the innermost shared place that a file lies in; else everyone."""
    places = [place for place in policy if lies_in(source, Path(place))]
    return tuple(policy[max(places, key=len)]) if places else (EVERYONE,)


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
