"""The words that a page of a PDF shows, by PDFium: text, place, size and style of each.

Knows nothing of lines or documents. Uses the standard library and pypdfium2 alone: the program that
runs PDFium imports it.
"""

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from rag.documents.formats.pdf_unseen import Unseen

PageWord = tuple[str, float, float, float, float, int, int, int]
"""Text, left, right, baseline, size (in points, turned so that the text runs to the right), style,
number of PDFium's line, and 1 if no space parts it from the word before (else 0)."""

BOLD, MONOSPACED = 1, 2
_BOLD_WEIGHT = 600
_FIXED_PITCH = 1
"""Bit of a font's flags."""
_SMALLEST = 2.0
"""Points: smaller text is for no reader, unless all of the page is so (a poster in miniature)."""
_LETTERSPACE = 0.05
"""Of the size: a wider gap where "aB" or "a1" meet parts two cells that nearly touch."""

_Run = list[tuple[int, str]]
"""Numbers and texts of the characters between two spaces."""


def page_words(
    page: Any, text_page: Any, box: tuple[float, float, float, float]
) -> dict[int, list[PageWord]]:
    """Return the words of a page by the angle of their lines in degrees, the commonest first.

    What the page does not show is left out: outside of `box`, covered, in a layer that is off,
    white on white.
    """
    found = _Reader(page, text_page, box).words()
    if any(word[4] >= _SMALLEST for _, word in found):
        found = [(angle, word) for angle, word in found if word[4] >= _SMALLEST]
    groups: dict[int, list[PageWord]] = {}
    for angle, word in found:
        groups.setdefault(angle, []).append(word)
    return dict(sorted(groups.items(), key=lambda group: -sum(len(word[0]) for word in group[1])))


def is_gibberish(words: Sequence[PageWord]) -> bool:
    """Say whether fonts do not tell their letters: signs without meaning, or inside of words."""
    signs = wrong = strange = 0
    for word in words:
        text = word[0]
        signs += len(text)
        bad = sum(unicodedata.category(c) in ("Co", "Cn", "Cc", "So") for c in text)
        bad += text.count("\N{REPLACEMENT CHARACTER}")
        wrong += bad
        strange += len(text) if bad or _is_strange(text) else 0
    return wrong > 0.3 * signs or strange > 0.5 * signs


def _is_strange(text: str) -> bool:
    """Say whether a word is none: most of its letters stand beside a sign in its middle."""
    core = text.strip("()[]{}.,;:!?\"'“”‘’-–—*")
    letters = sum(map(str.isalpha, core))
    odd = sum(not c.isalnum() and c not in "-–'’./@_&:,%+=|\\~#()[]*·‐\u00ad" for c in core)
    return letters > 0 and odd * 3 >= len(core)


