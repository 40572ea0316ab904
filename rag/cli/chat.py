"""The command `footnote chat`: the page in a browser."""

import argparse

from rag.cli.arguments import add_documents, add_generator, add_threshold
from rag.cli.opening import show_reading
from rag.cli.terminal import say
from rag.settings import home_folder, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `chat` takes."""
    add_documents(parser)
    add_generator(parser)
    add_threshold(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, help="port to listen on (7860)")
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
    from rag.sessions import open_sessions

    sessions = open_sessions(
        settings,
        docs=args.docs,
        name=args.library,
        say=say,
        progress=show_reading,
        min_confidence=args.min_confidence,
    )
    from ui.server import serve

    serve(
        sessions.pipeline(),
        sessions=sessions,
        host=args.host,
        port=args.port,
        password=settings.password,
        open_browser=not args.no_browser,
        mcp=args.mcp,
        conversations=conversations_path(home_folder(settings)),
    )
    return 0


def _port(text: str) -> int:
    """Return a port, 0 for a free one; others would be taken modulo 65536."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535")
    return int(text)
