import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import rag.evaluation.compare
import rag.evaluation.summary
from rag.errors import ReportError
from rag.evaluation.compare import (
    compare,
    comparison_object,
    differences,
    exchange_p_values,
    format_comparison,
    losses,
    shared_rows,
)
from rag.evaluation.evaluate import evaluate
from rag.evaluation.metrics import bootstrap_intervals, mean
from rag.evaluation.report import _FIELDS, checked_rows
from rag.evaluation.rows import failed_row
from rag.evaluation.verdict import is_right
from rag.serialize import to_json
from tests.fakes_evaluate import QUESTIONS, FakePipeline, cite, refused, shown


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few resamples."""
    few = partial(bootstrap_intervals, replicates=50)
    monkeypatch.setattr(rag.evaluation.summary, "bootstrap_intervals", few)
    monkeypatch.setattr(rag.evaluation.compare, "bootstrap_intervals", few)


def by_name(found):
    return {each.figure.name: each for each in found}


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
    lines = format_comparison(compare(*reports)).splitlines()
    assert lines[2:5] == ["7 questions in both", "the models differ", "the settings differ"]
    at = lines.index("3 questions changed")
    assert lines[at + 1 :] == [
        "  q1: quoted, right → refused, wrong: When does the ferry sail?",
        "  q2: answered, wrong → quoted, right: What does it cost?",
        "  q5: quoted, wrong → refused, right: Who is the captain?",
    ]


def test_compare_shows_differences_with_paired_intervals(reports):
    line = next(
        line for line in format_comparison(compare(*reports)).splitlines() if "unanswerable" in line
    )
    # q5, q6, q7: one of three refused before, two of three after; never a change for the worse.
    assert line.split()[2:6] == ["0.333", "0.667", "+0.333", "+0.000"]


def test_compare_with_itself_differs_nowhere(reports):
    first, _ = reports
    lines = format_comparison(compare(first, first)).splitlines()
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
    made = by_name(differences(list(zip(worse, better, strict=True))))
    assert made["retrieval.mrr@10"].change == 0.5
    f1 = made["answer.f1"]
    assert (f1.first, f1.second, f1.change) == (0.0, 1.0, 1.0)
    assert f1.interval == (1.0, 1.0)  # there is one question with an F1
    assert f1.p_value == 1.0  # exchanged or not, its F1 differs by one
    assert made["refusal.auroc"].change == 1.0
    nothing = made["answer.evidence_recall"]
    assert (nothing.change, nothing.interval, nothing.p_value) == (None, None, None)


def test_only_the_same_question_is_compared(tmp_path):
    reworded = [QUESTIONS[0], replace(QUESTIONS[1], question="How old is the oak?")]
    evaluate(FakePipeline(), QUESTIONS[:3], tmp_path / "a")
    evaluate(FakePipeline(), reworded, tmp_path / "b")
    text = format_comparison(compare(tmp_path / "a", tmp_path / "b"))
    assert "1 questions in both" in text
    assert "(3 questions, 2 of them not in B)" in text
    assert "(2 questions, 1 of them not in A)" in text
    assert shared_rows([{"id": "a", "question": "x"}], [{"id": "b", "question": "x"}]) == []
    evaluate(FakePipeline(), QUESTIONS[4:5], tmp_path / "c")
    nothing = compare(tmp_path / "a", tmp_path / "c")
    assert format_comparison(nothing).endswith("0 questions in both")
    assert losses(nothing, {"answer.f1": 0.1}) == [
        "answer.f1 cannot be compared: it is not defined for the 0 questions in both reports"
    ]


def test_compare_without_a_report_is_one_clear_error(reports, tmp_path):
    with pytest.raises(ReportError, match="cannot read"):
        compare(reports[0], tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda row: "x", "row 2 is 'x', expected an object"),
        (lambda row: None, "row 2 is None, expected an object"),
        (lambda row: {"id": "1", "question": "q"}, "row 2 has no 'text'"),
        (lambda row: row | {"id": [1]}, r"row 2 has id \[1\], expected a text"),
        (lambda row: row | {"f1": "0.5"}, "row 2 has f1 '0.5', expected a number or null"),
        (lambda row: row | {"group": None}, "row 2 has group None, expected a text"),
        (lambda row: row | {"seconds": {}}, "row 2 has no number for the seconds 'first'"),
    ],
)
def test_compare_with_rows_of_something_else_is_one_clear_error(tmp_path, change, problem):
    rows = [failed_row(question, "it failed") for question in QUESTIONS[:2]]
    for folder, second in (("a", rows[1]), ("b", change(rows[1]))):
        (tmp_path / folder).mkdir()
        report = {"rows": [rows[0], second]}
        (tmp_path / folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(ReportError, match=problem + "; make the report again"):
        compare(tmp_path / "a", tmp_path / "b")


def test_every_field_that_a_row_lacks_is_said(tmp_path):
    whole = failed_row(QUESTIONS[0], "it failed")
    assert checked_rows(tmp_path, {"rows": [whole]}) == [whole]
    for field in _FIELDS:
        row = {name: value for name, value in whole.items() if name != field}
        with pytest.raises(ReportError, match=f"row 1 has no '{field}'"):
            checked_rows(tmp_path, {"rows": [row]})


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


def test_compare_shows_p_values_by_hand(reports):
    # Refused when unanswerable: of seven questions only q5 differs, so whichever way rows are
    # exchanged, the difference is one third: p = 1. Answered: q1 alone differs.
    figures = by_name(compare(*reports).differences)
    assert figures["refusal.refused_when_unanswerable"].p_value == 1.0
    # F1 over q1, q2, q3 in A: 1, 0, 0.8; in B: 0, 1, 0.8. Means 0.6 and 0.6: no difference.
    assert figures["answer.f1"].change == 0.0
    assert figures["answer.f1"].p_value == 1.0


def columns(first, second):
    """Figures of made-up rows: A's values, then B's."""
    values = np.array([*first, *second])
    return {"mean": lambda indices: mean(values[indices])}


def test_p_value_of_all_better_is_two_of_all_exchanges():
    # Three pairs, B better by 1, 2 and 3: of the eight ways to exchange, only none and all give a
    # mean difference of 2 or -2.
    figures = columns([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])
    assert exchange_p_values(figures, 3) == {"mean": 2 / 8}


def test_p_value_counts_every_difference_that_is_as_large():
    # Differences 1, 1, -1 sum to 1. Sums of ±1 ±1 ±1: 3, 1, 1, 1, -1, -1, -1, -3: all as large.
    assert exchange_p_values(columns([0.0, 0.0, 1.0], [1.0, 1.0, 0.0]), 3) == {"mean": 1.0}
    # Differences 3, 3, -1 sum to 5. Sums: 7, 5, 1, 1, -1, -1, -5, -7: four of eight are.
    assert exchange_p_values(columns([0.0, 0.0, 1.0], [3.0, 3.0, 0.0]), 3) == {"mean": 4 / 8}


def test_p_value_of_many_pairs_agrees_with_scipy_and_is_never_zero():
    from scipy.stats import permutation_test

    random = np.random.default_rng(3)
    first = random.normal(size=40)
    second = first + random.normal(0.25, 1.0, size=40)
    expected = permutation_test(
        (second, first),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9999,
        rng=np.random.default_rng(4),
    ).pvalue
    found = exchange_p_values(columns(first, second), 40)["mean"]
    assert 0.02 < expected < 0.98
    assert found == pytest.approx(expected, abs=0.03)  # some three standard errors of 1,999 draws
    assert exchange_p_values(columns(first, first + 9), 40)["mean"] == 1 / 2000


def test_p_value_is_not_defined_where_the_figure_is_not():
    assert exchange_p_values(columns([np.nan, np.nan], [1.0, 1.0]), 2) == {"mean": None}


def test_losses_name_what_got_worse_by_more_than_allowed(reports):
    comparison = compare(*reports)
    # Answered: 3 of 4 in A, 2 of 4 in B. Refused wrongly: 1 of 4, 2 of 4.
    assert losses(comparison, {"answer.answered": 0.25}) == []
    assert losses(comparison, {"answer.answered": 0.2}) == [
        "answer.answered fell by 0.250, from 0.750 to 0.500: more than 0.2"
    ]
    assert losses(comparison, {"refusal.refused_when_answerable": 0.0}) == [
        "refusal.refused_when_answerable rose by 0.250, from 0.250 to 0.500: more than 0"
    ]
    # Refused rightly: 1 of 3 in A, 2 of 3 in B; better is never a loss, and seconds rose nowhere.
    assert losses(comparison, {"refusal.refused_when_unanswerable": 0.0}) == []


def test_slower_is_worse_and_quicker_is_not(reports):
    comparison = compare(*reports)
    seconds = by_name(comparison.differences)["seconds.p50"]
    assert seconds.change < 0  # what Better answers itself takes 0.7 s
    assert losses(comparison, {"seconds.p50": 0.0}) == []
    (line,) = losses(compare(reports[1], reports[0]), {"seconds.p50": 0.0})
    assert line.startswith("seconds.p50 rose by ")


def test_comparison_as_json_has_what_the_text_has(reports):
    made = json.loads(to_json(comparison_object(compare(*reports))))
    assert made["shared"] == 7
    assert made["differing"] == ["models", "settings"]
    assert made["first"] == {"folder": str(reports[0]), "questions": 7, "unshared": 0}
    assert made["figures"]["answer.answered"]["change"] == -0.25
    assert [(each["id"], each["first"]["verdict"]) for each in made["changed"]] == [
        ("q1", "right"),
        ("q2", "answered wrongly"),
        ("q5", "answered wrongly"),
    ]
    assert made["changed"][1]["second"]["text"] == "It costs 12 euros. [1]"
