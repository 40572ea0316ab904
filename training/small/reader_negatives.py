"""Training groups: a question's window with the answer, and windows that do not answer.

Three kinds of negatives: windows that BM25 ranks high, the answer's own surroundings without the
sentence that answers, and the same window with the question changed (another name, number, year,
an antonym, a negation). Knows nothing about batches or the model.
"""

from __future__ import annotations

import random
import re
import sqlite3
import string
from collections.abc import Iterable
from dataclasses import dataclass

from reader_data import (
    Encoded,
    Paragraph,
    Question,
    Row,
    answer_row,
    choose_answer,
    content_words,
    encode_paragraph,
    encode_question,
    pack_windows,
    random_window,
    token_range,
)
from tokenizers import Tokenizer

_WORD = re.compile(r"\w+")
_YEAR = re.compile(r"\b1\d{3}\b|\b20\d\d\b")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?:\s+(?:(?:of|the|de|von|and)\s+)?[A-Z][\w'’-]+)*")
_NEGATION = re.compile(r"\b(not|never)\s+|n't\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|did|does|do|can|could|will|would|has|had|have|should)\b(?!\s+not)",
    re.IGNORECASE,
)
_STOP_WORDS = frozenset(
    "the a an of in on at to for by with from and or is are was were be been did do does what "
    "who whom whose which when where why how that this it its as his her their there has have "
    "had".split()
)
_ANTONYM_PAIRS = (
    "first last|largest smallest|most least|before after|north south|east west|"
    "northern southern|eastern western|more less|highest lowest|increase decrease|"
    "increased decreased|earliest latest|oldest youngest|oldest newest|higher lower|"
    "larger smaller|longest shortest|major minor|best worst|beginning end|began ended|"
    "begin end|start stop|started stopped|above below|inside outside|maximum minimum|"
    "male female|men women|public private|modern ancient|early late|won lost|win lose|"
    "allowed forbidden|accepted rejected|support oppose|supported opposed|positive negative|"
    "rich poor|common rare|create destroy|created destroyed|gained lost|strong weak|"
    "open closed|opened closed|same different|upper lower|hot cold|light dark|high low|"
    "large small|long short|good bad|former latter|internal external|married divorced|"
    "born killed|arrived left|rise fall|rose fell|majority minority|always never|with without|"
    "all none|true false|fast slow|faster slower|import export|buy sell|bought sold|"
    "active inactive|legal illegal|primary secondary|biggest smallest"
)
_ANTONYMS: dict[str, str] = {}
for _pair in _ANTONYM_PAIRS.split("|"):
    _one, _other = _pair.split()
    _ANTONYMS.setdefault(_one, _other)
    _ANTONYMS.setdefault(_other, _one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows trained together: the first `shared` belong to one question, with the answer first.

    The others are unanswerable. `shared` is 0 where no row has an answer.
    """

    rows: tuple[Row, ...]
    shared: int

    @property
    def longest(self) -> int:
        """Return the length of the longest row."""
        return max(len(row) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How many negatives each answerable question gets, and how long the windows are."""

    ranked: float = 0.45
    """Share with a window that BM25 ranks high, of any article."""
    gap: float = 0.12
    """Share with the answer's surroundings without the sentence that answers."""
    changed: float = 0.3
    """Share with the same window under a changed question."""
    shortest_window: int = 50
    longest_window: int = 140


def normalised(text: str) -> str:
    """SQuAD's official normalisation: lower case, no punctuation, no articles, single spaces."""
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Say whether an accepted answer stands in the text: normalised, whole words."""
    words = f" {normalised(text)} "
    return any(f" {normalised(answer)} " in words for answer in answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window of a paragraph, numbered as in the paragraphs' list."""

    paragraph: int
    tokens: tuple[int, int]
    text: str


class WordIndex:
    """BM25 over windows, by SQLite's FTS5 in memory."""

    def __init__(self, windows: list[Window]) -> None:
        """Index the windows' words."""
        self.windows = windows
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE VIRTUAL TABLE w USING fts5(text, tokenize='porter')")
        self._database.executemany(
            "INSERT INTO w(rowid, text) VALUES (?, ?)",
            ((number, window.text) for number, window in enumerate(windows)),
        )

    def rank(self, question: str, count: int) -> list[int]:
        """Return the numbers of the best windows for a question's words, best first."""
        words = {w for w in _WORD.findall(question.lower()) if w not in _STOP_WORDS}
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in sorted(words))
        found = self._database.execute(
            "SELECT rowid FROM w WHERE w MATCH ? ORDER BY bm25(w), rowid LIMIT ?", (query, count)
        )
        return [number for (number,) in found]


def cut_windows(
    paragraphs: list[Paragraph], encoded: list[Encoded], sizes: list[int]
) -> list[Window]:
    """Cut each paragraph into windows of at most its size in tokens."""
    return [
        Window(
            paragraph=number,
            tokens=(first, last),
            text=paragraph.text[codes.starts[first] : codes.ends[last - 1]],
        )
        for number, (paragraph, codes, size) in enumerate(
            zip(paragraphs, encoded, sizes, strict=True)
        )
        for first, last in pack_windows(codes, size)
    ]


def article_mentions(paragraphs: list[Paragraph]) -> dict[str, dict[str, list[str]]]:
    """Return the names, years and numbers of each article, by kind, sorted."""
    found: dict[str, dict[str, set[str]]] = {}
    for paragraph in paragraphs:
        kinds = found.setdefault(paragraph.article, {})
        for start, mention, kind in _mentions(paragraph.text):
            after_stop = start < 2 or paragraph.text[start - 2] in '.?!"'
            if not (kind.startswith("name") and after_stop):
                kinds.setdefault(kind, set()).add(mention)
    return {
        article: {kind: sorted(mentions) for kind, mentions in kinds.items()}
        for article, kinds in found.items()
    }


def _mentions(text: str) -> list[tuple[int, str, str]]:
    """Return (start, mention, kind) of the names, years and numbers in a text."""
    found = [(m.start(), m.group(), "year") for m in _YEAR.finditer(text)]
    years = {start for start, _, _ in found}
    found += [
        (m.start(), m.group(), "number") for m in _NUMBER.finditer(text) if m.start() not in years
    ]
    for m in _NAME.finditer(text):
        kind = "name" if " " not in m.group() else "long name"
        found.append((m.start(), m.group(), kind))
    return found


def change_question(
    question: str, mentions: dict[str, list[str]], window: str, rng: random.Random
) -> str | None:
    """Change a question so that the window no longer answers it; None where nothing fits.

    Swaps a name, year or number for another of its kind from the article (from the window itself
    where there is one, more often than not), a word for its antonym, or turns a negation round.
    """
    ways = [_swap_mention, _swap_antonym, _turn_negation]
    order = sorted(ways, key=lambda way: rng.random() ** (0.25 if way is _swap_mention else 1.0))
    for way in reversed(order):
        changed = way(question, mentions, window, rng)
        if changed is not None:
            return changed
    return None


def _swap_mention(
    question: str, mentions: dict[str, list[str]], window: str, rng: random.Random
) -> str | None:
    places = [m for m in _mentions(question) if m[0] > 0]
    rng.shuffle(places)
    asked = content_words(question)
    for start, mention, kind in places:
        others = [m for m in mentions.get(kind, ()) if not content_words(m) & asked]
        others = [m for m in others if m.lower() not in question.lower()]
        near = [m for m in others if m in window]
        if near and rng.random() < 0.6:
            others = near
        if others:
            other = rng.choice(others)
            return question[:start] + other + question[start + len(mention) :]
    return None


def _swap_antonym(
    question: str, mentions: dict[str, list[str]], window: str, rng: random.Random
) -> str | None:
    places = [m for m in _WORD.finditer(question) if m.group().lower() in _ANTONYMS]
    if not places:
        return None
    place = rng.choice(places)
    other = _ANTONYMS[place.group().lower()]
    return question[: place.start()] + other + question[place.end() :]


def _turn_negation(
    question: str, mentions: dict[str, list[str]], window: str, rng: random.Random
) -> str | None:
    if _NEGATION.search(question):
        return _NEGATION.sub("", question, count=1)
    if match := _AUXILIARY.search(question):
        word = rng.choice(("not", "never"))
        return f"{question[: match.end()]} {word}{question[match.end() :]}"
    return None


class GroupMaker:
    """Makes the training groups of a list of paragraphs, deterministically by seed."""

    def __init__(
        self, paragraphs: list[Paragraph], tokenizer: Tokenizer, mixture: Mixture, seed: int
    ) -> None:
        """Encode the paragraphs and index their windows."""
        self._rng = random.Random(seed)
        self._mixture = mixture
        self._tokenizer = tokenizer
        self._paragraphs = paragraphs
        self._encoded = [encode_paragraph(tokenizer, p.text) for p in paragraphs]
        self._mentions = article_mentions(paragraphs)
        sizes = [self._random_size() for _ in paragraphs]
        self._index = WordIndex(cut_windows(paragraphs, self._encoded, sizes))

    def groups(self) -> list[Group]:
        """Return one group for each question that can be used, in the files' order."""
        made = (
            self._answerable(number, question)
            if question.answers
            else self._unanswerable(number, question)
            for number, paragraph in enumerate(self._paragraphs)
            for question in paragraph.questions
        )
        return [group for group in made if group is not None]

    def _random_size(self) -> int:
        return self._rng.randint(self._mixture.shortest_window, self._mixture.longest_window)

    def _unanswerable(self, number: int, question: Question) -> Group | None:
        """Return a window around the sentence that shares most words with the question."""
        text, encoded = self._paragraphs[number].text, self._encoded[number]
        if not encoded.sentences:
            return None
        asked = content_words(question.text)
        shared = [
            len(asked & content_words(text[encoded.starts[first] : encoded.ends[last - 1]]))
            for first, last in encoded.sentences
        ]
        first, last = encoded.sentences[shared.index(max(shared))]
        window = random_window(encoded, first, last, self._random_size(), self._rng)
        if window is None:
            return None
        context = encoded.ids[window[0] : window[1]]
        asked_ids = encode_question(self._tokenizer, question.text)
        return Group(rows=(Row(question=asked_ids, context=context),), shared=0)

    def _answerable(self, number: int, question: Question) -> Group | None:
        paragraph, encoded = self._paragraphs[number], self._encoded[number]
        answer = token_range(encoded, *choose_answer(paragraph, question))
        if answer is None:
            return None
        window = random_window(encoded, *answer, self._random_size(), self._rng)
        if window is None:
            return None
        asked = encode_question(self._tokenizer, question.text)
        rows = [answer_row(asked, encoded, window, answer)]
        kind = self._rng.random()
        context = None
        if kind < self._mixture.ranked:
            context = self._ranked_context(number, question)
        elif kind < self._mixture.ranked + self._mixture.gap:
            context = self._gap_context(number, question, answer, window)
        if context:
            rows.append(Row(question=asked, context=context))
        shared = len(rows)
        if self._rng.random() < self._mixture.changed:
            text = paragraph.text[encoded.starts[window[0]] : encoded.ends[window[1] - 1]]
            mentions = self._mentions[paragraph.article]
            changed = change_question(question.text, mentions, text, self._rng)
            if changed is not None:
                changed_ids = encode_question(self._tokenizer, changed)
                rows.append(Row(question=changed_ids, context=rows[0].context))
        return Group(rows=tuple(rows), shared=shared)

    def _ranked_context(self, number: int, question: Question) -> list[int] | None:
        """Return one of the best three windows without an accepted answer."""
        answers = self._paragraphs[number].answer_texts(question)
        ranked = [self._index.windows[n] for n in self._index.rank(question.text, 12)]
        without = [window for window in ranked if not holds_answer(window.text, answers)]
        if self._rng.random() < 0.4:  # what a library without the article would bring
            article = self._paragraphs[number].article
            others = [w for w in without if self._paragraphs[w.paragraph].article != article]
            without = others or without
        if not without:
            return None
        window = self._rng.choice(without[:3])
        first, last = window.tokens
        return self._encoded[window.paragraph].ids[first : min(last, first + 200)]

    def _gap_context(
        self, number: int, question: Question, answer: tuple[int, int], window: tuple[int, int]
    ) -> list[int] | None:
        """Return the window without the sentences that hold the answer, if it then holds none."""
        paragraph, encoded = self._paragraphs[number], self._encoded[number]
        kept = [
            (first, last)
            for first, last in encoded.sentences
            if first >= window[0]
            and last <= window[1]
            and (last <= answer[0] or first >= answer[1])
        ]
        text = " ".join(paragraph.text[encoded.starts[f] : encoded.ends[t - 1]] for f, t in kept)
        if not kept or holds_answer(text, paragraph.answer_texts(question)):
            return None
        return [token for first, last in kept for token in encoded.ids[first:last]]
