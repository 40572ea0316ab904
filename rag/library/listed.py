"""Documents as a library lists them: without their texts. Pure values."""

from dataclasses import dataclass
from typing import NamedTuple


class KnownDocument(NamedTuple):
    """A document by what tells whether its file is what was read."""

    id: int
    source: str
    name: str
    sha256: str
    indexed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInfo:
    """A document of a library without its text.

    `characters` and `bytes` (as UTF-8) are those of its text, `passages` is how many it has,
    `indexed_at` the time in ISO 8601, UTC.
    """

    id: int
    source: str
    name: str
    sha256: str
    characters: int
    bytes: int
    passages: int
    indexed_at: str
