"""Units: what of a document is shown as a whole, and what it knows of where it stands."""

import pytest
from generated_documents import documents, own_characters, plain, written
from hypothesis import given, settings

from rag.datatypes import Block, Document
from rag.documents.units import Atom, document_units


def units(*steps, title=""):
    """Return the units of what these calls of the writer make, and a function to their words."""
    document = written(steps, title)
    return list(document_units(document)), document.text


def shown(*steps):
    """Return (kind, words of the atoms) of each unit."""
    found, text = units(*steps)
    return [(u.kind, *[text[atom.start : atom.end] for atom in u.atoms]) for u in found]


def paths(*steps):
    """Return the words of a unit with those of the headings above it and of what leads it in."""
    found, text = units(*steps)
    return [
        (
            text[unit.start : unit.end],
            [text[slice(*place)] for place in unit.headings],
            text[slice(*unit.above)] if unit.above else None,
        )
        for unit in found
    ]


def test_a_document_of_everything_is_these_units():
    assert shown(
        ("heading", 1, "Fees"),
        ("paragraph", "It is so. Is it?"),
        ("item", "-", "Row. It floats.", 0),
        ("item", "-", "Sail.", 1),
        ("item_part", "In June. In May.", 0),
        ("header", ["Name", "Fee"]),
        ("row", ["Anna", ""]),
        ("row", ["Bo", "500"]),
        ("code", "x = 1\ny = 2"),
        ("paragraph", "Figure 1. A boat.", "caption"),
        ("turn", "Anna 09:30", "Hello. Bye."),
    ) == [
        ("heading", "Fees"),
        ("sentence", "It is so."),
        ("sentence", "Is it?"),
        ("item", "Row. It floats."),  # an item is whole, however many sentences it has
        ("item", "Sail."),
        ("sentence", "In June."),
        ("sentence", "In May."),
        ("heading", "Name", "Fee"),  # the row that names the columns
        ("row", "Anna"),  # an empty cell says nothing
        ("row", "Bo", "500"),
        ("code", "x = 1\ny = 2"),
        ("sentence", "Figure 1."),
        ("sentence", "A boat."),
        ("sentence", "Anna 09:30: Hello."),  # who speaks belongs to what is said
        ("sentence", "Bye."),
    ]


def test_marks_are_in_no_unit_of_words_but_a_row_has_its_bars():
    found, text = units(
        ("heading", 2, "Fees"), ("item", "3.", "Row."), ("header", ["A", "B"]), ("row", ["c", "d"])
    )
    assert [text[unit.start : unit.end] for unit in found] == [
        "Fees",
        "Row.",
        "| A | B |",
        "| c | d |",
    ]


def test_an_item_has_its_number_and_a_bullet_none():
    found, _ = units(
        ("item", "3.", "Row."),
        ("item", "(a)", "Sail.", 1),
        ("item", "-", "Swim."),
        ("item", "•", "Go"),
    )
    assert [unit.atoms[0].label for unit in found] == ["3.", "(a)", "", ""]


def test_cells_have_their_columns_and_the_names_of_columns_have_none():
    found, text = units(
        ("header", ["Name", "Fee"]),
        ("row", ["Anna", "500"]),
        ("end_group",),
        ("record", [("A", "b")]),
    )
    assert [[atom.label for atom in unit.atoms] for unit in found] == [
        ["", ""],
        ["Name", "Fee"],
        ["A"],
    ]
    assert text[found[2].start : found[2].end] == "A: b"
    assert text[found[2].atoms[0].start : found[2].atoms[0].end] == "b"


def test_a_unit_knows_the_headings_above_it_outermost_first():
    assert paths(
        ("paragraph", "Before."),
        ("heading", 1, "One"),
        ("heading", 3, "Deep"),
        ("paragraph", "Under."),
        ("heading", 2, "Two"),
        ("heading", 2, "Three"),
        ("paragraph", "There."),
        ("heading", 1, "Four"),
    ) == [
        ("Before.", [], None),
        ("One", [], None),
        ("Deep", ["One"], None),
        ("Under.", ["One", "Deep"], None),
        ("Two", ["One"], None),
        ("Three", ["One"], None),
        ("There.", ["One", "Three"], None),
        ("Four", [], None),
    ]


