"""A threshold for one's own questions: what is judged, what is found, what is not claimed."""

import dataclasses

import numpy as np
import pytest

from rag.errors import CalibrationError
from rag.evaluation.calibrate import (
    ask_all,
    better_scale,
    find_threshold,
    format_costs,
    format_found,
    own_calibration,
)
from rag.evaluation.questions import Question
from rag.evaluation.thresholds import Outcomes, folds
from tests.fakes_evaluate import QUESTIONS, BatchPipeline, cite, refused, shown


def outcomes_of(*groups):
    """From (how many, confidence, mark): + right, - wrong though answerable, 0 not answerable.

    Confidences within a group differ by a ten-thousandth each.
    """
    rows = [
        (confidence + number / 10_000, mark)
        for count, confidence, mark in groups
        for number in range(count)
    ]
    return Outcomes(
        np.array([confidence for confidence, _ in rows]),
        np.array([mark == "+" for _, mark in rows], dtype=bool),
        np.array([mark != "0" for _, mark in rows], dtype=bool),
    )


class ShowingAll(BatchPipeline):
    """As a pipeline with a threshold of 0: the boats' questions come with a quote, always."""

    def ask_many(self, questions, *, histories=None):
        for question, answer in zip(questions, super().ask_many(questions), strict=True):
            if question == "Why is the oak there?":
                yield shown(question, cite(2, "Nobody planted it."), confidence=0.3)
            elif question == "Why is the sky blue?":
                yield shown(question, cite(1, "Dogs travel free."), confidence=0.2)
            elif question == "Nothing found?":
                yield refused(question, confidence=0.0)
            elif isinstance(answer, Exception):
                yield answer
            else:
                yield dataclasses.replace(answer, confidence=round(answer.confidence, 1))


def test_every_question_is_judged_by_the_contract():
    """q1 has F1 1; q2 has 0; q3 0.8; q4, long, cites its evidence; q5 and q6 are not answerable;
    q7 cannot be asked; without answers or evidence "Which?" cannot be judged; where nothing was
    found nothing is right."""
    unjudged = Question(id="u", question="Which?", answerable=True)
    lost = Question(id="n", question="Nothing found?", answerable=True, answers=("x",))
    done = []
    outcomes, left_out = ask_all(ShowingAll(), [*QUESTIONS, unjudged, lost], done.append)
    assert left_out == 2
    assert list(outcomes.right) == [True, False, True, True, False, False, False]
    assert list(outcomes.answerable) == [True, True, True, True, False, False, True]
    assert list(outcomes.confidence[3:]) == pytest.approx([0.3, 0.6, 0.2, 0.0], abs=0.07)
    assert done == [9]


def test_an_answer_in_the_text_is_right_although_the_span_is_not():
    question = Question(id="q", question="Fare?", answerable=True, answers=("12 euros",))

    class Beside(BatchPipeline):
        def ask_many(self, questions, *, histories=None):
            yield shown(questions[0], cite(1, "It costs 12 euros."), short_answer="costs")

    outcomes, _ = ask_all(Beside(), [question])
    assert list(outcomes.right) == [True]


SEPARATED = outcomes_of((60, 0.8, "+"), (8, 0.5, "+"), (2, 0.2, "-"), (20, 0.1, "0"))


def test_threshold_cost_and_held_out_cost_are_found():
    """At 1 % none of 68 may be wrong: halfway between 0.5 and 0.2001. Every fold's threshold lies
    between the same two. Too few are wrong to fit the scale."""
    found = find_threshold(SEPARATED, 0.01, 5)
    assert found.cost.threshold == pytest.approx((0.5 + 0.2001) / 2)
    for cost in (found.cost, found.held_out):
        assert (cost.shown, cost.wrong, cost.refused) == (68, 0, 1.0)
        assert cost.answered == pytest.approx(68 / 70)
    assert (found.slope, found.intercept) == (1.0, 0.0)
    own = own_calibration(found, 0.01, "default@1")
    assert (own.min_confidence, own.questions, own.reader) == (
        found.cost.threshold,
        90,
        "default@1",
    )
    assert (own.max_error, own.held_out_error) == (0.01, 0.0)
    assert own.held_out_answered == pytest.approx(68 / 70)


