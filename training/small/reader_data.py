"""SQuAD-format files as encoded paragraphs, and windows of whole sentences cut from them.

Knows the file format, the tokenizer and sentence boundaries; knows nothing about negatives,
batches or the model. Every character offset refers to the paragraph as it stands in the file.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sentencex import get_sentence_boundaries
from tokenizers import Tokenizer

CLS, SEP = 101, 102
"""Ids of [CLS] and [SEP] in the vocabulary that all uncased BERT models of English share."""
MAX_QUESTION_TOKENS = 40
MAX_SENTENCE_TOKENS = 120
"""Longer sentences are cut between words, so that every window has a bounded cost."""
MAX_WINDOW_TOKENS = 200

_WHITESPACE = re.compile(r"\s")
_WORD = re.compile(r"\w+")
_FILE_PART = re.compile(r"(?P<path>.+)@(?P<first>\d+)-(?P<last>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its accepted answers as (start, end) in the paragraph; none: unanswerable."""

    text: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of an article with the questions asked about it."""

    article: str
    text: str
    questions: tuple[Question, ...]

    def answer_texts(self, question: Question) -> list[str]:
        """Return the accepted answers as they stand in the paragraph."""
        return [self.text[start:end] for start, end in question.answers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A paragraph's tokens, their character offsets, and its sentences as token ranges."""

    ids: list[int]
    starts: list[int]
    ends: list[int]
    sentences: list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One input of the model: [CLS] question [SEP] context [SEP].

    `first`, `last` is the answer as positions in the input, both 0 ([CLS]) where there is none.
    """

    question: list[int]
    context: list[int]
    first: int = 0
    last: int = 0

    def __len__(self) -> int:
        """Return the number of tokens with the three special ones."""
        return len(self.question) + len(self.context) + 3

    @property
    def context_start(self) -> int:
        """Return the position of the context's first token."""
        return len(self.question) + 2


def plain_whitespace(text: str) -> str:
    """Replace every kind of white space by a space, one to one, so that offsets stay."""
    return _WHITESPACE.sub(" ", text)


def content_words(text: str) -> set[str]:
    """Return the lower-cased words longer than three letters, and all numbers."""
    return {w for w in _WORD.findall(text.lower()) if len(w) > 3 or w.isdigit()}


def read_paragraphs(source: str) -> list[Paragraph]:
    """Read a SQuAD-format file; `FILE@FIRST-LAST` takes only those articles (half-open).

    Answers are stripped of surrounding spaces. Raises ValueError where an answer does not stand
    at its `answer_start`.
    """
    path, part = source, slice(None)
    if match := _FILE_PART.fullmatch(source):
        path, part = match["path"], slice(int(match["first"]), int(match["last"]))
    articles = json.loads(Path(path).read_text(encoding="utf-8"))["data"][part]
    return [
        _paragraph(f"{Path(path).stem}/{article.get('title', number)}", item)
        for number, article in enumerate(articles)
        for item in article["paragraphs"]
    ]


def _paragraph(article: str, item: dict) -> Paragraph:
    text = item["context"]
    questions = []
    for asked in item["qas"]:
        answers = []
        for answer in asked.get("answers", ()) if not asked.get("is_impossible") else ():
            start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
            if text[start:end] != answer["text"]:
                raise ValueError(
                    f"Question {asked.get('id')!r}: expected {answer['text']!r} at {start}, "
                    f"found {text[start:end]!r}; correct answer_start."
                )
            while start < end and text[start].isspace():
                start += 1
            while start < end and text[end - 1].isspace():
                end -= 1
            if start < end:
                answers.append((start, end))
        question = plain_whitespace(asked["question"]).strip()
        questions.append(Question(text=question, answers=tuple(answers)))
    return Paragraph(article=article, text=plain_whitespace(text), questions=tuple(questions))


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load a folder's tokenizer.json without its padding and truncation.

    Raises ValueError where its special tokens are not those of uncased BERT.
    """
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    if found != (CLS, SEP):
        raise ValueError(
            f"{folder}: [CLS] and [SEP] are {found}, expected {(CLS, SEP)}; "
            "take an encoder with the vocabulary of bert-base-uncased."
        )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode_question(tokenizer: Tokenizer, question: str) -> list[int]:
    """Return a question's tokens, cut at MAX_QUESTION_TOKENS, without special ones."""
    return tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION_TOKENS]


