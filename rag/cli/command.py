"""The command `footnote`: arguments in, what a command returns out, errors as one line and a code.

Exit codes: 0 done (a refusal too), 1 failed, 2 wrong usage, 130 interrupted, 143 told to end. Only
the answer goes to standard output. Each command is a module with `add_arguments` and `run`, which
imports what is heavy when it runs: every other command makes its parser too.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from rag.cli import (
    ask,
    calibrate,
    chat,
    compare,
    evaluate,
    feedback,
    index,
    libraries,
    library,
    models,
    serve,
    text,
)
from rag.cli.terminal import discard_output, harmless, say
from rag.ending import Ended, ending_cleanly
from rag.errors import QuestionError, RagError
from rag.offline import set_offline

COMMANDS = {
    "chat": (chat, "open the chat in a browser"),
    "ask": (ask, "answer one question in the terminal"),
    "index": (index, "bring a library up to date with its files"),
    "libraries": (libraries, "list, delete or compact what is kept on the disk"),
    "library": (library, "copy a library to another home, or say who reads it"),
    "serve": (serve, "serve one library to many people"),
    "evaluate": (evaluate, "answer a set of questions and measure"),
    "calibrate": (calibrate, "fit the refusal threshold to your own questions"),
    "compare": (compare, "say what changed between two reports"),
    "feedback": (feedback, "print what people said of answers, as a question set"),
    "models": (models, "list the models and check their files"),
    "text": (text, "print the text that offsets of a document refer to"),
}
"""By name: the module, and what it does in a few words."""

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        with ending_cleanly():
            set_offline()
            args = make_parser().parse_args(arguments)
            return int(args.run(args))
    except QuestionError as error:
        say(f"footnote: {error}")
        return WRONG_USAGE
    except RagError as error:
        say(f"footnote: {error}")
        return FAILED
    except Ended as ended:
        say("footnote: ended")
        return ended.exit_code
    except KeyboardInterrupt:
        say("footnote: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: nothing left to say
        discard_output()
        return FAILED
    except OSError as error:  # a full disk behind our output, or what no module foresaw
        say(f"footnote: {error}; check the disk and the permissions")
        discard_output()
        return FAILED


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets `run`, what carries it out."""
    parser = _Parser(
        prog="footnote",
        description="Ask your own documents, offline. Every sentence cites its source.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (command, summary) in COMMANDS.items():
        of_command = commands.add_parser(name, help=summary, description=summary)
        command.add_arguments(of_command)
        of_command.set_defaults(run=command.run)
    return parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with arguments without anything in them that a terminal would obey."""

    def error(self, message: str) -> NoReturn:
        super().error(harmless(message))


if __name__ == "__main__":
    sys.exit(main())
