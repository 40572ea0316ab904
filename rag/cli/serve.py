"""The command `footnote serve`: one library for many, behind a proxy that signs people in.

What is heavy is imported when the command runs.
"""

import argparse
from typing import TYPE_CHECKING

from rag.cli.arguments import add_generator, add_place, add_threshold
from rag.cli.terminal import say
from rag.errors import LibraryError
from rag.settings import home_folder, load_settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline
    from rag.library.protocol import Library


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `serve` takes."""
    add_place(parser)
    add_generator(parser)
    add_threshold(parser)
    parser.add_argument(
        "--library", required=True, metavar="NAME", help="qdrant://HOST:PORT/NAME, or one made here"
    )
    parser.add_argument(
        "--trusted-proxy",
        nargs="+",
        default=["127.0.0.1", "::1"],
        metavar="ADDRESS",
        help="addresses and networks whose word on who asks counts (this machine's)",
    )
    parser.add_argument(
        "--user-header",
        default="X-Forwarded-User",
        metavar="NAME",
        help="header in which the proxy says who asks (X-Forwarded-User)",
    )
    parser.add_argument(
        "--groups-header",
        default="X-Forwarded-Groups",
        metavar="NAME",
        help="header with that person's groups, between commas (X-Forwarded-Groups)",
    )
    parser.add_argument(
        "--public-name",
        nargs="+",
        default=[],
        metavar="NAME",
        help="names under which the proxy is reached, as in the Host header",
    )
    parser.add_argument(
        "--per-minute",
        type=_count,
        default=20,
        metavar="N",
        help="questions that a person may ask in a minute (20)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until it is told to end; return the exit code."""
    settings = load_settings(generator=args.generator)
    try:
        from ui.service import Service

        service = Service(per_minute=args.per_minute)
    except ImportError:
        raise LibraryError(
            "a server for many needs one more package: pip install 'footnote[serve]'"
        ) from None
    from ui.many import Many
    from ui.person import groups_of, make_proxy

    many = Many(
        proxy=make_proxy(args.trusted_proxy, args.user_header, args.groups_header),
        service=service,
        public_names=tuple(args.public_name),
    )
    from ui.address import listen

    listen(args.host, args.port).close()
    from rag.assemble import load_models, make_pipeline
    from rag.conversations.store import conversations_path
    from rag.library.refresh import open_as_it_is
    from rag.readers import Readers

    models = load_models(settings, say)
    library = open_as_it_is(settings, models.embedder, models.library_id, args.library, say)

    def pipeline_over(library: "Library") -> "Pipeline":
        return make_pipeline(settings, models, library, say=say, min_confidence=args.min_confidence)

    from ui.server import serve

    readers = Readers(library, pipeline_over, groups_of)
    try:
        serve(
            readers.pipeline(),
            sessions=readers,
            host=args.host,
            port=args.port,
            many=many,
            conversations=conversations_path(home_folder(settings)),
        )
    finally:
        readers.close()
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number, 1 to 10000")
    return int(text)
