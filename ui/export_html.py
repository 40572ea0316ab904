"""A kept conversation as one HTML file: it fetches nothing, runs nothing, and looks like a page.

Everything in it passes through `ui.escape`; the policy in its head forbids what that might miss.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence

from rag.conversations.records import Conversation, FinishedTurn, StoredTurn
from rag.datatypes import Citation, CitedSentence, NearestPassage
from ui.escape import escape, escape_document, escape_name, escape_visibly, isolated
from ui.export_words import confidence, feedback_words, hashes_of, minute, place_words
from ui.parts import render_remarks, render_sentences, shown_short_answer
from ui.render import kind_words

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5;
  font-family: system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid; }
.unsure { padding: 0.4rem 0.8rem; border: 2px dashed; font-weight: 600; }
.short-answer { font-weight: 600; font-size: 1.1rem; }
.small, .sources { font-size: 0.85rem; } .hash { font-family: ui-monospace, monospace; }
.items { padding-left: 1.4rem; } .items .own { display: flex; gap: 0.5em; list-style: none; }
.table { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid; text-align: start; }
.heading, .group { font-weight: 600; } .remark { font-size: 0.85rem; }
pre { white-space: pre-wrap; }
q { white-space: pre-line; } .mark-up { display: none; } .hidden-character { outline: 1px solid; }
.hidden-character::after { content: attr(data-code); font-size: 0.7em; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


def conversation_html(conversation: Conversation, turns: Sequence[StoredTurn]) -> str:
    """Return the whole page."""
    title = isolated(conversation.title)
    library = f", library {isolated(conversation.library)}" if conversation.library else ""
    sections = "".join(_turn(number, stored) for number, stored in enumerate(turns, start=1))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape_name(conversation.title)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>{title}</h1><p class="small">Asked with Footnote{library}, '
        f"{minute(conversation.created_at)}</p>{sections}</body></html>\n"
    )


def _turn(number: int, stored: StoredTurn) -> str:
    turn, answer = stored.turn, stored.turn.answer
    understood = ""
    if answer.understood.strip() not in ("", turn.question.strip()):
        understood = f'<p class="small">Understood as: {isolated(answer.understood)}</p>'
    body = _refusal(turn) if answer.status == "refused" else _sentences(number, turn)
    lines = [turn.note] if turn.note else []
    lines += [feedback_words(stored.feedback)] if stored.feedback else []
    notes = "".join(f'<p class="small">{escape_visibly(line)}</p>' for line in lines)
    return (
        f'<section><h2 dir="auto">{number}. {escape_visibly(turn.question)}</h2>'
        f"{understood}{body}{notes}</section>"
    )


def _sentences(number: int, turn: FinishedTurn) -> str:
    answer = turn.answer
    short = f'<p class="unsure">{escape(answer.warning)}</p>' if answer.warning else ""
    if shown_short_answer(answer):
        words = escape_visibly(shown_short_answer(answer))
        short += f'<p class="short-answer" dir="auto">{words}</p>'

    def cite(sentence: CitedSentence) -> str:
        return "".join(f'<sup><a href="#s{number}-{n}">{n}</a></sup>' for n in sentence.citations)

    hashes = hashes_of(turn)
    sources = "".join(
        f'<li id="s{number}-{n}">{_place(citation, hashes)}<br>'
        f"<q>{escape_document(citation.quote)}</q></li>"
        for n, citation in enumerate(answer.citations, start=1)
    )
    return (
        f"{short}{render_sentences(answer, cite)}{render_remarks(answer)}"
        f'<p class="small">{kind_words(answer)}, {confidence(answer)}</p>'
        f'<ol class="sources">{sources}</ol>'
    )


def _refusal(turn: FinishedTurn) -> str:
    answer, hashes = turn.answer, hashes_of(turn)
    passages = "".join(
        f"<li>{_place(passage, hashes)}<br><q>{escape_document(passage.text)}</q></li>"
        for passage in answer.nearest
    )
    nearest = (
        '<p class="small">The nearest passages, which do not answer it:</p>'
        f'<ul class="sources">{passages}</ul>'
        if passages
        else ""
    )
    return (
        f"<p>{escape_visibly(answer.text)}</p>"
        f'<p class="small">{kind_words(answer)}, {confidence(answer)}</p>{nearest}'
    )


def _place(place: Citation | NearestPassage, hashes: Mapping[int, str]) -> str:
    words = ", ".join(map(isolated, (place.document, *place_words(place))))
    if place.document_id not in hashes:
        return words
    return f'{words}, SHA-256 <span class="hash">{escape(hashes[place.document_id])}</span>'
