import itertools
import sqlite3

import pytest
from kept_turns import finished, quoted, refused

from rag.conversations.records import Conversation, Feedback, Kept, StoredTurn
from rag.conversations.store import (
    LONGEST_NOTE,
    LONGEST_TITLE,
    ConversationStore,
    conversations_path,
    title_of,
)
from rag.errors import ConversationError


def opened(path):
    times = itertools.count()
    return ConversationStore(path, now=lambda: f"2026-11-25T12:00:{next(times):02}.000+00:00")


def append(store, *arguments, **options):
    kept = store.append(*arguments, **options)
    return kept.conversation_id, kept.turn_id


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home/conversations.sqlite"


@pytest.fixture
def store(path):
    store = opened(path)
    yield store
    store.close()


def titles(store, user=""):
    return [conversation.title for conversation in store.conversations(user)]


def at(second):
    return f"2026-11-25T12:00:{second:02}.000+00:00"


def test_a_turn_is_there_after_opening_the_file_again(store, path):
    first, second = finished(), finished(refused(), note="Stopped.")
    conversation_id, turn_id = append(store, "", None, first, library="papers")
    assert store.append("", conversation_id, second) == Kept(
        conversation_id=conversation_id, turn_id=turn_id + 1
    )
    other = ConversationStore(path)
    conversation, turns = other.load("", conversation_id)
    assert conversation == Conversation(
        id=conversation_id,
        user="",
        title="What did the bridge cost?",
        library="papers",
        created_at=at(0),
        updated_at=at(1),
        questions=2,
    )
    assert turns == (
        StoredTurn(id=turn_id, asked_at=at(0), turn=first),
        StoredTurn(id=turn_id + 1, asked_at=at(1), turn=second),
    )
    assert other.conversations("") == [conversation]
    other.close()


def test_halves_of_surrogate_pairs_are_kept(store):
    turn = finished(quoted(short_answer="\ud800"))
    conversation_id, _ = append(store, "", None, turn)
    assert store.load("", conversation_id)[1][0].turn == turn


def test_the_conversation_that_was_last_added_to_comes_first(store):
    first, _ = append(store, "", None, finished(question="one"))
    store.append("", None, finished(question="two"))
    assert titles(store) == ["two", "one"]
    store.append("", first, finished(question="three"))
    assert titles(store) == ["one", "two"]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who?", "Who?"),
        ("  Who\n came\tlate? ", "Who came late?"),
        ("a" * 60, "a" * 60),
        ("a" * 61, "a" * 60 + "…"),
        (
            "Which of the many bridges that were built in the city before the war still stand?",
            "Which of the many bridges that were built in the city…",
        ),
        ("\ud800 when?", "? when?"),
    ],
)
def test_title_of_a_question(question, title):
    assert title_of(question) == title


def test_rename_gives_one_line_and_keeps_the_order(store):
    first, _ = append(store, "", None, finished(question="one"))
    store.append("", None, finished(question="two"))
    assert store.rename("", first, " The \n bridge ") == "The bridge"
    assert titles(store) == ["two", "The bridge"]


@pytest.mark.parametrize("title", ["", " \n ", "x" * (LONGEST_TITLE + 1)])
def test_rename_refuses_an_unfit_title(store, title):
    first, _ = append(store, "", None, finished(question="one"))
    with pytest.raises(ConversationError, match=f"expected 1 to {LONGEST_TITLE}$"):
        store.rename("", first, title)
    assert titles(store) == ["one"]


def test_delete_leaves_nothing_of_it_on_the_disk(store, path):
    kept, _ = append(store, "", None, finished(question="a question that stays"))
    gone, _ = append(store, "", None, finished(question="the xylophone " * 400))
    store.append("", gone, finished(question="the xylophone again"))
    store.rename("", gone, "xylophones")
    assert b"xylophone" in b"".join(file.read_bytes() for file in path.parent.iterdir())
    store.delete("", gone)
    assert titles(store) == ["a question that stays"]
    assert b"xylophone" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    store.delete("", gone)  # once more does no harm
    assert store.load("", kept)[0].questions == 1
    with pytest.raises(ConversationError, match=f"conversation {gone} is not there"):
        store.load("", gone)


def test_a_turn_for_a_deleted_conversation_begins_another_one(store):
    gone, first_turn = append(store, "", None, finished(question="one"))
    store.delete("", gone)
    conversation_id, turn_id = append(store, "", gone, finished(question="two"), library="papers")
    assert conversation_id > gone
    assert turn_id > first_turn
    conversation, turns = store.load("", conversation_id)
    assert (conversation.title, conversation.library) == ("two", "papers")
    assert [stored.turn.question for stored in turns] == ["two"]


