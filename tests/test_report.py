import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ReportError
from rag.evaluation.questions import Question
from rag.evaluation.report import (
    COLUMNS,
    FORMULA_STARTS,
    format_summary,
    neutralised,
    number,
    read_report,
    rows_as_csv,
    write_report,
    write_whole,
)
from rag.evaluation.rows import answered_row, failed_row
from rag.evaluation.summary import summarise
from tests.fakes_evaluate import NAMES, TEXTS, cite, shown

NOON = "The ferry sails at noon."


def a_row(**changes):
    question = Question(
        id="q1", question="When?", answerable=True, answers=("noon", "12"), group="all"
    )
    answer = shown("When?", cite(1, NOON), text=NOON, short_answer="noon")
    row = answered_row(question, answer, NAMES, TEXTS)
    return row | changes


def cells(*rows):
    return list(csv.DictReader(io.StringIO("".join(rows_as_csv(rows)), newline="")))


def test_rows_as_csv_has_a_row_for_each_question():
    failed = failed_row(Question(id="q2", question="?", answerable=False), "it failed")
    first, second = cells(a_row(), failed)
    assert first == {
        "id": "q1",
        "group": "all",
        "question": "When?",
        "answerable": "true",
        "kind": "short",
        "status": "answered",
        "text": "The ferry sails at noon. [1]",
        "short_answer": "noon",
        "answers": "noon | 12",
        "document": "",
        "evidence": "",
        "citations": "boats.txt:0-24",
        "confidence": "0.9",
        "exact_match": "1.0",
        "f1": "1.0",
        "contains": "1.0",
        "hit_rank": "",
        "evidence_recall": "",
        "evidence_precision": "",
        "right_citations": "1",
        "unsupported": "0",
        "checked": "",
        "first_seconds": "0.3",
        "total_seconds": "0.7",
        "error": "",
    }
    assert (second["error"], second["status"], second["answerable"]) == ("it failed", "", "false")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_starts_a_formula_is_neutralised_in_every_text_column(start):
    dangerous = f'{start}HYPERLINK("http://x","y")'
    row = a_row(
        **dict.fromkeys(
            ("id", "group", "question", "text", "short_answer", "document", "evidence", "error"),
            dangerous,
        ),
        answers=[dangerous, "b"],
        citations=[{"document": dangerous, "start": 0, "end": 1}],
    )
    (made,) = cells(row)
    assert {made["id"], made["question"], made["text"], made["error"]} == {f"'{dangerous}"}
    assert made["answers"] == f"'{dangerous} | b"
    assert not any(cell.startswith(FORMULA_STARTS) for cell in made.values())


def test_numbers_stay_numbers():
    (made,) = cells(a_row(confidence=-0.5))
    assert made["confidence"] == "-0.5"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_csv(text):
    (made,) = cells(a_row(question=text))
    assert made["question"] == neutralised(text)
    assert set(made) == set(COLUMNS)


def test_write_report_is_utf8_json_without_nan_and_leaves_nothing_beside(tmp_path):
    rows = [a_row(question="Kdy, Čapku? 🚢")]
    write_report(tmp_path, {"summary": summarise(rows), "rows": rows})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "rows.csv"]
    text = (tmp_path / "report.json").read_bytes().decode("utf-8")
    assert json.loads(text, parse_constant=pytest.fail)["rows"] == rows
    assert "Kdy, Čapku? 🚢" in text
    assert "Kdy, Čapku? 🚢" in (tmp_path / "rows.csv").read_bytes().decode("utf-8")
    assert read_report(tmp_path)["rows"] == rows


def test_write_whole_keeps_the_old_file_if_writing_fails(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text() == "old"


def test_read_report_of_something_else_is_one_clear_error(tmp_path):
    with pytest.raises(ReportError, match="cannot read .*report.json"):
        read_report(tmp_path)
    for content, problem in (("{", "not JSON"), ("[]", "has no rows"), ('{"rows": 3}', "no rows")):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(ReportError, match=problem):
            read_report(tmp_path)


def test_format_summary_aligns_figures_and_explains_what_is_not_defined():
    lines = format_summary(summarise([a_row(), a_row(short_answer=None, f1=0.0)])).splitlines()
    assert lines[0] == "2 questions, 2 of them answerable; 0 failed"
    words = [line.split() for line in lines]
    assert ["f1", "0.500", "0.000", "–", "1.000"] in words
    assert ["auroc", "–"] in words
    assert ["status", "quoted", "0", "0.000", "–", "0.000"] in words
    assert ["all", "refused", "0.000", "0.000", "–", "0.000"] in words
    ends = {line.index("0.500") for line in lines if "0.500" in line.split()[1:2]}
    assert len(ends) == 1
    assert lines[-1] == "–: not defined for these questions or answers"
    assert not {"None", "nan"} & {word for line in words for word in line}


def test_number():
    assert [number(value) for value in (None, 3, 0.5, 2 / 3)] == ["–", "3", "0.500", "0.667"]
