"""The hard rule beside the checker, and which quotes a sentence cites."""

import numpy as np
import pytest

from rag.answering.check import (
    TrainedChecker,
    first_word,
    names_and_numbers_stand,
    supporting_quotes,
)
from rag.datatypes import Citation

LEASE = "The tenant, Maria Weber, shall pay £1,250 by 14 March 2026 to Kern & Sons."


@pytest.mark.parametrize(
    "sentence",
    [
        "Maria Weber pays 1250 pounds.",
        "By 14 March 2026 the tenant has to pay.",
        "It is due on March 14, 2026, and goes to Kern's firm.",
        "Rent is owed.",
    ],
)
def test_what_is_in_the_text_stands(sentence):
    assert names_and_numbers_stand(sentence, [LEASE])


@pytest.mark.parametrize(
    "sentence",
    [
        "Maria Weber pays 1251 pounds.",
        "It is due on 15 March 2026.",
        "It is due in April.",
        "The tenant pays Smith.",
        "McKern gets it.",
    ],
)
def test_a_number_date_or_name_that_is_not_there_does_not(sentence):
    assert not names_and_numbers_stand(sentence, [LEASE])


class Checking:
    """Supports a sentence when every word of `needed` is in the texts."""

    name = "fake"

    def __init__(self, *needed: str) -> None:
        self.needed = needed
        self.asked: list[list[str]] = []

    def supported(self, question, sentence, cited_texts):
        self.asked.append(list(cited_texts))
        return 0.9 if all(word in " ".join(cited_texts) for word in self.needed) else 0.0


QUOTES = ["Dogs must be on a lead.", "Cats may roam.", "Birds stay in.", "Fish swim."]


CITATIONS = [
    Citation(
        document_id=1,
        document="Elmhurst.md",
        start=0,
        end=len(quote),
        page=None,
        quote=quote,
        section="Rules of 2026",
    )
    for quote in QUOTES
]


def likeness(sentence, quotes):
    return [0.9 - 0.1 * place for place in range(len(quotes))]


def test_the_nearest_quote_alone_is_cited_if_it_supports():
    checker = Checking("lead")
    assert supporting_quotes(checker, "?", "Dogs need one.", CITATIONS, likeness, 0.5) == (0,)
    assert checker.asked == [QUOTES[:1]]


def test_a_quote_that_supports_alone_goes_before_nearer_ones():
    checker = Checking("roam")
    assert supporting_quotes(checker, "?", "They may.", CITATIONS, likeness, 0.5) == (1,)


def test_further_quotes_are_added_as_far_as_they_are_needed():
    checker = Checking("lead", "roam")
    assert supporting_quotes(checker, "?", "Both.", CITATIONS, likeness, 0.5) == (0, 1)


def test_no_more_than_three_are_cited():
    assert supporting_quotes(Checking("swim"), "?", "They do.", CITATIONS, likeness, 0.5) == ()


def test_a_probability_below_the_threshold_does_not_pass():
    assert supporting_quotes(Checking("lead"), "?", "Dogs.", CITATIONS, likeness, 0.95) == ()


def test_the_checker_is_not_asked_about_a_name_that_does_not_stand():
    checker = Checking()
    assert supporting_quotes(checker, "?", "So says Mr Smith.", CITATIONS, likeness, 0.5) == ()
    assert checker.asked == []


def test_a_name_may_stand_in_what_the_citation_shows_of_its_place():
    checker = Checking("lead")
    said = "Elmhurst's rules of 2026 want dogs on one."
    assert supporting_quotes(checker, "?", said, CITATIONS, likeness, 0.5) == (0,)
    assert checker.asked == [QUOTES[:1]]


class Pairs:
    """Answers a pair with the probabilities that it is told for what is said."""

    def __init__(self, **told):
        self.told = told

    def probabilities(self, pairs):
        return np.array([self.told[said] for said, _ in pairs], dtype=np.float32)


@pytest.mark.parametrize(
    ("sentence", "asked", "expected"),
    [
        ("Yes", (0.9, 0.05, 0.05), 0.8 * 0.9 / (0.8 * 0.9 + 0.2 * 0.1)),
        ("Yes", (0.05, 0.9, 0.05), 0.8 * 0.05 / (0.8 * 0.05 + 0.2 * 0.95)),
        ("No", (0.05, 0.9, 0.05), 0.8 * 0.9 / (0.8 * 0.9 + 0.2 * 0.1)),
        ("Nobody", (0.05, 0.9, 0.05), 0.8),
        ("Yes", (0.0, 1.0, 0.0), 0.0),
    ],
)
def test_of_a_yes_or_no_it_is_judged_whether_the_texts_answer_the_question_so(
    sentence, asked, expected
):
    model = Pairs(asked=asked, **{sentence: (0.8, 0.1, 0.1)})
    found = TrainedChecker(model).supported("asked", sentence, ["a", "b"])
    assert found == pytest.approx(expected, abs=1e-6)


def test_what_is_certain_both_ways_supports_nothing():
    model = Pairs(asked=(0.0, 1.0, 0.0), Yes=(1.0, 0.0, 0.0))
    assert TrainedChecker(model).supported("asked", "Yes", ["a"]) == 0.0


@pytest.mark.parametrize(
    ("sentence", "word"),
    [("Yes, it is.", "yes"), ("NO: closed.", "no"), ("No", "no"), ("Not today.", None)],
)
def test_the_word_that_a_sentence_begins_with(sentence, word):
    assert first_word(sentence) == word
