"""A stand-in for the larger reader: two layers, letters for words, random weights and adapter."""

import json
import string
from pathlib import Path

from rag.datatypes import READER_KINDS

LETTERS = [*string.ascii_lowercase, *string.digits, *".,?"]
PIECES = ["<s>", "<pad>", "</s>", "[UNK]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
RANK = 2


def write_base(folder: Path) -> None:
    """Write config.json, tokenizer.json and model.safetensors of a small MPNet."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(0)
    config = MPNetConfig(
        vocab_size=len(PIECES),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=514,
        initializer_range=0.3,
        pad_token_id=1,
    )
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    words = Tokenizer(
        models.WordPiece({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), add_prefix_space=False
    )
    words.save(str(folder / "tokenizer.json"))


def stand_in(monkeypatch, base: Path) -> list[Path]:
    """Let `base` be what the packages' parts are unpacked to; the list says where it was so far."""
    from rag.models import adapted

    unpacked: list[Path] = []

    def unpack(found: list[Path], folder: Path) -> None:
        unpacked.append(folder)
        for path in base.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())

    monkeypatch.setattr(adapted, "find_parts", lambda: [])
    monkeypatch.setattr(adapted, "unpack", unpack)
    return unpacked


def write_adapter(folder: Path) -> None:
    """Write adapter.safetensors, adapter.json and confidence.json for it."""
    import torch
    from safetensors.torch import save_file

    from rag.models.reader_network import Heads

    torch.manual_seed(1)
    place = "encoder.base_model.model.encoder.layer.0.attention.attn.q"
    state = {f"heads.{name}": value for name, value in Heads(32).state_dict().items()}
    state[f"{place}.lora_A.weight"] = torch.randn(RANK, 32)
    state[f"{place}.lora_B.weight"] = torch.randn(32, RANK)
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.to(torch.float16).contiguous() for name, value in state.items()}
    save_file(state, folder / "adapter.safetensors")
    facts = {"rank": RANK, "alpha": 2 * RANK, "kinds": READER_KINDS}
    (folder / "adapter.json").write_text(json.dumps(facts))
