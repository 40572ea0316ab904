"""Yes or no by the number of the question and that of the sentence."""

import pytest

from rag.answering.held_number import held_against
from rag.answering.word import Settled

PILOT = "The pilot cost £13,504, against a budget of £15,000."


def word(question, sentence, answer="", said="yes"):
    settled = Settled(place=0, word=said, probability=0.8)
    return held_against(question, sentence, answer, settled).word


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("did the cake stall make more than 400", "The cake stall made £388.", "no"),
        ("is the deposit less than 500 pounds", "The deposit is £450.", "yes"),
        ("does it weigh less than 2 kg", "It weighs 1800 g.", "yes"),
        ("is the walk at least 9 km long", "The walk is 8 km long and takes 3 hours.", "no"),
    ],
)
@pytest.mark.parametrize("said", ["yes", "no", None])
def test_what_is_compared_is_decided_by_the_numbers(question, sentence, expected, said):
    assert word(question, sentence, said=said) == expected


def test_of_several_numbers_that_of_the_answer_is_meant():
    assert word("did the pilot cost more than 15000", PILOT, "£13,504") == "no"
    assert word("did the pilot cost more than 15000", PILOT) == "yes"  # as the checker said


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("im 19, can i join", "You can join if you are aged 21 or over."),
        ("is a 25 kg bag ok", "Bags of up to 23 kg are carried free."),
    ],
)
def test_a_limit_that_is_not_kept_is_not_said_to_be(question, sentence):
    assert word(question, sentence) is None
    assert word(question, sentence, said="no") == "no"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("im 22, can i join", "You can join if you are aged 21 or over."),
        ("can i leave by 11.30 am", "Rooms must be left by 10 am; on Sundays until noon."),
        ("was it built in 1912", "It was built before 1900."),
        ("can i join", "You can join if you are aged 21 or over."),
        ("is it more than 3 or 4 km", "It is 8 km."),
        ("is it 5 km or 30 minutes more", "It is 8 km."),
    ],
)
def test_nothing_changes_where_no_two_numbers_are_held_against_each_other(question, sentence):
    assert word(question, sentence) == "yes"
