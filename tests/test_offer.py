"""When the writer is offered in the terminal, and what an answer leads to."""

import io

import psutil
import pytest

from rag import offer
from rag.settings import Settings


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def offered(monkeypatch, tmp_path):
    """Set a terminal that answers; return what was run."""
    run: list[list[str]] = []
    memory = type("Memory", (), {"total": 16_000_000_000})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(offer, "load_checker", lambda settings: object())
    monkeypatch.setattr(offer, "load_settings", lambda: Settings(home=str(tmp_path)))
    monkeypatch.setattr(offer, "installed_writer", lambda home: None)
    monkeypatch.setattr(offer, "footnote", lambda arguments: run.append(arguments) or 0)

    def answer(text, terminal=Terminal):
        monkeypatch.setattr("sys.stdin", terminal(text))
        assert offer.main() == 0
        return run

    return answer


def test_yes_installs_it_and_the_sizes_were_said(offered, capsys):
    assert offered("y\n") == [["models", "--install", "writer"]]
    said = capsys.readouterr()
    assert "1.09 GB to download, 1.12 GB on the disk; on two processors it reads about" in said.err
    assert said.out == ""


@pytest.mark.parametrize("text", ["\n", "n\n", "", "maybe\n"])
def test_anything_else_is_no(offered, text):
    assert offered(text) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("installed_writer", lambda home: object()),
        ("load_checker", lambda settings: None),
        ("load_settings", lambda: Settings(generator="none")),
    ],
)
def test_nothing_is_asked_where_it_would_be_of_no_use(offered, monkeypatch, capsys, name, value):
    monkeypatch.setattr(offer, name, value)
    assert offered("y\n") == []
    assert capsys.readouterr().err == ""


def test_nothing_is_asked_of_a_program(offered, capsys):
    assert offered("y\n", io.StringIO) == []
    assert capsys.readouterr().err == ""


def test_nothing_is_asked_on_a_small_machine(offered, monkeypatch, capsys):
    memory = type("Memory", (), {"total": 7_000_000_000})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    assert offered("y\n") == []
    assert capsys.readouterr().err == ""
