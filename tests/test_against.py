"""Two columns of a table held against each other, with the real embedder and the trained models."""

import pytest
from fake_models import library_of_files, table_of

from rag.answering.rows.against import against_in, compute_against
from rag.answering.rows.conditions import select_rows
from rag.answering.rows.lines import line_of, names_of
from rag.assemble import load_embedder
from rag.settings import load_settings

pytestmark = pytest.mark.slow
LOW = "Lavender candle, Beeswax polish, Oak brush"

SHOP = """Code,Item,On hand,Min level,Price 2024,Price 2025,Supplier
A1,Cedar soap,12,10,4.50,4.80,Orme
A2,Lavender candle,3,8,7.00,7.00,Orme
A3,Beeswax polish,0,4,6.20,6.90,Hale
A4,Linen cloth,22,15,9.00,8.50,Hale
A5,Oak brush,5,6,11.00,12.75,Tarn
A6,Glass jar,40,30,2.10,2.10,Tarn
"""
FETE = """Heading,Budget,Spent,Helpers
Marquee,900,940,2
Band,350,350,1
Printing,120,84.50,1
Food,600,712.30,6
Insurance,210,198,0
"""
AGES = """Age group,2022,2023,2024
Children,118,131,149
Juniors,86,92,88
Adults,203,197,211
"""
CLASSES = """Class,Spring,Autumn
Yoga,10,15
Judo,12,9
"""
PARTS = """Part,Nominal mm,Measured mm
Shaft,0.800,0.804
Pin,1.250,1.251
"""
BIRDS = """Bird,Mar 31,Apr 07
Robin,10,15
Wren,12,9
"""
FEES = """Fee,Sept 24,March 25
Attended,1450,1540
Unattended,895,895
Hearse,1150,1295
"""


@pytest.fixture(scope="module")
def embedder():
    return load_embedder(load_settings(), lambda line: None)[0]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("against")
    files = {
        "shop.csv": SHOP,
        "fete.csv": FETE,
        "fees.csv": FEES,
        "ages.csv": AGES,
        "classes.csv": CLASSES,
    }
    files |= {"parts.csv": PARTS, "birds.csv": BIRDS}
    library = library_of_files(folder, files)
    yield {name: table_of(library, name) for name in files}
    library.close()


def held(embedder, table, question, operation="filter"):
    """Return what the rows are called, with the line; None where nothing is held against it."""
    vector = embedder.embed([question])[0]
    against = against_in(question, vector, table, embedder.embed)
    if against is None:
        return None
    selection = select_rows(question, vector, table, against.stems, embedder.embed)
    done = compute_against(operation, against, selection, table, question)
    return done and (names_of(*done), line_of(*done)[0])


@pytest.mark.parametrize(
    ("name", "question", "names"),
    [
        ("shop.csv", "what is below its min level", LOW),
        ("shop.csv", "which items are we low on against the minimum", LOW),
        ("shop.csv", "how many hale items are below their minimum", "Beeswax polish"),
        ("shop.csv", "which prices went up", "Cedar soap, Beeswax polish, Oak brush"),
        ("shop.csv", "which item got cheaper", "Linen cloth"),
        ("shop.csv", "what went up most in price", "Oak brush"),
        ("shop.csv", "which price went up most in per cent", "Oak brush"),
        ("fees.csv", "which fee had the smallest increase", "Attended"),
        ("fete.csv", "what went over budget", "Marquee, Food"),
        ("fete.csv", "which headings came in under budget", "Printing, Insurance"),
        ("fete.csv", "what went over its budget by the most", "Food"),
        ("fees.csv", "which fee rose most", "Hearse"),
        ("ages.csv", "which age groups grew from 2023 to 2024", "Children, Adults"),
        ("ages.csv", "which age groups were bigger in 2023 than in 2024", "Juniors"),
        ("classes.csv", "which classes grew from spring to autumn", "Yoga"),
        ("classes.csv", "which class had more in spring than in autumn", "Judo"),
        ("classes.csv", "compared with spring which classes have more in autumn", "Yoga"),
        ("classes.csv", "which classes had more in spring compared with autumn", "Judo"),
        ("parts.csv", "which part is above its nominal by the most", "Shaft"),
    ],
)
def test_the_rows_whose_one_number_is_above_or_below_the_other(
    embedder, tables, name, question, names
):
    assert ", ".join(held(embedder, tables[name], question)[0]) == names


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("shop.csv", "which prices are over 7 in 2025"),
        ("shop.csv", "what is the most expensive item"),
        ("shop.csv", "what is the lowest minimum"),
        ("fete.csv", "what did we spend most on"),
        ("fete.csv", "how much did the band cost"),
        ("fete.csv", "which headings did not go over budget"),
        ("fete.csv", "which headings aren't over budget"),
        ("fete.csv", "which never exceeded their budget"),
        ("fete.csv", "what went over budget by more than 100"),
        ("birds.csv", "which birds went up"),
    ],
)
def test_nothing_else_is_taken_for_it(embedder, tables, name, question):
    assert held(embedder, tables[name], question) is None


def test_what_is_said_names_both_columns_and_by_how_much(embedder, tables):
    _, line = held(embedder, tables["fete.csv"], "what went over its budget by the most")
    assert line == (
        "Food: Spent above Budget by 112.30, the highest of the 2 rows with Spent above Budget."
    )
    _, line = held(embedder, tables["shop.csv"], "which price went up most in per cent")
    assert line.startswith("Oak brush: Price 2025 above Price 2024 by 15.91 %, the highest of")
    _, line = held(embedder, tables["parts.csv"], "which part is above its nominal by the most")
    assert line.startswith("Shaft: Measured mm above Nominal mm by 0.004, the highest of")
    _, line = held(embedder, tables["shop.csv"], "how many items are below the min level", "count")
    assert line == "3 of 6 rows: On hand below Min level."


def test_where_no_row_is_so_nothing_is_computed(embedder, tables):
    assert held(embedder, tables["fees.csv"], "which fees went down") is None


def test_without_an_embedding_nothing_is_held_against_anything(embedder, tables):
    question = "what went over budget"
    assert against_in(question, None, tables["fete.csv"], embedder.embed) is None
