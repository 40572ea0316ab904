"""Writes what was held out of `own` and `natural` as documents and question sets for Footnote.

    python -m training.question_sets QA_FOLDER OUTPUT --limit 150

OUTPUT/own and OUTPUT/natural get documents/ and questions.jsonl, as benchmarks/squad_questions.py
writes them: for `footnote evaluate` and training/fit_confidence.py. All documents are one library.
"""

import argparse
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from training.documents import (
    Document,
    Question,
    read_own,
    read_squad,
    split_natural,
    split_own,
)


def file_name(title: str) -> str:
    """Return a file's name for a title."""
    return re.sub(r"[^\w .,'()-]", "-", title).strip() + ".txt"


def record_of(number: int, name: str, document: Document, question: Question) -> dict[str, object]:
    """Return a question as a line of a question set; yes and no are judged by their evidence."""
    answerable = question.evidence is not None
    evidence = document.text[slice(*question.evidence)] if question.evidence else ""
    record: dict[str, object] = {
        "id": f"{name}#{number}",
        "question": question.text,
        "answerable": answerable,
        "answers": list(question.accepted) or ([evidence] if answerable else []),
        "document": name,
        "group": question.kind if answerable else "close",
    }
    if answerable:
        record["evidence"] = evidence
    return record


def write_set(folder: Path, documents: Sequence[Document], limit: int | None) -> None:
    """Write documents of one title as one file, and `limit` of their questions, drawn at random."""
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    texts: dict[str, list[str]] = {}
    records = []
    for document in documents:
        name = file_name(document.title)
        texts.setdefault(name, []).append(document.text)
        for question in document.questions:
            records.append(record_of(len(records), name, document, question))
    for name, parts in texts.items():
        (folder / "documents" / name).write_text("\n\n".join(parts), encoding="utf-8", newline="")
    if limit is not None and limit < len(records):
        records = random.Random(0).sample(records, limit)
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (folder / "questions.jsonl").write_text(lines, encoding="utf-8", newline="")
    print(f"{folder}: {len(texts)} documents, {len(records)} questions")


def main() -> None:
    """Write both sets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--limit", type=int, help="questions of natural")
    args = parser.parse_args()
    _, own = split_own(read_own(sorted((args.data / "own").glob("w*.jsonl"))))
    _, natural = split_natural(read_squad(args.data / "natural.json"))
    write_set(args.output / "own", own, None)
    write_set(args.output / "natural", natural, args.limit)


if __name__ == "__main__":
    main()
