"""What every library does, wherever it lives: a home joins by a line in `HOMES`."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from contract_documents import RECIPE, TOKENS, ids_of, made, put, text_of
from edge_client import EdgeClient
from fake_embedder import FakeEmbedder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared_library import open_local

from rag.documents.split import split_passages
from rag.errors import IndexMismatch, LibraryError
from rag.library import vector_index
from rag.library.library import open_library
from rag.library.protocol import Query


def at_home(folder, monkeypatch):
    return open_library(folder / "l.sqlite", embedder_id="fake", passage_tokens=TOKENS)


def at_home_with_codes(folder, monkeypatch):
    """With a file of codes for anything that has more than three passages."""
    monkeypatch.setattr(vector_index, "IN_MEMORY", 3)
    return at_home(folder, monkeypatch)


def on_qdrant(folder, monkeypatch):
    return open_local(FakeEmbedder(), recipe=RECIPE | {"dimension": "16"})


@cache
def made_engine():
    """A folder of the engine's with an empty library: making its indexes takes seconds."""
    folder = tempfile.TemporaryDirectory()
    client = EdgeClient(Path(folder.name))
    open_local(FakeEmbedder(), client, recipe=RECIPE | {"dimension": "16"})
    client.close()
    return folder


def on_qdrants_engine(folder, monkeypatch):
    shutil.copytree(made_engine().name, folder / "engine")
    client = EdgeClient(folder / "engine")
    return open_local(FakeEmbedder(), client, recipe=RECIPE | {"dimension": "16"})


HOMES = {
    "home": at_home,
    "home with codes": at_home_with_codes,
    "qdrant": on_qdrant,
    "qdrant's engine": on_qdrants_engine,
}


@pytest.fixture(params=HOMES)
def library(request, tmp_path, monkeypatch, embedder):
    with HOMES[request.param](tmp_path, monkeypatch) as library:
        library.start_over(RECIPE | {"dimension": str(embedder.dimension)})
        yield library


def state_of(library):
    """Everything that it says of its documents and passages, without ids."""
    state = {}
    for info in library.documents():
        passages = library.passages([place[0] for place in library.passage_places(info.id)])
        rows = library.rows([passage.id for passage in passages])
        views = [(passage.start, passage.end, passage.view) for passage in passages]
        state[info.source] = info.name, info.sha256, library.text(info.id), views, rows.tobytes()
    return state


def test_what_is_put_comes_back(library, embedder):
    document = put(library, embedder, "a.txt", text_of(1))
    (info,) = library.documents()
    drafts = split_passages(document, embedder, TOKENS)
    assert (info.source, info.name, info.sha256) == ("/docs/a.txt", "a.txt", document.sha256)
    assert info.passages == library.passage_count() == len(drafts) > 3
    assert info.characters == info.bytes == len(document.text)
    assert library.text(info.id) == document.text
    assert library.text_sha256(info.id) == document.sha256  # the text is the file
    assert library.blocks(info.id).all() == document.blocks
    ids = ids_of(library)["a.txt"]
    assert ids == sorted(ids)
    for passage, draft in zip(library.passages(ids), drafts, strict=True):
        assert passage.text == document.text[passage.start : passage.end]
        assert (passage.view, passage.segments) == (draft.view, draft.segments)
    assert library.rows(ids).tobytes() == embedder.embed([d.words for d in drafts]).tobytes()
    views = library.rows_by_view("/docs/a.txt")
    assert {view: row.tobytes() for view, row in views.items()} == {
        draft.view: row.tobytes() for draft, row in zip(drafts, library.rows(ids), strict=True)
    }
    assert library.headlines()[0][1:] == ("a.txt", "", document.text[:200])


