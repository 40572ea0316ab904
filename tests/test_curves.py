import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from rag.evaluation.curves import (
    calibration_error,
    hit_curve,
    reliability,
    risk_area,
    risk_coverage,
    thinned,
    wilson_interval,
)

judged = st.lists(
    st.tuples(st.sampled_from([0.05, 0.1, 0.35, 0.5, 0.72, 0.9, 1.0]), st.booleans()), min_size=1
)


def arrays(pairs):
    return np.array([c for c, _ in pairs], dtype=float), np.array([w for _, w in pairs], dtype=bool)


def test_risk_coverage_by_hand():
    # Most confident first: right, wrong, then two of the same confidence of which one is wrong.
    # Of 8 questions: 1 shown, none wrong; 2 shown, 1 wrong; 4 shown, 2 wrong.
    points = risk_coverage(*arrays([(0.5, False), (0.9, False), (0.7, True), (0.5, True)]), 8)
    assert [(p.confidence, p.shown, p.coverage, p.risk) for p in points] == [
        (0.9, 1, 0.125, 0.0),
        (0.7, 2, 0.25, 0.5),
        (0.5, 4, 0.5, 0.5),
    ]


def test_risk_area_by_hand():
    # Risks at 1, 2, 3 shown: 0/1, 1/2, 1/3; their mean is 5/18.
    assert risk_area(*arrays([(0.9, False), (0.7, True), (0.5, False)])) == pytest.approx(5 / 18)
    # Both at once, one of them wrong: 1/2 wherever one stops.
    assert risk_area(*arrays([(0.5, False), (0.5, True)])) == pytest.approx(0.5)


def test_risk_of_no_answers_is_not_defined():
    assert risk_area(*arrays([])) is None
    assert risk_coverage(*arrays([]), 3) == ()


@given(judged)
def test_risk_at_full_coverage_is_the_share_of_wrong_answers(pairs):
    confidence, wrong = arrays(pairs)
    last = risk_coverage(confidence, wrong, len(pairs))[-1]
    assert last.coverage == 1.0
    assert last.risk == pytest.approx(wrong.mean())


@given(judged)
def test_risk_area_without_ties_is_the_mean_of_the_curve(pairs):
    confidence = np.arange(len(pairs), 0, -1) / len(pairs)
    wrong = np.array([w for _, w in pairs], dtype=bool)
    points = risk_coverage(confidence, wrong, len(pairs))
    assert risk_area(confidence, wrong) == pytest.approx(np.mean([p.risk for p in points]))


def test_calibration_error_by_hand():
    # [0.2, 0.3): two answers, mean confidence 0.25, one right: gap 0.25. [0.9, 1]: two, mean 0.95,
    # both right: gap 0.05. Weighted by their numbers: (2 × 0.25 + 2 × 0.05) / 4 = 0.15.
    confidence = np.array([0.205, 0.295, 0.9, 1.0])
    right = np.array([1, 0, 1, 1], dtype=bool)
    bins = reliability(confidence, right)
    assert [(b.low, b.count) for b in bins if b.count] == [(0.2, 2), (0.9, 2)]
    assert [b.right for b in bins if b.count] == [0.5, 1.0]
    assert calibration_error(bins) == pytest.approx(0.15)
    assert (bins[0].confidence, bins[0].right) == (None, None)
    assert calibration_error(bins[:2]) is None


@settings(deadline=None)
@given(judged)
def test_bins_agree_with_scikit_learn(pairs):
    confidence, right = arrays(pairs)
    confidence = np.minimum(confidence + 0.001, 1.0)  # off the edges, which it counts to the left
    bins = [each for each in reliability(confidence, right) if each.count]
    shares, means = calibration_curve(right, confidence, n_bins=10)
    assert [each.right for each in bins] == pytest.approx(list(shares))
    assert [each.confidence for each in bins] == pytest.approx(list(means))


def test_wilson_interval_of_published_values():
    # Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_hit_curve_by_hand():
    # Ranks 1, 3 and none: one of three at 1 and 2, two of three from 3 on.
    assert hit_curve([1, 3, None], 4) == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert hit_curve([]) is None


def test_thinned_keeps_both_ends_and_spaces_evenly():
    assert thinned(3, 5) == [0, 1, 2]
    assert thinned(9, 5) == [0, 2, 4, 6, 8]
    assert thinned(0, 5) == []
    assert (thinned(5000, 100)[0], thinned(5000, 100)[-1], len(set(thinned(5000, 100)))) == (
        0,
        4999,
        100,
    )
