"""A library from a file to a server and back: the same, checked, gone on with where it broke."""

import pytest
from library_content import open_at, refresh, write_documents
from shared_library import local_client, open_local

from rag.errors import LibraryError
from rag.library.copying import COPY_OF, copy_library, dimension_of
from rag.library.recipe import library_recipe


@pytest.fixture
def home(tmp_path, embedder):
    (folder := tmp_path / "files").mkdir()
    write_documents(folder, 4)
    (folder / "table.csv").write_text("Name,Rent\nBern,500\nBasel,400\n" * 9)
    (folder / "notes.md").write_text(
        "# Bees\n\nThey make honey.\n\n- one\n- two\n\n## Wasps\n\nNot.\n"
    )
    with open_at(tmp_path / "home.sqlite") as library:
        refresh(library, folder, embedder)
        library.set_value("paths", '["/files"]')
        library.set_value("calibration", "{}")
        library.set_value("other", "stays")
        yield library


@pytest.fixture
def shared(embedder):
    recipe = library_recipe("fake", 40) | {"dimension": str(embedder.dimension)}
    return open_local(embedder, local_client(), recipe=recipe)


def test_to_a_server_and_back_nothing_is_another(home, shared, tmp_path):
    copied = copy_library(home, shared, settings=["calibration"])
    assert (copied.documents, copied.there, copied.removed) == (6, 0, 0)
    assert copied.passages == home.passage_count() == shared.passage_count()
    assert shared.get_value("paths") == '["/files"]' and shared.get_value("calibration") == "{}"
    assert shared.get_value("other") is None and shared.get_value(COPY_OF) == home.address
    with open_at(tmp_path / "back.sqlite") as back:
        copy_library(shared, back)
        assert content(back) == content(home) == content(shared)


def content(library):
    """Return what a library holds, by name, without ids."""
    found = {}
    for info in library.documents():
        ids = [place[0] for place in library.passage_places(info.id)]
        found[info.name] = (
            info.source,
            info.sha256,
            library.text(info.id),
            library.blocks(info.id).all(),
            library.title(info.id),
            library.opening(info.id),
            [
                (each.start, each.end, each.text, each.view, each.kinds, each.segments)
                for each in library.passages(ids)
            ],
            library.rows(ids).tobytes(),
        )
    return found


def test_a_copy_that_broke_off_goes_on(home, shared, monkeypatch):
    put = shared.put
    left = [3]

    def put_some(*arguments):
        left[0] -= 1
        if left[0] < 0:
            raise LibraryError("the connection was cut")
        put(*arguments)

    monkeypatch.setattr(shared, "put", put_some)
    with pytest.raises(LibraryError, match="was cut"):
        copy_library(home, shared)
    assert shared.document_count() == 3
    monkeypatch.undo()
    copied = copy_library(home, shared)
    assert (copied.documents, copied.there) == (3, 3)
    assert content(shared) == content(home)


def test_a_copy_follows_what_it_is_a_copy_of(home, shared, tmp_path, embedder):
    copy_library(home, shared)
    (tmp_path / "files" / "d00.txt").unlink()
    (tmp_path / "files" / "d01.txt").write_text("It says something else now.")
    refresh(home, tmp_path / "files", embedder)
    copied = copy_library(home, shared)
    assert (copied.documents, copied.there, copied.removed) == (1, 4, 1)
    assert content(shared) == content(home)


def test_what_comes_back_otherwise_is_taken_out_and_said(home, shared, monkeypatch):
    rows = shared.rows
    monkeypatch.setattr(shared, "rows", lambda ids: rows(ids) + 1e-6)
    with pytest.raises(LibraryError, match="gave back another text, passage or vector of 'd00"):
        copy_library(home, shared)
    assert shared.document_count() == 0


def test_a_library_that_holds_others_documents_is_not_copied_over(home, shared, tmp_path):
    copy_library(home, shared)
    shared.set_value(COPY_OF, "elsewhere")
    with pytest.raises(LibraryError, match="holds documents already"):
        copy_library(home, shared)
    assert shared.document_count() == 6


def test_nothing_is_copied_from_an_empty_library(shared, tmp_path):
    with open_at(tmp_path / "empty.sqlite") as empty:
        with pytest.raises(LibraryError, match="holds no documents"):
            copy_library(empty, shared)
        with pytest.raises(LibraryError, match="holds no passages"):
            dimension_of(empty)
