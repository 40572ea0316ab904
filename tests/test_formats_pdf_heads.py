"""The margins of a PDF's pages: page numbers go, heads stand once, all else stays."""

import pytest
from outline import check_blocks
from pdf_pages_made import Drawn

from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.pdf_page_numbers import numbers_named

NAMES = ["Anna Kern", "Tom Reed", "Eva Lind", "Ida Roth"]
CHAPTERS = ["Boats", "Fees", "Lamps", "Staff"]
OPEN = [
    ["The yearly fee of the harbour, which the council had set after a debate, and which"],
    ["nobody had expected, is 750 euros. It is paid in June."],
    ["Lamps are lit at dusk by the keeper, who lives in the tower by the pier, and who also"],
    ["rings the bell each hour. He is paid 40 francs."],
]
WHOLE = [" ".join([*OPEN[0], *OPEN[1]]), " ".join([*OPEN[2], *OPEN[3]])]


def read(drawn):
    found = extract_pdf(drawn.data(), 1_000_000)
    check_blocks(found.text, found.blocks)
    return found


def paragraphs(*marks, texts=None):
    """Return what is read of four pages; `marks`: left, baseline, size, what page 0 to 3 says."""
    drawn = Drawn()
    for number in range(4):
        for left, baseline, size, say in marks:
            drawn.text(left, baseline, say(number), size)
        drawn.lines(60, 700, texts[number] if texts else [f"Payer: {NAMES[number]}"])
        drawn.page()
    return read(drawn).text.split("\n\n")


@pytest.mark.parametrize(
    ("label", "first", "baseline", "size"),
    [
        ("Invoice %d", 1001, 800, 10),
        ("Invoice %d", 1001, 800, 11.4),
        ("Room %d", 101, 800, 10),
        ("Receipt %d/2024", 311, 800, 9),
        ("Receipt no. %d", 311, 40, 9),
        ("Invoice number: %d", 1001, 800, 9),
        ("Lesson %d: the boat", 1, 800, 10),
        ("Section %d", 1, 800, 9),
        ("Part %d of 4", 1, 800, 9),
        ("Balance %d", 100, 40, 10),
        ("%d/2024", 1, 800, 9),
        ("%d May 2021", 1, 800, 9),
        ("#%d", 1, 800, 9),
        ("%d", 2019, 800, 10),
        ("Invoice | %d", 1001, 800, 9),
    ],
)
def test_line_whose_number_is_no_page_number_stays_on_each_page(label, first, baseline, size):
    found = paragraphs((60, baseline, size, lambda number: label % (first + number)))
    assert [label % number in found for number in range(first, first + 4)] == [True] * 4


@pytest.mark.parametrize(("label_at", "number_at"), [(60, 150), (420, 500)])
def test_value_beside_its_label_is_no_page_number(label_at, number_at):
    found = paragraphs(
        (label_at, 800, 9, lambda _: "Invoice no."),
        (number_at, 800, 9, lambda number: f"{1001 + number}"),
    )
    assert [f"| Invoice no. | {1001 + number} |" in found for number in range(4)] == [True] * 4


@pytest.mark.parametrize(
    "say",
    [
        "{0}",
        "- {0} -",
        "Page {0}",
        "{0} of 12",
        "{0} / 4",
        "{1}",
        "Seite {0} von 12",
        "p. 23{0}",
        "123{0}",
        "{0} | P a g e",
        "{0}. oldal",
    ],
)
def test_page_numbers_go_and_sentences_go_on_over_them(say):
    romans = ["i", "ii", "iii", "iv"]
    foot = (290, 40, 9, lambda number: say.format(number + 1, romans[number]))
    assert paragraphs(foot, texts=OPEN) == WHOLE


@pytest.mark.parametrize("number", ["{0}", "Page {0}", "123{0}", "{0}/4"])
def test_page_numbers_beside_a_head_go_and_the_head_stands_once(number):
    found = paragraphs(
        (60, 800, 9, lambda _: "Town of Basel"),
        (500, 800, 9, lambda page: number.format(page + 1)),
        texts=OPEN,
    )
    assert found == ["Town of Basel", *WHOLE]


