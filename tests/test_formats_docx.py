"""Word documents: the body in its order, and nothing of what hides in the archive."""

import zipfile
from io import BytesIO

import docx
import pytest
from outline import check_blocks
from sample_files import make_docx, make_zip, word_paragraph, word_table

from rag.documents.formats.docx import extract_docx

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
        + word_paragraph("First", '<w:numPr><w:numId w:val="9"/></w:numPr>')
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


def numbered(text, level, numbering="1", start=""):
    place = f'<w:ilvl w:val="{level}"/><w:numId w:val="{numbering}"/>'
    return word_paragraph(text, f"{start}<w:numPr>{place}</w:numPr>")


def level(number, form, text, more=""):
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


NUMBERING = (
    '<w:abstractNum w:abstractNumId="0">'
    + level(0, "decimal", "%1.")
    + level(1, "decimal", "%1.%2")
    + level(2, "lowerLetter", "(%3)")
    + level(3, "upperRoman", "%4)")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    + level(0, "bullet", "\uf0b7")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="2">'
    + level(0, "decimal", "§ %1", '<w:pStyle w:val="H1"/>')
    + level(1, "decimal", "%1.%2", '<w:pStyle w:val="H2"/>')
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num>'
)


def test_lists_have_the_numbers_that_word_shows():
    body = (
        numbered("Payment", 0)
        + numbered("Within 30 days.", 1)
        + numbered("By card", 2)
        + numbered("By cheque", 2)
        + numbered("In gold", 3)
        + numbered("Late fees.", 1)
        + numbered("Termination", 0)
        + numbered("With notice.", 1)
        + word_paragraph("Between.")
        + numbered("Law", 0)
        + numbered("A point", 0, "2")
        + word_paragraph("Apart.")
        + numbered("Anew", 0, "3")
        + numbered("And on", 0, "3")
    )
    extracted = read(body, numbering=NUMBERING)
    assert extracted.text == (
        "1. Payment\n  1.1 Within 30 days.\n    (a) By card\n    (b) By cheque\n      I) In gold\n"
        "  1.2 Late fees.\n2. Termination\n  2.1 With notice.\n\nBetween.\n\n"
        "3. Law\n- A point\n\nApart.\n\n7. Anew\n8. And on"
    )
    first = extracted.blocks[0]
    assert [item.label for item in first.children] == ["1.", "2."]
    assert [item.label for item in first.children[0].children[0].children] == ["1.1", "1.2"]


def test_headings_have_the_numbers_of_their_style():
    heading = '<w:pPr><w:numPr><w:numId w:val="4"/></w:numPr></w:pPr>'
    styles = (
        f'<w:style w:styleId="H1"><w:name w:val="heading 1"/>{heading}</w:style>'
        f'<w:style w:styleId="H2"><w:name w:val="heading 2"/>{heading}</w:style>'
        '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H1"/></w:style>'
        '<w:style w:styleId="Body"><w:name w:val="Body"/><w:basedOn w:val="H1"/>'
        '<w:pPr><w:outlineLvl w:val="9"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr></w:style>'
    )
    body = "".join(
        word_paragraph(text, styled(name))
        for text, name in (
            ("Rent", "H1"),
            ("Deposit", "H2"),
            ("Repairs", "H2"),
            ("Keys", "Mine"),
            ("No heading.", "Body"),
        )
    )
    assert text_of(body, styles=styles, numbering=NUMBERING) == (
        "# § 1 Rent\n\n## 1.1 Deposit\n\n## 1.2 Repairs\n\n# § 2 Keys\n\nNo heading."
    )


def test_a_level_without_a_numbering_is_no_list():
    level = '<w:numPr><w:ilvl w:val="1"/></w:numPr>'
    styles = (
        f'<w:style w:styleId="S"><w:name w:val="Subtitle"/><w:pPr>{level}</w:pPr></w:style>'
        '<w:style w:styleId="N"><w:name w:val="Numbered"/><w:pPr><w:numPr><w:numId w:val="1"/>'
        "</w:numPr></w:pPr></w:style>"
        f'<w:style w:styleId="D"><w:name w:val="Deeper"/><w:basedOn w:val="N"/><w:pPr>{level}'
        "</w:pPr></w:style>"
    )
    body = (
        word_paragraph("Sixth edition", styled("S"))
        + word_paragraph("Plain", level)
        + word_paragraph("Rent", styled("N"))
        + word_paragraph("Deposit", styled("D"))
    )
    assert text_of(body, styles=styles, numbering=NUMBERING) == (
        "Sixth edition\n\nPlain\n\n1. Rent\n  1.1 Deposit"
    )


