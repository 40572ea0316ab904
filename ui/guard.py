"""What the server lets in and what the browser may do: a small ASGI wrapper around the page.

Refuses foreign hosts and origins, every route the page does not need, large bodies, and those that
`ui.bodies` refuses; adds the Content-Security-Policy. Knows routes and headers, not answers.
"""

import base64
import hashlib
import re
import socket
from collections.abc import Iterable, Set
from itertools import chain
from urllib.parse import urlsplit

import psutil
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.address import is_loopback
from ui.bodies import body_refusal
from ui.person import Proxy, with_person
from ui.service import HEALTH, METRICS
from ui.uploads import UPLOAD_ROUTE

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")
MAX_BODY_BYTES = 1_000_000

_API = "/gradio_api"
_ROUTES = {
    "/",
    "/config",
    "/favicon.ico",
    "/login",
    "/logout",
    "/robots.txt",
    "/theme.css",
    *(f"{_API}{route}" for route in ("/info", "/openapi.json", "/queue/join", "/queue/data")),
    *(f"{_API}{route}" for route in ("/cancel", "/reset", "/startup-events", "/user")),
    *(f"{_API}{route}" for route in ("/login_check", "/app_id", "/run/predict", "/call/ask")),
}
# Gradio's /call/ would also take the names of private endpoints.
_ROUTE_PREFIXES = ("/assets/", "/static/", f"{_API}/call/ask/", f"{_API}/heartbeat/")
_LEADING_ELSEWHERE = frozenset({b"x-forwarded-host", b"x-gradio-server"})
"""Headers from which Gradio takes the address that its page calls, whatever the Host header is."""
_WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
_LENGTH = re.compile(r"[0-9]{1,15}")
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def guarded(
    app: ASGIApp,
    host: str,
    *,
    largest_upload: int = 0,
    more_routes: Iterable[str] = (),
    proxy: Proxy | None = None,
    public_names: Iterable[str] = (),
) -> ASGIApp:
    """Return `app` behind all checks, for a server bound to `host`.

    Files of at most `largest_upload` bytes may be sent to the upload route; 0 closes it.
    `more_routes` are let in beside the page's own. With a `proxy` only whom it signed in is let in;
    `public_names` are those under which it is known.
    """
    guard = _Guard(app, frozenset(_ROUTES.union(more_routes)), largest_upload, proxy)
    names = [*_trusted_names(host), *(name.lower() for name in public_names)]
    return TrustedHostMiddleware(guard, allowed_hosts=names, www_redirect=False)


def _trusted_names(host: str) -> Iterable[str]:
    """Return the names under which the page may be asked for (against DNS rebinding)."""
    names = {*LOOPBACK_NAMES, host.lower(), f"[{host.lower().strip('[]')}]"}
    if not is_loopback(host):
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local"}
        if host.strip("[]") in ("0.0.0.0", "::"):
            names |= _own_addresses()
    return sorted(names)


def _own_addresses() -> set[str]:
    """Return this machine's addresses, without asking anyone: IPv6 in brackets, as a URL has it."""
    own = set()
    for address in chain.from_iterable(psutil.net_if_addrs().values()):
        if address.family in (socket.AF_INET, socket.AF_INET6):
            number = address.address.partition("%")[0]
            own.add(f"[{number}]" if ":" in number else number)
    return own


