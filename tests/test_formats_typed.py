"""Headings and lists that were typed by hand into texts of word processors."""

from outline import outline
from sample_files import make_docx, word_paragraph, word_table
from test_formats_odt import LISTS, items, make_odt

from rag.documents.formats.docx import extract_docx
from rag.documents.formats.odt import extract_odt

LIMIT = 100_000
CLAUSE = "The Tenant shall pay on the first day of each month."
ODT_BOLD = (
    '<style:style style:name="B" style:family="paragraph"><style:text-properties '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'fo:font-weight="bold"/></style:style>'
)


def bold(text):
    runs = "<w:tab/>".join(f"<w:t>{part}</w:t>" for part in text.split("\t"))
    return f"<w:p><w:r><w:rPr><w:b/></w:rPr>{runs}</w:r></w:p>"


def plain(*texts):
    return "".join(word_paragraph(text.replace("\t", "</w:t><w:tab/><w:t>")) for text in texts)


def read(body, **parts):
    return extract_docx(make_docx(body, **parts), LIMIT)


def test_clauses_numbered_by_hand_are_headings_and_nested_items():
    body = (
        bold("TENANCY AGREEMENT")
        + plain("Flat B, 14 Harrow Lane")
        + bold("1.\tRENT")
        + plain(f"1.1\t{CLAUSE}", "1.2\tIt does not include:", "(a)\tgas;", "(b)\twater.")
        + plain(f"1.3\t{CLAUSE}")
        + bold("2.\tDEPOSIT")
        + plain(f"2.1\t{CLAUSE}")
        + bold("SCHEDULE")
        + word_table(["Hob", "Good"], ["Oven", "Worn"])
    )
    extracted = read(body)
    assert extracted.title == "TENANCY AGREEMENT"
    assert outline(extracted) == [
        "heading1 TENANCY AGREEMENT",
        "paragraph Flat B, 14 Harrow Lane",
        "heading2 1. RENT",
        "ordered list",
        f"  item [1.1] {CLAUSE}",
        "  item [1.2] It does not include:",
        "    ordered list <It does not include:>",
        "      item [(a)] gas;",
        "      item [(b)] water.",
        f"  item [1.3] {CLAUSE}",
        "heading2 2. DEPOSIT",
        "ordered list",
        f"  item [2.1] {CLAUSE}",
        "heading1 SCHEDULE",
        "table",
        "  row",
        "    cell Hob",
        "    cell Good",
        "  row",
        "    cell Oven",
        "    cell Worn",
    ]


def test_short_lines_in_bold_above_text_are_headings_below_those_with_styles():
    styles = '<w:style w:styleId="H"><w:name w:val="heading 1"/></w:style>'
    body = (
        word_paragraph("The roof", '<w:pStyle w:val="H"/>')
        + bold("Why now?")
        + plain(CLAUSE)
        + bold("This notice replaces the one of May.")
        + plain("It is longer.")
        + bold("Maureen Tilley")
        + plain("Chair")
    )
    assert outline(read(body, styles=styles)) == [
        "heading1 The roof",
        "heading2 Why now?",
        f"paragraph {CLAUSE}",
        "paragraph This notice replaces the one of May.",
        "paragraph It is longer.",
        "paragraph Maureen Tilley",
        "paragraph Chair",
    ]


def test_numbers_in_mere_bold_are_as_high_as_those_of_a_heading_with_a_style():
    styles = '<w:style w:styleId="H"><w:name w:val="heading 2"/></w:style>'
    styled = word_paragraph("1. Animals", '<w:pStyle w:val="H"/>')
    body = styled + plain(CLAUSE) + bold("2. Sheds") + plain(CLAUSE) + bold("3. Water")
    assert outline(read(body + plain(CLAUSE), styles=styles))[::2] == [
        "heading2 1. Animals",
        "heading2 2. Sheds",
        "heading2 3. Water",
    ]


