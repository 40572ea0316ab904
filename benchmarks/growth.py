"""How the time of each step grows with the length of its text: what grows faster than it should.

    python benchmarks/growth.py [--texts 16]

Twice as much should take twice as long; a line is printed for each step and text that takes more
than 2.5 times as long over three doublings, and at the end how many were measured. Processor time
of one thread; the best of up to five, since a busy machine slows caches too.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

_DOUBLINGS = 3
_PER_DOUBLING = 2.5
_LEAST_SECONDS = 0.03
"""What takes less at the largest length is bearable, however it grows."""
_LENGTH = 8_000
"""Characters of the shorter text: what is quadratic in a window alone is not, from here on."""


def seconds_of(work: Callable[[str], object], text: str) -> float:
    """Return the processor seconds of this thread alone."""
    started = time.thread_time()
    work(text)
    return time.thread_time() - started


def growth(work: Callable[[str], object], text_of: Callable[[int], str]) -> float | None:
    """Return how many times as long twice as much takes, where that is more than is bearable."""
    text, longest = text_of(_LENGTH), text_of(_LENGTH << _DOUBLINGS)
    work(text)  # what is made once, caches and imports, is not counted
    short = long = 0.0
    for _ in range(5):
        short = max(short, seconds_of(work, text))
        taken = seconds_of(work, longest)
        long = min(long, taken) if long else taken
        if long < max(_LEAST_SECONDS, short * _PER_DOUBLING**_DOUBLINGS):
            return None
    return (long / short) ** (1 / _DOUBLINGS)


def cases(texts: int) -> Iterator[tuple[str, Callable[[str], object], Callable[[int], str]]]:
    """Yield a name, the work and what makes its texts."""
    from hard_texts import FORMATS, PADS, QUESTION_STEPS, STEPS, divide, hard_texts

    def repeated(pad: str) -> Callable[[int], str]:
        return lambda length: pad * (length // len(pad))

    for name, extract in FORMATS.items():

        def read(text: str, extract: Callable[..., object] = extract) -> None:
            with suppress(ValueError):  # it is of this kind no longer
                extract(text.encode(), 100_000_000)

        for text_of in hard_texts(name, texts):
            yield f"reading {name}: {text_of(20)!r}", read, text_of
    for pad in PADS:
        yield f"dividing: {pad!r}", divide, repeated(pad)
        for name, step in {**STEPS, **QUESTION_STEPS}.items():
            yield f"{name}: {pad!r}", step, repeated(pad)


def main() -> int:
    """Measure all of them; return 1 where one grows too fast."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=16, help="drawn for each format")
    texts = parser.parse_args().texts
    measured = found = 0
    for name, work, text_of in cases(texts):
        measured += 1
        times = growth(work, text_of)
        if times is not None:
            found += 1
            print(f"{times:.1f} times as long for twice as much: {name}", flush=True)
    print(f"{measured} measured, {found} grow faster than they should")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
