"""From settings and paths to a library that is up to date and a pipeline that is ready to answer.

Loads models and reads files; decides nothing about answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag.answering.check import TrainedChecker
from rag.answering.confidence import Calibration, load_calibration
from rag.answering.in_words import InWords
from rag.answering.library_calibration import apply_own
from rag.answering.pipeline import Pipeline
from rag.answering.read import SpanReader
from rag.answering.retrieve import Retriever
from rag.answering.turns import Turns
from rag.answering.vectors import EncoderEmbedder, SentenceTransformerEmbedder
from rag.datatypes import Embedder, Reader
from rag.errors import ModelNotFound
from rag.library.changes import Progress
from rag.library.folders import Say
from rag.library.protocol import Library
from rag.library.refresh import open_to_ask, refresh_library
from rag.models.catalog import (
    DEFAULT,
    LARGE_EMBEDDER,
    LARGE_READER,
    SMALL_EMBEDDER,
    SMALL_READER,
)
from rag.models.checker import MpnetChecker, checker_is_shipped
from rag.models.engines import SpanModel, choose_engine
from rag.models.files import sha256_of
from rag.models.find import (
    ModelFiles,
    find_model,
    load_sentence_transformer,
    load_span_model,
    model_id,
)
from rag.models.language import find_writer, has_writer
from rag.models.large_embedder import (
    large_embedder_id,
    large_embedder_is_ready,
    load_large_embedder,
)
from rag.models.large_reader import (
    ADAPTER,
    large_reader_id,
    large_reader_is_ready,
    load_large_reader,
)
from rag.models.quick_models import is_quick, load_quick_embedder, load_quick_reader
from rag.models.threads import set_index_threads, set_torch_threads, threads_of
from rag.models.tokenizer import TextTokenizer
from rag.settings import Settings, home_folder

__all__ = [
    "Models",
    "load_embedder",
    "load_models",
    "load_reader",
    "make_pipeline",
    "open_pipeline",
    "reader_id",
    "refresh_library",
]

_CALIBRATION = Path(__file__).resolve().parent / "reader" / "confidence.json"
_LARGE_CALIBRATION = ADAPTER / "confidence.json"


def _silent(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Everything that is loaded once, whatever the library.

    `library_id` names the embedder, `reader_id` what a confidence was made with: the reader's
    weights, how they are calibrated, and the embedder. Questions of all libraries take `turns` at
    the models.
    """

    embedder: Embedder
    library_id: str
    reader: Reader
    reader_id: str
    calibration: Calibration
    checker: TrainedChecker | None = None
    in_words: InWords | None = None
    """None where there is no writer, or no checker."""
    turns: Turns = field(default_factory=Turns)


def load_embedder(settings: Settings, say: Say = _silent) -> tuple[Embedder, str]:
    """Return the embedder and the id that libraries made with it carry.

    On either engine the id is the same: their vectors differ less than it takes to rank otherwise.
    `default` is the larger one; where that cannot be had, `say` gets the reason and the small one
    serves. Raises `ModelNotFound` where the embedder that is insisted on cannot be had.
    """
    engine, home = choose_engine(settings.engine), home_folder(settings)
    threads = threads_of(settings.threads)
    if engine == "torch":
        set_torch_threads(settings.threads)
    else:
        set_index_threads()
    if settings.embedder in (DEFAULT, LARGE_EMBEDDER):
        try:
            loaded = load_large_embedder(home, engine, threads, say)
            return EncoderEmbedder(*loaded, LARGE_EMBEDDER), large_embedder_id()
        except ModelNotFound as error:
            if settings.embedder == LARGE_EMBEDDER:
                raise
            say(f"{error}; the small embedder serves")
    files = find_model(_small_embedder(settings), "embedder")
    if is_quick(files) and engine == "openvino":
        try:
            loaded = load_quick_embedder(files, home, threads, say)
            return EncoderEmbedder(*loaded, files.name), model_id(files)
        except ModelNotFound as error:
            say(f"{error}; torch is used")
    set_torch_threads(settings.threads)
    return SentenceTransformerEmbedder(load_sentence_transformer(files), files.name), model_id(
        files
    )


def embedder_id(settings: Settings) -> str:
    """Return the name and hash of the embedder's weights; what `default` is, once it was loaded."""
    wants_large = settings.embedder in (DEFAULT, LARGE_EMBEDDER)
    if wants_large and large_embedder_is_ready(home_folder(settings)):
        return large_embedder_id()
    return model_id(find_model(_small_embedder(settings), "embedder"))


def _small_embedder(settings: Settings) -> str:
    return SMALL_EMBEDDER if settings.embedder == DEFAULT else settings.embedder


def reader_id(settings: Settings, library_id: str) -> str:
    """Return what a confidence was made with: reader, how it is calibrated, embedder."""
    calibration = _LARGE_CALIBRATION if _has_large(settings) else _CALIBRATION
    return "+".join((weights_id(settings), sha256_of(calibration)[:12], library_id))


