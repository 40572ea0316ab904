"""Tables of PDFs without drawn rules: cells of several lines, near columns, and what is none."""

import pytest
from pdf_pages_made import FONT, LEAD, SIZE, Drawn
from reportlab.lib.utils import simpleSplit
from test_formats_pdf_blocks import cells_of, read

BOLD = "Helvetica-Bold"
LEFTS, WIDTHS = (60, 200, 340), (120, 120, 60)
WORKS = [
    ["Work", "Done by", "Costs"],
    ["Renewal of the old harbour wall and of its stairs", "Frey and Sons", "1,680"],
    ["Travel", "Two engineers of the works and their boatman", "85"],
    ["Survey of the bed of the lake with a boat", "Three divers who came from the north", "900"],
    ["Paint", "Max Bohn", "40"],
]
PLACES = {"top": 0, "middle": 0.5, "bottom": 1}


def draw_table(drawn, top, rows, gap, place, *, lefts=LEFTS, widths=WIDTHS, bold=True):
    """Draw cells broken into lines as wide as their columns, the last column to the right."""
    for number, row in enumerate(rows):
        font = BOLD if bold and number == 0 else FONT
        cells = [
            simpleSplit(text, font, SIZE, width) for text, width in zip(row, widths, strict=True)
        ]
        most = max(map(len, cells))
        for left, width, lines in zip(lefts, widths, cells, strict=True):
            for place_of_line, line in enumerate(lines):
                y = top - LEAD * (place_of_line + PLACES[place] * (most - len(lines)))
                indent = width - drawn.canvas.stringWidth(line, font, SIZE)
                drawn.text(left + (indent if left == lefts[-1] else 0), y, line, font=font)
        top -= most * LEAD + gap
    return top


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("gap", [0, 4, 8])
def test_cells_of_several_lines_in_all_columns_are_one_row(place, gap):
    drawn = Drawn()
    draw_table(drawn, 700, WORKS, gap, place)
    assert cells_of(read(drawn)) == [WORKS]


def test_first_row_is_found_without_names_though_its_cells_stand_midway():
    drawn = Drawn()
    rows = [
        ["Renewal of the old harbour wall", "Frey and Sons of Basel and their two boats", "1,680"],
        ["Travel", "Two engineers", "85"],
        ["Paint for the doors of all the boats", "Max Bohn", "40"],
    ]
    draw_table(drawn, 700, rows, 6, "middle", widths=(120, 115, 60), bold=False)
    assert cells_of(read(drawn)) == [rows]


def test_first_cell_may_begin_above_all_others():
    drawn = Drawn()
    rows = [
        ["Hive and the place where it stands", "Keeper", "Honey"],
        ["Orchard", "Jon Berg", "18"],
    ]
    rows += [["Meadow hive beside the old railway bridge", "Siri Dahl", "31"]]
    draw_table(drawn, 700, rows, 6, "bottom")
    assert cells_of(read(drawn)) == [rows]


def test_row_whose_cell_reaches_nearly_to_the_next_is_a_row():
    drawn = Drawn()
    end = drawn.text(60, 670, "Summer work of the lamp")
    drawn.rows((60, end + 9), 700, [["Task", "Keeper"], ["Lamp", "Tom Reed"]], lead=15)
    drawn.text(end + 9, 670, "Ida Roth")
    assert cells_of(read(drawn)) == [
        [["Task", "Keeper"], ["Lamp", "Tom Reed"], ["Summer work of the lamp", "Ida Roth"]]
    ]


def test_text_below_a_bold_post_is_not_read_before_its_years():
    drawn = Drawn()
    for top, post, years in ((700, "Head of the store", "2016"), (656, "Clerk of Vik", "2011")):
        drawn.text(60, top, post, font=BOLD)
        drawn.text(500, top, years)
        drawn.lines(60, top - 12, ["She led nine people and wrote the lists", "of all ships."])
    text = read(drawn).text
    assert text.index("2016") < text.index("nine people") < text.index("Clerk of Vik")
    assert text.index("2011") < text.rindex("nine people")


