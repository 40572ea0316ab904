"""The sentences of a PDF: they stay whole over columns, pages, raised marks and hyphens."""

import pytest
from outline import check_blocks
from pdf_pages_made import LEAD, Drawn
from reportlab.pdfbase.pdfmetrics import stringWidth
from sample_files import pdf_of

from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.pdf_hyphens import Words, without_soft_hyphens

LEFT = [
    "The vault of the bank is in Basel and",
    "it was built in 1912 by the architect",
    "Otto Frey, who had studied in Vienna.",
    "The door weighs nine tonnes. Two",
    "guards watch it by day and four by",
]
RIGHT = [
    "night. The key is kept by Anna Kern in",
    "a small box under the stairs of the",
    "town hall. A copy was made in 1954 and",
    "lost again in 1961. The box has a lock",
    "whose code changes on Monday.",
]
WHOLE = " ".join([*LEFT, *RIGHT])


def read(drawn):
    found = extract_pdf(drawn.data() if isinstance(drawn, Drawn) else drawn, 1_000_000)
    check_blocks(found.text, found.blocks)
    return found


@pytest.mark.parametrize("right", [245, 252, 320])
def test_columns_are_parted_though_their_lines_come_row_by_row(right):
    drawn = Drawn()
    for number, (one, two) in enumerate(zip(LEFT, RIGHT, strict=True)):
        drawn.text(60, 700 - number * LEAD, one)
        drawn.text(right, 700 - number * LEAD, two)
    assert read(drawn).text == WHOLE


def test_lines_that_are_not_full_stand_alone_in_justified_text():
    listed = ["Chairwoman: Ines Calloway, Pier Road 2.", "Secretary: Bartek Nowicki."]
    listed += ["Treasurer: Dot Amberley, in 9 Pier Road, till"]
    drawn = Drawn()
    top = 700
    for line in [*LEFT, *RIGHT, *listed]:
        full = line not in (RIGHT[-1], *listed[:2])
        width, spaces = stringWidth(line, "Helvetica", 10), line.count(" ")
        drawn.canvas.setFont("Helvetica", 10)
        drawn.canvas.drawString(60, top, line, wordSpace=full * (212 - width) / spaces)
        top -= LEAD
    drawn.text(60, top, "June.")
    paragraphs = [WHOLE, *listed[:2], listed[2] + " June."]
    assert read(drawn).text == "\n\n".join(paragraphs)


def test_sentence_is_whole_under_a_wider_abstract():
    drawn = Drawn()
    abstract = "An abstract that goes over the whole width of the page, as they mostly do, to its"
    drawn.lines(60, 760, [abstract + " right end, and", "then ends."])
    drawn.lines(
        60,
        700,
        [
            "The garden of the town was laid out in 1931 by",
            "Eva Lind and her son, who had been a gardener",
            "in Basel. It has ninety apple trees and a pond",
            "with carp, and is owned by the trust of the Old",
        ],
    )
    drawn.lines(
        320,
        700,
        [
            "Mill. The tea house costs 1,200 euros a year, and",
            "is closed in winter. The mill burned down in the",
            "year 1931, and was never built again.",
        ],
    )
    text = read(drawn).text
    assert "was laid out in 1931 by Eva Lind and her son, who" in text
    assert "is owned by the trust of the Old Mill. The tea house" in text


def test_first_letter_over_two_lines_is_part_of_its_word():
    drawn = Drawn()
    drawn.text(60, 755, "T", size=38)
    drawn.lines(
        88, 775, ["he vault of the bank is in Basel and it was built", "in 1912 by Otto Frey."]
    )
    drawn.lines(60, 747, ["Then it was closed."])
    assert read(drawn).text.startswith("The vault of the bank is in Basel and it was built in 1912")


def test_footnote_comes_before_the_sentence_that_goes_on_after_it():
    drawn = Drawn()
    drawn.text(
        60, 120, "The yearly fee of the harbour, which the council had set after a debate on the"
    )
    drawn.text(60, 60, "1 The council has nine members, as of 2021.", size=7)
    drawn.page()
    drawn.text(60, 780, "second of May, is 750 euros.")
    found = read(drawn)
    assert found.text == (
        "1 The council has nine members, as of 2021.\n\n"
        "The yearly fee of the harbour, which the council had set after a debate on the "
        "second of May, is 750 euros."
    )
    assert found.text[found.page_starts[1] :] == "second of May, is 750 euros."


