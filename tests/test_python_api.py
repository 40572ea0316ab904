"""Footnote from Python: what `from rag import ...` gives, and the README's lines as they stand."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from asking import SCRIPTS, TEXTS
from fake_pipeline import FakePipeline
from library_content import open_at

import rag
from rag.errors import RagError, SettingsError

ROOT = Path(__file__).resolve().parent.parent


def readme_lines() -> str:
    """Return the indented lines of the README that begin with the import."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    first = lines.index("    from rag import open_documents")
    last = next(n for n in range(first, len(lines)) if lines[n] and not lines[n].startswith("    "))
    return textwrap.dedent("\n".join(lines[first:last]))


@pytest.mark.slow
def test_the_lines_of_the_readme_print_quote_document_and_page(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", readme_lines()],
        cwd=ROOT,
        env=os.environ | {"FOOTNOTE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    quote, document, page = found.stdout.splitlines()
    assert "519" in quote
    assert (document, page) == ("swimming-club-annual-report-2024.pdf", "1")


def test_every_public_name_is_there_and_importing_costs_nothing():
    for name in rag.__all__:
        assert getattr(rag, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'rag' has no attribute 'nothing'"):
        rag.nothing  # noqa: B018
    program = "import rag, sys; print({'numpy', 'rag.datatypes'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"


@pytest.fixture
def opened(monkeypatch):
    """What `open_pipeline` was asked for; it gives a fake."""
    calls = []

    def open_pipeline(settings, **options):
        calls.append((settings, options))
        return FakePipeline(TEXTS, SCRIPTS)

    monkeypatch.setattr("rag.assemble.open_pipeline", open_pipeline)
    return calls


def test_paths_and_settings_reach_the_pipeline(opened):
    said = []
    documents = rag.open_documents(
        "a", Path("b"), min_confidence=0.4, say=said.append, passage_tokens=64
    )
    ((settings, options),) = opened
    assert (settings.passage_tokens, settings.min_confidence) == (64, 0.4)
    assert options == {
        "docs": [Path("a"), Path("b")],
        "name": None,
        "say": said.append,
        "min_confidence": 0.4,
    }
    assert documents.ask("Who?").question == "Who?"


def test_a_named_library_is_opened_by_its_name(opened):
    rag.open_documents(library="work")
    assert (opened[0][1]["docs"], opened[0][1]["name"]) == (None, "work")
    assert opened[0][1]["min_confidence"] is None


@pytest.mark.parametrize(
    ("paths", "options", "line"),
    [
        ((), {}, "expected paths of files and folders, or library=NAME, and not both"),
        (("a",), {"library": "b"}, "expected paths of files and folders, or library=NAME"),
        (("a",), {"min_confidence": 5}, "min_confidence=5: expected a number, 0 to 1"),
        (("a",), {"passage_tokens": "abc"}, "passage_tokens='abc': expected a whole number"),
        (("a",), {"colour": 1}, "unknown setting 'colour'"),
    ],
)
def test_what_cannot_be_opened_is_one_line(opened, paths, options, line):
    with pytest.raises(SettingsError, match="^" + line) as caught:
        rag.open_documents(*paths, **options)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, RagError)
    assert opened == []


def test_documents_are_closed_with_the_block(tmp_path):
    pipeline = FakePipeline(TEXTS, SCRIPTS)
    with rag.Documents(pipeline) as documents:
        assert documents.names == list(TEXTS)
        assert documents.ask("Who?", history=["When?"]).question == "Who?"
        pipeline.library = open_at(tmp_path / "library.sqlite")
    assert pipeline.histories == [("When?",)]
    with pytest.raises(RagError, match="closed"):
        pipeline.library.documents()