def test_words_below_a_line_with_a_wide_gap_are_not_read_before_its_end():
    drawn = Drawn()
    drawn.text(60, 700, "Using the file")
    drawn.text(60, 688, "result = write (cert,")
    drawn.text(200, 688, "the name of the field,")
    drawn.text(60, 676, "NEW, 1);")
    text = read(drawn).text
    assert text.index("cert") < text.index("the name of the field") < text.index("NEW")


@pytest.mark.parametrize(
    "rows",
    [
        [  # titles of sections
            ["Service", "Price"],
            ["Hair", ""],
            ["Cut for short hair", "45"],
            ["Colour, one shade", "80"],
            ["Nails", ""],
            ["Manicure", "35"],
            ["Pedicure with bath", "50"],
            ["Skin and face", ""],
            ["Mask of clay", "28"],
        ],
        [  # an amount after all that it is the sum of
            ["Rent", "100", ""],
            ["Food and drink", "80", ""],
            ["Heat", "20", "200"],
            ["Bus", "10", ""],
            ["Fun and games for all", "5", "15"],
        ],
        [  # one name for several rows
            ["Region", "City", "2022"],
            ["North", "Basel", "12"],
            ["", "Olten", "7"],
            ["", "Aarau", "5"],
            ["South", "Lugano", "9"],
        ],
    ],
)
def test_tight_rows_with_empty_cells_stay_apart(rows):
    drawn = Drawn()
    drawn.rows((60, 200, 300)[: len(rows[0])], 700, rows, lead=LEAD)
    assert cells_of(read(drawn)) == [rows]


@pytest.mark.parametrize(
    "rows",
    [
        [["Germany", "Berlin"], ["France", "Paris"], ["Japan", "Tokyo"], ["China", "Peking"]],
        [["hund", "dog"], ["katze", "cat"], ["die alte mauer", "the old wall"], ["tor", "gate"]],
        [["Costs", "80"], ["Income", "90"], ["Debts", "30"], ["Wealth", "70"]],
    ],
)
def test_rows_in_groups_stay_apart(rows):
    drawn = Drawn()
    drawn.rows((60, 200), 700, rows[:2], lead=LEAD)
    drawn.rows((60, 200), 660, rows[2:], lead=LEAD)
    assert cells_of(read(drawn)) == [rows]


def test_lines_of_two_addresses_stay_apart():
    drawn = Drawn()
    drawn.lines(60, 780, ["Kern and Sons", "Lower Street 4", "4051 Basel"])
    drawn.lines(400, 780, ["Phone 061 555 12", "mail@kern.example"])
    drawn.lines(60, 730, ["Mr Tom Reed", "Mill Lane 17", "3011 Bern"])
    drawn.text(400, 706, "Basel, 4 May")
    text = read(drawn).text
    assert "Kern and Sons | Phone 061" in text and "Lower Street 4 | mail" in text


def test_title_between_records_is_no_part_of_them():
    drawn = Drawn()
    drawn.rows((60, 200), 700, [["Name:", "Anna Kern"], ["Born:", "Bern"]], lead=LEAD)
    drawn.text(60, 676, "Further data of the person")
    drawn.rows((60, 200), 664, [["Phone:", "061 555"], ["Remark:", "None"]], lead=LEAD)
    assert read(drawn).text.split("\n\n") == [
        "Name: Anna Kern\nBorn: Bern",
        "Further data of the person",
        "Phone: 061 555\nRemark: None",
    ]


@pytest.mark.parametrize("white", [4, 9])
def test_columns_that_meet_are_apart(white):
    drawn = Drawn()
    rows = [
        ["Name", "Pay", "Place", "Since"],
        ["Anna Kern", "54,000", "Basel", "May 2011"],
        ["Tom Reed", "8,100", "Bern", "June 2015"],
        ["Lou Frey", "149,200", "Chur", "March 2018"],
    ]
    for number, (name, pay, place, since) in enumerate(rows):
        y = 700 - 14 * number
        drawn.canvas.setFont(FONT, SIZE)
        drawn.canvas.drawRightString(200, y, pay)
        for left, text in ((60, name), (200 + white, place), (280, since)):
            drawn.text(left, y, text)
    assert cells_of(read(drawn)) == [rows]


