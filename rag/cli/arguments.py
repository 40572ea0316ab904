"""Options that several commands share, and how their values are checked."""

import argparse
import os
from collections.abc import Sequence
from typing import Any

from rag.absolute_path import absolute_path
from rag.errors import QuestionError


class UsageError(QuestionError):
    """Options that do not go together."""


class _Paths(argparse.Action):
    """Keeps paths, made absolute, and how they were typed (`docs_typed`)."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        typed = [str(value) for value in values or ()]
        namespace.docs_typed = typed
        setattr(namespace, self.dest, [absolute_path(value) for value in typed])


def question_of(args: argparse.Namespace) -> str:
    """Return the question, and take it from the paths of `--docs` where it stands behind them.

    Raises `UsageError` if there is none.
    """
    if args.question is not None:
        return str(args.question)
    if args.docs is None or len(args.docs) < 2 or os.path.exists(args.docs[-1]):
        raise UsageError('no question: expected footnote ask "QUESTION", and what else there is')
    args.docs.pop()
    return str(args.docs_typed.pop())


def add_documents(parser: argparse.ArgumentParser) -> None:
    """Add the choice of what is asked: `--docs` or `--library`."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--docs",
        action=_Paths,
        nargs="+",
        metavar="PATH",
        help="files and folders (the seed article)",
    )
    choice.add_argument(
        "--library",
        metavar="NAME",
        help="a library that was made before, or qdrant://HOST:PORT/NAME",
    )


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add where a server listens."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, help="port to listen on (7860)")


def add_generator(parser: argparse.ArgumentParser) -> None:
    """Add the choice of the language model."""
    parser.add_argument(
        "--generator",
        metavar="NAME|PATH|none",
        help="what says answers in words, once checked: writer, writer-small, a .gguf file or a "
        "model's folder (the one that is installed); none: quotes only",
    )


def add_threshold(parser: argparse.ArgumentParser) -> None:
    """Add the confidence below which a question is refused."""
    parser.add_argument(
        "--min-confidence",
        type=_confidence,
        metavar="C",
        help="refuse below this confidence, 0 to 1, whatever was calibrated",
    )


def _port(text: str) -> int:
    """Return a port, 0 for a free one; others would be taken modulo 65536."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535")
    return int(text)


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a confidence: expected 0 to 1")
    return value
