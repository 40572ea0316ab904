"""Passages by the words that they share with a question: BM25 by SQLite's FTS5.

Ranks only; what is near in meaning is found elsewhere.
"""

import json
import math
from collections.abc import Collection

from rag.library.schema import Database
from rag.library.word_query import match_terms


def search(
    database: Database, question: str, limit: int, documents: Collection[int] | None = None
) -> list[tuple[int, float]]:
    """Return (passage id, BM25 score), best first; larger is better, equal ones by id.

    Any word of the question may match, in another form too (Porter stems); the question is never
    syntax. Without words the result is empty. With `documents` only their passages are looked
    through.
    """
    terms = match_terms(question)
    if not terms:
        return []
    rows = database.query(
        "SELECT rowid, bm25(words) AS score FROM words WHERE words MATCH ?1 "
        "AND (?2 IS NULL OR rowid IN (SELECT passages.id FROM passages "
        "WHERE document_id IN (SELECT value FROM json_each(?2)))) "
        "ORDER BY score, rowid LIMIT ?3",
        " OR ".join(terms),
        None if documents is None else json.dumps(list(documents)),
        limit,
    )
    return [(int(passage_id), -float(score)) for passage_id, score in rows]


def score_of_all(database: Database, question: str, passages: int) -> float:
    """Return the BM25 score of a passage that said every word of the question, at most.

    Each word counts by its inverse document frequency among `passages`, as FTS5 has it, those that
    stand nowhere too: k1 is 1.2, so that a word that is said often counts 2.2 times.
    """
    total = 0.0
    for term in match_terms(question):
        ((matches,),) = database.query("SELECT count(*) FROM words WHERE words MATCH ?", term)
        frequency = (passages - matches + 0.5) / (matches + 0.5)
        total += max(1e-6, math.log(max(frequency, 1e-9)))
    return 2.2 * total
