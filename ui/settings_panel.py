"""The Settings view: what a person may choose, and what is running.

Knows Gradio and what `Chat` offers; how models are found and loaded is the engine's.
"""

from typing import Any

import gradio as gr
import psutil

from rag.errors import RagError
from rag.models.inventory import installed_generators
from ui.chat import Chat, session_of
from ui.choices import MOST_PASSAGES, QUOTES_ONLY
from ui.desk import PLAIN, PRIVATE, Desk
from ui.frame import render_outcome, render_panel_heading, render_running, render_theme_choice

FOLDER = "folder"
_HEADING = "They hold for everyone who uses this page, until Footnote is ended."


def build_settings_panel(chat: Chat, desk: Desk) -> None:
    """Build the view's components in the caller's context, and wire them."""
    settings = SettingsDesk(chat)
    gr.HTML(render_panel_heading("Settings", _HEADING), **PLAIN)
    with gr.Column(elem_id="choices", min_width=0):
        choices = _build_choices(*settings.chosen())
        apply = gr.Button("Apply", elem_id="apply", variant="primary", scale=0, min_width=0)
        outcome = gr.HTML("", elem_id="outcome", **PLAIN)
    gr.HTML(render_theme_choice(), elem_id="theme", **PLAIN)
    running = gr.HTML(settings.what_runs(), elem_id="running", **PLAIN)
    words, folder, _ = choices
    words.change(_show_folder, [words], [folder], queue=False, **PRIVATE)
    apply.click(settings.apply, choices, [outcome, running, desk.status], **PRIVATE)
    desk.bridge.open_settings_view(
        settings.refresh, choices, [*choices, outcome, running], queue=False, **PRIVATE
    )


def _build_choices(generator: str, folder: str, passages: int) -> list[Any]:
    return [
        gr.Radio(
            generator_choices(),
            value=generator,
            label="Who shortens a quote",
            info="A language model may only leave words out; what it writes is checked.",
            elem_id="generator",
        ),
        gr.Textbox(
            value=folder,
            label="Path of the folder",
            info="On the computer that runs Footnote; with weights as .safetensors or .gguf.",
            elem_id="generator-folder",
            visible=generator == FOLDER,
            max_lines=1,
        ),
        gr.Number(
            value=passages,
            label="Passages to read for a question",
            info=f"1 to {MOST_PASSAGES}. More can find more, and take longer.",
            elem_id="passages",
            precision=1,  # 0 would make 2 of "2.5" without a word
        ),
    ]


def _show_folder(generator: str | None) -> Any:
    return gr.update(visible=generator == FOLDER)


def generator_choices() -> list[tuple[str, str]]:
    """Return (label, value) of what can shorten: installed models, one in a folder, none."""
    installed = [(name, name) for name in installed_generators()]
    return [*installed, ("A model in a folder", FOLDER), ("Nobody: quotes only", QUOTES_ONLY)]


class SettingsDesk:
    """What the view does: takes choices, says what is chosen and what runs."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    def apply(
        self, words: str | None, folder: str, passages: float | None, request: gr.Request
    ) -> tuple[str, str, str]:
        """Take what was chosen; return the outcome's line, what is running, the status line."""
        session = session_of(request)
        chat = self.chat
        try:
            with chat.line.first():
                chat.choices.choose(folder if words == FOLDER else words or QUOTES_ONLY, passages)
                chat.choices.apply(chat.pipeline_for(session))
        except RagError as error:
            line = render_outcome(f"Nothing was changed: {error}", failed=True)
        else:
            line = render_outcome("Done. It holds from the next question on.")
        return line, self.what_runs(session), chat.status(session)

    def refresh(
        self, words: str | None, folder: str, passages: float | None, request: gr.Request
    ) -> tuple[Any, ...]:
        """Return the components' values where another browser changed what they showed.

        The others are left alone: a person may be changing them already.
        """
        chosen = self.chosen()
        shown_folder = gr.update(value=chosen[1], visible=chosen[0] == FOLDER)
        fresh = (chosen[0], shown_folder, chosen[2])
        values = (
            gr.skip() if was == now else value
            for was, now, value in zip((words, folder, passages), chosen, fresh, strict=True)
        )
        return *values, "", self.what_runs(session_of(request))

    def chosen(self) -> tuple[str, str, int]:
        """Return what is chosen, for the components: generator, folder, passages."""
        settings = self.chat.choices.settings
        if settings.generator in [value for _, value in generator_choices()]:
            return settings.generator, "", settings.passages_to_read
        return FOLDER, settings.generator, settings.passages_to_read

    def what_runs(self, session: str = "") -> str:
        """Return the models that answer the session, and the memory that the program uses."""
        memory_bytes = psutil.Process().memory_info().rss
        return render_running(self.chat.pipeline_for(session).models, memory_bytes)
