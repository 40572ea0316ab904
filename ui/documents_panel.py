"""The Documents view: what is in the library, which library is asked, and adding files to it.

Only builds and wires; what happens is `ui.documents`', how it looks `ui.documents_view`'s.
"""

from pathlib import Path

import gradio as gr

from ui.ask_components import PLAIN, PRIVATE, Desk
from ui.chat import Chat
from ui.documents import Documents
from ui.documents_view import render_documents, render_kept_elsewhere
from ui.frame import render_panel_heading

# Lets `documents.js` ask for the next change of the view: two at once may be drawn in either order.
_NEXT = "() => { document.dispatchEvent(new CustomEvent('footnote-drawn')); }"
_SCRIPT = Path(__file__).with_name("documents.js")


def build_documents_panel(chat: Chat, desk: Desk, documents: Documents | None = None) -> None:
    """Build the view's components in the caller's context, and wire them.

    Handlers are functions or bound methods: Gradio sees no `request` through `partial`.
    """
    gr.HTML(render_panel_heading("Documents", "What Footnote reads to answer you."), **PLAIN)
    if chat.service is not None:  # whoever keeps the library adds to it, elsewhere
        gr.HTML(render_kept_elsewhere(), **PLAIN)
        return
    if documents is None:  # a pipeline alone: there is nothing to choose or to add to
        gr.HTML(
            render_documents(chat.documents(), named=False, fixed=True), elem_id="held", **PLAIN
        )
        return
    shown = [
        gr.HTML(value, elem_id=name, **PLAIN)
        for name, value in zip(
            ("library", "adding", "reading", "held"), documents.view(), strict=True
        )
    ]
    _wire(documents, desk, [*shown, *desk.library])


def _wire(documents: Documents, desk: Desk, shown: list[gr.HTML]) -> None:
    """Wire the events of `documents.js`, which knows them by their quoted names."""
    bridge = gr.HTML(
        "",
        elem_id="documents-bridge",
        js_on_load=_SCRIPT.read_text("utf-8"),
        apply_default_css=False,
    )
    quick = {**PRIVATE, "queue": False}
    for event, act in (
        (bridge.show_documents, documents.show),
        (bridge.choose_library, documents.choose),
        (bridge.create_library, documents.create),
        (bridge.delete_library, documents.delete),
        (bridge.compact_libraries, documents.compact),
        (bridge.remove_document, documents.remove),
    ):
        drawn = event(act, [desk.turns], shown, **quick)
        drawn.then(None, None, None, js=_NEXT, **quick)
    bridge.add_documents(documents.add, [desk.turns], shown, **PRIVATE)
    bridge.refresh_library(documents.refresh, [desk.turns], shown, **PRIVATE)
    bridge.cancel_reading(documents.cancel, None, None, **quick)
    bridge.discard_files(documents.discard, None, None, **quick)
