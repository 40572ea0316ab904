"""Writing the canonical text of a document and its blocks, and where pages begin.

The marks are those of Markdown (`# ` of headings, `- ` of list items, `|` around the cells of a
row). Knows nothing of files.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from rag.datatypes import Block, BlockKind, Region
from rag.documents.formats.refusals import too_long
from rag.documents.structure import around, finish, nest_items, shift

_DEEPEST_HEADING = 6
_DEEPEST_LIST = 20


class Extracted(NamedTuple):
    """What a format's reader makes of a file: the fields of `Document` of the same names."""

    text: str
    page_starts: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    title: str = ""
    regions: tuple[Region, ...] = ()
    warnings: tuple[str, ...] = ()


def collapse(text: str) -> str:
    """Return `text` with every run of white space as one space, and none around it."""
    return " ".join(text.split())


@dataclass(slots=True, kw_only=True)
class _Open:
    """A block that may still grow, as `Block`; `depth` is how deep a list item is nested."""

    kind: BlockKind
    start: int
    end: int
    text_start: int
    text_end: int
    level: int = 0
    label: str = ""
    header: bool = False
    number: int = 0
    depth: int = 0
    group: int = 0
    children: list["_Open"] = field(default_factory=list)

    def grow(self, end: int) -> None:
        self.end = self.text_end = end

    def closed(self) -> Block:
        return Block(
            kind=self.kind,
            start=self.start,
            end=self.end,
            text_start=self.text_start,
            text_end=self.text_end,
            level=self.level,
            label=self.label,
            header=self.header,
            number=self.number,
            children=tuple(child.closed() for child in self.children),
        )


