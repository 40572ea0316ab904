"""RTF: paragraphs, items and tables of what striprtf gives, and no hours for hostile files."""

from contextlib import suppress

import pytest
from outline import check_blocks, outline
from processor_limit import assert_ends

from rag.documents.formats.rtf import extract_rtf

LIMIT = 1_000_000
FONTS = r"{\fonttbl{\f0\fcharset0 Calibri;}{\f1\fnil\fcharset204 Arial;}}"


def read(content, limit=LIMIT):
    extracted = extract_rtf(rf"{{\rtf1\ansi\ansicpg1252\deff0{FONTS}{content}}}".encode(), limit)
    check_blocks(extracted.text, extracted.blocks)
    return extracted


def text_of(content):
    return read(content).text


def refusal_of(data, limit=LIMIT):
    with pytest.raises(ValueError) as raised:
        extract_rtf(data, limit)
    return str(raised.value)


def test_paragraphs_and_characters():
    content = (
        r"\pard Rent\par M\'fcller\rquote s caf\u233?\par {\f1 \'cf\'f0}\par"
        r"\u-10179?\u-8704? end\par"
    )
    assert text_of(content) == "Rent\n\nMüller’s café\n\nПр\n\n😀 end"


def test_raised_and_lowered_text():
    assert text_of(r"10{\super 6} H{\sub 2}O, 20\super th\nosupersub  century") == (
        "10⁶ H₂O, 20th century"
    )


def test_items_of_lists():
    content = (
        r"Do this:\par{\listtext 1.\tab}Dig\par{\listtext 2.\tab}Fill\par "
        r"Then\par{\listtext\'b7\tab}dot\par"
    )
    extracted = read(content)
    assert extracted.text == "Do this:\n\n1. Dig\n2. Fill\n\nThen\n\n- dot"
    assert [item.label for item in extracted.blocks[1].children] == ["1.", "2."]
    assert extracted.blocks[1].lead_in == (0, 8)


def test_items_nest_by_their_marks_and_lines_in_capitals_are_headings():
    content = (
        r"1.\tab RENT\par 1.1\tab It is paid on the first.\par 1.2\tab It includes:\par "
        r"(a)\tab gas;\par (b)\tab water.\par 2.\tab DEPOSIT\par 2.1\tab None is due.\par"
    )
    assert outline(read(content)) == [
        "heading1 1. RENT",
        "ordered list",
        "  item [1.1] It is paid on the first.",
        "  item [1.2] It includes:",
        "    ordered list <It includes:>",
        "      item [(a)] gas;",
        "      item [(b)] water.",
        "heading1 2. DEPOSIT",
        "ordered list",
        "  item [2.1] None is due.",
    ]


def test_tables_with_an_empty_line_between_them_are_two():
    row = r"\trowd\cellx1\cellx2\pard\intbl a\cell b\cell\row"
    assert len(read(row + r"\pard\par " + row).blocks) == 2


def test_tables_keep_the_paragraphs_of_a_cell_and_bars_in_it():
    row = r"\trowd\cellx1\cellx2\pard\intbl {}\cell {}\cell\row"
    content = (
        r"Before\par"
        + row.format("Name", "Fee | year")
        + row.format(r"Anna\par Kern", "500")
        + row.format("Tom", "600")
        + r"\pard After\par"
    )
    extracted = read(content)
    assert extracted.text == (
        "Before\n\n| Name | Fee | year |\n| Anna / Kern | 500 |\n| Tom | 600 |\n\nAfter"
    )
    rows = extracted.blocks[1].children
    assert [len(row.children) for row in rows] == [2, 2, 2]
    assert [row.header for row in rows] == [True, False, False]


def test_links_show_their_text_alone():
    link = r'{\field{\*\fldinst{HYPERLINK "http://example.org"}}{\fldrslt{the site}}}'
    assert text_of(f"See {link} now") == "See the site now"


def test_pictures_are_left_out_and_notes_named():
    content = rf"Text{{\pict\pngblip {'89504e47' * 50_000}}}{{\footnote A note.}}\par"
    extracted = read(content, limit=20_000)
    assert extracted.text == "Text"
    assert extracted.warnings == (
        "its footnotes and text boxes were left out; save it as .docx to have them read",
    )


@pytest.mark.parametrize(
    "data",
    [b"no rtf", rb"{\rtf1 \uc", rb"{\rtf1{\fonttbl{\f0\fcharset78 x;}}\f0 \'82\'a0 x}"],
)
def test_damaged_rtf_is_one_line(data):
    try:
        assert extract_rtf(data, LIMIT).text.strip() == ""
    except ValueError as error:
        assert str(error) == "it is damaged, or not RTF (.rtf); save it again"


def test_every_cut_and_wrong_byte_is_refused_or_read():
    whole = rf"{{\rtf1\ansi{FONTS}\trowd\pard\intbl a\cell\row\pard\u233? \'fc{{\super 2}}\par}}"
    for place in range(len(whole)):
        for text in (whole[:place], f"{whole[:place]}\\{whole[place + 1 :]}"):
            try:
                extract_rtf(text.encode(), LIMIT)
            except ValueError as error:
                assert str(error) == "it is damaged, or not RTF (.rtf); save it again"


def test_more_markup_than_the_limit_is_refused():
    assert refusal_of(rb"{\rtf1 " + b"a " * 20_000 + b"}", 10_000) == (
        "40,008 bytes without pictures; expected at most 20,000 bytes; "
        "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES"
    )


@pytest.mark.parametrize(
    "piece",
    [
        r"{\field{\*\fldinst{HYPERLINK ",
        r"{\fonttbl\f1",
        r"\f1\fcharset1",
        r"{\pict\bin1",
        r"\super ",
        r"\pard\intbl\par",
        r"{{{{",
        r"}}}}",
        r"\'e9",
        "1 ",
    ],
)
def test_a_long_one_is_read_in_time(piece):
    def work(text):
        with suppress(ValueError):
            extract_rtf((r"{\rtf1{\fonttbl" + text).encode(), 10_000_000)

    assert_ends(work, piece)
