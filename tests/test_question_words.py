"""Names, numbers and stems of questions, and the keys under which a text has them."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.question_words import content_stems, names_and_numbers, stem, word_keys


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Did Anna Roth sell seven of 1,200 boats?", ["anna", "roth", "7", "1200"]),
        ("When did US troops leave us?", ["US"]),
        ("May I ask whether I'm late, as I’d think?", []),
        ("Was it I? When was it? Please say.", []),
        ("When was it? The old Elm bridge", ["elm"]),
        ("When did Mr. Kern meet Dr. Roth?", ["mr", "kern", "dr", "roth"]),
        ("What is Kern’s name?", ["kern"]),
        ("Was it 5–6, 10:30, −5 or 2024-05-01?", ["5–6", "10:30", "-5", "2024-05-01"]),
        ("Who leads it (What force; Does Kern go to Linz in 2024)?", ["kern", "linz", "2024"]),
        ("and the rent (2024 terms)?", ["2024"]),
        ("Who?", []),
        ("", []),
        ("谁在1932年建造了这座桥？", ["1932"]),
    ],
)
def test_names_and_numbers_are_neither_first_words_nor_i(question, expected):
    assert names_and_numbers(question) == expected


@pytest.mark.parametrize("text", ["It was Roth.", "Roth fell.", "ROTH roth", "the roth’s, Roth"])
def test_a_name_is_found_whatever_its_place(text):
    assert "roth" in word_keys(text)


def test_acronyms_and_numbers_are_found_under_one_key():
    assert word_keys("US us 1,200 twelve 12") == {"US", "us", "1200", "12"}


def test_stems_are_of_what_says_something():
    assert content_stems("Which of the ferries sailed to Oslo at 7, and didn't stop?") == [
        "ferri",
        "sail",
        "oslo",
        "7",
        "stop",
    ]
    assert content_stems("The US and us") == ["US"]


@given(st.text(max_size=80))
def test_names_and_stems_of_a_text_are_among_its_words(text):
    assert set(names_and_numbers(text)) <= word_keys(text)
    assert len(content_stems(text)) <= len(text)


def test_stems_are_the_same_from_many_threads():
    words = [f"{root}{end}" for root in ("run", "fli", "relat") for end in ("ning", "es", "ional")]
    expected = list(map(stem, words))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            stems = list(pool.map(stem.__wrapped__, words * 300))
    finally:
        sys.setswitchinterval(before)
    assert stems == expected * 300
