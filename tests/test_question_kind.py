"""Which kind of answer a question asks for."""

import subprocess
import sys

import numpy as np
import pytest

from rag.answering.question_kind import (
    FORM_SIZE,
    KINDS,
    WEIGHTS,
    KindWeights,
    QuestionKinds,
    asks_for_all,
    asks_for_sentences,
    form_of,
    likeliest,
    load_question_kinds,
)


def weights(features, **of_kind):
    """Weights of 0 and biases of 0 but for those of some kinds."""
    biases = [of_kind.get(kind, 0.0) for kind in KINDS]
    return KindWeights(
        weights=np.zeros((len(KINDS), features), dtype=np.float32),
        biases=np.array(biases, dtype=np.float32),
    )


def test_probabilities_are_the_softmax_of_weights_and_biases():
    own = weights(2, list=1.0)
    own.weights[KINDS.index("list")] = [2.0, 0.0]
    found = own.probabilities(np.array([0.5, 9.0], dtype=np.float32))
    # list: e^(2 * 0.5 + 1) = 7.389; the 13 others: 1 each
    assert found[KINDS.index("list")] == pytest.approx(7.389 / 20.389, abs=1e-4)
    assert found[KINDS.index("sum")] == pytest.approx(1 / 20.389, abs=1e-4)


def test_meaning_decides_where_it_is_known_and_the_form_where_not():
    kinds = QuestionKinds(
        by_form=weights(FORM_SIZE, count=3.0),
        by_form_and_meaning=weights(FORM_SIZE + 2, compare=3.0),
        topic_by_form=weights(FORM_SIZE),
        topic_by_form_and_meaning=weights(FORM_SIZE + 2),
        embedder="fake",
    )
    assert next(iter(kinds.kinds("How many?"))) == "count"
    meant = kinds.kinds("How many?", np.array([1, 0], dtype=np.float32))
    assert next(iter(meant)) == "compare"
    assert sum(meant.values()) == pytest.approx(1)


def test_likeliest_is_the_kind_with_the_highest_probability():
    assert likeliest({"short": 0.2, "yesno": 0.5, "sum": 0.3}) == "yesno"


def test_several_sentences_are_asked_for_where_these_kinds_are_likelier_together():
    kinds = dict.fromkeys(KINDS, 0.0)
    assert asks_for_sentences(kinds | {"short": 0.45, "filter": 0.3, "overview": 0.25})
    assert not asks_for_sentences(kinds | {"short": 0.45, "filter": 0.3, "yesno": 0.25})


def test_all_of_a_list_is_asked_for_where_list_and_steps_are_likelier_together():
    kinds = dict.fromkeys(KINDS, 0.0)
    assert asks_for_all(kinds | {"list": 0.3, "steps": 0.2, "short": 0.5})
    assert not asks_for_all(kinds | {"list": 0.3, "overview": 0.2, "short": 0.5})


def test_form_is_two_unit_vectors_that_pass_over_case_digits_and_kinds_of_apostrophe():
    form = form_of("What's due on 3 May?")
    assert form.shape == (FORM_SIZE,)
    assert np.linalg.norm(form) == pytest.approx(2**0.5)
    assert np.array_equal(form, form_of("WHAT’S due on 5 May?"))
    assert not np.array_equal(form, form_of("Due on 3 May what's?"))


@pytest.mark.parametrize("question", ["", " ", "?!", "\udc80", "🙂" * 2000, "x" * 2000])
def test_odd_questions_have_kinds_too(question):
    kinds = load_question_kinds().kinds(question)
    assert set(kinds) == set(KINDS)
    assert sum(kinds.values()) == pytest.approx(1, abs=1e-5)


def test_question_in_another_script_is_taken_to_be_short():
    kinds = load_question_kinds().kinds("这座桥什么时候通车?")
    assert likeliest(kinds) == "short"
    assert sum(kinds.values()) == 1


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When does the museum open?", "short"),
        ("is smoking allowed in the garage", "yesno"),
        ("List all the members of the jury.", "list"),
        ("How do I change the filter?", "steps"),
        ("Why was the show called off?", "explanation"),
        ("how many of the boats are red", "count"),
        ("What do all the invoices come to in total?", "sum"),
        ("cheapest lamp", "lowest"),
        ("Which lamp is the most expensive?", "highest"),
        ("What is the difference between plan A and plan B?", "compare"),
        ("Summarise the letter.", "overview"),
    ],
)
def test_the_form_alone_tells_plain_questions(question, kind):
    assert likeliest(load_question_kinds().kinds(question)) == kind


def test_weights_are_small_and_those_of_the_product_s_embedder():
    kinds = load_question_kinds()
    assert kinds.by_form.weights.shape == (len(KINDS), FORM_SIZE)
    assert kinds.by_form_and_meaning.weights.shape == (len(KINDS), FORM_SIZE + 768)
    assert kinds.embedder == "footnote-mpnet"
    assert WEIGHTS.stat().st_size < 1_000_000


def test_answering_needs_no_scikit_learn():
    code = (
        "import sys; from rag.answering.question_kind import load_question_kinds as load;"
        "load().kinds('why?'); print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
