"""Small files of every format, made from their text: what the tests of reading them read."""

import zipfile
from io import BytesIO

from rag.documents.kinds import kind_names

KINDS = f"({kind_names()})"
"""The kinds that are read, as error lines name them."""

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def make_zip(parts):
    """Return a zip file of `parts`, name to text or bytes."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def make_docx(body, **parts):
    """Return a Word document with this body; `parts` are others by name (styles, footnotes)."""
    files = {
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
    }
    for name, content in parts.items():
        files[f"word/{name}.xml"] = f"<w:{name} {_WORD}>{content}</w:{name}>"
    return make_zip(files)


def word_paragraph(text, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def word_table(*rows):
    cells = ["".join(f"<w:tc>{word_paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def make_epub(chapters, title="A Book", **others):
    """Return a book of `chapters`, XHTML by the reference to it; `others` are further parts."""
    items = "".join(
        f'<item id="c{number}" href="{place}" media-type="application/xhtml+xml"/>'
        for number, place in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    return make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": "<container xmlns="
            '"urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
            "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata>'
            f'<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">{title}</dc:title></metadata>'
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"OPS/{place}": content for place, content in chapters.items()},
            **others,
        }
    )


def make_pdf(*pages, trailer=b""):
    """Return a PDF; a page is lines of (left, baseline, size, text), in bold from a size of 14."""
    fonts = (b"/Helvetica", b"/Helvetica-Bold")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        *(
            b"<< /Type /Font /Subtype /Type1 /BaseFont %s /Encoding /WinAnsiEncoding >>" % font
            for font in fonts
        ),
    ]
    kids = []
    for lines in pages:
        shown = b"BT %s ET" % b" ".join(_shown(*line) for line in lines)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F0 3 0 R /F1 4 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return pdf_of(objects, trailer)


def _shown(left, baseline, size, text):
    escaped = text.encode("cp1252")
    for character in (b"\\", b"(", b")"):
        escaped = escaped.replace(character, b"\\" + character)
    font = 1 if size >= 14 else 0
    return b"/F%d %g Tf 1 0 0 1 %g %g Tm (%s) Tj" % (font, size, left, baseline, escaped)


def pdf_of(objects, trailer):
    """Return a PDF of these objects, numbered from 1; the first is its catalogue."""
    data = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R %s >>\n"
        b"startxref\n%d\n%%%%EOF" % (len(objects) + 1, table, len(objects) + 1, trailer, len(data))
    )
