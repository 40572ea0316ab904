"""Two sides of a question: two documents, or two sentences, each with its own text."""

import pytest
from fake_models import FakeReader, fill_library, knowing, pipeline_over

FEES = {
    "fees-2024.txt": "A lesson costs 210 euros.\n",
    "fees-2025.txt": "A lesson costs 228 euros.\n",
    "letter.txt": "Dear Eve, the weather is fine and the boat is ready.\n",
}
PRICES = "Bread is baked daily. A small box costs 4 euros. A large box costs 9 euros. We are open."


@pytest.fixture
def ask(tmp_path, embedder):
    """A function from a question, texts and what the reader finds to the answer."""
    libraries = []

    def make(question, texts, margins, compare=0.9):
        folder = tmp_path / f"docs{len(libraries)}"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)
        libraries.append(fill_library(folder.with_suffix(".sqlite"), folder, embedder))
        kinds = knowing(compare=compare, short=1 - compare)
        return pipeline_over(libraries[-1], FakeReader(margins), embedder, kinds).ask(question)

    yield make
    for library in libraries:
        library.close()


def sides(answer):
    return [(sentence.group, sentence.text) for sentence in answer.sentences]


BOTH = [
    ("fees-2024.txt", "A lesson costs 210 euros."),
    ("fees-2025.txt", "A lesson costs 228 euros."),
]


@pytest.mark.parametrize("compare", [0.9, 0.0])
def test_two_documents_that_are_called_alike_are_shown_side_by_side(ask, compare):
    question = "How do the fees of 2024 and 2025 for a lesson differ?"
    answer = ask(question, FEES, {"210 euros": 3.0, "228 euros": 2.0}, compare)
    assert (answer.answer_kind, answer.unanswered) == ("comparison", ())
    assert sorted(sides(answer)) == BOTH
    assert [citation.document for citation in answer.citations] == [
        group for group, _ in sides(answer)
    ]
    assert answer.confidence == pytest.approx(0.881, abs=0.001)  # 1 / (1 + exp(-2)), the lower one
    assert answer.text.splitlines()[0].startswith("fees-2024.txt: A lesson costs 210 euros. [")


def test_a_side_of_which_nothing_is_said_is_named(ask):
    answer = ask("How do the fees of 2024 and 2025 differ?", FEES, {"228 euros": 3.0})
    assert sides(answer) == [("fees-2025.txt", "A lesson costs 228 euros.")]
    assert answer.unanswered == ("fees-2024.txt",)
    assert "Not in the documents: fees-2024.txt" in answer.written(with_notes=True)
    assert "fees-2024.txt" not in answer.text


def test_a_comparison_of_which_nothing_is_said_is_refused(ask):
    assert ask("How do the fees of 2024 and 2025 differ?", FEES, {}).status == "refused"


def test_one_document_that_is_named_is_no_comparison(ask):
    answer = ask("What does a lesson cost by the fees of 2025?", FEES, {"228 euros": 3.0}, 0.0)
    assert (answer.answer_kind, sides(answer)) == ("short", [("", "A lesson costs 228 euros.")])


def test_two_sentences_are_shown_under_the_words_that_each_is_about(ask):
    question = "Is a small box cheaper than a large box?"
    answer = ask(question, {"shop.txt": PRICES}, {"4 euros": 2.0})
    assert answer.answer_kind == "comparison"
    assert sorted(sides(answer)) == [
        ("large", "A large box costs 9 euros."),
        ("small", "A small box costs 4 euros."),
    ]


def test_a_sentence_that_says_both_is_shown_alone(ask):
    texts = {"shop.txt": "A small box costs less than a large box. Bread is baked daily."}
    answer = ask("Is a small box cheaper than a large box?", texts, {"costs less": 2.0})
    assert sides(answer) == [("", "A small box costs less than a large box.")]
