"""Text files, Markdown and source code: the file as UTF-8, as it is.

The canonical text is the file's bytes without the byte-order mark, line endings unchanged.
"""

from rag.documents.formats.layout import text_blocks
from rag.documents.formats.writer import Extracted


def extract_text(data: bytes, max_bytes: int) -> Extracted:
    """Decode a text file. Raises `ValueError` for bytes that are not UTF-8 text."""
    if b"\0" in data:
        raise ValueError(
            "it has zero bytes, so it is not UTF-8 text (binary, or UTF-16); save it as UTF-8 text"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"byte {error.start:,} is not valid UTF-8 ({error.reason}); save it as UTF-8 text"
        ) from None
    return Extracted(text, blocks=text_blocks(text))
