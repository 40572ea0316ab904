"""From recognised pages to the lines of a PDF, so that the same code makes blocks of them.

A detector finds pieces of lines in no order: here they get the order in which people read, columns
one after the other, and pieces beside each other in a row become its cells. Knows nothing of
engines or files.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from typing import NamedTuple

from rag.documents.formats.ocr_pages import ReadLine, ReadPage
from rag.documents.formats.pdf_lines import LINE_END_HYPHEN, Line

LEAST_SCORE = 0.5
"""Of what a line is read as; below it, it is noise (a drawing, a stain) or not to be trusted."""

_PAGE_POINTS = 842.0
"""A page's longer side, as if each were A4: only proportions count."""
_CELL_GAP = 1.6
"""Of the letters' size: a wider gap parts the cells of a row; it becomes a tab in the text."""
_USUAL_SHARE = 1.22
"""By how much lines may be higher or lower than usual and count as usual: the height that is
detected depends on which letters a line has."""
_STEEPEST = math.radians(20)
_LEAST_ROWS = 3
"""Of a column."""
_NARROWEST = 12.0
"""Of the letters' size: the width of a column; the cells of a table are often narrower."""
_GUTTER = 0.8
"""Of the letters' size: the least room between columns."""
_SPANNING = 0.3
"""Share of the pieces, such as headings, that may go across the room between columns."""
_FULL = 0.6
"""Of a column's width: a longer line counts as one of running text; half of a column's are."""
_BASELINE = 0.3
"""Of the size: how far the baseline lies below the middle of a line."""


class Box(NamedTuple):
    """A place on a page as it is shown, in shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, other: "Box") -> "Box":
        """Return what holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a line on the page once it is straight, in points from the left top."""

    text: str
    left: float
    right: float
    middle: float
    size: float
    box: Box


def recognised_lines(
    pages: Sequence[tuple[int, ReadPage]], size: float = 10.0
) -> list[tuple[int, list[tuple[Line, Box]]]]:
    """Return the lines of (number, page), in the order of reading, and where each is shown.

    `size` is what the usual size of letters becomes: that of the pages that need no recognising.
    """
    straight = [(number, _pieces(page)) for number, page in pages]
    usual = _usual_size([piece for _, pieces in straight for piece in pieces])
    found = []
    for number, pieces in straight:
        pieces = [replace(piece, size=_step(piece.size / usual) * usual) for piece in pieces]
        height = max((piece.middle for piece in pieces), default=0.0) + usual
        rows = [row for column in _columns(pieces) for row in _rows(column)]
        found.append((number, [_line(row, number, height, size / usual) for row in rows]))
    return found


def doubtful(page: ReadPage) -> int:
    """Return how many lines were seen on a page but not read with certainty."""
    return sum(line.score < LEAST_SCORE for line in page.lines)


def _pieces(page: ReadPage) -> list[_Piece]:
    """Return what was read with certainty, the page straight."""
    scale = _PAGE_POINTS / max(page.width, page.height)
    width, height = page.width * scale, page.height * scale
    lines = [line for line in page.lines if line.score >= LEAST_SCORE and line.text.strip()]
    angle = _slope(lines, width, height)
    cos, sin = math.cos(-angle), math.sin(-angle)
    pieces = []
    for line in lines:
        points = []
        for share_x, share_y in line.corners:
            x, y = share_x * width - width / 2, share_y * height - height / 2
            points.append((x * cos - y * sin + width / 2, x * sin + y * cos + height / 2))
        across = [x for x, _ in points]
        down = [y for _, y in points]
        # the mean of the two ends, for a line that the detector's box follows only roughly
        letters = (down[3] - down[0] + down[2] - down[1]) / 2
        pieces.append(
            _Piece(
                text=" ".join(line.text.split()),
                left=min(across),
                right=max(across),
                middle=sum(down) / 4,
                size=max(1.0, letters),
                box=_shown_box(line, page.turn),
            )
        )
    return pieces


def _slope(lines: Sequence[ReadLine], width: float, height: float) -> float:
    """Return the angle of the lines, of those that are long enough to tell, clockwise."""
    angles = []
    for line in lines:
        (x0, y0), (x1, y1) = line.corners[0], line.corners[1]
        across, down = (x1 - x0) * width, (y1 - y0) * height
        angle = math.atan2(down, across)
        if across > width / 8 and abs(angle) < _STEEPEST:
            angles.append(angle)
    return median(angles) if angles else 0.0


def _shown_box(line: ReadLine, turn: int) -> Box:
    """Return where a line is on the page before it was turned."""
    points = [_before_turn(x, y, turn) for x, y in line.corners]
    across = [min(1.0, max(0.0, x)) for x, _ in points]
    down = [min(1.0, max(0.0, y)) for _, y in points]
    return Box(min(across), min(down), max(across), max(down))


def _before_turn(x: float, y: float, turn: int) -> tuple[float, float]:
    for _ in range(turn // 90):
        x, y = 1 - y, x
    return x, y


def _usual_size(pieces: Sequence[_Piece]) -> float:
    """Return the size at which half of the letters are smaller."""
    left = sum(len(piece.text) for piece in pieces) / 2
    for piece in sorted(pieces, key=lambda piece: piece.size):
        left -= len(piece.text)
        if left <= 0:
            return piece.size
    return 1.0


def _step(ratio: float) -> float:
    """Return the step that a size falls on: those near to usual (1) are usual."""
    return float(_USUAL_SHARE ** (2 * round(math.log(ratio) / math.log(_USUAL_SHARE) / 2)))


def _columns(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Yield the pieces of each column, or part of the page above or below columns, in order."""
    gutter = _gutter(pieces)
    if gutter is None:
        yield list(pieces)
        return
    in_order = sorted(pieces, key=lambda piece: piece.middle)
    for spans, band in groupby(in_order, lambda piece: piece.left < gutter < piece.right):
        if spans:
            yield list(band)
            continue
        beside = list(band)
        for is_right in (False, True):
            column = [piece for piece in beside if (piece.left >= gutter) == is_right]
            if column:
                yield from _columns(column)


