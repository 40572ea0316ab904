"""The writer that settings name: which file it is, and what loads it when it is needed."""

from collections.abc import Callable
from pathlib import Path

from rag.errors import ModelNotFound
from rag.models.find import find_model
from rag.models.kept import KeptModel, LanguageModel
from rag.models.threads import set_torch_threads, threads_of
from rag.models.writers import WRITERS, installed_writer, is_whole, writer_called, writer_path
from rag.settings import Settings, home_folder

_SECONDS = 60


def find_writer(settings: Settings) -> KeptModel | None:
    """Return the writer that `settings.generator` names, not loaded yet; None for none.

    A GGUF file runs on llama.cpp, a folder or cached hub id of safetensors on transformers. `auto`
    is the best one of those that are installed when it is needed: see `has_writer`. Raises
    `ModelNotFound`, with the command to type, for one that is named and not there.
    """
    name = settings.generator
    if name == "none":
        return None
    if name != "auto" and writer_called(name) is None and find_model(name, "writer").gguf is None:
        return _kept(settings, lambda: _load_causal(settings))
    if name != "auto":
        _gguf_file(settings)
    return _kept(settings, lambda: _load_gguf(settings))


def has_writer(settings: Settings) -> bool:
    """Say whether the writer can be had now; only one that is not named comes and goes."""
    return settings.generator != "auto" or installed_writer(home_folder(settings)) is not None


def _gguf_file(settings: Settings) -> tuple[str, Path]:
    """Return the name and file of the writer. Raises `ModelNotFound` for one that is not there."""
    name, home = settings.generator, home_folder(settings)
    model = installed_writer(home) if name == "auto" else writer_called(name)
    if model is None and name == "auto":
        raise ModelNotFound(f"no writer is installed; run: {WRITERS[0].install_command}")
    if model is None:
        files = find_model(name, "writer")
        return files.name, files.weights[0]
    path = writer_path(model, home)
    if not is_whole(model, path):
        raise ModelNotFound(
            f"writer {name!r} is not installed; run: {model.install_command} ({model.sizes})"
        )
    return model.name, path


def _kept(settings: Settings, load: Callable[[], LanguageModel]) -> KeptModel:
    return KeptModel(load, settings.generator, settings.writer_idle_minutes * _SECONDS)


def _load_gguf(settings: Settings) -> LanguageModel:
    from rag.models.llama import LlamaModel

    name, path = _gguf_file(settings)
    return LlamaModel(path, name, threads_of(settings.threads))


def _load_causal(settings: Settings) -> LanguageModel:
    from rag.models.causal import load_causal_model

    set_torch_threads(settings.threads)
    return load_causal_model(find_model(settings.generator, "writer"))
