"""Where in passages the answer to a question stands: an extractive span model over one batch.

Knows nothing of thresholds or of retrieval scores. A span's margin (its logits minus those of "this
passage does not answer", Devlin et al. 2019 on SQuAD 2.0) is what compares passages.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Passage, Span

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_MAX_TOKENS = 384
_MAX_QUESTION_TOKENS = 96
_MAX_ANSWER_TOKENS = 30
_SPANS_PER_PASSAGE = 2


class SpanReader:
    """A `Reader` over a transformers question-answering model in float32 on the CPU."""

    def __init__(
        self, tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel", name: str
    ) -> None:
        self.name = name
        self._tokenizer: Any = tokenizer
        self._model: Any = model

    def read(self, question: str, passages: Sequence[Passage]) -> list[Span]:
        """Return up to two spans of each passage, best margin first; [] for no passages."""
        if not passages:
            return []
        import torch

        inputs = self._tokenizer(
            [self._shorten(question)] * len(passages),
            [passage.text for passage in passages],
            truncation="only_second",
            max_length=min(_MAX_TOKENS, self._model.config.max_position_embeddings),
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = inputs.pop("offset_mapping").numpy()
        with torch.inference_mode():
            output = self._model(**inputs)
        starts, ends = output.start_logits.numpy(), output.end_logits.numpy()
        spans: list[Span] = []
        for row, passage in enumerate(passages):
            in_text = np.array([part == 1 for part in inputs.sequence_ids(row)])
            spans += passage_spans(passage, starts[row], ends[row], offsets[row], in_text)
        return sorted(spans, key=lambda span: span.no_answer_score - span.score)

    def _shorten(self, question: str) -> str:
        """Return the end of an overlong question: that is where people ask."""
        tokens = self._tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)
        offsets = tokens["offset_mapping"]
        if len(offsets) <= _MAX_QUESTION_TOKENS:
            return question
        return question[offsets[-_MAX_QUESTION_TOKENS][0] :]


def passage_spans(
    passage: Passage,
    starts: NDArray[np.float32],
    ends: NDArray[np.float32],
    offsets: NDArray[np.int64],
    in_text: NDArray[np.bool_],
) -> list[Span]:
    """Return the best spans of one passage that do not overlap, best first.

    `starts` and `ends` are logits (t,), `offsets` (t, 2) in the passage's text, `in_text` (t,) says
    which tokens belong to it. Token 0 is the one whose logits stand for "no answer".
    """
    places = np.flatnonzero(in_text)
    if not len(places):
        return []
    scores = starts[places, None] + ends[None, places]
    order = np.arange(len(places))
    length = order[None, :] - order[:, None]
    scores = np.where((length >= 0) & (length < _MAX_ANSWER_TOKENS), scores, -np.inf)
    no_answer_score = float(starts[0] + ends[0])
    spans: list[Span] = []
    for _ in range(_SPANS_PER_PASSAGE):
        first, last = np.unravel_index(int(scores.argmax()), scores.shape)
        if not np.isfinite(scores[first, last]):
            break
        spans.append(
            Span(
                passage=passage,
                start=passage.start + int(offsets[places[first], 0]),
                end=passage.start + int(offsets[places[last], 1]),
                score=float(scores[first, last]),
                no_answer_score=no_answer_score,
            )
        )
        scores[: last + 1, first:] = -np.inf  # every span that overlaps this one
    return spans
