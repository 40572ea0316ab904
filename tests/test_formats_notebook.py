"""Notebooks: Markdown, code and what it printed; nothing that is a picture."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outline import check_blocks, outline
from test_layout import TEXTS

from rag.documents.formats.notebook import extract_notebook

LIMIT = 1_000_000


def notebook(*cells):
    return json.dumps({"cells": list(cells), "nbformat": 4}).encode()


def cell(kind, source, **others):
    return {"cell_type": kind, "source": source, **others}


def test_notebook_is_its_markdown_code_and_outputs():
    outputs = [
        {"output_type": "stream", "text": ["one\n", "two\n"]},
        {"output_type": "display_data", "data": {"image/png": "AA", "text/plain": "<Figure>"}},
        {"output_type": "execute_result", "data": {"text/html": "<b>", "text/plain": ["   a\n0"]}},
        {"output_type": "error", "ename": "ValueError", "evalue": "\x1b[31mbad", "traceback": []},
    ]
    extracted = extract_notebook(
        notebook(
            cell("markdown", ["# Study\n", "The vault is in Basel.\n", "- a\n", "- b"]),
            cell("code", "x = 1\n\nprint(x)", outputs=outputs),
            cell("raw", "Raw text."),
            cell("code", "  \n", outputs=[]),
        ),
        LIMIT,
    )
    assert outline(extracted) == [
        "heading1 Study",
        "paragraph The vault is in Basel.",
        "list",
        "  item [-] a",
        "  item [-] b",
        "code [cell 2] x = 1 print(x)",
        "code [cell 2, output] one two",
        "code [cell 2, output] a 0",
        "code [cell 2, output] ValueError: bad",
        "paragraph Raw text.",
    ]
    assert extracted.title == "Study"
    assert "x = 1\n\nprint(x)" in extracted.text


def test_old_notebook_has_its_cells_in_worksheets():
    cells = [cell("heading", "Old", level=2), {"cell_type": "code", "input": "y", "outputs": []}]
    data = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    assert outline(extract_notebook(data, LIMIT)) == ["heading2 Old", "code [cell 2] y"]


@pytest.mark.parametrize("data", [b"not json", b"[" * 100_000, b'{"cells": 1}', b"[1, 2]", b"3"])
def test_what_is_no_notebook_is_refused_in_one_line(data):
    with pytest.raises(ValueError, match="so it is no notebook; save it again"):
        extract_notebook(data, LIMIT)


@pytest.mark.parametrize(
    "odd",
    [
        1,
        {},
        {"cell_type": "code", "source": 3, "outputs": 4},
        {"cell_type": "code", "source": [1, "x"], "outputs": [5, {"data": 6}, {"text": {}}]},
        {"cell_type": ["a"], "source": "x"},
    ],
)
def test_odd_cells_raise_nothing(odd):
    outline(extract_notebook(notebook(odd, cell("markdown", "Text.")), LIMIT))


def test_notebook_over_the_limit_is_refused():
    with pytest.raises(ValueError, match="bytes of text; expected at most 1,000"):
        extract_notebook(notebook(*[cell("code", "x" * 100)] * 20), 1_000)


@given(texts=st.lists(st.tuples(st.sampled_from(["markdown", "code", "raw"]), TEXTS), max_size=4))
@settings(max_examples=100, deadline=None)
def test_blocks_nest_and_cover(texts):
    extracted = extract_notebook(notebook(*(cell(kind, text) for kind, text in texts)), LIMIT)
    check_blocks(extracted.text, extracted.blocks)
