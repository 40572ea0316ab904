"""The command `footnote compare`: what changed from one report to another."""

import argparse
import math

from rag.absolute_path import absolute_path
from rag.cli.terminal import print_json, print_line, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
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


def run(args: argparse.Namespace) -> int:
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
