"""Fusion by hand, then a real library with a fake embedder: ranks, limits and changes."""

import math

import numpy as np
import pytest
from fake_embedder import FakeEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from library_content import open_at, refresh

from rag.answering import retrieve
from rag.answering.retrieve import DENSE_WEIGHT, Retriever, fuse
from rag.library.protocol import Query
from rag.library.vector_index import VectorIndex
from rag.library.word_index import WordQuery


def test_fuse_by_hand():
    """0.55 x cosine + 0.45 x BM25 / 4, what a passage with all words of the question would have."""
    assert DENSE_WEIGHT == 0.55
    assert fuse({1: 0.5, 2: 1.0, 3: -0.1}, {1: 2.0, 3: 1.0}, 4.0) == pytest.approx(
        {1: 0.275 + 0.225, 2: 0.55, 3: -0.055 + 0.1125}
    )


def test_fuse_divides_by_the_best_passage_where_it_has_more_than_all_words():
    """A word that is said again and again: BM25 8, all words once 4."""
    assert fuse({1: 0.0, 2: 0.0}, {1: 8.0, 2: 4.0}, 4.0) == pytest.approx({1: 0.45, 2: 0.225})


def test_fuse_without_words_is_the_weighted_cosine():
    assert fuse({1: 0.5, 2: -0.5}, {}, 0.0) == pytest.approx({1: 0.275, 2: -0.275})
    assert fuse({1: 0.5}, {}, 9.0) == pytest.approx({1: 0.275})


def test_fuse_with_scores_of_zero_divides_by_nothing():
    assert fuse({1: 0.5}, {1: 0.0}, 0.0) == pytest.approx({1: 0.275})


def test_fuse_of_nothing_is_nothing():
    assert fuse({}, {}, 0.0) == {}


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 9), st.floats(-1, 1), min_size=1),
    st.floats(0.1, 100),
    st.floats(0, 50),
    st.data(),
)
def test_fuse_does_not_depend_on_the_scale_of_bm25_and_stays_in_range(
    similarity, scale, of_all, data
):
    lexical = data.draw(st.dictionaries(st.sampled_from(sorted(similarity)), st.floats(0.01, 50)))
    fused = fuse(similarity, lexical, of_all)
    scaled = fuse(similarity, {key: s * scale for key, s in lexical.items()}, of_all * scale)
    assert fused == pytest.approx(scaled)
    assert fused.keys() == similarity.keys()
    assert all(-0.55 - 1e-9 <= score <= 1 + 1e-9 for score in fused.values())


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
            **passage("ferry", axis(0.5)),
            **passage("bakery", axis(0.6)),
            **passage("museum", axis(0.1)),
            **passage("school", axis(-0.2)),
        }
    )


def passage(name, vector):
    """Let a text of one sentence have this vector, alone and behind the path to it, its name."""
    text = TEXTS[f"{name}.txt"]
    return {f"{name}\n{text}": vector, text: vector}


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
    (best_id, best), (_, second) = library.matching(QUESTION, 10)
    assert best_id == found["ferry.txt"].passage.id
    # "leave" is in one of four: ln(3.5 / 1.5) = 0.847; "ferry" in two: ln(2.5 / 2.5) = 0
    all_words = 2.2 * (math.log(3.5 / 1.5) + 1e-6)
    assert all_words == pytest.approx(1.864, abs=0.001)
    assert 0 < second < best < all_words
    expected = {
        "ferry.txt": 0.7 * 0.5 + 0.3 * best / all_words,
        "bakery.txt": 0.7 * 0.6,
        "museum.txt": 0.7 * 0.1 + 0.3 * second / all_words,
        "school.txt": 0.7 * -0.2,
    }
    assert {name: hit.score for name, hit in found.items()} == pytest.approx(expected, abs=1e-3)
    assert {name: hit.passage.text for name, hit in found.items()} == TEXTS


def test_a_passage_found_by_its_words_alone_gets_its_similarity(library, embedder, monkeypatch):
    """With one candidate of each retriever: the bakery by meaning, the ferry by words."""
    monkeypatch.setattr(retrieve, "_CANDIDATES", 1)
    found = named(library, Retriever(library, embedder).retrieve(QUESTION, 10))
    assert list(found) == ["ferry.txt", "bakery.txt"]
    assert (found["ferry.txt"].dense_rank, found["ferry.txt"].lexical_rank) == (None, 1)
    ((_, best),) = library.matching(QUESTION, 1)
    all_words = library.words_of_all(QUESTION)
    assert found["ferry.txt"].score == pytest.approx(0.35 + 0.3 * best / all_words, abs=1e-3)


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
    paragraph = f"{'the same words all over again and ' * 4}no more."
    (folder / "same.txt").write_text("\n\n".join([paragraph] * 3), "utf-8")
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


def test_only_vectors_that_are_new_are_read_after_a_change(library, docs, embedder, monkeypatch):
    read = []
    unpacked = VectorIndex._unpacked

    def counted(self, found, dimension):
        read.extend(passage_id for passage_id, _ in found)
        return unpacked(self, found, dimension)

    monkeypatch.setattr(VectorIndex, "_unpacked", counted)
    retriever = Retriever(library, embedder)
    for _ in range(3):
        retriever.retrieve(QUESTION, 10)
    assert read == [1, 2, 3, 4]
    (docs / "school.txt").write_text("A school without a garden.", "utf-8")
    refresh(library, docs, embedder)
    read.clear()
    retriever.retrieve(QUESTION, 10)
    assert read == [5]


