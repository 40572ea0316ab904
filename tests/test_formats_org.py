"""Org files: headings, lists, tables and code; drawers and comments are no text."""

import pytest
from hypothesis import given, settings
from outline import check_blocks, outline
from processor_limit import assert_ends
from test_layout import TEXTS

from rag.documents.formats.org import extract_org

LIMIT = 10_000_000
TEXT = """#+TITLE: The plan
#+AUTHOR: Anna Kern
#+OPTIONS: toc:nil
* TODO [#A] Roof repair      :house:urgent:
:PROPERTIES:
:ID: 77
:END:
It costs 4,500 euros. We need:
- tiles
  - red
- a gutter

| Name | Pay  |
|------+------|
| Anna | 4500 |
** Code
#+begin_src python
x = 1
#+end_src
#+begin_quote
Quoted text.
#+end_quote
# The secret is 77.
"""


def test_org_file_is_its_headings_lists_tables_and_code():
    extracted = extract_org(TEXT.encode(), LIMIT)
    assert extracted.text == TEXT
    assert extracted.title == "The plan"
    assert outline(extracted) == [
        "list",
        "  item [title] The plan",
        "list",
        "  item [author] Anna Kern",
        "heading1 Roof repair",
        "paragraph It costs 4,500 euros. We need:",
        "list <We need:>",
        "  item [-] tiles",
        "    list <tiles>",
        "      item [-] red",
        "  item [-] a gutter",
        "table",
        "  header row",
        "    cell Name",
        "    cell Pay",
        "  row",
        "    cell [Name] Anna",
        "    cell [Pay] 4500",
        "heading2 Code",
        "code x = 1",
        "paragraph Quoted text.",
    ]


def test_what_is_not_closed_is_text():
    text = "* One\n:LOG:\nnever closed\n#+begin_src\nx = 1"
    assert outline(extract_org(text.encode(), LIMIT)) == [
        "heading1 One",
        "paragraph :LOG:",
        "paragraph never closed",
        "paragraph x = 1",
    ]


@given(text=TEXTS)
@settings(max_examples=100, deadline=None)
def test_text_is_unchanged_and_its_blocks_nest_and_cover(text):
    extracted = extract_org(text.encode(), LIMIT)
    assert extracted.text == text
    check_blocks(text, extracted.blocks)


@pytest.mark.parametrize(
    "piece", ["* a\n", "*", ":A:\n", "#+begin_src\n", "#+end_src\n", "#+a: b\n", "- a\n", "|"]
)
def test_a_long_one_is_read_in_time(piece):
    assert_ends(lambda text: extract_org(text.encode(), 10_000_000), piece)
