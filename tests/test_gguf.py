"""The conversion and its cache: with a stand-in for the half minute of work, and once for real."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from rag.errors import ModelNotFound
from rag.models import gguf
from rag.models.files import sha256_of
from rag.models.find import find_model, load_causal_model
from rag.models.gguf import conversion_state, converted_folder


class FakeConversion:
    """Writes two small files, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, source: Path, folder: Path) -> None:
        self.calls += 1
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_bytes(source.read_bytes()[::-1])


@pytest.fixture
def conversion(monkeypatch):
    fake = FakeConversion()
    monkeypatch.setattr(gguf, "_convert", fake)
    return fake


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "small.gguf"
    path.write_bytes(b"weights")
    return path


def convert(source: Path, lines: list[str] | None = None) -> Path:
    progress = (lambda line: None) if lines is None else lines.append
    models = source.parent / "home" / "models"
    return converted_folder(source, sha256_of(source), models, progress, remedy="copy it again")


def test_converts_once_and_says_so(conversion, source):
    lines: list[str] = []
    folder = convert(source, lines)
    assert folder.name == f"small-{sha256_of(source)[:12]}"
    assert (folder / "model.safetensors").read_bytes() == b"sthgiew"
    assert [line.split()[0] for line in lines] == ["Converting", "Converted"]
    assert convert(source, lines) == folder
    assert (conversion.calls, len(lines)) == (1, 2)


def test_a_source_that_changed_is_converted_beside_the_old_one(conversion, source):
    first = convert(source)
    source.write_bytes(b"other weights")
    assert convert(source) != first
    assert conversion.calls == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_conversion_leaves_nothing(monkeypatch, conversion, source, error):
    def interrupted(path: Path, folder: Path) -> None:
        conversion(path, folder)
        raise error

    monkeypatch.setattr(gguf, "_convert", interrupted)
    with pytest.raises((KeyboardInterrupt, ModelNotFound)):
        convert(source)
    left = [path.name for path in (source.parent / "home" / "models").iterdir()]
    assert [name for name in left if name != ".lock"] == []
    monkeypatch.setattr(gguf, "_convert", conversion)
    assert (convert(source) / "model.safetensors").exists()


def test_what_a_killed_conversion_left_is_removed_and_not_used(conversion, source):
    unfinished = source.parent / "home" / "models" / ".converting-killed" / "model"
    unfinished.mkdir(parents=True)
    (unfinished / "model.safetensors").write_bytes(b"half")
    convert(source)
    assert conversion.calls == 1
    assert not unfinished.parent.exists()


def test_a_full_disk_is_one_line_that_names_the_remedy(monkeypatch, source):
    def full(path: Path, folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gguf, "_convert", full)
    with pytest.raises(ModelNotFound, match=r"\(No space left on device\); free some space"):
        convert(source)


def test_a_home_that_cannot_be_written_is_one_line(conversion, source):
    (source.parent / "home").write_text("a file where the folder should be")
    with pytest.raises(ModelNotFound, match="cannot be written there .*FOOTNOTE_HOME"):
        convert(source)


@pytest.mark.parametrize("damage", [b"sthgiex", b"sthg", b""])
def test_a_damaged_copy_is_converted_again_with_a_line(conversion, source, damage):
    weights = convert(source) / "model.safetensors"
    weights.write_bytes(damage)
    os.utime(weights, ns=(1, 1))  # a clock too coarse to show the change must not hide it
    lines: list[str] = []
    convert(source, lines)
    assert "is damaged; it is made again" in lines[0]
    assert weights.read_bytes() == b"sthgiew"


@pytest.mark.parametrize("record", ["", "{}", "[]", '{"files": {"config.json": 3}}'])
def test_a_damaged_record_is_converted_again(conversion, source, record):
    (convert(source) / "footnote.json").write_text(record)
    convert(source)
    assert conversion.calls == 2


def test_a_copy_that_was_only_touched_is_kept(conversion, source):
    os.utime(convert(source) / "model.safetensors", ns=(1, 1))
    convert(source)
    assert conversion.calls == 1


def test_conversion_state_reads_every_byte(conversion, source):
    models = source.parent / "home" / "models"
    assert conversion_state(source, sha256_of(source), models)[1:] == ("missing", 0)
    weights = convert(source) / "model.safetensors"
    folder, state, size = conversion_state(source, sha256_of(source), models)
    assert (folder, state) == (weights.parent, "ok")
    assert size == sum(path.stat().st_size for path in folder.iterdir())
    modified = weights.stat().st_mtime_ns
    weights.write_bytes(b"sthgiex")
    os.utime(weights, ns=(modified, modified))  # what a failing disk does: no new time
    assert conversion_state(source, sha256_of(source), models)[1] == "damaged"


def test_a_damaged_source_is_refused(conversion, source):
    with pytest.raises(ModelNotFound, match="small.gguf is damaged: .*; copy it again"):
        converted_folder(source, "0" * 64, source.parent, pytest.fail, remedy="copy it again")
    assert conversion.calls == 0


def test_of_two_that_start_together_one_converts(monkeypatch, conversion, source):
    def slow(path: Path, folder: Path) -> None:
        time.sleep(0.2)
        conversion(path, folder)

    monkeypatch.setattr(gguf, "_convert", slow)
    folders: list[Path] = []
    threads = [threading.Thread(target=lambda: folders.append(convert(source))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert conversion.calls == 1
    assert folders[0] == folders[1]


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not a model", b"GGUF" + bytes(100)])
def test_a_file_that_is_not_gguf_is_one_line(tmp_path, content):
    path = tmp_path / "no.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelNotFound, match="cannot be read as a GGUF model") as caught:
        load_causal_model(find_model(str(path), "generator"), tmp_path / "home", lambda line: None)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_the_real_model_is_converted_and_speaks(home):
    files = find_model("SmolLM2-135M-Instruct", "generator")
    tokenizer, model = load_causal_model(files, home, lambda line: None)
    (folder,) = (home / "models").glob("SmolLM2-135M-Instruct*")
    record = json.loads((folder / "footnote.json").read_text())
    assert record["files"]["model.safetensors"]["bytes"] == 269_060_280  # float16
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    output = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(output[0][inputs["input_ids"].shape[1] :])
    load_causal_model(files, home, pytest.fail)  # the second time nothing is converted
