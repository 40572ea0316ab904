"""`footnote calibrate` from the command line to what the library keeps, with fake models."""

import json

import pytest
from fake_models import FakeReader

from rag.cli.command import main

OPENED = "The bridge was opened in 1932."


class TellingReader(FakeReader):
    """As sure as the question says: "When (2.5)?" gets a margin of 2.5."""

    def read(self, question, passages):
        self.margins = {"1932": float(question.rpartition("(")[2].strip(")?"))}
        return super().read(question, passages)


@pytest.fixture
def docs(tmp_path, fake_assembly):
    fake_assembly.reader = TellingReader({})
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text(OPENED)
    return folder


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))


def a_set(path, *groups):
    """Write questions from (how many, margin, answer or None)."""
    lines = [
        {
            "id": f"{margin}/{number}",
            "question": f"When was it opened the {number}th time ({margin})?",
            "answerable": answer is not None,
            "answers": [answer] if answer else [],
        }
        for count, margin, answer in groups
        for number in range(count)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return str(path)


@pytest.fixture
def separable(tmp_path):
    """Confidences 0.982, 0.731 and 0.119: right, right, and not answerable."""
    return a_set(tmp_path / "set.jsonl", (30, 4.0, "1932"), (10, 1.0, "1932"), (12, -2.0, None))


def status(docs, capsys, margin):
    question = f"When ({margin})?"
    assert main(["ask", question, "--docs", str(docs), "--generator", "none", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["status"]


def test_threshold_is_found_stored_used_and_forgotten(docs, separable, capsys):
    """Halfway between 0.731 and 0.119: 0.425, a margin of -0.30."""
    assert status(docs, capsys, -0.35) == "quoted"  # 0.413, above the default of 0.4
    assert main(["calibrate", separable, "--docs", str(docs)]) == 0
    out = capsys.readouterr().out
    assert "52 questions judged, 12 of them not answerable" in out
    assert "for at most 5.0% wrong among those shown: 0.425" in out
    table = {line.split("  ")[0]: line.split() for line in out.splitlines()}
    assert table["chosen on"][-5:] == ["40", "0", "0.0%", "100.0%", "100.0%"]
    assert table["held out"][-5:] == ["40", "0", "0.0%", "100.0%", "100.0%"]
    assert out.endswith("stored with the library; `footnote calibrate --reset` forgets it\n")
    assert status(docs, capsys, -0.35) == "refused"
    flags = ["--docs", str(docs), "--generator", "none", "--json", "--min-confidence", "0.3"]
    assert main(["ask", "When (-0.35)?", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "quoted"
    assert main(["calibrate", "--reset", "--docs", str(docs)]) == 0
    assert capsys.readouterr().out == "forgotten: the threshold is the default again\n"
    assert status(docs, capsys, -0.35) == "quoted"
    assert main(["calibrate", "--reset", "--docs", str(docs)]) == 0
    assert capsys.readouterr().out == "none was stored\n"


def test_calibrating_again_finds_the_same(docs, separable, capsys):
    outputs = []
    for _ in range(2):
        assert main(["calibrate", separable, "--docs", str(docs)]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_named_library_keeps_its_own(docs, separable, capsys):
    assert main(["index", "--library", "work", "--add", str(docs)]) == 0
    assert main(["calibrate", separable, "--library", "work"]) == 0
    capsys.readouterr()
    assert main(["ask", "When (-0.35)?", "--library", "work", "--generator", "none"]) == 0
    assert capsys.readouterr().out.startswith("Your documents do not seem to say.")
    assert status(docs, capsys, -0.35) == "quoted"  # the one of --docs was not calibrated


def test_dry_run_stores_nothing(docs, separable, capsys):
    assert main(["calibrate", separable, "--docs", str(docs), "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("not stored (--dry-run)\n")
    assert status(docs, capsys, -0.35) == "quoted"


def test_too_little_is_one_line_and_stores_nothing(docs, tmp_path, capsys):
    few = a_set(tmp_path / "few.jsonl", (30, 4.0, "1932"), (2, -2.0, None))
    assert main(["calibrate", few, "--docs", str(docs)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("footnote: 30 right and 2 wrong answers")
    assert error.count("\n") == 1
    assert status(docs, capsys, -0.35) == "quoted"


def test_what_cannot_be_judged_and_what_was_not_asked_is_said(docs, tmp_path, capsys):
    path = a_set(tmp_path / "set.jsonl", (30, 4.0, "1932"), (12, -2.0, "1066"))
    with open(path, "a") as file:
        file.write('\n{"id": "u", "question": "Why (1)?", "answerable": true}\nnonsense')
    assert main(["calibrate", path, "--docs", str(docs)]) == 0
    error = capsys.readouterr().err
    assert "set.jsonl, line 44: not JSON" in error
    assert "1 questions cannot be judged and are left out" in error
    assert "no question is unanswerable" in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["calibrate"],
        ["calibrate", "set.jsonl", "--reset"],
        ["calibrate", "set.jsonl", "--max-error", "5"],
        ["calibrate", "set.jsonl", "--max-error", "few"],
        ["calibrate", "set.jsonl", "--folds", "1"],
        ["ask", "When?", "--min-confidence", "2"],
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert "expected" in capsys.readouterr().err
