"""Hybrid retrieval: the passages nearest to a question, by meaning and by words, in one ranking.

The two scores are combined convexly (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions
for Hybrid Retrieval"): reciprocal rank fusion throws away how much better the first is than the
second, and measured worse than BM25 alone. Words count by how many of the question's are found:
divided by the best passage's score, as is common, one word in common outvoted the meaning. Knows
nothing of reading or answering.
"""

from collections.abc import Collection, Mapping, Sequence
from threading import Lock

from rag.answering.vectors import PassageIndex
from rag.datatypes import Embedder, Hit, Passage, Vectors
from rag.library.library import Library

DENSE_WEIGHT = 0.55
"""Weight of the cosine similarity; the rest is BM25's, divided by what a passage with all words of
the question would have. Fitted on the six tuning articles (hit@1 0.76, hit@6 0.97, as at 0.7 of
the best score: 0.78, 0.97) and on 1,000 questions of 100 everyday documents in one library, which
share few words with the text (hit@6 0.53 against 0.44)."""

_CANDIDATES = 100
"""Passages taken from each retriever before fusion."""


class Retriever:
    """Ranks the passages of one library; follows the library when its content changes."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder
        self._lock = Lock()
        self._version: int | None = None
        self._index: PassageIndex | None = None

    def retrieve(self, question: str, limit: int) -> tuple[Hit, ...]:
        """Return up to `limit` passages for `question`, best first."""
        return self.retrieve_many([question], limit)[0]

    @property
    def embedder_name(self) -> str:
        """The name of what `embed` embeds with."""
        return self._embedder.name

    def retrieve_many(
        self,
        questions: Sequence[str],
        limit: int,
        within: Sequence[Collection[int] | None] | None = None,
        queries: Vectors | None = None,
    ) -> list[tuple[Hit, ...]]:
        """Return for each question what `retrieve` does; all are embedded and searched at once.

        `within` has for each the documents that are looked through, or None for all; `queries` are
        the questions' unit rows where they are there already.
        """
        index = self._current_index()
        within = [None] * len(questions) if within is None else within
        queries = self._embedder.embed(questions) if queries is None else queries
        everywhere = [number for number, documents in enumerate(within) if documents is None]
        nearest: dict[int, list[tuple[int, float]]] = {}
        if everywhere:
            found = index.search_many(queries[everywhere], _CANDIDATES)
            nearest = dict(zip(everywhere, found, strict=True))
        for number, documents in enumerate(within):
            if documents is not None:
                ids = self._library.passage_ids(documents)
                nearest[number] = index.search_within(queries[number], ids, _CANDIDATES)
        return [
            self._fuse(index, question, queries[number], nearest[number], limit, within[number])
            for number, question in enumerate(questions)
        ]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the unit rows of some short texts."""
        return self._embedder.embed(texts)

    def rows(self, passage_ids: Sequence[int]) -> Vectors | None:
        """Return the stored unit rows of passages; None if one of them is not there (any more)."""
        index = self._current_index()
        if not all(passage_id in index for passage_id in passage_ids):
            return None
        return index.rows(passage_ids)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine similarity, in [-1, 1], of the question to each of some short texts."""
        rows = self._embedder.embed([question, *texts])
        return [float(value) for value in rows[1:] @ rows[0]]

    def _fuse(
        self,
        index: PassageIndex,
        question: str,
        query: Vectors,
        dense: Sequence[tuple[int, float]],
        limit: int,
        within: Collection[int] | None,
    ) -> tuple[Hit, ...]:
        """Return the passages `dense` and those that share words with the question, best first."""
        lexical = [
            (passage_id, score)
            for passage_id, score in self._library.search_words(question, _CANDIDATES, within)
            if passage_id in index  # else it was added since the index was built
        ]
        dense_rank = {passage_id: rank for rank, (passage_id, _) in enumerate(dense, start=1)}
        lexical_rank = {passage_id: rank for rank, (passage_id, _) in enumerate(lexical, start=1)}
        similarity = dict(dense)
        lexical_only = [passage_id for passage_id in lexical_rank if passage_id not in similarity]
        similarity.update(zip(lexical_only, index.similarity(query, lexical_only), strict=True))
        matched = dict(lexical)
        of_all = self._library.word_score_of_all(question, len(index)) if matched else 0.0
        scores = fuse(similarity, matched, of_all)
        best_first = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
        alike = same_words(self._library.passages(best_first))
        return tuple(
            Hit(
                passage=passage,
                score=scores[passage.id],
                dense_rank=dense_rank.get(passage.id),
                lexical_rank=lexical_rank.get(passage.id),
                dense_score=float(similarity[passage.id]),
                lexical_score=matched.get(passage.id),
                copies=tuple(copies),
            )
            for passage, *copies in alike[:limit]
        )

    def _current_index(self) -> PassageIndex:
        with self._lock:
            version = self._library.version()
            if self._index is None or version != self._version:
                self._index = PassageIndex(*self._library.vectors())
                self._version = version
            return self._index


def same_words(passages: Sequence[Passage]) -> list[list[Passage]]:
    """Return the passages, those of other documents that say just the same together, in order.

    They are of copies of one text, or the path to them (title, headings) is the same too: "Rent:
    500" of two flats is two.
    """
    alike: dict[tuple[object, ...], list[Passage]] = {}
    apart: list[list[Passage]] = []
    for passage in passages:
        keys = (passage.view,), (passage.text_sha256, passage.start, passage.text)
        group = next((alike[key] for key in keys if key in alike), None)
        if group is None or passage.document_id in {own.document_id for own in group}:
            group = []
            apart.append(group)
        group.append(passage)
        for key in keys:
            alike.setdefault(key, group)
    return apart


def fuse(
    similarity: Mapping[int, float],
    lexical: Mapping[int, float],
    lexical_of_all: float,
    dense_weight: float = DENSE_WEIGHT,
) -> dict[int, float]:
    """Return the convex combination of both scores for each passage of `similarity`.

    `similarity` holds cosines in [-1, 1], `lexical` BM25 scores ≥ 0 of the passages that have one,
    `lexical_of_all` that of a passage with all words of the question.
    """
    most = max([lexical_of_all, *lexical.values()]) or 1.0
    return {
        passage_id: dense_weight * cosine + (1 - dense_weight) * lexical.get(passage_id, 0.0) / most
        for passage_id, cosine in similarity.items()
    }
