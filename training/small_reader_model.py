"""The small reader: MiniLM with the heads of the larger one, trained whole but for its words.

Knows tensors; knows nothing about questions, files of data or schedules.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import BertConfig, BertModel

from rag.models.reader_network import Heads
from training.documents import KINDS
from training.reader_loss import Batch, Outputs

_QUESTION_ANSWERING = "qa_outputs."


class SmallReaderModel(nn.Module):
    """The encoder, of which the word embeddings are frozen, and the heads."""

    def __init__(self, base: Path) -> None:
        """Load encoder and heads, or a transformers question-answering model and its span head."""
        super().__init__()
        config = BertConfig.from_pretrained(base, local_files_only=True)
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        config._attn_implementation = "eager"
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.heads = Heads(config.hidden_size)
        self.load(base)
        self.encoder.get_input_embeddings().weight.requires_grad_(False)

    def forward(self, batch: Batch) -> Outputs:
        """Return the logits of a batch."""
        hidden = self.encoder(
            input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attention
        ).last_hidden_state
        return Outputs(*self.heads(hidden))

    def trained(self) -> list[nn.Parameter]:
        """Return what is trained: the encoder first, then the heads."""
        return [p for p in self.parameters() if p.requires_grad]

    def load(self, folder: Path) -> None:
        """Take the weights of a folder."""
        state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
        if any(name.startswith(_QUESTION_ANSWERING) for name in state):
            encoder = {k[5:]: v for k, v in state.items() if k.startswith("bert.")}
            self.encoder.load_state_dict(encoder, strict=False)
            span = {k[11:]: v for k, v in state.items() if k.startswith(_QUESTION_ANSWERING)}
            self.heads.span.load_state_dict(span)
            return
        self.load_state_dict(state)

    def save(self, folder: Path, **facts: object) -> None:
        """Write encoder and heads in float16, beside the place and then renamed."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {k: v.detach().to(torch.float16).contiguous() for k, v in self.state_dict().items()}
        save_file(state, folder / "model.new", metadata={"format": "pt"})
        (folder / "model.new").replace(folder / "model.safetensors")
        facts |= {"kinds": KINDS}
        (folder / "facts.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
