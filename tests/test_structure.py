"""The structure of documents: lead-ins, columns, nesting, and what the check finds."""

import re
from dataclasses import replace

import pytest
from generated_documents import plain_documents, texts, written_documents
from hypothesis import given, settings
from hypothesis import strategies as st
from outline import check_blocks

from rag.datatypes import Block
from rag.documents.structure import cover, finish, nest_items, shift, walk_blocks


def block(kind, start, end, *children, **fields):
    """A block whose own words are all of it, unless said otherwise."""
    own = {"text_start": start, "text_end": end} | fields
    return Block(kind=kind, start=start, end=end, children=children, **own)


def lead_in(text, kind="paragraph", items="- one"):
    """Return the words that lead in a list which follows `text` in a block of this kind."""
    whole = f"{text}\n{items}"
    first = len(text) + 1
    listing = block("list", first, len(whole), block("item", first, len(whole)))
    finished = finish(whole, [block(kind, 0, len(text)), listing])
    place = finished[1].lead_in
    return None if place is None else whole[slice(*place)]


# lead-ins


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You need:", "You need:"),
        ("It is easy. You need:", "You need:"),
        ("Is it? Yes! You need: ", "You need:"),
        ("For the first trip\nyou need:", "For the first trip\nyou need:"),  # one sentence, wrapped
        ("It floats. Mr. Roth needs:", "Mr. Roth needs:"),
        ("需要：", "需要："),
        ("You need the following.", None),
        ("A2 What a helper does who is worried.", "A2 What a helper does who is worried."),
        ("5.3 On arrival.", "5.3 On arrival."),
        ("5.3 On arrival. The office is on the left.", None),
        ("12 12.", None),
        ("At 12:30", None),
        ("x" * 399 + ":", "x" * 399 + ":"),
        ("x" * 400 + ":", None),  # longer than what leads in is
    ],
)
def test_the_last_sentence_before_a_list_leads_in_if_it_ends_in_a_colon(text, expected):
    assert lead_in(text) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("paragraph", "Buy:"),
        ("caption", "Buy:"),
        ("turn", "Buy:"),
        ("heading", None),
        ("code", None),
    ],
)
def test_only_text_leads_in(kind, expected):
    assert lead_in("Buy:", kind) == expected


def test_the_words_before_a_table_lead_in_and_nothing_leads_in_the_first_block():
    text = "Fees:\n| a |"
    table = block("table", 6, 11, block("row", 6, 11, block("cell", 8, 9)))
    assert finish(text, [block("paragraph", 0, 5), table])[1].lead_in == (0, 5)
    assert finish(text, [table])[0].lead_in is None


def test_words_between_end_what_leads_in():
    text = "Fees:\nNone.\n- one"
    blocks = [block("paragraph", 0, 5), block("paragraph", 6, 11)]
    listing = block("list", 12, 17, block("item", 12, 17, text_start=14))
    assert finish(text, [*blocks, listing])[2].lead_in is None


def test_an_item_leads_in_the_list_that_is_nested_in_it():
    text = "- Tools:\n  - saw"
    inner = block("list", 11, 16, block("item", 11, 16, text_start=13))
    item = block("item", 0, 16, inner, text_start=2, text_end=8)
    (listing,) = finish(text, [block("list", 0, 16, item)])
    assert listing.lead_in is None
    assert listing.children[0].children[0].lead_in == (2, 8)
    assert text[2:8] == "Tools:"


def test_a_further_paragraph_of_an_item_leads_in_instead():
    text = "- Tools\n  Bring:\n  - saw"
    inner = block("list", 19, 24, block("item", 19, 24, text_start=21))
    item = block("item", 0, 24, block("paragraph", 10, 16), inner, text_start=2, text_end=7)
    (listing,) = finish(text, [block("list", 0, 24, item)])
    assert listing.children[0].children[1].lead_in == (10, 16)


# columns


def row(start, *cells, **fields):
    """A row of cells of one letter, each with a bar before it: "|a|b"."""
    parts = tuple(
        block("cell", start + 2 * n + 1, start + 2 * n + 2, label=label)
        for n, label in enumerate(cells)
    )
    return block("row", start, start + 2 * len(cells), *parts, **fields)