def test_wide_spaces_of_justified_text_are_no_cells():
    drawn = Drawn()
    lines = [
        "The harbour was built by the city in the",
        "year of 1932, and it was paid for with a",
        "loan of the bank, since the extraordinary",
        "infrastructural notwithstanding",
        "Responsibility of a town, which is large,",
        "international organisations and",
        "laws had to be heeded.",
    ]
    for number, line in enumerate(lines):
        words = line.split()
        widths = [stringWidth(word, "Helvetica", 10) for word in words]
        gap = (195 - sum(widths)) / (len(words) - 1) if line is not lines[-1] else 3
        left = 60
        for word, width in zip(words, widths, strict=True):
            drawn.text(left, 700 - 12 * number, word)
            left += width + gap
    assert read(drawn).text == " ".join(lines)


def test_numbers_of_lines_in_the_margin_are_left_out():
    drawn = Drawn()
    for number, line in enumerate(LEFT):
        drawn.text(60, 700 - number * LEAD, str(number + 1))
        drawn.text(90, 700 - number * LEAD, line)
    assert read(drawn).text == " ".join(LEFT)


@pytest.mark.parametrize(("left", "first", "step"), [(320, 1, 1), (320, 41, 1), (320, 5, 5)])
def test_numbers_of_lines_at_the_right_margin_are_left_out(left, first, step):
    drawn = Drawn()
    lines = [*LEFT, *RIGHT] * 2
    for number, line in enumerate(lines):
        drawn.text(90, 700 - number * LEAD, line)
        if (number + 1) % step == 0:
            drawn.text(left, 700 - number * LEAD, str(first + number // step * step))
    assert read(drawn).text.split() == " ".join(lines).split()


def test_lone_number_of_the_fifth_line_is_left_out():
    drawn = Drawn()
    drawn.text(60, 700 - 4 * LEAD, "5")
    drawn.lines(90, 700, [*LEFT, *RIGHT[:4]])
    assert read(drawn).text == " ".join([*LEFT, *RIGHT[:4]])


@pytest.mark.parametrize("label", ["bolts", "bolts for the roof"])
def test_rows_whose_values_count_up_are_kept(label):
    drawn = Drawn()
    for number in range(6):
        drawn.text(90, 700 - number * LEAD, f"{label} {'abcdef'[number] * 3}")
        drawn.text(320, 700 - number * LEAD, str(number + 1))
    assert read(drawn).text.count("| 4 |") == 1


def test_note_in_the_margin_is_a_block_of_its_own():
    drawn = Drawn()
    drawn.lines(60, 700, LEFT)
    drawn.text(260, 700 - 2 * LEAD, "see the mill", size=7)
    drawn.text(260, 700 - 2 * LEAD - 8, "(burned in 1931)", size=7)
    assert read(drawn).text.startswith(" ".join(LEFT))


def raised(drawn, left, base, mark, rest, rise=4):
    after = drawn.text(left, 700, base)
    after = drawn.text(after, 700 + rise, mark, size=6)
    return drawn.text(after, 700, rest)


def test_raised_digits_stay_in_their_place():
    drawn = Drawn()
    left = raised(drawn, 60, "It is 3.8 × 10", "8", " metres to the moon, ")
    left = raised(drawn, left, "4,500", "1", " people, the 20")
    drawn.text(drawn.text(left, 704, "th", size=6), 700, " century.")
    assert (
        read(drawn).text == "It is 3.8 × 10⁸ metres to the moon, 4,500¹ people, the 20th century."
    )


def test_lowered_digits_stay_in_their_word():
    drawn = Drawn()
    for top in (703.89, 691.89):  # half a line lower, as reportlab has them, give or take rounding
        end = drawn.text(drawn.text(60, top, "Water is H"), top - 5, "2", size=8)
        end = drawn.text(end, top, "O and the gas is CO")
        end = drawn.text(drawn.text(end, top - 5, "2", size=8), top, ", and so is CH")
        drawn.text(drawn.text(end, top - 5, "4", size=8), top, ".")
    assert read(drawn).text.count("Water is H2O and the gas is CO2, and so is CH4.") == 2


def test_lowered_digits_of_the_last_line_are_no_note_in_the_margin():
    drawn = Drawn()
    drawn.text(60, 715, "The vault of the bank is in Basel and it was built in 1912 by Otto.")
    end = drawn.text(
        drawn.text(60, 703, "In May Smith and Frey said so. Water is H"), 698, "2", size=8
    )
    end = drawn.text(drawn.text(end, 703, "O and the other is x"), 698, "12", size=8)
    drawn.text(end, 703, ".")
    drawn.text(60, 671, "Counted by Tom Reed in 1912.")
    assert "Water is H2O and the other is x12." in read(drawn).text


def test_fractions_do_not_run_into_the_number_before():
    drawn = Drawn()
    left = drawn.text(60, 700, "It takes 3")
    drawn.text(left, 704, "1", size=6)
    drawn.text(left, 697, "2", size=6)
    drawn.text(left + 6, 700, "cups.")
    assert read(drawn).text == "It takes 3 1/2 cups."


def test_hyphens_at_line_ends():
    drawn = Drawn()
    drawn.lines(
        60,
        700,
        [
            "The laboratory of a man and his commit-",
            "tee is well known for its self-",
            "employed guards, for COVID-",
            "19, for the years 2019-",
            "2020, for the ombuds-",
            "person, whose number is 555-",
            "1234, and for part AB-",
            "12. The mayor of Basel-",
            "Stadt ends.",
        ],
    )
    assert read(drawn).text == (
        "The laboratory of a man and his committee is well known for its self-employed guards, for "
        "COVID-19, for the years 2019-2020, for the ombudsperson, whose number is 555-1234, and "
        "for part AB-12. The mayor of Basel-Stadt ends."
    )


@pytest.mark.parametrize(
    ("before", "after", "joins"),
    [
        ("the spe", "cial loan", True),  # in the document
        ("a labo", "ratory", True),  # in the vocabulary
        ("the ombuds", "woman", True),  # no word before the hyphen
        ("it is well", "known", False),
        ("the Ein", "und Ausgang", False),
        ("an e", "mail", False),
        ("of Kern", "Frey", False),
        ("re", "elected", False),  # stands with a hyphen elsewhere
    ],
)
def test_joins_only_what_is_certain(before, after, joins):
    vocabulary = frozenset({"laboratory", "well", "known", "woman", "elected", "re", "ein"})
    words = Words.of(["a special one, re-elected, und so"], vocabulary)
    assert words.joins(before, after) is joins


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("com\u00admit\u00adtee", "committee"),
        ("555\u00ad1234", "555-1234"),
        ("well\u00adknown", "well-known"),
    ],
)
def test_soft_hyphens_go_unless_they_part_words_or_numbers(text, plain):
    words = Words.of([], frozenset({"well", "known", "committee", "com"}))
    assert without_soft_hyphens(text, words) == plain


