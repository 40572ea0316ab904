"""What can be left out of a sentence without turning it round: the rules of safe compression.

The same words in the same order with the same commas, from where a statement begins to where one
can end. Deletion is the one way of rewriting in which grammar keeps the meaning (Knight and Marcu
2002, "Summarization beyond sentence extraction"; Filippova and Altun 2013), and even so only some
words can go without a parser: what commas set off to explain a name, the first of two predicates,
and a clause of its own at the end. Without an adjective a deputy mayor is the mayor; without "for
children" admission is free; without a comma somebody else is speaking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, takewhile

from rag.answering.asides import aside_end
from rag.answering.clauses import (
    ARTICLES,
    AUXILIARIES,
    clause_from,
    clause_to,
    governs,
    has_break,
    is_preposition,
    statement_to,
)
from rag.answering.lexicon import (
    Word,
    WordKind,
    is_connector,
    is_doubt,
    is_relative,
    is_title,
    read_words,
    refers_back,
)

LOOSE = (WordKind.FILLER, WordKind.GLUE)
_NEW_CLAUSE = frozenset(("after", "before", "since", "as", "that"))
_BACKWARD = frozenset(("that", "this", "it"))
"""After a semicolon these may be a comment on what stands before it ("; this is a lie")."""
_LONGEST_PREDICATE = 40
"""Words; bounds the search for where a first predicate ends."""
_SHORTEST_CLAUSE = 3
"""Words after ", and": fewer are the end of a list ("black, white, and red")."""
_LEAST_SAVED = 12
"""Characters; a form that saves fewer is not worth the loss of the exact words."""
_MOST_STATES = 500
"""Bounds the search for shorter forms of a long sentence."""


_Look = tuple[str, tuple[str, ...], bool]
"""What is seen of a step: the key of the word it reaches, the glue and the break before that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """From a kept word of the source to the next, `place`, by way of what follows `resumed`."""

    resumed: int
    place: int
    glue: tuple[str, ...]
    has_break: bool


def is_compression(words: Sequence[Word], source: Sequence[Word]) -> bool:
    """Return whether `words` is `source` with only harmless words left out.

    `reachable` are the places in `source` at which the words so far can end.
    """
    if _has_open_quote(source):
        return False
    kept = [index for index, word in enumerate(words) if word.kind not in LOOSE]
    glue = _glue(words[: kept[0]])
    first = words[kept[0]].key
    reachable = {
        place
        for place, opening in enumerate(_openings(source))
        if source[place].key == first and _may_start(source, opening, place, glue)
    }
    goals = lru_cache(maxsize=None)(lambda start, look: _step_goals(source, start, look))
    for before, index in pairwise(kept):
        look = (
            words[index].key,
            _glue(words[before + 1 : index]),
            has_break(words[before + 1 : index + 1]),
        )
        reachable = {place for start in reachable for place in goals(start, look)}
        if not reachable:
            return False
    return not _glue(words[kept[-1] + 1 :]) and any(_may_end(source, end) for end in reachable)


def _step_goals(source: Sequence[Word], start: int, look: _Look) -> tuple[int, ...]:
    """Return the places to which one can go on from `start` by a step that looks like `look`."""
    return tuple(
        step.place
        for step in _steps(source, start)
        if (source[step.place].key, step.glue, step.has_break) == look
    )


