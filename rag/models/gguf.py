"""GGUF files turned into safetensors, once, so that later starts load in seconds.

The copy is made beside its place and renamed when it is complete, so what an interrupted conversion
leaves is never used. Its files' sizes, times and SHA-256 are recorded beside them. Knows nothing of
which models there are.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from rag.errors import ModelNotFound
from rag.models.files import sha256_of

_RECORD = "footnote.json"
_UNFINISHED = ".converting-"


def converted_folder(
    source: Path, sha256: str, models: Path, progress: Callable[[str], None], *, remedy: str
) -> Path:
    """Return the folder below `models` with the model of `source` as safetensors, in float16.

    Converts (half a minute for 98 MB) if there is none or if it is damaged; of two processes one
    converts and the other waits. float16 halves the disk space; greedy output in float32 from it
    equalled that from a float32 copy. Raises `ModelNotFound` if `source` does not have `sha256`,
    cannot be read as GGUF, or `models` cannot be written.
    """
    from filelock import FileLock

    target = _target(source, sha256, models)
    if _is_intact(target):
        return target
    try:
        models.mkdir(parents=True, exist_ok=True)
        with FileLock(models / ".lock"):
            if not _is_intact(target):
                _replace(target, source, sha256, progress, remedy)
    except OSError as error:
        raise ModelNotFound(
            f"{models}: the converted model cannot be written there ({error.strerror or error}); "
            "free some space, or name another folder in FOOTNOTE_HOME"
        ) from error
    return target


def conversion_state(
    source: Path, sha256: str, models: Path
) -> tuple[Path, Literal["ok", "missing", "damaged"], int]:
    """Return where the converted copy is, its state with every byte checked, and its size."""
    target = _target(source, sha256, models)
    if not target.is_dir():
        return target, "missing", 0
    size = sum(path.stat().st_size for path in target.iterdir())
    return target, "ok" if _is_intact(target, every_byte=True) else "damaged", size


def _target(source: Path, sha256: str, models: Path) -> Path:
    return models / f"{source.stem}-{sha256[:12]}"


def _replace(
    target: Path, source: Path, sha256: str, progress: Callable[[str], None], remedy: str
) -> None:
    """Convert `source` into `target`. The caller holds the lock: unfinished folders are stale."""
    for unfinished in target.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    if sha256_of(source) != sha256:
        raise ModelNotFound(f"{source} is damaged: expected SHA-256 {sha256[:12]}…; {remedy}")
    if target.exists():
        progress(f"{target} is damaged; it is converted again.")
        shutil.rmtree(target)
    progress(
        f"Converting {source.name} ({source.stat().st_size / 1e6:.0f} MB) for faster starts; "
        "this happens once and takes about half a minute."
    )
    with tempfile.TemporaryDirectory(
        prefix=_UNFINISHED, dir=target.parent, ignore_cleanup_errors=True
    ) as unfinished_folder:
        folder = Path(unfinished_folder) / "model"
        _convert(source, folder)
        _write_record(folder)
        os.rename(folder, target)
    progress(f"Converted into {target}.")


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


def _write_record(folder: Path) -> None:
    files = {}
    for path in sorted(folder.iterdir()):
        status = path.stat()
        files[path.name] = {
            "bytes": status.st_size,
            "modified_ns": status.st_mtime_ns,
            "sha256": sha256_of(path),
        }
    (folder / _RECORD).write_text(json.dumps({"files": files}, indent=1), "utf-8")


def _is_intact(folder: Path, *, every_byte: bool = False) -> bool:
    """Say whether the files are those recorded.

    Size and time are enough at a start; a file whose time differs is hashed, and all of them with
    `every_byte` (0.6 s for 270 MB).
    """
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
        for name, expected in record["files"].items():
            status = (folder / name).stat()
            if status.st_size != expected["bytes"]:
                return False
            unchanged = status.st_mtime_ns == expected["modified_ns"]
            if (every_byte or not unchanged) and sha256_of(folder / name) != expected["sha256"]:
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True
