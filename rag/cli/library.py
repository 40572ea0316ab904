"""The command `footnote library`: copy a library to another home, say who may read of a shared one.

What is heavy is imported when the command runs.
"""

import argparse
from typing import TYPE_CHECKING, Any

from rag.absolute_path import absolute_path
from rag.cli.terminal import print_line, say, show_progress
from rag.errors import LibraryError
from rag.settings import Settings, home_folder, load_settings

if TYPE_CHECKING:
    from rag.library.protocol import Library


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `library` takes."""
    acts = parser.add_subparsers(required=True, metavar="ACTION")
    copy = acts.add_parser("copy", help="let library B hold just what library A does")
    copy.add_argument("source", metavar="A", help="a library's name, or qdrant://HOST:PORT/NAME")
    copy.add_argument("target", metavar="B", help="an empty or new library, or a copy of A")
    copy.set_defaults(act=_copy)
    share = acts.add_parser("share", help="let only some groups read files of a shared library")
    share.add_argument("library", metavar="LIBRARY", help="qdrant://HOST:PORT/NAME")
    share.add_argument("paths", nargs="+", type=absolute_path, metavar="PATH")
    share.add_argument(
        "--groups", nargs="*", default=[], metavar="GROUP", help="who may read them (everyone)"
    )
    share.set_defaults(act=_share)


def run(args: argparse.Namespace) -> int:
    """Do what is asked; return the exit code. Raises `LibraryError`."""
    act: Any = args.act
    return int(act(args))


def _copy(args: argparse.Namespace) -> int:
    from rag.answering.library_calibration import KEY
    from rag.library.copying import copy_library

    if args.source == args.target:
        raise LibraryError(f"library {args.source!r}: expected two, a source and a target")
    settings = load_settings()
    with _open(settings, args.source, create=False) as source:
        dimension = _dimension(source)
        with _open(settings, args.target, create=True, dimension=dimension) as target:
            copied = copy_library(source, target, _progress, [KEY])
            documents, passages = target.document_count(), target.passage_count()
    print_line(
        f"copied {copied.documents:,} documents, {copied.passages:,} passages; "
        f"{copied.there:,} were there, {copied.removed:,} removed"
    )
    print_line(f"{args.target}: {documents:,} documents, {passages:,} passages, the same as there")
    return 0


def _share(args: argparse.Namespace) -> int:
    from rag.library.qdrant.address import is_shared
    from rag.library.qdrant.library import QdrantLibrary

    if not is_shared(args.library):
        raise LibraryError(
            f"library {args.library!r}: is not shared, who may open it reads all of it; expected "
            "qdrant://HOST:PORT/NAME"
        )
    with _open(load_settings(), args.library, create=False) as library:
        if isinstance(library, QdrantLibrary):
            for path in args.paths:
                count = library.share(str(path), args.groups)
                who = ", ".join(args.groups) or "everyone"
                print_line(f"{path}: {count:,} documents, read by {who}")
    return 0


def _open(settings: Settings, name: str, *, create: bool, dimension: int = 0) -> "Library":
    """Return a library as it is, without its embedder, whose files alone are looked at."""
    from rag.assemble import embedder_id
    from rag.library.library import open_library
    from rag.library.paths import named_library_path
    from rag.library.qdrant.address import is_shared
    from rag.library.qdrant.opening import open_shared
    from rag.library.recipe import library_recipe

    embedder = embedder_id(settings)
    if is_shared(name):
        recipe = library_recipe(embedder, settings.passage_tokens)
        if create:
            recipe["dimension"] = str(dimension)
        return open_shared(name, key=settings.qdrant_api_key, recipe=recipe, create=create)
    file = named_library_path(home_folder(settings), name)
    if not create and not file.exists():
        raise LibraryError(
            f"there is no library {name!r}: `footnote libraries` lists those there are"
        )
    return open_library(file, embedder_id=embedder, passage_tokens=settings.passage_tokens, say=say)


def _dimension(source: "Library") -> int:
    """Return how many numbers a library's vectors have; 0 where it has none."""
    from rag.library.copying import dimension_of

    return dimension_of(source)


def _progress(name: str, number: int, documents: int) -> None:
    show_progress(f"copying {number:,} of {documents:,}: {name}" if number < documents else "")
