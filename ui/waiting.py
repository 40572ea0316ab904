"""The line of those who wait while an answer is made for another: first come, first served."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Line:
    """A lock that says how many are before you."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._tickets: deque[object] = deque()

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