def test_page_number_beside_what_changes_goes_and_the_rest_stays():
    found = paragraphs(
        (60, 800, 9, lambda number: f"Invoice {1001 + number}"),
        (480, 800, 9, lambda number: f"Page {number + 1} of 4"),
    )
    assert [f"Invoice {1001 + number}" in found for number in range(4)] == [True] * 4
    assert not any("Page" in each for each in found)


def test_page_numbers_that_change_sides_go_though_no_gap_parts_them():
    heads = ["Chapter One 1", "2 The History of Arlen", "Chapter One 3", "4 The History of Arlen"]
    found = paragraphs((60, 800, 9, lambda number: heads[number]))
    assert not any(heads[number] in found for number in range(4))
    assert found.count("Chapter One") == 2  # on two pages only: no head yet


def test_pages_that_differ_only_in_a_number_are_kept_whole():
    drawn = Drawn()
    for number in range(4):
        drawn.lines(60, 762, [f"Part {number} of the key, which is kept by", "Anna Kern in Basel."])
        drawn.text(290, 30, str(number + 1), 9)
        drawn.page()
    assert read(drawn).text.split("\n\n") == [
        f"Part {number} of the key, which is kept by Anna Kern in Basel." for number in range(4)
    ]


@pytest.mark.parametrize("fixed", [800, 812])
@pytest.mark.parametrize("title", ["Chapter: {}", "{}"])
def test_head_stands_once_though_the_line_beside_it_changes(fixed, title):
    found = paragraphs(
        (60, fixed, 8, lambda _: "Annual Report of the Harbour"),
        (60, 1612 - fixed, 8, lambda number: title.format(CHAPTERS[number])),
        texts=OPEN,
    )
    assert found.count("Annual Report of the Harbour") == 1
    assert [each for each in found if each in WHOLE] == WHOLE
    assert [title.format(chapter) in found for chapter in CHAPTERS] == [True] * 4


def test_head_of_a_page_on_which_a_sentence_goes_on_is_of_that_page():
    drawn = Drawn()
    for number in range(4):
        drawn.text(60, 800, f"Lesson {number + 1}", 8)
        drawn.lines(60, 700, OPEN[number])
        drawn.page()
    found = read(drawn)
    assert found.text.split("\n\n") == [
        "Lesson 1", WHOLE[0], "Lesson 2", "Lesson 3", WHOLE[1], "Lesson 4",
    ]  # fmt: skip
    assert found.text[found.page_starts[1] :].startswith("nobody had expected")
    assert found.text[found.page_starts[2] :].startswith("Lesson 3")


@pytest.mark.parametrize("said", ["Service: cleaning of the roof", "Cleaning of the roof"])
def test_what_stands_the_same_under_a_number_that_changes_stays(said):
    found = paragraphs(
        (60, 800, 10, lambda number: f"Invoice {1001 + number}"), (60, 788, 10, lambda _: said)
    )
    assert sum(said in each for each in found) == 4


def two_pages(*marks, texts=(["Lamps are lit at dusk."], ["Boats dry by the pier."])):
    """Return what is read of two pages; `marks`: left, baseline, size, what each page says."""
    drawn = Drawn()
    for number, lines in enumerate(texts):
        for left, baseline, size, says in marks:
            drawn.text(left, baseline, says[number], size)
        drawn.lines(60, 700, lines)
        drawn.page()
    return read(drawn).text.split("\n\n")


def test_head_of_both_pages_is_read_first_and_their_foot_last():
    found = two_pages(
        (60, 800, 9, ["Town of Basel"] * 2),
        (60, 48, 8, ["Harbour Ltd"] * 2),
        (300, 48, 8, ["Bank: Westerby"] * 2),
        (60, 39, 8, ["Pier 4, Basel"] * 2),
        (300, 39, 8, ["Account 3381"] * 2),
        (60, 30, 8, ["Director: A. Kern"] * 2),
        (300, 30, 8, ["VAT no. 7702"] * 2),
        (500, 20, 8, ["Page 1 of 2", "Page 2 of 2"]),
        texts=OPEN[:2],
    )
    assert found == [
        "Town of Basel",
        WHOLE[0],
        "| Harbour Ltd | Bank: Westerby |\n| Pier 4, Basel | Account 3381 |\n"
        "| Director: A. Kern | VAT no. 7702 |",
    ]


