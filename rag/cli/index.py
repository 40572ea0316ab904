"""The command `footnote index`: a library brought up to date, and what changed of it."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.absolute_path import absolute_path
from rag.cli.arguments import UsageError, add_documents
from rag.cli.opening import show_reading
from rag.cli.terminal import print_line, say, show_progress
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from rag.library.refresh import Spread


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
    parser.add_argument(
        "--groups",
        nargs="+",
        default=[],
        metavar="GROUP",
        help="who may read what is added (--add, to a library at qdrant://; everyone)",
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="read on the machines of a Ray cluster, or on all cores of this one (extra `ray`)",
    )


def run(args: argparse.Namespace) -> int:
    """Bring the library up to date and say what was added, changed and removed."""
    if (args.add or args.remove) and not args.library:
        option = "--add" if args.add else "--remove"
        raise UsageError(f"{option} goes with --library NAME; --docs already names everything")
    from rag.library.qdrant.address import is_shared

    if args.groups and not (args.add and is_shared(args.library or "")):
        raise UsageError("--groups goes with --add PATH and --library qdrant://HOST:PORT/NAME")
    if args.ray and not is_shared(args.library or ""):
        raise UsageError("--ray goes with --library qdrant://HOST:PORT/NAME")
    from rag.assemble import load_embedder, refresh_library
    from rag.models.catalog import DEFAULT, LARGE_EMBEDDER

    settings = load_settings()
    if is_shared(args.library or "") and settings.embedder == DEFAULT:
        # The small one stands in at home; here it would start over what all others read.
        settings = replace(settings, embedder=LARGE_EMBEDDER)
    embedder, library_id = load_embedder(settings, say)
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
        groups=args.groups,
        spread=_spread(args, settings) if args.ray else None,
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


def _spread(args: argparse.Namespace, settings: Settings) -> "Spread":
    """Return what reads files on the machines of a cluster, each worker with one thread."""
    from rag.assemble import load_embedder
    from rag.library.spreading import read_spread

    def show(name: str, done: int, documents: int) -> None:
        show_progress(f"read {done:,} of {documents:,}: {name}" if done < documents else "")

    return lambda sources: read_spread(
        args.library,
        sources,
        replace(settings, threads=1),
        load_embedder,
        cluster=args.ray,
        progress=show,
    )
