"""The command line: what it prints where, its exit codes, and that it is quick to say so."""

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_models import FakeReader, FollowingReader, fill_library, pipeline_over
from fake_sessions import make_models
from sample_files import KINDS

from rag.cli.command import main
from rag.datatypes import Answer, Citation, CitedSentence
from rag.errors import ModelNotFound
from rag.library.changes import Progress

ROOT = Path(__file__).resolve().parent.parent
OPENED = "The bridge over the Elm was opened in 1932, which was a dry year."
QUESTION = "When was the bridge opened?"
COMMANDS = ["chat", "ask", "index", "evaluate", "calibrate", "compare", "models", "text"]


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text(f"{OPENED} It is 503 metres “long”.", encoding="utf-8")
    return folder


@pytest.fixture
def pipeline(docs, tmp_path, embedder, monkeypatch):
    """A pipeline of fakes that every command opens; `opened_with` holds the last arguments."""
    with fill_library(tmp_path / "l.sqlite", docs, embedder) as library:
        fake = pipeline_over(library, FakeReader({"1932": 4.0}))

        def open_pipeline(settings, **options):
            fake.opened_with = SimpleNamespace(settings=settings, **options)
            options["say"]("Reading the model.")
            return fake

        monkeypatch.setattr("rag.assemble.open_pipeline", open_pipeline)
        monkeypatch.setattr("rag.sessions.load_models", lambda settings, say: make_models())
        yield fake


def python(*arguments, program=None, **options):
    """Run `python -m rag.cli`, or a program, without a terminal."""
    start = ["-c", program] if program else ["-m", "rag.cli"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    environment.update(options.pop("environment", {}))
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=options.get("stdout") is None,
        timeout=120,
        **options,
    )


# ask


