"""From settings and paths to a library that is up to date and a pipeline that is ready to answer.

Loads models and reads files; decides nothing about answers.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock, Thread

from rag.answering.confidence import load_calibration
from rag.answering.generate import TransformersGenerator, wordings
from rag.answering.own_calibration import apply_own
from rag.answering.pipeline import Pipeline
from rag.answering.read import SpanReader
from rag.answering.retrieve import Retriever
from rag.answering.vectors import SentenceTransformerEmbedder
from rag.datatypes import Embedder, Generator
from rag.documents.kinds import kind_names
from rag.documents.library import (
    Changes,
    Library,
    Progress,
    docs_library_path,
    named_library_path,
    open_library,
)
from rag.documents.load import find_sources
from rag.errors import LibraryError
from rag.models.files import sha256_of
from rag.models.find import (
    embedder_id,
    find_model,
    load_causal_model,
    load_sentence_transformer,
    load_span_model,
)
from rag.models.threads import set_threads
from rag.seed import seed_articles
from rag.settings import Settings, home_folder

Say = Callable[[str], None]
"""Receives one line for a person to read."""

_PATHS = "paths"
_POLL_SECONDS = 0.1
_CALIBRATION = Path(__file__).resolve().parent / "reader" / "confidence.json"


class LazyGenerator:
    """A `Generator` that is loaded when it is first needed: most answers need none."""

    def __init__(self, name: str, load: Callable[[], Generator]) -> None:
        self.name = name
        self._load = load
        self._lock = Lock()
        self._loading: Future[Generator] | None = None

    def generate(
        self, question: str, evidence: Sequence[str], answer: str, cancel: Event
    ) -> Iterator[str]:
        """Yield pieces of text; the first call may wait for the model, until `cancel` is set.

        Where there is nothing to choose the model is not loaded. Raises what loading it raised;
        the next call tries again.
        """
        choices = wordings(evidence, answer)
        if len(choices) <= 1:
            yield from choices
            return
        loading = self._start_loading()
        while not cancel.is_set():
            if loading.done() or wait([loading], timeout=_POLL_SECONDS).done:
                yield from loading.result().generate(question, evidence, answer, cancel)
                return

    def load(self) -> None:
        """Load the model now. Raises what that raised."""
        self._start_loading().result()

    def _start_loading(self) -> "Future[Generator]":
        with self._lock:
            if self._loading is None or (self._loading.done() and self._loading.exception()):
                self._loading = Future()
                Thread(target=self._run, args=(self._loading,), daemon=True).start()
            return self._loading

    def _run(self, loading: "Future[Generator]") -> None:
        try:
            loading.set_result(self._load())
        except Exception as error:
            loading.set_exception(error)


def load_embedder(settings: Settings) -> tuple[Embedder, str]:
    """Return the embedder and the id that libraries made with it carry."""
    files = find_model(settings.embedder, "embedder")
    set_threads(settings.threads)
    model = load_sentence_transformer(files)
    return SentenceTransformerEmbedder(model, files.name), embedder_id(files)


def reader_id(settings: Settings) -> str:
    """Return what a confidence was made with: the reader's weights, and how they are calibrated."""
    return f"{embedder_id(find_model(settings.reader, 'reader'))}+{sha256_of(_CALIBRATION)[:12]}"


def load_generator(settings: Settings, say: Say) -> LazyGenerator | None:
    """Return the generator, not yet loaded; None if the setting is `none`.

    Raises `ModelNotFound` now if its files are not there.
    """
    if settings.generator == "none":
        return None
    files = find_model(settings.generator, "generator")

    def load() -> Generator:
        set_threads(settings.threads)
        tokenizer, model = load_causal_model(files, home_folder(settings), say)
        return TransformersGenerator(tokenizer, model, files.name)

    return LazyGenerator(files.name, load)


