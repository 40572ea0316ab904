"""The conversations on disk: listed, opened, added to, renamed, deleted, and rated.

Every method works on the conversations of one user; those of others are not there for it. Knows
nothing of libraries or pages. The tables are the business of `rag.conversations.schema`.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag.conversations.records import Conversation, Feedback, FinishedTurn, Kept, StoredTurn
from rag.conversations.schema import ConversationFile
from rag.errors import ConversationError

LONGEST_TITLE = 200
LONGEST_NOTE = 2_000
_TITLE_CHARACTERS = 60
_BRANCHED = " (edited)"


def conversations_path(home: Path) -> Path:
    """Return where the conversations are kept below Footnote's home folder."""
    return home / "conversations.sqlite"


def title_of(question: str) -> str:
    """Return the first question as a title: one line, cut between words where it is long.

    Half of a surrogate pair, which no file can hold, is a question mark.
    """
    line = " ".join(question.encode("utf-8", "replace").decode().split())
    if len(line) <= _TITLE_CHARACTERS:
        return line
    cut = line[:_TITLE_CHARACTERS]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class ConversationStore:
    """The open store. May be used by several threads, and its file by several processes.

    Every method raises `ConversationError` with one line if the file cannot be read or written, or
    if what it is asked for is not there (any more).
    """

    def __init__(self, path: Path, now: Callable[[], str] = _now) -> None:
        self.path = path
        self._file = ConversationFile(path)
        self._now = now

    def conversations(self, user: str) -> list[Conversation]:
        """Return the user's conversations, the one that was last added to first."""
        rows = self._file.query(
            f"SELECT {_COLUMNS} FROM conversations WHERE user = ? "
            "ORDER BY updated_at DESC, id DESC",
            user,
        )
        return [_conversation(row) for row in rows]

    def users(self) -> list[str]:
        """Return everyone who has conversations, sorted."""
        rows = self._file.query("SELECT DISTINCT user FROM conversations ORDER BY user")
        return [str(user) for (user,) in rows]

    def load(self, user: str, conversation_id: int) -> tuple[Conversation, tuple[StoredTurn, ...]]:
        """Return a conversation and its turns, oldest first."""
        with self._file.snapshot():
            rows = self._file.query(
                f"SELECT {_COLUMNS} FROM conversations WHERE user = ? AND id = ?",
                user,
                conversation_id,
            )
            if not rows:
                raise _gone(conversation_id)
            turns = self._file.query(
                "SELECT id, asked_at, content, rating, rating_note FROM turns "
                "WHERE conversation_id = ? ORDER BY id",
                conversation_id,
            )
        return _conversation(rows[0]), tuple(self._turn(row) for row in turns)

    def append(
        self,
        user: str,
        conversation_id: int | None,
        turn: FinishedTurn,
        *,
        library: str = "",
        replaces: Collection[int] = (),
    ) -> Kept:
        """Keep a turn at the end of a conversation, in place of those whose ids it `replaces`.

        Without a conversation, or with one that was deleted meanwhile, a new one begins, named
        after the question.
        """
        now = self._now()
        with self._file.transaction() as connection:
            if conversation_id is None or not _touch(connection, user, conversation_id, now):
                conversation_id = connection.execute(
                    "INSERT INTO conversations (user, title, library, created_at, updated_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (user, title_of(turn.question), library, now, now),
                ).lastrowid
            connection.executemany(
                "DELETE FROM turns WHERE conversation_id = ? AND id = ?",
                [(conversation_id, turn_id) for turn_id in replaces],
            )
            turn_id = connection.execute(
                "INSERT INTO turns (conversation_id, asked_at, content) VALUES (?, ?, ?)",
                (conversation_id, now, _content(turn)),
            ).lastrowid
        return Kept(conversation_id=int(conversation_id or 0), turn_id=int(turn_id or 0))

    def branch(self, user: str, turn_ids: Sequence[int]) -> tuple[Kept, ...]:
        """Begin a conversation with copies of turns of another one, and return where they are.

        They keep their times and ratings, and the title says that it is another one; the first
        conversation is left as it is.
        """
        now = self._now()
        with self._file.transaction() as connection:
            rows = connection.execute(
                "SELECT conversation_id, title, library FROM turns JOIN conversations "
                "ON conversation_id = conversations.id WHERE user = ? AND turns.id = ?",
                (user, turn_ids[0]),
            ).fetchall()
            if not rows:
                raise ConversationError("that answer is not kept any more; ask again")
            conversation_id, title, library = rows[0]
            title = title.removesuffix(_BRANCHED)[: LONGEST_TITLE - len(_BRANCHED)] + _BRANCHED
            branch_id = connection.execute(
                "INSERT INTO conversations (user, title, library, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (user, title, library, now, now),
            ).lastrowid
            copies = [
                connection.execute(
                    "INSERT INTO turns (conversation_id, asked_at, content, rating, rating_note) "
                    "SELECT ?, asked_at, content, rating, rating_note FROM turns "
                    "WHERE id = ? AND conversation_id = ?",
                    (branch_id, turn_id, conversation_id),
                ).lastrowid
                for turn_id in turn_ids
            ]
        return tuple(
            Kept(conversation_id=int(branch_id or 0), turn_id=int(copy or 0)) for copy in copies
        )

    def rename(self, user: str, conversation_id: int, title: str) -> str:
        """Give a conversation another title, and return it as one line."""
        title = " ".join(title.split())
        if not 0 < len(title) <= LONGEST_TITLE:
            raise ConversationError(
                f"a title of {len(title):,} characters: expected 1 to {LONGEST_TITLE}"
            )
        with self._file.transaction() as connection:
            changed = connection.execute(
                "UPDATE conversations SET title = ? WHERE user = ? AND id = ?",
                (title, user, conversation_id),
            ).rowcount
        if not changed:
            raise _gone(conversation_id)
        return title

    def delete(self, user: str, conversation_id: int) -> None:
        """Delete a conversation for good; nothing happens if it is gone already."""
        with self._file.transaction() as connection:
            connection.execute(
                "DELETE FROM turns WHERE conversation_id IN "
                "(SELECT id FROM conversations WHERE user = ? AND id = ?)",
                (user, conversation_id),
            )
            connection.execute(
                "DELETE FROM conversations WHERE user = ? AND id = ?", (user, conversation_id)
            )
        self._file.forget_deleted()

    def rate(self, user: str, turn_id: int, feedback: Feedback | None) -> None:
        """Keep what the user thinks of an answer in place of what was kept before; None: nothing.

        Raises `ConversationError` for a note that is too long.
        """
        note = feedback.note.strip() if feedback else ""
        if len(note) > LONGEST_NOTE:
            raise ConversationError(
                f"the note has {len(note):,} characters, at most {LONGEST_NOTE:,} are kept: "
                "shorten it"
            )
        with self._file.transaction() as connection:
            changed = connection.execute(
                "UPDATE turns SET rating = ?, rating_note = ? WHERE id = ? AND conversation_id IN "
                "(SELECT id FROM conversations WHERE user = ?)",
                (feedback.rating if feedback else None, note, turn_id, user),
            ).rowcount
        if not changed:
            raise ConversationError("that answer is not kept any more; ask again")

    def close(self) -> None:
        """Close the file; nothing is lost if this is never called."""
        self._file.close()

    def _turn(self, row: tuple[int, str, str, str | None, str]) -> StoredTurn:
        turn_id, asked_at, content, rating, note = row
        try:
            return _stored_turns().validate_python(
                {
                    "id": turn_id,
                    "asked_at": asked_at,
                    "turn": json.loads(content),
                    "feedback": None if rating is None else {"rating": rating, "note": note},
                }
            )
        except ValueError as error:
            raise ConversationError(
                f"{self.path}: answer {turn_id} is damaged ({_reason(error)}); delete its "
                "conversation"
            ) from None


