"""What models there are on this machine, and whether their files are whole. Loads none of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import ModelNotFound
from rag.models.catalog import ModelKind
from rag.models.files import sha256_of
from rag.models.find import ModelFiles, check_model, find_model
from rag.models.gguf import conversion_state
from rag.settings import Settings, home_folder

ModelState = Literal["ok", "missing", "damaged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What `footnote models` says of one model; `remedy` is empty where the state is ok."""

    name: str
    kind: ModelKind
    path: str
    licence: str
    bytes: int
    state: ModelState
    remedy: str


def describe_models(settings: Settings) -> list[ModelInfo]:
    """Return the state of the models that `settings` name; every weight file is read and hashed."""
    wanted: tuple[tuple[str, ModelKind], ...] = (
        (settings.embedder, "embedder"),
        (settings.reader, "reader"),
        (settings.generator, "generator"),
    )
    infos: list[ModelInfo] = []
    for name, kind in wanted:
        if name == "none":
            continue
        infos.append(_describe(name, kind))
        if kind == "generator" and infos[-1].state == "ok":
            infos.extend(_describe_conversion(find_model(name, kind), home_folder(settings)))
    return infos


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


def _describe_conversion(files: ModelFiles, home: Path) -> list[ModelInfo]:
    """Return one line for the converted copy of a GGUF file, none if it is not converted yet."""
    if files.gguf is None:
        return []
    folder, state, size = conversion_state(
        files.gguf, files.sha256 or sha256_of(files.gguf), home / "models"
    )
    if state == "missing":
        return []
    return [
        ModelInfo(
            name=f"{files.name} (converted)",
            kind=files.kind,
            path=str(folder),
            licence=files.licence,
            bytes=size,
            state=state,
            remedy="" if state == "ok" else "it is converted again when it is next used",
        )
    ]
