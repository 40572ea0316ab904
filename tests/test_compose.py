"""Excerpts: what is shown of a place in a document is whole, and says what of it is not shown."""

import sqlite3

import pytest
from generated_documents import document_of, passages_of, written, written_documents
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.compose import MOST_ITEMS, MOST_ROWS, excerpt_of, list_around
from rag.answering.excerpt import Excerpt, Part
from rag.datatypes import Span
from rag.documents.formats.writer import DocumentWriter
from rag.library.block_store import StoredBlocks, put_blocks


def stored(document):
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE blocks (document_id, parent, start, number, kind, level, block, "
        "PRIMARY KEY (document_id, parent, start, number)) WITHOUT ROWID"
    )
    put_blocks(connection, 1, document.blocks)
    return StoredBlocks(lambda sql, *of: connection.execute(sql, of).fetchall(), 1)


def span_at(document, start, end):
    """A span in the passage that it begins in."""
    passages, _ = passages_of(document, 128)
    passage = next(each for each in reversed(passages) if each.start <= start)
    return Span(passage=passage, start=start, end=end, score=0.0, no_answer_score=0.0)


def excerpt(document, words, *, whole=False, beside=None):
    """Return what is shown for these words of the document."""
    start = document.text.index(words)
    span = span_at(document, start, start + len(words))
    return excerpt_of(document.text, stored(document), span, whole_list=whole, beside=beside)


def shown(document, words, *, whole=False, beside=None):
    """Return the lines that are shown: kind, marker, words, indented; then the note."""
    found = excerpt(document, words, whole=whole, beside=beside)
    lines = [
        f"{'  ' * part.depth}{part.kind}: {f'{part.label} ' if part.label else ''}"
        f"{document.text[part.start : part.end]}"
        for part in found.parts
    ]
    return lines + ([f"({found.note})"] if found.note else [])


def places(document, words, *, whole=False):
    """Return the quotes of what is cited."""
    return [
        document.text[slice(*place)] for place in excerpt(document, words, whole=whole).places()
    ]


TRIP = written(
    [
        ("heading", 1, "The trip"),
        ("paragraph", "It is far. Bring these:"),
        ("item", "-", "a coat"),
        ("item", "-", "tools:"),
        ("item", "-", "a saw", 1),
        ("item", "-", "an axe", 1),
        ("item", "-", "bread"),
        ("paragraph", "Then go. Take the boat."),
    ]
)
WHOLE = [
    "lead_in: Bring these:",
    "item: - a coat",
    "item: - tools:",
    "  item: - a saw",
    "  item: - an axe",
    "item: - bread",
]


# lists


@pytest.mark.parametrize("words", ["a coat", "tools", "bread", "a coat\n- tools:"])
def test_a_whole_list_has_its_lead_in_and_its_nested_items(words):
    assert shown(TRIP, words, whole=True) == WHOLE


def test_a_whole_list_is_cited_as_one_place():
    text = TRIP.text
    assert places(TRIP, "a coat", whole=True) == [
        text[text.index("Bring") : text.index("\n\nThen")]
    ]
    assert excerpt(TRIP, "a coat", whole=True).whole_list


@pytest.mark.parametrize("words", ["Bring these", "these:", "far. Bring"])
@pytest.mark.parametrize("whole", [False, True])
def test_what_leads_in_is_never_shown_without_its_list(words, whole):
    assert shown(TRIP, words, whole=whole) == WHOLE


def test_a_sentence_before_the_one_that_leads_in_is_a_sentence():
    assert shown(TRIP, "It is far") == ["sentence: It is far."]
    assert shown(TRIP, "Take the boat") == ["sentence: Take the boat."]


def test_an_item_has_what_leads_in_and_says_that_it_is_one_of_several():
    assert shown(TRIP, "coat") == ["lead_in: Bring these:", "item: - a coat", "(one of 3 items)"]


