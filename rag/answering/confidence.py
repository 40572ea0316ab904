"""How sure an answer is: signals of retrieval and reading, to a probability that it is right.

Platt's logistic form (Platt 1999). One implementation, used to answer and to calibrate. Knows
nothing of texts: it gets numbers and gives numbers.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import SettingsError

CHECKED = ("supported", "settled")
"""The signals that only a checker knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is known of the best candidate before deciding.

    `margin` is the reader's span score minus its no-answer score (logits), `lead` how far the
    candidate's score is above that of the best one with other words in other sentences, `answers`
    the log-odds that the passage answers by the reader's kinds, `retrieval` the fused score of the
    candidate's passage, `rank` ln(1 + how many were retrieved with a better one). `unknown_names`
    counts the question's names and numbers that no retrieved passage has; `yes_or_no` and `short`
    are how probably it asks for a yes or no, or for one fact. What a checker says of the
    candidate's sentences, None without one: `supported` are the log-odds that they bear out this
    answer to the question, `settled` those that they settle the question. (The cosine of the
    nearest passage, the share of the question's words in the passage, the names that this one
    passage lacks, whether a number, time or person was asked for and the candidate is none, and
    what leaving out a word of the question does to the margin brought nothing beside these.)
    """

    margin: float
    lead: float
    answers: float
    retrieval: float
    rank: float
    unknown_names: float
    yes_or_no: float
    short: float
    supported: float | None
    settled: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What the candidates of different passages are compared by, in logits of the reader's margin.

    `answers` is what one of the log-odds that the passage answers is worth, `retrieval` a fused
    score of 1, `meaning` a cosine of 1, `settled` one of the log-odds that a checker gives the
    candidate's sentences for settling the question.
    """

    answers: float = 0.0
    retrieval: float = 0.0
    meaning: float = 0.0
    settled: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Numbers fitted on questions that the reader was not trained on.

    `weights` has one for each field of `Signals`; `unchecked` has what counts in place of those
    that only a checker knows, their means.
    """

    ranking: Ranking
    weights: Mapping[str, float]
    bias: float
    unchecked: Mapping[str, float] = field(default_factory=dict)

    @property
    def wants_checks(self) -> bool:
        """Whether it makes a difference what a checker says."""
        return any(self.weights.get(name, 0.0) for name in CHECKED)

    def confidence(self, signals: Signals) -> float:
        """Return the probability in [0, 1] that the best candidate is right."""
        values = _values(signals, self.unchecked)
        total = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

    def rescaled(self, slope: float, intercept: float) -> "Calibration":
        """Return the one whose log-odds are `slope` times these plus `intercept`."""
        return replace(
            self,
            weights={name: slope * weight for name, weight in self.weights.items()},
            bias=slope * self.bias + intercept,
        )


def _values(signals: Signals, unchecked: Mapping[str, float]) -> dict[str, float]:
    return {
        name: unchecked.get(name, 0.0) if value is None else value
        for name, value in asdict(signals).items()
    }


def _mean_of(signals: Sequence[Signals], name: str) -> float:
    known = [value for each in signals if (value := getattr(each, name)) is not None]
    return sum(known) / len(known) if known else 0.0


def log_odds(confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the natural log-odds of probabilities, those at 0 and 1 as if just inside."""
    kept = np.clip(confidence, 1e-9, 1 - 1e-9)
    return np.log(kept / (1 - kept))


def fit_scale(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Return (slope, intercept) that fit the log-odds of `confidence` (n,) to what was `right`.

    Platt scaling of a confidence that is there already. Needs both kinds; the slope may be
    negative where the confidence says nothing of what is right.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(log_odds(confidence)[:, None], right)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def fit_calibration(
    signals: Sequence[Signals], right: Sequence[bool], *, ranking: Ranking
) -> Calibration:
    """Fit the logistic form to which candidates were `right`. Needs both kinds among them."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    unchecked = {name: _mean_of(signals, name) for name in CHECKED}
    model = make_pipeline(StandardScaler(), LogisticRegression(C=10.0))
    names = list(asdict(signals[0]))
    model.fit([list(_values(each, unchecked).values()) for each in signals], list(right))
    scaler, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - (weights * scaler.mean_).sum())
    return Calibration(
        ranking=ranking,
        weights=dict(zip(names, map(float, weights), strict=True)),
        bias=bias,
        unchecked=unchecked,
    )


def load_calibration(path: Path) -> Calibration:
    """Read a calibration. Raises `SettingsError` if the file does not hold one."""
    try:
        values = json.loads(path.read_text("utf-8"))
        calibration = Calibration(
            ranking=Ranking(
                **{each.name: _finite(values["ranking"][each.name]) for each in fields(Ranking)}
            ),
            weights={each.name: _finite(values["weights"][each.name]) for each in fields(Signals)},
            bias=_finite(values["bias"]),
            unchecked={name: _finite(values["unchecked"][name]) for name in CHECKED},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path}: not a calibration ({error}); install Footnote again"
        ) from error
    return calibration


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number, found {number}")
    return number


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON."""
    path.write_text(json.dumps(asdict(calibration), indent=2) + "\n", "utf-8")
