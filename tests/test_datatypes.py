"""What values say of themselves: the text of an answer, lines of its parts, places of citations."""

import pytest

from rag.datatypes import Answer, Citation, CitedSentence, Segment


def answer(*sentences, **changes):
    fields = {
        "question": "Which?",
        "understood": "Which?",
        "status": "quoted",
        "sentences": sentences,
        "citations": (),
        "short_answer": None,
        "short_span": None,
        "nearest": (),
        "confidence": 0.9,
    }
    return Answer(**(fields | changes))


def sentence(text, *numbers):
    return CitedSentence(text=text, citations=numbers)


def item(text, number, label="-", depth=0):
    return CitedSentence(text=text, citations=(number,), kind="item", label=label, depth=depth)


def part(kind, text, number):
    return CitedSentence(text=text, citations=(number,), kind=kind)


def row(number, *cells):
    return CitedSentence(text="| … |", citations=(number,), kind="row", cells=cells)


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        ([], ""),
        ([sentence("It sails.", 1)], "It sails. [1]"),
        (
            [sentence("It sails.", 1), sentence("Dogs too.", 1, 2)],
            "It sails. [1] Dogs too. [1] [2]",
        ),
        (
            [part("lead_in", "Bring:", 1), item("a coat", 1), item("saws", 1, "2.", 1)],
            "Bring:\n- a coat\n  2. saws [1]",  # all of one place: cited at its end
        ),
        (
            [part("lead_in", "Bring:", 1), item("bread", 2)],
            "Bring: [1]\n- bread [2]",
        ),
        (
            [item("a", 1), item("b", 1), item("c", 2), sentence("So it is.", 3)],
            "- a\n- b [1]\n- c [2]\nSo it is. [3]",
        ),
        ([item("a", 1, "")], "- a [1]"),
        (
            [row(1, ("Boat", "Elm"), ("Fee", "500")), row(2, ("Boat", ""), ("", "x"))],
            "Boat: Elm; Fee: 500 [1]\nx [2]",
        ),
        ([row(1)], "| … | [1]"),
        (
            [part("heading", "Fees", 1), sentence("It is 5.", 2), sentence("So.", 3)],
            "Fees [1]\nIt is 5. [2] So. [3]",
        ),
        ([part("code", "a = 1\n  b = 2", 1)], "a = 1\n  b = 2 [1]"),
    ],
)
def test_text_of_an_answer(sentences, text):
    assert answer(*sentences).text == text


def test_text_of_a_refusal_is_its_line():
    assert answer(status="refused", refusal="They do not say.").text == "They do not say."
    assert answer(status="refused").text == ""


@pytest.mark.parametrize(
    ("confidence", "status", "warning"),
    [
        (0.7, "quoted", ""),
        (0.69, "quoted", "Unsure: check the source."),
        (0.69, "answered", "Unsure: check the source."),
        (0.1, "refused", ""),
    ],
)
def test_an_answer_that_may_well_be_wrong_has_a_warning(confidence, status, warning):
    assert answer(confidence=confidence, status=status).warning == warning


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, ""),
        ({"page": 3}, "page 3"),
        ({"page": 3, "document": "a.PPTX"}, "slide 3"),
        ({"page": 3, "document": "a.odp"}, "slide 3"),
        ({"page": 3, "document": "a.ppsm"}, "slide 3"),
        ({"section": "4 Deposit > Return"}, "4 Deposit > Return"),
        ({"row": 12, "column": "Fee"}, "row 12, column Fee"),
        (
            {"page": 2, "section": "Fees", "row": 1, "column": "Boat"},
            "page 2, Fees, row 1, column Boat",
        ),
    ],
)
def test_a_citation_says_where_a_person_finds_it(fields, place):
    plain = {"document_id": 1, "document": "a.pdf", "start": 0, "end": 4, "page": None}
    assert Citation(**(plain | {"quote": "Dogs"} | fields)).place == place


def test_segments_go_on_only_in_step():
    even, uneven = Segment(0, 3, 10, 13), Segment(0, 3, 10, 12)
    assert even.goes_on(3, 13)
    assert not even.goes_on(4, 13)
    assert not even.goes_on(3, 14)
    assert not uneven.goes_on(3, 12)
    assert even.longer(2) == Segment(0, 5, 10, 15)
