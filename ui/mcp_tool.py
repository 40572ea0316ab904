"""The page's `ask` as a tool for other programs' language models: the Model Context Protocol.

One tool, streamable HTTP at /mcp, each request on its own, needs the extra `mcp`. It is served here
and not by Gradio, whose own calls the page over HTTP (which a password refuses) and offers files.
"""

import base64
import binascii
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from rag.cli.terminal import say_problem
from rag.datatypes import UNSURE_BELOW
from rag.errors import SettingsError

TOOL_PATH = "/mcp"
MAX_ARGUMENT_CHARACTERS = 100_000
UNEXPECTED = "Something went wrong inside Footnote."

Ask = Callable[[str, list[str]], Awaitable[dict[str, Any]]]
"""A question and the earlier questions, to the object of `footnote ask --json`."""

_INSTRUCTIONS = (
    "Footnote answers questions from the person's own documents, on their machine. Every sentence "
    "of an answer is an exact quote of the place that it cites, or says in other words what was "
    "checked to stand there; where the documents do not say, the status is `refused`."
)
_DESCRIPTION = f"""\
Answer a question from the user's own documents, offline, with exact citations.

Returns an object. `status` is `answered` or `quoted` (the documents say it), or `refused` (they do
not: do not answer in its place). `text` is the answer with marks like [1]; `citations` has, for
each mark, `document`, `start` and `end` (characters), the exact `quote` and, where there are any,
`page`, `section`, `row` and `column`. `sentences` says which are items of a list or rows (`cells`
are [column, value]), with a `note` where not all is shown; those that are not `verbatim` are in
other words, or computed; `group` is the part of the question that they answer, or the document or
section they stand in, `word` the yes or no they are judged to say to it, or `denied` where they
say otherwise than it takes for granted (so does `answer_kind`). `short_answer` is the key phrase,
`confidence` the probability that it is right (say so where it is below {UNSURE_BELOW}),
`nearest` the closest passages of a refusal, `understood` a follow-up question as it was
understood."""
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_ARGUMENT_CHARACTERS,
            "description": "One question, in English, in plain words: `When was the bridge built?`",
        },
        "history": {
            "type": "array",
            "items": {"type": "string", "maxLength": MAX_ARGUMENT_CHARACTERS},
            "default": [],
            "description": "The earlier questions of the conversation, oldest first, without their "
            "answers, so that a follow-up (`And how long is it?`) is understood.",
        },
    },
    "required": ["question"],
    "additionalProperties": False,
}


def require_tool() -> None:
    """Raise `SettingsError`, with what to do, if the extra `mcp` is not installed."""
    if find_spec("mcp") is None:
        raise SettingsError(
            "--mcp needs the package mcp, which is not installed: "
            'run `pip install "footnote[mcp]"` (in a checkout: `pip install -e ".[mcp]"`)'
        )


class Tool:
    """An ASGI application that answers at `TOOL_PATH`, while `running` is entered.

    With a password it wants it as a bearer token, or with the user name as basic authentication.
    """

    def __init__(self, ask: Ask, *, user: str = "", password: str = "") -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        self._password = password
        self._basic = f"{user}:{password}"
        self._manager = StreamableHTTPSessionManager(
            _make_server(ask), json_response=True, stateless=True
        )

    @asynccontextmanager
    async def running(self, app: Any = None) -> AsyncIterator[None]:
        """Be ready for requests; can be entered once. The lifespan of the application around."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; only POST is used, since there is nothing to stream or to resume."""
        if not self._is_let_in(Headers(scope=scope).get("authorization", "")):
            refusal = PlainTextResponse(
                "The password is wanted.", 401, {"WWW-Authenticate": 'Basic realm="Footnote"'}
            )
            await refusal(scope, receive, send)
        elif scope["method"] != "POST":
            await PlainTextResponse("Only POST is used here.", 405, {"Allow": "POST"})(
                scope, receive, send
            )
        else:
            await self._manager.handle_request(scope, receive, send)

    def _is_let_in(self, authorization: str) -> bool:
        if not self._password:
            return True
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return secrets.compare_digest(token.encode(), self._password.encode())
        if scheme.lower() == "basic":
            return secrets.compare_digest(_decode(token).encode(), self._basic.encode())
        return False


def _make_server(ask: Ask) -> Any:
    """Return the protocol's server with its one tool."""
    from mcp import types
    from mcp.server.lowlevel import Server

    server: Any = Server("footnote", instructions=_INSTRUCTIONS)
    tool = types.Tool(
        name="ask",
        title="Ask the documents",
        description=_DESCRIPTION,
        inputSchema=_SCHEMA,
        annotations=types.ToolAnnotations(
            readOnlyHint=True, destructiveHint=False, idempotentHint=True, openWorldHint=False
        ),
    )

    async def list_tools() -> list[types.Tool]:
        return [tool]

    server.list_tools()(list_tools)
    server.call_tool()(_caller(ask))
    return server


def _caller(ask: Ask) -> Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]:
    """Return what calls `ask`; what it raises becomes one line in the tool's result."""
    from gradio import Error

    async def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if name != "ask":
            raise ValueError(f"there is no tool {name!r:.80}: the only one is `ask`")
        try:
            return await ask(arguments["question"], list(arguments.get("history", [])))
        except Error as error:
            raise ValueError(error.message) from None
        except Exception:
            say_problem()  # in the terminal, and not to the other program
            raise ValueError(UNEXPECTED) from None

    return call


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
