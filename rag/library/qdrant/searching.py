"""Finding passages in a shared library: by meaning, by words, both in three requests.

The engine filters by scope, ranks, and counts how rare words are among what the scope may read;
scores are then made exact here. Passages of a version that does not count (any more) are left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.datatypes import Vectors
from rag.errors import IndexMismatch
from rag.library.protocol import Candidates, Query, Scored
from rag.library.qdrant.bm25 import (
    WordCounter,
    engine_weight,
    frequency_weight,
    passages_saying,
    reweighed,
    score_of_all,
)
from rag.library.qdrant.engine import VERSIONED, Reader
from rag.library.qdrant.points import DENSE, WORDS
from rag.library.qdrant.scope import has_id, live, one_of
from rag.library.recipe import describe_difference
from rag.library.word_index import count_of_telling

if TYPE_CHECKING:
    from qdrant_client import models

_MORE, _MORE_BY_TELLING = 1.5, 4.0
"""Passages by words that are scored exactly, for each that is wanted: more where common words were
left out of the search, which then ranks by a part of the score."""
_MOST_KNOWN = 100_000
"""Words whose frequency is kept, some 10 MB; with more it begins anew."""
_EF, _OVERSAMPLING = 256, 3.0
"""How widely the engine looks in its graph, and how many of its one-byte neighbours it compares by
their exact vectors."""
_BELONGS = ["document", "version"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Corpus:
    """All passages that the scope may read, as of one version, and of how many words they are.

    `saying` has how many of them say a word, for the words that were asked for so far.
    """

    version: int = 0
    passages: int = 0
    mean_words: float = 0.0
    saying: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statistics:
    """Of how many words all passages that the scope may read are on mean.

    `weights` are the inverse document frequencies of the words that were asked for, `own` those by
    which the engine multiplies what it is asked. Passages are looked for by the `telling` words.
    """

    mean_words: float
    weights: Mapping[int, float]
    own: Mapping[int, float]
    saying: Mapping[int, int]

    def telling(self, words: Collection[int]) -> list[int]:
        """Return the words by which passages are looked for, the rarest first."""
        rarest_first = sorted(words, key=lambda word: (self.saying[word], word))
        return rarest_first[: count_of_telling([self.saying[word] for word in rarest_first])]


class Searcher:
    """Searches what a reader may read. May be used by several threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._words = WordCounter()
        self._corpus = _Corpus()

    def search(
        self, queries: Sequence[Query], limit: int, recipe: Mapping[str, str]
    ) -> list[Candidates]:
        """Return for each query up to `limit` passages by meaning and as many by words.

        Raises `IndexMismatch` where the library was made with another recipe.
        """
        if not queries or limit < 1:
            return [_NOTHING for _ in queries]
        asked = [self._words.asked(query.question) for query in queries]
        statistics = self._statistics({word for words in asked for word in words}, recipe)
        for query in queries:
            _check_row(self._reader, query.row, recipe)
        requests = []
        for query, words in zip(queries, asked, strict=True):
            requests.append(self._dense(query.row, query.documents, limit))
            if words:
                requests.append(self._sparse(words, statistics, query.documents, limit))
        answers = iter(self._reader.query(requests))
        found = [
            (next(answers), self._scored(next(answers), words, statistics) if words else [])
            for words in asked
        ]
        current, cosines = self._completed(queries, found)
        candidates = []
        for number, (nearest, matching) in enumerate(found):
            by_meaning = [Scored(int(p.id), p.score) for p in nearest if _counts(p, current)]
            by_words = [each for each, point in matching if _counts(point, current)][:limit]
            own = dict(by_meaning) | {
                passage: cosine
                for passage, cosine in cosines[number].items()
                if passage in {each.passage_id for each in by_words}
            }
            candidates.append(
                Candidates(
                    nearest=tuple(_best_first(by_meaning)),
                    matching=tuple(each for each in by_words if each.passage_id in own),
                    cosines=own,
                    words_of_all=score_of_all(statistics.weights, asked[number])
                    if by_words
                    else 0.0,
                )
            )
        return candidates

    def nearest(
        self,
        row: Vectors,
        limit: int,
        documents: Collection[int] | None,
        recipe: Mapping[str, str],
    ) -> list[Scored]:
        """Return up to `limit` passages with their cosine to a unit row, best first."""
        query = Query(question="", row=row, documents=_frozen(documents))
        return list(self.search([query], limit, recipe)[0].nearest)

    def matching(
        self,
        question: str,
        limit: int,
        documents: Collection[int] | None,
        recipe: Mapping[str, str],
    ) -> list[Scored]:
        """Return up to `limit` passages that share words with the question, best first."""
        words = self._words.asked(question)
        if not words or limit < 1:
            return []
        statistics = self._statistics(set(words), recipe)
        (found,) = self._reader.query([self._sparse(words, statistics, documents, limit)])
        scored = self._scored(found, words, statistics)
        current = self._current({_document(point) for point in found})
        return [each for each, point in scored if _counts(point, current)][:limit]

    def words_of_all(self, question: str, recipe: Mapping[str, str]) -> float:
        """Return the score of a passage that said every word of the question, at most."""
        words = self._words.asked(question)
        return score_of_all(self._statistics(set(words), recipe).weights, words) if words else 0.0

    def _dense(
        self, row: Vectors, documents: Collection[int] | None, limit: int
    ) -> "models.QueryRequest":
        from qdrant_client import models

        return models.QueryRequest(
            query=np.asarray(row, dtype=np.float32).tolist(),
            using=DENSE,
            filter=self._reader.filter(["passage"], live(), *_within(documents)),
            limit=limit,
            with_payload=_BELONGS,
            params=models.SearchParams(
                hnsw_ef=max(_EF, 2 * limit),
                quantization=models.QuantizationSearchParams(
                    rescore=True, oversampling=_OVERSAMPLING
                ),
            ),
        )

    def _sparse(
        self,
        asked: Mapping[int, int],
        statistics: _Statistics,
        documents: Collection[int] | None,
        limit: int,
    ) -> "models.QueryRequest":
        """Return the request for the best passages by words, weighed as FTS5 does.

        The engine multiplies each weight by its own idf, so it is divided by that first.
        """
        from qdrant_client import models

        words = sorted(asked if documents is not None else statistics.telling(asked))
        more = _MORE if len(words) == len(asked) else _MORE_BY_TELLING
        weights = [asked[word] * statistics.weights[word] / statistics.own[word] for word in words]
        return models.QueryRequest(
            query=models.SparseVector(indices=words, values=weights),
            using=WORDS,
            filter=self._reader.filter(["passage"], live(), *_within(documents)),
            limit=round(limit * more),
            with_payload=[*_BELONGS, "length"],
            with_vector=[WORDS],
            params=self._rarity(),
        )

    def _rarity(self) -> "models.SearchParams":
        """Return what lets words be as rare as they are among what the scope may read."""
        from qdrant_client import models

        corpus = self._reader.filter(["passage"], live())
        return models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus))

    def _statistics(self, words: Collection[int], recipe: Mapping[str, str]) -> _Statistics:
        """Return how rare each word is, and what else BM25 takes, as of now.

        How many passages say a word costs the engine a search, so that is kept until something
        changes; whether it did is asked with what is not known yet.
        """
        corpus = self._corpus
        unknown = sorted(set(words) - corpus.saying.keys())
        libraries, newest, *best = self._reader.query(
            [*self._as_of_now(), *(self._best_of(word) for word in unknown)]
        )
        for library in libraries:
            _check_recipe(self._reader, (library.payload or {}).get("recipe") or {}, recipe)
        version = int((newest[0].payload or {})["changed"]) if newest else 0
        if version != corpus.version or not version or len(corpus.saying) > _MOST_KNOWN:
            others = sorted(set(words) - set(unknown))
            unknown += others
            best += self._reader.query([self._best_of(word) for word in others]) if others else []
            corpus = self._counted(version)
            self._corpus = corpus
        for word, points in zip(unknown, best, strict=True):
            corpus.saying[word] = _saying(word, points, corpus.passages)
        saying = {word: corpus.saying[word] for word in words}
        return _Statistics(
            mean_words=corpus.mean_words,
            weights={w: frequency_weight(corpus.passages, count) for w, count in saying.items()},
            own={w: engine_weight(corpus.passages, count) for w, count in saying.items()},
            saying=saying,
        )

    def _as_of_now(self) -> list["models.QueryRequest"]:
        """Return the requests for the libraries' recipes, and for what changed last."""
        from qdrant_client import models

        order = models.OrderBy(key="changed", direction=models.Direction.DESC)
        return [
            models.QueryRequest(
                filter=self._reader.filter(["library"]), limit=64, with_payload=["recipe"]
            ),
            models.QueryRequest(
                query=models.OrderByQuery(order_by=order),
                filter=self._reader.filter(VERSIONED),
                limit=1,
                with_payload=["changed"],
            ),
        ]

    def _best_of(self, word: int) -> "models.QueryRequest":
        """Return the request for the passage that says a word most: its score tells how rare."""
        from qdrant_client import models

        return models.QueryRequest(
            query=models.SparseVector(indices=[word], values=[1.0]),
            using=WORDS,
            filter=self._reader.filter(["passage"], live()),
            limit=1,
            with_vector=[WORDS],
            params=self._rarity(),
        )

    def _counted(self, version: int) -> _Corpus:
        """Return how many passages there are at a version, and their mean number of words."""
        lengths = self._reader.tally("length", ["passage"], live())
        passages = sum(lengths.values())
        words = sum(int(length) * count for length, count in lengths.items())
        mean = words / passages if passages else 0.0
        return _Corpus(version=version, passages=passages, mean_words=mean)

    def _scored(
        self,
        points: Sequence["models.ScoredPoint"],
        asked: Mapping[int, int],
        statistics: _Statistics,
    ) -> list[tuple[Scored, "models.ScoredPoint"]]:
        """Return the passages with their exact BM25 scores, best first."""
        scored = []
        for point in points:
            length = int((point.payload or {})["length"])
            score = sum(
                statistics.weights[word]
                * asked[word]
                * reweighed(weight, length, statistics.mean_words)
                for word, weight in _said(point).items()
                if word in asked
            )
            scored.append((Scored(int(point.id), score), point))
        return sorted(scored, key=lambda pair: (-pair[0].score, pair[0].passage_id))

    def _completed(
        self, queries: Sequence[Query], found: Sequence[tuple[Any, Any]]
    ) -> tuple[dict[int, str], list[dict[int, float]]]:
        """Return the versions that count, and the cosines of what was found by words alone."""
        from qdrant_client import models

        documents = {_document(point) for nearest, _ in found for point in nearest}
        documents |= {_document(point) for _, matching in found for _, point in matching}
        requests = [self._versions(documents)]
        for query, (nearest, matching) in zip(queries, found, strict=True):
            alone = {each.passage_id for each, _ in matching} - {int(p.id) for p in nearest}
            requests.append(
                models.QueryRequest(
                    query=np.asarray(query.row, dtype=np.float32).tolist(),
                    using=DENSE,
                    filter=self._reader.filter(["passage"], live(), has_id(sorted(alone))),
                    limit=max(1, len(alone)),
                    params=models.SearchParams(exact=True),
                )
            )
        versions, *rest = self._reader.query(requests)
        cosines = [
            {int(p.id): p.score for p in [*nearest, *others]}
            for (nearest, _), others in zip(found, rest, strict=True)
        ]
        return _versions_of(versions), cosines

    def _versions(self, documents: Collection[int]) -> "models.QueryRequest":
        from qdrant_client import models

        return models.QueryRequest(
            filter=self._reader.filter(["document"], has_id(sorted(documents))),
            limit=max(1, len(documents)),
            with_payload=["version"],
        )

    def _current(self, documents: Collection[int]) -> dict[int, str]:
        (points,) = self._reader.query([self._versions(documents)])
        return _versions_of(points)


