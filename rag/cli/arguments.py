"""Options that several commands share, and how their values are checked."""

import argparse

from rag.absolute_path import absolute_path
from rag.errors import QuestionError


class UsageError(QuestionError):
    """Options that do not go together."""


def add_documents(parser: argparse.ArgumentParser) -> None:
    """Add the choice of what is asked: `--docs` or `--library`."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--docs",
        type=absolute_path,
        nargs="+",
        metavar="PATH",
        help="files and folders (the seed article)",
    )
    choice.add_argument("--library", metavar="NAME", help="a library that was made before")


def add_generator(parser: argparse.ArgumentParser) -> None:
    """Add the choice of the language model."""
    parser.add_argument(
        "--generator",
        metavar="NAME|PATH|none",
        help="language model for written answers, not used yet; none: quotes only",
    )


def add_threshold(parser: argparse.ArgumentParser) -> None:
    """Add the confidence below which a question is refused."""
    parser.add_argument(
        "--min-confidence",
        type=_confidence,
        metavar="C",
        help="refuse below this confidence, 0 to 1, whatever was calibrated",
    )


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a confidence: expected 0 to 1")
    return value