def test_ask_understands_a_follow_up_of_earlier_questions(pipeline, capsys):
    pipeline._finder._reader = FollowingReader({"1932": 4.0}, "bridge")
    arguments = ["--history", "Where is the Elm?", "--history", "How long is the bridge?"]
    understood = "When was it opened (How long is the bridge)?"
    assert main(["ask", "When was it opened?", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [f"Understood as: {understood}", "", f"{OPENED} [1]"]
    assert main(["ask", "When was it opened?", *arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["question"], answer["understood"]) == (
        "When was it opened?",
        understood,
    )


def test_chat_says_what_to_install_for_the_tool_before_anything_is_loaded(monkeypatch, capsys):
    monkeypatch.setattr("ui.mcp_tool.find_spec", lambda name: None)
    monkeypatch.setattr("rag.assemble.open_pipeline", None)
    assert main(["chat", "--port", "0", "--mcp"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("footnote: --mcp needs the package mcp, which is not installed: ")
    assert 'pip install "footnote[mcp]"' in error and error.count("\n") == 1


@pytest.mark.parametrize(("options", "mcp"), [([], False), (["--mcp"], True)])
def test_chat_serves_the_tool_where_it_is_wanted(pipeline, monkeypatch, options, mcp):
    served = {}
    server = SimpleNamespace(serve=lambda pipeline, **options: served.update(options))
    monkeypatch.setitem(sys.modules, "ui.server", server)
    monkeypatch.setattr("ui.mcp_tool.find_spec", lambda name: object())
    assert main(["chat", "--port", "0", *options]) == 0
    assert served["mcp"] is mcp


def test_ask_prints_the_answer_and_its_footnotes_and_nothing_else(pipeline, capsys):
    assert main(["ask", QUESTION]) == 0
    out, err = capsys.readouterr()
    assert out == f"{OPENED} [1]\n\n[1] bridge.txt, characters 0–65\n"
    assert err == "Reading the model.\n"
    assert (pipeline.opened_with.docs, pipeline.opened_with.name) == (None, None)


def test_ask_passes_its_options_on(pipeline, docs, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_GENERATOR", "another")
    assert main(["ask", QUESTION, "--docs", str(docs), "x.txt", "--generator", "none"]) == 0
    assert pipeline.opened_with.docs == [docs, Path.cwd() / "x.txt"]
    assert pipeline.opened_with.settings.generator == "none"
    assert main(["ask", QUESTION, "--library", "mine"]) == 0
    assert (pipeline.opened_with.docs, pipeline.opened_with.name) == (None, "mine")
    assert pipeline.opened_with.settings.generator == "another"


def test_the_question_may_stand_behind_the_paths(pipeline, docs, capsys):
    assert main(["ask", "--docs", str(docs), "x.txt", QUESTION]) == 0
    assert pipeline.opened_with.docs == [docs, Path.cwd() / "x.txt"]
    assert capsys.readouterr().out.startswith(OPENED)
    for alone in ([], ["--docs", str(docs)], ["--docs", str(docs), str(docs)]):
        assert main(["ask", *alone]) == 2
        assert "no question: expected" in capsys.readouterr().err
    assert main(["ask", "--docs", str(docs), "a" * 2001]) == 2
    assert "2,001 characters" in capsys.readouterr().err


def test_a_page_is_named_and_the_quote_beside_other_words(monkeypatch, capsys):
    citation = Citation(document_id=1, document="a.pdf", start=2, end=5, page=3, quote="a\n b")
    answer = Answer(
        question="?",
        understood="?",
        status="answered",
        sentences=(),
        citations=(citation,),
        short_answer=None,
        short_span=None,
        nearest=(),
        confidence=1.0,
    )
    fake = SimpleNamespace(ask=lambda question, history: answer)
    monkeypatch.setattr("rag.assemble.open_pipeline", lambda *args, **options: fake)
    assert main(["ask", "Who?"]) == 0
    assert capsys.readouterr().out == "[1] a.pdf, page 3, characters 2–5\n"


def test_lists_rows_and_places_are_written_for_a_person(monkeypatch, capsys):
    def place(start, end, quote, **where):
        return Citation(
            document_id=1, document="pay.md", start=start, end=end, page=2, quote=quote, **where
        )

    def part(text, number, kind, **more):
        return CitedSentence(text=text, citations=(number,), kind=kind, **more)

    answer = Answer(
        question="?",
        understood="?",
        status="quoted",
        sentences=(
            part("Bring:", 1, "lead_in"),
            part("a map", 1, "item", label="1."),
            part("of paper", 1, "item", label="-", depth=1),
            part("water", 1, "item", label="2.", note="and 12 more items"),
            part("| day | | 4 |", 2, "row", cells=(("Ticket", "day"), ("x", ""), ("Price", "4"))),
            part("Prices", 3, "heading"),
            part("They rise.", 3, "sentence"),
        ),
        citations=(
            place(1, 20, "…"),
            place(30, 43, "…", section="§ 4 Deposit", row=12, column="Price"),
            place(50, 70, "…"),
        ),
        short_answer=None,
        short_span=None,
        nearest=(),
        confidence=1.0,
    )
    fake = SimpleNamespace(ask=lambda question, history: answer)
    monkeypatch.setattr("rag.assemble.open_pipeline", lambda *args, **options: fake)
    assert main(["ask", "Who?"]) == 0
    assert capsys.readouterr().out == (
        "Bring:\n1. a map\n  - of paper\n2. water [1] (and 12 more items)\n"
        "Ticket: day; Price: 4 [2]\nPrices\nThey rise. [3]\n\n"
        "[1] pay.md, page 2, characters 1–20\n"
        "[2] pay.md, page 2, § 4 Deposit, row 12, column Price, characters 30–43\n"
        "[3] pay.md, page 2, characters 50–70\n"
    )


def test_an_unsure_answer_says_so_first(pipeline, capsys):
    asked = pipeline.ask
    pipeline.ask = lambda *args, **options: replace(asked(*args, **options), confidence=0.25)
    assert main(["ask", QUESTION]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Unsure: check the source.\n\n{OPENED} [1]\n")


def test_a_refusal_is_an_answer(pipeline, capsys):
    pipeline._finder._reader = FakeReader({})
    assert main(["ask", "Who won the cup?"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Your documents do not seem to say."
    assert lines[2] == "The nearest passages, which do not answer it:"
    assert lines[3].startswith("  · bridge.txt, characters 0–")
    assert lines[4].startswith(f"    {OPENED}")


@pytest.mark.parametrize("reader", [FakeReader({"1932": 4.0}), FakeReader({})])
def test_json_is_one_object_with_the_keys_of_the_contract(pipeline, capsys, reader):
    pipeline._finder._reader = reader
    assert main(["ask", QUESTION, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    answer = json.loads(out, parse_constant=pytest.fail)
    assert list(answer) == [
        "question",
        "understood",
        "status",
        "text",
        "answer_kind",
        "short_answer",
        "sentences",
        "citations",
        "unanswered",
        "note",
        "nearest",
        "confidence",
        "seconds",
    ]
    stages = {"retrieve", "read", "generate", "verify", "first", "total"}
    assert set(answer["seconds"]) == stages
    text = pipeline.library.text(1)
    if reader.margins:
        assert (answer["status"], answer["text"]) == ("quoted", f"{OPENED} [1]")
        assert answer["short_answer"] == "1932"
        assert answer["answer_kind"] == "short"
        assert answer["sentences"] == [
            {
                "text": OPENED,
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
        ]
        assert answer["citations"] == [
            {
                "number": 1,
                "document": "bridge.txt",
                "start": 0,
                "end": 65,
                "page": None,
                "section": None,
                "row": None,
                "last_row": None,
                "column": None,
                "regions": [],
                "sha256": sha256(text.encode()).hexdigest(),
                "quote": OPENED,
            }
        ]
        assert text[0:65] == OPENED
        assert answer["nearest"] == []
    else:
        assert (answer["status"], answer["short_answer"]) == ("refused", None)
        assert answer["sentences"] == answer["citations"] == []
        (near,) = answer["nearest"]
        assert set(near) == {"document", "start", "end", "score", "text"}
        assert near["text"] == text[near["start"] : near["end"]]


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("", "the question is empty: type what you want to know"),
        (" \n", "the question is empty: type what you want to know"),
        ("?!…", "the question has no letter or digit: type what you want to know"),
        ("a" * 2001, "the question has 2,001 characters, at most 2,000 are read: shorten it"),
    ],
)
def test_question_that_cannot_be_asked_is_wrong_usage_before_anything_is_opened(
    monkeypatch, capsys, question, line
):
    monkeypatch.setattr("rag.assemble.open_pipeline", pytest.fail)
    assert main(["ask", question]) == 2
    assert capsys.readouterr() == ("", f"footnote: {line}\n")


# Wrong usage, errors, interrupts


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["ask", "Who?", "--docs", "a.txt", "--library", "mine"],
        ["index", "--docs", "a.txt", "--library", "mine"],
        ["chat", "--port", "65536"],
        ["chat", "--port", "-1"],
        ["chat", "--port", "http"],
        ["evaluate", "set.jsonl"],
        ["ask", "Who?", "--loud"],
    ],
)
def test_wrong_usage_is_2_and_says_what_is_expected(arguments, capsys):
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: footnote")
    assert ": error: " in err


def test_paths_are_added_to_a_named_library_only(capsys):
    assert main(["index", "--add", "a.txt"]) == 2
    assert capsys.readouterr() == (
        "",
        "footnote: --add goes with --library NAME; --docs already names everything\n",
    )


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ModelNotFound("reader is damaged"), 1, "footnote: reader is damaged"),
        (KeyboardInterrupt(), 130, "footnote: interrupted"),
    ],
)
def test_error_is_one_line_and_an_exit_code(monkeypatch, capsys, error, code, line):
    def fail(settings, **options):
        raise error

    monkeypatch.setattr("rag.assemble.open_pipeline", fail)
    assert main(["ask", "Who?"]) == code
    assert capsys.readouterr() == ("", f"{line}\n")


def test_setting_of_the_wrong_type_is_one_line(monkeypatch, capsys):
    monkeypatch.setenv("FOOTNOTE_PASSAGES_TO_READ", "ten")
    assert main(["ask", "Who?"]) == 1
    assert capsys.readouterr() == (
        "",
        "footnote: FOOTNOTE_PASSAGES_TO_READ='ten': expected a whole number, 1 or more\n",
    )


def test_reader_of_the_output_that_has_gone_is_no_traceback(docs):
    read, write = os.pipe()
    os.close(read)
    try:
        done = python("text", docs / "bridge.txt", stdout=write, stderr=subprocess.PIPE)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_full_disk_behind_the_output_is_one_line(docs):
    with open("/dev/full", "wb") as full:
        done = python("text", docs / "bridge.txt", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == (
        b"footnote: [Errno 28] No space left on device; check the disk and the permissions\n"
    )


def test_terminal_without_unicode_loses_nothing(docs):
    program = (
        "import sys, rag.assemble\n"
        "from pathlib import Path\n"
        "from fake_embedder import FakeEmbedder\n"
        "from fake_models import FakeReader, fill_library, pipeline_over\n"
        "library = fill_library(Path(sys.argv[1]), Path(sys.argv[2]), FakeEmbedder())\n"
        "pipeline = pipeline_over(library, FakeReader({'\\u201clong\\u201d': 4.0}))\n"
        "rag.assemble.open_pipeline = lambda *args, say, **options: say('\\xe9') or pipeline\n"
        "from rag.cli.command import main\n"
        "sys.exit(main(['ask', 'How long, in m\\xe8tres?', '--json']))\n"
    )
    done = python(
        docs.with_name("ascii.sqlite"),
        docs,
        program=program,
        environment={"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"\\xe9\n")
    answer = json.loads(done.stdout.decode("utf-8"))
    assert answer["question"] == "How long, in mètres?"
    assert answer["short_answer"] == "“long”"


# text


def test_text_prints_the_canonical_text_exactly(tmp_path, capsysbinary):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfOne\r\ntwo\rthree\n\n\xc3\xa9\xf0\x9f\x98\x80 ")
    assert main(["text", str(path)]) == 0
    assert capsysbinary.readouterr() == (b"One\r\ntwo\rthree\n\n\xc3\xa9\xf0\x9f\x98\x80 ", b"")


def test_text_is_as_exact_in_a_terminal_without_unicode(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("“é”\r\n".encode())
    done = python("text", path, environment={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "“é”\r\n".encode(), b"")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("no.txt", "cannot be read (no such file or directory); check that it exists and its perm"),
        (
            "a.exe",
            f"not a kind that is read {KINDS}; give a file of such a k",
        ),
        (
            ".",
            f"not a kind that is read {KINDS}; give a file of such a kind",
        ),
    ],
)
def test_text_of_what_cannot_be_read_is_one_line(tmp_path, capsys, name, line):
    (tmp_path / "a.exe").write_bytes(b"MZ\0")
    assert main(["text", str(tmp_path / name)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"footnote: {(tmp_path / name).name}: {line}")
    assert err.count("\n") == 1


# index


def test_index_says_what_changed(fake_assembly, docs, capsys):
    (docs / "gone.txt").write_text("It goes.")
    (docs / "skipped.exe").write_text("It is not read.")
    skipped = f"skipped.exe: skipped, not a kind that is read {KINDS}\n"
    assert main(["index", "--docs", str(docs)]) == 0
    assert capsys.readouterr() == (
        "added bridge.txt\nadded gone.txt\n2 documents, 2 passages; 0 unchanged\n",
        skipped,
    )
    (docs / "gone.txt").unlink()
    (docs / "bridge.txt").write_text("Another bridge.")
    (docs / "new.txt").write_text("It is new.")
    assert main(["index", "--docs", str(docs)]) == 0
    assert capsys.readouterr() == (
        "added new.txt\nchanged bridge.txt\nremoved gone.txt\n"
        "2 documents, 2 passages; 0 unchanged\n",
        skipped,
    )
    assert main(["index", "--docs", str(docs)]) == 0
    assert capsys.readouterr().out == "2 documents, 2 passages; 2 unchanged\n"


def test_index_forgets_a_file_and_leaves_it_where_it_is(fake_assembly, docs, capsys):
    (docs / "gone.txt").write_text("It goes.")
    assert main(["index", "--library", "forgets", "--add", str(docs)]) == 0
    capsys.readouterr()
    assert main(["index", "--library", "forgets", "--remove", str(docs / "gone.txt")]) == 0
    assert capsys.readouterr().out == "removed gone.txt\n1 documents, 1 passages; 1 unchanged\n"
    assert (docs / "gone.txt").exists()
    assert main(["index", "--remove", str(docs)]) == 2
    assert capsys.readouterr().err == (
        "footnote: --remove goes with --library NAME; --docs already names everything\n"
    )


@pytest.mark.parametrize("given", ["../docs", "~/docs", "../linked", "../linked/../docs"])
@pytest.mark.skipif(os.name != "posix", reason="makes a symbolic link")
def test_index_removes_what_it_was_given_in_other_words(
    fake_assembly, docs, capsys, monkeypatch, given
):
    (docs.parent / "elsewhere").mkdir()
    monkeypatch.chdir(docs.parent / "elsewhere")
    monkeypatch.setenv("HOME", str(docs.parent))
    (docs.parent / "linked").symlink_to(docs)
    for added, removed in ((str(docs), given), (given, str(docs))):
        assert main(["index", "--library", "words", "--add", added]) == 0
        assert capsys.readouterr().out.startswith("added bridge.txt\n")
        assert main(["index", "--library", "words", "--remove", removed]) == 0
        assert capsys.readouterr() == (
            "removed bridge.txt\n0 documents, 0 passages; 0 unchanged\n",
            "",
        )
        assert main(["index", "--docs", given]) == 0  # one library, whatever it is called
        assert capsys.readouterr().out.startswith(
            "added" if removed is given else "1 documents, 1 passages; 1 unchanged"
        )


@pytest.mark.skipif(os.name != "posix", reason="makes a symbolic link")
def test_index_removes_what_is_reached_through_a_link_in_a_folder(fake_assembly, docs, capsys):
    aside = docs.parent / "aside"
    aside.mkdir()
    (aside / "gate.txt").write_text("The gate is shut.")
    (docs / "link").symlink_to(aside)
    for removed in (docs / "link", docs / "link/gate.txt", aside / "gate.txt", aside):
        assert main(["index", "--library", "linked", "--add", str(docs)]) == 0
        assert "link/gate.txt" in capsys.readouterr().out
        assert main(["index", "--library", "linked", "--remove", str(removed)]) == 0
        assert capsys.readouterr().out.startswith("removed link/gate.txt\n1 documents, ")
        assert main(["index", "--library", "linked"]) == 0
        assert capsys.readouterr().out.startswith("1 documents, ")


def test_named_library_is_made_asked_and_refreshed(fake_assembly, docs, capsys):
    assert main(["index", "--library", "elm", "--add", str(docs)]) == 0
    assert capsys.readouterr().out.startswith("added bridge.txt\n1 documents, ")
    assert main(["ask", QUESTION, "--library", "elm", "--generator", "none"]) == 0
    assert capsys.readouterr() == (f"{OPENED} [1]\n\n[1] bridge.txt, characters 0–65\n", "")
    (docs / "more.txt").write_text("More.")
    assert main(["index", "--library", "elm"]) == 0
    assert capsys.readouterr().out.startswith("added more.txt\n2 documents, ")


@pytest.mark.parametrize("command", [["ask", "Who?"], ["index"]])
def test_unknown_library_is_one_line(fake_assembly, capsys, command):
    assert main([*command, "--library", "nobody's"]) == 1
    assert capsys.readouterr().err.startswith('footnote: library name "nobody\'s": expected 1 to')
    assert main([*command, "--library", "unknown"]) == 1
    assert capsys.readouterr() == (
        "",
        "footnote: there is no library 'unknown': make it with "
        "`footnote index --library unknown --add PATH`\n",
    )


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_and_taken_away_again(monkeypatch):
    from rag.cli.opening import show_reading

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    step = {"name": "n" * 100, "number": 2, "documents": 3, "passages": 40}
    show_reading(Progress(name="n", number=2, documents=3, recognised=4, pages=40))
    show_reading(Progress(embedded=32, **step))
    show_reading(Progress(embedded=40, **step))
    pages, first, second = terminal.getvalue().split("\r\x1b[K")[1:]
    assert pages == "reading 2 of 3: 4 of 40 pages recognised, n"
    assert first.startswith("reading 2 of 3: 32 of 40 passages, nnn")
    assert (len(first), second) == (79, "")


# The other commands


def test_chat_checks_the_address_then_opens_and_serves(pipeline, monkeypatch):
    served = {}
    server = SimpleNamespace(serve=lambda pipeline, **options: served.update(options))
    monkeypatch.setitem(sys.modules, "ui.server", server)
    assert main(["chat", "--port", "0", "--no-browser"]) == 0
    sessions = served.pop("sessions")
    assert sessions.pipeline().library.documents()
    sessions.close()
    assert served == {
        "host": "127.0.0.1",
        "port": 0,
        "password": "",
        "open_browser": False,
        "mcp": False,
        "conversations": Path(os.environ["FOOTNOTE_HOME"]) / "conversations.sqlite",
    }
    served.clear()
    monkeypatch.setattr("rag.sessions.open_sessions", pytest.fail)
    assert main(["chat", "--host", "0.0.0.0", "--port", "0"]) == 1
    assert served == {}


def test_chat_is_ended_by_the_keyboard(pipeline, monkeypatch, capsys):
    def serve(pipeline, **options):
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "ui.server", SimpleNamespace(serve=serve))
    assert main(["chat", "--port", "0"]) == 130
    assert capsys.readouterr().err.endswith("footnote: interrupted\n")


def test_evaluate_and_compare_are_wired(pipeline, tmp_path, capsys):
    row = {"id": "a", "question": QUESTION, "answerable": True, "answers": ["1932"]}
    (tmp_path / "set.jsonl").write_text(json.dumps(row))
    report = str(tmp_path / "report")
    assert main(["evaluate", str(tmp_path / "set.jsonl"), "--report", report]) == 0
    assert capsys.readouterr().out.startswith("1 questions, 1 of them answerable")
    (found,) = json.loads((tmp_path / "report" / "report.json").read_text())["rows"]
    assert (found["text"], found["exact_match"]) == (f"{OPENED} [1]", 1.0)
    assert main(["compare", report, report]) == 0
    assert capsys.readouterr().out != ""
    assert main(["compare", report, str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("missing", 1), ("damaged", 1)])
def test_models_are_listed_with_what_to_do(monkeypatch, capsys, state, code):
    info = SimpleNamespace(
        name="small",
        kind="reader",
        path="/m",
        licence="mit",
        bytes=90_600_000,
        state=state,
        remedy="" if state == "ok" else "do this",
    )
    monkeypatch.setattr("rag.models.inventory.describe_models", lambda settings: [info])
    assert main(["models"]) == code
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [state, "reader", "small", "91", "MB", "mit", "/m"]
    assert [line.strip() for line in lines[1:2]] == ([] if state == "ok" else ["do this"])
    assert any(line.startswith("to install ") for line in lines) == (state == "missing")


def test_models_download_is_the_one_command_that_may_use_the_network(monkeypatch, capsys):
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")  # so that it is put back

    def download(name):
        assert name == "someone/something"
        assert "HF_HUB_OFFLINE" not in os.environ
        return Path("/cache/model")

    monkeypatch.setattr("rag.models.download.download_model", download)
    assert main(["models", "--download", "someone/something"]) == 0
    assert capsys.readouterr() == ("/cache/model\n", "")


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(capsys, command):
    with pytest.raises(SystemExit) as raised:
        main([command, "--help"])
    assert raised.value.code == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"usage: footnote {command} [-h]")
    assert err == ""


def test_help_names_every_command_and_imports_no_model():
    program = (
        "import sys\n"
        "from rag.cli.command import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "finally:\n"
        "    sys.stderr.write(repr({'torch', 'numpy', 'gradio', 'faiss'} & set(sys.modules)))\n"
    )
    done = python(program=program)
    assert (done.returncode, done.stderr) == (0, b"set()")
    for command in COMMANDS:
        assert re.search(rf"\n    {command}\s", done.stdout.decode())
