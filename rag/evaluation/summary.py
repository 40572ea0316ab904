"""The summary of a report: every figure of the contract from the rows, with 95 % intervals.

Works on rows alone, so that a summary can be made again, or compared, from a report file.
"""

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.checked import count_checked, count_supported
from rag.evaluation.metrics import (
    Figure,
    Indices,
    Numbers,
    auroc,
    bootstrap_intervals,
    hit_at,
    mean,
    percentile,
    ratio,
    reciprocal_rank,
)
from rag.evaluation.rows import Row, is_judged
from rag.evaluation.verdict import candidate_rightness

Summary = dict[str, Any]
Truths = NDArray[np.bool_]
Place = tuple[str, ...]
"""Where a figure stands in the summary, such as ("retrieval", "hit@1")."""

STATUSES = ("answered", "quoted", "refused")


def summarise(rows: Sequence[Row]) -> Summary:
    """Return the contract's summary, plus `errors`, `groups` and `intervals` of the same shape.

    An interval is [low, high], or None for a figure that is not defined and for the size of the
    set. A share that is 0 or 1 in every row gets an interval without width: the bootstrap's
    weakness and no proof.
    """
    figures = summary_figures(rows)
    every_row = np.arange(len(rows))
    sizes: dict[Place, Any] = {
        ("questions",): len(rows),
        ("answerable",): sum(row["answerable"] for row in rows),
        ("errors",): sum(row["error"] is not None for row in rows),
    }
    intervals = bootstrap_intervals(figures, len(rows))
    values = {place: figure(every_row) for place, figure in figures.items()}
    counts = {place: _whole(value) for place, value in values.items() if _is_count(place)}
    groups = {
        ("groups", group, "questions"): sum(row.get("group") == group for row in rows)
        for group in _groups(rows)
    }
    return nest(
        sizes
        | values
        | counts
        | groups
        | {
            ("intervals", *place): None if interval is None else list(interval)
            for place, interval in (dict.fromkeys(sizes | groups) | intervals).items()
        }
    )


def summary_figures(rows: Sequence[Row]) -> dict[Place, Figure]:
    """Return the contract's figures as functions of row indices (what the bootstrap resamples)."""
    answerable = np.array([row["answerable"] for row in rows], dtype=bool)
    refused = np.array([row["status"] == "refused" for row in rows], dtype=bool)
    return (
        _retrieval_figures(rows)
        | _answer_figures(rows, answerable)
        | _refusal_figures(rows, answerable, refused)
        | _citation_figures(rows, answerable)
        | _seconds_figures(rows)
        | _group_figures(rows, refused)
    )


def nest(values: dict[Place, Any]) -> Summary:
    """Return nested dictionaries in which each value stands at its place."""
    summary: Summary = {}
    for place, value in values.items():
        level = summary
        for name in place[:-1]:
            level = level.setdefault(name, {})
        level[place[-1]] = value
    return summary


def _retrieval_figures(rows: Sequence[Row]) -> dict[Place, Figure]:
    scores: dict[str, Callable[[int | None], float]] = {
        "hit@1": partial(hit_at, depth=1),
        "hit@5": partial(hit_at, depth=5),
        "hit@10": partial(hit_at, depth=10),
        "mrr@10": reciprocal_rank,
    }
    judged = [is_judged(row) for row in rows]
    figures: dict[Place, Figure] = {}
    for name, score in scores.items():
        values = np.array([score(row["hit_rank"]) for row in rows], dtype=np.float64)
        figures["retrieval", name] = _mean(np.where(judged, values, np.nan))
    return figures


