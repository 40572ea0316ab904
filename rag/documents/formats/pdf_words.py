"""The words that a page of a PDF shows, by PDFium: text, place, size and style of each.

Knows nothing of lines or documents. Uses the standard library and pypdfium2 alone: the program that
runs PDFium imports it.
"""

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from rag.documents.formats.pdf_painted import Bounds
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

_MEANINGLESS = frozenset(("Co", "Cn", "Cc"))
"""Categories of characters of private use, of none, and of control."""
_UNKNOWN = 0.3
_FEW_VOWELS, _ENOUGH_LETTERS = 0.2, 150
"""Vowels of all letters (a to z): 0.35 to 0.45 in Europe's languages, 0.15 if moved by three."""
_SPACES = frozenset((0x0A, 0x0D, 0x20, 0x09, 0xA0, 0x3000, 0x2028, 0x2029))

_Run = list[tuple[int, str]]
"""Numbers and texts of the characters between two spaces."""


class PageText(NamedTuple):
    """The words of a page by the angle of their lines in degrees, the commonest first.

    `unknown` counts the characters for which the page's fonts give no letter.
    """

    angles: dict[int, list[PageWord]]
    unknown: int

    @property
    def words(self) -> list[PageWord]:
        """All words, of every angle."""
        return [word for group in self.angles.values() for word in group]


def page_text(page: Any, text_page: Any, box: Bounds) -> PageText:
    """Return the words of a page.

    What the page does not show is left out: outside of `box`, covered, in a layer that is off,
    white on white.
    """
    reader = _Reader(page, text_page, box)
    found = reader.words()
    if any(word[4] >= _SMALLEST for _, word in found):
        found = [(angle, word) for angle, word in found if word[4] >= _SMALLEST]
    groups: dict[int, list[PageWord]] = {}
    for angle, word in found:
        groups.setdefault(angle, []).append(word)
    angles = sorted(groups.items(), key=lambda group: -sum(len(word[0]) for word in group[1]))
    return PageText(dict(angles), reader.unknown)


def is_gibberish(text: PageText) -> bool:
    """Say whether fonts do not tell their letters: signs without meaning, or other letters.

    Where letters are shown as others (each moved on by three, say), hardly one is a vowel.
    """
    signs = letters = vowels = 0
    unknown = text.unknown
    count = 0
    for word in text.words:
        shown = word[0]
        signs += len(shown)
        count += 1
        if not shown.isascii():
            unknown += sum(unicodedata.category(c) in _MEANINGLESS for c in shown)
            unknown += shown.count("\N{REPLACEMENT CHARACTER}")
            shown = unicodedata.normalize("NFD", shown)
        plain = [c for c in shown.lower() if "a" <= c <= "z"]
        letters += len(plain)
        vowels += sum(c in "aeiouy" for c in plain)
    if unknown > _UNKNOWN * (signs + text.unknown):
        return True
    words = letters > 0.6 * signs and 2 < signs / max(1, count) < 10
    return words and letters >= _ENOUGH_LETTERS and vowels < _FEW_VOWELS * letters


class _Style(NamedTuple):
    """What all characters of a text object share; `key` is the object's address."""

    key: int
    style: int
    size: float
    along: float
    across: float
    """The direction in which the text runs, as the first two numbers of its matrix."""
    thing: Any


