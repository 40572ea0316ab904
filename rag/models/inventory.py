"""What models there are on this machine, and whether their files are whole. Loads none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import ModelNotFound
from rag.models.adapted import Adapted
from rag.models.catalog import (
    DEFAULT,
    LARGE_EMBEDDER,
    LARGE_READER,
    SMALL_EMBEDDER,
    SMALL_READER,
    ModelKind,
    install_large_command,
)
from rag.models.engines import choose_engine
from rag.models.files import sha256_of
from rag.models.find import check_model, find_model
from rag.models.large_embedder import large_embedder
from rag.models.large_reader import large_reader
from rag.models.made import is_intact
from rag.models.writers import WRITERS, WriterModel, is_whole, writer_path
from rag.settings import Settings, home_folder

_LARGER: dict[ModelKind, tuple[str, str, Callable[[], Adapted]]] = {
    "embedder": (LARGE_EMBEDDER, SMALL_EMBEDDER, large_embedder),
    "reader": (LARGE_READER, SMALL_READER, large_reader),
}
"""Of each kind the name of the larger model, of the small one, and what is made ready."""
_LARGER_LICENCE = "CC-BY-SA-4.0"

ModelState = Literal["ok", "missing", "damaged", "optional"]
"""`optional` is one that can be installed, and is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What `footnote models` says of one model; `remedy` is empty where the state is ok.

    `bytes` is its size on the disk, also of one that is not there.
    """

    name: str
    kind: ModelKind
    path: str
    licence: str
    bytes: int
    state: ModelState
    remedy: str


def describe_models(settings: Settings) -> list[ModelInfo]:
    """Return the state of the models that `settings` name; every weight file is read and hashed."""
    wanted: list[tuple[str, ModelKind]] = [
        (settings.embedder, "embedder"),
        (settings.reader, "reader"),
    ]
    if settings.generator not in ("auto", "none", *(model.name for model in WRITERS)):
        wanted.append((settings.generator, "writer"))
    home = home_folder(settings)
    return [
        *(_describe_built_in(name, kind, settings) for name, kind in wanted if name != "none"),
        *(_describe_writer(model, home) for model in WRITERS),
    ]


def _describe_built_in(name: str, kind: ModelKind, settings: Settings) -> ModelInfo:
    """Return the state of what serves under a name: the larger model where that is made ready."""
    if kind not in _LARGER:
        return _describe(name, kind)
    larger, small, adapted = _LARGER[kind]
    if name not in (DEFAULT, larger):
        return _describe(name, kind)
    made, engine = adapted(), choose_engine(settings.engine)
    folder = made.place(home_folder(settings), engine) if made.is_shipped else made.adapter
    is_made = made.is_shipped and folder.is_dir()
    if not is_made and name == DEFAULT:
        return _describe(small, kind)
    state: ModelState = "missing"
    remedy = f"run: {install_large_command()}; it is made ready at the next start"
    if not made.is_shipped:
        remedy = "install Footnote again"
    if is_made:
        is_whole_folder = is_intact(folder, every_byte=True)
        state = "ok" if is_whole_folder else "damaged"
        remedy = "" if is_whole_folder else "it is made again at the next start"
    return ModelInfo(
        name=larger,
        kind=kind,
        path=str(folder),
        licence=_LARGER_LICENCE,
        bytes=sum(file.stat().st_size for file in folder.glob("*") if file.is_file()),
        state=state,
        remedy=remedy,
    )


def _describe(name: str, kind: ModelKind) -> ModelInfo:
    path, licence, size = "", "", 0
    state: ModelState = "missing"
    try:
        files = find_model(name, kind)
        path, licence = str(files.gguf or files.folder), files.licence
        size = sum(file.stat().st_size for file in (*files.weights, files.adapter) if file)
        state = "damaged"
        check_model(files)
    except ModelNotFound as error:
        return ModelInfo(
            name=name,
            kind=kind,
            path=path,
            licence=licence,
            bytes=size,
            state=state,
            remedy=str(error),
        )
    return ModelInfo(
        name=name, kind=kind, path=path, licence=licence, bytes=size, state="ok", remedy=""
    )


def _describe_writer(model: WriterModel, home: Path) -> ModelInfo:
    path = writer_path(model, home)
    state: ModelState = "optional"
    remedy = f"{model.title}: {model.install_command} ({model.sizes})"
    if is_whole(model, path):
        is_sound = sha256_of(path) == model.sha256
        state = "ok" if is_sound else "damaged"
        remedy = "" if is_sound else f"run: footnote models --remove {model.name}, then --install"
    return ModelInfo(
        name=model.name,
        kind="writer",
        path=str(path),
        licence=model.licence,
        bytes=model.bytes,
        state=state,
        remedy=remedy,
    )
