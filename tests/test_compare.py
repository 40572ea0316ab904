from dataclasses import replace
from functools import partial

import pytest

import rag.evaluation.compare
import rag.evaluation.summary
from rag.errors import ReportError
from rag.evaluation.compare import compare, differences, is_right, shared_rows
from rag.evaluation.evaluate import evaluate
from rag.evaluation.metrics import bootstrap_intervals
from tests.fakes_evaluate import QUESTIONS, FakePipeline, cite, refused, shown


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few resamples."""
    few = partial(bootstrap_intervals, replicates=50)
    monkeypatch.setattr(rag.evaluation.summary, "bootstrap_intervals", few)
    monkeypatch.setattr(rag.evaluation.compare, "bootstrap_intervals", few)


class Better(FakePipeline):
    """Right about the price, and refuses the captain; refuses the ferry for no reason."""

    def ask(self, question, *, history=(), cancel=None):
        if question == "What does it cost?":
            return shown(question, cite(1, "It costs 12 euros."), short_answer="12 euros")
        if question in ("Who is the captain?", "When does the ferry sail?"):
            return refused(question)
        return super().ask(question)


@pytest.fixture
def reports(tmp_path):
    evaluate(FakePipeline(), QUESTIONS, tmp_path / "a")
    evaluate(Better(generator="none"), QUESTIONS, tmp_path / "b")
    return tmp_path / "a", tmp_path / "b"


def test_compare_lists_the_questions_that_changed_and_what_differs(reports):
    lines = compare(*reports).splitlines()
    assert lines[2:5] == ["7 questions in both", "the models differ", "the settings differ"]
    at = lines.index("3 questions changed")
    assert lines[at + 1 :] == [
        "  q1: quoted, right → refused, wrong: When does the ferry sail?",
        "  q2: answered, wrong → quoted, right: What does it cost?",
        "  q5: quoted, wrong → refused, right: Who is the captain?",
    ]


def test_compare_shows_differences_with_paired_intervals(reports):
    line = next(line for line in compare(*reports).splitlines() if "unanswerable" in line)
    # q5, q6, q7: one of three refused before, two of three after; never a change for the worse.
    assert line.split()[2:6] == ["0.333", "0.667", "+0.333", "+0.000"]


def test_compare_with_itself_differs_nowhere(reports):
    first, _ = reports
    lines = compare(first, first).splitlines()
    assert lines[-1] == "0 questions changed"
    assert not any("differ" in line for line in lines)
    assert all("+0.000 … +0.000" in line for line in lines if "+" in line)


def test_differences_are_second_minus_first_and_none_if_not_defined_in_one():
    def row(name, confidence, answerable):
        return {
            "id": name,
            "question": name,
            "answerable": answerable,
            "kind": "short",
            "answers": ["x"] if answerable else [],
            "evidence": None,
            "document": None,
            "status": "quoted",
            "error": None,
            "confidence": confidence,
            "citations": [],
            "seconds": {"first": 0.5, "total": 1.0},
            "unsupported": 0,
            "hit_rank": 2,
            "right_citations": 0,
            **dict.fromkeys(("exact_match", "f1", "contains"), 0.0 if answerable else None),
            **dict.fromkeys(("evidence_recall", "evidence_precision")),
        }

    worse = [row("a", 0.2, True), row("b", 0.4, False)]
    better = [row("a", 0.8, True) | {"hit_rank": 1, "f1": 1.0}, row("b", 0.4, False)]
    made = differences(list(zip(worse, better, strict=True)))
    assert made["retrieval", "mrr@10"]["change"] == 0.5
    assert made["answer", "f1"] == {
        "first": 0.0,
        "second": 1.0,
        "change": 1.0,
        "interval": (1.0, 1.0),  # there is one question with an F1
    }
    assert made["refusal", "auroc"]["change"] == 1.0
    assert made["answer", "evidence_recall"]["change"] is None
    assert made["answer", "evidence_recall"]["interval"] is None


def test_only_the_same_question_is_compared(tmp_path):
    reworded = [QUESTIONS[0], replace(QUESTIONS[1], question="How old is the oak?")]
    evaluate(FakePipeline(), QUESTIONS[:3], tmp_path / "a")
    evaluate(FakePipeline(), reworded, tmp_path / "b")
    assert "1 questions in both" in compare(tmp_path / "a", tmp_path / "b")
    assert shared_rows([{"id": "a", "question": "x"}], [{"id": "b", "question": "x"}]) == []
    evaluate(FakePipeline(), QUESTIONS[4:5], tmp_path / "c")
    assert compare(tmp_path / "a", tmp_path / "c").endswith("0 questions in both")


def test_compare_without_a_report_is_one_clear_error(reports, tmp_path):
    with pytest.raises(ReportError, match="cannot read"):
        compare(reports[0], tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({"answerable": False, "status": "refused"}, True),
        ({"answerable": False, "status": "quoted"}, False),
        ({"answerable": False, "status": None}, False),
        ({"status": "refused", "f1": None}, False),
        ({"f1": 0.5}, True),
        ({"f1": 0.4}, False),
        ({"f1": 0.0, "contains": 1.0}, True),
        ({"f1": None, "contains": None, "evidence_recall": 0.5}, True),
        ({"f1": None, "contains": None, "evidence_recall": 0.4}, False),
        ({"f1": None, "contains": 1.0, "evidence_recall": None}, True),
    ],
)
def test_is_right(changes, right):
    row = {"answerable": True, "status": "quoted", "contains": 0.0, "evidence_recall": None}
    assert is_right(row | changes) is right
