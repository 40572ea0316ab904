"""A kept conversation as a file to take away: Markdown, JSON, or HTML that needs nothing else.

Pure functions from values to text. The two forms that are looked at have modules of their own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.conversations.records import Conversation, StoredTurn
from rag.serialize import answer_object, to_json
from ui.export_html import conversation_html
from ui.export_markdown import conversation_markdown

FORMS = {"markdown": "Markdown", "html": "HTML", "json": "JSON"}
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file for the browser to save; `kind` is its media type."""

    name: str
    kind: str
    text: str


def export(form: str, conversation: Conversation, turns: Sequence[StoredTurn]) -> ExportedFile:
    """Return the conversation as `markdown`, `json` or `html`; raises `ValueError` for others."""
    name = file_name(conversation.title)
    if form == "markdown":
        text = conversation_markdown(conversation, turns)
        return ExportedFile(name=f"{name}.md", kind="text/markdown", text=text)
    if form == "json":
        text = conversation_json(conversation, turns)
        return ExportedFile(name=f"{name}.json", kind="application/json", text=text)
    if form == "html":
        text = conversation_html(conversation, turns)
        return ExportedFile(name=f"{name}.html", kind="text/html", text=text)
    raise ValueError(f"{form!r} is no form of export: expected markdown, json or html")


def file_name(title: str) -> str:
    """Return a name, without suffix, that every file system takes."""
    words = re.sub(r"[\W_]+", "-", title.lower())[:_LONGEST_NAME].strip("-")
    return f"footnote-{words or 'conversation'}"


def conversation_json(conversation: Conversation, turns: Sequence[StoredTurn]) -> str:
    """Return one object: the answers as `footnote ask --json` prints them, and their documents."""
    whole = {
        "title": conversation.title,
        "library": conversation.library or None,
        "created": conversation.created_at,
        "updated": conversation.updated_at,
        "turns": [_turn_object(stored) for stored in turns],
    }
    return f"{to_json(whole, indent=2)}\n"


def _turn_object(stored: StoredTurn) -> dict[str, Any]:
    feedback = stored.feedback
    return {
        "asked": stored.asked_at,
        "question": stored.turn.question,
        "note": stored.turn.note or None,
        "answer": answer_object(stored.turn.answer),
        "documents": [
            {"document": document.name, "sha256": document.sha256 or None}
            for document in stored.turn.documents
        ],
        "feedback": {"rating": feedback.rating, "note": feedback.note} if feedback else None,
    }
