import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionSetError
from rag.evaluation.question_formats import entries_of
from rag.evaluation.questions import Question, make_question, read_questions
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
        points=["At noon"],
        rows=["Elm"],
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
            points=("At noon",),
            rows=("Elm",),
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
        (b"{}", "line 2: id, question, answerable are missing or empty"),
        (line(id=None, question=" "), "line 2: id, question are missing or empty"),
        (line(question="\ud800"), "not UTF-8"),
        (b'{"id": "q", "question": "\\ud800?", "answerable": true}', "half of a surrogate pair"),
        (line(answerable=...), "answerable is missing or empty"),
        (line(answerable="yes"), "answerable is 'yes', expected true or false"),
        (line(answerable=False), "answers must be empty where answerable is false"),
        (
            line(kind="medium"),
            "kind is 'medium', expected one of short, yes, no, list, steps, explanation, count, "
            "extreme, comparison, overview, long",
        ),
        (line(kind=["list"]), "kind is ['list'], expected one of short, yes"),
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


@given(st.binary(max_size=60), st.sampled_from([".jsonl", ".csv", ".json", ""]))
def test_any_bytes_are_a_question_or_one_line_about_them(data, suffix):
    try:
        for _, fields in entries_of(data, suffix):
            make_question(fields)
    except QuestionSetError as error:
        assert str(error)


KINDS = "short yes no list steps explanation count extreme comparison overview long".split()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_is_a_kind_and_further_fields_are_passed_over(kind):
    fields = GOOD | {
        "kind": kind,
        "labels": ["Brindle 300"],
        "notes": [{"evidence": "x"}],
        "sides": [],
        "gold": "At noon.",
        "type": "far",
        "superseded": None,
    }
    assert make_question(fields) == Question(
        id="q1", question="When?", answerable=True, kind=kind, answers=("noon",)
    )


def test_the_everyday_questions_are_all_good():
    path = Path(__file__).resolve().parents[1] / "benchmarks/everyday/questions.jsonl"
    questions, problems = read_questions(path)
    assert problems == []
    assert len(questions) == 317
    assert {question.kind for question in questions} == set(KINDS) - {"long"}


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


