"""The page: Gradio components, and what happens when a person asks, stops, clears or looks.

Knows the pipeline's `stream` and the library's texts. How answers look is `ui.render`'s, who may
reach the page `ui.guard`'s, serving it `ui.server`'s.
"""

import re
import traceback
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.errors import RagError
from rag.serialize import answer_object
from ui.render import (
    SourceView,
    Turn,
    render_conversation,
    render_header,
    render_source_pane,
    render_turn,
    render_welcome,
    source_view,
)

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline

SEED_SHA256 = "340af240ee0963f56139d2c969b87b61644b1c969c9872578bf40e0179c376b6"
SEED_EXAMPLES = (
    "What has the US agreed to provide to Ukraine?",
    "How many troops would the Ukrainian army keep in peacetime?",
    "What is the biggest obstacle to a deal?",
    "Which article of NATO is the security mechanism similar to?",
    "What did Dmitry Peskov say about the deadline?",
)
UNEXPECTED = "Something went wrong inside Footnote. The terminal it runs in says what."

Turns = tuple[Turn, ...]
_KEY = re.compile(r"(\d{1,6})-(\d{1,6})")
# Hands the page's own events (see page.js) to Gradio, which knows them by these quoted names.
_BRIDGE = """
const names = ['ask_example', 'show_citation', 'open_document'];
document.addEventListener('footnote', ({ detail }) => {
  if (names.includes(detail.name)) trigger(detail.name, detail);
});
"""


