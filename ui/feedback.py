"""Thumbs and a note below a kept answer, as HTML. What is said, `ui.history_panel` takes.

Pure: knows neither Gradio nor where judgements are kept.
"""

from rag.conversations.records import Feedback, Rating
from rag.conversations.store import LONGEST_NOTE
from ui.escape import escape

_LABELS: dict[Rating, str] = {"up": "This is right", "down": "This is not right"}
_THUMB = (
    "M7 10v11H3V10h4Zm2 0 4-8a2.5 2.5 0 0 1 2.5 2.5V9H20a2 2 0 0 1 2 2.3"
    "l-1.2 7.5a2.5 2.5 0 0 1-2.5 2.2H9V10Z"
)
"""The outline of a thumb that points up; the style sheet turns the other one round."""


def render_feedback(turn: int, feedback: Feedback | None) -> str:
    """Return the buttons, and the note's form, which is there once one of them is pressed."""
    thumbs = "".join(
        f'<button type="button" class="thumb {rating}" data-rating="{rating}" title="{label}" '
        f'aria-label="{label}" aria-pressed="{_pressed(feedback, rating)}">'
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_THUMB}"/></svg></button>'
        for rating, label in _LABELS.items()
    )
    note = escape(feedback.note) if feedback else ""
    hidden = "" if feedback else " hidden"
    return (
        f'<div class="feedback" data-turn-number="{turn}">{thumbs}'
        f'<form class="feedback-note"{hidden}><input type="text" name="note" value="{note}" '
        f'maxlength="{LONGEST_NOTE}" aria-label="Note on this answer" '
        'placeholder="Why? (a note for later)" autocomplete="off">'
        '<button type="submit">Keep note</button></form>'
        '<span class="feedback-said" role="status"></span></div>'
    )


def _pressed(feedback: Feedback | None, rating: Rating) -> str:
    return "true" if feedback is not None and feedback.rating == rating else "false"
