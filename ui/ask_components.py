"""What the panels of the page share: the Ask view's components, and how events are declared.

Knows Gradio's components, not what they show.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": None,
}
"""Options of every event of the page: no endpoint for programs, no overlay, no limit of Gradio's
own. Add `queue=False` where the work is short and nothing is streamed."""
PLAIN: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
"""Options of a `gr.HTML` that only shows what `ui.render` and its like made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The Ask view's components, for panels that change what it shows.

    `turns` is the session's conversation, a tuple of `ui.render.Turn`; the others show HTML but for
    the text box `question`. `bridge` carries the page's own events: a panel that is to be fresh
    when a person comes to it listens to `bridge.open_documents_view`, and so on.
    """

    turns: gr.State
    past: gr.HTML
    turn: gr.HTML
    source: gr.HTML
    status: gr.HTML
    question: gr.Textbox
    bridge: gr.HTML

    @property
    def conversation(self) -> list[Any]:
        """The outputs for what `Chat.show_turns` and `Chat.clear` return."""
        return [self.past, self.turn, self.source, self.turns]

    @property
    def library(self) -> list[Any]:
        """The outputs for what `Chat.library_changed` returns."""
        return [self.status, *self.conversation]
