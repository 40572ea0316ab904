"""The logistic form by hand, its fit, and the file that holds it."""

import json
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.confidence import (
    Calibration,
    Ranking,
    Signals,
    fit_calibration,
    fit_scale,
    load_calibration,
    log_odds,
    save_calibration,
)
from rag.assemble import _CALIBRATION
from rag.errors import SettingsError

NAMES = [field.name for field in fields(Signals)]
WEIGHTS = dict.fromkeys(NAMES, 0.0) | {
    "margin": 1.0,
    "lead": 0.5,
    "retrieval": 2.0,
    "unknown_names": -1.0,
}
RANKING = Ranking(answers=0.5, retrieval=2.0)
BY_HAND = Calibration(ranking=RANKING, weights=WEIGHTS, bias=-0.25)


def signals(**values: float | None) -> Signals:
    return Signals(**dict.fromkeys(NAMES, 0.0) | values)


def test_confidence_by_hand():
    """1 x 1 + 0.5 x 2 + 2 x 0.25 - 1 x 0.25 - 0.25 = 2; 1 / (1 + e^-2) = 0.880797."""
    seen = signals(margin=1.0, lead=2.0, retrieval=0.25, unknown_names=0.25, answers=9.0)
    assert BY_HAND.confidence(seen) == pytest.approx(0.880797, abs=1e-6)


def test_confidence_is_a_half_where_the_sum_is_zero():
    assert BY_HAND.confidence(signals(retrieval=0.125)) == 0.5


@pytest.mark.parametrize("name", NAMES)
def test_every_signal_counts_with_its_own_weight(name):
    """Only the weight of `name` is 1, and only that signal is 2: 1 / (1 + e^-2)."""
    weights = dict.fromkeys(NAMES, 0.0) | {name: 1.0}
    calibration = Calibration(ranking=Ranking(), weights=weights, bias=0.0)
    assert calibration.confidence(signals(**{name: 2.0})) == pytest.approx(0.880797, abs=1e-6)


@pytest.mark.parametrize(
    ("margin", "limit"), [(1e308, 1.0), (-1e308, 0.0), (math.inf, 1.0), (-math.inf, 0.0)]
)
def test_confidence_of_extreme_signals_stays_between_0_and_1(margin, limit):
    confidence = BY_HAND.confidence(signals(margin=margin))
    assert 0.0 <= confidence <= 1.0
    assert confidence == pytest.approx(limit)


def test_rescaled_log_odds_by_hand():
    """The sum of 2 above becomes 0.5 x 2 - 0.25 = 0.75; 1 / (1 + e^-0.75) = 0.679179."""
    seen = signals(margin=1.0, lead=2.0, retrieval=0.25, unknown_names=0.25)
    rescaled = BY_HAND.rescaled(0.5, -0.25)
    assert rescaled.confidence(seen) == pytest.approx(0.679179, abs=1e-6)
    assert rescaled.ranking == BY_HAND.ranking
    assert BY_HAND.rescaled(1.0, 0.0) == BY_HAND


def test_log_odds_by_hand():
    """ln (0.8 / 0.2) = 1.386294; 0 and 1 stay finite."""
    assert log_odds(np.array([0.8, 0.5])) == pytest.approx([1.386294, 0.0], abs=1e-6)
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


def test_fit_scale_finds_the_shares_that_were_right():
    """Of a hundred at 0.9 only 60 are right, of a hundred at 0.1 only 20: two points fix the line.

    ln (0.6 / 0.4) = 0.405465 and ln (0.2 / 0.8) = -1.386294 at log-odds of +-2.197225: the slope
    is 1.791759 / 4.394449 = 0.407732, the intercept (0.405465 - 1.386294) / 2 = -0.490415.
    """
    confidence = np.repeat([0.9, 0.1], 100)
    right = np.concatenate([np.arange(100) < 60, np.arange(100) < 20])
    slope, intercept = fit_scale(confidence, right)
    assert slope == pytest.approx(0.407732, abs=1e-3)
    assert intercept == pytest.approx(-0.490415, abs=1e-3)


@given(st.floats(-20, 20), st.floats(0.01, 5))
def test_confidence_grows_with_the_margin(margin, more):
    assert BY_HAND.confidence(signals(margin=margin)) < BY_HAND.confidence(
        signals(margin=margin + more)
    )