def test_turns_of_two_pages_in_one_conversation_are_both_kept(store, path):
    other = opened(path)
    conversation_id, _ = append(store, "", None, finished(question="one"))
    store.append("", conversation_id, finished(question="two"))
    other.append("", conversation_id, finished(question="three"))
    questions = [stored.turn.question for stored in store.load("", conversation_id)[1]]
    assert questions == ["one", "two", "three"]
    other.close()


def test_a_turn_replaces_those_that_it_is_asked_to(store):
    conversation_id, first = append(store, "", None, finished(question="one"))
    _, second = append(store, "", conversation_id, finished(question="two"))
    _, third = append(store, "", conversation_id, finished(question="three"))
    _, elsewhere = append(store, "", None, finished(question="another conversation"))
    gone = [second, third, elsewhere]
    _, fourth = append(store, "", conversation_id, finished(question="four"), replaces=gone)
    assert [stored.id for stored in store.load("", conversation_id)[1]] == [first, fourth]
    assert titles(store) == ["one", "another conversation"]
    _, fifth = append(store, "", conversation_id, finished(), replaces=[first, fourth])
    conversation, turns = store.load("", conversation_id)
    assert (conversation.title, [stored.id for stored in turns]) == ("one", [fifth])


def test_feedback_is_kept_changed_and_taken_back(store):
    conversation_id, turn_id = append(store, "", None, finished())

    def feedback():
        return store.load("", conversation_id)[1][0].feedback

    store.rate("", turn_id, Feedback(rating="up", note=" Well\nfound. "))
    assert feedback() == Feedback(rating="up", note="Well\nfound.")
    store.rate("", turn_id, Feedback(rating="down"))
    assert feedback() == Feedback(rating="down", note="")
    store.rate("", turn_id, None)
    assert feedback() is None


def test_feedback_refuses_a_long_note_and_an_answer_that_is_gone(store):
    conversation_id, turn_id = append(store, "", None, finished())
    with pytest.raises(ConversationError, match="the note has 2,001 characters, at most 2,000"):
        store.rate("", turn_id, Feedback(rating="up", note="x" * (LONGEST_NOTE + 1)))
    store.delete("", conversation_id)
    with pytest.raises(ConversationError, match="not kept any more"):
        store.rate("", turn_id, Feedback(rating="up"))


def test_users_do_not_see_or_touch_what_is_anothers(store):
    mine, my_turn = append(store, "ada", None, finished(question="mine"))
    store.append("", None, finished(question="nobody's"))
    assert store.users() == ["", "ada"]
    assert (titles(store, "ada"), titles(store), titles(store, "bob")) == (
        ["mine"],
        ["nobody's"],
        [],
    )
    for refusal in (
        lambda: store.load("bob", mine),
        lambda: store.rename("bob", mine, "taken"),
        lambda: store.rate("bob", my_turn, Feedback(rating="down")),
    ):
        with pytest.raises(ConversationError):
            refusal()
    store.delete("bob", mine)
    theirs, _ = append(store, "bob", mine, finished(question="bob's"), replaces=[my_turn])
    assert theirs != mine
    assert titles(store, "bob") == ["bob's"]
    conversation, turns = store.load("ada", mine)
    assert (conversation.title, len(turns), turns[0].feedback) == ("mine", 1, None)


def test_where_they_are_kept(tmp_path):
    assert conversations_path(tmp_path) == tmp_path / "conversations.sqlite"


# What is refused, each with its one line


def test_a_newer_file_is_refused(store, path):
    with store._file.transaction() as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'conversations'")
    with pytest.raises(ConversationError) as raised:
        ConversationStore(path)
    assert str(raised.value) == (
        f"{path}: made by a newer Footnote (conversations version 99, this one reads 1); "
        "update Footnote, or move the file away to start with no conversations"
    )


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "library.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE meta (key TEXT, value TEXT); INSERT INTO meta VALUES ('schema', '1')"
    )
    connection.close()
    with pytest.raises(ConversationError) as raised:
        ConversationStore(path)
    assert str(raised.value) == (
        f"{path}: an SQLite file, but not Footnote's conversations; give another place"
    )


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "conversations.sqlite"
    path.write_bytes(b"This is no database. " * 100)
    with pytest.raises(ConversationError) as raised:
        ConversationStore(path)
    assert str(raised.value) == (
        f"{path}: damaged or not Footnote's conversations; "
        "move the file away to start with no conversations"
    )


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"question": 1}'])
def test_a_damaged_turn_is_named(store, path, content):
    conversation_id, turn_id = append(store, "", None, finished())
    with store._file.transaction() as connection:
        connection.execute("UPDATE turns SET content = ?", (content,))
    with pytest.raises(ConversationError) as raised:
        store.load("", conversation_id)
    assert str(raised.value).startswith(f"{path}: answer {turn_id} is damaged (")
    assert str(raised.value).endswith("); delete its conversation")
    assert "\n" not in str(raised.value)
    store.delete("", conversation_id)
    assert titles(store) == []
