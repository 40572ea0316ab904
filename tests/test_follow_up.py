"""Follow-up questions to questions that stand alone; what stands alone is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timing import least_seconds

from rag.answering.follow_up import understand

ALONE = [
    "When was the bridge opened?",
    "What does NATO's collective defence clause say about an attack on one member?",
    "How long does it take to boil an egg?",
    "How many strings are there in a violin?",
    "Is there a lake in Bavaria?",
    "When did the company say that it would close the plant?",
    "What did Lavoisier publish before he died?",
    "Who considered their land most important?",
    "How did boarding schools cover their costs?",
    "What right do private schools have that public schools do not?",
    "What happened to the frogs when they left the pond?",
    "What about the deal has not been made public?",
    "Which party won the election that year?",
    "And when did Robert Crispin go up against the Turks?",
    "Tell me who wrote the report.",
    "capital of France",
    "Summarise the article.",
    "Who?!",
]
BEFORE = "What does Untersee mean?"


@pytest.mark.parametrize("question", ALONE[:-1])
def test_question_that_stands_alone_is_left_exactly_as_it_is(question):
    assert understand(question, [BEFORE]) == question


@pytest.mark.parametrize("question", [*ALONE, "Why?", "And in 1990?", "When did he say that?"])
@pytest.mark.parametrize("history", [(), ("",), (" ", "?")])
def test_without_an_earlier_question_nothing_changes(question, history):
    assert understand(question, history) == question


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("What does France export?", "What about Spain?", "What does Spain export?"),
        ("What does France export?", "And Spain?", "What does Spain export?"),
        ("What does France export?", "Spain?", "What does Spain export?"),
        ("How long is the Rhine?", "What about the Danube?", "How long is the Danube?"),
        (
            "Does Chile accept that Peru joins the Southern Market?",
            "How about CERN?",
            "Does Chile accept that Peru joins CERN?",
        ),
        (
            "What is the river called in French?",
            "And in Dutch?",
            "What is the river called in Dutch?",
        ),
        ("Who won the cup in 1990?", "And in 1994?", "Who won the cup in 1994?"),
        ("Who won the cup in 1990?", "What about 1994?", "Who won the cup in 1994?"),
        (
            "How much of the sun is made of oxygen?",
            "And of the crust?",
            "How much of the crust is made of oxygen?",
        ),
        (
            "By what means is oxygen shipped?",
            "And in small tanks?",
            "By what means is oxygen shipped in small tanks?",
        ),
        (
            "What did a city day school cost in 2012?",
            "And a boarding school?",
            "What did a boarding school cost in 2012?",
        ),
        (
            "How large is the French army?",
            "And the Spanish one?",
            "How large is the Spanish army?",
        ),
        ("When is the first race?", "And the second one?", "When is the second race?"),
        ("How tall is it?", "And in winter?", "How tall is it in winter?"),
    ],
)
def test_something_else_is_put_in_its_place(before, question, understood):
    assert understand(question, [before]) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("What does Oslo want to sell?", "Why?", "Why does Oslo want to sell?"),
        (
            "When will the next race take place?",
            "And where?",
            "Where will the next race take place?",
        ),
        ("How long is the plain?", "And how wide?", "How wide is the plain?"),
        (
            "When was the service launched?",
            "Under what name?",
            "Under what name was the service launched?",
        ),
        ("Is the king ill?", "Since when?", "Since when is the king ill?"),
        ("Who wrote the report?", "Why?", "Why (Who wrote the report)?"),
    ],
)
def test_another_thing_is_asked_of_the_same(before, question, understood):
    assert understand(question, [before]) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("When was Ada Lovelace born?", "Where did she die?", "Where did Ada Lovelace die?"),
        ("When was Ada Lovelace born?", "Who was her mother?", "Who was Ada Lovelace's mother?"),
        ("When was Ada Lovelace born?", "Who taught her?", "Who taught Ada Lovelace?"),
        ("Did Ada Lovelace write?", "Where did she live?", "Where did Ada Lovelace live?"),
        (
            "What ruined Richard's plans to reach Acre?",
            "Whom did he marry?",
            "Whom did Richard marry?",
        ),
        (
            "Who is the spokesman of the club?",
            "How old is he?",
            "How old is the spokesman of the club?",
        ),
        ("What is the largest inland port?", "Who owns it?", "Who owns the largest inland port?"),
        ("Who are the mayor's envoys?", "Whom did they meet?", "Whom did the mayor's envoys meet?"),
        ("Where does the Rhine begin?", "How long is it?", "How long is the Rhine?"),
        (
            "Where does the Rhine end?",
            "What is the largest city it runs through?",
            "What is the largest city the Rhine runs through?",
        ),
        ("Who drew up the plan?", "And what are its aims?", "What are the plan's aims?"),
    ],
)
def test_pronoun_is_replaced_where_it_is_plain_what_it_stands_for(before, question, understood):
    assert understand(question, [before]) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        (
            "Who said that a deal is near?",
            "Where did he say that?",
            "Where did he say that (Who said that a deal is near)?",
        ),
        (
            "Which army did Chile send to Peru?",
            "When was that?",
            "When was that (Which army did Chile send to Peru)?",
        ),
        (
            "Who attended the dinner?",
            "Who else was there?",
            "Who else was there (Who attended the dinner)?",
        ),
        (
            "What law recognized the school?",
            "When was it passed?",
            "When was it passed (What law recognized the school)?",
        ),
        (
            "How many boards exist in India?",
            "Who gives advice to schools there?",
            "Who gives advice to schools there (How many boards exist in India)?",
        ),
        (
            "What did Chile hand to Peru?",
            "What did Bolivia say about it?",
            "What did Bolivia say about it (What did Chile hand to Peru)?",
        ),
        (
            "How many of the six parts did Setanta get?",
            "Who bought the other four?",
            "Who bought the other four (How many of the six parts did Setanta get)?",
        ),
    ],
)
def test_earlier_question_is_added_where_no_rule_knows(before, question, understood):
    assert understand(question, [before]) == understood


def test_follow_up_of_a_follow_up_goes_back_to_the_first_question():
    history = ["Where does the Rhine begin?", "Where does it end?"]
    assert understand("How long is it?", history) == "How long is the Rhine?"
    assert understand("And the Danube?", [*history, "How long is it?"]) == "How long is the Danube?"


def test_brackets_are_not_nested():
    history = ["Who said that a deal is near?", "Where did he say that?"]
    understood = understand("And why was that?", history)
    assert understood == "Why was that (Where did he say that; Who said that a deal is near)?"


def test_only_the_last_questions_count():
    far = ["When was Ada Lovelace born?", *["What is the weather like?"] * 4]
    assert "Ada" not in understand("Where did she die?", far)


def test_nothing_but_the_questions_is_taken():
    understood = understand("How old is he?", ["Who is the mayor of Graz?"])
    assert understood == "How old is the mayor of Graz?"


texts = st.text(
    st.sampled_from("aB it he she the that and of who what why is one Rhine 1990 ?!.,'’()-"),
    max_size=80,
)
words = st.lists(
    st.sampled_from(
        "and what about why who is was did the a it he her there that one ones of in 1990 Rhine "
        "king says (x) ? . 's % ß İ".split()
    ),
    max_size=12,
).map(" ".join)


@given(st.one_of(texts, words), st.lists(st.one_of(texts, words), max_size=3))
def test_any_question_has_words_left(question, history):
    understood = understand(question, history)
    assert understood == question or any(character.isalnum() for character in understood)


@pytest.mark.parametrize(
    "text",
    [
        "the " * 500,
        "A" * 2000,
        "the A " * 333,
        "who is " + " " * 1990,
        "what " * 400,
        "-" * 1999 + "a",
    ],
)
def test_longest_question_takes_no_time(text):
    def both_ways():
        understand("And the other one?", [text])
        understand(text, ["Who is it?"])

    assert least_seconds(both_ways) < 20  # exponential would be never
