"""Fusion by hand, then a real library with a fake embedder: ranks, limits and changes."""

import numpy as np
import pytest
from fake_embedder import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st
from library_content import open_at, refresh

from rag.answering import retrieve
from rag.answering.retrieve import DENSE_WEIGHT, Retriever, fuse


def test_fuse_by_hand():
    """0.7 x cosine + 0.3 x BM25 / 4, the question's best."""
    assert DENSE_WEIGHT == 0.7
    assert fuse({1: 0.5, 2: 1.0, 3: -0.1}, {1: 4.0, 3: 1.0}) == pytest.approx(
        {1: 0.35 + 0.3, 2: 0.7, 3: -0.07 + 0.075}
    )


def test_fuse_without_words_is_the_weighted_cosine():
    assert fuse({1: 0.5, 2: -0.5}, {}) == pytest.approx({1: 0.35, 2: -0.35})


def test_fuse_with_scores_of_zero_divides_by_nothing():
    assert fuse({1: 0.5}, {1: 0.0}) == pytest.approx({1: 0.35})


def test_fuse_of_nothing_is_nothing():
    assert fuse({}, {}) == {}


@given(
    st.dictionaries(st.integers(0, 9), st.floats(-1, 1), min_size=1),
    st.floats(0.1, 100),
    st.data(),
)
def test_fuse_does_not_depend_on_the_scale_of_bm25_and_stays_in_range(similarity, scale, data):
    lexical = data.draw(st.dictionaries(st.sampled_from(sorted(similarity)), st.floats(0.01, 50)))
    fused = fuse(similarity, lexical)
    scaled = fuse(similarity, {key: score * scale for key, score in lexical.items()})
    assert fused == pytest.approx(scaled)
    assert fused.keys() == similarity.keys()
    assert all(-0.7 - 1e-9 <= score <= 1 + 1e-9 for score in fused.values())


TEXTS = {
    "ferry.txt": "The ferry leaves the harbour at noon and carries forty people to the island.",
    "bakery.txt": "The bakery sells bread, rolls and cakes from six in the morning to noon.",
    "museum.txt": "The museum shows ferry models, old maps and the bell of a ship that went down.",
    "school.txt": "The school has twelve rooms, one hall and a garden in which they grow peas.",
}


class Directed(FakeEmbedder):
    """Gives texts that are named the vector that is named for them; others as the fake."""

    def __init__(self, vectors):
        super().__init__(dimension=4)
        self.vectors = vectors

    def embed(self, texts):
        rows = super().embed(texts)
        for number, text in enumerate(texts):
            if text in self.vectors:
                rows[number] = self.vectors[text]
        return rows


def axis(cosine):
    """A unit vector with this cosine to the first axis."""
    return np.array([cosine, (1 - cosine * cosine) ** 0.5, 0, 0], dtype=np.float32)


QUESTION = "When does the ferry leave?"


@pytest.fixture
def embedder():
    return Directed(
        {
            QUESTION: axis(1.0),
            "zzz?": axis(1.0),
            TEXTS["ferry.txt"]: axis(0.5),
            TEXTS["bakery.txt"]: axis(0.6),
            TEXTS["museum.txt"]: axis(0.1),
            TEXTS["school.txt"]: axis(-0.2),
        }
    )


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def library(tmp_path, docs, embedder):
    with open_at(tmp_path / "library.sqlite") as library:
        refresh(library, docs, embedder)
        yield library


def named(library, ranking):
    return {library.document_name(hit.passage.document_id): hit for hit in ranking}


def test_ranks_and_scores_of_both_retrievers(library, embedder):
    """The bakery is nearest by meaning, but has no word of the question; the ferry has two."""
    ranking = Retriever(library, embedder).retrieve(QUESTION, 10)
    found = named(library, ranking)
    assert list(found) == ["ferry.txt", "bakery.txt", "museum.txt", "school.txt"]
    ranks = {name: (hit.dense_rank, hit.lexical_rank) for name, hit in found.items()}
    assert ranks == {
        "ferry.txt": (2, 1),
        "bakery.txt": (1, None),
        "museum.txt": (3, 2),
        "school.txt": (4, None),
    }
    (best_id, best), (_, second) = library.search_words(QUESTION, 10)
    assert best_id == found["ferry.txt"].passage.id
    assert found["ferry.txt"].score == pytest.approx(0.7 * 0.5 + 0.3, abs=1e-6)
    assert found["bakery.txt"].score == pytest.approx(0.7 * 0.6, abs=1e-6)
    assert found["museum.txt"].score == pytest.approx(0.7 * 0.1 + 0.3 * second / best, abs=1e-6)
    assert found["school.txt"].score == pytest.approx(0.7 * -0.2, abs=1e-6)
    assert {name: hit.passage.text for name, hit in found.items()} == TEXTS


