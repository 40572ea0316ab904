"""Pictures of text (PNG, JPEG, TIFF, WebP, BMP): scans and photographs, a page each.

The text is recognised; the layout code of PDF files makes blocks of it. What could not be read
stands in the warnings.
"""

from rag.documents.formats.ocr import (
    NEEDS_EXTRA,
    can_recognise,
    page_count,
    recognise_pages,
)
from rag.documents.formats.ocr_words import recognised_pages
from rag.documents.formats.pdf_layout import Page
from rag.documents.formats.pdf_lines import read_blocks
from rag.documents.formats.pdf_writing import write_blocks
from rag.documents.formats.vocabulary import known_words
from rag.documents.formats.writer import DocumentWriter, Extracted


def extract_picture(data: bytes, max_bytes: int) -> Extracted:
    """Return the text that is recognised in a picture, or in each of those of a TIFF."""
    if not can_recognise():
        raise ValueError(NEEDS_EXTRA)
    count = page_count(data)
    found = recognise_pages(data, range(count))
    if not found.pages:
        raise ValueError(found.failures[0])
    numbers = sorted(found.pages)
    laid = recognised_pages([(found.pages[number], 0.0) for number in numbers])
    pages = [Page(kind="empty")] * count
    for number, (page, _) in zip(numbers, laid, strict=True):
        pages[number] = page
    if not any(page.words for page in pages):
        raise ValueError(
            "no text can be read in the picture; give a sharper or larger one, or remove the file"
        )
    writer = DocumentWriter(max_bytes)
    writer.warnings += found.warnings()
    places = {number: place for number, (_, place) in zip(numbers, laid, strict=True)}
    write_blocks(read_blocks(pages, known_words()), count, writer, places)
    return writer.result()