def content_security_policy(script_hashes: Iterable[str] = ()) -> str:
    """Return the policy; inline scripts run only if their hash is given.

    Gradio needs eval (it compiles its HTML templates) and inline styles.
    """
    scripts = " ".join(f"'sha256-{script_hash}'" for script_hash in script_hashes)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "frame-src 'none'",
            "worker-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class _Guard:
    """The checks after the Host header's, and the headers of every response."""

    def __init__(
        self,
        app: ASGIApp,
        routes: frozenset[str],
        largest_upload: int,
        proxy: Proxy | None = None,
    ) -> None:
        self.app = app
        self.routes = routes
        self.largest_upload = largest_upload
        self.proxy = proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = _refusal(scope, self.routes, self.largest_upload)
        person = self.proxy.person(scope) if self.proxy else None
        if refusal is None and self.proxy is not None:
            refusal = _not_signed_in(scope, self.proxy, is_known=person is not None)
        if refusal is None and scope["method"] not in _WITHOUT_BODY and _is_gradios(scope["path"]):
            body = await _body(receive)
            refusal = body_refusal(body)
            receive = _receive_again(body, receive)
        if refusal is not None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            status, line = refusal
            await PlainTextResponse(line, status_code=status)(scope, receive, _HeaderSend(send))
            return
        unwanted = _LEADING_ELSEWHERE | ({b"accept-encoding"} if scope["path"] == "/" else set())
        headers = with_person(_without(scope["headers"], unwanted), person)
        scope = {**scope, "headers": headers}
        await self.app(scope, receive, _HeaderSend(send))


def _refusal(scope: Scope, routes: frozenset[str], largest_upload: int) -> tuple[int, str] | None:
    """Return the status and line with which to refuse the request, or None to let it in."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        return 403, "Requests from other sites are refused."
    navigation = scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not navigation:
        return 403, "Requests from other sites are refused."
    if scope["type"] == "websocket":
        return 403, "There is no such place."
    path = scope["path"]
    uploads = path == UPLOAD_ROUTE and largest_upload > 0
    if not uploads and path not in routes and not path.startswith(_ROUTE_PREFIXES):
        return 404, "There is no such place."
    if scope["method"] not in _WITHOUT_BODY:
        length = headers.get("content-length", "")
        # With both headers the length says nothing: the body is as long as its pieces are.
        if not _LENGTH.fullmatch(length) or "transfer-encoding" in headers:
            return 411, "A request must say how long it is."
        longest = largest_upload if uploads else MAX_BODY_BYTES
        if int(length) > longest:
            return 413, f"A request may be {longest:,} bytes long."
    return None


def _not_signed_in(scope: Scope, proxy: Proxy, *, is_known: bool) -> tuple[int, str] | None:
    """Return the refusal of who is not signed in; health is everybody's, figures are the proxy's.

    Figures are also given to this machine.
    """
    if scope["path"] == HEALTH:
        return None
    if scope["path"] == METRICS:
        client = (scope.get("client") or ("",))[0]
        is_ours = proxy.trusts(scope) or is_loopback(client)
        return None if is_ours and not is_known else (403, "The figures are not for everybody.")
    return None if is_known else (401, "Nobody is signed in: come through the proxy that does it.")


def _is_gradios(path: str) -> bool:
    return path.startswith(f"{_API}/")


async def _body(receive: Receive) -> bytes:
    """Return the whole body, of which the headers have said that it is not large."""
    pieces = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _receive_again(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body once, and then what `receive` gives."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


class _HeaderSend:
    """Adds the security headers; reads a page before it goes out, to allow its own scripts only."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers["Content-Security-Policy"] = content_security_policy()
            if message["status"] >= 500:
                # After an error that it has answered uvicorn hangs up; a request that comes on the
                # same connection meanwhile would be lost.
                headers["Connection"] = "close"
            page = headers.get("content-type", "").startswith("text/html")
            if page and "content-encoding" not in headers:
                self.start = message
                return
        elif message["type"] == "http.response.body" and self.start is not None:
            self.body += message.get("body", b"")
            if message.get("more_body", False):
                return
            MutableHeaders(scope=self.start)["Content-Security-Policy"] = content_security_policy(
                _inline_script_hashes(self.body)
            )
            await self.send(self.start)
            message = {"type": "http.response.body", "body": self.body}
            self.start = None
        await self.send(message)


def _inline_script_hashes(page: bytes) -> list[str]:
    return [
        base64.b64encode(hashlib.sha256(script).digest()).decode()
        for script in _INLINE_SCRIPT.findall(page)
    ]


def _without(
    headers: Iterable[tuple[bytes, bytes]], names: Set[bytes]
) -> list[tuple[bytes, bytes]]:
    return [(key, value) for key, value in headers if key not in names]
