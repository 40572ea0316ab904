"""What the checker is asked about an evaluated row, and what becomes of its word."""

from dataclasses import replace

import numpy as np
import pytest
from fake_models import FakeReader, fill_library, pipeline_over
from fakes_evaluate import NAMES, QUESTIONS, TEXTS, FakePipeline, cite, shown

from rag.datatypes import CitedSentence
from rag.evaluation.checked import with_checks
from rag.evaluation.evaluate import evaluate
from rag.evaluation.page import page_data
from rag.evaluation.questions import Question
from rag.evaluation.report import read_report, rows_as_csv
from rag.evaluation.rows import answered_row

NOON, PRICE, DOGS = "The ferry sails at noon.", "It costs 12 euros.", "Dogs travel free."


class Checker:
    """Finds what it is told to supported or contradicted, the rest open."""

    def __init__(self, supported=(), contradicted=()):
        self.supported, self.contradicted, self.asked = supported, contradicted, []

    def probabilities(self, pairs):
        self.asked += pairs
        found = np.full((len(pairs), 3), (0.1, 0.1, 0.8), dtype=np.float32)
        for row, (said, _) in zip(found, pairs, strict=True):
            if said in self.supported:
                row[:] = (0.75, 0.0, 0.25)
            if said in self.contradicted:
                row[:] = (0.0, 0.75, 0.25)
        return found


class Missing:
    def probabilities(self, pairs):
        return None


def row_of(answer):
    question = Question(id="q", question=answer.question, answerable=True)
    return answered_row(question, answer, NAMES, TEXTS)


def sentence(text, number=1, **fields):
    return CitedSentence(text=text, citations=(number,), **fields)


def test_a_short_answer_is_checked_beside_the_quote_that_it_stands_in():
    answer = replace(
        shown("When?", cite(1, PRICE), short_answer="noon"),
        sentences=(sentence(PRICE), sentence(NOON, 2)),
        citations=(cite(1, PRICE), cite(1, NOON)),
        answer_kind="short",
    )
    checker = Checker(supported=["When? noon"])
    row = with_checks(row_of(answer), checker)
    assert checker.asked == [("When? noon", NOON)]
    assert row["checked"] == [
        {
            "kind": "short_answer",
            "said": "When? noon",
            "word": "",
            "citations": [2],
            "probability": 0.75,
        }
    ]


def test_a_written_sentence_without_support_counts_as_unsupported_and_a_quote_is_not_asked():
    said = sentence("It leaves at noon.", verbatim=False)
    answer = replace(shown("Why?", cite(1, NOON)), answer_kind="explanation", status="answered")
    row = row_of(replace(answer, sentences=(said, sentence(NOON))))
    assert row["unsupported"] == 0
    checker = Checker()
    doubted = with_checks(row, checker)
    assert checker.asked == [("It leaves at noon.", NOON)]
    assert (doubted["unsupported"], doubted["checked"][0]["kind"]) == (1, "sentence")
    assert with_checks(row, Checker(supported=["It leaves at noon."]))["unsupported"] == 0


def test_a_no_is_right_where_the_quotes_contradict_what_is_asked():
    answer = shown("Do dogs pay?", cite(1, DOGS), short_answer="no")
    row = row_of(replace(answer, answer_kind="no"))
    (right,) = with_checks(row, Checker(contradicted=["Do dogs pay?"]))["checked"]
    (wrong,) = with_checks(row, Checker(supported=["Do dogs pay?"]))["checked"]
    assert (right["word"], right["probability"], wrong["probability"]) == ("no", 0.75, 0.0)


def test_a_denial_is_right_where_the_quotes_contradict_what_is_asked():
    answer = shown("What do dogs pay?", cite(1, DOGS), short_answer=None)
    row = row_of(replace(answer, answer_kind="denied"))
    (right,) = with_checks(row, Checker(contradicted=["What do dogs pay?"]))["checked"]
    assert (right["kind"], right["word"], right["probability"]) == ("word", "denied", 0.75)


def test_each_part_has_its_word_checked_beside_its_own_quotes():
    answer = replace(
        shown("Do dogs pay and when?", cite(1, DOGS), short_answer="no; noon"),
        sentences=(
            sentence(DOGS, group="Do dogs pay?", word="no"),
            sentence(NOON, 2, group="When?"),
        ),
        citations=(cite(1, DOGS), cite(1, NOON)),
        answer_kind="short",
    )
    checker = Checker(contradicted=["Do dogs pay?"])
    (checked,) = with_checks(row_of(answer), checker)["checked"]
    assert checker.asked == [("Do dogs pay?", DOGS)]
    assert checked["probability"] == 0.75


@pytest.mark.parametrize("kind", ["count", "extreme", "explanation"])
def test_what_code_computes_and_quotes_alone_are_not_asked_about(kind):
    answer = replace(shown("How much?", cite(1, PRICE), short_answer="12"), answer_kind=kind)
    checker = Checker()
    assert with_checks(row_of(answer), checker)["checked"] == []
    assert checker.asked == []


@pytest.mark.parametrize("checker", [None, Missing()])
def test_without_a_checker_nothing_is_said(checker):
    answer = replace(shown("When?", cite(1, NOON), short_answer="noon"), answer_kind="short")
    assert with_checks(row_of(answer), checker)["checked"] is None


class Checked(FakePipeline):
    """Its answers have the kind of a fact."""

    def __init__(self, checker):
        super().__init__()
        self.checker = checker

    def ask(self, question, **options):
        answer = super().ask(question, **options)
        return replace(answer, answer_kind=None if answer.status == "refused" else "short")


def test_a_report_has_how_much_was_checked_and_supported_and_says_what_it_cost(tmp_path):
    lines = []
    pipeline = Checked(Checker(supported=["When does the ferry sail? noon"]))
    summary = evaluate(pipeline, QUESTIONS, tmp_path, notify=lines.append)
    report = read_report(tmp_path)
    checked = [each for row in report["rows"] for each in row["checked"]]
    assert summary["citation"]["checked"] == len(checked) > 1
    assert summary["citation"]["supported"] == pytest.approx(1 / len(checked))
    assert report["checked"] is True
    assert lines[-1].startswith(f"{len(checked)} short answers and sentences were checked")
    first = next(iter(page_data(report["rows"], TEXTS)["rows"]))
    assert first["checked"] == [["When does the ferry sail? noon", "", 0.75, [1]]]
    header, line, *_ = rows_as_csv(report["rows"])
    assert "checked" in header and ",0.75," in line


def test_a_run_that_goes_on_does_not_mix_rows_that_were_checked_with_others(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=2), QUESTIONS, tmp_path)
    lines = []
    evaluate(Checked(Checker()), QUESTIONS, tmp_path, notify=lines.append)
    assert any(line.startswith("starting anew") for line in lines)


def test_the_checker_is_the_one_of_the_pipeline(tmp_path, embedder):
    (tmp_path / "ferry.txt").write_text(NOON)
    library = fill_library(tmp_path / "l.sqlite", tmp_path / "ferry.txt", embedder)
    checker = Checker()
    pipeline = pipeline_over(library, FakeReader({"noon": 4.0}), checker=checker)
    question = Question(id="q", question="When does the ferry sail?", answerable=True)
    summary = evaluate(pipeline, [question], tmp_path / "report")
    assert summary["citation"]["checked"] == 1
    assert checker.asked[-1:] == [("When does the ferry sail? noon", NOON)]
    library.close()
