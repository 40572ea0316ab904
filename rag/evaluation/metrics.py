"""The figures of a report as pure functions of plain values, each with the source of its formula.

Knows nothing of pipelines, rows or files. Offsets are half-open. A figure that is not defined for
its arguments is None (in arrays: NaN).
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]
Range = tuple[int, int]
Name = TypeVar("Name", bound=Hashable)
Figure = Callable[[Indices], float | None]
"""A figure of the rows at the given indices; the bootstrap calls it with resampled ones."""

_EXACT_PAIRS = 10
_ROUNDING = 1e-9

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise_answer(text: str) -> str:
    """Lower the case; drop ASCII punctuation, English articles and surplus white space.

    `normalize_answer` of SQuAD's official script (Rajpurkar et al. 2016,
    https://worksheets.codalab.org/rest/bundles/0x6b567e1cf2e041ec80d7098f031c5c9e/contents/blob/).
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1.0 if the normalised prediction is one of the normalised answers, else 0.0.

    `compute_exact` of SQuAD's official script, best over `answers`.
    """
    normalised = normalise_answer(prediction)
    return float(any(normalised == gold for gold in _accepted(answers)))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Return F1 of the normalised tokens as multisets, best over `answers`, in [0, 1].

    `compute_f1` of SQuAD's official script: without tokens on either side it is 1.0 if both have
    none, else 0.0.
    """
    predicted = normalise_answer(prediction).split()
    return max(_f1(predicted, gold.split()) for gold in _accepted(answers))


def items_f1(shown: Sequence[str], accepted: Sequence[str]) -> float:
    """Return F1 over items: one is found if, normalised, it is one of those shown."""
    return _f1(_items(shown), _items(accepted))


def holds_items(shown: Sequence[str], accepted: Sequence[str]) -> bool:
    """Return whether each accepted item is shown, whatever else is."""
    return not Counter(_items(accepted)) - Counter(_items(shown))


def contains_answer(text: str, answers: Sequence[str]) -> bool:
    """Return whether an accepted answer's normalised tokens stand in a row in the normalised text.

    An answer that normalises to nothing stands nowhere.
    """
    padded = f" {normalise_answer(text)} "
    return any(f" {gold} " in padded for gold in map(normalise_answer, answers) if gold)


def merge_ranges(ranges: Sequence[Range]) -> list[Range]:
    """Return the union of the ranges as disjoint ones in order; empty ranges vanish."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def overlap(ranges: Sequence[Range], target: Range) -> int:
    """Return how many characters of `target` lie in the union of `ranges`."""
    start, end = target
    return sum(
        max(0, min(end, range_end) - max(start, range_start))
        for range_start, range_end in merge_ranges(ranges)
    )


def find_all(text: str, part: str) -> list[Range]:
    """Return every place where `part` stands in `text`, overlapping ones too."""
    places: list[Range] = []
    start = text.find(part) if part else -1
    while start >= 0:
        places.append((start, start + len(part)))
        start = text.find(part, start + 1)
    return places


def first_rank(relevant: Sequence[bool], depth: int = 10) -> int | None:
    """Return the rank, from 1, of the first relevant hit of the `depth` best; None without one."""
    return next((rank for rank, right in enumerate(relevant[:depth], start=1) if right), None)


def hit_at(rank: int | None, depth: int) -> float:
    """Return 1.0 if the first relevant hit is among the `depth` best."""
    return float(rank is not None and rank <= depth)


def reciprocal_rank(rank: int | None, depth: int = 10) -> float:
    """Return 1 / rank, 0.0 beyond `depth` (Voorhees 1999, TREC-8 question answering track)."""
    return 1.0 / rank if rank is not None and rank <= depth else 0.0


def auroc(scores: Numbers, positive: NDArray[np.bool_]) -> float | None:
    """Return the probability that a positive scores above a negative, ties counting half.

    Mann and Whitney's U over the number of pairs (Hanley and McNeil 1982); None if a class is
    empty.
    """
    above, below = scores[positive], np.sort(scores[~positive])
    if not len(above) or not len(below):
        return None
    lower = np.searchsorted(below, above, side="left").sum()
    lower_or_tied = np.searchsorted(below, above, side="right").sum()
    return float((lower + lower_or_tied) / (2 * len(above) * len(below)))


def percentile(values: Numbers, percent: float) -> float | None:
    """Return the percentile with linear interpolation, passing over NaN; None without values."""
    known = values[~np.isnan(values)]
    return float(np.percentile(known, percent)) if len(known) else None


def mean(values: Numbers) -> float | None:
    """Return the mean, passing over NaN; None without values."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def ratio(numerators: Numbers, denominators: Numbers) -> float | None:
    """Return the pooled ratio (sum over sum); None if the denominators sum to zero."""
    total = float(denominators.sum())
    return float(numerators.sum()) / total if total else None


