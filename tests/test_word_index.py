"""What is left out where words stand in very many passages, and that nothing else changes."""

import pytest
from contract_documents import RECIPE, put
from library_content import open_at

from rag.library import word_index

TEXTS = (
    "Apple pear plum.",
    "Pear plum, and plum again.",
    "Pear plum quince.",
    "Plum and nothing else, really nothing.",
    "Pear and nothing else, really nothing.",
    "Apple, apple and apple.",
    "Nothing of it.",
)


@pytest.fixture
def library(tmp_path, embedder):
    with open_at(tmp_path / "l.sqlite") as library:
        library.start_over(RECIPE | {"dimension": "16"})
        for number, text in enumerate(TEXTS, 1):
            put(library, embedder, f"{number}.txt", text)
        yield library


def test_only_passages_with_the_commonest_words_alone_are_left_out(library, monkeypatch):
    """Quince stands in one passage, apple in two, pear and plum in four each."""
    question = "plum pear quince apple"
    exact = library.matching(question, 9)
    assert {passage for passage, _ in exact} == {1, 2, 3, 4, 5, 6}
    monkeypatch.setattr(word_index, "MOST_SCORED", 3)
    pruned = library.matching(question, 9)
    assert pruned == [each for each in exact if each.passage_id in (1, 3, 6)]
    for limit in (1, 2, 3):
        assert library.matching(question, limit) == pruned[:limit]


def test_a_question_of_one_common_word_finds_it(library, monkeypatch):
    exact = library.matching("plum", 9)
    monkeypatch.setattr(word_index, "MOST_SCORED", 1)
    assert library.matching("plum", 9) == exact != []


def test_nothing_is_left_out_within_some_documents(library, monkeypatch):
    documents = [info.id for info in library.documents() if info.name in ("4.txt", "5.txt")]
    monkeypatch.setattr(word_index, "MOST_SCORED", 1)
    found = library.matching("plum pear quince apple", 9, documents)
    assert {passage for passage, _ in found} == {4, 5}
