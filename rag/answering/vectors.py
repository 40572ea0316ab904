"""Texts to unit vectors. Knows nothing of files, libraries or ranking."""

from collections.abc import Sequence
from copy import deepcopy
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from rag.datatypes import Vectors
from rag.models.engines import TextEncoder, padded_length
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


class EncoderEmbedder:
    """An `Embedder` over a network that gives unit vectors. May be used by several threads."""

    max_tokens = 256

    def __init__(self, tokenizer: TextTokenizer, encoder: TextEncoder, name: str) -> None:
        self.name = name
        self.dimension = encoder.dimension
        self._encoder = encoder
        self._tokenizer = tokenizer

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (n, dimension) with unit rows; n may be 0."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = [self._tokenizer.ids(text, self.max_tokens) for text in texts]
        by_length = sorted(range(len(texts)), key=lambda place: len(tokens[place]))
        for first in range(0, len(by_length), _BATCH_SIZE):
            places = by_length[first : first + _BATCH_SIZE]
            longest = padded_length(len(tokens[places[-1]]))
            ids = np.full((len(places), longest), self._encoder.pad_id, dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                ids[row, : len(tokens[place])] = tokens[place]
                mask[row, : len(tokens[place])] = 1
            rows[places] = self._encoder.vectors({"input_ids": ids, "attention_mask": mask})
        return rows

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each token, without special tokens or truncation."""
        return self._tokenizer.spans(text)