def test_a_document_that_is_put_again_keeps_its_id_and_nothing_of_what_it_said(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    put(library, embedder, "b.txt", text_of(2))
    before, version = ids_of(library), library.version()
    (old,) = library.documents(sources=["/docs/a.txt"])
    put(library, embedder, "a.txt", text_of(3))
    (new,) = library.documents(sources=["/docs/a.txt"])
    after = ids_of(library)
    assert new.id == old.id and after["b.txt"] == before["b.txt"]
    assert not set(after["a.txt"]) & {passage for ids in before.values() for passage in ids}
    assert library.passages(before["a.txt"]) == []
    assert library.rows([before["b.txt"][0], before["a.txt"][0]]) is None
    found = library.nearest(embedder.embed(["x"])[0], 99)
    assert {each.passage_id for each in found} == {*after["a.txt"], *after["b.txt"]}
    assert library.matching("1003", 9) == [] and len(library.matching("3003", 9)) == 1
    since = library.changed_since(version)
    assert (since.version, since.put, since.removed) == (library.version(), {new.id}, frozenset())
    assert since.version > version


def test_a_removed_document_is_found_no_more(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    put(library, embedder, "b.txt", text_of(2))
    version, ids = library.version(), ids_of(library)
    (gone,) = library.documents(sources=["/docs/a.txt"])
    library.remove("/docs/a.txt", "/docs/none.txt")
    for _ in range(2):
        assert ids_of(library) == {"b.txt": ids["b.txt"]}
        found = library.nearest(embedder.embed(["x"])[0], 99)
        assert {each.passage_id for each in found} == set(ids["b.txt"])
        assert library.matching("1003", 9) == []
        library.settle()
    with pytest.raises(LibraryError, match=f"no document {gone.id}"):
        library.text(gone.id)
    since = library.changed_since(version)
    assert (since.put, since.removed) == (frozenset(), {gone.id})


def test_a_document_is_renamed_without_being_read_again(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    ids, version = ids_of(library)["a.txt"], library.version()
    library.rename("/docs/a.txt", "new.txt")
    library.rename("/docs/none.txt", "none.txt")
    assert ids_of(library) == {"new.txt": ids}
    (info,) = library.documents()
    assert library.changed_since(version).put == {info.id}


def test_putting_the_same_file_again_changes_nothing(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    version, ids = library.version(), ids_of(library)
    put(library, embedder, "a.txt", text_of(1))
    assert (library.version(), ids_of(library)) == (version, ids)


def test_a_put_that_cannot_be_done_leaves_what_there_was(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    before = state_of(library)
    document = made("a.txt", text_of(2))
    drafts = split_passages(document, embedder, TOKENS)
    rows = embedder.embed([draft.words for draft in drafts])
    for wrong in (rows[1:], rows[:, 1:], np.full_like(rows, np.nan)):
        with pytest.raises(ValueError, match="vectors of shape"):
            library.put(document, drafts, wrong)
    assert state_of(library) == before


def test_another_recipe_empties_it_and_keeps_its_settings(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    library.set_value("key", "value")
    version = library.version()
    assert not library.start_over(library.recipe) and library.document_count() == 1
    assert library.start_over(library.recipe | {"embedder": "other", "dimension": "8"})
    assert library.documents() == [] and library.passage_count() == 0
    assert library.get_value("key") == "value"
    assert library.changed_since(version) is None
    assert library.nearest(np.eye(8, dtype=np.float32)[0], 9) == []
    put(library, type(embedder)(dimension=8), "a.txt", text_of(1))
    assert len(library.nearest(np.eye(8, dtype=np.float32)[0], 99)) == library.passage_count() > 0


def test_a_question_of_another_dimension_is_refused(library, embedder):
    put(library, embedder, "a.txt", text_of(1))
    with pytest.raises(IndexMismatch, match="index again with the same embedder"):
        library.nearest(np.ones(3, dtype=np.float32), 5)


def test_a_library_without_documents_finds_nothing(library, embedder):
    row = embedder.embed(["x"])[0]
    assert library.nearest(row, 5) == library.matching("value", 5) == []
    (found,) = library.search([Query(question="value", row=row)], 5)
    assert (found.nearest, found.matching, found.cosines) == ((), (), {})
    assert found.words_of_all == 0.0 and library.rows([]).shape[0] == 0


def test_only_the_documents_asked_for_are_looked_through(library, embedder):
    for number in range(4):
        put(library, embedder, f"{number}.txt", text_of(number))
    ids = ids_of(library)
    chosen = [info.id for info in library.documents() if info.name in ("1.txt", "3.txt")]
    row = embedder.embed(["x"])[0]
    found = library.nearest(row, 99, chosen)
    assert {each.passage_id for each in found} == {*ids["1.txt"], *ids["3.txt"]}
    assert {each.passage_id for each in library.matching("value", 99, chosen)} == {
        *ids["1.txt"],
        *ids["3.txt"],
    }
    everywhere = dict(library.matching("value", 99))
    assert all(everywhere[key] == score for key, score in library.matching("value", 99, chosen))
    assert library.nearest(row, 9, []) == library.matching("value", 9, []) == []


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    actions=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=8),
    limit=st.integers(1, 12),
)
def test_the_nearest_are_those_of_an_exact_search(library, embedder, actions, limit):
    """After documents were put, put again and removed: number 0 removes, the others are texts."""
    for document, number in actions:
        name = f"{document}.txt"
        if number:
            put(library, embedder, name, text_of(10 * document + number, sentences=number * 3))
        else:
            library.remove(f"/docs/{name}")
    ids = [passage for own in ids_of(library).values() for passage in own]
    row = embedder.embed(["a question"])[0]
    cosines = dict(zip(ids, (library.rows(ids) @ row).tolist(), strict=True)) if ids else {}
    found = library.nearest(row, limit)
    assert dict(found) == pytest.approx(
        {key: cosines[key] for key in sorted(cosines, key=lambda k: -cosines[k])[:limit]}, abs=1e-5
    )
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    (both,) = library.search([Query(question="value", row=row)], limit)
    assert list(both.nearest) == found
    assert list(both.matching) == library.matching("value", limit)
    assert both.cosines.keys() == {key for key, _ in (*both.nearest, *both.matching)}
    assert dict(both.cosines) == pytest.approx({k: cosines[k] for k in both.cosines}, abs=1e-5)


def test_equal_passages_come_in_the_order_of_their_ids(library, embedder):
    for number in range(5):
        put(library, embedder, f"{number}.txt", "The same words, again and again.")
    found = library.nearest(embedder.embed(["x"])[0], 9)
    assert len({score for _, score in found}) == 1
    ids = [passage for own in ids_of(library).values() for passage in own]
    assert [passage for passage, _ in found] == sorted(ids)
