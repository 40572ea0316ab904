"""What the checker learns from: something said beside a text, and how the text bears on it."""

from __future__ import annotations

from dataclasses import dataclass

SUPPORTED, CONTRADICTED, UNSETTLED = 0, 1, 2
UNSUPPORTED = 3
"""Either of the last two: whoever wrote it did not say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`said` (a claim, a question, or a question with an answer) beside a `text`."""

    said: str
    text: str
    label: int
    source: str
