"""Writes the blocks of a PDF: joins lines, settles hyphens, nests lists, goes on over pages.

Knows nothing of PDFium, nor of how lines became blocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.documents.formats.pdf_hyphens import (
    HYPHENS,
    SOFT_HYPHEN,
    Words,
    without_soft_hyphens,
)
from rag.documents.formats.pdf_layout import Line
from rag.documents.formats.pdf_lines import BULLET, ENDS, Block, Blocks
from rag.documents.formats.pdf_regions import Place, Regions
from rag.documents.formats.pdf_rows import Table
from rag.documents.formats.writer import DocumentWriter

_NEST = 0.5
"""Of the size: an item that begins further right lies in the one before."""
_BETWEEN = 5
"""Blocks (a note, a table, a caption) that may stand between the two parts of a sentence."""
_LONG = 12.0
"""Of the size: a line is at least so wide for its sentence to go on after a running head."""

_Piece = tuple[int, str, bool, list[tuple[int, Line]]]
"""Page, text, whether a space comes before it, and its lines: (characters from its end, line)."""


def write_blocks(
    found: Blocks, pages: int, writer: DocumentWriter, places: Mapping[int, Place] | None = None
) -> None:
    """Write the blocks of a document of so many pages, and where each page begins.

    `places` has the pages, from 0, whose lines are marked as regions of what is shown.
    """
    regions = Regions(writer, places or {})
    blocks = _without_interruptions(found.blocks)
    _name_columns(blocks)
    _Writing(found.words, writer, regions).write(blocks, pages)


def _name_columns(blocks: Sequence[Block]) -> None:
    """Let the first row of a table name its columns where it is repeated on the next page."""
    for one, two in pairwise(blocks):
        before, table = one.table, two.table
        if not (before and table and table.page == before.page + 1):
            continue
        if _goes_on(before, table) and before.rows[0] == table.rows[0]:
            one.table, two.table = replace(before, header=True), replace(table, header=True)


def _without_interruptions(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks; what stands between the parts of a sentence comes before the sentence.

    Or after it, if it stands in the margin of the page on which the sentence goes on. So a
    paragraph that goes on after a note or a figure, on the next page or column, stays whole.
    """
    ordered: list[Block] = []
    for block in blocks:
        place = _open_before(ordered, block)
        if place is None:
            ordered.append(block)
            continue
        opened = ordered.pop(place)
        opened.lines += block.lines
        # a head of the next page comes after the sentence, so that the pages keep their order
        heads = sum(each.page > opened.page for each in ordered[place:])
        ordered.insert(len(ordered) - heads, opened)
    return ordered


def _open_before(ordered: Sequence[Block], block: Block) -> int | None:
    """Return the place of the paragraph that `block` goes on with, over what lies between."""
    if block.kind != "paragraph" or not block.lines[0].text[0].islower():
        return None
    first = block.lines[0]
    for place in range(len(ordered) - 1, max(-1, len(ordered) - 2 - _BETWEEN), -1):
        candidate = ordered[place]
        last = candidate.lines[-1] if candidate.lines else None
        if _in_margin(candidate):
            continue
        if last is not None and candidate.kind in ("paragraph", "item"):
            if abs(last.size - first.size) < 0.06 * first.size and last.bold == first.bold:
                elsewhere = last.page + 1 == first.page or (
                    last.page == first.page and last.part != first.part
                )
                between = ordered[place + 1 :]
                long = last.right - last.left > _LONG * last.size
                inside = all(
                    each.page == last.page
                    or (long and each.page == first.page and _in_margin(each))
                    for each in between
                )
                opened = last.text[-1] not in ENDS
                return place if elsewhere and opened and between and inside else None
            if last.size > first.size:
                return None
        elif candidate.kind == "heading":
            return None
    return None


def _in_margin(block: Block) -> bool:
    return bool(block.lines) and block.lines[-1].in_margin


