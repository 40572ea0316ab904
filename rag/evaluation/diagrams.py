"""What a report's diagrams show, from its rows: plain values that stand in `report.json`.

Says which rows count in which diagram, and why; the formulas are in `rag.evaluation.curves`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from rag.evaluation.curves import (
    calibration_error,
    hit_curve,
    reliability,
    risk_area,
    risk_coverage,
    thinned,
    wilson_interval,
)
from rag.evaluation.metrics import percentile
from rag.evaluation.rows import RANKED, Row, is_judged, relevant_hits
from rag.evaluation.verdict import candidate_rightness, verdict
from rag.serialize import STAGES

POINTS = 100
"""Of the risk-coverage curve that are kept; a figure of 400 pixels shows no more."""


def diagrams(rows: Sequence[Row], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return risk_coverage, reliability, hits and seconds; `texts` are the documents' by name."""
    return {
        "risk_coverage": _risk_coverage(rows),
        "reliability": _reliability(rows),
        "hits": _hits(rows, texts),
        "seconds": {stage: _seconds(rows, stage) for stage in STAGES},
    }


def _risk_coverage(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the curve over the answers that were shown.

    It ends at the coverage of the run: what a refused question would have been answered, a report
    does not say. Questions that failed or that nothing judges do not count.
    """
    judged = 0
    shown: list[tuple[float, bool]] = []
    for row in rows:
        found = verdict(row)
        if found not in ("failed", "not judged"):
            judged += 1
            if row["status"] != "refused":
                shown.append((row["confidence"] or 0.0, found != "right"))
    confidence = np.array([each for each, _ in shown], dtype=np.float64)
    wrong = np.array([is_wrong for _, is_wrong in shown], dtype=bool)
    points = risk_coverage(confidence, wrong, judged)
    return {
        "questions": judged,
        "shown": len(shown),
        "aurc": risk_area(confidence, wrong),
        "points": [asdict(points[index]) for index in thinned(len(points), POINTS)],
    }


def _reliability(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the bins over the answers that were shown, right by the contract of `confidence`.

    Refused ones would bend it: of these only the unanswerable are known to be wrong.
    """
    pairs = [
        (row["confidence"] or 0.0, candidate_rightness(row))
        for row in rows
        if row["status"] in ("answered", "quoted")
    ]
    known = [(confidence, right) for confidence, right in pairs if right is not None]
    confidence = np.array([confidence for confidence, _ in known], dtype=np.float64)
    right = np.array([right == 1.0 for _, right in known], dtype=bool)
    bins = reliability(confidence, right)
    return {
        "questions": len(known),
        "ece": calibration_error(bins),
        "bins": [
            asdict(each)
            | {
                "interval": None
                if each.right is None
                else wilson_interval(round(each.right * each.count), each.count)
            }
            for each in bins
        ],
    }


def _hits(rows: Sequence[Row], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return hit@1 … hit@10 of the final ranking and of each retriever.

    A retriever's ranks are known for the passages of the final ranking only, so its curve is a
    lower bound: what it found and the final ranking dropped is not in the rows.
    """
    final: list[int | None] = []
    ranks: dict[str, list[int | None]] = {"dense": [], "lexical": []}
    for row in rows:
        if row["error"] is not None or not is_judged(row):
            continue
        final.append(row["hit_rank"])
        right = relevant_hits(row, texts)
        for retriever, found in ranks.items():
            own = [
                hit[f"{retriever}_rank"]
                for hit, is_right in zip(row["ranked"], right, strict=True)
                if is_right and hit[f"{retriever}_rank"] is not None
            ]
            found.append(min(own, default=None))
    return {
        "questions": len(final),
        "final": hit_curve(final, RANKED),
        "dense": hit_curve(ranks["dense"], RANKED),
        "lexical": hit_curve(ranks["lexical"], RANKED),
    }


def _seconds(rows: Sequence[Row], stage: str) -> dict[str, float | None]:
    values = [row["seconds"][stage] for row in rows]
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    return {"p50": percentile(known, 50), "p95": percentile(known, 95)}
