"""What `footnote models` is told."""

import hashlib
from dataclasses import replace
from pathlib import Path

from rag.models import inventory
from rag.models.engines import choose_engine
from rag.models.inventory import describe_models
from rag.models.large_embedder import large_embedder
from rag.models.large_reader import large_reader
from rag.models.made import made_folder
from rag.models.writers import WRITERS
from rag.settings import Settings


def settings(tmp_path: Path, **names: str) -> Settings:
    names = {"embedder": "none", "reader": "none", "generator": "none", **names}
    return Settings(home=str(tmp_path / "home"), **names)


def gguf_folder(tmp_path: Path) -> Path:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "small.gguf").write_bytes(b"weights")
    return tmp_path / "m"


def test_a_whole_model_is_described(tmp_path):
    info, *_ = describe_models(settings(tmp_path, embedder="all-MiniLM-L6-v2"))
    assert (info.name, info.kind, info.state) == ("all-MiniLM-L6-v2", "embedder", "ok")
    assert (info.bytes, info.licence, info.remedy) == (90_868_376, "Apache-2.0", "")
    assert Path(info.path, "model.safetensors").is_file()


def test_the_default_is_what_serves(monkeypatch, tmp_path):
    """The larger one once it is made ready; the small one before that."""
    monkeypatch.setattr("rag.models.made.shared_home", lambda: tmp_path / "nobody")
    wanted = settings(tmp_path, embedder="default", reader="default")
    small = [(info.kind, info.name, info.state) for info in describe_models(wanted)[:2]]
    assert small == [("embedder", "footnote-minilm", "ok"), ("reader", "small", "ok")]
    insisted = settings(tmp_path, embedder="footnote-mpnet", reader="mpnet")
    for info in describe_models(insisted)[:2]:
        assert info.state == "missing" and "models-large.txt" in info.remedy
    for adapted in (large_embedder(), large_reader()):
        folder = adapted.place(tmp_path / "home", choose_engine("auto"))
        made_folder(folder, lambda made: (made / "model.bin").write_bytes(b"12345"), print)
    large = [(info.name, info.state, info.remedy) for info in describe_models(wanted)[:2]]
    assert large == [("footnote-mpnet", "ok", ""), ("mpnet", "ok", "")]
    assert describe_models(insisted)[:2] == describe_models(wanted)[:2]
    (folder / "model.bin").write_bytes(b"54321")
    reader = describe_models(wanted)[1]
    assert (reader.state, reader.remedy) == ("damaged", "it is made again at the next start")


def test_a_missing_model_comes_with_its_remedy(tmp_path):
    info, *_ = describe_models(settings(tmp_path, generator="nothing"))
    assert (info.state, info.path, info.bytes) == ("missing", "", 0)
    assert "'nothing' is not on this machine" in info.remedy


def test_a_damaged_model_comes_with_its_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("rag.models.find.sha256_of", lambda path: "0" * 64)
    info, *_ = describe_models(settings(tmp_path, embedder="all-MiniLM-L6-v2"))
    assert info.state == "damaged"
    assert "--force-reinstall" in info.remedy
    assert info.path


def test_a_gguf_file_is_described(tmp_path):
    folder = gguf_folder(tmp_path)
    info, *_ = describe_models(settings(tmp_path, generator=str(folder)))
    assert (info.state, info.path, info.bytes) == ("ok", str(folder / "small.gguf"), 7)


def test_writers_that_are_not_installed_come_with_their_sizes(tmp_path):
    infos = describe_models(settings(tmp_path))
    assert [(info.name, info.state) for info in infos] == [
        ("writer", "optional"),
        ("writer-small", "optional"),
    ]
    assert infos[0].remedy == (
        "Qwen2.5-Coder-1.5B-Instruct: footnote models --install writer "
        "(1.09 GB to download, 1.12 GB on the disk)"
    )


def test_an_installed_writer_is_hashed(monkeypatch, tmp_path):
    model = replace(WRITERS[0], bytes=7, sha256=hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(inventory, "WRITERS", (model,))
    path = tmp_path / "home" / "models" / model.file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    (info,) = describe_models(settings(tmp_path))
    assert (info.state, info.path, info.remedy) == ("ok", str(path), "")
    path.write_bytes(b"WEIGHTS")
    (info,) = describe_models(settings(tmp_path))
    assert info.state == "damaged"
    assert "footnote models --remove writer" in info.remedy
