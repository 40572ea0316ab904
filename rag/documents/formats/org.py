"""Org files (Emacs): the file as it is, and its blocks.

Drawers, comments and what says how to export are marks, not text.
"""

import re

from rag.datatypes import Block
from rag.documents.formats.layout import body_blocks
from rag.documents.formats.plain import read_text
from rag.documents.formats.writer import Extracted
from rag.documents.structure import cover, finish

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_HEADING = re.compile(r"(\*{1,20})[ \t]+(?:(?:TODO|DONE)[ \t]+)?(?:\[#\w\][ \t]*)?(?=\S)")
_TAGS = re.compile(r"(?<![ \t])[ \t]+:[\w@#%:]+:\Z")
_DRAWER = re.compile(r"[ \t]*:[\w-]{1,60}:[ \t]*\Z")
_DRAWER_END = re.compile(r"[ \t]*:END:[ \t]*\Z", re.I)
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)", re.I)
_END = re.compile(r"[ \t]*#\+end_(\w+)", re.I)
_KEYWORD = re.compile(r"[ \t]*#\+([\w-]{1,40}):[ \t]*(?=\S)")
_COMMENT = re.compile(r"[ \t]*#(?:[ \t]|\Z|\+)")
_CODE = frozenset({"src", "example", "export", "comment"})
_FIELDS = frozenset({"author", "date", "title", "subtitle", "email", "caption", "description"})
_MOST_OF_DRAWER = 200
_DEEPEST = 6


def extract_org(data: bytes, max_bytes: int) -> Extracted:
    """Return an Org file; its title is what `#+TITLE:` says, or its first heading."""
    text = read_text(data, max_bytes)
    reader = _Reader(text)
    reader.read()
    blocks = cover(text, finish(text, reader.blocks))
    return Extracted(text, blocks=blocks, title=reader.title)


class _Reader:
    """Goes through the lines, and gives what lies between marks to the layout of plain text."""

    def __init__(self, text: str) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self._text = text
        self._lines = [
            match.span() for match in _LINE.finditer(text) if match.start() < match.end()
        ]
        self._body = -1  # where text began that is not yet read
        self._last_end = max(
            (number for number, line in enumerate(self._lines) if _END.match(text, line[0])),
            default=-1,
        )

    def read(self) -> None:
        """Read all lines."""
        number = 0
        while number < len(self._lines):
            start, end = self._lines[number]
            content = self._text[start:end].rstrip()
            after = self._marked(number, content)
            if after == number:
                self._body = start if self._body < 0 else self._body
                after += 1
            number = after
        self._end_body(len(self._text))

    def _marked(self, number: int, content: str) -> int:
        """Take the marks that begin with a line; return the number of the line after them."""
        start = self._lines[number][0]
        heading = _HEADING.match(content)
        begin = _BEGIN.match(content)
        if heading is not None:
            self._end_body(start)
            self._heading(start, content, heading)
            return number + 1
        if begin is not None and begin[1].lower() in _CODE and number < self._last_end:
            return self._code(number)
        if _DRAWER.match(content):
            stop = self._drawer_end(number)
            if stop > number:
                self._end_body(start)
            return stop
        if _COMMENT.match(content):
            self._end_body(start)
            self._keyword(start, content)
            return number + 1
        return number

    def _heading(self, start: int, content: str, heading: re.Match[str]) -> None:
        tags = _TAGS.search(content, heading.end())
        text_end = start + (tags.start() if tags else len(content))
        block = Block(
            kind="heading",
            start=start,
            end=start + len(content),
            text_start=start + heading.end(),
            text_end=text_end,
            level=min(len(heading[1]), _DEEPEST),
        )
        self.blocks.append(block)
        self.title = self.title or " ".join(self._text[block.text_start : text_end].split())

    def _code(self, number: int) -> int:
        """Take a block of code or of an example up to its end."""
        stop = number + 1
        while stop < len(self._lines) and not _END.match(self._text, self._lines[stop][0]):
            stop += 1
        start, end = self._lines[number][0], self._lines[stop][1]
        self._end_body(start)
        inner = self._text[self._lines[number][1] : self._lines[stop][0]]
        text_start = self._lines[number][1] + len(inner) - len(inner.lstrip())
        text_end = max(text_start, self._lines[number][1] + len(inner.rstrip()))
        self.blocks.append(
            Block(
                kind="code",
                start=start,
                end=start + len(self._text[start:end].rstrip()),
                text_start=text_start,
                text_end=text_end,
            )
        )
        return stop + 1

    def _drawer_end(self, number: int) -> int:
        """Return the number of the line after a drawer; `number` itself if it does not end."""
        for stop in range(number + 1, min(number + _MOST_OF_DRAWER, len(self._lines))):
            start, end = self._lines[stop]
            if _DRAWER_END.match(self._text[start:end].rstrip()):
                return stop + 1
        return number

    def _keyword(self, start: int, content: str) -> None:
        """Take "#+AUTHOR: Anna" for a field, and the title; what else begins so is no text."""
        keyword = _KEYWORD.match(content)
        if keyword is None or keyword[1].lower() not in _FIELDS:
            return
        text_start, end = start + keyword.end(), start + len(content)
        if keyword[1].lower() == "title":
            self.title = content[keyword.end() :]
        item = Block(
            kind="item",
            start=start,
            end=end,
            text_start=text_start,
            text_end=end,
            label=keyword[1].lower(),
        )
        self.blocks.append(
            Block(
                kind="list",
                start=start,
                end=end,
                text_start=start,
                text_end=end,
                children=(item,),
            )
        )

    def _end_body(self, end: int) -> None:
        if self._body >= 0:
            self.blocks += body_blocks(self._text, self._body, end)
        self._body = -1
