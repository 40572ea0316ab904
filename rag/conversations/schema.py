"""The SQLite file of the conversations: which tables it has, and how they are made.

Connection, transactions and errors are those of `rag.sqlite_file`. Unlike a library, conversations
cannot be made again: a later version of the tables has to carry the earlier ones over.
"""

import sqlite3

from rag.errors import ConversationError
from rag.sqlite_file import FileKind, SqliteFile

SCHEMA_VERSION = 1

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


class ConversationFile(SqliteFile):
    """The open file."""

    kind = FileKind(
        noun="Footnote's conversations",
        version_noun="conversations",
        schema_key="conversations",
        schema=SCHEMA_VERSION,
        unsaved="the last change was not saved",
        remedy="move the file away to start with no conversations",
        error=ConversationError,
        newer=ConversationError,
    )

    def create_tables(self, connection: sqlite3.Connection, version: int) -> None:
        """Make the tables of an empty file."""
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO meta VALUES (?, ?)", (self.kind.schema_key, str(SCHEMA_VERSION))
        )
