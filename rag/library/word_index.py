"""Passages by the words that they share with a question: BM25 by SQLite's FTS5.

Ranks only; what is near in meaning is found elsewhere.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence

from rag.library.protocol import Scored
from rag.library.schema import Database
from rag.library.word_query import match_terms

MOST_SCORED = 20_000
"""Passages that are scored, at home and by Qdrant's engine: FTS5 takes 1 µs for each that shares a
word. Where a question's words stand in more, those that share only its commonest words are left out
(docs/scale.md)."""
_MOST_OF_A_WORD = 2.2
"""k1 + 1: what a word counts at most, in times of its inverse document frequency."""


class WordQuery:
    """A question's words, with the number of passages that each stands in, among `passages`.

    Any word of the question may match, in another form too (Porter stems); the question is never
    syntax.
    """

    def __init__(self, database: Database, question: str, passages: int) -> None:
        self._database = database
        self._passages = passages
        self.matches: Mapping[str, int] = {
            term: int(database.query("SELECT count(*) FROM words WHERE words MATCH ?", term)[0][0])
            for term in match_terms(question)
        }

    def score_of_all(self) -> float:
        """Return the BM25 score of a passage that said every word of the question, at most.

        Each word counts by its inverse document frequency as FTS5 has it, those that stand nowhere
        too: k1 is 1.2, so that a word that is said often counts 2.2 times.
        """
        total = 0.0
        for matches in self.matches.values():
            frequency = (self._passages - matches + 0.5) / (matches + 0.5)
            total += max(1e-6, math.log(max(frequency, 1e-9)))
        return _MOST_OF_A_WORD * total

    def search(self, limit: int, documents: Collection[int] | None = None) -> list[Scored]:
        """Return up to `limit` passages, best first; equal ones by id.

        Without words the result is empty. With `documents` only their passages are looked through.
        """
        said = [term for term, matches in self.matches.items() if matches]
        if not said:
            return []
        if documents is not None:
            return self._of_documents(" OR ".join(said), limit, documents)
        telling, common = self._telling(said)
        found = dict(self._best(" OR ".join(telling), limit))
        if common:
            # These have both: the score of the first search is only a part of theirs.
            found |= self._best(f"({' OR '.join(telling)}) AND ({' OR '.join(common)})", limit)
        best = sorted(found.items(), key=lambda each: (-each[1], each[0]))
        return [Scored(*each) for each in best[:limit]]

    def _telling(self, terms: list[str]) -> tuple[list[str], list[str]]:
        """Return the rarest of the words, as many as can be scored, and the others."""
        rarest_first = sorted(terms, key=self.matches.__getitem__)
        count = count_of_telling([self.matches[term] for term in rarest_first])
        return rarest_first[:count], rarest_first[count:]

    def _best(self, query: str, limit: int) -> list[tuple[int, float]]:
        return self._database.query(
            "SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? "
            "ORDER BY score DESC, rowid LIMIT ?",
            query,
            limit,
        )

    def _of_documents(self, query: str, limit: int, documents: Collection[int]) -> list[Scored]:
        ids = json.dumps(list(documents))
        ((first, last),) = self._database.query(
            "SELECT min(id), max(id) FROM passages "
            "WHERE document_id IN (SELECT value FROM json_each(?))",
            ids,
        )
        rows = self._database.query(
            "SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? "
            "AND rowid BETWEEN ? AND ? "
            "AND (SELECT document_id FROM passages WHERE id = words.rowid) "
            "IN (SELECT value FROM json_each(?)) ORDER BY score DESC, rowid LIMIT ?",
            query,
            first,
            last,
            ids,
            limit,
        )
        return [Scored(*row) for row in rows]


def count_of_telling(matches: Sequence[int]) -> int:
    """Return how many of the words passages are looked for by, given how many passages have each.

    `matches` are those of the rarest word first. The rarest that are said at all always count.
    """
    scored = 0
    for place, count in enumerate(matches):
        scored += count
        if scored - count and scored > MOST_SCORED:
            return place
    return len(matches)
