"""What a threshold on the confidence costs, which one keeps an error rate, and what that promises.

The one implementation of calibrating: `footnote calibrate` uses it for a person's own documents,
`training/fit_confidence.py` for the reader. Numbers in, numbers out: knows nothing of questions,
pipelines or files.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.metrics import Indices, Numbers

Truths = NDArray[np.bool_]
Split = tuple[Indices, Indices]
"""Indices to learn from, and indices held out."""

FOLDS = 5
LEAST_SHOWN = 20
"""Fewer shown than this say nothing about an error rate of a few per cent."""
_SURE = 1e-3
"""Log loss takes probabilities as at least this far from 0 and 1: isotonic regression says 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What came of asking some questions: arrays (n,), one entry for each question.

    `confidence` is that of the best candidate, whether it would be shown or not; `right` says
    whether that candidate is right, which it never is where the question is not `answerable`.
    """

    confidence: Numbers
    right: Truths
    answerable: Truths

    def __len__(self) -> int:
        return len(self.confidence)

    def take(self, indices: Indices) -> "Outcomes":
        """Return those at `indices`."""
        return Outcomes(self.confidence[indices], self.right[indices], self.answerable[indices])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a threshold does to the questions; a share of nothing is None.

    `error` is wrong / shown, `answered` the share of the answerable that is shown, `refused` the
    share of the unanswerable that is not.
    """

    threshold: float
    shown: int
    wrong: int
    error: float | None
    answered: float | None
    refused: float | None


def cost_of(outcomes: Outcomes, threshold: float) -> Cost:
    """Return what showing everything from `threshold` on does."""
    return cost_of_showing(outcomes, outcomes.confidence >= threshold, threshold)


def cost_of_showing(outcomes: Outcomes, shows: Truths, threshold: float) -> Cost:
    """Return what showing exactly `shows` does; `threshold` is only what the result is called."""
    shown, wrong = int(shows.sum()), int((shows & ~outcomes.right).sum())
    return Cost(
        threshold=threshold,
        shown=shown,
        wrong=wrong,
        error=wrong / shown if shown else None,
        answered=_share(shows[outcomes.answerable]),
        refused=_share(~shows[~outcomes.answerable]),
    )


def choose_threshold(
    outcomes: Outcomes, max_error: float, *, least_shown: float = LEAST_SHOWN
) -> float | None:
    """Return the threshold that shows most with at most `max_error` of it wrong; None without one.

    It lies halfway between the least confidence that is shown and the next below it; where all is
    shown it is the least confidence of all, since nothing is known of what lies below. Thresholds
    that show fewer than `least_shown` do not count.
    """
    order = np.argsort(-outcomes.confidence, kind="stable")
    confidence, right = outcomes.confidence[order], outcomes.right[order]
    shown = np.arange(1, len(order) + 1)
    wrong = np.cumsum(~right)
    is_last_of_equals = np.append(confidence[1:] < confidence[:-1], True)[: len(order)]
    fits = is_last_of_equals & (wrong <= max_error * shown + 1e-9) & (shown >= least_shown)
    if not fits.any():
        return None
    last = int(np.flatnonzero(fits)[-1])
    if last + 1 == len(order):
        return float(confidence[last])
    return float((confidence[last] + confidence[last + 1]) / 2)


def folds(right: Truths, count: int = FOLDS, seed: int = 0) -> Iterator[Split]:
    """Yield the splits of cross-validation, each with its share of right and wrong ones.

    Needs at least `count` of each kind.
    """
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(count, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros((len(right), 1)), right)


def held_out_cost(
    outcomes: Outcomes, max_error: float, splits: Sequence[Split]
) -> tuple[Cost, list[float]]:
    """Return what thresholds do to questions that they were not chosen on, and those thresholds.

    Each question is judged once, by the threshold of the fold that holds it out; a fold without a
    threshold shows nothing. The cost is called by the mean of the thresholds.
    """
    shows = np.zeros(len(outcomes), dtype=bool)
    thresholds: list[float] = []
    for learned, held_out in splits:
        least_shown = LEAST_SHOWN * len(learned) / len(outcomes)
        threshold = choose_threshold(outcomes.take(learned), max_error, least_shown=least_shown)
        if threshold is not None:
            thresholds.append(threshold)
            shows[held_out] = outcomes.confidence[held_out] >= threshold
    mean = float(np.mean(thresholds)) if thresholds else math.nan
    return cost_of_showing(outcomes, shows, mean), thresholds


def held_out_probabilities(
    fit: Callable[[Indices], Callable[[Indices], Numbers]],
    splits: Sequence[Split],
    count: int,
) -> Numbers:
    """Return (count,) probabilities, each by a model that did not see its question.

    `fit` gets the indices to learn from and returns what gives the probabilities at others.
    """
    probabilities = np.full(count, np.nan)
    for learned, held_out in splits:
        probabilities[held_out] = fit(learned)(held_out)
    return probabilities


def log_losses(probability: Numbers, right: Truths) -> Numbers:
    """Return each question's negative log-likelihood, in nats; probabilities stay off 0 and 1."""
    kept = np.clip(probability, _SURE, 1 - _SURE)
    return np.asarray(-np.log(np.where(right, kept, 1 - kept)))


def _share(values: Truths) -> float | None:
    return float(values.mean()) if len(values) else None
