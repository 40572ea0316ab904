"""The writer that settings name: which file it is, and what loads it when it is needed."""

from collections.abc import Callable
from pathlib import Path

from rag.errors import ModelNotFound
from rag.models.find import find_model
from rag.models.kept import KeptModel, LanguageModel
from rag.models.threads import set_torch_threads, threads_of
from rag.models.writers import installed_writer, is_whole, writer_called, writer_path
from rag.settings import Settings, home_folder

_SECONDS = 60


def find_writer(settings: Settings) -> KeptModel | None:
    """Return the writer that `settings.generator` names, not loaded yet; None for none.

    A GGUF file runs on llama.cpp, a folder or cached hub id of safetensors on transformers. `auto`
    is the best one of those that are installed, if any. Raises `ModelNotFound`, with the command to
    type, for one that is not there.
    """
    name = settings.generator
    if name == "none":
        return None
    home = home_folder(settings)
    model = installed_writer(home) if name == "auto" else writer_called(name)
    if model is None and name == "auto":
        return None
    if model is None:
        files = find_model(name, "writer")
        path = files.gguf
        if path is None:
            return _kept(settings, name, lambda: _load_causal(settings))
    else:
        path = writer_path(model, home)
        if not is_whole(model, path):
            raise ModelNotFound(
                f"writer {name!r} is not installed; run: {model.install_command} ({model.sizes})"
            )
        name = model.name
    return _kept(settings, name, lambda: _load_gguf(settings, path, name))


def _kept(settings: Settings, name: str, load: Callable[[], LanguageModel]) -> KeptModel:
    return KeptModel(load, name, settings.writer_idle_minutes * _SECONDS)


def _load_gguf(settings: Settings, path: Path, name: str) -> LanguageModel:
    from rag.models.llama import LlamaModel

    return LlamaModel(path, name, threads_of(settings.threads))


def _load_causal(settings: Settings) -> LanguageModel:
    from rag.models.causal import load_causal_model

    set_torch_threads(settings.threads)
    return load_causal_model(find_model(settings.generator, "writer"))
