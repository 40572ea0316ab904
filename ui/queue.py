"""The line of those who wait while an answer is made for another: first come, first served.

A person's page waits in a thread, since it is told how many are before it. Programs, of which there
may be many, wait in the event loop: they take no thread that a click in the page would need.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Condition

from rag.errors import RagError

MOST_WAITING = 200
"""From here on no further program is let into the line."""
_POLL_SECONDS = 0.05


class Line:
    """A lock that says how many are before you."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._tickets: deque[object] = deque()

    @property
    def length(self) -> int:
        """How many stand in the line, the first one too."""
        return len(self._tickets)

    def join(self) -> object:
        """Stand at the end; return the ticket to wait and to leave with."""
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        return ticket

    def wait(self, ticket: object, timeout_seconds: float) -> int:
        """Return how many are before the ticket, at the latest after the timeout; 0: its turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._tickets[0] is ticket, timeout_seconds)
            return self._tickets.index(ticket)

    def leave(self, ticket: object) -> None:
        """Let the others move up: the work is done, or not wanted any more."""
        with self._changed:
            self._tickets.remove(ticket)
            self._changed.notify_all()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Wait for as long as it takes, and be first until the block ends."""
        ticket = self.join()
        try:
            while self.wait(ticket, 1.0):
                pass
            yield
        finally:
            self.leave(ticket)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Do as `first` does, without a thread that waits.

        Raises `RagError` where too many wait already.
        """
        with self._changed:
            if len(self._tickets) >= MOST_WAITING:
                raise RagError(f"{MOST_WAITING} questions are waiting already: ask again later")
        ticket = self.join()
        try:
            while self.wait(ticket, 0.0):
                await asyncio.sleep(_POLL_SECONDS)
            yield
        finally:
            self.leave(ticket)
