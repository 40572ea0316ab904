"""Markdown (CommonMark, with tables): the file as it is, and its blocks.

markdown-it-py says which lines are what; what is inside of a line is not parsed. Paragraphs of
several lines are read as in plain text, since many people end a line where another one begins.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.datatypes import Block, BlockKind
from rag.documents.formats.front_matter import find_front_matter
from rag.documents.formats.layout import paragraph_blocks, text_blocks
from rag.documents.formats.lines import find_runs, has_word
from rag.documents.formats.plain import read_text
from rag.documents.formats.text_tables import bar_cells, table_block
from rag.documents.formats.writer import Extracted
from rag.documents.structure import cover, finish, shift

_LARGEST = 1_000_000
"""Characters: larger files, which nobody writes by hand, are read as plain text."""
_DEEPEST = 60
"""How deep quotations, lists and their items may lie in each other."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTE_MARK = re.compile(r"[ \t]*>?[ \t]?")
_ITEM_MARK = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])")
_HARD_BREAK = re.compile(r"(?:(?<=\S) {2,}|\\)(?:\r\n|\r|\n)")
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_CALLOUT = re.compile(r"\[!\w{1,30}\][+-]?[ \t]*(?=\S)")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,60}\]:[ \t]*(?=\S)")
_CLOSING = re.compile(r"(?:(?<![ \t])[ \t]+#+|^#+)[ \t]*\Z")
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[/!?a-zA-Z][^<>]*(?:>|\Z)", re.S)
_INLINE_TAGS = frozenset(
    "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_TAG_NAME = re.compile(r"</?([a-zA-Z][\w-]*)")


def extract_markdown(data: bytes, max_bytes: int) -> Extracted:
    """Return a Markdown file; its title is that of its front matter, or its first `# ` heading."""
    text = read_text(data, max_bytes)
    blocks, title = read_markdown(text)
    return Extracted(text, blocks=blocks, title=title)


def read_markdown(text: str) -> tuple[tuple[Block, ...], str]:
    """Return the blocks of a text in Markdown, and its title, empty if it has none."""
    front = find_front_matter(text)
    begin = front.end if front else 0
    body = text[begin:]
    if len(body) > _LARGEST:
        blocks = list(text_blocks(body))
    else:
        blocks = _Reader(body).read()
    blocks = [shift(block, begin) for block in blocks]
    first = next((each for each in blocks if each.kind == "heading" and each.level == 1), None)
    title = " ".join(text[first.text_start : first.text_end].split()) if first else ""
    if front is not None:
        blocks.insert(0, front.block)
        title = front.title or title
    return cover(text, finish(text, blocks)), title


class _Container(NamedTuple):
    """A quotation or an item that is open, and the number of the line with its mark."""

    is_item: bool
    first_line: int


class _Reader:
    """Turns the parser's tokens into blocks."""

    def __init__(self, text: str) -> None:
        self._text = text
        ends = [match.end() for match in _LINE_END.finditer(text)]
        self._starts = [0, *ends, len(text)]
        parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
        parser.block.ruler.disable("reference")  # a paragraph, so that no line is lost
        parser.core.ruler.enableOnly(["normalize", "block"])
        self._tokens: Sequence[Token] = parser.parse(text)
        self._next = 0
        self._containers: list[_Container] = []

    def read(self) -> list[Block]:
        """Return the top-level blocks."""
        blocks = self._read_until("")
        return self._with_lost_lines(blocks)

    def _read_until(self, closing: str) -> list[Block]:
        """Return the blocks up to the token of type `closing`, which is passed over."""
        blocks: list[Block] = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._next += 1
            if token.type == closing:
                break
            blocks += self._read_block(token)
        return blocks

    def _read_block(self, token: Token) -> list[Block]:
        first, stop = token.map or (0, 0)
        match token.type:
            case "heading_open":
                return self._heading(token, first, stop)
            case "paragraph_open":
                self._next += 2
                return self._paragraph(first, stop)
            case "fence" | "code_block":
                return self._code(token, first, stop)
            case "html_block":
                return self._html(first, stop)
            case "table_open":
                return self._table(first)
            case "blockquote_open":
                self._containers.append(_Container(False, first))
                blocks = self._read_until("blockquote_close")
                self._containers.pop()
                return blocks
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token)
        return []  # a rule

    def _heading(self, token: Token, first: int, stop: int) -> list[Block]:
        self._next += 2
        start = self._content_start(first)
        end = self._line_end(stop - 1)
        if token.markup[0] == "#":
            text_end = start + len(_CLOSING.sub("", self._text[start:end].lstrip("#")))
            text_start = start + len(token.markup)
            text_end += len(self._text[start:end]) - len(self._text[start:end].lstrip("#"))
        else:
            text_start, text_end = start, self._line_end(stop - 2)
        text_start, text_end = _trimmed(self._text, text_start, max(text_start, text_end))
        if text_start == text_end:
            return []
        return [_block("heading", start, end, text_start, text_end, level=int(token.tag[1]))]

    def _paragraph(self, first: int, stop: int) -> list[Block]:
        start, end = self._content_start(first), self._line_end(stop - 1)
        if start >= end:
            return []
        mark = _CALLOUT.match(self._text, start) or _FOOTNOTE.match(self._text, start)
        begin = mark.end() if mark else start
        if self._in_item() or not has_word(self._text[begin:end]):
            return [_block("paragraph", start, end, begin, end)]
        blocks: list[Block] = []
        breaks = [match.end() for match in _HARD_BREAK.finditer(self._text, begin, end)]
        for left, right in zip([begin, *breaks], [*breaks, end], strict=True):
            for run in find_runs(self._text, left, right):
                blocks += paragraph_blocks(self._text, run)
        return [replace(blocks[0], start=start), *blocks[1:]]

    def _code(self, token: Token, first: int, stop: int) -> list[Block]:
        start, end = self._content_start(first), self._line_end(stop - 1)
        if token.type == "code_block":
            return [_block("code", start, end, start, end)] if start < end else []
        has_end = stop - first > 1 and self._text[:end].endswith(token.markup[:3])
        text_start = self._starts[first + 1]
        text_end = self._starts[stop - 1] if has_end else end
        text_start, text_end = _trimmed(self._text, min(text_start, end), text_end)
        if text_start >= text_end:
            text_start = text_end = end
        return [_block("code", start, end, text_start, text_end)]

    def _html(self, first: int, stop: int) -> list[Block]:
        """Return what stands between the tags, which are marks; a comment is nothing but that."""
        start, end = self._content_start(first), self._line_end(stop - 1)
        pieces: list[tuple[int, int]] = []
        position, parted = start, True
        for match in [*_TAG.finditer(self._text, start, end), None]:
            piece = _trimmed(self._text, position, match.start() if match else end)
            if has_word(self._text[slice(*piece)]):
                if parted:
                    pieces.append(piece)
                else:
                    pieces[-1] = (pieces[-1][0], piece[1])
                parted = False
            name = _TAG_NAME.match(match[0]) if match else None
            parted = parted or name is None or name[1].lower() not in _INLINE_TAGS
            position = match.end() if match else end
        return [_block("paragraph", left, right, left, right) for left, right in pieces]

    def _table(self, first: int) -> list[Block]:
        rows = []
        while self._tokens[self._next].type != "table_close":
            token = self._tokens[self._next]
            self._next += 1
            if token.type == "tr_open" and token.map:
                start, end = self._content_start(token.map[0]), self._line_end(token.map[0])
                rows.append((start, end, bar_cells(self._text, start, end)))
        self._next += 1
        columns = len(rows[0][2])
        return [
            table_block(
                [(start, end, cells[:columns]) for start, end, cells in rows if start < end],
                header=any(left < right for left, right in rows[0][2]),
            )
        ]

    def _list(self, token: Token) -> list[Block]:
        closing = token.type.replace("open", "close")
        items: list[Block] = []
        while self._tokens[self._next].type != closing:
            item = self._tokens[self._next]
            self._next += 1
            items += self._item(item, item.map[0] if item.map else 0)
        self._next += 1
        if not items:
            return []
        start, end = items[0].start, items[-1].end
        return [
            Block(
                kind="list",
                start=start,
                end=end,
                text_start=start,
                text_end=end,
                ordered=token.type == "ordered_list_open",
                children=tuple(items),
            )
        ]

    def _item(self, token: Token, first: int) -> list[Block]:
        start = self._content_start(first)
        self._containers.append(_Container(True, first))
        children = self._read_until("list_item_close")
        content = self._content_start(first)
        self._containers.pop()
        if not children:
            return []
        label = f"{token.info}{token.markup}"
        own = children[0] if children[0].kind == "paragraph" else None
        text_start, text_end = (own.text_start, own.text_end) if own else (content, content)
        if own is not None:
            del children[0]
            task = _TASK.match(self._text, text_start, text_end)
            if task is not None:
                label, text_start = f"[{task[1]}]", task.end()
        end = children[-1].end if children else text_end
        item = _block("item", start, max(end, text_end), text_start, text_end)
        return [replace(item, label=label, children=tuple(children))]

    def _in_item(self) -> bool:
        return bool(self._containers) and self._containers[-1].is_item

    def _content_start(self, line: int) -> int:
        """Return where a line's words begin, after the marks of the quotations and items it is in.

        At most where the line ends.
        """
        position, end = self._starts[line], self._line_end(line)
        for container in self._containers:
            mark = None
            if not container.is_item:
                mark = _QUOTE_MARK.match(self._text, position, end)
            elif container.first_line == line:
                mark = _ITEM_MARK.match(self._text, position, end)
            if mark is not None:
                position = mark.end()
        return _trimmed(self._text, position, max(position, end))[0]

    def _line_end(self, line: int) -> int:
        """Return where a line ends, without the white space at its end."""
        start, end = self._starts[line], self._starts[min(line + 1, len(self._starts) - 1)]
        return start + len(self._text[start:end].rstrip())

    def _with_lost_lines(self, blocks: Sequence[Block]) -> list[Block]:
        """Return `blocks` and those of lines that the parser passes over: nested too deeply."""
        whole: list[Block] = []
        position = 0
        for start, end in [*((block.start, block.end) for block in blocks), (len(self._text),) * 2]:
            if has_word(_TAG.sub("", self._text[position:start])):
                for run in find_runs(self._text, position, start):
                    if any(has_word(self._text[line.start : line.end]) for line in run):
                        whole += paragraph_blocks(self._text, run)
            position = max(position, end)
        return sorted([*whole, *blocks], key=lambda block: block.start)


def _block(
    kind: BlockKind, start: int, end: int, text_start: int, text_end: int, *, level: int = 0
) -> Block:
    return Block(
        kind=kind, start=start, end=end, text_start=text_start, text_end=text_end, level=level
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, start + len(piece.strip()))