def test_csv_has_columns_in_any_order_and_sensible_defaults(tmp_path):
    path = tmp_path / "set.csv"
    path.write_bytes(
        b"\xef\xbb\xbfQuestion,answers,Evidence,answerable,id,kind,note\r\n"
        b'"When, exactly?",noon | at noon,,,,,x\r\n'
        b"\r\n"
        b'Why?,,"It sails\r\nat noon.",,q7,long\r\n'
        b"Who?,,,,,,\r\n"
        b"Which?,,,yes\r\n"
    )
    questions, problems = read_questions(path)
    assert problems == []
    assert questions == [
        Question(id="1", question="When, exactly?", answerable=True, answers=("noon", "at noon")),
        Question(
            id="q7", question="Why?", answerable=True, kind="long", evidence="It sails\r\nat noon."
        ),
        Question(id="3", question="Who?", answerable=False),
        Question(id="4", question="Which?", answerable=True),
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_of_other_spreadsheets_is_read_too(tmp_path, separator):
    path = tmp_path / "set.txt"
    path.write_text(f"question{separator}answer\nWhen, then?{separator}noon\n")
    questions, _ = read_questions(path)
    assert [(q.question, q.answers) for q in questions] == [("When, then?", ("noon",))]


def test_malformed_csv_rows_are_reported_with_their_numbers_and_the_good_ones_run(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text(
        'question,answers,answerable\n"Good\none?",noon,\n,noon,\nToo, many, cells, here\n'
        "When?,noon,maybe\nWhere?,here,no\nLast?,noon,true\n"
    )
    questions, problems = read_questions(path)
    assert [question.question for question in questions] == ["Good\none?", "Last?"]
    assert problems == [
        "set.csv, line 4: question is missing or empty",
        "set.csv, line 5: has 4 cells, expected 3: quote what has one",
        "set.csv, line 6: answerable is 'maybe', expected true or false",
        "set.csv, line 7: answers must be empty where answerable is false",
    ]


def test_csv_row_whose_quotation_mark_is_not_closed_is_named_and_the_rows_after_it_run(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text('question,answers\nWhen?,noon\n"Why?,because\nWho?,Anna\nWhere?,"here"\n')
    questions, problems = read_questions(path)
    assert [question.question for question in questions] == ["When?", "Who?", "Where?"]
    assert problems == [
        'set.csv, line 3: not CSV: a quotation mark opens a cell and is not closed; double it ("")'
    ]


def test_csv_row_whose_mark_is_closed_by_a_later_rows_is_told_of(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text('question,answers\nWhat?,"yes\nWhere?,here"\nWho?,me\n', encoding="utf-8")
    questions, problems = read_questions(path)
    assert [question.question for question in questions] == ["What?", "Who?"]
    assert problems == [
        "set.csv, line 2: a cell in quotation marks goes over lines that look like rows: if they "
        "are, close the mark before them"
    ]
    path.write_text('question,evidence\nWhat?,"One.\nTwo."\n', encoding="utf-8")
    assert read_questions(path)[1] == []


def test_csv_header_that_goes_over_lines_is_told_of(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text('question,"answers\nWhat?,yes\nWhere?,here"\nWho?,me\n', encoding="utf-8")
    with pytest.raises(QuestionSetError, match="line 1: a quotation mark in the header is not"):
        read_questions(path)


def test_csv_without_the_column_or_in_another_encoding_is_one_clear_error(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text("frage,antwort\nWann?,mittags\n")
    with pytest.raises(QuestionSetError, match="line 1: no column question in the header"):
        read_questions(path)
    path.write_bytes("question\nWo?\nCaf\xe9?\n".encode("latin-1"))
    with pytest.raises(QuestionSetError, match="line 3: not UTF-8: save it as CSV in UTF-8"):
        read_questions(path)


CONTEXT = "Dr. Novak runs the ferry. It sails at noon."
SQUAD_QUESTION = {
    "id": "f1",
    "question": " When? ",
    "answers": [{"text": "noon", "answer_start": 38}, {"text": "at noon", "answer_start": 35}],
}


def squad(*questions):
    return json.dumps(
        {
            "data": [
                {"title": "Ferry", "paragraphs": [{"context": CONTEXT, "qas": list(questions)}]}
            ]
        },
        indent=1,
    )


@pytest.mark.parametrize("name", ["set.json", "set"])
def test_squad_json_has_the_sentence_as_evidence_in_any_document(tmp_path, name):
    path = tmp_path / name
    unanswerable = {"id": "f2", "question": "Why?", "answers": [], "is_impossible": True}
    path.write_text(squad(SQUAD_QUESTION, unanswerable))
    questions, problems = read_questions(path)
    assert problems == []
    assert questions == [
        Question(
            id="f1",
            question="When?",
            answerable=True,
            answers=("noon", "at noon"),
            evidence="It sails at noon.",
        ),
        Question(id="f2", question="Why?", answerable=False, group="adversarial"),
    ]


def test_malformed_squad_questions_are_reported_with_their_places(tmp_path):
    path = tmp_path / "set.json"
    path.write_text(squad({"id": "a"}, 7, SQUAD_QUESTION, SQUAD_QUESTION))
    questions, problems = read_questions(path)
    assert [question.id for question in questions] == ["f1"]
    at = "set.json, data[0].paragraphs[0].qas"
    assert problems[0].startswith(f"{at}[0]: not a question of SQuAD: it has no 'question'")
    assert problems[1].startswith(f"{at}[1]: not a question of SQuAD")
    assert problems[2] == f"{at}[3]: id 'f1' is that of data[0].paragraphs[0].qas[2]; skipped"
    path.write_text('{"data": [3, {"paragraphs": [{"context": "x"}]}]}')
    with pytest.raises(QuestionSetError, match=r"data\[0\]: has no paragraphs"):
        read_questions(path)


def test_json_lines_under_another_suffix_are_json_lines(tmp_path):
    path = tmp_path / "set.json"
    path.write_bytes(line() + b"\n" + line(id="q2"))
    assert [question.id for question in read_questions(path)[0]] == ["q1", "q2"]
    path.write_bytes(line())
    assert [question.id for question in read_questions(path)[0]] == ["q1"]
