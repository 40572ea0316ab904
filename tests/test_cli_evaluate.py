import argparse
import json
import sys

import pytest

from rag.cli import compare, evaluate
from rag.errors import QuestionSetError, RagError
from rag.serialize import to_json
from tests.fakes_evaluate import QUESTIONS, FakePipeline, refused

LINES = [
    to_json({"id": q.id, "question": q.question, "answerable": q.answerable}) for q in QUESTIONS
]


@pytest.fixture
def arguments(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(LINES), encoding="utf-8")
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return parser.parse_args([str(path), "--report", str(tmp_path / "report")])


def test_summary_goes_to_standard_output_and_the_rest_to_standard_error(arguments, capsys):
    assert evaluate.run(arguments, lambda args: FakePipeline()) == 0
    out, err = capsys.readouterr()
    assert out.startswith("7 questions, 4 of them answerable; 1 failed\n")
    assert "7 of 7 questions\n" in err
    assert "report.json" in err
    assert (arguments.report / "rows.csv").exists()
    assert (arguments.report / "report.html").exists()


@pytest.mark.parametrize(
    ("questions", "flags", "batch"),
    [(7, [], 1), (499, [], 1), (500, [], 32), (500, ["--batch", "1"], 1), (7, ["--batch", "3"], 3)],
)
def test_many_questions_are_asked_in_batches(
    arguments, monkeypatch, capsys, questions, flags, batch
):
    """With a few, the seconds are to be those of a question alone."""
    lines = [
        to_json({"id": str(number), "question": "Who?", "answerable": False})
        for number in range(questions)
    ]
    arguments.questions.write_text("\n".join(lines), encoding="utf-8")
    seen = []

    def evaluated(pipeline, asked, report_dir, **options):
        seen.append((len(asked), options["batch"]))
        return {"errors": 0, "questions": len(asked), "answerable": 0, "intervals": {}}

    monkeypatch.setattr("rag.evaluation.evaluate.evaluate", evaluated)
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    args = parser.parse_args([str(arguments.questions), "--report", "unused", *flags])
    assert evaluate.run(args, lambda args: FakePipeline()) == 0
    assert seen == [(questions, batch)]
    assert ("questions at once" in capsys.readouterr().err) == (batch > 1)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_batch_that_is_no_number_is_wrong_usage(text, capsys):
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["set.jsonl", "--report", "unused", "--batch", text])
    assert ended.value.code == 2
    assert "expected 1 or more" in capsys.readouterr().err


def test_malformed_lines_are_reported_up_to_a_limit(arguments, capsys):
    with arguments.questions.open("a", encoding="utf-8") as file:
        file.write("\nnonsense" * 25)
    assert evaluate.run(arguments, lambda args: FakePipeline()) == 0
    err = capsys.readouterr().err
    assert "set.jsonl, line 8: not JSON" in err
    assert err.count("not JSON") == 20
    assert "… and 5 more lines that are not questions" in err


def test_interrupted_run_says_how_to_go_on_and_goes_on(arguments, capsys):
    stopped = FakePipeline(stop_before=3)
    assert evaluate.run(arguments, lambda args: stopped) == 130
    assert "interrupted; the same command goes on" in capsys.readouterr().err
    again = FakePipeline()
    assert evaluate.run(arguments, lambda args: again) == 0
    assert len(again.asked) == 4
    assert "going on after 3 of 7 questions" in capsys.readouterr().err


def test_interrupted_while_models_load_is_130(arguments):
    def interrupted(args):
        raise KeyboardInterrupt

    assert evaluate.run(arguments, interrupted) == 130


def test_run_in_which_every_question_failed_is_a_failure(arguments, capsys):
    class Broken(FakePipeline):
        def ask(self, question, *, history=(), cancel=None):
            raise RagError("no model")

    assert evaluate.run(arguments, lambda args: Broken()) == 1


def test_set_without_questions_opens_no_pipeline(arguments):
    arguments.questions.write_text("nonsense")
    with pytest.raises(QuestionSetError):
        evaluate.run(arguments, lambda args: pytest.fail("opened"))


