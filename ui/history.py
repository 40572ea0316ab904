"""The list of kept conversations as HTML, with what can be done to each.

Pure functions from values to escaped HTML. What its buttons say, `ui/history.js` tells the panel.
"""

from collections.abc import Sequence
from datetime import datetime

from rag.conversations.records import Conversation
from rag.conversations.store import LONGEST_TITLE
from ui.escape import escape, escape_name, isolated
from ui.export import FORMS

MOST_SHOWN = 500
"""Conversations in the list: more would make the page slow. The others are still kept."""


def render_history_line(line: str) -> str:
    """Return a line for the person; alone, it stands in place of a list that cannot be."""
    return f'<p class="history-line" role="status">{escape(line)}</p>'


def render_history(conversations: Sequence[Conversation], line: str = "") -> str:
    """Return the list, newest first as given, and a line for the person, or none."""
    if conversations:
        shown = conversations[:MOST_SHOWN]
        content = f'<ul class="conversations">{"".join(map(_conversation, shown))}</ul>'
        if len(conversations) > len(shown):
            content += f"<p>The {len(shown):,} latest of {len(conversations):,}.</p>"
    else:
        content = "<p>None yet. Each conversation is kept here from its first answer on.</p>"
    return f"{render_history_line(line)}{content}"


def _conversation(conversation: Conversation) -> str:
    title = isolated(conversation.title)
    count = f"{conversation.questions:,} question{'' if conversation.questions == 1 else 's'}"
    library = f" · library {isolated(conversation.library)}" if conversation.library else ""
    return (
        f'<li data-conversation="{conversation.id}">'
        f'<button type="button" class="open" data-act="open">{title}</button>'
        f'<p class="measures">{_when(conversation.updated_at)} · {count}{library}</p>'
        f"{_actions(conversation.title)}{_rename_form(conversation.title)}"
        '<div class="confirm" role="group" aria-label="Delete this conversation?" hidden>'
        "<p>Delete this conversation and what was said of its answers? "
        "It cannot be brought back.</p>"
        '<button type="button" data-act="delete" class="danger">Delete</button>'
        '<button type="button" data-act="cancel">Keep it</button></div></li>'
    )


def _actions(title: str) -> str:
    named = escape_name(title)
    exports = "".join(
        f'<button type="button" data-act="export" data-form="{form}" '
        f'aria-label="Save as {name}: {named}">{name}</button>'
        for form, name in FORMS.items()
    )
    return (
        '<div class="actions">'
        f'<button type="button" data-act="rename" aria-label="Rename: {named}">Rename</button>'
        f'<button type="button" data-act="ask-delete" aria-label="Delete: {named}">Delete</button>'
        f'<span class="exports">Save as {exports}</span></div>'
    )


def _rename_form(title: str) -> str:
    return (
        '<form class="rename" hidden><input type="text" name="title" aria-label="New title" '
        f'value="{escape(title)}" maxlength="{LONGEST_TITLE}" required dir="auto">'
        '<button type="submit">Rename</button>'
        '<button type="button" data-act="cancel">Cancel</button></form>'
    )


def _when(time: str) -> str:
    """Return the time in this computer's zone, which is that of the person who asked."""
    moment = datetime.fromisoformat(time).astimezone()
    return f'<time datetime="{escape(time)}">{moment.day} {moment:%B %Y, %H:%M}</time>'
