"""What a reader learns from a batch of rows: the loss of its three heads.

Knows tensors and rows; knows nothing about models, questions or schedules.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.mixture import Group
from training.windows import Row

KIND_WEIGHTS = (0.6, 0.8, 2.0, 1.5, 2.0, 2.0)
"""By `KINDS`: the rare ones count more."""
FAR = -1e4


@dataclass(frozen=True, slots=True)
class Outputs:
    """Logits, float32: `start`, `end` (rows, tokens), `kind` (rows, kinds), `tags` (…, TAGS)."""

    start: Tensor
    end: Tensor
    kind: Tensor
    tags: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors: ids, types, attention (int64), `text`, where an answer may stand (bool)."""

    ids: Tensor
    types: Tensor
    attention: Tensor
    text: Tensor


def pad_rows(rows: list[Row]) -> Batch:
    """Return the rows as (rows, longest row) tensors."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), rows[0].frame.pad, dtype=torch.long)
    types = torch.zeros_like(ids)
    attention = torch.zeros(len(rows), width, dtype=torch.long)
    text = torch.zeros(len(rows), width, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row.ids)
        attention[number, : len(row)] = 1
        types[number, row.second_start : len(row)] = 1
        said = torch.tensor(row.said) if row.said else torch.ones(len(row.text), dtype=torch.bool)
        text[number, row.text_start : len(row) - 1] = said
    return Batch(ids, types, attention, text)


def reader_loss(out: Outputs, groups: list[Group], text: Tensor) -> dict[str, Tensor]:
    """Return the parts of the loss of a batch: span, shared, kind, tags.

    `span` is SQuAD 2.0's per window (token 0: no answer), any of several answers counting;
    `shared` is normalised over all the windows of a question (Clark and Gardner 2018,
    https://arxiv.org/abs/1710.10723), on the difference to each window's token 0.
    """
    rows = [row for group in groups for row in group.rows]
    device = out.start.device
    allowed = text.clone()
    allowed[:, 0] = True
    owner = torch.tensor(
        [
            number if place < group.shared else -1 - place
            for number, group in enumerate(groups)
            for place in range(len(group.rows))
        ],
        device=device,
    )
    same = owner[:, None] == owner[None, :]
    answered = torch.tensor([bool(row.spans) for row in rows], device=device)
    zero = out.start.new_zeros(())
    span, shared = zero, zero
    for logits, side in ((out.start, 0), (out.end, 1)):
        targets = torch.zeros(text.shape, dtype=torch.bool)
        for number, row in enumerate(rows):
            targets[number, [s[side] for s in row.spans] or [0]] = True
        target = targets.to(device)
        right = logits.masked_fill(~target, FAR).logsumexp(1)
        every = logits.masked_fill(~allowed, FAR).logsumexp(1)
        span = span + (every - right).mean() / 2
        if any(row.spans for row in rows):
            spans = (logits - logits[:, :1]).masked_fill(~text, FAR)
            window = spans.logsumexp(1)
            question = window.expand(len(rows), -1).masked_fill(~same, FAR).logsumexp(1)
            gold = spans.masked_fill(~target, FAR).logsumexp(1)
            shared = shared + (question - gold)[answered].sum() / len(rows) / 2
    kinds = torch.tensor([row.kind for row in rows], device=device)
    weights = torch.tensor(KIND_WEIGHTS, device=device)
    kind = cross_entropy(out.kind, kinds, weight=weights)
    return {"span": span, "shared": shared, "kind": kind, "tags": _tag_loss(out.tags, rows, text)}


def _tag_loss(logits: Tensor, rows: list[Row], text: Tensor) -> Tensor:
    """Return the tags' cross entropy over all tokens that may answer."""
    tags = torch.zeros(text.shape, dtype=torch.long)
    is_tagged = torch.tensor([row.tagged for row in rows], device=text.device)
    used = text & is_tagged[:, None]
    for number, row in enumerate(rows):
        for first, last in row.spans if row.tagged else ():
            tags[number, first : last + 1] = 2
            tags[number, first] = 1
    if not used.any():
        return logits.new_zeros(())
    return cross_entropy(logits[used], tags.to(text.device)[used])
