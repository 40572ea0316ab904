import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline, Script
from fake_sessions import add_library, make_sessions

from rag.conversations.records import Conversation, Feedback, Kept
from rag.conversations.store import ConversationStore
from rag.errors import ConversationError
from ui.chat import BRANCHED, Chat
from ui.conversation_keeping import Keeping
from ui.export import FORMS
from ui.history import MOST_SHOWN, render_history
from ui.history_panel import History
from ui.render import Turn, render_turn

TEXT = "The bridge opened in 1932. It cost nine million pounds. Nobody jumped."
QUESTION = "When did the bridge open?"
SCRIPTS = {
    QUESTION: Script(
        quotes=("The bridge opened in 1932.",),
        sentences=(("It opened in 1932.", (1,)),),
        short_answer="1932",
        delay_seconds=0.01,
    )
}


@dataclass
class Caller:
    session_hash: str = "one"
    username: str | None = None


class Event:
    def __init__(self, **data):
        self._data = data


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "conversations.sqlite"


@pytest.fixture
def chat(path):
    return Chat(FakePipeline({"bridge.txt": TEXT}, SCRIPTS), Keeping(path))


def ask(chat, question, turns=(), caller=None):
    """The turns after asking, as the session's state holds them then."""
    return list(chat.answer(question, turns, caller or Caller()))[-1][3]


def kept(path, user=""):
    store = ConversationStore(path)
    found = [
        (conversation.title, [stored.turn.question for stored in store.load(user, id)[1]])
        for conversation in store.conversations(user)
        for id in [conversation.id]
    ]
    store.close()
    return found


# Asking


def test_each_final_turn_is_kept_refusals_too(chat, path):
    turns = ask(chat, QUESTION)
    assert kept(path) == [(QUESTION, [QUESTION])]
    turns = ask(chat, "Who drew it?", turns)
    assert kept(path) == [(QUESTION, [QUESTION, "Who drew it?"])]
    assert [turn.kept.conversation_id for turn in turns] == [turns[0].kept.conversation_id] * 2
    ask(chat, "Who drew it?")
    assert kept(path) == [
        ("Who drew it?", ["Who drew it?"]),
        (QUESTION, [QUESTION, "Who drew it?"]),
    ]


def test_nothing_of_a_running_turn_is_kept(chat, path):
    stream = chat.answer(QUESTION, (), Caller())
    for _ in range(3):  # the question, the quote, the phrased sentence; not that it is done
        next(stream)
    assert not path.exists()
    stream.close()
    assert not path.exists()


def test_a_turn_without_an_answer_is_not_kept(chat, path):
    turns = ask(chat, "break")
    assert turns[0].kept is None
    assert not path.exists()
    ask(chat, QUESTION, turns)
    assert kept(path) == [(QUESTION, [QUESTION])]


def test_without_a_file_nothing_is_kept_and_nothing_said(tmp_path):
    turns = ask(Chat(FakePipeline({"bridge.txt": TEXT}, SCRIPTS)), QUESTION)
    assert (turns[0].kept, turns[0].note, turns[0].remark) == (None, "", "")
    assert "feedback" not in render_turn(turns[0])


def test_when_it_cannot_be_kept_the_answer_stands_and_says_so(chat, path):
    path.parent.write_text("a file, where a folder is needed")
    steps = list(chat.answer(QUESTION, (), Caller()))
    (turn,) = steps[-1][3]
    line = (
        f"This conversation is not being kept: {path}: cannot be written (not a directory); "
        "make room, check the permissions, or set FOOTNOTE_HOME to another folder"
    )
    assert turn.remark in (line, line.replace("not a directory", "file exists"))
    assert turn.answer.text == "It opened in 1932. [1]"
    assert 'class="answer answered"' in steps[-1][1]
    assert "This conversation is not being kept" in steps[-1][1]
    path.parent.unlink()
    turns = ask(chat, "Who drew it?", (turn,))  # there is room again: nothing is lost
    assert kept(path) == [(QUESTION, [QUESTION, "Who drew it?"])]
    assert [turn.remark for turn in turns] == ["", ""]


