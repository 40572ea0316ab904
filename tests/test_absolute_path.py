"""One way to make a path absolute, and to say what lies in what."""

import os
from pathlib import Path

import pytest

from rag.absolute_path import absolute_path, lies_in

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes symbolic links")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """`real/notes/a.txt`, with `link` to `real/notes` and `alias.txt` to the file."""
    (tmp_path / "real/notes").mkdir(parents=True)
    (tmp_path / "real/notes/a.txt").write_text("One.")
    (tmp_path / "link").symlink_to(tmp_path / "real/notes")
    (tmp_path / "alias.txt").symlink_to(tmp_path / "real/notes/a.txt")
    monkeypatch.chdir(tmp_path / "real")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("notes", "real/notes"),
        ("./notes/", "real/notes"),
        ("../real/notes/../notes", "real/notes"),
        ("~/real/notes", "real/notes"),
        ("../link", "real/notes"),
        ("../link/..", "real"),  # where the system goes, not the folder that holds the link
        ("../link/a.txt", "real/notes/a.txt"),
        ("~/alias.txt", "alias.txt"),  # its name says what kind it is
        ("../link/gone.txt", "real/notes/gone.txt"),
        ("gone/../notes", "real/notes"),
        ("~nobody-of-this-name/x", "real/~nobody-of-this-name/x"),
    ],
)
def test_absolute_path(place, given, expected):
    assert absolute_path(given) == place / expected
    assert absolute_path(Path(given)) == place / expected
    assert absolute_path(place / expected) == place / expected


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        ("real/notes/a.txt", "real/notes/a.txt", True),
        ("real/notes/a.txt", "real", True),
        ("real/notes/a.txt", "link", True),
        ("link/a.txt", "real/notes", True),
        ("link/a.txt", "link", True),
        ("alias.txt", "real/notes/a.txt", True),
        ("real/notes", "real/notes/a.txt", False),
        ("real/notes2/a.txt", "real/notes", False),
    ],
)
def test_lies_in(place, path, folder, expected):
    assert lies_in(place / path, place / folder) is expected