class DocumentWriter:
    """Collects blocks into one text. Raises `ValueError` once it is longer than `max_bytes`.

    What has no text adds nothing, whatever the method.
    """

    def __init__(self, max_bytes: int) -> None:
        self.title = ""
        """What the document calls itself; a reader sets it."""
        self.warnings: list[str] = []
        self._max_bytes = max_bytes
        self._parts: list[str] = []
        self._length = 0
        self._bytes = 0
        self._page_starts: list[int] = []
        self._pages_due = 0
        self._group = ""
        self._groups = 0
        self._blocks: list[_Open | Block] = []
        self._regions: list[Region] = []

    def paragraph(self, text: str, kind: BlockKind = "paragraph") -> None:
        """Add a block of its own: a paragraph, or `kind` caption."""
        self._add(text, kind)

    def code(self, text: str) -> None:
        """Add lines that are kept as they are: source code, verse, a form."""
        self._add(text.strip("\n").rstrip(), "code")

    def heading(self, level: int, text: str) -> None:
        """Add a heading on a line of its own, `level` from 1; deeper than 6 counts as 6."""
        text = collapse(text)
        level = max(1, min(level, _DEEPEST_HEADING))
        self._add(text, "heading", mark=f"{'#' * level} ", level=level)

    def item(self, marker: str, text: str, depth: int = 0) -> None:
        """Add an item of a list, on the line after the item before it; `depth` 0 is outermost.

        `marker` is "-", or the number or letter as the document shows it: "3.", "(a)", "1.2".
        """
        depth = max(0, min(depth, _DEEPEST_LIST))
        mark = f"{'  ' * depth}{marker} "
        self._add(text, "item", mark=mark, label=marker, group="list", depth=depth)

    def item_part(self, text: str, depth: int = 0, kind: BlockKind = "paragraph") -> None:
        """Add a further paragraph (or code) of the item that was added last at `depth`.

        Where that list has ended it is a block of its own.
        """
        text = text.strip("\n").rstrip()
        if self._group != "list":
            self._add(text, kind)
        else:
            depth = max(0, min(depth, _DEEPEST_LIST)) + 1
            mark = "  " * depth
            text = text.replace("\n", f"\n{mark}")
            self._add(text, kind, mark=mark, group="list", depth=depth)

    def turn(self, label: str, text: str) -> None:
        """Add what one speaker or sender says: `label` (name, time, or both) stands before it."""
        label = collapse(label)
        self._add(text, "turn", mark=f"{label}: " if label else "", label=label)

    def insert(self, text: str, blocks: Sequence[Block], *, turn: str = "", depth: int = 0) -> None:
        """Add a text that has blocks of its own, as another reader made them.

        They lie in one turn with the label `turn` if there is one, which is not written; `depth` is
        how deep a mail quotes it, its level.
        """
        if not blocks:
            return
        self._begin("")
        placed = [shift(block, self._length - blocks[0].start) for block in blocks]
        self._put(text[blocks[0].start : blocks[-1].end])
        if turn:
            said = around("turn", placed)
            placed = [replace(said, text_end=said.start, label=collapse(turn), level=depth)]
        self._blocks += placed

    def row(self, cells: Sequence[str], *, header: bool = False, number: int = 0) -> None:
        """Add a row of a table, on the line after the row before it; a single cell is a block.

        Cells keep their places: empty ones too, and what spans columns or rows is repeated by the
        caller. `header` says that the row names the columns; `number` is the row's in the original.
        """
        cells = [collapse(cell) for cell in cells]
        if len(cells) == 1:
            self.paragraph(cells[0])
        elif any(cells):
            self._write_row([("| ", "", cell) for cell in cells], " ", " |", header, number)

    def record(self, fields: Sequence[tuple[str, str]], *, number: int = 0) -> None:
        """Add a row as "column: value; column: value", without the fields that are empty.

        `number` is the row's in the original, from 1.
        """
        kept = [(collapse(column), collapse(value)) for column, value in fields if value.strip()]
        if kept:
            marks = [
                ("" if number == 0 else "; ", f"{column}: " if column else "", value, column)
                for number, (column, value) in enumerate(kept)
            ]
            self._begin("table")
            self._write_cells(marks, "", header=False, number=number)

    def end_group(self) -> None:
        """Let the next item or row begin a list or table of its own."""
        self._group = ""

    def start_page(self) -> None:
        """Let a page (or slide) begin with the next text."""
        self._pages_due += 1

    def continue_block(self, text: str, *, space: bool) -> None:
        """Add to the block that was added last (not by `insert`), after a space or at once."""
        if space:
            self._put(" ")
        self._begin_pages()
        self._put(text)
        last = self._blocks[-1]
        if isinstance(last, _Open):
            last.grow(self._length)

    def mark_region(self, region: Region) -> None:
        """Say where a piece of the text stands in the picture of its page."""
        self._regions.append(region)

    @property
    def length(self) -> int:
        """How many characters the text has so far."""
        return self._length

    def result(self) -> Extracted:
        """Return what was written; pages without text begin where the next do."""
        self._begin_pages()
        text = "".join(self._parts)
        return Extracted(
            text=text,
            page_starts=tuple(self._page_starts),
            blocks=finish(text, list(_grouped(self._blocks))),
            title=collapse(self.title),
            regions=tuple(self._regions),
            warnings=tuple(self.warnings),
        )

    def _add(
        self,
        text: str,
        kind: BlockKind,
        *,
        mark: str = "",
        level: int = 0,
        label: str = "",
        group: str = "",
        depth: int = 0,
    ) -> None:
        if not text.strip():
            return
        self._begin(group)
        start = self._length + len(mark) - len(mark.lstrip(" "))
        self._put(mark)
        text_start = self._length + len(text) - len(text.lstrip())
        self._put(text)
        text_end = self._length - len(text) + len(text.rstrip())
        self._blocks.append(
            _Open(
                kind=kind,
                start=start if mark else text_start,
                end=text_end,
                text_start=text_start,
                text_end=text_end,
                level=level,
                label=label,
                depth=depth,
                group=self._groups,
            )
        )

    def _write_row(
        self,
        cells: Sequence[tuple[str, str, str]],
        after: str,
        end: str,
        header: bool,
        number: int,
    ) -> None:
        self._begin("table")
        marks = [
            (before if place == 0 else after + before, name, cell, "")
            for place, (before, name, cell) in enumerate(cells)
        ]
        self._write_cells(marks, end, header=header, number=number)

    def _write_cells(
        self,
        cells: Sequence[tuple[str, str, str, str]],
        end: str,
        *,
        header: bool,
        number: int,
    ) -> None:
        """Write cells as (what parts them, name before the value, value, label)."""
        row_start = self._length
        children = []
        for between, name, value, label in cells:
            self._put(between)
            start = self._length
            self._put(name)
            text_start = self._length
            self._put(value)
            children.append(
                _Open(
                    kind="cell",
                    start=start,
                    end=self._length,
                    text_start=text_start,
                    text_end=self._length,
                    label=label,
                )
            )
        self._put(end)
        self._blocks.append(
            _Open(
                kind="row",
                start=row_start,
                end=self._length,
                text_start=row_start,
                text_end=self._length,
                header=header,
                number=number,
                group=self._groups,
                children=children,
            )
        )

    def _begin(self, group: str) -> None:
        """Part what comes from what stands there: by a line break inside of a group."""
        goes_on = bool(group) and group == self._group
        if self._length:
            self._put("\n" if goes_on else "\n\n")
        if not goes_on:
            self._groups += 1
        self._begin_pages()
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


def _grouped(blocks: Sequence[_Open | Block]) -> list[Block]:
    """Return the top-level blocks: items gathered into lists, rows into tables."""
    grouped: list[Block] = []
    run: list[_Open] = []
    for block in blocks:
        gathers = isinstance(block, _Open) and (block.kind in ("item", "row") or block.depth > 0)
        if isinstance(block, _Open) and gathers and (not run or block.group == run[0].group):
            run.append(block)
            continue
        grouped += _gathered(run)
        run = [block] if isinstance(block, _Open) and gathers else []
        if not run:
            grouped.append(block.closed() if isinstance(block, _Open) else block)
    return grouped + _gathered(run)


def _gathered(run: Sequence[_Open]) -> list[Block]:
    """Return the list or table of items or rows that follow each other."""
    closed = [each.closed() for each in run]
    if run and run[0].kind == "row":
        return [around("table", closed)]
    return nest_items([(each.depth, block) for each, block in zip(run, closed, strict=True)])