def equation(content):
    return f"<w:p><w:r><w:t>It is </w:t></w:r><m:oMath {MATH}>{content}</m:oMath></w:p>"


MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def m(name, **parts):
    return f"<m:{name}>{''.join(f'<m:{k}>{v}</m:{k}>' for k, v in parts.items())}</m:{name}>"


def run(text):
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (run("E=m") + m("sSup", e=run("c"), sup=run("2")), "E=mc²"),
        (m("f", num=run("a+b"), den=run("2")), "(a+b)/2"),
        (m("sSub", e=run("x"), sub=run("i")), "xᵢ"),
        (m("sSub", e=run("T"), sub=run("max")), "T_max"),
        (m("sSup", e=run("e"), sup=m("f", num=run("x"), den=run("2"))), "e^(x/2)"),
        (m("rad", deg="", e=run("n+1")), "√(n+1)"),
        (m("rad", deg=run("3"), e=run("8")), "³√8"),
        (
            '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
            f"<m:sub>{run('i=1')}</m:sub><m:sup>{run('n')}</m:sup><m:e>{run('i')}</m:e></m:nary>",
            "∑ᵢ₌₁ⁿ i",
        ),
        (m("d", e=run("a, b")), "(a, b)"),
        (m("func", fName=run("sin"), e=run("x")), "sin x"),
        (m("m", mr=m("e") + f"<m:e>{run('1')}</m:e>"), "[, 1]"),
    ],
)
def test_equations_are_text(content, shown):
    assert text_of(equation(content)) == f"It is {shown}"


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{word_paragraph(text)}</w:tc>"


def test_merged_cells_are_repeated_and_a_title_stands_above():
    body = (
        "<w:tbl><w:tr>" + cell("Contacts", '<w:gridSpan w:val="3"/>') + "</w:tr>"
        "<w:tr><w:trPr><w:tblHeader/></w:trPr>"
        + cell("Name")
        + cell("Contact", '<w:gridSpan w:val="2"/>')
        + "</w:tr><w:tr>"
        + cell("Anna", '<w:vMerge w:val="restart"/>')
        + cell("Phone")
        + cell("111")
        + "</w:tr><w:tr>"
        + cell("", "<w:vMerge/>")
        + cell("Mail")
        + cell("a@b.org")
        + "</w:tr><w:tr>"
        + cell("Left", '<w:gridSpan w:val="3"/>')
        + '</w:tr><w:tr><w:trPr><w:del w:id="1"/></w:trPr>'
        + cell("Gone") * 3
        + "</w:tr></w:tbl>"
    )
    extracted = read(body)
    assert extracted.text == (
        "Contacts\n\n| Name | Contact | Contact |\n| Anna | Phone | 111 |\n"
        "| Anna | Mail | a@b.org |\n| Left |  |  |"
    )
    caption, table = extracted.blocks
    assert caption.kind == "caption"
    assert [row.header for row in table.children] == [True, False, False, False]
    assert [each.label for each in table.children[2].children] == ["Name", "Contact", "Contact"]


def test_cell_over_the_first_columns_of_a_body_is_no_value_of_each():
    rows = [
        [cell("Order 7", '<w:gridSpan w:val="3"/>')],
        [cell("Item", '<w:gridSpan w:val="2"/>'), cell("Total")],
        [cell("Seal"), cell("KS-1"), cell("9.00")],
        [cell("Delivery", '<w:gridSpan w:val="2"/>'), cell("6.95")],
    ]
    shown = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows)
    assert text_of(f"<w:tbl>{shown}</w:tbl>") == (
        "Order 7\n\n| Item | Item | Total |\n| Seal | KS-1 | 9.00 |\n| Delivery |  | 6.95 |"
    )


def test_a_span_of_a_million_columns_is_cut():
    body = "<w:tbl><w:tr>" + cell("a", '<w:gridSpan w:val="1000000"/>') + cell("b") + "</w:tr>"
    assert len(text_of(body + "</w:tbl>")) < 1_000


@pytest.mark.parametrize(
    ("first", "header"),
    [
        (["Item", "Euros"], True),  # words above numbers
        (["Roof", "100"], False),
        (["Item", ""], False),
    ],
)
def test_first_row_names_columns_if_it_looks_so(first, header):
    table = word_table(first, ["Wall", "200"], ["Door", "300"])
    assert read(table).blocks[0].children[0].header is header


