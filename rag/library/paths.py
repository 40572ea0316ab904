"""Where libraries are kept below Footnote's home folder. Makes paths only: nothing is written."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from rag.absolute_path import absolute_path
from rag.errors import LibraryError

_LONGEST_NAME = 64
_LONGEST_NAME_BYTES = 240
"""So that the longest name of a library's files, `NAME.sqlite-journal`, has at most the 255 bytes
that most file systems take."""
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{device}{number}" for device in ("COM", "LPT") for number in "0123456789¹²³"
}
"""Names that no file can have on Windows, with any suffix either."""


def docs_library_path(home: Path, paths: Sequence[Path]) -> Path:
    """Return where the unnamed library of these files and folders is kept."""
    absolute = sorted({str(absolute_path(path)) for path in paths})
    key = hashlib.sha256("\0".join(absolute).encode("utf-8", "backslashreplace")).hexdigest()
    return unnamed_folder(home) / f"{key[:32]}.sqlite"


def named_library_path(home: Path, name: str) -> Path:
    """Return where the library called `name` is kept. Raises `LibraryError` for an unfit name."""
    return home / "libraries" / "named" / f"{fit_library_name(name)}.sqlite"


def fit_library_name(name: str) -> str:
    """Return the name of a library as it is kept: letters with their accents in one (NFC).

    Raises `LibraryError` for a name that not every system can give a file.
    """
    kept = unicodedata.normalize("NFC", name)
    if (
        not 0 < len(kept) <= _LONGEST_NAME
        or not all(map(_is_fit, kept))
        or not (kept[0].isalnum() and kept[-1] not in " .")
    ):
        raise LibraryError(
            f"library name {name!r}: expected 1 to {_LONGEST_NAME} letters, digits, spaces, '-', "
            "'_' or '.', beginning with a letter or digit, not ending with a space or '.'"
        )
    if len(kept.encode()) > _LONGEST_NAME_BYTES:
        raise LibraryError(
            f"library name {name!r}: its letters take {len(kept.encode())} bytes, more than the "
            f"{_LONGEST_NAME_BYTES} that a file's name has room for; choose a shorter one"
        )
    if is_device(kept):
        raise LibraryError(
            f"library name {name!r}: on Windows this is a device, not a file; choose another"
        )
    return kept


def is_device(name: str) -> bool:
    """Say whether Windows takes a file of this name for one of its devices."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


def _is_fit(character: str) -> bool:
    is_mark = unicodedata.category(character)[0] == "M"  # of a letter that has no form with it
    return character.isalnum() or is_mark or character in " -_."


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


def codes_path(library: Path, token: str) -> Path:
    """Return where a file of codes lies that belongs to the library kept at `library`."""
    return library.with_name(f"{library.stem}.{token}.codes")


def other_codes(library: Path, token: str = "") -> list[Path]:
    """Return the files of codes beside the library kept at `library`, but the one of `token`."""
    own = re.compile(rf"{re.escape(library.stem)}\.[0-9a-f]{{8}}\.codes")
    kept = codes_path(library, token)
    try:
        beside = list(library.parent.iterdir())
    except OSError:
        return []
    return [path for path in beside if own.fullmatch(path.name) and path != kept]


def recognised_pages_path(home: Path) -> Path:
    """Return the folder that keeps what was recognised in pictures, of all libraries."""
    return home / "ocr"
