"""Find the refusal threshold for a person's own documents, and say what it costs and promises.

Asks the questions and judges the answers; `rag.evaluation.thresholds` has the arithmetic. Stores
nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from rag.answering.confidence import fit_scale, log_odds
from rag.answering.library_calibration import OwnCalibration
from rag.datatypes import Answer
from rag.errors import CalibrationError, RagError
from rag.evaluation.curves import wilson_interval
from rag.evaluation.evaluate import Answerer
from rag.evaluation.metrics import Indices, Numbers
from rag.evaluation.questions import Question
from rag.evaluation.rows import answered_row, is_judged
from rag.evaluation.thresholds import (
    LEAST_SHOWN,
    Cost,
    Outcomes,
    choose_threshold,
    cost_of,
    folds,
    held_out_cost,
    held_out_probabilities,
    log_losses,
)
from rag.evaluation.verdict import is_right

BATCH = 32
STEPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAST_TO_REFIT = 50
"""Right ones, and wrong ones, from which on two numbers of a scale are fitted to them."""


class ManyAnswerer(Answerer, Protocol):
    """What calibrating asks of a pipeline."""

    def ask_many(  # noqa: D102
        self, questions: Sequence[str], *, histories: Sequence[Sequence[str]] | None = None
    ) -> Iterator[Answer | RagError]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A threshold, on the scale of `slope` and `intercept`, with its costs.

    `outcomes` are on that scale. `cost` is that on the questions it was chosen on, `held_out` that
    on questions it was not chosen on, by `folds` folds.
    """

    outcomes: Outcomes
    cost: Cost
    held_out: Cost
    folds: int
    slope: float = 1.0
    intercept: float = 0.0


def ask_all(
    pipeline: ManyAnswerer,
    questions: Sequence[Question],
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Outcomes, int]:
    """Return what came of the questions, and how many could not be judged.

    `pipeline` must show everything (a threshold of 0). Left out are answerable questions with
    neither accepted answers nor evidence, and those that raised an error.
    """
    documents = pipeline.library.documents()
    names = {document.id: document.name for document in documents}
    texts = {document.name: pipeline.library.text(document.id) for document in documents}
    judged: list[tuple[float, bool, bool]] = []
    for start in range(0, len(questions), BATCH):
        together = questions[start : start + BATCH]
        answers = pipeline.ask_many(
            [question.question for question in together],
            histories=[question.history for question in together],
        )
        for question, answer in zip(together, answers, strict=True):
            if isinstance(answer, RagError):
                continue
            row = answered_row(question, answer, names, texts)
            if is_judged(row) or not row["answerable"]:
                is_shown_right = question.answerable and is_right(row)
                judged.append((answer.confidence, is_shown_right, question.answerable))
        progress(min(start + BATCH, len(questions)))
    confidence, right, answerable = zip(*judged, strict=True) if judged else ((), (), ())
    outcomes = Outcomes(
        np.array(confidence, dtype=np.float64),
        np.array(right, dtype=bool),
        np.array(answerable, dtype=bool),
    )
    return outcomes, len(questions) - len(judged)


def find_threshold(outcomes: Outcomes, max_error: float, fold_count: int) -> Found:
    """Return the threshold that shows most with at most `max_error` of it wrong.

    The scale of the confidence is fitted again where there are enough questions of each kind and
    cross-validation says that it is better. Raises `CalibrationError` if there is too little to
    choose by, or no such threshold.
    """
    right, wrong = int(outcomes.right.sum()), int((~outcomes.right).sum())
    if len(outcomes) < LEAST_SHOWN:
        raise CalibrationError(
            f"only {len(outcomes)} questions could be judged, at least {LEAST_SHOWN} are needed: "
            "add questions; nothing was stored"
        )
    if min(right, wrong) < fold_count:
        raise CalibrationError(
            f"{right} right and {wrong} wrong answers, at least {fold_count} of each are needed to "
            "choose a threshold: add questions, also such as the documents do not answer; nothing "
            "was stored"
        )
    splits = list(folds(outcomes.right, fold_count))
    slope, intercept = better_scale(outcomes, splits)
    if (slope, intercept) != (1.0, 0.0):
        rescaled = 1 / (1 + np.exp(-(slope * log_odds(outcomes.confidence) + intercept)))
        outcomes = replace(outcomes, confidence=rescaled)
    threshold = choose_threshold(outcomes, max_error)
    held_out, _ = held_out_cost(outcomes, max_error, splits)
    if threshold is None or held_out.error is None:
        raise CalibrationError(
            f"no threshold keeps to at most {max_error:.1%} wrong among {LEAST_SHOWN} or more "
            "shown: allow more with --max-error, or add questions; nothing was stored"
        )
    return Found(
        outcomes=outcomes,
        cost=cost_of(outcomes, threshold),
        held_out=held_out,
        folds=fold_count,
        slope=slope,
        intercept=intercept,
    )


