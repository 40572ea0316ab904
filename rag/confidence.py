"""How sure an answer is: signals of retrieval and reading, to a probability that it is right.

Platt's logistic form (Platt 1999). One implementation, used to answer and to calibrate. Knows
nothing of texts: it gets numbers and gives numbers.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What is known of the best candidate before deciding.

    `margin` is the reader's span score minus its no-answer score (logits), `runner_up` the margin
    of the best candidate with other words, `retrieval` the fused score of the candidate's passage,
    and `similarity` the cosine of the passage nearest to the question.
    """

    margin: float
    runner_up: float
    retrieval: float
    similarity: float

    def vector(self) -> tuple[float, ...]:
        """Return the numbers that the logistic form weighs."""
        return (self.margin, self.margin - self.runner_up, self.retrieval, self.similarity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Numbers fitted on the tuning articles; `weights` are for `Signals.vector()`.

    `retrieval_weight` is how many logits of reading a fused score of 1 is worth when candidates of
    different passages are compared.
    """

    retrieval_weight: float
    weights: tuple[float, ...]
    bias: float

    def confidence(self, signals: Signals) -> float:
        """Return the probability in [0, 1] that the best candidate is right."""
        vector = signals.vector()
        total = self.bias + sum(w * x for w, x in zip(self.weights, vector, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


def fit_calibration(
    signals: Sequence[Signals], right: Sequence[bool], *, retrieval_weight: float
) -> Calibration:
    """Fit the logistic form to which candidates were `right`. Needs both kinds among them."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=10.0))
    model.fit([s.vector() for s in signals], list(right))
    scaler, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - (weights * scaler.mean_).sum())
    return Calibration(
        retrieval_weight=retrieval_weight,
        weights=tuple(float(weight) for weight in weights),
        bias=bias,
    )


def load_calibration(path: Path) -> Calibration:
    """Read a calibration. Raises `SettingsError` if the file does not hold one."""
    try:
        values = json.loads(path.read_text("utf-8"))
        return Calibration(
            retrieval_weight=float(values["retrieval_weight"]),
            weights=tuple(float(weight) for weight in values["weights"]),
            bias=float(values["bias"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path}: not a calibration ({error}); install Footnote again"
        ) from error


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON."""
    path.write_text(json.dumps(asdict(calibration), indent=2) + "\n", "utf-8")
