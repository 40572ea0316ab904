"""Text files, source code and logs: the file as it is, and its blocks.

The canonical text is the decoded file without its byte-order mark, line endings unchanged; but that
of a mail that was saved as text is the mail's.
"""

import re
import unicodedata

from rag.datatypes import Block, BlockKind
from rag.documents.formats.encodings import decode, decode_text, xml_charset
from rag.documents.formats.layout import text_blocks
from rag.documents.formats.lines import find_runs
from rag.documents.formats.mail_quotes import begins_like_mail
from rag.documents.formats.refusals import too_long
from rag.documents.formats.writer import Extracted
from rag.documents.structure import cover

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_KEY = b"-----BEGIN "
_ODD = frozenset({"Cc", "Cn", "Co", "Cs"})
_SPACES = frozenset("\t\n\v\f\r\x1b")
_MOST_ODD = 0.01
"""Share of a text's characters that may be none that people write; of random bytes a tenth are."""
_FORM_FEED = re.compile("\f")


def read_text(data: bytes, max_bytes: int, declared: str | None = None) -> str:
    """Return the file as text, without its mark. Raises `ValueError` if it is none, or too long.

    `declared` is the encoding that the file itself names.
    """
    text = decode_text(data, declared)
    size = len(text.encode("utf-8", "surrogatepass")) if len(data) > max_bytes else 0
    if size > max_bytes:
        raise too_long(size, max_bytes)
    return text


def looks_like_text(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a text that somebody may read.

    Keys and certificates are none.
    """
    if not head.strip() or head.lstrip().startswith(_KEY):
        return False
    if b"\0" in head and not head.startswith(_WIDE_MARKS):
        return False
    try:
        text = decode(head).text
    except ValueError:
        return False
    odd = sum(unicodedata.category(each) in _ODD and each not in _SPACES for each in text)
    return odd + text.count("\N{REPLACEMENT CHARACTER}") <= _MOST_ODD * len(text)


def extract_text(data: bytes, max_bytes: int) -> Extracted:
    """Return a text file, a mail where it begins like one.

    Raises `ValueError` for bytes that are no text.
    """
    text = read_text(data, max_bytes)
    if begins_like_mail(text):
        from rag.documents.formats.mail import extract_mail

        return extract_mail(text.lstrip().encode("utf-8", "replace"), max_bytes)
    blocks = text_blocks(text)
    return Extracted(text, page_starts=_pages(text), blocks=blocks, title=first_title(text, blocks))


def extract_tex(data: bytes, max_bytes: int) -> Extracted:
    """Return a file of TeX, whose comments and lines of commands are code."""
    text = read_text(data, max_bytes)
    blocks = text_blocks(text, tex=True)
    return Extracted(text, blocks=blocks, title=first_title(text, blocks))


def extract_code(data: bytes, max_bytes: int) -> Extracted:
    """Return source code: a block of code from one blank line to the next.

    XML is in the encoding that it declares.
    """
    text = read_text(data, max_bytes, xml_charset(data))
    blocks = [_block("code", run[0].first, run[-1].end) for run in find_runs(text)]
    return Extracted(text, blocks=cover(text, blocks))


def extract_log(data: bytes, max_bytes: int) -> Extracted:
    """Return a log: each line is a paragraph, with the indented lines below it."""
    text = read_text(data, max_bytes)
    blocks: list[Block] = []
    for run in find_runs(text):
        start = run[0].first
        for line, after in zip(run, [*run[1:], None], strict=True):
            if after is None or after.indent <= run[0].indent:
                blocks.append(_block("paragraph", start, line.end))
                start = after.first if after else line.end
    return Extracted(text, blocks=cover(text, blocks))


def first_title(text: str, blocks: tuple[Block, ...]) -> str:
    """Return the first block's words if it is a heading: what the text calls itself."""
    if not blocks or blocks[0].kind != "heading":
        return ""
    return " ".join(text[blocks[0].text_start : blocks[0].text_end].split())


def _pages(text: str) -> tuple[int, ...]:
    """Return where pages begin, if form feeds end them; what follows the last may be empty."""
    starts = [match.end() for match in _FORM_FEED.finditer(text.rstrip())]
    return (0, *starts) if starts else ()


def _block(kind: BlockKind, start: int, end: int) -> Block:
    return Block(kind=kind, start=start, end=end, text_start=start, text_end=end)
