"""Where commas set off what only explains a name: "Kern, a former judge, was born in Linz"."""

from collections.abc import Sequence
from itertools import takewhile

from rag.answering.clauses import (
    ARTICLES,
    AUXILIARIES,
    clause_from,
    clause_to,
    governs,
    is_preposition,
    statement_to,
)
from rag.answering.lexicon import Word, is_connector, is_relative, is_time, is_title

_LAST_OF_A_LIST = 4
"""Words after a comma, the "and" of a list among them: ", light or heavy, political and …"."""


def aside_end(source: Sequence[Word], start: int) -> int:
    """Return where the source goes on after an aside behind `start`; its length if none is."""
    if start + 1 == len(source) or not source[start + 1].starts_clause:
        return len(source)
    inside = takewhile(lambda at: not source[at].starts_clause, range(start + 2, len(source)))
    end = max(inside, default=start + 1) + 1
    if end == len(source) or source[start].is_possessive:
        return len(source)
    aside = source[start + 1 : end]
    is_age = len(aside) == 1 and aside[0].is_number and len(aside[0].key) < 3
    of_name = source[start].is_name and not _opens_with_phrase(source, start)
    explains = _describes(aside[0]) and (of_name or source[end].key in AUXILIARIES)
    harmful = any(is_time(word) or (governs(word) and not is_relative(word)) for word in aside)
    harmful = harmful or is_connector(source[start], aside[0]) or _has_own_predicate(aside)
    if harmful or not (is_age or explains) or not is_after_aside(source[end]):
        return len(source)
    is_one_of_several = _opens_aside(source[end:]) or _is_inside_aside(source, start)
    return len(source) if is_one_of_several or _ends_a_list(source[end:]) else end


def _has_own_predicate(aside: Sequence[Word]) -> bool:
    """Whether `aside` tells something itself, as in "However, a trace was found, such as …"."""
    told = takewhile(lambda word: not (is_relative(word) or word.key == "that"), aside)
    return any(word.key in AUXILIARIES for word in told)


def _ends_a_list(rest: Sequence[Word]) -> bool:
    """Whether `rest` may be the end of a list that an aside began.

    ", which gave them civil, political and military rights" does not end at its comma.
    """
    return any(word.key in ("and", "or") for word in clause_from(rest)[:_LAST_OF_A_LIST])


def is_after_aside(word: Word) -> bool:
    """Whether `word` goes on with what an aside interrupted, and not with what follows from it."""
    return word.starts_clause and word.key not in ("and", "or", "so") and not word.is_name


def _opens_aside(rest: Sequence[Word]) -> bool:
    """Whether `rest` may open with an aside: then what stands before it is none.

    "Later, the mayor, 54, fled" does not tell of one whose name is Later.
    """
    clause = clause_from(rest)
    is_set_off = len(clause) < len(rest)
    is_phrase = len(clause) == 1 or rest[0].is_number or is_preposition(rest[0])
    return _describes(rest[0]) or (is_set_off and is_phrase and rest[0].key not in AUXILIARIES)


def _describes(word: Word) -> bool:
    return word.key in ARTICLES or is_title(word) or is_relative(word)


def _is_inside_aside(source: Sequence[Word], place: int) -> bool:
    """Whether `place` may itself stand in an aside, whose end is the same comma.

    Not so in the statement's first clause, or where another begins, or after "By May, …".
    """
    opening = clause_to(source, place)[0]
    if opening.starts_statement or opening.key in AUXILIARIES or is_connector(opening, opening):
        return False
    return not is_preposition(statement_to(source, place)[0])


def _opens_with_phrase(source: Sequence[Word], place: int) -> bool:
    """Whether `place` stands in "By May, the …": what follows is the subject and no aside."""
    opening = clause_to(source, place)[0]
    return is_preposition(opening) or opening.key.endswith("ing")
