"""What is known of the best candidate, by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rag.answering import confidence_signals as signals
from rag.answering.confidence import Ranking
from rag.answering.confidence_signals import (
    candidate_signals,
    check_answer,
    put_settling_first,
)
from rag.answering.evidence import Candidate, rank_candidates
from rag.datatypes import Hit, Passage, Span

KINDS = {"yesno": 0.75, "short": 0.25}


def hit_of(number, text, score=0.5):
    passage = Passage(
        id=number, document_id=1, start=0, end=len(text), text=text, sentences=((0, len(text)),)
    )
    return Hit(passage=passage, score=score, dense_rank=number, lexical_rank=None)


def candidate_of(text):
    """The first word of a passage."""
    hit = hit_of(1, text)
    end = len(text.split()[0])
    span = Span(passage=hit.passage, start=0, end=end, score=1.0, no_answer_score=0.0)
    return Candidate(span=span, hit=hit, score=1.0)


def signals_of(question, *texts):
    """Of hits in which the first word is the span, each with a margin one lower than the last."""
    hits = [hit_of(number, text) for number, text in enumerate(texts, start=1)]
    spans = [
        Span(
            passage=hit.passage,
            start=0,
            end=len(hit.passage.text.split()[0]),
            score=5.0 - number,
            no_answer_score=1.0,
        )
        for number, hit in enumerate(hits)
    ]
    ranked = rank_candidates(spans, hits, Ranking())
    return candidate_signals(question, ranked, hits, KINDS)


def test_signals_by_hand():
    """4 above no answer; the next with other words has 2; Linz is in no passage, Roth is in one."""
    seen = signals_of("Did Roth go to Linz?", "Kern sold it.", "Kern ran.", "Roth fell.")
    assert (seen.margin, seen.lead, seen.retrieval, seen.rank) == (4.0, 2.0, 0.5, 0.0)
    assert (seen.unknown_names, seen.yes_or_no, seen.short) == (1.0, 0.75, 0.25)


def span_of(hit, words, score):
    start = hit.passage.text.index(words)
    return Span(
        passage=hit.passage, start=start, end=start + len(words), score=score, no_answer_score=0.0
    )


def test_what_stands_in_the_same_sentence_is_no_rival():
    """Both days are shown; the week is 8 below the first. The second hit has a better score."""
    valid = hit_of(1, "It is valid from 20 May to 19 June.", 0.25)
    apply = hit_of(2, "Apply within a week.", 0.75)
    days = [span_of(valid, "20 May", 9.0), span_of(valid, "19 June", 8.0)]
    ranked = rank_candidates([*days, span_of(apply, "a week", 1.0)], [apply, valid], Ranking())
    seen = candidate_signals("When does it end?", ranked, [apply, valid], KINDS)
    assert (seen.lead, seen.rank) == (8.0, pytest.approx(math.log(2)))
    alone = candidate_signals("When does it end?", ranked[:2], [valid], KINDS)
    assert (alone.lead, alone.rank) == (signals._LEAD_ALONE, 0.0)


class Checker:
    def __init__(self, found):
        self.found = found

    def probabilities(self, pairs):
        self.pairs = pairs
        return self.found


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([[0.3, 0.2, 0.5], [0.8, 0.1, 0.1]], (1.386294, 0.0)),
        ([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]], (-6.906755, 6.906755)),
    ],
)
def test_what_a_checker_says_of_an_answer_by_hand(found, expected):
    """ln(0.8 / 0.2) that it is borne out; ln(0.5 / 0.5) that the question is settled at all."""
    checker = Checker(np.array(found))
    checked = check_answer("Who sold it?", candidate_of("Kern sold it."), checker)
    assert checker.pairs == [
        ("Who sold it?", "Kern sold it."),
        ("Who sold it? → Kern", "Kern sold it."),
    ]
    assert checked == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("Who sold the Larkspur?", "Larkspur deed. Kern sold it."),
        ("Who sold it?", "Kern sold it."),
        ("Was the deed sold by Kern?", "Larkspur deed. Kern sold it."),
        ("Is Kern Larkspur's?", "Larkspur deed. Kern sold it."),
    ],
)
def test_the_name_of_the_document_is_said_where_the_question_has_words_of_it(question, shown):
    checker = Checker(np.array([[0.3, 0.2, 0.5], [0.8, 0.1, 0.1]]))
    check_answer(question, candidate_of("Kern sold it."), checker, name="Larkspur deed")
    assert {text for _, text in checker.pairs} == {shown}


class Settling:
    """A checker by which texts settle any question as probably as is said, and that counts."""

    def __init__(self, chances):
        self.chances, self.asked = chances, []

    def probabilities(self, pairs):
        self.asked += [text for _, text in pairs]
        return np.array([[self.chances[text], 0.0, 1 - self.chances[text]] for _, text in pairs])


def scored(text, score):
    return replace(candidate_of(text), score=score)


def test_of_the_first_three_the_one_that_settles_the_question_comes_first():
    """3 + ln(0.1 / 0.9) = 0.8; 2 + ln(0.9 / 0.1) = 4.2; -4 + 6.9 is less than that."""
    first, second, third = scored("Kern.", 3.0), scored("Roth.", 2.0), scored("Linz.", -4.0)
    checker = Settling({"Kern.": 0.1, "Roth.": 0.9})
    ranked = put_settling_first("Who?", [first, second, third], Ranking(settled=1.0), checker)
    assert ranked == [second, first, third]
    assert checker.asked == ["Kern.", "Roth."]


def test_what_could_not_come_first_is_not_asked_about():
    """5 + ln(0.9 / 0.1) = 7.2 is above 0.2 + 6.9 at most, and a fourth is never looked at."""
    candidates = [scored("Kern.", 5.0), scored("Roth.", 0.2), scored("Linz.", 0.1)]
    fourth = scored("Wels.", 0.05)
    checker = Settling({"Kern.": 0.9})
    ranked = put_settling_first("Who?", [*candidates, fourth], Ranking(settled=1.0), checker)
    assert ranked == [*candidates, fourth]
    assert checker.asked == ["Kern."]
    checker = Settling({"Kern.": 0.01, "Roth.": 0.02, "Linz.": 0.02})
    ranked = put_settling_first("Who?", [*candidates, fourth], Ranking(settled=2.0), checker)
    assert ranked[0] == candidates[0]
    assert checker.asked == ["Kern.", "Roth.", "Linz."]


@pytest.mark.parametrize(
    ("ranking", "found"), [(Ranking(), [[0.9, 0.0, 0.1]]), (Ranking(settled=1.0), None)]
)
def test_order_stays_where_the_checker_has_no_say(ranking, found):
    candidates = [scored("Kern.", 1.0), scored("Roth.", 0.9)]
    checker = Checker(None if found is None else np.array(found))
    assert put_settling_first("Who?", candidates, ranking, checker) == candidates


def test_of_what_asks_for_sentences_a_checker_says_only_whether_it_is_settled():
    checker = Checker(np.array([[0.3, 0.2, 0.5]]))
    checked = check_answer("Why?", candidate_of("Kern sold it."), checker, is_long=True)
    assert checker.pairs == [("Why?", "Kern sold it.")]
    assert checked == (None, pytest.approx(0.0))


def test_without_its_model_nothing_is_checked():
    assert check_answer("Who?", candidate_of("Kern sold it."), Checker(None)) == (None, None)
    seen = signals_of("Who?", "Kern ran.")
    assert (seen.supported, seen.settled) == (None, None)


@pytest.mark.parametrize(("question", "times"), [("who sold it?", 0), ("Did Roth sell it?", 1)])
def test_words_of_a_passage_are_read_once_and_only_for_names(monkeypatch, question, times):
    read = []
    word_keys = signals.word_keys
    monkeypatch.setattr(signals, "word_keys", lambda text: read.append(text) or word_keys(text))
    text = f"Kern told nobody but {question}"
    for _ in range(2):
        signals_of(question, text)
    assert read.count(text) == times
