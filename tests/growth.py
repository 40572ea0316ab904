"""Whether work grows with the length of what is read, or with the square of it."""

from collections.abc import Callable

from timing import seconds_of

_SECONDS = 0.02
"""What is shorter is not measured well."""
_TIMES = 9
"""For four times the length: between linear work (4 times as long) and quadratic (16)."""


def assert_linear(work: Callable[[str], object], piece: str, largest: int = 400_000) -> None:
    """Assert that `work` on four times as many of `piece` takes less than nine times as long.

    Starts with 10,000 characters and doubles them until the shorter text takes long enough, or the
    longer one has `largest` characters. Times are the best of up to three, of this thread alone.
    """
    length = 10_000
    text = piece * (length // len(piece))
    short = seconds_of(work, text)
    while short < _SECONDS and 8 * length <= largest:
        length *= 2
        text *= 2
        short = seconds_of(work, text)
    long = seconds_of(work, text * 4)
    for _ in range(2):
        if long < _TIMES * max(short, _SECONDS):
            return
        long = min(long, seconds_of(work, text * 4))
    assert long < _TIMES * max(short, _SECONDS), (piece, length, short, long)
