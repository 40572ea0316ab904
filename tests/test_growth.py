"""That the measure of growth tells quadratic work from linear work."""

import pytest
from growth import assert_doubling_is_bearable, assert_linear


def test_linear_work_passes_and_quadratic_work_does_not():
    assert_linear(lambda text: sum(map(ord, text)), "ab")
    with pytest.raises(AssertionError):
        assert_linear(lambda text: sum(range(len(text) ** 2 // 200)), "ab")


def test_doubling_tells_quadratic_work_from_linear_work():
    def text_of(length):
        return "a" * length

    assert_doubling_is_bearable(lambda text: sum(map(ord, text * 20)), text_of)
    with pytest.raises(AssertionError):
        assert_doubling_is_bearable(lambda text: sum(range(len(text) ** 2 // 200)), text_of)


def test_work_that_turns_quadratic_late_does_not_pass():
    with pytest.raises(AssertionError):
        assert_linear(lambda text: sum(range(max(0, len(text) - 50_000) ** 2 // 1_000)), "ab")
