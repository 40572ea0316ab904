"""What documents are called, found in questions."""

import pytest
from fake_models import fill_library

from rag.answering.names import Names, name_words

REPORTS = {
    "cedar-report-2022.txt": "Cedar: annual report 2022\n\nThe club had 41 members.\n",
    "cedar-report-2023.txt": "Cedar: annual report 2023\n\nThe club had 52 members.\n",
    "cedar-report-2024.txt": "Cedar: annual report 2024\n\nThe club had 47 members.\n",
    "minutes-2025-03-04.md": "# Minutes of the meeting\n\nIt rains.\n\n## Leave\n\nNone.\n",
    "lease.txt": "The flat is let to Ada Brook.\n",
}


@pytest.fixture
def names(tmp_path, embedder):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in REPORTS.items():
        (folder / name).write_text(text)
    with fill_library(tmp_path / "names.sqlite", folder, embedder) as library:
        yield Names(library)


def likeliest(names, question):
    preference = names.preferred(question)
    return sorted(names.documents[number] for number in preference.documents)


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("what was said at the meeting of 4 March", ["minutes-2025-03-04.md"]),
        ("what was said on 4.3.2025?", ["minutes-2025-03-04.md"]),
        ("How many members does the cedar report of 2023 give?", ["cedar-report-2023.txt"]),
        ("How many members does the ceder report give?", sorted(REPORTS)[:3]),
        ("what does the lease say", ["lease.txt"]),
        ("How tall is the tower?", []),
    ],
)
def test_documents_are_found_by_words_dates_and_years_misspelt_too(names, question, documents):
    assert likeliest(names, question) == documents


@pytest.mark.parametrize(
    ("question", "certain"),
    [
        ("According to cedar-report-2023.txt, how many members are there?", True),
        ("how many members in Cedar-Report-2023?", True),
        ("how many members in cedar report 2023?", False),
        ("is the lease over?", False),
        ("is it over by lease.txt?", True),
        ("what of xcedar-report-2023.txt?", False),
    ],
)
def test_only_the_name_of_a_file_as_it_is_written_is_certain(names, question, certain):
    assert names.preferred(question).is_certain is certain


def test_a_name_in_full_is_stronger_than_a_part_of_it(names):
    assert names.preferred("in the lease, who is it?").strength == 1.0
    assert 0.0 < names.preferred("the report of 2023").strength < 1.0


def test_a_word_that_all_documents_are_called_by_names_none(tmp_path, embedder):
    folder = tmp_path / "alike"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"letter {number}.txt").write_text("Dear all, it rains.\n")
    with fill_library(tmp_path / "alike.sqlite", folder, embedder) as library:
        assert Names(library).preferred("what does the letter say").documents == frozenset()


def test_words_of_names_are_stems_with_the_parts_of_dates():
    assert name_words("Minutes_of-2025-03-04") == {"minut", "2025", "3", "4", "march"}
    assert name_words("the Fees of Sept 2024") == {"fee", "september", "2024"}


def test_sections_end_where_one_of_their_level_begins(names):
    (minutes,) = [key for key, name in names.documents.items() if name.startswith("minutes")]
    outer, inner = names.sections[minutes]
    assert (outer.title, inner.title) == ("Minutes of the meeting", "Leave")
    assert (outer.start, outer.end, inner.end) == (
        0,
        inner.end,
        len(REPORTS["minutes-2025-03-04.md"]),
    )
