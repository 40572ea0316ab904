"""The values that are kept of a conversation. No I/O; times are ISO 8601, UTC."""

from dataclasses import dataclass
from typing import Literal

from rag.datatypes import Answer

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a person thought of an answer, with a note that may be empty."""

    rating: Rating
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedDocument:
    """A document that an answer points to, as it was then.

    `document_id` is the one in the answer's citations, `source` the path that identifies the
    document in any library, `sha256` that of the file. It is empty where the document had already
    changed when the answer was kept: then nobody knows.
    """

    document_id: int
    source: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedTurn:
    """A question as it was typed, its final answer, and a line about it ("Stopped."), or none.

    `threshold` is the confidence that an answer needed.
    """

    question: str
    answer: Answer
    note: str = ""
    threshold: float | None = None
    documents: tuple[CitedDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a turn is kept."""

    conversation_id: int
    turn_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A turn that is kept; `id` is never that of another one, also after it was deleted."""

    id: int
    asked_at: str
    turn: FinishedTurn
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation in the list: `user` is empty without passwords, `questions` how many it has.

    `library` is the name of the library that was asked, empty for an unnamed one.
    """

    id: int
    user: str
    title: str
    library: str
    created_at: str
    updated_at: str
    questions: int
