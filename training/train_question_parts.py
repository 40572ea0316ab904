"""Trains what finds the questions in a text (`rag/answering/question_parts.py`).

    python -m training.train_question_parts --data QA [--measure]

Whether a sentence asks: questions of `kinds.jsonl` and `kinds_whole.jsonl`, of our own documents
and of QA against the sentences of those documents and what people tell of their case
(`cases.jsonl`). Whether a question begins: questions on one document, joined, and what was typed,
against every other place. Whether it follows on: `follow_ups.jsonl` against the questions of
documents. With `--measure` a fifth of the documents, and of what was typed (`cases.jsonl`,
`several.jsonl`), is held out.
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from rag.answering.question_kind import form_of
from rag.answering.question_parts import (
    WEIGHTS,
    QuestionParts,
    Weights,
    place_of,
    words_of,
)
from rag.documents.sentences import sentence_spans

DATA = Path(__file__).resolve().parent / "data"
_JOINS = ((", ", ""), (" ", "and "), (", ", "and "), ("; ", ""), ("? ", ""), ("? ", "and "))
"""Mark and link between two questions; the link belongs to the second."""
_SMALL_LETTER = 0.8
_FOLDS = 5
_TYPED = 3
"""Times that what people tell of their case counts: sentences of documents are many, and easier."""
_TYPED_PLACES = 8
"""Times that a place in a text counts that was typed as a whole, beside joined questions."""
_SQUAD_ARTICLES = 24
"""The first ones of `squad.json`; the others tune and measure."""
_QUESTIONS_OF_PARAGRAPH = 4
_SHARE_OF_SQUAD = 4
"""One paragraph of so many, against the follow-up questions."""


def read_groups(data: Path) -> list[tuple[str, list[str], list[str]]]:
    """Return (title, questions, sentences) of each document, and of the questions of kinds."""
    groups = []
    # Those of w07 are about rows, and teach to cut "three and a half hours".
    own = [*DATA.glob("w0[56].jsonl"), *(DATA / "own").glob("w0*.jsonl")]
    for line in (line for path in sorted(own) for line in path.read_text("utf-8").splitlines()):
        document = json.loads(line)
        questions = [item["question"] for item in document["qas"]]
        groups.append((document["title"], questions, list(sentences_of(document["context"]))))
    articles = json.loads((data / "squad.json").read_text("utf-8"))["data"][:_SQUAD_ARTICLES]
    for number, paragraph in enumerate(p for article in articles for p in article["paragraphs"]):
        questions = [item["question"] for item in paragraph["qas"][:_QUESTIONS_OF_PARAGRAPH]]
        context = paragraph["context"]
        groups.append((f"squad {number}", questions, list(sentences_of(context))[:2]))
    # With those of kinds_rows 34 of 79 typed ones that ask several are found, without them 40.
    for path in (DATA / "kinds.jsonl", DATA / "kinds_whole.jsonl"):
        lines = path.read_text("utf-8").splitlines()
        for first in range(0, len(lines), 8):
            asked = [json.loads(line)["question"] for line in lines[first : first + 8]]
            groups.append((f"{path.stem} {first}", asked, []))
    return groups


@dataclass(frozen=True, slots=True)
class Typed:
    """A text as it was typed: what it asks, in order, and what it tells before, if anything."""

    text: str
    questions: tuple[str, ...]
    before: str = ""

    def beginnings(self) -> list[int]:
        """Return where the questions after the first begin."""
        found, place = [], 0
        for question in self.questions:
            place = self.text.index(question, place)
            found.append(place)
            place += len(question)
        return found[1:]


def read_typed() -> list[Typed]:
    """Read `cases.jsonl` and `several.jsonl`."""
    typed = []
    for line in (DATA / "cases.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        typed.append(Typed(item["joined"], (item["question"],), item["before"]))
    for line in (DATA / "several.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        typed.append(Typed(item["joined"], tuple(item["questions"])))
    return typed


def sentences_of(text: str) -> Iterator[str]:
    """Yield the sentences of a text that end as such."""
    for start, end in sentence_spans(text, 0, len(text)):
        if text[start:end].endswith((".", "!")):
            yield text[start:end]


def joined(questions: Sequence[str], luck: random.Random) -> Iterator[tuple[str, list[int]]]:
    """Yield two or three questions as one text, and where in it the others begin."""
    first = 0
    while first + 1 < len(questions):
        count = min(luck.choice((2, 2, 3)), len(questions) - first)
        text, beginnings = "", []
        for place, question in enumerate(questions[first : first + count]):
            if place:
                mark, link = luck.choice(_JOINS)
                text += mark
                beginnings.append(len(text))
                text += link
                if luck.random() < _SMALL_LETTER:
                    question = question[:1].lower() + question[1:]
            text += question.rstrip(" ?.")
        yield text + luck.choice(("?", "")), beginnings
        first += count


def places(text: str, beginnings: Sequence[int]) -> Iterator[tuple[csr_matrix, bool]]:
    """Yield the features of each place in a text, nearly all 0, and whether a question begins."""
    words = words_of(text)
    for place in range(2, len(words) - 1):
        yield csr_matrix(place_of(words, place)), words[place].start() in beginnings


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or measure; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with squad.json")
    parser.add_argument("--measure", action="store_true", help="print figures, write nothing")
    options = parser.parse_args(arguments)
    groups = read_groups(options.data)
    typed = read_typed()
    if options.measure:
        held = [each for each in groups if crc32(each[0].encode()) % _FOLDS == 0]
        held_typed = [each for each in typed if crc32(each.text.encode()) % _FOLDS == 0]
        parts = train(
            [each for each in groups if each not in held],
            [each for each in typed if each not in held_typed],
        )
        for least in (0.5, 0.6, 0.7, 0.8, 0.9):
            print("begins at", least)
            measure(replace(parts, least=least), held)
            measure_typed(replace(parts, least=least), held_typed)
        return 0
    parts = train(groups, typed)
    np.savez_compressed(
        WEIGHTS,
        asks_weights=parts.asks.weights.astype(np.float16),
        asks_bias=np.float32(parts.asks.bias),
        begins_weights=parts.begins.weights.astype(np.float16),
        begins_bias=np.float32(parts.begins.bias),
        follows_weights=parts.follows.weights.astype(np.float16),
        follows_bias=np.float32(parts.follows.bias),
    )
    print(f"{len(groups)} documents; {WEIGHTS.stat().st_size:,} bytes in {WEIGHTS}")
    return 0


def train(
    groups: Sequence[tuple[str, list[str], list[str]]], typed: Sequence[Typed]
) -> QuestionParts:
    """Return what the documents teach, and what was typed."""
    luck = random.Random(5)
    asking = [
        (q.rstrip("?") if luck.random() < 0.7 else q, True) for _, qs, _ in groups for q in qs
    ]
    asking += [(question, True) for each in typed for question in each.questions]
    told = [(sentence, False) for _, _, sentences in groups for sentence in sentences]
    told += [(each.before, False) for each in typed if each.before] * _TYPED
    asks = fit([(form_of(re.sub(r"[.!]$", "", text)), is_so) for text, is_so in asking + told])
    examples = []
    for _, questions, _ in groups:
        for question in questions:
            examples += list(places(question, []))
        for text, beginnings in joined(luck.sample(questions, len(questions)), luck):
            examples += list(places(text, beginnings))
    for each in typed:
        examples += list(places(each.text, each.beginnings())) * _TYPED_PLACES
    follows = train_follow_ups(groups)
    return QuestionParts(asks=asks, begins=fit(examples), follows=follows)


def train_follow_ups(groups: Sequence[tuple[str, list[str], list[str]]]) -> Weights:
    """Return what tells a question that needs an earlier one from one that stands alone.

    The questions of documents stand alone; both kinds count the same, however many there are.
    """
    lines = (DATA / "follow_ups.jsonl").read_text("utf-8").splitlines()
    needing = [(form_of(json.loads(line)["question"]), True) for line in lines]
    alone = [
        (form_of(question), False)
        for title, questions, _ in groups
        if not title.startswith("kinds")
        and (not title.startswith("squad") or crc32(title.encode()) % _SHARE_OF_SQUAD == 0)
        for question in questions
    ]
    return fit(needing + alone, class_weight="balanced")


def fit(
    examples: Sequence[tuple[NDArray[np.float32] | csr_matrix, bool]],
    class_weight: str | None = None,
) -> Weights:
    """Return the logistic regression of examples: features and whether it is so."""
    features = csr_matrix(vstack([csr_matrix(row) for row, _ in examples]))
    model = LogisticRegression(C=3.0, max_iter=300, class_weight=class_weight)
    model.fit(features, [is_so for _, is_so in examples])
    return Weights(weights=model.coef_[0].astype(np.float32), bias=float(model.intercept_[0]))


def measure_typed(parts: QuestionParts, typed: Sequence[Typed]) -> None:
    """Print what is right of what people typed: of one question, with a case or not, of several."""
    for name, chosen in (
        ("a case", [each for each in typed if each.before]),
        ("one", [each for each in typed if not each.before and len(each.questions) == 1]),
        ("several", [each for each in typed if len(each.questions) > 1]),
    ):
        right = sum(len(parts.find(each.text)) == len(each.questions) for each in chosen)
        print(f"typed, {name}: as many as there are in {right} of {len(chosen)}")


def measure(parts: QuestionParts, groups: Sequence[tuple[str, list[str], list[str]]]) -> None:
    """Print what is right on documents held out: of single questions, of several, of sentences."""
    for kind in ("own", "squad", "kinds"):
        luck = random.Random(6)
        chosen = [group for group in groups if group[0].split()[0].startswith(kind)]
        if kind == "own":
            chosen = [g for g in groups if not g[0].startswith(("squad ", "kinds"))]
        single = [question for _, questions, _ in chosen for question in questions]
        several = [each for _, questions, _ in chosen for each in joined(questions, luck)]
        whole = sum(len(parts.find(question)) == 1 for question in single)
        found = sum(len(parts.find(text)) == len(starts) + 1 for text, starts in several)
        said = [sentence for _, _, sentences in chosen for sentence in sentences]
        quiet = sum(not parts.is_question(sentence) for sentence in said)
        print(f"{kind}: left whole {whole} of {len(single)}, found {found} of {len(several)},")
        print(f"  sentences that ask nothing {quiet} of {len(said)}")


if __name__ == "__main__":
    sys.exit(main())