_NOTHING = Candidates(nearest=(), matching=(), cosines={}, words_of_all=0.0)


def _check_recipe(reader: Reader, made_with: Mapping[str, str], recipe: Mapping[str, str]) -> None:
    if made_with and not recipe.items() <= made_with.items():
        raise IndexMismatch(
            f"{reader.address}: {describe_difference(made_with, recipe)}; "
            "use the same embedder and settings, or another library"
        )


def _check_row(reader: Reader, row: Vectors, recipe: Mapping[str, str]) -> None:
    dimension = int(recipe.get("dimension", len(row)))
    if row.shape != (dimension,):
        raise IndexMismatch(
            f"{reader.address}: the question's vector has shape {row.shape}, the library's have "
            f"{dimension}: index again with the same embedder"
        )


def _within(documents: Collection[int] | None) -> Iterable["models.FieldCondition"]:
    return [] if documents is None else [one_of("document", sorted(documents))]


def _frozen(documents: Collection[int] | None) -> frozenset[int] | None:
    return None if documents is None else frozenset(documents)


def _said(point: "models.ScoredPoint") -> dict[int, float]:
    """Return the words of a passage, each with what it counts there."""
    vector: Any = (point.vector or {})[WORDS]  # type: ignore[call-overload]
    return dict(zip(vector.indices, vector.values, strict=True))


def _saying(word: int, best: Sequence["models.ScoredPoint"], passages: int) -> int:
    """Return how many passages say a word: the engine's weight of it is in the best one's score."""
    if not best:
        return 0
    return passages_saying(best[0].score / _said(best[0])[word], passages)


def _document(point: "models.ScoredPoint") -> int:
    return int((point.payload or {})["document"])


def _versions_of(points: Iterable["models.ScoredPoint"]) -> dict[int, str]:
    return {int(point.id): str((point.payload or {})["version"]) for point in points}


def _counts(point: "models.ScoredPoint", current: Mapping[int, str]) -> bool:
    """Say whether a passage is of the version of its document that counts."""
    return current.get(_document(point)) == str((point.payload or {})["version"])


def _best_first(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda each: (-each.score, each.passage_id))
