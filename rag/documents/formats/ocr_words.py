"""From recognised pages to the words of a PDF's pages, so that the same layout code reads both.

The page is made straight, the sizes of letters even, and each line is cut into words; where they
stand on the page as it is shown can be asked afterwards. Knows nothing of engines or files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

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
    places = [_place(page, points or _PAGE_POINTS) for page, points in pages]
    usual = _usual_size(pages, places)
    if usual_size:  # a scan may show another paper's size: its text is no heading for that
        scale = usual_size / usual
        usual = usual_size
        places = [_place(page, scale * (points or _PAGE_POINTS)) for page, points in pages]
    found = []
    for (page, _), place in zip(pages, places, strict=True):
        lines = [_straight(line, place) for line in page.lines if line.is_sure]
        words = [
            word
            for number, line in enumerate(lines)
            for word in line.words(number, usual * _step(line.size / usual), place.height)
        ]
        laid = Page(words=(tuple(words),), right=place.width, top=place.height)
        found.append((laid if words else Page(kind="empty"), place))
    return found


@dataclass(frozen=True, slots=True)
class _Straight:
    """A line on the straight page, in points from above."""

    text: str
    left: float
    right: float
    middle: float
    size: float

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


def _usual_size(pages: Sequence[tuple[ReadPage, float]], places: Sequence[Place]) -> float:
    """Return the size at which half of the letters are smaller."""
    lines = [
        _straight(line, place)
        for (page, _), place in zip(pages, places, strict=True)
        for line in page.lines
        if line.is_sure
    ]
    left = sum(len(line.text) for line in lines) / 2
    for line in sorted(lines, key=lambda line: line.size):
        left -= len(line.text)
        if left <= 0:
            return line.size
    return 1.0


def _step(ratio: float) -> float:
    """Return the step that a size falls on: those near to usual (1) are usual."""
    return float(_EVEN ** (2 * round(math.log(ratio) / math.log(_EVEN) / 2)))
