import pytest

from benchmarks.naive_writer import is_refused, is_right


@pytest.mark.parametrize(
    ("kind", "answers", "text", "right"),
    [
        ("short", ["12 July", "July 12"], "It is on 12 July.", True),
        ("short", ["12 July"], "It is on 13 July.", False),
        ("list", ["soap", "pegs"], "Soap and pegs.", True),
        ("list", ["soap", "pegs"], "Soap.", False),
        ("no", ["only on Mondays"], "No, only on Mondays.", True),
        ("no", ["only on Mondays"], "Yes, on Mondays.", False),
    ],
)
def test_a_written_answer_is_judged_by_what_is_accepted(kind, answers, text, right):
    question = {"answerable": True, "kind": kind, "answers": answers, "evidence": "e"}
    assert is_right(question, text) is right


def test_what_has_no_answer_is_right_where_the_writer_says_so():
    question = {"answerable": False, "kind": "short", "answers": []}
    assert is_right(question, "the documents do not say")
    assert not is_right(question, "It is on 12 July.")
    assert is_refused("The documents do not say.")
