"""The libraries that one server offers: each session asks its own, all with the same models.

Opens libraries when they are asked and closes those that nobody asks. Knows sessions as names only;
knows no pages.
"""

import filecmp
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, RLock
from typing import Literal

from rag.absolute_path import absolute_path
from rag.answering.pipeline import Pipeline
from rag.assemble import Models, load_models, make_pipeline
from rag.documents.load import find_sources
from rag.errors import LibraryError
from rag.library.changes import Changes, Progress
from rag.library.copies import copy_called
from rag.library.folders import Say, forget, remembered_sources
from rag.library.library import HomeLibrary, open_library
from rag.library.paths import fit_library_name, named_files_path, named_library_path
from rag.library.protocol import Library
from rag.library.reading import Reading, add_copies, bring_up_to_date
from rag.library.refresh import refresh_library
from rag.library.stored_libraries import (
    UNNAMED,
    StoredLibrary,
    delete_library,
    delete_stored,
    find_stored,
    forget_pages,
    library_names,
    shrink_library,
    stored_libraries,
    stored_name,
)
from rag.seed import seed_articles
from rag.settings import Settings, home_folder

_LET_GO_SECONDS = 20.0
"""How long a library that is to be deleted waits for who is being answered from it."""
_MOST_SESSIONS = 1_000
"""Sessions whose choice is remembered; the oldest are forgotten, and ask the first library.

So many are taken to be there, too: of those that never say that they leave, the ones that asked
longest ago are taken to be gone."""


