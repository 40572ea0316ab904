"""Each command inside of a namespace with a trap: it does its work, and nothing gets out."""

import json
import os
import sys
from pathlib import Path

import pytest
from footnote_that_attempts import ATTEMPTS
from namespace import OUTSIDE, run_inside, why_not

from rag.cli.command import main

ROOT = Path(__file__).resolve().parent.parent
TEXT = "The bridge opened in 1932. It cost nine million pounds."
ROW = {"id": "a", "question": "When did the bridge open?", "answerable": True, "answers": ["1932"]}
ATTEMPT = str(ROOT / "tests" / "footnote_that_attempts.py")

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "namespaces can be made")


@pytest.fixture
def environment(tmp_path):
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {**kept, "PYTHONPATH": str(ROOT), "FOOTNOTE_HOME": str(tmp_path / "home")}


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text(TEXT)
    rows = [{**ROW, "id": str(number)} for number in range(4)]
    questions = tmp_path / "set.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"docs": folder, "questions": questions, "report": tmp_path / "report"}


COMMANDS = {
    "ask": (["ask", ROW["question"], "--docs", "{docs}"], 0, "1932"),
    "index": (["index", "--docs", "{docs}"], 0, "added bridge.txt"),
    "evaluate": (
        ["evaluate", "{questions}", "--docs", "{docs}", "--report", "{report}"],
        0,
        "questions",
    ),
    "calibrate": (["calibrate", "{questions}", "--docs", "{docs}"], None, ""),
    "compare": (["compare", "{report}", "{report}"], 1, ""),
    "feedback": (["feedback"], None, ""),
    "models": (["models"], None, "embedder"),
    "text": (["text", "{docs}/bridge.txt"], 0, TEXT),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_command_gets_nowhere(environment, files, tmp_path, command):
    arguments, code, output = COMMANDS[command]
    log = tmp_path / "attempts.txt"
    arguments = [argument.format(**files) for argument in arguments]
    found = run_inside(tmp_path, [sys.executable, ATTEMPT, str(log), *arguments], environment)
    assert (found["connections"], found["look_ups"]) == (0, 0)
    outcomes = dict(line.split(": ", 1) for line in log.read_text("utf-8").splitlines())
    assert list(outcomes) == list(ATTEMPTS)
    assert [name for name, said in outcomes.items() if "Footnote is offline" not in said] == []
    assert code is None or found["code"] == code, found["errors"]
    assert output in found["output"]
    assert "Traceback" not in found["errors"]


def test_attempts_get_out_of_a_program_that_is_not_offline(environment, tmp_path):
    """That these attempts would succeed: otherwise the others prove nothing."""
    program = "import footnote_that_attempts as f; [f.outcome(a) for a in f.ATTEMPTS.values()]"
    environment["PYTHONPATH"] += f"{os.pathsep}{ROOT / 'tests'}"
    found = run_inside(tmp_path, [sys.executable, "-c", program], environment)
    assert found["code"] == 0, found["errors"]
    assert found["connections"] >= 6  # create, connect_ex, mapped, number, asyncio, urllib
    assert found["look_ups"] >= 5


def visited(environment, tmp_path, password, command):
    """Return what a visitor from elsewhere got of a page, and hold that it got nowhere itself."""
    log = tmp_path / "attempts.txt"
    visit = [sys.executable, ROOT / "tests" / "visit_page.py", password]
    place = ["--host", OUTSIDE, "--port", "0"]
    program = [sys.executable, ATTEMPT, log, *command, *place]
    found = run_inside(tmp_path, [*visit, *program], environment)
    assert found["code"] == 0, found["errors"]
    outcomes = log.read_text("utf-8").splitlines()
    assert len(outcomes) == len(ATTEMPTS)
    assert [line for line in outcomes if "Footnote is offline" not in line] == []
    assert (found["connections"], found["look_ups"]) == (0, 0)
    got = json.loads(found["output"])
    assert got["address"].startswith(f"http://{OUTSIDE}:")
    assert got["answer"] == "The bridge opened in 1932. [1]"
    return got


def test_page_listens_where_it_was_told_and_gets_nowhere(environment, files, tmp_path):
    environment["FOOTNOTE_PASSWORD"] = "open sesame"
    chat = ["chat", "--docs", files["docs"], "--no-browser"]
    got = visited(environment, tmp_path, "open sesame", chat)
    assert got["closed"].startswith("401")
    assert got["refused"].startswith("400 A request must name no file")


def test_server_for_many_listens_where_it_was_told_and_gets_nowhere(
    environment, files, tmp_path, fake_assembly, monkeypatch
):
    monkeypatch.setenv("FOOTNOTE_HOME", environment["FOOTNOTE_HOME"])
    assert main(["index", "--library", "shared", "--add", str(files["docs"])]) == 0
    serve = ["serve", "--library", "shared", "--trusted-proxy", OUTSIDE]
    got = visited(environment, tmp_path, "", serve)
    assert got["closed"].startswith("401")