class _Reader:
    """Reads the characters of a page, by their number, in PDFium's order."""

    def __init__(self, page: Any, text_page: Any, box: Bounds) -> None:
        import pypdfium2

        raw = self._raw = pypdfium2.raw
        self._page = text_page.raw
        self._handle = ctypes.cast(text_page.raw, ctypes.c_void_p).value
        self._box = box
        self._fonts: dict[int, int] = {}
        self._styles: dict[int, _Style] = {}
        self._unseen = Unseen(page, box)
        self.unknown = 0
        # called for each character or word: by plain numbers, which is twice as fast
        of_character = (ctypes.c_void_p, ctypes.c_int)
        self._unicode = _function(raw.FPDFText_GetUnicode, ctypes.c_uint, *of_character)
        self._object = _function(raw.FPDFText_GetTextObject, ctypes.c_void_p, *of_character)
        pointers = (ctypes.c_void_p, ctypes.c_void_p)
        self._loose = _function(
            raw.FPDFText_GetLooseCharBox, ctypes.c_int, *of_character, ctypes.c_void_p
        )
        self._start = _function(raw.FPDFText_GetCharOrigin, ctypes.c_int, *of_character, *pointers)
        self._rectangle = raw.FS_RECTF()
        self._rectangle_at = ctypes.addressof(self._rectangle)
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._x_at, self._y_at = ctypes.addressof(self._x), ctypes.addressof(self._y)

    def words(self) -> list[tuple[int, PageWord]]:
        """Return (angle, word)."""
        found: list[tuple[int, PageWord]] = []
        pieces: list[_Run] = []
        line = 0
        for run, is_last in self._runs():
            glued = 0
            for piece, style in self._pieces(run):
                word = self._word(piece, style, line, glued)
                if word is not None:
                    found.append(word)
                    pieces.append(piece)
                    glued = 1
            line += is_last
        return self._without_unseen(found, pieces)

    def _without_unseen(
        self, found: list[tuple[int, PageWord]], pieces: Sequence[_Run]
    ) -> list[tuple[int, PageWord]]:
        """Return the words without their letters that nobody sees."""
        suspects = self._unseen.suspects
        if not suspects:
            return found
        seen = self._unseen.seen({n: [self._ink(i) for i, _ in pieces[n]] for n in suspects})
        kept: list[tuple[int, PageWord]] = []
        cut = False
        for number, (angle, word) in enumerate(found):
            letters = seen.get(number, [])
            if all(letters):
                kept.append((angle, (*word[:-1], 0) if cut else word))
                cut = False
                continue
            for rest in _stretches(pieces[number], letters):
                placed = self._placed(rest, self._around(rest), self._style(rest[0][0]), word[6], 0)
                kept += [placed] if placed else []
            cut = not letters[-1]
        return kept

    def _runs(self) -> Iterator[tuple[_Run, bool]]:
        """Yield the characters between spaces, and whether PDFium's line ends there."""
        run: _Run = []
        high = 0
        unicode_of, handle = self._unicode, self._handle
        for index in range(self._raw.FPDFText_CountChars(self._page)):
            code = unicode_of(handle, index)
            if 0x20 < code < 0x7F:
                run.append((index, chr(code)))
            elif code in _SPACES or 0x2000 <= code <= 0x200A:
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
            elif code >= 0x20 and code not in (0xFEFF, 0x200B):
                known = code <= 0x10FFFF and not 0xD800 <= code < 0xE000
                run.append((index, _plain(chr(code)) if known else "\N{REPLACEMENT CHARACTER}"))
            else:
                self.unknown += 1
        yield run, True

    def _pieces(self, run: _Run) -> Iterator[tuple[_Run, _Style]]:
        """Yield the parts of a word: it is cut where size or height change (raised marks)."""
        if not run:
            return
        first = self._style(run[0][0])
        text = "".join(character for _, character in run)
        one = len(run) == 1 or self._style(run[-1][0]).key == first.key
        if one and (text.isalpha() and (text.islower() or text[1:].islower()) or len(run) == 1):
            yield run, first
            return
        start, style = 0, first
        for number in range(1, len(run)):
            (before, left), (index, right) = run[number - 1], run[number]
            other = self._style(index)
            if other.key == style.key:
                continue
            turn = left.islower() and right.isupper() or left.isdigit() != right.isdigit()
            touching = turn and left.isalnum() and right.isalnum()
            if not self._same(before, style, index, other) or (
                touching and self._is_apart(before, index, other)
            ):
                yield run[start:number], self._style(run[start][0])
                start = number
            style = other
        yield run[start:], self._style(run[start][0])

    def _same(self, before: int, style: _Style, index: int, other: _Style) -> bool:
        """Say whether two characters have the same size and stand equally high."""
        if abs(style.size - other.size) > 0.08 * max(style.size, other.size):
            return False
        (x1, y1), (x2, y2) = self._origin(before), self._origin(index)
        return min(abs(y1 - y2), abs(x1 - x2)) <= 0.12 * style.size

    def _is_apart(self, before: int, index: int, style: _Style) -> bool:
        return self._edges(index)[0] - self._edges(before)[2] > _LETTERSPACE * style.size

    def _word(self, run: _Run, style: _Style, line: int, glued: int) -> tuple[int, PageWord] | None:
        """Return the angle and the word, or None for what is not painted on the page."""
        bounds = self._around(run)
        word = self._placed(run, bounds, style, line, glued)
        if word is None or not self._unseen.add(style.key, style.thing, bounds):
            return None
        return word

    def _around(self, run: _Run) -> Bounds:
        one = self._edges(run[0][0])
        if len(run) == 1:
            return one
        end = self._edges(run[-1][0])
        return min(one[0], end[0]), min(one[1], end[1]), max(one[2], end[2]), max(one[3], end[3])

    def _placed(
        self, run: _Run, bounds: Bounds, style: _Style, line: int, glued: int
    ) -> tuple[int, PageWord] | None:
        x, y = self._origin(run[0][0])
        left, bottom, right, top = self._box
        inside = left <= (bounds[0] + bounds[2]) / 2 <= right
        if not inside or not bottom <= (bounds[1] + bounds[3]) / 2 <= top:
            return None
        text = self._text(run)
        if not text:
            return None
        place, angle = (bounds[0], bounds[2], y), 0
        if style.across != 0.0 or style.along <= 0.0:
            place, angle = _turned(style, bounds, (x, y), len(text))
        return angle, (
            text,
            round(place[0], 2),
            round(place[1], 2),
            round(place[2], 2),
            style.size,
            style.style,
            line,
            glued,
        )

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

    def _edges(self, index: int) -> Bounds:
        """Return left, bottom, right and top of a character, with its font's room around it."""
        box = self._rectangle
        self._loose(self._handle, index, self._rectangle_at)
        return box.left, box.bottom, box.right, box.top

    def _ink(self, index: int) -> Bounds:
        """Return left, bottom, right and top of what is painted of a character."""
        sides = [ctypes.c_double() for _ in range(4)]
        self._raw.FPDFText_GetCharBox(self._page, index, *map(ctypes.byref, sides))
        left, right, bottom, top = (side.value for side in sides)
        return (left, bottom, right, top) if left < right and bottom < top else self._edges(index)

    def _origin(self, index: int) -> tuple[float, float]:
        self._start(self._handle, index, self._x_at, self._y_at)
        return self._x.value, self._y.value

    def _style(self, index: int) -> _Style:
        key = self._object(self._handle, index) or 0
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._style_of(key, index)
        return style

    def _style_of(self, key: int, index: int) -> _Style:
        raw = self._raw
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._page, index, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = max(1.0, float(raw.FPDFText_GetFontSize(self._page, index)) * scale)
        thing = raw.FPDFText_GetTextObject(self._page, index)
        font = raw.FPDFTextObj_GetFont(thing) if key else None
        place = ctypes.cast(font, ctypes.c_void_p).value or 0 if font else 0
        if place not in self._fonts:
            self._fonts[place] = self._font_style(font) if place else 0
        return _Style(key, self._fonts[place], round(size, 2), matrix.a, matrix.b, thing)

    def _font_style(self, font: Any) -> int:
        name = ctypes.create_string_buffer(128)
        self._raw.FPDFFont_GetBaseFontName(font, name, 128)
        called = name.value.lower()
        bold = self._raw.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT or b"bold" in called
        fixed = self._raw.FPDFFont_GetFlags(font) & _FIXED_PITCH or self._has_one_width(font)
        return (BOLD if bold else 0) | (MONOSPACED if fixed or b"courier" in called else 0)

    def _has_one_width(self, font: Any) -> bool:
        """Say whether narrow and wide letters are equally wide."""
        widths: list[list[float]] = [[], []]
        width = ctypes.c_float()
        for group, letters in zip(widths, (b"il.,;:", b"mwMWOQ"), strict=True):
            for letter in letters:
                if self._raw.FPDFFont_GetGlyphWidth(font, letter, 100.0, ctypes.byref(width)):
                    if width.value > 0:
                        group.append(width.value)
        narrow, wide = widths
        return bool(narrow and wide) and max(narrow + wide) - min(narrow + wide) < 1.0


