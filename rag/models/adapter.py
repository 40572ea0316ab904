"""What a network was taught, apart from the network: changes of its weights, added to them.

Imported only when a model is loaded, made or trained. Knows tensors; knows nothing of what the
network is for.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

CHANGE, UP, DOWN = ".change", ".up", ".down"
"""Suffixes of a weight's name: its whole change, or the factors (out, r) and (r, in) of it."""


def add_changes(network: nn.Module, file: Path) -> None:
    """Add the changes in `file` to the weights of `network`, in place.

    Raises `ValueError` where the file is not one for this network, and then nothing is changed.
    """
    stored = {name: value.float() for name, value in load_file(file).items()}
    weights = dict(network.named_parameters())
    changes = _changes(stored)
    for name, change in changes.items():
        if name not in weights or weights[name].shape != change.shape:
            found = tuple(weights[name].shape) if name in weights else "no such weight"
            raise ValueError(f"{file.name}: {name} has shape {tuple(change.shape)}, not {found}")
    with torch.no_grad():
        for name, change in changes.items():
            weights[name].add_(change)


def _changes(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the change of each weight."""
    whole = {n.removesuffix(CHANGE): value for n, value in stored.items() if n.endswith(CHANGE)}
    factored = {
        name.removesuffix(UP): up @ stored[name.removesuffix(UP) + DOWN]
        for name, up in stored.items()
        if name.endswith(UP)
    }
    return whole | factored


def low_rank(change: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Return the factors (out, rank) and (rank, in) of what is nearest to `change`, (out, in).

    By the singular value decomposition (Eckart and Young 1936), its values shared by both.
    """
    left, values, right = torch.linalg.svd(change, full_matrices=False)
    root = values[:rank].sqrt()
    return left[:, :rank] * root, root[:, None] * right[:rank]
