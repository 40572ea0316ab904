"""The conversation as HTML: questions, answers with numbered citations, refusals, sources.

Pure functions from values to escaped HTML. Knows neither Gradio nor how an answer is found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.conversations.records import Feedback, Kept
from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage
from ui.actions import cited_numbers, render_actions
from ui.escape import escape, escape_visibly, isolated
from ui.feedback import render_feedback
from ui.refusal import render_refusal
from ui.source import Mark, render_article

_LONGEST_TIED_WORD = 20
KINDS = {
    "answered": "Answer, each sentence checked against its source",
    "quoted": "Quoted word for word",
    "refused": "Not in the documents",
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """What the source pane shows: a document, and the places in it that are marked."""

    document_id: int
    marks: tuple[Mark, ...] = ()
    short_span: tuple[int, int] | None = None


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


def _render_answer(turn: int, answer: Answer, threshold: float | None) -> str:
    if answer.status == "refused":
        content = render_refusal(turn, answer, threshold)
    else:
        parts = (_render_sentences, _render_sources, _render_cards)
        content = "".join(part(turn, answer) for part in parts)
    return (
        f'<div class="answer {answer.status}"><p class="kind">{KINDS[answer.status]}</p>'
        f"{_render_warning(answer)}{content}{_render_measures(answer)}</div>"
    )


def _render_warning(answer: Answer) -> str:
    """Return the line on an answer that may well be wrong, where it is read out before it."""
    return f'<p class="unsure" role="note">{answer.warning}</p>' if answer.warning else ""


def _render_sentences(turn: int, answer: Answer) -> str:
    short = ""
    if answer.short_answer:
        short = f'<p class="short-answer" dir="auto">{escape_visibly(answer.short_answer)}</p>'
    quoted = answer.status == "quoted"
    tag = "p" if quoted else "span"
    sentences = " ".join(
        f"<{tag}>{_render_sentence(turn, answer, sentence)}</{tag}>"
        for sentence in answer.sentences
    )
    frame = "blockquote" if quoted else "div"
    return f'{short}<{frame} class="sentences" dir="auto">{sentences}</{frame}>'


def _render_sentence(turn: int, answer: Answer, sentence: CitedSentence) -> str:
    """Return the sentence with its citations, which stay on the line of the last word."""
    text = sentence.text
    short = _short_answer_in(answer, sentence)
    cut = max(text.rfind(" ") + 1, len(text) - _LONGEST_TIED_WORD)
    head, tail = _mark_short(text, 0, cut, short), _mark_short(text, cut, len(text), short)
    return f'{head}<span class="tied">{tail}{_render_buttons(turn, answer, sentence)}</span>'


def _short_answer_in(answer: Answer, sentence: CitedSentence) -> tuple[int, int]:
    """Return where the short answer stands in a sentence that is the quote it was found in."""
    if answer.short_span is not None:
        number, start, end = answer.short_span
        citation = answer.citations[number - 1]
        if number in sentence.citations and citation.quote == sentence.text:
            return start - citation.start, end - citation.start
    return 0, 0


def _mark_short(text: str, start: int, end: int, short: tuple[int, int]) -> str:
    """Return `text[start:end]` as HTML, with what it holds of the short answer marked."""
    left, right = (min(max(offset, start), end) for offset in short)
    if left >= right:
        return escape_visibly(text[start:end])
    return (
        f"{escape_visibly(text[start:left])}"
        f'<strong class="short">{escape_visibly(text[left:right])}</strong>'
        f"{escape_visibly(text[right:end])}"
    )


def _render_buttons(turn: int, answer: Answer, sentence: CitedSentence) -> str:
    return "".join(
        f'<sup><button type="button" class="cite" data-cite="{turn}-{number}"'
        f' aria-label="Source {number}: {escape(answer.citations[number - 1].document)}">'
        f"{number}</button></sup>"
        for number in sentence.citations
    )


def _render_cards(turn: int, answer: Answer) -> str:
    """Return what `page.js` shows beside a citation number that is pointed at or focused."""
    return "".join(
        f'<template data-card="{turn}-{number}">'
        f'<p class="name">{_place(answer.citations[number - 1])}</p>'
        f'<q dir="auto">{escape_visibly(answer.citations[number - 1].quote)}</q></template>'
        for number in cited_numbers(answer)
    )


def _place(citation: Citation) -> str:
    """Return the document's name and the page, where there is one."""
    page = f", page {citation.page}" if citation.page is not None else ""
    return f"{isolated(citation.document)}{page}"


