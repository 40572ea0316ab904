"""From the lines of a PDF's pages to blocks: which lines continue a paragraph, which are headings.

A PDF says where characters stand and nothing else; all this is judged by place and size. Knows
nothing of PDFium or files.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from rag.documents.formats.pdf_columns import MONOSPACED
from rag.documents.formats.pdf_grids import Grid
from rag.documents.formats.pdf_heads import without_running_heads
from rag.documents.formats.pdf_hyphens import Words
from rag.documents.formats.pdf_layout import Line, Page, page_lines
from rag.documents.formats.pdf_margins import reaches
from rag.documents.formats.pdf_rows import Table, grid_table
from rag.documents.formats.pdf_tables import find_tables
from rag.documents.formats.writer import collapse

_SAME_SIZE, _NEARLY_SAME_SIZE = 0.12, 0.3
"""Share by which the sizes of two lines may differ and still count as the same; in a sentence."""
_HEADING_SIZE = 1.15
"""Of the usual size: a line that is larger is a heading."""
_WIDE_GAP, _WIDER_GAP = 1.35, 1.9
"""Of the usual distance of lines: a wider one parts paragraphs; and sentences."""
_LOOSE = 1.6
"""Of the size: short lines so far apart that begin with capitals are not one sentence."""
_INDENT = 0.7
"""Of the size: a line that begins further right than the one before begins a paragraph."""
_HEADING_LINES = 4
_LONGEST_HEADING, _LONGEST_STANDFIRST = 200, 90
_SMALL = 0.93
"""Of the usual size: a note or a caption."""
_COLUMN, _ALONE = 9.0, 22.0
"""Of the size: how wide the last line of a paragraph (of one of several lines, or of one) is at
least for its sentence to go on elsewhere with a capital letter."""
_RAGGED = 0.1
"""Of the width of a column: a line of an open sentence may end so far before its margin."""
ENDS = frozenset(".!?:;…。！？”\"'»)")
BULLET = re.compile(r"([•·‣▪◦●○■□➢➤✓✔–—*\uf0b7\uf0a7\uf0d8\uf076\uf0fc-])\s+(?=\S)")
_SIGN = re.compile(r"[•·‣▪◦●○■□➢➤✓✔]\s")
_NUMBERED = re.compile(
    r"(\d{1,3}[.)]|\d{1,2}(?:\.\d{1,3}){1,4}\.?|\(\w{1,4}\)|[a-zA-Z]\)|§{1,2}\s?\d+[a-z]?"
    r"|[^\W\d_]{2,8}\.\s?\d{1,3}[a-z]?\.?)\s+(?=\S)"
)
_SURE_NUMBER = re.compile(r"\d{1,3}[.)]|\(\w{1,4}\)|[a-zA-Z]\)")
_HUNG = re.compile(r"(\d{1,3}|[A-Z]\.|\[\d{1,5}\]|[^\W\d_]{2,8}\.?\s\d{1,3}[a-z]?\.?)\s+(?=\S)")
"""Numbers of clauses only where their text stands far from them."""
_DASHES = ("–", "—", "-", "*")
_HANGING = 1.2
"""Of the size: the white after such a number."""
_FIRST_NUMBERS = ("1.", "1)", "(1)", "a)", "(a)", "(i)", "A)")
_CAPTION = re.compile(r"[^\W\d_]{2,12}\.?\s\d{1,3}(?:[.-]\d{1,3})*[a-z]?\s?[.:|–—]\s*\S")

Item = Line | Table


@dataclass(slots=True)
class Block:
    """Lines or a table that belong together, with the numbering or bullet before the first one.

    `kind` is paragraph, heading, item, caption, code or table.
    """

    lines: list[Line] = field(default_factory=list)
    kind: str = "paragraph"
    marker: str = ""
    left: float = 0.0
    level: int = 0
    table: Table | None = None

    @property
    def page(self) -> int:
        """The page on which the block begins, from 0."""
        return self.table.page if self.table else self.lines[0].page


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in the document: size, weight, distance of lines in sizes, and its fonts."""

    size: float
    bold: bool
    distance: float
    monospaced: bool


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of a document, and the words that it uses."""

    blocks: list[Block]
    words: Words


def read_blocks(
    pages: Sequence[Page], vocabulary: frozenset[str], check: Callable[[], None] = lambda: None
) -> Blocks:
    """Return the blocks of a document's pages; `vocabulary` holds words that are known.

    `check` is called now and then, and may raise an error to end the work.
    """
    found = []
    for number, page in enumerate(pages):
        check()
        found.append(page_lines(page, number))
    lines = [line for page in found for line in page]
    if not lines:
        return Blocks([], Words.of((), vocabulary))
    usual = _usual(lines)
    words = Words.of((line.text for line in lines), vocabulary)
    kept = list(without_running_heads(found, pages, usual.size, usual.distance * usual.size))
    blocks = []
    for block in _blocks(kept, _usual([line for page in kept for line in page])):
        check()
        blocks.append(block)
    return Blocks(blocks, words)


def _usual(lines: Sequence[Line]) -> Usual:
    sizes: Counter[float] = Counter()
    bold = monospaced = 0
    for line in lines:
        sizes[_rounded(line.size)] += len(line.text)
        bold += len(line.text) if line.bold else -len(line.text)
        monospaced += len(line.text) if line.monospaced else -len(line.text)
    distances = [
        distance
        for before, line in zip(lines, lines[1:], strict=False)
        if before.page == line.page and _same_size(before, line)
        if 0.5 < (distance := (before.baseline - line.baseline) / line.size) < 3
    ]
    return Usual(
        size=sizes.most_common(1)[0][0] if sizes else 1.0,
        bold=bold > 0,
        distance=median(distances) if distances else 1.2,
        monospaced=monospaced > 0,
    )


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _same_size(first: Line, second: Line, share: float = _SAME_SIZE) -> bool:
    return abs(first.size - second.size) <= share * max(first.size, second.size)


def _blocks(pages: Sequence[Sequence[Line]], usual: Usual) -> Iterator[Block]:
    sizes = {
        _rounded(line.size)
        for page in pages
        for line in page
        if line.size > _HEADING_SIZE * usual.size
    }
    levels = {size: level for level, size in enumerate(sorted(sizes, reverse=True), 1)}
    margins: dict[int, float] = {}
    block: Block | None = None
    for item in _items(pages, usual, margins):
        if block is not None and _continues(block, item, margins, usual):
            assert isinstance(item, Line)
            block.lines.append(item)
            continue
        if block is not None:
            yield _judged(block, usual, levels)
        block = _begun(item, usual)
    if block is not None:
        yield _judged(block, usual, levels)


def _items(
    pages: Sequence[Sequence[Line]], usual: Usual, margins: dict[int, float]
) -> Iterator[Item]:
    """Yield lines and tables; `margins` gets how far right each line could reach, by its id."""
    for page in pages:
        start = 0
        for stop in range(1, len(page) + 1):
            if stop < len(page) and _kind_of_part(page[stop], usual) == _kind_of_part(
                page[start], usual
            ):
                continue
            part = page[start:stop]
            margins.update(reaches(part))
            grid = part[0].grid
            if grid is not None:
                yield grid_table(grid, part)
            elif _is_code(part[0], usual):
                yield from part
            else:
                yield from find_tables(part)
            start = stop


def _kind_of_part(line: Line, usual: Usual) -> tuple[int, Grid | None, bool]:
    return line.part, line.grid, line.grid is None and _is_code(line, usual)


def _is_code(line: Line, usual: Usual) -> bool:
    return line.monospaced and not usual.monospaced and not _SIGN.match(line.text)


def _begun(item: Item, usual: Usual) -> Block:
    if isinstance(item, Table):
        return Block(kind="table", table=item)
    if _is_code(item, usual):
        return Block(lines=[item], kind="code")
    marker = _marker(item)
    if marker is None:
        return Block(lines=[item], left=item.left)
    return Block(lines=[item], kind="item", marker=marker, left=item.left)


def _marker(line: Line) -> str | None:
    """Return the bullet or number with which a line begins."""
    bullet = BULLET.match(line.text)
    if bullet:
        return bullet[1]
    first = line.words[0]
    if first.text == "o" and first.style & MONOSPACED and not line.monospaced:
        return first.text
    numbered = _NUMBERED.match(line.text)
    if _CAPTION.match(line.text):
        return None
    if not numbered:
        hung = _HUNG.match(line.text)
        return hung[1] if hung and _room_after(line, hung[1]) > _HANGING * line.size else None
    if _SURE_NUMBER.fullmatch(numbered[1]) or numbered[1][0] in "§":
        return numbered[1]
    capital = numbered[1][0].isdigit() and line.text[numbered.end()].isupper()
    return numbered[1] if capital or _room_after(line, numbered[1]) > 0.5 * line.size else None


def _room_after(line: Line, marker: str) -> float:
    """Return how far from the marker the first word after it stands."""
    length = 0
    for place, word in enumerate(line.words):
        if length >= len(marker.replace(" ", "")):
            return word.left - line.words[place - 1].right
        length += len(word.text)
    return 0.0


def _judged(block: Block, usual: Usual, levels: dict[float, int]) -> Block:
    """Return the block, as a heading if it is larger than usual, or bold and no sentence."""
    if block.kind in ("table", "code"):
        return block
    text = " ".join(line.text for line in block.lines)
    first = block.lines[0]
    if block.kind == "paragraph" and first.size <= 1.05 * usual.size and _CAPTION.match(text):
        if first.size < 0.97 * usual.size or len(text) < 150:
            block.kind = "caption"
            return block
    if len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)):
        return block
    if block.kind == "item" and BULLET.match(text):
        return block
    level = levels.get(_rounded(first.size), 0)
    if level and len(text) > _LONGEST_STANDFIRST and text[-1] in ".!?":
        level = 0
    bold = all(line.bold for line in block.lines) and not usual.bold
    if not level and bold and text[-1] not in ".!?:;,…" and len(block.lines) <= 2:
        level = len(levels) + 1
    if level:
        block.kind, block.level, block.marker = "heading", level, ""
    return block


@dataclass(frozen=True, slots=True)
class _Step:
    """How a line stands to the one before it.

    `beside`: on another page or in another part. `distance`: of their baselines, in sizes.
    `open_end`: the line before ends no sentence. `follows`: and the line goes on with a small
    letter, or with the rest of a word. `fits`: its first word had room in the line before. `cut`:
    that ends with a hyphen.
    """

    beside: bool
    distance: float
    open_end: bool
    follows: bool
    fits: bool
    cut: bool


def _step(before: Line, line: Line, margins: dict[int, float]) -> _Step:
    distance = (before.baseline - line.baseline) / line.size
    open_end = before.text[-1] not in ENDS
    cut = before.text[-1] in "-\N{HYPHEN}\N{SOFT HYPHEN}" and before.text[-2:-1].isalnum()
    width = margins[id(before)] - before.left
    ragged = _RAGGED * width if open_end and width > _COLUMN * line.size else 0.0
    room = margins[id(before)] - before.right - ragged
    word = len(line.text.split(None, 1)[0]) / len(line.text) * (line.right - line.left)
    return _Step(
        beside=before.page != line.page or before.part != line.part or distance < -0.5,
        distance=distance,
        open_end=open_end,
        follows=open_end and (cut or line.text[0].islower()),
        fits=word + 0.3 * line.size <= room,
        cut=cut,
    )


def _continues(block: Block, line: Item, margins: dict[int, float], usual: Usual) -> bool:
    """Say whether a line goes on with the block: there was no more room for its first word."""
    if isinstance(line, Table) or block.table is not None:
        return False
    before = block.lines[-1]
    if before.in_margin != line.in_margin:
        return False
    step = _step(before, line, margins)
    if block.kind == "code":
        return _is_code(line, usual) and not step.beside
    if _is_code(line, usual) and (block.kind != "paragraph" or not step.open_end or step.fits):
        return False
    marker = _marker(line)
    if not _looks_alike(block, line, step) or (marker and _begins(block, line, marker, step)):
        return False
    follows = step.follows or marker is not None
    if step.beside:
        return follows or (step.open_end and _runs_over(block, line, margins, usual))
    if step.distance > (_WIDER_GAP if follows else _WIDE_GAP) * usual.distance:
        return False
    if follows or (line.size > _HEADING_SIZE * usual.size and len(block.lines) < _HEADING_LINES):
        return True
    indented = line.left - before.left > _INDENT * line.size and block.kind != "item"
    if step.distance > _LOOSE and before.right - before.left < _ALONE * before.size:
        return False  # points of a slide without marks, of about one length
    return not step.fits and not (indented and not step.open_end)


def _looks_alike(block: Block, line: Line, step: _Step) -> bool:
    """Say whether size and weight are those of the block; in a sentence they may differ."""
    before = block.lines[-1]
    in_sentence = step.follows and not step.fits and not step.beside
    if not _same_size(before, line, _NEARLY_SAME_SIZE if in_sentence else _SAME_SIZE):
        return False
    return before.bold == line.bold or in_sentence or (len(block.lines) > 1 and not line.bold)


def _begins(block: Block, line: Line, marker: str, step: _Step) -> bool:
    """Say whether a bullet or number begins an item, and is no part of a sentence."""
    if step.cut and line.text[0].isdigit():
        return False
    dash = marker in _DASHES and block.marker not in _DASHES
    sure = BULLET.match(line.text) or _SURE_NUMBER.fullmatch(marker)
    if sure and not dash and (block.kind == "item" or marker in _FIRST_NUMBERS):
        return True
    return not step.open_end or step.fits


def _runs_over(block: Block, line: Line, margins: dict[int, float], usual: Usual) -> bool:
    """Say whether a sentence goes on in the next column or page though with a capital letter."""
    before = block.lines[-1]
    width = before.right - before.left
    full = before.right > margins[id(before)] - 3 * before.size
    long = width > (_COLUMN if len(block.lines) > 1 else _ALONE) * before.size
    plain = before.size <= _HEADING_SIZE * usual.size and before.bold == line.bold
    return full and long and plain and before.page + 1 >= line.page


def title_of(blocks: Sequence[Block], stated: str) -> str:
    """Return what the document calls itself: `stated` if its first page says so too.

    Else the heading of its first page that is printed largest; empty if there is none.
    """
    first = [block for block in blocks if block.page == 0 and block.lines]
    text = collapse(" ".join(line.text for block in first for line in block.lines)).casefold()
    stated = collapse(stated)
    if len(stated) > 2 and stated.casefold() in text:
        return stated
    headings = [block for block in first if block.kind == "heading"]
    largest = max(headings, key=lambda block: block.lines[0].size, default=None)
    return " ".join(line.text for line in largest.lines) if largest else ""
