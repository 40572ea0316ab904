"""Which sentences pass: each way of leaving out by example, then everything that must not pass.

The sealed half of `tests/data` is not read here.
"""

import json
import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from timing import least_seconds
from tricky_sentences import TRICKY, TRICKY_PAIRS

from rag.answering.verify import Verdict, verify_sentence

DATA = Path(__file__).parent / "data"
BORN = ["Jonas Kern was born in Linz in May 1950.", "He was never arrested."]


def passes(sentence: str, *evidence: str) -> bool:
    return verify_sentence(sentence, evidence).supported


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        # an exact quote, whatever its white space
        ("Roth sold the yard\nin May.", "Roth sold the yard in May."),
        ("Yes.", "Yes."),
        ("Is the bridge safe?", "Is the bridge safe?"),
        # "that", capitals, the full stop and the form of numbers do not matter
        ("Kern said that nobody was hurt.", "Kern said nobody was hurt."),
        ("but Kern sold the yard", "Kern sold the yard."),
        ("Nine boats sank in the year 1,204.", "9 boats sank in the year 1204"),
        ("Prices rose by 5 percent.", "Prices rose by 5 %."),
        ("Prices rose by 5%.", "Prices rose by 5 per cent."),
        ("Kern isn’t ill today.", "Kern is not ill today."),
        # an aside between commas, brackets or dashes
        ("Kern, a former judge from Linz, sold the yard.", "Kern sold the yard."),
        ("Kern (a former judge) sold the yard.", "Kern sold the yard."),
        ("Kern – who was born in 1950 – sold the yard.", "Kern sold the yard."),
        ("Kern, 54, sold the yard.", "Kern sold the yard."),
        ("Kern, who was born in Linz, was seen in Wels.", "Kern was seen in Wels."),
        ("Kern met Roth, the mayor of Linz, in 1950.", "Kern met Roth in 1950."),
        # the first of two predicates, and the second
        ("The hall was built in 1950, and was sold in 1994.", "The hall was sold in 1994."),
        ("The hall was built by Roth and was sold in 1994.", "The hall was sold in 1994."),
        ("The hall was built by Roth and was sold in 1994.", "The hall was built by Roth."),
        # a statement of its own before or after
        ("Do not eat for six hours; you may drink.", "Do not eat for six hours."),
        ("Roth was never caught; Kern was shot in May.", "Kern was shot in May."),
        ("Roth has a yard, but Kern sold his boat.", "Kern sold his boat."),
        ("Roth sold the yard, and Kern sold his boat.", "Roth sold the yard."),
        ("Roth thanked Kern, who was born in Linz.", "Roth thanked Kern."),
        ("Linz has opened its pool, although the roof leaks.", "Linz has opened its pool."),
        ("However, Roth sold the yard.", "Roth sold the yard."),
        # a title before a name, and the name of whom the words before it describe
        ("President Kern sold the yard.", "Kern sold the yard."),
        ("Cobalt's chairwoman, Ingrid Solheim, sold it.", "Ingrid Solheim sold it."),
        ("Roth fell in May; her driver, Jonas Kern, ran.", "Jonas Kern ran."),
    ],
)
def test_what_only_leaves_out_passes(evidence, sentence):
    assert verify_sentence(sentence, [evidence]) == Verdict(supported=True, used=(0,))


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ("Kern sold 12 boats in May 1950.", "Kern sold 13 boats in May 1950."),
        ("Kern sold 12 boats in May 1950.", "Kern sold 12 boats in May 1951."),
        ("Kern sold 12 boats in May 1950.", "Kern sold 12 boats in June 1950."),
        ("Kern sold 12 boats in May 1950.", "Kern sold 12 yards in May 1950."),
        ("Kern sold 12 boats in May 1950.", "Lang sold 12 boats in May 1950."),
        ("Kern sold 12 boats in May 1950.", "Kern never sold 12 boats in May 1950."),
        ("Kern sold 12 boats in May 1950.", "In May 1950 Kern sold 12 boats."),
        ("The road is 5 km long.", "The road is 5 miles long."),
        ("The road is 5 km long.", "The road is 5 long."),
        ("Kern never sold the boat.", "Kern sold the boat."),
        ("Kern could not swim.", "Kern could swim."),
        ("Kern may have sold the boat.", "Kern have sold the boat."),
        ("Kern has reportedly sold the boat.", "Kern has sold the boat."),
        ("Lang said Kern sold the boat.", "Kern sold the boat."),
        ("Kern sold the boat if Lang agreed.", "Kern sold the boat."),
        ("Kern's son sold the boat.", "Kern sold the boat."),
        ("Kern sued Lang in May.", "Lang sued Kern in May."),
        ("Kern was sued by Lang.", "Kern was sued Lang."),
        ("Kern was sued by Lang.", "Kern sued Lang."),
        ("Kern, who may sue, sold the boat.", "Kern sold the boat."),
        ("The hall was not built by Roth and was sold in May.", "The hall was sold in May."),
    ],
)
def test_one_change_is_refused(evidence, sentence):
    assert verify_sentence(sentence, [evidence]).supported is False


