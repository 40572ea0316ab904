"""A shelf of real libraries with models that are fakes."""

from fake_embedder import FakeEmbedder
from fake_models import PASSAGE_TOKENS, FakeCalibration, FakeReader

from rag.assemble import Models
from rag.reading import Reading
from rag.settings import Settings
from rag.shelf import Shelf


def make_models(*, margins=None, reader=None, embedder=None):
    """Return models that are fakes; the reader finds the phrases in `margins`."""
    return Models(
        embedder=embedder or FakeEmbedder(),
        library_id="fake@1",
        reader_id="fake reader@1",
        reader=reader or FakeReader(margins or {}),
        calibration=FakeCalibration(),
    )


def make_shelf(
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
    """Return a shelf that was started with `docs`; the reader finds the phrases in `margins`."""
    return Shelf(
        Settings(**({"home": str(home), "passage_tokens": PASSAGE_TOKENS} | settings)),
        make_models(margins=margins, reader=reader, embedder=embedder),
        docs=docs,
        name=name,
        say=say or (lambda line: None),
    )


def add_library(shelf, name, files, folder):
    """Make a library that holds `files` (name: text), which are written into `folder` first."""
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    shelf.create(name)
    reading = Reading(settings=shelf.settings, embedder=shelf.models.embedder)
    shelf.add(name, [(file, folder / file) for file in files], reading)