def test_a_passage_found_by_its_words_alone_gets_its_similarity(library, embedder, monkeypatch):
    """With one candidate of each retriever: the bakery by meaning, the ferry by words."""
    monkeypatch.setattr(retrieve, "_CANDIDATES", 1)
    found = named(library, Retriever(library, embedder).retrieve(QUESTION, 10))
    assert list(found) == ["ferry.txt", "bakery.txt"]
    assert (found["ferry.txt"].dense_rank, found["ferry.txt"].lexical_rank) == (None, 1)
    assert found["ferry.txt"].score == pytest.approx(0.7 * 0.5 + 0.3, abs=1e-6)


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (3, 3), (4, 4), (99, 4)])
def test_limit(library, embedder, limit, count):
    retriever = Retriever(library, embedder)
    hits = retriever.retrieve(QUESTION, limit)
    assert len(hits) == count
    assert hits == retriever.retrieve(QUESTION, 99)[:count]


def test_a_question_without_words_of_the_library_is_ranked_by_meaning(library, embedder):
    ranking = Retriever(library, embedder).retrieve("zzz?", 10)
    assert list(named(library, ranking)) == [
        "bakery.txt",
        "ferry.txt",
        "museum.txt",
        "school.txt",
    ]
    assert {hit.lexical_rank for hit in ranking} == {None}


def test_equal_scores_are_ordered_by_passage(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text("The same words.", "utf-8")
    embedder = FakeEmbedder()
    with open_at(tmp_path / "library.sqlite") as library:
        refresh(library, folder, embedder)
        hits = Retriever(library, embedder).retrieve("words", 10)
    assert len({hit.score for hit in hits}) == 1
    assert [hit.passage.id for hit in hits] == sorted(hit.passage.id for hit in hits)
    assert len(hits) == 3


@pytest.mark.parametrize("question", [QUESTION, "", "?!"])
def test_an_empty_library_gives_no_hits(tmp_path, embedder, question):
    with open_at(tmp_path / "library.sqlite") as library:
        ranking = Retriever(library, embedder).retrieve(question, 10)
    assert ranking == ()


def test_a_change_of_the_library_is_followed(library, docs, embedder):
    retriever = Retriever(library, embedder)
    assert len(retriever.retrieve(QUESTION, 10)) == 4
    (docs / "ferry.txt").unlink()
    (docs / "timetable.txt").write_text("The ferry will leave at six in the evening.", "utf-8")
    refresh(library, docs, embedder)
    found = named(library, retriever.retrieve(QUESTION, 10))
    assert sorted(found) == ["bakery.txt", "museum.txt", "school.txt", "timetable.txt"]
    assert found["timetable.txt"].lexical_rank == 1


def test_a_change_by_another_process_is_followed(tmp_path, library, docs, embedder):
    retriever = Retriever(library, embedder)
    retriever.retrieve(QUESTION, 10)
    (docs / "ferry.txt").unlink()
    with open_at(tmp_path / "library.sqlite") as other:
        refresh(other, docs, embedder)
    assert "ferry.txt" not in named(library, retriever.retrieve(QUESTION, 10))


def test_vectors_are_read_again_only_after_a_change(library, docs, embedder, monkeypatch):
    calls = []
    read = library.vectors
    monkeypatch.setattr(library, "vectors", lambda: calls.append(1) or read())
    retriever = Retriever(library, embedder)
    for _ in range(3):
        retriever.retrieve(QUESTION, 10)
    assert len(calls) == 1
    (docs / "school.txt").unlink()
    refresh(library, docs, embedder)
    retriever.retrieve(QUESTION, 10)
    assert len(calls) == 2


def test_a_change_between_the_index_and_the_words_breaks_nothing(
    library, docs, embedder, monkeypatch
):
    """The new passage is in the word index already, and the museum's is not any more."""
    retriever = Retriever(library, embedder)
    search = library.search_words

    def search_after_a_change(question, limit):
        (docs / "museum.txt").unlink(missing_ok=True)
        (docs / "timetable.txt").write_text("The ferry will leave at six.", "utf-8")
        refresh(library, docs, embedder)
        return search(question, limit)

    monkeypatch.setattr(library, "search_words", search_after_a_change)
    names = ["ferry.txt", "bakery.txt", "school.txt"]
    assert list(named(library, retriever.retrieve(QUESTION, 10))) == names
    assert "timetable.txt" in named(library, retriever.retrieve(QUESTION, 10))


def test_hits_carry_the_score_of_each_retriever(library, embedder):
    hits = named(library, Retriever(library, embedder).retrieve(QUESTION, 4))
    assert hits["bakery.txt"].dense_score == pytest.approx(0.6, abs=1e-6)
    assert hits["school.txt"].dense_score == pytest.approx(-0.2, abs=1e-6)
    words = dict(library.search_words(QUESTION, 10))
    ferry = hits["ferry.txt"]
    assert ferry.lexical_score == words[ferry.passage.id]
    assert [hit.lexical_score is None for hit in hits.values()] == [
        hit.lexical_rank is None for hit in hits.values()
    ]
