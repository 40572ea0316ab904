"""Thresholds by hand, and by brute force; what cross-validation must not see."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.thresholds import (
    Outcomes,
    choose_threshold,
    cost_of,
    folds,
    held_out_cost,
    held_out_probabilities,
    log_losses,
)


def outcomes_of(*questions):
    """From (confidence, mark): + right, - wrong though answerable, 0 not answerable."""
    return Outcomes(
        np.array([confidence for confidence, _ in questions], dtype=np.float64),
        np.array([mark == "+" for _, mark in questions], dtype=bool),
        np.array([mark != "0" for _, mark in questions], dtype=bool),
    )


BY_HAND = outcomes_of((0.3, "0"), (0.9, "+"), (0.7, "-"), (0.8, "+"), (0.6, "+"), (0.2, "-"))


def test_cost_by_hand():
    """From 0.6 on: 0.9, 0.8, 0.7, 0.6 are shown, one is wrong; of five answerable four."""
    cost = cost_of(BY_HAND, 0.6)
    assert (cost.shown, cost.wrong, cost.error) == (4, 1, 0.25)
    assert (cost.answered, cost.refused) == (0.8, 1.0)
    assert cost_of(BY_HAND, 0.3).refused == 0.0
    assert cost_of(BY_HAND, 0.95).error is None
    assert cost_of(BY_HAND.take(np.array([1])), 0.5).refused is None


@pytest.mark.parametrize(
    ("max_error", "threshold"),
    [
        (0.0, 0.75),  # 0.9 and 0.8, halfway to 0.7
        (0.25, 0.45),  # 0.7 alone would be 1 of 3; with 0.6 it is 1 of 4; halfway to 0.3
        (0.4, 0.25),  # 2 of 5, halfway to 0.2
        (0.5, 0.2),  # 3 of 6: all is shown, and nothing is known of what lies below
    ],
)
def test_threshold_by_hand(max_error, threshold):
    assert choose_threshold(BY_HAND, max_error, least_shown=1) == pytest.approx(threshold)


def test_threshold_does_not_cut_between_equals():
    """Of the two at 0.5 one is wrong: either both are shown or none."""
    tied = outcomes_of((0.9, "+"), (0.5, "+"), (0.5, "-"), (0.1, "-"))
    assert choose_threshold(tied, 0.0, least_shown=1) == pytest.approx(0.7)
    assert choose_threshold(tied, 0.34, least_shown=1) == pytest.approx(0.3)


def test_no_threshold_where_the_surest_is_wrong_or_too_little_is_shown():
    assert choose_threshold(outcomes_of((0.9, "-"), (0.8, "+")), 0.1, least_shown=1) is None
    assert choose_threshold(BY_HAND, 0.0, least_shown=3) is None
    assert choose_threshold(BY_HAND, 0.0) is None  # twenty, unless said otherwise
    assert choose_threshold(outcomes_of(), 0.5, least_shown=1) is None


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.5]),
    st.integers(1, 5),
)
def test_threshold_shows_as_much_as_brute_force(questions, max_error, least_shown):
    outcomes = outcomes_of(*((number / 12, "+" if right else "-") for number, right in questions))
    costs = [cost_of(outcomes, number / 12) for number in range(13)]
    fitting = [
        cost.shown
        for cost in costs
        if cost.shown >= least_shown and cost.wrong <= max_error * cost.shown + 1e-9
    ]
    found = choose_threshold(outcomes, max_error, least_shown=least_shown)
    assert (found is None) == (not fitting)
    if found is not None:
        assert cost_of(outcomes, found).shown == max(fitting)


HALVES = np.arange(20), np.arange(20, 40)


def test_held_out_cost_by_hand():
    """Two halves of 20. On the first, right down to 0.5 and wrong below, 0.45 is chosen at an
    error of 0 (halfway between 0.5 and 0.4); on the second, right down to 0.7, it is 0.65. So of
    the first 0.65 shows the ten at 0.9, and of the second 0.45 shows ten right at 0.7 and ten
    wrong at 0.6."""
    first = [(0.9, "+")] * 10 + [(0.5, "+")] * 5 + [(0.4, "0")] * 5
    second = [(0.7, "+")] * 10 + [(0.6, "-")] * 10
    splits = [(HALVES[1], HALVES[0]), HALVES]
    cost, thresholds = held_out_cost(outcomes_of(*first, *second), 0.0, splits)
    assert thresholds == pytest.approx([0.65, 0.45])  # a held out first
    assert (cost.shown, cost.wrong) == (30, 10)
    assert cost.answered == pytest.approx(30 / 35)
    assert cost.refused == 1.0
    assert cost.threshold == pytest.approx(0.55)


def test_held_out_cost_without_a_threshold_shows_nothing():
    cost, thresholds = held_out_cost(
        outcomes_of(*[(0.9, "-")] * 40), 0.05, [(HALVES[1], HALVES[0]), HALVES]
    )
    assert (cost.shown, cost.error, cost.answered, thresholds) == (0, None, 0.0, [])
    assert math.isnan(cost.threshold)


def test_folds_hold_out_each_question_once_with_its_share_of_wrong_ones():
    right = np.array([True] * 40 + [False] * 10)
    splits = list(folds(right))
    assert sorted(i for _, held_out in splits for i in held_out) == list(range(50))
    assert all((~right[held_out]).sum() == 2 for _, held_out in splits)
    assert all(not set(learned) & set(held_out) for learned, held_out in splits)
    again = list(folds(right))
    assert all((a[1] == b[1]).all() for a, b in zip(splits, again, strict=True))


def test_held_out_probabilities_come_from_the_others():
    values = np.array([1.0, 3.0, 10.0])
    found = held_out_probabilities(
        lambda learned: lambda at: np.full(len(at), values[learned].sum()),
        [(np.array([2]), np.array([0, 1])), (np.array([0, 1]), np.array([2]))],
        3,
    )
    assert list(found) == [10.0, 10.0, 4.0]


def test_log_losses_by_hand_and_never_infinite():
    """-ln 0.8 and -ln (1 - 0.4) = 0.2231 and 0.5108."""
    losses = log_losses(np.array([0.8, 0.4, 0.0]), np.array([True, False, True]))
    assert list(losses) == pytest.approx([0.2231, 0.5108, math.log(1000)], abs=1e-4)
