"""What is known of the best candidate, by hand."""

import pytest

from rag.answering import confidence_signals as signals
from rag.answering.confidence import Ranking
from rag.answering.confidence_signals import candidate_signals
from rag.answering.evidence import rank_candidates
from rag.datatypes import Hit, Passage, Span


def hit_of(number, text, score=0.5):
    passage = Passage(
        id=number, document_id=1, start=0, end=len(text), text=text, sentences=((0, len(text)),)
    )
    return Hit(passage=passage, score=score, dense_rank=number, lexical_rank=None)


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