def weights_id(settings: Settings) -> str:
    """Return the name and hash of the reader's weights; what `default` is, once one was loaded."""
    if _has_large(settings):
        return large_reader_id()
    name = SMALL_READER if settings.reader == DEFAULT else settings.reader
    return model_id(find_model(name, "reader"))


def _wants_large(settings: Settings) -> bool:
    """Say whether the larger reader is asked for: `default` means it once it is calibrated."""
    is_default = settings.reader == DEFAULT and _LARGE_CALIBRATION.is_file()
    return is_default or settings.reader == LARGE_READER


def _has_large(settings: Settings) -> bool:
    engine = choose_engine(settings.engine)
    return _wants_large(settings) and large_reader_is_ready(home_folder(settings), engine)


def load_reader(settings: Settings, say: Say) -> tuple[Reader, Path]:
    """Return the reader, and the file with the numbers that calibrate it.

    `default` is the larger one; where that cannot be had, `say` gets the reason and the small one
    serves. Raises `ModelNotFound` where the reader that is insisted on cannot be had.
    """
    name = settings.reader
    if _wants_large(settings):
        engine = choose_engine(settings.engine)
        if engine == "torch":
            set_torch_threads(settings.threads)
        try:
            loaded = load_large_reader(
                home_folder(settings), engine, threads_of(settings.threads), say
            )
            return SpanReader(*loaded, LARGE_READER), _LARGE_CALIBRATION
        except ModelNotFound as error:
            if name == LARGE_READER:
                raise
            say(f"{error}; the small reader serves")
            name = SMALL_READER
    files = find_model(SMALL_READER if name == DEFAULT else name, "reader")
    return SpanReader(*_load_span_model(settings, files, say), files.name), _CALIBRATION


def _load_span_model(
    settings: Settings, files: ModelFiles, say: Say
) -> tuple[TextTokenizer, SpanModel]:
    """Return (tokenizer, model): the built-in one on the engine, any other one on torch."""
    if is_quick(files) and choose_engine(settings.engine) == "openvino":
        home, threads = home_folder(settings), threads_of(settings.threads)
        try:
            return load_quick_reader(files, home, threads, say)
        except ModelNotFound as error:
            say(f"{error}; torch is used")
    set_torch_threads(settings.threads)
    return load_span_model(files)


def load_models(settings: Settings, say: Say) -> Models:
    """Load what answering needs; the writer is found, and loaded when it is needed.

    Raises `ModelNotFound` before anything is loaded if files are missing.
    """
    writer, checker = find_writer(settings), load_checker(settings, say)
    if writer is not None and checker is None and settings.generator != "auto":
        say(
            f"writer {writer.name!r} is not used: this version has no trained checker, without "
            "which nothing written is shown (--generator none)"
        )
    if settings.reader not in (DEFAULT, LARGE_READER):
        find_model(settings.reader, "reader")
    embedder, library_id = load_embedder(settings, say)
    reader, calibration = load_reader(settings, say)
    return Models(
        embedder=embedder,
        library_id=library_id,
        reader=reader,
        reader_id=reader_id(settings, library_id),
        calibration=load_calibration(calibration),
        checker=checker,
        in_words=None
        if writer is None or checker is None
        else InWords(
            model=writer,
            checker=checker,
            least_support=settings.min_support,
            is_there=lambda: has_writer(settings),
        ),
    )


def load_checker(settings: Settings, say: Say = _silent) -> TrainedChecker | None:
    """Return the trained checker, which is loaded when it is first asked; None if there is none."""
    if not checker_is_shipped():
        return None
    engine, threads = choose_engine(settings.engine), threads_of(settings.threads)
    return TrainedChecker(MpnetChecker(home_folder(settings), engine, threads, say))


def make_pipeline(
    settings: Settings,
    models: Models,
    library: Library,
    *,
    say: Say,
    min_confidence: float | None = None,
    own_calibration: bool = True,
) -> Pipeline:
    """Return a pipeline over an open library.

    For `min_confidence` and `own_calibration` see `open_pipeline`.
    """
    calibration = models.calibration
    if own_calibration:
        settings, calibration = apply_own(
            settings, calibration, library, lambda: models.reader_id, say
        )
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    writes = models.in_words is not None and models.in_words.is_there()
    return Pipeline(
        library=library,
        retriever=Retriever(library, models.embedder),
        reader=models.reader,
        calibration=calibration,
        settings=settings,
        models={"embedder": models.library_id, "reader": models.reader.name}
        | ({"writer": models.in_words.model.name} if models.in_words and writes else {}),
        checker=models.checker.model if models.checker else None,
        in_words=models.in_words,
        turns=models.turns,
    )


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
    models = load_models(settings, say)
    library = open_to_ask(
        settings,
        models.embedder,
        models.library_id,
        docs=docs,
        name=name,
        say=say,
        progress=progress,
    )
    return make_pipeline(
        settings,
        models,
        library,
        say=say,
        min_confidence=min_confidence,
        own_calibration=own_calibration,
    )