def test_a_unit_knows_what_leads_it_in_or_what_it_is_nested_in():
    assert paths(
        ("paragraph", "It is so. Bring these:"),
        ("item", "-", "Tools"),
        ("item", "-", "saw", 1),
        ("item", "-", "Food:"),
        ("item_part", "Bread.", 0),
        ("item", "-", "rye", 1),
        ("paragraph", "Fees:"),
        ("header", ["A", "B"]),
        ("row", ["c", "d"]),
        ("paragraph", "After."),
    ) == [
        ("It is so.", [], None),
        ("Bring these:", [], None),
        ("Tools", [], "Bring these:"),
        ("saw", [], "Tools"),
        ("Food:", [], "Bring these:"),
        ("Bread.", [], "Food:"),
        ("rye", [], "Food:"),
        ("Fees:", [], None),
        ("| A | B |", [], "Fees:"),
        ("| c | d |", [], "Fees:"),
        ("After.", [], None),
    ]


def test_only_the_sentence_before_a_list_or_table_leads_in():
    found, text = units(
        ("paragraph", "It is so: good. Bring these:"),
        ("item", "-", "saw:"),
        ("paragraph", "Fees:"),
        ("row", ["c", "d"]),
        ("paragraph", "Nothing follows:"),
    )
    assert [text[unit.start : unit.end] for unit in found if unit.leads_in] == [
        "Bring these:",
        "Fees:",
    ]


def test_a_unit_knows_its_block_and_whether_it_begins_or_ends_it():
    found, _ = units(
        ("paragraph", "One. Two. Three."),
        ("item", "-", "a"),
        ("item", "-", "b"),
        ("heading", 1, "H"),
    )
    assert [(unit.block, unit.first, unit.last) for unit in found] == [
        (0, True, False),
        (0, False, False),
        (0, False, True),
        (1, True, False),
        (1, False, True),
        (2, True, True),
    ]


@pytest.mark.parametrize(("lines", "count"), [(60, 1), (61, 61)])
def test_code_of_more_than_600_characters_is_a_unit_for_each_line(lines, count):
    """Ten characters a line with its break: 60 lines have 599."""
    found, text = units(("code", "\n".join(["x = 12345"] * lines)))
    assert [unit.kind for unit in found] == ["code"] * count
    assert text[found[-1].start : found[-1].end].splitlines()[-1] == "x = 12345"


def test_empty_lines_of_long_code_are_in_no_unit():
    found, text = units(("code", "\n\n".join(["    x = 12345"] * 50)))
    assert {text[unit.start : unit.end] for unit in found} == {"x = 12345"}
    assert len(found) == 50


def test_a_row_without_cells_is_whole():
    row = Block(kind="row", start=0, end=5, text_start=0, text_end=5)
    table = Block(kind="table", start=0, end=5, text_start=0, text_end=5, children=(row,))
    document = Document(source="", name="", sha256="", text="a | b", blocks=(table,))
    (unit,) = document_units(document)
    assert (unit.kind, unit.atoms) == ("row", (Atom(start=0, end=5),))


def test_white_space_is_in_no_unit():
    assert list(document_units(plain(" \n\t "))) == []


@settings(max_examples=100, deadline=None)
@given(documents)
def test_units_are_in_order_and_hold_each_own_word_of_a_block_once(document):
    text, position, seen = document.text, 0, []
    for unit in document_units(document):
        assert position <= unit.start < unit.end
        assert text[unit.start : unit.end] == text[unit.start : unit.end].strip()
        position = unit.start
        for atom in unit.atoms:
            assert position <= atom.start < atom.end <= unit.end
            seen += [n for n in range(atom.start, atom.end) if not text[n].isspace()]
            position = atom.end
        position = unit.end
    assert len(seen) == len(set(seen))
    assert set(seen) == own_characters(document)
