"""Files on their way from the browser into a library: one request each, kept aside until read.

A file lies under a random name in a folder that no route serves; whoever sent it gets a token with
which it is taken, once. A folder belongs to one server, which holds a lock beside it: what a server
that crashed left behind is deleted by the next one. Knows nothing of libraries.
"""

import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from filelock import FileLock, Timeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

UPLOAD_ROUTE = "/upload"
TICKET_HEADER = "X-Footnote-Ticket"
_LOCK = ".lock"
_WAITING_SECONDS = 3600.0
_MOST_WAITING_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    name: str
    path: Path
    bytes: int
    since: float


class Uploads:
    """Takes files of at most `max_bytes` from pages that know the ticket.

    The ticket stands in the page, so that only who may see the page can send files.
    """

    def __init__(self, home: Path, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.ticket = secrets.token_urlsafe(32)
        self._folder = home / "uploads" / secrets.token_hex(8)
        self._ours = _lock_of(self._folder)
        self._waiting: dict[str, _Waiting] = {}
        self._lock = Lock()
        delete_abandoned(home)

    async def receive(self, request: Request) -> Response:
        """Keep the request's body and answer with its token."""
        if not secrets.compare_digest(
            request.headers.get(TICKET_HEADER, "").encode(), self.ticket.encode()
        ):
            return PlainTextResponse("Only the page itself can send files.", status_code=403)
        with self._lock:
            self._drop_old()
            if sum(file.bytes for file in self._waiting.values()) > _MOST_WAITING_BYTES:
                return PlainTextResponse("Too many files at once; wait a little.", status_code=429)
        path = self._folder / secrets.token_hex(16)
        try:
            await run_in_threadpool(self._make_folder)
            with path.open("xb") as file:
                size = await self._write(request, file)
        except (OSError, ClientDisconnect) as error:
            path.unlink(missing_ok=True)
            reason = getattr(error, "strerror", None) or "it was broken off"
            return PlainTextResponse(f"It could not be kept: {reason}.", status_code=507)
        if size > self.max_bytes:
            path.unlink(missing_ok=True)
            return PlainTextResponse(f"At most {self.max_bytes:,} bytes.", status_code=413)
        token = secrets.token_urlsafe(24)
        name = request.query_params.get("name", "")[:1_000]
        with self._lock:
            self._waiting[token] = _Waiting(
                name=name, path=path, bytes=size, since=time.monotonic()
            )
        return JSONResponse({"token": token})

    def take(self, tokens: Sequence[str]) -> list[tuple[str, Path]]:
        """Return the name and the place of each file, which is the caller's now."""
        with self._lock:
            found = [self._waiting.pop(token, None) for token in tokens]
        return [(file.name, file.path) for file in found if file is not None]

    def hold(self, name: str, path: Path) -> str:
        """Keep a file that was taken until it is asked for again; return its token."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._waiting[token] = _Waiting(
                name=name, path=path, bytes=path.stat().st_size, since=time.monotonic()
            )
        return token

    def held(self) -> set[Path]:
        """Return where files lie that nobody took yet."""
        with self._lock:
            return {file.path for file in self._waiting.values()}

    def close(self) -> None:
        """Delete what nobody took."""
        with self._lock:
            self._waiting.clear()
            if self._folder.exists():
                _delete(self._folder, self._ours)

    def _make_folder(self) -> None:
        with self._lock:
            if not self._folder.exists():
                self._folder.parent.mkdir(parents=True, exist_ok=True)
                with suppress(OSError, NotImplementedError):  # a file system without locks
                    self._ours.acquire(timeout=0)
                self._folder.mkdir()

    async def _write(self, request: Request, file: IO[bytes]) -> int:
        """Write the body as it comes, and return how long it was; too long a one is cut."""
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self.max_bytes:
                break
            await run_in_threadpool(file.write, chunk)
        return size

    def _drop_old(self) -> None:
        now = time.monotonic()
        for token, file in list(self._waiting.items()):
            if now - file.since > _WAITING_SECONDS:
                file.path.unlink(missing_ok=True)
                del self._waiting[token]


def delete_abandoned(home: Path) -> None:
    """Delete the files of servers that crashed; those of servers that run are left alone."""
    for name in {path.name.removesuffix(_LOCK) for path in (home / "uploads").glob("*")}:
        folder = home / "uploads" / name
        lock = _lock_of(folder)
        with suppress(Timeout, OSError, NotImplementedError):  # it runs, or nobody can know
            lock.acquire(timeout=0)
            _delete(folder, lock)


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder.with_name(folder.name + _LOCK), thread_local=False)


def _delete(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
