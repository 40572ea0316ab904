"""The larger reader as a torch module: MPNet's encoder and the heads for spans, kinds and tags.

Imported only when a model is made or trained. Knows tensors; knows nothing of files but the two
that it loads.
"""

import json
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import MPNetConfig, MPNetModel

from rag.datatypes import READER_KINDS

Network = TypeVar("Network", bound=nn.Module)

TAGS = 3
"""Outside an answer, at its first token, inside it."""


class Heads(nn.Module):
    """What is read off the encoder's last layer."""

    def __init__(self, width: int, dropout: float = 0.1) -> None:
        """Make heads that know nothing yet."""
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.span = nn.Linear(width, 2)
        self.tags = nn.Linear(width, TAGS)
        self.pool = nn.Linear(width, width)
        self.kind = nn.Linear(width, len(READER_KINDS))

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the logits of (n, t, width) states: start, end (n, t), kinds (n, k), tags."""
        hidden = self.dropout(hidden.float())
        start, end = self.span(hidden).unbind(-1)
        kind = self.kind(torch.tanh(self.pool(hidden[:, 0])))
        return start.float(), end.float(), kind.float(), self.tags(hidden).float()


class ReaderNetwork(nn.Module):
    """Encoder and heads, for reading only."""

    def __init__(self, encoder: nn.Module, heads: Heads) -> None:
        """Take both, already loaded."""
        super().__init__()
        self.encoder, self.heads = encoder, heads

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the logits for token ids (n, t), as `Heads` does."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        logits: tuple[Tensor, Tensor, Tensor, Tensor] = self.heads(hidden)
        return logits


def load_merged(base: Path, adapter: Path) -> ReaderNetwork:
    """Return the network of the folder `base` with the low-rank adapter merged, in float32.

    Raises `ValueError` where the adapter is not one for this encoder.
    """
    facts = json.loads((adapter / "adapter.json").read_text("utf-8"))
    if tuple(facts["kinds"]) != READER_KINDS:
        raise ValueError(f"{adapter}: kinds {facts['kinds']}, expected {list(READER_KINDS)}")
    encoder, trained = merged_encoder(base, adapter)
    heads = Heads(encoder.config.hidden_size)
    heads.load_state_dict({k[6:]: v for k, v in trained.items() if k.startswith("heads.")})
    return ReaderNetwork(encoder, heads).eval()


def load_saved(folder: Path) -> ReaderNetwork:
    """Return the network that a folder holds whole."""
    encoder = empty_encoder(folder)
    return with_weights(ReaderNetwork(encoder, Heads(encoder.config.hidden_size)), folder)


def with_weights(network: Network, folder: Path) -> Network:
    """Return the network with the weights of a folder that holds it whole, in float32."""
    weights = load_file(folder / "model.safetensors")
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return network.eval()


def empty_encoder(folder: Path) -> MPNetModel:
    """Return MPNet's encoder as the folder's config.json describes it, knowing nothing yet."""
    config = MPNetConfig.from_pretrained(folder, local_files_only=True)
    return MPNetModel(config, add_pooling_layer=False)


def weights_of(base: Path, encoder: MPNetModel) -> dict[str, Tensor]:
    """Return the encoder's weights that the folder `base` has, in float32.

    Raises `ValueError` where one is missing.
    """
    weights = load_file(base / "model.safetensors")
    kept = {name: weights[name].float() for name in encoder.state_dict() if name in weights}
    missing = set(encoder.state_dict()) - set(kept) - {"embeddings.position_ids"}
    if missing:
        raise ValueError(f"{base}: lacks {sorted(missing)[0]}")
    return kept


def merged_encoder(base: Path, adapter: Path) -> tuple[MPNetModel, dict[str, Tensor]]:
    """Return the encoder of `base` with the adapter merged, and all weights of the adapter.

    Hu et al. 2021, https://arxiv.org/abs/2106.09685: W + alpha / rank * B A. Raises `ValueError`
    where the adapter is not one for this encoder.
    """
    encoder = empty_encoder(base)
    kept = weights_of(base, encoder)
    trained = {k: v.float() for k, v in load_file(adapter / "adapter.safetensors").items()}
    facts = json.loads((adapter / "adapter.json").read_text("utf-8"))
    prefix, suffix = "encoder.base_model.model.", ".lora_A.weight"
    for name in [name for name in trained if name.endswith(suffix)]:
        module = name.removesuffix(suffix)
        place = module.removeprefix(prefix) + ".weight"
        if place not in kept:
            raise ValueError(f"{adapter}: {name} is for a layer that the encoder does not have")
        change = trained[f"{module}.lora_B.weight"] @ trained[name]
        kept[place] = kept[place] + facts["alpha"] / facts["rank"] * change
    encoder.load_state_dict(kept, strict=False)
    return encoder, trained
