"""The commands on a shared library: fill it, ask it, say who reads it, take it home."""

import json
import socket

import pytest
from fake_qdrant import fake_qdrant

from rag import offline
from rag.cli.command import main
from rag.library import spreading


@pytest.fixture
def server():
    with fake_qdrant() as fake:
        yield fake


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(offline._Ban, "servers", {})
    folder = tmp_path / "files"
    (folder / "board").mkdir(parents=True)
    (folder / "bees.txt").write_text("The hive was founded in 1932. Bees make honey.")
    (folder / "board" / "plan.txt").write_text("The plan of 1999 is secret.")
    return folder


def test_a_shared_library_is_filled_asked_and_taken_home(server, files, fake_assembly, capsys):
    assert main(["index", "--library", server.address, "--add", str(files)]) == 0
    assert "2 documents, 2 passages; 0 unchanged" in capsys.readouterr().out
    assert main(["ask", "When was the hive founded?", "--library", server.address, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["citations"][0]["document"] == "bees.txt"
    assert "1932" in answer["citations"][0]["quote"]
    board = str(files / "board")
    assert main(["library", "share", server.address, board, "--groups", "board", "hr"]) == 0
    assert f"{board}: 1 documents, read by board, hr" in capsys.readouterr().out
    assert main(["library", "copy", server.address, "home"]) == 0
    out = capsys.readouterr().out
    assert "copied 2 documents, 2 passages; 0 were there, 0 removed" in out
    assert main(["library", "copy", server.address, "home"]) == 0
    assert "copied 0 documents, 0 passages; 2 were there" in capsys.readouterr().out
    assert main(["ask", "When was the hive founded?", "--library", "home", "--json"]) == 0
    at_home = json.loads(capsys.readouterr().out)
    for name in ("text", "short_answer", "status", "confidence"):
        assert at_home[name] == answer[name]
    (files / "bees.txt").unlink()
    assert main(["index", "--library", server.address]) == 0
    assert "removed bees.txt" in capsys.readouterr().out
    assert main(["index", "--library", server.address, "--remove", board]) == 0


def test_files_added_for_a_group_are_never_everyones(server, files, fake_assembly, capsys):
    folder = str(files / "board")
    command = ["index", "--library", server.address, "--add", folder, "--groups", "board"]
    assert main(command) == 0
    points, _ = server.client.scroll("staff", limit=100)
    groups = {p.payload["kind"]: p.payload["groups"] for p in points}
    assert groups.pop("library") == ["everyone"]
    assert groups == dict.fromkeys(("document", "part", "passage"), ["board"])


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        (["index", "--library", "notes", "--add", "{files}", "--groups", "a"], 2, "--groups goes"),
        (["index", "--library", "{address}", "--groups", "a"], 2, "--groups goes"),
        (["index", "--library", "notes", "--ray"], 2, "--ray goes"),
        (["ask", "When?", "--library", "{address}"], 1, "there is no library qdrant://"),
        (["library", "share", "notes", "{files}", "--groups", "a"], 1, "is not shared"),
        (["library", "copy", "a", "a"], 1, "expected two"),
        (["library", "copy", "none", "b"], 1, "there is no library 'none'"),
        (["ask", "When?", "--library", "qdrant://127.0.0.1:1/x"], 1, "no server answers"),
        (["ask", "When?", "--library", "qdrant://me:s3@h/x"], 1, "FOOTNOTE_QDRANT_API_KEY"),
        (["serve", "--library", "none"], 1, "there is no library 'none'"),
        (["serve", "--library", "x", "--trusted-proxy", "here"], 1, "expected an address"),
        (["chat", "--library", "qdrant://127.0.0.1:1/x", "--port", "0"], 1, "no server answers"),
    ],
)
def test_what_cannot_be_is_one_line(server, files, fake_assembly, capsys, command, code, line):
    told = [part.format(address=server.address, files=files) for part in command]
    assert main(told) == code
    said = capsys.readouterr()
    last = said.err.strip().splitlines()[-1]
    assert line in last and "s3" not in said.err and said.out == ""


def test_the_key_is_that_of_the_environment(server, files, fake_assembly, capsys, monkeypatch):
    server.key = "s3cret"
    command = ["index", "--library", server.address, "--add", str(files)]
    assert main(command) == 1
    assert "set FOOTNOTE_QDRANT_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("FOOTNOTE_QDRANT_API_KEY", "s3cret")
    assert main(command) == 0
    said = capsys.readouterr()
    assert "s3cret" not in said.out + said.err


def test_no_other_address_is_opened_with_the_library(server, files, fake_assembly):
    assert main(["index", "--library", server.address, "--add", str(files)]) == 0
    assert offline._Ban.servers.keys() == {("127.0.0.1", server.port)}
    with socket.socket() as connection, pytest.raises(offline.OfflineError):
        connection.connect(("192.0.2.1", server.port))


def test_what_was_read_elsewhere_is_said_as_what_it_was(
    server, files, fake_assembly, capsys, monkeypatch
):
    def read_here(name, sources, settings, load_embedder, *, cluster, progress):
        assert (cluster, settings.threads) == ("10.0.0.1:6379", 1)
        progress(sources[0].name, 1, len(sources))
        spreading._opened.cache_clear()
        return spreading._read_one(name, sources[0], settings, load_embedder)

    monkeypatch.setattr(spreading, "read_spread", read_here)
    command = ["index", "--library", server.address, "--add", str(files), "--ray", "10.0.0.1:6379"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert out.count("added ") == 2 and "2 documents, 2 passages; 0 unchanged" in out
