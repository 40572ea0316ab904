import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from rag.evaluation.metrics import (
    auroc,
    bootstrap_intervals,
    contains_answer,
    exact_match,
    find_all,
    first_rank,
    hit_at,
    mean,
    merge_ranges,
    normalise_answer,
    overlap,
    percentile,
    ratio,
    reciprocal_rank,
    token_f1,
)

RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair))),
    max_size=6,
)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Eiffel Tower!", "eiffel tower"),
        ("a cat, an apple; the end.", "cat apple end"),
        ("U.S. $1.1 billion", "us 11 billion"),  # ASCII punctuation vanishes without a space
        ("four-year", "fouryear"),
        ("theatre analog", "theatre analog"),  # articles only as whole words
        ("the-cat", "thecat"),  # punctuation goes first, so this is no article any more
        ("“Élan” — vital", "“élan” — vital"),  # other punctuation stays, as in the script
        ("The", ""),
        (" \t\n", ""),
    ],
)
def test_normalise_answer_as_the_official_script(text, normalised):
    assert normalise_answer(text) == normalised


def test_exact_match_is_best_over_answers():
    assert exact_match("The Normans.", ["Vikings", "normans"]) == 1.0
    assert exact_match("Normans of France", ["normans"]) == 0.0


def test_exact_match_and_f1_of_empty_sides_as_the_official_script():
    # compute_f1: without tokens on one side, int(gold == predicted).
    assert (exact_match("", [""]), token_f1("", [""])) == (1.0, 1.0)
    assert (exact_match("the", ["a"]), token_f1("the", ["a"])) == (1.0, 1.0)
    assert (exact_match("", ["cat"]), token_f1("", ["cat"])) == (0.0, 0.0)
    assert (exact_match("cat", []), token_f1("cat", [])) == (0.0, 0.0)
    # get_raw_scores leaves out gold answers that normalise to nothing, if another is left.
    assert (exact_match("", ["the", "cat"]), token_f1("", ["the", "cat"])) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("prediction", "answers", "f1"),
    [
        # 2 of 3 predicted and 2 of 2 gold tokens: 2·(2/3)·1 / (2/3 + 1) = 0.8
        ("in October 1973", ["October 1973"], 0.8),
        # common tokens as multisets: "no no no" shares one "no" with "no": 2·1 / (3 + 1) = 0.5
        ("no no no", ["no"], 0.5),
        ("1973", ["October 1974", "late 1973"], 2 / 3),
        ("oil", ["gas"], 0.0),
    ],
)
def test_token_f1_worked_by_hand(prediction, answers, f1):
    assert token_f1(prediction, answers) == pytest.approx(f1)


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=4))
def test_f1_is_one_where_exact_and_lies_between_zero_and_one(prediction, answers):
    f1 = token_f1(prediction, answers)
    assert 0.0 <= f1 <= 1.0
    if exact_match(prediction, answers):
        assert f1 == pytest.approx(1.0)


@given(st.text(max_size=40))
def test_normalise_answer_leaves_no_article_and_no_surplus_space(text):
    once = normalise_answer(text)
    assert once == " ".join(once.split())
    assert all(token not in ("a", "an", "the") for token in once.split())


def test_contains_answer_needs_whole_tokens_in_a_row():
    text = "It cost the city $1.1 billion in 1999, nearly."
    assert contains_answer(text, ["1.1 billion"])
    assert contains_answer(text, ["three", "The 1999"])
    assert not contains_answer(text, ["199"])  # part of a token
    assert not contains_answer(text, ["billion 1999"])  # not in a row
    assert not contains_answer(text, ["the", ""])  # nothing left after normalisation
    assert not contains_answer("", ["noon"])


def test_merge_ranges_joins_touching_and_drops_empty_ones():
    assert merge_ranges([(5, 9), (0, 2), (2, 3), (7, 8), (4, 4)]) == [(0, 3), (5, 9)]


def test_overlap_counts_each_character_once():
    # [0, 6) and [4, 10) cover [0, 10); of [3, 12) that is 3…9, seven characters.
    assert overlap([(0, 6), (4, 10)], (3, 12)) == 7
    assert overlap([], (3, 12)) == 0


@given(RANGES, st.tuples(st.integers(0, 60), st.integers(0, 12)))
def test_overlap_is_that_of_sets_of_characters(ranges, target):
    start, length = target
    covered = {place for first, last in ranges for place in range(first, last)}
    expected = len(covered & set(range(start, start + length)))
    assert overlap(ranges, (start, start + length)) == expected


