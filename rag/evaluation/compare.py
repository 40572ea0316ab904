"""Compare two reports: which questions changed, and by how much the figures differ.

Works on report files alone. Differences are paired: both reports' rows of the same questions are
resampled, and exchanged, together, so what the questions share cancels out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.evaluation.figures import FIGURES, MainFigure
from rag.evaluation.metrics import bootstrap_intervals, exchange_p_values, paired_change
from rag.evaluation.report import checked_rows, number, read_report
from rag.evaluation.rows import Row
from rag.evaluation.summary import summary_figures
from rag.evaluation.verdict import is_right, verdict

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A figure in A and in B, B − A, its paired 95 % interval and p-value; None: not defined."""

    figure: MainFigure
    first: float | None
    second: float | None
    change: float | None
    interval: tuple[float, float] | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two reports: where it is, how many questions it has, how many the other lacks."""

    folder: str
    questions: int
    unshared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed from report A, `first`, to report B, `second`.

    `differing` names what the reports were made from that is not the same, `changed` holds the
    rows of both for each question with another status or verdict.
    """

    first: Side
    second: Side
    shared: int
    differing: tuple[str, ...]
    differences: tuple[Difference, ...]
    changed: tuple[tuple[Row, Row], ...]


def compare(first_dir: Path, second_dir: Path) -> Comparison:
    """Return the comparison of two folders' reports.

    Raises `ReportError` without a report, or for rows that no figures can be made of.
    """
    first, second = read_report(first_dir), read_report(second_dir)
    first_rows, second_rows = checked_rows(first_dir, first), checked_rows(second_dir, second)
    pairs = shared_rows(first_rows, second_rows)
    return Comparison(
        first=_side(first_dir, first_rows, len(pairs)),
        second=_side(second_dir, second_rows, len(pairs)),
        shared=len(pairs),
        differing=tuple(
            name
            for name in ("documents", "models", "settings")
            if first.get(name) != second.get(name)
        ),
        differences=differences(pairs) if pairs else (),
        changed=tuple((a, b) for a, b in pairs if _state(a) != _state(b)),
    )


def shared_rows(first: list[Row], second: list[Row]) -> list[tuple[Row, Row]]:
    """Return the rows of the same question (id and words) in both, in the first one's order."""
    others = {(row["id"], row["question"]): row for row in second}
    keys = [(row["id"], row["question"]) for row in first]
    return [(row, others[key]) for key, row in zip(keys, first, strict=True) if key in others]


def differences(pairs: Sequence[tuple[Row, Row]]) -> tuple[Difference, ...]:
    """Return how each main figure differs over the pairs (A's row, B's row)."""
    count = len(pairs)
    every_row = np.arange(count)
    figures = summary_figures([a for a, _ in pairs] + [b for _, b in pairs])  # A's rows, then B's
    changes = {each.place: paired_change(figures[each.place], count) for each in FIGURES}
    intervals = bootstrap_intervals(changes, count)
    p_values = exchange_p_values({place: figures[place] for place in changes}, count)
    return tuple(
        Difference(
            figure=each,
            first=figures[each.place](every_row),
            second=figures[each.place](every_row + count),
            change=changes[each.place](every_row),
            interval=intervals[each.place],
            p_value=p_values[each.place],
        )
        for each in FIGURES
    )


def losses(comparison: Comparison, allowed: Mapping[str, float]) -> list[str]:
    """Return a line for each figure that got worse by more than is allowed, or is not defined.

    `allowed` maps names such as answer.f1 to amounts, which are not negative. Figures of which less
    is better (seconds, unsupported sentences, refused when answerable) get worse by rising.
    """
    by_name = {each.figure.name: each for each in comparison.differences}
    lines: list[str] = []
    for name, amount in allowed.items():
        found = by_name.get(name)
        if found is None or found.change is None:
            lines.append(
                f"{name} cannot be compared: it is not defined for the "
                f"{comparison.shared} questions in both reports"
            )
            continue
        loss = -found.change if found.figure.rises else found.change
        if loss > amount + _ROUNDING:
            verb = "fell" if found.figure.rises else "rose"
            lines.append(
                f"{name} {verb} by {loss:.3f}, from {number(found.first)} to "
                f"{number(found.second)}: more than {amount:g}"
            )
    return lines


def format_comparison(comparison: Comparison) -> str:
    """Return the comparison as text for a terminal."""
    lines = [
        _side_line("A", "B", comparison.first),
        _side_line("B", "A", comparison.second),
        f"{comparison.shared} questions in both",
        *(f"the {name} differ" for name in comparison.differing),
    ]
    if not comparison.shared:
        return "\n".join(lines)
    lines += ["", f"{'':<36}{'A':>9}{'B':>9}{'B − A':>9}  {'95 % interval':<19}  p"]
    for each in comparison.differences:
        interval, change, p_value = each.interval, each.change, each.p_value
        between = "" if interval is None else f"{interval[0]:+.3f} … {interval[1]:+.3f}"
        lines.append(
            f"{' '.join(each.figure.place):<36}{number(each.first):>9}{number(each.second):>9}"
            f"{'–' if change is None else f'{change:+.3f}':>9}  {between:<19}  "
            f"{'' if p_value is None else f'{p_value:.3g}'}".rstrip()
        )
    lines += ["", f"{len(comparison.changed)} questions changed"]
    lines += [
        f"  {a['id']}: {_state(a)} → {_state(b)}: {a['question']}" for a, b in comparison.changed
    ]
    return "\n".join(lines)


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain values for JSON."""
    return {
        "first": _side_object(comparison.first),
        "second": _side_object(comparison.second),
        "shared": comparison.shared,
        "differing": list(comparison.differing),
        "figures": {
            each.figure.name: {
                "first": each.first,
                "second": each.second,
                "change": each.change,
                "interval": None if each.interval is None else list(each.interval),
                "p_value": each.p_value,
            }
            for each in comparison.differences
        },
        "changed": [
            {"id": a["id"], "question": a["question"], "first": _shown(a), "second": _shown(b)}
            for a, b in comparison.changed
        ],
    }


def _side(folder: Path, rows: Sequence[Row], shared: int) -> Side:
    return Side(folder=str(folder), questions=len(rows), unshared=len(rows) - shared)


def _side_line(name: str, other: str, side: Side) -> str:
    unshared = f", {side.unshared} of them not in {other}" if side.unshared else ""
    return f"{name}: {side.folder} ({side.questions} questions{unshared})"


def _side_object(side: Side) -> dict[str, Any]:
    return {"folder": side.folder, "questions": side.questions, "unshared": side.unshared}


def _state(row: Row) -> str:
    """Return its status and verdict, in short: quoted, wrong."""
    found = verdict(row)
    if found == "failed":
        return "failed, wrong"
    judged = found if found == "not judged" else "right" if is_right(row) else "wrong"
    return f"{row['status']}, {judged}"


def _shown(row: Row) -> dict[str, Any]:
    shown = {name: row[name] for name in ("status", "text", "short_answer", "f1", "confidence")}
    return {"verdict": verdict(row)} | shown
