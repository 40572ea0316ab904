"""A stand-in for the small reader: two layers of BERT, letters for words, random weights."""

import string
from pathlib import Path

from rag.models.find import ModelFiles

LETTERS = [*string.ascii_lowercase, *string.digits, *".,?"]
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]


def write_small_reader(folder: Path) -> ModelFiles:
    """Write config.json, tokenizer.json and model.safetensors; return them as a reader's files."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    from rag.models.reader_network import Heads, PairReaderNetwork

    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    config = BertConfig(
        vocab_size=len(PIECES),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        initializer_range=0.3,
    )
    config.save_pretrained(folder)
    network = PairReaderNetwork(BertModel(config, add_pooling_layer=False), Heads(32))
    weights = {name: value.to(torch.float16) for name, value in network.state_dict().items()}
    save_file(weights, folder / "model.safetensors")
    words = Tokenizer(
        models.WordPiece({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    words.save(str(folder / "tokenizer.json"))
    return ModelFiles(
        name="small",
        kind="reader",
        folder=folder,
        weights=(folder / "model.safetensors",),
        sha256=None,
        licence="CC-BY-SA-4.0",
        remedy="install Footnote again",
    )
