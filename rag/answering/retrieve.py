"""Hybrid retrieval: the passages nearest to a question, by meaning and by words, in one ranking.

The two scores are combined convexly (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions
for Hybrid Retrieval"): reciprocal rank fusion throws away how much better the first is than the
second, and measured worse than BM25 alone. Words count by how many of the question's are found:
divided by the best passage's score, as is common, one word in common outvoted the meaning. The
first are ranked again with their best sentence: what is asked for is one fact of many in a passage.
Knows nothing of reading or answering.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from rag.answering.sentence_vectors import SentenceVectors
from rag.datatypes import Embedder, Hit, Passage, Vectors
from rag.library.protocol import Candidates, Library, Query

DENSE_WEIGHT = 0.55
"""Weight of the cosine similarity; the rest is BM25's, divided by what a passage with all words of
the question would have. Fitted on the six tuning articles (hit@1 0.76, hit@6 0.97, as at 0.7 of
the best score: 0.78, 0.97) and on 1,000 questions of 100 everyday documents in one library, which
share few words with the text (hit@6 0.53 against 0.44)."""

SENTENCE_WEIGHT = 0.7
"""Weight of the meaning where it is the mean of the cosines of a passage and its best sentence."""
_REFINED = 15
"""Passages that are ranked again with their best sentence."""

Similarities = Callable[[str, Sequence[str]], list[float]]
"""A text and others to the cosine similarity of each to it, in [-1, 1]."""

_CANDIDATES = 100
"""Passages taken from each retriever before fusion."""


class Retriever:
    """Ranks the passages of one library."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder
        self._sentences = SentenceVectors(embedder)

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
        rows: Vectors | None = None,
    ) -> list[tuple[Hit, ...]]:
        """Return for each question what `retrieve` does; all are embedded and searched at once.

        `within` has for each the documents that are looked through, or None for all; `rows` are
        the questions' unit rows where they are there already.
        """
        within = [None] * len(questions) if within is None else within
        rows = self._embedder.embed(questions) if rows is None else rows
        queries = [
            Query(
                question=question,
                row=row,
                documents=None if documents is None else frozenset(documents),
            )
            for question, row, documents in zip(questions, rows, within, strict=True)
        ]
        found = self._library.search(queries, _CANDIDATES)
        ranked = [self._ranked(candidates) for candidates in found]
        nearest = self._sentences.nearest(
            rows, [[hit.passage for hit in hits[:_REFINED]] for hits in ranked]
        )
        return [
            _refined(hits, candidates, own)[:limit]
            for hits, candidates, own in zip(ranked, found, nearest, strict=True)
        ]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the unit rows of some short texts."""
        return self._embedder.embed(texts)

    def embed_once(self, texts: Sequence[str]) -> Vectors:
        """Return the unit rows of texts that come again, like columns' names, nearly as `embed`."""
        return self._sentences.embed(texts)

    def rows(self, passage_ids: Sequence[int]) -> Vectors | None:
        """Return the stored unit rows of passages; None if one of them is not there (any more)."""
        return self._library.rows(passage_ids)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine similarity, in [-1, 1], of the question to each of some short texts."""
        return similarities(self._embedder, question, texts)

    def _ranked(self, candidates: Candidates) -> tuple[Hit, ...]:
        """Return what was found by meaning and by words, best first."""
        dense_rank = {each.passage_id: rank for rank, each in enumerate(candidates.nearest, 1)}
        lexical_rank = {each.passage_id: rank for rank, each in enumerate(candidates.matching, 1)}
        lexical = dict(candidates.matching)
        scores = fuse(candidates.cosines, lexical, candidates.words_of_all)
        best_first = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
        alike = same_words(self._library.passages(best_first))
        return tuple(
            Hit(
                passage=passage,
                score=scores[passage.id],
                dense_rank=dense_rank.get(passage.id),
                lexical_rank=lexical_rank.get(passage.id),
                dense_score=float(candidates.cosines[passage.id]),
                lexical_score=lexical.get(passage.id),
                copies=tuple(copies),
            )
            for passage, *copies in alike
        )


def similarities(embedder: Embedder, said: str, texts: Sequence[str]) -> list[float]:
    """Return the cosine similarity, in [-1, 1], of what is said to each of some short texts."""
    rows = embedder.embed([said, *texts])
    return [float(value) for value in rows[1:] @ rows[0]]


def _refined(
    hits: Sequence[Hit], candidates: Candidates, sentences: Mapping[int, float]
) -> tuple[Hit, ...]:
    """Return the hits with the first ones ranked by their best sentence, too.

    `sentences` has its cosine by the passage's id. A list, of which no item says what all are of,
    counts as it is.
    """
    cosines = {passage_id: float(candidates.cosines[passage_id]) for passage_id in sentences}
    meaning = {
        passage_id: (cosines[passage_id] + max(cosine, cosines[passage_id])) / 2
        for passage_id, cosine in sentences.items()
    }
    scores = fuse(meaning, dict(candidates.matching), candidates.words_of_all, SENTENCE_WEIGHT)
    first = [replace(hit, score=scores[hit.passage.id]) for hit in hits if hit.passage.id in scores]
    others = [hit for hit in hits if hit.passage.id not in scores]
    return (*sorted(first, key=lambda hit: (-hit.score, hit.passage.id)), *others)


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
