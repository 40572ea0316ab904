"""Make the Word and PDF documents of the development set from their sources.

A source is a small part of Markdown: `# ` headings, `- ` and `1. ` items, `|` rows whose first is
the header, and paragraphs, each on one line. Made again, a file is the same to the byte with the
same versions of python-docx and reportlab. Knows nothing of questions.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.platypus import ListFlowable, ListItem, Paragraph, SimpleDocTemplate, Table

FOLDER = Path(__file__).resolve().parent
MADE = datetime(2025, 7, 1, tzinfo=UTC)
_KINDS = (
    ("heading", re.compile(r"(#+) (.*)")),
    ("bullet", re.compile(r"(-) (.*)")),
    ("number", re.compile(r"(\d+\.) (.*)")),
    ("row", re.compile(r"(\|) (.*) \|")),
    ("paragraph", re.compile(r"()(.*)")),
)


class Line(NamedTuple):
    """A line of a source: its kind, the mark it begins with, and its text."""

    kind: str
    mark: str
    text: str


def read_source(text: str) -> Iterator[tuple[str, list[Line]]]:
    """Yield (kind, lines) for each run of lines of a kind; an empty line ends a run."""
    for _, block in groupby(text.splitlines(), key=lambda line: bool(line.strip())):
        lines = [parse_line(line) for line in block if line.strip()]
        for kind, run in groupby(lines, key=lambda line: line.kind):
            yield kind, list(run)


def parse_line(line: str) -> Line:
    """Return what a line that is not empty is."""
    for kind, pattern in _KINDS:
        if match := pattern.fullmatch(line):
            return Line(kind, match[1], match[2])
    raise ValueError(f"not a line of a source: {line!r}")  # the last pattern takes any


def make_docx(text: str) -> bytes:
    """Return a Word document with the styles that Word's own buttons give."""
    document = docx.Document()
    for kind, lines in read_source(text):
        if kind == "row":
            _add_docx_table(document, [line.text.split(" | ") for line in lines])
        numbering = _new_numbering(document) if kind == "number" else None
        for line in lines:
            if kind == "heading":
                document.add_heading(line.text, level=len(line.mark) - 1)
            elif kind == "bullet":
                document.add_paragraph(line.text, style="List Bullet")
            elif kind == "number":
                _number(document.add_paragraph(line.text, style="List Number"), numbering)
            elif kind == "paragraph":
                document.add_paragraph(line.text)
    properties = document.core_properties
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = MADE.replace(tzinfo=None)
    target = io.BytesIO()
    document.save(target)
    return _without_times(target.getvalue())


def _add_docx_table(document: Any, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Light Grid Accent 1")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _new_numbering(document: Any) -> int:
    """Return the id of a numbering that begins at 1; without it all lists would be one."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(style).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def _number(paragraph: Any, numbering: int | None) -> None:
    properties = OxmlElement("w:numPr")
    for name, value in (("w:ilvl", 0), ("w:numId", numbering)):
        element = OxmlElement(name)
        element.set(qn("w:val"), str(value))
        properties.append(element)
    paragraph._p.get_or_add_pPr().append(properties)


def _without_times(data: bytes) -> bytes:
    """Return the archive with one time for all its parts, which else would be that of making it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, MADE.timetuple()[:6])
            new.writestr(info, old.read(part), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def make_pdf(text: str) -> bytes:
    """Return a PDF of A4 pages with a running head and page numbers."""
    styles = getSampleStyleSheet()
    styles["BodyText"].leading = 15
    story: list[Any] = []
    for kind, lines in read_source(text):
        if kind == "row":
            story.append(_pdf_table([line.text.split(" | ") for line in lines]))
        elif kind in ("bullet", "number"):
            story.append(_pdf_list(lines, styles["BodyText"], ordered=kind == "number"))
        elif kind == "heading":
            story += [Paragraph(x.text, styles[f"Heading{len(x.mark)}"]) for x in lines]
        else:
            story += [Paragraph(line.text, styles["BodyText"]) for line in lines]
    title = next(read_source(text))[1][0].text
    target = io.BytesIO()
    pages = SimpleDocTemplate(target, pagesize=A4, title=title, invariant=1)
    pages.build(story, onFirstPage=_page_number, onLaterPages=_running_head(title))
    return target.getvalue()


def _pdf_table(rows: list[list[str]]) -> Table:
    table = Table(rows, colWidths=[6 * cm] + [2.8 * cm] * (len(rows[0]) - 1), spaceBefore=8)
    table.hAlign, table.spaceAfter = "LEFT", 8
    table.setStyle(
        [
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, 0), 1, colors.black),
            ("LINEABOVE", (0, -1), (-1, -1), 0.5, colors.black),
            ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
        ]
    )
    return table


def _pdf_list(lines: list[Line], style: Any, *, ordered: bool) -> ListFlowable:
    items = [ListItem(Paragraph(line.text, style)) for line in lines]
    return ListFlowable(
        items,
        bulletType="1" if ordered else "bullet",
        bulletFormat="%s." if ordered else None,
        start="1" if ordered else "•",
        bulletFontSize=style.fontSize,
    )


def _page_number(canvas: Any, template: Any) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.drawCentredString(A4[0] / 2, 1.3 * cm, str(template.page))


def _running_head(title: str) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, template: Any) -> None:
        _page_number(canvas, template)
        canvas.drawString(template.leftMargin, A4[1] - 1.5 * cm, title)

    return draw


DOCUMENTS: Mapping[str, Callable[[str], bytes]] = {
    "travel-policy-2025.docx": make_docx,
    "project-kingfisher-report.docx": make_docx,
    "swimming-club-annual-report-2024.pdf": make_pdf,
}


def main() -> None:
    """Write every document that has a source."""
    for name, make in DOCUMENTS.items():
        source = FOLDER / "sources" / f"{Path(name).stem}.md"
        (FOLDER / "documents" / name).write_bytes(make(source.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
