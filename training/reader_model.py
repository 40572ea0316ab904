"""The reader: MPNet with low-rank adapters and three heads (span, kind of answer, tags).

Knows tensors; knows nothing about questions, files of data or schedules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import MPNetModel

from rag.models.reader_network import Heads
from training.documents import KINDS
from training.reader_loss import Batch, Outputs

TARGETS = ["q", "k", "v", "o", "intermediate.dense", "output.dense"]


class ReaderModel(nn.Module):
    """The encoder with its adapters, and the heads."""

    def __init__(
        self, base: Path, rank: int, dtype: torch.dtype = torch.bfloat16, dropout: float = 0.0
    ) -> None:
        """Load the encoder; its large matrices are frozen in `dtype`, adapters are float32."""
        super().__init__()
        encoder = MPNetModel.from_pretrained(
            base, local_files_only=True, dtype=torch.float32, add_pooling_layer=False
        )
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = dropout
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

    def forward(self, batch: Batch) -> Outputs:
        """Return the logits of a batch."""
        hidden = self.encoder(input_ids=batch.ids, attention_mask=batch.attention).last_hidden_state
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
        set_peft_model_state_dict(self.encoder, widened(adapter, self.rank))
        self.heads.load_state_dict({k[6:]: v for k, v in state.items() if k.startswith("heads.")})


def widened(adapter: Mapping[str, torch.Tensor], rank: int) -> dict[str, torch.Tensor]:
    """Return an adapter of at most `rank` with that rank, which changes the encoder as before.

    What is new of A is small and by chance, of B zero. `alpha` is twice the rank, so the scale
    stays. Raises ValueError for an adapter of a higher rank.
    """
    made = {}
    for name, value in adapter.items():
        is_down = "lora_A" in name
        missing = rank - value.shape[0 if is_down else 1]
        if missing < 0:
            raise ValueError(f"the adapter has rank {rank - missing}, more than --rank {rank}")
        if missing > 0:
            shape = (missing, value.shape[1]) if is_down else (value.shape[0], missing)
            more = torch.randn(shape) * value.std() if is_down else torch.zeros(shape)
            value = torch.cat([value, more], 0 if is_down else 1)
        made[name] = value
    return made
