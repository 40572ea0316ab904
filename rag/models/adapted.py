"""MPNet with one of our adapters, made ready once: unpacked, merged, quantised for this engine.

Takes half a minute and ends as a folder below the home folder, whole or not there. Knows nothing of
what the networks are for.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelNotFound
from rag.models.engines import Engine, Tokens, be_quiet
from rag.models.files import sha256_of
from rag.models.made import is_intact, made_folder, place_of
from rag.models.parts import MPNET_SHA256, find_parts, unpack
from rag.models.quantize import quantize
from rag.models.samples import read_pieces
from rag.models.tokenizer import TextTokenizer, load_tokenizer

WEIGHTS = "adapter.safetensors"
PAD_ID = 1
_RECIPE = 2
"""Another number makes every folder anew."""
_DISK_BYTES = 1_500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """One network over MPNet.

    `called` is what a person is told. `merged` makes the network of (folder of MPNet, folder of the
    adapter), in float32.
    """

    name: str
    called: str
    adapter: Path
    merged: Callable[[Path, Path], Any]
    samples: Callable[[TextTokenizer], Iterable[list[int]]] = read_pieces
    """What the ranges of its numbers are measured on."""

    @property
    def is_shipped(self) -> bool:
        """Whether the adapter is there."""
        return (self.adapter / WEIGHTS).is_file()

    @property
    def id(self) -> str:
        """What names the folder: the network, the encoder, the adapter and the recipe."""
        adapter = sha256_of(self.adapter / WEIGHTS)[:12]
        return f"{self.name}-{MPNET_SHA256[:6]}-{adapter}-{_RECIPE}"

    def is_ready(self, home: Path, engine: Engine) -> bool:
        """Say whether its folder is there, and whole."""
        return self.is_shipped and is_intact(self.place(home, engine))

    def folder(self, home: Path, engine: Engine, say: Callable[[str], None]) -> Path:
        """Return its folder, after making it ready if it is not.

        Raises `ModelNotFound`, with one line, where a part is missing or damaged, the disk is full
        or cannot be written, or memory is short.
        """
        if not self.is_shipped:
            raise ModelNotFound(
                f"{self.adapter}: {self.called}'s adapter is missing; install it again"
            )
        target = self.place(home, engine)
        if is_intact(target):
            return target
        from safetensors import SafetensorError

        parts = find_parts()
        self._check_disk(target)
        say(
            f"Making {self.called} ready (378 MB of parts put together, merged, quantised); "
            "this happens once and takes about a minute."
        )
        try:
            made_folder(target, lambda folder: self._make(folder, parts, engine), say)
        except (OSError, MemoryError, ValueError, SafetensorError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "memory is short"
            raise ModelNotFound(f"{target}: {self.called} cannot be made ({reason})") from error
        return target

    def place(self, home: Path, engine: Engine) -> Path:
        """Return where its folder is, or is to be."""
        return place_of(home, f"{self.id}-{engine}")

    def _check_disk(self, target: Path) -> None:
        place = next(parent for parent in target.parents if parent.exists())
        free = shutil.disk_usage(place).free
        if free < _DISK_BYTES:
            raise ModelNotFound(
                f"{place}: {free / 1e9:.1f} GB free, {self.called} needs {_DISK_BYTES / 1e9:.1f} "
                "while it is made ready"
            )

    def _make(self, folder: Path, parts: list[Path], engine: Engine) -> None:
        be_quiet()
        unpack(parts, folder)
        network = self.merged(folder, self.adapter)
        (folder / "model.safetensors").unlink()
        if engine == "openvino":
            rows = [np.array([ids]) for ids in self.samples(load_tokenizer(folder))]
            samples: list[Tokens] = [
                {"input_ids": row, "attention_mask": np.ones_like(row)} for row in rows
            ]
            quantize(network, samples, tuple(samples[0]), folder)
            return
        import torch
        from safetensors.torch import save_file

        weights = {name: value.to(torch.float16) for name, value in network.state_dict().items()}
        save_file(weights, folder / "model.safetensors")
