"""Processor seconds of a piece of work, whatever else the machine and the process are doing."""

import sys
import time
from collections.abc import Callable


def seconds_of(work: Callable[..., object], *arguments: object) -> float:
    """Return the seconds of this thread alone, without the tracer of coverage."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        started = time.thread_time()
        work(*arguments)
        return time.thread_time() - started
    finally:
        sys.settrace(tracer)


def least_seconds(work: Callable[[], object]) -> float:
    """Return the least of three times."""
    return min(seconds_of(work) for _ in range(3))