class Chat:
    """What the page does. One generation runs at a time; the others wait and say so."""

    def __init__(self, pipeline: "Pipeline") -> None:
        self.pipeline = pipeline
        self.lock = Lock()
        self.running: dict[str, Event] = {}

    def ask(self, question: str, history: list[str]) -> dict[str, Any]:
        """Answer a question from the documents; `history` holds the earlier questions, if any."""
        if not isinstance(question, str) or not all(isinstance(item, str) for item in history):
            raise gr.Error("question must be text, history a list of texts", print_exception=False)
        try:
            with self.lock:
                earlier = [clean(item) for item in history]
                answer = self.pipeline.ask(clean(question), history=earlier)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return answer_object(answer)

    def answer(self, question: str, turns: Turns, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Ask, and yield as the turn grows: past turns, turn, source, state, question box."""
        session = request.session_hash or ""
        question = clean(question).strip()
        if not question or session in self.running:
            yield (gr.skip(),) * 5
            return
        cancel = self.running[session] = Event()
        turn = Turn(number=len(turns) + 1, question=question, running=True)
        shown: SourceView | None = None
        try:
            yield render_conversation(turns), render_turn(turn), gr.skip(), turns, ""
            with closing(self._grow(turn, turns, cancel)) as stages:
                for stage in stages:
                    view = source_view(stage)
                    source = gr.skip()
                    if view is not None and view != shown:
                        source, shown = self._source_pane(stage, view), view
                    kept = gr.skip() if stage.running else (*turns, stage)
                    yield gr.skip(), render_turn(stage), source, kept, gr.skip()
        finally:
            cancel.set()
            del self.running[session]

    def answer_example(
        self, turns: Turns, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        """Ask one of the example questions."""
        yield from self.answer(_event_text(event, "question"), turns, request)

    def stop(self, request: gr.Request) -> None:
        """Stop the session's answer; what has passed so far stays."""
        cancel = self.running.get(request.session_hash or "")
        if cancel is not None:
            cancel.set()

    def stop_all(self) -> None:
        """Stop the answers of all sessions, since the server ends."""
        for cancel in list(self.running.values()):
            cancel.set()

    def clear(self) -> tuple[Any, ...]:
        """Return the empty conversation: past turns, turn, source, state."""
        return self.welcome(), "", self.first_source(), ()

    def show(self, turns: Turns, event: gr.EventData) -> Any:
        """Return the source pane for a citation of any turn, named by its key."""
        match = _KEY.fullmatch(_event_text(event, "key"))
        number, place = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= len(turns):
            return gr.skip()
        view = source_view(turns[number - 1], place)
        return gr.skip() if view is None else self._source_pane(turns[number - 1], view)

    def open(self, event: gr.EventData) -> Any:
        """Return the source pane for a document, named by its id, without marks."""
        wanted = _event_text(event, "document")
        for identifier in self._documents():
            if str(identifier) == wanted:
                return self._pane(SourceView(document_id=identifier))
        return gr.skip()

    def welcome(self) -> str:
        """Return what stands in place of the conversation before the first question."""
        documents = self.pipeline.library.documents()
        is_seed = any(document.sha256 == SEED_SHA256 for document in documents)
        return render_welcome(SEED_EXAMPLES if is_seed else (), len(documents))

    def header(self) -> str:
        """Return the page's top line."""
        documents = self.pipeline.library.documents()
        passages = sum(document.passages for document in documents)
        return render_header(self.pipeline.models, len(documents), passages)

    def first_source(self) -> str:
        """Return the source pane before the first question: the first document."""
        for identifier in self._documents():
            return self._pane(SourceView(document_id=identifier))
        return '<p class="elision">No documents yet.</p>'

    def _grow(self, turn: Turn, turns: Turns, cancel: Event) -> Generator[Turn, None, None]:
        """Yield the turn with each answer that the pipeline gives; the last is not running."""
        history = [earlier.question for earlier in turns if earlier.answer is not None]
        note = ""
        try:
            while not self.lock.acquire(timeout=0.1):
                if cancel.is_set():
                    yield replace(turn, running=False, note="Stopped.")
                    return
                if not turn.note:
                    turn = replace(turn, note="Waiting for another answer to finish…")
                    yield turn
            try:
                stream = self.pipeline.stream(turn.question, history=history, cancel=cancel)
                with closing(stream):  # type: ignore[type-var]  # it is a generator
                    for answer in stream:
                        turn = replace(turn, answer=replace(answer, ranked=()), note="")
                        yield turn
            finally:
                self.lock.release()
        except RagError as error:
            note = str(error)
        except Exception:
            traceback.print_exc()
            note = UNEXPECTED
        if not note and cancel.is_set():
            note = "Stopped."
        yield replace(turn, running=False, note=note)

    def _documents(self) -> dict[int, str]:
        return {document.id: document.name for document in self.pipeline.library.documents()}

    def _source_pane(self, turn: Turn, view: SourceView) -> str:
        refused = turn.answer is not None and turn.answer.status == "refused"
        return self._pane(view, kind="near" if refused else "cited")

    def _pane(self, view: SourceView, kind: str = "cited") -> str:
        text = self.pipeline.library.text(view.document_id)
        return render_source_pane(self._documents(), text, view, kind=kind)


def build_app(pipeline: "Pipeline") -> gr.Blocks:
    """Return the page for `pipeline`, without its look and its guard, which `ui.server` adds."""
    return build_page(Chat(pipeline))


def build_page(chat: Chat) -> gr.Blocks:
    """Return the components, wired to what `chat` does."""
    private: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "hidden",
        "concurrency_limit": None,
    }
    plain = {"apply_default_css": False}
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as app:
        turns = gr.State(())
        gr.HTML(chat.header(), elem_id="top", js_on_load=None, **plain)
        bridge = gr.HTML("", elem_id="bridge", js_on_load=_BRIDGE, **plain)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", min_width=0):
                with gr.Column(elem_id="conversation", min_width=0):
                    past = gr.HTML(chat.welcome(), elem_id="past", js_on_load=None, **plain)
                    turn = gr.HTML("", elem_id="turn", js_on_load=None, **plain)
                with gr.Row(elem_id="ask-row"):
                    question = gr.Textbox(
                        label="Your question",
                        placeholder="Ask about the documents",
                        elem_id="question",
                        lines=1,
                        max_lines=8,
                        autofocus=True,
                        container=False,
                        show_label=False,
                        scale=1,
                        min_width=0,
                    )
                    ask = gr.Button("Ask", elem_id="ask", variant="primary", scale=0, min_width=0)
                    stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=0)
                clear = gr.Button("New conversation", elem_id="clear", scale=0, min_width=0)
            with gr.Column(elem_id="source", min_width=0):
                source = gr.HTML(
                    chat.first_source(), elem_id="source-pane", js_on_load=None, **plain
                )
        answered = [past, turn, source, turns, question]
        gr.on([question.submit, ask.click], chat.answer, [question, turns], answered, **private)
        bridge.ask_example(chat.answer_example, [turns], answered, **private)
        bridge.show_citation(chat.show, [turns], [source], queue=False, **private)
        bridge.open_document(chat.open, None, [source], queue=False, **private)
        stop.click(chat.stop, None, None, queue=False, **private)
        clear.click(chat.clear, None, [past, turn, source, turns], queue=False, **private)
        app.unload(chat.stop)
        gr.api(chat.ask, api_name="ask", concurrency_limit=None)
    app.queue(api_open=False, max_size=64)
    return app


def clean(text: str) -> str:
    """Return `text` with lone surrogates, which nothing after this can encode, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _event_text(event: gr.EventData, name: str) -> str:
    data = event._data
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
