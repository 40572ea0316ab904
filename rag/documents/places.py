"""Where libraries are kept below Footnote's home folder. Makes paths only: nothing is written."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rag.errors import LibraryError
from rag.paths import absolute_path

_LONGEST_NAME = 64


def docs_library_path(home: Path, paths: Sequence[Path]) -> Path:
    """Return where the unnamed library of these files and folders is kept."""
    absolute = sorted({str(absolute_path(path)) for path in paths})
    key = hashlib.sha256("\0".join(absolute).encode("utf-8", "backslashreplace")).hexdigest()
    return unnamed_folder(home) / f"{key[:32]}.sqlite"


def named_library_path(home: Path, name: str) -> Path:
    """Return where the library called `name` is kept. Raises `LibraryError` for an unfit name."""
    if (
        not 0 < len(name) <= _LONGEST_NAME
        or not all(character.isalnum() or character in " -_." for character in name)
        or not (name[0].isalnum() and (name[-1].isalnum() or name[-1] in "-_"))
    ):
        raise LibraryError(
            f"library name {name!r}: expected 1 to {_LONGEST_NAME} letters, digits, spaces, '-', "
            "'_' or '.', beginning with a letter or digit, not ending with a space or '.'"
        )
    return home / "libraries" / "named" / f"{name}.sqlite"


def unnamed_folder(home: Path) -> Path:
    """Return the folder of the libraries without a name."""
    return home / "libraries" / "unnamed"


def library_name(path: Path) -> str:
    """Return what the library kept at `path` is called; empty for an unnamed one."""
    return path.stem if path.parent.name == "named" else ""


def home_of(library: Path) -> Path:
    """Return the home folder of a library that is kept at `library`."""
    return library.parents[2]


def named_files_path(home: Path, name: str) -> Path:
    """Return the folder of the copies that belong to the library called `name`."""
    return copies_path(named_library_path(home, name))


def copies_path(library: Path) -> Path:
    """Return the folder of the copies that belong to the named library kept at `library`."""
    return library.with_suffix(".files")


def recognised_pages_path(home: Path) -> Path:
    """Return the folder that keeps what was recognised in pictures, of all libraries."""
    return home / "ocr"
