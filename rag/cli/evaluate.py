"""The command `footnote evaluate`: progress and exit codes. How figures are made is not its."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.absolute_path import absolute_path
from rag.cli.arguments import add_documents, add_generator, add_threshold
from rag.cli.opening import open_pipeline
from rag.cli.terminal import print_line, say

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `evaluate` takes."""
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
    add_documents(parser)
    add_generator(parser)
    add_threshold(parser)


def run(args: argparse.Namespace, opening: OpenPipeline = open_pipeline) -> int:
    """Evaluate the question set of `args`; return the exit code.

    The summary goes to standard output, everything else to standard error. The set is read before
    any model is loaded. 130 if interrupted, 1 if every question failed. Raises `RagError`.
    """
    from rag.evaluation.evaluate import evaluate
    from rag.evaluation.report import format_summary

    questions = read_set(args.questions)
    try:
        pipeline = opening(args)
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
