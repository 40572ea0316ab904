"""Which letters of a PDF's page nobody sees: covered, cut off, of the colour of their ground.

Suspicious words are looked for in pictures of the page, painted with them and without
(`pdf_painted`); a page without any is not painted. Uses the standard library and pypdfium2 alone.
"""

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

from rag.documents.formats.pdf_painted import FAR, Bounds, Painted

_INVISIBLE, _CLIP = 3, 7
"""Modes of rendering of text that is not painted: what was recognised in a scan, or hidden; what
only bounds what is painted after it."""
_PALE = 225
"""Of 255: colours as light as this may be text that is white on white."""
_NEAR = 24
"""Of 255: how far colours that nobody tells apart differ at most."""
_THINNEST = 4.0
"""Points: what is thinner and painted over text is an underline or a dot."""
_TOUCH = 2.0
"""Points: neighbours' boxes share so much and do not cover one another."""
_MOST_OBJECTS = 20_000
_MOST_COVERS = 2_000
_BANDS = 64
"""Of a page, from below: a word is compared with the covers of its own."""
_MOST_CLIPS, _MOST_SEGMENTS = 4, 40
_OPTIONAL = "OC".encode("utf-16-le") + b"\0\0"

_Colour = tuple[int, ...]


class _Text(NamedTuple):
    """What is known of a text object.

    What is painted after number `order` may cover it; `outside` is cut off; grounds from
    before number `before` may have one of its `own` colours; if `doubtful`, it may not be seen
    anywhere.
    """

    painted: bool
    doubtful: bool = False
    order: int = -1
    outside: tuple[Bounds, ...] = ()
    before: int = 0
    own: frozenset[_Colour] = frozenset()


class _Suspect(NamedTuple):
    """A word that may not be seen; all of it, or what lies under one of `covers`."""

    thing: Any
    bounds: Bounds
    covers: list[Bounds]