def test_running_heads_of_two_lines_stand_once_and_page_numbers_beside_them_never():
    drawn = Drawn()
    for number in range(1, 5):
        drawn.text(60, 810, "Town of Basel", size=8)
        drawn.text(60, 800, "Department of Harbours", size=8)
        drawn.text(500, 800, str(number), size=8)
        drawn.lines(60, 700, [f"On page {number} stands this."])
        drawn.page()
    text = read(drawn).text
    assert text.count("Town of Basel") == text.count("Department of Harbours") == 1
    assert text.split("\n\n")[-1] == "On page 4 stands this."
    assert "Harbours 1" not in text and "Harbours 4" not in text


def test_columns_of_bullets_are_read_one_after_the_other():
    drawn = Drawn(size=(720, 405))
    drawn.lines(40, 300, ["• Repair the pier", "• Paint the crane", "• Hire a guard"], size=16)
    drawn.lines(380, 300, ["• Budget 750", "• Owner: Ida", "• Start in May"], size=16)
    assert read(drawn).text == (
        "- Repair the pier\n- Paint the crane\n- Hire a guard\n"
        "- Budget 750\n- Owner: Ida\n- Start in May"
    )


@pytest.mark.parametrize("size", [10, 18])
def test_lines_that_differ_in_their_number_are_kept(size):
    drawn = Drawn()
    for number in range(1001, 1007):
        drawn.text(60, 800, f"Invoice number {number}", size=size)
        drawn.lines(60, 770, ["Service: cleaning of the roof", f"Total: {number * 3} euros"])
        drawn.page()
    text = read(drawn).text
    assert [f"Invoice number {number}" in text for number in range(1001, 1007)] == [True] * 6
    assert [f"Total: {number * 3} euros" in text for number in range(1001, 1007)] == [True] * 6


