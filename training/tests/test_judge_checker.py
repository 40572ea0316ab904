import numpy as np
import pytest

from training.judge_checker import best_temperature, print_claims, print_denials, print_words
from training.pairs import CONTRADICTED, SUPPORTED, UNSUPPORTED, Pair


def pair(label, source="yesno"):
    return Pair(said="", text="", label=label, source=source)


def test_too_sure_logits_are_divided_until_they_fit():
    pairs = [pair(label) for label in [SUPPORTED] * 7 + [CONTRADICTED] * 2 + [UNSUPPORTED]]
    judged = np.array([[0.95, 0.025, 0.025]] * 10)
    temperature = best_temperature(pairs, judged)
    powers = judged[0] ** (1 / temperature)
    assert powers[0] / powers.sum() == pytest.approx(0.7, abs=0.01)


def test_the_tables_have_the_shares(capsys):
    asked = [pair(SUPPORTED), pair(CONTRADICTED), pair(2)]
    judged = np.array([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    print_words("texts", asked, judged)
    assert "from 0.50: said to 1.000, 0.500 of all right" in capsys.readouterr().out
    print_denials([pair(CONTRADICTED, "asked"), *(pair(n, "asked") for n in (0, 2))], judged)
    assert "from 0.50: denied 0.000, answered 0.000, close 0.000" in capsys.readouterr().out
    print_claims([pair(SUPPORTED, "claim"), pair(CONTRADICTED, "claim")], judged[:2])
    assert "claims from 0.85: true 1.000, false 0.000" in capsys.readouterr().out
