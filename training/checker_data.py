"""Pairs of a statement or question and a text, labelled by whether the text bears it out.

Knows the files of questions, claims and pairs and which of them are held out; knows nothing of
tokens or the model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rag.documents.sentences import sentence_spans
from training.documents import (
    OWN,
    Document,
    Question,
    own_documents,
    read_claims,
    read_squad,
    split_natural,
)

SUPPORTED, CONTRADICTED, UNSETTLED = 0, 1, 2
UNSUPPORTED = 3
"""Either of the two: the claims' authors did not say which."""
_CONTRADICTED_BY = ("swap", "number", "negation", "time")
"""Faults of claims that the text denies; of others it may say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`said` (a claim, a yes-or-no question, or a question with an answer) beside a `text`."""

    said: str
    text: str
    label: int
    source: str


def claims(folder: Path, titles: set[str], random: Random) -> list[Pair]:
    """Return the claims about the documents of these titles, half of them with the title."""
    return [
        Pair(
            said=claim["claim"],
            text=_titled(title, " ".join(claim["evidence"]), random),
            label=_label(claim),
            source="claim",
        )
        for title, claim in read_claims(folder)
        if title in titles
    ]


def _titled(title: str, text: str, random: Random) -> str:
    return f"{title}. {text}" if title and random.random() < 0.5 else text


def _label(claim: dict[str, str]) -> int:
    if claim["label"] == "supported":
        return SUPPORTED
    return CONTRADICTED if claim["fault"] in _CONTRADICTED_BY else UNSUPPORTED


@dataclass(frozen=True, slots=True)
class PairText:
    """A short text with all that is said beside it: a line of `data/pairs` (its README)."""

    fields: Mapping[str, Any]

    def pairs(self, random: Random) -> list[Pair]:
        """Return each question and claim beside the text, headed by title and heading or not."""
        return [
            Pair(said=said, text=self._headed(random), label=label, source=kind)
            for kind, said, label in self._said()
        ]

    def _said(self) -> Iterator[tuple[str, str, int]]:
        for name, (kind, label) in _PAIR_FIELDS.items():
            for said in self.fields[name]:
                yield kind, said, label
        for question, right, tempting in self.fields["answers"]:
            yield "answer", f"{question} {right}", SUPPORTED
            yield "answer", f"{question} {tempting}", UNSUPPORTED
        for question, tempting in self.fields["close"]:
            yield "close", f"{question} {tempting}", UNSUPPORTED

    def _headed(self, random: Random) -> str:
        heads = [self.fields["title"], self.fields["under"]] if random.random() < _HEADED else []
        return ". ".join([*filter(None, heads), self.fields["text"]])


_MOST_MEASURED = 500
"""Held-out pairs that a training is measured on while it runs: all of them take minutes."""
_HEADED = 0.75
"""Share of the texts that stand behind their title and heading, as the product puts them."""
_PAIR_FIELDS = {
    "yes": ("yesno", SUPPORTED),
    "no": ("yesno", CONTRADICTED),
    "open": ("yesno", UNSETTLED),
    "supported": ("claim", SUPPORTED),
    "contradicted": ("claim", CONTRADICTED),
    "unsaid": ("claim", UNSUPPORTED),
}