@pytest.mark.parametrize(
    "marks",
    [
        [(200, 30, 8, ["Harbour News - page 1", "Harbour News - page 2"])],
        [(60, 30, 8, ["Harbour News"] * 2), (500, 30, 8, ["Page 1", "Page 2"])],
        [(60, 30, 8, ["Harbour News"] * 2), (530, 30, 8, ["1", "2"])],
    ],
)
def test_page_numbers_of_two_pages_go_with_what_stands_beside_them(marks):
    assert two_pages(*marks)[2:] == ["Harbour News"]


@pytest.mark.parametrize(
    "mark",
    [
        (60, 800, 10, ["Fees of the harbour", "The lamps of the harbour"]),
        (60, 800, 10, ["Room 1", "Room 2"]),
        (60, 800, 14, ["Fees of the harbour"] * 2),
    ],
)
def test_what_two_pages_say_in_their_text_stays_on_both(mark):
    found = two_pages(mark)
    assert [says in each for says, each in zip(mark[3], found[::2], strict=True)] == [True] * 2


def test_line_that_is_all_of_a_page_stays():
    mark = (60, 800, 10, ["Fees of the harbour"] * 2)
    assert two_pages(mark, texts=([], [])) == ["Fees of the harbour"] * 2


def test_rows_near_the_text_of_two_pages_stay():
    texts = [["Anna pays 5 euros.", "Tom pays 7 euros."], ["Ida pays 6 euros."]]
    drawn = Drawn()
    for lines in texts:
        drawn.lines(60, 800, ["Who has paid:", *lines], lead=18)
        drawn.lines(60, 600, ["Lamps are lit at dusk by the keeper,", "who lives in Basel."])
        drawn.page()
    assert read(drawn).text.count("Who has paid:") == 2


def test_head_of_all_pages_but_the_title_page_stands_once():
    drawn = Drawn()
    drawn.text(60, 760, "Harbour report", 18)
    for number in range(3):
        if number:
            drawn.text(60, 800, "Harbour report", 9)
        drawn.lines(60, 700, OPEN[number])
        drawn.page()
    assert read(drawn).text.count("Harbour report") == 2


def test_foot_parts_no_heading_from_its_table():
    drawn = Drawn()
    for number in range(3):
        drawn.text(60, 40, "Manual B-4 (2023)", 8)
        drawn.lines(60, 700, OPEN[number])
        if number == 0:
            drawn.text(60, 100, "Cleaning", 14)
        if number == 1:
            drawn.rows([60, 200], 760, [("What", "When"), ("Lamps", "daily"), ("Bell", "weekly")])
        drawn.page()
    found = read(drawn).text
    assert "# Cleaning\n\n| What | When |" in found
    assert found.endswith("Manual B-4 (2023)")


@pytest.mark.parametrize("say", ["Page 1 of 1", "page 1 of 1 --", "Page 1"])
def test_page_number_of_the_only_page_goes(say):
    drawn = Drawn()
    drawn.lines(60, 700, OPEN[1])
    drawn.text(290, 40, say, 9)
    assert read(drawn).text == OPEN[1][0]


@pytest.mark.parametrize("say", ["Page 1", "1"])
def test_what_is_all_of_the_only_page_stays(say):
    drawn = Drawn()
    drawn.text(290, 40, say, 9)
    assert read(drawn).text == say


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Draft 7, page 3 of 12", {1}),
        ("Seite 3 | Teil 2", {0}),
        ("Part 1 | Page 2", {1}),
        ("3. oldal", {0}),
        ("第3页", {0}),
        ("Webpage 3", set()),
        ("Pages 3 to 9", {0}),
        ("Lesson 3 of 12", set()),
    ],
)
def test_numbers_beside_a_word_for_page_are_known(text, numbers):
    assert numbers_named(text) == numbers
