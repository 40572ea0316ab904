"""What the embedder is taught with: documents as passages, and questions with the one that answers.

A lesson is one document: its passages are embedded once for all of its questions, and those of the
others in the batch are what each question must tell them from. Knows nothing of the model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tokenizers import Tokenizer

import rag.datatypes as product
from rag.documents.split import split_passages
from training.documents import (
    OWN,
    Document,
    own_documents,
    read_claims,
    read_squad,
    sentences_of,
    split_natural,
)
from training.everyday import FIT, everyday_documents
from training.mixture import PASSAGE_TOKENS, typed_carelessly
from training.pair_texts import PairText, pair_texts
from training.windows import TokenCounter, read_as_the_product

VALIDATION_FAMILY = "Slow Boots"
"""Of our own documents these, and the fifth of each twelve others, say which weights are best."""
DOCUMENTS = {
    "own": 6, "everyday": 6, "sentences": 4, "pairs": 16, "natural": 4, "squad": 2, "wikipedia": 1
}  # fmt: skip
"""Lessons of each source in a batch."""
SHARES = {
    "own": 0.25, "everyday": 0.25, "sentences": 0.15, "pairs": 0.2, "natural": 0.09, "squad": 0.04,
    "wikipedia": 0.02,
}  # fmt: skip
"""What the loss of a source's questions counts."""
_WHOLE = "own", "everyday"
"""Sources whose documents are embedded whole: their passages are told from each other."""
_TOGETHER = 3
"""Documents of one family in a row: the passages that are hardest to tell apart."""
_PASSAGES, _QUESTIONS, _QUESTIONS_OF_PAIRS = 12, 16, 5
"""Of one document in a batch, at most; fewer of the short texts that were written for pairs."""
_CARELESS = 0.15


