"""Sets up all that is missing, then opens the chat: `python3 scripts/start.py`.

With `--check` it answers one question in the terminal instead, and ends.
"""

import argparse
import os
import signal
import subprocess
import sys

from setup_environment import (
    ROOT,
    SetupError,
    add_setup_arguments,
    is_set_up,
    say,
    set_up,
    setup_key,
)

QUESTION = "What has the US agreed to give Ukraine as part of the peace deal?"


def main() -> int:
    """Set up, then become the chat; return the exit code."""
    args = make_parser().parse_args()
    try:
        is_new = not is_set_up(ROOT / ".venv", "", setup_key())
        python = set_up(ROOT / ".venv", "", args.torch_index)
        add_writer(str(python), wanted=args.writer, is_new=is_new and not args.check)
        return become([str(python), "-P", "-m", "rag.cli", *footnote_arguments(args)])
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Interrupted. Type the command again and it goes on from here.")
        return 130


def add_writer(python: str, *, wanted: bool, is_new: bool) -> None:
    """Install the writer if it is `wanted`; after a new set-up offer it. Quotes need none."""
    if wanted:
        subprocess.call([python, "-P", "-m", "rag.cli", "models", "--install", "writer"])
    elif is_new:
        subprocess.call([python, "-P", "-m", "rag.offer"])


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this script's arguments."""
    parser = argparse.ArgumentParser(description="Set up Footnote and open its chat in a browser.")
    parser.add_argument("--docs", nargs="+", metavar="PATH", help="files and folders to ask")
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (7860)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument(
        "--writer",
        action="store_true",
        help="also install the language model that says answers in words (1.09 GB to download)",
    )
    parser.add_argument(
        "--check", action="store_true", help="set up, answer one question here, and end"
    )
    add_setup_arguments(parser)
    return parser


def footnote_arguments(args: argparse.Namespace) -> list[str]:
    """Return the arguments for `footnote`."""
    documents = ["--docs", *args.docs] if args.docs else []
    if args.check:
        return ["ask", QUESTION, *documents]
    host = ["--host", args.host] if args.host is not None else []
    port = ["--port", str(args.port)] if args.port is not None else []
    browser = ["--no-browser"] if args.no_browser else []
    return ["chat", *documents, *host, *port, *browser]


def become(command: list[str]) -> int:
    """Run a command in this process's place; where that cannot be, wait for it."""
    if os.name == "posix":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the chat, which ends then
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
