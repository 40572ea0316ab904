"""Labels of groups are carried down where a table shows that it has groups, and nowhere else."""

import pytest

from rag.documents.formats.sheet_groups import carry_labels


def rows_of(text):
    return [[cell.strip() for cell in line.split("|")] for line in text.split("\n")]


def carried(text):
    """Return what is in the first column then, and nothing else may change."""
    rows = rows_of(text)
    after = carry_labels(rows)
    assert [list(row[1:]) for row in after] == [row[1:] for row in rows]
    return [row[0] for row in after]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("North|Q1|5\n|Q2|6\nSouth|Q1|1\n|Q2|2", "North North South South"),
        ("2023|May|5\n|June|6\n2024|May|1\n|June|2", "2023 2023 2024 2024"),
        ("Apples|2021|5\n|2022|7\nPears|2021|3\n|2022|2", "Apples Apples Pears Pears"),
        ("Mon|10:00|Yoga\n|11:00|Judo\nTue|10:00|Judo\n|11:00|Ski", "Mon Mon Tue Tue"),
        ("A|x|5||\n|y||6|\nB|x|1|2|\n|y|2||4", "A A B B"),  # hardly a number in each row
        ("IT|Eva|3\n|Ida|5\n|Lou|1\nHR|Tom|4\n|Max|3\n|Ann|8", "IT IT IT HR HR HR"),
        ("A|in|Eva\n|in|Ida\n|out|Lou\nB|in|Tom\n|out|Max\n|out|Ann", "A A A B B B"),
        ("A||\n|x|5\nB||\n|y|5\n|z|7\nTotal||17", "A A B B B Total"),  # labels alone
    ],
)
def test_labels_of_groups_are_carried_down(text, labels):
    assert carried(text) == labels.split()


@pytest.mark.parametrize(
    "text",
    [
        "Dr.|Anna|4500\n|Tom|3900\nProf.|Eva|4100\n|Ida|5200",  # few have a title
        "Dr.|Anna|4500\n|Tom|39\n|Max|39\nDr.|Eva|4100\n|Ida|52\n|Lou|1",  # the same again
        "checked|Bolt|5\n|Nut|7\n|Pin|3\n|Cap|2\n|Nail|1",  # one alone
        "1001|Bolt|5\n|Nut|7\n1002|Bolt|3\n|Nut|2",  # amounts would count twice
        "5 kg|Bolt|5\n|Nut|7\n6 kg|Bolt|3\n|Nut|2",
        "Cash||500\n|Sales|500\nBank||300\n|Rent|300",  # a journal: either has a side
        "|Bolt|5\nNorth|Nut|7\n|Pin|3\nSouth|Bolt|1\n|Nut|2",  # the first has none
        "North|Bolt|5\nNorth|Nut|7\nSouth|Bolt|1",
        f"{'long ' * 20}|Bolt|5\n|Nut|7\nSouth|Bolt|1\n|Nut|2",
    ],
)
def test_cells_that_may_just_be_empty_stay_so(text):
    assert carried(text) == [row[0] for row in rows_of(text)]


@pytest.mark.parametrize(
    ("end", "labels"),
    [
        ("|Total|14", ["", ""]),
        ("|Total|14\n|Mean|3.5", ["", "", ""]),
        ("|Q3|4", ["South", "South"]),  # adds up nothing
    ],
)
def test_a_total_of_the_whole_table_is_in_no_group(end, labels):
    rows = "North|Q1|5\n|Q2|6\nSouth|Q1|1\n|Q2|2\n"
    assert carried(rows + end)[4:] == labels[1:]
    assert carried(rows + end)[:4] == ["North", "North", "South", "South"]


def test_totals_of_groups_keep_what_they_are_called():
    text = "North|A|5\n|B|6\nNorth total||11\nSouth|C|1\n|D|2\nSouth total||3\nAll||14"
    assert carried(text) == [
        *("North", "North", "North total", "South", "South", "South total", "All")
    ]
    unnamed = "North|A|5\n|B|6\n||11\nSouth|A|1\n|B|2\n||3"
    assert carried(unnamed) == ["North", "North", "", "South", "South", ""]
    inside = "North|A|5\n|B|6\n|Sum|11\nSouth|A|1\n|B|2\n|Sum|3\n|Whole|14"
    assert carried(inside) == [*["North"] * 3, *["South"] * 3, ""]


def test_labels_of_two_levels_are_carried_down():
    rows = rows_of(
        "North|Oslo|A|5\n||B|6\n|Bergen|A|7\n||B|8\nSouth|Rome|A|5\n||B|6\nEast||A|2\n||B|1"
    )
    places = [row[:2] for row in carry_labels(rows)]
    assert places == [
        *[["North", "Oslo"]] * 2,
        *[["North", "Bergen"]] * 2,
        *[["South", "Rome"]] * 2,
        *[["East", ""]] * 2,
    ]


@pytest.mark.parametrize("odd", ["--5", "-£-5"])
def test_two_minus_signs_are_read_as_one(odd):
    assert carried(f"North|A|2\n|B|-7\nSouth|A|1\n|B|-1\n||{odd}") == [
        *["North"] * 2,
        *["South"] * 2,
        "",
    ]


def test_a_total_is_known_where_thousands_are_parted():
    rows = [["North", "Q1", "1,500"], ["", "Q2", "2,500"], ["South", "Q1", "700"]]
    total = ["", "All", "5,600"]
    assert carry_labels([*rows, ["", "Q2", "900"], total])[-2:] == [["South", "Q2", "900"], total]