class Sessions:
    """Libraries by name; the empty name is the unnamed one that the server was started with.

    `first` is the name of the library that a session asks until it chooses, `started_with` names
    the files and folders of the unnamed one. May be used by several
    threads. Every method raises `LibraryError` with one line for what cannot be.
    """

    def __init__(
        self,
        settings: Settings,
        models: Models,
        *,
        docs: Sequence[Path] | None = None,
        name: str | None = None,
        say: Say,
        progress: Callable[[Progress], None] | None = None,
        min_confidence: float | None = None,
    ) -> None:
        self.settings = settings
        self._say = say
        self._min_confidence = min_confidence
        self.models = models
        self.first = fit_library_name(name) if name else ""
        self.home = home_folder(settings)
        self.started_with = ", ".join(path.name for path in docs or seed_articles())
        self._docs = [absolute_path(path) for path in docs or seed_articles()]
        self._lock = RLock()
        self._open: dict[str, Pipeline] = {}
        self._choices: dict[str, str] = {}
        self._live: dict[str, str] = {}
        self._busy: set[str] = set()
        self._users: Counter[str] = Counter()
        self._let_go = Condition(self._lock)
        self._going: set[str] = set()
        library, _ = refresh_library(
            settings,
            models.embedder,
            models.library_id,
            docs=docs,
            name=name,
            say=say,
            progress=progress,
        )
        self._open[self.first] = self._make_pipeline(library)

    def names(self) -> list[str]:
        """Return all names, the empty one first if there is an unnamed library."""
        unnamed = [""] if self.first == "" else []
        return [*unnamed, *(name for name in library_names(self.home) if name not in self._going)]

    def chosen(self, session: str) -> str:
        """Return the name of the library that the session asks."""
        with self._lock:
            return self._choices.get(session, self.first)

    def choose(self, session: str, name: str) -> None:
        """Let the session ask the library called `name` from now on."""
        with self._lock:
            self._check_exists(name)
            self._close_replaced(name)
            self._pipeline(name)
            _put_last(self._choices, session, name)
            self._keep_open(session, name)
            self._close_unused()

    @contextmanager
    def using(self, session: str = "") -> Iterator[Pipeline]:
        """Give the pipeline of the session's library; if that is gone, of the first one.

        The library stays open until the block ends, whoever leaves or deletes it meanwhile.
        """
        with self._lock:
            name = self._asked(session)
            pipeline = self._pipeline(name)
            self._users[name] += 1
        try:
            yield pipeline
        finally:
            with self._lock:
                self._users[name] -= 1
                self._let_go.notify_all()
                self._close_unused()

    def pipeline(self, session: str = "") -> Pipeline:
        """Return the same pipeline, whose library is closed when nobody asks it any more."""
        with self._lock:
            return self._pipeline(self._asked(session))

    def leave(self, session: str) -> None:
        """Close what only this session used. It may come back: its choice stays."""
        with self._lock:
            self._live.pop(session, None)
            self._close_unused()

    def stored(self) -> list[StoredLibrary]:
        """Return all libraries on the disk, those without a name too."""
        return stored_libraries(self.home)

    def first_stored(self) -> str:
        """Return what the library that Footnote was started with is called among `stored`."""
        return stored_name(_home(self.pipeline()).path) if self.first == "" else self.first

    def compact(self) -> int:
        """Write all libraries anew without what was removed; return how many bytes are free now."""
        stored = self.stored()
        free = sum(library.bytes - shrink_library(library) for library in stored)
        forget_pages(self.home)
        return max(0, free)

    def create(self, name: str) -> str:
        """Make an empty library and return its name, without the blanks around it."""
        name = fit_library_name(" ".join(name.split()))
        with self._lock:
            taken = {other.casefold(): other for other in library_names(self.home)}
            file = named_library_path(self.home, name)
            if name.casefold() in taken:
                raise LibraryError(
                    f"there is a library {taken[name.casefold()]!r} already: choose it, or give "
                    "the new one another name"
                )
            open_library(
                file,
                embedder_id=self.models.library_id,
                passage_tokens=self.settings.passage_tokens,
            ).close()
        return name

    def delete(self, name: str) -> None:
        """Delete a library with its copies; those who asked it ask the first one then.

        `name` is as in `stored`. Nobody here can ask one without a name but the first.
        """
        self._check_named(name)
        if name == self.first_stored():
            raise LibraryError(
                f"library {name!r} is the one that Footnote was started with: start it with "
                "another to delete this one"
            )
        if name.startswith(UNNAMED):
            delete_stored(self.home, find_stored(self.home, name))
            return
        with self._alone(name), self._lock:
            self._going.add(name)
            try:
                if not self._let_go.wait_for(lambda: not self._users[name], _LET_GO_SECONDS):
                    raise LibraryError(
                        f"library {name!r} is being asked: delete it when the answers are there"
                    )
                pipeline = self._open.pop(name, None)
                if pipeline is not None:
                    pipeline.library.close()
                for sessions in (self._choices, self._live):
                    for session in [one for one, other in sessions.items() if other == name]:
                        del sessions[session]
                delete_library(self.home, name)
            finally:
                self._going.discard(name)

    def add(
        self,
        name: str,
        uploaded: Sequence[tuple[str, Path]],
        reading: Reading,
        *,
        replacing: bool = False,
    ) -> Changes:
        """Move uploaded files, each a name and where it lies, into a named library; read them.

        For `replacing` see `add_copies`.
        """
        self._check_named(name)
        with self._updating(name) as pipeline:
            folder = named_files_path(self.home, name)
            return add_copies(_home(pipeline), folder, uploaded, reading, replacing=replacing)

    def holds_copy(self, name: str, uploaded: tuple[str, Path]) -> Literal["same", "other"] | None:
        """Say whether a library has a copy under the name of an uploaded file, and of what."""
        copy = copy_called(named_files_path(self.home, name), uploaded[0]) if name else None
        if copy is None:
            return None
        return "same" if filecmp.cmp(copy, uploaded[1], shallow=False) else "other"

    def refresh(self, name: str, reading: Reading, say: Say) -> Changes:
        """Read again what changed in the library's files and folders."""
        with self._updating(name) as pipeline:
            if name:
                found = remembered_sources(_home(pipeline))
            else:
                found = find_sources(self._docs)
            return bring_up_to_date(_home(pipeline), found, reading, say)

    def remove(self, name: str, document_id: int) -> list[str]:
        """Remove a document from a named library and return its name; see `forget`."""
        self._check_named(name)
        with self._updating(name) as pipeline:
            for document in pipeline.library.documents(ids=[document_id]):
                folder = named_files_path(self.home, name)
                return forget(_home(pipeline), folder, Path(document.source))
        raise LibraryError("this document is not in the library any more")

    def close(self) -> None:
        """Close all libraries."""
        with self._lock:
            for pipeline in self._open.values():
                pipeline.library.close()
            self._open.clear()

    @contextmanager
    def _updating(self, name: str) -> Iterator[Pipeline]:
        """Give the pipeline of a library that nobody else changes or closes meanwhile."""
        with self._alone(name):
            with self._lock:
                pipeline = self._pipeline(name)
            yield pipeline

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Let nobody else change or close a library until the block ends."""
        with self._lock:
            self._check_exists(name)
            self._close_replaced(name)
            if name in self._busy:
                raise LibraryError(
                    "files are being read into this library already: wait until that is done, or "
                    "cancel it"
                )
            self._busy.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(name)
                self._close_unused()

    def _asked(self, session: str) -> str:
        """Return the name of the library that the session asks now, and note that it is there."""
        name = self._choices.get(session, self.first)
        self._close_replaced(name)
        if name in self._going or (name not in self._open and not self._exists(name)):
            self._choices.pop(session, None)
            name = self.first
        self._keep_open(session, name)
        return name

    def _pipeline(self, name: str) -> Pipeline:
        if name not in self._open:
            library = open_library(
                named_library_path(self.home, name),
                embedder_id=self.models.library_id,
                passage_tokens=self.settings.passage_tokens,
                say=self._say,
            )
            self._open[name] = self._make_pipeline(library)
        return self._open[name]

    def _make_pipeline(self, library: Library) -> Pipeline:
        return make_pipeline(
            self.settings,
            self.models,
            library,
            say=self._say,
            min_confidence=self._min_confidence,
        )

    def _keep_open(self, session: str, name: str) -> None:
        """Note that the session uses the library; the first one is never closed anyway."""
        if name == self.first:
            self._live.pop(session, None)
        else:
            _put_last(self._live, session, name)

    def _close_unused(self) -> None:
        used = {self.first, *self._live.values(), *self._busy, *+self._users}
        for name in [name for name in self._open if name not in used]:
            self._open.pop(name).library.close()

    def _close_replaced(self, name: str) -> None:
        """Close a named library that another server deleted, or made anew: it is opened again."""
        in_use = name in self._busy or self._users[name] > 0
        pipeline = self._open.get(name) if name and not in_use else None
        if pipeline is not None and pipeline.library.is_replaced:
            self._open.pop(name).library.close()

    def _exists(self, name: str) -> bool:
        return name in self.names()

    def _check_exists(self, name: str) -> None:
        if not self._exists(name):
            raise LibraryError(f"there is no library {name!r}: choose another, or make it")

    def _check_named(self, name: str) -> None:
        if not name:
            raise LibraryError(
                "what Footnote was started with is only read: choose or make a library first"
            )


def _home(pipeline: Pipeline) -> HomeLibrary:
    """Return the library of a pipeline, if its files are read on this computer."""
    if not isinstance(pipeline.library, HomeLibrary):
        raise LibraryError(
            f"{pipeline.library.address}: is shared; its documents are changed with: footnote index"
        )
    return pipeline.library


def _put_last(names: dict[str, str], session: str, name: str) -> None:
    """Put the session's library behind those of the others, and forget the oldest of too many."""
    names.pop(session, None)
    names[session] = name
    while len(names) > _MOST_SESSIONS:
        names.pop(next(iter(names)))


def open_sessions(
    settings: Settings,
    *,
    docs: Sequence[Path] | None = None,
    name: str | None = None,
    say: Say,
    progress: Callable[[Progress], None] | None = None,
    min_confidence: float | None = None,
) -> Sessions:
    """Load the models, and return sessions whose first library is that of `docs` or `name`."""
    models = load_models(settings, say)
    return Sessions(
        settings,
        models,
        docs=docs,
        name=name,
        say=say,
        progress=progress,
        min_confidence=min_confidence,
    )