def test_fit_separates_what_can_be_separated():
    """Right where the margin is positive; `lead` says nothing, the others are constant."""
    margins = [-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0]
    seen = [
        signals(margin=margin, lead=float(abs(margin) in (1.0, 4.0)), retrieval=0.5)
        for margin in margins
    ]
    fitted = fit_calibration(seen, [margin > 0 for margin in margins], ranking=RANKING)
    assert fitted.ranking == RANKING
    assert list(fitted.weights) == NAMES
    for margin, signal in zip(margins, seen, strict=True):
        assert (fitted.confidence(signal) > 0.5) == (margin > 0)
    assert fitted.confidence(signals(margin=4.0, retrieval=0.5)) > 0.95
    assert fitted.confidence(signals(margin=-4.0, retrieval=0.5)) < 0.05
    assert fitted.weights["margin"] > 1.0
    assert fitted.weights["lead"] == pytest.approx(0.0, abs=0.01)
    assert fitted.weights["retrieval"] == pytest.approx(0.0)


def test_fit_takes_the_scale_of_the_signals_back_out():
    """Where nothing tells right from wrong the share of the right is what is left: 3 of 4."""
    seen = [signals(margin=100.0 + number // 2 % 2, retrieval=1000.0) for number in range(8)]
    right = [True, False, True, False, True, True, True, True]
    fitted = fit_calibration(seen, right, ranking=Ranking())
    for signal in seen:
        assert fitted.confidence(signal) == pytest.approx(0.75, abs=0.01)


def test_a_calibration_comes_back_from_its_file_unchanged(tmp_path):
    path = tmp_path / "confidence.json"
    unchecked = {"supported": -0.2, "settled": 1 / 7}
    exact = replace(BY_HAND, bias=0.1 + 0.2, ranking=Ranking(retrieval=1 / 3), unchecked=unchecked)
    save_calibration(exact, path)
    assert load_calibration(path) == exact
    assert json.loads(path.read_text("utf-8")) == {
        "ranking": {"answers": 0.0, "retrieval": 1 / 3, "meaning": 0.0, "settled": 0.0},
        "weights": WEIGHTS,
        "bias": 0.1 + 0.2,
        "unchecked": unchecked,
    }


def test_where_nothing_checks_the_mean_of_what_a_checker_says_counts():
    weights = dict.fromkeys(NAMES, 0.0) | {"supported": 1.0}
    checks = Calibration(
        ranking=Ranking(), weights=weights, bias=0.0, unchecked={"supported": 2.0, "settled": 0.0}
    )
    assert checks.wants_checks
    assert not BY_HAND.wants_checks
    assert checks.confidence(signals(supported=None, settled=None)) == pytest.approx(0.880797)
    assert checks.confidence(signals(supported=-2.0, settled=9.0)) == pytest.approx(0.119203)


def test_the_means_are_those_of_what_was_checked():
    seen = [signals(margin=m, supported=s) for m, s in ((1.0, 3.0), (0.0, None), (-1.0, 1.0))]
    fitted = fit_calibration(seen, [True, False, False], ranking=RANKING)
    assert fitted.unchecked == {"supported": 2.0, "settled": 0.0}


WHOLE = {
    "ranking": {"answers": 0.5, "retrieval": 2.0, "meaning": 0.0, "settled": 0.0},
    "weights": WEIGHTS,
    "bias": 0.0,
    "unchecked": {"supported": 0.0, "settled": 0.0},
}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b"\xff\xfe",
        json.dumps(WHOLE)[:-5].encode(),
        *(
            json.dumps(WHOLE | change).encode()
            for change in (
                {"weights": {}},
                {"weights": 4},
                {"weights": [1.0] * len(NAMES)},
                {"weights": WEIGHTS | {"margin": "a"}},
                {"weights": WEIGHTS | {"margin": None}},
                {"weights": WEIGHTS | {"margin": math.nan}},
                {"ranking": None},
                {
                    "ranking": {
                        "answers": 0.0,
                        "retrieval": math.nan,
                        "meaning": 0.0,
                        "settled": 0.0,
                    }
                },
                {"bias": math.inf},
                {"bias": {}},
            )
        ),
    ],
)
def test_a_damaged_file_is_one_line_that_names_it(tmp_path, content):
    path = tmp_path / "confidence.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="not a calibration") as caught:
        load_calibration(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(SettingsError, match="install Footnote again"):
        load_calibration(tmp_path / "none.json")


@pytest.mark.skipif(not _CALIBRATION.exists(), reason="the reader is not fitted yet")
def test_the_calibration_of_the_package_fits_the_signals():
    confidence = load_calibration(_CALIBRATION).confidence
    sure = signals(margin=10.0, lead=15.0, retrieval=1.0)
    unsure = signals(margin=-10.0, unknown_names=2.0)
    assert 0.0 <= confidence(unsure) < 0.5 < confidence(sure) <= 1.0
