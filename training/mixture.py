"""Groups of rows for training: a question's window with the answer, and windows without it.

Sources are drawn from in fixed shares of rows, so that any part of a run is worth something.
Everything follows from the seed and the files. Knows nothing about the reader's model.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
from numpy.typing import NDArray

from training.documents import KINDS, Question
from training.windows import MAX_QUESTION_TOKENS, Row, Window, WindowMaker, encode_text

PASSAGE_TOKENS = 128
"""What the product cuts passages to."""
SIZES = (96, 128, 128, 176)
"""Of the windows that answer: by chance, so that the reader does not learn where passages end."""
ALWAYS_WRONG = "own", "pairs", "everyday"
"""Sources whose questions never stand with the right window alone."""
SEARCHED = ("everyday",)
"""Sources no document of which answers a question that its own one does not answer."""
_RANKED = 30
"""Windows that are remembered for a question."""
_WORD = re.compile(r"\w+")

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts to unit rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of one question; the first `shared` of them are compared with each other."""

    rows: tuple[Row, ...]
    shared: int

    @property
    def longest(self) -> int:
        """Return the length of the longest row."""
        return max(len(row) for row in self.rows)


class Source:
    """The documents of one origin, with an index of their windows to find hard negatives in."""

    def __init__(
        self,
        name: str,
        maker: WindowMaker,
        share: float,
        repeats: dict[str, int] | None = None,
        *,
        wrong: int = 1,
        embed: Embed | None = None,
    ) -> None:
        """Cut and index the windows; questions of a kind in `repeats` come so often an epoch.

        A question stands with up to `wrong` windows of its own document, and as many of others,
        that do not answer. They are those with its words and, with `embed`, near by meaning.
        """
        self.name, self.share, self.maker = name, share, maker
        self._repeats, self._wrong = repeats or {}, wrong
        self._windows = [
            window
            for number in range(len(maker.documents))
            for window in maker.windows(number, PASSAGE_TOKENS)
        ]
        texts = [maker.documents[w.document].title + "\n" + w.words for w in self._windows]
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE w USING fts5(text, tokenize='porter')")
        self._database.executemany("INSERT INTO w(rowid, text) VALUES (?, ?)", enumerate(texts))
        self._near_by: dict[str, list[int]] = {}
        if embed:
            asked = sorted({q.text for d in maker.documents for q in d.questions})
            near = -embed(asked) @ embed(texts).T if asked else np.zeros((0, len(texts)))
            order = np.argsort(near, axis=1)[:, :_RANKED].tolist()
            self._near_by = dict(zip(asked, order, strict=True))
        self._ranked: dict[str, list[int]] = {}

    def ranked(self, question: str, count: int = 12) -> list[Window]:
        """Return the best windows of the source by BM25, and by turns by meaning, best first."""
        if question not in self._ranked:
            both = zip_longest(self._by_words(question), self._near_by.get(question, ()))
            places = [place for place in chain.from_iterable(both) if place is not None]
            self._ranked[question] = list(dict.fromkeys(places))[:_RANKED]
        return [self._windows[place] for place in self._ranked[question][:count]]

    def _by_words(self, question: str) -> list[int]:
        words = sorted(set(_WORD.findall(question.lower())))
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        found = self._database.execute(
            "SELECT rowid FROM w WHERE w MATCH ? ORDER BY bm25(w), rowid LIMIT ?", (query, _RANKED)
        )
        return [place for (place,) in found]

    def groups(self, seed: int) -> Iterator[Group]:
        """Yield groups without end, every question once (or as often as `repeats`) an epoch."""
        epoch = 0
        while True:
            rng = random.Random(f"{seed}/{self.name}/{epoch}")
            asked = [
                (number, question)
                for number, document in enumerate(self.maker.documents)
                for question in document.questions
                for _ in range(self._repeats.get(question.kind, 1))
            ]
            rng.shuffle(asked)
            for number, question in asked:
                group = self._group(number, question, rng)
                if group is not None:
                    yield group
            epoch += 1

    def _group(self, number: int, question: Question, rng: random.Random) -> Group | None:
        text = typed_carelessly(question.text, rng) if rng.random() < 0.15 else question.text
        tokens = encode_text(self.maker.tokenizer, text, MAX_QUESTION_TOKENS)
        with_path = rng.random() >= 0.1
        if question.evidence is None:
            if self.name in SEARCHED:
                near = self.negatives(number, question, rng)
            else:
                near = self._near(number, question, rng)[:2]
            rows = [self.maker.row(tokens, window, with_path=with_path) for window in near]
            return Group(rows=tuple(rows), shared=0) if rows else None
        made = [
            self.maker.row(
                tokens,
                window,
                kind=KINDS.index(question.kind),
                answers=question.answers,
                with_path=with_path,
                tagged=question.kind not in ("yes", "no"),
            )
            for window in self.maker.windows(number, rng.choice(SIZES))
            if window.overlaps(*question.evidence)
        ]
        row = max(made, key=lambda r: len(r.spans), default=None)
        if row is None or not row.spans:
            return None
        wrong = self.negatives(number, question, rng)
        negatives = [self.maker.row(tokens, window, with_path=with_path) for window in wrong]
        return Group(rows=(row, *negatives), shared=1 + len(negatives))

    def _near(self, number: int, question: Question, rng: random.Random) -> list[Window]:
        """Return windows of the question's own document, the ones with its words first."""
        of_document = [w for w in self.ranked(question.text, 30) if w.document == number]
        kept = {window.start for window in of_document}
        others = [w for w in self.maker.windows(number, PASSAGE_TOKENS) if w.start not in kept]
        rng.shuffle(others)
        return of_document + others

    def negatives(self, number: int, question: Question, rng: random.Random) -> list[Window]:
        """Return windows that look right and do not answer."""
        evidence = question.evidence or (0, 0)
        inside = [w for w in self._near(number, question, rng) if not w.overlaps(*evidence)]
        answers = [a.lower() for a in question.accepted]
        documents = self.maker.documents
        twin = documents[number].title if self.name == "pairs" else None
        # The short texts have twins that may answer the same question, and otherwise.
        across = [
            window
            for window in self.ranked(question.text)
            if window.document != number
            and documents[window.document].title != twin
            and not any(a in window.words.lower() for a in answers)
        ]
        chosen = inside[: self._wrong] if inside and rng.random() < 0.8 else []
        wanted = self._wrong if not chosen or rng.random() < 0.35 else self._wrong - 1
        for _ in range(min(wanted, len(across))):
            chosen.append(across.pop(min(len(across) - 1, int(rng.expovariate(0.7)))))
        return chosen if self.name in ALWAYS_WRONG or rng.random() < 0.7 else []


