"""A second opinion on an answer that is in doubt: whether it answers the question, by the writer.

A language model that has read more than our own ones is wrong elsewhere than they are. It is asked
for one word, yes or no, and its doubt is weighed with the confidence. It adds nothing to the answer
and says nothing of its own. Knows nothing of retrieving or reading.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log
from threading import Event

from rag.answering.write import on_one_line
from rag.datatypes import Answer, AnswerKind
from rag.models.kept import LanguageModel

IN_DOUBT = (0.1, 0.85)
"""Confidences from which on and below which it is asked for."""
_OF_THEIR_OWN: tuple[AnswerKind | None, ...] = ("overview", "comparison", "denied")
"""Answers whose confidence says something else."""
_LONGEST_TEXT, _LONGEST_ANSWER = 500, 200
_TASK = (
    "You check whether an answer to a question is right. A text from a document is given. Say yes "
    "only if the text shows that it is the answer to the very question asked. If the text is about "
    "something else, or leaves the question open, say no. Answer with one word: yes or no."
)


@dataclass(frozen=True, slots=True)
class _Weights:
    """The log-odds that an answer is right: `bias`, and what its confidence's count, and ours."""

    bias: float
    confidence: float
    opinion: float


_WEIGHTS: Mapping[str, _Weights] = {
    "writer": _Weights(bias=0.1, confidence=0.5, opinion=1.3),
}
"""Of the writers that were measured, by name, fitted to questions about files that people keep;
another one is not asked, since nobody knows what its yes is worth."""


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Asks a writer, where one of those that were measured can be had: `name` says which, now."""

    model: LanguageModel
    name: Callable[[], str]

    def wanted(self, answer: Answer) -> bool:
        """Say whether an answer, or a refusal, is in doubt, and of a kind that it can judge."""
        least, most = IN_DOUBT
        return (
            least <= answer.confidence < most
            and answer.answer_kind not in _OF_THEIR_OWN
            and not answer.word
            and not any(sentence.word for sentence in answer.sentences)
            and not any(sentence.kind in ("row", "computed") for sentence in answer.sentences)
            and self.name() in _WEIGHTS
        )

    def confidence(self, answer: Answer, cancel: Event) -> float | None:
        """Return how likely the answer is right, with what the writer takes it for.

        None where the writer is at work, or `cancel` is set. Raises what the writer raises.
        """
        said = self.model.says_yes(_messages(answer), cancel)
        weights = _WEIGHTS.get(self.name())
        if said is None or weights is None:
            return None
        odds = log(answer.confidence / (1 - answer.confidence))
        return 1 / (1 + exp(-(weights.bias + weights.confidence * odds + weights.opinion * said)))


def _messages(answer: Answer) -> list[dict[str, str]]:
    """Return what is asked; the text begins with the quote that has the short answer."""
    citations = list(answer.citations)
    first = answer.short_span[0] - 1 if answer.short_span else 0
    short = on_one_line(answer.short_answer or citations[first].quote)[:_LONGEST_ANSWER]
    citations.insert(0, citations.pop(first))
    said = [
        on_one_line(". ".join(filter(None, (each.document, each.section, each.quote))))
        for each in citations
    ]
    start = max(0, said[0].find(short) + len(short) - _LONGEST_TEXT)
    text = " ".join([said[0][start:], *said[1:]])[:_LONGEST_TEXT]
    asked = f"Question: {on_one_line(answer.understood)}\n\nAnswer: {short}"
    return [
        {"role": "system", "content": _TASK},
        {
            "role": "user",
            "content": f"Text: {text}\n\n{asked}\n\nIs it the answer to the question?",
        },
    ]