def test_first_row_of_words_names_columns_if_it_is_bold():
    rows = [["Name", "City"], ["Anna", "Basel"]]
    assert not read(word_table(*rows)).blocks[0].children[0].header
    bold = word_table(*rows).replace("<w:r><w:t>Name", "<w:r><w:rPr><w:b/></w:rPr><w:t>Name")
    bold = bold.replace("<w:r><w:t>City", "<w:r><w:rPr><w:b/></w:rPr><w:t>City")
    assert read(bold).blocks[0].children[0].header


def test_paragraphs_and_tables_of_a_cell_are_kept_apart():
    inner = word_table(["Key", "42"])
    body = (
        f"<w:tbl><w:tr>{cell('Duties')}<w:tc>{word_paragraph('Open it')}{inner}"
        f"{numbered('Lock it', 0)}</w:tc></w:tr></w:tbl>"
    )
    assert text_of(body, numbering=NUMBERING) == "| Duties | Open it / Key: 42 / 1. Lock it |"


def test_a_table_of_one_column_only_places_its_text():
    body = (
        f"<w:tbl><w:tr><w:tc>{word_paragraph('One.')}{word_paragraph('Two.')}</w:tc></w:tr></w:tbl>"
    )
    assert text_of(body) == "One.\n\nTwo."


def test_a_deleted_mark_joins_paragraphs():
    gone = "<w:rPr><w:del/></w:rPr>"
    body = (
        word_paragraph("It costs 5", gone) + word_paragraph("00 euros.") + word_paragraph("", gone)
    )
    assert text_of(body + word_paragraph("Next.")) == "It costs 500 euros.\n\nNext."


def test_text_box_of_a_cell_is_read_once():
    box = f"<w:txbxContent>{word_paragraph('In the box.')}</w:txbxContent>"
    boxes = (
        "<w:p><w:r><w:t>Cell.</w:t><w:AlternateContent>"
        f"<w:Choice><w:drawing>{box}</w:drawing></w:Choice>"
        f"<w:Fallback><w:pict>{box}</w:pict></w:Fallback></w:AlternateContent></w:r></w:p>"
    )
    body = f"<w:tbl><w:tr><w:tc>{boxes}</w:tc>{cell('Other')}</w:tr></w:tbl>"
    assert text_of(body) == "| Cell. / In the box. | Other |"


def test_only_one_alternative_is_read():
    both = (
        "<w:r><w:AlternateContent><w:Choice><w:t>new</w:t></w:Choice>"
        "<w:Fallback><w:t>old</w:t></w:Fallback></w:AlternateContent></w:r>"
    )
    empty = both.replace("<w:t>new</w:t>", "")
    assert text_of(f"<w:p>{both}</w:p><w:p>{empty}</w:p>") == "new\n\nold"


def test_alternative_that_word_does_not_know_is_not_read():
    def choice(required, text):
        return f'<w:Choice Requires="{required}"><w:r><w:t>{text}</w:t></w:r></w:Choice>'

    fallback = "<w:Fallback><w:r><w:t>old</w:t></w:r></w:Fallback>"
    microsoft = "http://schemas.microsoft.com/office/word/2010/wordml"

    def shown(*choices):
        return text_of(
            f'<w:p xmlns:w14="{microsoft}" xmlns:own="http://example.org/">'
            f"<w:AlternateContent>{''.join(choices)}{fallback}</w:AlternateContent></w:p>"
        )

    assert shown(choice("zzz", "unknown"), choice("w14", "known")) == "known"
    assert shown(choice("w14 own", "unknown")) == "old"
    assert shown(choice("w14 w", "known"), choice("w14", "later")) == "known"


def struck(text, line="strike"):
    return f"<w:r><w:rPr><w:{line}/></w:rPr><w:t>{text}</w:t></w:r>"


def test_struck_through_text_is_named_but_not_read():
    styles = (
        '<w:style w:styleId="Old"><w:rPr><w:strike/></w:rPr></w:style>'
        '<w:style w:styleId="Older"><w:basedOn w:val="Old"/></w:style>'
    )
    body = (
        "<w:p><w:r><w:t>The fee is </w:t></w:r>"
        + struck("750 ")
        + struck("700 ", "dstrike")
        + '<w:r><w:rPr><w:strike w:val="0"/></w:rPr><w:t>800 euros.</w:t></w:r></w:p>'
        + word_paragraph("The whole paragraph is gone.", styled("Older"))
        + "<w:p><w:pPr>"
        + styled("Old")
        + '</w:pPr><w:r><w:rPr><w:strike w:val="0"/></w:rPr><w:t>Kept.</w:t></w:r></w:p>'
        + '<w:p><w:r><w:rPr><w:rStyle w:val="Old"/></w:rPr><w:t>Gone.</w:t></w:r></w:p>'
    )
    extracted = read(body, styles=styles)
    assert extracted.text == "The fee is 800 euros.\n\nKept."
    assert extracted.warnings == ("struck-through text left out",)


