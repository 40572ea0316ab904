"""Markdown: blocks by its parser, at exact offsets, and the fields before it."""

import pytest
from hypothesis import given, settings
from outline import check_blocks, outline
from processor_limit import assert_ends
from test_layout import TEXTS

from rag.documents.formats import markdown
from rag.documents.formats.markdown import extract_markdown
from rag.documents.structure import walk_blocks

LIMIT = 10_000_000


def shown(text):
    extracted = extract_markdown(text.encode(), LIMIT)
    assert extracted.text == text
    return outline(extracted)


def title(text):
    return extract_markdown(text.encode(), LIMIT).title


def test_headings_have_their_words_without_marks_and_underlines():
    text = "# One #\n## Two ## \n\nThree\nlines\n===\n#\n#hash\n####### seven\n"
    assert shown(text) == [
        "heading1 One",
        "heading2 Two",
        "heading1 Three lines",
        "paragraph #hash",
        "paragraph ####### seven",
    ]
    extracted = extract_markdown(text.encode(), LIMIT)
    first, second = extracted.blocks[:2]
    assert (first.start, first.end, first.text_start, first.text_end) == (0, 7, 2, 5)
    assert (second.start, second.end, second.text_start, second.text_end) == (8, 17, 11, 14)


def test_lists_nest_with_their_marks_as_labels():
    text = (
        "Do this:\n\n1. Call Anna.\n   She has the key.\n2. Open:\n   - the blue\n   - the red\n"
        "10. Lock it.\n\n    Twice.\n\n* [ ] milk\n* [x] rent\n"
    )
    assert shown(text) == [
        "paragraph Do this:",
        "ordered list <Do this:>",
        "  item [1.] Call Anna. She has the key.",
        "  item [2.] Open:",
        "    list <Open:>",
        "      item [-] the blue",
        "      item [-] the red",
        "  item [10.] Lock it.",
        "    paragraph Twice.",
        "list",
        "  item [[ ]] milk",
        "  item [[x]] rent",
    ]


def test_item_that_begins_with_another_block_has_no_words_of_its_own():
    assert shown("- # Heading\n\n      code\n- - deep\n-\n- > quoted") == [
        "list",
        "  item [-]",
        "    heading1 Heading",
        "    code code",
        "  item [-]",
        "    list",
        "      item [-] deep",
        "  item [-] quoted",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "| Name | Pay |\n|:-----|----:|\n| A \\| B | 4500 |\n| Tom |\n",
        "Name | Pay\n--- | ---\nA \\| B | 4500\nTom |\n",
    ],
)
def test_tables_have_a_header_and_columns_with_and_without_outer_bars(text):
    assert shown(text) == [
        "table",
        "  header row",
        "    cell Name",
        "    cell Pay",
        "  row",
        "    cell [Name] A \\| B",
        "    cell [Pay] 4500",
        "  row",
        "    cell [Name] Tom",
    ]


def test_table_in_a_quotation_and_in_an_item():
    rows = ["table", "  header row", "    cell A", "    cell B", "  row", "    cell [A] 1"]
    assert shown("> | A | B |\n> |---|---|\n> | 1 | 2 |\n") == [*rows, "    cell [B] 2"]
    assert shown("- x\n\n  | A | B |\n  |---|---|\n  | 1 | 2 |\n")[2:] == [
        f"    {line}" for line in [*rows, "    cell [B] 2"]
    ]


def test_code_is_what_stands_between_fences_or_indented():
    text = "```bash\n# not a heading\ncp a b\n```\n\n    indented\n\n~~~\n~~~\n\n```\nopen"
    assert shown(text) == ["code # not a heading cp a b", "code indented", "code", "code open"]


def test_quotations_and_their_extras_are_their_inner_blocks():
    text = "> [!warning] Danger\n> The valve must stay closed until Anna Kern comes.\n>\n> - one\n"
    assert shown(text) == [
        "paragraph Danger",
        "paragraph The valve must stay closed until Anna Kern comes.",
        "list",
        "  item [-] one",
    ]


def test_html_is_what_stands_between_its_tags_and_comments_are_nothing():
    text = (
        "<details><summary>More <b>here</b></summary>\n\nThe garden.\n\n</details>\n\n"
        "<!-- The code is 77. -->\n\n<p>One</p><p>Two</p>\n\n<img src='data:AAAA'>\n"
    )
    assert shown(text) == [
        "paragraph More <b>here",
        "paragraph The garden.",
        "paragraph One",
        "paragraph Two",
    ]


