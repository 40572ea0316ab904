"""Which document, or which section of it, an overview is asked of.

Found by what documents are called and by their headings, else by where the passages nearest to the
question stand. Knows nothing of which sentences are shown.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.names import Names, Section, is_month, name_words
from rag.answering.operation_words import without_operation
from rag.answering.question_words import names_and_numbers, word_keys
from rag.datatypes import Hit
from rag.library.word_query import STOP_WORDS

_NEAREST = 6
_MOST_OF_NEAREST = 0.6
"""Share of the nearest passages that one document has to have where none is named."""
_LEAST_OF_HEADING = 0.25
"""Share of what a heading's words count that the question has to have to mean the section."""
_PLAIN = 0.9
"""Probability of its kind from which a question plainly asks for an overview."""
_SMALL_WORD = re.compile(r"(?<![\w’'-])[^\W\d_A-Z]{3,}(?!\w)")
_INNER_NAME = re.compile(r"(?<=[^\W_A-Z] )([A-Z][^\W\d_A-Z]{2,})(?!\w)")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\b([^\W\d_]{4,})\s(\d+)\b")
_AS_LIKELY = 0.95
"""Share of the best document's weight from which another one may be meant as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an overview is of. `others` are the names of documents that fit as well.

    `certainty` in (0, 1] is how much better it fits than the next.
    """

    document_id: int
    section: Section | None
    certainty: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    document_id: int
    section: Section | None
    weight: float
    share: float
    named: frozenset[str]


def find_target(
    names: Names, question: str, hits: Sequence[Hit], *, probability: float, has_topic: bool
) -> Target | None:
    """Return what the question asks an overview of; None if that cannot be told.

    `hits` are the passages nearest to the question, best first; `probability` is that of asking for
    an overview, `has_topic` whether of one topic alone ("what does the lease say about pets"). That
    is to be read for unless a section is on it: its heading has all words of the topic, or an
    overview is plainly meant and it has some. So is what is asked where no document or section is
    named but somebody whom they name ("what did Ann say about it?"), unless an overview is plainly
    meant ("sum up the mails with Ann"), and one of many things that no heading has, by its number
    ("the code of section 777").
    """
    topic = without_operation(question, "overview")
    fits = _fits(names, topic) or _fits(names, question)
    if not fits and probability < _PLAIN and _names_somebody(question, hits):
        return None
    is_whole = not any(fit.section for fit in fits)
    if is_whole and _numbers_one(names, question, hits):
        return None
    is_plain = probability >= _PLAIN and not is_whole
    if has_topic and not is_plain and not any(_is_called(fit, topic) for fit in fits):
        return None
    if len(names.documents) == 1:
        (only,) = names.documents
        section = fits[0].section if fits else None
        return Target(document_id=only, section=section, certainty=1.0)
    order = [hit.passage.document_id for hit in hits]
    if not fits:
        return _nearest(order)
    return _likeliest(names, fits, order)


def find_section(names: Names, question: str, hits: Sequence[Hit]) -> Target | None:
    """Return the section that has words of the question in its heading; None if none has.

    `hits` are as for `find_target`.
    """
    fits = [fit for fit in _fits(names, question) if fit.section]
    order = [hit.passage.document_id for hit in hits]
    return _likeliest(names, fits, order) if fits else None


def _likeliest(names: Names, fits: Sequence[_Fit], order: Sequence[int]) -> Target:
    """Return what fits best; of several that fit alike what the nearest passages are of."""
    best = fits[0].weight
    tied = [fit for fit in fits if fit.weight >= _AS_LIKELY * best]
    tied.sort(key=lambda fit: (-fit.share, _place(order, fit.document_id)))
    others = tuple(names.documents[fit.document_id] for fit in tied[1:])
    second = max((fit.weight for fit in fits if fit not in tied), default=0.0)
    certainty = 1 / len(tied) if others else 1 - 0.5 * second / best
    return Target(
        document_id=tied[0].document_id,
        section=tied[0].section,
        certainty=certainty,
        others=others,
    )


def _is_called(fit: _Fit, topic: str) -> bool:
    """Say whether a section's heading has all words of the topic that do not name its document."""
    if fit.section is None:
        return False
    return name_words(topic) - fit.named <= name_words(fit.section.title)


