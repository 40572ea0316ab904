"""Words by kind and key, and where clauses and statements begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.lexicon import (
    WordKind,
    is_connector,
    is_determiner,
    is_doubt,
    is_person_pronoun,
    is_relative,
    is_time,
    is_title,
    read_words,
)


def keys(text: str) -> list[str]:
    return [word.key for word in read_words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat's hat", ["the", "cat's", "hat"]),
        ("The cat’s hat", ["the", "cat's", "hat"]),
        ("no boats, not one", ["not", "boats", "not", "1"]),
        ("Twelve of 12", ["12", "of", "12"]),
        ("1,234 and 12,345,678", ["1234", "and", "12345678"]),
        ("1,2 and 1.5 and 10:30", ["1,2", "and", "1.5", "and", "10:30"]),
        ("2024-05-01", ["2024-05-01"]),
        ("5–6 and 5-6", ["5–6", "and", "5-6"]),
        ("-5 and −5, A-5", ["-5", "and", "-5", "a", "5"]),
        ("B12 and A5x", ["b", "12", "and", "a", "5", "x"]),
        ("$5, €5 and 5 £", ["$", "5", "€", "5", "and", "5", "£"]),
        ("5%, 5 percent, 5 per cent", ["5", "%", "5", "%", "5", "%"]),
        ("<5 mg/l ~6 °C", ["<", "5", "mg", "/", "l", "~", "6", "°", "c"]),
        ('“yes” «no» "so"', ['"', "yes", '"', '"', "not", '"', '"', "so", '"']),
        ("US and us", ["US", "and", "us"]),
        ("**bold** | # title", ["bold", "title"]),
        ("non-toxic", ["non", "toxic"]),
        ("Zürich, Łódź, 東京", ["zürich", "łódź", "東京"]),
        ("m² 3½", ["m²", "3", "½"]),
        ("closed closes closing", ["closed", "closes", "closing"]),
        ("", []),
        ("...!?", []),
    ],
)
def test_read_words_gives_each_word_its_key(text, expected):
    assert keys(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("isn't", ["is", "not"]),
        ("can't", ["can", "not"]),
        ("cannot", ["can", "not"]),
        ("won’t", ["will", "not"]),
        ("didn't", ["did", "not"]),
    ],
)
def test_a_contracted_not_is_a_word_of_its_own(text, expected):
    assert keys(text) == expected
    assert read_words(text)[1].kind is WordKind.NEGATION


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("that", WordKind.FILLER),
        ("the", WordKind.GLUE),
        ("A", WordKind.GLUE),
        ("by", WordKind.GLUE),
        ("was", WordKind.GLUE),
        ("never", WordKind.NEGATION),
        ("NOT", WordKind.NEGATION),
        ("without", WordKind.NEGATION),
        ("may", WordKind.QUALIFIER),
        ("May", WordKind.CONTENT),
        ("if", WordKind.QUALIFIER),
        ("million", WordKind.QUALIFIER),
        ("percent", WordKind.QUALIFIER),
        ("$", WordKind.QUALIFIER),
        ('"', WordKind.QUALIFIER),
        ("12", WordKind.CONTENT),
        ("twelve", WordKind.CONTENT),
        ("yard", WordKind.CONTENT),
        ("WHO", WordKind.CONTENT),
    ],
)
def test_read_words_gives_each_word_its_kind(word, kind):
    assert [read.kind for read in read_words(word)] == [kind]


def test_names_numbers_and_owners_are_marked():
    words = read_words("The Roth's son sold seven of 12 boats")
    assert [word.text for word in words if word.is_name] == ["Roth's"]
    assert [word.text for word in words if word.is_possessive] == ["Roth's"]
    assert [word.text for word in words if word.is_number] == ["seven", "12"]


@pytest.mark.parametrize(
    ("text", "clauses", "statements"),
    [
        ("one two", ["one"], ["one"]),
        ("one, two three", ["one", "two"], ["one"]),
        ("one (two) three", ["one", "two", "three"], ["one"]),
        ("one – two - three—four", ["one", "two", "three", "four"], ["one"]),
        ("one-two", ["one"], ["one"]),
        ("one; two", ["one", "two"], ["one", "two"]),
        ("one: two; three", ["one", "two", "three"], ["one"]),
        ("one. two", ["one"], ["one"]),
        ("one, can't two", ["one", "can"], ["one"]),
    ],
)
def test_breaks_show_where_clauses_and_statements_begin(text, clauses, statements):
    words = read_words(text)
    assert [word.text for word in words if word.starts_clause] == clauses
    assert [word.text for word in words if word.starts_statement] == statements


@pytest.mark.parametrize(
    ("is_such", "yes", "no"),
    [
        (is_doubt, "claims denied saying said told according wrote opinion", "sold Roth if not"),
        (is_title, "President mr Minister", "Roth deputy former vice"),
        (is_person_pronoun, "He she", "it they him Roth"),
        (is_determiner, "his Their another", "Roth the"),
        (is_relative, "who Which whose", "where that when"),
        (is_time, "May Sunday week nights", "may Roth"),
    ],
)
def test_word_classes(is_such, yes, no):
    assert [word.text for word in read_words(yes) if not is_such(word)] == []
    assert [word.text for word in read_words(no) if is_such(word)] == []


def test_an_adverb_connects_only_before_a_comma():
    however, comma = read_words("However, Roth")
    assert is_connector(however, comma)
    assert not is_connector(*read_words("However Roth"))
    assert is_connector(*read_words("But Roth"))
    assert not is_connector(*read_words("While Roth"))


@given(st.text(max_size=80))
def test_every_letter_and_digit_is_in_a_word(text):
    read = "".join(word.text for word in read_words(text) if word.key != "not")
    assert all(letter in text for letter in read)
    if not any(character in text.casefold() for character in "n’'_"):
        written = [letter for letter in text if letter.isalnum()]
        assert [letter for letter in read if letter.isalnum()] == written
