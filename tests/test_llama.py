"""The process of llama.cpp with a stand-in for the engine: streams, cancels, fails, ends."""

import subprocess
import time
from threading import Event, Thread

import psutil
import pytest

from rag.errors import ModelNotFound
from rag.models import llama
from rag.models.kept import KeptModel
from rag.models.llama import LlamaModel

ENGINE = '''
"""Echoes the last message word by word; is told to read on and on, to hang, to die."""
import os, pathlib, socket, threading, time

class CommonParams:
    def __init__(self):
        self.model = type("", (), {})()
        self.cpuparams = type("", (), {})()
        self.cpuparams_batch = type("", (), {})()

class Server:
    def __init__(self, params):
        self.reading = pathlib.Path(params.model.path).with_name("reading")
        print("noise on standard output")
        if params.model.path.endswith("bad.gguf"):
            raise RuntimeError("not a model")
        assert params.offline and params.hostnames == ["127.0.0.1"] and params.api_keys

    def handle_chat_completions(self, request, callback):
        words = request["messages"][-1]["content"].split(" ")
        if words[0] == "die":
            os._exit(1)
        if words[0] == "fail":
            callback({"error": {"message": "too long"}})
            return
        if words[0] == "call":
            try:
                socket.create_connection(("192.0.2.1", 80), timeout=1)
            except OSError as error:
                words = [type(error).__name__]
        self.reading.touch()
        if words[0] == "hang":
            threading.Event().wait()
        while not callback({"choices": [{"delta": {"role": "assistant", "content": None}}]}):
            if words[0] != "slow":
                break
            time.sleep(0.02)
        else:
            return
        for word in words[: request["max_tokens"]]:
            if callback({"choices": [{"delta": {"content": word + " "}}]}):
                return
'''


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Echo."}, {"role": "user", "content": text}]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(llama, "_CANCEL_SECONDS", 60.0)  # however busy the machine is
    (tmp_path / "xllamacpp.py").write_text(ENGINE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = tmp_path / "good.gguf"
    path.write_bytes(b"GGUF")
    return path


@pytest.fixture
def model(path):
    model = LlamaModel(path, "echo", 1)
    yield model
    model.close()


def test_text_comes_as_it_is_written(model):
    assert list(model.stream(said("one two three"), 2, Event())) == ["one ", "two "]
    assert list(model.stream(said("again"), 9, Event())) == ["again "]


def cancelled_while_it_reads(path):
    """Return what is set as soon as the engine reads a prompt."""
    cancel = Event()

    def watch():
        while not path.with_name("reading").exists():
            time.sleep(0.01)
        cancel.set()

    Thread(target=watch, daemon=True).start()
    return cancel


def test_a_cancelled_answer_leaves_nothing_to_the_next(model, path):
    """It is read on and on; so it ends only because it is cancelled."""
    assert list(model.stream(said("slow one"), 9, cancelled_while_it_reads(path))) == []
    assert list(model.stream(said("next"), 9, Event())) == ["next "]
    assert not model.has_ended


def test_a_process_that_does_not_leave_a_prompt_is_ended_and_another_one_goes_on(path, monkeypatch):
    """It reads for ever, whether it is cancelled or not."""
    monkeypatch.setattr(llama, "_CANCEL_SECONDS", 0.0)
    loaded = []

    def load():
        loaded.append(LlamaModel(path, "echo", 1))
        return loaded[-1]

    kept = KeptModel(load, "kept", 60.0)
    assert list(kept.stream(said("hang"), 9, cancelled_while_it_reads(path))) == []
    assert loaded[0].has_ended
    assert list(kept.stream(said("next"), 9, Event())) == ["next "]
    assert len(loaded) == 2
    kept.close()


def test_an_answer_that_nobody_reads_on_is_cancelled(model):
    pieces = model.stream(said("one two"), 9, Event())
    assert next(pieces) == "one "
    pieces.close()
    assert list(model.stream(said("next"), 9, Event())) == ["next "]


def test_what_the_engine_refuses_is_one_line(model):
    with pytest.raises(ModelNotFound, match="echo: too long"):
        list(model.stream(said("fail"), 9, Event()))
    assert list(model.stream(said("next"), 9, Event())) == ["next "]


def test_an_engine_that_dies_is_one_line(model):
    with pytest.raises(ModelNotFound, match=r"llama\.cpp has ended"):
        list(model.stream(said("die"), 9, Event()))
    with pytest.raises(ModelNotFound, match=r"llama\.cpp has ended"):
        list(model.stream(said("more"), 9, Event()))


def test_a_file_that_is_no_model_is_one_line(path):
    bad = path.with_name("bad.gguf")
    bad.write_bytes(b"text")
    with pytest.raises(ModelNotFound, match=r"bad\.gguf: cannot be loaded \(not a model\)"):
        LlamaModel(bad, "bad", 1)


def test_too_little_memory_is_said_before_a_process_starts(path, monkeypatch):
    memory = type("Memory", (), {"available": 100_000_000})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(llama, "_start", lambda *_: pytest.fail("started"))
    with pytest.raises(ModelNotFound, match=r"needs 0\.5 GB of memory and 0\.1 GB are free"):
        LlamaModel(path, "echo", 1)


def test_the_process_is_offline(model):
    assert list(model.stream(said("call home"), 9, Event())) == ["OfflineError "]


def test_closing_ends_the_process(model):
    process = model._process
    model.close()
    assert process.poll() is not None


def test_the_process_ends_with_the_one_that_started_it(path):
    process = llama._start(path, 1)
    assert '"ready"' in process.stdout.readline()
    process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail("it still runs")