def shorter_forms(sentence: str) -> list[str]:
    """Return what is left of `sentence` when something harmless is left out, shortest first."""
    source = read_words(sentence)
    if ":" in sentence or not _is_balanced(sentence) or _has_open_quote(source):
        return []  # after a colon there may be a list, whose commas mean something else
    steps = lru_cache(maxsize=None)(lambda start: (*_steps(source, start),))
    may_end = lru_cache(maxsize=None)(lambda place: _may_end(source, place))
    forms: set[str] = set()
    todo: list[tuple[tuple[int, int], ...]] = [
        ((opening, place),)
        for place, opening in enumerate(_openings(source))
        if opening == 0
        and source[place].kind not in LOOSE
        and _may_start(source, opening, place, _glue(source[opening:place]))
    ]
    for _ in range(_MOST_STATES):
        if not todo:
            break
        *done, (first, last) = todo.pop()
        pieces = (*done, (first, last))
        if may_end(last) and _says_something(source, pieces):
            forms.add(_render(sentence, source, pieces))
        for step in steps(last):
            if step.resumed == last + 1:
                todo.append((*done, (first, step.place)))
            else:
                todo.append((*done, (first, last), (step.resumed, step.place)))
    longest = len(sentence.strip()) - _LEAST_SAVED
    return sorted((form for form in forms if len(form) <= longest and _is_balanced(form)), key=len)


def _render(sentence: str, source: Sequence[Word], pieces: Sequence[tuple[int, int]]) -> str:
    """Return the pieces, (first, last) places of words, as a sentence."""
    text = " ".join(sentence[source[first].start : source[last].end] for first, last in pieces)
    plain = " ".join(text.split())
    return f"{plain[:1].upper()}{plain[1:]}."


def _says_something(source: Sequence[Word], pieces: Sequence[tuple[int, int]]) -> bool:
    words = [word for first, last in pieces for word in source[first : last + 1]]
    is_statement = sum(word.kind is WordKind.CONTENT for word in words) > 1
    return is_statement and not _has_open_quote(words)


def _is_balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")


def _has_open_quote(words: Sequence[Word]) -> bool:
    """Whether a quotation begins or ends outside `words`: then somebody else may be speaking."""
    return sum(word.key == '"' for word in words) % 2 == 1


def _glue(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.key for word in words if word.kind is WordKind.GLUE)


def _is_limited(source: Sequence[Word], place: int) -> bool:
    """Whether a word of the statement up to `place` may go for all that is joined by an "and".

    "No boat is red and is fast" tells of none that is red. An aside limits nothing.
    """
    return any(
        governs(word) and not (word.starts_clause and is_relative(word))
        for word in statement_to(source, place)
    )


def _openings(source: Sequence[Word]) -> Iterator[int]:
    """Yield, for each word, where the last statement opened that nothing before it governs.

    That is where the source begins, after a semicolon and at ", but". A preposition at the very
    beginning ("In winter …; …") may go for both, as may an "if".
    """
    opening = 0
    first = next((word for word in source if not is_connector(word, word)), None)
    is_governed = first is not None and is_preposition(first)
    for place, word in enumerate(source):
        is_new = word.starts_statement or (word.starts_clause and word.key == "but")
        if is_new and not is_governed:
            opening = place
        is_governed = is_governed or word.kind is WordKind.QUALIFIER or is_doubt(word)
        yield opening


def _may_start(source: Sequence[Word], opening: int, place: int, glue: tuple[str, ...]) -> bool:
    """Whether the statement that opens at `opening` can begin at `place`, with `glue` before it.

    Only connectors, and a title before a name, can be left out.
    """
    while opening < place and is_connector(source[opening], source[opening + 1]):
        opening += 1
    lead = source[opening:place]
    if all(word.kind is WordKind.GLUE for word in lead):
        return _glue(lead) == glue
    titles = all(is_title(word) or word.key in ARTICLES for word in lead)
    return titles and source[place].is_name and not glue


def _steps(source: Sequence[Word], start: int) -> Iterator[_Step]:
    """Yield the places to which one can go on from the kept word at `start`."""
    places = (
        start + 1,
        aside_end(source, start),
        *_first_predicate_ends(source, start),
    )
    for place in places:
        end = place
        while end < len(source) and source[end].kind in LOOSE:
            end += 1
        if start < end < len(source):
            yield _Step(
                resumed=place,
                place=end,
                glue=_glue(source[place:end]),
                has_break=place == start + 1 and has_break(source[place : end + 1]),
            )


