"""Sentences: exact offsets over any part of any text, and where they sensibly begin and end."""

from pathlib import Path

from generated_documents import texts
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processor_limit import processor_limit

from rag.documents.sentences import sentence_spans

SEED = Path(__file__).parents[1] / "seeds/000_fe5bd0c0b00e3e2d.txt"


def sentences(text):
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text))]


@settings(max_examples=150, deadline=None)
@given(texts, st.data())
@example("", None)
@example("“" * 9_000 + "a", None)
def test_every_character_of_a_part_lies_in_one_sentence(text, data):
    start, end = 0, len(text)
    if data is not None:
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
    position = start
    for left, right in sentence_spans(text, start, end):
        assert text[position:left].strip() == ""
        assert position <= left < right <= end
        assert text[left:right] == text[left:right].strip()
        position = right
    assert text[position:end].strip() == ""


@given(st.lists(st.sampled_from(["Red sky.", "Is it so?", "No!"]), max_size=6))
def test_a_part_has_the_sentences_it_would_have_alone(parts):
    """What stands before and after does not count."""
    text = " ".join(parts)
    around = f"So it is {text} and so"
    spans = [(start - 9, end - 9) for start, end in sentence_spans(around, 9, 9 + len(text))]
    assert spans == list(sentence_spans(text, 0, len(text)))
    assert [text[start:end] for start, end in spans] == parts


def test_titles_and_initials_stay_with_their_names():
    text = (
        "They met Mr. Steve Witkoff and Ms. Rice. Gen. J. R. Kellogg, Dr. Oz and Amb. Lee came! "
        "Was it at 5 p.m. in Washington? See Vol. 3 and Fig. 2."
    )
    assert sentences(text) == [
        "They met Mr. Steve Witkoff and Ms. Rice.",
        "Gen. J. R. Kellogg, Dr. Oz and Amb. Lee came!",
        "Was it at 5 p.m. in Washington?",
        "See Vol. 3 and Fig. 2.",
    ]


def test_prose_that_is_wrapped_goes_on_over_the_ends_of_lines():
    text = (
        "The meetings between Kiev and the delegates of the President, including Mr.\r\n"
        "Steve Witkoff and Mr. Jared Kushner, have narrowed disagreements about the\r\n"
        "guarantees. They went on until the evening."
    )
    assert sentences(text) == [text[: text.index(" They went")], "They went on until the evening."]


def test_a_number_before_a_full_stop_is_no_sentence_alone():
    assert sentences("1. Press the button. It lights up.") == [
        "1. Press the button.",
        "It lights up.",
    ]


def test_stray_marks_belong_to_the_sentence_before_and_else_to_the_one_after():
    assert sentences("Is it so? ! Yes.") == ["Is it so? !", "Yes."]
    assert sentences("— Yes.") == ["— Yes."]


def test_sentences_in_other_scripts_have_exact_offsets():
    assert sentences("中文句子。第二句。😀 Ça va? Oui.") == [
        "中文句子。",
        "第二句。",
        "😀 Ça va?",
        "Oui.",
    ]


def test_the_paragraphs_of_the_seed_article_have_18_sentences():
    text = SEED.read_bytes().decode()
    found, position = [], 0
    for line in text.splitlines(keepends=True):
        found += [text[s:e] for s, e in sentence_spans(text, position, position + len(line))]
        position += len(line)
    assert len(found) == 18
    assert found[1].endswith("territorial censea in the Donbass region.")


def test_a_text_of_opening_quotation_marks_takes_no_time():
    """sentencex alone needs time quadratic in unclosed ones."""
    with processor_limit():
        assert len(sentences("“word " * 30_000)) >= 1
