"""Nothing that a document, a name or an error holds is obeyed by the terminal it is printed to."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cli import terminal
from rag.cli.command import main
from rag.cli.terminal import harmless, print_json, print_line, say
from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage
from rag.library.changes import Progress

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eabc\rgone\x00\x7f"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Output(io.StringIO):
    """A terminal, or what a command's output is sent into."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.buffer = io.BytesIO()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@given(st.text())
def test_harmless_text_keeps_all_that_is_not_obeyed(text):
    shown = harmless(text)
    assert not OBEYED.search(shown.replace("\r\n", "\n"))
    if not OBEYED.search(text):
        assert shown == re.sub("[\U000e0000-\U000e007f]", lambda m: f"⟨U+{ord(m[0]):04X}⟩", text)


def test_what_would_be_obeyed_is_named():
    assert harmless("a\x1b[31mb\r\nc\td\re") == "a⟨U+001B⟩[31mb\r\nc\td⟨U+000D⟩e"
    assert harmless("Straße, قال, 日本, 👩\u200d👧") == "Straße, قال, 日本, 👩\u200d👧"


@given(st.text())
def test_json_keeps_its_value(text):
    written = Output(is_terminal=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", written)
        print_json(json.dumps({text: [text]}, ensure_ascii=False))
    line = written.buffer.getvalue().decode("utf-8", "surrogatepass")
    assert line.endswith("\n")
    assert not OBEYED.search(line[:-1])
    if not re.search("[\ud800-\udfff]", text):
        assert json.loads(line) == {text: [text]}


def test_both_streams_are_harmless(capsys):
    print_line(EVIL)
    say(EVIL)
    out, err = capsys.readouterr()
    assert out == err == f"{harmless(EVIL)}\n"
    assert not OBEYED.search(out[:-1])


def test_a_traceback_is_harmless(capsys):
    try:
        raise ValueError(EVIL)
    except ValueError:
        terminal.say_problem()
    err = capsys.readouterr().err
    assert "ValueError: ⟨U+001B⟩]0;owned⟨U+0007⟩" in err
    assert not OBEYED.search(err.replace("\n", ""))


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "hi", "--threshold", EVIL],
        ["ask", "hi", EVIL, "--top-k", EVIL],
        [EVIL],
        ["ask", "hi", "--docs=a", f"--{EVIL}"],
        ["ask", "hi", "--min-confidence", EVIL],
    ],
)
def test_wrong_arguments_are_told_harmlessly(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "footnote" in err and "owned" in err
    assert not OBEYED.search(err.replace("\n", ""))


@pytest.mark.parametrize("is_terminal", [True, False])
def test_text_is_exact_unless_a_terminal_shows_it(tmp_path, monkeypatch, is_terminal):
    path = tmp_path / "a.txt"
    path.write_text("One \x1b[31mtwo.\n", encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", output := Output(is_terminal=is_terminal))
    assert main(["text", str(path)]) == 0
    shown = output.buffer.getvalue().decode()
    assert shown == ("One ⟨U+001B⟩[31mtwo.\n" if is_terminal else "One \x1b[31mtwo.\n")


def test_name_of_the_document_being_read_is_harmless(monkeypatch):
    from rag.cli.opening import show_reading

    monkeypatch.setattr(sys, "stderr", output := Output(is_terminal=True))
    show_reading(Progress(name=f"a{EVIL}", number=1, documents=1, embedded=0, passages=2))
    assert output.getvalue().count("\x1b") == output.getvalue().count("\r") == 1
    assert output.getvalue().endswith("passages, a⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+001B⟩[2J⟨U+009B⟩31")


def evil_answer(**changes):
    cited = Citation(
        document_id=1,
        document=f"{EVIL}.txt",
        start=0,
        end=5,
        page=None,
        quote=EVIL,
        section=EVIL,
        row=3,
        column=EVIL,
    )
    near = NearestPassage(
        document_id=1,
        document=f"{EVIL}.txt",
        start=0,
        end=5,
        score=0.1,
        text=EVIL,
        dense_rank=1,
        lexical_rank=1,
    )
    sentences = (
        CitedSentence(text=EVIL, citations=(1,), verbatim=False),
        CitedSentence(text=EVIL, citations=(1,), kind="item", label=EVIL, note=EVIL),
        CitedSentence(text=EVIL, citations=(1,), kind="row", cells=((EVIL, EVIL),)),
    )
    fields = {
        "question": "Who?",
        "understood": EVIL,
        "status": "answered",
        "sentences": sentences,
        "citations": (cited,),
        "short_answer": EVIL,
        "short_span": None,
        "nearest": (near,),
        "confidence": 0.1,
        "refusal": EVIL,
    }
    return Answer(**(fields | changes))


@pytest.mark.parametrize("status", ["answered", "refused"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_ask_prints_nothing_that_is_obeyed(monkeypatch, capsys, status, options):
    class Pipeline:
        def ask(self, question, history):
            return evil_answer(status=status)

    monkeypatch.setattr("rag.assemble.open_pipeline", lambda *args, **options: Pipeline())
    assert main(["ask", "Who?", *options]) == 0
    out = capsys.readouterr().out
    assert "owned" in out
    assert not OBEYED.search(out.replace("\n", ""))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_and_warnings_of_indexed_documents_are_harmless(
    fake_assembly, tmp_path, monkeypatch, capsys
):
    from dataclasses import replace

    from rag.documents.load import read_document
    from rag.library import indexing

    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(
        indexing,
        "read_document",
        lambda source, max_bytes: replace(
            read_document(source, max_bytes=max_bytes), warnings=(f"page 3 {EVIL}", "page 5")
        ),
    )
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a\x1b[2Jb.txt").write_text("Some words.", encoding="utf-8")
    (docs / "c\x1b[2Jd.xyz").write_bytes(b"\x00\x01")
    assert main(["index", "--docs", str(docs)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("added a")
    assert "[2Jb.txt: page 3 ⟨U+001B⟩]0;owned" in err
    assert "[2Jb.txt: page 5\n" in err
    assert not OBEYED.search((out + err).replace("\n", ""))
    assert main(["text", str(docs / "e\x1b[2Jf.txt")]) == 1
    assert not OBEYED.search(capsys.readouterr().err.replace("\n", ""))


def test_no_command_writes_past_the_terminal_module():
    rag = Path(terminal.__file__).parent
    for path in [*rag.glob("*.py"), *(rag.parent / "ui").glob("*.py")]:
        if path.name != "terminal.py":
            source = path.read_text("utf-8")
            assert not re.search(r"std(out|err)\.(write|buffer)|\bprint\(|print_exc\(", source), (
                path.name
            )
