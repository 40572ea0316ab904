"""The benchmark without any system: what is asked, in which turns, resuming, the results."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "peers"))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import benchmark
import benchmark_figures as figures
import benchmark_measure
import benchmark_page as page
import benchmark_results
import benchmark_rows
import benchmark_sets as sets
import benchmark_sizes as sizes
from benchmark_progress import Progress

from rag.errors import RagError
from rag.evaluation.rows import answered_row, failed_row
from tests.fakes_evaluate import NAMES, QUESTIONS, TEXTS, FakePipeline

OWLS = "Owls hunt at night. Their eyes are fixed."
RIVERS = "The Arde is 40 km long. It ends in the sea."


def squad_article(number):
    """An article of two paragraphs, with an answerable question on each and an impossible one."""
    qas = [
        {"id": f"owl{number}", "question": "When?", "answers": [answer(OWLS, "at night")]},
        {"id": f"no{number}", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    river = {"id": f"arde{number}", "question": "How long?", "answers": [answer(RIVERS, "40 km")]}
    return {
        "title": f"Article_{number}",
        "paragraphs": [{"context": OWLS, "qas": qas}, {"context": RIVERS, "qas": [river]}],
    }


def answer(text, words):
    return {"text": words, "answer_start": text.index(words)}


@pytest.fixture
def qa(tmp_path):
    """Eight articles, of which the last six are used."""
    folder = tmp_path / "qa"
    folder.mkdir()
    data = {"data": [squad_article(number) for number in range(8)]}
    (folder / "squad.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


@pytest.fixture
def tasks_of(qa, tmp_path):
    def make(name, count=99, seed=0):
        return sets.squad_tasks(qa / "squad.json", tmp_path / "documents", [name], count, seed)

    return make


def documents(task):
    (folder,) = task.paths
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_open_asks_the_answerable_questions_of_the_last_six_articles_over_all_of_them(tasks_of):
    tasks = tasks_of("open")
    expected = [f"{name}{number}" for number in range(2, 8) for name in ("owl", "arde")]
    assert [task.question.id for task in tasks] == expected
    assert len({task.paths for task in tasks}) == 1
    assert sorted(documents(tasks[0])) == [f"Article_{number}.txt" for number in range(2, 8)]


def test_closed_asks_each_question_of_its_paragraph_alone(tasks_of):
    tasks = {task.question.id: task for task in tasks_of("closed")}
    assert len(tasks) == 12
    assert documents(tasks["owl3"]) == {"Article_3.txt": OWLS}
    assert documents(tasks["arde3"]) == {"Article_3.txt": RIVERS}
    assert tasks["arde3"].question.evidence == "The Arde is 40 km long."


def test_out_of_corpus_leaves_the_questions_article_out(tasks_of):
    tasks = tasks_of("out_of_corpus")
    assert len(tasks) == 12
    for task in tasks:
        assert not task.question.answerable
        assert f"Article_{task.question.id[-1]}.txt" not in documents(task)
        assert len(documents(task)) == 5


def test_adversarial_asks_the_impossible_ones_over_all_articles(tasks_of):
    tasks = tasks_of("adversarial")
    assert [task.question.id for task in tasks] == [f"no{number}" for number in range(2, 8)]
    assert len(documents(tasks[0])) == 6


def test_a_longer_draw_holds_the_shorter_one_and_keeps_the_order(tasks_of):
    ids = [[task.question.id for task in tasks_of("open", count)] for count in (3, 7)]
    assert [len(drawn) for drawn in ids] == [3, 7]
    assert set(ids[0]) < set(ids[1])
    everything = [task.question.id for task in tasks_of("open")]
    assert sorted(ids[1], key=everything.index) == ids[1]
    others = {tuple(task.question.id for task in tasks_of("open", 3, seed)) for seed in range(5)}
    assert len(others) > 1


def test_every_system_is_first_in_turn():
    tasks = sets.seed_tasks(3, seed=0)
    left = [(task, name) for task in tasks for name in ("a", "b", "c")]
    turns = benchmark_measure.in_turns(left, tasks)
    assert [name for _, name in turns] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert [task for task, _ in turns[::3]] == tasks


class FakeSystem:
    """Answers as the fake pipeline does, whatever is asked; Ctrl-C comes at question `stop`."""

    asked: list[tuple[str, str]] = []
    stop: int | None = None

    def __init__(self, name, home, log):
        self.name = name
        self.unavailable = "txtai is not installed" if name == "txtai" else ""
        self.setup_seconds, self.peak_bytes = 1.5, 100_000_000
        self.run = {"settings": {}, "models": {}, "documents": {"boats.txt": {"passages": 3}}}

    def open(self, paths):
        pass

    def ask(self, question):
        if len(self.asked) == FakeSystem.stop:
            raise KeyboardInterrupt
        self.asked.append((self.name, question.id))
        return row_of(QUESTIONS[0])

    def generate(self, messages):
        self.asked.append((self.name, messages[0]["content"][-20:]))
        spent = {"first": 0.5, "total": 1.5, "peak_bytes": 9}
        return {"text": "At noon.", "prompt_tokens": 50, "tokens": 11} | spent

    def close(self):
        pass


def row_of(question):
    given = FakePipeline().ask(question.question)
    row = answered_row(question, given, NAMES, TEXTS)
    return row | {"counts": benchmark_rows.sentence_counts(row, TEXTS)}


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark_measure, "WorkerSystem", FakeSystem)
    monkeypatch.setattr(FakeSystem, "asked", [])
    monkeypatch.setattr(FakeSystem, "stop", None)
    options = ["--output", str(tmp_path / "out"), "--seed-questions", "2"]

    def start(*others):
        FakeSystem.asked.clear()
        return benchmark.main([*options, "--systems", "footnote", "naive", "txtai", *others])

    start.output = tmp_path / "out"
    return start


def test_results_are_written_and_a_system_that_is_not_there_is_left_out(run, capsys):
    assert run() == 0
    assert "txtai is left out: txtai is not installed" in capsys.readouterr().err
    results = json.loads((run.output / "benchmark.json").read_text(encoding="utf-8"))
    assert list(results["sets"]["seed"]) == ["footnote", "naive"]
    assert results["sets"]["seed"]["footnote"]["contains"] == 1.0
    assert results["processes"]["naive"] == {"setup_seconds": 1.5, "peak_bytes": 100_000_000}
    assert results["engines"]["llama.cpp"]["tokens_per_second"] == 10.0  # 10 in one second
    assert results["engines"]["llama.cpp"]["prompt_tokens_per_second"] == 100.0
    assert results["engines"]["llama.cpp"]["same_text"] == 1.0
    report = json.loads((run.output / "seed" / "naive" / "report.json").read_text("utf-8"))
    assert len(report["rows"]) == 2
    assert report["summary"]["answer"]["contains"] == 1.0
    assert "| an accepted answer stands in the text | 1.000 | 1.000 |" in (
        run.output / "benchmark.md"
    ).read_text("utf-8")


def test_a_run_broken_off_goes_on_and_asks_nothing_twice(run, monkeypatch):
    monkeypatch.setattr(FakeSystem, "stop", 2 + 3)  # two to warm up, three measured
    assert run() == 130
    first = FakeSystem.asked[2:]
    monkeypatch.setattr(FakeSystem, "stop", None)
    assert run() == 0
    second = [item for item in FakeSystem.asked if item[0] in ("footnote", "naive")][1:]
    assert len(first) == 3
    assert len(second) == 1
    assert len(set(first + second)) == 4
    run()
    assert FakeSystem.asked == []  # all is measured: only the results are written again


def test_rows_of_other_code_or_settings_are_not_mixed_in(run, monkeypatch, capsys):
    assert run() == 0
    monkeypatch.setenv("FOOTNOTE_MIN_CONFIDENCE", "0.9")
    assert run() == 1
    assert "measured with another settings" in capsys.readouterr().err


def test_progress_forgets_a_torn_line_and_keeps_what_came_before(tmp_path):
    path = tmp_path / "measured.jsonl"
    progress = Progress(path, {"version": 1})
    for id_ in ("q1", "q2"):
        progress.add({"kind": "seed", "system": "naive", "id": id_, "row": {}})
    progress.close()
    path.write_bytes(path.read_bytes()[:-5])
    again = Progress(path, {"version": 1})
    assert ("seed", "naive", "q1") in again
    assert ("seed", "naive", "q2") not in again
    again.add({"kind": "seed", "system": "naive", "id": "q2", "row": {}})
    again.close()
    assert len(Progress(path, {"version": 1}).records) == 2
    with pytest.raises(RagError, match="another version"):
        Progress(path, {"version": 2})


def test_sentence_counts_are_those_worked_by_hand():
    right, wrong = row_of(QUESTIONS[0])["counts"], row_of(QUESTIONS[1])["counts"]
    # "The ferry sails at noon.", quoted: ferry, sails, noon
    assert right == {
        "sentences": 1,
        "rightly_cited": 1,
        "with_new_word": 0,
        "words": 3,
        "new_words": 0,
        "cited_characters": 24,
    }
    # "Dogs travel." citing "Dogs travel free." where the cost was asked for
    assert (wrong["rightly_cited"], wrong["words"], wrong["new_words"]) == (0, 2, 0)


def test_new_words_are_compared_by_their_stems():
    row = row_of(QUESTIONS[0])
    row["sentences"] = [
        {"text": "Ferries sailed at noon.", "citations": [1]},
        {"text": "The ferry sails to Oslo at 7.", "citations": [1]},
    ]
    counts = benchmark_rows.sentence_counts(row, TEXTS)
    assert (counts["with_new_word"], counts["words"], counts["new_words"]) == (1, 7, 2)


def test_figures_are_those_worked_by_hand():
    rows = [row_of(question) for question in QUESTIONS[:6]]
    rows.append(failed_row(QUESTIONS[6], "broken") | {"counts": {}})
    found = figures.set_figures(rows)
    assert (found["questions"], found["answerable"], found["errors"]) == (7, 4, 1)
    assert found["contains"] == pytest.approx(2 / 3)
    # "ferry sails at noon" for "at noon": 2·(1/2·1)/(3/2); nothing right; "oak is 300 years old"
    # for "300 years": 2·(2/5·1)/(7/5)
    assert found["text_f1"] == pytest.approx((2 / 3 + 0 + 4 / 7) / 3)
    assert found["sentences"] == 4
    assert found["sentences_rightly_cited"] == 0.5  # q1, q3 of q1, q2, q3, q5
    assert found["sentences_with_new_word"] == 0.0
    # sentences of 24, 17, 25 and 18 characters
    assert found["cited_characters"] == pytest.approx(21.0)
    assert found["refused_when_unanswerable"] == pytest.approx(1 / 3)
    assert found["questions_per_second"] == pytest.approx(6 / (6 * 1.7))


def test_figures_of_nothing_are_not_defined():
    found = figures.set_figures([row_of(QUESTIONS[5])])
    names = ("contains", "text_f1", "sentences_rightly_cited", "cited_characters", "new_words")
    assert [found[name] for name in names] == [None] * 5
    assert found["refused_when_unanswerable"] == 1.0
    # Something was shown, but no citation could have been right: no question has an answer.
    assert figures.set_figures([row_of(QUESTIONS[4])])["sentences_rightly_cited"] is None


def test_table_leaves_out_what_nobody_has():
    columns = {"a": {"x": 0.5, "y": None, "sentences": 3}, "b": {"x": None, "sentences": 0}}
    assert page.table(columns, {"x": "the x", "y": "the y", "sentences": None}) == [
        "| | a | b |",
        "|---|---|---|",
        "| the x | 0.500 | – |",
        "| sentences | 3 | 0 |",
    ]


def test_every_figure_in_the_page_and_the_charts_is_one_that_is_made():
    made = set(figures.set_figures([row_of(QUESTIONS[0])]))
    assert set(page.ROWS) <= made
    assert {name for name, _, _ in page.PANELS} <= made
    assert {name for _, _, wanted in page.PANELS for name in wanted} <= set(sets.SETS)


def test_charts_are_transparent_and_readable_on_light_and_dark(run):
    pytest.importorskip("matplotlib")
    assert run() == 0
    light, dark = ((run.output / f"benchmark-{n}.svg").read_text() for n in ("light", "dark"))
    assert page.INKS["light"] in light
    assert page.INKS["dark"] not in light
    assert page.INKS["dark"] in dark
    for chart in (light, dark):
        assert "http://" not in chart.replace("http://www.w3.org", "").replace(
            "http://purl.org", ""
        ).replace("http://creativecommons.org", "")
        assert "<script" not in chart


def test_every_system_can_be_installed_anew_and_has_a_colour():
    assert set(sizes.SIZED) == set(benchmark.SYSTEMS)
    assert len(page.COLOURS) >= len(benchmark.SYSTEMS)


def test_a_folder_has_the_bytes_of_its_files(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    assert sizes.folder_bytes(tmp_path) == 8


def test_the_origin_names_what_answers_depend_on():
    origin = benchmark_results.origin()
    assert set(origin) == {"settings", "baselines", "versions", "code_sha256"}
    assert origin["versions"]["torch"]
    assert "home" not in origin["settings"]
