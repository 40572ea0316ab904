"""Compare two reports: which questions changed, and by how much the figures differ.

Works on report files alone. Differences are paired: both reports' rows of the same questions are
resampled together, so what the questions share cancels out.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rag.evaluation.metrics import Figure, Indices, bootstrap_intervals
from rag.evaluation.report import number, read_report
from rag.evaluation.rows import Row
from rag.evaluation.summary import RIGHT_F1, Place, summary_figures

MAIN: tuple[Place, ...] = (
    ("retrieval", "hit@1"),
    ("retrieval", "mrr@10"),
    ("answer", "exact_match"),
    ("answer", "f1"),
    ("answer", "contains"),
    ("answer", "answered"),
    ("answer", "evidence_recall"),
    ("answer", "evidence_precision"),
    ("refusal", "refused_when_unanswerable"),
    ("refusal", "auroc"),
    ("citation", "precision"),
    ("citation", "recall"),
    ("citation", "unsupported_sentences"),
    ("seconds", "first_p50"),
    ("seconds", "p50"),
)


def compare(first_dir: Path, second_dir: Path) -> str:
    """Return the comparison as text; raises `ReportError` if a folder holds no report."""
    first, second = read_report(first_dir), read_report(second_dir)
    pairs = shared_rows(first["rows"], second["rows"])
    lines = [
        f"A: {first_dir} ({len(first['rows'])} questions)",
        f"B: {second_dir} ({len(second['rows'])} questions)",
        f"{len(pairs)} questions in both",
    ]
    for name in ("documents", "models", "settings"):
        if first.get(name) != second.get(name):
            lines.append(f"the {name} differ")
    if not pairs:
        return "\n".join(lines)
    lines += ["", f"{'':<36}{'A':>9}{'B':>9}{'B − A':>9}  95 % interval"]
    for place, values in differences(pairs).items():
        interval = values["interval"]
        between = "" if interval is None else f"{interval[0]:+.3f} … {interval[1]:+.3f}"
        change = values["change"]
        lines.append(
            f"{' '.join(place):<36}{number(values['first']):>9}{number(values['second']):>9}"
            f"{'–' if change is None else f'{change:+.3f}':>9}  {between}".rstrip()
        )
    changed = [(a, b) for a, b in pairs if _state(a) != _state(b)]
    lines += ["", f"{len(changed)} questions changed"]
    lines += [f"  {a['id']}: {_state(a)} → {_state(b)}: {a['question']}" for a, b in changed]
    return "\n".join(lines)


def shared_rows(first: list[Row], second: list[Row]) -> list[tuple[Row, Row]]:
    """Return the rows of the same question (id and words) in both, in the first one's order."""
    others = {(row["id"], row["question"]): row for row in second}
    keys = [(row["id"], row["question"]) for row in first]
    return [(row, others[key]) for key, row in zip(keys, first, strict=True) if key in others]


def differences(pairs: list[tuple[Row, Row]]) -> Mapping[Place, dict[str, Any]]:
    """Return for each main figure: first, second, change (B − A) and its paired 95 % interval."""
    first = summary_figures([a for a, _ in pairs])
    second = summary_figures([b for _, b in pairs])
    changes = {place: _change(first[place], second[place]) for place in MAIN}
    intervals = bootstrap_intervals(changes, len(pairs))
    every_row = np.arange(len(pairs))
    return {
        place: {
            "first": first[place](every_row),
            "second": second[place](every_row),
            "change": changes[place](every_row),
            "interval": intervals[place],
        }
        for place in MAIN
    }


def is_right(row: Row) -> bool:
    """Return whether it was refused if unanswerable, and otherwise the right thing was shown.

    Kind short: F1 of the short answer is at least one half, or an accepted answer stands in the
    text. Otherwise at least half of the evidence is cited.
    """
    if not row["answerable"]:
        return bool(row["status"] == "refused")
    if row["status"] in ("refused", None):
        return False
    if row["f1"] is not None:
        return bool(row["f1"] >= RIGHT_F1 or row["contains"])
    return bool((row["evidence_recall"] or 0.0) >= 0.5 or row["contains"])


def _state(row: Row) -> str:
    return f"{row['status'] or 'failed'}, {'right' if is_right(row) else 'wrong'}"


def _change(first: Figure, second: Figure) -> Figure:
    def change(indices: Indices) -> float | None:
        before, after = first(indices), second(indices)
        return None if before is None or after is None else after - before

    return change
