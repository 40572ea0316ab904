"""The two sides of a question that compares, and what it asks of each: "sick pay, 1 year v 3".

A logistic regression over hashed words says of each word whether a side begins with it or goes on,
whether it only joins the two, or is asked of both. Of the likeliest ways to read a question so the
one is taken whose sides are most like two sides: told alike, next to each other. Both are trained
by `training/train_question_sides.py`. Knows nothing of documents.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from itertools import combinations_with_replacement, pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).resolve().parent / "question_sides.npz"
LABELS = ("both", "joins", "begins first", "first", "begins second", "second")
"""What a word is: asked of both sides, or only joins them; the first word of a side, a further."""
BUCKETS = 16_384
"""Numbers that the features of a word are hashed to."""
_BOTH, _JOINS, _BEGINS_FIRST, _FIRST, _BEGINS_SECOND, _SECOND = range(len(LABELS))
_MOST_WORDS = 24
"""Of a question that is read so: there are as many readings as fours of places."""
READINGS = 40
"""The likeliest ones, which are compared by their sides."""
_LEAST = 0.5
"""Mean probability of its words from which a reading with two sides is believed."""
_WORD = re.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSide:
    """A side as it is called in the question, and what is asked of it alone."""

    label: str
    question: str


class Reading(NamedTuple):
    """Where the sides are, [start, end) of the words, and the logarithm of its probability."""

    log: float
    first: tuple[int, int]
    second: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSides:
    """Weights of words (labels, features), biases (labels,), and weights of two sides (traits,)."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    likeness: NDArray[np.float32]

    def find(self, question: str) -> list[QuestionSide]:
        """Return the two sides in their order; none where the question names no two."""
        words = words_of(question)
        if not 2 < len(words) <= _MOST_WORDS:
            return []
        tokens = [word[0].casefold() for word in words]
        logs = self.logs(tokens)
        readings, alone = readings_of(logs)
        if readings[0].log <= alone or np.exp(readings[0].log / len(words)) < _LEAST:
            return []
        rows = np.array([traits(tokens, reading) for reading in readings])
        _, first, second = readings[int((rows @ self.likeness).argmax())]
        joins = {n for n in range(len(words)) if logs[n, _JOINS] > logs[n, _BOTH]}
        joins -= {*range(*first), *range(*second)}
        sides = []
        for own, other in ((first, second), (second, first)):
            label = question[words[own[0]].start() : words[own[1] - 1].end()]
            asked = _without(question, words, joins.union(range(*other)))
            sides.append(QuestionSide(label=label, question=asked))
        return sides

    def logs(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """Return the logarithms of the probabilities of each label, (words, labels)."""
        scores = np.stack(
            [
                self.biases + self.weights[:, buckets_of(tokens, place)].sum(axis=1)
                for place in range(len(tokens))
            ]
        ).astype(np.float64)
        return np.asarray(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))


def readings_of(logs: NDArray[np.float64]) -> tuple[list[Reading], float]:
    """Return the likeliest readings with two sides, the best first, and the log of one without."""
    count = len(logs)
    outside, first, second = (
        np.concatenate([[0.0], np.cumsum(column)])
        for column in (logs[:, [_BOTH, _JOINS]].max(axis=1), logs[:, _FIRST], logs[:, _SECOND])
    )
    found = []
    for a, b, c, d in combinations_with_replacement(range(count + 1), 4):
        if a < b <= c < d:
            log = outside[a] + logs[a, _BEGINS_FIRST] + first[b] - first[a + 1]
            log += outside[c] - outside[b] + logs[c, _BEGINS_SECOND] + second[d] - second[c + 1]
            found.append(Reading(float(log + outside[count] - outside[d]), (a, b), (c, d)))
    return nlargest(READINGS, found), float(outside[count])


def traits(tokens: Sequence[str], reading: Reading) -> list[float]:
    """Return how much two sides look like it: traits of a reading beside its probability."""
    log, (a, b), (c, d) = reading
    one, other = tokens[a:b], tokens[c:d]
    numbers = [any(map(str.isdigit, "".join(side))) for side in (one, other)]
    return [
        log,
        abs(len(one) - len(other)),
        float(one[0] == other[0]),
        float(len(one) > 1 and one[-1] == other[-1]),
        float(len(one) == len(other)),
        float(c - b == 1),
        float(c == b),
        float(numbers[0] == numbers[1]),
        sum(not token[0].isalnum() for token in (*one, *other)),
        float(a > 0 and tokens[a - 1] == other[0]),
        float(d < len(tokens) and tokens[d] == one[-1]),
        len(one) + len(other),
        float(not set(one).isdisjoint(other)),
        float(len(other) < len(one)),
    ]


def words_of(question: str) -> list[re.Match[str]]:
    """Return the words and marks of a question."""
    return list(_WORD.finditer(question))


def buckets_of(tokens: Sequence[str], place: int) -> list[int]:
    """Return the numbers of the features that `tokens[place]` has, in small letters."""
    features = set(_features(tokens, place))
    return sorted({crc32(each.encode("utf-8", "replace")) % BUCKETS for each in features})


def _features(tokens: Sequence[str], place: int) -> Iterator[str]:
    """Yield the words around, those before and behind at any distance, and where the word stands.

    And whether the word, or the one before or behind, stands in the question twice: sides are told
    in the same way.
    """
    padded = ["<", "<", "<", *tokens, ">", ">", ">"]
    near = padded[place : place + 7]  # the word itself is the fourth
    yield from (f"{number} {word}" for number, word in enumerate(near))
    yield from (
        f"{number} {first} {second}" for number, (first, second) in enumerate(pairwise(near))
    )
    yield from (f"{number} {' '.join(near[number : number + 3])}" for number in range(5))
    yield from (f"before {word}" for word in tokens[:place])
    yield from (f"behind {word}" for word in tokens[place + 1 :])
    yield f"first {tokens[0]}"
    yield f"from begin {min(place, 6)}"
    yield f"from end {min(len(tokens) - place, 6)}"
    for number, word in enumerate(near[2:5]):
        if word not in "<>" and tokens.count(word) > 1:
            again = "before" if word in tokens[:place] else "behind"
            yield f"twice {number} {again}"
    shape = "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in tokens[place])
    yield f"shape {shape if '9' in shape else 'word'}"


def _without(question: str, words: Sequence[re.Match[str]], left: Set[int]) -> str:
    """Return a question without some of its words, and without what parts these alone ("a/b")."""
    written, last = "", -1
    for number, word in enumerate(words):
        parts = not word[0][0].isalnum() and not {number - 1, number + 1}.isdisjoint(left)
        around = question[max(word.start() - 1, 0) : word.end() + 1]
        if number in left or (parts and len(around) > 2 and not any(map(str.isspace, around))):
            continue
        if last == number - 1:
            written += question[words[last].end() if written else 0 : word.start()]
        elif word[0][0].isalnum() or question[word.start() - 1].isspace():
            written += " "
        written += word[0]
        last = number
    return written.strip(" ,;/-")


@lru_cache(maxsize=1)
def load_question_sides() -> QuestionSides:
    """Read the weights, once."""
    with np.load(WEIGHTS) as stored:
        return QuestionSides(
            weights=stored["weights"].astype(np.float32),
            biases=stored["biases"].astype(np.float32),
            likeness=stored["likeness"].astype(np.float32),
        )
