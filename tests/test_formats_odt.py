"""OpenDocument texts: headings, lists with their numbers, tables, notes, and nothing unseen."""

from io import BytesIO

import odfdo
import pytest
from outline import check_blocks
from sample_files import make_zip

from rag.documents.formats.odt import extract_odt

LIMIT = 200_000
_PREFIXES = {"draw": "drawing", "svg": "svg-compatible"}
NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{_PREFIXES.get(prefix, prefix)}:1.0"'
    for prefix in ("office", "text", "table", "style", "draw", "svg", "chart")
)
LISTS = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2" '
    'style:num-format="a" style:num-prefix="(" style:num-suffix=")"/></text:list-style>'
    '<text:list-style style:name="B"><text:list-level-style-bullet text:level="1"/>'
    "</text:list-style>"
)
OUTLINE = (
    '<text:outline-style style:name="O"><text:outline-level-style text:level="1" '
    'style:num-format="1" style:num-suffix="."/><text:outline-level-style text:level="2" '
    'style:num-format="1" text:display-levels="2"/></text:outline-style>'
)


def make_odt(body, automatic="", styles="", **parts):
    return make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {NAMES}><office:automatic-styles>{automatic}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {NAMES}><office:styles>{styles}"
            "</office:styles></office:document-styles>",
            **parts,
        }
    )


