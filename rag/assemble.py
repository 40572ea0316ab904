"""From settings and paths to a library that is up to date and a pipeline that is ready to answer.

Loads models and reads files; decides nothing about answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from rag.answering.confidence import Calibration, load_calibration
from rag.answering.own_calibration import apply_own
from rag.answering.pipeline import Pipeline
from rag.answering.read import SpanReader
from rag.answering.retrieve import Retriever
from rag.answering.vectors import SentenceTransformerEmbedder
from rag.datatypes import Embedder, Reader
from rag.documents.library import Library, Progress
from rag.libraries import refresh_library
from rag.models.files import sha256_of
from rag.models.find import (
    embedder_id,
    find_model,
    load_sentence_transformer,
    load_span_model,
)
from rag.models.threads import set_threads
from rag.remembered import Say
from rag.settings import Settings

__all__ = [
    "Models",
    "load_embedder",
    "load_models",
    "make_pipeline",
    "open_pipeline",
    "reader_id",
    "refresh_library",
]

_CALIBRATION = Path(__file__).resolve().parent / "reader" / "confidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Everything that is loaded once, whatever the library; `library_id` names the embedder."""

    embedder: Embedder
    library_id: str
    reader: Reader
    calibration: Calibration


def load_embedder(settings: Settings) -> tuple[Embedder, str]:
    """Return the embedder and the id that libraries made with it carry."""
    files = find_model(settings.embedder, "embedder")
    set_threads(settings.threads)
    model = load_sentence_transformer(files)
    return SentenceTransformerEmbedder(model, files.name), embedder_id(files)


def reader_id(settings: Settings) -> str:
    """Return what a confidence was made with: the reader's weights, and how they are calibrated."""
    return f"{embedder_id(find_model(settings.reader, 'reader'))}+{sha256_of(_CALIBRATION)[:12]}"


def load_models(settings: Settings, say: Say) -> Models:
    """Load what answering needs, and say so if a generator is named, since none is used.

    Raises `ModelNotFound` before anything is loaded if files are missing.
    """
    if settings.generator != "none":
        say(
            f"generator {settings.generator!r} is not used: this version has no written answers "
            "and shows quotes (--generator none)"
        )
    reader_files = find_model(settings.reader, "reader")
    embedder, library_id = load_embedder(settings)
    return Models(
        embedder=embedder,
        library_id=library_id,
        reader=SpanReader(*load_span_model(reader_files), reader_files.name),
        calibration=load_calibration(_CALIBRATION),
    )


def make_pipeline(
    settings: Settings,
    models: Models,
    library: Library,
    *,
    say: Say,
    min_confidence: float | None = None,
    own_calibration: bool = True,
    lock: "Lock | None" = None,
) -> Pipeline:
    """Return a pipeline over an open library; those that share `lock` answer one at a time.

    For `min_confidence` and `own_calibration` see `open_pipeline`.
    """
    calibration = models.calibration
    if own_calibration:
        settings, calibration = apply_own(
            settings, calibration, library, lambda: reader_id(settings), say
        )
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    return Pipeline(
        library=library,
        retriever=Retriever(library, models.embedder),
        reader=models.reader,
        calibration=calibration,
        settings=settings,
        models={"embedder": models.library_id, "reader": models.reader.name},
        lock=lock,
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
    library, _ = refresh_library(
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