class _Writing:
    def __init__(self, words: Words, writer: DocumentWriter, regions: Regions) -> None:
        self._words = words
        self._writer = writer
        self._regions = regions
        self._page = -1
        self._indents: list[float] = []
        self._before: Block | None = None

    def write(self, blocks: Sequence[Block], pages: int) -> None:
        for block in blocks:
            self._turn_to(block.page)
            if block.table is not None:
                self._table(block.table)
            elif block.kind == "code":
                self._code(block.lines)
            else:
                self._text(block)
            self._before = block
        self._turn_to(pages - 1)

    def _turn_to(self, page: int) -> None:
        while self._page < page:
            self._writer.start_page()
            self._page += 1

    def _text(self, block: Block) -> None:
        pieces = list(self._pieces(block))
        _, text, _, lines = pieces[0]
        if block.kind == "heading":
            self._writer.heading(block.level, text)
        elif block.kind == "item":
            self._item(block, text)
        elif block.kind == "caption":
            self._writer.paragraph(text, kind="caption")
        else:
            self._writer.paragraph(text)
        self._regions.mark_lines(lines)
        for number, piece, space, lines in pieces[1:]:
            self._turn_to(number)
            self._writer.continue_block(piece, space=space)
            self._regions.mark_lines(lines)

    def _code(self, lines: Sequence[Line]) -> None:
        text = _code_text(lines)
        self._writer.code(text)
        self._regions.mark_lines([(len(text), line) for line in lines])

    def _item(self, block: Block, text: str) -> None:
        bullet = BULLET.match(block.lines[0].text)
        before = self._before
        if before is None or before.kind != "item":
            self._indents = []
        elif before.lines[-1].page != block.page or before.lines[-1].part != block.lines[0].part:
            self._indents = self._indents[:1] and [block.left]
        slack = _NEST * block.lines[0].size
        while self._indents and self._indents[-1] > block.left + slack:
            self._indents.pop()
        if not self._indents or block.left > self._indents[-1] + slack:
            self._indents.append(block.left)
        depth = len(self._indents) - 1
        if before is not None and before.kind == "item" and depth == 0:
            if bool(BULLET.match(before.lines[0].text)) != bool(bullet) and (
                abs(before.left - block.left) <= slack
            ):
                self._writer.end_group()
        marker = "-" if bullet or block.marker == "o" else block.marker
        self._writer.item(marker, text[len(block.marker) :].lstrip(), depth)

    def _pieces(self, block: Block) -> Iterator[_Piece]:
        """Yield a block's text, page by page."""
        text, space, starts_with_space = "", False, False
        begins: list[tuple[int, Line]] = []

        def piece(page: int) -> _Piece:
            # what is written may lose a hyphen or a bullet: from its end a line is found again
            lines = [(len(self._plain(text[begin:])), line) for begin, line in begins]
            return page, self._plain(text), starts_with_space, lines

        for number, line in enumerate(block.lines):
            if number and line.page != block.lines[number - 1].page:
                yield piece(block.lines[number - 1].page)
                text, starts_with_space, space, begins = "", space, False, []
            following = block.lines[number + 1].text if number + 1 < len(block.lines) else ""
            content, goes_on = self._line_end(line.text, following)
            text += " " if space else ""
            begins.append((len(text), line))
            text += content
            space = not goes_on
        yield piece(block.lines[-1].page)

    def _plain(self, text: str) -> str:
        return without_soft_hyphens(text, self._words)

    def _line_end(self, text: str, following: str) -> tuple[str, bool]:
        """Return a line without its hyphen if that goes, and whether no space comes after it."""
        last = text[-1:]
        if not following or not text[-2:-1].isalnum():
            return text, False
        if last == SOFT_HYPHEN:
            return text[:-1], True
        if last in HYPHENS and last:
            return (text[:-1] if self._words.joins(text[:-1], following) else text), True
        return text, last == "-"

    def _cell(self, text: str) -> str:
        lines = text.split("\n")
        joined = ""
        for number, line in enumerate(lines):
            following = lines[number + 1] if number + 1 < len(lines) else ""
            content, goes_on = self._line_end(line, following)
            joined += content + ("" if goes_on or not following else " ")
        return self._plain(joined)

    def _table(self, table: Table) -> None:
        before = self._before.table if self._before else None
        rows = [[self._cell(cell) for cell in row] for row in table.rows]
        start = self._writer.length
        if table.pairs:
            for name, value in rows:
                if value:
                    self._writer.record([(name.rstrip(": "), value)])
                else:
                    self._writer.paragraph(name)
            self._regions.mark_table(start, table)
            return
        goes_on = before is not None and _goes_on(before, table)
        if not goes_on:
            self._writer.end_group()
        elif before is not None and before.header and table.rows[0] == before.rows[0]:
            rows = rows[1:]
        for number, row in enumerate(rows):
            header = table.header and number == 0 and not goes_on
            self._writer.row(row, header=header)
        self._regions.mark_table(start, table)


def _goes_on(before: Table, table: Table) -> bool:
    """Say whether a table goes on with the one before it: the same columns, on the next page."""
    if before.pairs or len(before.edges) != len(table.edges):
        return False
    if not table.edges:
        return True
    same = all(abs(one - two) < 6 for one, two in zip(before.edges, table.edges, strict=True))
    return same and table.page == before.page + 1


def _code_text(lines: Sequence[Line]) -> str:
    """Return lines of code with their spaces, by the places of their words."""
    width = sum(w.right - w.left for line in lines for w in line.words) / max(
        1, sum(len(word.text) for line in lines for word in line.words)
    )
    left = min(line.left for line in lines)
    text: list[str] = []
    for number, line in enumerate(lines):
        row = ""
        for word in line.words:
            column = round((word.left - left) / width) if width else 0
            space = 0 if word.glued else 1 if row else 0
            row += " " * max(space, min(column - len(row), 200)) + word.text
        if number and lines[number - 1].baseline - line.baseline > 1.9 * line.size:
            text.append("")
        text.append(row)
    return "\n".join(text)
