"""Who may read what: the one place where a scope becomes a filter of the engine.

Every search, read and count of a shared library goes through `readable`, so that what somebody may
not read is left out by the engine, before anything is ranked or counted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from qdrant_client import models

EVERYONE = "everyone"
"""The group that is everybody's: of documents that were put for no group of their own."""
Kind = Literal["document", "pending", "removed", "passage", "part", "library"]
"""What a point is: a document, one that is being put for the first time, what is left of one that
was removed, a passage, a piece of a document's text or structure, what the library is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What may be read: `libraries` of a collection, and in them what one of `groups` may.

    `groups` is None for whoever keeps the library, who may read and change all of it.
    """

    libraries: frozenset[str]
    groups: frozenset[str] | None = None


def readable(scope: Scope, kinds: Collection[Kind], *more: "models.Condition") -> "models.Filter":
    """Return the filter for points of some kinds that the scope may read and that fit `more`."""
    from qdrant_client import models

    must: list[models.Condition] = [
        one_of("library", sorted(scope.libraries)),
        one_of("kind", sorted(kinds)),
        *more,
    ]
    if scope.groups is not None:
        must.append(one_of("groups", sorted(scope.groups | {EVERYONE})))
    return models.Filter(must=must)


def one_of(key: str, values: Sequence[Any]) -> "models.FieldCondition":
    """Return the condition that a payload field has one of some values; none fits if empty."""
    from qdrant_client import models

    return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))


def live() -> "models.FieldCondition":
    """Return the condition that a passage is of what its document says now."""
    from qdrant_client import models

    return models.FieldCondition(key="live", match=models.MatchValue(value=True))


def has_id(ids: Collection[int]) -> "models.HasIdCondition":
    """Return the condition that a point has one of some ids; none fits if empty."""
    from qdrant_client import models

    return models.HasIdCondition(has_id=list(ids))
