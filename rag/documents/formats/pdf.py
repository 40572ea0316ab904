"""PDF files: PDFium reads the lines in a process of its own, which become blocks with pages.

What PDFium does not end in time is ended for it, and what crashes it crashes nothing else.
"""

import json
import math
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.documents.formats import pdf_pages
from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_layout import Page
from rag.documents.formats.pdf_lines import read_blocks, title_of
from rag.documents.formats.pdf_writing import write_blocks
from rag.documents.formats.refusals import missing_package, too_long
from rag.documents.formats.vocabulary import known_words
from rag.documents.formats.writer import DocumentWriter, Extracted

_TIMEOUT_SECONDS = 180.0
"""By the clock, for a busy machine; of the processor the program allows itself less."""
_DAMAGED = "it is damaged, or not a PDF; open it in a PDF program and save it again"
_NO_TEXT = (
    "no text on any page: it is a scan, or holds pictures only; to have them read install the "
    'extra `ocr` (python -m pip install "footnote[ocr]"), or recognise its text first '
    "(for example with ocrmypdf), then add the result"
)
_UNREAD = (
    (
        "picture",
        "is a picture: its text was not read; recognise it (the extra `ocr`)",
        "are pictures: their text was not read; recognise it (the extra `ocr`)",
    ),
    (
        "gibberish",
        "is not read: its letters have no Unicode; recognise it (the extra `ocr`)",
        "are not read: their letters have no Unicode; recognise them (the extra `ocr`)",
    ),
)
"""What is said of pages of a kind that could not be read, of one and of several."""


def extract_pdf(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a PDF and where its pages begin, those without text too."""
    if find_spec("pypdfium2") is None:
        raise missing_package("pypdfium2")
    found = _read_pages(data, max_bytes)
    if "too_long" in found:
        raise too_long(found["too_long"], max_bytes)
    if "error" in found:
        raise ValueError(found["error"])
    pages = [_page(page) for page in found["pages"]]
    writer = DocumentWriter(max_bytes)
    writer.warnings += _warnings(pages)
    if not any(page.words for page in pages):
        raise ValueError(_NO_TEXT)
    blocks = read_blocks(pages, known_words())
    writer.title = title_of(blocks.blocks, found["title"])
    write_blocks(blocks, len(pages), writer)
    return writer.result()


def _page(found: dict[str, Any]) -> Page:
    """Return a page from what the program printed of it."""
    left, bottom, right, top = found["box"]
    angles = found["angles"]
    turn = math.radians(angles[0][0]) if angles else 0.0
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    along = [x * math.cos(turn) + y * math.sin(turn) for x, y in corners]
    across = [y * math.cos(turn) - x * math.sin(turn) for x, y in corners]
    return Page(
        words=tuple(tuple(Word._make(word) for word in words) for _, words in angles),
        kind=found["kind"],
        left=min(along),
        right=max(along),
        bottom=min(across),
        top=max(across),
    )


def _warnings(pages: Sequence[Page]) -> list[str]:
    """Return lines on the pages whose text could not be read."""
    lines = []
    for kind, one, several in _UNREAD:
        numbers = [number for number, page in enumerate(pages, 1) if page.kind == kind]
        if numbers:
            what = one if len(numbers) == 1 else several
            lines.append(f"page{'s' * (len(numbers) > 1)} {_ranges(numbers)} {what}")
    return lines


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers as a person writes them: "1 to 3, 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in runs)


def _read_pages(data: bytes, max_bytes: int) -> dict[str, Any]:
    # -P: nothing is imported from the program's own folder, where modules are called html and csv
    command = [sys.executable, "-P", str(Path(pdf_pages.__file__)), str(max_bytes)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _too_slow() from None
    if done.returncode and done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise _too_slow()
    if done.returncode:
        raise ValueError(_DAMAGED)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _too_slow() -> ValueError:
    return ValueError("it takes too long to read; print it into a new PDF, or split it")
