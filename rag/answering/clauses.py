"""Where the clauses and statements of a sentence begin, and which words govern what is in them.

Read from punctuation and a few words alone: there is no parser.
"""

from collections.abc import Sequence
from itertools import takewhile

from rag.answering.lexicon import Word, WordKind, is_doubt

ARTICLES = frozenset(("a", "an", "the"))
AUXILIARIES = frozenset(("is", "are", "was", "were", "has", "have", "had"))
_LIMITING = (WordKind.NEGATION, WordKind.QUALIFIER)


def has_break(words: Sequence[Word]) -> bool:
    """Whether a comma or the like stands among or before `words`."""
    return any(word.starts_clause for word in words)


def governs(word: Word) -> bool:
    """Whether `word` can turn round, limit or merely report what is said around it."""
    return word.kind in _LIMITING or is_doubt(word)


def statement_to(source: Sequence[Word], place: int) -> Sequence[Word]:
    """Return the words up to `place` since the last semicolon, or all."""
    opening = next((at for at in range(place, 0, -1) if source[at].starts_statement), 0)
    return source[opening : place + 1]


def clause_to(source: Sequence[Word], place: int) -> Sequence[Word]:
    """Return the words up to `place` since the last comma or the like, or all."""
    opening = next((at for at in range(place, 0, -1) if source[at].starts_clause), 0)
    return source[opening : place + 1]


def clause_from(rest: Sequence[Word]) -> Sequence[Word]:
    """Return the first word of `rest` and what follows it up to the next comma or the like."""
    return [rest[0], *takewhile(lambda word: not word.starts_clause, rest[1:])]


def is_preposition(word: Word) -> bool:
    """Whether `word` is glue other than an article: a preposition, an auxiliary, "and"."""
    return word.kind is WordKind.GLUE and word.key not in ARTICLES
