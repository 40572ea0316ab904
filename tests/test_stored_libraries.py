"""The libraries on the disk: listed, deleted, and shrunk; what is removed is gone."""

import re
import sqlite3

import pytest
from fake_embedder import FakeEmbedder
from fake_sessions import make_sessions

from rag.cli.command import main
from rag.errors import LibraryError
from rag.library.paths import docs_library_path, recognised_pages_path
from rag.library.reading import Reading
from rag.library.refresh import refresh_library
from rag.library.stored_libraries import (
    delete_stored,
    find_stored,
    forget_pages,
    shrink_library,
    stored_libraries,
)
from rag.settings import Settings

SECRET = "xylograph"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    return Settings(home=str(tmp_path / "home"), passage_tokens=40)


@pytest.fixture
def docs(tmp_path):
    """A document with a word of its own, among others that are larger."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(8):
        words = " ".join(f"word{number}x{place}" for place in range(1_500))
        (folder / f"{number}.txt").write_text(words)
    (folder / "secret.txt").write_text(f"The {SECRET} was made by hand.")
    return folder


def refresh(settings, name, **options):
    library, changes = refresh_library(
        settings,
        FakeEmbedder(),
        "fake@1",
        docs=options.pop("docs", None),
        name=name,
        say=lambda line: None,
        **options,
    )
    library.close()
    return changes


def bytes_on_disk(home):
    """All that stands in files of libraries, the log beside them too."""
    files = [path for path in (home / "libraries").rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files).lower()


@pytest.mark.parametrize("how", ["removed", "deleted file", "changed file", "other embedder"])
def test_words_of_what_is_removed_are_not_in_the_file_any_more(settings, docs, tmp_path, how):
    refresh(settings, "Work", add=[docs])
    assert SECRET.encode() in bytes_on_disk(tmp_path / "home")
    if how == "removed":
        refresh(settings, "Work", remove=[docs / "secret.txt"])
    elif how == "deleted file":
        (docs / "secret.txt").unlink()
        refresh(settings, "Work")
    elif how == "changed file":
        (docs / "secret.txt").write_text("It was made by hand.")
        refresh(settings, "Work")
    else:
        (docs / "secret.txt").unlink()
        library, _ = refresh_library(
            settings, FakeEmbedder(8), "other@2", docs=None, name="Work", say=lambda line: None
        )
        library.close()
    left = bytes_on_disk(tmp_path / "home")
    assert SECRET.encode() not in left
    assert b"word7x1499" in left


def test_the_words_are_gone_while_the_library_stays_open(settings, docs, tmp_path):
    refresh(settings, "Work", add=[docs])
    sessions = make_sessions(tmp_path / "home", name="Work")
    document = next(
        each for each in sessions.pipeline().library.documents() if each.name == "secret.txt"
    )
    sessions.remove("Work", document.id)
    assert SECRET.encode() not in bytes_on_disk(tmp_path / "home")
    sessions.close()


def test_a_library_shrinks_when_much_of_it_is_removed(settings, docs):
    refresh(settings, "Work", add=[docs])
    before = find_stored(docs.parent / "home", "Work").bytes
    for number in range(6):
        (docs / f"{number}.txt").unlink()
    refresh(settings, "Work")
    after = find_stored(docs.parent / "home", "Work")
    assert (after.documents, after.bytes < before / 2) == (3, True)


def test_libraries_are_listed_with_what_they_read(settings, docs, tmp_path, capsys):
    refresh(settings, "work", add=[docs])
    refresh(settings, "Alps", add=[docs / "secret.txt"])
    refresh(settings, None, docs=[docs, docs / "1.txt"])
    (tmp_path / "home/libraries/named/bad.sqlite").write_bytes(b"no library")
    key = docs_library_path(tmp_path / "home", [docs, docs / "1.txt"]).stem[:8]
    listed = stored_libraries(tmp_path / "home")
    assert [(each.name, each.documents, each.places) for each in listed] == [
        ("Alps", 1, (str(docs / "secret.txt"),)),
        ("bad", None, ()),
        ("work", 9, (str(docs),)),
        (f"unnamed:{key}", 9, (str(docs), str(docs / "1.txt"))),
    ]
    assert all(each.bytes == each.path.stat().st_size for each in listed)
    assert main(["libraries"]) == 0
    out, error = capsys.readouterr()
    lines = [re.sub(r" +", " ", line) for line in out.splitlines()]
    when = r"read \d{4}-\d\d-\d\d \d\d:\d\d"
    assert re.fullmatch(
        rf"Alps 1 document \d+ kB {when} {re.escape(str(docs))}/secret.txt", lines[0]
    )
    assert re.fullmatch(rf"bad cannot be read 10 bytes {when}", lines[1])
    assert re.fullmatch(rf"unnamed:{key} 9 documents .* {when} {docs}, {docs}/1.txt", lines[3])
    assert re.fullmatch(rf"4 libraries, \d\.\d MB, in {tmp_path}/home/libraries", lines[4])
    assert error == ""


def test_listing_leaves_what_an_earlier_footnote_made_as_it_is(settings, docs, tmp_path):
    refresh(settings, "Work", add=[docs])
    path = tmp_path / "home/libraries/named/Work.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    connection.commit()
    connection.close()
    assert stored_libraries(tmp_path / "home")[0].documents == 9
    assert shrink_library(stored_libraries(tmp_path / "home")[0]) > 0
    assert stored_libraries(tmp_path / "home")[0].documents == 9


def test_libraries_are_deleted_by_name_and_no_file_of_a_person(settings, docs, tmp_path, capsys):
    refresh(settings, "Work", add=[docs])
    refresh(settings, None, docs=[docs])
    unnamed = stored_libraries(tmp_path / "home")[1].name
    assert main(["libraries", "--delete", "Work", "nowhere"]) == 1  # and then none is
    assert capsys.readouterr() == (
        "",
        "footnote: there is no library 'nowhere': `footnote libraries` lists those there are\n",
    )
    assert main(["libraries", "--delete", "Work", unnamed]) == 0
    out, _ = capsys.readouterr()
    assert [line.split(",")[0] for line in out.splitlines()] == [
        "deleted Work",
        f"deleted {unnamed}",
    ]
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []
    assert len(list(docs.iterdir())) == 9


def test_a_library_that_another_program_has_open_is_not_deleted(settings, docs, tmp_path):
    refresh(settings, "Work", add=[docs])
    sessions = make_sessions(tmp_path / "home", name="Work")
    work = find_stored(tmp_path / "home", "Work")
    with pytest.raises(LibraryError) as raised:
        delete_stored(tmp_path / "home", work)
    assert str(raised.value) == (
        "library 'Work' cannot be deleted (database is locked): end other programs that use it"
    )
    assert sessions.pipeline().ask("What was made by hand?").status == "refused"
    sessions.close()
    delete_stored(tmp_path / "home", work)
    assert stored_libraries(tmp_path / "home") == []


def test_compacting_overwrites_what_an_earlier_footnote_only_removed(
    settings, docs, tmp_path, capsys
):
    refresh(settings, "Work", add=[docs])
    path = tmp_path / "home/libraries/named/Work.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA secure_delete = OFF")
    secret = "SELECT id FROM documents WHERE name = 'secret.txt'"
    connection.execute(
        f"DELETE FROM words WHERE rowid IN (SELECT id FROM passages WHERE document_id = ({secret}))"
    )
    connection.execute(f"DELETE FROM passages WHERE document_id = ({secret})")
    connection.execute(f"DELETE FROM blocks WHERE document_id = ({secret})")
    connection.execute("DELETE FROM documents WHERE name = 'secret.txt'")
    connection.commit()
    connection.close()
    assert SECRET.encode() in bytes_on_disk(tmp_path / "home")
    assert main(["libraries", "--compact"]) == 0
    assert re.fullmatch(r"Work: \d+ kB given back\n", capsys.readouterr().out)
    assert SECRET.encode() not in bytes_on_disk(tmp_path / "home")


# What was recognised in pictures


def recognised(home, *hashes):
    for sha256 in hashes:
        folder = recognised_pages_path(home) / sha256
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "engine-0.json").write_text("{}")


def kept_pages(home):
    return sorted(folder.name for folder in recognised_pages_path(home).iterdir())


def test_recognised_pages_go_with_the_last_library_that_holds_the_file(settings, docs, tmp_path):
    home = tmp_path / "home"
    refresh(settings, "Work", add=[docs])
    refresh(settings, "Other", add=[docs])
    sessions = make_sessions(home, name="Work")
    hashes = {each.name: each.sha256 for each in sessions.pipeline().library.documents()}
    sessions.close()
    recognised(home, hashes["1.txt"], hashes["2.txt"], hashes["3.txt"], "0123")
    refresh(settings, "Work", remove=[docs / "1.txt"])
    assert len(kept_pages(home)) == 4  # Other holds it still
    refresh(settings, "Other", remove=[docs / "1.txt"])
    assert kept_pages(home) == sorted([hashes["2.txt"], hashes["3.txt"], "0123"])
    delete_stored(home, find_stored(home, "Other"))
    (docs / "2.txt").write_text("Another text.")
    refresh(settings, "Work")
    assert kept_pages(home) == sorted([hashes["3.txt"], "0123"])
    assert main(["libraries", "--compact"]) == 0
    assert kept_pages(home) == [hashes["3.txt"]]
    assert main(["libraries", "--delete", "Work"]) == 0
    assert kept_pages(home) == []


def test_recognised_pages_stay_while_a_library_cannot_be_read(settings, docs, tmp_path):
    home = tmp_path / "home"
    refresh(settings, "Work", add=[docs])
    (home / "libraries/named/bad.sqlite").write_bytes(b"no library")
    recognised(home, "0123")
    forget_pages(home)
    assert kept_pages(home) == ["0123"]


# In the sessions of a page


def test_the_sessions_deletes_any_library_but_the_one_it_was_started_with(settings, docs, tmp_path):
    refresh(settings, None, docs=[docs / "1.txt"])
    sessions = make_sessions(tmp_path / "home", [docs])
    sessions.create("Work")
    own, other = sessions.first_stored(), f"unnamed:{key_of(tmp_path, docs / '1.txt')}"
    assert {each.name for each in sessions.stored()} == {"Work", own, other}
    with pytest.raises(LibraryError, match="is the one that Footnote was started with"):
        sessions.delete(own)
    sessions.delete(other)
    sessions.delete("Work")
    assert [each.name for each in sessions.stored()] == [own]
    sessions.close()


def test_the_sessions_gives_back_room_while_a_library_is_open(settings, docs, tmp_path):
    sessions = make_sessions(tmp_path / "home", [docs])
    before = sessions.stored()[0].bytes
    reading = Reading(settings=sessions.settings, embedder=sessions.models.embedder)
    (docs / "1.txt").unlink()  # too little to shrink at once
    sessions.refresh("", reading, pytest.fail)
    given_back = sessions.compact()
    assert 0 < sessions.stored()[0].bytes < before
    assert given_back > 0
    assert len(sessions.pipeline().library.documents()) == 8
    sessions.close()


def key_of(tmp_path, *paths):
    return docs_library_path(tmp_path / "home", paths).stem[:8]