@pytest.mark.parametrize(("trick", "evidence", "sentence"), TRICKY)
def test_a_false_sentence_of_the_evidences_own_words_is_refused(trick, evidence, sentence):
    assert passes(evidence, evidence)
    assert not passes(sentence, evidence), trick


@pytest.mark.parametrize(("trick", "evidence", "sentence"), TRICKY_PAIRS)
def test_a_false_sentence_over_two_sentences_is_refused(trick, evidence, sentence):
    assert not passes(sentence, *evidence), trick


def test_a_pronoun_is_resolved_from_the_sentence_before_and_both_are_cited():
    verdict = verify_sentence("Jonas Kern was never arrested.", ["Linz is old.", *BORN])
    assert verdict == Verdict(supported=True, used=(1, 2))


def test_a_pronoun_is_not_resolved_from_the_sentence_after_or_two_before():
    assert not passes("Jonas Kern was never arrested.", BORN[1], BORN[0])
    assert not passes("Jonas Kern was never arrested.", BORN[0], "Linz is old.", BORN[1])


def test_a_sentence_that_cites_the_second_of_several_says_so():
    verdict = verify_sentence("Kern sold it.", ["Roth bought a boat.", "Kern sold it."])
    assert verdict.used == (1,)


def test_the_question_supports_nothing():
    """The year stands in the question alone, which the verifier is never given."""
    verdict = verify_sentence("Kern sold the yard in 1950.", ["Kern sold the yard."])
    assert verdict == Verdict(supported=False, reason="'in' is not in the cited text")
    assert not passes("Kern sold the yard.")


@pytest.mark.parametrize("sentence", ["", "  ", "...", "?!", "$ %", "—", "Kern", "Kern.", "the a"])
def test_what_says_nothing_is_refused(sentence):
    evidence = ["Kern has $ 5 % – the yard.", sentence.strip() + " "][:1]
    assert verify_sentence(sentence, evidence) == Verdict(supported=False, reason="says nothing")


@pytest.mark.parametrize("sentence", ["", "...", "$"])
def test_nothing_is_no_quote_even_of_nothing(sentence):
    assert verify_sentence(sentence, [""]).supported is False


def test_reasons_name_the_word_that_is_missing():
    assert verify_sentence("Lang sold the yard.", ["Kern sold the yard."]).reason == (
        "'Lang' is not in the cited text"
    )
    assert verify_sentence("The yard sold Kern.", ["Kern sold the yard."]).reason == (
        "the cited text puts it differently"
    )
    assert verify_sentence("Kern sold the yard?", ["Kern sold the yard."]).reason == "asks"


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        (" ".join(f"w{n % 7}" for n in range(300)), " ".join(f"w{n % 7}" for n in range(3000))),
        ("kern " * 300, "kern " * 3000),
        ("kern was " * 150, "kern was and " * 1000),
        ("kern, the " * 150, "kern, the judge, " * 1000),
        ("kern; " * 300, "his kern, Kern, " * 1000 + "; kern" * 1000),
    ],
)
def test_a_very_long_sentence_takes_less_than_a_second(sentence, evidence):
    assert least_seconds(lambda: verify_sentence(sentence, [evidence])) < 1  # 0.1 s idle


def rows(name: str, half: str = "open") -> list[dict]:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["half"] == half]


FALSE, TRUE = rows("verifier_false"), rows("verifier_true")


@pytest.mark.parametrize(
    ("changes", "share"),
    [(("number", "date", "name", "negation"), 0.98), (("role", "attribution"), 0.85)],
)
def test_the_open_false_sentences_are_caught(changes, share):
    chosen = [row for row in FALSE if row["change"] in changes]
    missed = [row["id"] for row in chosen if passes(row["sentence"], *row["evidence"])]
    caught = len(chosen) - len(missed)
    message = f"{caught} of {len(chosen)} caught, missed {missed}"
    assert len(chosen) >= 85, message
    assert caught >= share * len(chosen), message


