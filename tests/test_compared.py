"""Which column a number of a question is held against, by its unit or by likeness."""

import numpy as np
import pytest
from fake_models import library_of_files, table_of

from rag.answering.rows.compared import condition_of
from rag.answering.rows.mentions import mentions_in

FILES = {
    "teas.csv": "Tea,Grams,Price,Left\nAssam,125,6.40,34\nMint,75,4.10,63\nSencha,100,11.90,12\n",
    "costs.csv": "Month,Who,Cost\nJan,Stu,5\nFeb,Me,6\nMar,Stu,7\nApr,Me,8\nTotal,,26\n",
    "flats.csv": "Flat,Rent,Size\nA,£900,40 m²\nB,£1200,61 m²\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with library_of_files(tmp_path_factory.mktemp("compared"), FILES) as filled:
        yield filled


def condition(library, name, question, **likeness):
    """The condition of the only value; `likeness` of each column to the question, else 0."""
    (mention,) = mentions_in(question)

    def embed(names):
        return np.array([[likeness.get(each, 0.0)] for each in names], dtype=np.float32)

    vector = np.ones(1, dtype=np.float32)
    return condition_of(mention, question, table_of(library, name), vector, embed)


def test_number_that_is_compared_goes_with_the_column_that_the_question_is_like(library):
    found = condition(library, "teas.csv", "teas under 6 euros", Price=0.25, Grams=0.2, Left=0.1)
    assert (found.column, found.rows, found.words) == (2, {1}, "Price under 6")
    found = condition(library, "teas.csv", "teas with less than 20 to go", Left=0.3)
    assert (found.column, found.rows) == (3, {2})


def test_its_unit_or_what_it_counts_goes_before_likeness(library):
    found = condition(library, "teas.csv", "teas of more than 90 grams", Price=0.9)
    assert (found.column, found.rows) == (1, {0, 2})
    found = condition(library, "flats.csv", "flats under £1000", Size=0.9)
    assert (found.column, found.rows) == (1, {0})


@pytest.mark.parametrize(
    ("name", "question", "likeness"),
    [
        ("teas.csv", "teas under 6 euros", {"Price": 0.19}),  # like none
        ("teas.csv", "teas under 6 euros", {"Price": 0.3, "Left": 0.27}),  # like two
        ("teas.csv", "how about 6 teas", {"Price": 0.3}),  # not compared
        ("flats.csv", "flats under 60 euros", {"Size": 0.3}),  # in another unit
        ("teas.csv", "teas from before May 2024", {"Price": 0.3}),  # no number
    ],
)
def test_number_that_no_column_is_clearly_meant_by_is_no_condition(
    library, name, question, likeness
):
    assert condition(library, name, question, **likeness) is None


def test_without_vectors_likeness_tells_nothing(library):
    (mention,) = mentions_in("teas under 6 euros")
    table = table_of(library, "teas.csv")
    assert condition_of(mention, "teas under 6 euros", table, None, None) is None


def test_months_are_told_apart_by_what_they_are_and_not_by_how_they_are_written(library):
    found = condition(library, "costs.csv", "what did Stu pay from February to April")
    assert (found.column, found.rows) == (0, {1, 2, 3})
    assert (found.words, found.certainty) == ("Month from February to April", 1.0)
    assert condition(library, "costs.csv", "what was paid in January").rows == {0}
    assert condition(library, "costs.csv", "what was paid in January 2024") is None
