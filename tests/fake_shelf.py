"""A shelf of real libraries with models that are fakes."""

from fake_embedder import FakeEmbedder
from fake_models import PASSAGE_TOKENS, FakeCalibration, FakeReader

from rag.assemble import Models
from rag.settings import Settings
from rag.shelf import Shelf


def make_shelf(home, docs=None, *, name=None, margins=None, embedder=None, say=None, **settings):
    """Return a shelf that was started with `docs`; the reader finds the phrases in `margins`."""
    models = Models(
        embedder=embedder or FakeEmbedder(),
        library_id="fake@1",
        reader=FakeReader(margins or {}),
        generator=None,
        calibration=FakeCalibration(),
    )
    return Shelf(
        Settings(home=str(home), passage_tokens=PASSAGE_TOKENS, **settings),
        models,
        docs=docs,
        name=name,
        say=say or (lambda line: None),
    )
