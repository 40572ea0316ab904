"""What is imported when Footnote starts: as little as answers, and the page beside the models."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from ui import early_import

ROOT = Path(__file__).resolve().parent.parent
NOT_TO_ANSWER = {"torch", "transformers", "sentence_transformers", "gradio", "pandas", "scipy"}
NOT_TO_ANSWER |= {"sklearn", "nncf", "lxml", "PIL", "pptx", "pypdfium2", "huggingface_hub"}
HEAVY = NOT_TO_ANSWER | {"numpy", "faiss", "openvino", "tokenizers", "sqlite3"}


def imported(arguments: list[str], modules: set[str]) -> str:
    """Run a command in a process of its own; return which of `modules` it imported, as text."""
    program = f"""
import sys
from rag.cli.command import main
try:
    code = main({arguments!r})
except SystemExit as left:
    code = left.code
print(code, sorted({modules!r} & set(sys.modules)))
"""
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return found.stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["chat", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    assert imported(arguments, HEAVY) == "0 []"


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None or importlib.util.find_spec("nncf") is None,
    reason="OpenVINO has no wheel for this machine",
)
@pytest.mark.parametrize("reader", ["default", "small"])
def test_a_question_is_answered_without_what_only_makes_models_ready(monkeypatch, tmp_path, reader):
    """The first run makes ready what set-up has not, with all of torch; the second answers."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path))
    monkeypatch.setenv("FOOTNOTE_READER", reader)
    question = ["ask", "Who is the Kremlin spokesman?", "--json"]
    imported(question, NOT_TO_ANSWER)
    assert imported(question, NOT_TO_ANSWER) == "0 []"


@pytest.mark.slow
def test_the_page_is_imported_whole_and_without_type_stubs():
    program = """
import ast, inspect, sys
import ui.early_import

parsed = []
segment = ast.get_source_segment
ast.get_source_segment = lambda *given, **more: parsed.append(1) or segment(*given, **more)
getfile = inspect.getfile
ui.early_import.import_page_meanwhile().join()
server = sys.modules["ui.server"]
print(len(parsed), callable(server.serve), inspect.getfile is getfile)
"""
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "0 True True"
    assert found.stderr == ""


def test_what_is_not_of_gradio_has_a_file_meanwhile():
    import inspect

    ours = type("Ours", (), {"__module__": "gradio.components.ours"})
    with early_import._without_stubs():
        assert Path(inspect.getfile(early_import.Thread)).name == "threading.py"
        with pytest.raises(OSError, match="no stub is needed"):
            inspect.getfile(ours)


def test_a_page_that_cannot_be_imported_fails_where_it_is_needed(monkeypatch, capsys, tmp_path):
    """The thread says nothing: whoever imports it gets the error."""
    (tmp_path / "page_that_fails.py").write_text("raise RuntimeError('broken')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(early_import, "PAGE", "page_that_fails")
    early_import.import_page_meanwhile().join()
    assert capsys.readouterr().err == ""
    with pytest.raises(RuntimeError, match="broken"):
        import page_that_fails  # noqa: F401
