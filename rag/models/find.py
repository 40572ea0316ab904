"""Model names to local files, checked and loaded.

Knows where models lie and whether their files are whole; knows nothing of what is done with them.
Only safetensors and GGUF are read, with `trust_remote_code=False`, and never from the network.
Libraries are imported when a model is loaded, not before.
"""

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelNotFound
from rag.models.catalog import (
    BUILT_IN,
    LARGE_EMBEDDER,
    LARGE_READER,
    BuiltInModel,
    ModelKind,
    install_command,
)
from rag.models.engines import SpanModel, TorchSpanModel, be_quiet
from rag.models.files import sha256_of
from rag.models.tokenizer import TextTokenizer
from rag.models.writers import WRITERS

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_INSTALL_AGAIN = "install Footnote again"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model on this disk. `sha256` is the one published for its weights, None where none is.

    `adapter` is what is added to the weights when they are loaded.
    """

    name: str
    kind: ModelKind
    folder: Path
    weights: tuple[Path, ...]
    sha256: str | None
    licence: str
    remedy: str
    """What to do if a file is damaged."""
    adapter: Path | None = None
    adapter_sha256: str | None = None

    @property
    def gguf(self) -> Path | None:
        """The GGUF file, None where the weights are safetensors."""
        return self.weights[0] if self.weights[0].suffix == ".gguf" else None


def find_model(name: str, kind: ModelKind) -> ModelFiles:
    """Return the files of a built-in model, of a local folder or GGUF file, or of a cached hub id.

    Nothing is imported and no weights are read. Raises `ModelNotFound`, with the command to type.
    """
    for built_in in BUILT_IN:
        if (built_in.name, built_in.kind) == (name, kind):
            return _find_built_in(built_in)
    path = Path(name).expanduser().absolute()
    if path.is_dir():
        return _files_of_folder(name, kind, path)
    if path.is_file():
        if path.suffix != ".gguf":
            raise ModelNotFound(f"{name}: not a model; expected a folder, or a .gguf file")
        return _model_files(name, kind, path.parent, (path,))
    snapshot = _cached_snapshot(name)
    if snapshot is not None:
        return _files_of_folder(name, kind, snapshot)
    larger = {"embedder": (LARGE_EMBEDDER,), "reader": (LARGE_READER,)}.get(kind, ())
    known = ", ".join(
        [*larger, *(model.name for model in (*BUILT_IN, *WRITERS) if model.kind == kind)]
    )
    download = f"; to fetch it once: footnote models --download {name}" if _is_hub_id(name) else ""
    raise ModelNotFound(
        f"{kind} {name!r} is not on this machine: expected {known}, a folder, a .gguf file, "
        f"or a hub id in the local cache{download}"
    )


def check_model(files: ModelFiles) -> None:
    """Raise `ModelNotFound` unless the weights have their published SHA-256 (0.25 s for 90 MB)."""
    _check(files.weights[0], files.sha256, files.remedy)
    if files.adapter is not None:
        _check(files.adapter, files.adapter_sha256, _INSTALL_AGAIN)


def _check(file: Path, sha256: str | None, remedy: str) -> None:
    if sha256 is None:
        return
    found = sha256_of(file)
    if found != sha256:
        raise ModelNotFound(
            f"{file} is damaged: expected SHA-256 {sha256[:12]}…, found {found[:12]}…; {remedy}"
        )


def model_id(files: ModelFiles) -> str:
    """Return the name with the start of a SHA-256: what a library or a confidence was made with.

    That of a built-in model's weights, or of what it was taught. Of another one, that of all files
    that say what it computes: further weights and the folders of its modules among them.
    """
    sha256 = files.adapter_sha256 or files.sha256 or _sha256_of_all(files)
    return f"{files.name}@{sha256[:12]}"


def _sha256_of_all(files: ModelFiles) -> str:
    if files.gguf is not None:
        return sha256_of(files.gguf)
    found = hashlib.sha256()
    for path in sorted([*files.folder.glob("*"), *files.folder.glob("*/*")]):
        if path.suffix in (".safetensors", ".json", ".txt") and path.is_file():
            name = path.relative_to(files.folder).as_posix()
            found.update(f"{name}\0{sha256_of(path)}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def load_sentence_transformer(files: ModelFiles) -> "SentenceTransformer":
    """Return the embedding model, on the CPU. Raises `ModelNotFound` for damaged files."""
    if files.gguf is not None:
        raise ModelNotFound(f"{files.name}: an embedder is read from safetensors, not from GGUF")
    check_model(files)
    with loading(files):
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(files.folder), device="cpu", local_files_only=True, trust_remote_code=False
        )
        if files.adapter is not None:
            from rag.models.adapter import add_changes

            add_changes(model[0].auto_model, files.adapter)
        return model


def load_span_model(files: ModelFiles) -> tuple[TextTokenizer, SpanModel]:
    """Return (tokenizer, model in float32, on torch) of a question-answering model.

    Raises `ModelNotFound` for damaged files.
    """
    if files.gguf is not None:
        raise ModelNotFound(f"{files.name}: a reader is read from safetensors, not from GGUF")
    check_model(files)
    with loading(files):
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(str(files.folder), **local)
        if not tokenizer.is_fast:
            raise ValueError("its tokenizer cannot say where tokens stand; expected tokenizer.json")
        model = AutoModelForQuestionAnswering.from_pretrained(
            str(files.folder), dtype=torch.float32, use_safetensors=True, **local
        )
        words = TextTokenizer(tokenizer.backend_tokenizer)
        return words, TorchSpanModel(model.eval(), tokenizer.model_input_names)


def _find_built_in(model: BuiltInModel) -> ModelFiles:
    own_folder = Path(__file__).resolve().parents[1]
    folder: Path | None
    if model.package == "rag":
        remedy, folder = _INSTALL_AGAIN, own_folder
    else:
        remedy = f"run: {install_command(again=True)}"
        folder = _package_folder(model.package)
    weights = folder / model.weights if folder is not None else None
    if weights is None or not weights.is_file():
        action = remedy if model.package == "rag" else f"run: {install_command()}"
        raise ModelNotFound(f"{model.kind} {model.name!r} is not installed; {action}")
    adapter = own_folder / model.adapter if model.adapter is not None else None
    if adapter is not None and not adapter.is_file():
        raise ModelNotFound(f"{adapter} is missing, which {model.name} needs; {_INSTALL_AGAIN}")
    return ModelFiles(
        name=model.name,
        kind=model.kind,
        folder=weights.parent,
        weights=(weights,),
        sha256=model.sha256,
        licence=model.licence,
        remedy=remedy,
        adapter=adapter,
        adapter_sha256=model.adapter_sha256,
    )


def _package_folder(package: str) -> Path | None:
    """Return the folder of an installed top-level package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).absolute()


