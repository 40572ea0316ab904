"""Files of earlier versions are brought up to date, step by step, and refer to what is there."""

import sqlite3
from dataclasses import replace

import pytest
from kept_turns import finished

from rag.conversations.schema import ConversationFile
from rag.conversations.store import ConversationStore
from rag.errors import ConversationError
from rag.library.schema import Database
from rag.sqlite_file import SqliteFile


def made_by(version, *more):
    """Return the kind of file that a Footnote with other migrations would write."""

    class Other(SqliteFile):
        kind = replace(
            ConversationFile.kind,
            migrations=(*ConversationFile.kind.migrations, *more)[:version],
        )

    return Other


def add_colour(connection):
    connection.execute("ALTER TABLE conversations ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'")


def paint_them_blue(connection):
    connection.execute("UPDATE conversations SET colour = 'blue'")


def fail(connection):
    connection.execute("DELETE FROM turns")
    raise sqlite3.OperationalError("no such thing")


def version_of(path):
    connection = sqlite3.connect(path)
    (version,) = connection.execute("SELECT value FROM meta WHERE key = 'conversations'").fetchone()
    connection.close()
    return version


@pytest.fixture
def path(tmp_path):
    """A file of version 1 with a conversation in it."""
    path = tmp_path / "conversations.sqlite"
    store = ConversationStore(path)
    store.append("", None, finished())
    store.close()
    return path


def test_each_migration_that_is_missing_is_made_once_and_nothing_is_lost(path):
    for _ in range(2):
        file = made_by(3, add_colour, paint_them_blue)(path)
        assert file.query("SELECT title, colour FROM conversations") == [
            ("What did the bridge cost?", "blue")
        ]
        assert len(file.query("SELECT 1 FROM turns")) == 1
        with file.transaction() as connection:
            connection.execute("UPDATE conversations SET colour = 'blue'")
        file.close()
    assert version_of(path) == "3"
    with pytest.raises(ConversationError, match="version 3, this one reads 1"):
        ConversationStore(path)


def test_a_migration_that_fails_changes_nothing(path):
    with pytest.raises(ConversationError, match="no such thing"):
        made_by(3, add_colour, fail)(path)
    assert version_of(path) == "1"
    store = ConversationStore(path)
    (conversation,) = store.conversations("")
    assert conversation.questions == 1
    store.close()


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (
            ConversationFile,
            "INSERT INTO turns (conversation_id, asked_at, content) VALUES (7, '', '')",
        ),
        (Database, "INSERT INTO blocks VALUES (7, 0, 0, 0, 'heading', 1, '')"),
    ],
)
def test_nothing_can_belong_to_what_is_not_there(tmp_path, kind, statement):
    file = kind(tmp_path / "file.sqlite")
    with pytest.raises(file.kind.error), file.transaction() as connection:
        connection.execute(statement)
    file.close()