def test_of_the_open_true_sentences_as_many_pass_as_before():
    """8 of 50 (23 November): few, since most of them rephrase, and only leaving out is trusted."""
    passed = [row["id"] for row in TRUE if passes(row["sentence"], *row["evidence"])]
    assert len(TRUE) == 50
    assert len(passed) >= 7, f"{len(passed)} of {len(TRUE)} pass: {passed}"


def test_the_sealed_half_which_was_opened_once_when_the_rules_were_done():
    """Measured on 2026-11-23: none of 273 false sentences passed, and 4 of 50 true ones."""
    false, true = rows("verifier_false", "sealed"), rows("verifier_true", "sealed")
    assert (len(false), len(true)) == (273, 50)
    assert [row["id"] for row in false if passes(row["sentence"], *row["evidence"])] == []
    assert sum(passes(row["sentence"], *row["evidence"]) for row in true) >= 4


def test_of_what_the_generator_writes_freely_nothing_false_passes():
    """66 false outputs and 23 faithful ones of the real model; see data/README.md."""
    lines = (DATA / "generator_free.jsonl").read_text("utf-8").splitlines()
    written = [json.loads(line) for line in lines]
    passed = [row["label"] for row in written if passes(row["output"], *row["evidence"])]
    assert [sum(row["label"] == label for row in written) for label in ("faithful", "false")] == [
        23,
        66,
    ]
    assert set(passed) == {"faithful"}
    assert len(passed) >= 5


SENTENCES = sorted({text for row in FALSE for text in row["evidence"]})
PASSING = [(text, text) for text in SENTENCES] + [
    (row["sentence"], *row["evidence"]) for row in TRUE if passes(row["sentence"], *row["evidence"])
]


@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
@settings(max_examples=30, deadline=None)
def test_an_exact_sentence_always_passes(first, second):
    assert passes(first, first, second)
    assert passes(second, first, second)
    assert passes(f"  {first}\n", second, first)


@given(st.sampled_from(PASSING), st.data())
@settings(max_examples=200, deadline=None)
def test_a_sentence_with_not_put_in_never_passes(case, data):
    sentence, *evidence = case
    words = sentence.split()
    place = data.draw(st.integers(0, len(words)))
    changed = " ".join([*words[:place], "not", *words[place:]])
    assert not passes(changed, *evidence)


@given(st.sampled_from([case for case in PASSING if re.search(r"\b(not|no|never)\b", case[0])]))
@settings(max_examples=50, deadline=None)
@example(("Kern, who is not ill, did not sell it.", "Kern, who is not ill, did not sell it."))
def test_a_sentence_with_its_negation_left_out_never_passes(case):
    sentence, *evidence = case
    for match in re.finditer(r"\b(not|no|never) ", sentence):
        changed = sentence[: match.start()] + sentence[match.end() :]
        assert not passes(changed, *evidence)


@given(st.sampled_from([case for case in PASSING if re.search(r"\d", case[0])]), st.data())
@settings(max_examples=200, deadline=None)
def test_a_sentence_with_another_digit_never_passes(case, data):
    sentence, *evidence = case
    places = [match.start() for match in re.finditer(r"\d", sentence)]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != sentence[place])
    assert not passes(sentence[:place] + digit + sentence[place + 1 :], *evidence)


@given(st.sampled_from(SENTENCES), st.data())
@settings(max_examples=200, deadline=None)
def test_two_words_that_change_places_never_pass(text, data):
    """But for "that", which says nothing, and words that are the same."""
    words = text.split()
    first = data.draw(st.integers(0, len(words) - 2))
    second = data.draw(st.integers(first + 1, len(words) - 1))
    plain = [re.sub(r"\W", "", words[place]).casefold() for place in (first, second)]
    assume(plain[0] != plain[1] and "that" not in plain and all(plain))
    words[first], words[second] = words[second], words[first]
    assert not passes(" ".join(words), text)


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_text_gets_a_verdict_with_evidence_or_a_reason(sentence, evidence):
    verdict = verify_sentence(sentence, evidence)
    assert verdict.supported == bool(verdict.used) == (not verdict.reason)
    assert all(0 <= index < len(evidence) for index in verdict.used)
