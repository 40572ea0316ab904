"""The same through a framework: txtai's embeddings database and its RAG pipeline.

The chunks, how many are given, the models and the instruction are those of the naive baseline; the
index, the prompt's template (the one in txtai's documentation) and the generation are txtai's.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from baseline_answer import (
    CHUNKS_GIVEN,
    INSTRUCTION,
    MAX_NEW_TOKENS,
    WRITER,
    BaselineLibrary,
    dense_hits,
    free_answer,
    read_library,
)
from baseline_engines import TransformersEngine

from rag.answering.timings import Clock
from rag.datatypes import Answer
from rag.models.find import find_model
from rag.settings import Settings

_EMBEDDER = "all-MiniLM-L6-v2"
SYSTEM = "You are a friendly assistant. You answer questions from users."
TEMPLATE = INSTRUCTION + "\n\nquestion: {question}\ncontext: {context}"


class TxtaiRag:
    """An `Answerer` over the documents that were opened last."""

    def __init__(self, settings: Settings) -> None:
        from txtai import LLM

        self.settings = settings
        self._embedder_folder = str(find_model(_EMBEDDER, "embedder").folder)
        engine = TransformersEngine(settings)
        self._model: Any = LLM((engine.model, engine.tokenizer), task="language-generation")
        self.models: Mapping[str, str] = {
            "embedder": _EMBEDDER,
            "generator": f"{WRITER}, txtai, transformers float32",
        }
        self.library = BaselineLibrary([])
        self._rag: Any = None
        self._embeddings: Any = None
        self._found: list[dict[str, Any]] = []

    def open(self, paths: Sequence[Path]) -> None:
        """Read, cut and index the files under `paths`, in place of those opened before."""
        from txtai import RAG, Embeddings

        self.library = read_library(paths, self.settings.max_document_bytes)
        if self._embeddings is not None:
            self._embeddings.close()
        self._embeddings = Embeddings(
            path=self._embedder_folder, content=True, backend="faiss", gpu=False
        )
        self._embeddings.index((chunk.id, chunk.text, None) for chunk in self.library.chunks)
        self._rag = RAG(
            self._search,
            self._model,
            context=CHUNKS_GIVEN,
            output="flatten",
            separator="\n\n",
            system=SYSTEM,
            template=TEMPLATE,
        )

    def ask(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Answer:
        """Return the answer; `history` and `cancel` are not used.

        txtai can stream, but gives up when 5 s pass without a token, as they may on a slow machine,
        and writes on behind the caller's back. So the first text is there at the end.
        """
        clock = Clock()
        with clock.stage("generate"):  # its searching too: the pipeline does both in one call
            text = str(self._rag(question, max_new_tokens=MAX_NEW_TOKENS, do_sample=False))
        chunks = self.library.chunks
        hits = dense_hits([(chunks[int(row["id"])], row["score"]) for row in self._found])
        return free_answer(question, text, hits, self.library, clock.read())

    def _search(self, queries: Sequence[str], limit: int) -> list[list[dict[str, Any]]]:
        """Search as the RAG pipeline would, and keep what it was given: that is what is cited."""
        results: list[list[dict[str, Any]]] = self._embeddings.batchsearch(queries, limit)
        self._found = results[0]
        return results
