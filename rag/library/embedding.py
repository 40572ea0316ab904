"""The vectors of passages: of what is read of them, their words with the path that leads to them.

Knows nothing of documents, files or databases.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rag.datatypes import Embedder, Vectors
from rag.errors import LibraryError

EMBEDDED_AT_ONCE = 32
"""Passages that are embedded in one call."""
VECTORS = "views-1"
"""What the vectors of a library are of; another word makes them anew."""


def embed_views(
    embedder: Embedder, views: Sequence[str], names: str, step: Callable[[int], None]
) -> dict[str, Vectors]:
    """Return the unit row, float32 (d,), of each view, which is path and words in one text.

    `step` is called with how many are done, before every batch and at the end, and may raise an
    error to end the work. Raises `LibraryError`, which begins with `names`, where the embedder
    gives no unit rows of its dimension.
    """
    vectors: dict[str, Vectors] = {}
    for first in range(0, len(views), EMBEDDED_AT_ONCE):
        step(first)
        batch = views[first : first + EMBEDDED_AT_ONCE]
        rows = np.asarray(embedder.embed(batch))
        expected = (len(batch), embedder.dimension)
        if rows.shape != expected or not np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3):
            raise LibraryError(
                f"{names}: the embedder {embedder.name} gave vectors of shape {rows.shape}, or "
                f"not of length 1; expected {expected}; check its files with: footnote models"
            )
        vectors.update(zip(batch, rows, strict=True))
    step(len(views))
    return vectors
