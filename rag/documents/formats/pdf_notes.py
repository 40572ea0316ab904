"""Notes typed on a PDF's page of which the file says the words but not how they are drawn.

Programs that show such a page draw them, so its reader sees them. They are set in lines of their
own rectangle. Uses PDFium; knows nothing of what a page says beside them.
"""

import ctypes
from typing import Any

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
