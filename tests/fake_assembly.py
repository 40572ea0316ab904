"""Fakes in place of the models in `rag.assemble`, for this process or one of its own."""

from types import SimpleNamespace

from fake_embedder import FakeEmbedder
from fake_models import FakeCalibration, FakeReader


def put_fakes(patch):
    """Put the fakes there with pytest's `patch`; return the embedder and the reader."""
    from rag import assemble

    fakes = SimpleNamespace(embedder=FakeEmbedder(), reader=FakeReader({"1932": 4.0}))

    def files(name, kind):
        return SimpleNamespace(name=name, kind=kind, sha256="0123456789abcdef")

    patch.setattr(assemble, "find_model", files)
    patch.setattr(assemble, "load_embedder", lambda settings, say=None: (fakes.embedder, "fake@1"))
    patch.setattr(assemble, "embedder_id", lambda settings: "fake@1")
    patch.setattr(
        assemble, "load_reader", lambda settings, say: (fakes.reader, assemble._CALIBRATION)
    )
    patch.setattr(assemble, "load_calibration", lambda path: FakeCalibration())
    return fakes
