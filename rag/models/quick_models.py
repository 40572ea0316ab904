"""The built-in MiniLM networks, embedder and small reader, for OpenVINO in int8.

Each is made once, as a folder below the home folder; the embedder's mean pooling and unit length
are part of its model. Knows nothing of passages or libraries.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelNotFound
from rag.models.catalog import BUILT_IN
from rag.models.engines import (
    OpenVinoEncoder,
    OpenVinoReader,
    SpanModel,
    TextEncoder,
    Tokens,
    be_quiet,
)
from rag.models.find import ModelFiles, check_model, model_id
from rag.models.made import is_intact, made_folder, place_of
from rag.models.quantize import quantize
from rag.models.samples import embedded_pieces, seed_questions
from rag.models.tokenizer import TextTokenizer, load_tokenizer

_RECIPE = 2
"""Another number makes every folder anew."""


def is_quick(files: ModelFiles) -> bool:
    """Say whether the model is one whose network is known here: a built-in one."""
    return any(model.kind == files.kind and model.name == files.name for model in BUILT_IN)


def load_quick_embedder(
    files: ModelFiles, home: Path, threads: int, say: Callable[[str], None]
) -> tuple[TextTokenizer, TextEncoder]:
    """Return (tokenizer, encoder), after making it ready if it is not.

    Raises `ModelNotFound`, with one line, where it cannot be made or run.
    """
    folder = _made(files, home, _make_embedder, say)
    return load_tokenizer(files.folder), OpenVinoEncoder(folder, threads, pad_id=0)


def load_quick_reader(
    files: ModelFiles, home: Path, threads: int, say: Callable[[str], None]
) -> tuple[TextTokenizer, SpanModel]:
    """Return (tokenizer, model), after making it ready if it is not.

    Raises `ModelNotFound`, with one line, where it cannot be made or run.
    """
    folder = _made(files, home, _make_reader, say)
    return load_tokenizer(files.folder), OpenVinoReader(folder, threads, pad_id=0)


def _made(
    files: ModelFiles,
    home: Path,
    make: Callable[[Path, ModelFiles], None],
    say: Callable[[str], None],
) -> Path:
    """Return the folder of the model, made ready if it is not."""
    target = place_of(home, f"{model_id(files).replace('@', '-')}-{_RECIPE}-openvino")
    if not is_intact(target):
        say(f"Making {files.name} ready (quantised); this happens once.")
        check_model(files)
        try:
            made_folder(target, lambda folder: make(folder, files), say)
        except (OSError, MemoryError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "memory is short"
            raise ModelNotFound(f"{target}: cannot be made ({reason})") from error
    return target


def _make_embedder(folder: Path, files: ModelFiles) -> None:
    import torch
    from transformers import AutoModel

    from rag.models.embedder_network import Pooled

    be_quiet()
    encoder = AutoModel.from_pretrained(
        files.folder, local_files_only=True, trust_remote_code=False, dtype=torch.float32
    )
    if files.adapter is not None:
        from rag.models.adapter import add_changes

        add_changes(encoder, files.adapter)
    samples: list[Tokens] = []
    for ids in embedded_pieces(load_tokenizer(files.folder)):
        row = np.array([ids])
        samples.append({"input_ids": row, "attention_mask": np.ones_like(row)})
    quantize(Pooled(encoder).eval(), samples, ("input_ids", "attention_mask"), folder)


def _make_reader(folder: Path, files: ModelFiles) -> None:
    import torch
    from torch import nn
    from transformers import AutoModelForQuestionAnswering

    class Spans(nn.Module):
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor,
        ) -> tuple[torch.Tensor, torch.Tensor]:
            out = self.model(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            )
            return out.start_logits, out.end_logits

    be_quiet()
    model = AutoModelForQuestionAnswering.from_pretrained(
        files.folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
    )
    samples: list[Tokens] = [
        {
            "input_ids": row.ids[np.newaxis],
            "attention_mask": np.ones((1, len(row)), dtype=np.int64),
            "token_type_ids": row.type_ids[np.newaxis],
        }
        for row in seed_questions(load_tokenizer(files.folder))
    ]
    quantize(Spans(model).eval(), samples, tuple(samples[0]), folder)
