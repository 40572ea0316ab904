"""The command `footnote index`: a library brought up to date, and what changed of it."""

import argparse

from rag.absolute_path import absolute_path
from rag.cli.arguments import UsageError, add_documents
from rag.cli.opening import show_reading
from rag.cli.terminal import print_line, say
from rag.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `index` takes."""
    add_documents(parser)
    parser.add_argument(
        "--add",
        type=absolute_path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="also read these (--library)",
    )
    parser.add_argument(
        "--remove",
        type=absolute_path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="read these no longer (--library); your own files stay where they are",
    )


def run(args: argparse.Namespace) -> int:
    """Bring the library up to date and say what was added, changed and removed."""
    if (args.add or args.remove) and not args.library:
        option = "--add" if args.add else "--remove"
        raise UsageError(f"{option} goes with --library NAME; --docs already names everything")
    from rag.assemble import load_embedder, refresh_library

    settings = load_settings()
    embedder, library_id = load_embedder(settings)
    library, changes = refresh_library(
        settings,
        embedder,
        library_id,
        docs=args.docs,
        name=args.library,
        say=say,
        progress=show_reading,
        add=args.add,
        remove=args.remove,
    )
    with library:
        for label in ("added", "changed", "removed"):
            for name in getattr(changes, label):
                print_line(f"{label} {name}")
        print_line(
            f"{library.document_count()} documents, {library.passage_count()} passages; "
            f"{len(changes.unchanged)} unchanged"
        )
    return 0
