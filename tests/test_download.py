"""Fetching a model, with stand-ins for the hub: nothing here touches a network."""

from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest

from rag.errors import ModelNotFound
from rag.models import download
from rag.models.download import download_model


@pytest.fixture(autouse=True)
def kept_environment(monkeypatch):
    monkeypatch.setattr(download, "allow_downloads", lambda: None)


def serve(monkeypatch, tmp_path: Path, names: list[str]) -> list[list[str]]:
    """Let the hub have a repository with these files; return what is asked of it."""
    asked: list[list[str]] = []
    info = SimpleNamespace(siblings=[SimpleNamespace(rfilename=name) for name in names])

    def snapshot_download(model_id: str, *, allow_patterns: list[str]) -> str:
        asked.append(allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    return asked


def test_fetches_safetensors_and_never_pickles(monkeypatch, tmp_path):
    asked = serve(monkeypatch, tmp_path, ["pytorch_model.bin", "model.safetensors", "m.gguf"])
    assert download_model("someone/something") == tmp_path
    assert "*.safetensors" in asked[0]
    assert not any("bin" in pattern or "gguf" in pattern for pattern in asked[0])


def test_fetches_the_one_gguf_file_where_there_are_no_safetensors(monkeypatch, tmp_path):
    asked = serve(monkeypatch, tmp_path, ["small.gguf", "README.md"])
    download_model("someone/something")
    assert asked[0][-1] == "small.gguf"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.gguf", "b.gguf"], r"several GGUF files \(a.gguf, b.gguf\)"),
        (["pytorch_model.bin"], "neither safetensors nor GGUF"),
    ],
)
def test_says_what_was_found_where_there_is_nothing_to_fetch(monkeypatch, tmp_path, names, found):
    asked = serve(monkeypatch, tmp_path, names)
    with pytest.raises(
        ModelNotFound, match=f"expected safetensors or one GGUF file, found {found}"
    ):
        download_model("someone/something")
    assert asked == []


@pytest.mark.parametrize(
    "name", ["", "something", "../etc/passwd", "https://example.org/a", "a/b/c"]
)
def test_refuses_what_is_not_a_hub_id(name):
    with pytest.raises(ModelNotFound, match="is not a hub id: expected OWNER/NAME"):
        download_model(name)


def test_no_network_is_one_line(monkeypatch):
    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("[Errno -2] Name or service not known\nmore")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    with pytest.raises(ModelNotFound) as caught:
        download_model("someone/something")
    assert str(caught.value) == (
        "someone/something: cannot be downloaded ([Errno -2] Name or service not known)"
    )
