"""What people said of answers, as a question set: judgements that `footnote evaluate` can take.

A thumb up says that the answer shown was right, so it becomes a whole question: with the short
answer as the accepted one and the quote it stands in as evidence, or, for a refusal, as not
answerable. A thumb down says only that it was not right. What would be, and whether the documents
answer the question at all, nobody has said: such a question has `answerable` null, which makes no
valid question until a person decides, and `rejected`, what was shown. Pure functions of values.
"""

from collections.abc import Sequence
from typing import Any

from rag.answering.question_kind import asks_for_sentences, load_question_kinds
from rag.conversations.records import Feedback, StoredTurn
from rag.datatypes import Answer, AnswerKind, Citation

_SHORT_KINDS: tuple[AnswerKind, ...] = ("short", "yes", "no", "count", "extreme")


def judged_questions(turns: Sequence[StoredTurn]) -> list[dict[str, Any]]:
    """Return the rated turns of one conversation in the question-set format, oldest first.

    Those with `answerable` null are thumbs down. `note` and `rejected` are keys that question sets
    do not have, and that reading one passes over.
    """
    return [
        _question(stored, stored.feedback, [earlier.turn.question for earlier in turns[:index]])
        for index, stored in enumerate(turns)
        if stored.feedback is not None
    ]


def _question(stored: StoredTurn, feedback: Feedback, history: list[str]) -> dict[str, Any]:
    answer = stored.turn.answer
    question: dict[str, Any] = {
        "id": f"feedback-{stored.id}",
        "question": stored.turn.question,
        "answerable": None,
        "kind": "long" if _is_long(answer) else "short",
        "answers": [],
    }
    if feedback.rating == "up":
        question |= _accepted(answer)
    else:
        question["rejected"] = {
            "status": answer.status,
            "text": answer.text,
            "short_answer": answer.short_answer,
            "evidence": [
                {"document": citation.document, "evidence": citation.quote}
                for citation in answer.citations
            ],
        }
    if history:
        question["history"] = history
    if feedback.note:
        question["note"] = feedback.note
    return question


def _is_long(answer: Answer) -> bool:
    """Return whether it was sentences that were asked for; else the question tells it."""
    if answer.answer_kind in (None, "denied"):
        return asks_for_sentences(load_question_kinds().kinds(answer.understood))
    return answer.answer_kind not in _SHORT_KINDS


def _accepted(answer: Answer) -> dict[str, Any]:
    if answer.status == "refused" or answer.word == "denied":
        return {"answerable": False}
    citation = _main_citation(answer)
    accepted: dict[str, Any] = {
        "answerable": True,
        "document": citation.document,
        "evidence": citation.quote,
    }
    if answer.short_answer:
        accepted["answers"] = [answer.short_answer]
    else:  # without a short answer there is only the evidence to judge by
        accepted["kind"] = "long"
    return accepted


def _main_citation(answer: Answer) -> Citation:
    """Return the citation that the short answer stands in; without one, the first."""
    number = answer.short_span[0] if answer.short_span else answer.sentences[0].citations[0]
    return answer.citations[number - 1]
