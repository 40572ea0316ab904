"""Rows with an empty cell, where what lacks something is asked for."""

import numpy as np
import pytest
from fake_models import library_of_files, table_of

from rag.answering.rows.missing import missing

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
