"""What a quick look at the disk finds of a library's files, and what it says."""

import os

import pytest
from library_content import open_at, refresh

from rag.library.on_disk import FileChanges, file_changes


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "docs"
    made.mkdir()
    for name in ("a", "b", "c"):
        (made / f"{name}.txt").write_text(f"This is {name}.")
    return made


@pytest.fixture
def files(tmp_path, folder, embedder):
    with open_at(tmp_path / "home/l.sqlite") as library:
        refresh(library, folder, embedder)
        yield {file.name: file for file in library.known_files(10)}


def changes(files, *cited):
    return file_changes(list(files.values()), [files[name].id for name in cited])


def test_files_as_they_were_read_are_not_said_to_have_changed(folder, files):
    assert changes(files) == changes(files, "a.txt") == FileChanges()
    os.utime(folder / "a.txt", (4e9, 4e9))  # touched, and just the same
    assert changes(files).line == ""


def test_changed_and_deleted_files_are_found(folder, files):
    (folder / "a.txt").write_text("This is another.")
    os.utime(folder / "a.txt", (4e9, 4e9))
    (folder / "b.txt").unlink()
    assert changes(files) == FileChanges(changed=("a.txt",), gone=("b.txt",))
    assert changes(files).line == (
        "Since it was read, a.txt has changed and b.txt is not there any more"
    )


def test_cited_file_is_compared_whatever_its_time(folder, files):
    (folder / "c.txt").write_text("This is another.")
    os.utime(folder / "c.txt", (1e9, 1e9))  # as of a backup
    assert changes(files, "c.txt").changed == ("c.txt",)
    assert changes(files).changed == ()


def test_many_names_are_counted():
    many = FileChanges(gone=("a.txt", "b.txt", "c.txt"))
    assert many.line == "Since it was read, a.txt and 2 more are not there any more"
