"""Fakes and fixtures that several test modules share."""

import signal
from urllib.parse import urlsplit

import pytest
from fake_embedder import FakeEmbedder

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background with Ctrl-C ignored, which processes inherit; the
    # tests that interrupt one need it as it is in a terminal.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def embedder():
    return FakeEmbedder()


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


@pytest.fixture
def open_page(browser, served):
    """Opens the page in a session of its own; at the end nothing foreign was asked for."""
    from browsing import Log

    contexts, logs = [], []

    def open_page(**options):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.log = Log()
        page.log.watch(page)
        logs.append(page.log)
        page.goto(served.address)
        page.wait_for_selector(".welcome")
        page.wait_for_selector("html[data-page=ready]")  # before that, clicks are lost
        return page

    yield open_page
    for context in contexts:
        context.close()
    for log in logs:
        assert {urlsplit(url).netloc for url in log.requests} == {urlsplit(served.address).netloc}
        assert log.complaints == []