def _stretches(run: _Run, letters: Sequence[bool]) -> Iterator[_Run]:
    """Yield the parts of a word between letters that are not seen."""
    for is_seen, group in groupby(zip(run, letters, strict=True), key=lambda each: each[1]):
        if is_seen:
            yield [character for character, _ in group]


def _function(function: Any, result: Any, *arguments: Any) -> Any:
    """Return a function of a library that takes addresses as numbers."""
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.CFUNCTYPE(result, *arguments)(address)


def _plain(character: str) -> str:
    """Return the letters that a ligature or a form of an Arabic letter stands for."""
    if "\ufb00" <= character <= "\ufb06" or "\ufb50" <= character <= "\ufefc":
        return unicodedata.normalize("NFKC", character)
    return character


def _turned(
    style: _Style,
    bounds: Bounds,
    origin: tuple[float, float],
    letters: int,
) -> tuple[tuple[float, float, float], int]:
    """Return (left, right, baseline) along the direction of the text, and its angle in degrees."""
    angle = round(math.degrees(math.atan2(style.across, style.along))) % 360
    turn = math.radians(angle)
    along = [
        x * math.cos(turn) + y * math.sin(turn)
        for x in (bounds[0], bounds[2])
        for y in (bounds[1], bounds[3])
    ]
    left = origin[0] * math.cos(turn) + origin[1] * math.sin(turn)
    right = max(along) if angle % 90 == 0 else left + 0.5 * style.size * letters
    return (left, right, origin[1] * math.cos(turn) - origin[0] * math.sin(turn)), angle
