"""What happens when a person adds, removes or reads again, or chooses another library.

Knows which library a session asks and what `Chat` shows of one. How it
looks is `ui.documents_view`'s.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.documents.kinds import READERS, kind_names, not_read
from rag.errors import RagError
from rag.library.reading import Reading
from rag.sizes import readable_bytes
from ui.chat import Chat, Turns
from ui.documents_view import (
    Row,
    render_adding,
    render_choice,
    render_documents,
    render_libraries,
    render_progress,
    render_replacing,
)
from ui.events import clean, event_text, session_of
from ui.reading import run_reading, summary
from ui.sources import render_problem
from ui.uploads import Uploads

if TYPE_CHECKING:
    from rag.library.changes import Changes
    from rag.sessions import Sessions

OWN_LIBRARY = "My documents"
"""The library that files go to which are added where only what was started with is chosen."""

_MOST_FILES = 10_000

Shown = tuple[Any, ...]
"""Choice of library, adding, progress, list; then what `Chat` shows of a library."""


class Documents:
    """What the Documents view does. Each session reads files into one library at a time."""

    def __init__(self, chat: Chat, sessions: "Sessions", uploads: Uploads) -> None:
        self.chat = chat
        self.sessions = sessions
        self.uploads = uploads
        self.reading: dict[str, Event] = {}

    def view(self, session: str = "") -> tuple[str, str, str, str]:
        """Return the choice of library, where files are added, no progress, and the list."""
        name = self.sessions.chosen(session)
        try:
            held = render_documents(self.chat.documents(session), named=bool(name))
        except RagError as error:
            held = render_problem(error)
        return (
            render_choice(
                self.sessions.names(),
                name,
                started_with=self.sessions.started_with,
                deletable=name not in ("", self.sessions.first),
            ),
            render_adding(
                name,
                ticket=self.uploads.ticket,
                suffixes=list(READERS),
                kinds=kind_names(),
                max_bytes=self.uploads.max_bytes,
            ),
            "",
            held
            + render_libraries(self.sessions.stored(), started_with=self.sessions.first_stored()),
        )

    def show(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Shown:
        """Return the view as it is now; at first, of the library that this page had chosen."""
        session, name = session_of(request), _value(event, "name")
        if name and name != self.sessions.chosen(session) and name in self.sessions.names():
            return self.choose(turns, request, event)
        if session in self.reading:
            return _nothing()
        choice, adding, _, held = self.view(session)
        return choice, adding, gr.skip(), held, *self._asked(turns, request)

    def choose(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Shown:
        """Let the session ask another library, in a new conversation."""
        return self._try(turns, request, lambda: self._choose(request, _value(event, "name")))

    def create(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Shown:
        """Make a library, and choose it."""

        def make() -> bool:
            return self._choose(request, self.sessions.create(_value(event, "name")))

        return self._try(turns, request, make)

    def delete(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Shown:
        """Delete a library, named as in the list of all; without a name that of the session.

        The session goes back to the first one where it was its own.
        """

        def delete() -> bool:
            session = session_of(request)
            chosen = self.sessions.chosen(session)
            name = _value(event, "library") or chosen
            if name == chosen:
                self.chat.drop(session)
            self.sessions.delete(name)
            return name == chosen

        return self._try(turns, request, delete)

    def compact(self, turns: Turns, request: gr.Request) -> Shown:
        """Give back the room of what was removed from all libraries."""
        try:
            line = f"{readable_bytes(self.sessions.compact())} given back."
        except RagError as error:
            return self._problem(turns, request, str(error))
        choice, adding, _, held = self.view(session_of(request))
        progress = render_progress([], line, running=False)
        return choice, adding, progress, held, *self._asked(turns, request)

    def remove(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Shown:
        """Remove a document, named by its id, from the session's library."""

        def remove() -> bool:
            number = _value(event, "document")
            library = self.sessions.chosen(session_of(request))
            self.sessions.remove(library, int(number) if number.isdecimal() else 0)
            return False

        return self._try(turns, request, remove)

    def cancel(self, request: gr.Request) -> None:
        """Stop reading files for the session; what was finished stays."""
        cancel = self.reading.get(session_of(request))
        if cancel is not None:
            cancel.set()

    def stop_all(self) -> None:
        """Stop all reading, since the server ends."""
        for cancel in list(self.reading.values()):
            cancel.set()

    def discard(self, event: gr.EventData) -> None:
        """Delete files that were sent and are not wanted any more."""
        for _, path in self.uploads.take(_values(event, "tokens")):
            path.unlink(missing_ok=True)

    def add(self, turns: Turns, request: gr.Request, event: gr.EventData) -> Iterator[Shown]:
        """Read the files that were sent into the session's library, and say how far it is."""
        session = session_of(request)
        uploaded = self.uploads.take(_values(event, "tokens"))
        refused = [self._refused(file) for file in _values(event, "refused")]
        how = _value(event, "how")
        try:
            name = self.sessions.chosen(session)
            if not name and uploaded:
                name = OWN_LIBRARY
                if name not in self.sessions.names():
                    self.sessions.create(name)
                self._choose(request, name)
                turns = ()
            uploaded = _numbered(uploaded)
            rows = {file: Row(name=file) for file, _ in uploaded}
            asked = "" if how else self._ask_about_known(name, uploaded, rows)
            for row in refused:
                rows[_free(row.name, rows)] = row
            new = [each for each in uploaded if rows[each[0]].state == "waiting"]

            def read(reading: Reading) -> "Changes | None":
                return (
                    self.sessions.add(name, new, reading, replacing=how == "replace")
                    if new
                    else None
                )

            yield from self._read(turns, request, rows, read, asked)
        except RagError as error:
            yield self._problem(turns, request, str(error))
        finally:
            held = self.uploads.held()
            for _, path in uploaded:
                if path not in held:
                    path.unlink(missing_ok=True)

    def _ask_about_known(
        self, name: str, uploaded: Sequence[tuple[str, Path]], rows: dict[str, Row]
    ) -> str:
        """Mark the rows of files whose names the library has; return what is asked about them.

        One that is there just so is only told; one that says something else waits for an answer.
        """
        other: dict[str, str] = {}
        for file, path in uploaded:
            known = self.sessions.holds_copy(name, (file, path))
            if known == "same":
                rows[file] = Row(name=file, state="same")
            elif known == "other":
                rows[file] = Row(name=file, state="asked")
                other[file] = self.uploads.hold(file, path)
        return render_replacing(list(other), list(other.values())) if other else ""

    def refresh(self, turns: Turns, request: gr.Request) -> Iterator[Shown]:
        """Read again what changed in the files of the session's library."""
        name = self.sessions.chosen(session_of(request))
        rows: dict[str, Row] = {}

        def say(line: str) -> None:
            file, _, reason = line.removeprefix("skipped: ").partition(": ")
            rows[file] = Row(name=file, state="skipped", reason=reason)

        def read(reading: Reading) -> "Changes":
            return self.sessions.refresh(name, reading, say)

        yield from self._read(turns, request, rows, read)

    def _read(
        self,
        turns: Turns,
        request: gr.Request,
        rows: dict[str, Row],
        work: Callable[[Reading], "Changes | None"],
        asked: str = "",
    ) -> Iterator[Shown]:
        """Run `work` in a thread of its own, and yield as the rows change; at the end, all."""
        session = session_of(request)
        if session in self.reading:
            yield self._problem(turns, request, "Files are being read already: wait, or cancel it.")
            return
        cancel = self.reading[session] = Event()
        try:
            choice, adding, _, _ = self.view(session)
            with closing(run_reading(self._reading(cancel), work, rows)) as steps:
                for ended, problem, changes in steps:
                    progress = render_progress(
                        list(rows.values()),
                        summary(rows, changes, ended=ended, cancelled=cancel.is_set()),
                        running=not ended,
                        problem=problem,
                    )
                    if not ended:
                        yield choice, adding, progress, *_nothing()[3:]
                        choice = adding = gr.skip()
        finally:
            cancel.set()
            del self.reading[session]
        progress += asked
        yield *self.view(session)[:2], progress, self.view(session)[3], *self._asked(turns, request)

    def _reading(self, cancel: Event) -> Reading:
        embedder = self.sessions.models.embedder
        return Reading(settings=self.sessions.settings, embedder=embedder, cancel=cancel)

    def _choose(self, request: gr.Request, name: str) -> bool:
        """Choose a library and say that another conversation begins."""
        session = session_of(request)
        self.chat.drop(session)
        self.sessions.choose(session, name)
        return True

    def _try(self, turns: Turns, request: gr.Request, act: Callable[[], bool]) -> Shown:
        """Return the view after `act`, which says whether a new conversation begins."""
        try:
            anew = act()
        except RagError as error:
            return self._problem(turns, request, str(error))
        asked = self.chat.library_changed(request) if anew else self._asked(turns, request)
        return *self.view(session_of(request)), *asked

    def _problem(self, turns: Turns, request: gr.Request, line: str) -> Shown:
        """Return the view as it is, with what went wrong."""
        choice, adding, _, held = self.view(session_of(request))
        progress = render_progress([], "", running=False, problem=line)
        return choice, adding, progress, held, *self._asked(turns, request)

    def _asked(self, turns: Turns, request: gr.Request) -> tuple[Any, ...]:
        return self.chat.documents_changed(turns, request)

    def _refused(self, file: Any) -> Row:
        """Return the row of a file that the page did not even send, and why."""
        known = file if isinstance(file, dict) else {}
        name, size = clean(str(known.get("name", "")))[:1_000], known.get("bytes")
        if isinstance(size, int) and size > self.uploads.max_bytes:
            reason = (
                f"{readable_bytes(size)}; at most {readable_bytes(self.uploads.max_bytes)} are "
                "taken; split it, or raise FOOTNOTE_MAX_UPLOAD_BYTES"
            )
        elif known.get("why") == "kind":
            reason = not_read(name)
        else:
            reason = "it could not be sent; try again"
        return Row(name=name, state="skipped", reason=reason)


def _numbered(uploaded: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Return the files under names that differ: of several that share one, the later are numbered.

    They come from different folders, so that none is a newer version of another.
    """
    files: dict[str, Path] = {}
    for name, path in uploaded:
        files[_free(name, files)] = path
    return list(files.items())


def _free(name: str, taken: Container[str]) -> str:
    suffix = PurePosixPath(name).suffix
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name.removesuffix(suffix)} ({number}){suffix}"
    return free


def _nothing() -> Shown:
    return (gr.skip(),) * 9


def _value(event: gr.EventData, name: str) -> str:
    return clean(event_text(event, name))


def _values(event: gr.EventData, name: str) -> list[Any]:
    data = event._data
    values = data.get(name) if isinstance(data, dict) else None
    return values[:_MOST_FILES] if isinstance(values, list) else []
