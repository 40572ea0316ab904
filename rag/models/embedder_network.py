"""The embedder as a torch module: an encoder, the mean of its tokens' states, unit length.

Imported only when a model is made or run on torch. Knows tensors; knows nothing of texts.
"""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from rag.models.adapter import add_changes
from rag.models.reader_network import empty_encoder, weights_of, with_weights


class Pooled(nn.Module):
    """Token ids (n, t) and what is no padding of them to unit vectors (n, d)."""

    def __init__(self, encoder: Any) -> None:
        """Take an encoder that is already loaded."""
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the vectors."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        mask = attention_mask.unsqueeze(-1).float()
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return nn.functional.normalize(pooled, dim=-1)


def load_taught(base: Path, adapter: Path) -> Pooled:
    """Return MPNet of the folder `base` with what it was taught added, in float32.

    Raises `ValueError` where the adapter is not one for this encoder.
    """
    encoder = empty_encoder(base)
    encoder.load_state_dict(weights_of(base, encoder), strict=False)
    add_changes(encoder, adapter / "adapter.safetensors")
    return Pooled(encoder).eval()


def load_saved(folder: Path) -> Pooled:
    """Return the network that a folder holds whole."""
    return with_weights(Pooled(empty_encoder(folder)), folder)