@pytest.mark.parametrize("seed", [1, 4, 7])
def test_held_out_error_shows_what_was_luck(seed):
    """Right for 70 %, at random: some threshold seems to keep to 25 %, on others it does not."""
    random = np.random.default_rng(seed)
    right = random.random(300) < 0.7
    found = find_threshold(Outcomes(random.random(300), right, right | True), 0.25, 5)
    assert found.cost.error <= 0.25 < found.held_out.error
    assert own_calibration(found, 0.25, "").held_out_error == found.held_out.error
    assert "higher than asked for" in format_found(found, 0.25)


def test_scale_is_fitted_again_only_where_that_is_surely_better():
    """Confidences of 0.9 of which half are right, and 0.4 of which one in ten is: far too sure."""
    boastful = outcomes_of((100, 0.9, "+"), (100, 0.9, "-"), (10, 0.4, "+"), (90, 0.4, "-"))
    slope, intercept = better_scale(boastful, list(folds(boastful.right)))
    # log-odds 2.2 -> 0, and -0.4 -> -2.2: the slope is 0.84, the intercept -1.86 (about)
    assert (slope, intercept) == pytest.approx((0.84, -1.86), abs=0.05)
    honest = outcomes_of((90, 0.9, "+"), (10, 0.9, "-"), (40, 0.4, "+"), (60, 0.4, "-"))
    assert better_scale(honest, list(folds(honest.right))) == (1.0, 0.0)
    few = outcomes_of((40, 0.9, "+"), (40, 0.9, "-"), (4, 0.4, "+"), (36, 0.4, "-"))
    assert better_scale(few, list(folds(few.right))) == (1.0, 0.0)


def test_threshold_on_a_new_scale_shows_what_it_would_have_shown():
    boastful = outcomes_of((100, 0.9, "+"), (5, 0.7, "-"), (60, 0.6, "0"), (10, 0.55, "+"))
    found = find_threshold(boastful, 0.05, 5)
    assert found.slope != 1.0
    assert (found.cost.shown, found.cost.wrong) == (105, 5)
    assert "fitted to these questions" in format_found(found, 0.05)


@pytest.mark.parametrize(
    ("outcomes", "problem"),
    [
        (outcomes_of(), "only 0 questions could be judged"),
        (outcomes_of((10, 0.9, "+"), (9, 0.1, "0")), "only 19 questions could be judged"),
        (outcomes_of((30, 0.9, "+")), "30 right and 0 wrong answers"),
        (outcomes_of((30, 0.9, "+"), (4, 0.1, "0")), "30 right and 4 wrong answers"),
        (outcomes_of((30, 0.9, "-"), (30, 0.5, "+")), "no threshold keeps to at most 5.0% wrong"),
        (outcomes_of((15, 0.9, "+"), (30, 0.5, "-")), "no threshold keeps to at most 5.0% wrong"),
    ],
)
def test_too_little_to_choose_by_is_one_clear_line(outcomes, problem):
    with pytest.raises(CalibrationError, match=problem) as caught:
        find_threshold(outcomes, 0.05, 5)
    assert "nothing was stored" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_table_has_the_default_among_its_steps():
    lines = format_costs(SEPARATED, 0.15).splitlines()
    assert lines[0] == "90 questions judged, 20 of them not answerable"
    cells = [line.split() for line in lines[3:]]
    assert [row[-6] for row in cells][:4] == ["0.050", "0.100", "0.150", "0.200"]
    assert cells[0] == ["0.050", "90", "22", "24.4%", "100.0%", "0.0%"]
    assert cells[2] == ["the", "default", "0.150", "70", "2", "2.9%", "100.0%", "100.0%"]
    assert cells[-1] == ["0.900", "0", "0", "–", "0.0%", "100.0%"]
