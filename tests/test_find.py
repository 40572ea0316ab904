"""What a library has for a question: the documents that it names go first."""

import pytest
from fake_models import FakeReader, fill_library, knowing, pipeline_over

REPORTS = {
    f"cedar-report-{year}.txt": f"Cedar club, report {year}\n\nThe club had {count} members.\n"
    for year, count in ((2022, 41), (2023, 52), (2024, 47))
}
SURE = {"41": 3.0, "52": 2.5, "47": 2.0}


@pytest.fixture
def ask(tmp_path, embedder):
    """A function from a question and texts to the answer; the reader finds what it is given."""
    libraries = []

    def make(question, texts=REPORTS, margins=SURE):
        folder = tmp_path / f"docs{len(libraries)}"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)
        libraries.append(fill_library(folder.with_suffix(".sqlite"), folder, embedder))
        pipeline = pipeline_over(libraries[-1], FakeReader(margins), embedder, knowing(short=1.0))
        return pipeline.ask(question)

    yield make
    for library in libraries:
        library.close()


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("According to cedar-report-2023.txt, how many members are there?", 2023),
        ("How many members does the cedar report of 2024 give?", 2024),
        ("cedar report 2022: how many members", 2022),
    ],
)
def test_of_look_alikes_the_one_that_is_named_answers(ask, question, document):
    answer = ask(question)
    assert [citation.document for citation in answer.citations] == [f"cedar-report-{document}.txt"]


def test_a_file_that_is_named_and_does_not_say_it_is_no_reason_to_quote_another(ask):
    answer = ask("According to cedar-report-2023.txt, how many members?", margins={"41": 3.0})
    assert answer.status == "refused"
    assert {near.document for near in answer.nearest} == {"cedar-report-2023.txt"}


def test_a_document_named_less_exactly_that_does_not_say_it_leaves_the_word_to_others(ask):
    answer = ask("How many members has the cedar report of 2023?", margins={"41": 9.0})
    assert [citation.document for citation in answer.citations] == ["cedar-report-2022.txt"]


def test_a_name_that_is_only_the_topic_does_not_outdo_a_far_better_answer(ask):
    texts = {
        "lease.txt": "The flat is on the second floor. The lease is long.",
        "cars.txt": "A lease of a car costs 300 euros a month.",
        "notes.txt": "It rains.",
    }
    answer = ask("What is the lease of a car?", texts, {"long": 1.0, "300 euros": 8.0})
    assert [citation.document for citation in answer.citations] == ["cars.txt"]
