"""PDF files: PDFium reads the lines in a process of its own, which become blocks with pages.

What PDFium does not end in time is ended for it, and what crashes it crashes nothing else.
"""

import json
import math
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.documents.formats import pdf_pages
from rag.documents.formats.ocr import NEEDS_EXTRA, can_recognise, recognise_pages
from rag.documents.formats.ocr_words import Place, recognised_pages
from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_layout import Page
from rag.documents.formats.pdf_lines import read_blocks, title_of
from rag.documents.formats.pdf_writing import write_blocks
from rag.documents.formats.refusals import missing_package, too_long
from rag.documents.formats.vocabulary import known_words
from rag.documents.formats.writer import DocumentWriter, Extracted

_TIMEOUT_SECONDS = 450.0
"""By the clock, for a busy machine; of the processor the program allows itself less."""
_LAYOUT_SECONDS = 240.0
"""Of the processor, for lines and blocks of all pages; three hundred full pages took 2."""
_DAMAGED = "it is damaged, or not a PDF; open it in a PDF program and save it again"
_NO_TEXT = (
    "no text on any page: it is a scan, or holds pictures only; to have them read install the "
    'extra `ocr` (python -m pip install "footnote[ocr]"), or recognise its text first '
    "(for example with ocrmypdf), then add the result"
)
_NOTHING_READ = (
    "no text on any page, and none can be read in its pictures; scan it again, sharper, "
    "or remove the file"
)
_UNREAD = {
    "picture": (
        "is a picture: its text was not read; " + NEEDS_EXTRA,
        "are pictures: their text was not read; " + NEEDS_EXTRA,
    ),
    "gibberish": (
        "is not read, since its letters have no Unicode; " + NEEDS_EXTRA,
        "are not read, since their letters have no Unicode; " + NEEDS_EXTRA,
    ),
}
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
    places: dict[int, Place] = {}
    if can_recognise():
        places = _recognise(data, pages, writer)
    else:
        writer.warnings += _warnings(pages)
    if not any(page.words for page in pages):
        raise ValueError(_NOTHING_READ if can_recognise() else _NO_TEXT)
    blocks = read_blocks(pages, known_words(), _Watch().check)
    writer.title = title_of(blocks.blocks, found["title"])
    write_blocks(blocks, len(pages), writer, places)
    return writer.result()


def _page(found: dict[str, Any]) -> Page:
    """Return a page from what the program printed of it."""
    angle = found["angles"][0][0] if found["angles"] else 0
    left, bottom, right, top = _turned(found["box"], angle)
    return Page(
        words=tuple(tuple(Word._make(word) for word in words) for _, words in found["angles"]),
        rules=tuple(_turned(rule, angle) for rule in found["rules"] if angle % 90 == 0),
        kind=found["kind"],
        left=left,
        right=right,
        bottom=bottom,
        top=top,
    )


def _turned(box: Sequence[float], angle: float) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top in the direction of lines that run at an angle."""
    turn = math.radians(angle)
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    along = [x * math.cos(turn) + y * math.sin(turn) for x, y in corners]
    across = [y * math.cos(turn) - x * math.sin(turn) for x, y in corners]
    return min(along), min(across), max(along), max(across)


def _recognise(data: bytes, pages: list[Page], writer: DocumentWriter) -> dict[int, Place]:
    """Put what is recognised in the place of pages that are pictures or gibberish."""
    numbers = [number for number, page in enumerate(pages) if page.kind in _UNREAD]
    if not numbers:
        return {}
    try:
        found = recognise_pages(data, numbers)
    except ValueError as error:  # the other pages have text
        pages_of = _ranges([number + 1 for number in numbers])
        writer.warnings.append(f"page {pages_of}: its text was not recognised: {error}")
        return {}
    writer.warnings += found.warnings()
    sizes = Counter[float]()
    for page in pages:
        for word in page.words[0] if page.kind == "text" and page.words else ():
            sizes[word.size] += len(word.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    done = sorted(found.pages)
    sides = [max(pages[n].right - pages[n].left, pages[n].top - pages[n].bottom) for n in done]
    laid = recognised_pages(
        [(found.pages[n], side) for n, side in zip(done, sides, strict=True)], usual
    )
    for number, (page, _) in zip(done, laid, strict=True):
        if page.words:
            pages[number] = page
    return {number: place for number, (page, place) in zip(done, laid, strict=True) if page.words}


def _warnings(pages: Sequence[Page]) -> list[str]:
    """Return lines on the pages whose text could not be read."""
    lines = []
    for kind, (one, several) in _UNREAD.items():
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


class _Watch:
    """Ends the layout of a file that is made to take long."""

    def __init__(self) -> None:
        self._end = time.process_time() + _LAYOUT_SECONDS

    def check(self) -> None:
        if time.process_time() > self._end:
            raise _too_slow()


def _too_slow() -> ValueError:
    return ValueError("it takes too long to read; print it into a new PDF, or split it")
