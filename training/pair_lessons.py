"""What the reader learns from the short texts of `data/pairs`: each a document with its questions.

Which sentence settles a yes or no the checker has marked (`mark_settling`). Knows nothing of tokens
or the model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from training.documents import OWN, Document, Question
from training.pair_texts import PairText

SETTLING = OWN / "settling.jsonl"
Settling = Mapping[tuple[str, str], str]
"""(hash of the text, question) to the sentence that settles it."""


def short_hash(text: str) -> str:
    """Return the first twelve digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_settling(path: Path = SETTLING) -> Settling:
    """Return what `mark_settling` wrote."""
    marked = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {(line["text"], line["question"]): line["sentence"] for line in marked}


def pair_documents(texts: Sequence[PairText], settling: Settling) -> list[Document]:
    """Return the texts as Markdown below their title and heading, with what is asked of them."""
    return [_document(text, settling) for text in texts]


def _document(text: PairText, settling: Settling) -> Document:
    head = f"## {text.fields['under']}\n\n" if text.fields["under"] else ""
    whole = head + text.text
    return Document(
        title=text.fields["title"],
        text=whole,
        questions=tuple(_questions(text, whole, len(head), settling)),
        source="pairs",
        structured=True,
    )


def _questions(text: PairText, whole: str, begin: int, settling: Settling) -> Iterator[Question]:
    fields = text.fields
    for asked, answer, *_ in fields["answers"]:
        yield from _answered(asked, "span", whole, answer, begin)
    for asked, answer, *_ in fields.get("explains", ()):
        yield from _answered(asked, "explanation", whole, answer, begin)
    unanswered = [asked for asked, *_ in (*fields["close"][:1], *fields.get("denied", ()))]
    hashed = short_hash(text.text)
    marked = [
        (kind, asked, settling[hashed, asked])
        for kind in ("yes", "no")
        for asked in fields[kind]
        if (hashed, asked) in settling
    ]
    for kind, asked, sentence in marked:
        start = whole.index(sentence, begin)
        place = start, start + len(sentence)
        yield Question(text=asked, kind=kind, answers=(place,), evidence=place)
    if marked:
        unanswered += fields["open"][:1]
    yield from (Question(text=asked, kind="none") for asked in unanswered)


def _answered(asked: str, kind: str, whole: str, answer: str, begin: int) -> Iterator[Question]:
    """Yield the question with all places of its answer behind the heading, if it stands there."""
    found = re.finditer(re.escape(answer.lower()), whole.lower())
    places = tuple(match.span() for match in found if match.start() >= begin)
    if places:
        yield Question(
            text=asked,
            kind=kind,
            answers=places,
            evidence=(places[0][0], places[-1][1]),
            accepted=(answer,),
        )
