"""The questions in a text."""

import pytest

from rag.answering.question_parts import MOST_PARTS, load_question_parts


@pytest.fixture(scope="module")
def parts():
    return load_question_parts()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When does the fair open?", ["When does the fair open?"]),
        ("who came and went", ["who came and went"]),
        (
            "According to a-b.txt, how many are there?",
            ["According to a-b.txt, how many are there?"],
        ),
        ("In the lease, what is the rent?", ["In the lease, what is the rent?"]),
        ("Which nuts and bolts do I need?", ["Which nuts and bolts do I need?"]),
        (
            "Can I get something out of my Pell Wharf room at half past three on a Sunday?",
            ["Can I get something out of my Pell Wharf room at half past three on a Sunday?"],
        ),
        (
            "Which door do I bring a hurt bat to at Saltmere?",
            ["Which door do I bring a hurt bat to at Saltmere?"],
        ),
        (
            "When does it open, what does it cost and who runs it?",
            ["When does it open", "what does it cost", "and who runs it?"],
        ),
        (
            "What is the fee? And when is it due?",
            ["What is the fee?", "And when is it due?"],
        ),
        (
            "It poured last night and the water is brown. What is that?",
            ["It poured last night and the water is brown. What is that?"],
        ),
        (
            "help, roaring from the stove.  what now",
            ["help, roaring from the stove.  what now"],
        ),
        (
            "He saw a doctor. Is that time gone? We were in Spain. And who pays? The 2024 rules.",
            [
                "He saw a doctor. Is that time gone?",
                "We were in Spain. And who pays? The 2024 rules.",
            ],
        ),
        (
            "We are four. When does it open, what does it cost and who runs it? In the 2024 rules.",
            [
                "We are four. When does it open",
                "what does it cost",
                "and who runs it? In the 2024 rules.",
            ],
        ),
        (
            'Hello, I got this mail. "Dear member, the town council met on Monday and talked about '
            "the market for a long time. We would be glad to see you at the spring dinner on the "
            "first of May. Please bring a friend and a dish that all can share. Who leads the "
            "finance office? The board thanks all who helped with the fair and the raffle, and "
            'wishes you a good summer by the river with your families." Best wishes from Bern.',
            ["Who leads the finance office?"],
        ),
        (
            "who do i phone if his weight shoots up and whats the number",
            ["who do i phone if his weight shoots up", "and whats the number"],
        ),
        ('What is meant by "Stop! Who is it?"', ['What is meant by "Stop! Who is it?"']),
        ("", [""]),
        ("???", ["???"]),
    ],
)
def test_questions_are_found_and_a_single_one_is_left_whole(parts, text, expected):
    assert parts.find(text) == expected


def test_of_many_questions_the_first_are_asked(parts):
    assert len(parts.find("What is it? " * 9)) == MOST_PARTS


def test_the_work_grows_with_the_text(parts):
    assert parts.find("and what is it " * 130)  # as long as a question may be
