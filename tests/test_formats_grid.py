"""Which row of a table names its columns."""

import pytest

from rag.documents.formats.grid import (
    begins_with_names,
    is_list_of_values,
    is_number,
    names_columns,
    tells_names,
)


@pytest.mark.parametrize(
    "cell", ["5", "-5", "−5", "(5)", "+5", "1'200.50", "5 kg", "€ -5", "CHF 5", "12.5.2024", "8:30"]
)
def test_numbers(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["Q1", "H1", "é5", "A 1", "Unit 1", "-", ""])
def test_letters_before_digits_are_no_number(cell):
    assert not is_number(cell)


def rows_of(table):
    return [row.split("|") for row in table.split("\n")]


@pytest.mark.parametrize(
    "table",
    [
        "Region|Q1|Q2\nNorth|10|12",
        "Day|A1|B2\nMon|Art|Maths",
        "Item|2024-01-01|2024-02-01\nRent|100|120",
        "Item|29.01.2024|05.02.2024\nRent|100|120",
        "Worker|1|2|3|Total\nAnna|8|7|8|23\nBert|5|5|4|14",
        "Item|Unit|2023|2024\nRoof|m2|1|2",
        "Item|2024\nRoof|1",
        "Region|2021|2022|2023\nNorth|1950|2020|2030\nSouth|410|400|390",
        "Drug|5 mg|10 mg\nAspirin|1|2",
        "Sex|0-17|18-64|65+\nmen|1|2|3",
        "Term|5%|10%\n1 year|100|200",
        "Room|09:00|10:00\n101|Maths|Art",
        "Name|2024 Budget|1Q|3rd\nAnna|5|6|7",
        "|Mon|Tue||Thu\nAnna|1|2|3|4",
        "Region|2023|2023|2024|2024\nNorth|1|2|3|4",
        f"Timestamp|{'How content ' * 8}?\n2024-05-01|4",
        f"Name|{'How content ' * 8}?\nAnna|very",
    ],
)
def test_names(table):
    row, *below = rows_of(table)
    assert names_columns(row, below)


@pytest.mark.parametrize(
    "table",
    [
        "Roof|1|2\nWall|3|4",
        "Roof|1|2|3\nWall|4|5|6",
        "Roof|-5|-3\nWall|4|2",
        "Roof|1.5|2.5\nWall|3|4",
        "Roof|€ 1|€ 2\nWall|3|4",
        "Tom|2019|2020\nEva|2018|2020",
        "Tom|Bern|2019|x\nEva|Ulm|18|y",
        "A-1|Bolt\nB-2|Nut",
        "Anna|House 12\nTom|House 14",
        f"Name|{'word ' * 20}\nAnna|{'word ' * 20}",
        f"Name|{'word ' * 50}\nAnna|4",
    ],
)
def test_rows_like_those_below_are_no_names(table):
    row, *below = rows_of(table)
    assert not names_columns(row, below)


def test_codes_below_words_are_like_numbers():
    assert begins_with_names(rows_of("Code|Name\nA1|Bolt\nB-2|Nut"))


def test_a_list_of_values_may_begin_with_a_number():
    assert is_list_of_values(rows_of("Invoice|2024-77\nCustomer|Kern"))
    assert not is_list_of_values(rows_of("Roof|1\nWall|3"))


def test_a_long_list_of_mostly_numbers_is_a_table():
    rows = rows_of("Item|Price\nInk|on request")
    assert is_list_of_values([*rows, *([f"Pen {'i' * n}", "1"] for n in range(9))])
    assert not is_list_of_values([*rows, *([f"Pen {'i' * n}", "1"] for n in range(19))])


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("|Funder|Recipient\nName|Dale|Wren\nTown|Ayr|Esk", True),
        ("Who|Funder|Recipient\nName|Dale|Wren\nTown|Ayr|Esk", False),
        ("|Funder|\nName|Dale|Wren\nTown|Ayr|Esk", False),
        ("|Funder|Recipient\nName|Dale|Wren\n|Ayr|Esk", False),
        ("|Funder|Recipient\nName|Dale|Wren", False),
    ],
    ids=["corner", "no corner", "two empty", "a row without a name", "one row"],
)
def test_an_empty_corner_above_names_of_rows_tells_names_of_columns(table, told):
    first, *below = rows_of(table)
    assert tells_names(first, below) is told
