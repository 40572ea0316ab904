import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionSetError
from rag.evaluation.questions import Question, parse_question, read_questions
from rag.seed import seed_folder

GOOD = {"id": "q1", "question": "When?", "answerable": True, "answers": ["noon"]}


def line(**changes):
    fields = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def test_read_questions_with_every_field(tmp_path):
    path = tmp_path / "set.jsonl"
    full = line(
        kind="long",
        document="a.txt",
        evidence="At noon. ",
        history=["Which boat?"],
        group="close",
        note="unknown keys are passed over",
    )
    path.write_bytes(b"\xef\xbb\xbf" + full + b"\r\n\n  \n" + line(id="q2"))
    questions, problems = read_questions(path)
    assert problems == []
    assert questions == [
        Question(
            id="q1",
            question="When?",
            answerable=True,
            kind="long",
            answers=("noon",),
            document="a.txt",
            evidence="At noon. ",
            history=("Which boat?",),
            group="close",
        ),
        Question(id="q2", question="When?", answerable=True, answers=("noon",)),
    ]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b"{not json", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 5_000, "not JSON"),
        (b"[1, 2]", "expected an object, got list"),
        (line(id=...), "id is missing or empty"),
        (line(id=7), "id is 7, expected a text"),
        (line(question="  "), "question is missing or empty"),
        (line(question="\ud800"), "not UTF-8"),
        (b'{"id": "q", "question": "\\ud800?", "answerable": true}', "half of a surrogate pair"),
        (line(answerable=...), "answerable is None, expected true or false"),
        (line(answerable="yes"), "answerable is 'yes', expected true or false"),
        (line(answerable=False), "answers must be empty where answerable is false"),
        (line(kind="medium"), "kind is 'medium', expected short or long"),
        (line(answers="noon"), "answers is 'noon', expected a list of texts"),
        (line(answers=["noon", 12]), "answers is 12, expected a text"),
        (line(evidence=["x"]), "evidence is ['x'], expected a text"),
        (line(history=[None]), "history is None, expected a text"),
    ],
)
def test_malformed_line_is_reported_with_its_number_and_the_good_ones_run(tmp_path, bad, problem):
    path = tmp_path / "set.jsonl"
    path.write_bytes(line(id="before") + b"\n" + bad + b"\n" + line(id="after") + b"\n")
    questions, problems = read_questions(path)
    assert [question.id for question in questions] == ["before", "after"]
    assert len(problems) == 1
    assert problems[0].startswith("set.jsonl, line 2: ")
    assert problem in problems[0]
    assert "\n" not in problems[0]


def test_duplicate_id_is_reported_and_the_first_counts(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_bytes(line() + b"\n\n" + line(question="Where?"))
    questions, problems = read_questions(path)
    assert [question.question for question in questions] == ["When?"]
    assert problems == ["set.jsonl, line 3: id 'q1' is that of line 1; skipped"]


def test_no_good_line_is_one_clear_error(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"nonsense\nmore")
    with pytest.raises(QuestionSetError, match="no question in .*set.jsonl.*line 1: not JSON"):
        read_questions(path)
    path.write_bytes(b"")
    with pytest.raises(QuestionSetError, match="it is empty"):
        read_questions(path)


def test_missing_file_and_folder_are_one_clear_error(tmp_path):
    for path in (tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(QuestionSetError, match="cannot read the question set"):
            read_questions(path)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_question_or_one_line_about_them(data):
    try:
        parse_question(data)
    except QuestionSetError as error:
        assert str(error)


def test_seed_questions_are_all_good():
    questions, problems = read_questions(seed_folder() / "questions.jsonl")
    assert problems == []
    assert len(questions) == 84
    assert sum(question.answerable for question in questions) == 48
    assert {question.group for question in questions} == {
        "answerable",
        "close",
        "false_premise",
        "unrelated",
    }