def test_an_item_that_leads_in_others_has_these():
    assert shown(TRIP, "tools") == [
        "lead_in: Bring these:",
        "item: - tools:",
        "  item: - a saw",
        "  item: - an axe",
        "(one of 3 items)",
    ]


def test_a_nested_item_has_the_one_that_it_is_nested_in():
    assert shown(TRIP, "axe") == ["item: - tools:", "  item: - an axe", "(one of 2 items)"]


def test_a_whole_nested_list_is_the_inner_one():
    assert shown(TRIP, "axe", whole=True) == [
        "lead_in: tools:",
        "item: - a saw",
        "item: - an axe",
    ]


def test_two_items_say_nothing_of_others():
    assert shown(TRIP, "a saw\n  - an axe") == [
        "item: - tools:",
        "  item: - a saw",
        "  item: - an axe",
    ]


def test_a_span_beyond_a_nested_list_is_of_the_outer_one():
    assert shown(TRIP, "an axe\n- bread") == ["item: - tools:", "  item: - an axe", "item: - bread"]


def test_items_that_follow_each_other_are_cited_as_one_place_with_what_leads_in():
    assert places(TRIP, "a coat") == ["Bring these:\n\n- a coat"]
    assert places(TRIP, "bread") == ["Bring these:", "bread"]
    assert places(TRIP, "an axe") == ["tools:\n  - a saw\n  - an axe"]  # what is between is short


def test_the_only_item_is_not_one_of_several():
    document = written([("item", "-", "a coat")])
    assert shown(document, "coat") == ["item: - a coat"]


def test_a_list_without_words_before_it_has_none():
    document = written([("paragraph", "It is far."), ("item", "1.", "Go."), ("item", "2.", "Row.")])
    assert shown(document, "Go", whole=True) == ["item: 1. Go.", "item: 2. Row."]
    assert excerpt(document, "Go", whole=True).ordered
    assert not excerpt(TRIP, "coat", whole=True).ordered


def test_a_further_paragraph_of_an_item_is_shown_with_it():
    document = written(
        [
            ("item", "1.", "Fill the tank."),
            ("item_part", "Use cold water.", 0),
            ("item", "2.", "Wait."),
        ]
    )
    assert shown(document, "cold water") == [
        "item: 1. Fill the tank.",
        "sentence: Use cold water.",
        "(one of 2 items)",
    ]
    assert shown(document, "Wait", whole=True) == [
        "item: 1. Fill the tank.",
        "sentence: Use cold water.",
        "item: 2. Wait.",
    ]


@pytest.mark.parametrize(
    ("count", "note"),
    [
        (MOST_ITEMS, []),
        (MOST_ITEMS + 1, ["(and 1 more item)"]),
        (MOST_ITEMS + 40, ["(and 40 more items)"]),
    ],
)
def test_a_very_long_list_says_how_many_items_are_left(count, note):
    document = written(
        [("paragraph", "These:"), *[("item", "-", f"thing {number}") for number in range(count)]]
    )
    lines = shown(document, "thing 1", whole=True)
    assert lines[:2] == ["lead_in: These:", "item: - thing 0"]
    assert lines[MOST_ITEMS] == f"item: - thing {MOST_ITEMS - 1}"
    assert lines[MOST_ITEMS + 1 :] == note
    (place,) = places(document, "thing 1", whole=True)
    assert place.endswith(f"thing {MOST_ITEMS - 1}")


def test_lists_in_a_mail_are_lists():
    """A turn holds what was said, with paragraphs and lists of its own."""
    inner = DocumentWriter(1_000)
    inner.paragraph("Hello Bo. Please bring:")
    inner.item("-", "a coat")
    inner.item("-", "bread")
    writer = DocumentWriter(1_000)
    said = inner.result()
    writer.insert(said.text, said.blocks, turn="Anna, 3 May 2025")
    writer.paragraph("Something else:")
    document = document_of(writer.result())
    everything = ["lead_in: Please bring:", "item: - a coat", "item: - bread"]
    assert shown(document, "Please bring") == everything
    assert shown(document, "coat", whole=True) == everything
    assert shown(document, "coat") == [*everything[:2], "(one of 2 items)"]
    assert shown(document, "Hello") == ["sentence: Hello Bo."]
    assert shown(document, "Something") == ["sentence: Something else:"]


