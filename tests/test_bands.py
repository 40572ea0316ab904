"""The row whose range holds a number that a question names, and the cell asked of it."""

import math

import pytest
from fake_models import (
    FakeReader,
    Judging,
    library_of_files,
    pipeline_over,
    table_of,
)

from rag.answering.rows.bands import asked_bands
from rag.answering.rows.ranges import Range, range_columns

FILES = {
    "rent.md": """# Rent

| Floor area | Tarn Road | Pell Wharf |
|---|---|---|
| up to 15 sq ft | £31 | £36 |
| 16–25 sq ft | £47 | £54 |
| 51–75 sq ft | £112 | £129 |
""",
    "cancelling.md": """# If you cancel

| Time before | We keep |
|---|---|
| more than 9 months | the fee |
| 6 to 9 months | 35% |
| 2 to under 6 months | 60% |
| under 2 months | 90% |
""",
    "post.md": """# Parcels

| Weight | Price |
|---|---|
| up to 500 g | £2 |
| over 500 g, up to 5 kg | £4 |
| 5–15 kg | £6 |
| 15–30 kg | £9 |
""",
    "parking.md": """# Parking

| Time | Mon–Fri | Weekend |
|---|---|---|
| up to 1 hour | £1 | £2 |
| up to 4 hours | £5 | £6 |
| over 4 hours | £9 | £8 |
""",
    "hall.md": "# Hall\n\n| Guests | Deposit |\n|---|---|\n| up to 30 | none |\n| 31–60 | £75 |\n",
    "food.md": "# Food\n\n| Weight | Grams |\n|---|---|\n| 1–5 | 90 |\n| 6–20 | 200 |\n",
    "rolls.md": "# Rolls\n\n| Ordered | White | Croissant |\n|---|---|---|\n"
    "| up to 11 | 55p | 80p |\n| 12–35 | 50p | 70p |\n| 36–99 | 45p | 60p |\n"
    "| over 99 | 40p | 50p |\n",
    "masters.md": "# Masters\n\n| In office | Name |\n|---|---|\n| 1826–1851 | Jost |\n"
    "| 1852–1889 | Frey |\n",
    "terms.md": "# Terms\n\n| Term | Half term |\n|---|---|\n| Autumn | 28 Oct - 1 Nov |\n"
    "| Spring | 17 - 21 Feb |\n| Summer | 26 - 30 May |\n",
    "menu.md": "# Menu\n\n| Price | Dish |\n|---|---|\n| £5–£12 | soup |\n| £8–£15 | stew |\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with library_of_files(tmp_path_factory.mktemp("bands"), FILES) as filled:
        yield filled


def bands(library, name, question, checker=None):
    return asked_bands(question, [table_of(library, name)], checker)


def test_ranges_are_read_with_their_open_ends(library):
    (own,) = range_columns(table_of(library, "cancelling.md"))
    assert (own.column, own.unit) == (0, "months")
    assert own.ranges == (
        Range(low=9, high=math.inf, above=True),
        Range(low=6, high=9),
        Range(low=2, high=6, below=True),
        Range(low=-math.inf, high=2, below=True),
    )


def test_ranges_in_several_units_are_read_in_one(library):
    (own,) = range_columns(table_of(library, "post.md"))
    assert own.unit == "kg"
    assert own.ranges[:2] == (Range(low=-math.inf, high=0.5), Range(low=0.5, high=5, above=True))


def test_columns_whose_ranges_cross_part_nothing(library):
    assert range_columns(table_of(library, "menu.md")) == []


def test_days_of_dates_are_no_range(library):
    """ "28 Oct - 1 Nov" are not the numbers from 1 to 28."""
    assert range_columns(table_of(library, "terms.md")) == []


@pytest.mark.parametrize(
    ("name", "question", "expected"),
    [
        ("rent.md", "rent for a 60 sq ft room at pell wharf", "£129"),
        ("cancelling.md", "What do you keep four months before the wedding?", "60%"),
        ("cancelling.md", "What do you keep 6 months before?", "35%"),  # no longer under 6
        ("cancelling.md", "What do you keep three weeks before?", "90%"),  # weeks are months
        ("cancelling.md", "What do you keep more than 10 months before?", "the fee"),
        ("post.md", "What is the price of a parcel of 700 g?", "£4"),
        ("parking.md", "What does it cost for 3 hours on a weekend?", "£6"),  # the narrowest
        ("hall.md", "What deposit is it for 45 guests?", "£75"),  # by what is counted
        ("food.md", "How many grams for a dog of 7 kg?", "200"),  # by the column's name
        ("masters.md", "What was the name of the master in 1860?", "Frey"),
        ("post.md", "what price is a 12 kilo parcel", "£6"),  # a unit however it is called
        ("rolls.md", "if i order 40 croissants what's each one", "60p"),  # "one" is no number here
        ("rolls.md", "price of a croissant, for at least twelve of us", "70p"),  # no row holds it
        ("rolls.md", "price of a croissant if we order over 99", "50p"),
    ],
)
def test_cell_of_the_row_whose_range_holds_the_number(library, name, question, expected):
    (band,) = bands(library, name, question)
    assert band.cell is not None and band.cell.text == expected


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("post.md", "What is the price for 14 years?"),  # years are not kilograms
        ("food.md", "How many grams for a dog of 7 years?"),
        ("hall.md", "What deposit is it for a 45 kg dog?"),
        ("hall.md", "What deposit is it in 2031?"),  # a year is no number of guests
        ("rent.md", "What is the rent for 20 boxes at Pell Wharf?"),
        ("rent.md", "What is the rent at Pell Wharf?"),
        ("hall.md", "What deposit is it for 20 guests, and for 45 guests?"),
    ],
)
def test_nothing_where_no_number_fits_or_two_do(library, name, question):
    assert bands(library, name, question, Judging({"": 0.9})) == []


