"""From the elements of a page to blocks: headings, paragraphs, lists, tables, code, captions.

Knows nothing of which elements are seen or wanted; gets them one after another.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rag.documents.formats.html_lists import OpenList, open_list
from rag.documents.formats.html_seen import is_block, script_by_style
from rag.documents.formats.html_tables import Cell, Table
from rag.documents.formats.scripts import lower_text, raise_text
from rag.documents.formats.writer import DocumentWriter, collapse

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SECTION = 2
"""The level of the headings of a page's sections."""
_LISTS = frozenset({"ul", "ol", "menu", "dir", "dl"})
_ITEMS = frozenset({"li", "dt", "dd"})
_CAPTIONS = frozenset({"caption", "figcaption"})
_APART = frozenset({"a", "button", "label"})
"""What stands apart from the next of its kind even where no space is between them."""
_RAISED = {"sup": raise_text, "sub": lower_text}
_RAISED_PARTS = {
    ("msup", 1): "sup",
    ("msub", 1): "sub",
    ("msubsup", 1): "sub",
    ("msubsup", 2): "sup",
}
_SPACE = re.compile(r"\s+")
_EMPTY_LINE = re.compile(r"\n\s*\n")
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_LONGEST_NOTE_MARK = 3
_SPAN = re.compile(r"\s*([0-9]{1,5})")


@dataclass(slots=True)
class _Item:
    """An item that is open: its mark, how deep it is, and whether it has begun to be written."""

    marker: str
    depth: int
    term: str = ""
    is_begun: bool = False
    is_plain: bool = False
    """Whether its text is no item: a heading in it has ended the list."""


def write_blocks(
    events: Iterable[tuple[str, Any]], layouts: set[Any], writer: DocumentWriter
) -> None:
    """Write elements, which come as `html_seen.walk_seen` yields them.

    The cells of tables in `layouts` are blocks of their own.
    """
    blocks = _Blocks(writer, layouts)
    outermost = None
    for event, element in events:
        if event == "start":
            if outermost is None:
                outermost = element
                blocks.begin(element)
            blocks.start(element)
            continue
        if event == "end":
            blocks.end(element)
        if element is outermost:
            outermost = None
            blocks.flush()
        else:
            blocks.text(element.tail)
    blocks.flush()


