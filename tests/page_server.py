"""A page on a free port of this machine, in a thread, for tests that talk to it from outside."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from ui.address import listen
from ui.chat import Chat
from ui.conversation_keeping import Keeping
from ui.documents import Documents
from ui.server import end_streams, open_documents, web_application


@dataclass
class Page:
    address: str
    chat: Chat
    documents: Documents | None = None

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])


@contextmanager
def serving(
    pipeline,
    *,
    host: str = "127.0.0.1",
    password: str = "",
    mcp: bool = False,
    conversations: Path | None = None,
    sessions=None,
    many=None,
) -> Iterator[Page]:
    chat = Chat(pipeline, Keeping(conversations), sessions, many.service if many else None)
    documents = open_documents(chat)
    application, gradio_app = web_application(
        chat, documents, host=host, password=password, mcp=mcp, many=many
    )
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        application, log_config=None, log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the page did not start"
        time.sleep(0.02)
    try:
        yield Page(
            address=f"http://127.0.0.1:{listener.getsockname()[1]}", chat=chat, documents=documents
        )
    finally:
        end_streams(chat, documents, gradio_app)
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        if documents is not None:
            documents.uploads.close()
