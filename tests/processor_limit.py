"""A limit for work that must not grow with the square of its text, or run away in another way.

It measures nothing: what takes a fraction of a second is broken off after several seconds of this
process' own processor time, which another busy program does not take away.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LENGTH = 100_000
"""Characters that linear work goes through in a tenth of a second or so, quadratic in minutes."""


@contextmanager
def processor_limit(seconds: float = 5.0) -> Iterator[None]:
    """Break off what takes more of the processor, and fail; coverage does not look meanwhile."""
    passed = []

    def stop(*_: object) -> None:
        passed.append(seconds)
        raise TimeoutError(f"still at work after {seconds} s of the processor")

    tracer = sys.gettrace()
    sys.settrace(None)
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


def assert_ends(
    work: Callable[[str], object], piece: str, length: int = LENGTH, seconds: float = 5.0
) -> None:
    """Assert that `work` on about `length` characters, `piece` again and again, comes to an end."""
    text = piece * (length // len(piece))
    with processor_limit(seconds):
        work(text)
