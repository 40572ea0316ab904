"""What comparisons and overviews ask of whoever decides on all answers."""

from typing import Protocol

from rag.answering.evidence import Candidate
from rag.answering.find import Found
from rag.datatypes import Answer
from rag.models.checker import PairModel


class Answers(Protocol):
    """Answers what was found for one question."""

    def candidates(self, found: Found) -> tuple[list[Candidate], list[Candidate]]:
        """Return all spans, ranked, and those of them that stand in no row but an asked one."""
        ...

    def quoted(self, found: Found, least: float, checker: PairModel | None) -> Answer:
        """Return the quotes, or the refusal below the confidence `least`."""
        ...
