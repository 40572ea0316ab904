import pytest

from rag.evaluation.diagrams import POINTS, diagrams
from rag.evaluation.questions import Question
from rag.evaluation.rows import answered_row, failed_row
from tests.fakes_evaluate import NAMES, QUESTIONS, TEXTS, FakePipeline


@pytest.fixture(scope="module")
def made():
    pipeline = FakePipeline()
    rows = [
        answered_row(question, pipeline.ask(question.question), NAMES, TEXTS)
        for question in QUESTIONS[:6]
    ]
    rows.append(failed_row(QUESTIONS[6], "no letters"))
    return diagrams(rows, TEXTS)


def test_risk_and_coverage_of_what_was_shown(made):
    # Six judged questions, four shown: the ferry (0.9) and the oak (0.8) are right; the price and
    # the captain, both at 0.6, are wrong. Risks at 1 to 4 shown: 0, 0, 1/3, 1/2.
    curve = made["risk_coverage"]
    assert (curve["questions"], curve["shown"]) == (6, 4)
    assert curve["aurc"] == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert [(p["confidence"], p["shown"], p["risk"]) for p in curve["points"]] == [
        (0.9, 1, 0.0),
        (0.8, 2, 0.0),
        (0.6, 4, 0.5),
    ]
    assert curve["points"][-1]["coverage"] == pytest.approx(4 / 6)


def test_reliability_of_what_was_shown(made):
    # 0.6: the price (F1 0) and the captain (unanswerable): none right. 0.8: "300 years old" for
    # "300 years" has F1 0.8: right. 0.9: right. Gaps 0.6, 0.6, 0.2, 0.1 over four answers.
    curve = made["reliability"]
    filled = {each["low"]: each for each in curve["bins"] if each["count"]}
    assert {low: (each["count"], each["right"]) for low, each in filled.items()} == {
        0.6: (2, 0.0),
        0.8: (1, 1.0),
        0.9: (1, 1.0),
    }
    assert curve["questions"] == 4
    assert curve["ece"] == pytest.approx((0.6 + 0.6 + 0.2 + 0.1) / 4)
    assert filled[0.6]["interval"][0] == 0.0
    assert curve["bins"][0]["interval"] is None


def test_hits_of_the_final_ranking_and_of_each_retriever(made):
    # Right passages at ranks 1, 2, 3 and 1; the fake's dense rank is the final one, and its lexical
    # retriever found nothing.
    curve = made["hits"]
    assert curve["questions"] == 4
    assert curve["final"] == [0.5, 0.75, *[1.0] * 8]
    assert curve["dense"] == curve["final"]
    assert curve["lexical"] == [0.0] * 10


def test_seconds_by_stage_pass_over_what_failed(made):
    assert made["seconds"]["read"] == {"p50": 0.2, "p95": 0.2}
    assert made["seconds"]["total"]["p50"] == pytest.approx(0.7 + 3.5)


def test_nothing_to_draw_is_none_and_not_an_error():
    made = diagrams([failed_row(Question(id="a", question="?", answerable=False), "broken")], {})
    assert made["risk_coverage"] == {"questions": 0, "shown": 0, "aurc": None, "points": []}
    assert made["reliability"]["ece"] is None
    assert made["hits"]["final"] is None
    assert made["seconds"]["total"] == {"p50": None, "p95": None}


def test_the_curve_has_a_bounded_number_of_points():
    row = answered_row(QUESTIONS[0], FakePipeline().ask(QUESTIONS[0].question), NAMES, TEXTS)
    rows = [row | {"confidence": number / 1000} for number in range(1000)]
    points = diagrams(rows, TEXTS)["risk_coverage"]["points"]
    assert len(points) == POINTS
    assert (points[0]["confidence"], points[-1]["confidence"]) == (0.999, 0.0)
