"""What a question may mean after earlier ones, and which of it the documents answer."""

import pytest
from fake_models import FakeReader, FollowingReader, fill_library, pipeline_over

from rag.answering.follow_up import readings
from rag.answering.question_parts import load_question_parts

TEXT = "The bridge over the Elm was opened in 1932. Ida Roth owns the ferry, which is blue."


def needs(question):
    """Short questions do, those with "maybe" may, others do not."""
    return 0.5 if "maybe" in question else float(len(question) < 6)


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("Why?", [], ("Why?",)),
        ("Why?", ["", " ?"], ("Why?",)),
        ("why?", ["Is it old?", "Was it sold?"], ("why (Was it sold)?",)),
        ("why?", ["Is it old?", "When?", " "], ("why (When; Is it old)?",)),
        ("maybe why?", ["Was it sold?"], ("maybe why?", "maybe why (Was it sold)?")),
        ("Was it ever sold?", ["Is it old?"], ("Was it ever sold?",)),
        ("why", ["why?"], ("why",)),
    ],
)
def test_a_question_is_itself_or_what_it_is_after_those_before(question, history, expected):
    assert readings(question, history, needs) == expected


@pytest.mark.parametrize(
    ("question", "follows"),
    [
        ("And in winter?", True),
        ("why?", True),
        ("which of them is older", True),
        ("Who wrote the letter to the council?", False),
        ("what does the pool cost on sundays", False),
    ],
)
def test_what_needs_an_earlier_question_was_learnt(question, follows):
    assert (load_question_parts().needs_context(question) > 0.5) is follows


@pytest.fixture
def bridge(tmp_path, embedder):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text(TEXT)
    with fill_library(tmp_path / "x.sqlite", folder, embedder) as library:
        yield library


def test_a_question_that_needs_the_one_before_is_answered_with_it(bridge):
    pipeline = pipeline_over(bridge, FollowingReader({"1932": 3.0}, "bridge"))
    answer = pipeline.ask("And when?", history=["Was the bridge opened?"])
    assert (answer.short_answer, answer.understood) == ("1932", "And when (Was the bridge opened)?")
    assert answer.question == "And when?"


def test_a_question_that_stands_alone_is_answered_alone(bridge):
    pipeline = pipeline_over(bridge, FakeReader({"Ida Roth": 3.0}))
    answer = pipeline.ask("Who owns the ferry?", history=["When was the bridge opened?"])
    assert (answer.short_answer, answer.understood) == ("Ida Roth", "Who owns the ferry?")
