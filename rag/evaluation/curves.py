"""The formulas behind a report's diagrams, as pure functions of plain values.

Knows nothing of rows, reports or drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.metrics import Numbers, hit_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """What happens if only answers of at least this confidence are shown.

    `coverage` is the share of all questions that is shown, `risk` the share of these that is wrong.
    """

    confidence: float
    shown: int
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers whose confidence lies in [low, high): their number, mean confidence, share right.

    The last bin holds 1.0 too; the means are None where the bin is empty.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


def risk_coverage(
    confidence: Numbers, wrong: NDArray[np.bool_], questions: int
) -> tuple[RiskPoint, ...]:
    """Return the risk-coverage curve, most confident first: a point for each distinct confidence.

    El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification". The
    arrays hold the answers, `questions` how many there could be: at most that share is covered.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence, errors = confidence[order], np.cumsum(wrong[order])
    last_of_ties = np.append(np.diff(sorted_confidence) != 0, True)[: len(order)]
    return tuple(
        RiskPoint(
            confidence=float(sorted_confidence[index]),
            shown=int(index) + 1,
            coverage=float((index + 1) / questions),
            risk=float(errors[index] / (index + 1)),
        )
        for index in np.flatnonzero(last_of_ties)
    )


def risk_area(confidence: Numbers, wrong: NDArray[np.bool_]) -> float | None:
    """Return the area under the risk-coverage curve (AURC), 0 best; None without answers.

    The mean of the risks when 1, 2, … n answers are shown (Geifman, Uziel and El-Yaniv 2019), over
    the coverages that the answers reach. Answers of the same confidence come in any order: each
    counts as wrong by the share of them that is.
    """
    if not len(confidence):
        return None
    values, group = np.unique(-confidence, return_inverse=True)
    size = np.bincount(group, minlength=len(values))
    errors = np.bincount(group, weights=wrong.astype(np.float64), minlength=len(values))
    expected = np.repeat(errors / size, size)
    return float((np.cumsum(expected) / np.arange(1, len(expected) + 1)).mean())


def reliability(
    confidence: Numbers, right: NDArray[np.bool_], *, bins: int = 10
) -> tuple[Bin, ...]:
    """Return the bins of a reliability diagram, of equal width (Guo et al. 2017)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    made: list[Bin] = []
    for number in range(bins):
        inside = place == number
        count = int(inside.sum())
        made.append(
            Bin(
                low=number / bins,
                high=(number + 1) / bins,
                count=count,
                confidence=float(confidence[inside].mean()) if count else None,
                right=float(right[inside].mean()) if count else None,
            )
        )
    return tuple(made)


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the expected calibration error over the bins (Guo et al. 2017); None without answers.

    The mean distance of confidence and share right, each bin counting by its answers.
    """
    total = sum(each.count for each in bins)
    gaps = (
        each.count * abs(each.confidence - each.right)
        for each in bins
        if each.confidence is not None and each.right is not None
    )
    return sum(gaps) / total if total else None


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); `total` is at least 1."""
    from scipy.stats import binomtest  # takes a second to import

    interval = binomtest(count, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def hit_curve(ranks: Sequence[int | None], depth: int = 10) -> list[float] | None:
    """Return hit@1 … hit@depth of the ranks of first relevant hits; None without ranks."""
    if not ranks:
        return None
    return [
        sum(hit_at(rank, level) for rank in ranks) / len(ranks) for level in range(1, depth + 1)
    ]


def thinned(count: int, most: int) -> list[int]:
    """Return at most `most` indices of `count`, evenly spaced, the first and the last among them.

    `most` is at least 2.
    """
    if count <= most:
        return list(range(count))
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]
