"""Which kind of answer a question asks for: a fact, yes or no, a whole list, a count, a summary.

Logistic regression over the form of the question (pieces of its words and pairs of words, hashed)
and its embedding, trained by `training/train_question_kind.py`; numpy alone applies it. Knows
nothing of documents: whether there is a list or a table to answer from is for others to see.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias, get_args
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Vectors

QuestionKind: TypeAlias = Literal[
    "short",  # a fact, name, number or date that stands in the text
    "yesno",
    "list",  # all of something
    "steps",  # how to do it
    "explanation",  # why, how it works, what happens if, what is meant
    "count",  # of items or rows, which nobody has written down
    "sum",  # total or average
    "highest",
    "lowest",
    "earliest",  # "oldest" too, also where a table has ages
    "latest",  # "newest", "youngest"
    "filter",  # the rows that meet a condition
    "compare",
    "overview",  # what it is all about
]
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
SEVERAL: tuple[QuestionKind, ...] = (
    "list",
    "steps",
    "explanation",
    "filter",
    "compare",
    "overview",
)
"""Kinds that several sentences, items or rows answer."""
WEIGHTS = Path(__file__).resolve().parent / "question_kind.npz"

_WORD_BUCKETS = 8192
_PIECE_BUCKETS = 4096
FORM_SIZE = _WORD_BUCKETS + _PIECE_BUCKETS
"""Numbers that the features of the form are hashed to."""

_WHOLE: tuple[QuestionKind, ...] = ("list", "steps")
_PROBABLY = 0.5
_HAS_TOPIC = 0.6
"""Probability from which on a topic is asked about: of 412 questions held out that ask of a whole
document 404 are below, of 180 about a topic 133 above."""
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]")
_LETTER = re.compile(r"[A-Za-z]")
_DIGIT = re.compile(r"\d")
_FIRST_WORDS = (1, 2, 3)
_PIECES = (2, 3, 4)
"""Characters of a piece of a word, whose first and last are marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWeights:
    """Weights (kinds, features) and biases (kinds,): the form first, then the embedding if any."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of each kind: float32, (kinds,), sum 1."""
        scores = self.weights @ features + self.biases
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum(), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionKinds:
    """Tells the kinds of questions. `embedder` is the name of the one it was trained with."""

    by_form: KindWeights
    by_form_and_meaning: KindWeights
    topic_by_form: KindWeights
    topic_by_form_and_meaning: KindWeights
    embedder: str

    def has_topic(self, question: str, embedding: Vectors | None = None) -> bool:
        """Say whether an overview is asked for of one topic: "what does the lease say about pets".

        `embedding` as for `kinds`.
        """
        chosen = self.topic_by_form if embedding is None else self.topic_by_form_and_meaning
        return bool(chosen.probabilities(_features(question, embedding))[1] >= _HAS_TOPIC)

    def kinds(self, question: str, embedding: Vectors | None = None) -> dict[QuestionKind, float]:
        """Return the probability of each kind, the likeliest first.

        `embedding` is the question's unit vector (dimension,) by `embedder`; without it the form
        alone decides, which is right less often. A question without a letter of the alphabet that
        it was trained in says nothing to it, so it is taken to ask for something short.
        """
        if not _LETTER.search(question):
            return dict(sorted(((kind, float(kind == "short")) for kind in KINDS), key=_by_share))
        chosen = self.by_form if embedding is None else self.by_form_and_meaning
        values = chosen.probabilities(_features(question, embedding))
        return dict(sorted(zip(KINDS, values.tolist(), strict=True), key=_by_share))


def _features(question: str, embedding: Vectors | None) -> NDArray[np.float32]:
    form = form_of(question)
    return form if embedding is None else np.concatenate([form, embedding])


def _by_share(pair: tuple[QuestionKind, float]) -> float:
    return -pair[1]


def asks_for_sentences(kinds: Mapping[QuestionKind, float]) -> bool:
    """Return whether it is rather sentences, items or rows that are asked for than one fact."""
    return sum(kinds[kind] for kind in SEVERAL) >= _PROBABLY


def asks_for_all(kinds: Mapping[QuestionKind, float]) -> bool:
    """Return whether it is rather a whole list that is asked for, or all steps, than a part."""
    return sum(kinds[kind] for kind in _WHOLE) >= _PROBABLY


def likeliest(kinds: Mapping[QuestionKind, float]) -> QuestionKind:
    """Return the kind with the highest probability."""
    return max(kinds, key=lambda kind: kinds[kind])


def form_of(question: str) -> NDArray[np.float32]:
    """Return the form of a question: float32, (FORM_SIZE,).

    That is two unit vectors of hashed features, of its words and of their pieces.
    """
    folded = _DIGIT.sub("0", question.casefold().replace("’", "'"))
    tokens = _TOKEN.findall(folded)
    return np.concatenate(
        [_hashed(_words(tokens), _WORD_BUCKETS), _hashed(_pieces(tokens), _PIECE_BUCKETS)]
    )


def _words(tokens: Sequence[str]) -> Iterator[str]:
    """Yield each word, pairs of neighbours with the ends, and how the question begins."""
    bounded = ["<", *tokens, ">"]
    yield from bounded
    yield from (f"{first} {second}" for first, second in pairwise(bounded))
    yield from (f"^{' '.join(tokens[:count])}" for count in _FIRST_WORDS)


def _pieces(tokens: Sequence[str]) -> Iterator[str]:
    for token in tokens:
        marked = f"<{token}>"
        for length in _PIECES:
            for start in range(len(marked) - length + 1):
                yield marked[start : start + length]


def _hashed(features: Iterator[str], buckets: int) -> NDArray[np.float32]:
    """Return a unit vector that has the same number for each feature; zeros if there is none."""
    vector = np.zeros(buckets, dtype=np.float32)
    vector[[crc32(feature.encode("utf-8", "replace")) % buckets for feature in features]] = 1.0
    return vector / max(float(np.linalg.norm(vector)), 1.0)


@lru_cache(maxsize=1)
def load_question_kinds() -> QuestionKinds:
    """Read the weights, once."""
    with np.load(WEIGHTS) as stored:
        return QuestionKinds(
            by_form=_weights(stored, "form"),
            by_form_and_meaning=_weights(stored, "both"),
            topic_by_form=_weights(stored, "topic_form"),
            topic_by_form_and_meaning=_weights(stored, "topic_both"),
            embedder=str(stored["embedder"]),
        )


def _weights(stored: Mapping[str, NDArray[np.float16]], name: str) -> KindWeights:
    return KindWeights(
        weights=stored[f"{name}_weights"].astype(np.float32),
        biases=stored[f"{name}_biases"].astype(np.float32),
    )
