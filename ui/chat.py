"""What happens when a person asks, stops, clears or looks: from a session's state to what it sees.

Knows the pipeline's `stream` and the library's texts. How answers look is `ui.render`'s, which
components show them `ui.app`'s.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr
from anyio.to_thread import run_sync

from rag.datatypes import Answer
from rag.errors import RagError
from rag.serialize import answer_object
from ui.asking import Asking, note_of, question_of
from ui.choices import Choices
from ui.conversation_keeping import Keeping
from ui.events import clean, event_text, session_of, user_of
from ui.file_changes import with_file_changes
from ui.frame import SEED_EXAMPLES, SEED_SHA256, render_status, render_welcome
from ui.queue import Line
from ui.render import Turn, render_conversation, render_turn
from ui.service import Service
from ui.source_pane import SourceView, source_view
from ui.sources import document_pane, held_document, render_problem, turn_pane

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline
    from rag.library.listed import DocumentInfo
    from rag.readers import Readers
    from rag.sessions import Sessions

BRANCHED = "A new conversation begins here; the earlier one stays in History."
Turns = tuple[Turn, ...]
_KEY = re.compile(r"(\d{1,6})-(\d{1,6})")
_OFFSET = re.compile(r"\d{1,9}")
_DROP_SECONDS = 10.0


@dataclass(slots=True)
class Run:
    """An answer that is being made for a session.

    `cancel` stops it, and what has passed stays; `dropped` says that nobody wants to see it any
    more; `ended` is set when it writes nothing more.
    """

    cancel: Event = field(default_factory=Event)
    dropped: bool = False
    ended: Event = field(default_factory=Event)


class Chat:
    """What the page does. Some questions are answered at a time; the others wait and say so.

    Sessions are named by Gradio's `request.session_hash`; the empty name is a program's, or the
    page's before anyone has opened it.
    """

    def __init__(
        self,
        pipeline: "Pipeline",
        keeping: Keeping | None = None,
        sessions: "Sessions | Readers | None" = None,
        service: Service | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.service = service
        self.keeping = keeping or Keeping()
        self.sessions = sessions
        self.line = Line()
        self.running: dict[str, Run] = {}
        self.choices = Choices(pipeline.settings)
        self.asking = Asking(line=self.line, choices=self.choices, service=service)

    def using(self, session: str = "") -> AbstractContextManager["Pipeline"]:
        """Give the pipeline of the library that the session asks, which stays open meanwhile."""
        return nullcontext(self.pipeline) if self.sessions is None else self.sessions.using(session)

    def documents(self, session: str = "") -> "Sequence[DocumentInfo]":
        """Return what is in the library that the session asks."""
        with self.using(session) as pipeline:
            return pipeline.library.documents()

    def ask_library(self, session: str, name: str) -> bool:
        """Let the session ask the library called `name` from now on, if there is one; say so."""
        if self.sessions is None:
            return name == self.pipeline.library.name
        if name not in self.sessions.names():
            return False
        if name != self.sessions.chosen(session):
            self.drop(session)
            self.sessions.choose(session, name)
        return True

    async def ask(
        self, question: str, history: list[str] | None = None, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """Answer a question from the documents; `history` holds the earlier questions, if any."""
        history = [] if history is None else history
        if not isinstance(question, str) or not all(isinstance(item, str) for item in history):
            raise gr.Error("question must be text, history a list of texts", print_exception=False)
        session, user = (session_of(request), user_of(request)) if request else ("", "")
        try:
            with question_of(self.service, user) as answered:
                async with self.line.turn():
                    answer = await run_sync(self._answer_program, question, history, session)
                answered(answer)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return answer_object(answer)

    def _answer_program(self, question: str, history: list[str], session: str) -> Answer:
        with self.using(session) as pipeline:
            self.choices.apply(pipeline)
            return pipeline.ask(clean(question), history=[clean(item) for item in history])

    def answer(
        self,
        question: str,
        turns: Turns,
        request: gr.Request,
        replaced: Turns = (),
        remark: str = "",
    ) -> Iterator[tuple[Any, ...]]:
        """Ask, and yield what `Desk.conversation` shows as the turn grows, with a `remark`.

        `replaced` are the turns whose place the new one takes where they are kept.
        """
        session = session_of(request)
        question = clean(question).strip()
        if not question or session in self.running:
            yield (gr.skip(),) * 4
            return
        if any(turn.closed for turn in (*turns, *replaced)):
            turns, replaced = (), ()
        run = self.running[session] = Run()
        turn = Turn(number=len(turns) + 1, question=question, running=True, remark=remark)
        shown: SourceView | None = None
        try:
            yield render_conversation(turns), render_turn(turn), gr.skip(), turns
            with (
                self.using(session) as pipeline,
                closing(
                    self.asking.grow(
                        pipeline,
                        turn,
                        [earlier.question for earlier in turns if earlier.answer is not None],
                        run.cancel,
                        user_of(request),
                    )
                ) as stages,
            ):
                for stage in stages:
                    if run.dropped:
                        return
                    view = source_view(stage)
                    source = gr.skip()
                    if view is not None and view != shown:
                        source, shown = turn_pane(pipeline, stage, view), view
                    state = gr.skip()
                    if not stage.running:
                        user = user_of(request)
                        state = self.keeping.keep(
                            (*turns, stage), user, pipeline, replaced=replaced
                        )
                        line = " ".join(filter(None, (remark, state[-1].remark)))
                        stage = with_file_changes(replace(state[-1], remark=line), pipeline)
                        state = (*state[:-1], stage)
                    yield gr.skip(), render_turn(stage), source, state
        except Exception as error:  # the library cannot be opened, say
            turn = replace(turn, running=False, note=note_of(error))
            if not run.dropped:
                yield gr.skip(), render_turn(turn), gr.skip(), (*turns, turn)
        finally:
            run.cancel.set()
            del self.running[session]
            run.ended.set()

    def answer_typed(
        self, question: str, turns: Turns, edited: float | None, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Ask what was typed; `edited` is the number of the turn whose question it replaces.

        An answer that is still being made is dropped. Where other turns follow that one, the
        conversation stays as it is kept, and another one begins with the turns before.
        """
        replaced: Turns = ()
        remark = ""
        if edited and clean(question).strip():
            self.drop(session_of(request))
            first = max(0, int(edited) - 1)
            turns, replaced = turns[:first], turns[first:]
            if any(turn.kept for turn in replaced[1:]):
                turns, replaced = self.keeping.branch(turns, user_of(request)), ()
                remark = BRANCHED
        yield from self.answer(question, turns, request, replaced, remark)

    def answer_again(
        self, turns: Turns, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        """Ask the question of a turn, named by its number, again, as if it had been edited."""
        number = event_text(event, "number")
        if not number.isdecimal() or not 1 <= int(number) <= len(turns):
            yield (gr.skip(),) * 4
            return
        turn = turns[int(number) - 1]
        yield from self.answer_typed(turn.question, turns, turn.number, request)

    def answer_example(
        self, turns: Turns, request: gr.Request, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        """Ask one of the example questions."""
        yield from self.answer(event_text(event, "question"), turns, request)

    def stop(self, request: gr.Request) -> None:
        """Stop the session's answer; what has passed so far stays."""
        if run := self.running.get(session_of(request)):
            run.cancel.set()

    def leave(self, request: gr.Request) -> None:
        """Stop the session's answer, and let go of its library: the page was closed."""
        self.stop(request)
        if self.sessions is not None:
            self.sessions.leave(session_of(request))

    def stop_all(self) -> None:
        """Stop the answers of all sessions, since the server ends."""
        for run in list(self.running.values()):
            run.cancel.set()

    def show_turns(self, turns: Turns, request: gr.Request) -> tuple[Any, ...]:
        """Return a conversation to show in place of the present one, whose answer is dropped.

        Four values, for `Desk.conversation`: past turns, last turn, source, state. The turns are
        numbered from 1; their citations point into the session's library.
        """
        session = session_of(request)
        self.drop(session)
        if not turns:
            return self.welcome(session), "", self.first_source(session), ()
        past, last = turns[:-1], turns[-1]
        source = self._source_of(last, session)
        return render_conversation(past), render_turn(last), source, turns

    def clear(self, request: gr.Request) -> tuple[Any, ...]:
        """Return the empty conversation, as `show_turns` does."""
        return self.show_turns((), request)

    def library_changed(self, request: gr.Request) -> tuple[Any, ...]:
        """Return what the Ask view shows of the session's library, for `Desk.library`.

        The conversation is empty then: citations of earlier answers may point elsewhere now.
        """
        return self.status(session_of(request)), *self.clear(request)

    def documents_changed(self, turns: Turns, request: gr.Request) -> tuple[Any, ...]:
        """Return the same for a library whose documents changed: the conversation stays."""
        session = session_of(request)
        if not turns and session not in self.running:
            return self.library_changed(request)
        source = self._source_of(turns[-1], session) if turns else self.first_source(session)
        return self.status(session), gr.skip(), gr.skip(), source, gr.skip()

    def _source_of(self, turn: Turn, session: str) -> Any:
        """Return the source pane for a turn; for one without places, that of the first document."""
        view = source_view(turn)
        if view is not None:
            return self._pane(session, lambda pipeline: turn_pane(pipeline, turn, view))
        return "" if turn.closed else self.first_source(session)

    def _pane(self, session: str, render: Callable[["Pipeline"], Any]) -> Any:
        """Return a source pane from the session's library, or what is wrong with the library."""
        try:
            with self.using(session) as pipeline:
                return render(pipeline)
        except RagError as error:
            return render_problem(error)

    def drop(self, session: str) -> None:
        """Stop the session's answer and wait until it shows nothing more."""
        run = self.running.get(session)
        if run is not None:
            run.dropped = True
            run.cancel.set()
            run.ended.wait(_DROP_SECONDS)

    def show(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Any:
        """Return the source pane for a citation of any turn, named by its key."""
        return self._show(turns, request, event)

    def show_picture(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Any:
        """Return the source pane with the picture of a cited place, named by its key."""
        return self._show(turns, request, event, pictured=True)

    def _show(
        self, turns: Turns, request: gr.Request, event: gr.EventData, *, pictured: bool = False
    ) -> Any:
        number, place = _key(event)
        view = source_view(turns[number - 1], place) if 1 <= number <= len(turns) else None
        if view is None:
            return gr.skip()
        turn, view = turns[number - 1], replace(view, pictured=place if pictured else view.pictured)
        return self._pane(session_of(request), lambda pipeline: turn_pane(pipeline, turn, view))

    def open(self, request: gr.Request, event: gr.EventData) -> Any:
        """Return the source pane for a document, named by its id, without marks."""

        def pane(pipeline: "Pipeline") -> Any:
            found = held_document(pipeline, event_text(event, "document"))
            if found is None:
                return gr.skip()
            return document_pane(pipeline, SourceView(document_id=found))

        return self._pane(session_of(request), pane)

    def show_place(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Any:
        """Return the source pane around a place of the document that is shown, by its offset.

        What is marked stays: `key` is that of any of the marks.
        """
        place = event_text(event, "place")
        number, cited = _key(event)

        def pane(pipeline: "Pipeline") -> Any:
            found = held_document(pipeline, event_text(event, "document"))
            if found is None or not _OFFSET.fullmatch(place):
                return gr.skip()
            if 1 <= number <= len(turns):
                view = source_view(turns[number - 1], cited)
                if view is not None and view.document_id == found:
                    return turn_pane(pipeline, turns[number - 1], replace(view, place=int(place)))
            return document_pane(pipeline, SourceView(document_id=found, place=int(place)))

        return self._pane(session_of(request), pane)

    def welcome(self, session: str = "") -> str:
        """Return what stands in place of the conversation before the first question."""
        try:
            with self.using(session) as pipeline:
                library = pipeline.library
                examples = SEED_EXAMPLES if library.holds(SEED_SHA256) else ()
                return render_welcome(examples, library.document_count())
        except RagError as error:
            return render_problem(error)

    def status(self, session: str = "") -> str:
        """Return the end of the page's top line."""
        try:
            with self.using(session) as pipeline:
                library = pipeline.library
                counts = library.document_count(), library.passage_count()
        except RagError as error:
            return render_status(self.pipeline.models, problem=str(error))
        return render_status(self.pipeline.models, *counts)

    def first_source(self, session: str = "") -> Any:
        """Return the source pane before the first question: the first document."""

        def pane(pipeline: "Pipeline") -> str:
            for identifier in pipeline.library.first_names(1):
                return document_pane(pipeline, SourceView(document_id=identifier))
            return '<p class="elision">No documents yet.</p>'

        return self._pane(session, pane)


def _key(event: gr.EventData) -> tuple[int, int]:
    """Return the turn's number and the place's, both from 1, that the event's key names, or 0."""
    match = _KEY.fullmatch(event_text(event, "key"))
    return (int(match[1]), int(match[2])) if match else (0, 0)
