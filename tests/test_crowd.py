"""Many people at once, and two servers on one home: everyone gets the answer to their own question.

`benchmarks/crowd.py` asks a server of many over HTTP.
"""

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from fake_models import FakeReader
from fake_sessions import add_library, make_sessions

from rag.datatypes import Span
from rag.errors import LibraryError
from rag.library.paths import named_library_path
from rag.library.reading import Reading
from rag.sqlite_file import _MOST_READERS
from ui.chat import Chat
from ui.conversation_keeping import Keeping

TOWERS = 20


class NameReader(FakeReader):
    """Finds who built what the question names, in the passage that names it."""

    def __init__(self):
        super().__init__({})

    def read(self, question, passages):
        wanted = question.rstrip("?").split()[-1]
        return [
            Span(
                passage=passage,
                start=passage.start + passage.text.index("Builder"),
                end=passage.start + passage.text.index(".", passage.text.index("Builder")),
                score=5.0 if f" {wanted} " in passage.text else -9.0,
                no_answer_score=0.0,
            )
            for passage in passages
            if "Builder" in passage.text
        ]


def text_of(number):
    return f"The tower tower{number} was built by Builder{number}."


def write(folder, names):
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        (folder / name).write_text(text_of(number))
    return folder


def make_crowded_sessions(folder):
    """Return sessions with an unnamed library and one called "mine"; both know all towers."""
    names = [f"{number}.txt" for number in range(TOWERS)]
    made = make_sessions(
        folder / "home",
        [write(folder / "docs", names)],
        reader=NameReader(),
        passages_to_read=TOWERS + 1,
    )
    files = {name: text_of(number) for number, name in enumerate(names)}
    add_library(made, "mine", files, folder / "files")
    return made


@pytest.fixture
def sessions(tmp_path):
    made = make_crowded_sessions(tmp_path)
    yield made
    made.close()


def come_and_go(sessions, folder, over):
    """Add a document to the library and remove it, again and again."""
    folder.mkdir()
    reading = Reading(settings=sessions.settings, embedder=sessions.models.embedder)
    rounds = 0
    while not over.is_set():
        file = folder / "guest.txt"
        file.write_text(f"A guest of round {rounds} was here.")
        sessions.add("mine", [("guest.txt", file)], reading)
        (guest,) = [
            document.id
            for document in sessions.pipeline("host").library.documents()
            if document.name == "guest.txt"
        ]
        sessions.remove("mine", guest)
        rounds += 1
    return rounds


def ask_many(chat, client, questions):
    session = f"client {client}"
    chat.ask_library(session, "mine" if client % 2 else "")
    request = SimpleNamespace(session_hash=session, username="me")
    turns, wrong = (), []
    for asked in range(questions):
        number = (client * 7 + asked) % TOWERS
        turns = list(chat.answer(f"Who built tower{number}?", turns, request))[-1][3]
        answer = turns[-1].answer
        if answer is None or answer.text != f"{text_of(number)} [1]":
            wrong.append((number, turns[-1].note, answer and answer.text))
    if [turn.question for turn in turns] != [
        f"Who built tower{(client * 7 + asked) % TOWERS}?" for asked in range(questions)
    ]:
        wrong.append("turns of somebody else")
    chat.leave(request)
    return wrong


def crowd(sessions, conversations: Path, folder: Path, *, clients: int, questions: int):
    """Let clients ask while documents come and go; return what was wrong, rounds, open files."""
    chat = Chat(sessions.pipeline(), Keeping(conversations), sessions)
    sessions.choose("host", "mine")
    ask_many(chat, 0, 1)
    before = open_files()
    over = threading.Event()
    with ThreadPoolExecutor(clients + 1) as pool:
        guests = pool.submit(come_and_go, sessions, folder, over)
        asked = [pool.submit(ask_many, chat, client, questions) for client in range(clients)]
        wrong = [each for client in asked for each in client.result(timeout=600)]
        over.set()
        rounds = guests.result(timeout=60)
    kept = sum(each.questions for each in chat.keeping.conversations("me"))
    return wrong, rounds, kept, open_files() - before


def open_files():
    process = psutil.Process()
    return process.num_fds() if os.name == "posix" else process.num_handles()


def test_everyone_gets_the_answer_to_their_own_question(sessions, tmp_path):
    wrong, rounds, kept, more_files = crowd(
        sessions, tmp_path / "kept.sqlite", tmp_path / "guests", clients=20, questions=3
    )
    assert wrong == []
    assert rounds > 0
    assert kept == 20 * 3 + 1
    assert more_files <= 4 + 2 * 2 * _MOST_READERS  # a library, its log, connections that are kept


# Two servers on one home