def test_two_rows_that_share_an_end_leave_it_open(library):
    (band,) = bands(library, "post.md", "What is the price of a parcel of 15 kg?")
    assert band.cell is None
    assert [row.cells[0].text for row in band.outside] == ["up to 500 g", "over 500 g, up to 5 kg"]


def test_number_beyond_all_ranges_leaves_no_row(library):
    (band,) = bands(library, "hall.md", "What deposit is it for 200 guests?")
    assert band.cell is None
    assert [row.cells[0].text for row in band.outside] == ["up to 30", "31–60"]


def test_bare_number_needs_a_checker_that_takes_the_table(library):
    question = "we'll be 45 at the wedding, what deposit is that"
    assert bands(library, "hall.md", question, Judging({"31–60": 0.4})) == []
    (band,) = bands(library, "hall.md", question, Judging({"31–60": 0.6}))
    assert band.cell is not None and band.cell.text == "£75"


def test_number_that_fits_needs_a_table_that_is_asked_about(library):
    question = "What deposit is it for 45 guests?"
    assert bands(library, "hall.md", question, Judging({})) == []


def test_column_that_no_word_names_is_the_checkers(library):
    question = "What does it cost for 3 hours on a Saturday?"
    (band,) = bands(library, "parking.md", question, Judging({"Weekend": 0.8}))
    assert band.cell is not None and band.cell.text == "£6"
    assert band.is_sure
    (band,) = bands(library, "parking.md", question, Judging({"Column": 0.8, "Weekend": 0.9}))
    assert band.cell is not None and (band.cell.text, band.is_sure) == ("£6", False)


def test_row_is_shown_though_the_reader_takes_another(library):
    pipeline = pipeline_over(library, FakeReader({"£31": 5.0, "£47": 4.0}))
    answer = pipeline.ask("rent for a 60 sq ft room at pell wharf")
    assert (answer.status, answer.short_answer) == ("quoted", "£129")
    (sentence,) = answer.sentences
    assert sentence.cells == (
        ("Floor area", "51–75 sq ft"),
        ("Tarn Road", "£112"),
        ("Pell Wharf", "£129"),
    )
    assert answer.citations[0].column == "Pell Wharf"


def test_row_is_shown_as_unsure_where_the_column_is_and_the_reader_is_elsewhere(tmp_path):
    files = {
        "parking.md": FILES["parking.md"],
        "letter.txt": "Parking at the pool on a Saturday costs £3.",
    }
    question = "What does parking for 3 hours cost on a Saturday?"
    checker = Judging({"Parking": 0.8, "Weekend": 0.9})
    with library_of_files(tmp_path, files) as library:
        elsewhere = pipeline_over(library, FakeReader({"£3": 5.0, "£1": 6.0}), checker=checker)
        answer = elsewhere.ask(question)
        assert (answer.short_answer, answer.confidence) == ("£6", 0.5)
        inside = pipeline_over(library, FakeReader({"£3": 4.0, "£5": 5.0}), checker=checker)
        assert inside.ask(question).short_answer == "£5"


def test_row_that_does_not_hold_the_number_is_not_shown(library):
    pipeline = pipeline_over(library, FakeReader({"£75": 5.0, "none": 4.0}))
    assert pipeline.ask("What is the deposit for 200 guests?").status == "refused"


@pytest.mark.slow
def test_real_models_find_the_row_of_a_bare_number(tmp_path):
    from rag.assemble import open_pipeline
    from rag.settings import load_settings

    (tmp_path / "beds.md").write_text(
        "# Mill hostel\n\n## What does a bed cost?\n\n| Age | Dormitory | Pod |\n|---|---|---|\n"
        "| under 3 years | free | free |\n| 3–11 years | £14 | £12 |\n| 12–17 years | £19 | £16 |\n"
        "| 18 years and over | £27 | £24 |\n\nA dog costs £5. Breakfast is at 8 o'clock.\n"
    )
    pipeline = open_pipeline(load_settings(), docs=[tmp_path], say=lambda _: None, progress=None)
    answer = pipeline.ask("My daughter is 14. What does the dormitory cost for her?")
    assert (answer.short_answer, len(answer.sentences)) == ("£19", 1)
    assert "£19" not in pipeline.ask("What does a dog of 14 kg cost?").text
