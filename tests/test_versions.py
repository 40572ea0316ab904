"""Two documents that answer differently."""

import numpy as np
import pytest
from fake_embedder import FakeEmbedder

from rag.answering.names import dates_in

FARES = {
    "fares-2023.txt": "The ferry costs 4 euros.",
    "fares-2021.txt": "The ferry costs 3 euros.",
}


@pytest.mark.parametrize("sure", ["3 euros", "4 euros"])
def test_both_versions_are_shown_the_later_last_and_named_so(fare, sure):
    answer = fare(FARES, {"3 euros": 2.0, "4 euros": 2.0} | {sure: 3.0})
    assert [(sentence.group, sentence.text) for sentence in answer.sentences] == [
        ("fares-2021.txt", "The ferry costs 3 euros."),
        ("fares-2023.txt (later)", "The ferry costs 4 euros."),
    ]
    assert (answer.short_answer, answer.short_span) == ("4 euros", (2, 16, 23))
    assert answer.answer_kind == "short"


class SureOfYes:
    def probabilities(self, pairs):
        return np.array([[0.95, 0.03, 0.02]] * len(pairs), dtype=np.float32)


def test_no_word_is_said_where_documents_contradict_each_other(fare):
    margins = {"3 euros": 2.0, "4 euros": 3.0}
    answer = fare(FARES, margins, kind="yesno", checker=SureOfYes())
    assert [sentence.text for sentence in answer.sentences] == list(FARES.values())[::-1]
    assert answer.answer_kind == "short"
    alone = {"fares-2023.txt": FARES["fares-2023.txt"]}
    assert fare(alone, margins, kind="yesno", checker=SureOfYes()).answer_kind == "yes"


def test_without_dates_none_is_called_later(fare):
    texts = {"a.txt": FARES["fares-2023.txt"], "b.txt": FARES["fares-2021.txt"]}
    answer = fare(texts, {"3 euros": 2.0, "4 euros": 3.0})
    assert [sentence.group for sentence in answer.sentences] == ["a.txt", "b.txt"]
    assert answer.short_answer == "4 euros"


def test_third_document_that_contradicts_is_shown_too(fare):
    texts = FARES | {"fares-2025.txt": "The ferry costs 5 euros."}
    answer = fare(texts, {"3 euros": 2.0, "4 euros": 3.0, "5 euros": 2.5})
    assert [(sentence.group, sentence.text) for sentence in answer.sentences] == [
        ("fares-2021.txt", "The ferry costs 3 euros."),
        ("fares-2023.txt", "The ferry costs 4 euros."),
        ("fares-2025.txt (later)", "The ferry costs 5 euros."),
    ]
    assert answer.short_answer == "5 euros"


def test_copies_do_not_hide_a_document_that_contradicts(fare):
    texts = {f"{name}.txt": "The ferry costs 4 euros." for name in ("a", "b", "c")}
    answer = fare(texts | {"d.txt": "The ferry costs 5 euros."}, {"4 euros": 3.0, "5 euros": 2.5})
    assert [sentence.text for sentence in answer.sentences] == [
        "The ferry costs 4 euros.",
        "The ferry costs 5 euros.",
    ]
    assert [place.document for place in answer.citations] == ["a.txt", "b.txt", "c.txt", "d.txt"]


def test_same_sentence_of_other_documents_is_said_once(fare):
    texts = {
        "a.txt": "The ferry costs 4 euros.",
        "b.txt": "It is open in May. The ferry costs 4 euros.",
    }
    answer = fare(texts, {"4 euros": 3.0})
    (sentence,) = answer.sentences
    assert (sentence.text, sentence.citations) == ("The ferry costs 4 euros.", (1, 2))
    assert {place.document for place in answer.citations} == {"a.txt", "b.txt"}


def test_version_is_no_doubt_about_the_answer(fare):
    alone = fare({"fares-2023.txt": FARES["fares-2023.txt"]}, {"4 euros": 3.0})
    assert fare(FARES, {"3 euros": 3.0, "4 euros": 3.0}).confidence == pytest.approx(
        alone.confidence, abs=0.05
    )


def test_a_much_weaker_one_is_a_version_only_where_the_reader_is_sure(fare):
    assert len(fare(FARES, {"3 euros": 2.5, "4 euros": 6.0}).sentences) == 2
    assert len(fare(FARES, {"3 euros": 1.5, "4 euros": 5.0}).sentences) == 1


def test_a_weaker_one_is_no_version(fare):
    answer = fare(FARES, {"3 euros": 0.0, "4 euros": 5.0})
    assert [sentence.group for sentence in answer.sentences] == [""]


def test_what_tells_of_something_else_is_no_version(fare, embedder):
    answer = fare(FARES, {"3 euros": 2.0, "4 euros": 3.0}, embedder)
    assert [sentence.text for sentence in answer.sentences] == ["The ferry costs 4 euros."]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("minutes-2025-03-04", [(2025, 3, 4)]),
        ("valid from 1 September 2024", [(2024, 9, 1)]),
        ("Sept. 2024 and 2019", [(2019, 0, 0), (2024, 9, 0)]),
        ("4.3.2025", [(2025, 3, 4)]),
        ("room 2120 of 45", []),
    ],
)
def test_dates_are_found_however_they_are_written(text, dates):
    assert dates_in(text) == dates


class Halfway(FakeEmbedder):
    """Two texts have a cosine of 0.7: they tell of the same thing, in other words."""

    def embed(self, texts):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows[:, 0] = np.sqrt(0.7)
        for number in range(len(texts)):
            rows[number, 1 + number % (self.dimension - 1)] = np.sqrt(0.3)
        return rows


@pytest.mark.parametrize(("margin", "count"), [(6.5, 2), (5.5, 1)])
def test_a_weaker_one_in_other_words_is_a_version_where_the_reader_is_very_sure(
    fare, margin, count
):
    texts = {"a.txt": "The ferry costs 4 euros.", "b.txt": "Crossing it costs 3 euros at most."}
    answer = fare(texts, {"4 euros": 9.5, "3 euros": margin}, Halfway())
    assert len(answer.sentences) == count
