"""Groups of rows for training: a question's window with the answer, and windows without it.

Sources are drawn from in fixed shares of rows, so that any part of a run is worth something.
Everything follows from the seed and the files. Knows nothing about the model.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.documents import KINDS, Question
from training.windows import (
    MAX_QUESTION_TOKENS,
    Row,
    WindowMaker,
    encode_text,
    pack_windows,
    random_window,
    token_range,
)

PASSAGE_TOKENS = 128
_WORD = re.compile(r"\w+")


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
        self, name: str, maker: WindowMaker, share: float, repeats: dict[str, int] | None = None
    ) -> None:
        """Cut and index the windows; questions of a kind in `repeats` come so often an epoch."""
        self.name, self.share, self._maker = name, share, maker
        self._repeats = repeats or {}
        self._windows = [
            (number, window)
            for number, encoded in enumerate(maker.encoded)
            for window in pack_windows(encoded, PASSAGE_TOKENS)
        ]
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE w USING fts5(text, document UNINDEXED, tokenize='porter')"
        )
        self._database.executemany(
            "INSERT INTO w(rowid, text, document) VALUES (?, ?, ?)",
            (
                (
                    place,
                    maker.documents[number].title + "\n" + maker.text_of(number, window),
                    number,
                )
                for place, (number, window) in enumerate(self._windows)
            ),
        )
        self._of_document: dict[int, list[tuple[int, int]]] = {}
        for number, window in self._windows:
            self._of_document.setdefault(number, []).append(window)

    def ranked(self, question: str, count: int = 12) -> list[tuple[int, tuple[int, int]]]:
        """Return the best (document, window) of the source by BM25, best first."""
        words = sorted(set(_WORD.findall(question.lower())))
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        found = self._database.execute(
            "SELECT rowid FROM w WHERE w MATCH ? ORDER BY bm25(w), rowid LIMIT ?", (query, count)
        )
        return [self._windows[place] for (place,) in found]

    def groups(self, seed: int) -> Iterator[Group]:
        """Yield groups without end, every question once (or as often as `repeats`) an epoch."""
        epoch = 0
        while True:
            rng = random.Random(f"{seed}/{self.name}/{epoch}")
            asked = [
                (number, question)
                for number, document in enumerate(self._maker.documents)
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
        tokens = encode_text(self._maker.tokenizer, text, MAX_QUESTION_TOKENS)
        with_path = rng.random() >= 0.15
        if question.evidence is None:
            near = self._near(number, question, rng)[:2]
            rows = [self._maker.row(tokens, *place, with_path=with_path) for place in near]
            return Group(rows=tuple(rows), shared=0) if rows else None
        codes = self._maker.encoded[number]
        place = token_range(codes, *question.evidence)
        window = place and random_window(codes, *place, rng.randint(90, 190), rng)
        if not place or not window:
            return None
        row = self._maker.row(
            tokens,
            number,
            window,
            kind=KINDS.index(question.kind),
            answers=question.answers,
            with_path=with_path,
            tagged=question.kind not in ("yes", "no"),
        )
        if not row.spans:
            return None
        wrong = self._negatives(number, question, window, rng)
        negatives = [self._maker.row(tokens, *w, with_path=with_path) for w in wrong]
        return Group(rows=(row, *negatives), shared=1 + len(negatives))

    def _near(
        self, number: int, question: Question, rng: random.Random
    ) -> list[tuple[int, tuple[int, int]]]:
        """Return windows of the question's own document, the ones with its words first."""
        of_document = [place for place in self.ranked(question.text, 30) if place[0] == number]
        others = [(number, w) for w in self._of_document.get(number, []) if w[1] > w[0]]
        others = [place for place in others if place not in of_document]
        rng.shuffle(others)
        return of_document + others

    def _negatives(
        self, number: int, question: Question, window: tuple[int, int], rng: random.Random
    ) -> list[tuple[int, tuple[int, int]]]:
        """Return one or two windows that look right and do not answer."""
        inside = [
            place
            for place in self._near(number, question, rng)
            if place[1][1] <= window[0] or place[1][0] >= window[1]
        ]
        answers = [a.lower() for a in question.accepted]
        across = [
            place
            for place in self.ranked(question.text)
            if place[0] != number
            and not any(a in self._maker.text_of(*place).lower() for a in answers)
        ]
        chosen = inside[:1] if inside and rng.random() < 0.8 else []
        if across and (not chosen or rng.random() < 0.35):
            chosen = [*chosen, across[min(len(across) - 1, int(rng.expovariate(0.7)))]]
        return chosen if self.name == "own" or rng.random() < 0.7 else []


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