def test_a_full_disk_keeps_nobody_from_asking(chat, path):
    turns = ask(chat, QUESTION)
    store = chat.keeping._opened
    pages = store._file.query("PRAGMA page_count")[0][0]
    store._file.query(f"PRAGMA max_page_count = {pages}")
    for _ in range(100):
        turns = ask(chat, "Who drew it?", turns)
        if turns[-1].remark:
            break
    assert turns[-1].answer.status == "refused"
    assert "the disk is full, the last change was not saved" in turns[-1].remark


def test_a_newer_file_is_named_and_left_alone(chat, path):
    ask(chat, QUESTION)
    with chat.keeping._opened._file.transaction() as connection:
        connection.execute("UPDATE meta SET value = '99'")
    later = Chat(chat.pipeline, Keeping(path))
    turns = ask(later, QUESTION)
    assert "made by a newer Footnote" in turns[0].remark
    assert "made by a newer Footnote" in History(later).show(Caller())


def test_another_answer_takes_the_place_of_the_replaced_one(chat, path):
    turns = ask(chat, "Who drew it?", ask(chat, QUESTION))
    again = replace(turns[1], question="Who built it?", kept=None)
    keeping, pipeline = chat.keeping, chat.pipeline
    (_, new) = keeping.keep((turns[0], again), "", pipeline, replaced=turns[1:])
    assert kept(path) == [(QUESTION, [QUESTION, "Who built it?"])]
    assert new.kept.turn_id > turns[1].kept.turn_id
    first = replace(turns[0], kept=None)
    keeping.keep((first,), "", pipeline, replaced=(turns[0], new))
    assert kept(path) == [(QUESTION, [QUESTION])]


def test_an_edited_question_takes_the_place_of_the_earlier_one(chat, path):
    turns = ask(chat, "Who drew it?", ask(chat, "Who paid?"))
    steps = list(chat.answer_typed(QUESTION, turns, 1, Caller()))
    assert kept(path) == [("Who paid?", [QUESTION])]
    list(chat.answer_again(steps[-1][3], Caller(), Event(number="1")))
    assert kept(path) == [("Who paid?", [QUESTION])]


def test_edited_early_question_leaves_the_conversation_as_it_is(chat, path):
    turns = ask(chat, QUESTION, ask(chat, "Who drew it?", ask(chat, "Who paid?")))
    assert chat.keeping.rate(turns[0], "", Feedback(rating="up")).feedback
    steps = list(chat.answer_typed("Who built it?", turns, 2, Caller()))
    assert kept(path) == [
        ("Who paid? (edited)", ["Who paid?", "Who built it?"]),
        ("Who paid?", ["Who paid?", "Who drew it?", QUESTION]),
    ]
    state = steps[-1][3]
    assert [turn.question for turn in state] == ["Who paid?", "Who built it?"]
    assert state[-1].remark == BRANCHED
    conversation, stored = chat.keeping.load(state[0].kept.conversation_id, "")
    assert stored[0].feedback == Feedback(rating="up")
    list(chat.answer_typed("When?", state, None, Caller()))
    assert kept(path)[0] == ("Who paid? (edited)", ["Who paid?", "Who built it?", "When?"])


def test_early_question_that_is_asked_again_leaves_the_conversation_as_it_is(chat, path):
    turns = ask(chat, "Who drew it?", ask(chat, "Who paid?"))
    state = list(chat.answer_again(turns, Caller(), Event(number="1")))[-1][3]
    assert kept(path) == [
        ("Who paid?", ["Who paid?"]),
        ("Who paid?", ["Who paid?", "Who drew it?"]),
    ]
    assert (len(state), state[0].remark) == (1, BRANCHED)


def test_branch_that_cannot_be_made_is_kept_anew(chat, path):
    turns = ask(chat, QUESTION, ask(chat, "Who drew it?", ask(chat, "Who paid?")))
    chat.keeping.delete(turns[0].kept.conversation_id, "")
    list(chat.answer_typed("Who built it?", turns, 2, Caller()))
    assert kept(path) == [("Who paid?", ["Who paid?", "Who built it?"])]


# Reopening


def only_id(chat, user=""):
    (conversation,) = chat.keeping.conversations(user)
    return str(conversation.id)


