"""Cells that say that something is not there."""

import numpy as np
import pytest

from rag.answering.rows import denied
from rag.answering.rows.denied import without_denied
from rag.answering.rows.phrases import HAVING

CELLS = [
    "grass, no electricity, showers near",
    "electricity 6 A, quiet",
    "heater; no dogs",
    "no electricity in winter, electricity from May",
]


class Told:
    """Holds that what begins with no, and non-smoking, lacks."""

    def probabilities(self, phrase, vector):
        lacks = float(phrase.startswith("no"))
        return {"has": 1 - lacks, "lacks": lacks}


def embed(texts):
    return np.zeros((len(texts), 2), dtype=np.float32)


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(denied, "phrase_models", lambda: {HAVING: Told()})


def test_a_cell_that_denies_a_word_does_not_have_it(told):
    assert without_denied("electr", {0, 1, 3}, CELLS, embed) == {1, 3}
    assert without_denied("heater", {2}, CELLS, embed) == {2}
    assert without_denied("dog", {2}, CELLS, embed) == set()


def test_a_word_that_is_a_denial_by_itself_is_what_is_asked_for(told):
    cells = ["non-smoking", "balcony"]
    assert without_denied("smoke", {0}, cells, embed) == {0}


def test_of_very_many_rows_or_phrases_none_is_left_out(told):
    cells = [f"no lift {number}" for number in range(65)]
    assert without_denied("lift", range(65), cells, embed) == set(range(65))
    assert without_denied("lift", range(501), ["no lift"] * 501, embed) == set(range(501))
    assert without_denied("lift", range(64), cells, embed) == set()


@pytest.mark.slow
def test_the_trained_model_knows_a_denial():
    from rag.assemble import load_embedder
    from rag.settings import load_settings

    embedder, _ = load_embedder(load_settings(), lambda line: None)
    cells = ["no electricity", "electricity 6 A", "without electricity", "electricity and water"]
    assert without_denied("electr", range(4), cells, embedder.embed) == {1, 3}
