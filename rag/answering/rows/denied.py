"""Cells that say that something is not there: "no electricity", where electricity is asked for.

Whether a phrase says so is told by a small model that was trained by hand (`phrases.py`).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from rag.answering.question_words import content_stems
from rag.answering.rows.phrases import HAVING, phrase_models
from rag.datatypes import Vectors

_DENIES, _ALONE = 0.85, 0.5
"""How surely a phrase says that something lacks, and its word alone ("non-smoking") does not."""
_MOST_PHRASES = 64
_MOST_ROWS = 500
_WORD = re.compile(r"[\w'’-]+")

Embed = Callable[[Sequence[str]], Vectors]


def phrases_of(cell: str) -> list[str]:
    """Return the parts of a cell between its commas."""
    return [part.strip() for part in re.split(r"[,;/]", cell)]


def without_denied(
    stem: str, rows: Iterable[int], texts: Sequence[str], embed: Embed
) -> frozenset[int]:
    """Return those of the `rows` whose cell has the word of a stem, and does not deny it.

    `texts` are the cells of all rows. Of many rows, or phrases, nothing is left out.
    """
    every = frozenset(rows)
    if len(every) > _MOST_ROWS:
        return every
    saying = {row: _with_stem(texts[row], stem) for row in every}
    phrases = list(dict.fromkeys(each for found in saying.values() for each in found))
    if not 0 < len(phrases) <= _MOST_PHRASES:
        return every
    words = [_word_of(phrase, stem) for phrase in phrases]
    lacks = _lacking([*phrases, *words], embed)
    denied = {
        phrase
        for phrase, word in zip(phrases, words, strict=True)
        if lacks[phrase] >= _DENIES and lacks[word] < _ALONE
    }
    return frozenset(row for row, found in saying.items() if not found or set(found) - denied)


def _with_stem(cell: str, stem: str) -> list[str]:
    return [phrase for phrase in phrases_of(cell) if stem in content_stems(phrase)]


def _word_of(phrase: str, stem: str) -> str:
    words = _WORD.findall(phrase)
    return next((word for word in words if stem in content_stems(word)), phrase)


def _lacking(phrases: Sequence[str], embed: Embed) -> Mapping[str, float]:
    model = phrase_models()[HAVING]
    return {
        phrase: model.probabilities(phrase, vector)["lacks"]
        for phrase, vector in zip(phrases, embed(phrases), strict=True)
    }
