"""What bringing a library up to date tells: how far it is, what became of a file, what changed."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a refresh is: in document `number` of `documents`, `embedded` of its `passages`.

    Before that, where its pages have to be recognised, `recognised` of `pages`.
    """

    name: str
    number: int
    documents: int
    embedded: int = 0
    passages: int = 0
    recognised: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a refresh did, as names of documents; `skipped` has a message for each.

    `kept` has documents that are in a place that cannot be looked into now, each with that place
    and why. `warnings` are (name, line) on what could not be read of documents that were added or
    changed.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of one file: `outcome` is added, changed, unchanged or skipped.

    `source` is the file's path as the library knows it; `reason` says why a file was skipped,
    `warnings` what could not be read of one that was not.
    """

    source: str
    name: str
    outcome: str
    passages: int = 0
    reason: str = ""
    warnings: tuple[str, ...] = ()
