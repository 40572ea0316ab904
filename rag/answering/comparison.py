"""The two sides that a comparison asks about: two documents, or two sentences.

Two sides are alike but for some words: "the fees of 2024" and "the fees of 2025" are two documents
that share a name, "a shared lesson" and "a weekly lesson" two sentences that share words with the
question, and each has some that the other lacks. So no grammar is needed to find them, but for one
word: what "or" stands between is a choice, however little else looks like a comparison. Knows
nothing of how each side is read.
"""

import math
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain, combinations, permutations, product

from rag.answering.evidence import (
    Candidate,
    in_view,
    sentences_with_path,
    touched_sentences,
    units_of,
)
from rag.answering.names import NamedDocument, Names, Vocabulary, as_typed, name_words
from rag.datatypes import Passage, Span, Vectors

COMPARES = 0.3
"""Probability of its kind from which a question asks for a comparison."""
_MAY_COMPARE = 0.05
"""The same where it says "or" between what two sentences say: of 1,500 questions of the tuning sets
that are none 36 have as much, and none of these an "or"."""
_OR = "or"
_LEAST_SHARE = 0.5
"""Of its name, that a question has to have of a document to mean it as a side by itself."""
_SAME = 0.5
"""What it is worth, beside cosines, that two sentences stand in one document."""
_MOST_SIDES = 3
_MOST_CANDIDATES = 6
"""Of a side, that are compared with those of the others."""
_LIKE_QUESTION, _ALIKE, _LOGITS = 2.0, 3.0, 30.0
"""What cosines to the question and between sides are worth, and how many logits of a candidate's
score are worth 1: set by hand on six questions about two documents, where the reader's best is
often of the wrong thing."""
_GO_TOGETHER = 2.7
"""What two sides are worth together from which on they are told of the same thing: of those six
questions five had 2.9 to 5.6, the one whose sides were both wrong 2.5."""
_READ = 0.3
"""What it is worth, beside cosines, that the reader would answer from a sentence."""
_READ_MIDDLE, _READ_SCALE = -5.0, 5.0
"""Margin that counts half of it, and logits in which that rises by a logistic curve."""
_MOST_SENTENCES = 80
"""Of the passages nearest to a question, that are compared with each other."""


@dataclass(frozen=True, slots=True)
class Side:
    """A document that is one side, what it is asked, and the words that name the others."""

    document_id: int
    question: str
    others: frozenset[str]


def document_sides(names: Names, question: str, probability: float) -> list[Side]:
    """Return the documents (two or more, else none) that the question sets side by side.

    Each is named by words that name none of the others; and "or" stands between these, or they are
    called alike, or each is named by most of its name: these two, where the `probability` that a
    comparison is asked for is low.
    """
    named = names.named(question)
    if any(each.is_written_out for each in named):
        sides = [each for each in named if each.is_written_out][:_MOST_SIDES]
    else:
        sides = []
        for each in named:
            if len(sides) < _MOST_SIDES and _is_another(each, sides, question, probability):
                sides.append(each)
    return [_side(question, each, sides) for each in sides] if len(sides) > 1 else []


def _is_another(
    document: NamedDocument, sides: Sequence[NamedDocument], question: str, probability: float
) -> bool:
    """Say whether a document is a side beside others: each has words that the others lack."""
    enough = any if probability >= COMPARES else all
    return all(
        document.words - other.words
        and other.words - document.words
        and (
            enough((document.words & other.words, min(document.share, other.share) >= _LEAST_SHARE))
            or _are_alternatives(question, document.words, other.words)
        )
        for other in sides
    )


def _side(question: str, document: NamedDocument, sides: Sequence[NamedDocument]) -> Side:
    others = frozenset(chain.from_iterable(each.words for each in sides)) - document.words
    return Side(document.document_id, _without(question, others, document.words), others)


