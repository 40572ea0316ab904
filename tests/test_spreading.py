"""Reading by workers of Ray: one is killed in the middle, and nothing is lost or half."""

import os
import signal
from pathlib import Path

import pytest
from fake_embedder import FakeEmbedder
from fake_qdrant import fake_qdrant
from library_content import write_documents

from rag.documents.load import find_sources
from rag.errors import LibraryError
from rag.library import spreading
from rag.library.qdrant.opening import open_shared
from rag.library.recipe import library_recipe
from rag.library.spreading import read_spread
from rag.settings import Settings


class KillingEmbedder(FakeEmbedder):
    """Kills its process the first time that it embeds document 3 of anybody."""

    def __init__(self, mark):
        super().__init__()
        self.mark = Path(mark)

    def embed(self, texts):
        if any("document 3 says" in text for text in texts) and not self.mark.exists():
            self.mark.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


class Load:
    """Loads an embedder in a worker."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __call__(self, settings):
        return KillingEmbedder(self.mark), "fake@1"


@pytest.fixture
def server():
    with fake_qdrant() as fake:
        yield fake


@pytest.mark.slow
@pytest.mark.skipif(
    "FOOTNOTE_TEST_RAY" not in os.environ, reason="starts a cluster; set FOOTNOTE_TEST_RAY=1"
)
def test_two_workers_of_which_one_is_killed_read_everything(server, tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parent}:{Path(__file__).parents[1]}")
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "0")
    folder = write_documents(tmp_path / "files", 8)
    sources = find_sources([folder]).sources
    settings = Settings(passage_tokens=40)
    recipe = library_recipe("fake@1", 40) | {"dimension": "16"}
    with open_shared(server.address, key="", recipe=recipe, create=True) as library:
        library.start_over(recipe)
        mark = tmp_path / "killed"
        seen = []
        changes = read_spread(
            server.address,
            sources,
            settings,
            Load(mark),
            workers=2,
            progress=lambda name, done, documents: seen.append((done, documents)),
        )
        assert mark.exists()  # one was killed
        assert sorted(changes.added) == sorted(source.name for source in sources)
        assert changes.skipped == [] and seen == [(n, 8) for n in range(1, 9)]
        assert [info.name for info in library.documents()] == sorted(changes.added)
        for info in library.documents():
            assert library.text(info.id) == Path(info.source).read_text()
            assert len(library.passage_places(info.id)) == info.passages > 1


def test_where_there_is_no_cluster_it_is_said_in_one_line(monkeypatch):
    ray = pytest.importorskip("ray")

    def init(**options):
        raise ConnectionError("Could not find any running Ray instance.\nPlease start one")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(LibraryError, match="Ray at '10.0.0.1:6379' cannot be used: Could") as error:
        read_spread("qdrant://h/x", [], Settings(), Load("x"), cluster="10.0.0.1:6379")
    assert "\n" not in str(error.value)


def test_a_task_done_twice_changes_nothing(server, tmp_path, monkeypatch):
    monkeypatch.setattr(spreading, "set_offline", lambda: None)
    spreading._opened.cache_clear()
    (source,) = find_sources([write_documents(tmp_path / "files", 1)]).sources
    recipe = library_recipe("fake@1", 40) | {"dimension": "16"}
    with open_shared(server.address, key="", recipe=recipe, create=True) as library:
        library.start_over(recipe)
        (tmp_path / "killed").write_text("")
        task = server.address, source, Settings(passage_tokens=40), Load(tmp_path / "killed")
        assert spreading._read_one(*task).added == [source.name]
        version = library.version()
        assert spreading._read_one(*task).unchanged == [source.name]
        assert library.version() == version and library.document_count() == 1
