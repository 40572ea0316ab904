"""What the command `footnote` takes: its commands and their options. Carries out none of them."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from rag.absolute_path import absolute_path

Run = Callable[[argparse.Namespace], int]


def build_parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """Return the parser of all commands; `runs` has what carries out each."""
    from rag.cli.calibrate import add_calibrate_arguments
    from rag.cli.evaluate import add_compare_arguments, add_evaluate_arguments
    from rag.cli.feedback import add_feedback_arguments
    from rag.cli.libraries import add_libraries_arguments
    from rag.cli.library import add_library_arguments
    from rag.cli.serve import add_serve_arguments

    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask your own documents, offline. Every sentence cites its source.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    chat = _command(commands, "chat", runs["chat"], "open the chat in a browser")
    _add_choice_of_documents(chat)
    _add_choice_of_generator(chat)
    _add_threshold(chat)
    _add_place(chat)
    chat.add_argument("--no-browser", action="store_true", help="do not open a browser")
    chat.add_argument(
        "--mcp", action="store_true", help="also serve the MCP tool `ask` at /mcp (extra `mcp`)"
    )

    ask = _command(commands, "ask", runs["ask"], "answer one question in the terminal")
    ask.add_argument("question", metavar="QUESTION")
    _add_choice_of_documents(ask)
    _add_choice_of_generator(ask)
    _add_threshold(ask)
    ask.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    ask.add_argument(
        "--history",
        action="append",
        default=[],
        metavar="QUESTION",
        help="an earlier question, which this one follows up; repeat it, oldest first",
    )

    index = _command(commands, "index", runs["index"], "bring a library up to date with its files")
    _add_choice_of_documents(index)
    index.add_argument(
        "--add",
        type=absolute_path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="also read these (--library)",
    )
    index.add_argument(
        "--remove",
        type=absolute_path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="read these no longer (--library); your own files stay where they are",
    )
    index.add_argument(
        "--groups",
        nargs="+",
        default=[],
        metavar="GROUP",
        help="who may read what is added (--add, to a library at qdrant://; everyone)",
    )

    libraries = _command(
        commands, "libraries", runs["libraries"], "list, delete or compact what is kept on the disk"
    )
    add_libraries_arguments(libraries)

    library = _command(
        commands, "library", runs["library"], "copy a library to another home, or say who reads it"
    )
    add_library_arguments(library)

    serve = _command(commands, "serve", runs["serve"], "serve one library to many people")
    add_serve_arguments(serve)
    _add_place(serve)
    _add_choice_of_generator(serve)
    _add_threshold(serve)

    evaluate = _command(
        commands, "evaluate", runs["evaluate"], "answer a set of questions and measure"
    )
    add_evaluate_arguments(evaluate)
    _add_choice_of_documents(evaluate)
    _add_choice_of_generator(evaluate)
    _add_threshold(evaluate)

    calibrate = _command(
        commands, "calibrate", runs["calibrate"], "fit the refusal threshold to your own questions"
    )
    add_calibrate_arguments(calibrate)
    _add_choice_of_documents(calibrate)

    compare = _command(commands, "compare", runs["compare"], "say what changed between two reports")
    add_compare_arguments(compare)

    feedback = _command(
        commands,
        "feedback",
        runs["feedback"],
        "print what people said of answers, as a question set",
    )
    add_feedback_arguments(feedback)

    models = _command(commands, "models", runs["models"], "list the models and check their files")
    models.add_argument(
        "--download", metavar="ID", help="fetch a model from the hub (the one use of the network)"
    )

    text = _command(
        commands, "text", runs["text"], "print the text that offsets of a document refer to"
    )
    text.add_argument("path", type=absolute_path, metavar="PATH")
    text.add_argument(
        "--structure",
        action="store_true",
        help="print what was understood of it instead: headings, lists, tables, pages",
    )
    return parser


def _command(commands: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    return parser


def _add_choice_of_documents(parser: argparse.ArgumentParser) -> None:
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--docs",
        type=absolute_path,
        nargs="+",
        metavar="PATH",
        help="files and folders (the seed article)",
    )
    choice.add_argument(
        "--library",
        metavar="NAME",
        help="a library that was made before, or qdrant://HOST:PORT/NAME",
    )


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, help="port to listen on (7860)")


def _add_choice_of_generator(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--generator",
        metavar="NAME|PATH|none",
        help="language model for written answers, not used yet; none: quotes only",
    )


def _add_threshold(parser: argparse.ArgumentParser) -> None:
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


def _port(text: str) -> int:
    """Return a port, 0 for a free one; others would be taken modulo 65536."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535")
    return int(text)
