"""The index against brute force in NumPy, its refusals, and once the real embedder."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.vectors import PassageIndex, SentenceTransformerEmbedder
from rag.errors import IndexMismatch


def unit_rows(seed: int, count: int, dimension: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 40),
    dimension=st.integers(2, 24),
    limit=st.integers(1, 60),
)
@settings(deadline=None)
def test_search_is_brute_force(seed, count, dimension, limit):
    *rows, query = unit_rows(seed, count + 1, dimension)
    rows = np.array(rows)
    ids = np.arange(count, dtype=np.int64) * 3 + 7
    found = PassageIndex(ids, rows).search(query, limit)
    cosines = rows.astype(np.float64) @ query.astype(np.float64)
    best = np.argsort(-cosines)[:limit]
    assert len(found) == min(limit, count)
    assert [score for _, score in found] == pytest.approx(list(cosines[best]), abs=1e-5)
    for passage_id, score in found:
        assert score == pytest.approx(cosines[(passage_id - 7) // 3], abs=1e-5)
    assert len({passage_id for passage_id, _ in found}) == len(found)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 30), data=st.data())
@settings(deadline=None)
def test_similarity_is_that_of_the_passages_asked_for_in_their_order(seed, count, data):
    *rows, query = unit_rows(seed, count + 1, 8)
    rows = np.array(rows)
    ids = np.arange(count, dtype=np.int64) * 5 + 2
    chosen = data.draw(st.lists(st.integers(0, count - 1), max_size=10))
    found = PassageIndex(ids, rows).similarity(query, [int(ids[row]) for row in chosen])
    assert found == pytest.approx([float(rows[row] @ query) for row in chosen], abs=1e-5)


def test_search_by_hand():
    """Cosines of (0.6, 0.8) with the axes: 0.6, 0.8 and -0.6."""
    rows = np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32)
    index = PassageIndex(np.array([10, 20, 30]), rows)
    query = np.array([0.6, 0.8], dtype=np.float32)
    assert index.search(query, 2) == [(20, pytest.approx(0.8)), (10, pytest.approx(0.6))]
    assert index.search(query, 9)[2] == (30, pytest.approx(-0.6))
    assert index.similarity(query, [30, 10]) == pytest.approx([-0.6, 0.6])
    assert [number for number in (0, 10, 15, 30, 31) if number in index] == [10, 30]


@pytest.mark.parametrize("dimension", [0, 4])
def test_an_empty_index_finds_nothing(dimension):
    index = PassageIndex(np.zeros(0, dtype=np.int64), np.zeros((0, dimension), dtype=np.float32))
    query = np.array([1, 0, 0, 0], dtype=np.float32)
    assert index.search(query, 5) == []
    assert index.similarity(query, []) == []


def test_a_query_of_another_dimension_is_refused_with_both_numbers():
    index = PassageIndex(np.array([1]), unit_rows(0, 1, 4))
    with pytest.raises(IndexMismatch, match=r"shape \(3,\).* 4 numbers: index again"):
        index.search(np.zeros(3, dtype=np.float32), 1)
    with pytest.raises(IndexMismatch, match=r"shape \(1, 4\)"):
        index.search(np.zeros((1, 4), dtype=np.float32), 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_refused(value):
    rows = unit_rows(0, 3, 4)
    rows[1, 2] = value
    with pytest.raises(IndexMismatch, match=r"3 ids, rows of shape \(3, 4\).*delete the library"):
        PassageIndex(np.arange(3), rows)


@pytest.mark.parametrize(
    ("ids", "rows"),
    [
        (np.arange(2), np.zeros((3, 4), dtype=np.float32)),
        (np.arange(4), np.zeros(4, dtype=np.float32)),
        (np.arange(1), np.zeros((0, 0), dtype=np.float32)),
    ],
)
def test_rows_that_do_not_fit_the_ids_are_refused(ids, rows):
    with pytest.raises(IndexMismatch, match="vectors are damaged"):
        PassageIndex(ids, rows)


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
