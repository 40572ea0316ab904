"""The questions that a text holds: several in one, or one that stands somewhere in what was pasted.

Logistic regressions over hashed words, trained by `training/train_question_parts.py`: whether a
sentence asks, whether a new question begins at a place in one, whether it follows on another.
Knows nothing of documents.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.answering.question_kind import form_of
from rag.documents.sentences import sentence_spans

WEIGHTS = Path(__file__).resolve().parent / "question_parts.npz"
PLACE_BUCKETS = 32_768
"""Numbers that the features of a place in a question are hashed to."""
MOST_PARTS = 4
_ASKS = 0.5
_BEGINS = 0.7
"""Probability from which a new question begins at a place. Of documents held out 9 of 2,217 single
questions are cut by it and 496 of 911 joined ones found. Of what was typed as a whole (held out)
3 of 112 that ask one thing are cut, and 38 of 79 that ask several are found."""
_ASKS_FURTHER = 0.8
"""Probability of asking that what comes after a cut needs, its mark aside: "room at noon?" is none.
Without it 12 of the 2,217 and 5 of the 112 are cut, 532 and 40 found."""
_FEWEST_WORDS = 3
_MOST_WORDS = 60
"""Of a sentence in which places are looked for: longer ones are pasted text."""
_MARKS = " ?!."
_QUOTES = '"“”„«»'
_WITHOUT_QUOTES = dict.fromkeys(map(ord, _QUOTES), " ")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Weights (features,) and a bias."""

    weights: NDArray[np.float32]
    bias: float

    def probability(self, features: NDArray[np.float32]) -> float:
        """Return the probability in [0, 1]; `features` are float32, (features,)."""
        return float(1 / (1 + np.exp(-(float(self.weights @ features) + self.bias))))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionParts:
    """Finds the questions in a text; one begins where it is as likely as `least`."""

    asks: Weights
    begins: Weights
    follows: Weights
    least: float = _BEGINS

    def find(self, text: str) -> list[str]:
        """Return the questions that `text` holds, in order; the text itself if it is just one.

        At most `MOST_PARTS`. What a short text says before a question, and after the last one,
        stays with it; of a long one, which is pasted, nothing is kept but the questions.
        """
        sentences = list(_sentences(text))
        if len(sentences) > 1:
            asking = [number for number, each in enumerate(sentences) if _is_marked(each)]
            asking = asking or [n for n, each in enumerate(sentences) if self.is_question(each)]
            if not asking:
                return [text]
            if len(_WORD.findall(text)) <= _MOST_WORDS:
                return self._with_context(text, sentences, asking)
            sentences = [sentences[number] for number in asking]
        parts = [part for sentence in sentences for part in self._cut(sentence)]
        return parts[:MOST_PARTS] or [text]

    def _with_context(
        self, text: str, sentences: Sequence[str], asking: Sequence[int]
    ) -> list[str]:
        """Return the questions of the sentences that ask, each with those before it."""
        cut = [self._cut(sentences[number]) for number in asking]
        if sum(map(len, cut)) == 1:
            return [text]
        for number, before, pieces in zip(asking, [-1, *asking], cut, strict=False):
            pieces[0] = " ".join([*sentences[before + 1 : number], pieces[0]])
        cut[-1][-1] = " ".join([cut[-1][-1], *sentences[asking[-1] + 1 :]])
        return [piece for pieces in cut for piece in pieces][:MOST_PARTS]

    def needs_context(self, question: str) -> float:
        """Return the probability that a question cannot be understood without an earlier one."""
        return self.follows.probability(form_of(question))

    def is_question(self, sentence: str) -> bool:
        """Say whether a sentence asks something, with its question mark or without."""
        return self._asks(sentence) >= _ASKS

    def _asks(self, text: str) -> float:
        return self.asks.probability(form_of(text))

    def _cut(self, sentence: str) -> list[str]:
        """Return the questions in one sentence."""
        words = list(_WORD.finditer(sentence))
        if len(words) > _MOST_WORDS:
            return [sentence]
        cuts = [0]
        for place in range(1, len(words)):
            if place - cuts[-1] < _FEWEST_WORDS or len(words) - place < _FEWEST_WORDS:
                continue
            if self.begins.probability(place_of(words, place)) >= self.least:
                before = sentence[words[cuts[-1]].start() : words[place].start()]
                after = sentence[words[place].start() :].rstrip(_MARKS)
                asks = self.is_question(before) and self._asks(after) >= _ASKS_FURTHER
                cuts += [place] if asks else []
        starts = [words[place].start() for place in cuts] if words else [0]
        while True:
            ends = [*starts[1:], len(sentence)]
            pieces = [sentence[a:b].strip(" ,;") for a, b in zip(starts, ends, strict=True)]
            further = enumerate(pieces[1:-1], start=1)
            idle = next((n for n, each in further if self._asks(each) < _ASKS_FURTHER), None)
            if idle is None:
                return pieces
            del starts[idle]


def _is_marked(sentence: str) -> bool:
    return sentence.rstrip().endswith("?")


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text; of a pasted quotation, which is one, those within."""
    for start, end in sentence_spans(text, 0, len(text)):
        if len(_WORD.findall(text[start:end])) <= _MOST_WORDS:
            yield text[start:end]
            continue
        within = sentence_spans(text.translate(_WITHOUT_QUOTES), start, end)
        yield from (text[first:last].strip(_QUOTES) for first, last in within)


def place_of(words: Sequence[re.Match[str]], place: int) -> NDArray[np.float32]:
    """Return the features of the place before `words[place]`: float32, (PLACE_BUCKETS,)."""
    vector = np.zeros(PLACE_BUCKETS, dtype=np.float32)
    tokens = [match.group().casefold() for match in words]
    for feature in _features(tokens, place):
        vector[crc32(feature.encode("utf-8", "replace")) % PLACE_BUCKETS] = 1.0
    return vector


def words_of(text: str) -> list[re.Match[str]]:
    """Return the words and marks of a text, between which a question may begin."""
    return list(_WORD.finditer(text))


def _features(tokens: Sequence[str], place: int) -> Iterator[str]:
    """Yield the words on both sides of a place, how each side begins, and how long they are."""
    left, right = ["<", "<", *tokens[:place]], [*tokens[place:], ">", ">", ">"]
    yield f"l {left[-1]}"
    yield f"ll {left[-2]} {left[-1]}"
    yield from (f"r {' '.join(right[:count])}" for count in (1, 2, 3))
    yield f"lr {left[-1]} {right[0]}"
    yield f"lrr {left[-1]} {right[0]} {right[1]}"
    yield f"first {tokens[0]}"
    yield f"first {tokens[0]} {right[0]}"
    yield f"left {min(place, 8)}"
    yield f"left {min(place, 8)} {right[0]}"
    yield f"right {min(len(tokens) - place, 8)}"


@lru_cache(maxsize=1)
def load_question_parts() -> QuestionParts:
    """Read the weights, once."""
    with np.load(WEIGHTS) as stored:
        return QuestionParts(
            asks=_weights(stored, "asks"),
            begins=_weights(stored, "begins"),
            follows=_weights(stored, "follows"),
        )


def _weights(stored: Mapping[str, NDArray[np.float32]], name: str) -> Weights:
    return Weights(
        weights=stored[f"{name}_weights"].astype(np.float32), bias=float(stored[f"{name}_bias"])
    )
