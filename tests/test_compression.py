"""Shorter forms: each is one that the verifier accepts, and none says more than its sentence.

Of the sealed half of `tests/data` only the evidence is read here.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timing import least_seconds

from rag.answering.compression import shorter_forms
from rag.answering.verify import verify_sentence
from rag.documents.sentences import find_sentences
from rag.seed import seed_articles

FALSE = Path(__file__).parent / "data" / "verifier_false.jsonl"


def evidence_sentences() -> list[str]:
    rows = map(json.loads, FALSE.read_text("utf-8").splitlines())
    found = {sentence for row in rows for sentence in row["evidence"]}
    for article in seed_articles():
        text = article.read_text("utf-8")
        found |= {text[each.start : each.end] for each in find_sentences(text)}
    return sorted(found)


SENTENCES = evidence_sentences()
SUBJECTS = (
    *("Kern", "Jonas Kern", "The mayor", "President Roth", "Kern's driver", "She", "Nobody"),
    *("Every boat", "Most of the 12 boats", "The killers of Lang, Roth, and Kern"),
)
ASIDES = (
    *("", "", " (a judge)", ", a former judge from Linz,", ", who was born in 1950,", ", 54,"),
    *(", in theory,", ", who denies it,", " – the largest –", ", a friend of Lang, the mayor,"),
)
PREDICATES = (
    *("was sold in May", "was born in Linz", "has opened the pool", "denied the theft"),
    *("was ill after the fire", "sold 5 % of the boats that were old", "had resigned"),
    *("met Lang, the mayor", 'is a "hero"', "was 12.5 m long", "did not say\nwhat was lost"),
)
OPENINGS = ("", "", "However, ", "In 1950, ", "If asked, ", "But ", "Later, ", '"')
JOINTS = (" and ", ", and ", "; ", ", but ", ", and Roth ", "; Lang ", ", which ")
ENDS = (
    *(".", "!", "", ", and the town has kept the house.", ", who fled.", "; Lang was shot."),
    *(", although the roof leaks.", ", Roth said.", ", if it is dry.", '," said Roth.'),
)


@st.composite
def assembled(draw) -> str:
    """Return a sentence of one to four predicates, with asides; some of it is not grammatical."""
    pieces = [draw(st.sampled_from(each)) for each in (OPENINGS, SUBJECTS, ASIDES)]
    pieces += [" ", draw(st.sampled_from(PREDICATES))]
    for _ in range(draw(st.integers(0, 3))):
        pieces += [draw(st.sampled_from(JOINTS)), draw(st.sampled_from(PREDICATES))]
    return "".join([*pieces, draw(st.sampled_from(ENDS))])


def check(sentence: str) -> None:
    """Fail unless each shorter form of `sentence` is supported by it, whole, and in its place."""
    forms = shorter_forms(sentence)
    assert sorted(set(forms), key=forms.index) == forms == sorted(forms, key=len)
    for form in forms:
        assert verify_sentence(form, [sentence]).supported, form
        assert len(form) <= len(sentence.strip()) - 12
        assert form[-1] == "." != form[-2]
        assert form[0] == form[0].upper()
        assert form == " ".join(form.split())


@given(assembled())
@settings(max_examples=400, deadline=None)
def test_each_form_of_an_assembled_sentence_is_supported(sentence):
    check(sentence)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_form_of_a_real_sentence_is_supported(sentence):
    check(sentence)


def test_some_real_sentences_have_shorter_forms():
    """23 of 141 (23 November); else the test above would see nothing."""
    assert sum(bool(shorter_forms(sentence)) for sentence in SENTENCES) >= 20


@pytest.mark.parametrize(
    ("sentence", "forms"),
    [
        (
            "The bridge, a landmark of the city, was opened by the queen in 1932.",
            ["The bridge was opened by the queen in 1932."],
        ),
        (
            "kern, 54, was born in Linz,\nand was seen in Wels!",
            ["Kern was born in Linz.", "Kern, 54, was born in Linz."],
        ),
        (
            "However, Kern (a former judge) sold the yard; Roth bought the old hall.",
            ["However, Kern (a former judge) sold the yard."],
        ),
        (
            "President Jonas Kern has opened the pool, although the old roof leaks.",
            ["President Jonas Kern has opened the pool."],
        ),
        (
            "Roth thanked Jonas Kern, who was born in Linz; Emil Lang fell.",
            [
                "Roth thanked Jonas Kern.",
                "Roth thanked Jonas Kern, who was born in Linz.",
            ],
        ),
        (
            "On Monday, the mayor, a former judge, was shot, and the town was sealed.",
            [
                "On Monday, the mayor was shot.",
                "On Monday, the mayor, a former judge, was shot.",
                "On Monday, the mayor was shot, and the town was sealed.",
            ],
        ),
        (
            "Kern, a former judge from Linz, was born in 1950 and was buried in Graz, and the town"
            " has kept his house, which is a museum.",
            [
                "Kern was born in 1950.",
                "Kern was born in 1950 and was buried in Graz.",
                "Kern, a former judge from Linz, was born in 1950.",
                "Kern, a former judge from Linz, was born in 1950 and was buried in Graz.",
                "Kern was born in 1950 and was buried in Graz, and the town has kept his house.",
                "Kern was born in 1950 and was buried in Graz, and the town has kept his house,"
                " which is a museum.",
                "Kern, a former judge from Linz, was born in 1950 and was buried in Graz, and the"
                " town has kept his house.",
            ],
        ),
    ],
)
def test_forms_are_all_that_can_be_left_shortest_first(sentence, forms):
    assert shorter_forms(sentence) == forms


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        " ",
        "Kern.",
        "Kern sold the yard.",
        # saves fewer than 12 characters
        "Kern, 54, sold the yard.",
        # a colon, or what opens or closes outside the sentence
        "Kern was shot: Roth had a gun, and Lang had a knife; nobody fled.",
        "Kern (a former judge sold the yard; Roth was shot in Linz.",
        "Kern [a former judge sold the yard; Roth was shot in Linz.",
        'Kern sold "the yard; Roth was shot in Linz.',
        "Kern sold “the yard; Roth was shot in Linz.",
        'Kern sold the yard; Roth was shot in Linz," said Lang.',
        # a form would cut brackets or quotation marks in two
        'Kern wrote "the yard is old; the hall was sold".',
        # a question states nothing
        "Is Kern, a former judge from Linz, ill?",
    ],
)
def test_nothing_is_left_out(sentence):
    assert shorter_forms(sentence) == []


NOT_STATED = (
    # the second predicate is not of the clause's own subject
    (
        "Anna lived in Graz, which was a fortress, and was buried in Wels.",
        "Anna lived in Graz, which was buried in Wels.",
    ),
    # what would be left is no sentence
    ("If it rains, and the wind is high, the pool is closed.", "If it rains."),
    ("When Kern fell, and the town was burning, Roth fled.", "When Kern fell."),
    ("After the war of 1950, and the fire, Kern sold it.", "After the war of 1950."),
    ("With Roth ill, and the mayor away, Kern ran the bank.", "With Roth ill."),
    ("The songs of Kern, and the books of Lang, were sold.", "The songs of Kern."),
    ("The yard, the hall, the pool, and the house were sold.", "The yard, the hall, the pool."),
    ("The killers of Roth, Kern, and Emil Lang were shot.", "The killers of Roth, Kern."),
    ("The hall, which was old, and the yard next door burned.", "The hall, which was old."),
    ("The man who was shot and was buried here was Kern.", "The man who was shot."),
    ("The boats that are old and are leaking were sold.", "The boats that are old."),
    ("If Linz has opened it, although the roof leaks, we win.", "If Linz has opened it."),
    ("Roth, the mayor, a friend of Kern, fell in May.", "Roth a friend of Kern, fell in May."),
    ("Kern, who was ill, who was old, fell in May.", "Kern who was old, fell in May."),
    ("Roth, a friend of Kern, the mayor, was shot.", "Roth, a friend of Kern was shot."),
    ("However, a trace has been found in fish, such as the lamprey.",
     "However such as the lamprey."),
    ("It ended with the Treaty of Linz, which gave them civil, legal and voting rights.",
     "It ended with the Treaty of Linz, legal and voting rights."),
    ("Between raising two children, Emil, 1526; and Anna, 1534; Kern farmed.",
     "Between raising two children, Emil, 1526; and Anna, 1534."),
    # it follows from the aside
    ("One of them is Kern, who was shot, so he left.", "One of them is Kern so he left."),
    # "them" is what is left out
    ("The churches have withdrawn the laws of Kern and have banned the use of them.",
     "The churches have banned the use of them."),
    # of "and" only one half, where a word before it goes for both
    ("No boat is red and is fast.", "No boat is red."),
    ("No boat is red and is fast.", "No boat is fast."),
    ("Few members are rich and are happy.", "Few members are happy."),
    ("The pool is open if it is dry and is warm.", "The pool is open if it is dry."),
    ("The pool is open if it is dry, and it is warm now.", "The pool is open if it is dry."),
    ("Members whose boats are old and are slow pay 5 euros.",
     "Members whose boats are slow pay 5 euros."),
    ("Kern was either ill and was away, or drunk.", "Kern was either ill."),
    # somebody else speaks, or takes it back
    ("Taxes rise in May; the road is closed, Kern said.", "Taxes rise in May."),
    ("Taxes rise, and wages fall; the road is closed, Kern said.", "Taxes rise, and wages fall."),
    ('The yard was sold; Kern left," said Roth.', "The yard was sold."),
    ("The bridge is safe; this is a lie.", "The bridge is safe."),
    ("The bridge is safe; that is what Kern says.", "The bridge is safe."),
    # the first word is no name
    ("However, President Roth, 54, was shot, if it is dry.", "However 54, was shot, if it is dry."),
    ("Later, the mayor, with a friend, fled.", "Later with a friend, fled."),
    ("Last May, the mayor, 54, fled to Linz.", "Last May 54, fled to Linz."),
)  # fmt: skip


@pytest.mark.parametrize(("evidence", "sentence"), NOT_STATED)
def test_what_is_false_or_no_sentence_is_no_form_and_not_supported(evidence, sentence):
    assert sentence not in shorter_forms(evidence)
    assert not verify_sentence(sentence, [evidence]).supported


@pytest.mark.parametrize(
    "sentence",
    [
        ", ".join(["Kern", "the judge from Linz", "was old"] * 60),
        "Kern, the judge, was born and was ill, and Roth was ill and was old, " * 20,
        "; ".join(["Kern, a judge, was ill and was old"] * 40),
        "Kern" + ", who was old" * 100,
        "a, " * 300,
    ],
)
def test_a_very_long_sentence_takes_less_than_a_second(sentence):
    assert least_seconds(lambda: shorter_forms(sentence)) < 1
