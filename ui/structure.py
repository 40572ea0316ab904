"""A document's blocks as a plan: HTML that opens and closes, and the ranges of text between.

Each character of a block's own words is in one range, in order; marks that only said what it is
(`# `, `- `, `|`) are in none. Knows neither highlights nor windows' sizes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.datatypes import Block
from ui.escape import escape_visibly
from ui.tables import lay_out

_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """[start, end) of the document's text, to be shown here."""

    start: int
    end: int


Plan = Iterator[str | Shown]


class Outline:
    """The headings so far: it says how deep the next one is, without leaving out a level."""

    def __init__(self) -> None:
        self._levels: list[int] = []

    def element(self, level: int) -> str:
        """Return the element for a heading of this level, below the page's own two."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self._levels.append(level)
        return f"h{min(2 + len(self._levels), _DEEPEST)}"


def plan_window(blocks: Sequence[Block], start: int, end: int, outline: Outline) -> Plan:
    """Yield what shows the blocks in [start, end) of the text; what stands outside is left out.

    Without blocks the text itself is shown, as one paragraph.
    """
    if not blocks:
        yield from _element("p", "", [Shown(start=start, end=end)])
    before: Block | None = None
    for block in blocks:
        goes_on = block.kind == "turn" and before is not None and _says_who(before, block)
        yield from _plan(replace(block, label="") if goes_on else block, start, end, outline)
        before = block


def _says_who(before: Block, turn: Block) -> bool:
    """Say whether what stands before a piece of a mail says, or goes on from, who writes it."""
    is_piece = turn.text_start == turn.text_end
    return is_piece and (before.kind == "heading" or before.label == turn.label)


def _plan(block: Block, start: int, end: int, outline: Outline) -> Plan:
    if block.end <= start or block.start >= end:
        return
    if block.kind == "table":
        yield from _table(block, start, end)
    elif block.kind == "list":
        yield from _list(block, start, end, outline)
    elif block.kind == "heading":
        name = outline.element(block.level)
        yield from _element(name, f' data-place="{block.start}"', _own(block, start, end))
    elif block.kind == "code":
        yield from _element("pre", "", _own(block, start, end))
    else:
        yield from _paragraph(block, start, end)
    if block.kind not in ("table", "list"):
        for child in block.children:
            yield from _plan(child, start, end, outline)


def _paragraph(block: Block, start: int, end: int) -> Plan:
    label = ""
    if block.kind == "turn" and block.label and block.start >= start:
        label = f'<b class="speaker">{escape_visibly(block.label)}</b> '
    content: list[str | Shown] = [label] if label else []
    content += _own(block, start, end)
    if content:
        name = ' class="caption"' if block.kind == "caption" else ""
        yield from _element("p", name, content)


def _list(block: Block, start: int, end: int, outline: Outline) -> Plan:
    name = "ol" if block.ordered else "ul"
    yield f'<{name} class="items" role="list">'
    for item in block.children:
        if item.end <= start or item.start >= end:
            continue
        own = any(map(str.isalnum, item.label))
        yield '<li class="own" dir="auto">' if own else '<li dir="auto">'
        if own:
            yield f'<span class="marker">{escape_visibly(item.label)}</span><div>'
        yield from _element("p", "", _own(item, start, end))
        for child in item.children:
            yield from _plan(child, start, end, outline)
        yield "</div></li>" if own else "</li>"
    yield f"</{name}>"


def _table(block: Block, start: int, end: int) -> Plan:
    """Yield the rows that touch the window, and the header, which names the columns of all."""
    header = next((row for row in block.children if row.header), None)
    rows = [row for row in block.children if row.end > start and row.start < end]
    body = [row for row in rows if row is not header]
    names, places = _columns(header, body)
    header = header if header in rows else None
    numbered = any(row.number for row in body)
    yield '<div class="table" role="group" aria-label="Table" tabindex="0"><table>'
    if header is not None or any(names):
        yield "<thead><tr>"
        if numbered:
            yield "<td></td>"
        if header is None:
            for name in names:
                yield f'<th scope="col" dir="auto">{escape_visibly(name)}</th>'
        else:
            yield from _cells(header.children, "th", ' scope="col" dir="auto"', start, end)
        yield "</tr></thead>"
    yield "<tbody>"
    for row, cells in zip(body, places, strict=True):
        yield "<tr>"
        if numbered:
            yield f'<td class="number" data-number="{row.number or ""}"></td>'
        shown = [None if cell is None else row.children[cell] for cell in cells]
        yield from _cells(shown, "td", ' dir="auto"', start, end)
        yield "</tr>"
    yield "</tbody></table></div>"


def _columns(
    header: Block | None, rows: Sequence[Block]
) -> tuple[list[str], list[list[int | None]]]:
    """Return the columns' names and which cell of each row stands under each, as `lay_out`."""
    if header is not None:
        longest = max((row.children for row in rows), key=len, default=())
        names = [cell.label for cell in longest]
        return names, [list(range(len(row.children))) for row in rows]
    return lay_out([[cell.label for cell in row.children] for row in rows])


def _cells(cells: Sequence[Block | None], name: str, attributes: str, start: int, end: int) -> Plan:
    for cell in cells:
        yield f"<{name}{attributes}>"
        if cell is not None:
            yield from _own(cell, start, end)
        yield f"</{name}>"


def _own(block: Block, start: int, end: int) -> list[str | Shown]:
    """Return the part of a block's own words that is in the window."""
    left, right = max(block.text_start, start), min(block.text_end, end)
    return [Shown(start=left, end=right)] if left < right else []


def _element(name: str, attributes: str, content: Sequence[str | Shown]) -> Plan:
    if content:
        yield f'<{name}{attributes} dir="auto">'
        yield from content
        yield f"</{name}>"