def _answer_figures(rows: Sequence[Row], answerable: Truths) -> dict[Place, Figure]:
    figures: dict[Place, Figure] = {}
    short = np.array([row["kind"] == "short" for row in rows], dtype=bool)
    for name in ("exact_match", "f1"):
        figures["answer", name] = _mean(np.where(short, _column(rows, itemgetter(name)), np.nan))
    figures["answer", "contains"] = _mean(_column(rows, itemgetter("contains")))
    for name in ("list_f1", "list_whole", "yes_no", "points_found", "rows_found"):
        figures["answer", name] = _mean(_column(rows, partial(_score, name)))
    status = np.array([row["status"] or "" for row in rows], dtype=str)
    shown = np.isin(status, ("answered", "quoted"))
    figures["answer", "answered"] = _mean(np.where(answerable, shown, np.nan))
    for name in ("evidence_recall", "evidence_precision"):
        figures["answer", name] = _mean(_column(rows, itemgetter(name)))
    for name in STATUSES:
        figures["answer", "status", name] = _sum((status == name).astype(np.float64))
    return figures


def _refusal_figures(
    rows: Sequence[Row], answerable: Truths, refused: Truths
) -> dict[Place, Figure]:
    confidence = _column(rows, itemgetter("confidence"))
    return {
        ("refusal", "refused_when_unanswerable"): _mean(np.where(answerable, np.nan, refused)),
        ("refusal", "refused_when_answerable"): _mean(np.where(answerable, refused, np.nan)),
        ("refusal", "auroc"): _auroc(confidence, answerable.astype(np.float64)),
        ("refusal", "auroc_correct"): _auroc(confidence, _column(rows, candidate_rightness)),
    }


def _citation_figures(rows: Sequence[Row], answerable: Truths) -> dict[Place, Figure]:
    right = _column(rows, lambda row: row["right_citations"])
    given = _column(rows, lambda row: len(row["citations"]))
    checked = _column(rows, count_checked)
    known = ~np.isnan(right)
    found = np.where(answerable, np.where(known, right > 0, np.nan), np.nan)
    return {
        ("citation", "precision"): _ratio(np.where(known, right, 0), np.where(known, given, 0)),
        ("citation", "recall"): _mean(found),
        ("citation", "unsupported_sentences"): _sum(_column(rows, lambda row: row["unsupported"])),
        ("citation", "checked"): _sum(checked),
        ("citation", "supported"): _ratio(_column(rows, count_supported), checked),
    }


def _seconds_figures(rows: Sequence[Row]) -> dict[Place, Figure]:
    first = _column(rows, lambda row: row["seconds"]["first"])
    total = _column(rows, lambda row: row["seconds"]["total"])
    return {
        ("seconds", "first_p50"): lambda indices: percentile(first[indices], 50),
        ("seconds", "p50"): lambda indices: percentile(total[indices], 50),
        ("seconds", "p95"): lambda indices: percentile(total[indices], 95),
        ("seconds", "total"): _sum(np.nan_to_num(total)),
    }


def _group_figures(rows: Sequence[Row], refused: Truths) -> dict[Place, Figure]:
    figures: dict[Place, Figure] = {}
    for group in _groups(rows):
        of_group = [row.get("group") == group for row in rows]
        figures["groups", group, "refused"] = _mean(np.where(of_group, refused, np.nan))
    return figures


def _score(name: str, row: Row) -> float | None:
    score: float | None = row.get(name)  # rows of older reports do not have every score
    return score


def _column(rows: Sequence[Row], value_of: Callable[[Row], float | None]) -> Numbers:
    values = [value_of(row) for row in rows]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _mean(values: Numbers) -> Figure:
    return lambda indices: mean(values[indices])


def _sum(values: Numbers) -> Figure:
    return lambda indices: float(values[indices].sum())


def _ratio(numerators: Numbers, denominators: Numbers) -> Figure:
    return lambda indices: ratio(numerators[indices], denominators[indices])


def _auroc(scores: Numbers, positive: Numbers) -> Figure:
    """`positive` is 1.0 or 0.0; rows in which it or the score is NaN are left out."""
    known = ~np.isnan(scores) & ~np.isnan(positive)

    def figure(indices: Indices) -> float | None:
        kept = indices[known[indices]]
        return auroc(scores[kept], positive[kept] == 1.0)

    return figure


def _groups(rows: Sequence[Row]) -> list[str]:
    return sorted({row["group"] for row in rows if "group" in row})


def _is_count(place: Place) -> bool:
    return place[:2] == ("answer", "status") or place[-1] in ("unsupported_sentences", "checked")


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
