"""The word before a quote: said where the checker is sure of it, and not where none belongs."""

from dataclasses import replace

import numpy as np
import pytest

from rag.answering.question_kind import KINDS
from rag.answering.word import Settled, denied_by, denying, settled_by, with_yes_or_no
from rag.datatypes import Answer, Citation, CitedSentence

QUOTE = "No animals may be kept in the flat."
TEXT = f"Lease. 7 Animals. {QUOTE}"
AROUND = f"{TEXT} Fish are no animals here."
ANSWER = Answer(
    question="Can I keep a dog?",
    understood="Can I keep a dog in the flat?",
    status="quoted",
    sentences=(CitedSentence(text=QUOTE, citations=(1,), start=10),),
    citations=(
        Citation(document_id=3, document="lease.txt", start=10, end=45, page=None, quote=QUOTE),
    ),
    short_answer="No animals",
    short_span=(1, 10, 20),
    nearest=(),
    confidence=0.5,
    answer_kind="short",
)


class Checker:
    """Says of each pair that it is asked about the next of `probabilities`."""

    def __init__(self, *probabilities):
        self.waiting = list(probabilities)
        self.asked = []

    def probabilities(self, pairs):
        self.asked += pairs
        return np.array([self.waiting.pop(0) for _ in pairs], dtype=np.float32)


def kinds(likeliest):
    return {kind: float(kind == likeliest) for kind in KINDS}


@pytest.mark.parametrize(
    ("probabilities", "word"), [((0.1, 0.88, 0.02), "no"), ((0.9, 0.05, 0.05), "yes")]
)
def test_the_word_is_said_and_the_quote_stays(probabilities, word):
    checker = Checker(probabilities, probabilities)
    settled = settled_by(ANSWER.understood, kinds("yesno"), [(TEXT, AROUND)], [0.0], checker)
    assert checker.asked == [(ANSWER.understood, AROUND), (ANSWER.understood, TEXT)]
    assert settled == Settled(place=0, word=word, probability=pytest.approx(max(probabilities)))
    found = with_yes_or_no(ANSWER, settled)
    assert (found.short_answer, found.answer_kind, found.short_span) == (word, word, None)
    assert (found.status, found.sentences) == ("quoted", ANSWER.sentences)
    assert found.text == f"{word.capitalize()}: {QUOTE} [1]"
    assert found.confidence == pytest.approx(0.5 * max(probabilities))


@pytest.mark.parametrize(
    ("probabilities", "texts", "place"),
    [
        ([(0.1, 0.2, 0.7), (0.9, 0.05, 0.05), (0.05, 0.9, 0.05)], ["a.", "b.", "c."], 1),
        ([(0.1, 0.2, 0.7), (0.3, 0.1, 0.6)], ["a.", "b."], 0),
        ([(0.39, 0.6, 0.01), (0.9, 0.05, 0.05)], ["a.", "b."], 0),
        ([(0.9, 0.0, 0.1), (0.0, 0.9, 0.1)], ["May she come?", "No guests."], 1),
        ([(0.9, 0.0, 0.1)], ["May she come?"], 0),
    ],
    ids=[
        "the first that does",
        "none does",
        "the first does, unsure how",
        "not one that asks",
        "only one that asks",
    ],
)
def test_the_first_text_that_surely_settles_it_does(probabilities, texts, place):
    checker = Checker(*probabilities, probabilities[place])
    pairs = [(text, text) for text in texts]
    settled = settled_by(ANSWER.understood, kinds("yesno"), pairs, [0.0] * len(pairs), checker)
    assert settled.place == place
    is_sure = max(probabilities[place][:2]) >= 0.65 and not texts[place].endswith("?")
    assert (settled.word is not None) == is_sure


@pytest.mark.parametrize(
    ("leaning", "word", "probability"),
    [(0.0, None, 0.5), (1.0, None, 0.582), (2.0, "yes", 0.655), (-4.0, "no", 0.707)],
)
def test_what_the_reader_leans_to_counts_beside_the_checker(leaning, word, probability):
    """Odds of 0.5 / 0.4 times e ^ (0.38 x leaning), of the 0.9 that is not left open."""
    checker = Checker((0.5, 0.4, 0.1), (0.5, 0.4, 0.1))
    settled = settled_by(ANSWER.understood, kinds("yesno"), [(TEXT, TEXT)], [leaning], checker)
    assert (settled.word, settled.probability) == (word, pytest.approx(probability, abs=1e-3))