def test_around_a_span_is_its_list_with_what_it_touches():
    start = TRIP.text.index("a coat")
    around = list_around(stored(TRIP), span_at(TRIP, start, start + 10))
    text = TRIP.text
    assert [text[slice(*place)] for place in around.items] == [
        "a coat",
        "tools:",
        "a saw",
        "an axe",
        "bread",
    ]
    assert [text[slice(*place)] for place in around.touched] == ["a coat", "tools:"]
    assert (text[slice(*around.lead_in)], around.leads_in) == ("Bring these:", False)
    assert around.length == 6 + 6 + 5 + 6 + 5
    leading = text.index("Bring")
    assert list_around(stored(TRIP), span_at(TRIP, leading, leading + 5)).leads_in
    far = text.index("It is far")
    assert list_around(stored(TRIP), span_at(TRIP, far, far + 5)) is None


# tables


FEES = written(
    [
        ("heading", 2, "4 Fees"),
        ("paragraph", "It is not much. The fees are:"),
        ("header", ["Boat", "Fee", "Paid"]),
        *[("row", [f"Boat {number}", f"{number} euros", ""]) for number in range(1, 4)],
    ]
)


def cells(document, words):
    return [
        [(column, document.text[start:end]) for column, start, end in part.cells]
        for part in excerpt(document, words).parts
    ]


def test_a_row_has_its_columns_its_number_and_says_of_how_many_it_is_one():
    found = excerpt(FEES, "2 euros")
    assert cells(FEES, "2 euros") == [[("Boat", "Boat 2"), ("Fee", "2 euros"), ("Paid", "")]]
    assert ([part.row for part in found.parts], found.column) == ([2], "Fee")
    assert found.note == "one of 3 rows"
    assert places(FEES, "2 euros") == ["| Boat 2 | 2 euros |  |"]


def test_several_rows_are_cited_each_at_its_own_place_and_number():
    found = excerpt(FEES, "1 euros |  |\n| Boat 2")
    assert [part.row for part in found.parts] == [1, 2]
    assert (found.column, found.note) == (None, "")
    assert [FEES.text[slice(*place)] for place in found.places()] == [
        "| Boat 1 | 1 euros |  |",
        "| Boat 2 | 2 euros |  |",
    ]


def test_the_number_of_a_row_is_that_of_the_original_where_it_has_one():
    document = written(
        [
            ("record", [("Name", "Anna"), ("Fee", "500")]),
            ("record", [("Name", "Bo"), ("Fee", "700")]),
        ]
    )
    assert [excerpt(document, words).parts[0].row for words in ("500", "700")] == [1, 2]
    assert excerpt(document, "Bo").column == "Name"
    writer = DocumentWriter(1_000)
    writer.record([("Name", "Anna"), ("Fee", "500")], number=12)
    assert excerpt(document_of(writer.result()), "500").parts[0].row == 12


def test_the_names_of_the_columns_have_no_number():
    found = excerpt(FEES, "Paid")
    assert [FEES.text[part.start : part.end] for part in found.parts] == ["| Boat | Fee | Paid |"]
    assert ([part.row for part in found.parts], found.column) == ([None], None)


def test_what_leads_in_a_table_is_shown_with_its_rows():
    assert shown(FEES, "The fees are") == [
        "lead_in: The fees are:",
        "row: | Boat 1 | 1 euros |  |",
        "row: | Boat 2 | 2 euros |  |",
        "row: | Boat 3 | 3 euros |  |",
    ]
    assert [part.row for part in excerpt(FEES, "The fees are").parts] == [None, 1, 2, 3]