class _Reader:
    """Reads the characters of a page, by their number, in PDFium's order."""

    def __init__(self, page: Any, text_page: Any, box: tuple[float, float, float, float]) -> None:
        import pypdfium2

        self._raw = pypdfium2.raw
        self._handle = text_page.raw
        self._box = box
        self._fonts: dict[int, int] = {}
        self._styles: dict[int, int] = {}
        self._unseen = Unseen(page, box)

    def words(self) -> list[tuple[int, PageWord]]:
        """Return (angle, word)."""
        found: list[tuple[int, PageWord]] = []
        line = 0
        for run, is_last in self._runs():
            glued = 0
            for piece in self._pieces(run):
                word = self._word(piece, line, glued)
                if word is not None:
                    found.append(word)
                    glued = 1
            line += is_last
        hidden = self._unseen.hidden()
        if hidden:
            found = [each for number, each in enumerate(found) if number not in hidden]
        return found

    def _runs(self) -> Iterator[tuple[_Run, bool]]:
        """Yield the characters between spaces, and whether PDFium's line ends there."""
        run: _Run = []
        high = 0
        unicode_of, handle = self._raw.FPDFText_GetUnicode, self._handle
        for index in range(self._raw.FPDFText_CountChars(handle)):
            code = unicode_of(handle, index)
            if 0x20 < code < 0x7F:
                run.append((index, chr(code)))
            elif code in (0x0A, 0x0D, 0x20, 0x09, 0xA0, 0x3000, 0x2028, 0x2029) or (
                0x2000 <= code <= 0x200A
            ):
                yield run, code in (0x0A, 0x0D)
                run = []
            elif code in (0x02, 0xFFFE):  # how PDFium marks a hyphen that ends a line
                yield [*run, (index, "-")], True
                run = []
            elif 0xD800 <= code < 0xDC00:
                high = code
            elif 0xDC00 <= code < 0xE000 and high:
                run.append((index, chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00)))
                high = 0
            elif code >= 0x20 and code != 0xFEFF and code != 0x200B:
                known = code <= 0x10FFFF and not 0xD800 <= code < 0xE000
                run.append((index, _plain(chr(code)) if known else "\N{REPLACEMENT CHARACTER}"))
        yield run, True

    def _pieces(self, run: _Run) -> Iterator[_Run]:
        """Yield the parts of a word: it is cut where size or height change (raised marks)."""
        if len(run) < 2:
            if run:
                yield run
            return
        text = "".join(character for _, character in run)
        if text.isalpha() and text[1:].islower() and self._same(run[0][0], run[-1][0]):
            yield run
            return
        looked_at = not (text.isalpha() and self._same(run[0][0], run[-1][0]))
        start = 0
        for number in range(1, len(run)):
            (before, first), (index, second) = run[number - 1], run[number]
            turn = first.islower() and second.isupper() or first.isdigit() != second.isdigit()
            if (looked_at and not self._same(before, index)) or (
                turn and first.isalnum() and second.isalnum() and self._is_apart(before, index)
            ):
                yield run[start:number]
                start = number
        yield run[start:]

    def _same(self, first: int, second: int) -> bool:
        """Say whether two characters have the same size and stand equally high."""
        size = self._raw.FPDFText_GetFontSize
        one, two = size(self._handle, first), size(self._handle, second)
        if abs(one - two) > 0.08 * max(one, two):
            return False
        (x1, y1), (x2, y2) = self._origin(first), self._origin(second)
        return min(abs(y1 - y2), abs(x1 - x2)) <= 0.12 * max(one, 1.0)

    def _is_apart(self, first: int, second: int) -> bool:
        gap = self._edges(second)[0] - self._edges(first)[2]
        return gap > _LETTERSPACE * float(self._raw.FPDFText_GetFontSize(self._handle, second))

    def _word(self, run: _Run, line: int, glued: int) -> tuple[int, PageWord] | None:
        first, last = run[0][0], run[-1][0]
        raw = self._raw
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._handle, first, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = max(1.0, float(raw.FPDFText_GetFontSize(self._handle, first)) * scale)
        x, y = self._origin(first)
        start, end = self._edges(first), self._edges(last)
        bounds = (
            min(start[0], end[0]),
            min(start[1], end[1]),
            max(start[2], end[2]),
            max(start[3], end[3]),
        )
        left, bottom, right, top = self._box
        inside = left <= (bounds[0] + bounds[2]) / 2 <= right
        if not inside or not bottom <= (bounds[1] + bounds[3]) / 2 <= top:
            return None
        thing = raw.FPDFText_GetTextObject(self._handle, first)
        style = self._style(thing)
        if not self._unseen.add(thing, bounds):
            return None
        text = self._text(run)
        if matrix.b == 0.0 and matrix.a > 0.0 or not text:
            place, angle = (bounds[0], bounds[2], y), 0
        else:
            place, angle = _turned(matrix, bounds, (x, y), size, len(text))
        word = (text, *(round(value, 2) for value in (*place, size)), style, line, glued)
        return (angle, word) if text else None  # type: ignore[return-value]

    def _text(self, run: _Run) -> str:
        text = "".join(character for _, character in run)
        if text.isascii() or "\N{ARABIC LETTER LAM}" not in text:
            return text
        letters = [character for _, character in run]
        for number in range(len(run) - 1):  # one sign for two letters, which PDFium turns round
            if letters[number] in "آأإا" and letters[number + 1] == "\N{ARABIC LETTER LAM}":
                if self._origin(run[number][0]) == self._origin(run[number + 1][0]):
                    letters[number : number + 2] = letters[number + 1], letters[number]
        return "".join(letters)

    def _edges(self, index: int) -> tuple[float, float, float, float]:
        """Return left, bottom, right and top of a character, with its font's room around it."""
        box = self._raw.FS_RECTF()
        self._raw.FPDFText_GetLooseCharBox(self._handle, index, ctypes.byref(box))
        return box.left, box.bottom, box.right, box.top

    def _origin(self, index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        self._raw.FPDFText_GetCharOrigin(self._handle, index, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    def _style(self, thing: Any) -> int:
        key = ctypes.cast(thing, ctypes.c_void_p).value or 0
        style = self._styles.get(key)
        if style is None:
            font = self._raw.FPDFTextObj_GetFont(thing)
            place = ctypes.cast(font, ctypes.c_void_p).value or 0
            if place not in self._fonts:
                self._fonts[place] = self._font_style(font) if place else 0
            style = self._styles[key] = self._fonts[place]
        return style

    def _font_style(self, font: Any) -> int:
        name = ctypes.create_string_buffer(128)
        self._raw.FPDFFont_GetBaseFontName(font, name, 128)
        called = name.value.lower()
        bold = self._raw.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT or b"bold" in called
        fixed = self._raw.FPDFFont_GetFlags(font) & _FIXED_PITCH or b"mono" in called
        return (BOLD if bold else 0) | (MONOSPACED if fixed or b"courier" in called else 0)


def _plain(character: str) -> str:
    """Return the letters that a ligature or a form of an Arabic letter stands for."""
    if "\ufb00" <= character <= "\ufb06" or "\ufb50" <= character <= "\ufefc":
        return unicodedata.normalize("NFKC", character)
    return character


def _turned(
    matrix: Any,
    bounds: tuple[float, float, float, float],
    origin: tuple[float, float],
    size: float,
    letters: int,
) -> tuple[tuple[float, float, float], int]:
    """Return (left, right, baseline) along the direction of the text, and its angle in degrees."""
    angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) % 360
    turn = math.radians(angle)
    along = [
        x * math.cos(turn) + y * math.sin(turn)
        for x in (bounds[0], bounds[2])
        for y in (bounds[1], bounds[3])
    ]
    left = origin[0] * math.cos(turn) + origin[1] * math.sin(turn)
    right = max(along) if angle % 90 == 0 else left + 0.5 * size * letters
    return (left, right, origin[1] * math.cos(turn) - origin[0] * math.sin(turn)), angle
