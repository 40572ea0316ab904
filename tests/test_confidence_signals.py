"""What is known of the best candidate, by hand."""

import numpy as np
import pytest

from rag.answering import confidence_signals as signals
from rag.answering.confidence import Ranking
from rag.answering.confidence_signals import candidate_signals, check_answer
from rag.answering.evidence import Candidate, rank_candidates
from rag.datatypes import Hit, Passage, Span


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
    return candidate_signals(question, rank_candidates(spans, hits, Ranking()), hits)


def test_signals_by_hand():
    """4 above no answer; the next with other words has 2; Linz is in no passage, Roth is in one."""
    seen = signals_of("Did Roth go to Linz?", "Kern sold it.", "Kern ran.", "Roth fell.")
    assert (seen.margin, seen.lead, seen.retrieval) == (4.0, 2.0, 0.5)
    assert (seen.unknown_names, seen.wrong_kind) == (1.0, 0.0)


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


def test_of_what_asks_for_sentences_a_checker_says_only_whether_it_is_settled():
    checker = Checker(np.array([[0.3, 0.2, 0.5]]))
    checked = check_answer("Why?", candidate_of("Kern sold it."), checker, is_long=True)
    assert checker.pairs == [("Why?", "Kern sold it.")]
    assert checked == (None, pytest.approx(0.0))


def test_without_its_model_nothing_is_checked():
    assert check_answer("Who?", candidate_of("Kern sold it."), Checker(None)) == (None, None)
    seen = signals_of("Who?", "Kern ran.")
    assert (seen.supported, seen.settled) == (None, None)


def test_number_asked_for_and_a_name_found_is_the_wrong_kind():
    assert signals_of("How many boats did he have?", "Kern sold it.").wrong_kind == 1.0


@pytest.mark.parametrize(("question", "times"), [("who sold it?", 0), ("Did Roth sell it?", 1)])
def test_words_of_a_passage_are_read_once_and_only_for_names(monkeypatch, question, times):
    read = []
    word_keys = signals.word_keys
    monkeypatch.setattr(signals, "word_keys", lambda text: read.append(text) or word_keys(text))
    text = f"Kern told nobody but {question}"
    for _ in range(2):
        signals_of(question, text)
    assert read.count(text) == times