@pytest.mark.parametrize(("said", "width"), [((0.9,), 0), ((0.1, 0.9), 1), ((0.1, 0.1), 2)])
def test_the_narrowest_text_that_says_the_word_is_known(said, width):
    checker = Checker((0.05, 0.9, 0.05), *((0.1, no, 0.9 - no) for no in said))
    widths = TEXT, f"{TEXT} So it was agreed.", AROUND
    settled = settled_by(ANSWER.understood, kinds("yesno"), [widths], [0.0], checker)
    assert (settled.word, settled.width) == ("no", width)
    assert [text for _, text in checker.asked] == [AROUND, *widths[: len(said)]]


def test_what_a_writer_says_has_no_word_before_it():
    said = CitedSentence(text="No, you cannot.", citations=(1,), verbatim=False)
    answer = replace(ANSWER, status="answered", answer_kind="no", short_answer="no")
    answer = replace(answer, sentences=(said, *ANSWER.sentences))
    assert answer.text == f"No, you cannot. [1]\n{QUOTE} [1]"


def test_no_text_is_made_for_another_question_nor_behind_the_one_that_settles_it():
    never = (pytest.fail("a text was taken") for _ in range(1))
    assert settled_by(ANSWER.understood, kinds("short"), never, [0.0], Checker()) is None
    taken = iter([(TEXT,), (AROUND,)])
    assert (
        settled_by(ANSWER.understood, kinds("yesno"), taken, [0.0], Checker((0.9, 0.0, 0.1))).place
        == 0
    )
    assert list(taken) == [(AROUND,)]


@pytest.mark.parametrize("probabilities", [(0.5, 0.4, 0.1), (0.05, 0.05, 0.9), (0.6, 0.2, 0.2)])
def test_a_doubtful_word_is_not_said_and_the_confidence_tells(probabilities):
    """What the quote means to the question is not known then: 0.5 * 0.6 at most."""
    settled = settled_by(
        ANSWER.understood, kinds("yesno"), [(TEXT, AROUND)], [0.0], Checker(probabilities)
    )
    found = with_yes_or_no(ANSWER, settled)
    assert found == replace(ANSWER, confidence=pytest.approx(0.5 * max(probabilities[:2])))


def test_other_questions_and_refusals_are_not_checked():
    checker = Checker((1.0, 0.0, 0.0))
    assert settled_by(ANSWER.understood, kinds("short"), [TEXT], [0.0], checker) is None
    assert settled_by(ANSWER.understood, kinds("yesno"), [], [], checker) is None
    assert checker.asked == []
    refused = replace(ANSWER, status="refused", sentences=(), citations=(), refusal="No.")
    assert with_yes_or_no(refused, Settled(place=0, word="yes", probability=1.0)) is refused


def test_without_the_model_the_quote_stands_alone():
    checker = Checker()
    checker.probabilities = lambda pairs: None
    assert settled_by(ANSWER.understood, kinds("yesno"), [(TEXT, AROUND)], [0.0], checker) is None


PREMISE = "How much more rent is it with a dog?"


OPEN, DENIED, ANSWERED = (0.1, 0.1, 0.8), (0.02, 0.96, 0.02), (0.8, 0.1, 0.1)


@pytest.mark.parametrize(
    ("probabilities", "place"),
    [
        ((DENIED,), 0),
        ((OPEN, DENIED), 1),
        ((OPEN, OPEN, DENIED), 2),
        ((ANSWERED, DENIED), None),
        ((OPEN, OPEN, OPEN), None),
        (((0.05, 0.87, 0.08),), None),
    ],
)
def test_what_is_taken_for_granted_is_denied_by_the_first_text_that_does(probabilities, place):
    """Not by one that comes after a text that answers; nor is more asked than tells."""
    checker = Checker(*probabilities)
    texts = [f"{number}. {TEXT}" for number in range(len(probabilities))]
    found = denied_by(PREMISE, kinds("short"), texts, checker)
    assert found == (None if place is None else (place, pytest.approx(0.96)))
    asked = texts[:1] if probabilities[0] is ANSWERED else texts
    assert checker.asked == [(PREMISE, text) for text in asked]


def test_a_denial_is_said_before_the_quote():
    found = denying(ANSWER, 0.85)
    assert (found.answer_kind, found.short_answer, found.confidence) == ("denied", None, 0.85)
    assert (found.word, found.text) == ("denied", f"The text says otherwise: {QUOTE} [1]")


@pytest.mark.parametrize("kind", ["yesno", "compare", "overview"])
def test_questions_that_take_nothing_for_granted_are_not_denied(kind):
    checker = Checker(DENIED)
    assert denied_by(PREMISE, kinds(kind), [TEXT], checker) is None
    assert checker.asked == []


def test_without_the_model_nothing_is_denied():
    checker = Checker()
    checker.probabilities = lambda pairs: None
    assert denied_by(PREMISE, kinds("short"), [TEXT], checker) is None