def test_of_a_long_table_that_is_led_in_the_first_rows_are_shown():
    steps = [("row", [f"Boat {number}", "x"]) for number in range(1, MOST_ROWS + 6)]
    document = written([("paragraph", "The fees:"), ("header", ["Boat", "Fee"]), *steps])
    lines = shown(document, "The fees")
    assert len(lines) == 1 + MOST_ROWS + 1
    assert lines[-2:] == [f"row: | Boat {MOST_ROWS} | x |", "(and 5 more rows)"]


def test_a_table_in_a_mail_is_a_table():
    inner = DocumentWriter(1_000)
    inner.row(["Boat", "Fee"], header=True)
    inner.row(["Elm", "500"])
    inner.row(["Oak", "700"])
    said = inner.result()
    writer = DocumentWriter(1_000)
    writer.insert(said.text, said.blocks, turn="Anna")
    document = document_of(writer.result())
    found = excerpt(document, "700")
    assert cells(document, "700") == [[("Boat", "Oak"), ("Fee", "700")]]
    assert ([part.row for part in found.parts], found.column) == ([2], "Fee")
    assert found.note == "one of 2 rows"


# headings and prose


def test_a_heading_is_shown_with_the_beginning_of_what_stands_under_it():
    document = written(
        [("heading", 1, "Fees"), ("paragraph", "One. Two. Three. Four."), ("paragraph", "Five.")]
    )
    assert shown(document, "Fees") == [
        "heading: Fees",
        "sentence: One.",
        "sentence: Two.",
        "sentence: Three.",
    ]
    assert places(document, "Fees") == ["Fees", "One.", "Two.", "Three."]


def test_a_heading_is_shown_with_the_whole_list_under_it():
    assert shown(TRIP, "The trip") == ["heading: The trip", *WHOLE]
    document = written([("heading", 1, "Bring"), ("item", "-", "a coat"), ("item", "-", "bread")])
    assert shown(document, "Bring") == ["heading: Bring", "item: - a coat", "item: - bread"]


def test_a_heading_is_shown_with_the_first_rows_of_the_table_under_it():
    steps = [("row", [f"Boat {number}", "x"]) for number in range(1, 6)]
    document = written([("heading", 1, "Fees"), ("header", ["Boat", "Fee"]), *steps])
    assert shown(document, "Fees") == [
        "heading: Fees",
        "row: | Boat 1 | x |",
        "row: | Boat 2 | x |",
        "row: | Boat 3 | x |",
        "(and 2 more rows)",
    ]


def test_a_heading_with_nothing_of_its_own_is_alone():
    document = written([("heading", 1, "One"), ("heading", 2, "Two")])
    assert shown(document, "One") == ["heading: One"]
    assert shown(document, "Two") == ["heading: Two"]


def test_sentences_are_those_that_the_span_touches_each_cited_alone():
    document = written([("paragraph", "One is here. Two is there. Three.")])
    assert shown(document, "here. Two") == ["sentence: One is here.", "sentence: Two is there."]
    assert places(document, "here. Two") == ["One is here.", "Two is there."]


HEATING = written(
    [
        ("heading", 1, "Gas"),
        ("paragraph", "Bottles shut. The card says you may. Not any more: it is out of date."),
        ("paragraph", "Ask Ada."),
        ("paragraph", "One. Two. Three. Four. Five."),
        ("paragraph", f"{'Long ' * 60}first. Then last."),
    ]
)
CARD = "sentence: The card says you may."
NOT_NOW = "sentence: Not any more: it is out of date."


