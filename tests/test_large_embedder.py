"""The larger embedder, with a small stand-in: made once, on either engine, or the small one."""

import numpy as np
import pytest
from marks import needs_openvino
from tiny_mpnet import stand_in, write_base

from rag import assemble
from rag.answering.vectors import EncoderEmbedder
from rag.errors import ModelNotFound
from rag.models import large_embedder
from rag.models.large_embedder import large_embedder_is_ready, load_large_embedder
from rag.settings import Settings

TEXTS = ["kern fell in linz.", "who", "the bridge is shut, and so is the road to it"]


@pytest.fixture(autouse=True)
def nothing_shared(monkeypatch, tmp_path):
    """What set-up has made in the user's own home is not found here."""
    monkeypatch.setattr("rag.models.made.shared_home", lambda: tmp_path / "nobody")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """MPNet's stand-in, and a change of one matrix of rank 1."""
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("mpnet")
    (folder / "base").mkdir()
    (folder / "adapter").mkdir()
    write_base(folder / "base")
    place = "encoder.layer.0.attention.attn.q.weight"
    changes = {f"{place}.up": torch.ones(32, 1), f"{place}.down": torch.ones(1, 32) / 4}
    save_file(changes, folder / "adapter" / "adapter.safetensors")
    return folder


@pytest.fixture
def parts(files, monkeypatch):
    """The stand-in instead of the packages' parts."""
    monkeypatch.setattr(large_embedder, "ADAPTER", files / "adapter")
    return stand_in(monkeypatch, files / "base")


def embedder(home, engine="torch", say=lambda line: None):
    return EncoderEmbedder(*load_large_embedder(home, engine, 1, say), "footnote-mpnet")


def test_what_it_was_taught_is_added_to_the_matrix_it_is_for(files):
    from safetensors.torch import load_file

    from rag.models.embedder_network import load_taught

    taught = load_taught(files / "base", files / "adapter").state_dict()
    base = load_file(files / "base" / "model.safetensors")
    changed = [n for n, value in base.items() if (taught[f"encoder.{n}"] - value).abs().max() > 0]
    assert changed == ["encoder.layer.0.attention.attn.q.weight"]
    name = changed[0]
    assert (taught[f"encoder.{name}"] - base[name] - 0.25).abs().max() < 1e-6


def test_it_is_made_once_and_gives_unit_rows_that_do_not_depend_on_their_neighbours(
    parts, tmp_path
):
    said = []
    first = embedder(tmp_path, say=said.append)
    assert len(said) == 1 and "Making the embedder ready" in said[0]
    rows = first.embed(TEXTS)
    assert rows.shape == (3, first.dimension) == (3, 32)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    again = embedder(tmp_path, say=pytest.fail)
    for text, row in zip(TEXTS, rows, strict=True):
        assert again.embed([text])[0] == pytest.approx(row, abs=1e-5)
    assert again.embed([]).shape == (0, 32)
    assert large_embedder_is_ready(tmp_path)
    assert not large_embedder_is_ready(tmp_path / "elsewhere")


@needs_openvino
@pytest.mark.slow
def test_openvino_gives_nearly_what_torch_gives(parts, tmp_path):
    rows, others = (embedder(tmp_path, engine).embed(TEXTS) for engine in ("torch", "openvino"))
    assert (rows * others).sum(axis=1).min() > 0.9


def test_a_library_carries_its_name_and_the_hash_of_what_it_was_taught(parts, tmp_path):
    settings = Settings(home=str(tmp_path), engine="torch")
    before = assemble.embedder_id(settings)
    assert before.startswith("footnote-minilm@"), "it is not made ready yet"
    _, name = assemble.load_embedder(settings)
    assert name == assemble.embedder_id(settings) == large_embedder.large_embedder_id()
    assert name.startswith("footnote-mpnet@")


def test_where_it_cannot_be_had_the_small_one_serves_and_says_so(monkeypatch, tmp_path):
    def missing(home, engine, threads, say):
        raise ModelNotFound("part 1 of 5 is not installed; run: pip")

    monkeypatch.setattr(assemble, "load_large_embedder", missing)
    said = []
    settings = Settings(home=str(tmp_path), engine="torch")
    small, name = assemble.load_embedder(settings, said.append)
    assert small.dimension == 384
    assert name == assemble.embedder_id(settings) != large_embedder.large_embedder_id()
    assert said == ["part 1 of 5 is not installed; run: pip; the small embedder serves"]
    with pytest.raises(ModelNotFound, match="part 1 of 5"):
        assemble.load_embedder(Settings(home=str(tmp_path), embedder="footnote-mpnet"))
