"""Being told to end: `kill`, or a terminal that is closed, ends a command as cleanly as Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Of which a system has some."""


class Ended(KeyboardInterrupt):
    """Raised in the main thread in place of being killed; whoever cleans up on Ctrl-C does so."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Let signals that would kill the process raise `Ended` until the block ends.

    One that is ignored (`nohup`) or handled already is left alone.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if current_thread() is not main_thread():  # where Python lets nobody handle signals
        ours = []
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C wait until the block ends: C++ code that is being loaded would end the process."""
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(before):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        signal.raise_signal(signal.SIGINT)


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended(number)
