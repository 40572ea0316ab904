"""What is kept with a library, and when it counts."""

import json

import pytest

from rag.answering.confidence import Calibration, Ranking
from rag.answering.library_calibration import OwnCalibration, apply_own, keep_own, load_own
from rag.settings import Settings

OWN = OwnCalibration(
    min_confidence=0.4,
    slope=2.0,
    intercept=-1.0,
    reader="default@1",
    max_error=0.05,
    questions=120,
    held_out_error=0.06,
    held_out_answered=0.7,
    made_at="2026-11-25T04:00:00+00:00",
)
READERS = Calibration(ranking=Ranking(retrieval=2.0), weights={"margin": 1.0}, bias=0.5)


class Keeper(dict):
    get_value = dict.get
    set_value = dict.__setitem__


def test_what_is_kept_comes_back_until_it_is_forgotten():
    library = Keeper()
    assert load_own(library) is None
    keep_own(library, OWN)
    assert load_own(library) == OWN
    keep_own(library, None)
    assert load_own(library) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"min_confidence": 0.4}',
        json.dumps({**{n: getattr(OWN, n) for n in OWN.__slots__}, "slope": -1.0}),
        json.dumps({**{n: getattr(OWN, n) for n in OWN.__slots__}, "slope": "steep"}),
        json.dumps({**{n: getattr(OWN, n) for n in OWN.__slots__}, "min_confidence": 5}),
    ],
)
def test_what_cannot_be_used_counts_as_nothing(text):
    assert load_own(Keeper(calibration=text)) is None


def applied(library, reader="default@1", settings=None):
    said = []
    result = apply_own(
        settings or Settings(min_confidence=0.2), READERS, library, lambda: reader, said.append
    )
    return *result, said


def test_library_goes_before_settings():
    library = Keeper()
    keep_own(library, OWN)
    settings, calibration, said = applied(library)
    assert settings == Settings(min_confidence=0.4)
    assert calibration == Calibration(
        ranking=Ranking(retrieval=2.0), weights={"margin": 2.0}, bias=0.0
    )
    assert said == []


def test_library_that_was_never_calibrated_changes_nothing():
    assert applied(Keeper()) == (Settings(min_confidence=0.2), READERS, [])


def test_what_was_found_with_another_reader_is_said_and_not_used():
    library = Keeper()
    keep_own(library, OWN)
    settings, calibration, said = applied(library, reader="better@2")
    assert (settings, calibration) == (Settings(min_confidence=0.2), READERS)
    assert len(said) == 1
    assert "calibrated for another reader" in said[0]
