"""The built-in embedder for OpenVINO in int8: mean pooling and unit length are part of the model.

Made once, as a folder below the home folder. Knows nothing of passages or libraries.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelNotFound
from rag.models.catalog import BUILT_IN
from rag.models.engines import Tokens, be_quiet, compile_model, quantize
from rag.models.find import ModelFiles, check_model, embedder_id
from rag.models.made import is_intact, made_folder, place_of
from rag.seed import seed_articles

_RECIPE = 1
_SAMPLES = 64
_SAMPLE_CHARACTERS = 500


def has_quick_embedder(files: ModelFiles) -> bool:
    """Say whether the model is one whose pooling is known here: the built-in one."""
    return any(model.kind == files.kind and model.name == files.name for model in BUILT_IN)


def load_quick_embedder(
    files: ModelFiles, home: Path, threads: int, say: Callable[[str], None]
) -> tuple[Any, Any]:
    """Return (tokenizer, compiled model), after making it ready if it is not.

    Raises `ModelNotFound`, with one line, where it cannot be made or run.
    """
    target = place_of(home, f"{embedder_id(files).replace('@', '-')}-{_RECIPE}-openvino")
    if not is_intact(target):
        say(f"Making {files.name} ready (quantised); this happens once.")
        check_model(files)
        try:
            made_folder(target, lambda folder: _make(folder, files), say)
        except (OSError, MemoryError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "memory is short"
            raise ModelNotFound(f"{target}: cannot be made ({reason})") from error
    return _load_tokenizer(files), compile_model(target, threads)


def _load_tokenizer(files: ModelFiles) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(files.folder / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


def _make(folder: Path, files: ModelFiles) -> None:
    import torch
    from torch import nn
    from transformers import AutoModel

    class Pooled(nn.Module):
        def __init__(self, encoder: Any) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).float()
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            return nn.functional.normalize(pooled, dim=-1)

    be_quiet()
    encoder = AutoModel.from_pretrained(
        files.folder, local_files_only=True, trust_remote_code=False, dtype=torch.float32
    )
    samples = list(_samples(_load_tokenizer(files)))
    quantize(Pooled(encoder).eval(), samples, ("input_ids", "attention_mask"), folder)


def _samples(tokenizer: Any) -> Iterator[Tokens]:
    """Yield pieces of the seed article: what quantising measures its ranges on."""
    tokenizer.enable_truncation(256)
    text = "\n".join(path.read_text("utf-8") for path in seed_articles())
    for number in range(_SAMPLES):
        start = number * len(text) // _SAMPLES
        ids = np.array([tokenizer.encode(text[start : start + _SAMPLE_CHARACTERS]).ids])
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}
