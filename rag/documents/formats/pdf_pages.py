"""A program of its own that prints the lines of a PDF: PDFium in a process that may be ended.

    python pdf_pages.py MAX_BYTES < file.pdf

A damaged file can hang or crash PDFium; here it takes nothing along. Prints one JSON object:
`{"pages": [[[text, left, right, baseline, size, bold], …], …]}` in points, or `{"error": …}`. Uses
the standard library and pypdfium2 alone, since it is started by its path.
"""

import ctypes
import json
import math
import sys
from typing import Any

Line = tuple[str, float, float, float, float, bool]

_MOST_PAGES = 10_000
_MEMORY_BYTES = 4 << 30
_CPU_SECONDS = 60
"""Of the processor, where the system counts it; three hundred full pages took 1.5."""
_CELL_GAP = 1.6
"""Of the font's size: a wider gap parts the cells of a row; it becomes a tab in the text."""
_BOLD = 600
LINE_END_HYPHEN = "\N{SOFT HYPHEN}"
"""What a line ends with whose last word may go on in the next line."""


def main() -> None:
    """Read a PDF from standard input, print its lines."""
    _limit_resources()
    json.dump(_read(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _read(data: bytes, max_bytes: int) -> dict[str, Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
            return {"error": "it has a password; save a copy without one"}
        return {"error": "it is damaged, or not a PDF; open it in a PDF program and save it again"}
    if len(document) > _MOST_PAGES:
        return {"error": f"it has {len(document):,} pages; expected at most {_MOST_PAGES:,}"}
    pages: list[list[Line]] = []
    size = 0
    for number in range(len(document)):
        lines = _page_lines(document, number)
        size += sum(len(line[0].encode()) for line in lines)
        if size > max_bytes:
            return {"too_long": size}
        pages.append(lines)
    return {"pages": pages}


def _page_lines(document: Any, number: int) -> list[Line]:
    """Return the lines of a page; none of one that cannot be loaded."""
    import pypdfium2

    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    lines = _TextPage(pypdfium2.raw, text_page.raw).lines()
    text_page.close()
    page.close()
    return lines


class _TextPage:
    """The characters of a page, by their number, in PDFium's order of reading."""

    def __init__(self, raw: Any, handle: Any) -> None:
        self._raw = raw
        self._handle = handle

    def lines(self) -> list[Line]:
        lines: list[Line] = []
        run: list[tuple[int, str]] = []
        for index in range(self._raw.FPDFText_CountChars(self._handle)):
            character = self._character(index)
            if character and character not in "\r\n":
                run.append((index, character))
            if character in ("\r", "\n", LINE_END_HYPHEN):
                self._end_line(run, lines)
                run = []
        self._end_line(run, lines)
        return lines

    def _character(self, index: int) -> str:
        code = self._raw.FPDFText_GetUnicode(self._handle, index)
        if code in (0x02, 0xFFFE):  # how PDFium marks a hyphen that ends a line
            return LINE_END_HYPHEN
        if code in (0x09, 0xA0):
            return " "
        if code < 0x20 and code not in (0x0A, 0x0D) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            return "" if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
        return chr(code)

    def _end_line(self, run: list[tuple[int, str]], lines: list[Line]) -> None:
        seen = [(index, character) for index, character in run if not character.isspace()]
        if not seen:
            return
        first, last = seen[0][0], seen[-1][0]
        word = next((index for index, character in seen if character.isalnum()), first)
        size = self._size(word)
        lines.append(
            (
                self._line_text(run, first, last, size),
                self._edges(first)[0],
                self._edges(last)[1],
                self._baseline(word),
                size,
                all(map(self._is_bold, (word, seen[len(seen) // 2][0], last))),
            )
        )

    def _line_text(self, run: list[tuple[int, str]], first: int, last: int, size: float) -> str:
        text: list[str] = []
        before: int | None = None  # the last character that is not a space
        spaced = False
        for index, character in run:
            if not first <= index <= last:
                continue
            if character.isspace():
                spaced = True
                continue
            if spaced and before is not None:
                gap = self._edges(index)[0] - self._edges(before)[1]
                text.append("\t" if gap > _CELL_GAP * size else " ")
            text.append(character)
            before, spaced = index, False
        return "".join(text)

    def _edges(self, index: int) -> tuple[float, float]:
        """Return the left and right end of a character, with the room of its font around it."""
        box = self._raw.FS_RECTF()
        self._raw.FPDFText_GetLooseCharBox(self._handle, index, ctypes.byref(box))
        return box.left, box.right

    def _size(self, index: int) -> float:
        """Return the size of a character's font on the page, at least 1 point."""
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFText_GetMatrix(self._handle, index, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        return max(1.0, float(self._raw.FPDFText_GetFontSize(self._handle, index)) * scale)

    def _baseline(self, index: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        self._raw.FPDFText_GetCharOrigin(self._handle, index, ctypes.byref(x), ctypes.byref(y))
        return y.value

    def _is_bold(self, index: int) -> bool:
        if self._raw.FPDFText_GetFontWeight(self._handle, index) >= _BOLD:
            return True
        name = ctypes.create_string_buffer(128)
        flags = ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._handle, index, name, 128, ctypes.byref(flags))
        return b"bold" in name.value.lower()


if __name__ == "__main__":
    main()