def _first_predicate_ends(source: Sequence[Word], start: int) -> Iterator[int]:
    """Yield where the second predicate begins after "was …, and was …" of the same subject."""
    rest = source[start + 1 : start + 1 + _LONGEST_PREDICATE]
    if not rest or rest[0].key not in AUXILIARIES or rest[0].starts_clause:
        return
    is_told_of = any(is_relative(word) or word.key == "that" for word in clause_to(source, start))
    if is_told_of or _is_limited(source, start):
        return
    for place, word in enumerate(rest[:-1]):
        if word.key == "and" and rest[place + 1].key == rest[0].key:
            second = start + 1 + place + 1
            if not any(refers_back(word) for word in source[second:]):
                yield second  # else "them" may be what the first predicate tells of
        if word.starts_clause or word.key in _NEW_CLAUSE or governs(word):
            return


def _may_end(source: Sequence[Word], place: int) -> bool:
    """Whether a statement can stop at `place`: where nothing that follows can limit it.

    That is where the source ends, before a semicolon, before ", who …", before "and" with another
    predicate or clause, and, if it tells of an event ("has agreed"), before some other clauses.
    Elsewhere the rest may say for whom, when or on what condition.
    """
    rest = source[place + 1 :]
    if source[place].is_possessive:
        return False
    if not rest:
        return True
    if _ends_with_report(rest):
        return False
    if rest[0].starts_statement:
        if _lists_statements(source):
            return False
        is_comment = rest[0].key in _BACKWARD or is_connector(rest[0], rest[0])
        return not is_comment and not governs(rest[0])
    statement = [rest[0], *takewhile(lambda word: not word.starts_statement, rest[1:])]
    if any(is_doubt(word) for word in statement):
        return False
    if rest[0].starts_clause and is_relative(rest[0]):
        return not has_break(statement[1:])
    if _is_limited(source, place):
        return False
    if rest[0].key == "and":
        return _adds_clause(clause_to(source, place), statement)
    clause = clause_from(rest)
    return rest[0].starts_clause and _tells_event(source[: place + 1]) and _is_own_clause(clause)


def _lists_statements(source: Sequence[Word]) -> bool:
    """Whether semicolons part a list, "A; B; and C": what stands between them may say nothing."""
    parts = [word for word in source[1:] if word.starts_statement]
    return len(parts) > 1 and any(word.key in ("and", "or") for word in parts)


def _ends_with_report(rest: Sequence[Word]) -> bool:
    """Whether `rest` ends with ", Kern said", which may go for all that stands before it."""
    last = clause_to(rest, len(rest) - 1) if has_break(rest[1:]) else ()
    return any(is_doubt(word) for word in last)


def _adds_clause(before: Sequence[Word], statement: Sequence[Word]) -> bool:
    """Whether `statement`, which begins with "and", has a predicate, and is not the end of a list.

    `before` is the clause it follows: one after a comma must itself have a predicate. What goes on
    after a comma (", and the fire in Linz, Kern sold …") is no statement yet.
    """
    clause = clause_from(statement)
    if len(clause) == 1 or any(governs(word) for word in clause):
        return False
    if any(word.key == "that" for word in before) or is_relative(before[0]):
        return False
    if clause[1].key in AUXILIARIES:
        return True
    has_predicate = before[0].starts_statement or any(word.key in AUXILIARIES for word in before)
    goes_on = any(word.starts_clause and not is_relative(word) for word in statement[1:])
    has_subject = not is_preposition(clause[1])
    is_long = clause[0].starts_clause and len(clause) > _SHORTEST_CLAUSE
    return is_long and has_subject and has_predicate and not goes_on


def _tells_event(words: Sequence[Word]) -> bool:
    return any(
        first.key in ("has", "have", "had") and second.key.endswith("ed")
        for first, second in pairwise(words)
    )


def _is_own_clause(clause: Sequence[Word]) -> bool:
    """Whether `clause` is "although details …": it says something of its own."""
    if not is_connector(clause[0], clause[0]) or len(clause) <= _SHORTEST_CLAUSE:
        return False
    has_subject = not is_preposition(clause[1])
    return has_subject and not governs(clause[1])
