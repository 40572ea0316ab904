"""Which words of a PDF's page nobody sees: covered, white on white, or in a layer that is off.

Suspicious words are looked for in a painted picture of the page; a page without any is not painted.
Uses the standard library and pypdfium2 alone.
"""

import ctypes
from typing import Any

Bounds = tuple[float, float, float, float]
"""Left, bottom, right and top."""

_INVISIBLE = 3
"""The mode of rendering of text that is not painted: what was recognised in a scan, or hidden."""
_PALE = 225
"""Of 255: colours as light as this may be text that is white on white."""
_MOST_PAINTED = 200
_PIXELS = 2_000_000
_COVERS = 150.0
"""Square points: what is smaller and painted over text is an underline or a dot."""
_MOST_OBJECTS = 20_000
_CONTRAST = 10
"""Steps of grey between the lightest and the darkest dot of what can be seen."""
_OPTIONAL = "OC".encode("utf-16-le") + b"\0\0"

_painted = 0


class Unseen:
    """Judges the words of one page, in the order in which they are added."""

    def __init__(self, page: Any, box: Bounds) -> None:
        import pypdfium2

        self._raw = pypdfium2.raw
        self._page = page
        self._box = box
        self._number = 0
        self._suspects: list[tuple[int, Bounds]] = []
        self._known: dict[int, tuple[bool, bool]] = {}
        self._order: dict[int, int] = {}
        self._covers: list[tuple[int, Bounds]] = []
        self._has_picture = False
        self._look()

    def add(self, key: int, thing: Any, bounds: Bounds) -> bool:
        """Return False for a word that is not painted at all; else it counts as the next one.

        `key` is the address of its text object, `thing`.
        """
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._judge(thing)
        painted, suspicious = known
        if not painted:
            return False
        if suspicious or self._covers and self._is_covered(key, bounds):
            self._suspects.append((self._number, bounds))
        self._number += 1
        return True

    def hidden(self) -> set[int]:
        """Return the numbers of the words that cannot be seen."""
        global _painted
        if not self._suspects or _painted >= _MOST_PAINTED:
            return set()
        _painted += 1
        left, bottom, right, top = self._box
        scale = min(1.5, (_PIXELS / max(1.0, (right - left) * (top - bottom))) ** 0.5)
        turn = -self._page.get_rotation() % 360
        picture = self._page.render(scale=scale, grayscale=True, rotation=turn)
        rows = bytes(picture.buffer)
        hidden = set()
        for number, word in self._suspects:
            x0 = max(0, int((word[0] - left) * scale))
            x1 = min(picture.width, int((word[2] - left) * scale) + 1)
            y0 = max(0, int((top - word[3]) * scale))
            y1 = min(picture.height, int((top - word[1]) * scale) + 1)
            tones: set[int] = set()
            for y in range(y0, y1):
                tones.update(rows[y * picture.stride + x0 : y * picture.stride + x1])
            if tones and max(tones) - min(tones) < _CONTRAST:
                hidden.add(number)
        return hidden

    def _look(self) -> None:
        """Find what is painted after text, and whether a picture fills the page."""
        raw, page = self._raw, self._page.raw
        seen_text = False
        count = raw.FPDFPage_CountObjects(page)
        object_at, type_of = raw.FPDFPage_GetObject, raw.FPDFPageObj_GetType
        text = raw.FPDF_PAGEOBJ_TEXT
        for index in range(min(count, _MOST_OBJECTS)):
            thing = object_at(page, index)
            kind = type_of(thing)
            if kind == text:
                seen_text = True
                self._order[ctypes.cast(thing, ctypes.c_void_p).value or 0] = index
            elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING):
                if seen_text or kind == raw.FPDF_PAGEOBJ_IMAGE:
                    self._look_at(thing, kind, index if seen_text else -1)
            elif kind == raw.FPDF_PAGEOBJ_FORM and not self._has_picture:
                self._has_picture = True  # whatever it holds

    def _look_at(self, thing: Any, kind: int, index: int) -> None:
        raw = self._raw
        values = [ctypes.c_float() for _ in range(4)]
        raw.FPDFPageObj_GetBounds(thing, *map(ctypes.byref, values))
        left, bottom, right, top = (value.value for value in values)
        area = (right - left) * (top - bottom)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            whole = (self._box[2] - self._box[0]) * (self._box[3] - self._box[1])
            self._has_picture |= area > 0.3 * whole
        if index < 0 or area < _COVERS:
            return
        if kind == raw.FPDF_PAGEOBJ_PATH:
            fill, stroke = ctypes.c_int(), ctypes.c_int()
            raw.FPDFPath_GetDrawMode(thing, ctypes.byref(fill), ctypes.byref(stroke))
            if not fill.value:
                return
        self._covers.append((index, (left, bottom, right, top)))

    def _judge(self, thing: Any) -> tuple[bool, bool]:
        """Return whether a text is painted, and whether it is suspicious."""
        raw = self._raw
        if not thing:
            return True, False
        if raw.FPDFTextObj_GetTextRenderMode(thing) == _INVISIBLE:
            return self._has_picture, False
        colour = [ctypes.c_uint() for _ in range(4)]
        pale = raw.FPDFPageObj_GetFillColor(thing, *map(ctypes.byref, colour)) and (
            min(part.value for part in colour[:3]) >= _PALE or colour[3].value < 255 - _PALE
        )
        return True, bool(pale) or self._is_optional(thing)

    def _is_optional(self, thing: Any) -> bool:
        raw = self._raw
        for index in range(min(16, raw.FPDFPageObj_CountMarks(thing))):
            name = (ctypes.c_ushort * 32)()
            length = ctypes.c_ulong()
            mark = raw.FPDFPageObj_GetMark(thing, index)
            raw.FPDFPageObjMark_GetName(mark, name, 64, ctypes.byref(length))
            if bytes(name)[: len(_OPTIONAL)] == _OPTIONAL:
                return True
        return False

    def _is_covered(self, key: int, word: Bounds) -> bool:
        order = self._order.get(key)
        if order is None:
            return False
        x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
        return any(
            index > order and left <= x <= right and bottom <= y <= top
            for index, (left, bottom, right, top) in self._covers[:2000]
        )