def labels(table):
    return [[cell.label for cell in each.children] for each in table.children]


def test_cells_have_the_names_of_their_columns():
    text = "|A|B\n|c|d\n|e|f"
    table = block("table", 0, 14, row(0, "", "", header=True), row(5, "", ""), row(10, "", ""))
    (finished,) = finish(text, [table])
    assert labels(finished) == [["", ""], ["A", "B"], ["A", "B"]]


def test_cells_keep_the_labels_they_have_and_those_beyond_the_header_have_none():
    text = "|A|B\n|c|d|e"
    table = block("table", 0, 11, row(0, "", "", header=True), row(5, "own", "", ""))
    assert labels(finish(text, [table])[0]) == [["", ""], ["own", "B", ""]]


@pytest.mark.parametrize("own", ["A", " "])
def test_second_row_that_parts_a_name_over_several_columns_names_them_too(own):
    text = f"|A|B|B\n|{own}|c|d\n|e|f|g"
    rows = row(0, "", "", "", header=True), row(7, "", "", ""), row(14, "", "", "")
    (finished,) = finish(text, [block("table", 0, 20, *rows)])
    assert labels(finished)[2] == ["A", "B c", "B d"]
    assert finished.children[1].header


@pytest.mark.parametrize("second", ["x|c|d", "A|c|c", "A| |d"])
def test_row_below_a_name_over_several_columns_is_a_row_if_it_says_something_itself(second):
    text = f"|A|B|B\n|{second}\n|e|f|g"
    rows = row(0, "", "", "", header=True), row(7, "", "", ""), row(14, "", "", "")
    (finished,) = finish(text, [block("table", 0, 20, *rows)])
    assert labels(finished)[2] == ["A", "B", "B"]


def test_without_a_header_no_cell_has_a_name():
    text = "|A|B\n|c|d"
    table = block("table", 0, 9, row(0, "", ""), row(5, "", ""))
    assert finish(text, [table]) == (table,)


# nesting


def item(start, label="-"):
    return block("item", start, start + 3, text_start=start + 2, label=label)


def outline_of(blocks):
    return [(each.kind, each.start, each.end, outline_of(each.children)) for each in blocks]


def test_deeper_items_lie_in_the_one_before():
    """Items at 0, 4, 8, 12 and 16; of depth 0, 1, 2, 1 and 0."""
    nested = nest_items(list(zip([0, 1, 2, 1, 0], map(item, range(0, 20, 4)), strict=True)))
    assert outline_of(nested) == [
        (
            "list",
            0,
            19,
            [
                (
                    "item",
                    0,
                    15,
                    [
                        (
                            "list",
                            4,
                            15,
                            [
                                ("item", 4, 11, [("list", 8, 11, [("item", 8, 11, [])])]),
                                ("item", 12, 15, []),
                            ],
                        )
                    ],
                ),
                ("item", 16, 19, []),
            ],
        )
    ]


@pytest.mark.parametrize(
    ("label", "ordered"), [("-", False), ("•", False), ("1.", True), ("(a)", True), ("", False)]
)
def test_a_list_is_ordered_if_its_first_marker_counts(label, ordered):
    (listing,) = nest_items([(0, item(0, label)), (0, item(4, "7."))])
    assert listing.ordered is ordered


def test_no_items_are_no_list():
    assert nest_items([]) == []


# covering, moving and walking


def test_cover_gives_what_stands_between_to_the_block_before_and_else_to_the_first():
    text = "--\nOne\n==\n\nTwo\n***\n"
    covered = cover(text, [block("heading", 3, 6), block("paragraph", 11, 14)])
    assert [(each.start, each.end, each.text_start, each.text_end) for each in covered] == [
        (0, 9, 3, 6),
        (11, 18, 11, 14),
    ]
    check_blocks(text, covered)


def test_cover_without_blocks_is_one_paragraph_or_nothing():
    assert cover(" One. \n", []) == (block("paragraph", 1, 5),)
    assert cover(" \n", []) == ()


