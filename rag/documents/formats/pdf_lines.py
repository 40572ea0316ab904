"""From the lines of a PDF's pages to blocks: which lines continue a paragraph, which are headings.

A PDF says where characters stand and nothing else; all this is judged by place and size. Knows
nothing of PDFium or files.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from rag.documents.formats.writer import DocumentWriter

LINE_END_HYPHEN = "\N{SOFT HYPHEN}"
"""What a line ends with whose last word may go on in the next line."""

_SAME_SIZE = 0.12
"""Share by which the sizes of two lines may differ and still count as the same."""
_HEADING_SIZE = 1.15
"""Of the usual size: a line that is larger is a heading."""
_WIDE_GAP = 1.35
"""Of the usual distance of lines: a wider one parts paragraphs."""
_INDENT = 0.7
"""Of the size: a line that begins further right than the one before begins a paragraph."""
_LONGEST_HEADING = 200
_REPEATED = 3
"""Pages at whose top or bottom the same line stands before it counts as a running head."""
_ENDS = frozenset(".!?:;…。！？”\"'")
_BULLET = re.compile(r"([•·‣▪◦●○■□➢✓–—*-])\s+(?=\S)")
_NUMBERED = re.compile(r"(\d{1,3}[.)]|\([a-z0-9]{1,3}\)|[a-z]\))\s+(?=\S)")
_FIRST_NUMBERS = ("1.", "1)", "(1)", "a)", "(a)")
_LEADERS = re.compile(r"(?:[.…] ?){5,}")
"""The dots of a table of contents; its lines are never joined."""
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s+)?(?:\d{1,5}|[ivxlc]{1,7})(?:\s*(?:/|of)\s*\d+)?\W*", re.I)


class Line(NamedTuple):
    """A line of a page, from 0; places in points, `baseline` from below; tabs part cells."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    page: int


@dataclass(slots=True)
class _Block:
    """Lines that belong together, with the numbering or bullet before the first one."""

    lines: list[Line]
    marker: str = ""
    heading: int = 0


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual in the document: size, weight, distance of lines in sizes, and its words."""

    size: float
    bold: bool
    distance: float
    words: frozenset[str] = field(repr=False)


def write_lines(pages: Sequence[Sequence[Line]], blocks: DocumentWriter) -> None:
    """Write the blocks of all pages to `blocks`, and where each page begins."""
    lines = [line for page in _without_running_heads(pages) for line in page]
    page = -1

    def turn_to(number: int) -> None:
        nonlocal page
        while page < number:
            blocks.start_page()
            page += 1

    if lines:
        usual = _usual(lines)
        levels = _heading_levels(lines, usual)
        for block in _blocks(lines, usual, levels):
            turn_to(block.lines[0].page)
            pieces = list(_pieces(block, usual))
            _write(block, pieces[0][1], blocks)
            for number, text, space in pieces[1:]:
                turn_to(number)
                blocks.continue_block(text, space=space)
    turn_to(len(pages) - 1)


def _write(block: _Block, text: str, blocks: DocumentWriter) -> None:
    if block.heading:
        blocks.heading(block.heading, text)
    elif block.marker:
        blocks.item(block.marker, text)
    elif "\t" in text:
        blocks.row(text.split("\t"))
    else:
        blocks.paragraph(text)


def _pieces(block: _Block, usual: _Usual) -> Iterator[tuple[int, str, bool]]:
    """Yield a block's text, page by page: (page, text, whether a space comes before it)."""
    text, space, starts_with_space = "", False, False
    for number, line in enumerate(block.lines):
        content = line.text
        if number and line.page != block.lines[number - 1].page:
            yield block.lines[number - 1].page, text, starts_with_space
            text, starts_with_space, space = "", space, False
        following = block.lines[number + 1].text if number + 1 < len(block.lines) else ""
        if content.endswith(LINE_END_HYPHEN):
            content = content[:-1] + _hyphen(content[:-1], following, usual.words)
            goes_on = bool(following)
        else:
            goes_on = content[-1] == "-" and content[-2:-1].isalnum()
        text += (" " if space else "") + content
        space = not goes_on
    yield block.lines[-1].page, text, starts_with_space


def _hyphen(before: str, after: str, words: frozenset[str]) -> str:
    """Return what becomes of a hyphen at the end of a line: it goes only if that is certain.

    Certain is what the document says itself: the word stands in it without a hyphen elsewhere.
    """
    first, second = list(_WORD.finditer(before)), _WORD.match(after)
    if first and second and first[-1].end() == len(before):
        if (first[-1][0] + second[0]).lower() in words:
            return ""
    return "-"


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> Iterator[Sequence[Line]]:
    """Yield the pages without page numbers, and without the repetitions of running heads."""
    heads = Counter(
        key for page in pages for key in {_head_key(line) for line in _edge_lines(page)}
    )
    seen: set[tuple[str, int]] = set()
    for page in pages:
        edge = {id(line) for line in _edge_lines(page)} if len(pages) > 1 else set()
        kept = []
        for line in page:
            if id(line) in edge:
                key = _head_key(line)
                if _PAGE_NUMBER.fullmatch(line.text) or (heads[key] >= _REPEATED and key in seen):
                    continue
                seen.add(key)
            kept.append(line)
        yield kept