def refresh_library(
    settings: Settings,
    embedder: Embedder,
    library_id: str,
    *,
    docs: Sequence[Path] | None,
    name: str | None,
    say: Say,
    progress: Callable[[Progress], None] | None = None,
    add: Sequence[Path] = (),
) -> tuple[Library, Changes]:
    """Open the library of `docs`, or the one called `name`, and bring it up to date with its files.

    Without either, the seed article is the library. `add` are paths that a named library gets in
    addition. Raises `LibraryError` if no document is left, or for a path that does not exist; of
    the paths that a named library remembers, such a one is only said.
    """
    home = home_folder(settings)
    if name is None:
        paths = [path.absolute() for path in docs or seed_articles()]
        file = docs_library_path(home, paths)
    else:
        paths = [path.absolute() for path in add]
        file = named_library_path(home, name)
        if not file.exists() and not add:
            raise LibraryError(
                f"there is no library {name!r}: make it with "
                f"`footnote index --library {name} --add PATH`"
            )
    if paths:
        find_sources(paths)  # raises before an empty library is made
    library = open_library(file, embedder_id=library_id, passage_tokens=settings.passage_tokens)
    try:
        if name is not None:
            paths = _remember(library, paths, say)
        sources, skipped = find_sources(paths)
        for line in skipped:
            say(line)
        changes = library.refresh(
            sources,
            embedder=embedder,
            max_document_bytes=settings.max_document_bytes,
            passage_tokens=settings.passage_tokens,
            progress=progress,
        )
        for _, reason in changes.skipped:
            say(f"skipped: {reason}")
        if not library.documents():
            raise LibraryError(
                f"no document could be read in {', '.join(map(str, paths))}: "
                f"expected files of a kind that is read ({kind_names()})"
            )
    except BaseException:
        library.close()
        raise
    return library, changes


def _remember(library: Library, added: Sequence[Path], say: Say) -> list[Path]:
    """Add to a named library's paths, and return those that are there now.

    What is not there is said and stays remembered: it may lie on a disk that comes back.
    """
    known = [Path(path) for path in json.loads(library.get_value(_PATHS) or "[]")]
    paths = list(dict.fromkeys([*known, *added]))
    library.set_value(_PATHS, json.dumps([str(path) for path in paths]))
    there = []
    for path in paths:
        try:
            find_sources([path])
            there.append(path)
        except LibraryError as error:
            say(f"skipped: {error}")
    if not there:
        raise LibraryError(
            "nothing that the library remembers is there any more: put it back, or add other "
            "files with `footnote index --library NAME --add PATH`"
        )
    return there


def open_pipeline(
    settings: Settings,
    *,
    docs: Sequence[Path] | None = None,
    name: str | None = None,
    say: Say,
    progress: Callable[[Progress], None] | None = None,
    min_confidence: float | None = None,
    own_calibration: bool = True,
) -> Pipeline:
    """Return a pipeline over the library of `docs` or `name` (default: the seed article).

    What `footnote calibrate` keeps with the library goes before `settings`, which come from the
    environment and the defaults, unless it is not to count (`own_calibration`); a flag,
    `min_confidence`, goes before both.
    """
    reader_files = find_model(settings.reader, "reader")
    generator = load_generator(settings, say)
    embedder, library_id = load_embedder(settings)
    reader = SpanReader(*load_span_model(reader_files), reader_files.name)
    calibration = load_calibration(_CALIBRATION)
    library, _ = refresh_library(
        settings, embedder, library_id, docs=docs, name=name, say=say, progress=progress
    )
    if own_calibration:
        settings, calibration = apply_own(
            settings, calibration, library, lambda: reader_id(settings), say
        )
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    return Pipeline(
        library=library,
        retriever=Retriever(library, embedder),
        reader=reader,
        generator=generator,
        calibration=calibration,
        settings=settings,
        models={
            "embedder": library_id,
            "reader": reader.name,
            "generator": generator.name if generator else "none",
        },
    )
