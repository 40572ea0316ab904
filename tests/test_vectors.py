"""Texts to unit vectors with a model that is no model, and once with the real one."""

import numpy as np
import pytest

from rag.answering.vectors import SentenceTransformerEmbedder


class Rows:
    """A sentence-transformers model that returns what it is given, in double precision."""

    max_seq_length = None

    def __init__(self):
        from tokenizers import Tokenizer, models, pre_tokenizers

        words = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
        words.pre_tokenizer = pre_tokenizers.Whitespace()
        words.enable_truncation(2)
        words.enable_padding(length=8)
        self.tokenizer = type("Wrapped", (), {"backend_tokenizer": words})()
        self.calls = []

    def get_embedding_dimension(self):
        return 2

    def encode(self, texts, **options):
        self.calls.append((texts, options["normalize_embeddings"]))
        return np.array([[0.6, 0.8]] * len(texts), dtype=np.float64, order="F")


def test_embed_asks_for_unit_rows_and_gives_float32():
    model = Rows()
    embedder = SentenceTransformerEmbedder(model, "rows")
    rows = embedder.embed(("one", "two"))
    assert (rows.dtype, rows.shape, rows.flags["C_CONTIGUOUS"]) == (np.float32, (2, 2), True)
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]] * 2
    assert model.calls == [(["one", "two"], True)]
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == ("rows", 2, 256)


def test_embed_of_nothing_is_no_rows_and_does_not_call_the_model():
    model = Rows()
    rows = SentenceTransformerEmbedder(model, "rows").embed([])
    assert (rows.dtype, rows.shape, model.calls) == (np.float32, (0, 2), [])


def test_token_spans_are_neither_truncated_nor_padded_and_leave_the_model_alone():
    model = Rows()
    spans = SentenceTransformerEmbedder(model, "rows").token_spans("a é 東京 a")
    assert spans == [(0, 1), (2, 3), (4, 6), (7, 8)]
    assert len(model.tokenizer.backend_tokenizer.encode("a é 東京 a").ids) == 8


@pytest.mark.slow
def test_the_real_embedder():
    from rag.assemble import load_embedder
    from rag.settings import Settings

    embedder, _ = load_embedder(Settings(threads=1))
    first, same, other = (
        "The mayor opened the new bridge on Monday.",
        "On Monday the new bridge was inaugurated by the mayor.",
        "Mix the flour with two eggs and a pinch of salt.",
    )
    rows = embedder.embed([first, same, other])
    assert (rows.shape, rows.dtype) == ((3, embedder.dimension), np.float32)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert rows[0] @ rows[1] > 0.7 > 0.3 > rows[0] @ rows[2]
    assert embedder.embed([other])[0] == pytest.approx(rows[2], abs=1e-5)
    text = "Zürich  has 2,500 trams —\n東京 has none 🙂. " + "word " * 600
    spans = embedder.token_spans(text)
    assert len(spans) > 600 > embedder.max_tokens
    assert [text[start:end] for start, end in spans[:5]] == ["Zürich", "has", "2", ",", "500"]
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    assert text[spans[-1][0] : spans[-1][1]] == "word"
