"""Which rows of a table a question asks about."""

from dataclasses import replace

import numpy as np
import pytest

from rag.answering.asked_rows import in_rows_asked_about, rows_of
from rag.answering.evidence import Candidate, candidate_text
from rag.answering.read import passage_spans
from rag.datatypes import Hit, Passage, Span
from rag.models.engines import SpanLogits

TABLE = (
    "name: Anna Kern; born: 1950",
    "name: Emil Roth; born: 1960",
    "name: Emil Kern; born: 1970",
)
PROSE = ("Anna Kern sold the yard.", "It was built in 1950.", "Emil Roth: a life; a film.")


def passage(sentences, number=1, kind="row"):
    """The sentences, or rows, a line each, from offset 5 of their document."""
    text = "\n".join(sentences)
    places, at = [], 5
    for sentence in sentences:
        places.append((at, at + len(sentence)))
        at += len(sentence) + 1
    return Passage(
        id=number,
        document_id=1,
        start=5,
        end=5 + len(text),
        text=text,
        sentences=tuple(places),
        kinds=(kind,) * len(places),
    )


def candidates(of, *answers):
    """Candidates for these words of a passage, in this order."""
    hit = Hit(passage=of, score=0.0, dense_rank=None, lexical_rank=None)
    spans = [
        Span(
            passage=of,
            start=of.start + of.text.index(answer),
            end=of.start + of.text.index(answer) + len(answer),
            score=-float(place),
            no_answer_score=0.0,
        )
        for place, answer in enumerate(answers)
    ]
    return [Candidate(span=span, hit=hit, score=span.score) for span in spans]


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("When was Emil Roth born?", ["1960"]),
        ("When was Roth born?", ["1960"]),
        ("When was Anna Kern born?", ["1950"]),
        ("When was Kern born?", ["1950", "1970"]),  # two of that name
        ("Who was born in 1970?", ["1970"]),
        ("When was Zork born?", ["1950", "1960", "1970"]),  # none: the reader may judge
    ],
)
def test_only_the_rows_that_share_most_with_the_question_are_left(question, left):
    found = in_rows_asked_about(question, candidates(passage(TABLE), "1950", "1960", "1970"))
    assert [candidate_text(candidate) for candidate in found] == left


def test_a_row_of_another_passage_can_be_the_one_asked_about():
    one, other = passage(TABLE[:1]), passage(TABLE[1:], number=2)
    every = [*candidates(one, "1950"), *candidates(other, "1970")]
    assert [c.span.passage.id for c in in_rows_asked_about("When was Emil Kern born?", every)] == [
        2
    ]


def test_prose_is_left_alone():
    prose = passage(PROSE, kind="sentence")
    every = candidates(prose, "1950", "Anna Kern", "a film")
    assert in_rows_asked_about("What did Emil Roth build?", every) == every
    assert rows_of(prose) == {}
    assert in_rows_asked_about("Who?", []) == []


def test_rows_are_what_the_format_says_and_none_where_it_says_nothing():
    """A row that names the columns, a row of cells, a sentence of the same words."""
    line = "name: Anna; born: 1950"
    of = Passage(
        id=1,
        document_id=1,
        start=7,
        end=7 + 3 * 22 + 2,
        text="\n".join([line] * 3),
        sentences=((7, 29), (30, 52), (53, 75)),
        kinds=("heading", "row", "sentence"),
    )
    assert rows_of(of) == {(30, 52): line}
    assert rows_of(replace(of, kinds=())) == {}


@pytest.mark.parametrize(
    ("sentences", "kind", "spans"), [(TABLE * 9, "row", 16), (PROSE * 9, "sentence", 2)]
)
def test_more_spans_are_read_of_a_table(sentences, kind, spans):
    """A token for each sentence, the first for none."""
    of = passage(sentences, kind=kind)
    offsets = np.array([(0, 0), *((start - 5, end - 5) for start, end in of.sentences)])
    scores = np.arange(len(offsets), dtype=np.float32)
    in_text = np.arange(len(offsets)) > 0
    found = passage_spans(of, SpanLogits(starts=scores, ends=scores), offsets, in_text)
    assert len(found) == spans
    assert found[0].end == of.end