def _gutter(pieces: Sequence[_Piece]) -> float | None:
    """Return where the room between two columns of running text lies, if there are such."""
    if len(pieces) < 2 * _LEAST_ROWS:
        return None
    size = median(piece.size for piece in pieces)
    best: tuple[int, float] | None = None
    for start in sorted({piece.right for piece in pieces}):
        middle = start + _GUTTER * size / 2
        crossing = sum(
            piece.left < middle + _GUTTER * size / 2 and piece.right > start for piece in pieces
        )
        if crossing > _SPANNING * len(pieces) or (best and crossing >= best[0]):
            continue
        left = [piece for piece in pieces if piece.right <= start]
        right = [piece for piece in pieces if piece.left >= start + _GUTTER * size]
        if _is_column(left) and _is_column(right):
            best = crossing, middle
    return best[1] if best else None


def _is_column(pieces: Sequence[_Piece]) -> bool:
    """Say whether most lines are long for the room they share, as running text is."""
    if len(pieces) < _LEAST_ROWS:
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    full = sum(piece.right - piece.left >= _FULL * width for piece in pieces)
    return full >= len(pieces) / 2 and width >= _NARROWEST * median(piece.size for piece in pieces)


def _rows(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Return the pieces that stand on one line, from the left, line by line."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        if rows:
            last = rows[-1][-1]
            near = abs(piece.middle - last.middle) < min(piece.size, last.size) / 2
            apart = all(
                piece.left >= other.right - other.size / 2
                or piece.right <= other.left + other.size / 2
                for other in rows[-1]
            )
            if near and apart:
                rows[-1].append(piece)
                continue
        rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _line(row: Sequence[_Piece], number: int, height: float, scale: float) -> tuple[Line, Box]:
    text, box = row[0].text, row[0].box
    for before, piece in zip(row, row[1:], strict=False):
        gap = piece.left - before.right
        text += ("\t" if gap > _CELL_GAP * piece.size else " ") + piece.text
        box = box.around(piece.box)
    if len(text) > 2 and text[-1] in "-\N{HYPHEN}" and text[-2].isalpha():
        text = text[:-1] + LINE_END_HYPHEN
    longest = max(row, key=lambda piece: len(piece.text))
    line = Line(
        text=text,
        left=row[0].left * scale,
        right=row[-1].right * scale,
        baseline=(height - longest.middle - _BASELINE * longest.size) * scale,
        size=longest.size * scale,
        bold=False,
        page=number,
    )
    return line, box
