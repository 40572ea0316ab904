"""Short texts with what is asked and said about them, written by hand: the lines of `data/pairs`.

Knows the files and which of their texts are held out; what is learnt from them is for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.documents import split_lines

_SETTLED = "yes", "no"
_ANSWERED = "answers", "explains", "denied"
"""Fields of lists that begin with a question which the text answers, or denies."""


@dataclass(frozen=True, slots=True)
class PairText:
    """A short text with all that is said beside it (training/data/README.md)."""

    fields: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Return the text itself."""
        return str(self.fields["text"])

    @property
    def path(self) -> tuple[str, ...]:
        """Return the title, and the heading above if there is one."""
        return tuple(filter(None, (self.fields["title"], self.fields["under"])))

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the questions that the text settles, and what is said that it bears out."""
        settled = [said for name in (*_SETTLED, "supported") for said in self.fields[name]]
        return (*settled, *(one[0] for name in _ANSWERED for one in self.fields.get(name, ())))


def pair_texts(folder: Path, files: str = "*.jsonl") -> tuple[list[PairText], list[PairText]]:
    """Return the texts of a folder's files to learn from, and those that are held out."""
    train, held = split_lines(folder, files)
    return [PairText(fields) for fields in train], [PairText(fields) for fields in held]
