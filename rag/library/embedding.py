"""The vectors of passages: of their words, with a little of the path that leads to them.

Knows nothing of documents, files or databases.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from rag.datatypes import Embedder, Vectors
from rag.documents.split import PassageDraft
from rag.errors import LibraryError

EMBEDDED_AT_ONCE = 32
"""Passages, or paths, that are embedded in one call."""
_PATH_WEIGHT = 0.25
"""How much the path counts in a passage's vector, beside its words at 1. Embedded with the words in
one text, it pushed the evidence of questions that do not name the document down (hit@6 on 1,000
questions of 100 everyday documents 0.47 against 0.52); so it does not (0.53), and questions that
name it find the passage first in 0.39 instead of 0.35 (docs/measurements.md)."""


def embed_views(
    embedder: Embedder,
    drafts: Mapping[str, PassageDraft],
    names: str,
    step: Callable[[int], None],
) -> dict[str, bytes]:
    """Return the vector of each view of `drafts` as float32, little-endian.

    `step` is called with how many are done, before every batch and at the end, and may raise an
    error to end the work. Raises `LibraryError`, which begins with `names`, where the embedder
    gives no unit rows of its dimension.
    """
    paths = list(dict.fromkeys(draft.path for draft in drafts.values() if draft.path))
    of_path: dict[str, Vectors] = {}
    vectors: dict[str, bytes] = {}
    for batch in _batches(paths):
        of_path.update(zip(batch, _embed(embedder, batch, names), strict=True))
    for batch in _batches(list(drafts)):
        step(len(vectors))
        rows = _embed(embedder, [drafts[view].words for view in batch], names)
        for view, row in zip(batch, rows, strict=True):
            path = of_path.get(drafts[view].path)
            vectors[view] = _blend(row, path).astype("<f4").tobytes()
    step(len(vectors))
    return vectors


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    return [
        texts[first : first + EMBEDDED_AT_ONCE] for first in range(0, len(texts), EMBEDDED_AT_ONCE)
    ]


def _embed(embedder: Embedder, texts: Sequence[str], names: str) -> Vectors:
    rows = np.asarray(embedder.embed(texts))
    expected = (len(texts), embedder.dimension)
    if rows.shape != expected or not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3):
        raise LibraryError(
            f"{names}: the embedder {embedder.name} gave vectors of shape {rows.shape}, or "
            f"not of length 1; expected {expected}; check its files with: footnote models"
        )
    return rows


def _blend(words: Vectors, path: Vectors | None) -> Vectors:
    """Return the unit vector of a passage, of that of its words and that of its path."""
    if path is None:
        return words
    both = words + _PATH_WEIGHT * path
    return np.asarray(both / np.linalg.norm(both), dtype=np.float32)
