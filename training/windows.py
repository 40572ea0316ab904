"""Documents as tokens, and windows of whole sentences cut from them as the product cuts passages.

A window's first line is the path (title and headings), which may be read but never answers. Knows
MPNet's tokenizer and sentence boundaries; knows nothing about negatives or the model.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from sentencex import get_sentence_boundaries
from tokenizers import Tokenizer

from training.documents import Document

CLS, PAD, SEP = 0, 1, 2
"""Ids of <s>, <pad> and </s> in MPNet's vocabulary."""
MAX_QUESTION_TOKENS = 48
MAX_PATH_TOKENS = 32
MAX_SENTENCE_TOKENS = 120
MAX_WINDOW_TOKENS = 230


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A document's tokens, their character offsets, and its sentences as token ranges."""

    ids: list[int]
    starts: list[int]
    ends: list[int]
    sentences: list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One input of the model: <s> question </s></s> path text </s>.

    `spans` are the answers as positions in the input, last one included: empty where the window
    does not answer. `tagged` says whether the spans are also to be learnt token by token.
    """

    question: list[int]
    path: list[int]
    text: list[int]
    kind: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    tagged: bool = True

    def __len__(self) -> int:
        """Return the number of tokens with the four special ones."""
        return len(self.question) + len(self.path) + len(self.text) + 4

    @property
    def text_start(self) -> int:
        """Return the position of the text's first token."""
        return len(self.question) + len(self.path) + 3

    @property
    def ids(self) -> list[int]:
        """Return the tokens of the whole input."""
        return [CLS, *self.question, SEP, SEP, *self.path, *self.text, SEP]


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load tokenizer.json without padding and truncation. Raises ValueError for another model's."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = tuple(tokenizer.token_to_id(token) for token in ("<s>", "<pad>", "</s>"))
    if found != (CLS, PAD, SEP):
        raise ValueError(
            f"{folder}: <s>, <pad>, </s> are {found}, expected {(CLS, PAD, SEP)}; "
            "give the folder of all-mpnet-base-v2."
        )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode_text(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    """Return the first `limit` tokens of a text, without special ones."""
    return tokenizer.encode(text, add_special_tokens=False).ids[:limit]


def sentence_starts(text: str) -> list[int]:
    """Return where sentences start; a line break always ends one."""
    starts, begin = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            starts += [begin + s["start_index"] for s in get_sentence_boundaries("en", line)]
        begin += len(line)
    return sorted(set(starts))


def encode_document(tokenizer: Tokenizer, text: str) -> Encoded:
    """Encode a document and find its sentences; over-long ones are cut between words."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    starts = [start for start, _ in encoding.offsets]
    ends = [end for _, end in encoding.offsets]
    bounds = sentence_starts(text)
    sentences: list[tuple[int, int]] = []
    first = 0
    for token in range(1, len(starts)):
        is_new = bisect_right(bounds, starts[token]) > bisect_right(bounds, starts[token - 1])
        is_long = token - first >= MAX_SENTENCE_TOKENS and starts[token] > ends[token - 1]
        if is_new or is_long:
            sentences.append((first, token))
            first = token
    if starts:
        sentences.append((first, len(starts)))
    return Encoded(ids=encoding.ids, starts=starts, ends=ends, sentences=sentences)


def token_range(encoded: Encoded, start: int, end: int) -> tuple[int, int] | None:
    """Return the tokens (half-open) that overlap the characters [start, end), or None."""
    first = bisect_right(encoded.ends, start)
    last = first
    while last < len(encoded.starts) and encoded.starts[last] < end:
        last += 1
    return (first, last) if last > first else None


def pack_windows(encoded: Encoded, size: int) -> list[tuple[int, int]]:
    """Cut a document into windows of whole sentences of at most `size` tokens, without overlap.

    A sentence longer than `size` is a window of its own. The windows are of similar length.
    """
    count = max(1, -(-len(encoded.ids) // size))
    target = len(encoded.ids) / count
    windows: list[tuple[int, int]] = []
    for first, last in encoded.sentences:
        if windows:
            begun, _ = windows[-1]
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


class WindowMaker:
    """Documents encoded once, and rows of their windows."""

    def __init__(self, tokenizer: Tokenizer, documents: list[Document]) -> None:
        """Encode the documents."""
        self.tokenizer = tokenizer
        self.documents = documents
        self.encoded = [encode_document(tokenizer, d.text) for d in documents]

    def text_of(self, number: int, window: tuple[int, int]) -> str:
        """Return the characters of a window."""
        codes = self.encoded[number]
        return self.documents[number].text[codes.starts[window[0]] : codes.ends[window[1] - 1]]

    def row(
        self,
        question: list[int],
        number: int,
        window: tuple[int, int],
        *,
        kind: int = 0,
        answers: tuple[tuple[int, int], ...] = (),
        with_path: bool = True,
        tagged: bool = True,
    ) -> Row:
        """Return the row of a window; of the answers (in characters) those that lie inside."""
        codes = self.encoded[number]
        path: list[int] = []
        if with_path:
            where = self.documents[number].path_at(codes.starts[window[0]])
            path = encode_text(self.tokenizer, where, MAX_PATH_TOKENS) if where else []
        shift = len(question) + len(path) + 3 - window[0]
        spans = []
        for start, end in answers:
            tokens = token_range(codes, start, end)
            if tokens and window[0] <= tokens[0] and tokens[1] <= window[1]:
                spans.append((tokens[0] + shift, tokens[1] - 1 + shift))
        return Row(
            question=question,
            path=path,
            text=codes.ids[window[0] : window[1]],
            kind=kind if spans else 0,
            spans=tuple(spans),
            tagged=tagged,
        )
