"""The tutorial's RAG: chunks of a fixed size, the four nearest by FAISS, one prompt.

The models are Footnote's own. Stands for what a person would write in an afternoon; nothing in it
is tuned, in either direction.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

import faiss
from baseline_answer import (
    CHUNKS_GIVEN,
    BaselineLibrary,
    dense_hits,
    free_answer,
    naive_messages,
    read_library,
)
from baseline_engines import Engine

from rag.answering.timings import Clock
from rag.datatypes import Answer, Embedder
from rag.settings import Settings


class NaiveRag:
    """An `Answerer` over the documents that were opened last."""

    def __init__(
        self, settings: Settings, embedder: Embedder, embedder_id: str, engine: Engine
    ) -> None:
        self.settings = settings
        self.models: Mapping[str, str] = {"embedder": embedder_id, "generator": engine.name}
        self.library = BaselineLibrary([])
        self._embedder = embedder
        self._engine = engine

    def open(self, paths: Sequence[Path]) -> None:
        """Read, cut and index the files under `paths`, in place of those opened before."""
        self.library = read_library(paths, self.settings.max_document_bytes)
        chunks = self.library.chunks
        vectors = self._embedder.embed([chunk.text for chunk in chunks])
        self._index = faiss.IndexFlatIP(self._embedder.dimension)
        self._index.add(vectors)

    def ask(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Answer:
        """Return the answer; `history` and `cancel` are not used."""
        clock = Clock()
        with clock.stage("retrieve"):
            count = min(CHUNKS_GIVEN, len(self.library.chunks))
            (scores,), (rows,) = self._index.search(self._embedder.embed([question]), count)
            found = zip(rows.tolist(), scores.tolist(), strict=True)
            hits = dense_hits([(self.library.chunks[row], score) for row, score in found])
        begin = time.perf_counter()
        text = ""
        for piece in self._engine.stream(
            naive_messages(question, [hit.passage.text for hit in hits])
        ):
            text += piece
            if text.strip():
                clock.read()  # the first reading is the time to the first text
        clock.seconds["generate"] = time.perf_counter() - begin
        return free_answer(question, text, hits, self.library, clock.read())
