"""What every form of export says of places, documents and judgements, as plain text."""

from collections.abc import Mapping

from rag.conversations.records import Feedback, FinishedTurn
from rag.datatypes import Answer, Citation, NearestPassage


def place_words(place: Citation | NearestPassage) -> list[str]:
    """Return where in its document a place is."""
    words = [place.place] if isinstance(place, Citation) and place.place else []
    return [*words, f"characters {place.start}–{place.end}"]


def hashes_of(turn: FinishedTurn) -> Mapping[int, str]:
    """Return the SHA-256 of each document where it is known, by the document's id in the answer."""
    return {document.document_id: document.sha256 for document in turn.documents if document.sha256}


def feedback_words(feedback: Feedback) -> str:
    """Return what the person thought of the answer."""
    mark = {"up": "Marked as right", "down": "Marked as not right"}[feedback.rating]
    return f"{mark}: {feedback.note}" if feedback.note else mark


def confidence(answer: Answer) -> str:
    """Return how sure Footnote was."""
    return f"confidence {answer.confidence:.0%}"


def minute(time: str) -> str:
    """Return an ISO 8601 time in UTC to the minute."""
    return f"{time[:16].replace('T', ' ')} UTC"
