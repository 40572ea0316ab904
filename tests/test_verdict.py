import pytest

from rag.evaluation.verdict import candidate_rightness, verdict

ROW = {
    "answerable": True,
    "status": "quoted",
    "answers": ["noon"],
    "evidence": None,
    "f1": 1.0,
    "contains": 1.0,
    "evidence_recall": None,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "right"),
        ({"f1": 0.0, "contains": 0.0}, "answered wrongly"),
        ({"answerable": False, "answers": [], "f1": None}, "answered wrongly"),
        ({"answerable": False, "status": "refused"}, "refused rightly"),
        ({"answerable": False, "answer_kind": "denied"}, "right"),
        ({"answer_kind": "denied"}, "answered wrongly"),  # it denies what the text says
        ({"status": "refused", "f1": 0.0}, "refused wrongly"),
        ({"answers": [], "f1": None, "contains": None}, "not judged"),
        ({"answers": [], "f1": None, "status": "refused"}, "refused wrongly"),
        ({"status": None}, "failed"),
        ({"f1": None, "yes_no": 1.0, "contains": 0.0}, "right"),
        ({"f1": None, "yes_no": 0.0}, "answered wrongly"),  # "no" stands in many a text
    ],
)
def test_verdict(changes, expected):
    assert verdict(ROW | changes) == expected


def test_candidate_rightness_is_the_contract_of_confidence():
    assert candidate_rightness(ROW | {"f1": 0.5}) == 1.0
    assert candidate_rightness(ROW | {"f1": 0.49, "contains": 1.0}) == 0.0
    assert candidate_rightness(ROW | {"f1": None}) is None
    assert candidate_rightness(ROW | {"answerable": False, "f1": None}) == 0.0
