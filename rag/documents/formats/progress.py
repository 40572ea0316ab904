"""What a reader of files is told by whoever lets it read, and how it says how far it is.

Most kinds are read at once and need none of it. One that takes minutes asks `page_reading()`:
it stops when it is to stop, says what it has done, and keeps what it need not do again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Event


class Cancelled(Exception):
    """Raised to leave what is being done because `cancel` was set; no fault of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """How files are read: `report` gets pages done and pages in all, of the file being read.

    `kept` is the folder for recognised pages; None keeps none. `threads` 0 is one for each core.
    """

    cancel: Event | None = None
    report: Callable[[int, int], None] | None = None
    kept: Path | None = None
    threads: int = 0

    def check_cancel(self) -> None:
        """Raise `Cancelled` once `cancel` is set."""
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled

    def say(self, done: int, total: int) -> None:
        """Report that `done` of `total` pages are done."""
        if self.report is not None:
            self.report(done, total)


_READING: ContextVar[PageReading] = ContextVar("reading", default=PageReading())  # noqa: B039 - frozen


@contextmanager
def reading_pages(reading: PageReading) -> Iterator[None]:
    """Let what is read inside of the block, by this thread, be read with `reading`."""
    token = _READING.set(reading)
    try:
        yield
    finally:
        _READING.reset(token)


def page_reading() -> PageReading:
    """Return how the file at hand is read."""
    return _READING.get()
