"""The parts of a question that a follow-up can refer to: what it asks for, names, things.

English, from closed classes of words and capital letters alone; there is no parser. Positions are
half-open character ranges of the question. Knows nothing of conversations.
"""

import re
from dataclasses import dataclass

AUXILIARY = (
    r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might"
    r"|must)"
)
WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
PREPOSITION = (
    r"(?:of|in|on|at|to|for|with|by|from|into|under|above|below|about|around|against|before|after"
    r"|since|until|during|between|among|through|over|without|within|near|per|via|as|than)"
)
COPULA = r"(?:is|are|was|were|remains?|remained)"
_STOPS = rf"(?:{AUXILIARY}|{WH}|{PREPOSITION}|and|or|but|that|not|it|he|she|they|be|been|being)"
_CAPITAL = r"(?-i:[^\W\d_a-z][\w.&-]*(?:['’](?!s\b)\w+)*)"
_NAME = rf"{_CAPITAL}(?:\s+(?:of\s+(?:the\s+)?)?{_CAPITAL})*"
_NAMES = re.compile(rf"(?<!\S)(?:the\s+)?(?P<name>{_NAME})", re.IGNORECASE)
_THINGS = re.compile(rf"(?<!\S)(?:the|an?)\s+(?:(?!{_STOPS}\b|to\b)[\w.&'’-]+\s*)+", re.IGNORECASE)
_ASKED = re.compile(
    rf"^\W*(?:{PREPOSITION}\s+)?{WH}\b(?:(?!\s+{AUXILIARY}\b)[^?]){{0,60}}?(?=\s+{AUXILIARY}\b)",
    re.IGNORECASE,
)
_STARTS_WITH_AUXILIARY = re.compile(rf"^\W*{AUXILIARY}\b", re.IGNORECASE)
_WHAT_IT_IS = re.compile(
    rf"^\W*(?:who|what|which\s+\w+)\s+{COPULA}\s+(?P<thing>(?:(?!{AUXILIARY}\b)[^?])+?)\W*$",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    rf"\b(?:called|known|made|done|going|like|meant|\w+ed)(?=\s+{PREPOSITION}\b|\W*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some words of a question and where they stand; `is_name` if they are a proper name."""

    text: str
    start: int
    end: int
    is_name: bool


def find_parts(question: str) -> list[Part]:
    """Return the names and the things with an article, in order; a first word is no name.

    An article belongs to what follows it, a possessive ending does not.
    """
    parts = [
        Part(text=match.group(), start=match.start(), end=match.end(), is_name=True)
        for match in _NAMES.finditer(question, _after_first_word(question))
    ]
    for match in _THINGS.finditer(question):
        text = match.group().rstrip(" .,;:")
        end = match.start() + len(text)
        inside = [part for part in parts if part.start < end and match.start() < part.end]
        if inside and inside[0].start == match.start():
            continue  # "the Senate", "the Kremlin's spokesman": the name says it
        parts = [part for part in parts if part not in inside]
        parts.append(Part(text=text, start=match.start(), end=end, is_name=False))
    return sorted(parts, key=lambda part: part.start)


def asked_for(question: str) -> str | None:
    """Return what stands before the first auxiliary: "In which year", "How many troops".

    Empty for a question of yes or no; None if it has no auxiliary there ("Who wrote it?").
    """
    if _STARTS_WITH_AUXILIARY.match(question):
        return ""
    match = _ASKED.match(question)
    return match.group() if match else None


def what_it_is(question: str) -> str | None:
    """Return X of "Who (what) is X?", which its answer is, too; None for other questions."""
    match = _WHAT_IT_IS.match(question)
    if match is None or _PREDICATE.search(match["thing"]):
        return None
    return match["thing"]


def _after_first_word(question: str) -> int:
    match = re.search(r"\w+", question)
    return match.end() if match else 0
