"""The sides that a comparison names."""

import pytest

from rag.answering.question_sides import load_question_sides


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        (
            "breakfast club numbers jan vs march",
            [("jan", "breakfast club numbers jan"), ("march", "breakfast club numbers march")],
        ),
        ("rent in 2023 vs 2024", [("2023", "rent in 2023"), ("2024", "rent in 2024")]),
        (
            "does the dog licence cost more in leeds or in york",
            [
                ("in leeds", "does the dog licence cost more in leeds"),
                ("in york", "does the dog licence cost more in york"),
            ],
        ),
        (
            "heron or heron plus, whats different",
            [("heron", "heron, whats different"), ("heron plus", "heron plus, whats different")],
        ),
        ("how do the offers compare", []),
        ("when is the meeting", []),
        ("", []),
        ("a b", []),
        ("or " * 50, []),
    ],
)
def test_each_side_is_asked_what_is_asked_of_both(question, sides):
    found = load_question_sides().find(question)
    assert [(side.label, side.question) for side in found] == sides


def test_what_parts_the_sides_alone_goes_with_the_other_one():
    for side in load_question_sides().find("what is the fee for adults/children, please"):
        assert "/" not in side.question
        assert side.question.endswith(", please")
