"""What is mined says how the sentences and the words of a candidate bear on its question."""

import json

import pytest

from training.checker_data import mined
from training.mine_answers import settles, words_answer
from training.pairs import CONTRADICTED, SUPPORTED, UNSUPPORTED
from training.tests.test_fit_confidence import asked, candidate

KEY = "Ask Mr. Pell for the key."


@pytest.mark.parametrize(
    ("group", "answers", "evidence", "words", "settled", "right"),
    [
        pytest.param("span", ("Mr. Pell",), KEY, "Mr. Pell", "yes", True, id="the answer"),
        pytest.param("span", ("Mr. Pell",), KEY, "key", "yes", False, id="other words beside it"),
        pytest.param("span", ("Mr. Pell",), KEY, KEY, "yes", None, id="more than the answer"),
        pytest.param("span", ("Mr. Pell",), KEY, "soap", "nothing", False, id="another sentence"),
        pytest.param("span", ("key",), "Bring the key.", "key", None, None, id="elsewhere"),
        pytest.param("no", (KEY,), KEY, "key", "no", None, id="what says no"),
        pytest.param("list", ("soap",), "Bring soap.", "soap", "yes", None, id="an item"),
        pytest.param("close", (), None, "soap", "nothing", False, id="not answered"),
        pytest.param("close", (), KEY, "key", "no", False, id="what denies it"),
    ],
)
def test_a_candidate_is_judged_by_its_sentences_and_by_its_words(
    group, answers, evidence, words, settled, right
):
    question = asked(group, answers, evidence)
    assert settles(question, candidate(words)) == settled
    assert words_answer(question, candidate(words)) is right


def test_what_is_mined_is_asked_alone_and_with_its_words_where_each_is_known(tmp_path):
    line = {"folder": "a", "question": "who has it", "answer": "Pell", "text": KEY}
    lines = [
        line | {"settles": "yes", "right": True},
        line | {"settles": "no", "right": None},
        line | {"settles": None, "right": False},
        line | {"settles": "nothing", "right": False},
    ]
    path = tmp_path / "mined.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    pairs = mined(path)
    assert [(pair.said == "who has it", pair.label) for pair in pairs] == [
        (True, SUPPORTED),
        (False, SUPPORTED),
        (True, CONTRADICTED),
        (False, UNSUPPORTED),
        (True, UNSUPPORTED),
        (False, UNSUPPORTED),
    ]
    assert {pair.text for pair in pairs} == {KEY}