def _render_sources(turn: int, answer: Answer) -> str:
    """Return the cited sources: with their quotes, or by document where the answer quotes them."""
    shown = {sentence.text for sentence in answer.sentences}
    groups: dict[tuple[object, ...], list[int]] = {}
    for number in cited_numbers(answer):
        citation = answer.citations[number - 1]
        apart = number if citation.quote not in shown else 0
        key = (citation.document_id, citation.page, apart)
        groups.setdefault(key, []).append(number)
    items = "".join(
        _render_source(turn, numbers, answer.citations[numbers[0] - 1], with_quote=bool(key[-1]))
        for key, numbers in groups.items()
    )
    return f'<ul class="sources" aria-label="Sources">{items}</ul>'


def _render_source(turn: int, numbers: Sequence[int], citation: Citation, with_quote: bool) -> str:
    quote = f"<q>{escape_visibly(citation.quote)}</q>" if with_quote else ""
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


def source_view(turn: Turn, number: int | None = None) -> SourceView | None:
    """Return what to show beside the turn: the document of citation `number`, or of the first.

    Marks every place that the turn cites in that document (for a refusal, the nearest passages).
    None where there is nothing to show.
    """
    answer = turn.answer
    if answer is None:
        return None
    places: Sequence[Citation | NearestPassage] = answer.citations or answer.nearest
    if not 1 <= (number or 1) <= len(places):
        return None
    document_id = places[(number or 1) - 1].document_id
    marks = tuple(
        Mark(start=place.start, end=place.end, key=f"{turn.number}-{index}", label=str(index))
        for index, place in enumerate(places, start=1)
        if place.document_id == document_id
    )
    short = answer.short_span
    in_document = short is not None and places[short[0] - 1].document_id == document_id
    return SourceView(
        document_id=document_id,
        marks=marks,
        short_span=short[1:] if short is not None and in_document else None,
    )


def render_source_pane(
    documents: Mapping[int, str], text: str, view: SourceView, *, kind: str = "cited"
) -> str:
    """Return the source pane: a choice of documents (id to name), the article and its marks."""
    warning = (
        '<p class="not-answer" role="note">Not an answer: the marked passages came nearest.</p>'
        if kind == "near"
        else ""
    )
    return (
        f'<header class="source-header">{_render_choice(documents, view.document_id)}'
        f'<button type="button" class="back">Back to the answer</button></header>{warning}'
        f'<article class="document {escape(kind)}" tabindex="0" aria-label="Document">'
        f"{render_article(text, view.marks, view.short_span)}</article>"
    )


def render_lost_source(turn: Turn, document_id: int, *, is_held: bool = False) -> str:
    """Return the source pane for a document that is not what the turn cites any more: its quotes.

    `is_held` says that the library has a document of this id, which must be another then.
    They carry the keys that marks would have, so that the turn's citations lead to them.
    """
    answer = turn.answer
    places: list[Citation | NearestPassage] = []
    if answer is not None:
        places = [*answer.citations, *answer.nearest]
    quotes = "".join(
        f'<p><mark data-cites="{turn.number}-{number}" data-label="{number}">'
        f"{escape_visibly(place.quote if isinstance(place, Citation) else place.text)}</mark></p>"
        for number, place in enumerate(places, start=1)
        if place.document_id == document_id
    )
    lost = "This document was removed from the library after this was answered."
    if turn.closed:
        lost = "The library that this was asked of is not here."
    elif is_held or document_id < 0:
        lost = "The document is not what it was when this was answered."
    names = [place.document for place in places if place.document_id == document_id]
    return (
        f'<header class="source-header"><h2 class="document-name">{isolated("".join(names[:1]))}'
        '</h2><button type="button" class="back">Back to the answer</button></header>'
        '<article class="document" tabindex="0" aria-label="Document">'
        f'<p class="elision">{lost} What it said then:</p>{quotes}</article>'
    )


def _render_choice(documents: Mapping[int, str], chosen: int) -> str:
    if len(documents) == 1:
        return f'<h2 class="document-name">{isolated(documents[chosen])}</h2>'
    options = "".join(
        f'<option value="{identifier}"{" selected" if identifier == chosen else ""}>'
        f"{escape(name)}</option>"
        for identifier, name in documents.items()
    )
    return (
        f'<label class="document-name"><span class="unseen">Document</span>'
        f'<select class="documents" value="{chosen}">{options}</select></label>'
    )
