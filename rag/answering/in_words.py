"""An answer in other words: a writer says what was quoted, a checker lets pass what is supported.

The quotes stay beside the written sentences. Where nothing is written, or what passes no longer
answers, the quotes are the answer. Knows nothing of retrieving or reading.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event

from rag.answering.check import Checker, first_word, supporting_quotes
from rag.answering.question_kind import QuestionKind, likeliest
from rag.answering.retrieve import Similarities
from rag.answering.timings import Clock
from rag.answering.write import write_sentences
from rag.datatypes import Answer, AnswerKind, CitedSentence
from rag.errors import RagError
from rag.models.kept import LanguageModel

_OF_SENTENCES: tuple[AnswerKind | None, ...] = ("explanation", "overview", "comparison")
"""Answers that a writer can say better. A list is shown whole, a fact and a sum say it all."""
_LED_BY_ANSWER: tuple[AnswerKind | None, ...] = ("explanation", "short", "yes", "no")
"""Answers whose first sentence is the answer: without it the others do not answer."""


def profits(answer: Answer, kinds: Mapping[QuestionKind, float]) -> bool:
    """Say whether an answer is better said in words; `kinds` are those of its question."""
    if answer.status != "quoted":
        return False
    return answer.answer_kind in _OF_SENTENCES or likeliest(kinds) == "yesno"


@dataclass(frozen=True, slots=True, kw_only=True)
class InWords:
    """A writer with the checker without which nothing of it is shown.

    `least_support` is the checker's probability from which a sentence passes; `is_there` says
    whether the writer can be had now, since it may be installed or removed meanwhile.
    """

    model: LanguageModel
    checker: Checker
    least_support: float
    is_there: Callable[[], bool] = lambda: True

    def grow(
        self,
        answer: Answer,
        kinds: Mapping[QuestionKind, float],
        similarities: Similarities,
        clock: Clock,
        cancel: Event,
    ) -> Iterator[Answer]:
        """Yield the answer each time that a further written sentence has passed.

        Yields the quoted `answer` with a line on the reason where the writer cannot be had.
        """
        written: list[CitedSentence] = []
        quotes = [citation.quote for citation in answer.citations]
        sentences = write_sentences(self.model, answer.understood, answer.citations, cancel)
        try:
            while True:
                with clock.stage("generate"):
                    sentence = next(sentences, None)
                if sentence is None or cancel.is_set():
                    return
                with clock.stage("verify"):
                    cited = self._cited(answer, sentence, similarities)
                if cited:
                    numbers = tuple(place + 1 for place in cited)
                    written.append(CitedSentence(text=sentence, citations=numbers, verbatim=False))
                    if not all(is_quoted(each.text, quotes) for each in written):
                        yield replace(_with_written(answer, written, kinds), seconds=clock.read())
                elif not written and answer.answer_kind in _LED_BY_ANSWER:
                    return
        except RagError as error:
            if not written:
                yield replace(answer, note=f"In quotes only: {error}", seconds=clock.read())
        finally:
            sentences.close()

    def _cited(self, answer: Answer, sentence: str, similarities: Similarities) -> tuple[int, ...]:
        """Return the places of the citations that support a sentence; () if it may not be shown."""
        if is_quoted(sentence, [answer.question, answer.understood]):
            return ()
        judged = {answer.word, *(each.word for each in answer.sentences)} - {""}
        if judged and first_word(sentence) not in (None, *judged):
            return ()
        return supporting_quotes(
            self.checker,
            answer.understood,
            sentence,
            answer.citations,
            similarities,
            self.least_support,
        )


def is_quoted(sentence: str, quotes: Sequence[str]) -> bool:
    """Say whether a sentence stands in one of the quotes, word for word but for its last mark."""
    plain = " ".join(sentence.split()).casefold().rstrip(".?!")
    return any(plain in " ".join(quote.split()).casefold() for quote in quotes)


def _with_written(
    answer: Answer, written: Sequence[CitedSentence], kinds: Mapping[QuestionKind, float]
) -> Answer:
    """Return the answer with the written sentences before its quotes, numbered by first use."""
    sentences = [*written, *answer.sentences]
    used = [number for sentence in sentences for number in sentence.citations]
    numbers = {old: new for new, old in enumerate(dict.fromkeys(used), start=1)}
    short = answer.short_span
    in_parts = any(sentence.word for sentence in answer.sentences)
    said = None if in_parts or likeliest(kinds) != "yesno" else first_word(written[0].text)
    return replace(
        answer,
        status="answered",
        sentences=tuple(
            replace(each, citations=tuple(numbers[number] for number in each.citations))
            for each in sentences
        ),
        citations=tuple(answer.citations[old - 1] for old in numbers),
        short_answer=said or answer.short_answer,
        short_span=None if said or short is None else (numbers[short[0]], *short[1:]),
        answer_kind=said or answer.answer_kind,
    )
