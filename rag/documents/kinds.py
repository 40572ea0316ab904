"""Which kinds of file are read, and by which function: the one place that knows the suffixes.

A new kind is one function and one line in `KINDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rag.documents.formats.writer import Extracted

NO_DOCUMENTS = frozenset({".jsonl"})
"""Suffixes of files that are texts, but of another use: question sets."""
EXTRACTION = "formats-14"
"""Names how files become text: change it with every change of the result, so that libraries made
before are made again."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What reads a kind of file: a function of a module in `formats`, imported when it is called.

    All of them would take longer to import than a question takes to answer.
    """

    module: str
    function: str

    def __call__(self, data: bytes, max_bytes: int) -> "Extracted":
        """Return a file's text, of at most `max_bytes`, and what was understood of it.

        Raises `ValueError` with what is wrong, what was expected and what to do.
        """
        module = import_module(f"rag.documents.formats.{self.module}")
        extracted: Extracted = getattr(module, self.function)(data, max_bytes)
        return extracted


class Kind(NamedTuple):
    """A kind of file: what people call it, its suffixes in lower case, and how it is read."""

    name: str
    suffixes: str
    extract: Extract


KINDS = (
    Kind("text", ".txt .text .rst", Extract("plain", "extract_text")),
    Kind("TeX", ".tex", Extract("plain", "extract_tex")),
    Kind("log", ".log", Extract("plain", "extract_log")),
    Kind("Markdown", ".md .markdown .mkd .mdx", Extract("markdown", "extract_markdown")),
    Kind("Org", ".org", Extract("org", "extract_org")),
    Kind("mail", ".eml", Extract("mail", "extract_mail")),
    Kind("mailbox", ".mbox .mbx", Extract("mail", "extract_mbox")),
    Kind("notebook", ".ipynb", Extract("notebook", "extract_notebook")),
    Kind("subtitles", ".srt .vtt", Extract("subtitles", "extract_subtitles")),
    Kind("HTML", ".html .htm .xhtml .mhtml .mht", Extract("html", "extract_html")),
    Kind("PDF", ".pdf", Extract("pdf", "extract_pdf")),
    Kind(
        "pictures", ".png .jpg .jpeg .tif .tiff .webp .bmp", Extract("picture", "extract_picture")
    ),
    Kind("DOCX", ".docx .docm .dotx .dotm", Extract("docx", "extract_docx")),
    Kind("presentation", ".pptx .pptm .ppsx .ppsm .potx .potm", Extract("pptx", "extract_pptx")),
    Kind(
        "spreadsheet",
        ".xlsx .xlsm .xltx .xltm .xls .xlt",
        Extract("spreadsheet", "extract_spreadsheet"),
    ),
    Kind("ODS", ".ods .ots", Extract("spreadsheet", "extract_ods")),
    Kind("ODT", ".odt .ott .fodt", Extract("odt", "extract_odt")),
    Kind("RTF", ".rtf", Extract("rtf", "extract_rtf")),
    Kind("EPUB", ".epub", Extract("epub", "extract_epub")),
    Kind("CSV", ".csv", Extract("csv", "extract_csv")),
    Kind("TSV", ".tsv", Extract("csv", "extract_tsv")),
    Kind(
        "source code",
        ".bat .c .cc .cfg .cpp .cs .css .go .h .hpp .ini .java .jl .js .json .jsx .kt .lua .m .php "
        ".pl .ps1 .py .r .rb .rs .scala .sh .sql .swift .toml .ts .tsx .xml .yaml .yml",
        Extract("plain", "extract_code"),
    ),
)

READERS: Mapping[str, Extract] = {
    suffix: kind.extract for kind in KINDS for suffix in kind.suffixes.split()
}
"""How a file is read, by its suffix in lower case."""
AS_THEY_ARE = frozenset(
    kind.extract
    for kind in KINDS
    if kind.name in ("text", "TeX", "log", "Markdown", "Org", "source code")
)
"""Readers whose text is the whole file, decoded, or a mail's that is not longer."""


def kind_names() -> str:
    """Return the kinds for a line to a person."""
    return ", ".join(kind.name for kind in KINDS)


_REMEDIES = {
    "save it as .docx": ".doc .dot .wps .wpd .wri .lwp .abw .sxw .docb",
    "export it as .docx or PDF": ".pages .gdoc",
    "export it as .odt or PDF": ".odm",
    "export it as .pptx or PDF": ".ppt .pps .pot .key .odp .otp .fodp .sxi .gslides",
    "save it as .xlsx or .csv": ".fods .xlsb .numbers .wks .sxc .dif .slk .gsheet",
    "export its tables as .csv": (
        ".db .sqlite .sqlite3 .mdb .accdb .dbf .parquet .feather .arrow .sav .dta .sas7bdat .rds"
    ),
    "convert it to .epub": ".mobi .azw .azw3 .kfx .prc .fb2 .lit .ibooks",
    "convert it to PDF": (
        ".djvu .djv .xps .oxps .ps .eps .dvi .chm .pub .vsd .vsdx .indd .ai .cdr .dwg .dxf .one "
        ".cbz .cbr .odg .otg .fodg"
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
    from rag.documents.formats.plain import looks_like_text

    return READERS[".txt"] if looks_like_text(head()) else None