def test_nothing_is_named_where_only_a_space_is_struck_through():
    extracted = read("<w:p><w:r><w:t>The fee</w:t></w:r>" + struck(" ") + "</w:p>")
    assert (extracted.text, extracted.warnings) == ("The fee", ())


def test_numbers_of_a_list_count_an_item_that_is_struck_through():
    item = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/>'
        '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = (
        f"<w:p>{item}<w:r><w:t>Payment</w:t></w:r></w:p><w:p>{item}{struck('Interest')}</w:p>"
        f"<w:p>{item}<w:r><w:t>Notice</w:t></w:r></w:p>"
    )
    assert text_of(body, numbering=numbering) == "1. Payment\n3. Notice"


def test_notes_of_struck_through_text_are_printed_still():
    body = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>Gone</w:t>"
        '<w:footnoteReference w:id="2"/></w:r></w:p>'
    )
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>Set in May.</w:t></w:r></w:p></w:footnote>'
    assert text_of(body, footnotes=note) == "Kept\n\nFootnote 1: Set in May."


def test_hidden_and_deleted_rows_and_cells_are_left_out_of_every_table():
    def row(properties, *cells):
        return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(map(cell, cells))}</w:tr>"

    kept = row('<w:hidden w:val="0"/>', "Kept")
    one_column = row("<w:hidden/>", "Hidden") + row("<w:del/>", "Deleted") + kept
    assert text_of(f"<w:tbl>{one_column}</w:tbl>") == "Kept"
    deleted = cell("Gone", "<w:cellDel/>")
    assert text_of(f"<w:tbl>{kept.replace('</w:tr>', f'{deleted}</w:tr>')}</w:tbl>") == "Kept"
    wide = row("<w:hidden/>", "Hidden", "1") + row("", "Kept", "2")
    assert text_of(f"<w:tbl>{wide}</w:tbl>") == "| Kept | 2 |"


def test_ruby_symbols_and_scripts():
    body = (
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t>"
        '</w:r></w:rubyBase></w:ruby></w:r><w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'
        '<w:r><w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>\uf061</w:t></w:r>'
        "<w:r><w:t> 10</w:t></w:r>"
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>-</w:t></w:r>'
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>'
        "<w:r><w:t> H</w:t></w:r>"
        '<w:r><w:rPr><w:vertAlign w:val="subscript"/></w:rPr><w:t>2</w:t></w:r></w:p>'
    )
    assert text_of(body) == "漢✓α 10⁻⁶ H₂"


def moved(text, half_points, size=14):
    properties = f'<w:position w:val="{half_points}"/><w:sz w:val="{size}"/>'
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def plain(text):
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        (plain("Population 4,500") + moved("1", 8), "Population 4,500¹"),
        (plain("H") + moved("2", -6) + plain("O"), "H₂O"),
        (plain("10") + moved("6", 6, size=22), "10⁶"),
        (plain("Open until 10") + moved("30", 2), "Open until 1030"),
        (plain("10") + moved("6", -2, size=22), "106"),
        (plain("the 20") + moved("th", 8), "the 20th"),
        (moved("1932", 8) + plain(" "), "1932"),
        (plain("10") + moved("6", "x"), "106"),
    ],
)
def test_text_that_is_moved_by_a_measure_is_raised_beside_text_that_is_not(runs, shown):
    assert text_of(f"<w:p>{runs}</w:p>").strip() == shown


def test_style_moves_text_by_a_measure():
    styles = (
        '<w:style w:styleId="Up"><w:rPr><w:position w:val="8"/><w:sz w:val="14"/></w:rPr></w:style>'
    )
    raised = '<w:r><w:rPr><w:rStyle w:val="Up"/></w:rPr><w:t>6</w:t></w:r>'
    assert text_of(f"<w:p>{plain('10')}{raised}</w:p>", styles=styles) == "10⁶"


