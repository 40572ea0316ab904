"""Texts to unit vectors, and the FAISS index that finds the nearest ones.

Knows nothing of files, libraries or ranking: it gets texts and rows and gives rows and scores.
"""

from collections.abc import Sequence
from copy import deepcopy
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Vectors
from rag.errors import IndexMismatch
from rag.models.engines import run
from rag.models.tokenizer import TextTokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_SIZE = 16
"""Texts embedded at once: larger batches pad more and gain nothing on two cores."""


class SentenceTransformerEmbedder:
    """An `Embedder` over a sentence-transformers model that is already loaded."""

    def __init__(self, model: "SentenceTransformer", name: str) -> None:
        self.name = name
        self._model = model
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or 256)
        self._tokenizer = TextTokenizer(deepcopy(model.tokenizer.backend_tokenizer))
        self._next, self._using = Lock(), Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (n, dimension) with unit rows; n may be 0.

        Threads take turns, for the tokenizer is not safe to share: whoever waits comes next, so
        that a question is not held up by a library that is being read.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._next:
            self._using.acquire()
        try:
            rows = self._model.encode(
                list(texts),
                batch_size=_BATCH_SIZE,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        finally:
            self._using.release()
        return np.ascontiguousarray(rows, dtype=np.float32)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each token, without special tokens or truncation."""
        return self._tokenizer.spans(text)


class OpenVinoEmbedder:
    """An `Embedder` over a compiled model that gives unit vectors."""

    max_tokens = 256

    def __init__(self, tokenizer: TextTokenizer, model: Any, name: str) -> None:
        self.name = name
        self._model = model
        self.dimension = int(model.outputs[0].partial_shape[1].get_length())
        self._tokenizer = tokenizer

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (n, dimension) with unit rows; n may be 0."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = [self._tokenizer.ids(text, self.max_tokens) for text in texts]
        by_length = sorted(range(len(texts)), key=lambda place: len(tokens[place]))
        for first in range(0, len(by_length), _BATCH_SIZE):
            places = by_length[first : first + _BATCH_SIZE]
            longest = len(tokens[places[-1]])
            ids = np.zeros((len(places), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                ids[row, : len(tokens[place])] = tokens[place]
                mask[row, : len(tokens[place])] = 1
            rows[places] = run(self._model, {"input_ids": ids, "attention_mask": mask})[0]
        return rows

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each token, without special tokens or truncation."""
        return self._tokenizer.spans(text)


class PassageIndex:
    """Exact inner-product search over unit vectors, in memory.

    Args:
        ids: int64 (n,), the passage of each row.
        rows: float32 (n, d), unit rows.

    Raises:
        IndexMismatch: the rows do not fit the ids or hold numbers that are not finite.
    """

    def __init__(self, ids: NDArray[np.int64], rows: Vectors) -> None:
        if rows.ndim != 2 or len(ids) != len(rows) or not np.isfinite(rows).all():
            raise IndexMismatch(
                f"the library's vectors are damaged ({len(ids)} ids, rows of shape {rows.shape}): "
                "delete the library and index again"
            )
        import faiss

        self._ids = ids
        self._rows = rows
        self._index = faiss.IndexFlatIP(max(1, rows.shape[1]))
        if len(rows):
            self._index.add(np.ascontiguousarray(rows))

    def search(self, query: Vectors, limit: int) -> list[tuple[int, float]]:
        """Return up to `limit` (passage id, cosine similarity in [-1, 1]), nearest first.

        `query` is a unit row, float32 (d,).
        """
        return self.search_many(query[np.newaxis], limit)[0]

    def search_many(self, queries: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        """Return for each of the unit rows `queries`, float32 (n, d), what `search` does."""
        if not len(self._ids):
            return [[] for _ in queries]
        if queries.ndim != 2 or queries.shape[1] != self._index.d:
            raise IndexMismatch(
                f"the question's vector has shape {queries.shape[1:]}, the library's have "
                f"{self._index.d} numbers: index again with the same embedder"
            )
        scores, rows = self._index.search(queries, min(limit, len(self._ids)))
        ids = self._ids[rows]
        return [
            list(zip(ids[number].tolist(), scores[number].tolist(), strict=True))
            for number in range(len(queries))
        ]

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, passage_id: int) -> bool:
        place = int(np.searchsorted(self._ids, passage_id))
        return place < len(self._ids) and int(self._ids[place]) == passage_id

    def rows(self, passage_ids: Sequence[int]) -> Vectors:
        """Return the unit rows of passages that are all in the index, in their order."""
        return self._rows[np.searchsorted(self._ids, np.asarray(passage_ids, dtype=np.int64))]

    def similarity(self, query: Vectors, passage_ids: Sequence[int]) -> list[float]:
        """Return the cosine similarity of `query` to the given passages, in their order."""
        if not passage_ids:
            return []  # rows that were never filled have no dimension
        return [float(value) for value in self.rows(passage_ids) @ query]

    def search_within(
        self, query: Vectors, passage_ids: Sequence[int], limit: int
    ) -> list[tuple[int, float]]:
        """Return what `search` does, of the given passages only; those not in the index are not."""
        known = [passage_id for passage_id in passage_ids if passage_id in self]
        found = zip(known, self.similarity(query, known), strict=True)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]
