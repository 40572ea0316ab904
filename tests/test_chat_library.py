"""What a session sees of a library that cannot be opened, or that goes while it is asked."""

import threading

import pytest
from fake_sessions import add_library, make_sessions

from rag.errors import LibraryError
from ui.asking import UNEXPECTED
from ui.chat import Chat
from ui.documents import Documents
from ui.uploads import Uploads

TUNNEL = "The tunnel was dug by hand."
PROBLEM = "in use by another Footnote for too long"


class Caller:
    def __init__(self, session_hash="one"):
        self.session_hash = session_hash


class Event:
    def __init__(self, **data):
        self._data = data


@pytest.fixture
def sessions(tmp_path):
    """An unnamed library with the bridge, and one named Work with the tunnel."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bridge.txt").write_text("The bridge was opened in 1932.")
    made = make_sessions(tmp_path / "home", [tmp_path / "docs"], margins={"by hand": 4.0})
    add_library(made, "Work", {"tunnel.txt": TUNNEL}, tmp_path / "sent")
    made.choose("one", "Work")
    yield made
    made.close()


@pytest.fixture
def chat(sessions):
    return Chat(sessions.pipeline(), sessions=sessions)


@pytest.fixture
def closed_to_all(sessions, monkeypatch):
    """The session comes back to a library that cannot be opened, until the patch is undone."""
    sessions.leave("one")

    def fail(*arguments, **options):
        raise LibraryError(PROBLEM)

    with monkeypatch.context() as patch:
        patch.setattr("rag.sessions.open_library", fail)
        yield patch


def ask(chat, turns=(), session="one"):
    return list(chat.answer("How was it dug?", turns, Caller(session)))


def test_a_question_to_a_library_that_cannot_be_opened_says_so_and_the_next_is_answered(
    chat, closed_to_all
):
    *_, (_, shown, _, turns) = ask(chat)
    assert PROBLEM in shown
    assert ([turn.note for turn in turns], turns[0].answer) == ([PROBLEM], None)
    closed_to_all.undo()
    *_, (_, shown, _, turns) = ask(chat, turns)
    assert turns[1].answer.text == f"{TUNNEL} [1]"
    assert chat.running == {}


def test_an_error_that_nobody_foresaw_ends_the_answer_with_a_line(chat, monkeypatch, capsys):
    def fail(*arguments, **options):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("ui.chat.turn_pane", fail)
    *_, (_, shown, _, turns) = ask(chat)
    assert (turns[0].note, UNEXPECTED in shown) == (UNEXPECTED, True)
    assert "secret detail" in capsys.readouterr().err
    assert chat.running == {}


def test_every_view_says_that_the_library_cannot_be_opened(chat, sessions, closed_to_all):
    documents = Documents(chat, sessions, Uploads(sessions.home, 1_000))
    caller = Caller()
    event = Event(document="1", name="Work", key="1-1", place="0")
    shown = documents.show((), caller, event)
    assert PROBLEM in shown[3]  # in place of the list
    assert PROBLEM in shown[4]  # the status line
    assert all(PROBLEM in view for view in (shown[5], shown[7]))  # conversation, source
    assert PROBLEM in documents.choose((), caller, event)[2]
    *_, read = documents.refresh((), caller)
    assert PROBLEM in read[2]
    for look in (lambda: chat.open(caller, event), lambda: chat.show_place((), caller, event)):
        assert look() == f'<p class="elision">{PROBLEM}</p>'
    closed_to_all.undo()
    assert "tunnel.txt" in documents.show((), caller, event)[3]


@pytest.mark.parametrize("go", ["leave", "delete"])
def test_a_library_that_goes_while_it_answers_goes_when_the_answer_is_shown(chat, sessions, go):
    steps = chat.answer("How was it dug?", (), Caller())
    next(steps)
    if go == "leave":
        next(steps)
        sessions.leave("one")
        *_, (_, _, _, turns) = steps
    else:
        sessions.models.reader.seconds = 0.2
        deleting = threading.Thread(target=sessions.delete, args=("Work",))
        next(steps)
        deleting.start()
        *_, (_, _, _, turns) = steps
        deleting.join(30)
        assert sessions.names() == [""]
    assert (turns[0].answer.text, turns[0].note) == (f"{TUNNEL} [1]", "")
    assert turns[0].remark == ""


def test_any_library_is_deleted_from_the_list_of_all(chat, sessions, tmp_path):
    documents = Documents(chat, sessions, Uploads(sessions.home, 1_000))
    sessions.create("Other")
    shown = documents.delete((), Caller(), Event(library="Other"))
    assert sessions.names() == ["", "Work"]
    assert 'data-library="Work"' in shown[3]
    assert sessions.chosen("one") == "Work"
    shown = documents.delete((), Caller(), Event(library=sessions.first_stored()))
    assert "was started with" in shown[2]
    shown = documents.delete((), Caller(), Event(library="Work"))
    assert (sessions.names(), sessions.chosen("one")) == ([""], "")
    assert "All libraries on this computer: 1, " in shown[3]
    assert "given back." in documents.compact((), Caller())[2]
