"""The small reader on either engine, with a small stand-in: all heads, and one line if damaged."""

import importlib.util

import numpy as np
import pytest
from tiny_minilm import PIECES, write_small_reader

from rag.answering.read import SpanReader
from rag.datatypes import Passage
from rag.errors import ModelNotFound
from rag.models.quick_models import load_quick_reader, load_torch_reader

needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None or importlib.util.find_spec("nncf") is None,
    reason="OpenVINO has no wheel for this machine",
)


@pytest.fixture(autouse=True)
def nothing_shared(monkeypatch, tmp_path):
    """What set-up has made in the user's own home is not found here."""
    monkeypatch.setattr("rag.models.made.shared_home", lambda: tmp_path / "nobody")


@pytest.fixture
def files(tmp_path):
    return write_small_reader(tmp_path / "reader")


def tokens_of(tokenizer):
    row = tokenizer.pair("who fell", "kern fell in linz.", 99)
    ids = row.ids[np.newaxis]
    return {
        "input_ids": ids,
        "token_type_ids": row.type_ids[np.newaxis],
        "attention_mask": np.ones_like(ids),
    }


def test_the_small_reader_has_all_heads_and_is_told_which_text_a_token_is_of(files):
    tokenizer, model = load_torch_reader(files)
    tokens = tokens_of(tokenizer)
    expected = [PIECES.index(piece) for piece in ("[CLS]", "a", "[SEP]", "b", "[SEP]")]
    assert tokenizer.pair("a", "b", 9).ids.tolist() == expected
    logits = model.logits(tokens)
    count = tokens["input_ids"].size
    assert logits.starts.shape == logits.ends.shape == (1, count)
    assert (logits.kinds.shape, logits.tags.shape) == ((1, 6), (1, count, 3))
    untold = model.logits(tokens | {"token_type_ids": np.zeros_like(tokens["input_ids"])})
    assert np.abs(untold.starts - logits.starts).max() > 1e-3
    assert model.pad_id == 0


def test_a_span_reader_over_the_small_reader_says_kinds(files):
    text = "kern fell in linz."
    passage = Passage(
        id=1, document_id=1, start=0, end=len(text), text=text, sentences=((0, len(text)),)
    )
    span = SpanReader(*load_torch_reader(files), "small").read("who fell?", [passage])[0]
    assert sum(span.kinds.values()) == pytest.approx(1)
    assert 0 <= span.start < span.end <= len(text)


@needs_openvino
@pytest.mark.slow
def test_openvino_gives_nearly_what_torch_gives(files, tmp_path):
    tokenizer, exact = load_torch_reader(files)
    _, quick = load_quick_reader(files, tmp_path / "home", 1, lambda line: None)
    for name in ("starts", "ends", "kinds", "tags"):
        expected = getattr(exact.logits(tokens_of(tokenizer)), name)
        found = getattr(quick.logits(tokens_of(tokenizer)), name)
        assert np.corrcoef(expected.ravel(), found.ravel())[0, 1] > 0.9


def test_a_reader_that_lacks_a_head_is_one_line(files):
    from safetensors.torch import load_file, save_file

    weights = load_file(files.weights[0])
    del weights["heads.kind.weight"]
    save_file(weights, files.weights[0])
    with pytest.raises(ModelNotFound, match="install Footnote again") as caught:
        load_torch_reader(files)
    assert "\n" not in str(caught.value)
