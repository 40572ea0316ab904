"""Making the larger reader ready, with a small stand-in: whole or not there, on either engine."""

import numpy as np
import pytest
from marks import needs_openvino
from tiny_mpnet import PIECES, RANK, stand_in, write_adapter, write_base

from rag import assemble
from rag.answering.read import SpanReader
from rag.datatypes import Passage
from rag.errors import ModelNotFound
from rag.models import adapted, large_reader
from rag.models.large_reader import large_reader_is_ready, load_large_reader
from rag.settings import Settings


@pytest.fixture(autouse=True)
def nothing_shared(monkeypatch, tmp_path):
    """What set-up has made in the user's own home is not found here."""
    monkeypatch.setattr("rag.models.made.shared_home", lambda: tmp_path / "nobody")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mpnet")
    (folder / "base").mkdir()
    write_base(folder / "base")
    write_adapter(folder / "adapter")
    return folder


@pytest.fixture
def parts(files, monkeypatch):
    """The stand-in instead of the packages' parts; the list says how often it was unpacked."""
    monkeypatch.setattr(large_reader, "ADAPTER", files / "adapter")
    return stand_in(monkeypatch, files / "base")


def tokens_of(tokenizer):
    ids = tokenizer.pair("who fell", "kern fell in linz.", 99).ids[np.newaxis]
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def test_the_adapter_is_merged_into_the_matrix_it_is_for(files):
    """W + alpha / rank * B A, where alpha is twice the rank."""
    from safetensors.torch import load_file

    from rag.models.reader_network import load_merged

    merged = load_merged(files / "base", files / "adapter").state_dict()
    base = load_file(files / "base" / "model.safetensors")
    adapter = load_file(files / "adapter" / "adapter.safetensors")
    place = "encoder.base_model.model.encoder.layer.0.attention.attn.q"
    change = (
        2 * adapter[f"{place}.lora_B.weight"].float() @ adapter[f"{place}.lora_A.weight"].float()
    )
    name = "encoder.layer.0.attention.attn.q.weight"
    assert (merged[f"encoder.{name}"] - base[name] - change).abs().max() < 1e-6
    other = "encoder.layer.1.attention.attn.q.weight"
    assert (merged[f"encoder.{other}"] == base[other]).all()
    assert RANK == 2


def test_it_is_made_once_and_read_with_all_heads(parts, tmp_path):
    said = []
    tokenizer, model = load_large_reader(tmp_path, "torch", 1, said.append)
    assert len(said) == 1
    logits = model.logits(tokens_of(tokenizer))
    count = tokens_of(tokenizer)["input_ids"].size
    assert logits.starts.shape == logits.ends.shape == (1, count)
    assert (logits.kinds.shape, logits.tags.shape) == ((1, 6), (1, count, 3))
    _, again = load_large_reader(tmp_path, "torch", 1, pytest.fail)
    assert np.array_equal(again.logits(tokens_of(tokenizer)).starts, logits.starts)
    assert len(parts) == 1
    assert large_reader_is_ready(tmp_path, "torch")
    assert not large_reader_is_ready(tmp_path, "openvino")


def test_the_pair_is_written_as_mpnet_expects_it(parts, tmp_path):
    tokenizer, _ = load_large_reader(tmp_path, "torch", 1, lambda line: None)
    expected = [PIECES.index(piece) for piece in ("<s>", "a", "</s>", "</s>", "b", "</s>")]
    assert tokenizer.pair("a", "b", 9).ids.tolist() == expected


@needs_openvino
@pytest.mark.slow
def test_openvino_gives_nearly_what_torch_gives(parts, tmp_path):
    tokenizer, exact = load_large_reader(tmp_path, "torch", 1, lambda line: None)
    _, quick = load_large_reader(tmp_path, "openvino", 1, lambda line: None)
    for name in ("starts", "ends", "kinds", "tags"):
        expected = getattr(exact.logits(tokens_of(tokenizer)), name)
        found = getattr(quick.logits(tokens_of(tokenizer)), name)
        assert np.corrcoef(expected.ravel(), found.ravel())[0, 1] > 0.9


def test_a_span_reader_over_it_says_kinds_and_skips_the_path(parts, tmp_path):
    reader = SpanReader(*load_large_reader(tmp_path, "torch", 1, lambda line: None), "mpnet")
    text = "kern fell in linz."
    passage = Passage(
        id=1, document_id=1, start=0, end=len(text), text=text, sentences=((0, len(text)),)
    )
    span = reader.read("who fell?", [passage])[0]
    assert sum(span.kinds.values()) == pytest.approx(1)
    assert 0 <= span.start < span.end <= len(text)


def test_a_disk_that_is_full_is_one_line(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(
        adapted.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 10**9})
    )
    with pytest.raises(
        ModelNotFound, match=r"1\.0 GB free, the larger reader needs 1\.5"
    ) as caught:
        load_large_reader(tmp_path, "torch", 1, pytest.fail)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_is_made_by_the_next_run(parts, tmp_path, monkeypatch):
    def breaks_off(found, folder):
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(adapted, "unpack", breaks_off)
        with pytest.raises(ModelNotFound, match=r"cannot be made \(No space left on device\)"):
            load_large_reader(tmp_path, "torch", 1, lambda line: None)
    load_large_reader(tmp_path, "torch", 1, lambda line: None)
    assert len(parts) == 1


def test_without_its_adapter_it_is_not_to_be_had(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(large_reader, "ADAPTER", tmp_path / "none")
    with pytest.raises(ModelNotFound, match="the larger reader's adapter is missing"):
        large_reader.load_large_reader(tmp_path / "home", "torch", 1, print)
    assert not large_reader.large_reader_is_ready(tmp_path / "home", "torch")
    assert parts == []


def test_without_its_parts_the_small_reader_serves_and_says_so(monkeypatch, tmp_path):
    def missing(home, engine, threads, say):
        raise ModelNotFound("part 1 of 5 is not installed; run: pip")

    monkeypatch.setattr(assemble, "load_large_reader", missing)
    monkeypatch.setattr(assemble, "load_quick_reader", lambda *needed: (None, None))
    monkeypatch.setattr(assemble, "load_span_model", lambda files: (None, None))
    (tmp_path / "confidence.json").write_text("{}")
    monkeypatch.setattr(assemble, "_LARGE_CALIBRATION", tmp_path / "confidence.json")
    said = []
    settings = Settings(home=str(tmp_path))
    reader, calibration = assemble.load_reader(settings, said.append)
    assert reader.name == "small"
    assert calibration.parent.name == "reader"
    assert said == ["part 1 of 5 is not installed; run: pip; the small reader serves"]
    with pytest.raises(ModelNotFound, match="part 1 of 5"):
        assemble.load_reader(Settings(home=str(tmp_path), reader="mpnet"), said.append)


def test_the_larger_reader_is_no_default_before_it_is_calibrated(monkeypatch, tmp_path):
    monkeypatch.setattr(assemble, "load_large_reader", pytest.fail)
    monkeypatch.setattr(assemble, "load_quick_reader", lambda *needed: (None, None))
    monkeypatch.setattr(assemble, "load_span_model", lambda files: (None, None))
    monkeypatch.setattr(assemble, "_LARGE_CALIBRATION", tmp_path / "none.json")
    reader, _ = assemble.load_reader(Settings(home=str(tmp_path)), pytest.fail)
    assert reader.name == "small"