def _edge_lines(page: Sequence[Line]) -> list[Line]:
    """Return the highest and the lowest line of a page."""
    if not page:
        return []
    return [max(page, key=lambda line: line.baseline), min(page, key=lambda line: line.baseline)]


def _head_key(line: Line) -> tuple[str, int]:
    """Return what is the same for a running head on each page: words, and height to 4 points."""
    return _NUMBER.sub("#", line.text), round(line.baseline / 4)


def _usual(lines: Sequence[Line]) -> _Usual:
    sizes: Counter[float] = Counter()
    bold = 0
    for line in lines:
        sizes[_rounded(line.size)] += len(line.text)
        bold += len(line.text) if line.bold else -len(line.text)
    size = sizes.most_common(1)[0][0]
    distances = [
        distance
        for before, line in zip(lines, lines[1:], strict=False)
        if before.page == line.page and _same_size(before, line)
        if 0 < (distance := (before.baseline - line.baseline) / line.size) < 3
    ]
    words = (
        word.lower()
        for line in lines
        for word in _WORD.findall(line.text.rpartition(" ")[0] if _is_cut(line) else line.text)
    )
    return _Usual(size, bold > 0, median(distances) if distances else 1.2, frozenset(words))


def _is_cut(line: Line) -> bool:
    return line.text.endswith(LINE_END_HYPHEN)


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _same_size(first: Line, second: Line) -> bool:
    return abs(first.size - second.size) <= _SAME_SIZE * max(first.size, second.size)


def _heading_levels(lines: Sequence[Line], usual: _Usual) -> dict[float, int]:
    """Return the level of heading of each size that is larger than usual, the largest first."""
    sizes = {_rounded(line.size) for line in lines if line.size > _HEADING_SIZE * usual.size}
    return {size: level for level, size in enumerate(sorted(sizes, reverse=True), 1)}


def _blocks(lines: Sequence[Line], usual: _Usual, levels: dict[float, int]) -> Iterator[_Block]:
    margins = _right_margins(lines)
    block: _Block | None = None
    for line in lines:
        if block is not None and _continues(block, line, margins, usual):
            block.lines.append(line)
            continue
        if block is not None:
            yield _judged(block, usual, levels)
        marker = _BULLET.match(line.text) or _NUMBERED.match(line.text)
        if marker and "\t" not in line.text[marker.end() :]:
            rest = line._replace(text=line.text[marker.end() :])
            sign = "-" if _BULLET.match(line.text) else marker[1]
            block = _Block(lines=[rest], marker=sign)
        else:
            block = _Block(lines=[line])
    if block is not None:
        yield _judged(block, usual, levels)


def _judged(block: _Block, usual: _Usual, levels: dict[float, int]) -> _Block:
    """Return the block, as a heading if it is larger than usual, or bold and no sentence."""
    text = " ".join(line.text for line in block.lines)
    first = block.lines[0]
    if "\t" in text or len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)):
        return block
    level = levels.get(_rounded(first.size), 0)
    bold = all(line.bold for line in block.lines) and not usual.bold
    if not level and bold and text[-1] not in _ENDS and len(block.lines) <= 2:
        level = len(levels) + 1
    if level and block.marker and block.marker != "-":  # the number of a section
        block.lines[0] = first._replace(text=f"{block.marker} {first.text}")
    block.heading = level
    return block


def _right_margins(lines: Sequence[Line]) -> dict[tuple[int, int], float]:
    """Return how far right lines reach that begin at about the same place of the same page."""
    margins: dict[tuple[int, int], float] = {}
    for line in lines:
        for column in _columns(line):
            key = line.page, column
            margins[key] = max(margins.get(key, 0.0), line.right)
    return margins


def _columns(line: Line) -> tuple[int, int, int]:
    """Return the strip of 36 points in which a line begins, and its neighbours."""
    column = int(line.left // 36)
    return column - 1, column, column + 1


def _continues(
    block: _Block, line: Line, margins: dict[tuple[int, int], float], usual: _Usual
) -> bool:
    """Say whether a line goes on with the block: there was no more room for its first word."""
    before = block.lines[-1]
    if "\t" in line.text or "\t" in before.text or not _same_size(before, line):
        return False
    if before.bold != line.bold and (len(block.lines) == 1 or line.bold):
        return False
    numbered = _NUMBERED.match(line.text)
    if numbered and (block.marker or numbered[1] in _FIRST_NUMBERS):
        return False
    if _LEADERS.search(before.text) or _BULLET.match(line.text):
        return False
    open_end = before.text[-1] not in _ENDS
    follows = open_end and (_is_cut(before) or line.text[0].islower())
    distance = (before.baseline - line.baseline) / line.size
    if before.page != line.page or distance < -0.5:  # on the next page, or in the next column
        return follows
    if distance > _WIDE_GAP * usual.distance:
        return False
    if follows or line.size > _HEADING_SIZE * usual.size:
        return True
    if line.left - before.left > _INDENT * line.size and not block.marker:
        return False
    room = margins[before.page, int(before.left // 36)] - before.right
    word = len(line.text.split(None, 1)[0]) / len(line.text) * (line.right - line.left)
    return word + 0.3 * line.size > room
