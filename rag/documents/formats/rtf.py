"""Rich Text Format (RTF): its paragraphs, the items of lists, and its tables as rows.

striprtf takes away fonts, pictures and what else is no text; here is done what it needs to be exact
and quick. Which paragraph is a heading is known by its number or capitals alone. Footnotes and text
boxes are left out, with a warning; what is embedded or linked to is never opened.
"""

import re
from itertools import groupby
from typing import Any

from rag.documents.formats.grid import begins_with_names
from rag.documents.formats.refusals import markup_limit, missing_package, too_large
from rag.documents.formats.scripts import lower_text, raise_text
from rag.documents.formats.typed import Typed, read_typed, write_typed
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_CELL_END = "\ue001"
_HEX = re.compile(rb"[0-9a-fA-F]{60,}")
"""The bytes of pictures; no text has such words."""
_CELL = re.compile(r"\\(?:nest)?cell(?![a-zA-Z])")
_IN_TABLE = re.compile(r"\\(pard|intbl|par|row)(?![a-zA-Z])")
_SCRIPT = re.compile(r"\\(super|sub) ([^{}\\]{1,20})(?=[{}\\])")
_FONT = re.compile(r"\\f(\d{1,9})(?!\d)")
_CHARSET = re.compile(r"\\fcharset(\d{1,3})(?!\d)")
_LONGEST_FONT = 2_000
_ITEM = re.compile(
    r"\s*([-–•·o▪]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,6})[.)]|\d[\d.]{0,12})\t(?=\s*\S)"
)
_BULLET = re.compile(r"\W|o")
_LEFT_OUT = re.compile(r"\\(?:footnote|shptxt)(?![a-zA-Z])")
_DAMAGED = "it is damaged, or not RTF (.rtf); save it again"


def extract_rtf(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of an RTF file."""
    if not data[:100].lstrip().startswith(b"{\\rtf"):
        raise ValueError(_DAMAGED)
    data = _HEX.sub(b"", data)
    if len(data) > markup_limit(max_bytes):
        raise too_large(f"{len(data):,} bytes without pictures", markup_limit(max_bytes))
    markup = data.decode("latin-1")
    writer = DocumentWriter(max_bytes)
    if _LEFT_OUT.search(markup):
        writer.warnings.append(
            "its footnotes and text boxes were left out; save it as .docx to have them read"
        )
    lines = _plain(markup).split("\n")
    read = iter(read_typed([_known(line) for line in lines if line.strip()]))
    blocks = [(line, next(read) if line.strip() else Typed()) for line in lines]
    for is_table, group in groupby(blocks, key=lambda each: _CELL_END in each[0]):
        if is_table:
            _write_table([line.split(_CELL_END)[:-1] for line, _ in group], writer)
        else:
            for line, block in group:
                _write_line(line, block, writer)
    return writer.result()


def _known(line: str) -> Typed:
    """Return what a line says of itself: bullets are marks wherever they stand."""
    item = _ITEM.match(line)
    if _CELL_END in line:
        return Typed("other")
    return Typed("item" if item and _BULLET.fullmatch(item[1]) else "", collapse(line))


def _write_table(rows: list[list[str]], writer: DocumentWriter) -> None:
    writer.end_group()
    has_names = begins_with_names(rows)
    for place, cells in enumerate(rows):
        writer.row(cells, header=has_names and place == 0)
    writer.end_group()


def _write_line(line: str, block: Typed, writer: DocumentWriter) -> None:
    item = _ITEM.match(line)
    if item is not None and block.kind in ("item", "paragraph") and not block.label:
        if block.apart:
            writer.end_group()
        marker = "-" if _BULLET.fullmatch(item[1]) else item[1]
        writer.item(marker, collapse(line[item.end() :]), block.level)
    else:
        write_typed(writer, block, block.text)


def _plain(markup: str) -> str:
    striprtf = _striprtf()
    fonts = striprtf.font_table_group(markup)
    prepared = markup.replace(fonts, _short_fonts(fonts), 1) if fonts else markup
    # Its rule for links would append their addresses, and takes hours on hostile files.
    prepared = prepared.replace("\\fldinst{", "\\fldinst {")
    prepared = _CELL.sub(f"{{\\\\uc1\\\\u{ord(_CELL_END)}?}}", _in_one_line(prepared))
    prepared = _SCRIPT.sub(_shifted, prepared)
    try:
        text: str = striprtf.rtf_to_text(prepared, errors="replace")
    except (ValueError, LookupError, TypeError, OverflowError):
        raise ValueError(_DAMAGED) from None
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _in_one_line(markup: str) -> str:
    """Return `markup` with a stroke in place of the breaks between the paragraphs of a cell."""
    in_table = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal in_table
        if match[1] in ("pard", "row"):
            in_table = False
        elif match[1] == "intbl":
            in_table = True
        elif in_table:
            return " / "
        return match[0]

    return _IN_TABLE.sub(replaced, markup)


def _shifted(match: re.Match[str]) -> str:
    """Return a raised or lowered text as escapes."""
    text = raise_text(match[2]) if match[1] == "super" else lower_text(match[2])
    return "".join(
        sign if ord(sign) < 0x80 or sign in match[2] else f"{{\\uc1\\u{ord(sign)}?}}"
        for sign in text
    )


def _short_fonts(fonts: str) -> str:
    """Return a table of fonts with nothing but their numbers and character sets."""
    entries = []
    for entry in re.split("[{};]", fonts):
        entry = entry[:_LONGEST_FONT]
        number, charset = _FONT.search(entry), _CHARSET.search(entry)
        if number and charset:
            entries.append(f"{{\\f{number[1]}\\fcharset{charset[1]} x;}}")
    return f"{{\\fonttbl{''.join(entries)}}}"


def _striprtf() -> Any:
    try:
        from striprtf import striprtf
    except ImportError:
        raise missing_package("striprtf") from None
    return striprtf
