"""The commands `footnote evaluate` and `footnote compare`: arguments, progress, exit codes.

Knows neither how a pipeline is opened (it is given a function for that) nor how figures are made.
What is heavy is imported when a command runs: every other command makes these parsers too.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.absolute_path import absolute_path
from rag.cli.terminal import print_json, print_line, say

if TYPE_CHECKING:
    from rag.evaluation.evaluate import Answerer
    from rag.evaluation.questions import Question
    from rag.evaluation.rows import Row

INTERRUPTED = 130
PROBLEMS_SHOWN = 20
SECONDS_BETWEEN_LINES = 30.0
BATCH = 32
MANY_QUESTIONS = 500
"""From here on it matters more how long all of them take than how long a person would wait."""

OpenPipeline = Callable[[argparse.Namespace], "Answerer"]


def add_evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `evaluate` takes besides the options that choose documents and models."""
    parser.add_argument(
        "questions",
        type=absolute_path,
        metavar="QUESTIONS",
        help="the question set: JSON lines, CSV or SQuAD JSON",
    )
    parser.add_argument(
        "--report",
        type=absolute_path,
        required=True,
        metavar="DIR",
        help="folder for report.html, report.json and rows.csv; a run that was broken off goes on "
        "from it",
    )

    parser.add_argument(
        "--batch",
        type=_count,
        metavar="N",
        help=f"questions answered at once (1: the seconds are those of a question alone; from "
        f"{MANY_QUESTIONS} questions on: {BATCH})",
    )


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `compare` takes."""
    parser.add_argument(
        "first", type=absolute_path, metavar="DIR_A", help="folder of the report to compare"
    )
    parser.add_argument(
        "second", type=absolute_path, metavar="DIR_B", help="folder of the one to compare to"
    )
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    parser.add_argument(
        "--fail-if-worse",
        type=allowed_loss,
        action="append",
        default=[],
        metavar="METRIC=AMOUNT",
        help="exit with 1 if the metric is worse in B by more than this, such as answer.f1=0.02 or "
        "seconds.p50=0.5; may be given several times",
    )


def allowed_loss(text: str) -> tuple[str, float]:
    """Return (metric, amount) of METRIC=AMOUNT."""
    from rag.evaluation.figures import FIGURES

    name, _, amount = text.rpartition("=")
    names = [figure.name for figure in FIGURES]
    if name not in names:
        raise argparse.ArgumentTypeError(
            f"{name or text!r} is not a metric with an amount: expected METRIC=AMOUNT, with one of "
            f"{', '.join(names)}"
        )
    try:
        value = float(amount)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{amount!r} is not an amount: expected 0 or more")
    return name, value


def run_evaluate(args: argparse.Namespace, open_pipeline: OpenPipeline) -> int:
    """Evaluate the question set of `args`; return the exit code.

    The summary goes to standard output, everything else to standard error. The set is read before
    any model is loaded. 130 if interrupted, 1 if every question failed. Raises `RagError`.
    """
    from rag.evaluation.evaluate import evaluate
    from rag.evaluation.report import format_summary

    questions = read_set(args.questions)
    try:
        pipeline = open_pipeline(args)
        batch = args.batch or (BATCH if len(questions) >= MANY_QUESTIONS else 1)
        if batch > 1:
            say(f"{batch} questions at once: seconds are parts of what they share (--batch 1: not)")
        bar = _Bar(len(questions)) if sys.stderr.isatty() else _Lines()
        try:
            summary = evaluate(
                pipeline, questions, args.report, batch=batch, progress=bar.show, notify=say
            )
        finally:
            bar.close()
    except KeyboardInterrupt:
        say("interrupted; the same command goes on where this one stopped")
        return INTERRUPTED
    print_line(format_summary(summary))
    say(f"wrote report.html, report.json and rows.csv in {args.report}")
    return 1 if summary["errors"] == summary["questions"] else 0


def run_compare(args: argparse.Namespace) -> int:
    """Print what changed from one report to another; return the exit code. Raises `RagError`.

    1, with a line for each on standard error, if a metric got worse by more than was allowed, or
    if there was nothing to compare.
    """
    from rag.evaluation.compare import compare, comparison_object, format_comparison, losses
    from rag.serialize import to_json

    comparison = compare(args.first, args.second)
    if args.json:
        print_json(to_json(comparison_object(comparison), indent=1))
    else:
        print_line(format_comparison(comparison))
    lines = losses(comparison, dict(args.fail_if_worse))
    if not comparison.shared:
        lines.insert(0, "no question is in both reports: compare two reports of one set")
    for line in lines:
        say(f"footnote: {line}")
    return 1 if lines else 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of questions: expected 1 or more"
        )
    return int(text)


def read_set(path: Path) -> "list[Question]":
    """Return the good questions of a set, and say what is wrong with the others."""
    from rag.evaluation.questions import read_questions

    questions, problems = read_questions(path)
    for problem in problems[:PROBLEMS_SHOWN]:
        say(problem)
    if len(problems) > PROBLEMS_SHOWN:
        say(f"… and {len(problems) - PROBLEMS_SHOWN} more lines that are not questions")
    return questions


class _Bar:
    """A bar on a terminal."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm  # type: ignore[import-untyped]  # 0.1 s that other commands save

        self._bar = tqdm(total=total, unit="question", file=sys.stderr, dynamic_ncols=True)
        self._failed = 0

    def show(self, done: int, total: int, row: "Row | None") -> None:
        """Move the bar to `done`."""
        if row is not None and row["error"] is not None:
            self._failed += 1
            self._bar.set_postfix(failed=self._failed, refresh=False)
        if row is None:
            self._bar.initial = done  # rows of an earlier run do not count as speed
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leave the terminal to others."""
        self._bar.close()


class _Lines:
    """A line now and then, for logs."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def show(self, done: int, total: int, row: "Row | None") -> None:
        """Say how far it is, if that was not said just now."""
        now = time.monotonic()
        if done == total or now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            say(f"{done} of {total} questions")

    def close(self) -> None:
        """Do nothing: there is nothing to leave."""