@pytest.fixture
def servers(tmp_path):
    """Two shelves, as two processes have them: nothing but the home is shared."""
    docs = write(tmp_path / "docs", ["0.txt"])
    made = [make_sessions(tmp_path / "home", [docs], reader=NameReader()) for _ in range(2)]
    yield made
    for sessions in made:
        sessions.close()


def test_what_one_server_adds_the_other_answers_from(servers, tmp_path):
    one, other = servers
    add_library(one, "mine", {"1.txt": text_of(1)}, tmp_path / "files")
    assert "mine" in other.names()
    one.choose("a", "mine")
    other.choose("b", "mine")
    assert other.pipeline("b").ask("Who built tower1?").text == f"{text_of(1)} [1]"
    file = tmp_path / "2.txt"
    file.write_text(text_of(2))
    reading = Reading(settings=other.settings, embedder=other.models.embedder)
    other.add("mine", [("2.txt", file)], reading)
    assert one.pipeline("a").ask("Who built tower2?").text == f"{text_of(2)} [1]"
    names = [document.name for document in one.pipeline("a").library.documents()]
    assert sorted(names) == ["1.txt", "2.txt"]


def test_both_servers_add_at_once_and_nothing_is_lost(servers, tmp_path):
    one, _ = servers
    one.create("mine")

    def add(number, sessions):
        reading = Reading(settings=sessions.settings, embedder=sessions.models.embedder)
        for file_number in range(5):
            file = tmp_path / f"{number}-{file_number}"
            file.write_text(text_of(10 * number + file_number))
            sessions.add("mine", [(f"{number}-{file_number}.txt", file)], reading)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(add, *each) for each in enumerate(servers)]:
            done.result(timeout=120)
    for session, sessions in enumerate(servers):
        sessions.choose(str(session), "mine")
        held = sessions.pipeline(str(session)).library
        assert sorted(document.name for document in held.documents()) == [
            f"{number}-{file}.txt" for number in range(2) for file in range(5)
        ]
        assert all(Path(document.source).exists() for document in held.documents())


def remove_by_hand(home, name):
    """Delete a library's files as nothing of Footnote's does while it is open."""
    for file in named_library_path(home, name).parent.glob(f"{name}.sqlite*"):
        file.unlink()


def test_library_that_the_other_server_has_open_is_not_deleted(servers, tmp_path):
    one, other = servers
    add_library(one, "mine", {"1.txt": text_of(1)}, tmp_path / "files")
    other.choose("b", "mine")
    other.pipeline("b").ask("Who built tower1?")
    with pytest.raises(LibraryError, match="end other programs that use it"):
        one.delete("mine")
    assert other.pipeline("b").ask("Who built tower1?").text == f"{text_of(1)} [1]"


@pytest.mark.skipif(os.name != "posix", reason="elsewhere an open file cannot be deleted")
def test_library_whose_file_is_gone_is_not_answered_from(servers, tmp_path):
    _, other = servers
    add_library(other, "mine", {"1.txt": text_of(1)}, tmp_path / "files")
    other.choose("b", "mine")
    other.pipeline("b").ask("Who built tower1?")
    remove_by_hand(other.home, "mine")
    assert "mine" not in other.names()
    pipeline = other.pipeline("b")  # that of what the server was started with
    assert [document.name for document in pipeline.library.documents()] == ["0.txt"]
    file = tmp_path / "2.txt"
    file.write_text(text_of(2))
    reading = Reading(settings=other.settings, embedder=other.models.embedder)
    with pytest.raises(LibraryError, match="there is no library 'mine'"):
        other.add("mine", [("2.txt", file)], reading)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere an open file cannot be deleted")
def test_library_that_is_made_anew_is_the_one_that_is_asked(servers, tmp_path):
    one, other = servers
    add_library(other, "mine", {"1.txt": text_of(1)}, tmp_path / "files")
    other.choose("b", "mine")
    assert other.pipeline("b").ask("Who built tower1?").text == f"{text_of(1)} [1]"
    remove_by_hand(other.home, "mine")
    add_library(one, "mine", {"2.txt": text_of(2)}, tmp_path / "new")
    other.choose("b", "mine")
    answer = other.pipeline("b").ask("Who built tower2?")
    assert answer.text == f"{text_of(2)} [1]"


def test_both_servers_keep_conversations(servers, tmp_path):
    path = tmp_path / "kept.sqlite"
    chats = [Chat(sessions.pipeline(), Keeping(path), sessions) for sessions in servers]

    def ask(number):
        return ask_many(chats[number % 2], 2 * number, 3)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    assert {chat.keeping.conversations("me")[0].questions for chat in chats} == {3}
    assert [len(chat.keeping.conversations("me")) for chat in chats] == [6, 6]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
