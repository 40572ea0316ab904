"""The command `footnote ask`: one answer, as lines for a terminal or as JSON."""

import argparse
from typing import TYPE_CHECKING

from rag.cli.arguments import add_documents, add_generator, add_threshold, question_of
from rag.cli.opening import open_pipeline
from rag.cli.terminal import print_json, print_line
from rag.settings import load_settings

if TYPE_CHECKING:
    from rag.datatypes import Answer, Citation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `ask` takes."""
    parser.add_argument("question", metavar="QUESTION", nargs="?")
    add_documents(parser)
    add_generator(parser)
    add_threshold(parser)
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    parser.add_argument(
        "--history",
        action="append",
        default=[],
        metavar="QUESTION",
        help="an earlier question, which this one follows up; repeat it, oldest first",
    )


def run(args: argparse.Namespace) -> int:
    """Answer the question; a refusal is an answer too."""
    from rag.answering.pipeline import check_question

    question = question_of(args)
    check_question(question, load_settings().max_question_characters)
    answer = open_pipeline(args).ask(question, history=args.history)
    if args.json:
        from rag.serialize import answer_object, to_json

        print_json(to_json(answer_object(answer)))
    else:
        print_line(format_answer(answer))
    return 0


def format_answer(answer: "Answer") -> str:
    """Return the answer with its footnotes, or the refusal with nearest passages, as text."""
    lines = [answer.written(with_notes=True), ""]
    if answer.warning:
        lines = [answer.warning, "", *lines]
    if answer.understood != answer.question:
        lines = [f"Understood as: {answer.understood}", "", *lines]
    for number, citation in enumerate(answer.citations, start=1):
        lines.append(f"[{number}] {_source(citation)}")
    if answer.nearest:
        lines.append("The nearest passages, which do not answer it:")
    for passage in answer.nearest:
        lines.append(f"  · {passage.document}, characters {passage.start}–{passage.end}")
        lines.append(f"    {' '.join(passage.text.split())}")
    return "\n".join(lines).strip()


def _source(citation: "Citation") -> str:
    """Return where a quote stands: `name.txt, § 4 Deposit, row 12, characters 246–366`."""
    characters = f"characters {citation.start}–{citation.end}"
    return ", ".join(filter(None, (citation.document, citation.place, characters)))
