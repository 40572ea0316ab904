"""BM25 over sparse vectors, to the numbers that SQLite's FTS5 gives for the same passages.

The words are FTS5's own: its tokenizer counts them, in a table that is never on the disk. Qdrant
keeps for each word of a passage how often it is said, weighed by how long the passage is beside a
fixed mean, and ranks by that; the first are then scored with the true mean. Knows no engine.
"""

import hashlib
import math
import sqlite3
from collections.abc import Mapping, Sequence
from threading import Lock

from rag.library.word_query import match_terms

_K1, _B = 1.2, 0.75
MEAN_WORDS = 80.0
"""Words of a passage by which what is stored is weighed: the ranking of the best hundred hardly
depends on it, and their scores do not."""
_LEAST = 1e-6


class WordCounter:
    """Counts the words of texts as the word index of a library at home does.

    May be used by several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE words USING fts5"
            "(text, content='', tokenize='porter unicode61 remove_diacritics 2')"
        )
        self._connection.execute("CREATE VIRTUAL TABLE said USING fts5vocab('words', 'instance')")

    def counts(self, texts: Sequence[str]) -> list[dict[str, int]]:
        """Return for each text how often it says each of its words, as stems."""
        found: list[dict[str, int]] = [{} for _ in texts]
        with self._lock:
            self._connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
            self._connection.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts)
            )
            for term, text, count in self._connection.execute(
                "SELECT term, doc, count(*) FROM said GROUP BY term, doc"
            ):
                found[text][term] = count
        return found

    def asked(self, question: str) -> dict[int, int]:
        """Return the numbers of a question's words, and how many of its words are of that stem.

        Stop words are left out unless nothing else is left.
        """
        words: dict[int, int] = {}
        for of_term in self.counts([term.strip('"') for term in match_terms(question)]):
            for word in of_term:
                words[word_number(word)] = words.get(word_number(word), 0) + 1
        return words


def word_number(word: str) -> int:
    """Return the dimension of a word in sparse vectors: 32 bits of its hash."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")


def sparse_vector(counts: Mapping[str, int]) -> tuple[list[int], list[float]]:
    """Return (words, weights) of a passage; words that share a number count as one."""
    length = sum(counts.values())
    by_number: dict[int, int] = {}
    for word, count in counts.items():
        by_number[word_number(word)] = by_number.get(word_number(word), 0) + count
    words = sorted(by_number)
    return words, [saturated(by_number[word], length, MEAN_WORDS) for word in words]


def saturated(count: float, length: int, mean: float) -> float:
    """Return what a word counts that is said `count` times in a passage of `length` words."""
    return count * (_K1 + 1) / (count + _norm(length, mean))


def reweighed(weight: float, length: int, mean: float) -> float:
    """Return what `saturated` gives for the true mean, of what it gave for `MEAN_WORDS`."""
    norm = _norm(length, MEAN_WORDS)
    return saturated(round(weight * norm / (_K1 + 1 - weight)), length, mean)


def frequency_weight(passages: int, saying: int) -> float:
    """Return the inverse document frequency of a word that `saying` of the passages say."""
    return max(_LEAST, math.log((passages - saying + 0.5) / (saying + 0.5)))


def engine_weight(passages: int, saying: int) -> float:
    """Return what Qdrant has for `frequency_weight`."""
    return math.log((passages - saying + 0.5) / (saying + 0.5) + 1)


def passages_saying(weight: float, passages: int) -> int:
    """Return in how many passages a word is, of its `engine_weight`."""
    return round((passages + 1) / math.exp(weight) - 0.5)


def score_of_all(weights: Mapping[int, float], asked: Mapping[int, int]) -> float:
    """Return the score of a passage that said every word asked for, at most."""
    return (_K1 + 1) * sum(weights[word] * times for word, times in asked.items())


def _norm(length: int, mean: float) -> float:
    return _K1 * (1 - _B + _B * length / mean) if mean else _K1
