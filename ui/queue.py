"""The line of those who wait while answers are made for others: first come, first served.

So many at the front are being answered; the models read their questions together.

A person's page waits in a thread, since it is told how many are before it. Programs, of which there
may be many, wait in the event loop: they take no thread that a click in the page would need.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Condition

from rag.answering.turns import MOST_TOGETHER
from rag.errors import RagError

AT_ONCE = 2 * MOST_TOGETHER
"""Questions that are answered at once: one batch is read while the one before is shown."""
MOST_WAITING = 200
"""From here on no further program is let into the line."""
_POLL_SECONDS = 0.05


class Line:
    """Lets `AT_ONCE` in, and says to the others how many are before them."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._tickets: deque[object] = deque()

    @property
    def length(self) -> int:
        """How many stand in the line, those whose turn it is too."""
        return len(self._tickets)

    def join(self) -> object:
        """Stand at the end; return the ticket to wait and to leave with."""
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        return ticket

    def wait(self, ticket: object, timeout_seconds: float) -> int:
        """Return how many go before the ticket's turn, at the latest after the timeout; 0: now."""
        with self._changed:
            self._changed.wait_for(lambda: not self._before(ticket), timeout_seconds)
            return self._before(ticket)

    def leave(self, ticket: object) -> None:
        """Let the others move up: the work is done, or not wanted any more."""
        with self._changed:
            self._tickets.remove(ticket)
            self._changed.notify_all()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for as long as it takes, without a thread, and have a turn until the block ends.

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

    def _before(self, ticket: object) -> int:
        return max(0, self._tickets.index(ticket) + 1 - AT_ONCE)
