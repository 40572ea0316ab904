import csv

import pytest

from benchmarks import sample_sentences
from rag.evaluation.report import write_report
from rag.evaluation.rows import answered_row
from tests.fakes_evaluate import NAMES, QUESTIONS, TEXTS, FakePipeline


@pytest.fixture
def report(tmp_path):
    """The three questions of the fakes that are answered, one sentence each, and a refusal."""
    pipeline = FakePipeline()
    rows = [
        answered_row(question, pipeline.ask(question.question), NAMES, TEXTS)
        for question in QUESTIONS[:4]
    ]
    folder = tmp_path / "open" / "footnote"
    folder.mkdir(parents=True)
    write_report(folder, {"summary": {}, "rows": rows})
    return folder


def labelled(path, labels, answers=("", "", "")):
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line, label, answer in zip(lines, labels, answers, strict=True):
        line |= {"label": label, "answers": answer}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sample_sentences.COLUMNS)
        writer.writeheader()
        writer.writerows(lines)


def test_lines_hold_the_sentence_with_what_it_cites_and_no_label(report):
    lines = list(sample_sentences.shown_sentences(report))
    assert [line["id"] for line in lines] == ["q1", "q2", "q3"]  # q4 is refused
    assert lines[1] == {
        "report": "open/footnote",
        "id": "q2",
        "sentence_number": "1",
        "question": "What does it cost?",
        "sentence": "Dogs travel.",
        "cited": "Dogs travel free.",
        "label": "",
        "answers": "",
    }


def test_draw_is_the_same_for_a_seed_and_without_replacement(report):
    lines = list(sample_sentences.shown_sentences(report))
    drawn = [sample_sentences.draw(lines, 2, seed) for seed in range(8)]
    assert all(first["id"] != second["id"] for first, second in drawn)
    assert len({tuple(line["id"] for line in two) for two in drawn}) > 1
    assert sample_sentences.draw(lines, 2, 5) == drawn[5]
    assert len(sample_sentences.draw(lines, 100, 0)) == 3


def test_labels_are_read_back_from_the_file_and_counted(report, tmp_path, capsys):
    path = tmp_path / "sentences.csv"
    assert sample_sentences.main(["draw", str(report), "--output", str(path)]) == 0
    assert "3 of 3 sentences" in capsys.readouterr().out
    labelled(path, ["supported", " Supported ", "not"])
    assert sample_sentences.main(["rate", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 sentences labelled"
    assert lines[1].split()[:3] == ["supported", "2", "0.667"]
    assert lines[2].split()[:3] == ["partly", "0", "0.000"]
    assert lines[3].split()[:3] == ["not", "1", "0.333"]
    assert len(lines) == 4
    labelled(path, ["supported", "supported", "not"], ["yes", "No", "yes"])
    assert sample_sentences.main(["rate", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[5].split()[:3] == ["yes", "2", "0.667"]


def test_labels_that_are_missing_or_unknown_are_named(report, tmp_path, capsys):
    path = tmp_path / "sentences.csv"
    sample_sentences.main(["draw", str(report), "--output", str(path)])
    for label in ("", "maybe"):
        labelled(path, ["supported", label, "not"])
        assert sample_sentences.main(["rate", str(path)]) == 1
        assert f"sentence 2: the column label says {label!r}" in capsys.readouterr().err
    labelled(path, ["supported", "partly", "not"], ["yes", "no", "perhaps"])
    assert sample_sentences.main(["rate", str(path)]) == 1
    assert (
        "sentence 3: the column answers says 'perhaps', expected one of yes, no"
        in capsys.readouterr().err
    )


def test_drawing_again_never_overwrites_labels(report, tmp_path, capsys):
    path = tmp_path / "sentences.csv"
    sample_sentences.main(["draw", str(report), "--output", str(path)])
    labelled(path, ["supported", "partly", "not"])
    before = path.read_bytes()
    assert sample_sentences.main(["draw", str(report), "--output", str(path)]) == 1
    assert path.read_bytes() == before
    assert "name another" in capsys.readouterr().err


def test_a_folder_without_a_report_is_one_line(tmp_path, capsys):
    output = str(tmp_path / "sentences.csv")
    assert sample_sentences.main(["draw", str(tmp_path / "none"), "--output", output]) == 1
    assert "cannot read" in capsys.readouterr().err


def test_interval_is_that_of_clopper_and_pearson():
    # 100 of 100: the lower end is 0.025 ** (1 / 100); 0 of 100 is its mirror image
    assert sample_sentences.exact_interval(100, 100) == pytest.approx((0.025**0.01, 1.0))
    assert sample_sentences.exact_interval(0, 100) == pytest.approx((0.0, 1 - 0.025**0.01))
    # 1 of 2: P(X >= 1) = 1 - (1 - p)² = 0.025 below, and by symmetry above
    low = 1 - 0.975**0.5
    assert sample_sentences.exact_interval(1, 2) == pytest.approx((low, 1 - low))
