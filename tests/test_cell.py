"""The one cell that a question asks for, found by the names of its row and its column."""

import pytest
from fake_embedder import FakeEmbedder
from fake_models import FakeReader, Judging, fill_library, library_of_files, pipeline_over, table_of

from rag.answering.rows.cell import asked_cell

STAFF = """# Staff

| Name | City | Salary | Salary from 2025 |
|---|---|---|---|
| Anna Kern | Basel | 4500 | 4600 |
| Tom Reed | Bern | 3900 | |
| Eva Lind | Bern | 4100 | 4200 |
"""
YEARS = "Year,Income,Costs\n2002,114,90\n2003,121,95\n2004,128,100\n"
MONTHS = "Name,Jan,Feb,Mar\nAnna,,5,\nTom,7,,9\n"
CONTACTS = """<table><tr><th>Name</th><th colspan=2>Contact</th></tr>
<tr><td rowspan=2>Anna Kern</td><td>Phone</td><td>111</td></tr>
<tr><td>Mail</td><td>anna@example.org</td></tr>
<tr><td>Tom Reed</td><td>Phone</td><td>333</td></tr></table>"""
BUDGET = "Income,2023,2024\nFees,32,34\nSpending,2023,2024\nHire,29,31\n"
FORM = "Applicant,Born in,Married\nIda Roth,Chur,yes\n"
FILES = {
    "staff.md": STAFF,
    "years.csv": YEARS,
    "months.csv": MONTHS,
    "contacts.html": CONTACTS,
    "form.csv": FORM,
    "budget.csv": BUDGET,
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with library_of_files(tmp_path_factory.mktemp("cells"), FILES) as filled:
        yield filled


def cell(library, name, question):
    table = table_of(library, name)
    text = library.text(table.document_id)
    found = asked_cell(question, table)
    assert found is None or text[found.start : found.end] == found.text
    return found and found.text


@pytest.mark.parametrize(
    ("name", "question", "expected"),
    [
        ("staff.md", "What is Tom Reed's salary?", "3900"),
        ("staff.md", "What is the salary from 2025 of Eva Lind?", "4200"),
        ("staff.md", "What city is Anna in?", "Basel"),
        ("years.csv", "How much were the costs in 2003?", "95"),
        ("years.csv", "In which year was the income 128?", "2004"),
        ("months.csv", "What did Tom have in Mar?", "9"),
        ("months.csv", "How much did Anna have in Feb?", "5"),
        ("contacts.html", "What is Anna Kern's mail?", "anna@example.org"),
        ("contacts.html", "What is Tom Reed's phone?", "333"),
        ("form.csv", "Born in?", "Chur"),
    ],
)
def test_cell_of_the_row_and_the_column_that_are_named(library, name, question, expected):
    assert cell(library, name, question) == expected


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("staff.md", "What is the salary of Tom Reed's boss?"),  # a word that nothing explains
        ("staff.md", "What is Max Reed's salary?"),  # a name that is not there
        ("staff.md", "What is the salary in Bern?"),  # two rows
        ("staff.md", "What are the city and the salary of Tom Reed?"),  # two columns
        ("staff.md", "What is Tom Reed's salary from 2025?"),  # an empty cell
        ("staff.md", "Is Tom Reed's salary 3900?"),  # the cell itself is said
        ("staff.md", "Who has a higher salary than Tom Reed?"),
        ("years.csv", "What was the income in 2017?"),
        ("months.csv", "What did Anna have in Mar?"),
        ("contacts.html", "What is Tom Reed's mail?"),  # his is not there
        ("budget.csv", "What was most of the spending in 2024 for?"),  # names stand within it
    ],
)
def test_no_cell_where_the_question_names_another_thing(library, name, question):
    assert cell(library, name, question) is None


def test_cell_is_the_answer_though_the_reader_stops_elsewhere(library):
    pipeline = pipeline_over(library, FakeReader({"114": 4.0, "4500": 4.0}))
    answer = pipeline.ask("How much were the costs in 2003?")
    assert (answer.status, answer.short_answer) == ("quoted", "95")
    (sentence,) = answer.sentences
    assert sentence.text == "Year: 2003; Income: 121; Costs: 95"
    (citation,) = answer.citations
    assert (citation.document, citation.row, citation.column) == ("years.csv", 3, "Costs")


def test_a_cell_whose_row_the_checker_takes_for_no_answer_is_left_to_the_reader(library):
    for chance, short in ((0.9, "95"), (0.1, None)):
        pipeline = pipeline_over(library, FakeReader({}), checker=Judging({"": chance}))
        assert pipeline.ask("How much were the costs in 2003?").short_answer == short


def test_empty_cell_has_no_value_from_its_row_or_another(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "months.md").write_text(
        "| Name | Jan | Feb | Mar |\n|---|---|---|---|\n| Anna | | 5 | |\n| Tom | 7 | | 9 |\n\n"
        "The table was made by Lou Frey.\n"
    )
    with fill_library(tmp_path / "l.sqlite", tmp_path / "docs", FakeEmbedder()) as library:
        pipeline = pipeline_over(library, FakeReader({"5": 5.0, "7": 5.0, "Lou": 4.0}))
        assert pipeline.ask("How much did Anna have in Feb?").short_answer == "5"
        assert pipeline.ask("How much did Anna have in Jan?").status == "refused"


def test_empty_cell_leaves_it_to_what_else_is_said(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "pay.csv").write_text("Name,Pay,Room\nTom Reed,,12\nAnna Kern,5,14\n")
    (tmp_path / "docs" / "letter.txt").write_text("The pay of Tom Reed is 3900 francs.")
    with fill_library(tmp_path / "l.sqlite", tmp_path / "docs", FakeEmbedder()) as library:
        pipeline = pipeline_over(library, FakeReader({"12": 5.0, "3900": 4.0}))
        assert pipeline.ask("What is Tom Reed's pay?").short_answer == "3900"


def test_tables_that_say_otherwise_leave_it_to_the_reader(tmp_path):
    (tmp_path / "docs").mkdir()
    for number, pay in enumerate((3900, 4000)):
        text = f"Name,Pay\nTom Reed,{pay}\nAnna Kern,{pay + 5}\n"
        (tmp_path / "docs" / f"{number}.csv").write_text(text)
    with fill_library(tmp_path / "l.sqlite", tmp_path / "docs", FakeEmbedder()) as library:
        pipeline = pipeline_over(library, FakeReader({}))
        assert pipeline.ask("What is Tom Reed's pay?").status == "refused"
