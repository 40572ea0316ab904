"""Writes what was held out as folders that `footnote evaluate` and training/fit_confidence.py read.

    python -m training.question_folders --data QA --out FOLDER

FOLDER/own: our held-out documents among others of ours, with their questions; FOLDER/natural: the
held-out pages of natural.json, each a document; FOLDER/everyday-NAME: the documents and questions
of data/everyday/fit/NAME, and FOLDER/formats-NAME: those of benchmarks/formats/NAME, once they have
been read and marked. No reader or checker learns from either. A question that is answered with
yes or no has the sentence that settles it as its answer. Knows nothing about models.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.documents import OWN, Document, Question, own_documents, read_squad, split_natural
from training.everyday import FIT, NOT_READ

FORMATS = Path(__file__).resolve().parents[1] / "benchmarks" / "formats"
_GROUPS = {"short": "span", "steps": "list"}
_OTHERS = 30
_NATURAL = 300


def file_name(title: str, suffix: str) -> str:
    """Return a title as a file's name."""
    return re.sub(r"[^\w' -]+", "-", title).strip("- ")[:80] + suffix


def record(name: str, number: int, document: Document, question: Question) -> dict[str, object]:
    """Return a question as a line of a question set."""
    accepted = list(question.accepted)
    if question.kind in ("yes", "no") and question.evidence:
        accepted = [document.text[slice(*question.evidence)]]
    evidence = document.text[slice(*question.evidence)] if question.evidence else None
    fields = {
        "id": f"{name}#{number}",
        "question": question.text,
        "answerable": question.kind != "none",
        "answers": accepted,
        "document": name,
        "group": "close" if question.kind == "none" else question.kind,
    }
    return fields | ({"evidence": evidence} if evidence else {})


def write(folder: Path, texts: dict[str, str], records: Sequence[dict[str, object]]) -> None:
    """Write documents and questions."""
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    lines = [json.dumps(fields, ensure_ascii=False) + "\n" for fields in records]
    (folder / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    print(f"{folder}: {len(texts)} documents, {len(records)} questions")


def write_own(folder: Path) -> None:
    """Write our held-out documents, among others that distract from them."""
    trained, held_out = own_documents(OWN)
    random.Random(3).shuffle(trained)
    documents = {file_name(d.title, ".md"): d for d in [*held_out, *trained[:_OTHERS]]}
    asked = {d.title for d in held_out}
    records = [
        record(name, number, document, question)
        for name, document in documents.items()
        if document.title in asked
        for number, question in enumerate(document.questions)
    ]
    write(folder, {name: d.text for name, d in documents.items()}, records)


def write_natural(folder: Path, data: Path) -> None:
    """Write the held-out pages, and a sample of their questions."""
    pages: dict[str, list[Document]] = {}
    for document in split_natural(read_squad(data / "natural.json"))[1]:
        pages.setdefault(file_name(document.title, ".txt"), []).append(document)
    texts = {name: "\n\n".join(d.text for d in parts) for name, parts in pages.items()}
    records = [
        record(name, 100 * place + number, document, question)
        for name, parts in pages.items()
        for place, document in enumerate(parts)
        for number, question in enumerate(document.questions)
    ]
    random.Random(3).shuffle(records)
    write(folder, texts, records[:_NATURAL])


def write_everyday(folder: Path, source: Path) -> None:
    """Write the everyday documents of a folder, and those of its questions that a span answers.

    Nothing where none is marked with what answers it.
    """
    lines = (source / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    every = map(json.loads, lines)
    asked = [fields for fields in every if "kind" in fields and fields["kind"] not in NOT_READ]
    records = [everyday_record(fields) for fields in asked]
    if records:
        shutil.copytree(source / "documents", folder / "documents", dirs_exist_ok=True)
        write(folder, {}, records)


def everyday_record(fields: dict[str, Any]) -> dict[str, object]:
    """Return an everyday question as a line of a question set.

    The evidence of one that is not answered denies what it takes for granted.
    """
    kept = {name: fields[name] for name in ("id", "question", "answerable", "document")}
    if not fields["answerable"]:
        denied = fields.get("correction")
        return kept | {"answers": [], "group": "close"} | ({"evidence": denied} if denied else {})
    group = _GROUPS.get(fields["kind"], fields["kind"])
    answers = [] if group in ("yes", "no") else fields["answers"]
    evidence = fields["evidence"]
    kept |= {"answers": answers or [evidence], "evidence": evidence, "group": group}
    return kept | ({"points": fields["points"]} if "points" in fields else {})


def main(arguments: list[str] | None = None) -> None:
    """Write all folders."""
    parser = argparse.ArgumentParser(description="Write held-out questions as folders.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the question files")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(arguments)
    write_own(args.out / "own")
    write_natural(args.out / "natural", args.data)
    for name, folder in (("everyday", FIT), ("formats", FORMATS)):
        for source in sorted(filter(Path.is_dir, folder.iterdir())):
            write_everyday(args.out / f"{name}-{source.name}", source)


if __name__ == "__main__":
    main()
