"""Documents and passages as points of a collection, and back. Pure values, nothing is asked.

A document is one point without vectors; its text and its structure are further points, in pieces;
each passage is a point with its unit row and its words. All that belongs to one reading of a file
carries that reading's `version`; the document's point names the one that counts, so that a single
write to a single point puts all of it in place.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag.datatypes import Document, Passage, Region, Segment, Vectors
from rag.documents.split import PassageDraft
from rag.library.block_store import encode_blocks
from rag.library.qdrant.bm25 import WordCounter, sparse_vector

if TYPE_CHECKING:
    from qdrant_client import models

DENSE, WORDS = "dense", "words"
"""The names of a passage's two vectors."""
TEXT, STRUCTURE = "text", "structure"
"""What the pieces of a document are of."""
OPENING = 200
_PIECE = 250_000
"""Characters of a piece: at most a megabyte."""
_SMALL_IDS = 2**53
"""Ids of documents are below it, so that a page's JavaScript can say them; those of passages from
it on, so that no two points have the same."""
_MOST_PASSAGES = 2**24
_NAMES = uuid.UUID("1a4d1f0e-7d5c-5a53-9c0b-6f1f3f0f2a01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose a point is: its library, and the groups that may read it."""

    library: str
    groups: tuple[str, ...]

    def payload(self, kind: str, **more: Any) -> dict[str, Any]:
        """Return the payload of a point of this kind."""
        return {"kind": kind, "library": self.library, "groups": list(self.groups), **more}


def document_key(library: str, source: str) -> str:
    """Return what a document is known by, whatever it is called."""
    return _hash(library, source)


def document_id(key: str) -> int:
    """Return the id that a document has unless another one has it already."""
    return int(key[:16], 16) % (_SMALL_IDS - 1) + 1


def version_of(key: str, sha256: str, recipe: Mapping[str, str]) -> str:
    """Return the name of one reading of a file: the same file read the same way is the same."""
    return _hash(key, sha256, json.dumps(sorted(recipe.items())))


def library_point_id(library: str) -> str:
    """Return the id of the point in which a library says of itself what it is."""
    return str(uuid.uuid5(_NAMES, library))


def document_payload(place: Place, key: str, version: str, document: Document) -> dict[str, Any]:
    """Return what the point of a document says of it, its text and structure apart."""
    data = document.text.encode()
    return place.payload(
        "document",
        key=key,
        version=version,
        source=document.source,
        name=document.name,
        sha256=document.sha256,
        characters=len(document.text),
        bytes=len(data),
        indexed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        page_starts=list(document.page_starts),
        title=document.title,
        opening=document.text[:OPENING].lstrip().split("\n", 1)[0].rstrip(),
        regions=[list(astuple(region)) for region in document.regions],
        warnings=list(document.warnings),
        text_sha256=hashlib.sha256(data).hexdigest(),
    )


def part_points(
    place: Place, document: int, version: str, of: Document
) -> Iterator["models.PointStruct"]:
    """Yield the pieces of a document's text and structure."""
    from qdrant_client import models

    for part, data in ((TEXT, of.text), (STRUCTURE, encode_blocks(of.blocks))):
        for number, start in enumerate(range(0, len(data), _PIECE)):
            yield models.PointStruct(
                id=str(uuid.uuid5(_NAMES, f"{document} {version} {part} {number}")),
                vector={},
                payload=place.payload(
                    "part",
                    document=document,
                    version=version,
                    part=part,
                    number=number,
                    data=data[start : start + _PIECE],
                ),
            )


def passage_points(
    place: Place,
    document: int,
    payload: Mapping[str, Any],
    text: str,
    drafts: Sequence[PassageDraft],
    vectors: Vectors,
    counter: WordCounter,
) -> Iterator["models.PointStruct"]:
    """Yield the passages of a document, which nobody finds before they are `live`.

    `payload` is that of the document, `text` its text.
    """
    from qdrant_client import models

    first = _first_passage_id(document, str(payload["version"]))
    counts = counter.counts([draft.view for draft in drafts])
    for number, (draft, row, said) in enumerate(zip(drafts, vectors, counts, strict=True)):
        indices, values = sparse_vector(said)
        yield models.PointStruct(
            id=first + number,
            vector={
                DENSE: row.tolist(),
                WORDS: models.SparseVector(indices=indices, values=values),
            },
            payload=place.payload(
                "passage",
                document=document,
                version=payload["version"],
                live=False,
                length=sum(said.values()),
                start=draft.start,
                end=draft.end,
                sentences=[list(pair) for pair in draft.sentences],
                kinds=list(draft.kinds),
                text=text[draft.start : draft.end],
                view=draft.view,
                segments=[list(segment) for segment in draft.segments],
                text_sha256=payload["text_sha256"],
            ),
        )


def passage_of(point_id: int, payload: Mapping[str, Any]) -> Passage:
    """Return the passage that a point is."""
    return Passage(
        id=point_id,
        document_id=payload["document"],
        start=payload["start"],
        end=payload["end"],
        sentences=tuple((start, end) for start, end in payload["sentences"]),
        kinds=tuple(payload["kinds"]),
        text=payload["text"],
        view=payload["view"],
        segments=tuple(Segment(*segment) for segment in payload["segments"]),
        text_sha256=payload["text_sha256"],
    )


def regions_of(payload: Mapping[str, Any]) -> tuple[Region, ...]:
    """Return where the recognised text of a document stands in its pictures."""
    names = ("start", "end", "page", "left", "top", "right", "bottom")
    return tuple(Region(**dict(zip(names, region, strict=True))) for region in payload["regions"])


def _first_passage_id(document: int, version: str) -> int:
    room = 2**63 - _SMALL_IDS - _MOST_PASSAGES
    return _SMALL_IDS + int(_hash(str(document), version)[:16], 16) % room


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
