"""A server for many: who signs people in, what each may ask, and how it is looked after."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from rag.errors import RagError
from rag.library.protocol import Library
from ui.person import USER, Proxy
from ui.service import HEALTH, METRICS, Service

FINISH_SECONDS = 30.0
"""How long a server that is told to end waits for the answers that are being made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """The proxy that signs people in, the names it is known by, and the limits."""

    proxy: Proxy
    service: Service
    public_names: tuple[str, ...] = ()

    def routes(self, library: Library) -> list[BaseRoute]:
        """Return the routes of those who look after the server."""

        async def health(request: Request) -> Response:
            if self.service.ending:
                return PlainTextResponse("ending", 503)
            try:
                await asyncio.to_thread(library.version)
            except RagError:  # which says where the library is: not for everybody
                return PlainTextResponse("the library cannot be read", 503)
            return PlainTextResponse("ok")

        async def metrics(request: Request) -> Response:
            content, content_type = self.service.figures()
            return Response(content, media_type=content_type)

        return [Route(HEALTH, health), Route(METRICS, metrics)]


def person_of(request: Request) -> str | None:
    """Return who is signed in, as the guard has written it."""
    return request.headers.get(USER)