def test_words_in_the_same_places_of_all_rows_are_one_cell():
    drawn = Drawn()
    rows = [["4 May", "Basel"], ["1 June", "Bern"], ["9 March", "Chur"], ["2 July", "Genf"]]
    drawn.rows((60, 200), 700, rows, lead=14)
    assert cells_of(read(drawn)) == [rows]


def test_sign_of_money_that_stands_apart_belongs_to_its_amount():
    drawn = Drawn()
    rows = [["Revenue", "$", "204"], ["Costs", "", "180"], ["Income", "$", "24"]]
    drawn.rows((60, 200, 260), 700, rows, lead=14)
    assert cells_of(read(drawn)) == [[["Revenue", "$ 204"], ["Costs", "180"], ["Income", "$ 24"]]]


def test_table_below_another_is_one_of_its_own():
    drawn = Drawn()
    ships = [["Ship", "Port", "Crew"], ["Aurora", "Basel", "7"], ["Minna", "Mainz", "12"]]
    rooms = [["Room", "Holder", "Seats"], ["Hall", "Ida Roth", "90"], ["Attic", "Max Bohn", "15"]]
    draw_table(drawn, 700, ships, 4, "top")
    draw_table(drawn, 630, rooms, 4, "top")
    assert cells_of(read(drawn)) == [ships, rooms]


def test_bold_sum_below_its_table_is_a_row_of_it():
    drawn = Drawn()
    rows = [["Ship", "Port", "Crew"], ["Aurora", "Basel", "7"], ["Minna", "Mainz", "12"]]
    draw_table(drawn, 700, rows, 4, "top")
    draw_table(drawn, 630, [["Both ships", "Rhine", "19"]], 4, "top")
    assert cells_of(read(drawn)) == [[*rows, ["Both ships", "Rhine", "19"]]]


def test_full_columns_under_bold_names_are_a_table():
    drawn = Drawn()
    rows = [
        ["Project", "Lead", "Aim", "Budget"],
        ["Renewal of the old harbour wall", "Anna Kern of the works",
         "Protects the lower town from floods in spring and lets ships land", "75,000"],
        ["Town library", "Tom Reed and Ida Roth of the culture office", "Longer hours", "8,200"],
        ["Bicycle path along the river to the mill", "Lou Frey, deputy",
         "Fewer cars in the narrow streets of the centre during the market", "41,500"],
        ["Playground", "Max Bohn", "New swings", "5,000"],
        ["Roof of the school and of the gymnasium", "Eva Lang, deputy of the works office",
         "Dry rooms and lower costs of heating for the school from next winter on", "66,300"],
    ]  # fmt: skip
    how = {"lefts": (112, 217, 312, 432), "widths": (95, 85, 110, 50)}
    draw_table(drawn, 700, rows, 6, "top", **how)
    assert cells_of(read(drawn)) == [rows]


@pytest.mark.parametrize("heads", [[], ["Who", "What was said"]])
def test_columns_of_talk_with_names_before_it_are_read_one_after_the_other(heads):
    drawn = Drawn()
    talk = [
        ("Kern:", "When did you come to the town, and who was mayor then?"),
        ("Reed:", "In May. Nobody was, since the old one had died and no other was elected."),
        ("Kern:", "And the wall?"),
        ("Reed:", "It was there, but one could look through it at three places."),
    ]
    for left, part in ((60, talk), (320, talk[1:])):
        for indent, head in zip((0, 40), heads, strict=False):
            drawn.text(left + indent, 772, head, font=BOLD)
        top = 760
        for name, said in part:
            lines = simpleSplit(said, FONT, SIZE, 170)
            drawn.text(left, top, name)
            drawn.lines(left + 40, top, lines)
            top -= LEAD * len(lines)
    text = " ".join(read(drawn).text.replace("|", " ").split())
    places = [text.find(said) for _, said in talk]
    assert -1 not in places and places == sorted(places)
