"""Several answers as one: the sides of a comparison, the parts of a question, versions.

Each is shown under what it answers; a place that two of them quote is cited once. Values to values.
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.datatypes import Answer, AnswerKind, Citation, CitedSentence


def join_answers(
    question: str, answers: Sequence[tuple[str, Answer]], *, kind: AnswerKind | None = None
) -> Answer:
    """Return the answers (at least one), each with its label, as one to `question`.

    Those that are refused are named by their label as not answered; if all are, the first refusal
    is returned. `kind` is that of the answer, else the one that all have in common, or "short"; a
    yes or no stays with what it was said of, unless `kind` is given: then it was said of a part of
    the question alone. It is as sure as the least sure of its answers.
    """
    shown = [(label, answer) for label, answer in answers if answer.status != "refused"]
    if not shown:
        return replace(answers[0][1], question=question, understood=question)
    sentences: list[CitedSentence] = []
    citations: list[Citation] = []
    for label, answer in shown:
        numbers = [_number(citations, citation) for citation in answer.citations]
        sentences += [
            replace(
                sentence,
                citations=tuple(numbers[number - 1] for number in sentence.citations),
                group=" > ".join(filter(None, (label, sentence.group))),
                word="" if kind else answer.word,
            )
            for sentence in answer.sentences
        ]
    kinds = {"short" if answer.word else answer.answer_kind for _, answer in shown}
    shorts = [answer.short_answer for _, answer in shown if answer.short_answer]
    first = shown[0][1]
    return replace(
        first,
        question=question,
        understood=question,
        status="answered" if any(a.status == "answered" for _, a in shown) else "quoted",
        sentences=tuple(sentences),
        citations=tuple(citations),
        short_answer="; ".join(shorts) if kind is None and len(shorts) == len(shown) else None,
        short_span=None,
        confidence=min(answer.confidence for _, answer in shown),
        answer_kind=kind or (kinds.pop() if len(kinds) == 1 else "short"),
        unanswered=tuple(label for label, answer in answers if answer.status == "refused"),
        note=" ".join(answer.note for _, answer in shown if answer.note),
        ranked=tuple({hit.passage.id: hit for _, a in answers for hit in a.ranked}.values()),
    )


def says_the_same(first: Answer, second: Answer) -> bool:
    """Say whether two answers have the same word, or none, and quote just the same places."""
    return first.word == second.word and _places(first) == _places(second)


def _places(answer: Answer) -> set[tuple[int, int, int]]:
    return {(each.document_id, each.start, each.end) for each in answer.citations}


def _number(citations: list[Citation], citation: Citation) -> int:
    """Return the number, from 1, of a citation among `citations`, to which it is added if new."""
    if citation not in citations:
        citations.append(citation)
    return citations.index(citation) + 1
