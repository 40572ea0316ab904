"""Ending by a signal: as clean as Ctrl-C; and what a crash leaves is gone after the next start."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import httpx
import pytest
from fake_sessions import make_sessions

from rag.cli.command import main
from rag.ending import Ended, ending_cleanly, interrupts_wait
from ui.chat import Chat
from ui.server import open_documents
from ui.uploads import Uploads

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

PROGRAM = """
import sys
from pathlib import Path
from fake_sessions import make_sessions
import rag.sessions
from rag.cli.command import main

home, docs = map(Path, sys.argv[1:])
rag.sessions.open_sessions = lambda settings, **options: make_sessions(home, [docs])
sys.exit(main(["chat", "--port", "0", "--no-browser"]))
"""


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was opened in 1932.")
    return folder


def chat_with_an_upload(home, docs):
    """Start the chat, send it a file, and return the process; see `files_in`."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(home), str(docs)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_ignore_nothing,
    )
    address = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline()).group()
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
        ticket = re.search(r'data-ticket=\\?"([\w-]+)', http.get("/config").text).group(1)
        headers = {"X-Footnote-Ticket": ticket}
        reply = http.post("/upload?name=a.txt", content=b"A secret.", headers=headers)
        assert reply.status_code == 200
    return process


def _ignore_nothing():
    """Take back what the tests' own parent ignores, as `nohup` does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def files_in(home):
    return [path for path in (home / "uploads").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGTERM, 143, "footnote: ended\n"),
        (signal.SIGHUP, 129, "footnote: ended\n"),
    ],
)
def test_a_chat_that_is_told_to_end_leaves_no_upload(tmp_path, docs, number, code, line):
    with chat_with_an_upload(tmp_path / "home", docs) as process:
        assert len(files_in(tmp_path / "home")) == 2  # the file, and the lock beside its folder
        process.send_signal(number)
        _, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (code, line)
    assert files_in(tmp_path / "home") == []


def test_what_a_killed_chat_left_is_deleted_by_the_next_start_and_nothing_else(tmp_path, docs):
    home = tmp_path / "home"
    with chat_with_an_upload(home, docs) as process:
        sessions = make_sessions(home, [docs])
        left = files_in(home)
        open_documents(Chat(sessions.pipeline(), sessions=sessions))  # another one starts beside it
        assert files_in(home) == left != []
        process.kill()
        process.wait()
        assert files_in(home) == left
        open_documents(Chat(sessions.pipeline(), sessions=sessions))
        assert list((home / "uploads").iterdir()) == []
        sessions.close()


def test_what_an_earlier_footnote_left_without_a_lock_is_deleted_and_links_are_not_followed(
    tmp_path,
):
    (tmp_path / "uploads/0123").mkdir(parents=True)
    (tmp_path / "uploads/0123/4567").write_text("A secret.")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/a.txt").write_text("Mine.")
    (tmp_path / "uploads/link").symlink_to(tmp_path / "own")
    Uploads(tmp_path, 1_000)
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["link"]
    assert (tmp_path / "own/a.txt").read_text() == "Mine."


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_every_command_ends_in_one_line(monkeypatch, capsys, number, code):
    monkeypatch.setattr("rag.cli.models.run", lambda args: os.kill(os.getpid(), number))
    assert main(["models"]) == code
    assert capsys.readouterr() == ("", "footnote: ended\n")
    assert signal.getsignal(number) is signal.SIG_DFL


def test_what_is_ignored_or_handled_is_left_alone(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_cleanly():
            os.kill(os.getpid(), signal.SIGHUP)  # as under nohup
            with pytest.raises(Ended):
                os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_of_the_main_thread_nothing_is_done():
    done = []

    def run():
        with ending_cleanly():
            done.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [signal.SIG_DFL]


def test_ctrl_c_waits_until_what_cannot_bear_it_is_done():
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
