"""Which sentences say most of what a text says: LexRank over their vectors, by section.

A sentence is central if it is like many others that are central (Erkan and Radev 2004, "LexRank:
Graph-based Lexical Centrality as Salience in Text Summarization", here the continuous form), the
more if it is like what the text is called (Otterbacher, Erkan and Radev 2005, "Using Random Walks
for Question-focused Sentence Retrieval"). Numbers to numbers; knows nothing of documents.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Vectors

Scores = NDArray[np.float64]

_DAMPING = 0.85
"""Share of a sentence's rank that comes from those it is like; the rest from the topic."""
_LEAST_LIKE = 0.05
"""Cosine below which two sentences have nothing in common: as many pairs as below the 0.1 of the
paper with the vectors before."""
_SAME = 0.8
"""Cosine from which two sentences say the same: only one of them is chosen."""
_POSITION_WEIGHT = 0.75
"""What the first sentence of a section gets more, as a share of its best one's score."""
_FIGURE_WEIGHT, _MOST_FIGURES = 0.5, 2
"""What each number in a sentence adds, as a share of its score, and how many do. Of the words of
32 summaries of `everyday/fit` 0.47 are shown, of their numbers 0.56 (0.44 of both without it)."""
_ROUNDS = 60


def lexrank(rows: Vectors, topic: Scores) -> Scores:
    """Return how central each sentence is, (n,), summing to 1.

    `rows` are the sentences' unit vectors, float32 (n, d), `topic` (n,) what each has of the topic:
    any numbers ≥ 0.
    """
    if not len(rows):
        return np.zeros(0)
    likeness = np.asarray(rows @ rows.T, dtype=np.float64)
    likeness[likeness < _LEAST_LIKE] = 0.0
    np.fill_diagonal(likeness, 1.0)
    walk = likeness / likeness.sum(axis=1, keepdims=True)
    total = topic.sum()
    jump = topic / total if total > 0 else np.full(len(rows), 1 / len(rows))
    rank = np.full(len(rows), 1 / len(rows))
    for _ in range(_ROUNDS):
        rank = _DAMPING * (rank @ walk) + (1 - _DAMPING) * jump
    return rank


def with_figures(scores: Scores, counts: Sequence[int]) -> Scores:
    """Return the scores, (n,), the higher the more numbers a sentence has; `counts` says how many.

    Amounts, dates and times are what everyday texts are read for (the numerical data of Fattah and
    Ren 2009).
    """
    weighted: Scores = scores * (1 + _FIGURE_WEIGHT * np.minimum(counts, _MOST_FIGURES))
    return weighted


def with_position(scores: Scores, places: Sequence[int]) -> Scores:
    """Return the scores of `places`, in the text's order, with what each gets for standing early.

    The feature falls evenly to nothing, as in MEAD (Radev, Allison et al. 2004).
    """
    own = scores[list(places)]
    falling = 1 - np.arange(len(own)) / max(1, len(own))
    weighted: Scores = own + _POSITION_WEIGHT * own.max(initial=0.0) * falling
    return weighted


def choose(rows: Vectors, scores: Scores, places: Sequence[int], count: int) -> list[int]:
    """Return up to `count` of `places`, in order: the best ones of which no two say the same."""
    chosen: list[int] = []
    for place in sorted(places, key=lambda place: -scores[place]):
        if len(chosen) == count:
            break
        if not chosen or float((rows[chosen] @ rows[place]).max()) < _SAME:
            chosen.append(place)
    return sorted(chosen)


def share_out(total: int, sizes: Sequence[int]) -> list[int]:
    """Return how many of `total` each section gets: one at least, the others by size.

    A section gets no more than its size; where there are more sections than `total`, the largest
    get one each. (Sainte-Laguë: each goes to the section with the largest size / (2 × got + 1).)
    """
    got = [0] * len(sizes)
    for section in sorted(range(len(sizes)), key=lambda place: -sizes[place])[:total]:
        got[section] = min(1, sizes[section])
    while sum(got) < min(total, sum(sizes)):
        open_ones = [place for place, size in enumerate(sizes) if got[place] < size]
        best = max(open_ones, key=lambda place: sizes[place] / (2 * got[place] + 1))
        got[best] += 1
    return got
