"""Where in passages the answer to a question stands: an extractive span model over batches.

A model with more heads also says of which kind the answer is, and where the items of a list stand.

Knows nothing of thresholds or of retrieval scores. A span's margin (its logits minus those of "this
passage does not answer", Devlin et al. 2019 on SQuAD 2.0) is what compares passages.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.answering.asked_rows import rows_of
from rag.datatypes import READER_KINDS, Passage, Span
from rag.models.engines import SpanLogits, SpanModel, likely_tags, padded_length
from rag.models.tokenizer import TextTokenizer, TokenRow

_MAX_TOKENS = 384
_MAX_QUESTION_TOKENS = 96
_MAX_ANSWER_TOKENS = 30
_SPANS_PER_PASSAGE = 2
_SPANS_PER_TABLE = 16
"""Of a passage that is rows of a table: which row is asked about is decided later."""
_BATCH_SIZE = 8
"""Passages read at once. Sorted by length, 4 to 8 took least processor time on one thread (38 ms a
passage; 44 ms one by one, 48 ms with 32 at once): more only pad more."""


class SpanReader:
    """A `Reader` over a span model, whatever it runs on."""

    def __init__(self, tokenizer: TextTokenizer, model: SpanModel, name: str) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._model = model

    def read(self, question: str, passages: Sequence[Passage]) -> list[Span]:
        """Return up to two spans of each passage, best margin first; [] for no passages."""
        return self.read_many([(question, passages)])[0]

    def read_many(self, requests: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[Span]]:
        """Return for each (question, passages) what `read` does, up to the engine's noise.

        The same requests give the same numbers; among others, what is padded differs.
        """
        owners = [number for number, (_, passages) in enumerate(requests) for _ in passages]
        passages = [passage for _, of_question in requests for passage in of_question]
        found: list[list[Span]] = [[] for _ in requests]
        if passages:
            shortened = [self._shorten(question) for question, _ in requests]
            spans = self._spans([shortened[owner] for owner in owners], passages)
            for owner, of_passage in zip(owners, spans, strict=True):
                found[owner] += of_passage
        return [
            sorted(spans, key=lambda span: span.no_answer_score - span.score) for spans in found
        ]

    def _spans(self, questions: list[str], passages: Sequence[Passage]) -> list[list[Span]]:
        """Return the spans of each passage; those of like length are read together."""
        longest = min(_MAX_TOKENS, self._model.max_tokens)
        rows = [
            self._tokenizer.pair(question, passage.view, longest)
            for question, passage in zip(questions, passages, strict=True)
        ]
        by_length = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        spans: list[list[Span]] = [[] for _ in passages]
        for first in range(0, len(by_length), _BATCH_SIZE):
            numbers = by_length[first : first + _BATCH_SIZE]
            logits = self._logits([rows[number] for number in numbers])
            for place, number in enumerate(numbers):
                row = rows[number]
                spans[number] = passage_spans(
                    passages[number],
                    _of_row(logits, place, len(row)),
                    row.offsets,
                    row.in_second,
                )
        return spans

    def _logits(self, rows: Sequence[TokenRow]) -> SpanLogits:
        """Return the logits of some rows, (n, t): t tokens has the longest of them."""
        shape = len(rows), padded_length(max(map(len, rows)))
        ids = np.full(shape, self._model.pad_id, dtype=np.int64)
        type_ids, mask = np.zeros_like(ids), np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row.ids
            type_ids[place, : len(row)] = row.type_ids
            mask[place, : len(row)] = 1
        return self._model.logits(
            {"input_ids": ids, "token_type_ids": type_ids, "attention_mask": mask}
        )

    def _shorten(self, question: str) -> str:
        """Return the end of an overlong question: that is where people ask."""
        spans = self._tokenizer.spans(question)
        if len(spans) <= _MAX_QUESTION_TOKENS:
            return question
        return question[spans[-_MAX_QUESTION_TOKENS][0] :]


def _of_row(logits: SpanLogits, place: int, length: int) -> SpanLogits:
    """Return the logits of one row, without what was padded."""
    return SpanLogits(
        starts=logits.starts[place, :length],
        ends=logits.ends[place, :length],
        kinds=None if logits.kinds is None else logits.kinds[place],
        tags=None if logits.tags is None else logits.tags[place, :length],
    )


def passage_spans(
    passage: Passage,
    logits: SpanLogits,
    offsets: NDArray[np.int64],
    in_text: NDArray[np.bool_],
) -> list[Span]:
    """Return the best spans of one passage that do not overlap, best first.

    `logits` are those of one row, of t tokens; `offsets` (t, 2) stand in the passage's view,
    `in_text` (t,) says which tokens belong to it. Only words that stand in the document can answer,
    and none from a row of a table on into what stands behind it. Token 0 is the one whose logits
    stand for "no answer".
    """
    is_said = in_text & _stands_in_document(passage, offsets)
    places = np.flatnonzero(is_said)
    if not len(places):
        return []
    scores = logits.starts[places, None] + logits.ends[None, places]
    order = np.arange(len(places))
    length = order[None, :] - order[:, None]
    rows = rows_of(passage)
    row = _rows_at(passage, offsets, sorted(rows))[places]
    may_be = (length >= 0) & (length < _MAX_ANSWER_TOKENS) & (row[:, None] == row[None, :])
    scores = np.where(may_be, scores, -np.inf)
    no_answer_score = float(logits.starts[0] + logits.ends[0])
    kinds = _kinds(logits)
    items = _items(passage, logits, offsets, is_said)
    spans: list[Span] = []
    for _ in range(_SPANS_PER_TABLE if rows else _SPANS_PER_PASSAGE):
        first, last = np.unravel_index(int(scores.argmax()), scores.shape)
        if not np.isfinite(scores[first, last]):
            break
        place = passage.places(int(offsets[places[first], 0]), int(offsets[places[last], 1]))
        if place is None:  # never: both ends were checked
            break
        spans.append(
            Span(
                passage=passage,
                start=place[0],
                end=place[1],
                score=float(scores[first, last]),
                no_answer_score=no_answer_score,
                kinds=kinds,
                items=items,
            )
        )
        scores[: last + 1, first:] = -np.inf  # every span that overlaps this one
    return spans


def _kinds(logits: SpanLogits) -> dict[str, float]:
    """Return the probability of each kind of answer; {} where the model does not say."""
    if logits.kinds is None:
        return {}
    shares = np.exp(logits.kinds - logits.kinds.max())
    return dict(zip(READER_KINDS, (shares / shares.sum()).tolist(), strict=True))


def _items(
    passage: Passage,
    logits: SpanLogits,
    offsets: NDArray[np.int64],
    is_said: NDArray[np.bool_],
) -> tuple[tuple[int, int], ...]:
    """Return where in the document the items of a list stand, by the tags of the tokens.

    A tag is 0 outside, 1 at an item's first token, 2 inside.
    """
    if logits.tags is None:
        return ()
    tags = np.where(is_said, likely_tags(logits.tags), 0)
    items: list[tuple[int, int]] = []
    for token in np.flatnonzero(tags):
        start, end = int(offsets[token, 0]), int(offsets[token, 1])
        if tags[token] == 2 and token and tags[token - 1] and items:
            items[-1] = (items[-1][0], end)
        else:
            items.append((start, end))
    found = [passage.places(*item) for item in items]
    return tuple(place for place in found if place is not None)


def _rows_at(
    passage: Passage, offsets: NDArray[np.int64], rows: Sequence[tuple[int, int]]
) -> NDArray[np.int64]:
    """Return the number of the row that each token, (t, 2) offsets in the view, stands in.

    `rows` are where those of tables stand in the document, in order; -1 is none of them.
    """
    if not rows:
        return np.full(len(offsets), -1)
    shift = np.array([each.text_start - each.start for each in passage.segments])
    at = offsets[:, 0] + shift[np.maximum(_segments_at(passage, offsets), 0)]
    row = np.searchsorted([start for start, _ in rows], at, side="right") - 1
    ends = np.array([end for _, end in rows])
    return np.where((row >= 0) & (at < ends[np.maximum(row, 0)]), row, -1)


def _stands_in_document(passage: Passage, offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each token, (t, 2) offsets in the view, whether it shows a part of the document."""
    ends = np.array([segment.end for segment in passage.segments])
    place = _segments_at(passage, offsets)
    return (place >= 0) & (offsets[:, 0] < ends[np.maximum(place, 0)])


def _segments_at(passage: Passage, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the last segment that begins at or before each token; -1 before all."""
    starts = np.array([segment.start for segment in passage.segments])
    return np.searchsorted(starts, offsets[:, 0], side="right") - 1