def test_text_that_a_style_hides_is_left_out():
    styles = (
        '<w:style w:styleId="P"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="C"><w:basedOn w:val="P"/></w:style>'
    )
    body = (
        word_paragraph("Hidden.", styled("P"))
        + '<w:p><w:r><w:rPr><w:rStyle w:val="C"/></w:rPr><w:t>Hidden.</w:t></w:r>'
        + '<w:r><w:rPr><w:rStyle w:val="C"/><w:vanish w:val="0"/></w:rPr><w:t>Shown.</w:t></w:r>'
        + "</w:p>"
    )
    assert text_of(body, styles=styles) == "Shown."


def test_styles_that_go_round_in_a_circle_end():
    styles = (
        '<w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>'
        '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style>'
    )
    assert text_of(word_paragraph("Text.", styled("A")), styles=styles) == "Text."


def test_damaged_styles_are_left_out_with_a_warning():
    extracted = read(word_paragraph("Text."), styles="<w:style ")
    assert extracted.text == "Text."
    assert extracted.warnings[0].startswith(
        "word/styles.xml was left out: it is damaged: word/styles.xml is not well-formed XML"
    )


def test_a_part_that_cannot_be_unpacked_does_not_cost_the_text():
    styles = "<w:style/>" * 20
    data = make_docx(word_paragraph("Text."), styles=styles)
    place = data.index(b"word/styles.xml") + len("word/styles.xml")
    extracted = extract_docx(data[:place] + b"\xff\xff" + data[place + 2 :], LIMIT)
    assert extracted.text == "Text."
    assert "the part 'word/styles.xml' cannot be unpacked" in extracted.warnings[0]


def test_captions_and_tables_of_contents():
    styles = (
        '<w:style w:styleId="Cap"><w:name w:val="caption"/></w:style>'
        '<w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
    )
    entry = (
        '<w:p><w:pPr><w:pStyle w:val="T1"/></w:pPr><w:hyperlink w:anchor="_Toc1"><w:r>'
        "<w:t>Rent 3</w:t></w:r></w:hyperlink></w:p>"
    )
    extracted = read(entry + word_paragraph("Table 1: fees", styled("Cap")), styles=styles)
    assert extracted.text == "Table 1: fees"
    assert extracted.blocks[0].kind == "caption"


def with_related(body, relations, **parts):
    """Return a document whose body names other parts: identity to (kind, place)."""
    names = "".join(
        f'<Relationship Id="{identity}" Type="x/{kind}" Target="{place}"/>'
        for identity, (kind, place) in relations.items()
    )
    word = 'xmlns:w="w"'
    return make_zip(
        {
            "_rels/.rels": '<R><R Type="x/officeDocument" Target="word/document.xml"/></R>',
            "word/document.xml": f"<w:document {word}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": f"<R>{names}</R>",
            **{name.replace("__", "/"): content for name, content in parts.items()},
        }
    )


