"""Is a sentence supported by the sentences it cites? Decided by code, never by a prompt.

A sentence passes when it is a *compression* of its evidence: all its words, numbers, names, negations
and qualifiers stand there in the same order, with the same prepositions and auxiliaries before them,
and nothing that was left out in between could change who did what, how much, or whether it happened.
Deletion is the one way of rewriting in which grammar keeps the meaning (Knight and Marcu 2002,
"Summarization beyond sentence extraction"; Filippova and Altun 2013). Everything else is refused: a
false alarm only costs a quote in place of a phrase, a miss would cost trust.

Knows nothing of retrieval, models or documents. The question supports nothing, so it is not asked for.
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
    """Return whether `sentence` is supported by the sentences `evidence`, given in document order."""
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

    Dynamic programme over places: `reachable` are those in `source` at which the words so far can end.
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
    """Whether a statement can begin at `place`: where a clause does, with nothing that governs it."""
    opening = place
    while not source[opening].starts_clause:
        opening -= 1
    if any(word.kind in _LIMITING or is_doubt(word) for word in source[:place]):
        return False
    lead = [word for word in source[opening:place] if not is_connector(word)]
    titles_only = source[place].is_name and all(
        is_title(word) or word.kind is WordKind.ARTICLE for word in lead
    )
    return titles_only or (all(word.kind in _LOOSE for word in lead) and _glue(lead) == list(glue))


def _may_skip(source: Sequence[Word], start: int, end: int, glue: Sequence[str]) -> bool:
    """Whether the words between `start` and `end`, both kept, can be left out but for `glue`."""
    skipped = source[start + 1 : end]
    if _is_first_of_two_predicates(skipped, glue):
        return True
    if any(word.kind not in _LOOSE for word in skipped):
        if source[start].is_possessive or source[start].is_number:
            return False
        if any(
            word.kind in _LIMITING
            or word.is_name
            or word.is_number
            or word.key == "and"  # what follows may have another subject
            or is_doubt(word)
            for word in skipped
        ):
            return False
    first = list(takewhile(lambda word: word.kind in _LOOSE, skipped))
    last = list(takewhile(lambda word: word.kind in _LOOSE, reversed(skipped)))[::-1]
    return list(glue) in (_glue(first), _glue(last))


def _is_first_of_two_predicates(skipped: Sequence[Word], glue: Sequence[str]) -> bool:
    """Whether `skipped` is "was …, and was" before a second predicate of the same subject."""
    joints = [place for place, word in enumerate(skipped) if word.key == "and"]
    if not joints or not glue or glue[0] not in _AUXILIARIES:
        return False
    second = skipped[joints[-1] + 1 :]
    return (
        skipped[0].key == glue[0]
        and all(word.kind in _LOOSE for word in second)
        and _glue(second) == list(glue)
        and not any(word.starts_clause for word in skipped[: joints[-1]])
    )


def _may_end(source: Sequence[Word], place: int) -> bool:
    """Whether a statement can stop at `place`: no unit, owner, limit or condition may follow."""
    rest = source[place + 1 :]
    if source[place].is_possessive:
        return False
    if source[place].is_number and rest and not rest[0].starts_clause and rest[0].kind not in _LOOSE:
        return False
    clause = list(takewhile(lambda word: not word.starts_clause, rest))
    following = rest[len(clause) : len(clause) + 1]
    return not any(word.kind in _LIMITING for word in (*clause, *following))


def _resolve_pronoun(first: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """Return `second` with its opening pronoun replaced by the names that open `first`, else nothing.

    Only there is the antecedent beyond doubt.
    """
    if not second or not is_pronoun(second[0]):
        return []
    subject = list(
        takewhile(lambda word: word.is_name or word.kind is WordKind.ARTICLE, first)
    )
    return [*subject, *second[1:]] if any(word.is_name for word in subject) else []
