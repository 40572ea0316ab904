"""LexRank and the sharing out of sentences, worked out by hand."""

import numpy as np
import pytest

from rag.answering.overviews.key_sentences import (
    choose,
    lexrank,
    share_out,
    with_figures,
    with_position,
)

S = 2**-0.5


def rows(*vectors):
    return np.array(vectors, dtype=np.float32)


def test_the_sentence_that_is_like_both_others_is_the_most_central():
    ranks = lexrank(rows((1, 0), (S, S), (0, 1)), np.ones(3))
    assert ranks.argmax() == 1
    assert ranks[0] == pytest.approx(ranks[2])
    assert ranks.sum() == pytest.approx(1.0)


def test_ranks_are_the_stationary_distribution_of_the_walk():
    likeness = np.array([[1, S, 0], [S, 1, S], [0, S, 1]])
    walk = likeness / likeness.sum(axis=1, keepdims=True)
    expected = np.linalg.solve(np.eye(3) - 0.85 * walk.T, 0.15 * np.full(3, 1 / 3))
    assert lexrank(rows((1, 0), (S, S), (0, 1)), np.ones(3)) == pytest.approx(expected, abs=1e-4)


def test_of_sentences_that_are_alike_the_one_on_the_topic_is_first():
    assert lexrank(rows((1, 0), (0, 1)), np.array([0.2, 0.6])).argmax() == 1


def test_no_sentences_have_no_ranks():
    assert lexrank(np.zeros((0, 2), dtype=np.float32), np.zeros(0)).shape == (0,)


def test_early_sentences_get_a_bonus_that_falls_to_nothing():
    scores = np.array([0.0, 0.3, 0.2, 0.5])
    # of the last two the best has 0.5, three quarters of which are 0.375: half of that for the last
    assert with_position(scores, [2, 3]) == pytest.approx([0.575, 0.6875])


def test_each_of_two_figures_adds_half():
    assert with_figures(np.full(4, 0.5), [0, 1, 2, 9]) == pytest.approx([0.5, 0.75, 1.0, 1.0])


def test_what_says_the_same_is_chosen_once_and_the_order_is_the_texts():
    vectors = rows((1, 0), (0, 1), (1, 0))
    assert choose(vectors, np.array([0.2, 0.3, 0.5]), [0, 1, 2], 3) == [1, 2]
    assert choose(vectors, np.array([0.2, 0.3, 0.5]), [0, 1], 1) == [1]


@pytest.mark.parametrize(
    ("total", "sizes", "got"),
    [
        (5, [3, 3, 3], [2, 2, 1]),
        (5, [9, 1, 1], [3, 1, 1]),
        (8, [2, 1], [2, 1]),
        (2, [1, 5, 3], [0, 1, 1]),
        (5, [], []),
    ],
)
def test_each_section_gets_one_and_the_others_go_by_size(total, sizes, got):
    assert share_out(total, sizes) == got
