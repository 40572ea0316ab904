import csv
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import rag.evaluation.evaluate
import rag.evaluation.summary
from rag.errors import RagError, ReportError
from rag.evaluation.evaluate import PARTIAL, evaluate, unmatched_evidence
from rag.evaluation.metrics import bootstrap_intervals
from rag.evaluation.questions import Question
from tests.fakes_evaluate import (
    QUESTIONS,
    TEXTS,
    BatchPipeline,
    FakePipeline,
    cite,
    hits,
    shown,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few resamples, for speed."""
    monkeypatch.setattr(
        rag.evaluation.summary, "bootstrap_intervals", partial(bootstrap_intervals, replicates=20)
    )


def without_seconds(report_dir):
    """Return report.json and rows.csv without timings."""
    report = json.loads((report_dir / "report.json").read_text(encoding="utf-8"))
    del report["summary"]["seconds"], report["summary"]["intervals"]["seconds"]
    del report["diagrams"]["seconds"]
    for row in report["rows"]:
        del row["seconds"]
    with (report_dir / "rows.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    for row in cells:
        del row["first_seconds"], row["total_seconds"]
    return report, cells


@pytest.fixture
def uninterrupted(tmp_path):
    evaluate(FakePipeline(), QUESTIONS, tmp_path / "whole")
    return without_seconds(tmp_path / "whole")


def test_summary_is_the_one_worked_by_hand(tmp_path):
    summary = evaluate(FakePipeline(), QUESTIONS, tmp_path)
    assert (summary["questions"], summary["answerable"], summary["errors"]) == (7, 4, 1)
    assert summary["retrieval"] == {
        "hit@1": 0.5,  # hit ranks 1, 2, 3, 1
        "hit@5": 1.0,
        "hit@10": 1.0,
        "mrr@10": pytest.approx((1 + 1 / 2 + 1 / 3 + 1) / 4),
    }
    assert summary["answer"] == {
        "exact_match": pytest.approx(1 / 3),  # q1 of q1, q2, q3: q4 is long
        "f1": pytest.approx((1 + 0 + 0.8) / 3),  # "300 years old" for "300 years": 2·2/5
        "contains": pytest.approx(2 / 3),
        "list_f1": None,
        "list_whole": None,
        "yes_no": None,
        "points_found": None,
        "rows_found": None,
        "answered": 0.75,
        "evidence_recall": pytest.approx(1 / 3),  # q1 of q1, q2, q4
        "evidence_precision": 0.5,  # q1 of q1, q2: the refused q4 cites nothing
        "status": {"answered": 1, "quoted": 3, "refused": 2},
    }
    assert summary["refusal"] == {
        "refused_when_unanswerable": pytest.approx(1 / 3),  # q6; q5 is shown, q7 failed
        "refused_when_answerable": 0.25,
        # 0.9, 0.6, 0.8, 0.3 against 0.6, 0.1: 2 + 1.5 + 2 + 1 of 8 pairs
        "auroc": 0.8125,
        "auroc_correct": 1.0,  # 0.9, 0.8 against 0.6, 0.6, 0.1
    }
    assert summary["citation"] == {
        "precision": 0.5,  # q1, q3 right; q2 wrong; q5 is not answerable
        "recall": 0.5,
        "unsupported_sentences": 1,
        "checked": 0,
        "supported": None,
    }
    assert summary["seconds"] == {
        "first_p50": 0.3,
        "p50": pytest.approx(4.2),  # 1.7 … 6.7
        "p95": pytest.approx(6.45),
        "total": pytest.approx(25.2),
    }
    assert summary["groups"] == {
        "answerable": {"questions": 2, "refused": 0.0},
        "close": {"questions": 1, "refused": 0.0},
        "far": {"questions": 2, "refused": 0.5},
    }


def shape(value):
    return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else None


def test_intervals_have_the_shape_of_the_summary_and_hold_the_figures(tmp_path):
    summary = evaluate(FakePipeline(), QUESTIONS, tmp_path)
    intervals = summary.pop("intervals")
    assert shape(intervals) == shape(summary)
    low, high = intervals["answer"]["answered"]
    assert 0.0 <= low <= 0.75 <= high <= 1.0
    assert intervals["questions"] is None


def test_report_says_what_the_results_depend_on_and_keeps_private_settings_out(tmp_path):
    evaluate(FakePipeline(), QUESTIONS, tmp_path)
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    report = json.loads(text)
    assert report["documents"] == {
        "boats.txt": {"sha256": "sha-boats.txt", "passages": 3},
        "trees.txt": {"sha256": "sha-trees.txt", "passages": 2},
    }
    assert report["models"] == {"embedder": "fake-embedder", "generator": "fake"}
    assert report["settings"]["generator"] == "fake"
    assert "secret" not in text


def test_summary_has_figures_of_lists_and_of_yes_and_no(tmp_path):
    """The ferry sails at "noon", whatever kind of answer was right."""
    asked = "When does the ferry sail?"
    kinds = [("list", ("noon", "six")), ("steps", ("noon",)), ("yes", ("yes",)), ("no", ("no",))]
    kinds += [("count", ("noon",)), ("list", ())]
    questions = [
        Question(id=str(number), question=asked, answerable=True, kind=kind, answers=answers)
        for number, (kind, answers) in enumerate(kinds)
    ]
    answer = evaluate(FakePipeline(), questions, tmp_path)["answer"]
    assert answer["list_f1"] == pytest.approx((2 / 3 + 1) / 2)  # one of one shown, of two and one
    assert answer["list_whole"] == 0.5
    assert answer["yes_no"] == 0.0
    assert (answer["exact_match"], answer["f1"]) == (None, None)  # of kind short there is none
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["rows"]
    assert [row["f1"] for row in rows] == [None] * 4 + [1.0, None]


def test_rows_are_the_ask_object_with_the_fields_of_the_contract(tmp_path):
    evaluate(FakePipeline(), QUESTIONS, tmp_path)
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["rows"]
    assert [row["id"] for row in rows] == [f"q{number}" for number in range(1, 8)]
    assert rows[0] | {"seconds": None} == {
        "id": "q1",
        "question": "When does the ferry sail?",
        "understood": "When does the ferry sail?",
        "status": "quoted",
        "text": "The ferry sails at noon. [1]",
        "answer_kind": None,
        "short_answer": "noon",
        "sentences": [
            {
                "text": "The ferry sails at noon.",
                "citations": [1],
                "verbatim": True,
                "kind": "sentence",
                "label": "",
                "depth": 0,
                "cells": [],
                "note": "",
                "group": "",
                "word": "",
            }
        ],
        "citations": [
            {
                "number": 1,
                "document": "boats.txt",
                "start": 0,
                "end": 24,
                "page": None,
                "section": None,
                "row": None,
                "last_row": None,
                "column": None,
                "sha256": "",
                "quote": "The ferry sails at noon.",
                "regions": [],
            }
        ],
        "unanswered": [],
        "note": "",
        "nearest": [],
        "confidence": 0.9,
        "seconds": None,
        "answerable": True,
        "kind": "short",
        "answers": ["noon", "at noon"],
        "document": "boats.txt",
        "evidence": "The ferry sails at noon.",
        "group": "answerable",
        "error": None,
        "ranked": [
            {
                "document": document,
                "start": start,
                "end": end,
                "dense_rank": rank,
                "lexical_rank": None,
                "score": 1 / rank,
            }
            for rank, (document, start, end) in enumerate(
                [
                    ("boats.txt", 0, 24),
                    ("boats.txt", 25, 43),
                    ("boats.txt", 44, 61),
                    ("trees.txt", 0, 25),
                    ("trees.txt", 26, 44),
                ],
                start=1,
            )
        ],
        "exact_match": 1.0,
        "f1": 1.0,
        "contains": 1.0,
        "list_f1": None,
        "list_whole": None,
        "yes_no": None,
        "points_found": None,
        "rows_found": None,
        "hit_rank": 1,
        "evidence_recall": 1.0,
        "evidence_precision": 1.0,
        "right_citations": 1,
        "unsupported": 0,
        "checked": None,
    }
    assert [row["hit_rank"] for row in rows] == [1, 2, 3, 1, None, None, None]
    assert "group" not in rows[2]


def test_question_that_fails_becomes_a_row_with_an_error_and_the_run_goes_on(tmp_path):
    class Broken(FakePipeline):
        def ask(self, question, *, history=(), cancel=None):
            if question == "What does it cost?":
                raise ZeroDivisionError("float\ndivision")
            return super().ask(question, history=history, cancel=cancel)

    summary = evaluate(Broken(), QUESTIONS, tmp_path)
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["rows"]
    assert rows[6]["error"] == "the question has no letters; ask in words"
    assert rows[1]["error"] == "ZeroDivisionError: float division"
    assert (rows[1]["status"], rows[1]["f1"], rows[1]["confidence"]) == (None, 0.0, None)
    assert rows[2]["status"] == "quoted"
    assert summary["errors"] == 2
    # Failing is neither answering nor refusing: 2 of 4 shown, 1 of 4 refused.
    assert summary["answer"]["answered"] == 0.5
    assert summary["refusal"]["refused_when_answerable"] == 0.25


@pytest.mark.parametrize("stop", range(len(QUESTIONS)))
def test_interrupted_at_any_row_and_resumed_is_as_uninterrupted(tmp_path, uninterrupted, stop):
    report_dir = tmp_path / "resumed"
    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=stop), QUESTIONS, report_dir)
    assert not (report_dir / "report.json").exists()
    pipeline, said = FakePipeline(), []
    evaluate(pipeline, QUESTIONS, report_dir, notify=said.append)
    assert len(pipeline.asked) == len(QUESTIONS) - stop
    assert said == [f"going on after {stop} of 7 questions"]
    assert without_seconds(report_dir) == uninterrupted
    assert sorted(path.name for path in report_dir.iterdir()) == [
        "report.html",
        "report.json",
        "rows.csv",
    ]


def test_torn_at_any_byte_and_resumed_is_as_uninterrupted(tmp_path, uninterrupted):
    report_dir = tmp_path / "torn"
    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=3), QUESTIONS, report_dir)
    data = (report_dir / PARTIAL).read_bytes()
    lines = data.splitlines(keepends=True)
    assert len(lines) == 4
    cuts = {0, 1, len(lines[0]) - 1, len(lines[0]), len(data) - 1, *range(5, len(data), 211)}
    for cut in sorted(cuts):
        (report_dir / PARTIAL).write_bytes(data[:cut])
        pipeline = FakePipeline()
        evaluate(pipeline, QUESTIONS, report_dir)
        whole_rows = max(0, data[:cut].count(b"\n") - 1)
        assert len(pipeline.asked) == len(QUESTIONS) - whole_rows
        assert without_seconds(report_dir) == uninterrupted


def test_damaged_row_and_all_after_it_are_asked_again(tmp_path, uninterrupted):
    report_dir = tmp_path / "damaged"
    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=4), QUESTIONS, report_dir)
    lines = (report_dir / PARTIAL).read_bytes().splitlines(keepends=True)
    lines[2] = b"\x00" * 40 + b"\n"
    (report_dir / PARTIAL).write_bytes(b"".join(lines))
    pipeline = FakePipeline()
    evaluate(pipeline, QUESTIONS, report_dir)
    assert len(pipeline.asked) == 6
    assert without_seconds(report_dir) == uninterrupted


KILLED = """
import os, signal, sys
from pathlib import Path
from rag.evaluation.evaluate import evaluate
from tests.fakes_evaluate import QUESTIONS, BatchPipeline

def kill(done, total, row):
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

evaluate(BatchPipeline(), QUESTIONS, Path(sys.argv[1]), batch=int(sys.argv[3]), progress=kill)
"""


def killed(report_dir, after, batch):
    """Run a process that kills itself after so many rows."""
    root = Path(__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(report_dir), str(after), str(batch)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on Windows")
def test_killed_process_leaves_its_finished_rows(tmp_path):
    killed(tmp_path, after=3, batch=1)
    pipeline = FakePipeline()
    evaluate(pipeline, QUESTIONS, tmp_path)
    assert len(pipeline.asked) == len(QUESTIONS) - 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on Windows")
@pytest.mark.parametrize("after", [1, 3, 5])
def test_killed_in_a_batch_and_resumed_is_as_uninterrupted(tmp_path, after):
    """Batches of three: within the first, at its end, and within the second."""
    evaluate(BatchPipeline(), QUESTIONS, tmp_path / "whole", batch=3)
    killed(tmp_path / "resumed", after, batch=3)
    pipeline, said = BatchPipeline(), []
    evaluate(pipeline, QUESTIONS, tmp_path / "resumed", batch=3, notify=said.append)
    assert said == [f"going on after {after} of 7 questions"]
    begun = after - after % 3
    texts = [question.question for question in QUESTIONS]
    batches = [texts[start : start + 3] for start in range(begun, 6, 3)]
    assert pipeline.batches == batches  # the seventh is alone: not asked as a batch
    assert without_seconds(tmp_path / "resumed") == without_seconds(tmp_path / "whole")


def test_batches_do_not_change_what_is_answered(tmp_path, uninterrupted):
    class Exact(FakePipeline):
        def ask_many(self, questions, *, histories=None):
            for question in questions:
                try:
                    yield self.ask(question)
                except RagError as error:
                    yield error

    evaluate(Exact(), QUESTIONS, tmp_path, batch=4)
    report, cells = without_seconds(tmp_path)
    assert (report.pop("batch"), uninterrupted[0].pop("batch")) == (4, 1)
    assert (report, cells) == uninterrupted


def test_run_with_other_batches_starts_anew(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=4), QUESTIONS, tmp_path)
    said = []
    evaluate(FakePipeline(), QUESTIONS, tmp_path, batch=3, notify=said.append)
    assert said[0].startswith("starting anew: ")


def test_batch_that_fails_is_asked_one_by_one_and_harms_no_other(tmp_path):
    class Broken(FakePipeline):
        def ask(self, question, *, history=(), cancel=None):
            if question == "What does it cost?":
                raise ZeroDivisionError("no float")
            return super().ask(question, history=history)

        def ask_many(self, questions, *, histories=None):
            return [self.ask(question) for question in questions]

    evaluate(Broken(), QUESTIONS, tmp_path, batch=3)
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["rows"]
    assert [row["error"] is None for row in rows] == [True, False, True, True, True, True, False]
    assert rows[1]["error"] == "ZeroDivisionError: no float"


def test_histories_reach_the_pipeline_with_their_questions(tmp_path):
    heard = []

    class Listening(BatchPipeline):
        def ask_many(self, questions, *, histories=None):
            heard.append((list(questions), list(histories)))
            return super().ask_many(questions)

    asked = [
        Question(id=name, question=f"{name}?", answerable=False, history=history)
        for name, history in (("a", ()), ("b", ("Which ferry?",)))
    ]
    evaluate(Listening(), asked, tmp_path, batch=2)
    assert heard == [(["a?", "b?"], [(), ("Which ferry?",)])]


def test_killed_before_the_partial_file_is_removed_asks_nothing_again(tmp_path, uninterrupted):
    report_dir = tmp_path / "late"
    unlink = Path.unlink

    def interrupted(path, *args):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", interrupted)
        evaluate(FakePipeline(), QUESTIONS, report_dir)
    assert Path.unlink is unlink
    pipeline = FakePipeline()
    evaluate(pipeline, QUESTIONS, report_dir)
    assert pipeline.asked == []
    assert without_seconds(report_dir) == uninterrupted


@pytest.mark.parametrize("change", ["generator", "questions", "document", "header"])
def test_run_from_anything_else_starts_anew_and_says_so(tmp_path, monkeypatch, change):
    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=4), QUESTIONS, tmp_path)
    pipeline, questions, said = FakePipeline(), list(QUESTIONS), []
    if change == "generator":
        pipeline = FakePipeline(generator="another")
    elif change == "questions":
        questions = [*QUESTIONS[:-1], Question(id="q7", question="New?", answerable=False)]
    elif change == "document":
        info = pipeline.library.documents()
        changed = [type(info[0])(1, "boats.txt", "another sha", 3), info[1]]
        monkeypatch.setattr(pipeline.library, "documents", lambda: changed)
    else:
        (tmp_path / PARTIAL).write_bytes(b"[]\n{}\n")
    evaluate(pipeline, questions, tmp_path, notify=said.append)
    assert len(pipeline.asked) >= len(QUESTIONS) - 1
    assert len(said) == 1
    assert said[0].startswith("starting anew: ")


def test_progress_counts_every_row_and_tells_where_a_run_goes_on(tmp_path):
    seen = []

    def progress(done, total, row):
        seen.append((done, total, row and row["id"]))

    with pytest.raises(KeyboardInterrupt):
        evaluate(FakePipeline(stop_before=2), QUESTIONS[:4], tmp_path, progress=progress)
    evaluate(FakePipeline(), QUESTIONS[:4], tmp_path, progress=progress)
    assert seen == [(1, 4, "q1"), (2, 4, "q2"), (2, 4, None), (3, 4, "q3"), (4, 4, "q4")]


def test_history_reaches_the_pipeline(tmp_path):
    class Listening(FakePipeline):
        heard = ()

        def ask(self, question, *, history=(), cancel=None):
            self.heard = tuple(history)
            return super().ask(question)

    question = Question(id="h", question="And dogs?", answerable=False, history=("The ferry?",))
    pipeline = Listening()
    evaluate(pipeline, [question], tmp_path)
    assert pipeline.heard == ("The ferry?",)
    (row,) = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert (row["history"], row["understood"]) == (["The ferry?"], "And dogs?")


def test_figures_of_a_set_without_answerable_questions_are_null(tmp_path):
    summary = evaluate(FakePipeline(), QUESTIONS[4:6], tmp_path)
    assert set(summary["retrieval"].values()) == {None}
    assert (summary["answer"]["f1"], summary["refusal"]["auroc"]) == (None, None)
    assert (summary["citation"]["precision"], summary["citation"]["recall"]) == (0.0, None)
    assert summary["refusal"]["refused_when_unanswerable"] == 0.5
    assert summary["intervals"]["retrieval"]["hit@1"] is None


def test_evidence_that_is_in_no_document_is_reported(tmp_path):
    lost = Question(
        id="x", question="Who?", answerable=True, evidence="Nobody knows.", document="boats.txt"
    )
    elsewhere = Question(
        id="y",
        question="Who?",
        answerable=True,
        evidence="Nobody planted it.",
        document="boats.txt",
    )
    anywhere = Question(id="z", question="Who?", answerable=True, evidence="Nobody planted it.")
    assert unmatched_evidence([lost, elsewhere, anywhere, QUESTIONS[0], QUESTIONS[4]], TEXTS) == [
        "question x: its evidence is not in boats.txt",
        "question y: its evidence is not in boats.txt",
    ]
    said = []
    evaluate(FakePipeline(), [lost], tmp_path, notify=said.append)
    assert said == ["question x: its evidence is not in boats.txt"]


def test_half_cited_evidence_counts_by_characters(tmp_path):
    # Evidence "It costs 12 euros. Dogs travel free." is [25, 61); cited is [44, 61), 17 of 36
    # characters, and all that is cited lies in it. The passage of the first sentence holds 18 of
    # 36: exactly half is a hit. That of the second holds 17: it is none.
    question = Question(
        id="h",
        question="?",
        answerable=True,
        kind="long",
        document="boats.txt",
        evidence="It costs 12 euros. Dogs travel free.",
    )

    class Half(FakePipeline):
        def ask(self, question, *, history=(), cancel=None):
            return shown(question, cite(1, "Dogs travel free."), ranked=hits("Dogs", "It costs"))

    summary = evaluate(Half(), [question], tmp_path)
    assert summary["answer"]["evidence_recall"] == pytest.approx(17 / 36)
    assert summary["answer"]["evidence_precision"] == 1.0
    assert summary["retrieval"]["mrr@10"] == 0.5
    assert summary["citation"]["recall"] == 1.0


def test_report_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportError, match="cannot write the report in .*file"):
        evaluate(FakePipeline(), QUESTIONS, tmp_path / "file")


def test_full_disk_is_one_clear_error_and_the_run_goes_on_later(
    tmp_path, monkeypatch, uninterrupted
):
    report_dir = tmp_path / "full"

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(rag.evaluation.evaluate, "write_report", full)
        with pytest.raises(ReportError, match="No space left on device; make room"):
            evaluate(FakePipeline(), QUESTIONS, report_dir)
    pipeline = FakePipeline()
    evaluate(pipeline, QUESTIONS, report_dir)
    assert pipeline.asked == []
    assert without_seconds(report_dir) == uninterrupted


def test_finished_report_of_other_questions_is_not_replaced(tmp_path, uninterrupted):
    other = Question(id="x1", question="Who painted it?", answerable=False)
    with pytest.raises(ReportError, match="whole holds the report of 7 other questions: choose"):
        evaluate(FakePipeline(), [other], tmp_path / "whole")
    assert without_seconds(tmp_path / "whole") == uninterrupted
    evaluate(FakePipeline(), [QUESTIONS[0], other], tmp_path / "whole")  # the set was changed
    assert len(without_seconds(tmp_path / "whole")[0]["rows"]) == 2


def test_memory_does_not_grow_with_the_questions(tmp_path):
    questions = [replace(QUESTIONS[n % 6], id=f"q{n}") for n in range(200)]
    taken = {}

    def progress(done, total, row):
        if done in (50, 200):
            taken[done] = tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        evaluate(FakePipeline(), questions, tmp_path, progress=progress)
    finally:
        tracemalloc.stop()
    rows = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["rows"]
    assert [row["id"] for row in rows] == [question.id for question in questions]
    assert (taken[200] - taken[50]) / 150 < 400  # bytes for a question: a row has over 1,300