def test_bold_that_is_only_part_of_a_line_or_most_of_the_text_makes_no_heading():
    bats = bold("Bats").replace("</w:p>", "<w:r><w:t> may live there</w:t></w:r></w:p>")
    assert outline(read(bats + plain("If so, work stops."))) == [
        "paragraph Bats may live there",
        "paragraph If so, work stops.",
    ]
    assert outline(read(bold("All of it") + bold(CLAUSE) + plain("It ends.")))[0] == (
        "paragraph All of it"
    )


def test_short_numbered_lines_above_text_are_headings_without_bold_too():
    texts = ["1. Minutes", "They were agreed.", "2. Money", CLAUSE, "a) tiles", "b) gutter"]
    assert outline(read(plain(*texts))) == [
        "heading1 1. Minutes",
        "paragraph They were agreed.",
        "heading1 2. Money",
        f"paragraph {CLAUSE}",
        "ordered list",
        "  item [a)] tiles",
        "  item [b)] gutter",
    ]


def test_numbered_lists_in_bold_are_lists():
    body = bold("1. Minutes") + bold("2. Money") + bold("3. Roof") + plain(CLAUSE, CLAUSE)
    assert outline(read(body))[:4] == [
        "ordered list",
        "  item [1.] Minutes",
        "  item [2.] Money",
        "  item [3.] Roof",
    ]


def test_marks_without_neighbours_and_single_bullets_are_words():
    texts = ["12. Juni 2024", "* Prices without tax", CLAUSE, "1984.\tA novel"]
    assert outline(read(plain(*texts))) == [
        "paragraph 12. Juni 2024",
        "paragraph * Prices without tax",
        f"paragraph {CLAUSE}",
        "paragraph 1984. A novel",
    ]


def test_roman_numbers_are_told_from_letters_by_what_is_open():
    texts = ["(a) one:", "(i) two", "(ii) three", "(b) four", "(c) five", "(h) six", "(j) seven"]
    assert outline(read(plain(*texts)))[:5] == [
        "ordered list",
        "  item [(a)] one:",
        "    ordered list <one:>",
        "      item [(i)] two",
        "      item [(ii)] three",
    ]


def test_lists_of_the_program_lie_in_the_typed_item_that_leads_them_in():
    numbering = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    listed = word_paragraph("gas", numbering) + word_paragraph("water", numbering)
    body = plain("1. Not included:") + listed + plain("2. Included.") + listed
    assert outline(read(body)) == [
        "ordered list",
        "  item [1.] Not included:",
        "    list <Not included:>",
        "      item [-] gas",
        "      item [-] water",
        "  item [2.] Included.",
        "list",
        "  item [-] gas",
        "  item [-] water",
    ]


def test_text_boxes_have_no_headings_that_the_text_around_them_would_lie_under():
    box = f"<w:txbxContent>{bold('SMELL GAS?')}{plain('Ring us at once.')}</w:txbxContent>"
    body = f"<w:p><w:r><w:t>Beside.</w:t><w:drawing>{box}</w:drawing></w:r></w:p>"
    assert outline(read(body)) == [
        "paragraph Beside.",
        "paragraph SMELL GAS?",
        "paragraph Ring us at once.",
    ]


def test_open_document_texts_are_read_so_too():
    lines = [("1. Rent", "B"), (f"1.1 {CLAUSE}", "S"), ("1.2 Not included:", "S")]
    body = "".join(f'<text:p text:style-name="{style}">{text}</text:p>' for text, style in lines)
    body += f'<text:list text:style-name="B">{items("<text:p>gas</text:p>")}</text:list>'
    body += '<text:p text:style-name="B">2. Deposit</text:p><text:p>2.1 None is due.</text:p>'
    assert outline(extract_odt(make_odt(body, LISTS + ODT_BOLD), LIMIT)) == [
        "heading1 1. Rent",
        "ordered list",
        f"  item [1.1] {CLAUSE}",
        "  item [1.2] Not included:",
        "    list <Not included:>",
        "      item [-] gas",
        "heading1 2. Deposit",
        "ordered list",
        "  item [2.1] None is due.",
    ]