class Unseen:
    """Judges the words of one page, in the order in which they are added."""

    def __init__(self, page: Any, box: Bounds) -> None:
        import pypdfium2

        self._raw = pypdfium2.raw
        self._page = page
        self._box = box
        self._number = 0
        self._suspects: dict[int, _Suspect] = {}
        self._texts: dict[int, _Text] = {}
        self._order: dict[int, int] = {}
        self._covers: dict[int, list[tuple[int, Bounds]]] = {}
        self._covers_left = self._grounds_left = _MOST_COVERS
        self._grounds: dict[int, list[tuple[int, Bounds, _Colour]]] = {}
        self._colours: set[_Colour] = set()
        self._has_picture = False
        self._look()

    def add(self, key: int, thing: Any, bounds: Bounds) -> bool:
        """Return False for a word that is not painted at all; else it counts as the next one.

        `key` is the address of its text object, `thing`.
        """
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self._judge(key, thing)
        if not text.painted:
            return False
        covers = self._covering(text, bounds)
        if covers or text.doubtful or self._is_on_its_colour(text, bounds):
            self._suspects[self._number] = _Suspect(thing, bounds, covers)
        self._number += 1
        return True

    @property
    def suspects(self) -> frozenset[int]:
        """The numbers of the words that may not be seen."""
        return frozenset(self._suspects)

    def seen(self, letters: dict[int, Sequence[Bounds]]) -> dict[int, list[bool]]:
        """Return which letters of the suspects are seen; `letters` are the boxes of their ink.

        Changes the page: its suspects are painted no more.
        """
        painted = Painted(self._page, self._box)
        found: dict[int, list[bool]] = {}
        covered = {_address(one.thing) for one in self._suspects.values() if one.covers}
        for under in (True, False):  # first those under covers: others may stand on the same cover
            group = {
                number: one
                for number, one in self._suspects.items()
                if (_address(one.thing) in covered) == under
            }
            if group:
                painted.hide({_address(one.thing): one.thing for one in group.values()}.values())
            for number, one in group.items():
                found[number] = painted.seen(one.bounds, letters[number], one.covers)
        return found

    def _covering(self, text: _Text, word: Bounds) -> list[Bounds]:
        """Return what is painted over a part of a word, or cuts it off."""
        found = [one for one in text.outside if _meet(one, word)]
        for band in self._bands_of(word):
            for order, cover in self._covers.get(band, ()):
                if order > text.order and _meet(cover, word) and cover not in found:
                    found.append(cover)
        return found

    def _is_on_its_colour(self, text: _Text, word: Bounds) -> bool:
        return bool(text.own) and any(
            index < text.before and colour in text.own and _meet(ground, word)
            for band in self._bands_of(word)
            for index, ground, colour in self._grounds.get(band, ())
        )

    def _bands_of(self, bounds: Bounds) -> range:
        bottom, top = self._box[1], self._box[3]
        low, high = (
            int(_BANDS * (min(max(y, bottom), top) - bottom) / max(1.0, top - bottom))
            for y in (bounds[1], bounds[3])
        )
        return range(low, high + 1)

    def _look(self) -> None:
        """Find what is painted before and after text, and whether a picture fills the page."""
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
                self._order[_address(thing)] = index
            elif kind == raw.FPDF_PAGEOBJ_PATH:
                self._look_at_path(thing, index, seen_text)
            elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
                bounds = self._bounds(thing)
                if kind == raw.FPDF_PAGEOBJ_IMAGE:
                    self._has_picture |= _area(bounds) > 0.3 * _area(self._box)
                if seen_text:
                    self._add_cover(index, bounds)
            elif kind == raw.FPDF_PAGEOBJ_FORM and not self._has_picture:
                self._has_picture = True  # whatever it holds

    def _look_at_path(self, thing: Any, index: int, seen_text: bool) -> None:
        raw = self._raw
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(thing, ctypes.byref(fill), ctypes.byref(stroke))
        if not fill.value:
            width = ctypes.c_float()
            raw.FPDFPageObj_GetStrokeWidth(thing, ctypes.byref(width))
            if not stroke.value or width.value < _THINNEST:
                return
        bounds = self._bounds(thing)
        if _is_thin(bounds):
            return
        if fill.value and self._grounds_left:
            self._grounds_left -= 1
            colour = self._colour(thing)[:3]
            self._colours.add(colour)
            for band in self._bands_of(bounds):
                self._grounds.setdefault(band, []).append((index, bounds, colour))
        if seen_text:
            self._add_cover(index, bounds)

    def _add_cover(self, index: int, bounds: Bounds) -> None:
        if self._covers_left and not _is_thin(bounds):
            self._covers_left -= 1
            for band in self._bands_of(bounds):
                self._covers.setdefault(band, []).append((index, bounds))

    def _bounds(self, thing: Any) -> Bounds:
        values = [ctypes.c_float() for _ in range(4)]
        self._raw.FPDFPageObj_GetBounds(thing, *map(ctypes.byref, values))
        left, bottom, right, top = (value.value for value in values)
        return left, bottom, right, top

    def _colour(self, thing: Any) -> _Colour:
        """Return red, green, blue and how opaque they are, of 255; nothing if it is not known."""
        parts = [ctypes.c_uint() for _ in range(4)]
        known = self._raw.FPDFPageObj_GetFillColor(thing, *map(ctypes.byref, parts))
        return tuple(part.value for part in parts) if known else ()

    def _judge(self, key: int, thing: Any) -> _Text:
        raw = self._raw
        if not thing:
            return _Text(painted=True, order=_MOST_OBJECTS)
        mode = raw.FPDFTextObj_GetTextRenderMode(thing)
        if mode == _INVISIBLE:
            return _Text(painted=self._has_picture, order=_MOST_OBJECTS)
        if mode == _CLIP:
            return _Text(painted=True, order=_MOST_OBJECTS)
        order = self._order.get(key)  # none for what stands in a form
        colour = self._colour(thing)
        pale = colour and (min(colour[:3]) >= _PALE or colour[3] < 255 - _PALE)
        return _Text(
            painted=True,
            doubtful=bool(pale) or self._is_optional(thing),
            order=-1 if order is None else order,
            outside=() if order is None else self._outside(thing),
            before=_MOST_OBJECTS if order is None else order,
            own=frozenset(other for other in self._colours if _is_near(colour, other)),
        )

    def _outside(self, thing: Any) -> tuple[Bounds, ...]:
        """Return what lies beside, below and above the paths to which a text is clipped."""
        raw = self._raw
        clip = raw.FPDFPageObj_GetClipPath(thing)
        count = raw.FPDFClipPath_CountPaths(clip) if clip else 0
        found: list[Bounds] = []
        x, y = ctypes.c_float(), ctypes.c_float()
        for path in range(min(count, _MOST_CLIPS)):
            length = raw.FPDFClipPath_CountPathSegments(clip, path)
            if not 2 < length <= _MOST_SEGMENTS:
                continue
            xs, ys = [], []
            for number in range(length):
                segment = raw.FPDFClipPath_GetPathSegment(clip, path, number)
                raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
                xs.append(x.value)
                ys.append(y.value)
            found += [(-FAR, -FAR, min(xs), FAR), (max(xs), -FAR, FAR, FAR)]
            found += [(-FAR, -FAR, FAR, min(ys)), (-FAR, max(ys), FAR, FAR)]
        return tuple(found)

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


def _address(thing: Any) -> int:
    return ctypes.cast(thing, ctypes.c_void_p).value or 0


def _area(bounds: Bounds) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def _is_thin(bounds: Bounds) -> bool:
    return min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < _THINNEST


def _is_near(one: _Colour, two: _Colour) -> bool:
    """Say whether two colours are known and hardly differ."""
    return bool(one and two) and all(abs(a - b) < _NEAR for a, b in zip(one[:3], two, strict=True))


def _meet(cover: Bounds, word: Bounds) -> bool:
    """Say whether a cover lies over more of a word than its edge."""
    return (
        min(cover[2], word[2]) - max(cover[0], word[0]) > _TOUCH
        and min(cover[3], word[3]) - max(cover[1], word[1]) > _TOUCH
    )
