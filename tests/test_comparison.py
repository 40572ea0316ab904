"""Two sides of a question: two documents, or two sentences, each with its own text."""

from contextlib import closing

import numpy as np
import pytest
from fake_models import FakeReader, fill_library, knowing, pipeline_over

from rag.answering.comparison import choose_together, document_sides
from rag.answering.evidence import Candidate
from rag.answering.names import Names
from rag.datatypes import Hit, Passage, Span

FEES = {
    "fees-2024.txt": "A lesson costs 210 euros.\n",
    "fees-2025.txt": "A lesson costs 228 euros.\n",
    "letter.txt": "Dear Eve, the weather is fine and the boat is ready.\n",
}
LARGE_COSTS = "a large box", "A large box costs 9 euros."
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


class BySide(FakeReader):
    """Finds another phrase for each word of a question."""

    def read(self, question, passages):
        self.margins = {phrase: 3.0 for word, phrase in PRICED.items() if word in question}
        return super().read(question, passages)


PRICED = {"small": "4 euros", "large": "9 euros"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PRICES, [("a small box", "A small box costs 4 euros."), LARGE_COSTS]),
        (  # both in one place, which names both
            "A small box is 4 euros, a large box 9 euros.",
            [("", "A small box is 4 euros, a large box 9 euros.")],
        ),
    ],
)
def test_each_side_that_a_question_names_is_asked_apart(tmp_path, embedder, text, expected):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "shop.txt").write_text(text)
    with fill_library(tmp_path / "x.sqlite", tmp_path / "docs", embedder) as library:
        pipeline = pipeline_over(library, BySide({}), embedder, knowing(compare=0.9))
        answer = pipeline.ask("price of a small box vs a large box")
    assert (answer.answer_kind, sides(answer)) == ("comparison", expected)


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
    assert "Nothing found for: fees-2024.txt" in answer.written(with_notes=True)
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


def test_two_items_of_one_list_are_two_sides(ask):
    text = "# Shop\n\nWe sell:\n\n- a small box for 4 euros\n- a large box for 9 euros\n"
    answer = ask("small box or large box?", {"shop.md": text}, {"4 euros": 2.0})
    shown = [words for _, words in sides(answer) if "euros" in words]
    assert sorted(shown) == ["a large box for 9 euros", "a small box for 4 euros"]


def test_a_sentence_that_says_both_is_shown_alone(ask):
    texts = {"shop.txt": "A small box costs less than a large box. Bread is baked daily."}
    answer = ask("Is a small box cheaper than a large box?", texts, {"costs less": 2.0})
    assert sides(answer) == [("", "A small box costs less than a large box.")]


def test_a_row_whose_columns_are_the_sides_is_shown_alone(ask):
    table = (
        "| | Duo | Trio |\n| --- | --- | --- |\n| Tank | 1.4 l | 1.8 l |\n| Weight | 9 kg | 8 kg |"
    )
    texts = {"coffee.md": f"# Machines\n\n{table}\n\nThe Duo has no milk system.\n"}
    answer = ask("Duo or Trio, which has the bigger tank?", texts, {"1.8 l": 2.0})
    assert [text for _, text in sides(answer)] == ["| Tank | 1.4 l | 1.8 l |"]


YARDS = {
    "hill-farm-guide.txt": "Lake Yard has own rules. Dogs stay out of Hill Farm. Tea is dear.\n",
    "lake-yard-terms.txt": "Hay is dear. Dogs stay on a lead here. The gate shuts at nine.\n",
}


def test_or_between_the_names_of_two_documents_makes_them_sides_however_unlikely(ask):
    found = {"Dogs stay out": 3.0, "Dogs stay on": 2.0}
    answer = ask("where may dogs run, hill farm or lake yard", YARDS, found, compare=0.0)
    assert answer.answer_kind == "comparison"
    assert sorted(sides(answer)) == [
        ("hill-farm-guide.txt", "Dogs stay out of Hill Farm."),
        ("lake-yard-terms.txt", "Dogs stay on a lead here."),
    ]


def test_an_unlikely_comparison_of_which_one_side_is_not_found_is_none(ask):
    question = "where may dogs run, hill farm or lake yard"
    answer = ask(question, YARDS, {"Dogs stay out": 3.0}, compare=0.0)
    assert (answer.answer_kind, answer.unanswered) == ("short", ())


def test_what_one_document_says_of_the_other_is_no_answer_for_it(ask):
    found = {"Lake Yard has": 5.0, "Dogs stay out": 2.0, "Dogs stay on": 2.0}
    answer = ask("How do Hill Farm and Lake Yard differ?", YARDS, found)
    assert sorted(sides(answer)) == [
        ("hill-farm-guide.txt", "Dogs stay out of Hill Farm."),
        ("lake-yard-terms.txt", "Dogs stay on a lead here."),
    ]


@pytest.fixture
def yards(tmp_path, embedder):
    """Names of the two yards."""
    for name, text in YARDS.items():
        (tmp_path / name).write_text(text)
    with closing(fill_library(tmp_path.with_suffix(".sqlite"), tmp_path, embedder)) as library:
        yield Names(library)


def test_each_document_is_asked_without_the_name_of_the_other(yards):
    found = document_sides(yards, "How do Hill Farm and Lake Yard differ over dogs?", 0.9)
    assert sorted(side.question for side in found) == [
        "How do Hill Farm differ over dogs?",
        "How do Lake Yard differ over dogs?",
    ]
    assert sorted(sorted(side.others) for side in found) == [["farm", "hill"], ["lake", "yard"]]


def test_what_is_told_alike_of_two_documents_is_chosen_before_what_the_reader_likes():
    """Cosines: 1 between what is in the same place below, 0 else; the reader likes tea by 5."""
    meaning = {"question": 0, "open": 0, "tea": 1, "hay": 2}

    def embed(texts):
        rows = np.zeros((len(texts), 3), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[next(place for word, place in meaning.items() if word in text)] = 1
        return rows

    first = [a_candidate("tea", 5.0), a_candidate("open till six", 0.0)]
    second = [a_candidate("hay", 5.0), a_candidate("open till nine", 0.0)]
    assert choose_together("question", [first, second], embed) == [first[1], second[1]]
    assert choose_together("question", [first[:1], second[:1]], embed) == []
    assert choose_together("question", [first, []], embed) == []


def a_candidate(text, score):
    """Return one whose span is all of a passage, by itself."""
    place = (0, len(text))
    passage = Passage(id=1, document_id=1, start=0, end=len(text), text=text, sentences=(place,))
    span = Span(passage=passage, start=0, end=len(text), score=score, no_answer_score=0.0)
    hit = Hit(passage=passage, score=0.0, dense_rank=None, lexical_rank=None)
    return Candidate(span=span, hit=hit, score=score)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("which is cheaper, a small box or a large box", "comparison"),
        ("of the small ones, is a parcel or a large box cheaper", "comparison"),
        ("which is cheaper, the small box in the large box", "short"),
        ("which small box is cheaper, red or blue", "short"),
    ],
)
def test_or_between_the_sides_makes_an_unlikely_comparison_of_sentences_one(ask, question, kind):
    answer = ask(question, {"shop.txt": PRICES}, {"4 euros": 2.0}, compare=0.1)
    assert answer.answer_kind == kind