class _Blocks:
    """The state of a walk through a page: what is open, and the text since the last block."""

    def __init__(self, writer: DocumentWriter, layouts: set[Any]) -> None:
        self._writer = writer
        self._layouts = layouts
        self._inline: list[str] = []
        self._are_blocks: list[bool] = []
        self._heading = 0
        self._above = 1 if writer.length else 0
        """The level of the heading above; in what opens by its summary, that of the summary."""
        self._lifted_by = 0
        self._is_note = False
        self._outside: list[int] = []  # the levels above what opens so
        self._preformatted = 0
        self._captions = 0
        self._lists: list[OpenList] = []
        self._items: list[_Item | None] = []  # None for a cell, in which items are text
        self._terms: list[str] | None = None  # the texts of the `dt` that is open
        self._tables: list[Table | None] = []  # None for layout
        self._in_head = 0
        self._row: list[Cell] | None = None
        self._cell: Cell | None = None
        self._raised: list[tuple[Any, str, int]] = []
        self._last_ended = ""

    def begin(self, root: Any) -> None:
        """Take the start of what is no part of what came before, a note beside the content say.

        Headings of a note are no deeper than the sections of the page.
        """
        self._lifted_by = 0
        self._is_note = root.tag == "aside" or root.get("role") == "complementary"

    def start(self, element: Any) -> None:
        """Take the start of an element, and the text before its first child."""
        tag = element.tag
        block = is_block(element)
        self._are_blocks.append(block)
        if tag == "br":
            self._inline.append("\n")
        elif block:
            self.flush()
            self._start_block(element, tag)
        else:
            self._start_inline(element, tag)
        self._last_ended = ""
        if not self._is_permalink(element, tag):
            self.text(element.text)

    def end(self, element: Any) -> None:
        """Take the end of an element."""
        tag = element.tag
        if self._are_blocks.pop():
            self.flush()
            self._end_block(tag)
        elif self._raised and self._raised[-1][0] is element:
            _, kind, begin = self._raised.pop()
            self._raise(kind, begin)
        self._last_ended = tag

    def text(self, text: str | None) -> None:
        """Take text of the block that is open."""
        if text:
            self._last_ended = ""
            text = text if self._preformatted else _SPACE.sub(" ", text)
            self._inline.append(text.replace(_SOFT_HYPHEN, ""))

    def flush(self) -> None:
        """End the block that is open."""
        text = "".join(self._inline)
        self._inline.clear()
        self._last_ended = ""
        if self._preformatted:
            text = text.strip("\n").rstrip()
        if text.strip():
            self._write(text)

    def _write(self, text: str) -> None:
        item = self._items[-1] if self._items else None
        if self._terms is not None:
            self._terms.append(collapse(text))
        elif self._cell is not None:
            self._cell.parts.append(collapse(text))
        elif self._heading:
            self._begin_item_before_heading(item)
            self._writer.heading(self._heading, text)
        elif self._preformatted:
            self._write_code(text, item)
        elif self._captions:
            self._writer.paragraph(_lines(text), kind="caption")
        else:
            for paragraph in _EMPTY_LINE.split(text):
                self._write_paragraph(_lines(paragraph), item)

    def _write_paragraph(self, text: str, item: _Item | None) -> None:
        if not text:
            return
        if item is None or item.is_plain:
            self._writer.paragraph(text)
        elif item.is_begun:
            self._writer.item_part(text, item.depth)
        else:
            item.is_begun = True
            self._writer.item(item.marker, item.term + text, item.depth)

    def _write_code(self, text: str, item: _Item | None) -> None:
        if item is None or item.is_plain:
            self._writer.code(text)
        elif item.is_begun:
            self._writer.item_part(text, item.depth, kind="code")
        else:
            item.is_begun = True
            self._writer.item(item.marker, item.term + text.strip(), item.depth)

    def _begin_item_before_heading(self, item: _Item | None) -> None:
        if item is not None:
            if item.term and not item.is_begun:
                self._writer.item(item.marker, item.term.rstrip(": "), item.depth)
            item.is_begun = item.is_plain = True

    def _start_block(self, element: Any, tag: str) -> None:
        if tag in _HEADINGS:
            if self._is_note:
                self._lifted_by = max(0, _HEADINGS[tag] - _SECTION)
                self._is_note = False
            self._heading = self._above = max(1, _HEADINGS[tag] - self._lifted_by)
        elif tag == "details":
            self._outside.append(self._above)
        elif tag == "summary":
            self._start_summary(element)
        elif tag == "pre":
            self._preformatted += 1
        elif tag in _CAPTIONS:
            self._captions += 1
        elif tag == "hr":
            self._writer.end_group()
        elif tag in _LISTS or tag in _ITEMS:
            self._start_of_list(element, tag)
        else:
            self._start_of_table(element, tag)

    def _start_summary(self, element: Any) -> None:
        """Take a summary for a heading, unless it stands in an item or alone amid text."""
        details = element.getparent()
        if self._items or details is None or details.tag != "details" or _is_amid_text(details):
            return
        self._heading = self._above = min(self._above, 5) + 1

    def _start_of_list(self, element: Any, tag: str) -> None:
        if tag in _LISTS:
            if not self._lists:
                self._writer.end_group()
            self._lists.append(open_list(element))
        elif tag == "li":
            marker = self._lists[-1].marker(element) if self._lists else "-"
            self._open_item(_Item(marker, max(0, self._depth())))
        elif tag == "dt":
            self._end_term()  # of one that is not closed
            self._terms = []
        elif tag == "dd" and self._lists:
            term = self._lists[-1].described()
            self._open_item(_Item("-", self._depth(), term))
            if self._cell is not None and term:
                self._cell.parts.append(term.strip())

    def _end_block(self, tag: str) -> None:
        if tag in _HEADINGS or tag == "summary":
            self._heading = 0
        elif tag == "details":
            self._above = self._outside.pop()
        elif tag == "pre":
            self._preformatted -= 1
        elif tag in _CAPTIONS:
            self._captions -= 1
        elif tag in _LISTS:
            self._end_list()
        elif tag == "li" or (tag == "dd" and self._lists):
            self._items.pop()
        elif tag == "dt":
            self._end_term()
        else:
            self._end_of_table(tag)

    def _depth(self) -> int:
        return len(self._lists) - 1

    def _open_item(self, item: _Item) -> None:
        self._items.append(item if self._cell is None else None)

    def _end_list(self) -> None:
        left = self._lists[-1].left()
        if left and self._cell is None:
            self._writer.item("-", left, self._depth())
        elif left and self._cell is not None:
            self._cell.parts.append(left)
        self._lists.pop()
        if not self._lists:
            self._writer.end_group()

    def _end_term(self) -> None:
        text = " ".join(self._terms or ())
        self._terms = None
        if not text:
            return
        if self._lists:
            self._lists[-1].term(text)
        else:
            self._write(text)

    def _start_of_table(self, element: Any, tag: str) -> None:
        table = self._tables[-1] if self._tables else None
        if tag == "table":
            is_data = self._cell is None and element not in self._layouts
            self._writer.end_group()
            self._tables.append(Table() if is_data else None)
        elif tag == "thead":
            self._in_head += 1
        elif tag == "tr" and table is not None and self._cell is None:
            self._row = []
        elif tag in ("td", "th") and table is not None and self._row is not None:
            if self._cell is None:
                self._items.append(None)
                self._cell = Cell(
                    tag == "th", _span(element.get("colspan")), _span(element.get("rowspan"))
                )

    def _end_of_table(self, tag: str) -> None:
        if tag == "table":
            if (table := self._tables.pop()) is not None:
                table.write(self._writer)
                self._writer.end_group()
        elif tag == "thead":
            self._in_head -= 1
        elif tag in ("td", "th") and self._row is not None and self._cell is not None:
            self._row.append(self._cell)
            self._cell = None
            self._items.pop()
        elif tag == "tr" and self._row is not None and self._cell is None and self._tables:
            if (table := self._tables[-1]) is not None:
                table.add(self._row, in_head=self._in_head > 0)
            self._row = None

    def _start_inline(self, element: Any, tag: str) -> None:
        if tag in _APART and self._last_ended == tag:
            self._inline.append(" ")
        parent = element.getparent()
        if parent is not None and parent.tag == "mfrac" and element.getprevious() is not None:
            self._inline.append("/")
        if tag == "img" and _is_initial(element):
            self._inline.append(element.get("alt"))
        before = self._inline[-1][-1:] if self._inline else ""
        raising = "sup" if before and _is_note_mark(element, before) else _raising(element)
        if raising:
            self._raised.append((element, raising, len(self._inline)))

    def _raise(self, kind: str, begin: int) -> None:
        """Put what was written since `begin` up or down, unless it lies in such a part itself."""
        if not self._raised and begin <= len(self._inline):
            shown = _RAISED[kind]("".join(self._inline[begin:]))
            self._inline[begin:] = [shown]

    def _is_permalink(self, element: Any, tag: str) -> bool:
        """Tell whether an element is the sign beside a heading or term that links to it."""
        is_named = self._heading > 0 or self._terms is not None
        if tag != "a" or not is_named or not element.get("href", "").startswith("#"):
            return False
        return len(element) == 0 and not any(map(str.isalnum, element.text or ""))


