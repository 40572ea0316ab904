"""The conversation as HTML: questions, answers with numbered citations, refusals, sources.

Pure functions from values to escaped HTML. Knows neither Gradio nor how an answer is found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.conversations.records import Feedback, Kept
from rag.datatypes import Answer, Citation, CitedSentence
from rag.written import IN_WORDS
from ui.actions import cited_numbers, render_actions
from ui.escape import escape_document, escape_name, escape_visibly, isolated
from ui.feedback import render_feedback
from ui.parts import render_remarks, render_sentences, shown_short_answer
from ui.refusal import render_refusal

KINDS = {
    "answered": f"{IN_WORDS} against its sources",
    "quoted": "Quoted word for word",
    "refused": "Not in the documents",
}
_COMPUTED = "Computed from the rows below, not word for word"
_JUDGED = "The word is judged by the quote, which is word for word"
_PARTS_JUDGED = "Yes and no are judged by the quotes, which are word for word"
_DENIAL_JUDGED = "That is judged by the quote, which is word for word"
_LONGEST_ON_CARD = 600
"""Characters of a quote shown beside its number; the source has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question of a conversation, and what has come of it so far.

    `number` starts at 1. `note` is a line for the person: what is being waited for, or what went
    wrong; `remark` one on keeping it, or on sources that changed since. `running` says that more
    may come. `threshold` is the confidence that an answer needed. `kept` is where it is kept,
    `feedback` what the person thought of it. `closed` says that its library is gone: it can be
    read, and no question follows it.
    """

    number: int
    question: str
    answer: Answer | None = None
    note: str = ""
    remark: str = ""
    running: bool = False
    threshold: float | None = None
    kept: Kept | None = None
    feedback: Feedback | None = None
    closed: bool = False


def render_conversation(turns: Iterable[Turn]) -> str:
    """Return the turns as HTML, oldest first; empty for none."""
    return "".join(render_turn(turn) for turn in turns)


def render_turn(turn: Turn) -> str:
    """Return a question with its answer, refusal or note."""
    answer = turn.answer
    body = "" if answer is None else _render_answer(turn.number, answer, turn.threshold)
    actions = render_actions(
        turn.number, turn.question, answer, running=turn.running, closed=turn.closed
    )
    understood = ""
    if answer is not None and answer.understood.strip() not in ("", turn.question.strip()):
        understood = f'<p class="understood">Understood as: {isolated(answer.understood)}</p>'
    note = "".join(
        f'<p class="note">{escape_visibly(line)}</p>' for line in (turn.note, turn.remark) if line
    )
    thumbs = "" if turn.kept is None else render_feedback(turn.number, turn.feedback)
    busy = "true" if turn.running else "false"
    return (
        f'<section class="turn" data-turn="{turn.number}" aria-busy="{busy}">'
        f'<h2 class="question" dir="auto">{escape_visibly(turn.question)}</h2>{understood}'
        f'<div class="reply" aria-live="polite">{body}{note}</div>{actions}{thumbs}</section>'
    )


def kind_words(answer: Answer) -> str:
    """Return how the answer came about."""
    if answer.is_computed:
        return _COMPUTED
    if answer.word:
        return _DENIAL_JUDGED if answer.word == "denied" else _JUDGED
    if answer.status == "quoted" and any(sentence.word for sentence in answer.sentences):
        return _PARTS_JUDGED
    return KINDS[answer.status]


def _render_answer(turn: int, answer: Answer, threshold: float | None) -> str:
    if answer.status == "refused":
        content = render_refusal(turn, answer, threshold)
    else:
        parts = (_render_sentences, _render_sources, _render_cards)
        content = "".join(part(turn, answer) for part in parts)
    return (
        f'<div class="answer {answer.status}"><p class="kind">{kind_words(answer)}</p>'
        f"{_render_warning(answer)}{content}{_render_measures(answer)}</div>"
    )


def _render_warning(answer: Answer) -> str:
    """Return the line on an answer that may well be wrong, where it is read out before it."""
    return f'<p class="unsure" role="note">{answer.warning}</p>' if answer.warning else ""


def _render_sentences(turn: int, answer: Answer) -> str:
    def cite(sentence: CitedSentence) -> str:
        return _render_buttons(turn, answer, sentence)

    short = shown_short_answer(answer)
    if short:
        short = f'<p class="short-answer" dir="auto">{escape_visibly(short)}</p>'
    return f"{short}{render_sentences(answer, cite)}{render_remarks(answer)}"


def _render_buttons(turn: int, answer: Answer, sentence: CitedSentence) -> str:
    return "".join(
        f'<sup><button type="button" class="cite" data-cite="{turn}-{number}"'
        f' aria-label="Source {number}: {escape_name(_words(answer.citations[number - 1]))}">'
        f"{number}</button></sup>"
        for number in sentence.citations
    )


def _render_cards(turn: int, answer: Answer) -> str:
    """Return what `page.js` shows beside a citation number that is pointed at or focused."""
    return "".join(
        f'<template data-card="{turn}-{number}">'
        f'<p class="name">{_place(answer.citations[number - 1])}</p>'
        f'<q dir="auto">{escape_document(_on_card(answer.citations[number - 1].quote))}</q>'
        "</template>"
        for number in cited_numbers(answer)
    )


def _on_card(quote: str) -> str:
    if len(quote) <= _LONGEST_ON_CARD:
        return quote
    return f"{quote[:_LONGEST_ON_CARD].rsplit(maxsplit=1)[0]} …"


def _words(citation: Citation) -> str:
    """Return the document's name and where in it the citation stands, as plain text."""
    return ", ".join(filter(None, (citation.document, citation.place)))


def _place(citation: Citation) -> str:
    """Return the same as HTML."""
    place = f", {isolated(citation.place)}" if citation.place else ""
    return f"{isolated(citation.document)}{place}"


def _render_sources(turn: int, answer: Answer) -> str:
    """Return the cited sources: with their quotes, or by place where the answer shows them."""
    quoted = {
        sentence.citations[0]
        for sentence in answer.sentences
        if sentence.citations
        and (
            sentence.kind == "computed"
            or sentence.text in answer.citations[sentence.citations[0] - 1].quote
        )
    }
    groups: dict[tuple[object, ...], list[int]] = {}
    for number in cited_numbers(answer):
        citation = answer.citations[number - 1]
        apart = 0 if number in quoted else number
        groups.setdefault((citation.document_id, citation.place, apart), []).append(number)
    items = "".join(
        _render_source(turn, numbers, answer.citations[numbers[0] - 1], with_quote=bool(key[-1]))
        for key, numbers in groups.items()
    )
    return f'<ul class="sources" aria-label="Sources">{items}</ul>'


def _render_source(turn: int, numbers: Sequence[int], citation: Citation, with_quote: bool) -> str:
    quote = f"<q>{escape_document(citation.quote)}</q>" if with_quote else ""
    return (
        f'<li><button type="button" class="source" data-cite="{turn}-{numbers[0]}">'
        f'<span class="number">{", ".join(map(str, numbers))}</span><span class="place">'
        f'<span class="name">{_place(citation)}</span>{quote}</span>'
        "</button></li>"
    )


def _render_measures(answer: Answer) -> str:
    parts: list[str] = []
    if answer.status != "refused":  # a refusal says more of its confidence itself
        parts.append(f"confidence {answer.confidence:.0%}")
        if "first" in answer.seconds:
            parts.append(f"evidence after {answer.seconds['first']:.2f} s")
    if "total" in answer.seconds:
        parts.append(f"{answer.seconds['total']:.2f} s in all")
    return f'<p class="measures">{" · ".join(parts)}</p>'
