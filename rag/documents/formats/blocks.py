"""Writing the canonical text of a document: blocks apart by blank lines, and where pages begin.

The marks are those of Markdown (`# ` of headings, `- ` of list items, `|` around the cells of a
row), which is what `rag.documents.sentences` knows. Knows nothing of files.
"""

from collections.abc import Sequence

from rag.documents.formats.refusals import too_long

Extracted = tuple[str, tuple[int, ...]]
"""The canonical text, and the offset in it at which each page begins; empty without pages."""

_DEEPEST_HEADING = 6


def collapse(text: str) -> str:
    """Return `text` with every run of white space as one space, and none around it."""
    return " ".join(text.split())


class Blocks:
    """Collects blocks into one text. Raises `ValueError` once it is longer than `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._parts: list[str] = []
        self._length = 0
        self._bytes = 0
        self._page_starts: list[int] = []
        self._pages_due = 0
        self._group = ""

    def paragraph(self, text: str) -> None:
        """Add a block of its own; one without text adds nothing, here and below."""
        self._add(text, group="")

    def heading(self, level: int, text: str) -> None:
        """Add a heading on a line of its own, `level` from 1; deeper than 6 counts as 6."""
        text = collapse(text)
        if text:
            self._add(f"{'#' * min(level, _DEEPEST_HEADING)} {text}", group="")

    def item(self, marker: str, text: str) -> None:
        """Add an item of a list, on the line after the item before it."""
        if text.strip():
            self._add(f"{marker} {text}", group="list")

    def row(self, cells: Sequence[str]) -> None:
        """Add a row of a table, on the line after the row before it; a single cell is a block."""
        cells = [collapse(cell) for cell in cells]
        if len(cells) == 1:
            self.paragraph(cells[0])
        elif any(cells):
            self._add(f"| {' | '.join(cells)} |", group="table")

    def end_group(self) -> None:
        """Let the next item or row begin a list or table of its own."""
        self._group = ""

    def start_page(self) -> None:
        """Let a page begin with the next text."""
        self._pages_due += 1

    def continue_block(self, text: str, *, space: bool) -> None:
        """Add to the block that was added last, after a space or at once."""
        if space:
            self._put(" ")
        self._begin_pages()
        self._put(text)

    def result(self) -> Extracted:
        """Return the text and where its pages begin; those without text begin where the next do."""
        self._begin_pages()
        return "".join(self._parts), tuple(self._page_starts)

    def _add(self, text: str, group: str) -> None:
        if not text.strip():
            return
        if self._length:
            self._put("\n" if group and group == self._group else "\n\n")
        self._begin_pages()
        self._put(text)
        self._group = group

    def _begin_pages(self) -> None:
        self._page_starts += [self._length] * self._pages_due
        self._pages_due = 0

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        self._bytes += len(text.encode("utf-8", "surrogatepass"))
        if self._bytes > self._max_bytes:
            raise too_long(self._bytes, self._max_bytes)