def test_terminal_gets_a_bar(arguments, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert evaluate.run(arguments, lambda args: FakePipeline()) == 0
    err = capsys.readouterr().err
    assert "7/7" in err
    assert "failed=1" in err


def test_lines_come_now_and_then(capsys, monkeypatch):
    clock = iter([0.0, 10.0, 31.0, 40.0, 62.0, 63.0])
    monkeypatch.setattr(evaluate.time, "monotonic", lambda: next(clock))
    lines = evaluate._Lines()
    for done in range(1, 6):
        lines.show(done, 9, None)
    assert capsys.readouterr().err == "2 of 9 questions\n4 of 9 questions\n"


def compare_arguments(report, *more):
    parser = argparse.ArgumentParser(prog="footnote")
    compare.add_arguments(parser)
    return parser.parse_args([str(report), str(report.with_name("other")), *more])


@pytest.fixture
def two_reports(arguments, capsys):
    """The folder of a report beside one, `other`, in which nothing is answered."""

    class Refusing(FakePipeline):
        def ask(self, question, *, history=(), cancel=None):
            return refused(question)

    evaluate.run(arguments, lambda args: FakePipeline())
    first, arguments.report = arguments.report, arguments.report.with_name("other")
    evaluate.run(arguments, lambda args: Refusing())
    capsys.readouterr()
    return first


def test_compare_fails_with_a_line_for_each_metric_that_got_worse(two_reports, capsys):
    args = compare_arguments(
        two_reports,
        *("--fail-if-worse", "answer.answered=0.5"),
        *("--fail-if-worse", "refusal.refused_when_unanswerable=0"),
        *("--fail-if-worse", "retrieval.hit@1=0"),
    )
    assert compare.run(args) == 1
    out, err = capsys.readouterr()
    assert "7 questions in both" in out
    assert err.splitlines() == [
        "footnote: answer.answered fell by 0.750, from 0.750 to 0.000: more than 0.5",
        "footnote: retrieval.hit@1 cannot be compared: it is not defined for the 7 questions in "
        "both reports",
    ]


def test_compare_within_what_is_allowed_ends_well(two_reports, capsys):
    args = compare_arguments(two_reports, "--fail-if-worse", "answer.answered=0.75", "--json")
    assert compare.run(args) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["figures"]["answer.answered"]["change"] == -0.75
    assert err == ""


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("answer.f2=0.1", "'answer.f2' is not a metric with an amount"),
        ("answer.f1", "'answer.f1' is not a metric with an amount"),
        ("answer.f1=much", "'much' is not an amount"),
        ("answer.f1=-0.1", "'-0.1' is not an amount"),
        ("answer.f1=nan", "'nan' is not an amount"),
    ],
)
def test_compare_with_a_metric_that_is_none_is_wrong_usage(tmp_path, given, problem, capsys):
    with pytest.raises(SystemExit) as ended:
        compare_arguments(tmp_path, "--fail-if-worse", given)
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert problem in err
    if "metric" in problem:
        assert "retrieval.hit@1, retrieval.hit@5" in err


def test_compare_of_reports_without_a_common_question_fails(two_reports, capsys):
    report = json.loads(
        (two_reports.with_name("other") / "report.json").read_text(encoding="utf-8")
    )
    for row in report["rows"]:
        row["id"] += " of another set"
    (two_reports.with_name("other") / "report.json").write_text(
        json.dumps(report), encoding="utf-8"
    )
    assert compare.run(compare_arguments(two_reports)) == 1
    out, err = capsys.readouterr()
    assert "0 questions in both" in out
    assert err == "footnote: no question is in both reports: compare two reports of one set\n"


def test_compare_prints_and_ends_well(arguments, capsys):
    evaluate.run(arguments, lambda args: FakePipeline())
    capsys.readouterr()
    parser = argparse.ArgumentParser()
    compare.add_arguments(parser)
    args = parser.parse_args([str(arguments.report), str(arguments.report)])
    assert compare.run(args) == 0
    assert "0 questions changed" in capsys.readouterr().out
