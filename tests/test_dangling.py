import pytest

from rag.answering.dangling import dangles
from rag.answering.generate import wordings


@pytest.mark.parametrize(
    "sentence",
    [
        "Her successor is Dylan Marsh.",
        "He was born in Linz.",
        "It was opened by the queen.",
        "They sold the yard.",
        "This force operates inside Ukraine.",
        "That is a clause of its own.",
        "These boats are old.",
        "Those were sold.",
        "Such a force was agreed upon.",
        "We agreed on the points.",
        # behind what names nothing
        "However, he sold the yard.",
        "But this was denied.",
        "In that year, the pool was opened.",
        "At his death the house was sold.",
        "Some of these boats are old.",
        "Two of them were sold.",
        "In May 1950 she fled to Graz.",
        "Later, he fled to Graz.",
        "Three days later, they fled to Graz.",
        "Like the boats, they're old.",
    ],
)
def test_opening_of_which_another_sentence_says_what_it_is_dangles(sentence):
    assert dangles(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "Kern said that he was ill.",
        "Kern, his driver and Roth fled.",
        "The mayor sold his boat.",
        "The bridge was opened by the queen in 1932.",
        "In 1950, the pool was opened, and it is old.",
        "Both the hall and the yard were sold.",
        "On Monday, the mayor was shot.",
        "Two boats that were old were sold.",
        "Later, the mayor fled.",
        "If you lose the key, we cannot restore your files.",
        "Thistles and Itten and Herbert.",
    ],
)
def test_sentence_that_names_what_it_tells_of_does_not_dangle(sentence):
    assert not dangles(sentence)


@pytest.mark.parametrize(
    ("owner", "forms"),
    [("Her", []), ("Ada Roth's", ["Ada Roth's successor is Dylan Marsh."])],
)
def test_no_wording_begins_with_what_only_the_sentence_before_explains(owner, forms):
    evidence = f"{owner} successor, a judge from Linz, is Dylan Marsh."
    assert wordings("", [evidence], "Dylan Marsh") == forms
