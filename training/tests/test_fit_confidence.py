import json
from dataclasses import replace

import numpy as np
import pytest

from rag.answering.confidence import Ranking
from rag.answering.evidence import Candidate
from rag.datatypes import Hit, Passage, Span
from rag.evaluation.questions import Question
from training.fit_confidence import Found, choose, fit_settled, is_right
from training.question_folders import everyday_record, write_everyday

TEXT = "Bring soap.\nBring pegs.\nAsk Mr. Pell for the key."
SENTENCES = ((0, 11), (12, 23), (24, 49))


def candidate(words: str) -> Candidate:
    passage = Passage(id=1, document_id=1, start=0, end=49, text=TEXT, sentences=SENTENCES)
    start = TEXT.index(words)
    span = Span(
        passage=passage, start=start, end=start + len(words), score=0.0, no_answer_score=0.0
    )
    hit = Hit(passage=passage, score=0.0, dense_rank=None, lexical_rank=None)
    return Candidate(span=span, hit=hit, score=0.0)


def asked(group: str, answers: tuple[str, ...], evidence: str | None) -> Question:
    return Question(
        id="1",
        question="?",
        answerable=group != "close",
        answers=answers,
        evidence=evidence,
        group=group,
    )


@pytest.mark.parametrize(
    ("group", "answers", "evidence", "words", "right"),
    [
        ("span", ("Mr. Pell",), None, "Mr. Pell", True),
        ("span", ("Mr. Pell",), "Ask Mr. Pell for the key.", "for the key", True),
        ("span", ("Mr. Pell",), "Mr. Pell", "for the key", False),  # may stand anywhere
        ("span", ("Mr. Pell",), "Ask Mr. Pell for the key.", "soap", False),
        ("span", ("key",), "Ask Mr. Pell for the key.", "soap", False),
        ("list", ("soap", "pegs"), "Bring soap.\nBring pegs.", "Bring soap.\nBring pegs.", True),
        ("list", ("soap", "pegs"), "Bring soap.\nBring pegs.", "key", False),
        ("yes", ("Ask Mr. Pell for the key.",), "Ask Mr. Pell for the key.", "key", True),
        ("explanation", ("for the key",), "for the key", "Mr. Pell", True),
        ("close", (), None, "soap", False),
    ],
)
def test_right_is_what_is_shown_right(group, answers, evidence, words, right):
    assert is_right(asked(group, answers, evidence), candidate(words)) is right


def test_any_of_the_places_that_say_it_is_right():
    question = replace(asked("list", ("soap",), "Bring soap."), points=("Bring pegs.",))
    assert [is_right(question, candidate(words)) for words in ("soap", "pegs", "key")] == [
        True,
        True,
        False,
    ]


def test_an_everyday_question_is_judged_by_its_answers_or_by_what_settles_it(tmp_path):
    fields = {"id": "a", "question": "may i", "document": "a.md", "answerable": True}
    no = {"type": "yesno", "kind": "no", "answers": ["only"], "evidence": "only on Mondays"}
    steps = {"type": "steps", "kind": "steps", "answers": ["a", "b"], "evidence": "a"}
    close = {"type": "close", "kind": "short", "answers": [], "answerable": False}
    count = {"type": "count", "kind": "count", "answers": ["3"], "evidence": "a"}
    assert everyday_record(fields | no)["answers"] == ["only on Mondays"]
    assert everyday_record(fields | no)["group"] == "no"
    assert everyday_record(fields | steps)["group"] == "list"
    assert everyday_record(fields | close) == fields | {
        "answerable": False,
        "answers": [],
        "group": "close",
    }
    source = tmp_path / "source"
    (source / "documents").mkdir(parents=True)
    (source / "documents" / "a.md").write_text("text", encoding="utf-8")
    unmarked = {"id": "b"}
    places = no | {"points": ["never on Sundays"]}
    lines = [json.dumps(fields | own) + "\n" for own in (places, steps, close, count, unmarked)]
    (source / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    write_everyday(tmp_path / "out", source)
    assert (tmp_path / "out" / "documents" / "a.md").read_text(encoding="utf-8") == "text"
    written = (tmp_path / "out" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["group"] for line in written] == ["no", "list", "close"]
    assert json.loads(written[0])["points"] == ["never on Sundays"]


class Knowing:
    """A checker that takes a text with "soap" to settle a question, as surely as it is told."""

    def __init__(self, settles: float) -> None:
        self.settles = settles

    def probabilities(self, pairs):
        sure = [self.settles if "soap" in text else 1 - self.settles for _, text in pairs]
        return np.array([[each, 0.0, 1 - each] for each in sure], dtype=np.float32)

    def make_ready(self) -> None:
        """Nothing has to be made."""


def found(right: str, other: str, margin: float) -> Found:
    """A question with two candidates: `right` is `margin` better for the reader than `other`."""
    hits, spans = [], []
    for number, (words, score) in enumerate(((right, margin), (other, 0.0)), start=1):
        text = f"Bring {words}."
        place = ((0, len(text)),)
        passage = Passage(
            id=number, document_id=1, start=0, end=len(text), text=text, sentences=place
        )
        hits.append(Hit(passage=passage, score=0.0, dense_rank=None, lexical_rank=None))
        spans.append(
            Span(passage=passage, start=6, end=len(text) - 1, score=score, no_answer_score=0.0)
        )
    kinds = {"list": 0.0, "steps": 0.0, "explanation": 0.0, "filter": 0.0, "compare": 0.0}
    question = asked("span", (right,), f"Bring {right}.")
    return Found(question, tuple(hits), spans, "a", kinds | {"overview": 0.0, "short": 1.0})


def test_what_the_checker_knows_is_worth_more_where_it_is_right_more_often():
    items = [found("soap", "pegs", -1.0), found("soap", "pegs", 0.5), found("pegs", "soap", 1.0)]
    more, less = [*items, found("soap", "key", -1.0)], [*items, found("key", "soap", 2.0)]
    checker = Knowing(0.8)
    assert fit_settled(more, Ranking(), checker) > fit_settled(less, Ranking(), checker) > 0


def test_the_one_that_settles_the_question_is_chosen_if_that_is_worth_more():
    item = found("soap", "pegs", -1.0)
    assert choose(item, Ranking(settled=1.0), Knowing(0.8)).right
    assert not choose(item, Ranking(), Knowing(0.8)).right
    assert not choose(item, Ranking(settled=1.0), Knowing(0.2)).right
