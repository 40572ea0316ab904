"""The questions whose two sides are marked, and what they teach."""

import pytest

from rag.answering.question_sides import LABELS
from training.train_question_sides import labels_shown, marked, read_marked, train


def test_marks_say_what_each_word_is():
    read = marked("sick pay [1 year] {v} [3 years] here")
    assert read.question == "sick pay 1 year v 3 years here"
    assert [LABELS[label] for label in read.labels] == [
        "both",
        "both",
        "begins first",
        "first",
        "joins",
        "begins second",
        "second",
        "both",
    ]
    assert labels_shown(read) == ["1 year", "3 years"]
    assert labels_shown(marked("how do the quotes compare")) == []


@pytest.mark.parametrize("line", ["[a] or b", "[a [b]] c", "a] [b]", "[a] [b] [c", "{a} [b"])
def test_marks_out_of_place_are_an_error(line):
    with pytest.raises(ValueError, match="in "):
        marked(line)


def test_sides_are_learnt():
    questions = read_marked()
    assert len(questions) == len({each.question for each in questions}) >= 560
    model = train(questions[:60])
    found = [[side.label for side in model.find(each.question)] for each in questions[:60]]
    right = [own == labels_shown(each) for own, each in zip(found, questions, strict=False)]
    assert sum(right) > 50
