"""The command `footnote libraries`: list all libraries, delete some, give back unused room."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.terminal import print_line
from rag.settings import home_folder, load_settings
from rag.sizes import readable_bytes

if TYPE_CHECKING:
    from rag.library.stored_libraries import StoredLibrary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `libraries` takes."""
    parser.add_argument(
        "--delete",
        nargs="+",
        default=[],
        metavar="NAME",
        help="delete these, with the copies in them; your own files stay where they are",
    )
    parser.add_argument(
        "--compact",
        action="store_true",
        help="write all of them anew, without the room that removed documents took",
    )


def run(args: argparse.Namespace) -> int:
    """Delete and shrink what was named, else list; return the exit code. Raises `LibraryError`."""
    from rag.library.stored_libraries import (
        delete_stored,
        find_stored,
        forget_pages,
        shrink_library,
        stored_libraries,
    )

    home = home_folder(load_settings())
    for library in [find_stored(home, name) for name in dict.fromkeys(args.delete)]:
        delete_stored(home, library)
        print_line(f"deleted {library.name}, {readable_bytes(library.bytes)}")
    if args.compact:
        for library in stored_libraries(home):
            given_back = library.bytes - shrink_library(library)
            print_line(f"{library.name}: {readable_bytes(max(0, given_back))} given back")
        forget_pages(home)
    if not args.delete and not args.compact:
        _list(home)
    return 0


def _list(home: Path) -> None:
    from rag.library.stored_libraries import pages_bytes, stored_libraries

    libraries = stored_libraries(home)
    width = max((len(library.name) for library in libraries), default=0)
    for library in libraries:
        print_line(
            f"{library.name:{width}}  {_documents(library):>14}  "
            f"{readable_bytes(library.bytes):>9}  read {_when(library.read_at)}  "
            f"{', '.join(library.places)}".rstrip()
        )
    count = f"{len(libraries):,} librar{'y' if len(libraries) == 1 else 'ies'}"
    total = sum(library.bytes for library in libraries)
    print_line(f"{count}, {readable_bytes(total)}, in {home / 'libraries'}")
    pages = pages_bytes(home)
    if pages:
        print_line(f"text recognised in pictures: {readable_bytes(pages)}, in {home / 'ocr'}")


def _documents(library: "StoredLibrary") -> str:
    if library.documents is None:
        return "cannot be read"
    return f"{library.documents:,} document{'' if library.documents == 1 else 's'}"


def _when(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else "never"
