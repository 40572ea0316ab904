"""One question from its turn in the line to its answer, for a page: each stage as a `Turn`."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

from rag.cli.terminal import say_problem
from rag.datatypes import Answer
from rag.errors import RagError
from ui.choices import Choices
from ui.queue import Line
from ui.render import Turn
from ui.service import Service

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline

UNEXPECTED = "Something went wrong inside Footnote. The terminal it runs in says what."
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Where questions wait, what was chosen for all, and the limits if there are some."""

    line: Line
    choices: Choices
    service: Service | None = None

    def grow(
        self,
        pipeline: "Pipeline",
        turn: Turn,
        history: Sequence[str],
        cancel: Event,
        user: str = "",
    ) -> Generator[Turn, None, None]:
        """Yield the turn with each answer that the pipeline gives; the last is not running.

        `history` are the earlier questions, `user` is who asks.
        """
        note = ""
        try:
            with question_of(self.service, user) as answered:
                for stage in self._stages(pipeline, turn, history, cancel):
                    turn = stage
                    yield turn
                if turn.answer is not None:
                    answered(turn.answer)
        except Exception as error:
            note = note_of(error)
        if not note and cancel.is_set():
            note = "Stopped."
        yield replace(turn, running=False, note=note)

    def _stages(
        self, pipeline: "Pipeline", turn: Turn, history: Sequence[str], cancel: Event
    ) -> Iterator[Turn]:
        """Wait in the line, and yield the turn as it grows; no more once `cancel` is set."""
        ticket = self.line.join()
        try:
            while before := self.line.wait(ticket, _POLL_SECONDS):
                if cancel.is_set():
                    return
                if turn.note != (note := f"Waiting for its turn: {before} before you."):
                    turn = replace(turn, note=note)
                    yield turn
            self.choices.apply(pipeline)
            turn = replace(turn, threshold=pipeline.settings.min_confidence)
            stream = pipeline.stream(turn.question, history=history, cancel=cancel)
            with closing(stream):  # type: ignore[type-var]  # it is a generator
                for answer in stream:
                    turn = replace(turn, answer=replace(answer, ranked=()), note="")
                    yield turn
        finally:
            self.line.leave(ticket)


def question_of(
    service: Service | None, user: str
) -> AbstractContextManager[Callable[[Answer], None]]:
    """Let a user ask, if limits do; the block calls what it is given with the answer."""
    if service is None:
        return nullcontext(lambda answer: None)
    return service.question(user)


def note_of(error: Exception) -> str:
    """Return the line about what went wrong; what nobody foresaw is said in the terminal."""
    if isinstance(error, RagError):
        return str(error)
    say_problem()
    return UNEXPECTED