def better_scale(
    outcomes: Outcomes, splits: Sequence[tuple[Indices, Indices]]
) -> tuple[float, float]:
    """Return the (slope, intercept) that fit the questions better; (1, 0) if none surely does.

    Better is a log loss on held-out questions that is lower by more than one standard error.
    """
    if min(outcomes.right.sum(), (~outcomes.right).sum()) < LEAST_TO_REFIT:
        return 1.0, 0.0
    odds = log_odds(outcomes.confidence)

    def fit(learned: Indices) -> Callable[[Indices], Numbers]:
        slope, intercept = fit_scale(outcomes.confidence[learned], outcomes.right[learned])
        return lambda at: 1 / (1 + np.exp(-(slope * odds[at] + intercept)))

    refitted = held_out_probabilities(fit, splits, len(outcomes))
    before = log_losses(outcomes.confidence, outcomes.right)
    gain = before - log_losses(refitted, outcomes.right)
    slope, intercept = fit_scale(outcomes.confidence, outcomes.right)
    surely = gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain))
    return (slope, intercept) if surely and slope > 0 else (1.0, 0.0)


def own_calibration(found: Found, max_error: float, reader: str) -> OwnCalibration:
    """Return what is to be kept with the library."""
    return OwnCalibration(
        min_confidence=found.cost.threshold,
        slope=found.slope,
        intercept=found.intercept,
        reader=reader,
        max_error=max_error,
        questions=len(found.outcomes),
        held_out_error=found.held_out.error or 0.0,
        held_out_answered=found.held_out.answered or 0.0,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def format_costs(outcomes: Outcomes, default: float) -> str:
    """Return what thresholds cost as a table, the present default among them."""
    unanswerable = int((~outcomes.answerable).sum())
    lines = [
        f"{len(outcomes)} questions judged, {unanswerable} of them not answerable",
        "",
        _HEAD,
    ]
    for threshold in sorted({*STEPS, default}):
        name = "the default" if threshold == default else ""
        lines.append(_line(name, cost_of(outcomes, threshold)))
    return "\n".join(lines)


def format_found(found: Found, max_error: float) -> str:
    """Return the threshold, its cost, and what it did to questions it was not chosen on."""
    held_out = found.held_out
    low, high = wilson_interval(held_out.wrong, held_out.shown)
    lines = [
        f"for at most {max_error:.1%} wrong among those shown: {found.cost.threshold:.3f}",
    ]
    if (found.slope, found.intercept) != (1.0, 0.0):
        lines.append(
            f"(on a confidence fitted to these questions: log-odds × {found.slope:.2f} "
            f"{found.intercept:+.2f}, which cross-validation found better)"
        )
    lines += [
        "",
        _HEAD,
        _line("chosen on", found.cost),
        _line("held out", held_out),
        "",
        f"held out: {found.folds} folds, each question judged by a threshold chosen without it; "
        f"95 % interval of its error {low:.1%} – {high:.1%}",
    ]
    if held_out.error is not None and held_out.error > max_error:
        lines.append(
            "on questions it was not chosen on the error was higher than asked for: expect that, "
            "or choose a smaller --max-error"
        )
    return "\n".join(lines)


_HEAD = (
    f"{'':<12}{'threshold':>10}{'shown':>7}{'wrong':>7}{'error':>9}{'answered':>10}{'refused':>9}"
)
"""error: wrong of shown; answered: of the answerable; refused: of those that are not."""


def _line(name: str, cost: Cost) -> str:
    return (
        f"{name:<12}{cost.threshold:>10.3f}{cost.shown:>7}{cost.wrong:>7}{_percent(cost.error):>9}"
        f"{_percent(cost.answered):>10}{_percent(cost.refused):>9}"
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
