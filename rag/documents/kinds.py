"""Which kinds of file are read, and by which function: the one place that knows the suffixes.

A new kind is one function and one line in `KINDS`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from rag.documents.formats.csv import extract_csv, extract_tsv
from rag.documents.formats.docx import extract_docx
from rag.documents.formats.epub import extract_epub
from rag.documents.formats.html import extract_html
from rag.documents.formats.markdown import extract_markdown
from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.plain import extract_code, extract_log, extract_tex, extract_text
from rag.documents.formats.writer import Extracted

EXTRACTION = "formats-1"
"""Names how files become text: change it with every change of the result, so that libraries made
before are made again."""

Extract = Callable[[bytes, int], Extracted]
"""Bytes of a file and the limit of its text in bytes, to its text and the offsets at which its
pages begin. Raises `ValueError` with what is wrong, what was expected and what to do."""


class Kind(NamedTuple):
    """A kind of file: what people call it, its suffixes in lower case, and how it is read."""

    name: str
    suffixes: str
    extract: Extract


KINDS = (
    Kind("text", ".txt .text .rst", extract_text),
    Kind("TeX", ".tex", extract_tex),
    Kind("log", ".log", extract_log),
    Kind("Markdown", ".md .markdown .mkd .mdx", extract_markdown),
    Kind("HTML", ".html .htm .xhtml", extract_html),
    Kind("PDF", ".pdf", extract_pdf),
    Kind("DOCX", ".docx .docm", extract_docx),
    Kind("EPUB", ".epub", extract_epub),
    Kind("CSV", ".csv", extract_csv),
    Kind("TSV", ".tsv", extract_tsv),
    Kind(
        "source code",
        ".bat .c .cc .cfg .cpp .cs .css .go .h .hpp .ini .java .jl .js .json .jsx .kt .lua .m .php "
        ".pl .ps1 .py .r .rb .rs .scala .sh .sql .swift .toml .ts .tsx .xml .yaml .yml",
        extract_code,
    ),
)

READERS: Mapping[str, Extract] = {
    suffix: kind.extract for kind in KINDS for suffix in kind.suffixes.split()
}
"""How a file is read, by its suffix in lower case."""


def kind_names() -> str:
    """Return the kinds for a line to a person."""
    return ", ".join(kind.name for kind in KINDS)
