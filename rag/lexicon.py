"""Words as the verifier sees them: what kind each is, and under which key two of them are the same.

English. The tables hold closed classes of words (articles, prepositions, auxiliaries, negations,
modals); everything else is content. Knows nothing of what is being verified.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache

import snowballstemmer


class WordKind(Enum):
    """What leaving a word out, or adding it, can do to a statement."""

    ARTICLE = auto()
    """Nothing: a, the, that."""
    GLUE = auto()
    """Says who did what: prepositions, auxiliaries. Must be the same before the same word."""
    NEGATION = auto()
    """Turns it round."""
    QUALIFIER = auto()
    """Limits it: modals, conditions, quantities, "nearly", "million"."""
    CONTENT = auto()
    """Says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word in its sentence. Two words are the same if their keys are."""

    text: str
    key: str
    kind: WordKind
    is_name: bool = False
    is_number: bool = False
    is_possessive: bool = False
    starts_clause: bool = False
    starts_statement: bool = False
    """Whether nothing before it governs it: the start of the sentence, or after a semicolon."""


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ARTICLES = _table("a an the that")
_GLUE = _table(
    """
    am is are was were be been being has have had having do does did of in on at to for with
    as by from into onto upon against before after since during between among through over
    under above below within towards toward about around across along behind near per via
    and both
    """
)
_NEGATIONS = _table(
    """
    not no never none nobody nothing nowhere neither nor without hardly scarcely barely
    unable
    """
)
_QUALIFIERS = _table(
    """
    may might could would should can will must shall ought possibly perhaps probably likely
    unlikely maybe reportedly allegedly apparently supposedly nearly almost approximately
    roughly only just least most more less fewer than up some all every each many much
    several few half any another hundred thousand million billion trillion dozen percent if
    whether unless until except or either when where why how who whom whose which because so
    despite instead rather twice once too very
    """
)
_DOUBTS = _table(
    """
    deny claim allege demand ask want hope plan propose threaten doubt seek intend expect
    urge request suggest believe think thought fear promise offer try attempt refuse reject
    fail accuse suppose say said saying tell told according report announce warn insist
    argue predict estimate consider order avoid prevent stop cancel pretend wish aim prepare
    call prohibit forbid ban
    """
)
_CONNECTORS = _table("and but while although though however also moreover notably meanwhile")
_TITLES = _table(
    """
    mr mrs ms dr sir lady lord president minister prime chancellor king queen prince
    princess professor senator governor mayor general captain colonel judge pope chief
    secretary director spokesman spokeswoman spokesperson ambassador foreign chairman
    chairwoman
    """
)
_RELATIVES = _table("who whom whose which where")
_PRONOUNS = _table("he she they it")
_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_CONTRACTED = {"can't": "can", "cannot": "can", "won't": "will", "shan't": "shall"}
_TOKEN = re.compile(
    r"(?P<number>[$€£¥]?\d+(?:[.,:/]\d+)*%?)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<break>[,;:()\[\]–—]| - )"
)
_STEMMER = snowballstemmer.stemmer("english")


@lru_cache(maxsize=4096)
def read_words(sentence: str) -> tuple[Word, ...]:
    """Return the words of `sentence` in order; punctuation only shows as `starts_clause`."""
    words: list[Word] = []
    breaks = ";"
    for match in _TOKEN.finditer(sentence):
        if match.lastgroup == "break":
            breaks += match.group()
            continue
        first, *rest = (
            [_number(match)]
            if match.lastgroup == "number"
            else _plain_words(match.group().replace("’", "'"))
        )
        words.append(replace(first, starts_clause=bool(breaks), starts_statement=";" in breaks))
        words += rest
        breaks = ""
    return tuple(words)


def is_doubt(word: Word) -> bool:
    """Whether what follows `word` is only said, asked, wanted or denied, not stated."""
    return word.key in _DOUBT_KEYS


def is_connector(word: Word) -> bool:
    """Whether a clause can lose `word` at its start."""
    return word.text.casefold() in _CONNECTORS


def is_title(word: Word) -> bool:
    """Whether `word` is a title that can stand before a name."""
    return word.text.casefold() in _TITLES


def is_pronoun(word: Word) -> bool:
    """Whether `word` stands for somebody or something named before."""
    return word.text.casefold() in _PRONOUNS


def is_relative(word: Word) -> bool:
    """Whether `word` begins a clause that tells more of what stands before it."""
    return word.text.casefold() in _RELATIVES


def _number(match: re.Match[str]) -> Word:
    key = match.group().replace(",", "")
    if re.match(r"\s?per\s?cent\b", match.string[match.end() :]):
        key = f"{key}%"
    return Word(
        text=match.group(),
        key=key,
        kind=WordKind.CONTENT,
        is_number=True,
    )


def _plain_words(text: str) -> list[Word]:
    """Return the word, and "not" after it if it is contracted with it."""
    folded = text.casefold()
    if folded.endswith("n't") or folded == "cannot":
        stem = _CONTRACTED.get(folded, folded[:-3])
        negation = Word(text=text, key="not", kind=WordKind.NEGATION)
        return [_plain_word(stem), negation]
    plain = text[:-2] if folded.endswith("'s") else text
    return [_plain_word(plain, is_possessive=folded.endswith("'s"))]


def _plain_word(text: str, *, is_possessive: bool = False) -> Word:
    folded = text.casefold()
    is_acronym = text.isupper() and len(text) > 1
    key, kind = folded, WordKind.CONTENT
    if folded in _NUMBERS:
        key = _NUMBERS[folded]
    elif folded in _ARTICLES:
        kind = WordKind.ARTICLE
    elif folded in _NEGATIONS:
        key, kind = "not" if folded == "no" else folded, WordKind.NEGATION
    elif folded in _QUALIFIERS and not is_acronym:
        kind = WordKind.QUALIFIER
    elif folded in _GLUE and not is_acronym:
        kind = WordKind.GLUE
    else:
        key = text if is_acronym else _stem(folded)
    return Word(
        text=text,
        key=key,
        kind=kind,
        is_name=kind is WordKind.CONTENT and text[:1].isupper(),
        is_number=folded in _NUMBERS,
        is_possessive=is_possessive,
    )


def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


_DOUBT_KEYS = frozenset(_stem(word) for word in _DOUBTS)
