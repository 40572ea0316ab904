"""Pairs of a statement or question and a text, labelled by whether the text bears it out.

Knows the files of questions and claims, what the texts for pairs give, and what is held out; knows
nothing of tokens or the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from rag.answering.question_words import word_keys
from rag.models.checker import with_answer
from training.documents import (
    OWN,
    Document,
    Question,
    own_documents,
    read_claims,
    read_squad,
    sentences_of,
    split_natural,
)
from training.everyday import everyday_documents
from training.pair_texts import PairText, pair_texts
from training.pairs import CONTRADICTED, SUPPORTED, UNSETTLED, UNSUPPORTED, Pair
from training.renumber import renumbered
from training.table_lessons import pairs_of_tables, small_tables

_CONTRADICTED_BY = ("swap", "number", "negation", "time")
"""Faults of claims that the text denies; of others it may say nothing."""


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


_MOST_MEASURED = 600
"""Held-out pairs that a training is measured on while it runs: all of them take minutes."""
_HEADED = 0.75
"""Share of the texts that stand behind their title and heading, as the product puts them."""
_NARROW = 0.4
"""Share of what a text answers that stands beside its own sentences only, as the product has it."""
_NEAR_ANSWERS = 4
"""Answers to other questions among which that is drawn which stands beside a question."""
_HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
_YES_OR_NO = {"yes": SUPPORTED, "no": CONTRADICTED, "open": UNSETTLED}
_SETTLES = {"yes": SUPPORTED, "no": CONTRADICTED, "nothing": UNSUPPORTED}
_CLAIMS = {"supported": SUPPORTED, "contradicted": CONTRADICTED, "unsaid": UNSUPPORTED}


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of a text; `words` are those of it whose sentences may stand alone, if any.

    `answer` stands behind a question that is said with one.
    """

    source: str
    said: str
    label: int
    words: str = ""
    answer: str = ""


def pairs_of(text: PairText, random: Random, *, every: bool = False) -> list[Pair]:
    """Return what is asked and said of a text beside it, headed by its path or not.

    Each question with who, what or why once: with its right or a tempting answer, or half as
    often alone, as chance has it; all of them if `every`. Alone, such a question is supported
    where the text answers it, and contradicted where the text denies what it takes for granted.
    """
    chosen = [
        one
        for own in _groups(text)
        for one in (own if every else random.choices(own, [_weight(one) for one in own]))
    ]
    return [
        Pair(
            said=_as_typed(one, random),
            text=_headed(text, one, random),
            label=one.label,
            source=one.source,
        )
        for one in chosen
    ]


def _weight(one: _Said) -> float:
    return 0.5 if one.source == "asked" else 1.0


def _groups(text: PairText) -> Iterator[list[_Said]]:
    """Yield groups of what means the same question."""
    fields = text.fields
    for name, label in _YES_OR_NO.items():
        yield from ([_Said("yesno", said, label)] for said in fields[name])
    for name, label in _CLAIMS.items():
        yield from ([_Said("claim", said, label)] for said in fields[name])
    for asked, right, tempting in (*fields["answers"], *fields.get("explains", ())):
        yield [
            _Said("asked", asked, SUPPORTED, right),
            _Said("answer", asked, SUPPORTED, right, answer=right),
            _Said("answer", asked, UNSUPPORTED, tempting, answer=tempting),
        ]
    # The authors of the first files took questions that the text denies for close ones as well.
    unanswered = UNSETTLED if "denied" in fields else UNSUPPORTED
    for asked, tempting in fields["close"]:
        yield [
            _Said("asked", asked, unanswered, tempting),
            _Said("close", asked, UNSUPPORTED, tempting, answer=tempting),
        ]
    for asked, words in fields.get("denied", ()):
        yield [
            _Said("asked", asked, CONTRADICTED, words),
            _Said("close", asked, CONTRADICTED, words, answer=words),
        ]


def _as_typed(one: _Said, random: Random) -> str:
    """Return what is said, a question with its mark or without, whatever its author wrote.

    In the first files a mark told which questions with who, what and why have no answer.
    """
    if one.source == "claim":
        return one.said
    asked = _marked(one.said, random)
    return with_answer(asked, one.answer) if one.answer else asked


def _marked(question: str, random: Random) -> str:
    return f"{question.rstrip('? ')}{'?' if random.random() < 0.5 else ''}"


def _headed(text: PairText, one: _Said, random: Random) -> str:
    shown = text.text
    if one.words and random.random() < _NARROW:
        start = shown.casefold().find(one.words.casefold())
        end = start + len(one.words)
        touched = [(s, e) for s, e in sentences_of(shown) if s < end and start < e]
        shown = shown[touched[0][0] : touched[-1][1]] if start >= 0 and touched else shown
    return ". ".join([*(text.path if random.random() < _HEADED else ()), shown])


