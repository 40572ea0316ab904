"""Word documents: the body in its order, and nothing of what hides in the archive."""

import pytest
from sample_files import make_docx, make_zip, word_paragraph, word_table

from rag.documents.formats.docx import extract_docx
from rag.documents.structure import check_blocks

LIMIT = 100_000
STYLES = (
    '<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:styleId="T"><w:name w:val="Title"/></w:style>'
    '<w:style w:styleId="L"><w:name w:val="List Bullet"/><w:pPr><w:numPr/></w:pPr></w:style>'
)


def text_of(body, **parts):
    return read(body, **parts).text


def read(body, **parts):
    extracted = extract_docx(make_docx(body, **parts), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    assert extracted.page_starts == ()
    return extracted


def refusal_of(data, limit=LIMIT):
    with pytest.raises(ValueError) as raised:
        extract_docx(data, limit)
    return str(raised.value)


def styled(name):
    return f'<w:pStyle w:val="{name}"/>'


def test_paragraphs_headings_lists_and_tables_in_order():
    body = (
        word_paragraph("Report", styled("T"))
        + word_paragraph("The  harbour was built &amp; opened in 1932.")
        + word_paragraph("Towns", styled("berschrift2"))
        + word_table(["Name", "People"], ["Berlin", "3.7 million"])
        + word_paragraph("First", "<w:numPr/>")
        + word_paragraph("Second", styled("L"))
        + word_paragraph(" ")
        + word_paragraph("Outlined", '<w:outlineLvl w:val="2"/>')
    )
    assert text_of(body, styles=STYLES) == (
        "# Report\n\nThe harbour was built & opened in 1932.\n\n## Towns\n\n"
        "| Name | People |\n| Berlin | 3.7 million |\n\n- First\n- Second\n\n### Outlined"
    )


def test_runs_join_and_signs_become_characters():
    assert (
        text_of(
            "<w:p><w:r><w:t>one</w:t></w:r><w:r><w:t>two</w:t><w:tab/><w:t>three</w:t><w:br/>"
            "<w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t><w:softHyphen/></w:r>"
            "<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>"
        )
        == "onetwo three\ne-maillink"
    )


def test_deleted_hidden_and_repeated_text_is_left_out():
    assert (
        text_of(
            "<w:p><w:ins><w:r><w:t>new </w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
            "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
            '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r>'
            "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
        )
        == "new shown"
    )


def test_content_controls_and_text_boxes_are_read():
    box = f"<w:txbxContent>{word_paragraph('In the box.')}</w:txbxContent>"
    assert (
        text_of(
            f"<w:sdt><w:sdtContent>{word_paragraph('Controlled.')}</w:sdtContent></w:sdt>"
            "<w:p><w:r><w:t>Beside.</w:t><w:AlternateContent>"
            f"<w:Choice><w:drawing>{box}</w:drawing></w:Choice>"
            f"<w:Fallback><w:pict>{box}</w:pict></w:Fallback></w:AlternateContent></w:r></w:p>"
        )
        == "Controlled.\n\nBeside.\n\nIn the box."
    )


def test_notes_follow_the_paragraph_that_names_them():
    body = (
        '<w:p><w:r><w:t>Built in 1932.</w:t><w:footnoteReference w:id="7"/></w:r></w:p>'
        + word_paragraph("Next.")
    )
    notes = f'<w:footnote w:id="7">{word_paragraph("By the city.")}</w:footnote>'
    assert text_of(body, footnotes=notes) == ("Built in 1932.\n\nFootnote 1: By the city.\n\nNext.")


def test_macros_and_other_parts_are_not_read():
    data = make_docx(word_paragraph("Text."), header1=word_paragraph("Header"))
    assert extract_docx(data, LIMIT).text == "Text."


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            "it has a password, or is in the old .doc format; save it as .docx without a password",
        ),
        (
            b"PK\x03\x04no zip",
            "it is damaged, or not a Word document (.docx): it cannot be unpacked; save it again",
        ),
        (
            make_zip({"a.txt": "x"}),
            "it is damaged, or not a Word document (.docx): the part '_rels/.rels' is missing; "
            "save it again",
        ),
        (
            make_zip({"_rels/.rels": "<Relationships/>"}),
            "it is damaged, or not a Word document (.docx): it names no body; save it again",
        ),
        (
            make_docx("<w:p>"),
            "it is damaged: word/document.xml is not well-formed XML "
            "(Opening and ending tag mismatch: p line 1 and body); save it again",
        ),
    ],
)
def test_damaged_document_is_one_line(data, line):
    assert refusal_of(data) == line


def test_every_cut_of_a_document_is_refused_or_read():
    whole = make_docx(word_paragraph("Text."))
    for length in range(0, len(whole), 7):
        assert "save it" in refusal_of(whole[:length])


def test_flipped_bytes_never_raise_anything_else():
    whole = make_docx(word_paragraph("Text of a paragraph."))
    for place in range(len(whole)):
        data = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        try:
            extract_docx(data, LIMIT)
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE w SYSTEM "http://example.com/x.dtd">',
    ],
)
def test_entities_are_refused(declaration):
    parts = {
        "_rels/.rels": '<R><R Type="x/officeDocument" Target="d.xml"/></R>',
        "d.xml": f"{declaration}<w><body><p><r><t>&a;</t></r></p></body></w>",
    }
    line = refusal_of(make_zip(parts))
    assert line == (
        "d.xml declares a document type, where harmful entities could hide; save it again without"
    ) or line.startswith("it is damaged: d.xml is not well-formed XML (Entity 'a'")
    assert "root:" not in line


def test_archive_that_unpacks_to_too_much_is_refused_while_it_is_read():
    bomb = make_docx("", styles="x" * 50_000_000)
    assert len(bomb) < 100_000
    assert refusal_of(bomb) == (
        "it unpacks to more; expected at most 500,000 bytes; "
        "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES"
    )


def test_text_over_the_limit_is_refused():
    line = refusal_of(make_docx(word_paragraph("x" * 1_001)), limit=1_000)
    assert line.startswith("1,001 bytes of text; expected at most 1,000;")