def bootstrap_intervals(
    figures: Mapping[Name, Figure], count: int, *, replicates: int = 1000, seed: int = 0
) -> dict[Name, tuple[float, float] | None]:
    """Return each figure's 95 % percentile interval over `replicates` resamples of `count` rows.

    Efron and Tibshirani 1993, chapter 13. Every figure sees the same resamples, so a difference of
    two systems on the same questions is a paired one. Resamples in which a figure is not defined
    are left out of it; None if it is not defined for the rows themselves.
    """
    random = np.random.default_rng(seed)
    defined = [name for name in figures if figures[name](np.arange(count)) is not None]
    samples: dict[Name, list[float]] = {name: [] for name in defined}
    for _ in range(replicates if count else 0):
        indices = random.integers(0, count, count)
        for name in defined:
            value = figures[name](indices)
            if value is not None:
                samples[name].append(value)
    intervals: dict[Name, tuple[float, float] | None] = dict.fromkeys(figures)
    for name, values in samples.items():
        if values:
            low, high = np.percentile(values, [2.5, 97.5])
            intervals[name] = (float(low), float(high))
    return intervals


def paired_change(figure: Figure, count: int) -> Figure:
    """Return `figure` of the rows at `count` + indices (B's) minus that of those at indices (A's).

    None where either is not defined.
    """

    def change(indices: Indices) -> float | None:
        before, after = figure(indices), figure(indices + count)
        return None if before is None or after is None else after - before

    return change


def exchange_p_values(
    figures: Mapping[Name, Figure], count: int, *, exchanges: int = 1999, seed: int = 0
) -> dict[Name, float | None]:
    """Return the two-sided p-value of each figure's difference: a paired permutation test.

    If A and B were the same, a question's two rows could as well be exchanged: how often would the
    difference then be at least as large? (Noreen 1989, approximate randomisation; for a mean it is
    the sign-flip test.) Row `i` of A is at index i, that of B at `count` + i. All exchanges are
    tried for up to ten pairs; else `exchanges` random ones, and the p-value counts the one that was
    observed too (Phipson and Smyth 2010), so that it is never 0. None where the difference is not
    defined.
    """
    every_row = np.arange(count)
    exact = count <= _EXACT_PAIRS
    observed = {
        name: change
        for name, figure in figures.items()
        if (change := paired_change(figure, count)(every_row)) is not None
    }
    as_large, tried = dict.fromkeys(observed, 0), dict.fromkeys(observed, 0)
    for swap in _exchanges(count, exchanges, seed, exact=exact):
        first = np.where(swap, every_row + count, every_row)
        second = np.where(swap, every_row, every_row + count)
        for name, change in observed.items():
            before, after = figures[name](first), figures[name](second)
            if before is not None and after is not None:
                tried[name] += 1
                as_large[name] += abs(after - before) >= abs(change) - _ROUNDING
    extra = 0 if exact else 1
    return {
        name: (as_large[name] + extra) / (tried[name] + extra) if name in observed else None
        for name in figures
    }


def _accepted(answers: Sequence[str]) -> list[str]:
    """Return the normalised answers that are not empty; without any, the official `['']`."""
    return [gold for gold in map(normalise_answer, answers) if gold] or [""]


def _items(texts: Sequence[str]) -> list[str]:
    return [item for item in map(normalise_answer, texts) if item]


def _f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    if not predicted or not gold:
        return float(predicted == gold)
    common = sum((Counter(predicted) & Counter(gold)).values())
    return 2 * common / (len(predicted) + len(gold))


def _exchanges(
    count: int, exchanges: int, seed: int, *, exact: bool
) -> Iterator[NDArray[np.bool_]]:
    """Yield which pairs to exchange: all ways, or random ones."""
    if exact:
        yield from (np.array(swap, dtype=bool) for swap in product((False, True), repeat=count))
        return
    random = np.random.default_rng(seed)
    for _ in range(exchanges):
        yield random.random(count) < 0.5
