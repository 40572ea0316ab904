"""Sessions over real libraries with models that are fakes."""

from fake_embedder import FakeEmbedder
from fake_models import PASSAGE_TOKENS, FakeCalibration, FakeReader

from rag.assemble import Models
from rag.library.reading import Reading
from rag.sessions import Sessions
from rag.settings import Settings


def make_models(*, margins=None, reader=None, embedder=None):
    """Return models that are fakes; the reader finds the phrases in `margins`."""
    return Models(
        embedder=embedder or FakeEmbedder(),
        library_id="fake@1",
        reader_id="fake reader@1",
        reader=reader or FakeReader(margins or {}),
        calibration=FakeCalibration(),
    )


def make_sessions(
    home,
    docs=None,
    *,
    name=None,
    margins=None,
    reader=None,
    embedder=None,
    say=None,
    **settings,
):
    """Return sessions that were started with `docs`; the reader finds the phrases in `margins`."""
    return Sessions(
        Settings(**({"home": str(home), "passage_tokens": PASSAGE_TOKENS} | settings)),
        make_models(margins=margins, reader=reader, embedder=embedder),
        docs=docs,
        name=name,
        say=say or (lambda line: None),
    )


def add_library(sessions, name, files, folder):
    """Make a library that holds `files` (name: text), which are written into `folder` first."""
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    sessions.create(name)
    reading = Reading(settings=sessions.settings, embedder=sessions.models.embedder)
    sessions.add(name, [(file, folder / file) for file in files], reading)