@cache
def _stored_turns() -> TypeAdapter[StoredTurn]:
    """Return what makes a turn of JSON values: a field that is missing gets its default."""
    return TypeAdapter(StoredTurn)


def _content(turn: FinishedTurn) -> str:
    """Return a turn as it is kept: every field, also those that `ask --json` does not print."""
    return json.dumps(asdict(turn), default=float)  # numbers of NumPy


def _reason(error: ValueError) -> str:
    """Return what is wrong in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


_COLUMNS = (
    "id, user, title, library, created_at, updated_at, "
    "(SELECT count(*) FROM turns WHERE conversation_id = conversations.id)"
)


def _conversation(row: tuple[int, str, str, str, str, str, int]) -> Conversation:
    identifier, user, title, library, created_at, updated_at, questions = row
    return Conversation(
        id=identifier,
        user=user,
        title=title,
        library=library,
        created_at=created_at,
        updated_at=updated_at,
        questions=questions,
    )


def _touch(connection: sqlite3.Connection, user: str, conversation_id: int, now: str) -> bool:
    """Note that a conversation changes now; say whether it is there."""
    return bool(
        connection.execute(
            "UPDATE conversations SET updated_at = ? WHERE user = ? AND id = ?",
            (now, user, conversation_id),
        ).rowcount
    )


def _gone(conversation_id: int) -> ConversationError:
    return ConversationError(f"conversation {conversation_id} is not there; it may be deleted")
