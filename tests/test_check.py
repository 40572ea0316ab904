"""The hard rule beside the checker, and which quotes a sentence cites."""

import numpy as np
import pytest

from rag.answering.check import (
    TrainedChecker,
    agreed,
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

    def __init__(self, *needed: str, answered: float = 1.0) -> None:
        self.needed, self.says = needed, answered
        self.asked: list[list[str]] = []
        self.words: list[tuple[str, list[str]]] = []

    def answered(self, question, word, texts):
        self.words.append((word, list(texts)))
        return self.says

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


def test_the_trained_checker_judges_the_sentence_and_the_question_apart():
    model = Pairs(asked=(0.2, 0.7, 0.1), said=(0.8, 0.1, 0.1))
    checker = TrainedChecker(model)
    assert checker.supported("asked", "said", ["a", "b"]) == pytest.approx(0.8)
    assert checker.answered("asked", "yes", ["a", "b"]) == pytest.approx(0.2)
    assert checker.answered("asked", "no", ["a", "b"]) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(0.8, None, 0.8), (0.8, 0.9, 0.72 / 0.74), (0.5, 0.7, 0.7), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)],
)
def test_the_odds_of_both_judgements_are_multiplied(one, other, expected):
    assert agreed(one, other) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sentence", "answered", "least", "expected"),
    [
        ("Yes, dogs must be on a lead.", 0.7, 0.95, (0,)),
        ("Yes, dogs must be on a lead.", 0.7, 0.97, ()),
        ("Yes, dogs must be on a lead.", 0.6, 0.1, ()),
        ("Dogs must be on a lead, yes.", 0.6, 0.9, (0,)),
    ],
)
def test_a_written_yes_or_no_is_to_answer_the_question_beside_all_quotes(
    sentence, answered, least, expected
):
    checker = Checking("Dogs", answered=answered)
    found = supporting_quotes(checker, "Must they?", sentence, CITATIONS, likeness, least)
    assert found == expected
    assert checker.words == ([("yes", QUOTES)] if sentence.startswith("Yes") else [])


@pytest.mark.parametrize(
    ("sentence", "word"),
    [("Yes, it is.", "yes"), ("NO: closed.", "no"), ("No", "no"), ("Not today.", None)],
)
def test_the_word_that_a_sentence_begins_with(sentence, word):
    assert first_word(sentence) == word
