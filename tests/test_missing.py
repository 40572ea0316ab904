"""Rows with an empty cell, where what lacks something is asked for."""

import numpy as np
import pytest
from fake_models import library_of_files, table_of

from rag.answering.rows.missing import missing, nothing_in
from rag.answering.rows.words import words_found

LOG = """Job,Who,Done,Reported
Boiler,Ann,2 May,1 May
Tap,Eve,,2 May
Lamp,Bob,,3 May
"""
MEANINGS = {"finished": "done"}


def embed(texts):
    places = ["job", "who", "done", "reported"]
    rows = np.zeros((len(texts), 5), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        word = MEANINGS.get(text.lower(), text.lower()).rstrip("s")
        row[places.index(word) if word in places else 4] = 1
    return rows


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    with library_of_files(tmp_path_factory.mktemp("missing"), {"log.csv": LOG}) as library:
        yield table_of(library, "log.csv")


@pytest.mark.parametrize("question", ["jobs not done yet", "which jobs arent finished"])
def test_the_column_is_named_or_meant_by_a_word(table, question):
    condition, _ = missing(question, table, frozenset(), 0.9, embed)
    assert (condition.rows, condition.words) == (frozenset([1, 2]), "Done (empty)")
    assert condition.certainty == 0.9


def test_without_an_embedder_only_names_tell(table):
    assert missing("jobs not done yet", table, frozenset(), 0.9, None) is not None
    assert missing("which jobs arent finished", table, frozenset(), 0.9, None) is None


@pytest.mark.parametrize("question", ["jobs that nobody reported", "jobs without a roof"])
def test_no_column_that_is_full_or_that_no_word_means(table, question):
    assert missing(question, table, frozenset(), 0.9, embed) is None


@pytest.mark.parametrize(
    ("question", "rows", "said"),
    [
        ("which kids have no funded hours", {1, 3}, "Funded hrs 0 or (empty)"),
        ("who owes nothing", {0, 3}, "Owes 0"),
        ("kids without funded hours that owes most", {1, 3}, "Funded hrs 0 or (empty)"),
    ],
)
def test_a_column_of_numbers_says_nothing_or_0(tmp_path, question, rows, said):
    kids = "Kid,Funded hrs,Owes,Born\nAda,15,0,2020\nBea,0,12,2021\nCy,30,5,2021\nDot,,0,2022\n"
    with library_of_files(tmp_path, {"kids.csv": kids}) as library:
        table = table_of(library, "kids.csv")
        condition, stems = nothing_in(question, words_found(question, table), table, 0.9)
    assert (condition.rows, condition.words) == (rows, said)
    assert (condition.certainty, len(stems)) == (0.9, 1)


def test_a_column_of_numbers_without_a_0_says_nothing_of_what_lacks(tmp_path):
    question = "vans without seats"
    with library_of_files(tmp_path, {"v.csv": "Van,Seats\nA,3\nB,7\nC,5\n"}) as library:
        table = table_of(library, "v.csv")
        assert nothing_in(question, words_found(question, table), table, 0.9) is None