def mined(path: Path) -> list[Pair]:
    """Return what was taken for answers (`mine_answers`): with the words that are, and alone."""
    pairs = []
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        asked, text = line["question"], line["text"]
        if line["settles"] is not None:
            label = _SETTLES[line["settles"]]
            pairs.append(Pair(said=asked, text=text, label=label, source="mined"))
        if line["right"] is not None:
            label = SUPPORTED if line["right"] else UNSUPPORTED
            said = with_answer(asked, line["answer"])
            pairs.append(Pair(said=said, text=text, label=label, source="mined"))
    return pairs


def written(path: Path) -> list[Pair]:
    """Return the sentences that writers wrote beside all that they were given (`data/written`)."""
    return [
        Pair(
            said=line["sentence"],
            text=" ".join(quote for _, _, quote in line["evidence"]),
            label=SUPPORTED if line["label"] == "supported" else UNSUPPORTED,
            source="written",
        )
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


class Sampler:
    """Draws pairs from documents; every draw has other neighbours and other wrong partners."""

    def __init__(self, documents: list[Document], seed: int) -> None:
        """Find the sentences of each document once."""
        self._random = Random(seed)
        self._documents = documents
        self._sentences = [list(sentences_of(d.text)) for d in documents]

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

    def asked(self, kinds: Collection[str], share: float) -> Iterator[Pair]:
        """Yield a share of the questions of these kinds beside what answers or denies them.

        And each beside what else the document says: that with which it answers another question, of
        those the nearest by words.
        """
        for number, document in enumerate(self._documents):
            for asked in document.questions:
                if asked.kind not in kinds or self._random.random() >= share:
                    continue
                said = _marked(asked.text, self._random)
                for place, label in ((asked.evidence, SUPPORTED), (asked.denied, CONTRADICTED)):
                    if place:
                        text = self._under_headings(number, place, self._around(number, place))
                        yield Pair(said=said, text=text, label=label, source="asked")
                others = self._near(number, asked)
                if others:
                    place = self._random.choice(others)
                    text = self._under_headings(number, place, document.text[slice(*place)])
                    yield Pair(said=said, text=text, label=UNSUPPORTED, source="asked")

    def _near(self, number: int, asked: Question) -> list[tuple[int, int]]:
        """Return the sentences of other answers that share most words with the question."""
        document = self._documents[number]
        own = asked.evidence or asked.denied
        touched = self._whole(number, own) if own else (0, 0)
        places = {
            self._whole(number, other.evidence) for other in document.questions if other.evidence
        }
        apart = [p for p in sorted(places) if p[1] <= touched[0] or touched[1] <= p[0]]
        words = word_keys(asked.text)
        shared = [len(words & word_keys(document.text[slice(*place)])) for place in apart]
        order = sorted(range(len(apart)), key=lambda n: -shared[n])
        return [apart[n] for n in order[:_NEAR_ANSWERS]]

    def _whole(self, number: int, place: tuple[int, int]) -> tuple[int, int]:
        """Return from where to where the sentences reach that a place touches."""
        sentences, touched = self._sentences[number], self._touched(number, place)
        return (sentences[touched[0]][0], sentences[touched[-1]][1]) if touched else place

    def _touched(self, number: int, place: tuple[int, int]) -> list[int]:
        """Return which sentences a place touches."""
        return [
            n for n, (s, e) in enumerate(self._sentences[number]) if s < place[1] and place[0] < e
        ]

    def _under_headings(self, number: int, place: tuple[int, int], text: str) -> str:
        """Return the text of a place behind the title and the heading above, mostly."""
        document = self._documents[number]
        if self._random.random() >= _HEADED:
            return text
        headings = _HEADING.findall(document.text[: place[0]])
        return ". ".join(filter(None, (document.title, *headings[-1:], text)))

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
                    said=with_answer(asked.text, said),
                    text=_titled(document.title, text, self._random),
                    label=label,
                    source="answer",
                )

    def _around(self, number: int, place: tuple[int, int]) -> str:
        """Return the sentences that `place` touches, at times with a neighbour on each side."""
        sentences = self._sentences[number]
        touched = self._touched(number, place)
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


@dataclass(frozen=True, slots=True)
class Shares:
    """How many pairs of each source an epoch has."""

    pairs: int = 1
    texts: float = 1.0
    """Share of the short texts that is drawn."""
    newest: int = 0
    """How many times more all texts of `Mixture`'s newest files are drawn."""
    others: float = 1.0
    """Share of the pairs that is drawn of all but short texts, written sentences and mined ones."""
    written: int = 0
    renumbered: int = 0
    """How many times more the texts that can get other numbers are drawn, with other ones."""
    claims_of_texts: float = 0.4
    """Share of the claims that stand with them that is drawn: most is asked of questions."""
    tables: int = 1
    rows: float = 0.0
    """Share of the pairs about rows of tables that is drawn."""
    claims: int = 1
    yes_or_no: int = 1
    mined: int = 1
    everyday: int = 2
    own_answers: int = 400
    squad_answers: int = 600
    unsettled: float = 0.15
    asked: float = 0.5
    """Share of our questions for lists, steps and reasons."""
    asked_for_spans: float = 0.15