def test_titles_of_slides_are_kept_though_they_repeat():
    drawn = Drawn(size=(720, 405))
    for word in ("gold", "silver", "copper", "tin"):
        drawn.text(40, 360, "Results", size=28)
        drawn.lines(40, 300, [f"The price of {word} rose in the year."], size=16)
        drawn.page()
    assert read(drawn).text.count("# Results") == 4


def test_points_of_a_slide_without_marks_stand_alone():
    drawn = Drawn(size=(720, 405))
    for title, *points in (
        ["Vault", "Built in 1912", "Door weighs nine tonnes"],
        ["Key", "Kept by Anna Kern", "Copy lost in 1961"],
    ):
        drawn.text(60, 330, title, size=32)
        drawn.lines(80, 270, points, size=20, lead=34)
        drawn.text(660, 15, "1" if title == "Vault" else "2", size=8)
        drawn.page()
    assert read(drawn).text.endswith("# Key\n\nKept by Anna Kern\n\nCopy lost in 1961")


def test_sentence_is_whole_with_double_space_between_its_lines():
    drawn = Drawn()
    lines = ["The vault, which the town had built in the year 1912 with money of its bank, is by"]
    drawn.lines(60, 700, [*lines, "Otto Frey."], size=12, lead=24)
    assert read(drawn).text == f"{lines[0]} Otto Frey."


@pytest.mark.parametrize("last", ["2019.", "750", "civil."])
def test_what_only_looks_like_a_page_number_is_kept(last):
    drawn = Drawn()
    drawn.lines(
        60, 780, ["The treaty between the two towns was signed by the mayor in the spring of"]
    )
    drawn.lines(60, 768, [last])
    drawn.page()
    drawn.lines(60, 780, ["The second page speaks of the harbour."])
    assert f"in the spring of {last}" in read(drawn).text


def test_two_arabic_letters_of_one_sign_keep_their_order():
    letters = b"<41> <0645> <42> <06440627> <43> <0633>"  # from the left, as they are drawn
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> "
        b"endcodespacerange 3 beginbfchar %s endbfchar endcmap end" % letters
    )
    shown = b"BT /F0 12 Tf 72 700 Td (ABC) Tj ET"
    stream = b"<< /Length %d >>\nstream\n%s\nendstream"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F0 5 0 R >> >> >>",
        stream % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        stream % (len(to_unicode), to_unicode),
    ]
    assert read(pdf_of(objects, b"")).text == "\u0633\u0644\u0627\u0645"


def test_open_sentence_goes_on_though_its_line_ends_a_little_early():
    drawn = Drawn()
    lines = ["The vault is in Basel and it was built in", "1912 by the architect Otto Frey, whom"]
    drawn.lines(60, 700, [*lines, "nobody knew, and who had come from Vienna."])
    assert read(drawn).text.startswith("The vault is in Basel and it was built in 1912 by the")


def test_sentences_are_whole_on_a_page_that_is_drawn_upside_down():
    drawn = Drawn()
    drawn.canvas.translate(595, 842)
    drawn.canvas.rotate(180)
    lines = [
        "The vault of the bank is in Basel and it was built in 1912 by the architect Otto",
        "Frey, who had studied in Vienna. The door weighs nine tonnes. Two guards watch",
        "it by day and four by night.",
    ]
    drawn.lines(60, 780, lines)
    assert read(drawn).text == " ".join(lines)


def test_two_lines_of_words_set_far_apart_are_no_table():
    drawn = Drawn()
    for number, line in enumerate(["The vault of the bank is in", "Basel since the year 1912"]):
        left = 60.0
        for word in line.split():
            left = drawn.text(left, 780 - 12 * number, word) + 18 + 3 * number
    drawn.lines(60, 756, ["and it is watched by four guards at night."])
    assert read(drawn).text == (
        "The vault of the bank is in Basel since the year 1912 and it is watched by four guards "
        "at night."
    )