def typed_carelessly(question: str, rng: random.Random) -> str:
    """Return a question as typed in a hurry: small letters, no mark, perhaps a slip or two."""
    words = question.rstrip("?").strip().lower().split()
    for _ in range(rng.randint(0, 2)):
        place = rng.randrange(len(words)) if words else 0
        if words and len(words[place]) > 4:
            word, at = words[place], rng.randrange(1, len(words[place]) - 1)
            slips = (
                word[:at] + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at] + word[at:],
            )
            words[place] = rng.choice(slips)
    return " ".join(words)


def batches(
    sources: Sequence[Source], batch_tokens: int, seed: int, pool_groups: int = 160
) -> Iterator[list[Group]]:
    """Yield batches of similar length, at most `batch_tokens` with padding, without end.

    Groups are drawn so that the rows of each source keep its share, sorted by length within
    pools, cut into batches; those are shuffled.
    """
    streams = [source.groups(seed) for source in sources]
    drawn = [0.0] * len(sources)
    pool_number = 0
    while True:
        pool: list[Group] = []
        for _ in range(pool_groups):
            next_one = min(range(len(sources)), key=lambda n: drawn[n] / sources[n].share)
            group = next(streams[next_one])
            drawn[next_one] += len(group.rows)
            pool.append(group)
        yield from _cut(pool, batch_tokens, random.Random(f"{seed}/pool/{pool_number}"))
        pool_number += 1


def _cut(pool: list[Group], batch_tokens: int, rng: random.Random) -> list[list[Group]]:
    made: list[list[Group]] = []
    batch: list[Group] = []
    for group in sorted(pool, key=lambda g: g.longest):
        count = sum(len(g.rows) for g in batch) + len(group.rows)
        if batch and count * group.longest > batch_tokens:
            made.append(batch)
            batch = []
        batch.append(group)
    made.append(batch)
    rng.shuffle(made)
    return made
