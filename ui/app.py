"""The page: Gradio's components, wired to what `ui.chat` does, and the panels beside them.

How answers look is `ui.render`'s, who may reach the page `ui.guard`'s, serving it `ui.server`'s.
"""

from functools import partial

import gradio as gr

from rag.settings import COUNTED_LIMITS
from ui.ask_components import PLAIN, PRIVATE, Desk
from ui.chat import Chat
from ui.documents import Documents
from ui.documents_panel import build_documents_panel
from ui.frame import BRAND, render_views
from ui.history_panel import build_history_panel
from ui.settings_panel import build_settings_panel

# Hands the page's own events (see page.js) to Gradio, which knows them by these quoted names.
_BRIDGE = """
const names = [
  'ask_example', 'ask_again', 'show_citation', 'show_place', 'show_picture',
  'open_document',
  'open_documents_view', 'open_history_view', 'open_settings_view',
];
document.addEventListener('footnote', ({ detail }) => {
  if (names.includes(detail.name)) trigger(detail.name, detail);
});
"""
# Gives `Chat.answer_typed` the number of the turn whose question is edited, which page.js keeps,
# and of a question that is far too long its beginning: a request may not have all of it.
_WITH_EDITED = """
(question, turns, edited) => {
  const [asked, number] = window.footnote?.send(question) ?? [question, null];
  return [asked.slice(0, LONGEST), turns, number];
}
"""
_EDITING = (
    '<p class="editing" hidden><span class="what"></span> '
    '<button type="button" class="leave-editing">Cancel</button></p>'
    '<p class="unseen" id="announcement" role="status"></p>'
)
_PANELS = {
    "documents": build_documents_panel,
    "history": build_history_panel,
    "settings": build_settings_panel,
}


def build_page(chat: Chat, documents: Documents | None = None) -> gr.Blocks:
    """Return the components, wired to what `chat` does; without `documents` none can be added."""
    panels = _PANELS | {"documents": partial(build_documents_panel, documents=documents)}
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as app:
        with gr.Row(elem_id="top"):
            gr.HTML(BRAND, elem_id="brand", **PLAIN)
            gr.HTML(render_views(), elem_id="views", **PLAIN)
            status = gr.HTML(chat.status(), elem_id="status", **PLAIN)
        desk = _build_desk(chat, status)
        for view, build_panel in panels.items():
            with gr.Column(elem_id=f"{view}-view", min_width=0):
                build_panel(chat, desk)
        app.unload(chat.leave)
        gr.api(chat.ask, api_name="ask", concurrency_limit=None)
    app.queue(api_open=False, max_size=64)
    return app


def _build_desk(chat: Chat, status: gr.HTML) -> Desk:
    """Build the Ask view: the conversation on the left, the source on the right."""
    turns = gr.State(())
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk", min_width=0):
            with gr.Column(elem_id="conversation", min_width=0):
                past = gr.HTML(chat.welcome(), elem_id="past", **PLAIN)
                turn = gr.HTML("", elem_id="turn", **PLAIN)
            gr.HTML(_EDITING, elem_id="editing", **PLAIN)
            with gr.Row(elem_id="ask-row"):
                question = _build_question()
                ask = gr.Button("Ask", elem_id="ask", variant="primary", scale=0, min_width=0)
                stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=0)
            clear = gr.Button("New conversation", elem_id="clear", scale=0, min_width=0)
        with gr.Column(elem_id="source", min_width=0):
            source = gr.HTML(chat.first_source(), elem_id="source-pane", **PLAIN)
    bridge = gr.HTML("", elem_id="bridge", js_on_load=_BRIDGE, apply_default_css=False)
    desk = Desk(
        turns=turns,
        past=past,
        turn=turn,
        source=source,
        status=status,
        question=question,
        bridge=bridge,
    )
    edited = gr.Number(visible=False)
    longest = chat.pipeline.settings.max_question_characters * COUNTED_LIMITS + 1
    longest *= 2  # JavaScript counts halves of surrogate pairs
    gr.on(
        [question.submit, ask.click],
        chat.answer_typed,
        [question, turns, edited],
        desk.conversation,
        js=_WITH_EDITED.replace("LONGEST", str(longest)),
        trigger_mode="multiple",  # an edited question is sent while the old one is answered
        **PRIVATE,
    )
    stop.click(chat.stop, None, None, queue=False, **PRIVATE)
    clear.click(chat.clear, None, desk.conversation, queue=False, **PRIVATE)
    _wire_bridge(chat, desk)
    return desk


def _build_question() -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        placeholder="Ask about the documents",
        elem_id="question",
        lines=1,
        max_lines=8,
        autofocus=False,  # Gradio would take the focus again later; see page.js
        container=False,
        show_label=False,
        scale=1,
        min_width=0,
    )


def _wire_bridge(chat: Chat, desk: Desk) -> None:
    """Carry clicks inside of shown HTML, which has no components, to `chat`."""
    bridge, answered = desk.bridge, desk.conversation
    bridge.ask_example(chat.answer_example, [desk.turns], answered, **PRIVATE)
    bridge.ask_again(chat.answer_again, [desk.turns], answered, **PRIVATE)
    bridge.show_citation(chat.show, [desk.turns], [desk.source], queue=False, **PRIVATE)
    bridge.show_place(chat.show_place, [desk.turns], [desk.source], queue=False, **PRIVATE)
    bridge.show_picture(chat.show_picture, [desk.turns], [desk.source], queue=False, **PRIVATE)
    bridge.open_document(chat.open, None, [desk.source], queue=False, **PRIVATE)