def _names_somebody(question: str, hits: Sequence[Hit]) -> bool:
    """Say whether a name in the question, not a number, stands in the nearest passages.

    A word in small letters is one that these have with a capital letter alone, inside a sentence.
    """
    texts = [hit.passage.text for hit in hits[:_NEAREST]]
    asked = {key for key in names_and_numbers(question) if key[:1].isalpha()}
    if any(asked & word_keys(text) for text in texts):
        return True
    typed = set(_SMALL_WORD.findall(question)) - STOP_WORDS
    names = {name.casefold() for text in texts for name in _INNER_NAME.findall(text)}
    return bool(typed & names - set().union(*map(_SMALL_WORD.findall, texts)))


def _numbers_one(names: Names, question: str, hits: Sequence[Hit]) -> bool:
    """Say whether a word with its number ("section 777"), no document's, is in nearest passages."""
    asked = _numbered(question)
    if asked:
        of_documents = {word for each in names.named(question) for word in each.words}
        asked = {pair for pair in asked if pair[1] not in of_documents}
    return any(asked & _numbered(hit.passage.text) for hit in hits[:_NEAREST])


def _numbered(text: str) -> set[tuple[str, ...]]:
    return {match.groups() for match in _NUMBERED.finditer(text.casefold())}


def _fits(names: Names, question: str) -> list[_Fit]:
    """Return how well each document fits that shares words with the question, the best first."""
    named = {each.document_id: each for each in names.named(question)}
    if named and any(each.is_written_out for each in named.values()):
        named = {key: each for key, each in named.items() if each.is_written_out}
    asked = names.headings.meant(question)
    days = frozenset(_ORDINAL.findall(question))
    fits = []
    for document_id in names.documents:
        label = named.get(document_id)
        words = label.words if label else frozenset()
        section, weight = _section(names, document_id, asked, asked - words, days)
        total = (label.weight if label else 0.0) + weight
        if total > 0:
            share = label.share if label else 0.0
            fits.append(_Fit(document_id, section, total, share, words))
    return sorted(fits, key=lambda fit: (-fit.weight, -fit.share))


def _section(
    names: Names,
    document_id: int,
    asked: frozenset[str],
    beyond: frozenset[str],
    days: frozenset[str],
) -> tuple[Section | None, float]:
    """Return the section whose heading has most of `asked`, and what the words `beyond` count.

    These are the words that do not name the document. One of them at least is in the heading, or it
    has all that is asked and others are like it: "Meeting of 10 March" may be the title of minutes,
    too, in which that of 24 March follows. `days` are those of a month ("the 10th"). A mail that is
    quoted ("On 2 May 2025 Ann wrote:") goes by its date alone: all are meant by "Ann's mails".
    """
    best: tuple[float, float, Section] | None = None
    sections = names.sections[document_id]
    for section in sections:
        words = _heading_words(section.title, asked)
        shared, weight = names.headings.weight(words & asked), names.headings.weight(words)
        said = name_words(section.title)
        is_dated = any(map(is_month, said & asked if said.isdisjoint(days) else said))
        if section.is_mail and not is_dated:
            continue
        if is_dated:  # a meeting goes by its date, whatever else it says
            weight = min(weight, shared / _LEAST_OF_HEADING)
        is_meant = words & beyond or (words >= asked and _has_like(section, words, sections))
        if not is_meant or not shared or shared < _LEAST_OF_HEADING * weight:
            continue
        rank = (shared, shared / weight)
        if best is None or rank > best[:2]:
            best = (*rank, section)
    if best is None:
        return None, 0.0
    return best[2], names.headings.weight(name_words(best[2].title) & beyond)


def _heading_words(title: str, asked: frozenset[str]) -> frozenset[str]:
    """Return the words of a heading; its numbers and months ("5. Keys") only where asked for."""
    words = name_words(title)
    return frozenset(
        word for word in words if word in asked or not (word.isdecimal() or is_month(word))
    )


def _has_like(section: Section, words: frozenset[str], sections: Sequence[Section]) -> bool:
    """Say whether another section of the same level has most of the `words` of a heading."""
    return any(
        other is not section
        and other.level == section.level
        and 2 * len(name_words(other.title) & words) > len(words)
        for other in sections
    )


def _nearest(order: Sequence[int]) -> Target | None:
    """Return the document that most of the nearest passages are of."""
    counts = Counter(order[:_NEAREST])
    if not counts:
        return None
    document_id, count = counts.most_common(1)[0]
    share = count / min(_NEAREST, len(order))
    if share < _MOST_OF_NEAREST:
        return None
    return Target(document_id=document_id, section=None, certainty=share)


def _place(order: Sequence[int], document_id: int) -> int:
    return order.index(document_id) if document_id in order else len(order)