_EMBEDDED_TOKENS = 256
"""What MiniLM takes of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What the product reads of a passage: the path ends in a line break, or is empty."""

    source: str
    path: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question; `answering` is the place of the passage with most of the evidence.

    `touching` has the places of all that have some of it: none of them is a wrong answer.
    """

    text: str
    answering: int
    touching: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A document's questions; places count through all passages of all lessons."""

    title: str
    first: int
    passages: tuple[Passage, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Places of passages to embed, and questions as they are typed, with their sources."""

    places: tuple[int, ...]
    asked: tuple[Asked, ...]
    typed: tuple[str, ...]
    sources: tuple[str, ...]


def claims_by_title(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return (claim, exact text that settles it) for each of our own documents that has some."""
    found: dict[str, list[tuple[str, str]]] = {}
    for title, claim in read_claims(folder):
        if claim["evidence"]:
            found.setdefault(title, []).append((claim["claim"], claim["evidence"][0]))
    return found


def split_validation(documents: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """Return (to train, to validate) of our own documents that are not held out."""
    single = [d for d in documents if d.source != "w06"]
    kept = {d.title for d in single[4::12]}
    kept |= {d.title for d in documents if d.title.startswith(VALIDATION_FAMILY)}
    return (
        [d for d in documents if d.title not in kept],
        [d for d in documents if d.title in kept],
    )


def lessons_of(
    source: str,
    documents: Sequence[Document],
    tokenizer: Tokenizer,
    first: int,
    claims: dict[str, list[tuple[str, str]]] | None = None,
) -> list[Lesson]:
    """Cut documents as the product does; `first` is the place of the first passage."""
    counter = cast(product.Embedder, TokenCounter(tokenizer, _EMBEDDED_TOKENS))
    lessons = []
    for document in documents:
        drafts = split_passages(read_as_the_product(document), counter, PASSAGE_TOKENS)
        asked = [(q.text, q.evidence) for q in document.questions if q.evidence]
        for claim, quote in (claims or {}).get(document.title, ()):
            start = document.text.find(quote)
            if start >= 0:
                asked.append((claim, (start, start + len(quote))))
        spans = [(draft.start, draft.end) for draft in drafts]
        found = [_asked(text, evidence, spans, first) for text, evidence in asked]
        lessons.append(
            Lesson(
                title=document.title,
                first=first,
                passages=tuple(Passage(source=source, path=d.path, words=d.words) for d in drafts),
                asked=tuple(question for question in found if question is not None),
            )
        )
        first += len(drafts)
    return lessons


def lessons_of_sentences(documents: Sequence[Document], first: int) -> list[Lesson]:
    """Return a lesson of each document, its sentences alone as what answers."""
    lessons = []
    for document in documents:
        spans = list(sentences_of(document.text))
        found = [_asked(q.text, q.evidence, spans, first) for q in document.questions if q.evidence]
        lessons.append(
            Lesson(
                title=document.title,
                first=first,
                passages=tuple(
                    Passage(source="sentences", path="", words=document.text[s:e]) for s, e in spans
                ),
                asked=tuple(question for question in found if question is not None),
            )
        )
        first += len(spans)
    return lessons


def lessons_of_pairs(texts: Sequence[PairText], first: int) -> list[Lesson]:
    """Return a lesson of one passage for each text."""
    return [
        Lesson(
            title=text.path[0],
            first=place,
            passages=(Passage(source="pairs", path=" > ".join(text.path) + "\n", words=text.text),),
            asked=tuple(
                Asked(text=asked, answering=place, touching=frozenset([place]))
                for asked in text.asked
            ),
        )
        for place, text in enumerate(texts, start=first)
    ]


def _asked(
    text: str, evidence: tuple[int, int], spans: Sequence[tuple[int, int]], first: int
) -> Asked | None:
    overlap = [min(end, evidence[1]) - max(start, evidence[0]) for start, end in spans]
    best = max(range(len(spans)), key=lambda place: overlap[place], default=None)
    if best is None or overlap[best] <= 0:
        return None
    touching = frozenset(first + place for place, size in enumerate(overlap) if size > 0)
    return Asked(text=text, answering=first + best, touching=touching)


def load_lessons(
    data: Path, tokenizer: Tokenizer
) -> tuple[dict[str, list[Lesson]], dict[str, list[Lesson]]]:
    """Return the lessons of each source, and those that validate; nothing held out is among them.

    `data` is the folder of the question files (training/README.md).
    """
    own, validating = split_validation(own_documents(OWN)[0])
    everyday = everyday_documents()
    sources = {
        "own": own,
        "everyday": everyday,
        "natural": split_natural(read_squad(data / "natural.json"))[0],
        "squad": read_squad(data / "squad.json", 0, 24),
        "wikipedia": read_squad(data / "squadshifts-wikipedia.json"),
    }
    claims = claims_by_title(OWN / "own")
    lessons: dict[str, list[Lesson]] = {}
    first = 0
    for source, documents in sources.items():
        lessons[source] = lessons_of(source, documents, tokenizer, first, claims)
        first += sum(len(lesson.passages) for lesson in lessons[source])
    lessons["pairs"] = lessons_of_pairs(pair_texts(OWN / "pairs")[0], first)
    first += len(lessons["pairs"])
    lessons["sentences"] = lessons_of_sentences([*own, *everyday], first)
    first += sum(len(lesson.passages) for lesson in lessons["sentences"])
    validation = {"own": lessons_of("validation", validating, tokenizer, first)}
    first += sum(len(lesson.passages) for lesson in validation["own"])
    fit = lessons_of("validation", everyday_documents(FIT), tokenizer, first)
    return lessons, validation | {"fit": fit}


class Batches:
    """Draws batches without end; everything follows from the seed."""

    def __init__(
        self, lessons: dict[str, list[Lesson]], hard: dict[Asked, list[int]], seed: int
    ) -> None:
        """Take lessons by source; `hard` has for some questions passages that mislead."""
        self._hard, self._rng = hard, random.Random(seed)
        self._streams = {
            source: _endless([x for x in some if x.asked], source == "own", f"{seed}/{source}")
            for source, some in lessons.items()
        }

    def draw(self, misleading: int = 8) -> Batch:
        """Return the next batch, with up to so many passages that mislead one of its questions."""
        places: dict[int, None] = {}
        asked: list[tuple[str, Asked]] = []
        titles: set[str] = set()
        for source, count in DOCUMENTS.items():
            for _ in range(count):
                lesson = next(self._streams[source])
                if source == "sentences" and lesson.title in titles:
                    continue  # its passages are there: what answers would count as wrong
                titles.add(lesson.title)
                chosen, questions = self._choose(lesson, source in _WHOLE)
                places.update(dict.fromkeys(chosen))
                asked += [(source, question) for question in questions]
        misled = [question for _, question in asked if question in self._hard]
        for question in self._rng.sample(misled, min(misleading, len(misled))):
            near = self._hard[question]
            places[near[min(len(near) - 1, int(self._rng.expovariate(0.3)))]] = None
        return Batch(
            places=tuple(places),
            asked=tuple(question for _, question in asked),
            typed=tuple(self._type(question.text) for _, question in asked),
            sources=tuple(source for source, _ in asked),
        )

    def _choose(self, lesson: Lesson, whole: bool) -> tuple[list[int], list[Asked]]:
        """Return places and questions of a lesson: all of them, or those that are asked for."""
        places = list(range(lesson.first, lesson.first + len(lesson.passages)))
        if not whole:
            needed = {question.answering for question in lesson.asked}
            others = [place for place in places if place not in needed]
            places = sorted(needed) + self._rng.sample(others, min(1, len(others)))
        if len(places) > _PASSAGES:
            places = self._rng.sample(places, _PASSAGES)
        questions = [question for question in lesson.asked if question.answering in places]
        self._rng.shuffle(questions)
        is_short = lesson.passages[0].source == "pairs"
        return places, questions[: _QUESTIONS_OF_PAIRS if is_short else _QUESTIONS]

    def _type(self, text: str) -> str:
        careless = self._rng.random() < _CARELESS
        return typed_carelessly(text, self._rng) if careless else text


def _endless(lessons: list[Lesson], families: bool, seed: str) -> Iterator[Lesson]:
    epoch = 0
    while True:
        rng = random.Random(f"{seed}/{epoch}")
        groups: dict[str, list[Lesson]] = {}
        for number, lesson in enumerate(lessons):
            family = re.split(r"[:,]", lesson.title)[0] if families else str(number)
            groups.setdefault(family, []).append(lesson)
        rows = []
        for group in groups.values():
            rng.shuffle(group)
            rows += [group[n : n + _TOGETHER] for n in range(0, len(group), _TOGETHER)]
        rng.shuffle(rows)
        yield from (lesson for row in rows for lesson in row)
        epoch += 1
