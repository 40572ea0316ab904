"""Turns come back from the store as they were, those that earlier versions kept too."""

import json
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_turns import COST, cited, finished, quoted

from rag.conversations.records import FinishedTurn
from rag.conversations.store import ConversationStore
from rag.datatypes import Answer, Citation, CitedSentence, Hit, NearestPassage, Passage, Region
from rag.errors import ConversationError

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


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = ConversationStore(tmp_path_factory.mktemp("home") / "conversations.sqlite")
    yield store
    store.close()


def kept_and_loaded(store, turn):
    kept = store.append("", None, turn)
    return store.load("", kept.conversation_id)[1][0].turn


def loaded(store, content):
    """Return the turn whose content is this JSON."""
    kept = store.append("", None, finished())
    with store._file.transaction() as connection:
        connection.execute("UPDATE turns SET content = ? WHERE id = ?", (content, kept.turn_id))
    return store.load("", kept.conversation_id)[1][0].turn


def content_with(store, **changes):
    """Return the content of a turn, with other values in its answer."""
    kept = store.append("", None, finished())
    rows = store._file.query("SELECT content FROM turns WHERE id = ?", kept.turn_id)
    content = json.loads(rows[0][0])
    content["answer"] |= changes
    return content


@settings(deadline=None, max_examples=50)
@given(answer=ANSWERS)
def test_every_answer_comes_back_as_it_was(store, answer):
    turn = finished(answer, note="Stopped.")
    assert kept_and_loaded(store, turn) == turn


def test_numbers_of_numpy_and_numbers_that_json_lacks_come_back(store):
    answer = quoted(
        confidence=np.float32(0.5),
        seconds={"read": math.inf, "total": math.nan, "first": -math.inf},
    )
    back = kept_and_loaded(store, finished(answer)).answer
    assert (type(back.confidence), back.confidence) == (float, 0.5)
    assert (back.seconds["read"], back.seconds["first"]) == (math.inf, -math.inf)
    assert math.isnan(back.seconds["total"])


OF_THE_FIRST_VERSION = (
    '{"question": "What did the bridge cost?", "answer": {"question": "What did the b'
    'ridge cost?", "understood": "What did the bridge cost?", "status": "quoted", "se'
    'ntences": [{"text": "It cost nine million pounds.", "citations": [1], "verbatim"'
    ': true, "start": 27, "kind": "row", "label": "", "depth": 0, "cells": [["Sum", "'
    'nine"]], "cell_starts": [30], "note": "", "group": ""}], "citations": [{"documen'
    't_id": 1, "document": "b.png", "start": 27, "end": 55, "page": 1, "quote": "It c'
    'ost nine million pounds.", "sha256": "ab", "section": "Costs", "row": 2, "column'
    '": "Sum", "regions": [{"start": 27, "end": 55, "page": 1, "left": 0.1, "top": 0.'
    '2, "right": 0.9, "bottom": 0.3}], "last_row": null}], "short_answer": "nine mill'
    'ion pounds", "short_span": [1, 35, 54], "nearest": [], "confidence": 0.75, "answ'
    'er_kind": null, "refusal": null, "unanswered": [], "note": "", "ranked": [{"pass'
    'age": {"id": 1, "document_id": 1, "start": 0, "end": 3, "text": "The", "sentence'
    's": [[0, 3]], "kinds": [], "view": "The", "segments": [[0, 3, 0, 3]], "text_sha2'
    '56": ""}, "score": 1, "dense_rank": 1, "lexical_rank": null, "dense_score": null'
    ', "lexical_score": null, "copies": []}], "seconds": {"total": "inf"}}, "note": "'
    'Stopped.", "threshold": 0.25, "documents": [{"document_id": 1, "source": "/docs/'
    'bridge.txt", "name": "bridge.txt", "sha256": "aa"}]}'
)
"""A turn as it was kept before pydantic wrote and read it."""


def test_a_turn_of_the_first_version_is_read(store):
    region = Region(start=27, end=55, page=1, left=0.1, top=0.2, right=0.9, bottom=0.3)
    passage = Passage(id=1, document_id=1, start=0, end=3, text="The", sentences=((0, 3),))
    answer = quoted(
        sentences=(
            CitedSentence(
                text=COST,
                citations=(1,),
                start=27,
                kind="row",
                cells=(("Sum", "nine"),),
                cell_starts=(30,),
            ),
        ),
        citations=(
            replace(
                cited(document="b.png", page=1),
                sha256="ab",
                section="Costs",
                row=2,
                column="Sum",
                regions=(region,),
            ),
        ),
        ranked=(Hit(passage=passage, score=1.0, dense_rank=1, lexical_rank=None),),
        seconds={"total": math.inf},
    )
    turn = finished(answer, note="Stopped.", threshold=0.25)
    assert loaded(store, OF_THE_FIRST_VERSION) == turn


def test_a_field_that_is_missing_gets_its_default_and_an_unknown_one_is_passed_over(store):
    content = content_with(store, mood="bright")
    del content["answer"]["ranked"], content["answer"]["seconds"]
    turn = loaded(store, json.dumps(content))
    assert turn == finished(quoted(seconds={}))
    assert isinstance(turn, FinishedTurn)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"status": "guessed"}, r"turn\.answer\.status: Input should be 'answered', 'quoted'"),
        ({"citations": "none"}, r"turn\.answer\.citations: Input should be a valid tuple"),
        ({"short_span": [1, 2]}, r"turn\.answer\.short_span\.2: Field required"),
        ({"question": 7}, r"turn\.answer\.question: Input should be a valid string"),
        ({"confidence": None}, r"turn\.answer\.confidence: Input should be a valid number"),
    ],
)
def test_another_shape_is_refused_in_one_line(store, changes, complaint):
    content = json.dumps(content_with(store, **changes))
    with pytest.raises(ConversationError, match=f"is damaged \\({complaint}") as raised:
        loaded(store, content)
    assert "\n" not in str(raised.value)
