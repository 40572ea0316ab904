"""Conversations whose process is killed, whose disk is full, or that two processes keep at once."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kept_turns import finished

from rag.conversations.store import ConversationStore
from rag.errors import ConversationError

SCRIPT = Path(__file__).with_name("keep_turns.py")
ROOM = "make room, check the permissions, or set FOOTNOTE_HOME to another folder"


def start(path, user="", count=1_000_000, *limit):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(path), user, str(count), *map(str, limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=SCRIPT.parents[1],
        env={"PYTHONPATH": f"{SCRIPT.parents[1]}:{SCRIPT.parent}", "PATH": ""},
    )


def kept_questions(store, user=""):
    found = store._file.connection.execute("PRAGMA integrity_check").fetchall()
    assert found == [("ok",)]
    conversations = store.conversations(user)
    assert len(conversations) <= 1
    for conversation in conversations:
        turns = store.load(user, conversation.id)[1]
        assert conversation.questions == len(turns) > 0
        return [stored.turn.question for stored in turns]
    return []


def expected(count):
    return [f"question {number}" for number in range(count)]


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 40])
def test_what_was_kept_is_there_after_a_kill(tmp_path, turns):
    random.seed(turns)
    path = tmp_path / "conversations.sqlite"
    process = start(path)
    if turns == 0:  # while Python starts, or the tables are made
        time.sleep(random.uniform(0.1, 0.5))
    for _ in range(turns):
        process.stdout.readline()
    time.sleep(random.uniform(0, 0.005))
    process.kill()
    said = turns + len(process.communicate()[0].split())
    store = ConversationStore(path)
    found = kept_questions(store)
    assert len(found) >= said  # a kill may come between keeping and saying so
    assert found == expected(len(found))
    store.append("", None, finished(question="after"))
    store.close()


def test_two_processes_at_once_keep_everything_of_both(tmp_path):
    path = tmp_path / "new" / "conversations.sqlite"
    processes = [start(path, user, 60) for user in ("ada", "bob")]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    store = ConversationStore(path)
    assert kept_questions(store, "ada") == expected(60)
    assert kept_questions(store, "bob") == expected(60)
    store.close()


def test_full_file_is_reported_and_stays_right(tmp_path):
    path = tmp_path / "conversations.sqlite"
    store = ConversationStore(path)
    store._file.query("PRAGMA max_page_count = 20")
    conversation_id, kept = None, 0
    with pytest.raises(ConversationError) as raised:  # noqa: PT012  # which one fails is SQLite's
        while kept < 1_000:
            turn = finished(question=f"question {kept}", note="x" * 3_000)
            conversation_id = store.append("", conversation_id, turn).conversation_id
            kept += 1
    assert str(raised.value) == f"{path}: the disk is full, the last change was not saved; {ROOM}"
    assert 0 < kept < 1_000
    assert kept_questions(store) == expected(kept)
    store.delete("", conversation_id)
    store.append("", None, finished(question="there is room again"))
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE on Windows")
@pytest.mark.parametrize("largest_file", [8_000, 100_000])
def test_file_size_limit_is_reported_and_the_file_stays_right(tmp_path, largest_file):
    path = tmp_path / "conversations.sqlite"
    process = start(path, "", 1_000_000, largest_file)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (
        1,
        f"{path}: cannot be written (the disk is full or failing); {ROOM}\n",
    )
    store = ConversationStore(path)
    assert kept_questions(store) == expected(len(output.split()))
    store.append("", None, finished(question="after"))
    store.close()
