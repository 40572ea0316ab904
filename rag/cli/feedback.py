"""The command `footnote feedback`: thumbs up and down on kept answers, as a question set.

Knows where conversations are kept, not how a judgement becomes a question.
"""

import argparse
from pathlib import Path
from typing import Any

from rag.absolute_path import absolute_path
from rag.cli.terminal import print_json, say
from rag.errors import ConversationError
from rag.settings import home_folder, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `feedback` takes."""
    parser.add_argument(
        "--out", type=absolute_path, metavar="FILE", help="write here instead of to standard output"
    )
    parser.add_argument(
        "--undecided",
        action="store_true",
        help="also answers marked wrong, with answerable null for a person to decide",
    )


def run(args: argparse.Namespace) -> int:
    """Print the judgements as JSON lines that `footnote evaluate` takes; return the exit code.

    What was left out goes to standard error. Raises `ConversationError`.
    """
    from rag.serialize import to_json

    judged = _judged_questions()
    decided = [question for question in judged if question["answerable"] is not None]
    chosen = judged if args.undecided else decided
    lines = [to_json(question) for question in chosen]
    if args.out is None:
        for line in lines:
            print_json(line)
    else:
        _write(args.out, "".join(f"{line}\n" for line in lines))
    say(_summary(len(decided), len(judged) - len(decided), args.undecided))
    return 0


def _judged_questions() -> list[dict[str, Any]]:
    from rag.conversations.feedback import judged_questions
    from rag.conversations.store import ConversationStore, conversations_path

    path = conversations_path(home_folder(load_settings()))
    if not path.exists():
        return []
    store = ConversationStore(path)
    try:
        return [
            question
            for user in store.users()
            for conversation in reversed(store.conversations(user))
            for question in judged_questions(store.load(user, conversation.id)[1])
        ]
    finally:
        store.close()


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all. Raises `ConversationError`."""
    beside = path.parent / f"{path.name}.part"
    try:
        beside.write_bytes(text.encode("utf-8"))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConversationError(
            f"{path}: cannot be written ({str(error.strerror).lower()}); give another --out FILE"
        ) from None


def _summary(decided: int, undecided: int, included: bool) -> str:
    if not decided + undecided:
        return "no answer was marked yet: thumbs stand below each answer in `footnote chat`"
    line = f"{_count(decided, 'answer')} marked right"
    if undecided and included:
        line += f", {undecided} marked wrong: set answerable and answers of those before evaluating"
    elif undecided:
        line += f"; {undecided} marked wrong left out: --undecided adds what is known of them"
    return line


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"
