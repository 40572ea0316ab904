"""What people do wrong and what goes wrong around them: one clear line each, in the terminal."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_models import FakeReader
from sample_files import KINDS

from rag.cli.command import main
from rag.library.paths import docs_library_path

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals, limits and special files")


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def python(*arguments, environment, program=None, seconds=120):
    start = ["-c", program] if program else ["-m", "rag.cli"]
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
    )


# Documents


@pytest.mark.parametrize("command", [["index"], ["ask", "Who?"]])
def test_missing_and_empty_folders(fake_assembly, docs, capsys, command):
    missing = docs / "missing"
    assert main([*command, "--docs", str(missing)]) == 1
    assert capsys.readouterr() == (
        "",
        f"footnote: {missing}: no such file or folder; check the path\n",
    )
    assert main([*command, "--docs", str(docs)]) == 1
    assert capsys.readouterr() == (
        "",
        f"footnote: {docs}: no documents in this folder; add some {KINDS}\n",
    )


BAD_FILES = {
    "empty.txt": (b"", "the file is empty; expected text; add some or remove the file"),
    "blank.md": (b" \r\n", "only white space; expected text; add some or remove the file"),
    "binary.txt": (
        b"\x7fELF\x02\x00",
        "it has zero bytes, so it is not text (binary, or damaged); save it as UTF-8 text",
    ),
    "long.txt": (
        b"x" * 1001,
        "1,001 bytes of text; expected at most 1,000; "
        "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES",
    ),
    "locked.txt": (
        b"Secret.",
        "cannot be read (permission denied); check that it exists and its permissions",
    ),
}


@pytest.fixture
def bad_files(docs, monkeypatch):
    """Files that cannot be read; permissions do not stop the root user, who may run this."""
    monkeypatch.setenv("FOOTNOTE_MAX_DOCUMENT_BYTES", "1000")
    for name, (data, _) in BAD_FILES.items():
        (docs / name).write_bytes(data)
    read_bytes = Path.read_bytes

    def read(path):
        if path.name == "locked.txt":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    return docs


@pytest.mark.parametrize("name", BAD_FILES)
def test_file_that_cannot_be_read_alone_is_a_failure(fake_assembly, bad_files, capsys, name):
    assert main(["index", "--docs", str(bad_files / name)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"skipped: {name}: {BAD_FILES[name][1]}",
        f"footnote: no document could be read in {bad_files / name}: "
        f"expected files of a kind that is read {KINDS}",
    ]


def test_files_that_cannot_be_read_are_one_line_each_among_others(fake_assembly, bad_files, capsys):
    (bad_files / "good.txt").write_text("The bridge was opened in 1932.")
    (bad_files / "tool.exe").write_bytes(b"MZ")
    assert main(["index", "--docs", str(bad_files)]) == 0
    out, err = capsys.readouterr()
    assert out == "added good.txt\n1 documents, 1 passages; 0 unchanged\n"
    assert sorted(err.splitlines()) == sorted(
        [f"skipped: {name}: {reason}" for name, (_, reason) in BAD_FILES.items()]
        + [f"tool.exe: skipped, not a kind that is read {KINDS}"]
    )
    assert main(["ask", "When?", "--docs", str(bad_files), "--generator", "none"]) == 0
    assert capsys.readouterr().out.startswith("The bridge was opened in 1932. [1]\n")


@posix
def test_file_that_never_ends_is_not_waited_for(fake_assembly, docs, capsys):
    os.mkfifo(docs / "pipe.txt")
    (docs / "good.txt").write_text("The bridge was opened in 1932.")
    assert main(["index", "--docs", str(docs)]) == 0
    assert capsys.readouterr().err == "pipe.txt: skipped, not a regular file\n"


# Questions


def test_question_in_another_script_is_answered_or_refused(fake_assembly, docs, capsys):
    (docs / "zh.txt").write_text("这座桥于1932年通车。", encoding="utf-8")
    ask = ["ask", "这座桥什么时候通车？", "--docs", str(docs), "--generator", "none"]
    assert main(ask) == 0
    assert capsys.readouterr().out.startswith("这座桥于1932年通车。 [1]\n")
    fake_assembly.reader = FakeReader({})
    assert main(ask) == 0
    assert capsys.readouterr().out.startswith("Your documents do not seem to say.\n")


def test_question_that_is_not_utf8_is_answered(fake_assembly, docs, capsys):
    (docs / "a.txt").write_text("The bridge was opened in 1932.")
    question = b"When\xff was it opened?".decode("utf-8", "surrogateescape")  # as Python gets it
    assert main(["ask", question, "--docs", str(docs), "--json"]) == 0
    assert '"question": "When? was it opened?"' in capsys.readouterr().out


@pytest.mark.parametrize("question", ["", "   ", "word " * 10_000, "!!!"])
def test_question_that_cannot_be_asked_is_one_line_at_once(monkeypatch, capsys, question):
    monkeypatch.setenv("FOOTNOTE_EMBEDDER", "would not be found")
    assert main(["ask", question]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("footnote: the question ")


# The machine


def test_port_in_use_is_one_line_before_models_are_loaded(monkeypatch, capsys):
    monkeypatch.setattr("rag.assemble.open_pipeline", pytest.fail)
    monkeypatch.setitem(sys.modules, "ui.server", SimpleNamespace(serve=pytest.fail))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["chat", "--port", str(port)]) == 1
    assert capsys.readouterr() == (
        "",
        f"footnote: port {port} on 127.0.0.1 is in use: end the program that uses it, "
        "or choose another with --port\n",
    )


@pytest.mark.parametrize("library", [["--docs", "docs"], ["--library", "a", "--add", "docs"]])
def test_home_that_cannot_be_written_is_one_line(fake_assembly, docs, monkeypatch, capsys, library):
    (docs / "a.txt").write_text("Text.")
    monkeypatch.chdir(docs.parent)
    monkeypatch.setenv("FOOTNOTE_HOME", str(docs / "a.txt" / "home"))
    assert main(["index", *library]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"footnote: {docs / 'a.txt' / 'home' / 'libraries'}")
    assert err.endswith(
        "cannot be written (not a directory); make room, check the permissions, "
        "or set FOOTNOTE_HOME to another folder\n"
    )


FULL_DISK = """
import resource, sys
import rag.assemble
from fake_embedder import FakeEmbedder
from rag.cli.command import main

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
rag.assemble.load_embedder = lambda settings, say=None: (FakeEmbedder(), "fake@1")
sys.exit(main(["index", "--docs", sys.argv[1]]))
"""


@posix
def test_full_disk_while_indexing_is_one_line_and_the_next_run_goes_on(
    fake_assembly, docs, tmp_path, monkeypatch, capsys
):
    write_many(docs, 40)
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    paths = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    done = python(docs, program=FULL_DISK, environment=paths)
    path = docs_library_path(tmp_path / "home", [docs])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"footnote: {path}: cannot be written (the disk is full or failing); "
        "make room, check the permissions, or set FOOTNOTE_HOME to another folder\n"
    )
    assert main(["index", "--docs", str(docs)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    kept = int(last.split("; ")[1].split()[0])
    assert last.startswith("40 documents, ")
    assert 0 < kept < 40


def write_many(folder, count):
    for number in range(count):
        lines = [f"Value {line} of file {number} is {number * 7 + line}." for line in range(60)]
        (folder / f"{number:03}.txt").write_text(" ".join(lines))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["EMBEDDER", "READER"])
def test_damaged_model_file_is_one_line(tmp_path, docs, monkeypatch, capfd, kind):
    """Weights of garbage beside a sound configuration, as a broken download leaves them."""
    from rag.models.find import find_model

    (docs / "a.txt").write_text("Kern was born in Graz.")
    embedder = find_model("all-MiniLM-L6-v2", "embedder").folder
    folder = tmp_path / "model"
    folder.mkdir()
    for file in embedder.iterdir():
        if file.suffix in (".json", ".txt"):
            (folder / file.name).write_bytes(file.read_bytes())
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0garbage!")
    monkeypatch.setenv("FOOTNOTE_READER", str(embedder))  # any sound one: it is not asked much
    monkeypatch.setenv(f"FOOTNOTE_{kind}", str(folder))
    assert main(["ask", "Why is Kern remembered?", "--docs", str(docs)]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"footnote: {folder}: cannot be loaded (")
    assert line.endswith("); copy or download the model again")


# Ctrl-C


def start(*arguments, home):
    """Start the real command as from a terminal, where Ctrl-C is not ignored."""
    return subprocess.Popen(
        [sys.executable, "-m", "rag.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "FOOTNOTE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_until(process, condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def documents_in(path):
    if not path.exists():
        return 0
    connection = sqlite3.connect(path, timeout=5)
    try:
        return connection.execute("SELECT count(*) FROM documents").fetchone()[0]
    except sqlite3.OperationalError:  # its tables are not there yet
        return 0
    finally:
        connection.close()


@posix
@pytest.mark.slow
def test_interrupt_while_indexing_loses_nothing(docs, tmp_path):
    write_many(docs, 300)
    home = tmp_path / "home"
    path = docs_library_path(home, [docs])
    process = start("index", "--docs", docs, home=home)
    wait_until(process, lambda: documents_in(path) >= 3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "footnote: interrupted\n")
    kept = documents_in(path)
    assert 3 <= kept < 300
    for number in range(kept + 2, 300):  # so that the next run ends soon
        (docs / f"{number:03}.txt").unlink()
    again = start("index", "--docs", docs, home=home)
    out, err = again.communicate(timeout=120)
    assert (again.returncode, err) == (0, "")
    assert out.splitlines()[-1].endswith(f"; {kept} unchanged")
    assert documents_in(path) == kept + 2


@posix
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("library", ["numpy", "libopenvino"])
def test_interrupt_while_models_load_is_one_line(docs, tmp_path, library):
    """At moments that are recognised by what the process has loaded."""
    (docs / "a.txt").write_text("The bridge was opened in 1932.")
    process = start("index", "--docs", docs, home=tmp_path / "home")
    maps = Path(f"/proc/{process.pid}/maps")
    wait_until(process, lambda: library in maps.read_text())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (out, err) == ("", "footnote: interrupted\n")
    # If C code of a library was at it, Python ends itself by the signal: 130 to a shell as well.
    assert process.returncode in (130, -signal.SIGINT)
