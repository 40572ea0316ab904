"""Copies of files: under which names they are kept, and that nothing outside is touched."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UnreadableDocument
from rag.library.copies import (
    is_copy,
    keep_copy,
    remove_all_copies,
    remove_copy,
    safe_name,
)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.txt", "a.txt"),
        ("notes/2024/may.md", "notes/2024/may.md"),
        ("../../x.txt", "x.txt"),
        ("/etc/passwd.txt", "etc/passwd.txt"),
        ("C:\\Users\\me\\a.txt", "Users/me/a.txt"),
        ("notes/../../a.txt", "notes/a.txt"),
        ("<img src=x>.txt", "_img src=x_.txt"),
        ("\u202egnp.txt", "_gnp.txt"),
        ("a\x00b\nc.txt", "a_b_c.txt"),
        ("a.txt. ", "a.txt"),
        ("CON.txt", "_CON.txt"),
        ("com1.tar.txt", "_com1.tar.txt"),
        ("CONIN$.txt", "_CONIN$.txt"),
        ("com² .txt", "_com².txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("a/b/c/d/e/f/g/h/i/j.txt", "c/d/e/f/g/h/i/j.txt"),
        ("x" * 400 + ".txt", "x" * 146 + ".txt"),  # 150 bytes
        ("é" * 400 + ".txt", "é" * 73 + ".txt"),
        ("\ud800.txt", "_.txt"),  # "?" stands for half a surrogate pair
    ],
)
def test_names_are_made_safe(name, kept):
    assert safe_name(name).as_posix() == kept


@pytest.mark.parametrize("name", [".env", "notes/.git/config.txt", "a/..b/c.txt"])
def test_hidden_files_are_refused(name):
    with pytest.raises(UnreadableDocument, match="hidden"):
        safe_name(name)


@pytest.mark.parametrize("name", ["", "/", "..", "../..", " . ", "C:"])
def test_a_file_without_a_name_is_refused(name):
    with pytest.raises(UnreadableDocument, match="has no name"):
        safe_name(name)


@given(st.text(max_size=60))
def test_no_name_leads_out_of_the_folder(name):
    try:
        path = safe_name(name)
    except UnreadableDocument:
        return
    assert not path.is_absolute()
    assert not {"..", ".", ""} & set(path.parts)
    assert all(part.isprintable() and len(part.encode()) <= 160 for part in path.parts)
    assert not any(part.startswith(".") for part in path.parts)


def uploaded(tmp_path, text):
    file = tmp_path / "uploaded"
    file.write_text(text)
    return file


def test_names_that_are_taken_get_a_number(tmp_path):
    folder = tmp_path / "mine.files"
    kept = [keep_copy(folder, "b/a.txt", uploaded(tmp_path, text)) for text in ("1", "2", "3")]
    assert [path.relative_to(folder).as_posix() for path in kept] == [
        "b/a.txt",
        "b/a (2).txt",
        "b/a (3).txt",
    ]
    assert [path.read_text() for path in kept] == ["1", "2", "3"]
    assert not (tmp_path / "uploaded").exists()


def test_folder_called_as_a_file_is_gets_another_name(tmp_path):
    folder = tmp_path / "mine.files"
    keep_copy(folder, "a.txt", uploaded(tmp_path, "1"))
    kept = keep_copy(folder, "a.txt/b.txt", uploaded(tmp_path, "2"))
    assert kept.relative_to(folder).as_posix() == "a.txt_/b.txt"


def test_move_that_fails_leaves_no_empty_copy(tmp_path):
    folder = tmp_path / "mine.files"
    other = keep_copy(folder, "a.txt", uploaded(tmp_path, "1"))
    with pytest.raises(UnreadableDocument, match=r"b/a\.txt: cannot be kept"):
        keep_copy(folder, "b/a.txt", tmp_path / "gone")
    assert list(folder.iterdir()) == [other]


def test_removing_a_copy_takes_its_empty_folders_and_nothing_else(tmp_path):
    folder = tmp_path / "mine.files"
    one = keep_copy(folder, "a/b/one.txt", uploaded(tmp_path, "1"))
    other = keep_copy(folder, "a/other.txt", uploaded(tmp_path, "2"))
    remove_copy(folder, one)
    assert not (folder / "a/b").exists()
    assert other.exists()
    remove_copy(folder, other)
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("path", ["own.txt", "mine.files/../own.txt", "mine.files2/own.txt"])
def test_files_outside_are_never_removed(tmp_path, path):
    (tmp_path / "mine.files").mkdir()
    (tmp_path / "mine.files2").mkdir()
    file = tmp_path / path
    file.write_text("mine")
    assert not is_copy(tmp_path / "mine.files", file)
    remove_copy(tmp_path / "mine.files", file)
    assert file.exists()


@pytest.mark.skipif(os.name != "posix", reason="makes a symbolic link")
def test_a_link_in_place_of_the_folder_is_unlinked_and_not_followed(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/a.txt").write_text("mine")
    (tmp_path / "mine.files").symlink_to(tmp_path / "own")
    remove_all_copies(tmp_path / "mine.files")
    assert (tmp_path / "own/a.txt").exists()
    assert not (tmp_path / "mine.files").exists()
