"""What a question may mean after earlier ones, and which of it the documents answer."""

import pytest
from fake_models import FakeReader, FollowingReader, fill_library, pipeline_over

from rag.answering.follow_up import readings

TEXT = "The bridge over the Elm was opened in 1932. Ida Roth owns the ferry, which is blue."


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("Why?", [], ("Why?",)),
        ("Why?", ["", " ?"], ("Why?",)),
        ("why?", ["Is it old?", "Was it sold?"], ("why?", "why (Was it sold)?")),
        ("Was it sold", ["Was it sold?"], ("Was it sold",)),
    ],
)
def test_a_question_is_itself_or_itself_after_the_one_before(question, history, expected):
    assert readings(question, history) == expected


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
