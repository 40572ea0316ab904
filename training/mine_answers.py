"""Writes what the reader takes for the answer of each of our questions, right or wrong.

    python -m training.mine_answers --base all-mpnet-base-v2 --out RUN/mined.jsonl

One JSON line a question of the documents to train on: title, question, answer, text (the sentences
the answer stands in), right. What is wrong in a way that the reader finds right is what the checker
has to learn. Started again it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rag.assemble import load_reader
from rag.datatypes import Passage
from rag.documents.sentences import sentence_spans
from rag.documents.split import split_passages
from rag.evaluation.metrics import token_f1
from rag.settings import load_settings
from training.documents import OWN, Document, Question, own_documents
from training.everyday import everyday_documents
from training.windows import TokenCounter, load_tokenizer, read_as_the_product

_ENOUGH = 0.6
"""F1 from which the reader's span counts as the answer."""


def passages_of(document: Document, counter: TokenCounter, size: int) -> list[Passage]:
    """Return the document's passages as the product cuts them."""
    drafts = split_passages(read_as_the_product(document), counter, size)  # type: ignore[arg-type]
    return [
        Passage(
            id=number,
            document_id=0,
            start=draft.start,
            end=draft.end,
            text=document.text[draft.start : draft.end],
            sentences=draft.sentences,
            kinds=draft.kinds,
            view=draft.view,
            segments=draft.segments,
        )
        for number, draft in enumerate(drafts)
    ]


def around(text: str, start: int, end: int) -> str:
    """Return the whole sentences of the lines that [start, end) touches."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    touched = [
        (s, e) for s, e in sentence_spans(text, line_start, line_end) if s < end and start < e
    ]
    return text[touched[0][0] : touched[-1][1]] if touched else text[start:end]


def is_right(question: Question, said: str) -> bool:
    """Say whether `said` is the answer."""
    return token_f1(said, question.accepted) >= _ENOUGH


def main() -> int:
    """Read all questions and write the file; return the exit code."""
    parser = argparse.ArgumentParser(description="Mine the reader's answers.")
    parser.add_argument("--base", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    settings = load_settings()
    reader, _ = load_reader(settings, lambda line: print(line, file=sys.stderr))
    counter = TokenCounter(load_tokenizer(args.base))
    documents = [*own_documents(OWN)[0], *everyday_documents()]
    done = set()
    if args.out.exists():
        done = {json.loads(line)["title"] for line in args.out.open(encoding="utf-8")}
    for count, document in enumerate(documents):
        if document.title in done:
            continue
        asked = [q for q in document.questions if q.kind in ("none", "span")]
        passages = passages_of(document, counter, settings.passage_tokens)
        found = reader.read_many([(question.text, passages) for question in asked])
        lines = []
        for question, spans in zip(asked, found, strict=True):
            best = max(spans, key=lambda span: span.margin, default=None)
            if best is None:
                continue
            said = document.text[best.start : best.end]
            fields = {
                "title": document.title,
                "question": question.text,
                "answer": said,
                "text": around(document.text, best.start, best.end),
                "right": question.kind == "span" and is_right(question, said),
            }
            lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
        with args.out.open("a", encoding="utf-8") as file:
            file.write("".join(lines))
        print(f"{count + 1} of {len(documents)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
