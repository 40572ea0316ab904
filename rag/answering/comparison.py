"""The two sides that a comparison asks about: two documents, or two sentences.

Two sides are alike but for some words: "the fees of 2024" and "the fees of 2025" are two documents
that share a name, "a shared lesson" and "a weekly lesson" two sentences that share words with the
question, and each has some that the other lacks. So no grammar is needed to find them. Knows
nothing of how each side is read.
"""

from collections.abc import Callable, Sequence
from itertools import combinations

from rag.answering.names import NamedDocument, Names, Vocabulary, as_typed, name_words
from rag.datatypes import Passage, Span, Vectors

COMPARES = 0.3
"""Probability of its kind from which a question asks for a comparison."""
_LEAST_SHARE = 0.5
"""Of its name, that a question has to have of a document to mean it as a side by itself."""
_SAME = 0.5
"""What it is worth, beside cosines, that two sentences stand in one document."""
_MOST_SIDES = 3
_MOST_SENTENCES = 80
"""Of the passages nearest to a question, that are compared with each other."""


def document_sides(names: Names, question: str, probability: float) -> list[int]:
    """Return the documents (two or more, else none) that the question sets side by side.

    Each is named by words that name none of the others; and they are called alike, or each is named
    by most of its name: both, where the `probability` that a comparison is asked for is low.
    """
    named = names.named(question)
    if any(each.is_written_out for each in named):
        named = [each for each in named if each.is_written_out]
        return [each.document_id for each in named[:_MOST_SIDES]] if len(named) > 1 else []
    sides: list[NamedDocument] = []
    for each in named:
        if len(sides) < _MOST_SIDES and _is_another(each, sides, probability >= COMPARES):
            sides.append(each)
    return [side.document_id for side in sides] if len(sides) > 1 else []


def _is_another(
    document: NamedDocument, sides: Sequence[NamedDocument], one_is_enough: bool
) -> bool:
    """Say whether a document is a side beside others: each has words that the others lack."""
    enough = any if one_is_enough else all
    return all(
        document.words - other.words
        and other.words - document.words
        and enough((document.words & other.words, min(document.share, other.share) >= _LEAST_SHARE))
        for other in sides
    )


def sentence_sides(
    names: Names,
    question: str,
    passages: Sequence[Passage],
    embed: Callable[[Sequence[str]], Vectors],
) -> list[tuple[Span, str]]:
    """Return the two sentences (else none) that a question sets side by side, with their labels.

    Each has words of the question that the other lacks, which are its label. Of all such pairs it
    is the one that has most of the question's words, is nearest to it and is most alike: what
    stands side by side in a question is mostly told in the same way. What a document is called
    counts as said in each of its sentences. No pair is returned if one sentence has as many of the
    words.
    """
    units = [
        (passage, start, end, passage.text[start - passage.start : end - passage.start])
        for passage in passages
        for (start, end), kind in zip(
            passage.sentences, passage.kinds or ["sentence"] * len(passage.sentences), strict=True
        )
        if kind not in ("heading", "code")
    ][:_MOST_SENTENCES]
    said = [f"{names.called(passage.document_id)}\n{text}" for passage, *_, text in units]
    vocabulary = Vocabulary(said)
    asked = vocabulary.meant(question)
    total = vocabulary.weight(asked)
    if not total:
        return []
    rows = embed([question, *(text for *_, text in units)])
    near, alike = rows[1:] @ rows[0], rows[1:] @ rows[1:].T
    words = [asked & name_words(text) for text in said]

    def score(first: int, second: int) -> float:
        covered = vocabulary.weight(words[first] | words[second]) / total
        same = units[first][0].document_id == units[second][0].document_id
        return float(covered + near[first] + near[second] + alike[first, second]) + same * _SAME

    pairs = [
        (first, second)
        for first, second in combinations(range(len(units)), 2)
        if words[first] - words[second] and words[second] - words[first]
    ]
    if not pairs:
        return []
    best = max(pairs, key=lambda pair: score(*pair))
    both = words[best[0]] | words[best[1]]
    if any(own >= both for own in words):
        return []
    return [
        (_span(units[own]), as_typed(question, words[own] - words[other]))
        for own, other in (best, best[::-1])
    ]


def _span(unit: tuple[Passage, int, int, str]) -> Span:
    passage, start, end, _ = unit
    return Span(passage=passage, start=start, end=end, score=0.0, no_answer_score=0.0)