def encode_paragraph(tokenizer: Tokenizer, text: str) -> Encoded:
    """Encode a paragraph and find its sentences; over-long ones are cut between words."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    starts = [start for start, _ in encoding.offsets]
    ends = [end for _, end in encoding.offsets]
    sentence_starts = [s["start_index"] for s in get_sentence_boundaries("en", text)]
    sentences: list[tuple[int, int]] = []
    first = 0
    for token in range(1, len(starts) + 1):
        if token == len(starts):
            sentences.append((first, token))
            break
        new_sentence = bisect_right(sentence_starts, starts[token]) > bisect_right(
            sentence_starts, starts[token - 1]
        )
        too_long = token - first >= MAX_SENTENCE_TOKENS and starts[token] > ends[token - 1]
        if new_sentence or too_long:
            sentences.append((first, token))
            first = token
    return Encoded(ids=encoding.ids, starts=starts, ends=ends, sentences=sentences)


def token_range(encoded: Encoded, start: int, end: int) -> tuple[int, int] | None:
    """Return the tokens (half-open) that overlap the characters [start, end), or None."""
    first = bisect_right(encoded.ends, start)
    last = first
    while last < len(encoded.starts) and encoded.starts[last] < end:
        last += 1
    return (first, last) if last > first else None


def choose_answer(paragraph: Paragraph, question: Question) -> tuple[int, int]:
    """Return the answer to learn: most votes, then shortest, at its most fitting place.

    Where a short answer stands several times, the file may name the first place and not the one
    meant; the place taken is the one whose surroundings share most words with the question.
    """
    votes = Counter(paragraph.text[start:end] for start, end in question.answers)
    text = min(votes, key=lambda answer: (-votes[answer], len(answer)))
    start, end = next(a for a in question.answers if paragraph.text[a[0] : a[1]] == text)
    asked = content_words(question.text) - content_words(text)
    best, most = start, _words_around(paragraph.text, start, end, asked)
    for match in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", paragraph.text):
        shared = _words_around(paragraph.text, match.start(), match.end(), asked)
        if shared > most + 1:
            best, most = match.start(), shared
    return best, best + len(text)


def _words_around(text: str, start: int, end: int, asked: set[str], reach: int = 100) -> int:
    return len(asked & content_words(text[max(0, start - reach) : end + reach]))


def pack_windows(encoded: Encoded, size: int) -> list[tuple[int, int]]:
    """Cut a paragraph into windows of whole sentences of at most `size` tokens, without overlap.

    A sentence longer than `size` is a window of its own. The windows are of similar length.
    """
    count = max(1, -(-len(encoded.ids) // size))
    target = len(encoded.ids) / count
    windows: list[tuple[int, int]] = []
    for first, last in encoded.sentences:
        if windows:
            begun, end = windows[-1]
            if last - begun <= size and (last + first) / 2 - begun <= target:
                windows[-1] = (begun, last)
                continue
        windows.append((first, last))
    return windows


def random_window(
    encoded: Encoded, first: int, last: int, size: int, rng: random.Random
) -> tuple[int, int] | None:
    """Return a random run of whole sentences of about `size` tokens around tokens [first, last).

    None where the sentences that hold those tokens are longer than MAX_WINDOW_TOKENS.
    """
    begins = [sentence[0] for sentence in encoded.sentences]
    left = bisect_right(begins, first) - 1
    right = bisect_right(begins, last - 1) - 1
    share_left = rng.random()
    while True:
        width = encoded.sentences[right][1] - begins[left]
        room = size - width
        can_left = left > 0 and begins[left] - begins[left - 1] <= room
        can_right = right + 1 < len(begins) and (
            encoded.sentences[right + 1][1] - begins[right + 1] <= room
        )
        if not (can_left or can_right):
            break
        if can_left and (not can_right or rng.random() < share_left):
            left -= 1
        else:
            right += 1
    return (begins[left], encoded.sentences[right][1]) if width <= MAX_WINDOW_TOKENS else None


def answer_row(
    question: list[int], encoded: Encoded, window: tuple[int, int], answer: tuple[int, int]
) -> Row:
    """Return the row of a window with its answer, both token ranges of the paragraph."""
    shift = len(question) + 2 - window[0]
    return Row(
        question=question,
        context=encoded.ids[window[0] : window[1]],
        first=answer[0] + shift,
        last=answer[1] - 1 + shift,
    )
