"""What a library refuses or makes again, each with its one line; and where libraries are kept."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from fake_embedder import FakeEmbedder
from library_content import check_whole, open_at, refresh, vectors_in, write_documents

from rag.documents.load import Source
from rag.errors import IndexMismatch, LibraryError
from rag.library import indexing
from rag.library.paths import docs_library_path, named_library_path


@pytest.fixture
def docs(tmp_path):
    return write_documents(tmp_path / "docs", 3)


@pytest.fixture
def library(tmp_path):
    with open_at(tmp_path / "home/l.sqlite") as opened:
        yield opened


@pytest.mark.parametrize("options", [{"embedder_id": "other"}, {"passage_tokens": 60}])
def test_refresh_makes_a_library_again_for_another_embedder_or_splitter(tmp_path, docs, options):
    path = tmp_path / "l.sqlite"
    with open_at(path) as library:
        refresh(library, docs, FakeEmbedder(dimension=16))
        old = set(vectors_in(library)[0].tolist())
    embedder = FakeEmbedder(dimension=8)
    with open_at(path, **options) as library:
        assert library.stale
        with pytest.raises(IndexMismatch, match="index it again with: footnote index"):
            library.nearest(embedder.embed(["a"])[0], 5)
        tokens = options.get("passage_tokens", 40)
        indexing.refresh(
            library,
            [Source(path=docs / "d00.txt", name="d00.txt")],
            embedder=embedder,
            max_document_bytes=10_000,
            passage_tokens=tokens,
        )
        assert not library.stale
        ids, rows = vectors_in(library)
        assert rows.shape == (len(ids), 8)
        assert not old & set(ids.tolist())
        check_whole(library, embedder)


def test_a_search_names_both_embedders_when_stale(tmp_path, docs, embedder):
    with open_at(tmp_path / "l.sqlite", embedder_id="old-abc") as library:
        refresh(library, docs, embedder)
    with open_at(tmp_path / "l.sqlite", embedder_id="new-def") as library:
        with pytest.raises(IndexMismatch) as raised:
            library.nearest(embedder.embed(["a"])[0], 5)
        assert str(raised.value) == (
            f"{tmp_path / 'l.sqlite'}: made with embedder old-abc, expected new-def; "
            "index it again with: footnote index"
        )


def test_refresh_refuses_when_another_process_took_other_settings(tmp_path, docs, embedder):
    with open_at(tmp_path / "l.sqlite") as one:

        def take_over(progress):
            with open_at(tmp_path / "l.sqlite", embedder_id="other") as other:
                indexing.refresh(
                    other, [], embedder=embedder, max_document_bytes=1, passage_tokens=40
                )

        with pytest.raises(LibraryError) as raised:
            refresh(one, docs, embedder, progress=take_over)
        assert str(raised.value) == (
            f"{tmp_path / 'l.sqlite'}: another Footnote is indexing it with other settings; "
            "stop one of the two and index again"
        )
        assert one.documents() == []


@pytest.mark.parametrize("fault", ["nan", "dimension", "length"])
def test_refresh_refuses_bad_vectors(library, docs, embedder, fault):
    class Broken(FakeEmbedder):
        def embed(self, texts):
            rows = super().embed(texts)
            if fault == "nan":
                rows[-1, 0] = np.nan
            return rows[:, 1:] if fault == "dimension" else rows * (2 if fault == "length" else 1)

    with pytest.raises(LibraryError) as raised:
        refresh(library, docs, Broken())
    assert str(raised.value).startswith(
        "d00.txt"
    ) and "the embedder fake gave vectors of shape (" in str(raised.value)
    assert str(raised.value).endswith("check its files with: footnote models")
    assert library.documents() == []
    check_whole(library, embedder)


def test_rows_of_the_wrong_length_are_refused(library, docs, embedder):
    refresh(library, docs, embedder)
    with library._database.transaction() as connection:
        connection.execute("UPDATE vectors SET vector = x'00000000' WHERE id = 2")
    with pytest.raises(IndexMismatch) as raised:
        vectors_in(library)
    assert str(raised.value) == (
        f"{library.path}: damaged, a vector has not 16 numbers; delete the file to index again"
    )


def test_open_library_refuses_a_newer_schema(tmp_path):
    path = tmp_path / "l.sqlite"
    with open_at(path) as library, library._database.transaction() as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(IndexMismatch) as raised:
        open_at(path)
    assert str(raised.value) == (
        f"{path}: made by a newer Footnote (library version 99, this one reads 3); "
        "update Footnote, or delete the file to index again"
    )


def test_open_library_empties_an_older_schema(tmp_path, docs, embedder):
    path = tmp_path / "l.sqlite"
    with open_at(path) as library:
        refresh(library, docs, embedder)
        library.set_value("threshold", "0.5")
        version = library.version()
        with library._database.transaction() as connection:
            connection.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
    with open_at(path) as library:
        assert library.documents() == []
        assert library.version() != version
        assert library.get_value("threshold") == "0.5"
        assert len(refresh(library, docs, embedder).added) == 3
        check_whole(library, embedder)


def test_open_library_refuses_what_is_no_database(tmp_path):
    path = tmp_path / "l.sqlite"
    path.write_bytes(b"This is no database. " * 100)
    with pytest.raises(LibraryError) as raised:
        open_at(path)
    assert str(raised.value) == (
        f"{path}: damaged or not a Footnote library; delete the file to index again"
    )


def test_open_library_refuses_a_database_of_something_else(tmp_path):
    path = tmp_path / "l.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(LibraryError) as raised:
        open_at(path)
    assert str(raised.value) == (
        f"{path}: an SQLite file, but not a Footnote library; give another place"
    )


def test_damaged_pages_give_one_line(tmp_path, docs, embedder):
    path = tmp_path / "l.sqlite"
    with open_at(path) as library:
        refresh(library, docs, embedder)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(LibraryError) as raised:
        open_at(path).documents()
    assert str(raised.value) == f"{path}: damaged; delete the file to index again"


def test_open_library_refuses_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / "home").write_text("a file, where a folder is needed")
    path = named_library_path(tmp_path / "home", "mine")
    with pytest.raises(LibraryError) as raised:
        open_at(path)
    assert str(raised.value) == (
        f"{path}: cannot be written (not a directory); "
        "make room, check the permissions, or set FOOTNOTE_HOME to another folder"
    )


def test_open_library_refuses_a_folder_without_permission(tmp_path, monkeypatch):
    def refuse(self, **options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(LibraryError, match=r"cannot be written \(permission denied\); make room"):
        open_at(tmp_path / "home/l.sqlite")


def test_open_library_refuses_a_folder_in_its_place(tmp_path):
    (tmp_path / "l.sqlite").mkdir()
    with pytest.raises(LibraryError, match=r"l\.sqlite: cannot be opened; make room"):
        open_at(tmp_path / "l.sqlite")


def test_text_refuses_an_unknown_document(library):
    with pytest.raises(LibraryError) as raised:
        library.text(7)
    assert str(raised.value) == f"{library.path}: has no document 7; it may have been removed"


def test_docs_library_path_is_the_same_for_the_same_paths_in_any_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = docs_library_path(tmp_path, [Path("a"), Path("b")])
    assert path == docs_library_path(tmp_path, [tmp_path / "b", tmp_path / "a", Path("a")])
    assert path.parent == tmp_path / "libraries/unnamed"
    assert path != docs_library_path(tmp_path, [Path("a")])
    assert path != docs_library_path(tmp_path, [Path("a"), Path("c")])


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "My papers_2-v1.0",
        "Записки",
        "x" * 64,
        "हिन्दी",
        "書" * 64,
        "\U00020000" * 60,
        "console",
    ],
)
def test_named_library_path_takes_a_fit_name(tmp_path, name):
    assert named_library_path(tmp_path, name) == tmp_path / f"libraries/named/{name}.sqlite"


def test_a_name_is_the_same_however_its_accents_are_written(tmp_path):
    assert named_library_path(tmp_path, "cafe\u0301") == named_library_path(tmp_path, "caf\u00e9")


def test_longest_names_make_files_that_can_be_written(tmp_path):
    path = named_library_path(tmp_path, "\U00020000" * 60)
    path.parent.mkdir(parents=True)
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).touch()
    with pytest.raises(LibraryError, match="take 256 bytes, more than the 240"):
        named_library_path(tmp_path, "\U00020000" * 64)


@pytest.mark.parametrize("name", ["CON", "nul", "Com1", "lpt9.2024", "aux .x", "COM²", "CON.a.b"])
def test_names_of_devices_are_refused(tmp_path, name):
    with pytest.raises(LibraryError, match="on Windows this is a device"):
        named_library_path(tmp_path, name)


@pytest.mark.parametrize(
    "name",
    ["", "..", ".a", "\u0301a", "a.", "a ", " a", "a/b", "a\\b", "a\n", "x" * 65, "-a", "a:b"],
)
def test_named_library_path_refuses_an_unfit_name(tmp_path, name):
    with pytest.raises(LibraryError) as raised:
        named_library_path(tmp_path, name)
    assert str(raised.value) == (
        f"library name {name!r}: expected 1 to 64 letters, digits, spaces, '-', '_' or '.', "
        "beginning with a letter or digit, not ending with a space or '.'"
    )