def test_reopened_turns_are_those_that_were_left(chat):
    turns = ask(chat, "Who drew it?", ask(chat, QUESTION))
    reopened = History(chat).open(Caller("two"), Event(conversation=only_id(chat)))
    status, past, shown, source, state, _, result = reopened
    assert state == turns
    assert result == {"opened": True, "library": ""}
    assert "1 document" in status
    assert QUESTION in past
    assert "Who drew it?" in shown
    assert 'data-cites="2-1"' in source


def test_follow_up_of_a_reopened_conversation_is_kept_in_it(chat, path):
    ask(chat, QUESTION)
    turns = History(chat).open(Caller("two"), Event(conversation=only_id(chat)))[4]
    ask(chat, "Who drew it?", turns, Caller("two"))
    assert kept(path) == [(QUESTION, [QUESTION, "Who drew it?"])]
    assert chat.pipeline.histories[-1] == (QUESTION,)


def test_reopened_answer_says_that_its_source_has_changed_and_shows_the_old_quote(chat, path):
    turns = ask(chat, QUESTION)

    class Changed(FakePipeline):
        def __init__(self):
            super().__init__({"bridge.txt": "Now it says something else."}, SCRIPTS)
            (document,) = self.library.documents()
            document = replace(document, sha256="bb")
            self.library.documents = lambda **only: [document]

    later = Chat(Changed(), Keeping(path))
    _, past, shown, source, state, _, _ = History(later).open(
        Caller(), Event(conversation=only_id(later))
    )
    line = "Since this answer, bridge.txt has changed. The quotes are as they stood then."
    assert state[0].remark == line
    assert f'<p class="note">{line}</p>' in shown
    assert state[0].answer.text == "It opened in 1932. [1]"
    assert 'class="answer answered"' in shown
    assert "The bridge opened in 1932." in source
    assert "something else" not in source
    assert 'data-cites="1-1"' in source
    assert later.show(state, Caller(), Event(key="1-1")) == source
    assert turns[0].remark == ""


def test_reopening_what_is_gone_says_so_and_leaves_the_desk(chat):
    ask(chat, QUESTION)
    for event in (Event(conversation="99"), Event(conversation="x"), Event()):
        *desk, listing, result = History(chat).open(Caller(), event)
        assert all(output == desk[0] for output in desk)
        assert "is not there; it may be deleted" in listing
        assert result is None


# Reopening in the library that was asked


TUNNEL = "The tunnel was dug by hand."


