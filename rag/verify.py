"""Is a sentence supported by the sentences it cites? Decided by code, never by a prompt.

A sentence passes when it is a *compression* of its evidence: all its words, numbers, names,
negations and qualifiers stand there in the same order, with the same prepositions and auxiliaries
before them, and nothing that was left out in between could change who did what, how much, or
whether it happened. Deletion is the one way of rewriting in which grammar keeps the meaning (Knight
and Marcu 2002, "Summarization beyond sentence extraction"; Filippova and Altun 2013). Everything
else is refused: a false alarm only costs a quote in place of a phrase, a miss would cost trust.

Knows nothing of retrieval, models or documents. The question supports nothing, so it is not asked
for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from rag.lexicon import (
    Word,
    WordKind,
    is_connector,
    is_doubt,
    is_pronoun,
    is_relative,
    is_title,
    read_words,
)

_LIMITING = (WordKind.NEGATION, WordKind.QUALIFIER)
_LOOSE = (WordKind.ARTICLE, WordKind.GLUE)
_AUXILIARIES = frozenset(("is", "are", "was", "were", "has", "have", "had"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a sentence is supported; `reason` says what was missing (empty if supported).

    `used` are the indices of the evidence sentences that a supported sentence draws on.
    """

    supported: bool
    reason: str = ""
    used: tuple[int, ...] = ()


def verify_sentence(sentence: str, evidence: Sequence[str]) -> Verdict:
    """Return whether `sentence` is supported by the sentences `evidence`, in document order."""
    for index, text in enumerate(evidence):
        if sentence.strip() == text.strip():
            return Verdict(supported=True, used=(index,))
    words = read_words(sentence)
    if sum(word.kind is WordKind.CONTENT for word in words) < 2:
        return Verdict(supported=False, reason="says nothing")
    missing = _missing_word(words, evidence)
    if missing:
        return Verdict(supported=False, reason=f"{missing!r} is not in the cited text")
    for index, text in enumerate(evidence):
        if is_compression(words, read_words(text)):
            return Verdict(supported=True, used=(index,))
    for index in range(len(evidence) - 1):
        joined = _resolve_pronoun(read_words(evidence[index]), read_words(evidence[index + 1]))
        if joined and is_compression(words, joined):
            return Verdict(supported=True, used=(index, index + 1))
    return Verdict(supported=False, reason="the cited text puts it differently")


def is_compression(words: Sequence[Word], source: Sequence[Word]) -> bool:
    """Return whether `words` is `source` with only harmless words left out.

    Dynamic programme: `reachable` are the places in `source` at which the words so far can end.
    """
    kept = [index for index, word in enumerate(words) if word.kind not in _LOOSE]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(source):
        places.setdefault(word.key, []).append(place)
    glue = _glue(words[: kept[0]])
    reachable = [
        place for place in places.get(words[kept[0]].key, []) if _may_start(source, place, glue)
    ]
    for before, index in zip(kept, kept[1:], strict=False):
        glue = _glue(words[before + 1 : index])
        reachable = [
            place
            for place in places.get(words[index].key, [])
            if any(_may_skip(source, start, place, glue) for start in reachable if start < place)
        ]
    return not _glue(words[kept[-1] + 1 :]) and any(_may_end(source, end) for end in reachable)


def _missing_word(words: Sequence[Word], evidence: Sequence[str]) -> str:
    known = {word.key for text in evidence for word in read_words(text)}
    loose = (word for word in words if word.kind is not WordKind.ARTICLE)
    return next((word.text for word in loose if word.key not in known), "")


def _glue(words: Sequence[Word]) -> list[str]:
    return [word.key for word in words if word.kind is WordKind.GLUE]


def _may_start(source: Sequence[Word], place: int, glue: Sequence[str]) -> bool:
    """Whether a statement can begin at `place`: where a clause does that nothing before governs."""
    opening = max(at for at in range(place + 1) if source[at].starts_clause)
    statement = max(at for at in range(place + 1) if source[at].starts_statement)
    if any(word.kind in _LIMITING or is_doubt(word) for word in source[statement:place]):
        return False
    lead = [word for word in source[opening:place] if not is_connector(word)]
    if source[place].is_name and all(is_title(w) or w.kind is WordKind.ARTICLE for w in lead):
        return True
    return all(word.kind in _LOOSE for word in lead) and _glue(lead) == list(glue)


def _may_skip(source: Sequence[Word], start: int, end: int, glue: Sequence[str]) -> bool:
    """Whether the words between `start` and `end`, both kept, can be left out but for `glue`."""
    skipped = source[start + 1 : end]
    content = [word for word in skipped if word.kind not in _LOOSE]
    if content and (source[start].is_possessive or source[start].is_number):
        return False
    if _is_aside(source, start, end) or _is_first_predicate(skipped, glue):
        harmful = [w for w in content if w.kind is WordKind.NEGATION or is_doubt(w)]
    else:
        harmful = [
            word
            for word in skipped
            if word.kind in _LIMITING
            or is_doubt(word)
            or (content and (word.is_name or word.is_number or word.key == "and"))
        ]
    if harmful:
        return False
    first = takewhile(lambda word: word.kind in _LOOSE, skipped)
    last = takewhile(lambda word: word.kind in _LOOSE, reversed(skipped))
    return list(glue) in (_glue([*first]), _glue([w for w in [*last][::-1] if w.key != "and"]))


def _is_aside(source: Sequence[Word], start: int, end: int) -> bool:
    """Whether between `start` and `end` one clause is set off by commas, dashes or brackets."""
    breaks = [place for place in range(start + 1, end + 1) if source[place].starts_clause]
    if len(breaks) != 2 or breaks[0] != start + 1:
        return False
    inside, after = source[breaks[0] : breaks[1]], source[breaks[1] : end]
    limits = [word for word in inside if word.kind is WordKind.QUALIFIER and not is_relative(word)]
    return not limits and all(word.kind in _LOOSE and word.key != "and" for word in after)


def _is_first_predicate(skipped: Sequence[Word], glue: Sequence[str]) -> bool:
    """Whether `skipped` is "was …, and was" before a second predicate of the same subject."""
    joints = [place for place, word in enumerate(skipped) if word.key == "and"]
    if not joints or not glue or glue[0] not in _AUXILIARIES or skipped[0].key != glue[0]:
        return False
    first, second = skipped[: joints[-1]], skipped[joints[-1] + 1 :]
    return (
        not any(word.starts_clause for word in first)
        and all(word.kind in _LOOSE for word in second)
        and _glue(second) == list(glue)
    )


def _may_end(source: Sequence[Word], place: int) -> bool:
    """Whether a statement can stop at `place`: no unit, owner, limit or condition may follow."""
    rest = source[place + 1 :]
    if source[place].is_possessive:
        return False
    has_unit = bool(rest) and not rest[0].starts_clause and rest[0].kind not in _LOOSE
    if source[place].is_number and has_unit:
        return False
    clause = [*takewhile(lambda word: not word.starts_clause and word.key != "and", rest)]
    following = [word for word in rest[len(clause) : len(clause) + 1] if not is_relative(word)]
    return not any(word.kind in _LIMITING for word in (*clause, *following))


def _resolve_pronoun(first: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """Return `second` with its opening pronoun replaced by the names that open `first`, else [].

    Only there is the antecedent beyond doubt.
    """
    if not second or not is_pronoun(second[0]):
        return []
    subject = list(takewhile(lambda word: word.is_name or word.kind is WordKind.ARTICLE, first))
    return [*subject, *second[1:]] if any(word.is_name for word in subject) else []
