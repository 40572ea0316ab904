"""The real models on the seed article: answers that cite the right place, and refusals."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from test_turns import until

from rag.assemble import open_pipeline
from rag.documents.load import Source, read_document
from rag.seed import seed_articles
from rag.settings import load_settings

pytestmark = pytest.mark.slow

NOISE = 0.03
"""Of a confidence: in int8 a passage that is padded among others is read a little otherwise (0.011
was seen, of twenty); in float32 it is 1e-4."""
ROOT = Path(__file__).resolve().parent.parent
ANSWERABLE = {
    "Where did the American officials meet President Zelensky for talks?": "Berlin",
    "Which two delegates did President Trump send?": "Mr. Steve Witkoff and Mr. Jared Kushner",
    "How big will the Ukrainian army be in peacetime?": "about 800,000 troops",
    "What percentage of the drafted plan has reached consensus?": "about 90%",
    "Which article of NATO is the security mechanism similar to?": "Article 5 of NATO",
    "To whom does the Trump administration plan to submit the deal?": "to the Senate for approval",
    "Which majority does a treaty mechanism require?": "a 2/3 majority",
    "In which province should Kiev withdraw its troops?": "Donetsk province",
    "What remains the biggest obstacle?": "the territories under Russian control",
    "Who is the Kremlin's spokesman?": "Dmitry Peskov",
}
"""Question to words that must stand in what is cited."""
UNANSWERABLE = [
    "Which composer wrote the opera Carmen?",
    "What is the boiling point of ethanol?",
    "How do I reset the password of my router?",
    "When was the Eiffel Tower finished?",
    "Which vitamins are there in an orange?",
]


@pytest.fixture(scope="module")
def pipeline(home):
    pipeline = open_pipeline(load_settings(), say=lambda line: None)
    with pipeline.library:
        yield pipeline


@pytest.fixture(scope="module")
def answers(pipeline):
    """Every question to all that was shown for it, one after the other."""
    return {question: list(pipeline.stream(question)) for question in [*ANSWERABLE, *UNANSWERABLE]}


@pytest.fixture(scope="module")
def article():
    (path,) = seed_articles()
    return read_document(Source(path=path, name=path.name), max_bytes=1_000_000)


def test_questions_about_the_article_cite_the_sentence_that_answers(answers):
    wrong = {
        question: answers[question][-1].text
        for question, words in ANSWERABLE.items()
        if not any(words in citation.quote for citation in answers[question][-1].citations)
    }
    assert len(wrong) <= 2, wrong  # the issue asks for 80 % of a larger set


def test_questions_about_anything_else_are_refused(answers):
    for question in UNANSWERABLE:
        (answer,) = answers[question]
        assert answer.status == "refused", (question, answer.text)
        assert (answer.sentences, answer.citations, answer.short_answer) == ((), (), None)
        assert 1 <= len(answer.nearest) <= 3


def test_all_that_is_cited_stands_there(answers, pipeline, article):
    shown = [answer for stages in answers.values() for answer in stages]
    assert any(answer.citations for answer in shown)
    for answer in shown:
        for place in (*answer.citations, *answer.nearest):
            assert place.document == article.name
            assert pipeline.library.text(place.document_id) == article.text
        for citation in answer.citations:
            assert article.text[citation.start : citation.end] == citation.quote
        for near in answer.nearest:
            assert article.text[near.start : near.end] == near.text
        if answer.short_span is not None:
            number, start, end = answer.short_span
            assert article.text[start:end] == answer.short_answer
            assert answer.citations[number - 1].start < end <= answer.citations[number - 1].end


@pytest.mark.parametrize(
    ("before", "question", "words"),
    [
        (
            "Who attended the dinner online?",
            "Who else was there?",
            "European negotiators",
        ),
        (
            "In which city were the latest talks with Zelensky?",
            "When were they?",
            "December 15",
        ),
        (
            "When will the next discussions take place?",
            "And where?",
            "Miami",
        ),
    ],
)
def test_follow_up_finds_what_it_means(pipeline, before, question, words):
    answer = pipeline.ask(question, history=[before])
    assert answer.question == question
    assert any(words in citation.quote for citation in answer.citations), answer.text


@pytest.mark.parametrize("question", [*list(ANSWERABLE)[::2], UNANSWERABLE[0]])
def test_earlier_question_about_something_else_changes_no_answer(answers, pipeline, question):
    answer = pipeline.ask(question, history=["When was the Eiffel Tower finished?"])
    expected = answers[question][-1]
    assert answer.understood == question
    assert (answer.text, answer.citations) == (expected.text, expected.citations)


def test_every_sentence_ever_shown_is_the_quote_that_it_cites(answers):
    for question in ANSWERABLE:
        for answer in answers[question]:
            assert answer.status in ("quoted", "refused")
            assert [sentence.text for sentence in answer.sentences] == [
                citation.quote for citation in answer.citations
            ]


def test_ask_as_a_command_keeps_the_contract(answers, article):
    question = next(q for q in ANSWERABLE if answers[q][-1].status != "refused")
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", "ask", question, "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout, parse_constant=pytest.fail)
    expected = answers[question][-1]
    assert answer["question"] == answer["understood"] == question
    assert (answer["status"], answer["text"]) == (expected.status, expected.text)
    assert answer["confidence"] == pytest.approx(expected.confidence, abs=1e-3)
    assert set(answer["seconds"]) == {"retrieve", "read", "generate", "verify", "first", "total"}
    assert 0 < answer["seconds"]["first"] <= answer["seconds"]["total"]
    assert answer["nearest"] == []
    assert [citation["number"] for citation in answer["citations"]] == [
        number for number, _ in enumerate(answer["citations"], start=1)
    ]
    for citation in answer["citations"]:
        assert set(citation) == {
            *("number", "document", "start", "end", "page", "quote"),
            *("section", "row", "last_row", "column", "sha256", "regions"),
        }
        assert (citation["document"], citation["page"]) == (article.name, None)
        assert (citation["row"], citation["column"]) == (None, None)
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]
    used = {number for sentence in answer["sentences"] for number in sentence["citations"]}
    assert used == {citation["number"] for citation in answer["citations"]}


def overlap(one, other):
    """Whether both short answers are none, or share words: "5" and "Article 5" all but tie."""
    if one is None or other is None:
        return one == other
    (citation, start, end), (other_citation, other_start, other_end) = one, other
    return citation == other_citation and start < other_end and other_start < end


def test_batched_answers_are_those_of_one_by_one(pipeline, answers):
    """Padding and the order of sums differ, so confidences may a little; more so in int8."""
    questions = [*list(ANSWERABLE)[:6], *UNANSWERABLE[:2], *list(ANSWERABLE)[:2]]
    together = list(pipeline.ask_many(questions))
    assert len(together) == 10
    for question, batched in zip(questions, together, strict=True):
        alone = answers[question][-1]
        assert batched.confidence == pytest.approx(alone.confidence, abs=NOISE)
        for name in ("status", "text", "citations"):
            assert getattr(batched, name) == getattr(alone, name), (question, name)
        assert overlap(batched.short_span, alone.short_span), question
    again = list(pipeline.ask_many(questions))
    assert [answer.confidence for answer in again] == [answer.confidence for answer in together]


def test_questions_that_wait_are_read_together_and_answered_as_alone(
    pipeline, answers, monkeypatch
):
    reader = pipeline._finder._reader
    gate, calls = Event(), []

    def read_many(requests, read=reader.read_many):
        calls.append(len(requests))
        assert gate.wait(60)
        return read(requests)

    monkeypatch.setattr(reader, "read_many", read_many)
    questions = [*list(ANSWERABLE)[:5], *UNANSWERABLE[:2]]
    with ThreadPoolExecutor(len(questions)) as pool:
        asked = [pool.submit(pipeline.ask, question) for question in questions]
        until(lambda: len(pipeline._finder._turns._line) == len(questions) - 1)
        gate.set()
        together = [each.result(120) for each in asked]
    assert len(questions) - 1 in calls
    for question, answer in zip(questions, together, strict=True):
        alone = answers[question][-1]
        assert answer.confidence == pytest.approx(alone.confidence, abs=NOISE)
        for name in ("question", "status", "text", "citations"):
            assert getattr(answer, name) == getattr(alone, name), (question, name)
        assert overlap(answer.short_span, alone.short_span), question