def _without(question: str, others: Set[str], own: Set[str]) -> str:
    """Return the question without the words (stems) of other sides, and what joins sides to them.

    "How do Hill Farm and Lake Farm differ over dogs?" asks Lake Farm "How do Lake Farm differ over
    dogs?". A reader goes by names: of a sentence that has both it would think best.
    """
    words = question.split()
    stems = [name_words(word) for word in words]
    is_other = [bool(each & others) for each in stems]
    left_out = list(is_other)
    last: int | None = None  # the place of a side's word, while nothing has been said after it
    for place, each in enumerate(stems):
        if each & (others | own):
            if last is not None and (is_other[place] or is_other[last]):
                left_out[last + 1 : place] = [True] * (place - last - 1)
            last = place
        elif each:
            last = None
    return " ".join(word for word, is_out in zip(words, left_out, strict=True) if not is_out)


def _are_alternatives(question: str, first: Set[str], second: Set[str]) -> bool:
    """Say whether "or" stands between a word of one side and one of the other, by their stems.

    What both sides have is passed over: "a small box or a large box".
    """
    both = frozenset(first & second)
    one, other = first - both, second - both
    return any(
        (before & one and after & other) or (before & other and after & one)
        for before, after in _alternatives(question, both)
    )


def _alternatives(
    question: str, without: frozenset[str] = frozenset()
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield the stems of the words that say something nearest before and after each "or"."""
    words = question.split()
    stems = [name_words(word) - without for word in words]
    for place, word in enumerate(words):
        if word.casefold() == _OR:
            before = next(filter(None, reversed(stems[:place])), frozenset())
            after = next(filter(None, stems[place + 1 :]), frozenset())
            yield before, after


def choose_together(
    question: str,
    sides: Sequence[Sequence[Candidate]],
    embed: Callable[[Sequence[str]], Vectors],
) -> list[Candidate]:
    """Return for each side its candidate that goes best with those of the others.

    What is compared is told of each side in sentences that are alike, and like the question; the
    reader alone, asked of one side, does not know what there is to compare it with. None is
    returned where they do not go together well, or where a side has no candidate.
    """
    first = [list(own[:_MOST_CANDIDATES]) for own in sides]
    every = list(chain.from_iterable(first))
    if not all(first):
        return []
    rows = embed([question, *map(sentences_with_path, every), *map(touched_sentences, every)])
    with_path, alone = rows[1 : len(every) + 1], rows[len(every) + 1 :]
    alike = (with_path @ with_path.T + alone @ alone.T) / 2
    own = 2 * (with_path @ rows[0] * _LIKE_QUESTION + [each.score / _LOGITS for each in every])
    numbers = iter(range(len(every)))
    places = [[next(numbers) for _ in each] for each in first]

    def worth(chosen: Sequence[int]) -> float:
        pairs = [float(alike[pair]) for pair in combinations(chosen, 2)]
        return _ALIKE * sum(pairs) / len(pairs) + float(own[list(chosen)].mean())

    best = max(product(*places), key=worth)
    return [every[number] for number in best] if worth(best) >= _GO_TOGETHER else []


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, item or row that may be a side, with the stems of the question that it says.

    `read` in [0, 1] is how likely the reader would answer from it.
    """

    passage: Passage
    start: int
    end: int
    words: frozenset[str]
    read: float

    @property
    def span(self) -> Span:
        """All of it."""
        return Span(
            passage=self.passage, start=self.start, end=self.end, score=0.0, no_answer_score=0.0
        )


def may_compare_sentences(question: str, probability: float) -> bool:
    """Say whether it is worth to look for two sentences that a question compares."""
    return probability >= COMPARES or (
        probability >= _MAY_COMPARE and any(map(all, _alternatives(question)))
    )


def sentence_sides(
    names: Names,
    question: str,
    probability: float,
    passages: Sequence[Passage],
    spans: Sequence[Span],
    embed: Callable[[Sequence[str]], Vectors],
) -> list[tuple[Span, str]]:
    """Return the two sentences (else none) that a question sets side by side, in its order.

    Each has words of the question that the other lacks: its label. Of all such pairs it is the one
    that has most of the question's words, is nearest to it, is what the reader (its `spans`) would
    answer from, and is most alike: what stands side by side in a question is mostly told in the
    same way. What a document is called counts as said in each of its sentences. One
    sentence alone, without a label, is returned if it has as many of the words and is as near.

    Where the `probability` that a comparison is asked for is low, "or" has to stand between them.
    """
    places = [
        (passage, start, end, kind)
        for passage in passages
        for (start, end), kind in units_of(passage)
        if kind not in ("heading", "code")
    ][:_MOST_SENTENCES]
    texts = [in_view(*place) for place in places]
    said = [
        f"{names.called(passage.document_id)}\n{text}"
        for (passage, *_), text in zip(places, texts, strict=True)
    ]
    vocabulary = Vocabulary(said)
    asked = vocabulary.meant(question)
    if not asked:
        return []
    units = [
        _Unit(passage, start, end, asked & name_words(text), _read(passage, start, end, spans))
        for (passage, start, end, _), text in zip(places, said, strict=True)
    ]
    rows = embed([question, *texts])
    chosen = _best_pair(units, vocabulary, rows[1:] @ rows[0], rows[1:] @ rows[1:].T)
    if len(chosen) == 1:
        return [(chosen[0].span, "")] if probability >= COMPARES else []
    if not chosen or (probability < COMPARES and not _stand_beside(question, asked, *chosen)):
        return []
    sides = [
        (own.span, as_typed(question, own.words - other.words))
        for own, other in permutations(chosen, 2)
    ]
    return sorted(sides, key=lambda side: question.find(side[1].partition(" ")[0]))


def _best_pair(
    units: Sequence[_Unit], vocabulary: Vocabulary, near: Vectors, alike: Vectors
) -> list[_Unit]:
    """Return the two sides, or one that says both, none if there is neither.

    `near` (n,) are cosines to the question, `alike` (n, n) those between the units.
    """
    total = vocabulary.weight(frozenset(chain.from_iterable(unit.words for unit in units)))

    def score(pair: tuple[int, int]) -> float:
        first, second = (units[number] for number in pair)
        covered = vocabulary.weight(first.words | second.words) / total
        same = first.passage.document_id == second.passage.document_id
        by_reader = _READ * (first.read + second.read)
        return float(covered + sum(near[list(pair)]) + alike[pair] + by_reader) + same * _SAME

    pairs = [
        (first, second)
        for first, second in combinations(range(len(units)), 2)
        if units[first].words - units[second].words and units[second].words - units[first].words
    ]
    best = max(pairs, key=score, default=None)
    if best is None:
        return []
    both = units[best[0]].words | units[best[1]].words
    whole = [number for number, unit in enumerate(units) if unit.words >= both]
    nearest = max(whole, key=lambda number: float(near[number]), default=None)
    if nearest is not None and near[nearest] >= near[list(best)].mean():
        return [units[nearest]]
    return [units[number] for number in best]


def _stand_beside(question: str, asked: Set[str], first: _Unit, second: _Unit) -> bool:
    """Say whether "or" stands between what each of two sentences alone says.

    That of one may be a word that no sentence has: the bicycle is told of that is asked as bike.
    """
    both = first.words & second.words
    unsaid = (name_words(question) - asked) | both
    sides = (first.words, second.words), (first.words, unsaid), (unsaid, second.words)
    return any(_are_alternatives(question, *pair) for pair in sides)


def _read(passage: Passage, start: int, end: int, spans: Sequence[Span]) -> float:
    margins = (
        span.margin
        for span in spans
        if span.passage.id == passage.id and span.start < end and span.end > start
    )
    best = max(margins, default=-math.inf)
    return 1 / (1 + math.exp(min(50.0, (_READ_MIDDLE - best) / _READ_SCALE)))
