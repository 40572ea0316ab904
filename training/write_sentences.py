"""Lets a writer answer everyday questions from what Footnote quotes, for a person to label.

    python -m training.write_sentences MODEL.gguf --folders DIR... --out FILE.jsonl [--most 300]

One JSON line a sentence that is not quoted word for word: `id`, `writer`, `folder`, `question`,
`evidence` (document, headings, quote of each note that the writer got), `sentence`. Only questions
are asked that the product would let a writer say (yes or no, explanations, comparisons, overviews).
What is right of it nobody knows yet: `label` is filled in by reading (data/README.md). Started
again it goes on where it stopped. Knows the product and the folders; nothing of training.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from rag.answering.in_words import is_quoted, profits
from rag.answering.question_kind import QuestionKind
from rag.answering.write import write_sentences
from rag.assemble import open_pipeline
from rag.datatypes import Answer
from rag.models.llama import LlamaModel
from rag.offline import set_offline
from rag.settings import load_settings
from training.pair_lessons import short_hash


def main() -> int:
    """Ask, let write, append; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--folders", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=10_000, help="of sentences in the file")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    set_offline()
    lines = args.out.read_text("utf-8").splitlines() if args.out.exists() else []
    known = {line["asked"] for line in map(json.loads, lines)}
    count = len(lines)
    model = LlamaModel(args.model, args.model.stem, args.threads)
    with args.out.open("a", encoding="utf-8") as out:
        for folder in args.folders:
            for question, answer in answers_to_say(
                folder, f"{args.model.stem} {folder.name}", known
            ):
                for line in said(model, folder.name, question, answer):
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    count += 1
                out.flush()
                if count >= args.most:
                    return 0
            print(f"{folder.name}: {count} sentences", file=sys.stderr)
    return 0


def answers_to_say(
    folder: Path, prefix: str, known: set[str]
) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Yield the questions that a writer is to answer, with their quoted answers."""
    settings = replace(load_settings(), generator="none")
    pipeline = open_pipeline(
        settings,
        docs=[folder / "documents"],
        say=lambda line: print(line, file=sys.stderr),
    )
    written = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in written]
    asked = [one for one in questions if f"{prefix} {one['id']}" not in known]
    answers = pipeline.ask_many([one["question"] for one in asked])
    for question, answer in zip(asked, answers, strict=True):
        kinds: dict[QuestionKind, float] = {
            "yesno" if question.get("type") == "yesno" else "short": 1.0
        }
        if isinstance(answer, Answer) and profits(answer, kinds):
            yield question, answer


def said(
    model: LlamaModel, folder: str, question: dict[str, Any], answer: Answer
) -> Iterator[dict[str, Any]]:
    """Yield a line for each sentence that the model writes in its own words."""
    quotes = [citation.quote for citation in answer.citations]
    evidence: Sequence[tuple[str, str, str]] = [
        (each.document, each.section or "", each.quote) for each in answer.citations
    ]
    for sentence in write_sentences(model, answer.understood, answer.citations, Event()):
        if is_quoted(sentence, quotes):
            continue
        asked = f"{model.name} {folder} {question['id']}"
        yield {
            "id": short_hash(f"{asked} {sentence}"),
            "asked": asked,
            "writer": model.name,
            "folder": folder,
            "question": answer.understood,
            "evidence": evidence,
            "sentence": sentence,
        }


if __name__ == "__main__":
    sys.exit(main())
