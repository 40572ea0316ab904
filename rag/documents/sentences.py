"""Where the sentences of a text begin and end, without changing or searching the text.

Lines are first gathered into blocks: a blank line, a heading, a list item, a table row and a line
break that is not a mere wrap all end a block. Each block then goes to `sentencex`, which knows the
abbreviations of English. Knows nothing of tokens or passages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentencex import get_sentence_boundaries

_NARROWEST_WRAP, _WIDEST_WRAP = 40, 120
"""Columns: where the longest line of a paragraph is outside, its line breaks are no wraps."""
_RAGGED = 0.25
"""Share of the width that a line without a full stop may leave free and still be wrapped."""
_WINDOW = 8_000
"""Characters given to sentencex at once: its time is quadratic in unclosed quotation marks."""
_HEADING = re.compile(r"#{1,6}\s")
_BULLET = re.compile(r"[-*+•]\s")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s")
_MARKER = re.compile(r"\d{1,3}[.)]")
_UNDERLINE = re.compile(r"=+|-+")
_SPACE = re.compile(r"\s")
_ENDS = frozenset(".!?:;…。！？")
_ABBREVIATION = re.compile(r"\b(Ms|Mx|Vols?|Figs|Eq|Ft|approx|Amb|Atty)\.$")
"""Abbreviations, always followed by a name or number, that sentencex does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceSpan:
    """A sentence at [start, end) of the text: `last` of its paragraph, or part of a heading."""

    start: int
    end: int
    last: bool
    heading: bool


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


def find_sentences(text: str) -> Iterator[SentenceSpan]:
    """Yield the sentences of `text` in order.

    Each character that is not white space lies in exactly one sentence; none begins or ends with
    white space, none crosses a blank line.
    """
    for lines in _paragraphs(text):
        for block in _blocks(text, lines):
            spans = list(_merge(text, _boundaries(text, block.start, block.end)))
            for number, (start, end) in enumerate(spans, 1):
                yield SentenceSpan(
                    start=start, end=end, last=number == len(spans), heading=block.heading
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


def _boundaries(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the pieces of text[start:end] that sentencex sees, which may begin and end with spaces.

    sentencex 1.0.32 panics on white space outside ASCII and stops at line breaks, so all white
    space is given to it as spaces; every offset stays the same.
    """
    while start < end:
        stop = min(start + _WINDOW, end)
        window = _SPACE.sub(" ", text[start:stop])
        cuts = [
            start + boundary["start_index"] for boundary in get_sentence_boundaries("en", window)
        ]
        if stop == end:
            cuts.append(end)
        elif len(cuts) == 1:  # one sentence fills the window: cut at its last space, if any
            cuts.append(start + (window.rfind(" ", 1) + 1 or len(window)))
        yield from zip(cuts, cuts[1:], strict=False)
        start = cuts[-1]


def _merge(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Trim the pieces; join what is no sentence alone: list markers, stray marks, titles."""
    held: tuple[int, int] | None = None
    held_open = False
    for start, end in pieces:
        content = text[start:end].lstrip()
        start = end - len(content)
        content = content.rstrip()
        if not content:
            continue
        end = start + len(content)
        has_word = _has_word(content)
        if held is not None and (held_open or not has_word):
            start = held[0]
        elif held is not None:
            yield held
        if has_word or held is None:
            held_open = _is_open(content)
        held = start, end
    if held is not None:
        yield held


def _is_open(content: str) -> bool:
    return bool(
        not _has_word(content) or _MARKER.fullmatch(content) or _ABBREVIATION.search(content)
    )


def _has_word(content: str) -> bool:
    return any(map(str.isalnum, content))