def pair_texts(folder: Path) -> tuple[list[PairText], list[PairText]]:
    """Return the texts of the files of pairs to learn from, and a tenth by hash, held out."""
    train, held = [], []
    for path in sorted(folder.glob("p*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = PairText(json.loads(line))
            number = int(hashlib.sha256(text.fields["title"].encode()).hexdigest(), 16)
            (train if number % 10 else held).append(text)
    return train, held


def mined(path: Path) -> list[Pair]:
    """Return what the reader took for answers (`mine_answers`), right and wrong."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Pair(
            said=f"{line['question']} {line['answer']}",
            text=line["text"],
            label=SUPPORTED if line["right"] else UNSUPPORTED,
            source="mined",
        )
        for line in lines
    ]


class Sampler:
    """Draws pairs from documents; every draw has other neighbours and other wrong partners."""

    def __init__(self, documents: list[Document], seed: int) -> None:
        """Find the sentences of each document once."""
        self._random = Random(seed)
        self._documents = documents
        self._sentences = [list(_sentences(d.text)) for d in documents]

    def yes_or_no(self, *, unsettled: float) -> Iterator[Pair]:
        """Yield each yes-or-no question once; the share `unsettled` beside a text of elsewhere."""
        for number, document in enumerate(self._documents):
            for asked in document.questions:
                if asked.kind not in ("yes", "no") or asked.evidence is None:
                    continue
                label = SUPPORTED if asked.kind == "yes" else CONTRADICTED
                text = self._around(number, asked.evidence)
                if self._random.random() < unsettled:
                    text, label = self._elsewhere(number, asked.evidence), UNSETTLED
                text = _titled(document.title, text, self._random)
                yield Pair(said=asked.text, text=text, label=label, source="yesno")

    def answers(self, count: int) -> Iterator[Pair]:
        """Yield `count` questions with their answer or with another's, beside the right text."""
        kept = [
            (number, asked)
            for number, document in enumerate(self._documents)
            for asked in document.questions
            if asked.kind == "span" and asked.evidence
        ]
        for number, asked in self._random.sample(kept, min(count, len(kept))):
            document = self._documents[number]
            said, label = document.text[slice(*asked.answers[0])], SUPPORTED
            if self._random.random() < 0.5:
                said, label = self._other_answer(document, asked), UNSUPPORTED
            if said:
                text = self._around(number, asked.evidence)
                yield Pair(
                    said=f"{asked.text} {said}",
                    text=_titled(document.title, text, self._random),
                    label=label,
                    source="answer",
                )

    def _around(self, number: int, place: tuple[int, int]) -> str:
        """Return the sentences that `place` touches, at times with a neighbour on each side."""
        sentences = self._sentences[number]
        touched = [n for n, (s, e) in enumerate(sentences) if s < place[1] and place[0] < e]
        if not touched:
            return self._documents[number].text[slice(*place)]
        first = max(0, touched[0] - (self._random.random() < 0.3))
        last = min(len(sentences) - 1, touched[-1] + (self._random.random() < 0.3))
        return self._documents[number].text[sentences[first][0] : sentences[last][1]]

    def _elsewhere(self, number: int, place: tuple[int, int]) -> str:
        """Return one or two sentences of the document that `place` does not touch."""
        sentences = self._sentences[number]
        far = [n for n, (s, e) in enumerate(sentences) if e <= place[0] or place[1] <= s]
        if not far:
            return ""
        chosen = self._random.choice(far)
        return self._documents[number].text[slice(*sentences[chosen])]

    def _other_answer(self, document: Document, asked: Question) -> str:
        right = {answer.lower() for answer in asked.accepted}
        others = [
            other.accepted[0]
            for other in document.questions
            if other.kind == "span" and other.accepted and other.accepted[0].lower() not in right
        ]
        return self._random.choice(others) if others else ""


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield from sentence_spans(text, start, start + len(line))
        start += len(line)


@dataclass(frozen=True, slots=True)
class Shares:
    """How many pairs of each source an epoch has."""

    pairs: int = 1
    claims: int = 1
    yes_or_no: int = 1
    mined: int = 1
    own_answers: int = 200
    squad_answers: int = 300
    unsettled: float = 0.15


class Mixture:
    """The pairs to learn from, and those of the held-out documents."""

    def __init__(
        self,
        data: Path,
        claims_folder: Path,
        mined_file: Path | None = None,
        seed: int = 1,
        pairs_folder: Path = OWN / "pairs",
    ) -> None:
        """Read all files; raises OSError where one is missing."""
        train, held = own_documents(OWN)
        natural, _ = split_natural(read_squad(data / "natural.json"))
        squad = read_squad(data / "squad.json", 0, 24)
        self._own = Sampler(train, seed)
        self._squad = Sampler([*natural, *squad], seed)
        self._random = Random(seed)
        self._claims_folder, self._titles = claims_folder, {d.title for d in train}
        self._pairs_folder = pairs_folder
        self._mined_file = mined_file
        self.held_claims = claims(claims_folder, {d.title for d in held}, self._random)
        held_sampler = Sampler(held, seed)
        self.held_yes_or_no = list(held_sampler.yes_or_no(unsettled=0.0))
        self.held_unsettled = list(held_sampler.yes_or_no(unsettled=1.0))
        self.held_answers = list(held_sampler.answers(150))
        _, held_texts = pair_texts(pairs_folder)
        pairs = [pair for text in held_texts for pair in text.pairs(Random(seed))]
        self.held_pairs = Random(seed).sample(pairs, min(len(pairs), _MOST_MEASURED))

    def epoch(self, shares: Shares) -> list[Pair]:
        """Return the pairs of one epoch in random order."""
        pairs = mined(self._mined_file) * shares.mined if self._mined_file else []
        texts, _ = pair_texts(self._pairs_folder)
        for _ in range(shares.pairs):
            pairs += [pair for text in texts for pair in text.pairs(self._random)]
        for _ in range(shares.claims):
            pairs += claims(self._claims_folder, self._titles, self._random)
        for _ in range(shares.yes_or_no):
            pairs += self._own.yes_or_no(unsettled=shares.unsettled)
        pairs += self._own.answers(shares.own_answers)
        pairs += self._squad.answers(shares.squad_answers)
        self._random.shuffle(pairs)
        return pairs
