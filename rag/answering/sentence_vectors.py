"""Vectors of single sentences, kept in memory: a passage's own vector is the mean of all it says.

They are embedded when a passage is first looked at, and forgotten when others were asked for more
lately; so are other short texts that come again, like the names of a table's columns. Nothing is
written to the disk. May be used by several threads.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Embedder, Passage, Vectors

_KEPT = 20_000
"""Sentences whose vectors are kept: 15 MB of half floats, beside their words."""
_AT_ONCE = 64
_LONGEST = 1_000
"""Characters of a sentence that are looked at."""


class SentenceVectors:
    """Knows how near the best sentence of a passage is to a question."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = Lock()

    def nearest(
        self, rows: Vectors, passages: Sequence[Sequence[Passage]]
    ) -> list[dict[int, float]]:
        """Return for each unit row the cosine to the best sentence of its passages, by their ids.

        Passages without a sentence are left out.
        """
        sentences = [{each.id: _sentences(each) for each in own} for own in passages]
        wanted = dict.fromkeys(
            sentence for own in sentences for texts in own.values() for sentence in texts
        )
        vectors = self._vectors(list(wanted))
        return [
            {
                passage: max(float(vectors[sentence] @ row) for sentence in texts)
                for passage, texts in own.items()
                if texts
            }
            for row, own in zip(rows, sentences, strict=True)
        ]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the unit rows of some texts, as far as half floats have them."""
        if not texts:
            return self._embedder.embed([])
        vectors = self._vectors(list(dict.fromkeys(texts)))
        return np.stack([vectors[text] for text in texts])

    def _vectors(self, sentences: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        with self._lock:
            found = {
                sentence: self._known[sentence] for sentence in sentences if sentence in self._known
            }
        missing = sorted((each for each in sentences if each not in found), key=len)
        for first in range(0, len(missing), _AT_ONCE):
            batch = missing[first : first + _AT_ONCE]
            rows = self._embedder.embed(batch).astype(np.float16)
            found.update((each, row.copy()) for each, row in zip(batch, rows, strict=True))
        with self._lock:
            for sentence in sentences:
                self._known[sentence] = found[sentence]
                self._known.move_to_end(sentence)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return {sentence: row.astype(np.float32) for sentence, row in found.items()}


def _sentences(passage: Passage) -> tuple[str, ...]:
    """Return the sentences (rows, items) of a passage that say something."""
    texts = (
        passage.text[start - passage.start : end - passage.start]
        for start, end in passage.sentences
    )
    return tuple(text[:_LONGEST] for text in texts if any(map(str.isalnum, text)))
