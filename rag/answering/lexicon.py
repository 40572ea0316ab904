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

    FILLER = auto()
    """Nothing: that."""
    GLUE = auto()
    """Says who did what: prepositions, auxiliaries, articles. Must be the same before a word."""
    NEGATION = auto()
    """Turns it round."""
    QUALIFIER = auto()
    """Limits it: modals, conditions, quantities, "nearly", "million", quotation marks, symbols."""
    CONTENT = auto()
    """Says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word in its sentence. Two words are the same if their keys are."""

    text: str
    key: str
    kind: WordKind
    start: int = 0
    end: int = 0
    """Half-open offsets in the sentence."""
    is_name: bool = False
    is_number: bool = False
    is_possessive: bool = False
    starts_clause: bool = False
    starts_statement: bool = False
    """Whether nothing before it governs it: the start of the sentence, or after a semicolon."""


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FILLERS = _table("that")
_GLUE = _table(
    """
    am is are was were be been being has have had having do does did of in on at to for with
    as by from into onto upon against before after since during between among through over
    under above below within towards toward about around across along behind near per via
    and both a an the
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
    several few half any another hundred thousand million billion trillion dozen if
    whether unless until or either what when where why how who whom whose which because so
    despite instead rather twice once too very apart aside besides bar barring except excepted
    excepting excluding excluded provided providing assuming supposing subject case lest
    whenever wherever whatever whoever while everyone everybody everything anyone anybody
    anything someone somebody something
    """
)
_DOUBTS = _table(
    """
    deny claim allege demand ask want hope plan propose threaten doubt seek intend expect
    urge request suggest believe think thought fear promise offer try attempt refuse reject
    fail accuse suppose say said saying tell told according report announce warn insist
    argue predict estimate consider order avoid prevent stop cancel pretend wish aim prepare
    call prohibit forbid ban find found rule hold held write wrote written read note add feel
    felt know knew known explain reveal admit conclude show shown hear heard recall state
    remark reply confirm assert maintain assume imagine speculate hint imply indicate guess
    reckon view opinion theory fiction novel film dream rumour rumor myth legend
    """
)
_CONNECTORS = _table("and but although though")
_ADVERBS = _table("however also moreover notably meanwhile")
_TITLES = _table(
    """
    mr mrs ms dr sir lady lord president minister prime chancellor king queen prince
    princess professor senator governor mayor general captain colonel judge pope chief
    secretary director spokesman spokeswoman spokesperson ambassador foreign chairman
    chairwoman
    """
)
_RELATIVES = _table("who whom whose which")
_ASKING = _table("what when where why how")
_PERSON_PRONOUNS = _table("he she")
_DETERMINERS = _table(
    """
    his her hers him their them its my our your this these those one another some any each
    every
    """
)
_SUBJECT_PRONOUNS = _table("i he she it we they")
_REFERENCES = _SUBJECT_PRONOUNS | _table(
    """
    me him her us them my his its our their mine hers ours theirs this that these those such
    """
)
_TIMES = _table(
    """
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday hour hours day days week weeks
    weekend weekends month months year years season seasons morning mornings evening evenings
    night nights time times
    """
)
_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_CONTRACTED = {"can't": "can", "cannot": "can", "won't": "will", "shan't": "shall"}
_TOKEN = re.compile(
    r"(?P<number>(?:(?<![^\W_])[-−])?\d+(?:[.,:/–—-]\d+)*)"
    r"|(?P<word>per\s+cent\b|[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<break>[,;:()\[\]–—]| - )"
    r"|(?P<symbol>[^\w\s.!?…'’‘*#`|•-])",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SYMBOLS = {"percent": "%", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "−": "-"}
"""Other ways to write a symbol. Any symbol says how much (%, $, <, °) or who says it (quotes)."""
_STEMMER = snowballstemmer.stemmer("english")


@lru_cache(maxsize=4096)
def read_words(sentence: str) -> tuple[Word, ...]:
    """Return the words of `sentence` in order; punctuation only shows as `starts_clause`."""
    words: list[Word] = []
    breaks = ";"
    is_listed = False
    for match in _TOKEN.finditer(sentence):
        if match.lastgroup == "break":
            breaks += match.group()
            is_listed |= match.group() == ":"
            continue
        first, *rest = _read(match.lastgroup or "", match.group())
        is_statement = ";" in breaks and not (words and is_listed)
        first = replace(first, starts_clause=bool(breaks), starts_statement=is_statement)
        words += [replace(each, start=match.start(), end=match.end()) for each in (first, *rest)]
        breaks = ""
    return tuple(words)


def content_stems(sentence: str) -> frozenset[str]:
    """Return the stems of what `sentence` says; neither "which" nor what asks."""
    return frozenset(
        _stem(word.key)
        for word in read_words(sentence)
        if word.kind is WordKind.CONTENT and word.key not in _RELATIVES | _ASKING
    )


def is_doubt(word: Word) -> bool:
    """Whether what follows `word` is only said, asked, wanted or denied, not stated."""
    return word.kind is WordKind.CONTENT and _stem(word.key) in _DOUBT_STEMS


def is_connector(word: Word, after: Word) -> bool:
    """Whether a statement can lose `word` at its start, before `after`."""
    folded = word.text.casefold()
    return folded in _CONNECTORS or (folded in _ADVERBS and after.starts_clause)


def is_title(word: Word) -> bool:
    """Whether `word` is a title that can stand before a name."""
    return word.text.casefold() in _TITLES


def is_person_pronoun(word: Word) -> bool:
    """Whether `word` stands for one person named before."""
    return word.text.casefold() in _PERSON_PRONOUNS


def is_subject_pronoun(word: Word) -> bool:
    """Whether `word` stands for whoever does what a clause tells; "they're" does too."""
    return _without_contraction(word.text) in _SUBJECT_PRONOUNS


def refers_back(word: Word) -> bool:
    """Whether `word` stands for, or begins a phrase that stands for, what was named before."""
    return _without_contraction(word.text) in _REFERENCES


def _without_contraction(text: str) -> str:
    return text.casefold().replace("’", "'").split("'")[0]


def is_determiner(word: Word) -> bool:
    """Whether `word` stands for somebody or something, or begins a phrase that does."""
    return word.text.casefold() in _DETERMINERS


def is_time(word: Word) -> bool:
    """Whether `word` is a month, a day of the week, or another word for a time."""
    return word.kind is WordKind.CONTENT and word.key in _TIMES


def is_relative(word: Word) -> bool:
    """Whether `word` begins a clause that tells more of what stands before it."""
    return word.text.casefold() in _RELATIVES


def _read(group: str, text: str) -> list[Word]:
    if group == "number":
        key = _THOUSANDS.sub("", text).replace("−", "-").replace("—", "–")
        return [Word(text=text, key=key, kind=WordKind.CONTENT, is_number=True)]
    symbol = "".join(text.casefold().split())
    if group == "symbol" or symbol == "percent":
        return [Word(text=text, key=_SYMBOLS.get(symbol, symbol), kind=WordKind.QUALIFIER)]
    return _plain_words(text.replace("’", "'"))


def _plain_words(text: str) -> list[Word]:
    """Return the word, and "not" after it if it is contracted with it."""
    folded = text.casefold()
    if folded.endswith("n't") or folded == "cannot":
        stem = _CONTRACTED.get(folded, folded[:-3])
        negation = Word(text=text, key="not", kind=WordKind.NEGATION)
        return [_plain_word(stem), negation]
    return [_plain_word(text)]


def _plain_word(text: str) -> Word:
    folded = text.casefold()
    is_acronym = text.isupper() and len(text) > 1
    key, kind = folded, WordKind.CONTENT
    if folded in _NUMBERS:
        key = _NUMBERS[folded]
    elif folded in _FILLERS:
        kind = WordKind.FILLER
    elif folded in _NEGATIONS:
        key, kind = "not" if folded == "no" else folded, WordKind.NEGATION
    elif folded in _QUALIFIERS and not is_acronym and text != "May":
        kind = WordKind.QUALIFIER
    elif folded in _GLUE and not is_acronym:
        kind = WordKind.GLUE
    elif is_acronym:
        key = text
    return Word(
        text=text,
        key=key,
        kind=kind,
        is_name=kind is WordKind.CONTENT and text[:1].isupper(),
        is_number=folded in _NUMBERS,
        is_possessive=folded.endswith("'s"),
    )


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


_DOUBT_STEMS = frozenset(_stem(word) for word in _DOUBTS)