def _raising(element: Any) -> str:
    """Return "sup" or "sub" for an element that stands higher or lower than its line."""
    if element.tag in _RAISED:
        return str(element.tag)
    parent = element.getparent()
    if parent is None or parent.tag not in ("msup", "msub", "msubsup"):
        return script_by_style(element)
    before = element.getprevious()
    place = 0 if before is None else 1 if before.getprevious() is None else 2
    return _RAISED_PARTS.get((parent.tag, place), "")


def _is_note_mark(element: Any, before: str) -> bool:
    """Tell whether a link is the number of a note, right after the words that it notes."""
    number = (element.text or "") if element.tag == "a" and len(element) == 0 else ""
    is_number = number.isdigit() and len(number) <= _LONGEST_NOTE_MARK
    return (
        is_number
        and "#" in element.get("href", "")
        and (before.isalpha() or before in ".,;:!?”\"'")
    )


def _is_initial(image: Any) -> bool:
    """Tell whether a picture is the first letter of the word that follows it."""
    return (
        image.get("alt", "").isalpha()
        and len(image.get("alt")) == 1
        and ((image.tail or " ")[0].isalpha())
    )


def _is_amid_text(details: Any) -> bool:
    """Tell whether text goes on after one that no other stands beside."""
    before, after = details.getprevious(), details.getnext()
    if (before is not None and before.tag == "details") or (details.tail or "").strip():
        return bool((details.tail or "").strip())
    return after is not None and after.tag not in (*_HEADINGS, "details", "hr")


def _lines(text: str) -> str:
    return "\n".join(filter(None, map(collapse, text.split("\n"))))


def _span(value: str | None) -> int:
    match = _SPAN.match(value) if value else None
    return max(1, int(match[1])) if match else 1
