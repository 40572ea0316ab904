"""Words of questions and texts as keys that can be compared: names, numbers, and stems.

Knows no grammar: a name is what begins with a capital letter inside a sentence. Only which words
say nothing (`STOP_WORDS`) and which numbers have names is English.
"""

import re
from functools import lru_cache
from threading import Lock

import snowballstemmer

from rag.documents.sentences import sentence_spans
from rag.library.word_query import STOP_WORDS

_WORD = re.compile(
    r"(?P<number>(?:(?<![^\W_])[-−])?\d+(?:[.,:/–—-]\d+)*)"  # 1,200; 5–6; 10:30; -5
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
)
_OPENED = re.compile(r"[(;]\s*\Z")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = Lock()
"""The stemmer keeps the word that it works on; several questions are answered at once."""
_STEMS_KEPT = 65_536


def names_and_numbers(question: str) -> list[str]:
    """Return the keys of the names and numbers of `question`, in order.

    The first word of a sentence is none, since its capital letter says nothing, nor that of an
    earlier question in brackets (`rag.answering.follow_up`); nor is "I".
    """
    return [
        _key(match)
        for start, end in sentence_spans(question, 0, len(question))
        for match in list(_WORD.finditer(question, start, end))[1:]
        if _is_number(match)
        or (_is_name(match.group()) and not _OPENED.search(question, start, match.start()))
    ]


def word_keys(text: str) -> frozenset[str]:
    """Return the keys of all words and numbers of `text`, among which names can be looked up."""
    return frozenset(map(_key, _WORD.finditer(text)))


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that say something, and the numbers, in order.

    Capitals are typed in small letters as well ("mot"), but "US" is not "us".
    """
    words = [(match.group().casefold(), _key(match)) for match in _WORD.finditer(text)]
    return [
        stem(key if word in STOP_WORDS else key.casefold())
        for word, key in words
        if not _is_stop_word(word, key)
    ]


@lru_cache(maxsize=_STEMS_KEPT)
def stem(word: str) -> str:
    """Return the stem that the forms of an English word, in small letters, share."""
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


def _is_stop_word(word: str, key: str) -> bool:
    """Return whether the word says nothing: "us" and "isn't" do not, "US" does."""
    return key == key.casefold() and word.replace("’", "'").split("'")[0] in STOP_WORDS


def _is_name(word: str) -> bool:
    return word[:1].isupper() and re.split("['’]", word)[0] != "I"


def _is_number(match: re.Match[str]) -> bool:
    return match.lastgroup == "number" or match.group().casefold() in NUMBER_WORDS


def _key(match: re.Match[str]) -> str:
    """Return what two writings of a word or number share: "Kern's" is "Kern", "US" not "us"."""
    text = match.group().replace("’", "'")
    if match.lastgroup == "number":
        return _THOUSANDS.sub("", text).replace("−", "-").replace("—", "–")
    if len(text) > 1 and text.isupper():
        return text
    folded = text.casefold().removesuffix("'s")
    return NUMBER_WORDS.get(folded, folded)
