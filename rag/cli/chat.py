"""The command `footnote chat`: the page in a browser."""

import argparse

from rag.cli.arguments import add_documents, add_generator, add_place, add_threshold
from rag.cli.opening import open_pipeline, show_reading
from rag.cli.terminal import say
from rag.settings import home_folder, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `chat` takes."""
    add_documents(parser)
    add_generator(parser)
    add_threshold(parser)
    add_place(parser)
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--mcp", action="store_true", help="also serve the MCP tool `ask` at /mcp (extra `mcp`)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    settings = load_settings(generator=args.generator)
    from ui.address import check_address

    check_address(args.host, args.port, settings.password)
    if args.mcp:
        from ui.mcp_tool import require_tool

        require_tool()
    from ui.early_import import import_page_meanwhile

    import_page_meanwhile()
    from rag.conversations.store import conversations_path
    from rag.library.qdrant.address import is_shared

    if is_shared(args.library or ""):  # its documents are kept elsewhere: nothing is added here
        pipeline, sessions = open_pipeline(args), None
    else:
        from rag.sessions import open_sessions

        sessions = open_sessions(
            settings,
            docs=args.docs,
            name=args.library,
            say=say,
            progress=show_reading,
            min_confidence=args.min_confidence,
        )
        pipeline = sessions.pipeline()
    from ui.server import serve

    serve(
        pipeline,
        sessions=sessions,
        host=args.host,
        port=args.port,
        password=settings.password,
        open_browser=not args.no_browser,
        mcp=args.mcp,
        conversations=conversations_path(home_folder(settings)),
    )
    return 0
