import pytest

from rag.answering.spelling import corrected, has_unknown_words

NEAR = ["The Hallowmere swimming club was founded in 1961.", "Trial sessions: three, watercolours"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wen was the swiming club foundet", "wen was the swimming club founded"),
        ("how many tiral sesions", "how many trial sessions"),
        ("what is the depsoit", "what is the deposit"),
        ("how is hallowmeer reached", "how is hallowmere reached"),
        ("WHAT does watercolorus cost?", "WHAT does watercolours cost?"),
    ],
)
def test_misspelt_words_become_the_nearest_of_english_or_of_the_passages(typed, meant):
    assert corrected(typed, NEAR) == meant


@pytest.mark.parametrize(
    "question",
    [
        "how long is the notice period",
        "summarise the colour of the cheapest watercolours",
        "who is Hallowmeer",  # a name with its capital may be another's
        "what did Jon Smyth say",
        "is hallowmere open",
        "how do i xqzvbkw the thing",
        "why couldn't hallowmere's members come",
        "£4 in 2024?",
        "what arent we allowed to do",
        "",
    ],
)
def test_what_is_known_or_like_nothing_stays(question):
    assert corrected(question, NEAR) is None


def test_a_word_near_to_the_question_is_preferred_to_a_commoner_one_of_english():
    assert corrected("the tiral", ["a trial"]) == "the trial"
    assert corrected("the tabel saw", ["the table saw"]) == "the table saw"


def test_only_words_that_english_lacks_call_for_a_look_at_the_passages():
    assert has_unknown_words("how much notise")
    assert not has_unknown_words("how much notice does Hallowmere want?")
