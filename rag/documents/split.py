"""From a text to passages: whole sentences, packed up to a number of the embedder's tokens.

Offsets are code points in the given text; they are carried from the first cut on, never found again
by searching. Knows nothing of files or the library. `SPLITTER` names this way of splitting: change
it with every change of the result, so that libraries made before are made again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Embedder
from rag.documents.sentences import SentenceSpan, find_sentences

SPLITTER = "sentences-1"
OVERLAP_SENTENCES = 0

_WELL_FILLED = 0.6
"""Share of the token limit from which a passage may end at the end of a paragraph."""
_LEFTOVER = 0.4
"""Share of the token limit below which the last passage is balanced with the one before."""
_LONGEST_WORD = 100
"""Characters: WordPiece reads a longer word as one unknown token, which would count for nothing."""
_TOKENIZED_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageDraft:
    """A passage that has no id yet: [start, end) and its sentences, offsets in the text."""

    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]


class _Piece(NamedTuple):
    """A sentence, or a part of one that is too long: its place in the text and in the tokens.

    One that is `broken` begins or ends within a word, which changes how its tokens count.
    """

    start: int
    end: int
    first_token: int
    end_token: int
    broken: bool
    last: bool
    heading: bool


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence, in order.

    Each character that is not white space lies in exactly one; none crosses a blank line.
    """
    return [(sentence.start, sentence.end) for sentence in find_sentences(text)]


def split_passages(
    text: str, embedder: Embedder, max_tokens: int, *, overlap_sentences: int = OVERLAP_SENTENCES
) -> list[PassageDraft]:
    """Return the passages of `text`, in order, each at most `max_tokens` tokens of `embedder`.

    A passage never has more than `embedder.max_tokens - 2` tokens either; a sentence that is longer
    is cut, where there is a space if possible, and its parts count as sentences. With
    `overlap_sentences` a passage repeats the last sentences of the one before, as far as they fit.
    """
    limit = max(1, min(max_tokens, embedder.max_tokens - 2))
    sentences = list(find_sentences(text))
    pieces = list(_fit(text, sentences, _token_starts(text, sentences, embedder), embedder, limit))

    def fits(first: int, stop: int) -> bool:
        if any(piece.broken for piece in pieces[first:stop]):
            return _count(text, pieces[first].start, pieces[stop - 1].end, embedder) <= limit
        return _tokens(pieces, first, stop) <= limit

    drafts = []
    for packed_first, packed_stop in _pack(pieces, limit):
        for first, stop in _halve(packed_first, packed_stop, fits):
            begin = max(0, first - overlap_sentences)
            while begin < first and not fits(begin, stop):
                begin += 1
            drafts.append(_draft(pieces[begin:stop]))
    return drafts


def _draft(pieces: Sequence[_Piece]) -> PassageDraft:
    return PassageDraft(
        start=pieces[0].start,
        end=pieces[-1].end,
        sentences=tuple((piece.start, piece.end) for piece in pieces),
    )


