"""PDF files: PDFium reads the lines in a process of its own, which become blocks with pages.

What PDFium does not end in time is ended for it, and what crashes it crashes nothing else.
"""

import json
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.documents.formats import pdf_pages
from rag.documents.formats.pdf_lines import Line, write_lines
from rag.documents.formats.refusals import missing_package, too_long
from rag.documents.formats.writer import DocumentWriter, Extracted

_TIMEOUT_SECONDS = 180.0
"""By the clock, for a busy machine; of the processor the program allows itself less."""
_DAMAGED = "it is damaged, or not a PDF; open it in a PDF program and save it again"


def extract_pdf(data: bytes, max_bytes: int) -> Extracted:
    """Return the text of a PDF and where its pages begin, those without text too."""
    if find_spec("pypdfium2") is None:
        raise missing_package("pypdfium2")
    found = _read_pages(data, max_bytes)
    if "too_long" in found:
        raise too_long(found["too_long"], max_bytes)
    if "error" in found:
        raise ValueError(found["error"])
    pages = [
        [Line._make([*line, number]) for line in lines]
        for number, lines in enumerate(found["pages"])
    ]
    if not any(pages):
        raise ValueError(
            "no text on any page: it is a scan, or holds pictures only; "
            "recognise its text first (OCR, for example with ocrmypdf), then add the result"
        )
    blocks = DocumentWriter(max_bytes)
    write_lines(pages, blocks)
    return blocks.result()


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
