import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage, Region
from rag.serialize import answer_object, finite, to_json


def an_answer(**changes):
    fields = {
        "question": "When?",
        "understood": "When does it sail?",
        "status": "answered",
        "sentences": (
            CitedSentence(text="It sails at noon.", citations=(1, 2), start=0),
            CitedSentence(text="Dogs too.", citations=(2,), verbatim=False),
        ),
        "citations": (
            Citation(
                document_id=7,
                document="a.txt",
                start=3,
                end=7,
                page=None,
                quote="noon",
                sha256="5fd9",
                section="2 Times > Summer",
                row=12,
                column="Sails",
            ),
            Citation(
                document_id=8,
                document="b.pdf",
                start=0,
                end=4,
                page=2,
                quote="Dogs",
                regions=(
                    Region(start=0, end=9, page=2, left=0.1, top=0.2, right=0.5, bottom=0.25),
                ),
            ),
        ),
        "short_answer": "noon",
        "short_span": (1, 3, 7),
        "answer_kind": "short",
        "nearest": (),
        "confidence": 0.75,
        "seconds": {"retrieve": 0.5, "first": 0.25, "total": 1.0, "warm": 9.0},
    }
    return Answer(**(fields | changes))


def test_answer_object_is_the_contract_and_nothing_else():
    assert answer_object(an_answer()) == {
        "question": "When?",
        "understood": "When does it sail?",
        "status": "answered",
        "text": "It sails at noon. [1] [2]\nDogs too. [2]",
        "answer_kind": "short",
        "short_answer": "noon",
        "sentences": [
            sentence("It sails at noon.", [1, 2]),
            sentence("Dogs too.", [2]) | {"verbatim": False},
        ],
        "citations": [
            {
                "number": 1,
                "document": "a.txt",
                "start": 3,
                "end": 7,
                "page": None,
                "section": "2 Times > Summer",
                "row": 12,
                "last_row": None,
                "column": "Sails",
                "regions": [],
                "sha256": "5fd9",
                "quote": "noon",
            },
            {
                "number": 2,
                "document": "b.pdf",
                "start": 0,
                "end": 4,
                "page": 2,
                "section": None,
                "row": None,
                "last_row": None,
                "column": None,
                "regions": [{"page": 2, "left": 0.1, "top": 0.2, "right": 0.5, "bottom": 0.25}],
                "sha256": "",
                "quote": "Dogs",
            },
        ],
        "unanswered": [],
        "note": "",
        "nearest": [],
        "confidence": 0.75,
        "seconds": {
            "retrieve": 0.5,
            "read": 0.0,
            "generate": 0.0,
            "verify": 0.0,
            "first": 0.25,
            "total": 1.0,
        },
    }


def sentence(text, numbers):
    """One of prose, as JSON has it."""
    return {
        "text": text,
        "citations": numbers,
        "verbatim": True,
        "kind": "sentence",
        "label": "",
        "depth": 0,
        "cells": [],
        "note": "",
        "group": "",
        "word": "",
    }


def test_items_and_rows_keep_how_they_are_shown():
    item = CitedSentence(
        text="Turn the key.",
        citations=(1,),
        start=9,
        kind="item",
        label="3.",
        depth=1,
        note="one of 7 items",
    )
    row = CitedSentence(
        text="| Eve | 1932 |",
        citations=(2,),
        kind="row",
        cells=(("Bridge", "Eve"), ("Year", "1932")),
    )
    made = answer_object(an_answer(answer_kind="steps", sentences=(item, row)))
    assert made["answer_kind"] == "steps"
    assert made["sentences"] == [
        sentence("Turn the key.", [1])
        | {"kind": "item", "label": "3.", "depth": 1, "note": "one of 7 items"},
        sentence("| Eve | 1932 |", [2])
        | {"kind": "row", "cells": [["Bridge", "Eve"], ["Year", "1932"]]},
    ]
    assert made["text"] == "  3. Turn the key. [1]\nBridge: Eve; Year: 1932 [2]"


def test_answer_object_of_a_refusal_has_its_line_and_the_nearest():
    nearest = NearestPassage(
        document_id=1,
        document="a.txt",
        start=0,
        end=4,
        score=-math.inf,
        text="Ahoy",
        dense_rank=1,
        lexical_rank=None,
    )
    made = answer_object(
        an_answer(
            status="refused",
            sentences=(),
            citations=(),
            short_answer=None,
            answer_kind=None,
            nearest=(nearest,),
            refusal="The documents do not say.",
        )
    )
    assert (made["status"], made["text"]) == ("refused", "The documents do not say.")
    assert (made["sentences"], made["citations"]) == ([], [])
    assert (made["short_answer"], made["answer_kind"]) == (None, None)
    assert made["nearest"] == [
        {"document": "a.txt", "start": 0, "end": 4, "score": None, "text": "Ahoy"}
    ]


def test_answer_object_is_valid_json_whatever_the_numbers_are():
    answer = an_answer(
        confidence=np.float32("nan"),
        seconds={"total": math.inf, "read": np.float64(0.5)},
        citations=(
            Citation(
                document_id=7,
                document="a.txt",
                start=np.int64(3),
                end=np.int64(7),
                page=np.int64(1),
                quote="noon",
            ),
        ),
        sentences=(CitedSentence(text="noon", citations=(1,)),),
    )
    read = json.loads(to_json(answer_object(answer)), parse_constant=pytest.fail)
    assert read["confidence"] is None
    assert (read["seconds"]["total"], read["seconds"]["read"]) == (None, 0.5)
    assert (read["citations"][0]["start"], read["citations"][0]["page"]) == (3, 1)


def test_finite():
    assert finite(0.5) == 0.5
    assert [finite(value) for value in (None, math.nan, math.inf, -math.inf)] == [None] * 4


def test_to_json_refuses_nan_and_keeps_letters_readable():
    with pytest.raises(ValueError, match="JSON"):
        to_json({"score": math.nan})
    assert to_json({"text": "Čapek 🚢"}) == '{"text": "Čapek 🚢"}'


@given(st.text(st.characters(exclude_categories=())))
def test_to_json_can_be_written_as_utf8_and_read_back(text):
    assert json.loads(to_json({"text": text}).encode("utf-8")) == {"text": text}


def test_to_json_escapes_half_a_surrogate_pair():
    assert to_json(["\ud800"]) == '["\\ud800"]'
