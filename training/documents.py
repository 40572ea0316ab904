"""Question files as documents with questions of known kinds: SQuAD's format and our own.

Knows the file formats and which part is held out; knows nothing about tokens or the model. All
offsets are code points in the document's text, half-open.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rag.datatypes import READER_KINDS
from rag.documents.sentences import sentence_spans

KINDS = READER_KINDS

OWN = Path(__file__).resolve().parent / "data"
"""The folder of our own documents and questions."""
_HELD_OUT_FAMILY = "Mossel & Daughters"

_LONG_ANSWER_WORDS = 10
"""A SQuAD answer of so many words explains rather than names."""
_BETWEEN_ITEMS = re.compile(r",\s+(?:and\s+|or\s+)?|\s+(?:and|or)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question; `answers` are the places of one answer (several: the items of a list).

    `evidence` is the place that settles it; None where there is no answer. `denied` is the place
    that denies what a question without an answer takes for granted, where that is known.
    """

    text: str
    kind: str
    answers: tuple[tuple[int, int], ...] = ()
    evidence: tuple[int, int] | None = None
    accepted: tuple[str, ...] = ()
    denied: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text with its questions; `title` is empty where it has none worth reading.

    A `structured` text is Markdown: it has headings, lists and tables.
    """

    title: str
    text: str
    questions: tuple[Question, ...]
    source: str = ""
    structured: bool = False


def read_own(
    files: list[Path], further: Mapping[str, list[dict]] = MappingProxyType({})
) -> list[Document]:
    """Read our own documents, one JSON object a line; `further` has more questions by title.

    Raises ValueError for a lost quote.
    """
    documents = []
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            qas = [*item["qas"], *further.get(item["title"], [])]
            questions = tuple(_own_question(item["context"], asked) for asked in qas)
            documents.append(
                Document(
                    title=item["title"],
                    text=item["context"],
                    questions=questions,
                    source=path.stem,
                    structured=True,
                )
            )
    return documents


def _own_question(text: str, asked: dict) -> Question:
    kind = {"why": "explanation", "close": "none", "premise": "none"}.get(asked["kind"])
    kind = asked.get("answer") if asked["kind"] == "yesno" else kind or asked["kind"]
    if kind not in KINDS:
        raise ValueError(f"{asked['question']!r}: kind {kind!r}, expected one of {KINDS}.")
    if kind == "none":
        return Question(text=asked["question"], kind="none")
    begin = text.find(asked["evidence"])
    if begin < 0:
        raise ValueError(f"{asked['question']!r}: the evidence does not stand in the text.")
    evidence = begin, begin + len(asked["evidence"])
    answers = []
    for answer in asked["answers"]:
        place = text.find(answer, *evidence)
        if place < 0:
            raise ValueError(f"{asked['question']!r}: {answer!r} does not stand in the evidence.")
        answers.append((place, place + len(answer)))
    return Question(
        text=asked["question"],
        kind=kind,
        answers=tuple(answers) or (evidence,),
        evidence=evidence,
        accepted=tuple(asked["answers"]),
    )


def read_claims(folder: Path) -> Iterator[tuple[str, dict]]:
    """Yield (title of the document, claim) of the files c*.jsonl, as they stand there."""
    for path in sorted(folder.glob("c*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            for claim in item["claims"]:
                yield item["title"], claim


def read_squad(
    path: Path, first: int = 0, last: int | None = None, titled: bool = True
) -> list[Document]:
    """Read the articles [first, last) of a SQuAD-format file, a document a paragraph."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"][first:last]
    return [
        Document(
            title=article.get("title", "").replace("_", " ") if titled else "",
            text=paragraph["context"],
            questions=tuple(_squad_questions(paragraph)),
            source=path.stem,
        )
        for article in articles
        for paragraph in article["paragraphs"]
    ]


def _squad_questions(paragraph: dict) -> Iterator[Question]:
    text = paragraph["context"]
    for asked in paragraph["qas"]:
        found = [] if asked.get("is_impossible") else asked["answers"]
        places = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in found]
        places = [place for place in places if text[slice(*place)].strip()]
        if not places:
            if asked.get("is_impossible"):
                yield Question(text=asked["question"].strip(), kind="none")
            continue
        votes = [text[slice(*place)] for place in places]
        start, end = min(places, key=lambda p: (-votes.count(text[slice(*p)]), p[1] - p[0], p[0]))
        items = list_items(text, start, end)
        kind = "list" if items else "span"
        if not items and len(text[start:end].split()) >= _LONG_ANSWER_WORDS:
            kind = "explanation"
        yield Question(
            text=asked["question"].strip(),
            kind=kind,
            answers=tuple(items) or ((start, end),),
            evidence=(start, end),
            accepted=tuple(dict.fromkeys(votes)),
        )


def list_items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places of the items of an enumeration "a, b and c" (three or more), else []."""
    answer = text[start:end]
    if "," not in answer or not re.search(r"\s(?:and|or)\s", answer):
        return []
    items, begin = [], 0
    for match in _BETWEEN_ITEMS.finditer(answer):
        items.append((start + begin, start + match.start()))
        begin = match.end()
    items.append((start + begin, end))
    words = [len(text[slice(*item)].split()) for item in items]
    return items if len(items) >= 3 and all(0 < count <= 5 for count in words) else []


def is_held_out(title: str) -> bool:
    """Say whether a title belongs to the tenth that only measures, by its hash."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 10 == 0


def split_lines(folder: Path, files: str = "*.jsonl") -> tuple[list[dict], list[dict]]:
    """Return the objects with a title of a folder's files: those to learn, those held out."""
    lines = [
        json.loads(line)
        for path in sorted(folder.glob(files))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return (
        [item for item in lines if not is_held_out(item["title"])],
        [item for item in lines if is_held_out(item["title"])],
    )


def sentences_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the sentences of a text; none goes on in another line."""
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield from sentence_spans(text, start, start + len(line))
        start += len(line)


def split_own(documents: list[Document], family: str = "") -> tuple[list[Document], list[Document]]:
    """Return (to train, held out): the last document of each ten only measures.

    Where documents come in families that look alike, it is the whole `family` instead: those whose
    title begins so.
    """
    held_out = [d for d in documents if d.title.startswith(family)] if family else documents[9::10]
    return [d for d in documents if d not in held_out], held_out


def own_documents(folder: Path) -> tuple[list[Document], list[Document]]:
    """Return (to train, held out) of our own documents, with the further questions of q*.jsonl.

    Those of w07 came later: all of them are learnt, so that what is held out stays the same.
    """
    further: dict[str, list[dict]] = {}
    for path in sorted(folder.glob("q*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            further.setdefault(item["title"], []).extend(item["qas"])
    parts = (
        split_own(read_own(sorted((folder / "own").glob("w*.jsonl")), further)),
        split_own(read_own([folder / "w05.jsonl"], further)),
        split_own(read_own([folder / "w06.jsonl"], further), _HELD_OUT_FAMILY),
    )
    later = read_own([folder / "w07.jsonl"])
    train = [document for train, _ in parts for document in train]
    return [*train, *later], [document for _, held in parts for document in held]


def split_natural(documents: list[Document]) -> tuple[list[Document], list[Document]]:
    """Return (to train, held out), by title, so that one page is never on both sides."""
    return (
        [d for d in documents if not is_held_out(d.title)],
        [d for d in documents if is_held_out(d.title)],
    )
