"""From recognised pages to the words of a PDF's pages, so that the same layout code reads both.

The page is made straight, the sizes of letters even, and each line is cut into words; where they
stand on the page as it is shown can be asked afterwards. Knows nothing of engines or files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from rag.documents.formats.ocr_pages import ReadLine, ReadPage
from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_layout import Page

_PAGE_POINTS = 842.0
"""The longer side of a picture's page, as if it were A4: only proportions count."""
_LETTERS = 0.85
"""Size of the letters for each unit of height that a line is detected with."""
_EVEN = 1.22
"""By how much lines may be higher or lower than usual and count as usual: the height that is
detected depends on which letters a line has."""
_STEEPEST = math.radians(20)
_BASELINE = 0.3
"""Of the size: how far the baseline lies below the middle of a line."""
_WIDEST_SPACE = 0.3
"""Of the size: how wide a space between words counts at most."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in shares of the page as it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How the points of a straight page lie on the page as it is shown."""

    turn: int
    angle: float
    width: float
    height: float

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return where a rectangle of the straight page (in points, from below) is shown."""
        corners = [self._shown(x, self.height - y) for x in (left, right) for y in (bottom, top)]
        across = [min(1.0, max(0.0, x)) for x, _ in corners]
        down = [min(1.0, max(0.0, y)) for _, y in corners]
        return min(across), min(down), max(across), max(down)

    def straight(self, share_x: float, share_y: float) -> tuple[float, float]:
        """Return where a corner of `ReadLine` lies on the straight page, in points from above."""
        x, y = share_x * self.width, share_y * self.height
        return self._rotated(x, y, -self.angle)

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        x, y = self._rotated(x, y, self.angle)
        x, y = x / self.width, y / self.height
        for _ in range(self.turn // 90):
            x, y = 1 - y, x
        return x, y

    def _rotated(self, x: float, y: float, angle: float) -> tuple[float, float]:
        x, y = x - self.width / 2, y - self.height / 2
        cos, sin = math.cos(angle), math.sin(angle)
        return x * cos - y * sin + self.width / 2, x * sin + y * cos + self.height / 2


def recognised_pages(
    pages: Sequence[tuple[ReadPage, float]], usual_size: float = 0.0
) -> list[tuple[Page, Place]]:
    """Return pages with words, and how they are shown.

    Each comes with the points of its longer side (0 where only proportions count). `usual_size` is
    that of the letters of the document's other pages, 0 if there are none.
    """
    straight = [_straight_lines(page, points or _PAGE_POINTS) for page, points in pages]
    lines = [line for _, found in straight for line in found]
    usual, breadth = _usual(lines, "size"), _usual(lines, "breadth")
    if usual_size:  # a scan may show another paper's size: its text is no heading for that
        scale = usual_size / usual
        usual, breadth = usual_size, breadth * scale
        straight = [
            _straight_lines(page, scale * (points or _PAGE_POINTS)) for page, points in pages
        ]
    laid = []
    for place, found in straight:
        words = [
            word
            for number, line in enumerate(found)
            for word in line.words(number, usual * _step(line, usual, breadth), place.height)
        ]
        page = Page(words=(tuple(words),), right=place.width, top=place.height)
        laid.append((page if words else Page(kind="empty"), place))
    return laid


@dataclass(frozen=True, slots=True)
class _Straight:
    """A line on the straight page, in points from above."""

    text: str
    left: float
    right: float
    middle: float
    size: float

    @property
    def breadth(self) -> float:
        """The mean width of a letter."""
        return (self.right - self.left) / len(self.text)

    def words(self, number: int, size: float, height: float) -> list[Word]:
        """Return the words; where each stands is told from its share of the line's letters."""
        texts = self.text.split()
        letters = sum(map(len, texts)) + len(texts) - 1
        width = (self.right - self.left) / letters
        space = min(width, _WIDEST_SPACE * size)
        baseline = height - self.middle - _BASELINE * size
        words = []
        left = self.left
        for text in texts:
            right = left + (len(text) + 1) * width - space
            words.append(Word(text, left, min(right, self.right), baseline, size, 0, number))
            left = right + space
        return words


def _place(page: ReadPage, points: float) -> Place:
    scale = points / max(page.width, page.height)
    width, height = page.width * scale, page.height * scale
    angles = []
    for line in page.lines:
        (x0, y0), (x1, y1) = line.corners[0], line.corners[1]
        across, down = (x1 - x0) * width, (y1 - y0) * height
        angle = math.atan2(down, across)
        if line.is_sure and across > width / 8 and abs(angle) < _STEEPEST:
            angles.append(angle)
    angle = median(angles) if angles else 0.0
    return Place(turn=page.turn, angle=angle, width=width, height=height)


def _straight_lines(page: ReadPage, points: float) -> tuple[Place, list[_Straight]]:
    """Return the lines that were read with certainty, on a page of `points` at its longer side."""
    place = _place(page, points)
    return place, [_straight(line, place) for line in page.lines if line.is_sure]


def _straight(line: ReadLine, place: Place) -> _Straight:
    corners = [place.straight(x, y) for x, y in line.corners]
    across = [x for x, _ in corners]
    down = [y for _, y in corners]
    high = (down[3] - down[0] + down[2] - down[1]) / 2
    return _Straight(
        text=line.text,
        left=min(across),
        right=max(across),
        middle=sum(down) / 4,
        size=max(1.0, _LETTERS * high),
    )


def _usual(lines: Sequence[_Straight], measure: Literal["size", "breadth"]) -> float:
    """Return the size or breadth at which half of the letters are smaller."""
    left = sum(len(line.text) for line in lines) / 2
    for value, letters in sorted((getattr(line, measure), len(line.text)) for line in lines):
        left -= letters
        if left <= 0:
            return max(float(value), 0.1)
    return 1.0


def _step(line: _Straight, usual: float, breadth: float) -> float:
    """Return the step that a line's size falls on: 1 for those near to usual.

    Only a line that is both higher and wider than usual, or lower and narrower, is of another size.
    """
    high, wide = math.log(line.size / usual), math.log(max(line.breadth, 0.1) / breadth)
    if high * wide <= 0:
        return 1.0
    ratio = min(high, wide, key=abs) / math.log(_EVEN)
    return float(_EVEN ** (2 * round(ratio / 2)))
