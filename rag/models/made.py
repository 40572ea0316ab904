"""Folders that are made once from other files, and are whole or not there.

A folder is made beside its place and renamed when it is complete: what an interrupted run leaves
is never used. The sizes, times and SHA-256 of its files are recorded there. Knows no models.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from rag.models.files import sha256_of
from rag.settings import Settings, home_folder

_RECORD = "footnote.json"
_UNFINISHED = ".converting-"


def place_of(home: Path, name: str) -> Path:
    """Return where the made folder called `name` is, or is to be made: below `home`.

    One that set-up has made in the user's own home serves every other home too.
    """
    own, shared = home / "models" / name, shared_home() / "models" / name
    return shared if own != shared and not own.exists() and is_intact(shared) else own


def shared_home() -> Path:
    """Return the user's own home folder of Footnote, whatever home is set."""
    return home_folder(Settings())


def made_folder(
    target: Path, make: Callable[[Path], None], progress: Callable[[str], None]
) -> None:
    """See that `target` is whole: if not, `make` gets an empty folder that takes its place.

    Of two processes one makes it and the other waits. Raises `OSError`, and what `make` raises.
    """
    from filelock import FileLock

    if is_intact(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.parent / ".lock"):
        if is_intact(target):
            return
        for unfinished in target.parent.glob(f"{_UNFINISHED}*"):  # stale: this process has the lock
            shutil.rmtree(unfinished, ignore_errors=True)
        if target.exists():
            progress(f"{target} is damaged; it is made again.")
            shutil.rmtree(target)
        with tempfile.TemporaryDirectory(
            prefix=_UNFINISHED, dir=target.parent, ignore_cleanup_errors=True
        ) as unfinished_folder:
            folder = Path(unfinished_folder) / "model"
            folder.mkdir()
            make(folder)
            _write_record(folder)
            os.rename(folder, target)


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


def is_intact(folder: Path, *, every_byte: bool = False) -> bool:
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
