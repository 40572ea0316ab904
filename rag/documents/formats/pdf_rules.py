"""The straight rules that a page of a PDF draws: strokes, thin boxes, the edges of filled boxes.

Knows nothing of words or tables. Uses the standard library and pypdfium2 alone: the program that
runs PDFium imports it.
"""

import ctypes
from collections.abc import Iterator
from typing import Any

Rule = tuple[float, float, float, float]
"""Left, bottom, right and top: upright or level, of no or little breadth."""

_BROADEST = 1.5
"""Points: a level rule rises, and an upright one leans, no more than this."""
_SHORTEST = 3.0
_MOST_OBJECTS, _MOST_SEGMENTS, _MOST_RULES = 20_000, 40_000, 8_000
_DEEPEST = 4
"""Forms within forms."""
_WHITE = 250
"""Of 255: a box as light as this is not seen on paper."""

_Matrix = tuple[float, float, float, float, float, float]
_PLAIN: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def page_rules(page: Any) -> list[Rule]:
    """Return the rules of a page, each once; none of a page that draws too many (a map)."""
    return _Rules().of_page(page)


class _Rules:
    def __init__(self) -> None:
        import pypdfium2

        self._raw = pypdfium2.raw
        self._objects, self._segments = _MOST_OBJECTS, _MOST_SEGMENTS
        self._found: dict[Rule, None] = {}

    def of_page(self, page: Any) -> list[Rule]:
        raw = self._raw
        self._look(page.raw, raw.FPDFPage_CountObjects(page.raw), raw.FPDFPage_GetObject, _PLAIN, 0)
        whole = self._objects >= 0 and self._segments >= 0 and len(self._found) <= _MOST_RULES
        return list(self._found) if whole else []

    def _look(self, holder: Any, count: int, object_at: Any, matrix: _Matrix, depth: int) -> None:
        raw = self._raw
        for index in range(min(count, self._objects + 1)):
            self._objects -= 1
            thing = object_at(holder, index)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_PATH:
                self._add_path(thing, matrix)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
                inner = _combined(self._matrix(thing), matrix)
                held = raw.FPDFFormObj_CountObjects(thing)
                self._look(thing, held, raw.FPDFFormObj_GetObject, inner, depth + 1)
            if self._objects < 0 or self._segments < 0:
                return

    def _add_path(self, thing: Any, matrix: _Matrix) -> None:
        if not self._is_seen(thing):
            return
        count = self._raw.FPDFPath_CountSegments(thing)
        self._segments -= count
        if self._segments < 0:
            return
        points = self._points(thing, count, _combined(self._matrix(thing), matrix))
        for (x0, y0), (x1, y1) in points:
            across, up = abs(x1 - x0), abs(y1 - y0)
            if min(across, up) < _BROADEST and max(across, up) >= _SHORTEST:
                rule = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                self._found[rule] = None

    def _is_seen(self, thing: Any) -> bool:
        raw = self._raw
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(thing, ctypes.byref(fill), ctypes.byref(stroke))
        if stroke.value or not fill.value:
            return bool(stroke.value)
        parts = [ctypes.c_uint() for _ in range(4)]
        known = raw.FPDFPageObj_GetFillColor(thing, *map(ctypes.byref, parts))
        red, green, blue, opaque = (part.value for part in parts)
        return not known or (min(red, green, blue) < _WHITE and opaque > 255 - _WHITE)

    def _points(
        self, thing: Any, count: int, matrix: _Matrix
    ) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
        """Yield both ends of the straight parts of a path."""
        raw = self._raw
        a, b, c, d, e, f = matrix
        x, y = ctypes.c_float(), ctypes.c_float()
        start = before = (0.0, 0.0)
        for number in range(count):
            segment = raw.FPDFPath_GetPathSegment(thing, number)
            raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
            kind = raw.FPDFPathSegment_GetType(segment)
            place = (
                round(a * x.value + c * y.value + e, 1),
                round(b * x.value + d * y.value + f, 1),
            )
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = place
            elif kind == raw.FPDF_SEGMENT_LINETO:
                yield before, place
            if raw.FPDFPathSegment_GetClose(segment):
                yield place, start
            before = place

    def _matrix(self, thing: Any) -> _Matrix:
        found = self._raw.FS_MATRIX()
        if not self._raw.FPDFPageObj_GetMatrix(thing, ctypes.byref(found)):
            return _PLAIN
        return found.a, found.b, found.c, found.d, found.e, found.f


def _combined(inner: _Matrix, outer: _Matrix) -> _Matrix:
    """Return the matrix that applies `inner` first, then `outer`."""
    a, b, c, d, e, f = inner
    k, m, n, p, q, r = outer
    return (
        a * k + b * n,
        a * m + b * p,
        c * k + d * n,
        c * m + d * p,
        e * k + f * n + q,
        e * m + f * p + r,
    )
