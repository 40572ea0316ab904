"""The command `footnote calibrate`: arguments, progress, what is kept with the library.

Knows nothing of how thresholds are chosen.
"""

import argparse
from typing import TYPE_CHECKING

from rag.absolute_path import absolute_path
from rag.cli.arguments import UsageError, add_documents
from rag.cli.evaluate import read_set
from rag.cli.opening import show_reading
from rag.cli.terminal import print_line, say, show_progress
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `calibrate` takes."""
    parser.add_argument(
        "questions",
        type=absolute_path,
        nargs="?",
        metavar="QUESTIONS",
        help="the question set: JSON lines, CSV or SQuAD JSON",
    )
    parser.add_argument(
        "--max-error",
        type=_share,
        default=0.05,
        metavar="SHARE",
        help="how many of the answers shown may be wrong (0.05)",
    )
    parser.add_argument(
        "--folds", type=_folds, default=5, metavar="K", help="folds of the cross-validation (5)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what was found and store nothing"
    )
    parser.add_argument(
        "--reset", action="store_true", help="forget what was stored with the library"
    )
    add_documents(parser)


def run(args: argparse.Namespace) -> int:
    """Calibrate the library of `args`, or forget its calibration; return the exit code.

    The result goes to standard output. Raises `RagError`, and stores nothing then.
    """
    if (args.questions is None) != args.reset:
        raise UsageError("expected QUESTIONS to calibrate with, or --reset and no questions")
    settings = load_settings()
    return _forget(args, settings) if args.reset else _calibrate(args, settings)


def _forget(args: argparse.Namespace, settings: Settings) -> int:
    from rag.answering.library_calibration import keep_own, load_own

    with _open_showing_all(args, settings).library as library:
        known = load_own(library)
        keep_own(library, None)
    print_line("forgotten: the threshold is the default again" if known else "none was stored")
    return 0


def _calibrate(args: argparse.Namespace, settings: Settings) -> int:
    from rag.answering.library_calibration import keep_own
    from rag.assemble import reader_id
    from rag.evaluation.calibrate import (
        ask_all,
        find_threshold,
        format_costs,
        format_found,
        own_calibration,
    )

    questions = read_set(args.questions)
    pipeline = _open_showing_all(args, settings)
    with pipeline.library as library:
        outcomes, left_out = ask_all(pipeline, questions, _Progress(len(questions)).show)
        if left_out:
            say(f"{left_out} questions cannot be judged and are left out: no answers, no evidence")
        print_line(format_costs(outcomes, settings.min_confidence) + "\n")
        found = find_threshold(outcomes, args.max_error, args.folds)
        print_line(format_found(found, args.max_error) + "\n")
        if not (~outcomes.answerable).any():
            say("no question is unanswerable: whether such are refused was not looked at")
        if args.dry_run:
            print_line("not stored (--dry-run)")
        else:
            made_with = reader_id(settings, pipeline.models["embedder"])
            keep_own(library, own_calibration(found, args.max_error, made_with))
            print_line("stored with the library; `footnote calibrate --reset` forgets it")
    return 0


def _open_showing_all(args: argparse.Namespace, settings: Settings) -> "Pipeline":
    """Return a pipeline that shows everything, on the reader's own scale."""
    from rag.assemble import open_pipeline

    return open_pipeline(
        settings,
        docs=args.docs,
        name=args.library,
        say=say,
        progress=show_reading,
        min_confidence=0.0,
        own_calibration=False,
    )


class _Progress:
    """A line on a terminal that says how far it is, and goes when all is done."""

    def __init__(self, total: int) -> None:
        self._total = total

    def show(self, done: int) -> None:
        show_progress(f"{done} of {self._total} questions" if done < self._total else "")


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share: expected such as 0.05 for 5 %")
    return value


def _folds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 20:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of folds: expected 2 to 20")
    return int(text)
