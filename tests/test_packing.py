import json
import math
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_turns import finished, quoted

from rag.conversations.packing import pack, unpack
from rag.conversations.records import CitedDocument, Feedback, FinishedTurn
from rag.datatypes import Answer, Citation, CitedSentence, Hit, NearestPassage, Passage
from rag.serialize import to_json

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # halves of pairs too
WHOLE = st.integers(0, 2**53)
NUMBER = st.floats(allow_nan=False)
RANK = st.none() | st.integers(1, 99)
PASSAGE = st.builds(
    Passage,
    id=WHOLE,
    document_id=WHOLE,
    start=WHOLE,
    end=WHOLE,
    text=TEXT,
    sentences=st.lists(st.tuples(WHOLE, WHOLE), max_size=3).map(tuple),
)
KNOWN = dict(
    question=TEXT,
    understood=TEXT,
    status=st.sampled_from(("answered", "quoted", "refused")),
    sentences=st.lists(
        st.builds(
            CitedSentence,
            text=TEXT,
            citations=st.lists(WHOLE, max_size=3).map(tuple),
            start=st.none() | WHOLE,
            kind=st.sampled_from(("sentence", "heading", "lead_in", "item", "row", "code")),
            label=TEXT,
            depth=WHOLE,
            cells=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
            cell_starts=st.lists(WHOLE, max_size=3).map(tuple),
            note=TEXT,
        ),
        max_size=3,
    ).map(tuple),
    citations=st.lists(
        st.builds(
            Citation,
            document_id=WHOLE,
            document=TEXT,
            start=WHOLE,
            end=WHOLE,
            page=RANK,
            quote=TEXT,
            sha256=TEXT,
            section=st.none() | TEXT,
            row=RANK,
            column=st.none() | TEXT,
        ),
        max_size=3,
    ).map(tuple),
    answer_kind=st.none() | st.sampled_from(("short", "list", "steps", "overview")),
    short_answer=st.none() | TEXT,
    short_span=st.none() | st.tuples(WHOLE, WHOLE, WHOLE),
    nearest=st.lists(
        st.builds(
            NearestPassage,
            document_id=WHOLE,
            document=TEXT,
            start=WHOLE,
            end=WHOLE,
            score=NUMBER,
            text=TEXT,
            dense_rank=RANK,
            lexical_rank=RANK,
        ),
        max_size=3,
    ).map(tuple),
    confidence=NUMBER,
    refusal=st.none() | TEXT,
    ranked=st.lists(
        st.builds(Hit, passage=PASSAGE, score=NUMBER, dense_rank=RANK, lexical_rank=RANK),
        max_size=2,
    ).map(tuple),
    seconds=st.dictionaries(st.sampled_from(("read", "total")), NUMBER),
)
LATER = {field.name: ... for field in fields(Answer) if field.name not in KNOWN}  # by annotation
ANSWERS = st.builds(Answer, **KNOWN, **LATER)


def through_json(value):
    return json.loads(to_json(pack(value)).encode("utf-8"))


@settings(deadline=None)
@given(ANSWERS)
def test_every_answer_comes_back_as_it_was(answer):
    assert unpack(Answer, through_json(answer)) == answer


def test_a_turn_comes_back_with_its_documents():
    turn = finished(note="Stopped.")
    assert unpack(FinishedTurn, through_json(turn)) == turn


def test_numbers_of_numpy_and_numbers_that_json_lacks_come_back():
    answer = quoted(
        confidence=np.float32(0.5),
        seconds={"read": math.inf, "total": math.nan, "first": -math.inf},
    )
    back = unpack(Answer, through_json(answer))
    assert (type(back.confidence), back.confidence) == (float, 0.5)
    assert (back.seconds["read"], back.seconds["first"]) == (math.inf, -math.inf)
    assert math.isnan(back.seconds["total"])


def test_a_field_that_is_missing_gets_its_default_and_an_unknown_one_is_passed_over():
    packed = through_json(quoted()) | {"mood": "bright"}
    del packed["ranked"], packed["seconds"]
    assert unpack(Answer, packed) == quoted(seconds={})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"status": "guessed"}, "got 'guessed'"),
        ({"citations": "none"}, "got 'none'"),
        ({"short_span": [1, 2]}, "expected 3 values, got 2"),
        ({"question": 7}, "got 7"),
        ({"confidence": None}, "got None"),
        ({"sentences": [[]]}, "expected an object for CitedSentence, got list"),
    ],
)
def test_another_shape_is_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        unpack(Answer, through_json(quoted()) | changes)


def test_a_missing_field_without_default_is_refused():
    with pytest.raises(ValueError, match="Feedback has no rating"):
        unpack(Feedback, {"note": ""})
    with pytest.raises(ValueError, match="expected an object for CitedDocument, got list"):
        unpack(CitedDocument, [])


def test_what_cannot_be_kept_is_refused():
    @dataclass(frozen=True)
    class Odd:
        thing: object

    with pytest.raises(TypeError, match="set cannot be kept"):
        pack(Odd(thing={1}))
