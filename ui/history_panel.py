"""The History view: kept conversations to open, rename, delete and take away; and the thumbs.

Knows Gradio and what `Chat` offers; keeping is `ui.conversation_keeping`'s,
how the list looks `ui.history`'s.
"""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from rag.conversations.records import Feedback, Rating
from rag.errors import RagError
from ui.ask_components import PLAIN, PRIVATE, Desk
from ui.chat import Chat, Turns
from ui.conversation_keeping import reopened
from ui.events import clean, event_text, session_of, user_of
from ui.export import FORMS, export
from ui.frame import render_panel_heading
from ui.history import render_history, render_history_line

_SCRIPT = (Path(__file__).parent / "history.js").read_text(encoding="utf-8")
_UNCHANGED = (gr.skip(),) * 4
"""For `Desk.conversation`."""
_RATINGS: dict[str, Rating] = {"up": "up", "down": "down"}
_LINE = "Conversations kept on this computer."
# What a handler answered to the page's own script, applied to what is shown.
_SHOW_OPENED = """(result) => {
  if (!result?.opened) return;
  document.dispatchEvent(new CustomEvent('footnote-library', { detail: result }));
  addEventListener('hashchange', () => {
    const article = document.querySelector('#source article');
    const mark = article?.querySelector('mark[data-cites]');
    if (!mark || getComputedStyle(article).overflowY !== 'auto') return;
    const gap = mark.getBoundingClientRect().top - article.getBoundingClientRect().top;
    article.scrollTop += gap - article.clientHeight / 3;
  }, { once: true });
  location.hash = '#ask';
}"""
_FOCUS_HEADING = """() => {
  const heading = document.querySelector('#history-view h2');
  heading.tabIndex = -1;
  heading.focus();
}"""
_SAVE_FILE = """(result) => {
  if (!result?.text) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([result.text], { type: result.kind }));
  link.download = result.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}"""
_SHOW_RATING = """(result) => {
  const feedback = document.querySelector(`.feedback[data-turn-number="${Number(result?.turn)}"]`);
  if (!feedback) return;
  feedback.querySelector('.feedback-said').textContent = result.line;
  if (result.rating === undefined) return;
  for (const thumb of feedback.querySelectorAll('.thumb')) {
    thumb.setAttribute('aria-pressed', String(thumb.dataset.rating === result.rating));
  }
  feedback.querySelector('form').hidden = !result.rating;
  if (!result.rating) feedback.querySelector('input').value = '';
}"""


class History:
    """What the view and the thumbs do, for whoever is signed in."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.keeping = chat.keeping

    def show(self, request: gr.Request) -> str:
        """Return the list."""
        return self._listing(user_of(request))

    def open(self, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        """Return status and desk with a conversation, the list, and whether it was opened.

        The session asks the library of the conversation from then on, if there still is one.
        """
        user, session = user_of(request), session_of(request)
        try:
            conversation, stored = self.keeping.load(_conversation(event), user)
            is_there = self.chat.ask_library(session, conversation.library)
            with self.chat.using(session) as asked:
                turns = reopened(conversation, stored, asked if is_there else None)
                library = asked.library.name
            shown = self.chat.status(session), *self.chat.show_turns(turns, request)
            return *shown, gr.skip(), {"opened": True, "library": library}
        except RagError as error:
            return gr.skip(), *_UNCHANGED, self._listing(user, str(error)), None

    def rename(self, request: gr.Request, event: gr.EventData) -> str:
        """Rename a conversation; return the list."""
        user = user_of(request)
        try:
            title = clean(event_text(event, "title"))
            self.keeping.rename(_conversation(event), user, title)
        except RagError as error:
            return self._listing(user, str(error))
        return self._listing(user, "Renamed.")

    def delete(self, turns: Turns, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        """Delete a conversation; return the desk, emptied if it showed that one, and the list."""
        user, conversation_id = user_of(request), _conversation(event)
        try:
            self.keeping.delete(conversation_id, user)
        except RagError as error:
            return *_UNCHANGED, self._listing(user, str(error))
        shown = {turn.kept.conversation_id for turn in turns if turn.kept is not None}
        desk = self.chat.clear(request) if conversation_id in shown else _UNCHANGED
        return *desk, self._listing(user, "Deleted.")

    def save(self, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        """Return the list, and the conversation as a file for the browser to save."""
        user = user_of(request)
        try:
            conversation, turns = self.keeping.load(_conversation(event), user)
        except RagError as error:
            return self._listing(user, str(error)), None
        form = event_text(event, "form")
        if form not in FORMS:
            return gr.skip(), None
        return gr.skip(), asdict(export(form, conversation, turns))

    def rate(self, turns: Turns, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        """Keep what is thought of an answer; return the turns, and what to show of it."""
        number = _whole_number(event_text(event, "turn"))
        rating = _RATINGS.get(event_text(event, "rating"))
        if not 1 <= number <= len(turns):
            return gr.skip(), None
        if session_of(request) in self.chat.running:  # which puts its own turns into the state
            return gr.skip(), {"turn": number, "line": "Not kept: wait for the answer, then again."}
        feedback = None
        if rating is not None:
            feedback = Feedback(rating=rating, note=clean(event_text(event, "note")).strip())
        try:
            turn = self.keeping.rate(turns[number - 1], user_of(request), feedback)
        except RagError as error:
            return gr.skip(), {"turn": number, "line": str(error)}
        line = "Taken back." if feedback is None else "Note kept." if feedback.note else "Kept."
        shown = {"turn": number, "rating": rating or "", "line": line}
        return (*turns[: number - 1], turn, *turns[number:]), shown

    def _listing(self, user: str, line: str = "") -> str:
        if self.keeping.path is None:
            return render_history_line("Conversations are not kept here.")
        try:
            return render_history(self.keeping.conversations(user), line)
        except RagError as error:
            return render_history_line(str(error))


def build_history_panel(chat: Chat, desk: Desk) -> None:
    """Build the view's components in the caller's context, and wire them."""
    history = History(chat)
    heading = render_panel_heading("History", _LINE if history.keeping.path else "")
    gr.HTML(heading, **PLAIN)
    listing = gr.HTML("", elem_id="history-list", **PLAIN)
    result = gr.JSON(visible=False)
    bridge = gr.HTML("", elem_id="history-bridge", js_on_load=_SCRIPT, apply_default_css=False)
    events = (
        (bridge.list_conversations, history.show, None, [listing], None),
        (
            bridge.open_conversation,
            history.open,
            None,
            [*desk.library, listing, result],
            _SHOW_OPENED,
        ),
        (bridge.rename_conversation, history.rename, None, [listing], _FOCUS_HEADING),
        (
            bridge.delete_conversation,
            history.delete,
            [desk.turns],
            [*desk.conversation, listing],
            _FOCUS_HEADING,
        ),
        (bridge.export_conversation, history.save, None, [listing, result], _SAVE_FILE),
        (bridge.rate_answer, history.rate, [desk.turns], [desk.turns, result], _SHOW_RATING),
    )
    for event, act, inputs, outputs, script in events:
        # Gradio would drop what comes while the one before is still on its way: a note, say.
        done = event(act, inputs, outputs, queue=False, trigger_mode="multiple", **PRIVATE)
        if script is not None:
            done.then(None, [result], None, js=script, queue=False, **PRIVATE)


def _conversation(event: gr.EventData) -> int:
    return _whole_number(event_text(event, "conversation"))


def _whole_number(text: str) -> int:
    """Return the number that the page's script sent; 0, which is no id, for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else 0
