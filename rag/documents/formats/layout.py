"""The layout of plain text: which lines are headings, paragraphs, items and rows.

Cautious rules over lines, for text that has no marks of its own, or those of Markdown. Offsets are
those of the text, which is never changed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.datatypes import Block
from rag.documents.structure import finish

_NARROWEST_WRAP, _WIDEST_WRAP = 40, 120
"""Columns: where the longest line of a paragraph is outside, its line breaks are no wraps."""
_RAGGED = 0.25
"""Share of the width that a line without a full stop may leave free and still be wrapped."""
_HEADING = re.compile(r"#{1,6}\s")
_BULLET = re.compile(r"[-*+•]\s")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s")
_UNDERLINE = re.compile(r"=+|-+")
_ENDS = frozenset(".!?:;…。！？")


@dataclass(slots=True, kw_only=True)
class _Line:
    """A line without the white space around it; `column` is how far right its last character is."""

    start: int
    end: int
    column: int


@dataclass(slots=True, kw_only=True)
class _Block:
    start: int
    end: int
    heading: bool
    listed: bool


def text_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a plain text."""
    return finish(
        text,
        [
            Block(
                kind="heading" if block.heading else "paragraph",
                start=block.start,
                end=block.end,
                text_start=block.start,
                text_end=block.end,
                level=int(block.heading),
            )
            for lines in _paragraphs(text)
            for block in _blocks(text, lines)
        ],
    )


def _paragraphs(text: str) -> Iterator[list[_Line]]:
    """Yield runs of lines that are not blank."""
    lines: list[_Line] = []
    offset = 0
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            column = len(raw.rstrip())
            start = offset + column - len(stripped)
            lines.append(_Line(start=start, end=offset + column, column=column))
        elif lines:
            yield lines
            lines = []
        offset += len(raw)
    if lines:
        yield lines


def _blocks(text: str, lines: Sequence[_Line]) -> Iterator[_Block]:
    """Join the lines that continue each other."""
    width = max(line.column for line in lines)
    block: _Block | None = None
    for number, line in enumerate(lines):
        content = text[line.start : line.end]
        previous = lines[number - 1]
        if block is not None and _continues(text, block, previous, content, width):
            block.end = line.end
            block.heading |= _UNDERLINE.fullmatch(content) is not None
            continue
        if block is not None:
            yield block
        block = _Block(
            start=line.start,
            end=line.end,
            heading=_HEADING.match(content) is not None,
            listed=bool(_BULLET.match(content) or _NUMBERED.match(content)),
        )
    if block is not None:
        yield block


def _continues(text: str, block: _Block, previous: _Line, content: str, width: int) -> bool:
    """Say whether a line goes on with the block that ends with the line before it.

    In text wrapped at a width a break is a wrap if the next word had no more room, or nearly. Lines
    of punctuation alone (rules, fences, the second row of a table) belong to what stands above.
    """
    if not any(map(str.isalnum, content)):
        return True
    before = text[previous.start : previous.end]
    if block.heading or before[0] == "|" or not any(map(str.isalnum, before)):
        return False
    if content[0] == "|" or _HEADING.match(content) or _BULLET.match(content):
        return False
    numbered = _NUMBERED.match(content)
    if numbered and (block.listed or numbered[1] == "1"):
        return False
    if width < _NARROWEST_WRAP:
        return False
    if content[0].islower() and before[-1] not in _ENDS:
        return True
    room = width - previous.column
    ragged = before[-1] not in _ENDS and room < _RAGGED * width
    return width <= _WIDEST_WRAP and (ragged or len(content.split(None, 1)[0]) + 1 > room)