def test_charts_and_diagrams_are_read():
    body = (
        word_paragraph("Before.")
        + '<w:p><w:r><w:drawing><chart id="r1"/></w:drawing></w:r></w:p>'
        + '<w:p><w:r><w:drawing><relIds dm="r2"/></w:drawing></w:r></w:p>'
        + '<w:p><w:r><w:drawing><chart id="r3"/></w:drawing></w:r></w:p>'
    )
    points = '<pt idx="0"><v>{}</v></pt><pt idx="1"><v>{}</v></pt>'
    chart = (
        "<chartSpace><chart><title><tx><rich><p><t>Money</t></p></rich></tx></title><plotArea>"
        f"<ser><tx><strRef><pt idx='0'><v>Income</v></pt></strRef></tx>"
        f"<cat>{points.format(2019, 2020)}</cat><val>{points.format(5, 6)}</val></ser>"
        "</plotArea></chart></chartSpace>"
    )
    diagram = (
        '<d><pt type="pres"><t>no</t></pt><pt><p><t>Dig</t></p></pt><pt><p><t>Fill</t></p></pt></d>'
    )
    relations = {
        "r1": ("chart", "charts/chart1.xml"),
        "r2": ("diagramData", "diagrams/data1.xml"),
        "r3": ("chart", "charts/none.xml"),
    }
    data = with_related(
        body,
        relations,
        **{"word/charts/chart1.xml": chart, "word/diagrams/data1.xml": diagram},
    )
    extracted = extract_docx(data, LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    assert extracted.text == (
        "Before.\n\nMoney\n\n|  | Income |\n| 2019 | 5 |\n| 2020 | 6 |\n\n- Dig\n- Fill"
    )
    assert extracted.warnings == ("a chart could not be read and was left out",)


def test_documents_in_the_document_are_read():
    relations = {
        "r1": ("aFChunk", "a.html"),
        "r2": ("aFChunk", "b.docx"),
        "r3": ("aFChunk", "c.mht"),
    }
    body = "".join(f'<w:altChunk id="{identity}"/>' for identity in (*relations, "r4"))
    data = with_related(
        word_paragraph("Before.") + body,
        relations,
        **{
            "word/a.html": "<h2>Rent</h2><ul><li>one<li>two</ul>",
            "word/b.docx": make_docx(word_paragraph("Inside.")),
            "word/c.mht": "x",
        },
    )
    extracted = extract_docx(data, LIMIT)
    assert extracted.text == "Before.\n\n## Rent\n\n- one\n- two\n\nInside."
    assert extracted.warnings == (
        "the document c.mht that lies in it was left out",
        "a document that lies in it could not be found and was left out",
    )


def test_what_a_document_in_the_document_leaves_out_is_named_once():
    inside = make_docx("<w:p>" + struck("Old.") + "<w:r><w:t>New.</w:t></w:r></w:p>")
    body = word_paragraph("Before.") + '<w:altChunk id="r1"/>' + f"<w:p>{struck('Gone.')}</w:p>"
    extracted = extract_docx(
        with_related(body, {"r1": ("aFChunk", "b.docx")}, **{"word/b.docx": inside}), LIMIT
    )
    assert extracted.text == "Before.\n\nNew."
    assert extracted.warnings == ("struck-through text left out",)


def test_title_is_that_of_the_text():
    core = "<cp><title>The vault</title></cp>"
    whole = {"docProps/core.xml": core}
    stale = extract_docx(with_related(word_paragraph("Other."), {}, **whole), LIMIT)
    shown = extract_docx(with_related(word_paragraph("About the vault."), {}, **whole), LIMIT)
    assert (stale.title, shown.title) == ("", "The vault")
    assert read(word_paragraph("Report", styled("T")), styles=STYLES).title == "Report"


def test_old_form_fields_show_whether_they_are_ticked():
    box = "<w:fldChar><w:ffData><w:checkBox>{}</w:checkBox></w:ffData></w:fldChar>"
    ticked = box.format("<w:checked/>")
    body = (
        f"<w:p><w:r>{ticked}<w:t> yes </w:t></w:r><w:r>{box.format('')}<w:t> no</w:t></w:r></w:p>"
    )
    assert text_of(body) == "☒ yes ☐ no"


def test_names_of_parts_with_backslashes_are_found():
    with zipfile.ZipFile(BytesIO(make_docx(word_paragraph("Text.")))) as archive:
        parts = {name.replace("/", "\\"): archive.read(name) for name in archive.namelist()}
    assert extract_docx(make_zip(parts), LIMIT).text == "Text."


def test_a_long_chain_of_notes_ends():
    count = 1_500
    notes = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:r><w:t>n</w:t>'
        f'<w:footnoteReference w:id="{number + 1}"/></w:r></w:p></w:footnote>'
        for number in range(count)
    )
    body = '<w:p><w:r><w:t>x</w:t><w:footnoteReference w:id="0"/></w:r></w:p>'
    assert text_of(body, footnotes=notes).endswith(f"Footnote {count}: n")


def test_a_document_made_by_a_program():
    document = docx.Document()
    document.add_heading("Plan", 0)
    document.add_heading("Costs", 1)
    document.add_paragraph("Buy wood", "List Number")
    document.add_paragraph("Build", "List Number")
    document.add_paragraph("Note", "List Bullet")
    table = document.add_table(2, 2)
    for place, text in enumerate(["Item", "Euros", "Roof", "4,500"]):
        table.cell(place // 2, place % 2).text = text
    document.core_properties.title = "Plan"
    data = BytesIO()
    document.save(data)
    extracted = extract_docx(data.getvalue(), 10 * LIMIT)  # its styles alone are 350 KB
    assert extracted.text == (
        "# Plan\n\n# Costs\n\n1. Buy wood\n2. Build\n- Note\n\n| Item | Euros |\n| Roof | 4,500 |"
    )
    assert extracted.title == "Plan"


def test_a_plain_first_row_of_few_words_above_many_names_the_columns():
    tasks = ["Write to the builder", "Josie", "20 May"], ["Order the washer", "Stan", "end of May"]
    for rows, first in (([["What", "Who", "By"], *tasks], True), (tasks, False)):
        (table,) = read(word_table(*rows)).blocks
        assert [row.header for row in table.children] == [first] + [False] * (len(rows) - 1)
