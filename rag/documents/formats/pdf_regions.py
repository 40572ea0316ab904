"""Marks where lines and tables that were written stand in the pictures of their pages.

Knows nothing of how pages were read: whoever did says how their points lie on what is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rag.datatypes import Region
from rag.documents.formats.pdf_layout import Line
from rag.documents.formats.pdf_rows import Table
from rag.documents.formats.writer import DocumentWriter

_ABOVE, _BELOW = 0.95, 0.3
"""Of the size: how far letters and their marks reach above and below the baseline."""


class Place(Protocol):
    """How the points of a page lie on the page as it is shown."""

    @property
    def width(self) -> float:
        """The page's width in points."""
        ...

    def box(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom in shares of the page as it is shown."""
        ...


class Regions:
    """The marks of one document; `places` are by the number of the page, from 0."""

    def __init__(self, writer: DocumentWriter, places: Mapping[int, Place]) -> None:
        self._writer = writer
        self._places = places

    def mark_lines(self, lines: Sequence[tuple[int, Line]]) -> None:
        """Mark the lines that were written last: (how many characters from the end, line)."""
        ends = [before for before, _ in lines[1:]] + [0]
        for (begin, line), end in zip(lines, ends, strict=True):
            top = line.baseline + _ABOVE * line.size
            bottom = line.baseline - _BELOW * line.size
            length = self._writer.length
            self._mark(length - begin, length - end, line.page, line.left, bottom, line.right, top)

    def mark_table(self, start: int, table: Table) -> None:
        """Mark a table that was written last, from `start`: the whole breadth of its page."""
        place = self._places.get(table.page)
        if place is None:
            return
        size = (table.top - table.bottom) / max(1, len(table.rows) - 1) or 10.0
        top, bottom = table.top + _ABOVE * size, min(table.bottom, table.top) - _BELOW * size
        self._mark(start, self._writer.length, table.page, 0.0, bottom, place.width, top)

    def _mark(
        self,
        start: int,
        end: int,
        page: int,
        left: float,
        bottom: float,
        right: float,
        top: float,
    ) -> None:
        place = self._places.get(page)
        if place is None or start >= end:
            return
        shown = place.box(left, bottom, right, top)
        self._writer.mark_region(
            Region(
                start=start,
                end=end,
                page=page + 1,
                left=round(shown[0], 4),
                top=round(shown[1], 4),
                right=round(shown[2], 4),
                bottom=round(shown[3], 4),
            )
        )
