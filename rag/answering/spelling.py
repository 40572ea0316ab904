"""A question with its misspelt words as they were probably meant.

A word is taken for misspelt if neither English nor the passages near to the question have it; what
was meant is the nearest of theirs. A name with its capital is never changed: it may be another's.
English is the frequency dictionary of symspellpy; its own index of slips would take two seconds and
200 MB, so that rapidfuzz compares, which takes some milliseconds a word.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from functools import cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.library.word_query import STOP_WORDS

_ENGLISH = "frequency_dictionary_en_82_765.txt"
_WORD = re.compile(r"(?<![\w'’])[^\W\d_]+(?![\w'’])")
"""Not what stands before or behind an apostrophe."""
_SHORTEST, _LONG = 4, 6
"""Letters from which a word is looked at, and from which it may have two slips."""
_MOST_COMPARED = 40
"""Words that are as near, among which the most frequent one is chosen."""


def has_unknown_words(question: str) -> bool:
    """Say whether a word of the question is not one of general English."""
    return any(_is_doubtful(word, _english()) for word in _WORD.findall(question))


def corrected(question: str, texts: Iterable[str]) -> str | None:
    """Return the question in the words of English and `texts`, those near to it; None if it is."""
    near = Counter(word.casefold() for text in texts for word in _WORD.findall(text))
    known = _english().keys() | near.keys()
    meant = _WORD.sub(
        lambda found: _meant(found[0], near) if _is_doubtful(found[0], known) else found[0],
        question,
    )
    return None if meant == question else meant


def _is_doubtful(word: str, known: Container[str]) -> bool:
    is_said = word in known or word in STOP_WORDS
    return len(word) >= _SHORTEST and word.islower() and not is_said


def _meant(word: str, near: Mapping[str, int]) -> str:
    """Return the word that is fewest slips away, preferably one that is near; itself if none is."""
    slips = 1 if len(word) < _LONG else 2
    english = _english()
    likely = [
        (distance, other not in near, -english.get(other, 0), other)
        for words in (near.keys(), english.keys())
        for other, distance, _ in process.extract(
            word, words, scorer=OSA.distance, score_cutoff=slips, limit=_MOST_COMPARED
        )
        if len(other) >= _SHORTEST - 1 and (distance == 1 or other[0] == word[0])
    ]
    return min(likely)[-1] if likely else word


@cache
def _english() -> Mapping[str, int]:
    """Return the words of English in lower case, with how often each is written."""
    lines = files("symspellpy").joinpath(_ENGLISH).read_text("utf-8-sig").splitlines()
    return {word: int(count) for word, count in map(str.split, lines)}
