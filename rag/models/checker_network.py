"""The checker as a torch module: MPNet's encoder and a head of three classes on its first token.

Imported only when a model is made or trained. Knows tensors; knows nothing of sentences.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from rag.models.reader_network import empty_encoder, merged_encoder, with_weights

LABELS = ("supported", "contradicted", "open")


class CheckerHead(nn.Module):
    """What is read off the first token's last state."""

    def __init__(self, width: int, dropout: float = 0.1) -> None:
        """Make a head that knows nothing yet."""
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.pool = nn.Linear(width, width)
        self.label = nn.Linear(width, len(LABELS))

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the logits (n, 3) of (n, t, width) states."""
        first = self.dropout(hidden[:, 0].float())
        logits: Tensor = self.label(self.dropout(torch.tanh(self.pool(first))))
        return logits.float()


class CheckerNetwork(nn.Module):
    """Encoder and head, for checking only."""

    def __init__(self, encoder: nn.Module, head: CheckerHead) -> None:
        """Take both, already loaded."""
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the logits (n, 3) for token ids (n, t)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        logits: Tensor = self.head(hidden)
        return logits


def load_merged(base: Path, adapter: Path) -> CheckerNetwork:
    """Return the network of the folder `base` with the low-rank adapter merged, in float32.

    Raises `ValueError` where the adapter is not one for this encoder.
    """
    encoder, trained = merged_encoder(base, adapter)
    head = CheckerHead(encoder.config.hidden_size)
    head.load_state_dict({k[5:]: v for k, v in trained.items() if k.startswith("head.")})
    return CheckerNetwork(encoder, head).eval()


def load_saved(folder: Path) -> CheckerNetwork:
    """Return the network that a folder holds whole."""
    encoder = empty_encoder(folder)
    return with_weights(CheckerNetwork(encoder, CheckerHead(encoder.config.hidden_size)), folder)
