"""The Settings view: what a person may choose, and what is running.

Knows Gradio and what `Chat` offers; how models are found and loaded is the engine's.
"""

from typing import Any

import gradio as gr
import psutil

from rag.answering.find import RANKED
from rag.errors import RagError
from rag.settings import home_folder
from ui.ask_components import PLAIN, PRIVATE, Desk
from ui.chat import Chat
from ui.choices import MOST_PASSAGES
from ui.events import session_of
from ui.frame import render_outcome, render_panel_heading, render_running, render_theme_choice
from ui.writer_panel import build_writer_panel

_HEADING = "They hold for everyone who uses this page, until Footnote is ended."


def build_settings_panel(chat: Chat, desk: Desk) -> None:
    """Build the view's components in the caller's context, and wire them."""
    settings = SettingsDesk(chat)
    gr.HTML(render_panel_heading("Settings", _HEADING), **PLAIN)
    with gr.Column(elem_id="choices", min_width=0):
        passages = gr.Number(
            value=settings.chosen(),
            label="Passages to read at first",
            info=f"1 to {MOST_PASSAGES}. Where these leave it open, up to {RANKED} are read.",
            elem_id="passages",
            precision=1,  # 0 would make 2 of "2.5" without a word
        )
        apply = gr.Button("Apply", elem_id="apply", variant="primary", scale=0, min_width=0)
        outcome = gr.HTML("", elem_id="outcome", **PLAIN)
    told = gr.State(settings.chosen())
    running = gr.HTML(settings.what_runs(), elem_id="running", render=False, **PLAIN)
    apply.click(settings.apply, [passages], [outcome, running, desk.status, told], **PRIVATE)
    # What opens a view is done in this order, each when the one before is: these before the
    # writer's, so that no late one takes the line of an Apply.
    desk.bridge.open_settings_view(None, None, [outcome], js="() => ''", **PRIVATE)
    desk.bridge.open_settings_view(
        settings.refresh, [told], [passages, told, running], queue=False, **PRIVATE
    )
    if chat.pipeline.can_write:
        build_writer_panel(home_folder(chat.pipeline.settings), desk.bridge)
    gr.HTML(render_theme_choice(), elem_id="theme", **PLAIN)
    running.render()


class SettingsDesk:
    """What the view does: takes choices, says what is chosen and what runs."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    def apply(self, passages: float | None, request: gr.Request) -> tuple[str, str, str, int]:
        """Take what was chosen.

        Return the outcome's line, what is running, the status line, and what is chosen now.
        """
        session = session_of(request)
        chat = self.chat
        try:
            if chat.service is not None:
                raise RagError("this server is for many, and keeps to what it was started with")
            with chat.using(session) as pipeline:
                chat.choices.choose(passages)
                chat.choices.apply(pipeline)
        except RagError as error:
            line = render_outcome(f"Nothing was changed: {error}", failed=True)
        else:
            line = render_outcome("Done. It holds from the next question on.")
        return line, self.what_runs(), chat.status(session), self.chosen()

    def refresh(self, told: int) -> tuple[Any, int, str]:
        """Return the component's value where another browser changed what this page was `told`.

        Else it is left alone: a person may be changing it already.
        """
        chosen = self.chosen()
        return gr.skip() if told == chosen else chosen, chosen, self.what_runs()

    def chosen(self) -> int:
        """Return the number of passages that is chosen."""
        return self.chat.choices.settings.passages_to_read

    def what_runs(self) -> str:
        """Return the models that answer, and the memory that the program uses."""
        memory_bytes = psutil.Process().memory_info().rss
        return render_running(self.chat.pipeline.models, memory_bytes)
