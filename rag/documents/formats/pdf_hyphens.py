"""What becomes of a hyphen at the end of a line: it goes where the joined word is certain.

Certain is what the document says itself (the word stands in it elsewhere), what a vocabulary holds,
or a first part that is no word. Compounds, ranges and numbers of parts keep theirs.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

HYPHENS = "-\N{HYPHEN}"
SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_LETTERS = re.compile(r"[^\W\d_]+")
_LAST = re.compile(r"[^\W\d_]+\Z")
_COMPOUND = re.compile(r"[^\W\d_]+(?:[-\N{HYPHEN}][^\W\d_]+)+")
_SOFT = re.compile(rf"\w*{SOFT_HYPHEN}[\w{SOFT_HYPHEN}]*")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a document, its compounds with a hyphen, and a vocabulary of others."""

    own: frozenset[str] = field(repr=False)
    compounds: frozenset[str] = field(repr=False)
    vocabulary: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, lines: Iterable[str], vocabulary: frozenset[str]) -> "Words":
        """Collect the words of lines; the first and the last of each may be parts."""
        own: set[str] = set()
        compounds: set[str] = set()
        cut = False
        for line in lines:
            text = line.lower()
            if cut:  # what begins it is the rest of a word
                text = text.partition(" ")[2]
            cut = line[-1:] in (*HYPHENS, SOFT_HYPHEN)
            if cut:
                text = text[: text.rfind(" ") + 1]
            own.update(_LETTERS.findall(text))
            if "-" in text or "\N{HYPHEN}" in text:
                compounds.update(one.replace("\N{HYPHEN}", "-") for one in _COMPOUND.findall(text))
        return cls(frozenset(own), frozenset(compounds), vocabulary)

    def knows(self, word: str) -> bool:
        """Say whether the document or the vocabulary has a word, in lower case."""
        return word in self.own or word in self.vocabulary

    def joins(self, before: str, after: str) -> bool:
        """Say whether the word before a hyphen at the end of a line goes on without it."""
        first, second = _LAST.search(before), _LETTERS.match(after)
        if not first or not second or not second[0].islower():
            return bool(
                first
                and second
                and first[0].isupper()
                and second[0].isupper()
                and self.knows((first[0] + second[0]).lower())
            )
        one, two = first[0].lower(), second[0]
        if f"{one}-{two}" in self.compounds or before[: first.start()][-1:] in HYPHENS:
            return False
        if self.knows(one + two):
            return True
        return len(one) > 1 and not self.knows(one) and two not in self.own


def without_soft_hyphens(text: str, words: Words) -> str:
    """Remove soft hyphens; one that parts two words, or numbers, is a hyphen that was meant."""
    if SOFT_HYPHEN not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        parts = [part for part in match[0].split(SOFT_HYPHEN) if part]
        whole = "".join(parts)
        if words.knows(whole.lower()):
            return whole
        joined = parts[:1]
        for one, two in pairwise(parts):
            numbers = one[-1].isdigit() or two[0].isdigit()
            apart = numbers or (words.knows(one.lower()) and words.knows(two.lower()))
            joined.append(f"-{two}" if apart else two)
        return "".join(joined)

    return _SOFT.sub(plain, text)