def test_a_change_between_the_nearest_and_the_words_is_not_seen(
    library, docs, embedder, monkeypatch
):
    """The museum is removed and a new document put: the question sees neither."""
    retriever = Retriever(library, embedder)

    class AfterAChange(WordQuery):
        def __init__(self, *arguments):
            (docs / "museum.txt").unlink(missing_ok=True)
            (docs / "timetable.txt").write_text("The ferry will leave at six.", "utf-8")
            refresh(library, docs, embedder)
            super().__init__(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr("rag.library.library.WordQuery", AfterAChange)
        (found,) = library.search([Query(question=QUESTION, row=axis(1.0))], 10)
    assert [each.passage_id for each in found.nearest] == [1, 2, 3, 4]
    assert {each.passage_id for each in found.matching} == {2, 3}
    names = set(named(library, retriever.retrieve(QUESTION, 10)))
    assert names == {"ferry.txt", "bakery.txt", "school.txt", "timetable.txt"}


def test_hits_carry_the_score_of_each_retriever(library, embedder):
    hits = named(library, Retriever(library, embedder).retrieve(QUESTION, 4))
    assert hits["bakery.txt"].dense_score == pytest.approx(0.6, abs=1e-6)
    assert hits["school.txt"].dense_score == pytest.approx(-0.2, abs=1e-6)
    words = dict(library.matching(QUESTION, 10))
    ferry = hits["ferry.txt"]
    assert ferry.lexical_score == words[ferry.passage.id]
    assert [hit.lexical_score is None for hit in hits.values()] == [
        hit.lexical_rank is None for hit in hits.values()
    ]


WORDS = ["ferry", "noon", "zebra", "oak", "harbour", "bell"]


def bm25_by_hand(texts, terms):
    """BM25 as FTS5 has it (k1 1.2, b 0.75) of each text, and of one that says each word at most."""
    split = [text.lower().replace(".", "").split() for text in texts]
    mean = sum(map(len, split)) / len(split)
    scores, of_all = [0.0] * len(texts), 0.0
    for term in terms:
        matches = sum(term in words for words in split)
        weight = max(1e-6, math.log((len(texts) - matches + 0.5) / (matches + 0.5)))
        of_all += weight * 2.2
        for number, words in enumerate(split):
            times = words.count(term)
            scores[number] += (
                weight * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(words) / mean))
            )
    return scores, of_all


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
        min_size=1,
        max_size=5,
        unique_by=tuple,
    ),
    st.lists(st.sampled_from([*WORDS, "unicorn"]), min_size=1, max_size=4, unique=True),
)
def test_words_count_by_how_many_of_the_questions_are_found(tmp_path_factory, texts, asked):
    """Against BM25 and the fusion computed word by word; the name of a file is a word of it."""
    folder = tmp_path_factory.mktemp("words")
    docs = folder / "docs"
    docs.mkdir()
    texts = [f"{' '.join(words)}." for words in texts]
    for number, text in enumerate(texts):
        (docs / f"{number}.txt").write_text(text)
    embedder = FakeEmbedder()
    question = " ".join(asked)
    paths = [f"{number}\n" for number in range(len(texts))]
    views = [path + text for path, text in zip(paths, texts, strict=True)]
    scores, of_all = bm25_by_hand(views, asked)
    with open_at(folder / "l.sqlite") as library:
        refresh(library, docs, embedder)
        assert library.words_of_all(question) == pytest.approx(of_all)
        hits = Retriever(library, embedder).retrieve(question, 99)
        found = {library.document_name(hit.passage.document_id): hit for hit in hits}
    (query,) = embedder.embed([question])
    rows, sentences = embedder.embed(views) @ query, embedder.embed(texts) @ query
    for number, score in enumerate(scores):
        hit = found[f"{number}.txt"]
        assert (hit.lexical_score or 0.0) == pytest.approx(score, abs=1e-9)
        share = score / max(of_all, *scores)
        meaning = (rows[number] + max(rows[number], sentences[number])) / 2
        expected = 0.7 * float(meaning) + 0.3 * share
        assert hit.score == pytest.approx(expected, abs=1e-3)


def test_the_best_sentence_of_a_passage_counts_as_much_as_the_whole(tmp_path):
    """Of two passages as near as each other the one goes first that has the sentence."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "many.txt").write_text("Tea is served. Dogs wait outside. Shoes stay on.", "utf-8")
    (folder / "other.txt").write_text("Tea is sold. Cats wait outside. Hats stay on.", "utf-8")
    question = "my puppy"
    embedder = Directed(
        {
            question: axis(1.0),
            "many\nTea is served. Dogs wait outside. Shoes stay on.": axis(0.3),
            "other\nTea is sold. Cats wait outside. Hats stay on.": axis(0.4),
            "Dogs wait outside.": axis(0.9),
            **{text: axis(0.1) for text in ("Tea is served.", "Shoes stay on.", "Tea is sold.")},
            **{text: axis(0.1) for text in ("Cats wait outside.", "Hats stay on.")},
        }
    )
    with open_at(tmp_path / "library.sqlite") as library:
        refresh(library, folder, embedder)
        first, second = Retriever(library, embedder).retrieve(question, 2)
        assert (first.dense_rank, second.dense_rank) == (2, 1)
        assert first.score == pytest.approx(0.7 * (0.3 + 0.9) / 2, abs=1e-3)
        assert second.score == pytest.approx(0.7 * 0.4, abs=1e-3), "no sentence is nearer"


def test_a_word_that_stands_nowhere_lowers_the_share_of_those_that_do(library):
    """Of four passages one says "leave": ln(3.5 / 1.5) = 0.847; none: ln(4.5 / 0.5) = 2.197."""
    one = library.words_of_all("leave")
    assert one == pytest.approx(2.2 * 0.8473, abs=1e-3)
    assert library.words_of_all("leave zeppelin") == pytest.approx(one + 2.2 * 2.1972, 1e-3)
    assert library.words_of_all("") == library.words_of_all("?!") == 0.0