def test_shift_moves_every_offset_of_a_block_and_what_lies_in_it():
    inner = block("item", 4, 9, text_start=6)
    listing = replace(block("list", 4, 9, inner), lead_in=(0, 3))
    moved = shift(listing, 10)
    assert (moved.start, moved.end, moved.text_start, moved.text_end) == (14, 19, 14, 19)
    assert moved.lead_in == (10, 13)
    assert moved.children == (block("item", 14, 19, text_start=16),)
    assert shift(moved, -10) == listing


def test_walk_gives_each_block_before_its_children():
    cell, other = block("cell", 1, 2), block("cell", 3, 4)
    line = block("row", 0, 4, cell, other)
    table, after = block("table", 0, 4, line), block("code", 5, 6)
    assert list(walk_blocks([table, after])) == [table, line, cell, other, after]


# the check


GOOD = (
    block("heading", 0, 3, text_start=2),
    block("list", 4, 9, block("item", 4, 9, text_start=6)),
)
TEXT = "# A\n- bcd\n"


def test_blocks_that_nest_and_hold_all_are_good():
    check_blocks(TEXT, GOOD)
    check_blocks(" \n", ())


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (GOOD[1:], "'# A\\n' at 0 is in no block"),
        (GOOD[:1], "'\\n- bcd\\n' at 3 is in no block"),
        ((GOOD[0], block("paragraph", 5, 9)), "'\\n-' at 3 is in no block"),
        ((), "'# A\\n- bcd\\n' at 0 is in no block"),
        ((block("heading", 0, 5), GOOD[1]), "list at 4 to 9 overlaps, or is empty"),
        (GOOD[::-1], "'# A\\n' at 0 is in no block"),
        ((GOOD[0], block("list", 4, 99)), "list at 4 to 99 overlaps, or is empty"),
        ((*GOOD, block("paragraph", 9, 9)), "paragraph at 9 to 9 overlaps, or is empty"),
        (
            (GOOD[0], block("list", 4, 9, block("item", 3, 9))),
            "item at 3 to 9 overlaps, or is empty",
        ),
        (
            (GOOD[0], block("list", 4, 9, block("item", 4, 8), block("item", 7, 9))),
            "item at 7 to 9 overlaps, or is empty",
        ),
        (
            (GOOD[0], block("list", 4, 8, block("item", 4, 9), text_end=8)),
            "item at 4 to 9 overlaps, or is empty",
        ),
        (
            (block("heading", 0, 3, text_start=2, text_end=1), GOOD[1]),
            "heading at 0 to 3 overlaps, or is empty",
        ),
        (
            (block("heading", 0, 3, text_end=5), GOOD[1]),
            "heading at 0 to 3 overlaps, or is empty",
        ),
    ],
)
def test_gaps_overlaps_and_bad_nesting_are_found(blocks, message):
    with pytest.raises(ValueError, match=r"is in no block$|overlaps, or is empty$") as raised:
        check_blocks(TEXT, blocks)
    assert str(raised.value) == message


def test_a_cell_may_be_empty():
    check_blocks("| |", [block("table", 0, 3, block("row", 0, 3, block("cell", 2, 2)))])


@settings(max_examples=100, deadline=None)
@given(st.one_of(written_documents, plain_documents))
def test_blocks_of_every_document_nest_and_hold_all(document):
    check_blocks(document.text, document.blocks)
    assert finish(document.text, document.blocks) == document.blocks
    for each in walk_blocks(document.blocks):
        if each.lead_in is not None:
            words = document.text[slice(*each.lead_in)]
            is_clause = each.kind == "list" and re.match(r"[A-Z]?\d", words) is not None
            assert words.rstrip()[-1] in ":：" or words[-1].isalnum() or is_clause
            assert each.lead_in[1] <= each.start


@given(texts)
def test_cover_makes_any_blocks_hold_all(text):
    words = [
        block("paragraph", n, n + 1)
        for n, character in enumerate(text)
        if n % 3 == 0 and not character.isspace()
    ]
    check_blocks(text, cover(text, words))
