"""Notes and ticks on a PDF's page of which the file does not say how they are drawn as text.

Programs that show such a page draw them, so its reader sees them. They are set in lines of their
own rectangle. Uses PDFium; knows nothing of what a page says beside them.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

from rag.documents.formats.pdf_painted import Bounds
from rag.documents.formats.pdf_words import PageWord

_SIZE = 10.0
_WIDTH = 0.5
"""Of the size: how wide a letter is taken to be."""
_LEADING = 1.2
_HIDDEN = 0x2 | 0x20
"""FPDF_ANNOT_FLAG_HIDDEN and _NOVIEW."""
_LONGEST = 20_000
"""Characters of a note."""


def undrawn_note(annotation: Any) -> list[PageWord]:
    """Return the words of a FreeText annotation without an appearance, where they would be drawn.

    Nothing of one that has an appearance, is hidden or is empty.
    """
    import pypdfium2

    raw = pypdfium2.raw
    drawn = raw.FPDFAnnot_GetAP(annotation, raw.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0)
    if drawn > 2 or raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
        return []
    place = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, ctypes.byref(place)):
        return []
    length = min(raw.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0), 2 * _LONGEST)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    raw.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, length)
    text = bytes(buffer)[:length].decode("utf-16-le", "replace").rstrip("\0")
    return set_in_lines(text, place.left, place.right, place.top)


def set_in_lines(text: str, left: float, right: float, top: float) -> list[PageWord]:
    """Return the words of a text in lines that begin at `left` and end before `right`."""
    words: list[PageWord] = []
    number = 0
    for line in text.splitlines():
        at = left
        number += 1
        for word in line.split():
            width = len(word) * _WIDTH * _SIZE
            if at > left and at + width > right:
                at, number = left, number + 1
            baseline = top - number * _LEADING * _SIZE
            words.append((word, at, at + width, baseline, _SIZE, 0, -1 - number, 0))
            at += width + _WIDTH * _SIZE
    return words


def with_ticks(
    angles: dict[int, list[PageWord]], boxes: Sequence[tuple[float, float, float, float, bool]]
) -> dict[int, list[PageWord]]:
    """Return the words with a ☑ or ☐ for each box of a form that shows no sign as text."""
    words = angles.get(0, [])
    ticks: list[PageWord] = []
    for left, bottom, right, top, ticked in boxes:
        if any(left <= word[1] <= right and bottom <= word[3] <= top for word in words):
            continue
        size = max(1.0, min(top - bottom, 12.0))
        baseline = (top + bottom) / 2 - 0.35 * size
        ticks.append(("☑" if ticked else "☐", left, right, baseline, size, 0, -1, 0))
    if ticks:
        angles[0] = words + ticks
    return angles


def with_words(
    angles: dict[int, list[PageWord]],
    words: Sequence[PageWord],
    box: Bounds,
) -> dict[int, list[PageWord]]:
    """Return the words and further ones, those that lie in the page's box, after them."""
    left, bottom, right, top = box
    inside = [word for word in words if left <= word[1] <= right and bottom <= word[3] <= top]
    if inside:
        angles[0] = [*angles.get(0, []), *inside]
    return angles
