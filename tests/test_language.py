"""Which writer settings mean, and what is said where it is not there."""

from dataclasses import replace

import pytest

from rag.errors import ModelNotFound
from rag.models import language, writers
from rag.models.language import find_writer, has_writer
from rag.models.writers import WRITERS
from rag.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(writers, "shared_home", lambda: tmp_path / "shared")
    small = tuple(replace(model, bytes=4) for model in WRITERS)
    monkeypatch.setattr(writers, "WRITERS", small)
    return lambda name: Settings(home=str(tmp_path / "home"), generator=name)


def put(tmp_path, model):
    path = tmp_path / "home" / "models" / model.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF")
    return path


def test_none_is_none(settings):
    assert find_writer(settings("none")) is None


def test_auto_is_the_best_one_that_is_installed_when_it_is_needed(settings, tmp_path):
    auto = settings("auto")
    assert find_writer(auto) is not None
    assert not has_writer(auto)
    with pytest.raises(ModelNotFound, match="no writer is installed; run: footnote models"):
        language._gguf_file(auto)
    small = put(tmp_path, WRITERS[1])
    assert has_writer(auto)
    assert language._gguf_file(auto) == ("writer-small", small)
    large = put(tmp_path, WRITERS[0])
    assert language._gguf_file(auto) == ("writer", large)


def test_a_named_writer_that_is_not_installed_comes_with_the_command(settings):
    with pytest.raises(ModelNotFound, match=r"run: footnote models --install writer-small \(0\.48"):
        find_writer(settings("writer-small"))


def test_a_gguf_file_runs_on_llama(settings, tmp_path, monkeypatch):
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF")
    loaded = []
    monkeypatch.setattr("rag.models.llama.LlamaModel", lambda *given: loaded.append(given))
    writer = find_writer(replace(settings(str(path)), threads=3))
    assert (writer.name, loaded) == (str(path), [])
    writer._load()
    assert loaded == [(path, str(path), 3)]


def test_a_folder_of_safetensors_runs_on_transformers(settings, tmp_path, monkeypatch):
    folder = tmp_path / "causal"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"")
    loaded = []
    monkeypatch.setattr(language, "set_torch_threads", lambda threads: None)
    monkeypatch.setattr("rag.models.causal.load_causal_model", loaded.append)
    writer = find_writer(settings(str(folder)))
    assert (writer.name, loaded) == (str(folder), [])
    writer._load()
    assert [files.folder for files in loaded] == [folder]


def test_a_name_that_is_nothing_is_one_line(settings):
    with pytest.raises(ModelNotFound, match="writer 'nothing' is not on this machine"):
        find_writer(settings("nothing"))