def read(body, automatic="", styles="", **parts):
    extracted = extract_odt(make_odt(body, automatic, styles, **parts), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    return extracted


def p(text, style="S"):
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def items(*contents):
    return "".join(f"<text:list-item>{content}</text:list-item>" for content in contents)


def refusal_of(data):
    with pytest.raises(ValueError) as raised:
        extract_odt(data, LIMIT)
    return str(raised.value)


def test_headings_have_their_numbers_and_the_title_none():
    styles = OUTLINE + (
        '<style:style style:name="Title" style:family="paragraph"/>'
        '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    )
    body = (
        p("The vault", "P1")
        + '<text:h text:outline-level="1">Rent</text:h><text:h text:outline-level="2">Deposit'
        '</text:h><text:h text:outline-level="1">Keys</text:h>'
    )
    extracted = read(body, styles=styles)
    assert extracted.text == "# The vault\n\n# 1. Rent\n\n## 1.1 Deposit\n\n# 2. Keys"
    assert extracted.title == "The vault"
    assert read(body).text == "The vault\n\n# Rent\n\n## Deposit\n\n# Keys"


def test_lists_have_their_numbers():
    inner = f"<text:list>{items(p('in'), p('and in'))}</text:list>"
    goes_on = 'text:continue-numbering="true"'
    body = (
        f'<text:list text:style-name="L">{items(p("one") + p("more") + inner, p("two"))}'
        f"</text:list>{p('Between.')}"
        f'<text:list text:style-name="L" {goes_on}>{items(p("three"))}</text:list>{p("Apart.")}'
        f'<text:list text:style-name="L"><text:list-item text:start-value="7">{p("seven")}'
        f"</text:list-item>{items(p('eight'))}</text:list>"
        f'<text:list text:style-name="B">{items(p("dot"))}</text:list>'
    )
    extracted = read(body, LISTS)
    assert extracted.text == (
        "1. one\nmore\n  (a) in\n  (b) and in\n2. two\n\nBetween.\n\n3. three\n\nApart.\n\n"
        "7. seven\n8. eight\n\n- dot"
    )
    outer = extracted.blocks[0]
    assert [item.label for item in outer.children] == ["1.", "2."]
    assert [item.label for item in outer.children[0].children[0].children] == ["(a)", "(b)"]


def cell(text, more=""):
    return f"<table:table-cell {more}>{p(text)}</table:table-cell>"


def test_tables_repeat_what_spans_rows_and_columns():
    body = (
        "<table:table><table:table-header-rows><table:table-row>"
        + cell("Name")
        + cell("Contact", 'table:number-columns-spanned="2"')
        + "<table:covered-table-cell/></table:table-row></table:table-header-rows>"
        + "<table:table-row>"
        + cell("Anna", 'table:number-rows-spanned="2"')
        + cell("Phone")
        + cell("111")
        + "</table:table-row><table:table-row><table:covered-table-cell/>"
        + cell("Mail")
        + f"<table:table-cell>{p('a@b.org')}{p('old')}</table:table-cell></table:table-row>"
        + "</table:table>"
    )
    extracted = read(body)
    assert extracted.text == (
        "| Name | Contact | Contact |\n| Anna | Phone | 111 |\n| Anna | Mail | a@b.org / old |"
    )
    assert [row.header for row in extracted.blocks[0].children] == [True, False, False]
    assert extracted.blocks[0].children[2].children[2].label == "Contact"


def test_cell_over_the_first_columns_of_a_body_is_no_value_of_each():
    over = 'table:number-columns-spanned="2"'
    rows = [
        cell("Item", over) + "<table:covered-table-cell/>" + cell("Total"),
        cell("Seal") + cell("KS-1") + cell("9.00"),
        cell("Delivery", over) + "<table:covered-table-cell/>" + cell("6.95"),
    ]
    shown = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    assert read(f"<table:table>{shown}</table:table>").text == (
        "| Item | Item | Total |\n| Seal | KS-1 | 9.00 |\n| Delivery |  | 6.95 |"
    )


def test_rows_and_cells_repeated_a_million_times_are_bounded():
    row = (
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="1000000"/></table:table-row>'
    )
    assert read(f"<table:table>{row}</table:table>{p('Text.')}").text == "Text."
    full = row.replace("/></table", f">{p('x')}</table:table-cell></table")
    assert "bytes of text; expected at most" in refusal_of(
        make_odt(f"<table:table>{full}</table:table>")
    )


def test_notes_boxes_and_formulas():
    note = (
        '<text:note text:note-class="{}"><text:note-citation>1</text:note-citation>'
        "<text:note-body>{}</text:note-body></text:note>"
    )
    body = p(
        f"It costs 5{note.format('footnote', p('By Tom.'))} euros"
        f"{note.format('endnote', p('In 1932.'))}."
        f"<draw:frame><draw:text-box>{p('In the box.')}</draw:text-box></draw:frame> "
        '<draw:frame><draw:object href="./Object 1"/></draw:frame>'
    )
    formula = (
        "<math><semantics><mrow><mi>E</mi></mrow>"
        '<annotation encoding="StarMath 5.0">E = m c^2</annotation></semantics></math>'
    )
    extracted = read(body, **{"Object 1/content.xml": formula})
    assert extracted.text == (
        "It costs 5 euros. E = m c^2\n\nIn the box.\n\nFootnote 1: By Tom.\n\nEndnote 1: In 1932."
    )


def test_charts_are_tables():
    body = p('<draw:frame><draw:object href="Object 1"/></draw:frame>')
    chart = (
        f"<office:document-content {NAMES}><chart:chart><chart:title>{p('Money')}</chart:title>"
        f"<table:table><table:table-row>{cell('Year')}{cell('Euros')}</table:table-row>"
        f"<table:table-row>{cell('a')}{cell('5')}</table:table-row></table:table></chart:chart>"
        "</office:document-content>"
    )
    extracted = read(body, **{"Object 1/content.xml": chart})
    assert extracted.text == "Money\n\n| Year | Euros |\n| a | 5 |"
    assert extracted.blocks[1].children[0].header


def test_axes_of_charts_name_the_units():
    axis = '<chart:axis chart:dimension="{}"><chart:title>{}</chart:title></chart:axis>'
    chart = (
        f"<office:document-content {NAMES}><chart:chart><chart:plot-area>"
        f"{axis.format('x', p('Year'))}{axis.format('y', p('EUR million'))}</chart:plot-area>"
        f"<table:table><table:table-header-rows>{row('', 'North')}</table:table-header-rows>"
        f"{row('2022', '5')}</table:table></chart:chart></office:document-content>"
    )
    body = p('<draw:frame><draw:object href="Object 1"/></draw:frame>')
    extracted = read(body, **{"Object 1/content.xml": chart})
    assert extracted.text == "| Year | North (EUR million) |\n| 2022 | 5 |"


def row(*texts, style="S"):
    cells = "".join(f"<table:table-cell>{p(text, style)}</table:table-cell>" for text in texts)
    return f"<table:table-row>{cells}</table:table-row>"


BOLD = (
    '<style:style style:name="{}" style:family="{}"><style:text-properties '
    'fo:font-weight="bold" xmlns:fo="fo"/></style:style>'
)


def test_the_first_rows_name_the_columns_where_they_alone_are_bold():
    automatic = BOLD.format("Bold", "paragraph") + BOLD.format("B", "text")
    span = '<text:span text:style-name="B">{}</text:span>'
    people = row("Anna", "chair") + row("Bert", "clerk")

    def headers(rows):
        table = read(f"<table:table>{rows}</table:table>", automatic).blocks[0]
        return [block.header for block in table.children]

    assert headers(row("Name", "Role", style="Bold") + people) == [True, False, False]
    assert headers(row(span.format("Name"), span.format("Role")) + people) == [True, False, False]
    assert headers(row("Name", span.format("Role")) + people) == [False] * 3
    assert headers(row("Dora", "cook") + people) == [False] * 3
    names = row("Person", "Work", style="Bold") + row("Name", "Role", style="Bold")
    assert headers(names + people) == [True, True, False, False]


def test_a_plain_first_row_of_few_words_above_many_names_the_columns():
    def headers(*rows):
        table = read(f"<table:table>{''.join(row(*cells) for cells in rows)}</table:table>")
        return [block.header for block in table.blocks[0].children]

    tasks = [
        ["Write to the builder", "Josie", "20 May"],
        ["Order the washer", "Stan", "end of May"],
    ]
    tasks += [["Book the hall", "Dev", "3 June"], ["Mend the gate", "Kofi", "4 June"]]
    assert headers(["What", "Who", "By"], *tasks) == [True] + [False] * 4
    assert headers(*tasks) == [False] * 4
    assert headers(
        ["Paint", "Josie", "soon"], ["Gate", "Stan", "never"], ["Hall", "Dev", "now"]
    ) == ([False] * 3)
    pairs = [
        ["Landlord", "Mr Achterberg, 3 The Paddocks"],
        ["Agent", "Kessler and Boyd, Market Row"],
    ]
    assert headers(*pairs, ["Tenant", "Miss Ioana Petrescu"]) == [False] * 3


def test_a_first_row_that_is_one_cell_is_the_title_of_its_table():
    title = cell("Fees", 'table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
    rows = f"<table:table-row>{title}</table:table-row>{row('Item', 'Euros')}{row('Roof', '45')}"
    extracted = read(f"<table:table>{rows}</table:table>")
    assert extracted.text == "Fees\n\n| Item | Euros |\n| Roof | 45 |"
    assert extracted.blocks[1].children[0].header


def test_formulas_stand_in_their_places():
    body = p('The force <draw:frame><draw:object href="Object 1"/></draw:frame> is in newtons.')
    extracted = read(body, **{"Object 1/content.xml": "<math><mi>F</mi></math>"})
    assert extracted.text == "The force F is in newtons."


def test_texts_of_shapes_stand_apart():
    shape = "<draw:custom-shape>{}</draw:custom-shape>"
    body = p(f"{shape.format(p('Pump') + p('12 bar'))}The plant has one.")
    body += p(f"<draw:g>{shape.format(p('Start'))}{shape.format(p('End'))}</draw:g>")
    body += f"<draw:rect>{p('In a rectangle')}</draw:rect>"
    assert read(body).text.split("\n\n") == [
        "The plant has one.",
        "Pump",
        "12 bar",
        "Start",
        "End",
        "In a rectangle",
    ]


def test_paragraphs_with_numbers_of_their_own_are_items():
    paragraph = (
        '<text:numbered-paragraph text:style-name="L" text:level="{}">{}</text:numbered-paragraph>'
    )
    body = paragraph.format(1, f"<text:number>7.</text:number>{p('seven')}")
    body += paragraph.format(2, p("below"))
    assert read(body, LISTS).text == "7. seven\n  (a) below"


def test_headings_begin_anew_where_they_say_so():
    heading = '<text:h text:outline-level="1" {}>{}</text:h>'
    restart = 'text:restart-numbering="true" text:start-value="10"'
    body = heading.format("", "One") + heading.format(restart, "Ten") + heading.format("", "More")
    assert read(body, styles=OUTLINE).text == "# 1. One\n\n# 10. Ten\n\n# 11. More"


def test_hidden_fields_paragraphs_and_sections_are_left_out():
    body = (
        p('<text:hidden-paragraph text:is-hidden="true"/>hidden')
        + p('<text:hidden-paragraph text:is-hidden="false"/>One')
        + '<text:section text:display="condition" text:is-hidden="true">'
        + p("hidden")
        + '</text:section><text:section text:display="condition" text:is-hidden="false">'
        + p('two<text:variable-set text:display="none">hidden</text:variable-set>')
        + "</text:section>"
        + p('<text:hidden-text text:is-hidden="true">hidden</text:hidden-text>three')
        + p('<text:hidden-text text:is-hidden="false">four</text:hidden-text>')
    )
    assert read(body).text == "One\n\ntwo\n\nthree\n\nfour"


def test_struck_through_text_is_named_but_not_read():
    automatic = (
        '<style:style style:name="T" style:family="text"><style:text-properties '
        'style:text-line-through-style="solid"/></style:style>'
    )
    extracted = read(p('It costs <text:span text:style-name="T">100</text:span> 80.'), automatic)
    assert extracted.text == "It costs 80."
    assert extracted.warnings == ("struck-through text left out",)


def test_objects_that_are_not_read_are_named():
    for element in ('<draw:object-ole href="Object 1"/>', '<draw:object href="Object 1"/>'):
        extracted = read(p(f"See <draw:frame>{element}</draw:frame>here."))
        assert extracted.text == "See here."
        assert extracted.warnings == ("embedded objects left out",)


def test_notes_have_the_signs_that_they_were_given():
    note = (
        '<text:note text:note-class="footnote"><text:note-citation {}/><text:note-body>{}'
        "</text:note-body></text:note>"
    )
    star, plain = 'text:label="*"', ""
    body = p(f"A{note.format(star, p('By Tom.'))} b{note.format(plain, p('By Ann.'))}.")
    assert read(body).text == "A b.\n\nFootnote *: By Tom.\n\nFootnote 1: By Ann."


def test_flat_texts_are_read():
    flat = (
        f'<?xml version="1.0"?><office:document {NAMES}><office:meta><title>Plan</title>'
        f"</office:meta><office:automatic-styles>{LISTS}</office:automatic-styles><office:body>"
        f'<office:text><text:h text:outline-level="1">Plan</text:h>'
        f'<text:list text:style-name="L">{items(p("one"))}</text:list>'
        + p(
            "<draw:frame><draw:object><math><mi>F</mi></math></draw:object></draw:frame> holds"
            "<draw:frame><draw:image><office:binary-data>AAAA</office:binary-data></draw:image>"
            "</draw:frame>."
        )
        + "</office:text></office:body></office:document>"
    )
    extracted = extract_odt(flat.encode(), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    assert extracted.text == "# Plan\n\n1. one\n\nF holds."
    assert extracted.title == "Plan"


def test_white_space_scripts_and_breaks():
    automatic = (
        '<style:style style:name="T" style:family="text">'
        '<style:text-properties style:text-position="super 58%"/></style:style>'
        '<style:style style:name="U" style:family="text">'
        '<style:text-properties style:text-position="-33% 58%"/></style:style>'
    )
    body = p(
        '10<text:span text:style-name="T">6</text:span>  '
        'H<text:span text:style-name="U">2</text:span>'
        'O<text:s text:c="4"/>one\n two<text:line-break/>three<text:tab/>four'
    )
    assert read(body, automatic).text == "10⁶ H₂O one two\nthree four"


def test_what_is_not_shown_is_left_out():
    automatic = (
        '<style:style style:name="H" style:family="text">'
        '<style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="HP" style:family="paragraph">'
        '<style:text-properties text:display="none"/></style:style>'
    )
    body = (
        f"<text:tracked-changes><text:changed-region><text:deletion>{p('Deleted.')}"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        + p(
            'Shown<text:span text:style-name="H"> hidden</text:span>'
            f"<office:annotation>{p('a comment')}</office:annotation>."
            "<draw:frame><svg:title>picture</svg:title></draw:frame>"
            "<text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>kan</text:ruby-text>"
            "</text:ruby>"
        )
        + p("Hidden.", "HP")
        + f'<text:section text:display="none">{p("Hidden.")}</text:section>'
        + f"<text:section>{p('In a section.')}</text:section>"
        + f"<text:table-of-content><text:index-body>{p('Rent 3')}</text:index-body>"
        "</text:table-of-content>"
    )
    assert read(body, automatic).text == "Shown.漢\n\nIn a section."


def test_captions():
    styles = (
        '<style:style style:name="Caption" style:family="paragraph"/>'
        '<style:style style:name="Table" style:family="paragraph" '
        'style:parent-style-name="Caption"/>'
    )
    assert read(p("Table 1: fees", "Table"), styles=styles).blocks[0].kind == "caption"


def test_a_document_made_by_a_program():
    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, "Plan"))
    document.body.append(odfdo.Paragraph("It costs 500 euros."))
    document.body.append(odfdo.List(["wood", "stone"]))
    table = odfdo.Table("T")
    table.set_values([["Item", "Euros"], ["Roof", "4500"]])
    document.body.append(table)
    document.meta.title = "Plan"
    data = BytesIO()
    document.save(data)
    extracted = extract_odt(data.getvalue(), 10 * LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    assert extracted.text == (
        "# 1. Plan\n\nIt costs 500 euros.\n\n- wood\n- stone\n\n| Item | Euros |\n| Roof | 4500 |"
    )
    assert extracted.title == "Plan"


def test_damaged_styles_are_left_out_with_a_warning():
    data = make_odt(p("Text."), styles="<style:style")
    extracted = extract_odt(data, LIMIT)
    assert extracted.text == "Text."
    assert extracted.warnings[0].startswith("styles.xml was left out: it is damaged")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            b"PK\x03\x04no zip",
            "it is damaged, or not an OpenDocument text (.odt): it cannot be unpacked; "
            "save it again",
        ),
        (
            make_zip({"content.xml": "<a/>"}),
            "it is damaged, or not an OpenDocument text (.odt): it has no text; save it again",
        ),
        (
            make_zip({"META-INF/manifest.xml": "<m><encryption-data/></m>", "content.xml": "\x01"}),
            "it has a password; save it without",
        ),
        (
            make_zip({"content.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}),
            "content.xml declares a document type, where harmful entities could hide; "
            "save it again without",
        ),
    ],
)
def test_damaged_text_is_one_line(data, line):
    assert refusal_of(data) == line


def test_archive_that_unpacks_to_too_much_is_refused():
    bomb = make_odt(p("Text."), **{"meta.xml": "x" * 5_000_000})
    assert refusal_of(bomb).startswith("it unpacks to more; expected at most 1,000,000 bytes")


def test_every_cut_and_wrong_byte_is_refused_or_read():
    whole = make_odt(p("Text of a paragraph."))
    for place in range(0, len(whole), 11):
        for data in (whole[:place], whole[:place] + b"\xff" + whole[place + 1 :]):
            try:
                extract_odt(data, LIMIT)
            except ValueError as error:
                assert "\n" not in str(error)