def _halve(first: int, stop: int, fits: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """Yield [first, stop), or its halves if it does not fit; a single piece always does."""
    if stop - first == 1 or fits(first, stop):
        yield first, stop
        return
    middle = (first + stop) // 2
    yield from _halve(first, middle, fits)
    yield from _halve(middle, stop, fits)


def _count(text: str, start: int, end: int, embedder: Embedder) -> int:
    return len(embedder.token_spans(text[start:end]))


def _token_starts(
    text: str, sentences: Sequence[SentenceSpan], embedder: Embedder
) -> NDArray[np.int64]:
    """Return the offset at which each token begins, sorted; a very long word is all its letters."""
    starts: list[int] = []
    begin = 0
    for sentence in sentences:
        if sentence.end - begin < _TOKENIZED_AT_ONCE and sentence is not sentences[-1]:
            continue
        for start, end in embedder.token_spans(text[begin : sentence.end]):
            if end - start > _LONGEST_WORD:
                starts.extend(range(begin + start, begin + end))
            else:
                starts.append(begin + start)
        begin = sentence.end
    return np.sort(np.array(starts, dtype=np.int64))


def _fit(
    text: str,
    sentences: Sequence[SentenceSpan],
    starts: NDArray[np.int64],
    embedder: Embedder,
    limit: int,
) -> Iterator[_Piece]:
    """Yield the sentences, those over the limit in parts."""
    first_tokens = np.searchsorted(starts, [sentence.start for sentence in sentences]).tolist()
    end_tokens = np.searchsorted(starts, [sentence.end for sentence in sentences]).tolist()
    for sentence, first, stop in zip(sentences, first_tokens, end_tokens, strict=True):
        begin, broken = sentence.start, False
        while sentence.end - begin > 1 and (
            stop - first > limit or (broken and _count(text, begin, sentence.end, embedder) > limit)
        ):
            tokens = starts[first : min(first + limit + 1, stop)].tolist()
            cut = _cut(text, begin, tokens if stop - first > limit else [*tokens, sentence.end])
            while cut - begin > 1 and _count(text, begin, cut, embedder) > limit:
                cut = begin + (cut - begin) // 2  # half a word can have more tokens than it had
            next_token = int(np.searchsorted(starts, cut))
            breaks = not (text[cut].isspace() or text[cut - 1].isspace())
            end = begin + len(text[begin:cut].rstrip())
            yield _Piece(begin, end, first, next_token, broken or breaks, False, sentence.heading)
            begin, first, broken = cut, next_token, breaks
            while text[begin].isspace():  # ends: a sentence does not end with white space
                begin += 1
        yield _Piece(begin, sentence.end, first, stop, broken, sentence.last, sentence.heading)


def _cut(text: str, begin: int, tokens: Sequence[int]) -> int:
    """Return where a part ends that begins at `begin` and may have all `tokens` but the last.

    That is the last token after a space in the second half, else within the longest word.
    """
    for token in reversed(tokens[len(tokens) // 2 + 1 :]):
        if token > begin and (text[token - 1].isspace() or text[token : token + 1].isspace()):
            return token
    return max(begin + 1, min(tokens[-1], begin + _LONGEST_WORD))


def _tokens(pieces: Sequence[_Piece], first: int, stop: int) -> int:
    """Count the tokens of pieces[first:stop]; a piece without any counts as one."""
    return max(pieces[stop - 1].end_token - pieces[first].first_token, stop - first)


def _pack(pieces: Sequence[_Piece], limit: int) -> list[tuple[int, int]]:
    """Return [first, stop) of the pieces of each passage."""
    passages: list[tuple[int, int]] = []
    first = 0
    while first < len(pieces):
        stop = first + 1
        while stop < len(pieces) and _tokens(pieces, first, stop + 1) <= limit:
            stop += 1
        if stop < len(pieces):
            stop = _good_end(pieces, first, stop, limit)
        passages.append((first, stop))
        first = stop
    if len(passages) > 1 and _tokens(pieces, *passages[-1]) < _LEFTOVER * limit:
        passages[-2:] = _balance(pieces, passages[-2][0], len(pieces), limit)
    return passages


def _good_end(pieces: Sequence[_Piece], first: int, stop: int, limit: int) -> int:
    """Return where a passage best ends that could reach `stop`: at a heading or a paragraph."""
    best = stop
    for end in range(stop, first, -1):
        if _tokens(pieces, first, end) < _WELL_FILLED * limit:
            break
        if pieces[end].heading and not pieces[end - 1].heading:
            return end
        if best == stop and pieces[end - 1].last and not pieces[end - 1].heading:
            best = end
    while best - first > 1 and pieces[best - 1].heading:  # a heading belongs to what follows
        best -= 1
    return best


def _balance(pieces: Sequence[_Piece], first: int, stop: int, limit: int) -> list[tuple[int, int]]:
    """Return two passages of about the same number of tokens."""
    middle = min(
        (
            end
            for end in range(first + 1, stop)
            if max(_tokens(pieces, first, end), _tokens(pieces, end, stop)) <= limit
        ),
        key=lambda end: abs(_tokens(pieces, first, end) - _tokens(pieces, end, stop)),
    )
    return [(first, middle), (middle, stop)]