def test_lines_that_are_no_wraps_are_apart_and_footnotes_are_read():
    text = (
        "The board met on 12 May and decided that the budget of the\n"
        "roof, which Anna Kern had proposed, be raised to 4,500 euros.  \n"
        "The garden got 1,200 euros.\n\nName: Anna\nCity: Bern\n\n[^1]: Set in May.\n[a]: b.html\n"
    )
    assert shown(text) == [
        "paragraph The board met on 12 May and decided that the budget of the roof, which Anna "
        "Kern had proposed, be raised to 4,500 euros.",
        "paragraph The garden got 1,200 euros.",
        "list",
        "  item [Name] Anna",
        "  item [City] Bern",
        "paragraph Set in May.",
        "paragraph [a]: b.html",
    ]


# front matter


@pytest.mark.parametrize(
    "text",
    [
        '---\ntitle: "The Budget"\nauthor: Anna Kern\ntags:\n  - roof\n  - garden\n---\n\n# B\n',
        "+++\ntitle = 'The Budget'\nauthor = Anna Kern\ntags = roof\n  garden\n+++\n# B\n",
    ],
)
def test_front_matter_is_fields_and_the_title(text):
    lines = shown(text)
    assert lines[:3] == ["list", "  item [title] The Budget", "  item [author] Anna Kern"]
    assert lines[3].startswith("  item [tags] ")
    assert lines[3].endswith("garden")
    assert lines[4] == "heading1 B"
    assert title(text) == "The Budget"


@pytest.mark.parametrize(
    "text",
    [
        "---\nJust a rule above a paragraph.\n\n---\n",
        "---\nkey: value\nnever closed\n",
        "---\n---\nnothing in it\n",
        "\n---\na: b\n---\n",
    ],
)
def test_what_is_no_front_matter_is_markdown(text):
    extracted = extract_markdown(text.encode(), LIMIT)
    assert extracted.text == text
    outline(extracted)
    assert all(block.label != "key" for block in extracted.blocks)
    assert extracted.title == ""


def test_title_is_the_first_heading_of_level_1():
    assert title("## Two\n\n# *One*\n\n# Other") == "*One*"
    assert title("## Two\n") == ""


# offsets, size, time


def test_offsets_are_exact_with_any_line_ending():
    lines = ["# Bridges", "", "- The first.", "  It is long.", "- Second", "", "| A |", "|---|"]
    for ending in ("\n", "\r\n", "\r"):
        extracted = extract_markdown(ending.join(lines).encode(), LIMIT)
        words = [
            extracted.text[block.text_start : block.text_end]
            for block in walk_blocks(extracted.blocks)
            if block.kind in ("heading", "item", "cell")
        ]
        assert words == ["Bridges", f"The first.{ending}  It is long.", "Second", "A"]


@given(text=TEXTS)
@settings(max_examples=100, deadline=None)
def test_text_is_unchanged_and_its_blocks_nest_and_cover(text):
    extracted = extract_markdown(text.encode(), LIMIT)
    assert extracted.text == text
    check_blocks(text, extracted.blocks)


def test_lines_that_are_nested_too_deeply_are_still_read():
    text = "> " * 200 + "The deep end.\n\n" + "\n".join("  " * n + f"- n{n}" for n in range(80))
    words = " ".join(shown(text))
    assert "The deep end." in words
    assert "n79" in words


def test_file_that_is_very_large_is_read_as_plain_text(monkeypatch):
    monkeypatch.setattr(markdown, "_LARGEST", 20)
    assert shown("# Heading\n\n- one\n- two\n") == [
        "heading1 Heading",
        "list",
        "  item [-] one",
        "  item [-] two",
    ]


@pytest.mark.parametrize(
    "piece",
    [
        *(">", "> ", "- ", "  - a\n", "> a\nb\n", "|", "|a|b|\n", "```\n", "`", "*", "# a\n", "["),
        *(
            "[a]: b\n",
            "<",
            "<a ",
            "<!--",
            "<!--\n\n",
            "<div>\n",
            "a\n=\n",
            "1. a\n",
            "\r",
            "a: b\n",
        ),
    ],
)
def test_a_long_one_is_read_in_time(piece):
    head = "---\n" * (piece == "a: b\n")
    assert_ends(lambda text: extract_markdown(f"{head}{text}".encode(), 10_000_000), piece)
