"""GGUF files turned into safetensors, once, so that later starts load in seconds.

Knows nothing of which models there are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from rag.errors import ModelNotFound
from rag.models.files import sha256_of
from rag.models.made import is_intact, made_folder


def converted_folder(
    source: Path, sha256: str, models: Path, progress: Callable[[str], None], *, remedy: str
) -> Path:
    """Return the folder below `models` with the model of `source` as safetensors, in float16.

    Converts (half a minute for 98 MB) if there is none or if it is damaged; of two processes one
    converts and the other waits. float16 halves the disk space; greedy output in float32 from it
    equalled that from a float32 copy. Raises `ModelNotFound` if `source` does not have `sha256`,
    cannot be read as GGUF, or `models` cannot be written.
    """
    target = _target(source, sha256, models)
    made_before = is_intact(target)
    try:
        made_folder(
            target, lambda folder: _make(folder, source, sha256, progress, remedy), progress
        )
    except OSError as error:
        raise ModelNotFound(
            f"{models}: the converted model cannot be written there ({error.strerror or error}); "
            "free some space, or name another folder in FOOTNOTE_HOME"
        ) from error
    if not made_before:
        progress(f"Converted into {target}.")
    return target


def conversion_state(
    source: Path, sha256: str, models: Path
) -> tuple[Path, Literal["ok", "missing", "damaged"], int]:
    """Return where the converted copy is, its state with every byte checked, and its size."""
    target = _target(source, sha256, models)
    if not target.is_dir():
        return target, "missing", 0
    size = sum(path.stat().st_size for path in target.iterdir())
    return target, "ok" if is_intact(target, every_byte=True) else "damaged", size


def _target(source: Path, sha256: str, models: Path) -> Path:
    return models / f"{source.stem}-{sha256[:12]}"


def _make(
    folder: Path, source: Path, sha256: str, progress: Callable[[str], None], remedy: str
) -> None:
    """Convert `source` into the empty `folder`."""
    if sha256_of(source) != sha256:
        raise ModelNotFound(f"{source} is damaged: expected SHA-256 {sha256[:12]}…; {remedy}")
    progress(
        f"Converting {source.name} ({source.stat().st_size / 1e6:.0f} MB) for faster starts; "
        "this happens once and takes about half a minute."
    )
    _convert(source, folder)


def _convert(source: Path, folder: Path) -> None:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    local: dict[str, Any] = {
        "gguf_file": source.name,
        "local_files_only": True,
        "trust_remote_code": False,
    }
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(source.parent), **local)
        model = AutoModelForCausalLM.from_pretrained(
            str(source.parent),
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
            **local,
        )
    except Exception as error:  # whatever the parsers raise for a file that is not as they expect
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelNotFound(f"{source}: cannot be read as a GGUF model ({reason})") from error
    try:
        model.to(torch.float16).save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
    except SafetensorError as error:
        raise OSError(str(error)) from error