def test_find_all_finds_overlapping_places_and_nothing_for_nothing():
    assert find_all("banana", "ana") == [(1, 4), (3, 6)]
    assert find_all("banana", "") == []
    assert find_all("", "a") == []


def test_first_rank_starts_at_one_and_ends_at_the_depth():
    assert first_rank([False, True, True]) == 2
    assert first_rank([False] * 10 + [True]) is None
    assert first_rank([]) is None


def test_hit_at_and_reciprocal_rank_worked_by_hand():
    ranks = [1, 4, None, 10, 2]
    assert [hit_at(rank, 5) for rank in ranks] == [1.0, 1.0, 0.0, 0.0, 1.0]
    assert [reciprocal_rank(rank) for rank in ranks] == [1.0, 0.25, 0.0, 0.1, 0.5]


def test_retrieval_figures_are_those_of_their_definitions():
    """hit@k: something relevant is among the first k; MRR: 1 / n where the nth is the first."""
    random = np.random.default_rng(5)
    for relevant in random.random((200, 12)) < 0.12:
        rank = first_rank(list(relevant))
        for depth in (1, 5, 10):
            assert hit_at(rank, depth) == float(relevant[:depth].any())
        inverse = np.where(relevant, 1 / np.arange(1, 13), 0)[:10]
        assert reciprocal_rank(rank) == inverse.max()


def test_auroc_worked_by_hand():
    # positives 0.9, 0.5; negatives 0.5, 0.1. Pairs: win, win, tie, win: 3.5 of 4.
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    assert auroc(scores, np.array([True, True, False, False])) == 0.875


def test_auroc_is_not_defined_with_one_class():
    scores = np.array([0.9, 0.5])
    assert auroc(scores, np.array([True, True])) is None
    assert auroc(scores, np.array([False, False])) is None
    assert auroc(np.array([]), np.array([], dtype=bool)) is None


PAIRS = st.lists(
    st.tuples(st.integers(0, 5).map(lambda n: n / 5), st.booleans()), min_size=2, max_size=30
)


@settings(deadline=None)  # sklearn takes its time at the first call
@given(PAIRS)
def test_auroc_agrees_with_its_definition_and_with_sklearn(pairs):
    scores = np.array([score for score, _ in pairs])
    positive = np.array([label for _, label in pairs])
    if positive.all() or not positive.any():
        assert auroc(scores, positive) is None
        return
    wins = [
        (a > b) + 0.5 * (a == b) for a, b in itertools.product(scores[positive], scores[~positive])
    ]
    assert auroc(scores, positive) == pytest.approx(np.mean(wins))
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_mean_percentile_and_ratio_pass_over_what_is_not_defined():
    values = np.array([1.0, math.nan, 2.0, 4.0])
    assert mean(values) == pytest.approx(7 / 3)
    assert percentile(values, 50) == 2.0
    assert percentile(values, 75) == 3.0  # half-way between 2 and 4
    assert ratio(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == 0.5
    nothing = np.array([math.nan])
    assert mean(nothing) is None
    assert percentile(nothing, 50) is None
    assert ratio(np.array([0.0]), np.array([0.0])) is None


def test_bootstrap_interval_is_near_the_normal_one_and_the_same_every_time():
    values = np.random.default_rng(1).random(400)
    figures = {"mean": lambda indices: mean(values[indices])}
    low, high = bootstrap_intervals(figures, 400)["mean"]
    error = 1.96 * values.std() / math.sqrt(400)
    assert low == pytest.approx(values.mean() - error, abs=error / 5)
    assert high == pytest.approx(values.mean() + error, abs=error / 5)
    assert bootstrap_intervals(figures, 400)["mean"] == (low, high)
    assert bootstrap_intervals(figures, 400, seed=1)["mean"] != (low, high)


def test_bootstrap_of_a_constant_has_no_width():
    ones = np.ones(5)
    assert bootstrap_intervals({"m": lambda i: mean(ones[i])}, 5) == {"m": (1.0, 1.0)}


def test_bootstrap_is_none_where_the_figure_is_and_without_rows():
    assert bootstrap_intervals({"never": lambda indices: None}, 3) == {"never": None}
    empty = np.array([])
    assert bootstrap_intervals({"mean": lambda i: mean(empty[i])}, 0) == {"mean": None}


def test_bootstrap_passes_over_resamples_in_which_the_figure_is_not_defined():
    # Only rows with the value 1 count: a resample without row 0 has none.
    values = np.array([1.0, math.nan, math.nan])
    assert bootstrap_intervals({"m": lambda i: mean(values[i])}, 3) == {"m": (1.0, 1.0)}