def _files_of_folder(name: str, kind: ModelKind, folder: Path) -> ModelFiles:
    weights = tuple(sorted(folder.glob("*.safetensors")))
    gguf = tuple(sorted(folder.glob("*.gguf")))
    if weights:
        return _model_files(name, kind, folder, weights)
    if len(gguf) == 1:
        return _model_files(name, kind, folder, gguf)
    if gguf:
        names = ", ".join(path.name for path in gguf)
        raise ModelNotFound(f"{name}: has several models; expected the path of one of {names}")
    raise ModelNotFound(
        f"{folder}: expected weights as .safetensors or .gguf; other kinds (.bin, .pt, .pkl) are "
        "not read, because loading them can run code"
    )


def _model_files(name: str, kind: ModelKind, folder: Path, weights: tuple[Path, ...]) -> ModelFiles:
    return ModelFiles(
        name=name,
        kind=kind,
        folder=folder,
        weights=weights,
        sha256=None,
        licence=_licence_of(folder),
        remedy="copy or download the model again",
    )


def _licence_of(folder: Path) -> str:
    """Return the licence that the model's card names, or `unknown`."""
    card = folder / "README.md"
    if not card.is_file():
        return "unknown"
    found = re.search(r"^license:\s*(\S+)", card.read_text("utf-8", errors="replace"), re.MULTILINE)
    return found.group(1) if found else "unknown"


def _is_hub_id(name: str) -> bool:
    return re.fullmatch(r"[\w.-]+/[\w.-]+", name) is not None


def _cached_snapshot(name: str) -> Path | None:
    if not _is_hub_id(name):
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        return None


@contextmanager
def loading(files: ModelFiles) -> Iterator[None]:
    """Keep the libraries quiet, and turn what they raise for unfit files into one line."""
    from safetensors import SafetensorError

    be_quiet()
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelNotFound(f"{files.name}: cannot be loaded ({reason}); {files.remedy}") from error
