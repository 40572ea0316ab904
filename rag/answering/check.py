"""Whether a written sentence may be shown, and which of the quotes support it.

A trained `Checker` decides what a sentence means; beside it stands a hard rule that no probability
overrides: every number, date and name of a sentence stands in what it cites. Knows nothing of
models that write.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from rag.answering.retrieve import Similarities
from rag.answering.rows.values import NUMBER, number_of
from rag.answering.word import LEAST_SAID, SAID_WORDS, Said
from rag.datatypes import Citation
from rag.models.checker import PairModel

MOST_CITED = 3
"""Quotes that one sentence may need."""

_LEAST_SUM = 1e-12
_NUMBER = re.compile(NUMBER)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")


class Checker(Protocol):
    """Tells whether texts support a sentence. Trained and measured; without one nothing passes."""

    name: str

    def supported(self, question: str, sentence: str, cited_texts: Sequence[str]) -> float:
        """Return the probability, in [0, 1], that the texts alone support the sentence."""
        ...

    def answered(self, question: str, word: Said, texts: Sequence[str]) -> float:
        """Return the probability, in [0, 1], that the texts answer the question with yes or no."""
        ...


class TrainedChecker:
    """A `Checker` over the network that judges pairs of texts."""

    name = "mpnet"

    def __init__(self, model: PairModel) -> None:
        self.model = model

    def make_ready(self) -> None:
        """Make what the network needs once. Raises `ModelNotFound`."""
        self.model.make_ready()

    def supported(self, question: str, sentence: str, cited_texts: Sequence[str]) -> float:
        """Return the probability that the texts together support the sentence, whatever is asked.

        0 where the network cannot be had.
        """
        probabilities = self.model.probabilities([(sentence, " ".join(cited_texts))])
        return 0.0 if probabilities is None else float(probabilities[0, 0])

    def answered(self, question: str, word: Said, texts: Sequence[str]) -> float:
        """Return the probability that the texts together answer the question with yes, or with no.

        0 where the network cannot be had.
        """
        probabilities = self.model.probabilities([(question, " ".join(texts))])
        return 0.0 if probabilities is None else float(probabilities[0, SAID_WORDS.index(word)])


def first_word(sentence: str) -> Said | None:
    """Return the yes or no that a sentence begins with, if it does."""
    first = sentence.split()[0].strip(",.;:—–-").casefold()
    return next((word for word in SAID_WORDS if word == first), None)


def agreed(one: float, other: float | None) -> float:
    """Return the probability whose odds are those of both, multiplied; of one that of it alone."""
    if other is None:
        return one
    held, against = one * other, (1 - one) * (1 - other)
    return held / max(held + against, _LEAST_SUM)


def names_and_numbers_stand(sentence: str, cited_texts: Sequence[str]) -> bool:
    """Say whether each number and name (a word with a capital) of a sentence is in the texts.

    Numbers are compared by value, so that a date may be written in another order. The first word
    has its first capital from the sentence, so that does not make it a name.
    """
    cited = " ".join(cited_texts)
    numbers = {number_of(text) for text in _NUMBER.findall(cited)}
    if any(number_of(text) not in numbers for text in _NUMBER.findall(sentence)):
        return False
    words = {_folded(word) for word in _WORD.findall(cited)}
    return all(_folded(name) in words for name in _names(sentence))


def _names(sentence: str) -> list[str]:
    words = _WORD.findall(sentence)
    return [
        word
        for place, word in enumerate(words)
        if any(map(str.isupper, word if place else word[1:]))
    ]


def _folded(word: str) -> str:
    return _POSSESSIVE.sub("", word.casefold())


def supporting_quotes(
    checker: Checker,
    question: str,
    sentence: str,
    citations: Sequence[Citation],
    similarities: Similarities,
    least: float,
) -> tuple[int, ...]:
    """Return the places in `citations` of the fewest that support the sentence; () if none do.

    Each of the nearest is tried alone, then several together. A name or number may also stand in
    the document's name or in the headings above, which a citation shows. `least` is the probability
    from which the checker's word counts. "Yes, they will take it" says by itself what no text can
    bear out, so all quotes are to answer the question with that word, as surely as one before
    quotes has to be, and the odds of both are multiplied.
    """
    quotes = [citation.quote for citation in citations]
    word, answered = first_word(sentence), None
    if word is not None:
        answered = checker.answered(question, word, quotes)
        if answered < LEAST_SAID:
            return ()
    likeness = similarities(sentence, quotes)
    nearest = sorted(range(len(quotes)), key=lambda place: -likeness[place])[:MOST_CITED]
    together = (tuple(sorted(nearest[:count])) for count in range(2, len(nearest) + 1))
    for chosen in (*((place,) for place in nearest), *together):
        cited = [citations[place] for place in chosen]
        where = [f"{each.document} {each.section or ''}" for each in cited]
        texts = [each.quote for each in cited]
        stands = names_and_numbers_stand(sentence, [*texts, *where])
        if stands and agreed(checker.supported(question, sentence, texts), answered) >= least:
            return chosen
    return ()
