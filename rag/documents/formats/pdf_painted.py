"""Which letters leave a trace in the picture of a PDF's page: it is painted with them and without.

Uses the standard library and pypdfium2 alone.
"""

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

Bounds = tuple[float, float, float, float]
"""Left, bottom, right and top."""

FAR = 1e6
_INVISIBLE = 3
_PIXELS = 2_000_000
_SCALE = 2.0
"""Dots a point."""
_MOST_SECONDS = 60.0
"""Of the processor, for all pages of a file; a page takes 0.01. After that all text is read."""
_CONTRAST = 10
"""Of 255: so much a dot differs with a letter that can be seen."""
_ACROSS, _ALONG = 0.7, 0.45
"""Of a letter's height and width: what is covered so far cannot be read."""

_spent = 0.0


class Painted:
    """A page that is painted, and painted anew whenever some of its text is hidden."""

    def __init__(self, page: Any, box: Bounds) -> None:
        import pypdfium2

        self._hide = pypdfium2.raw.FPDFTextObj_SetTextRenderMode
        self._page = page
        self._box = box
        whole = (box[2] - box[0]) * (box[3] - box[1])
        self._scale = min(_SCALE, (_PIXELS / max(1.0, whole)) ** 0.5)
        self._before = self._after = b""
        self._paint()

    def hide(self, texts: Iterable[Any]) -> None:
        """Hide text objects for good; what `seen` says is of the last that were hidden."""
        for text in texts:
            self._hide(text, _INVISIBLE)
        self._before = self._after
        self._paint()

    def _paint(self) -> None:
        global _spent
        if _spent >= _MOST_SECONDS:
            self._after = b""
            return
        start = time.process_time()
        turn = -self._page.get_rotation() % 360
        picture = self._page.render(scale=self._scale, rotation=turn)
        self._after = bytes(picture.buffer)
        self._width, self._height = picture.width, picture.height
        self._stride, self._bytes = picture.stride, picture.n_channels
        _spent += time.process_time() - start

    def seen(self, word: Bounds, letters: Sequence[Bounds], covers: Sequence[Bounds]) -> list[bool]:
        """Return which letters of a word are seen, of those that lie under covers."""
        if not self._before or not self._after:
            return [True] * len(letters)
        if not self._differs(_outwards(self._scaled(word))):
            return [False] * len(letters)
        return [self._is_seen(letter, covers) for letter in letters]

    def _is_seen(self, letter: Bounds, covers: Sequence[Bounds]) -> bool:
        for cover in covers:
            shared = (
                max(letter[0], cover[0]),
                max(letter[1], cover[1]),
                min(letter[2], cover[2]),
                min(letter[3], cover[3]),
            )
            along = (shared[2] - shared[0]) / max(1e-3, letter[2] - letter[0])
            across = (shared[3] - shared[1]) / max(1e-3, letter[3] - letter[1])
            if along >= _ALONG and across >= _ACROSS:
                if not self._differs(_inwards(self._scaled(shared))):
                    return False
        return True

    def _scaled(self, bounds: Bounds) -> Bounds:
        """Return left, top, right and bottom in dots."""
        left, top, scale = self._box[0], self._box[3], self._scale
        return (
            (bounds[0] - left) * scale,
            (top - bounds[3]) * scale,
            (bounds[2] - left) * scale,
            (top - bounds[1]) * scale,
        )

    def _differs(self, dots: tuple[int, int, int, int]) -> bool:
        """Say whether the pictures differ in dots from (left, top) up to (right, bottom)."""
        left, right = max(0, dots[0]) * self._bytes, min(self._width, dots[2]) * self._bytes
        for row in range(max(0, dots[1]), min(self._height, dots[3])):
            start, stop = row * self._stride + left, row * self._stride + right
            one, two = self._before[start:stop], self._after[start:stop]
            if one != two and any(abs(a - b) >= _CONTRAST for a, b in zip(one, two, strict=True)):
                return True
        return False


def _outwards(dots: Bounds) -> tuple[int, int, int, int]:
    return int(dots[0]), int(dots[1]), int(dots[2]) + 1, int(dots[3]) + 1


def _inwards(dots: Bounds) -> tuple[int, int, int, int]:
    """Return the dots that lie wholly inside, or those in the middle where there are none."""
    left, right = _inner(dots[0], dots[2])
    top, bottom = _inner(dots[1], dots[3])
    return left, top, right, bottom


def _inner(start: float, stop: float) -> tuple[int, int]:
    first, last = math.ceil(start), math.floor(stop)
    if first < last:
        return first, last
    middle = int((start + stop) / 2)
    return middle, middle + 1
