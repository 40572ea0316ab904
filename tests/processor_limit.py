"""A limit for work that must not grow with the square of its text, or run away in another way.

It measures nothing: what takes a fraction of a second is broken off after several seconds of this
thread's own processor time, which neither another busy program nor another thread takes away.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LENGTH = 100_000
"""Characters that linear work goes through in a tenth of a second or so. The quickest quadratic
pattern, over a run of one thing, took 10 s of a busy processor: not much less would be seen."""
LENGTH_OF_LINES = 50_000
"""The same of short lines, which cost more each, also where the work is linear."""


@contextmanager
def processor_limit(seconds: float = 5.0) -> Iterator[None]:
    """Break off what takes more of the processor, and fail; coverage does not look meanwhile."""
    passed = []

    def stop(*_: object) -> None:
        left = seconds - (time.thread_time() - begun)
        if left > 0:  # the timer is the process', and others have been at work
            signal.setitimer(signal.ITIMER_VIRTUAL, left)
            return
        passed.append(seconds)
        raise TimeoutError(f"still at work after {seconds} s of the processor")

    tracer = sys.gettrace()
    sys.settrace(None)
    begun = time.thread_time()
    if hasattr(signal, "setitimer"):  # not on Windows: there it would take its time
        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
        sys.settrace(tracer)
    assert not passed  # whatever the work made of the error


def is_a_line(piece: str) -> bool:
    """Say whether it is words with a line's end, not a run of ends."""
    return "\n" in piece and not piece.isspace()


def assert_ends(
    work: Callable[[str], object], piece: str, length: int | None = None, seconds: float = 5.0
) -> None:
    """Assert that `work` on about `length` characters, `piece` again and again, comes to an end."""
    if length is None:
        length = LENGTH_OF_LINES if is_a_line(piece) else LENGTH
    text = piece * (length // len(piece))
    with processor_limit(seconds):
        work(text)
