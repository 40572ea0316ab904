"""Is a sentence supported by the sentences it cites? Decided by code, never by a prompt.

A sentence passes when it is a *compression* of its evidence (`rag.answering.compression`): nothing
is added, and nothing is left out that could change who did what, how much, or whether it happened.
All else is refused: a false alarm only costs a quote in place of a phrase, a miss would cost trust.

Knows nothing of retrieval, models or documents. The question supports nothing, so it is not asked
for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from rag.answering.asides import is_after_aside
from rag.answering.clauses import ARTICLES, has_break
from rag.answering.compression import is_compression
from rag.answering.lexicon import (
    Word,
    WordKind,
    is_determiner,
    is_person_pronoun,
    is_time,
    read_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a sentence is supported; `reason` says what was missing (empty if supported).

    `used` are the indices of the evidence sentences that a supported sentence draws on.
    """

    supported: bool
    reason: str = ""
    used: tuple[int, ...] = ()


def verify_sentence(sentence: str, evidence: Sequence[str]) -> Verdict:
    """Return whether `sentence` is supported by the sentences `evidence`, in document order.

    A pronoun is resolved from the sentence before it in `evidence`: give only neighbours.
    """
    words = read_words(sentence)
    plain = " ".join(sentence.split())
    for index, text in enumerate(evidence):
        if words and plain == " ".join(text.split()):
            return Verdict(supported=True, used=(index,))
    if sum(word.kind is WordKind.CONTENT for word in words) < 2:
        return Verdict(supported=False, reason="says nothing")
    missing = _missing_word(words, evidence)
    if missing:
        return Verdict(supported=False, reason=f"{missing!r} is not in the cited text")
    if "?" in sentence:
        return Verdict(supported=False, reason="asks")
    sources = [() if "?" in text else read_words(text) for text in evidence]
    for index, source in enumerate(sources):
        if is_compression(words, source) or is_compression(words, _with_names_first(source)):
            return Verdict(supported=True, used=(index,))
    for index, (first, second) in enumerate(pairwise(sources)):
        if is_compression(words, _resolve_pronoun(first, second)):
            return Verdict(supported=True, used=(index, index + 1))
    return Verdict(supported=False, reason="the cited text puts it differently")


def _missing_word(words: Sequence[Word], evidence: Sequence[str]) -> str:
    known = {word.key for text in evidence for word in read_words(text)}
    said = (word for word in words if word.kind is not WordKind.FILLER)
    return next((word.text for word in said if word.key not in known), "")


def _with_names_first(source: Sequence[Word]) -> list[Word]:
    """Return `source` with "Cobalt's chairwoman, Ingrid Solheim, said" as "Ingrid Solheim said".

    What stands before the name begins with an article or owner, and has no preposition: "the
    killers of Roth, Jonas Kern, …" is not he.
    """
    words = list(source)
    openings = [at for at, word in enumerate(words) if word.starts_statement]
    for opening in reversed(openings):
        lead = [*takewhile(lambda at: not words[at].starts_clause, range(opening + 1, len(words)))]
        start = max(lead, default=opening) + 1
        name = [*takewhile(lambda at: words[at].is_name, range(start, len(words)))]
        after = max(name, default=len(words)) + 1
        first, others = words[opening], words[opening + 1 : start]
        described = first.key in ARTICLES or is_determiner(first) or first.is_possessive
        if (
            described
            and after < len(words)
            and not any(word.kind is not WordKind.CONTENT or word.is_name for word in others)
            and not any(words[at].starts_clause for at in name[1:])
            and is_after_aside(words[after])
        ):
            words[after] = replace(words[after], starts_clause=False)
            words[opening : start + 1] = [replace(words[start], starts_statement=True)]
    return words


def _resolve_pronoun(first: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """Return `second` with its opening "he" or "she" replaced by who opens `first`, else [].

    Only if it is somebody with a full name, and nobody else is in `first`.
    """
    if not second or not is_person_pronoun(second[0]):
        return []
    subject = list(takewhile(lambda word: word.is_name and not word.is_possessive, first))
    others = first[len(subject) :]
    if len(subject) < 2 or has_break(subject[1:]) or not others or others[0].key == "and":
        return []
    is_birthplace = False
    for before, word in pairwise([subject[-1], *others]):
        is_place = is_birthplace and word.is_name and not word.is_possessive
        is_birthplace = is_place or (before.key, word.key) == ("born", "in")
        if is_determiner(word) or word.key in ARTICLES:
            return []
        if word.is_name and not is_place and not is_time(word):
            return []
    return [*subject, *second[1:]]
