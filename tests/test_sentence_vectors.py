"""Vectors of sentences: each is embedded once, and the number that is kept has an end."""

from dataclasses import replace

import numpy as np
import pytest
from fake_embedder import FakeEmbedder

from rag.answering import sentence_vectors
from rag.answering.sentence_vectors import SentenceVectors
from rag.datatypes import Passage


def passage(number, *sentences):
    text = " ".join(sentences)
    starts = [text.index(sentence) for sentence in sentences]
    return Passage(
        id=number,
        document_id=1,
        start=0,
        end=len(text),
        text=text,
        view=text,
        sentences=tuple((s, s + len(t)) for s, t in zip(starts, sentences, strict=True)),
        kinds=("sentence",) * len(sentences),
        segments=(),
        text_sha256="",
    )


def test_the_nearest_sentence_of_each_passage_counts():
    embedder = FakeEmbedder()
    row = embedder.embed(["The cat sleeps."])
    known = SentenceVectors(embedder)
    passages = [passage(1, "Dogs bark.", "The cat sleeps."), passage(2, "Fish swim."), passage(3)]
    (found,) = known.nearest(row, [passages])
    assert found[1] == pytest.approx(1.0, abs=1e-3)
    assert found[2] == pytest.approx(float(embedder.embed(["Fish swim."])[0] @ row[0]), abs=1e-3)
    assert 3 not in found, "it says nothing"


def test_a_sentence_is_embedded_once_for_all_questions():
    embedder = FakeEmbedder()
    rows = embedder.embed(["one", "two"])
    known = SentenceVectors(embedder)
    embedder.embedded.clear()
    both = [[passage(1, "Dogs bark.")], [passage(1, "Dogs bark."), passage(2, "Dogs bark.")]]
    known.nearest(rows, both)
    known.nearest(rows, both)
    assert embedder.embedded == ["Dogs bark."]


def test_the_sentences_that_were_not_asked_for_lately_are_forgotten(monkeypatch):
    monkeypatch.setattr(sentence_vectors, "_KEPT", 2)
    embedder = FakeEmbedder()
    row = embedder.embed(["x"])
    known = SentenceVectors(embedder)
    for text in ("A first.", "A second.", "A first.", "A third.", "A first."):
        known.nearest(row, [[passage(1, text)]])
    assert embedder.embedded[1:] == ["A first.", "A second.", "A third."]


def test_an_endless_sentence_is_looked_at_in_part():
    embedder = FakeEmbedder()
    known = SentenceVectors(embedder)
    long = replace(passage(1, "word " * 3_000 + "end."), view="")
    (found,) = known.nearest(np.ones((1, embedder.dimension), np.float32), [[long]])
    assert 1 in found
    assert max(map(len, embedder.embedded)) == 1_000


def test_short_texts_that_come_again_are_embedded_once():
    embedder = FakeEmbedder()
    known = SentenceVectors(embedder)
    expected = FakeEmbedder().embed(["Price", "Left", "Price"])
    for _ in range(2):
        rows = known.embed(["Price", "Left", "Price"])
        assert (rows.dtype, rows.shape) == (np.float32, expected.shape)
        assert np.allclose(rows, expected, atol=1e-3)
    assert sorted(embedder.embedded) == ["Left", "Price"]
    assert known.embed([]).shape[0] == 0