class HeldOut(Protocol):
    """The pairs of the held-out documents."""

    held_claims: list[Pair]
    held_yes_or_no: list[Pair]
    held_unsettled: list[Pair]
    held_answers: list[Pair]
    held_asked: list[Pair]
    held_pairs: list[Pair]
    held_tables: list[Pair]


class Mixture:
    """The pairs to learn from, and those of the held-out documents."""

    def __init__(
        self,
        data: Path,
        claims_folder: Path,
        mined_file: Path | None = None,
        seed: int = 1,
        pairs_folder: Path = OWN / "pairs",
        tables_folder: Path = OWN / "tables",
        written_file: Path = OWN / "written" / "open.jsonl",
        newest: str = "*.jsonl",
    ) -> None:
        """Read all files; raises OSError where one is missing.

        `newest` is a pattern of names of files in `pairs_folder`.
        """
        train, held = own_documents(OWN)
        natural, _ = split_natural(read_squad(data / "natural.json"))
        squad = read_squad(data / "squad.json", 0, 24)
        self._own = Sampler(train, seed)
        self._everyday = Sampler(everyday_documents(), seed)
        self._squad = Sampler([*natural, *squad], seed)
        self._random = Random(seed)
        self._claims_folder, self._titles = claims_folder, {d.title for d in train}
        self._pairs_folder, self._tables_folder = pairs_folder, tables_folder
        self._mined_file, self._written_file, self._newest = mined_file, written_file, newest
        self.held_claims = claims(claims_folder, {d.title for d in held}, self._random)
        held_sampler = Sampler(held, seed)
        self.held_yes_or_no = list(held_sampler.yes_or_no(unsettled=0.0))
        self.held_unsettled = list(held_sampler.yes_or_no(unsettled=1.0))
        self.held_answers = list(held_sampler.answers(150))
        self.held_asked = list(held_sampler.asked(("list", "explanation"), 1.0))
        _, held_texts = pair_texts(pairs_folder)
        pairs = [pair for text in held_texts for pair in pairs_of(text, Random(seed), every=True)]
        self.held_pairs = Random(seed).sample(pairs, min(len(pairs), _MOST_MEASURED))
        _, held_tables = small_tables(tables_folder)
        self.held_tables = list(pairs_of_tables(held_tables, Random(seed)))

    def epoch(self, shares: Shares) -> list[Pair]:
        """Return the pairs of one epoch in random order."""
        texts, _ = pair_texts(self._pairs_folder)
        newest, _ = pair_texts(self._pairs_folder, self._newest) if shares.newest else ([], [])
        drawn = [
            text
            for _ in range(shares.pairs)
            for text in texts
            if self._random.random() < shares.texts
        ]
        others = (renumbered(text, self._random) for text in texts * shares.renumbered)
        pairs = [
            pair
            for text in [*drawn, *newest * shares.newest, *filter(None, others)]
            for pair in pairs_of(text, self._random)
            if pair.source != "claim" or self._random.random() < shares.claims_of_texts
        ]
        pairs += written(self._written_file) * shares.written
        if self._mined_file:
            pairs += mined(self._mined_file) * shares.mined
        pairs += [pair for pair in self._others(shares) if self._random.random() < shares.others]
        self._random.shuffle(pairs)
        return pairs

    def _others(self, shares: Shares) -> Iterator[Pair]:
        """Yield the pairs of all but short texts, written sentences and mined ones."""
        tables, _ = small_tables(self._tables_folder)
        for _ in range(shares.tables):
            for pair in pairs_of_tables(tables, self._random):
                if pair.source != "row" or self._random.random() < shares.rows:
                    yield pair
        for _ in range(shares.claims):
            yield from claims(self._claims_folder, self._titles, self._random)
        for _ in range(shares.yes_or_no):
            yield from self._own.yes_or_no(unsettled=shares.unsettled)
        for _ in range(shares.everyday):
            yield from self._everyday.yes_or_no(unsettled=shares.unsettled)
            yield from self._everyday.asked(("span", "list", "explanation", "none"), 1.0)
        yield from self._own.asked(("list", "explanation"), shares.asked)
        yield from self._own.asked(("span",), shares.asked_for_spans)
        yield from self._own.answers(shares.own_answers)
        yield from self._squad.answers(shares.squad_answers)
