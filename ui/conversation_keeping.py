"""What of the page's conversations is kept, reopened and rated: turns to and from the store.

The store is opened when it is first needed. A disk that is full, or a store that cannot be read,
keeps nobody from asking: the turn says in one line that it is not kept.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rag.conversations.records import Conversation, Feedback, FinishedTurn, Kept, StoredTurn
from rag.conversations.sources import (
    cited_documents,
    compare_sources,
    describe_changes,
    was_asked_elsewhere,
    without_places,
)
from rag.conversations.store import ConversationStore
from rag.datatypes import Answer
from rag.errors import ConversationError, RagError
from rag.library.paths import library_name
from ui.render import Turn

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline

Turns = tuple[Turn, ...]


class Keeping:
    """The conversations of a page; without a `path` nothing is kept.

    `user` is who is signed in, empty without passwords. What is not said to do otherwise raises
    `ConversationError`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = Lock()
        self._opened: ConversationStore | None = None

    def keep(self, turns: Turns, user: str, pipeline: "Pipeline", *, replaced: Turns = ()) -> Turns:
        """Keep the turns that are not yet; return them with where they are. Never raises.

        Turns without an answer are passed over. `replaced` are kept turns whose place the new ones
        take. If it fails, the last turn says so; the next call tries again.
        """
        if self.path is None:
            return turns
        done = list(turns)
        gone = [turn.kept for turn in replaced if turn.kept is not None]
        try:
            for index, turn in enumerate(turns):
                if turn.kept is None and turn.answer is not None:
                    places = [*gone, *(other.kept for other in done if other.kept is not None)]
                    kept = self._store().append(
                        user,
                        places[-1].conversation_id if places else None,
                        _finished(turn, turn.answer, pipeline),
                        library=library_name(pipeline.library.path),
                        replaces=[place.turn_id for place in gone],
                    )
                    done[index] = replace(turn, kept=kept, remark="")
        except RagError as error:
            done[-1] = replace(done[-1], remark=f"This conversation is not being kept: {error}")
        return tuple(done)

    def branch(self, turns: Turns, user: str) -> Turns:
        """Return turns as the beginning of another conversation than that they are kept in.

        What is kept stays as it is. Never raises: where they cannot be copied, they are kept anew
        with the next turn.
        """
        known = [turn.kept for turn in turns if turn.kept is not None]
        copies: Sequence[Kept] = ()
        if known:
            try:
                copies = self._store().branch(user, [place.turn_id for place in known])
            except RagError:
                pass
        place_of = dict(zip(known, copies, strict=False))
        return tuple(
            replace(turn, kept=place_of.get(turn.kept) if turn.kept else None) for turn in turns
        )

    def conversations(self, user: str) -> list[Conversation]:
        """Return the user's conversations, the one that was last added to first."""
        if self.path is None or (self._opened is None and not self.path.exists()):
            return []
        return self._store().conversations(user)

    def load(self, conversation_id: int, user: str) -> tuple[Conversation, Sequence[StoredTurn]]:
        """Return a conversation as it was kept."""
        return self._store().load(user, conversation_id)

    def rename(self, conversation_id: int, user: str, title: str) -> None:
        """Give a conversation another title."""
        self._store().rename(user, conversation_id, title)

    def delete(self, conversation_id: int, user: str) -> None:
        """Delete a conversation."""
        self._store().delete(user, conversation_id)

    def rate(self, turn: Turn, user: str, feedback: Feedback | None) -> Turn:
        """Keep what the user thinks of an answer; return the turn with it."""
        if turn.kept is None:
            raise ConversationError("this answer is not kept, and so nothing that is said of it")
        self._store().rate(user, turn.kept.turn_id, feedback)
        return replace(turn, feedback=feedback)

    def _store(self) -> ConversationStore:
        if self.path is None:
            raise ConversationError("conversations are not kept here")
        with self._lock:
            if self._opened is None:
                self._opened = ConversationStore(self.path)
            return self._opened


def reopened(
    conversation: Conversation, stored: Sequence[StoredTurn], pipeline: "Pipeline | None"
) -> Turns:
    """Return a conversation's turns, with what of their sources is not what it was.

    Citations point into the library of `pipeline`, or, with a negative document, nowhere. Without
    a pipeline the library is gone: then, and where an unnamed one is not that which was asked, the
    turns are closed. Raises `LibraryError`.
    """
    finished = [each.turn for each in stored]
    if pipeline is None or (
        not conversation.library and was_asked_elsewhere(finished, pipeline.library)
    ):
        return _closed(conversation, stored)
    turns = []
    for number, each in enumerate(stored, start=1):
        answer, changes = compare_sources(each.turn, pipeline.library)
        turn = _turn(conversation, number, each)
        turns.append(replace(turn, answer=answer, remark=describe_changes(changes)))
    return tuple(turns)


def _closed(conversation: Conversation, stored: Sequence[StoredTurn]) -> Turns:
    """Return turns that can be read, of which the last says why that is all."""
    turns = [
        replace(_turn(conversation, number, each), closed=True)
        for number, each in enumerate(stored, start=1)
    ]
    gone = "The documents that this was asked of are not open here"
    if conversation.library:
        gone = f"The library “{conversation.library}” is gone"
    line = f"{gone}: this can only be read, and a new question begins another conversation."
    return (*turns[:-1], replace(turns[-1], remark=line)) if turns else ()


def _turn(conversation: Conversation, number: int, stored: StoredTurn) -> Turn:
    """Return the turn that was kept, without places."""
    return Turn(
        number=number,
        question=stored.turn.question,
        answer=without_places(stored.turn.answer),
        note=stored.turn.note,
        threshold=stored.turn.threshold,
        kept=Kept(conversation_id=conversation.id, turn_id=stored.id),
        feedback=stored.feedback,
    )


def _finished(turn: Turn, answer: Answer, pipeline: "Pipeline") -> FinishedTurn:
    return FinishedTurn(
        question=turn.question,
        answer=answer,
        note=turn.note,
        threshold=turn.threshold,
        documents=cited_documents(answer, pipeline.library),
    )
