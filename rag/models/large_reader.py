"""The larger reader, made ready once: unpacked, its adapter merged, quantised for this engine.

Takes half a minute and ends as a folder below the home folder, whole or not there. Knows nothing of
passages or answers.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.errors import ModelNotFound
from rag.models.engines import (
    Engine,
    OpenVinoReader,
    SpanModel,
    Tokens,
    TorchReader,
    be_quiet,
    quantize,
)
from rag.models.files import sha256_of
from rag.models.made import is_intact, made_folder, place_of
from rag.models.parts import MPNET_SHA256, find_parts, unpack
from rag.models.samples import seed_questions
from rag.models.tokenizer import TextTokenizer, load_tokenizer

ADAPTER = Path(__file__).resolve().parents[1] / "reader_mpnet"
LARGE = "mpnet"
_RECIPE = 1
"""Another number makes every folder anew."""
_DISK_BYTES = 1_500_000_000
_PAD_ID = 1
_INPUTS = ("input_ids", "attention_mask")


def large_reader_id() -> str:
    """Return what a confidence or a folder was made with: encoder, adapter and recipe."""
    return f"{LARGE}-{MPNET_SHA256[:6]}-{sha256_of(ADAPTER / 'adapter.safetensors')[:12]}-{_RECIPE}"


def large_reader_is_ready(home: Path, engine: Engine) -> bool:
    """Say whether the folder of the larger reader is there, and whole."""
    return (ADAPTER / "adapter.safetensors").is_file() and is_intact(_target(home, engine))


def load_large_reader(
    home: Path, engine: Engine, threads: int, say: Callable[[str], None]
) -> tuple[TextTokenizer, SpanModel]:
    """Return (tokenizer, model) of the larger reader, after making it ready if it is not.

    Raises `ModelNotFound`, with one line, where a part is missing or damaged, the disk is full or
    cannot be written, or memory is short.
    """
    if not (ADAPTER / "adapter.safetensors").is_file():
        raise ModelNotFound(f"{ADAPTER}: the larger reader's adapter is missing; install it again")
    target = _target(home, engine)
    if not is_intact(target):
        parts = find_parts()
        _check_disk(target)
        say(
            "Making the larger reader ready (378 MB of parts put together, merged, quantised); "
            "this happens once and takes about a minute."
        )
        try:
            made_folder(target, lambda folder: _make(folder, parts, engine), say)
        except (OSError, MemoryError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "memory is short"
            raise ModelNotFound(f"{target}: the larger reader cannot be made ({reason})") from error
    tokenizer = load_tokenizer(target)
    if engine == "openvino":
        return tokenizer, OpenVinoReader(target, threads, _PAD_ID)
    return tokenizer, TorchReader(_load_network(target), _INPUTS, _PAD_ID)


def _target(home: Path, engine: Engine) -> Path:
    return place_of(home, f"{large_reader_id()}-{engine}")


def _check_disk(target: Path) -> None:
    place = next(parent for parent in target.parents if parent.exists())
    free = shutil.disk_usage(place).free
    if free < _DISK_BYTES:
        raise ModelNotFound(
            f"{place}: {free / 1e9:.1f} GB free, the larger reader needs {_DISK_BYTES / 1e9:.1f} "
            "while it is made ready"
        )


def _make(folder: Path, parts: list[Path], engine: Engine) -> None:
    from rag.models.reader_network import load_merged

    be_quiet()
    unpack(parts, folder)
    network = load_merged(folder, ADAPTER)
    (folder / "model.safetensors").unlink()
    if engine == "openvino":
        samples: list[Tokens] = [
            {name: tokens[name] for name in _INPUTS}
            for tokens in seed_questions(load_tokenizer(folder))
        ]
        quantize(network, samples, _INPUTS, folder)
        return
    import torch
    from safetensors.torch import save_file

    weights = {name: value.to(torch.float16) for name, value in network.state_dict().items()}
    save_file(weights, folder / "model.safetensors")


def _load_network(folder: Path) -> Any:
    from safetensors.torch import load_file
    from transformers import MPNetConfig, MPNetModel

    from rag.models.reader_network import Heads, ReaderNetwork

    config = MPNetConfig.from_pretrained(folder, local_files_only=True)
    network = ReaderNetwork(MPNetModel(config, add_pooling_layer=False), Heads(config.hidden_size))
    weights = load_file(folder / "model.safetensors")
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return network.eval()
