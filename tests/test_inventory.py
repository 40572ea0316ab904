"""What `footnote models` is told."""

from pathlib import Path

from rag.models import inventory
from rag.models.files import sha256_of
from rag.models.inventory import describe_models
from rag.settings import Settings


def settings(tmp_path: Path, **names: str) -> Settings:
    names = {"embedder": "none", "reader": "none", "generator": "none", **names}
    return Settings(home=str(tmp_path / "home"), **names)


def gguf_folder(tmp_path: Path) -> Path:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "small.gguf").write_bytes(b"weights")
    return tmp_path / "m"


def test_a_whole_model_is_described(tmp_path):
    (info,) = describe_models(settings(tmp_path, embedder="all-MiniLM-L6-v2"))
    assert (info.name, info.kind, info.state) == ("all-MiniLM-L6-v2", "embedder", "ok")
    assert (info.bytes, info.licence, info.remedy) == (90_868_376, "Apache-2.0", "")
    assert Path(info.path, "model.safetensors").is_file()


def test_a_missing_model_comes_with_its_remedy(tmp_path):
    (info,) = describe_models(settings(tmp_path, generator="nothing"))
    assert (info.state, info.path, info.bytes) == ("missing", "", 0)
    assert "'nothing' is not on this machine" in info.remedy


def test_a_damaged_model_comes_with_its_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("rag.models.find.sha256_of", lambda path: "0" * 64)
    (info,) = describe_models(settings(tmp_path, embedder="all-MiniLM-L6-v2"))
    assert info.state == "damaged"
    assert "--force-reinstall" in info.remedy
    assert info.path


def test_a_gguf_model_that_is_not_converted_yet_is_one_line(tmp_path):
    folder = gguf_folder(tmp_path)
    (info,) = describe_models(settings(tmp_path, generator=str(folder)))
    assert (info.state, info.path, info.bytes) == ("ok", str(folder / "small.gguf"), 7)


def test_a_damaged_conversion_is_described_too(monkeypatch, tmp_path):
    folder = gguf_folder(tmp_path)
    converted = tmp_path / "home" / "models" / f"small-{sha256_of(folder / 'small.gguf')[:12]}"
    converted.mkdir(parents=True)
    (converted / "model.safetensors").write_bytes(b"half")
    _, info = describe_models(settings(tmp_path, generator=str(folder)))
    assert (info.state, info.path, info.bytes) == ("damaged", str(converted), 4)
    assert info.remedy == "it is converted again when it is next used"
    monkeypatch.setattr(inventory, "conversion_state", lambda *_: (converted, "ok", 4))
    _, info = describe_models(settings(tmp_path, generator=str(folder)))
    assert (info.state, info.remedy) == ("ok", "")
