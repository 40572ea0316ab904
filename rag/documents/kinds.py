"""Which kinds of file are read, and by which function: the one place that knows the suffixes.

A new kind is one function and one line in `KINDS`.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import NamedTuple

from rag.documents.formats.csv import extract_csv, extract_tsv
from rag.documents.formats.docx import extract_docx
from rag.documents.formats.epub import extract_epub
from rag.documents.formats.html import extract_html
from rag.documents.formats.mail import extract_mail, extract_mbox
from rag.documents.formats.markdown import extract_markdown
from rag.documents.formats.notebook import extract_notebook
from rag.documents.formats.odt import extract_odt
from rag.documents.formats.org import extract_org
from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.picture import extract_picture
from rag.documents.formats.plain import (
    extract_code,
    extract_log,
    extract_tex,
    extract_text,
    looks_like_text,
)
from rag.documents.formats.pptx import extract_pptx
from rag.documents.formats.rtf import extract_rtf
from rag.documents.formats.spreadsheet import extract_ods, extract_spreadsheet
from rag.documents.formats.subtitles import extract_subtitles
from rag.documents.formats.writer import Extracted

NO_DOCUMENTS = frozenset({".jsonl"})
"""Suffixes of files that are texts, but of another use: question sets."""
EXTRACTION = "formats-2"
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
    Kind("Org", ".org", extract_org),
    Kind("mail", ".eml", extract_mail),
    Kind("mailbox", ".mbox .mbx", extract_mbox),
    Kind("notebook", ".ipynb", extract_notebook),
    Kind("subtitles", ".srt .vtt", extract_subtitles),
    Kind("HTML", ".html .htm .xhtml .mhtml .mht", extract_html),
    Kind("PDF", ".pdf", extract_pdf),
    Kind("pictures", ".png .jpg .jpeg .tif .tiff .webp .bmp", extract_picture),
    Kind("DOCX", ".docx .docm", extract_docx),
    Kind("presentation", ".pptx .pptm .ppsx .potx", extract_pptx),
    Kind("spreadsheet", ".xlsx .xlsm .xls", extract_spreadsheet),
    Kind("ODS", ".ods", extract_ods),
    Kind("ODT", ".odt .ott", extract_odt),
    Kind("RTF", ".rtf", extract_rtf),
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
AS_THEY_ARE = frozenset(
    {extract_text, extract_code, extract_log, extract_tex, extract_markdown, extract_org}
)
"""Readers whose text is the whole file, decoded."""


def kind_names() -> str:
    """Return the kinds for a line to a person."""
    return ", ".join(kind.name for kind in KINDS)


_REMEDIES = {
    "save it as .docx": ".doc .dot .wps .wpd .wri .lwp .abw .sxw .docb",
    "export it as .docx or PDF": ".pages .gdoc",
    "export it as .pptx or PDF": ".ppt .pps .pot .key .odp .sxi .gslides",
    "save it as .xlsx or .csv": ".xlsb .numbers .wks .sxc .dif .slk .gsheet",
    "export its tables as .csv": (
        ".db .sqlite .sqlite3 .mdb .accdb .dbf .parquet .feather .arrow .sav .dta .sas7bdat .rds"
    ),
    "convert it to .epub": ".mobi .azw .azw3 .kfx .prc .fb2 .lit .ibooks",
    "convert it to PDF": (
        ".djvu .djv .xps .oxps .ps .eps .dvi .chm .pub .vsd .vsdx .indd .ai .cdr .dwg .dxf .one "
        ".cbz .cbr"
    ),
    "save it as .eml": ".msg .emlx",
    "export its mails as .eml or .mbox": ".pst .ost .dbx .olm",
    "save it as .html": ".webarchive .maff",
    "save it as .png": ".heic .heif .avif .gif .svg .psd .raw .cr2 .nef .jp2 .jxl .ico",
    "unpack it": ".zip .rar .7z .tar .gz .tgz .bz2 .xz .zst .jar .iso .dmg",
    "write down what is said as .txt, .srt or .vtt": (
        ".mp3 .wav .m4a .aac .ogg .opus .flac .wma .mp4 .m4v .mkv .mov .avi .webm .wmv .mpg"
    ),
}
REMEDY_OF: Mapping[str, str] = {
    suffix: remedy for remedy, suffixes in _REMEDIES.items() for suffix in suffixes.split()
}
"""What to do with a file that is not read, by its suffix in lower case."""


_PROGRAMS = frozenset(".exe .com .dll .so .dylib .o .a .lib .class .pyc .wasm .msi .bin".split())
"""Suffixes of what is run and never read, whatever its first bytes are."""


def not_read(name: str) -> str:
    """Say why a file of that name is not read, and what to do."""
    suffix = PurePath(name).suffix.lower()
    if suffix in REMEDY_OF:
        return f"{suffix} is not read; {REMEDY_OF[suffix]}"
    return f"not a kind that is read ({kind_names()})"


def reader_of(name: str, head: Callable[[], bytes]) -> Extract | None:
    """Return what reads a file of that name; None if nothing does.

    A name that says nothing ("README", "nginx.conf") is that of a text if the first bytes of the
    file are, which `head` returns: it is called for such a name alone.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in READERS:
        return READERS[suffix]
    if suffix in REMEDY_OF or suffix in NO_DOCUMENTS or suffix in _PROGRAMS:
        return None
    return extract_text if looks_like_text(head()) else None
