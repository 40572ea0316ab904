"""The reader: MPNet with low-rank adapters and three heads (span, kind of answer, tags).

Knows tensors; knows nothing about questions, files of data or schedules.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import MPNetModel

from rag.models.reader_network import Heads
from training.documents import KINDS
from training.mixture import Group
from training.windows import PAD, Row

TARGETS = ["q", "k", "v", "o", "intermediate.dense", "output.dense"]
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


class ReaderModel(nn.Module):
    """The encoder with its adapters, and the heads."""

    def __init__(self, base: Path, rank: int, dtype: torch.dtype = torch.bfloat16) -> None:
        """Load the encoder; its large matrices are frozen in `dtype`, adapters are float32."""
        super().__init__()
        encoder = MPNetModel.from_pretrained(
            base, local_files_only=True, dtype=torch.float32, add_pooling_layer=False
        )
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
            if isinstance(module, nn.Linear):
                module.to(dtype)
        config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS, bias="none")
        self.encoder = get_peft_model(encoder, config)
        for module in self.encoder.modules():
            if hasattr(module, "cast_input_dtype_enabled"):
                module.cast_input_dtype_enabled = False  # autocast does it, once
        for name, parameter in self.encoder.named_parameters():
            parameter.requires_grad_("lora_" in name)
            if "lora_" in name:
                parameter.data = parameter.data.float()
        self.heads = Heads(encoder.config.hidden_size)
        self.rank = rank

    def forward(self, ids: Tensor, attention: Tensor) -> Outputs:
        """Return the logits for token ids (rows, tokens)."""
        hidden = self.encoder(input_ids=ids, attention_mask=attention).last_hidden_state
        return Outputs(*self.heads(hidden))

    def trained(self) -> list[nn.Parameter]:
        """Return what is trained: adapters first, then the heads."""
        return [p for p in self.parameters() if p.requires_grad]

    def save(self, folder: Path, **facts: object) -> None:
        """Write adapter and heads in float16, beside the place and then renamed."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {f"encoder.{k}": v for k, v in get_peft_model_state_dict(self.encoder).items()}
        state |= {f"heads.{k}": v for k, v in self.heads.state_dict().items()}
        state = {k: v.detach().to(torch.float16).contiguous() for k, v in state.items()}
        facts |= {"rank": self.rank, "alpha": 2 * self.rank, "targets": TARGETS, "kinds": KINDS}
        save_file(state, folder / "adapter.new", metadata={"format": "pt"})
        (folder / "adapter.new").replace(folder / "adapter.safetensors")
        (folder / "adapter.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Take adapter and heads from a folder that `save` wrote."""
        state = {k: v.float() for k, v in load_file(folder / "adapter.safetensors").items()}
        adapter = {k[8:]: v for k, v in state.items() if k.startswith("encoder.")}
        set_peft_model_state_dict(self.encoder, adapter)
        self.heads.load_state_dict({k[6:]: v for k, v in state.items() if k.startswith("heads.")})


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors: ids, attention (int64), and `text`, where an answer may stand (bool)."""

    ids: Tensor
    attention: Tensor
    text: Tensor


def pad_rows(rows: list[Row]) -> Batch:
    """Return the rows as (rows, longest row) tensors."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), PAD, dtype=torch.long)
    attention = torch.zeros(len(rows), width, dtype=torch.long)
    text = torch.zeros(len(rows), width, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row.ids)
        attention[number, : len(row)] = 1
        said = torch.tensor(row.said) if row.said else torch.ones(len(row.text), dtype=torch.bool)
        text[number, row.text_start : len(row) - 1] = said
    return Batch(ids, attention, text)


def reader_loss(out: Outputs, groups: list[Group], text: Tensor) -> dict[str, Tensor]:
    """Return the parts of the loss of a batch: span, shared, kind, tags.

    `span` is SQuAD 2.0's per window (token 0: no answer), any of several answers counting;
    `shared` is normalised over all the windows of a question (Clark and Gardner 2018,
    https://arxiv.org/abs/1710.10723), on the difference to each window's token 0.
    """
    rows = [row for group in groups for row in group.rows]
    allowed = text.clone()
    allowed[:, 0] = True
    owner = torch.tensor(
        [
            number if place < group.shared else -1 - place
            for number, group in enumerate(groups)
            for place in range(len(group.rows))
        ]
    )
    same = owner[:, None] == owner[None, :]
    answered = torch.tensor([bool(row.spans) for row in rows])
    zero = out.start.new_zeros(())
    span, shared = zero, zero
    for logits, side in ((out.start, 0), (out.end, 1)):
        target = torch.zeros_like(allowed)
        for number, row in enumerate(rows):
            target[number, [s[side] for s in row.spans] or [0]] = True
        right = logits.masked_fill(~target, FAR).logsumexp(1)
        every = logits.masked_fill(~allowed, FAR).logsumexp(1)
        span = span + (every - right).mean() / 2
        if answered.any():
            spans = (logits - logits[:, :1]).masked_fill(~text, FAR)
            window = spans.logsumexp(1)
            question = window.expand(len(rows), -1).masked_fill(~same, FAR).logsumexp(1)
            gold = spans.masked_fill(~target, FAR).logsumexp(1)
            shared = shared + (question - gold)[answered].sum() / len(rows) / 2
    kinds = torch.tensor([row.kind for row in rows])
    kind = cross_entropy(out.kind, kinds, weight=torch.tensor(KIND_WEIGHTS))
    return {"span": span, "shared": shared, "kind": kind, "tags": _tag_loss(out.tags, rows, text)}


def _tag_loss(logits: Tensor, rows: list[Row], text: Tensor) -> Tensor:
    """Return the tags' cross entropy over all tokens that may answer."""
    tags = torch.zeros(text.shape, dtype=torch.long)
    used = text.clone()
    for number, row in enumerate(rows):
        if not row.tagged:
            used[number] = False
            continue
        for first, last in row.spans:
            tags[number, first : last + 1] = 2
            tags[number, first] = 1
    if not used.any():
        return logits.new_zeros(())
    return cross_entropy(logits[used], tags[used])
