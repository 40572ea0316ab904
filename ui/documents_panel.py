"""The Documents view: what is in the library, and which library is asked.

Knows Gradio and what `Chat` offers; how files are read is the engine's.
"""

import gradio as gr

from ui.chat import Chat
from ui.desk import PLAIN, Desk
from ui.frame import render_panel_heading


def build_documents_panel(chat: Chat, desk: Desk) -> None:
    """Build the view's components in the caller's context, and wire them.

    Handlers are functions or bound methods: Gradio sees no `request` through `partial`.

    A handler that takes `request: gr.Request` finds its session's library as
    `chat.pipeline_for(request.session_hash).library`. After the library changed, or another was
    chosen, let the handler return `chat.library_changed(request)` into `desk.library`: the status
    line, an empty conversation (old citations would point into the wrong documents) and the source.
    """
    gr.HTML(render_panel_heading("Documents", "What Footnote reads to answer you."), **PLAIN)
