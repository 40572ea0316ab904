"""The baselines of the benchmark without their models: chunks, refusals, answers."""

import math
import sys
from pathlib import Path

import pytest
from fake_embedder import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "peers"))

import baseline_answer as baseline
from baseline_naive import NaiveRag

from rag.evaluation.questions import Question
from rag.evaluation.rows import answered_row
from rag.settings import Settings

FERRY = "The ferry sails at noon. It costs 12 euros."


class FakeEngine:
    """Writes the pieces it is given and keeps what it was asked."""

    name = "fake engine"

    def __init__(self, *pieces):
        self.pieces = pieces
        self.asked = []

    def stream(self, messages):
        self.asked.append(messages)
        yield from self.pieces


@pytest.fixture
def naive(tmp_path):
    (tmp_path / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (tmp_path / "long.txt").write_text("Oaks grow old. " * 50, encoding="utf-8")

    def make(*pieces):
        rag = NaiveRag(Settings(), FakeEmbedder(), "fake@1", FakeEngine(*pieces))
        rag.open([tmp_path])
        return rag

    return make


def test_chunks_have_the_size_and_overlap_of_the_tutorial():
    assert baseline.fixed_chunks("x" * 1000) == [(0, 500), (450, 950), (900, 1000)]
    assert baseline.fixed_chunks("x" * 950) == [(0, 500), (450, 950)]
    assert baseline.fixed_chunks("abcdef", size=4, overlap=1) == [(0, 4), (3, 6)]
    assert baseline.fixed_chunks("ab", size=4, overlap=1) == [(0, 2)]
    assert baseline.fixed_chunks("") == []
    assert baseline.fixed_chunks("abcd      ", size=4, overlap=0) == [(0, 4)]  # no blank chunk


def test_overlap_as_large_as_a_chunk_is_an_error_and_no_endless_loop():
    with pytest.raises(ValueError, match="overlap of 4"):
        baseline.fixed_chunks("abcdef", size=4, overlap=4)


@given(st.text(alphabet="ab", max_size=60), st.integers(1, 9), st.data())
def test_chunks_cover_the_text_and_overlap_as_told(text, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    chunks = baseline.fixed_chunks(text, size, overlap)
    rebuilt = "".join(
        text[start + (overlap if number else 0) : end] for number, (start, end) in enumerate(chunks)
    )
    assert rebuilt == text
    assert all(end - start == size for start, end in chunks[:-1])


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I don\u2019t know the answer.",
        "I do not know",
        "I'm sorry, but the text says nothing about it.",
        "The context does not contain the answer.",
        "The provided text doesn't mention who the captain is.",
        "The name of the captain is not mentioned in the context. The ferry sails at noon.",
        "There is not enough information to answer.",
        "It cannot be determined from the context.",
        "Unknown.",
        "  ",
    ],
)
def test_refusals_are_recognised_by_their_words(text):
    assert baseline.is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "At noon.",
        "It costs 12 euros. The price for dogs is not mentioned.",
        "They do not know each other.",
        "The unknown soldier was buried in 1920.",
        "No context switch is needed: the ferry sails at noon.",
        "He refused to answer.",
    ],
)
def test_answers_are_not_taken_for_refusals(text):
    assert not baseline.is_refusal(text)


def test_an_answer_cites_every_chunk_it_was_given_by_exact_offsets(naive):
    rag = naive("At no", "on. It is ", "12 euros.")
    answer = rag.ask("When does the ferry sail?")
    assert answer.status == "answered"
    assert answer.short_answer == "At noon. It is 12 euros."
    assert [sentence.text for sentence in answer.sentences] == ["At noon.", "It is 12 euros."]
    texts = {document.name: rag.library.text(document.id) for document in rag.library.documents()}
    count = len(answer.citations)
    assert count == 3  # "ferry.txt" is one chunk, 750 characters of oaks are two
    assert all(sentence.citations == tuple(range(1, count + 1)) for sentence in answer.sentences)
    assert all(c.quote == texts[c.document][c.start : c.end] for c in answer.citations)
    assert [hit.dense_rank for hit in answer.ranked] == [1, 2, 3]
    assert math.isnan(answer.confidence)
    assert 0 <= answer.seconds["first"] <= answer.seconds["total"]


def test_the_model_is_given_the_instruction_the_chunks_and_the_question(naive):
    rag = naive("At noon.")
    answer = rag.ask("When does the ferry sail?")
    ((message,),) = rag._engine.asked
    assert message["role"] == "user"
    assert message["content"].startswith(baseline.INSTRUCTION)
    assert message["content"].endswith("Question: When does the ferry sail?")
    assert all(citation.quote in message["content"] for citation in answer.citations)


def test_a_refusal_shows_no_sentence_and_keeps_its_words(naive):
    answer = naive("I don't", " know.").ask("Who is the captain?")
    assert (answer.status, answer.text) == ("refused", "I don't know.")
    assert (answer.sentences, answer.citations, answer.short_answer) == ((), (), None)
    assert len(answer.nearest) == 3


def test_documents_opened_later_replace_those_before(naive, tmp_path):
    rag = naive("At noon.")
    rag.open([tmp_path / "ferry.txt"])
    assert [document.name for document in rag.library.documents()] == ["ferry.txt"]
    assert [c.document for c in rag.ask("When?").citations] == ["ferry.txt"]


def test_evaluation_scores_a_baseline_as_it_scores_footnote(naive):
    question = Question(
        id="q",
        question="What does it cost?",
        answerable=True,
        answers=("12 euros",),
        document="ferry.txt",
        evidence="It costs 12 euros.",
    )
    rag = naive("It costs 12 euros.")
    names = {document.id: document.name for document in rag.library.documents()}
    texts = {name: rag.library.text(number) for number, name in names.items()}
    row = answered_row(question, rag.ask(question.question), names, texts)
    assert row["f1"] == pytest.approx(2 * 2 / 4 * 1 / (2 / 4 + 1))  # it costs 12 euros: 2 of 4
    assert (row["exact_match"], row["contains"]) == (0.0, 1.0)
    assert (row["right_citations"], row["confidence"]) == (1, None)
    assert row["unsupported"] == 0  # not shown as a quote, so it is not judged