@pytest.mark.parametrize(
    ("words", "beside", "expected"),
    [
        ("card", None, [CARD]),
        ("card", "behind", [CARD, NOT_NOW]),
        ("card", "around", ["sentence: Bottles shut.", CARD, NOT_NOW]),
        ("date", "behind", [NOT_NOW]),
        ("Ada", "around", ["sentence: Ask Ada."]),
        ("Two", "around", ["sentence: Two."]),
        ("Two", "behind", [f"sentence: {n}." for n in ("Two", "Three", "Four", "Five")]),
        ("last", "around", ["sentence: Then last."]),
    ],
)
def test_what_stands_beside_a_sentence_in_a_short_paragraph_is_shown_with_it(
    words, beside, expected
):
    assert shown(HEATING, words, beside=beside) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("exchange", ["Pay exchange (PX).", "You agree to less."]),
        ("agree", ["You agree to less."]),
        ("Alone", ["Alone."]),
        ("rather", ["This is rather long."]),
    ],
)
def test_a_title_at_the_beginning_of_a_paragraph_is_shown_with_what_follows(words, expected):
    document = written(
        [
            ("paragraph", f"Pay exchange (PX). You agree to less. It helps{' and helps' * 30}."),
            ("paragraph", "Alone."),
            ("paragraph", f"This is rather long. It helps{' and helps' * 30}."),
        ]
    )
    assert shown(document, words, beside="around") == [f"sentence: {each}" for each in expected]
    assert len(shown(document, words)) == 1


def test_code_is_shown_as_it_is():
    assert shown(written([("code", "a = 1\n  b = 2")]), "b = 2") == ["code: a = 1\n  b = 2"]


# places


def part(start, end, kind="item"):
    return Part(start=start, end=end, kind=kind)


@pytest.mark.parametrize(
    ("parts", "whole", "expected"),
    [
        ([part(0, 5), part(8, 9)], False, [(0, 9)]),
        ([part(0, 5), part(25, 30)], False, [(0, 30)]),  # 20 characters between
        ([part(0, 5), part(26, 30)], False, [(0, 5), (26, 30)]),
        ([part(0, 5), part(26, 30)], True, [(0, 30)]),
        ([part(0, 5), part(6, 9, "sentence")], False, [(0, 5), (6, 9)]),
        ([part(0, 5, "row"), part(6, 9, "row")], False, [(0, 5), (6, 9)]),
        ([part(6, 9), part(0, 5, "lead_in")], False, [(0, 9)]),  # in the order of the text
        ([part(0, 9), part(2, 5)], False, [(0, 9)]),
        ([], False, []),
    ],
)
def test_parts_that_follow_each_other_are_one_place(parts, whole, expected):
    found = Excerpt(document_id=1, parts=tuple(parts), whole_list=whole)
    assert found.places() == expected


def test_what_is_shown_is_held():
    found = Excerpt(document_id=1, parts=(part(5, 9), part(20, 30)))
    assert [found.holds(part(*place)) for place in [(5, 9), (6, 8), (5, 10), (21, 30)]] == [
        True,
        True,
        False,
        True,
    ]


@settings(max_examples=100, deadline=None)
@given(written_documents, st.data(), st.booleans())
def test_what_is_shown_holds_the_span_and_no_lead_in_without_what_it_leads_in(
    document, data, whole
):
    """Of any document, for any words of a passage."""
    blocks = stored(document)
    passages, _ = passages_of(document, 128)
    if not passages:
        return
    passage = data.draw(st.sampled_from(passages))
    start, end = data.draw(st.sampled_from(passage.sentences))
    left = data.draw(st.integers(start, end - 1))
    span = Span(
        passage=passage,
        start=left,
        end=data.draw(st.integers(left + 1, min(end, left + 30))),
        score=0.0,
        no_answer_score=0.0,
    )
    found = excerpt_of(document.text, blocks, span, whole_list=whole)
    assert found.parts
    for each in found.parts:
        assert 0 <= each.start < each.end <= len(document.text)
        assert any(start <= each.start and each.end <= end for start, end in found.places())
    many = any(part.kind == "item" for part in found.parts) and len(found.parts) >= MOST_ITEMS
    assert many or any(part.start < span.end and part.end > span.start for part in found.parts)
    kinds = [part.kind for part in found.parts]
    assert "lead_in" not in kinds[-1:]
    lead_ins = [block.lead_in for block in document.blocks if block.lead_in]
    for number, each in enumerate(found.parts):
        led_in = any(start <= each.start and each.end == end for start, end in lead_ins)
        assert not led_in or number + 1 < len(found.parts)
