"""Fakes and fixtures that several test modules share."""

import importlib
import signal
import sys
from urllib.parse import urlsplit

import pytest
from fake_embedder import FakeEmbedder

# A shell starts what runs in its background with Ctrl-C ignored, nohup with SIGHUP, and processes
# inherit it; the tests that interrupt one need both as they are in a terminal.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


DEAR = ("gradio", "gradio_client", "sklearn.metrics", "qdrant_client", "torch")


def pytest_configure(config):
    """Import in the processes of a whole run what all of them import, before coverage looks on:
    it would follow each of its calls."""
    if hasattr(config, "workerinput"):
        for name in DEAR:
            importlib.import_module(name)


def pytest_collection_modifyitems(config, items):
    """Begin a whole run with the files that hold slow and browser tests: with the many quick ones
    behind, no process is left waiting for another's long file."""
    if hasattr(config, "workerinput"):
        marks = ("slow", "browser")
        dear = {each.path for each in items if any(map(each.get_closest_marker, marks))}
        items.sort(key=lambda each: each.path not in dear)


@pytest.fixture
def embedder():
    return FakeEmbedder()


@pytest.fixture
def fare(tmp_path):
    """A function that asks what the fare is, of texts that are all taken to be alike."""
    from fake_embedder import AlikeEmbedder
    from fake_models import FakeReader, fill_library, knowing, pipeline_over

    libraries = []

    def make(texts, margins, embedder=None, kind="short", checker=None, question="Fare?"):
        embedder = embedder or AlikeEmbedder()
        folder = tmp_path / f"docs{len(libraries)}"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)
        libraries.append(fill_library(folder.with_suffix(".sqlite"), folder, embedder))
        kinds = knowing(**{kind: 1.0})
        reader = FakeReader(margins)
        return pipeline_over(libraries[-1], reader, embedder, kinds, checker=checker).ask(question)

    yield make
    for library in libraries:
        library.close()


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory):
    """The FOOTNOTE_HOME of all tests: nobody's own is touched."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(folder))
        yield folder


@pytest.fixture
def fake_assembly(monkeypatch):
    """Everything that `rag.assemble` does, with fakes in place of the models; change them here."""
    from fake_assembly import put_fakes

    return put_fakes(monkeypatch)


@pytest.fixture(scope="module")
def browser():
    from browsing import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def served():
    from asking import SCRIPTS, TEXTS
    from fake_pipeline import FakePipeline
    from page_server import serving

    with serving(FakePipeline(TEXTS, SCRIPTS)) as page:
        yield page


@pytest.fixture(scope="module")
def pages(browser):
    from browsing import Pages

    return Pages(browser)


@pytest.fixture
def open_page(pages, served):
    """Opens the page as a visitor finds it; at the end nothing foreign was asked for."""
    taken = []

    def open_page(**options):
        taken.append(page := pages.take(served.address, **options))
        return page

    yield open_page
    own = {urlsplit(served.address).netloc, ""}  # a file to save has an address without host
    for log in [pages.give_back(page) for page in taken]:
        assert {urlsplit(url).netloc for url in log.requests} <= own
        assert log.complaints == []
