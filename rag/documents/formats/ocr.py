"""Pages that are pictures: a program recognises their text, page by page, each page once.

The program (`page_pictures`) decodes and reads in a process of its own: one that hangs or crashes
costs one page, and a person who stops it waits for nothing. Knows nothing of layout.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from rag.documents.formats import page_pictures
from rag.documents.formats.ocr_pages import KeptPages, ReadPage
from rag.documents.formats.progress import PageReading, page_reading
from rag.models.threads import available_cores

_RECIPE = 1
"""Counts the changes of `page_pictures` that change what is recognised."""
_PAGE_SECONDS = 300.0
"""By the clock, for a busy machine; a full page took 4 to 16."""
_LOOK_SECONDS = 0.2
"""Between two looks at `cancel`."""
_MOST_CRASHES = 3
"""Pages one after the other that may end the program before the file is given up."""
NEEDS_EXTRA = (
    'reading text in pictures needs the extra "ocr", which is not installed; '
    'install it with: python -m pip install "footnote[ocr]"'
)
_LOST = "it could not be read; open it in an image program and save it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The pages that were read, by their number from 0, and why others were not."""

    pages: dict[int, ReadPage] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """Return a line for each page of which nothing, or not all, could be read."""
        lines = {
            number: f"page {number + 1}: its text was not recognised: {reason}"
            for number, reason in self.failures.items()
        }
        for number, page in self.pages.items():
            seen, sure = len(page.lines), sum(line.is_sure for line in page.lines)
            if not sure:
                lines[number] = f"page {number + 1} is a picture in which no text can be read"
            elif sure < seen:
                left = f"{seen - sure} of {seen} lines that were seen in its picture"
                lines[number] = f"page {number + 1}: {left} could not be read and are left out"
        return [lines[number] for number in sorted(lines)]


def can_recognise() -> bool:
    """Say whether the extra is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def page_count(data: bytes) -> int:
    """Return how many pictures a file holds; raises `ValueError` for what is none."""
    with _Program(data, {"do": "count"}) as program:
        found = program.next(page_reading())
    if found is None:
        raise ValueError(_LOST)
    return int(found["pages"])


def recognise_pages(data: bytes, numbers: Sequence[int]) -> Recognised:
    """Recognise the text of these pages, from 0, of a PDF or picture.

    Raises `Cancelled` when the reading is to stop, with all done pages kept; `ValueError` without
    the extra, and where the file as a whole is damaged.
    """
    if not can_recognise():
        raise ValueError(NEEDS_EXTRA)
    reading = page_reading()
    kept = KeptPages(reading.kept, hashlib.sha256(data).hexdigest(), _engine_name())
    kept.make_room()
    result = Recognised()
    waiting = []
    for number in numbers:
        page = kept.get(number)
        if page is None:
            waiting.append(number)
        else:
            result.pages[number] = page
    reading.say(len(result.pages), len(numbers))
    for number, found in _each_page(data, waiting, reading):
        if "error" in found:
            result.failures[number] = found["error"]
        else:
            page = ReadPage.from_json(found)
            kept.put(number, page)
            result.pages[number] = page
        reading.say(len(result.pages) + len(result.failures), len(numbers))
    return result


def _engine_name() -> str:
    return f"rapidocr-{version('rapidocr')}-{_RECIPE}"


def _each_page(
    data: bytes, waiting: list[int], reading: PageReading
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what the program says of each page; it is started again after one that ends it."""
    crashes = 0
    while waiting:
        if crashes >= _MOST_CRASHES:
            yield waiting.pop(0), {"error": _LOST}
            continue
        threads = reading.threads or available_cores()
        order = {"do": "recognise", "pages": waiting, "threads": threads}
        with _Program(data, order) as program:
            while waiting:
                found = program.next(reading)
                if found is None:
                    crashes += 1
                    yield waiting.pop(0), {"error": _LOST}
                    break
                crashes = 0
                yield waiting.pop(0), found


class _Program:
    """`page_pictures` at work on a file; leaving the block ends it."""

    def __init__(self, data: bytes, order: dict[str, Any]) -> None:
        self._file = tempfile.TemporaryFile()
        self._file.write(data)
        self._file.seek(0)
        # -P: nothing is imported from the program's own folder, where modules are called html, csv
        command = [sys.executable, "-P", str(Path(page_pictures.__file__)), json.dumps(order)]
        self._process = subprocess.Popen(
            command, stdin=self._file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._said: Queue[bytes] = Queue()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> "_Program":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._file.close()

    def _listen(self) -> None:
        stdout = self._process.stdout
        if stdout is not None:
            with stdout:
                for line in stdout:
                    self._said.put(line)
        self._said.put(b"")

    def next(self, reading: PageReading) -> dict[str, Any] | None:
        """Return what the program says next; None if it crashed, or says nothing for too long.

        Raises `ValueError` for what it says of the file as a whole.
        """
        for _ in range(int(_PAGE_SECONDS / _LOOK_SECONDS)):
            reading.check_cancel()
            try:
                line = self._said.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if not line:
                return None
            found: dict[str, Any] = json.loads(line)
            if "error" in found and "page" not in found:
                raise ValueError(found["error"])
            return found
        return None
