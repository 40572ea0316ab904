"""The everyday documents to learn from, and what people ask of them.

The folders of `data/everyday/learn`, written by hand (data/README.md). Knows their files; nothing
of tokens or models.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

from rag.answering.follow_up import with_context
from rag.documents.kinds import READERS
from training.documents import OWN, Document, Question

LEARNT, FIT = OWN / "everyday" / "learn", OWN / "everyday" / "fit"
_MOST_BYTES = 1_000_000
_MARKDOWN, _TABLE = ".md", ".csv"
_KINDS = {"short": "span", "list": "list", "steps": "list", "explanation": "explanation"}
NOT_READ = ("count", "extreme", "comparison", "overview")
"""Kinds of questions that no place of a document answers."""


def everyday_documents(folder: Path = LEARNT) -> list[Document]:
    """Return the documents of all folders but tables, with the questions that a place answers.

    What goes on from others (`follow` beside the folder) stands before these, as the product asks.
    """
    return [
        document
        for source in sorted(folder.iterdir())
        for document in _documents(source)
        if document.questions
    ]


def _documents(folder: Path) -> list[Document]:
    follow_ups = folder.parent.parent / "follow" / f"{folder.name}.jsonl"
    asked = [*_lines(folder / "questions.jsonl"), *map(_in_context, _lines(follow_ups))]
    documents = []
    for path in sorted((folder / "documents").iterdir()):
        if path.suffix == _TABLE:
            continue
        text, title = _read(path)
        own = [fields for fields in asked if fields["document"] == path.name]
        questions = [each for fields in own if (each := _question(text, fields)) is not None]
        documents.append(
            Document(
                title=title,
                text=text,
                questions=tuple(questions),
                source=f"everyday/{folder.name}",
                structured=path.suffix == _MARKDOWN,
            )
        )
    return documents


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file, none where there is no such file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _in_context(fields: dict[str, Any]) -> dict[str, Any]:
    asked = with_context(fields["question"], fields["history"][::-1])
    return {**fields, "question": asked}


def _read(path: Path) -> tuple[str, str]:
    """Return the text as the product has it, and the title."""
    extracted = cast(Any, READERS[path.suffix])(path.read_bytes(), _MOST_BYTES)
    return extracted.text, extracted.title or path.stem.replace("_", " ")


def _question(text: str, fields: dict[str, Any]) -> Question | None:
    """Return the question with its places; None if none answers it, or one cannot be found."""
    asked, kind = fields["question"], fields["kind"]
    if not fields["answerable"]:
        denied = find(text, fields["correction"]) if fields.get("correction") else None
        return Question(text=asked, kind="none", denied=denied)
    if kind in NOT_READ:
        return None
    evidence = find(text, fields["evidence"])
    if evidence is None:
        return None
    if kind in ("yes", "no"):
        return Question(text=asked, kind=kind, answers=(evidence,), evidence=evidence)
    wanted = fields["answers"] if kind in ("list", "steps") else fields["answers"][:1]
    places = [find(text, answer, evidence) or find(text, answer) for answer in wanted]
    answers = tuple(sorted(place for place in places if place))
    if len(answers) < len(wanted) or not answers:
        return None
    evidence = min(evidence[0], answers[0][0]), max(evidence[1], *(end for _, end in answers))
    return Question(
        text=asked,
        kind=_KINDS[kind],
        answers=answers,
        evidence=evidence,
        accepted=tuple(fields["answers"]),
    )


def find(text: str, words: str, within: tuple[int, int] | None = None) -> tuple[int, int] | None:
    """Return where the words stand first, white space and case aside; None if they do not."""
    start, end = within or (0, len(text))
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = re.compile(pattern, re.IGNORECASE).search(text, start, end) if pattern else None
    return found.span() if found else None
