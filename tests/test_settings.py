"""Where a setting comes from: flag, environment, default."""

from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from rag.errors import SettingsError
from rag.settings import Settings, home_folder, load_settings


def test_defaults_are_those_of_the_contract():
    settings = load_settings({})
    assert settings == Settings()
    assert (settings.embedder, settings.generator) == ("default", "auto")
    assert (settings.reader, settings.password, settings.home) == ("default", "", "")
    assert settings.max_document_bytes == 20_000_000
    assert settings.max_question_characters == 2_000


def test_environment_changes_defaults_with_their_type():
    settings = load_settings(
        {
            "FOOTNOTE_HOME": "/somewhere",
            "FOOTNOTE_PASSAGE_TOKENS": "96",
            "FOOTNOTE_MIN_CONFIDENCE": "0.25",
            "FOOTNOTE_THREADS": "0",
            "FOOTNOTE_GENERATOR": "none",
            "FOOTNOTE_READER": "",  # empty counts as not set
            "FOOTNOTE_UNKNOWN": "ignored: others may use the prefix",
        }
    )
    assert settings == Settings(
        home="/somewhere", passage_tokens=96, min_confidence=0.25, threads=0, generator="none"
    )


def test_process_environment_is_read(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_PASSAGES_TO_READ", "7")
    assert load_settings().passages_to_read == 7


def test_flags_win_and_none_is_no_flag():
    environment = {"FOOTNOTE_GENERATOR": "a", "FOOTNOTE_READER": "b"}
    settings = load_settings(environment, generator="none", reader=None)
    assert (settings.generator, settings.reader) == ("none", "b")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PASSAGE_TOKENS", "many", "a whole number, 1 or more"),
        ("PASSAGE_TOKENS", "12.5", "a whole number, 1 or more"),
        ("PASSAGE_TOKENS", "0", "a whole number, 1 or more"),
        ("PASSAGES_TO_READ", "-3", "a whole number, 1 or more"),
        ("THREADS", "-1", "a whole number, 0 or more"),
        ("PASSAGE_TOKENS", "inf", "a whole number, 1 or more"),
        ("MIN_CONFIDENCE", "high", "a number, 0 to 1"),
        ("MIN_CONFIDENCE", "-0.1", "a number, 0 to 1"),
        ("MIN_CONFIDENCE", "5", "a number, 0 to 1"),  # would always refuse
        ("MIN_CONFIDENCE", "nan", "a number, 0 to 1"),  # would never refuse
        ("MIN_CONFIDENCE", "inf", "a number, 0 to 1"),  # not JSON: breaks the report
    ],
)
def test_value_that_does_not_fit_is_one_line(name, value, expected):
    with pytest.raises(SettingsError) as raised:
        load_settings({f"FOOTNOTE_{name}": value})
    assert str(raised.value) == f"FOOTNOTE_{name}={value!r}: expected {expected}"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("min_confidence", 5, "a number, 0 to 1"),
        ("min_confidence", "0.2", "a number, 0 to 1"),
        ("min_confidence", float("nan"), "a number, 0 to 1"),
        ("passage_tokens", "abc", "a whole number, 1 or more"),
        ("passage_tokens", 12.5, "a whole number, 1 or more"),
        ("passage_tokens", True, "a whole number, 1 or more"),
        ("max_upload_bytes", 0, "a whole number, 1 or more"),
        ("threads", -1, "a whole number, 0 or more"),
        ("reader", 7, "text"),
        ("home", Path("there"), "text"),
    ],
)
def test_value_that_does_not_fit_is_one_line_wherever_it_comes_from(name, value, expected):
    """As an override, in the constructor and in a change: the same line."""
    line = f"{name}={value!r}: expected {expected}"
    for give in (
        lambda: load_settings({}, **{name: value}),
        lambda: Settings(**{name: value}),
        lambda: replace(Settings(), **{name: value}),
    ):
        with pytest.raises(SettingsError) as raised:
            give()
        assert str(raised.value) == line


def test_bounds_themselves_fit():
    assert Settings(min_confidence=0).min_confidence == 0
    assert Settings(min_confidence=1, threads=0, passage_tokens=1).passage_tokens == 1


def test_unknown_override_names_those_that_exist():
    with pytest.raises(SettingsError) as raised:
        load_settings({}, temperature=1)
    assert str(raised.value) == (
        "unknown setting 'temperature': expected one of embedder, engine, generator, home, "
        "max_document_bytes, max_question_characters, max_upload_bytes, min_confidence, "
        "min_support, passage_tokens, passages_to_read, password, qdrant_api_key, reader, "
        "threads, writer_idle_minutes"
    )


def test_home_is_an_absolute_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert home_folder(Settings(home="here")) == tmp_path / "here"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert home_folder(Settings(home="~/there")) == tmp_path / "there"
    assert home_folder(Settings()) == Path(platformdirs.user_data_dir("footnote", appauthor=False))
