"""HTML pages: what a reader sees of them, as headings, paragraphs, list items and rows.

Nothing that a page names is fetched, no script or style sheet is obeyed. What is hidden by an
attribute or by the element's own style is not text; what a style sheet hides is.
"""

import codecs
import re
from typing import Any

from rag.documents.formats.markup import parse_html, walk
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_UNSEEN = frozenset(
    "area audio base canvas datalist embed frame frameset head iframe input link math-annotation "
    "meta noembed noframes noscript object option param script select style svg template textarea "
    "title video".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p "
    "pre search section summary table tbody td tfoot th thead tr ul".split()
)
_LAYOUT = ".//table | .//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6 | .//pre"
"""What stands in tables that arrange a page; their cells are blocks, not the cells of rows."""
_HIDING_STYLE = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse))(?:!important)?;"
)
_CHARSET = re.compile(rb"<meta\b[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_CHARSET_WITHIN = 4_096
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SPACE = re.compile(r"\s+")


def extract_html(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a page, its title first unless a heading repeats it."""
    blocks = DocumentWriter(max_bytes)
    root = parse_html(decode_html(data), max_bytes)
    if root is not None:
        title = collapse(root.findtext("head/title") or "")
        first_heading = root.find(".//h1")
        if first_heading is None or collapse(first_heading.text_content()) != title:
            blocks.heading(1, title)
        write_html(root, blocks)
    return blocks.result()


def decode_html(data: bytes) -> str:
    """Decode a page as its byte-order mark or `<meta charset>` says, else as UTF-8.

    What is not valid UTF-8 is decoded as Windows-1252, as browsers do. Raises `ValueError` for
    zero bytes, which are in no page.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            break
    else:
        text = _decode_without_mark(data)
    if "\0" in text:
        raise ValueError("it has zero bytes, so it is not HTML; save it as UTF-8")
    return text


def _decode_without_mark(data: bytes) -> str:
    declared = _CHARSET.search(data[:_CHARSET_WITHIN])
    for encoding in (declared[1].decode("ascii", "replace") if declared else "utf-8", "utf-8"):
        try:
            name = codecs.lookup(encoding).name
            if name not in ("ascii", "iso8859-1", "utf-16", "utf-32"):  # none of them what it says
                return data.decode(name)
        except (LookupError, UnicodeError):
            continue
    return data.decode("windows-1252", "replace")


def write_html(root: Any, blocks: DocumentWriter) -> None:
    """Write what is visible below `root` to `blocks`."""
    writer = _Writer(blocks)
    unseen = None
    for event, element in walk(root):
        if unseen is None and event == "start":
            if _is_unseen(element):
                unseen = element
            else:
                writer.start(element)
        elif unseen is None:
            writer.end(element)
        elif event == "end" and element is unseen:
            unseen = None
            writer.text(element.tail)
    writer.flush()


def _is_unseen(element: Any) -> bool:
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    style = element.get("style")
    return style is not None and bool(_HIDING_STYLE.search(f"{_SPACE.sub('', style).lower()};"))


class _Writer:
    """The state of a walk through a page: what is open, and the text since the last block."""

    def __init__(self, blocks: DocumentWriter) -> None:
        self._blocks = blocks
        self._inline: list[str] = []
        self._heading = 0
        self._preformatted = 0
        self._lists: list[int | None] = []  # the number of the next item; None for bullets
        self._marker: str | None = None
        self._tables: list[bool] = []  # whether each open table has rows, or is but layout
        self._row: list[str] | None = None
        self._cell: list[str] | None = None

    def start(self, element: Any) -> None:
        """Take the start of an element, and the text before its first child."""
        tag = element.tag
        if tag == "br":
            self._inline.append("\n")
        elif tag in _BLOCKS:
            self.flush()
            self._start_block(element, tag)
        self.text(element.text)

    def end(self, element: Any) -> None:
        """Take the end of an element, and the text that follows it."""
        tag = element.tag
        if tag in _BLOCKS:
            self.flush()
            self._end_block(tag)
        self.text(element.tail)

    def text(self, text: str | None) -> None:
        """Take text of the block that is open."""
        if text:
            self._inline.append(text if self._preformatted else _SPACE.sub(" ", text))

    def flush(self) -> None:
        """End the block that is open."""
        text = "".join(self._inline)
        self._inline.clear()
        if self._preformatted:
            text = text.strip("\n").rstrip()
        else:
            text = "\n".join(filter(None, map(collapse, text.split("\n"))))
        if not text.strip():
            return
        if self._cell is not None:
            self._cell.append(text)
        elif self._heading:
            self._blocks.heading(self._heading, text)
        elif self._marker is not None:
            self._blocks.item(self._marker, text)
            self._marker = None
        else:
            self._blocks.paragraph(text)

    def _start_block(self, element: Any, tag: str) -> None:
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = int(tag[1])
        elif tag == "pre":
            self._preformatted += 1
        elif tag in ("ul", "ol", "menu", "dir"):
            if not self._lists:
                self._blocks.end_group()
            self._lists.append(_first_number(element) if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._next_marker()
        elif tag == "table":
            self._blocks.end_group()
            self._tables.append(self._cell is None and not element.xpath(_LAYOUT))
        elif tag == "tr" and self._in_rows():
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._cell = []

    def _end_block(self, tag: str) -> None:
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._heading = 0
        elif tag == "pre":
            self._preformatted -= 1
        elif tag in ("ul", "ol", "menu", "dir"):
            self._lists.pop()
        elif tag == "li":
            self._marker = None
        elif tag == "table":
            self._tables.pop()
        elif tag in ("td", "th") and self._row is not None and self._cell is not None:
            self._row.append(" ".join(self._cell))
            self._cell = None
        elif tag == "tr" and self._row is not None and self._cell is None:
            self._blocks.row(self._row)
            self._row = None

    def _in_rows(self) -> bool:
        return bool(self._tables) and self._tables[-1] and self._cell is None

    def _next_marker(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "-"
        self._lists[-1] = number + 1
        return f"{number}."


def _first_number(element: Any) -> int:
    start = element.get("start", "1")
    return int(start) if re.fullmatch(r"-?[0-9]{1,9}", start) else 1
