"""The SQLite file of the conversations: which tables it has, and how they came to be so.

Connection, transactions and errors are those of `rag.sqlite_file`. Unlike a library, conversations
cannot be made again: each migration carries over what is there.
"""

import sqlite3

from rag.errors import ConversationError
from rag.sqlite_file import FileKind, SqliteFile

_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL,
        title TEXT NOT NULL,
        library TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    "CREATE INDEX conversations_of_user ON conversations(user, updated_at)",
    """CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation_id INTEGER NOT NULL REFERENCES conversations(id),
        asked_at TEXT NOT NULL,
        content TEXT NOT NULL,
        rating TEXT,
        rating_note TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX turns_of_conversation ON turns(conversation_id)",
)


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


class ConversationFile(SqliteFile):
    """The open file."""

    kind = FileKind(
        noun="Footnote's conversations",
        version_noun="conversations",
        version_key="conversations",
        migrations=(_make_tables,),
        unsaved="the last change was not saved",
        remedy="move the file away to start with no conversations",
        error=ConversationError,
        newer=ConversationError,
    )
