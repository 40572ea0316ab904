"""Serving the page: address, password, look, Ctrl-C. Knows uvicorn, not answers."""

import asyncio
import socket
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import uvicorn
from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from rag.cli.terminal import say
from rag.sessions import Sessions
from ui.address import check_password, listen
from ui.app import build_page
from ui.chat import Chat
from ui.conversation_keeping import Keeping
from ui.documents import Documents
from ui.guard import MAX_BODY_BYTES, guarded
from ui.many import FINISH_SECONDS, Many, person_of
from ui.mcp_tool import TOOL_PATH, Tool
from ui.service import HEALTH, METRICS
from ui.uploads import UPLOAD_ROUTE, Uploads

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline
    from rag.readers import Readers

USER = "footnote"
_THREADS = 400
"""For the page's handlers. A page that waits for its turn takes one, and Gradio's own 40 were taken
soon; they cost next to nothing while they wait."""
_HERE = Path(__file__).parent
_SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONOSPACED_FONTS = ("ui-monospace", "SF Mono", "Menlo", "Consolas", "monospace")


def serve(
    pipeline: "Pipeline",
    *,
    host: str,
    port: int,
    password: str = "",
    open_browser: bool = False,
    mcp: bool = False,
    conversations: Path | None = None,
    sessions: "Sessions | Readers | None" = None,
    many: Many | None = None,
) -> None:
    """Serve the page until Ctrl-C or its like, which arrive here as `KeyboardInterrupt`.

    Port 0 takes a free one. `mcp` serves the tool of `ui.mcp_tool` as well. `conversations` is the
    file that they are kept in; without one none are. With `sessions` each may choose its library
    and add files; `pipeline` is the first one's. With `many` it is for those whom a proxy
    signs in, within limits. Writes the address to standard error. Raises
    `SettingsError` for a host that others can reach without a password, `RagError` where the
    address cannot be used.
    """
    if many is None:
        check_password(host, password)
    listener = listen(host, port)
    address = _address(host, listener.getsockname()[1])
    chat = Chat(pipeline, Keeping(conversations), sessions, many.service if many else None)
    documents = open_documents(chat)
    application, gradio_app = web_application(
        chat, documents, host=host, password=password, mcp=mcp, many=many
    )
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=1,
        server_header=False,
        proxy_headers=False,  # who asks is told by the connection, not by a header
    )
    if mcp:
        say(f"the MCP tool `ask` will be at {address}{TOOL_PATH}")
    server = _Server(config, chat, documents, gradio_app, address, open_browser)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
        if documents is not None:
            documents.uploads.close()


def open_documents(chat: Chat) -> Documents | None:
    """Return what the Documents view does, if each session of `chat` may choose its library."""
    if not isinstance(chat.sessions, Sessions):
        return None
    uploads = Uploads(chat.sessions.home, chat.sessions.settings.max_upload_bytes)
    return Documents(chat, chat.sessions, uploads)


def web_application(
    chat: Chat,
    documents: Documents | None = None,
    *,
    host: str,
    password: str = "",
    mcp: bool = False,
    many: Many | None = None,
) -> tuple[ASGIApp, Any]:
    """Return the guarded ASGI application for a server bound to `host`, and Gradio's inside it.

    The page is mounted rather than launched: `launch` obeys GRADIO_* variables, calls itself
    through a proxy if one is set, and leaves neither the port nor Ctrl-C to its caller.
    """
    blocks = build_page(chat, documents)
    blocks.is_running = True  # as `launch` sets it: waiting event streams are kept alive
    blocks.limiter = CapacityLimiter(_THREADS)
    tool = Tool(chat.ask, user=USER, password=password) if mcp else None
    routes: list[BaseRoute] = [Route(TOOL_PATH, tool)] if tool else []
    routes += many.routes(chat.pipeline.library) if many else []
    parent = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=tool.running if tool else None,
        routes=routes,
    )
    largest_upload = 0
    if documents is not None:
        parent.add_route(UPLOAD_ROUTE, documents.uploads.receive, methods=["POST"])
        largest_upload = documents.uploads.max_bytes
    gr.mount_gradio_app(
        parent,
        blocks,
        path="/",
        auth=(USER, password) if password else None,
        auth_dependency=person_of if many else None,
        auth_message=f"Footnote. The user name is {USER}." if password else None,
        root_path="",
        show_error=False,
        max_file_size=MAX_BODY_BYTES,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        favicon_path=str(_HERE / "favicon.svg"),
        theme=_theme(),
        # In `head` and not `css`, whose selectors Gradio rewrites, those in @media wrongly.
        head=f"<style>{_read('page.css')}{_read('documents.css')}</style>",
        js=_read("page.js"),
    )
    mounted: Any = parent.routes[-1]
    guard = guarded(
        parent,
        host,
        largest_upload=largest_upload,
        more_routes=[TOOL_PATH] * mcp + [HEALTH, METRICS] * bool(many),
        proxy=many.proxy if many else None,
        public_names=many.public_names if many else (),
    )
    return guard, mounted.app


def end_streams(chat: Chat, documents: Documents | None, gradio_app: Any) -> None:
    """Let go of what a page keeps open, so that the server can end."""
    chat.stop_all()
    if documents is not None:
        documents.stop_all()
    gradio_app.get_blocks().is_running = False
    gradio_app.stop_event.set()


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
    """Return a plain theme in the page's colours: nothing flashes before the CSS is there."""
    return gr.themes.Base(font=_SYSTEM_FONTS, font_mono=_MONOSPACED_FONTS).set(
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#181715",
        body_text_color="#23211e",
        body_text_color_dark="#e8e4db",
    )


class _Server(uvicorn.Server):
    """Says where the page is once it is there, and lets go of open streams when it ends."""

    def __init__(
        self,
        config: uvicorn.Config,
        chat: Chat,
        documents: Documents | None,
        gradio_app: Any,
        address: str,
        open_browser: bool,
    ) -> None:
        super().__init__(config)
        self.chat = chat
        self.documents = documents
        self.gradio_app = gradio_app
        self.address = address
        self.open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        say(f"Footnote is at {self.address} (Ctrl-C ends it)")
        if self.open_browser:
            asyncio.get_running_loop().run_in_executor(None, webbrowser.open, self.address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.chat.service is not None:
            await asyncio.to_thread(self.chat.service.finish, FINISH_SECONDS)
        end_streams(self.chat, self.documents, self.gradio_app)
        await super().shutdown(sockets=sockets)


def _address(host: str, port: int) -> str:
    bare = host.strip("[]")
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(bare, f"[{bare}]" if ":" in bare else bare)
    return f"http://{name}:{port}"
