"""A program of its own that prints the words of a PDF: PDFium in a process that may be ended.

    python pdf_pages.py MAX_BYTES < file.pdf

A damaged file can hang or crash PDFium; here it takes nothing along. Prints one JSON object:
`{"title": …, "pages": [{"kind": …, "box": [left, bottom, right, top], "angles": [[degrees, words],
…], "rules": [box, …]}, …]}` or `{"error": …}`. Uses the standard library, pypdfium2 and modules
that do the same, since it is to start fast.

`kind` is "text", "picture" (nothing but pictures or drawings), "gibberish" (its fonts do not say
which letters they show; the words are left out) or "empty". A step that recognises text can put
words in place of those of pictures and gibberish.
"""

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

_MOST_PAGES = 10_000
_MEMORY_BYTES = 4 << 30
_CPU_SECONDS = 150
"""Of the processor, where the system counts it; three hundred full pages took 4."""
_FEW_LETTERS = 20
"""A page with fewer is a picture if a picture covers half of it: the stamp on a scan."""
_ANNOTATIONS = (3, 20)
"""FPDF_ANNOT_FREETEXT and _WIDGET: those with text that a page shows like its own."""


def main() -> None:
    """Read a PDF from standard input, print its words."""
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
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
            return {"error": "it has a password; save a copy without one"}
        return {"error": "it is damaged, or not a PDF; open it in a PDF program and save it again"}
    if len(document) > _MOST_PAGES:
        return {"error": f"it has {len(document):,} pages; expected at most {_MOST_PAGES:,}"}
    pages: list[dict[str, Any]] = []
    size = 0
    for number in range(len(document)):
        page = _page(document, number)
        size += sum(len(word[0].encode()) for _, words in page["angles"] for word in words)
        if size > max_bytes:
            return {"too_long": size}
        pages.append(page)
    return {"title": document.get_metadata_value("Title"), "pages": pages}


def _page(document: Any, number: int) -> dict[str, Any]:
    """Return what a page shows; nothing of one that cannot be loaded."""
    import pypdfium2

    from rag.documents.formats.pdf_notes import with_ticks, with_words
    from rag.documents.formats.pdf_rules import page_rules
    from rag.documents.formats.pdf_words import is_gibberish, page_text

    try:
        page, boxes, notes = _with_annotations(document, number)
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return {"kind": "empty", "box": [0, 0, 0, 0], "angles": [], "rules": []}
    box = page.get_bbox()
    rules = page_rules(page)
    text = page_text(page, text_page, box)
    angles = with_words(with_ticks(text.angles, boxes), notes, box)
    words = text.words
    kind = "text"
    if text.unknown + sum(len(word[0]) for word in words) < _FEW_LETTERS:
        covered = _picture_share(page, box)
        kind = "picture" if covered > 0.5 or covered and not words else kind
        kind = "empty" if not covered and not words else kind
    elif is_gibberish(text):
        kind, angles = "gibberish", {}
    text_page.close()
    page.close()
    return {"kind": kind, "box": list(box), "angles": list(angles.items()), "rules": rules}


def _with_annotations(document: Any, number: int) -> tuple[Any, list[Any], list[Any]]:
    """Return a page with the values of its form and its notes as part of what it shows.

    And (left, bottom, right, top, whether it is ticked) of its boxes, whose ticks may be drawings,
    and the words of notes that the file does not draw.
    """
    import pypdfium2

    from rag.documents.formats.pdf_notes import undrawn_note

    raw = pypdfium2.raw
    page = document[number]
    shown = False
    boxes: list[Any] = []
    notes: list[Any] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), 5_000)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        shown |= kind in _ANNOTATIONS
        if kind == raw.FPDF_ANNOT_FREETEXT:
            notes += undrawn_note(annotation)
        if document.formenv and kind == raw.FPDF_ANNOT_WIDGET:
            field = raw.FPDFAnnot_GetFormFieldType(document.formenv.raw, annotation)
            if field in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
                place = raw.FS_RECTF()
                raw.FPDFAnnot_GetRect(annotation, ctypes.byref(place))
                ticked = raw.FPDFAnnot_IsChecked(document.formenv.raw, annotation)
                boxes.append((place.left, place.bottom, place.right, place.top, bool(ticked)))
        raw.FPDFPage_CloseAnnot(annotation)
    if shown and raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
        page.close()
        page = document[number]
    return page, boxes, notes


def _picture_share(page: Any, box: tuple[float, float, float, float]) -> float:
    """Return how much of a page its largest picture or drawing covers, in [0, 1]."""
    import pypdfium2

    left, bottom, right, top = box
    whole = max(1.0, (right - left) * (top - bottom))
    share = 0.0
    for thing in page.get_objects(max_depth=3):
        try:
            x0, y0, x1, y1 = thing.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        area = max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
        share = max(share, area / whole)
    return share


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[3]))  # where the package `rag` lies
    from rag.offline import set_offline

    set_offline()
    main()
