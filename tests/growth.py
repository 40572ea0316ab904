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


_DOUBLINGS = 3
_PER_DOUBLING = 2.5
_LEAST_SECONDS = 0.03


def assert_doubling_is_bearable(
    work: Callable[[str], object], text_of: Callable[[int], str]
) -> None:
    """Assert that twice as much takes less than 2.5 times as long, over three doublings.

    `text_of` makes a text of about so many characters. What is done in no time is bearable; at the
    largest length quadratic work would not be.
    """
    length = 8_000  # what is quadratic in a window alone is not, from here on
    text, longest = text_of(length), text_of(length << _DOUBLINGS)
    work(text)  # what is made once, caches and imports, is not counted
    short = long = 0.0
    for _ in range(5):
        short = max(short, seconds_of(work, text))
        taken = seconds_of(work, longest)
        long = min(long, taken) if long else taken
        if long < max(_LEAST_SECONDS, short * _PER_DOUBLING**_DOUBLINGS):
            return
    raise AssertionError((longest[:40], longest[-10:], short, long))
