"""Presentations: slides as pages, and what stands on them in the order in which it is read."""

import re
import zipfile
from io import BytesIO

import pytest
from outline import check_blocks
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from processor_limit import processor_limit
from sample_files import make_zip

from rag.documents.formats.pptx import extract_pptx

LIMIT = 5_000_000
TITLE, LIST, TITLE_ONLY, BLANK = 0, 1, 5, 6
A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def new():
    return Presentation()


def slide_of(presentation, layout=TITLE_ONLY, title=""):
    slide = presentation.slides.add_slide(presentation.slide_layouts[layout])
    if title:
        slide.shapes.title.text = title
    return slide


def saved(presentation):
    data = BytesIO()
    presentation.save(data)
    return data.getvalue()


def read(presentation):
    extracted = extract_pptx(saved(presentation), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    return extracted


def box(slide, text, left, top, shapes=None):
    shape = (shapes or slide.shapes).add_textbox(Inches(left), Inches(top), 100, 100)
    shape.text_frame.text = text
    return shape


def refusal_of(data, limit=LIMIT):
    with pytest.raises(ValueError) as raised:
        extract_pptx(data, limit)
    return str(raised.value)


def test_a_slide_is_a_page_with_a_heading_and_a_list():
    presentation = new()
    first = slide_of(presentation, TITLE, "Harbour plan")
    first.placeholders[1].text = "By Anna Kern"
    second = slide_of(presentation, LIST, "Steps")
    frame = second.placeholders[1].text_frame
    frame.text = "Dig the basin"
    for text, level in (("Use 3 boats", 1), ("Fill it", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    extracted = read(presentation)
    assert extracted.text == (
        "# Harbour plan\n\nBy Anna Kern\n\n## Steps\n\n- Dig the basin\n  - Use 3 boats\n- Fill it"
    )
    assert extracted.page_starts == (0, extracted.text.index("## Steps"))
    assert extracted.title == "Harbour plan"


def test_numbered_paragraphs_have_their_numbers():
    presentation = new()
    frame = slide_of(presentation, LIST, "Steps").placeholders[1].text_frame
    frame.text = "one"
    for text in ("two", "plain", "three"):
        frame.add_paragraph().text = text
    kinds = (
        '<a:buAutoNum xmlns:a="{}" type="romanLcParenR" startAt="3"/>',
        "<a:buNone xmlns:a='{}'/>",
    )
    for paragraph, kind in zip(frame.paragraphs, (0, 0, 1, 0), strict=True):
        paragraph._p.get_or_add_pPr().append(parsed(kinds[kind].format(A)))
    assert read(presentation).text == ("## Steps\n\niii) one\niv) two\n\nplain\n\niii) three")


def parsed(markup):
    import lxml.etree

    return lxml.etree.fromstring(markup)


def test_shapes_are_read_by_their_places_and_groups_together():
    presentation = new()
    slide = slide_of(presentation, BLANK)
    box(slide, "bottom", 0, 5)
    box(slide, "right", 5, 1)
    box(slide, "left", 0, 1.05)
    group = slide.shapes.add_group_shape()
    box(slide, "in the group, below", 0, 3, group.shapes)
    box(slide, "in the group, above", 0, 2, group.shapes)
    assert read(presentation).text.split("\n\n") == [
        "left",
        "right",
        "in the group, above",
        "in the group, below",
        "bottom",
    ]


COMPARISON = 4


def grid(slide, *boxes):
    """Add text boxes as (text, left, top, width, height) in inches."""
    for text, left, top, width, height in boxes:
        shape = slide.shapes.add_textbox(*map(Inches, (left, top, width, height)))
        shape.text_frame.text = text


def test_the_two_sides_of_a_comparison_are_read_one_after_the_other():
    presentation = new()
    slide = slide_of(presentation, COMPARISON, "Plans")
    for place, text in enumerate(("Basic", "5 users\n10 GB", "Pro", "50 users"), 1):
        slide.placeholders[place].text = text
    assert read(presentation).text == (
        "## Plans\n\nBasic\n\n- 5 users\n- 10 GB\n\nPro\n\n- 50 users"
    )


@pytest.mark.parametrize(
    ("boxes", "order"),
    [
        pytest.param(
            [(name, 1 + 2.5 * place, 2, 2, 0.5) for place, name in enumerate("ABC")]
            + [(name, 1 + 2.5 * place, 2.6, 2, 0.5) for place, name in enumerate("abc")]
            + [("All of them work here.", 1, 1, 7, 0.5), ("Since 2019.", 1, 4, 7, 0.5)],
            "All of them work here. A a B b C c Since 2019.",
            id="cards, closer to what is below them than to each other",
        ),
        pytest.param(
            [
                (name, 1 + 4 * (place % 2), 1 + 3 * (place // 2), 4, 0.4)
                for place, name in enumerate("SWOT")
            ]
            + [
                (name, 1 + 4 * (place % 2), 1.6 + 3 * (place // 2), 4, 2)
                for place, name in enumerate("swot")
            ],
            "S s W w O o T t",
            id="quadrants, headings less high than their texts",
        ),
        pytest.param(
            [("Founded", 1, 1, 2, 0.5), ("1987", 4, 1.2, 2, 0.5)]
            + [("Staff", 1, 1.6, 2, 0.5), ("1,200", 4, 1.8, 2, 0.5)],
            "Founded 1987 Staff 1,200",
            id="a column of numbers",
        ),
        pytest.param(
            [("42%", 1, 1, 2, 1), ("leave", 1, 2, 2, 1), ("17", 4, 1, 2, 1), ("stay", 4, 2, 2, 1)],
            "42% leave 17 stay",
            id="a row of numbers",
        ),
        pytest.param(
            [("Plan", 1, 1, 1, 0.5), ("Basic", 4, 1, 1, 0.5), ("Pro", 7, 1, 1, 0.5)]
            + [("Price", 1, 1.5, 1, 0.5), ("5", 4, 1.5, 1, 0.5), ("9", 7, 1.5, 1, 0.5)]
            + [("Users", 1, 2, 1, 0.5), ("10", 4, 2, 1, 0.5), ("50", 7, 2, 1, 0.5)],
            "Plan Basic Pro Price 5 9 Users 10 50",
            id="a table of boxes",
        ),
        pytest.param(
            [(str(2019 + place), 1 + 2 * place, 3, 1.5, 0.5) for place in range(4)]
            + [("begun", 1, 2, 1.5, 0.5), ("moved", 3, 4, 1.5, 0.5)]
            + [("split", 5, 2, 1.5, 0.5), ("sold", 7, 4, 1.5, 0.5)],
            "begun 2019 2020 moved split 2021 2022 sold",
            id="years, with what happened above and below them",
        ),
        pytest.param(
            [("Owner", 1, 1, 1, 0.5), ("Anna Kern", 3, 1, 6, 0.5)]
            + [("Place", 1, 1.5, 1, 0.5), ("Kiel", 3, 1.5, 6, 0.5)],
            "Owner Anna Kern Place Kiel",
            id="narrow names beside what they name",
        ),
        pytest.param(
            [("a", 1, 1, 3, 1), ("b", 1, 2.2, 3, 2), ("c", 5, 1, 3, 2), ("d", 5, 3.1, 3, 1)],
            "a b c d",
            id="columns without common rows",
        ),
        pytest.param(
            [
                (name, 1 + 3 * (place % 2), 1 + 2 * (place // 2), 2.5, 1.5)
                for place, name in enumerate("abcd")
            ],
            "a b c d",
            id="a grid of boxes as far from each other both ways",
        ),
    ],
)
def test_boxes_are_read_by_columns_or_by_rows_as_they_are_set(boxes, order):
    presentation = new()
    grid(slide_of(presentation, BLANK), *boxes)
    assert read(presentation).text.replace("\n\n", " ") == order


@pytest.mark.parametrize(
    ("bold", "apart", "order"),
    [("ab", 0.2, "a c e b d f"), ("ace", 2, "a b c d e f")],
    ids=["row", "column"],
)
def test_boxes_that_look_otherwise_head_those_below_or_beside_them(bold, apart, order):
    presentation = new()
    slide = slide_of(presentation, BLANK)
    for number, text in enumerate("abcdef"):
        grid(slide, (text, 1 + number % 2 * (2 + apart), 1 + number // 2 * 0.7, 2, 0.5))
    for shape in slide.shapes:
        shape.text_frame.paragraphs[0].runs[0].font.bold = shape.text_frame.text in bold
    assert read(presentation).text.replace("\n\n", " ") == order


def test_a_name_on_its_side_takes_the_place_that_is_seen():
    presentation = new()
    slide = slide_of(presentation, BLANK)
    grid(slide, ("Staff", -1, 2.5, 4, 0.5), ("Anna", 2, 1, 3, 1), ("Bert", 2, 3, 3, 1))
    slide.shapes[0].rotation = 270
    assert read(presentation).text == "Staff\n\nAnna\n\nBert"


def test_more_boxes_than_anyone_reads_take_no_time():
    presentation = new()
    slide = slide_of(presentation, BLANK)
    for place in range(600):
        box(slide, str(place), place % 2 * 5, place / 200)
    with processor_limit(5):
        assert read(presentation).text.startswith("0\n\n1\n\n2")


def test_shapes_that_are_hidden_or_beside_the_slide_are_named_but_not_read():
    presentation = new()
    slide = slide_of(presentation, TITLE_ONLY, "One")
    grid(slide, ("old", 1, 3, 2, 1), ("beside", -5, 3, 2, 1), ("seen", 1, 4, 2, 1))
    slide.shapes[1]._element.nvSpPr.cNvPr.set("hidden", "1")
    extracted = read(presentation)
    assert extracted.text == "## One\n\nseen"
    assert extracted.warnings == ("hidden or beside the slide, so not read: slide 1",)


def test_embedded_objects_are_named():
    presentation = new()
    slide = slide_of(presentation, TITLE_ONLY, "One")
    slide.shapes.add_ole_object(BytesIO(b"sheet"), "Excel.Sheet.12", 0, Inches(3))
    assert read(presentation).warnings == ("embedded objects left out: slide 1",)


def test_tables_name_their_columns_and_repeat_merged_cells():
    presentation = new()
    table = slide_of(presentation).shapes.add_table(4, 2, 0, 0, 100, 100).table
    for place, text in enumerate(["Item", "Euros", "Roof", "4,500", "", "1,200", "Door", "9"]):
        table.cell(place // 2, place % 2).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    extracted = read(presentation)
    assert extracted.text == "| Item | Euros |\n| Roof | 4,500 |\n| Roof | 1,200 |\n| Door | 9 |"
    rows = extracted.blocks[0].children
    assert [row.header for row in rows] == [True, False, False, False]
    assert rows[2].children[1].label == "Euros"


def test_charts_are_tables_and_notes_come_last():
    presentation = new()
    slide = slide_of(presentation, TITLE_ONLY, "Costs")
    data = CategoryChartData()
    data.categories = ["2019", "2020"]
    data.add_series("Income", (100, 200))
    data.add_series("Cost", (1.5, 90))
    chart = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, 0, Inches(5), 100, 100, data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Money by year"
    slide.notes_slide.notes_text_frame.text = "The fee is 750 euros.\nThank Tom."
    extracted = read(presentation)
    assert extracted.text == (
        "## Costs\n\nMoney by year\n\n|  | Income | Cost |\n| 2019 | 100 | 1.5 |\n"
        "| 2020 | 200 | 90 |\n\nNotes\n\nThe fee is 750 euros.\n\nThank Tom."
    )
    assert [block.kind for block in extracted.blocks] == [
        "heading",
        "caption",
        "table",
        "caption",
        "paragraph",
        "paragraph",
    ]


def test_hidden_slides_count_as_pages_but_are_not_read():
    presentation = new()
    for title in ("One", "Two", "Three"):
        slide_of(presentation, TITLE_ONLY, title)
    presentation.slides[1]._element.set("show", "0")
    extracted = read(presentation)
    assert extracted.text == "## One\n\n## Three"
    assert extracted.page_starts == (0, 8, 8)
    assert extracted.warnings == ("hidden and left out: slide 2; show it to read it",)


def test_a_slide_that_is_a_picture_is_named():
    presentation = new()
    slide_of(presentation, TITLE_ONLY, "One")
    slide_of(presentation, BLANK).shapes.add_picture(BytesIO(PICTURE), 0, 0)
    assert read(presentation).warnings == ("without text, so not read: slide 2",)


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c"
    "63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def test_raised_text_breaks_and_fields():
    presentation = new()
    shape = box(slide_of(presentation, BLANK), "10", 0, 0)
    paragraph = shape.text_frame.paragraphs[0]
    run = paragraph.add_run()
    run.text = "8"
    run.font._element.set("baseline", "30000")
    paragraph.add_line_break()
    paragraph.add_run().text = "metres"
    paragraph._p.append(parsed(f'<a:fld xmlns:a="{A}" type="slidenum"><a:t>7</a:t></a:fld>'))
    assert read(presentation).text == "10⁸\nmetres"


def test_a_date_in_a_text_is_shown_and_one_alone_is_not():
    presentation = new()
    slide = slide_of(presentation, BLANK)
    for text in ("Status of ", ""):
        paragraph = box(slide, text, 0, 1).text_frame.paragraphs[0]
        field = f'<a:fld xmlns:a="{A}" type="datetime1"><a:t>05/03/2024</a:t></a:fld>'
        paragraph._p.append(parsed(field))
    assert read(presentation).text == "Status of 05/03/2024"


def test_struck_through_text_is_named_but_not_read():
    presentation = new()
    paragraph = box(slide_of(presentation, BLANK), "It costs ", 0, 0).text_frame.paragraphs[0]
    for text in ("100 ", "80 euros"):
        paragraph.add_run().text = text
    paragraph.runs[1].font._element.set("strike", "sngStrike")
    extracted = read(presentation)
    assert extracted.text == "It costs 80 euros"
    assert extracted.warnings == ("struck-through text left out: slide 1",)


def test_a_list_begins_anew_where_a_paragraph_says_another_number():
    presentation = new()
    frame = slide_of(presentation, LIST).placeholders[1].text_frame
    frame.text = "one"
    for text in ("five", "six"):
        frame.add_paragraph().text = text
    for paragraph, start in zip(frame.paragraphs, (1, 5, 5), strict=True):
        kind = f'<a:buAutoNum xmlns:a="{A}" type="arabicPeriod" startAt="{start}"/>'
        paragraph._p.get_or_add_pPr().append(parsed(kind))
    assert read(presentation).text == "1. one\n5. five\n6. six"


def test_a_first_row_that_is_one_cell_is_the_title_of_its_table():
    presentation = new()
    table = slide_of(presentation).shapes.add_table(3, 2, 0, 0, 100, 100).table
    for place, text in enumerate(["Fees", "", "Item", "Euros", "Roof", "4,500"]):
        table.cell(place // 2, place % 2).text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    extracted = read(presentation)
    assert extracted.text == "Fees\n\n| Item | Euros |\n| Roof | 4,500 |"
    assert extracted.blocks[1].children[0].header


def test_shapes_among_alternatives_are_read_once():
    presentation = new()
    slide = slide_of(presentation, BLANK)
    shape = box(slide, "E=m", 0, 0)
    copy = parsed("<x:AlternateContent xmlns:x='mc'><x:Choice/><x:Fallback/></x:AlternateContent>")
    slide.shapes._spTree.append(copy)
    copy[0].append(shape._element)
    other = box(slide, "old", 0, 0)
    copy[1].append(other._element)
    assert read(presentation).text == "E=m"


def test_slide_numbers_and_dates_are_left_out():
    presentation = new()
    slide = slide_of(presentation, TITLE_ONLY, "One")
    shape = box(slide, "12 May", 0, 6)
    properties = shape._element.find("./*/{*}nvPr")
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    properties.append(parsed(f'<p:ph xmlns:p="{p}" type="dt"/>'))
    assert read(presentation).text == "## One"


def test_shows_are_read_as_presentations():
    presentation = new()
    slide_of(presentation, TITLE_ONLY, "One")
    parts = unpacked(saved(presentation))
    types = parts["[Content_Types].xml"].decode()
    parts["[Content_Types].xml"] = types.replace("presentation.main+xml", "slideshow.main+xml")
    assert extract_pptx(make_zip(parts), LIMIT).text == "## One"


def unpacked(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            "it has a password, or is in the old .ppt format; save it as .pptx without a password",
        ),
        (
            b"PK\x03\x04no zip",
            "it is damaged, or not a presentation (.pptx): it cannot be unpacked; save it again",
        ),
        (
            make_zip({"a.txt": "x"}),
            "it is damaged, or not a presentation (.pptx); save it again",
        ),
        (
            make_zip({"ppt/presentation.xml": '<p xmlns="http://purl.oclc.org/ooxml/p/main"/>'}),
            "it is saved as Strict Open XML; save it as a plain presentation (.pptx)",
        ),
    ],
)
def test_damaged_presentation_is_one_line(data, line):
    assert refusal_of(data) == line


def test_every_cut_and_wrong_byte_is_refused_or_read():
    presentation = new()
    slide_of(presentation, LIST, "One").placeholders[1].text = "Two"
    whole = saved(presentation)
    for place in range(0, len(whole), 397):
        for data in (whole[:place], whole[:place] + b"\xff" + whole[place + 1 :]):
            try:
                extract_pptx(data, LIMIT)
            except ValueError as error:
                assert "\n" not in str(error)


def test_a_slide_with_a_damaged_part_does_not_cost_the_others():
    presentation = new()
    for title in ("One", "Two"):
        slide_of(presentation, TITLE_ONLY, title)
    parts = unpacked(saved(presentation))
    parts["ppt/slides/slide1.xml"] = b"<x/>"
    extracted = extract_pptx(make_zip(parts), LIMIT)
    assert extracted.text == "## Two"
    assert extracted.warnings == ("slide 1 is damaged and was left out",)


def test_archive_that_unpacks_to_too_much_is_refused_before_it_is_opened():
    parts = unpacked(saved(new())) | {"ppt/media/image1.png": bytes(60_000_000)}
    assert refusal_of(make_zip(parts)).startswith("it unpacks to more; expected at most 25,000,000")


def test_entities_are_refused():
    parts = unpacked(saved(new()))
    parts["ppt/presentation.xml"] = (
        b'<!DOCTYPE p [<!ENTITY a "b">]>' + parts["ppt/presentation.xml"]
    )
    assert refusal_of(make_zip(parts)).startswith("ppt/presentation.xml declares a document type")


def test_thousands_of_slides_take_seconds():
    presentation = new()
    slide_of(presentation, LIST, "A slide").placeholders[1].text = "Text"
    data = repeated(unpacked(saved(presentation)), 2_000)
    with processor_limit(20):
        extracted = extract_pptx(data, 20_000_000)
    assert len(extracted.page_starts) == 2_000


def repeated(parts, times):
    """Return the presentation with its one slide many times."""
    slide = parts.pop("ppt/slides/slide1.xml")
    relations = parts.pop("ppt/slides/_rels/slide1.xml.rels")
    for name, pattern in (
        ("[Content_Types].xml", r'<Override PartName="/ppt/slides/slide1.xml"[^>]*/>'),
        ("ppt/_rels/presentation.xml.rels", r'<Relationship [^>]*slides/slide1.xml"[^>]*/>'),
        ("ppt/presentation.xml", r"<p:sldId [^>]*/>"),
    ):
        text = parts[name].decode()
        entry = re.search(pattern, text)[0]
        entries = (
            re.sub(r'Id="rId\d+"', f'Id="s{n}"', entry).replace("slide1.xml", f"slide{n}.xml")
            for n in range(1, times + 1)
        )
        if "sldId" in entry:
            entries = (f'<p:sldId id="{255 + n}" r:id="s{n}"/>' for n in range(1, times + 1))
        parts[name] = text.replace(entry, "".join(entries))
    for n in range(1, times + 1):
        parts[f"ppt/slides/slide{n}.xml"] = slide
        parts[f"ppt/slides/_rels/slide{n}.xml.rels"] = relations
    return make_zip(parts)
