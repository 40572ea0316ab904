"""The History view: conversations that were kept, to open again.

Knows Gradio and what `Chat` offers; where conversations are kept is the engine's.
"""

import gradio as gr

from ui.chat import Chat
from ui.desk import PLAIN, Desk
from ui.frame import render_panel_heading


def build_history_panel(chat: Chat, desk: Desk) -> None:
    """Build the view's components in the caller's context, and wire them.

    Handlers are functions or bound methods: Gradio sees no `request` through `partial`.

    `desk.turns` is the running conversation, a tuple of `ui.render.Turn`; its `change` event says
    that a turn was added. To open a kept one, let a handler that takes `request: gr.Request` return
    `chat.show_turns(turns, request)` into `desk.conversation`, and go to the Ask view with
    `.then(None, None, None, js=SHOW_ASK_VIEW, **PRIVATE)`.
    """
    gr.HTML(render_panel_heading("History", "Conversations kept on this computer."), **PLAIN)