@pytest.fixture
def sessions(tmp_path):
    """An unnamed library with the bridge, and one named Work with the tunnel."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bridge.txt").write_text(TEXT)
    made = make_sessions(
        tmp_path / "home", [tmp_path / "docs"], margins={"1932": 4.0, "by hand": 4.0}
    )
    add_library(made, "Work", {"tunnel.txt": TUNNEL}, tmp_path / "sent")
    yield made
    made.close()


@pytest.fixture
def shelved(sessions, path):
    return Chat(sessions.pipeline(), Keeping(path), sessions)


def ask_work(chat):
    """A conversation of two questions with the library Work, by a session called `one`."""
    chat.sessions.choose("one", "Work")
    return ask(chat, "Who won the cup?", ask(chat, "How was it dug?"))


def test_reopened_conversation_brings_its_library_along(shelved, sessions):
    turns = ask_work(shelved)
    event = Event(conversation=only_id(shelved))
    status, _, _, source, state, _, result = History(shelved).open(Caller("two"), event)
    assert sessions.chosen("two") == result["library"] == "Work"
    assert "1 document" in status
    assert [turn.question for turn in state] == ["How was it dug?", "Who won the cup?"]
    assert state[0].remark == ""
    assert "tunnel.txt" in source and "bridge.txt" not in source
    cited = shelved.show(state, Caller("two"), Event(key="1-1"))
    assert '<mark data-cites="1-1">The tunnel was dug </mark>' in cited
    after = ask(shelved, "How was it dug?", state, Caller("two"))
    assert [turn.kept.conversation_id for turn in after] == [turns[0].kept.conversation_id] * 3


def test_reopening_drops_the_answer_that_runs_in_another_library(shelved, sessions):
    ask_work(shelved)
    event = Event(conversation=only_id(shelved))
    running = shelved.answer("When did the bridge open?", (), Caller("two"))
    next(running)
    run = shelved.running["two"]
    run.ended.set()  # nobody draws it here: it must not be waited for
    History(shelved).open(Caller("two"), event)
    assert run.dropped
    running.close()


def test_conversation_whose_library_is_gone_can_only_be_read(shelved, sessions):
    turns = ask_work(shelved)
    sessions.delete("Work")
    event = Event(conversation=only_id(shelved))
    history = History(shelved)
    _, past, shown, source, state, _, result = history.open(Caller("two"), event)
    assert result == {"opened": True, "library": ""}
    line = "The library “Work” is gone: this can only be read"
    assert (past.count(line), shown.count(line), shown.count("Since this answer")) == (0, 1, 0)
    assert 'data-action="edit"' not in past + shown and 'data-action="copy"' in past
    assert "not here. What it said then:" in source and "bridge" not in source
    cited = shelved.show(state, Caller("two"), Event(key="1-1"))
    assert TUNNEL in cited and "bridge" not in cited
    for edited in (None, 1):
        asked = list(shelved.answer_typed("When?", state, edited, Caller("two")))[-1][3]
        assert [turn.question for turn in asked] == ["When?"]
        assert asked[0].kept.conversation_id != turns[0].kept.conversation_id
    assert [turn.question for turn in history.open(Caller("two"), event)[4]] == [
        "How was it dug?",
        "Who won the cup?",
    ]


def test_conversation_of_other_documents_without_a_name_can_only_be_read(shelved, sessions, path):
    ask(shelved, QUESTION)
    other = Chat(FakePipeline({"bridge.txt": TEXT}, SCRIPTS), Keeping(path))
    shown = History(other).open(Caller(), Event(conversation=only_id(other)))[2]
    assert "The documents that this was asked of are not open here: this can only be read" in shown


def test_source_of_another_document_with_the_same_number_is_not_shown(shelved, sessions):
    """Another browser deletes the library, and the session falls back to the first one."""
    turns = ask_work(shelved)
    sessions.delete("Work")
    source = shelved.show(turns, Caller("one"), Event(key="1-1"))
    assert TUNNEL in source and TEXT not in source
    assert "not what it was" in source


# What else can be done


def test_rename_delete_and_the_list(chat, path):
    turns = ask(chat, QUESTION)
    history, event = History(chat), Event(conversation=only_id(chat), title="The <b>bridge</b>")
    listing = history.rename(Caller(), event)
    assert "<bdi>The &lt;b&gt;bridge&lt;/b&gt;</bdi>" in listing
    assert "Renamed." in listing
    assert "expected 1 to 200" in history.rename(Caller(), Event(conversation=only_id(chat)))
    assert kept(path) == [("The <b>bridge</b>", [QUESTION])]
    past, shown, source, state, listing = history.delete(turns, Caller(), event)
    assert (shown, state) == ("", ())  # it was the one on the desk
    assert "None yet." in listing
    assert kept(path) == []


def test_deleting_another_conversation_leaves_the_desk(chat):
    ask(chat, QUESTION)
    first = only_id(chat)
    turns = ask(chat, "Who drew it?")
    *desk, listing = History(chat).delete(turns, Caller(), Event(conversation=first))
    assert all(output == desk[0] for output in desk)
    assert listing.count("data-conversation") == 1


@pytest.mark.parametrize("form", FORMS)
def test_save_gives_a_file(chat, form):
    ask(chat, QUESTION)
    listing, file = History(chat).save(Caller(), Event(conversation=only_id(chat), form=form))
    assert "It opened in 1932." in re.sub("<[^>]*>", "", file["text"])
    assert file["name"].startswith("footnote-when-did-the-bridge-open.")


def test_save_refuses_another_form_and_what_is_gone(chat):
    ask(chat, QUESTION)
    history = History(chat)
    assert history.save(Caller(), Event(conversation=only_id(chat), form="exe"))[1] is None
    listing, file = history.save(Caller(), Event(conversation="9", form="json"))
    assert ("is not there" in listing, file) == (True, None)


def test_users_are_apart(chat, path):
    ask(chat, QUESTION, caller=Caller(username="ada"))
    history = History(chat)
    event = Event(conversation=only_id(chat, "ada"), title="x", form="json")
    assert kept(path, "ada") == [(QUESTION, [QUESTION])]
    for caller in (Caller(), Caller(username="bob")):
        assert "None yet." in history.show(caller)
        assert history.open(caller, event)[-1] is None
        assert "is not there" in history.rename(caller, event)
        assert history.save(caller, event)[1] is None
        history.delete((), caller, event)
    assert kept(path, "ada") == [(QUESTION, [QUESTION])]


def test_thumbs_and_note_are_kept_and_shown_after_reopening(chat):
    turns = ask(chat, QUESTION)
    assert 'aria-pressed="true"' not in render_turn(turns[0])
    history = History(chat)
    event = Event(turn="1", rating="down", note=' No, "1933" <b>. ')
    state, result = history.rate(turns, Caller(), event)
    assert result == {"turn": 1, "rating": "down", "line": "Note kept."}
    assert state[0].feedback == Feedback(rating="down", note='No, "1933" <b>.')
    reopened = history.open(Caller(), Event(conversation=only_id(chat)))
    assert reopened[4] == state
    assert 'aria-label="This is not right" aria-pressed="true"' in reopened[2]
    assert 'value="No, &quot;1933&quot; &lt;b&gt;."' in reopened[2]
    state, result = history.rate(state, Caller(), Event(turn="1", rating="", note="x"))
    assert (state[0].feedback, result["rating"], result["line"]) == (None, "", "Taken back.")


@pytest.mark.parametrize("turn", ["0", "2", "-1", "x", "", "1" * 30])
def test_thumbs_on_a_turn_that_is_not_there_do_nothing(chat, turn):
    turns = ask(chat, QUESTION)
    assert History(chat).rate(turns, Caller(), Event(turn=turn, rating="up"))[1] is None
    assert chat.keeping.load(int(only_id(chat)), "")[1][0].feedback is None


def test_thumbs_wait_for_a_running_answer_and_name_what_is_gone(chat):
    turns = ask(chat, QUESTION)
    history, event = History(chat), Event(turn="1", rating="up", note="")
    stream = chat.answer(QUESTION, turns, Caller())
    next(stream)
    assert history.rate(turns, Caller(), event)[1] == {
        "turn": 1,
        "line": "Not kept: wait for the answer, then again.",
    }
    stream.close()
    chat.keeping.delete(turns[0].kept.conversation_id, "")
    assert "not kept any more" in history.rate(turns, Caller(), event)[1]["line"]
    with pytest.raises(ConversationError, match="this answer is not kept"):
        chat.keeping.rate(Turn(number=1, question="?"), "", None)


def test_a_running_turn_has_no_thumbs():
    turn = Turn(number=3, question="?", running=True)
    assert "thumb" not in render_turn(turn)
    done = replace(turn, running=False, kept=Kept(conversation_id=1, turn_id=1))
    assert render_turn(done).count('class="thumb ') == 2
    assert 'data-turn-number="3"' in render_turn(done)


def test_a_page_that_keeps_nothing_says_so():
    history = History(Chat(FakePipeline({"bridge.txt": TEXT}, SCRIPTS)))
    assert re.sub("<.*?>", "", history.show(Caller())) == "Conversations are not kept here."
    assert "not kept here" in history.rename(Caller(), Event(conversation="1", title="x"))


def test_a_store_that_cannot_be_read_is_said_in_one_line(path):
    path.parent.mkdir()
    path.write_text("no database")
    history = History(Chat(FakePipeline({"bridge.txt": TEXT}, SCRIPTS), Keeping(path)))
    shown = history.show(Caller())
    assert shown.count("<p") == 1 and str(path) in shown


def test_the_list_shows_the_latest_and_how_many_there_are():
    one = Conversation(
        id=1,
        user="",
        title="<script>",
        library="<i>",
        created_at="2026-11-25T12:00:00.000+00:00",
        updated_at="2026-11-25T12:00:00.000+00:00",
        questions=1,
    )
    html = render_history([replace(one, questions=2)])
    assert " · 2 questions · library <bdi>&lt;i&gt;</bdi></p>" in html
    assert "<script>" not in html
    html = render_history([one] * (MOST_SHOWN + 1))
    assert html.count("<li ") == MOST_SHOWN
    assert "The 500 latest of 501." in html
    assert " · 1 question · " in html


def test_keeping_opens_no_file_before_it_is_needed(path):
    assert Keeping(path).conversations("") == []
    assert not Path(path).exists()
