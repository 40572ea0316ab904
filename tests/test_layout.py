"""Plain text: which lines are headings, items, fields, turns, rows and wraps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outline import check_blocks, outline
from processor_limit import assert_ends

from rag.documents.formats.layout import text_blocks
from rag.documents.formats.plain import extract_code, extract_log, extract_tex, extract_text

LIMIT = 10_000_000


def shown(text, extract=extract_text):
    extracted = extract(text.encode(), LIMIT)
    assert extracted.text == text
    return outline(extracted)


# headings


def test_underlined_lines_are_headings_whose_level_is_that_of_their_first_mark():
    text = "Budget\n======\n\nThe roof.\n\nPeople\n------\nAnna.\n\n~~~~\nEnd\n~~~~\n\nOut\n---"
    assert shown(text) == [
        "heading1 Budget",
        "paragraph The roof.",
        "heading2 People",
        "paragraph Anna.",
        "heading3 End",
        "heading2 Out",
    ]


def test_a_line_between_marks_is_a_heading():
    text = (
        "---- 9/1 Pinfold Lane ----\n- no smoke alarm\n- a dog\n\n"
        "---- 5 Feb, the farm ----\n- a joint box\n- its lid\n"
    )
    assert [line for line in shown(text) if line.startswith("heading")] == [
        "heading1 9/1 Pinfold Lane",
        "heading1 5 Feb, the farm",
    ]
    assert "heading" not in " ".join(
        shown("It was -- he said -- late.\n\n---- ----\n\n-- no --\nyes")
    )


def test_short_line_above_text_is_a_heading_and_title():
    text = "Moving house\n\nDelivery\n\nThe van comes at nine.\n\nPacking\nUse the small boxes for "
    text += "the books, since they are heavy, and the large ones."
    extracted = extract_text(text.encode(), LIMIT)
    assert outline(extracted) == [
        "heading1 Moving house",
        "heading1 Delivery",
        "paragraph The van comes at nine.",
        "heading1 Packing",
        "paragraph Use the small boxes for the books, since they are heavy, and the large ones.",
    ]
    assert extracted.title == "Moving house"


@pytest.mark.parametrize(
    "text",
    [
        "Anna Kern\n\nTreasurer",  # nothing that is text follows
        "The end",  # nothing follows
        "See below:\n\nThe van comes at nine.",
        "lower case\n\nThe van comes at nine.",
        "Dear Anna,\n\nThe van comes at nine.",
        "12:30 Lunch\n\nThe van comes at nine.",
    ],
)
def test_doubtful_short_line_is_a_paragraph(text):
    assert all(line.startswith("paragraph ") for line in shown(text))


def test_line_in_capitals_is_a_heading_unless_the_text_is_in_capitals():
    assert shown("PARKING\nUse car park 2.\n\nDOGS\nNone.") == [
        "heading1 PARKING",
        "paragraph Use car park 2.",
        "heading1 DOGS",
        "paragraph None.",
    ]
    assert shown("PARKING\nUSE CAR PARK 2.\n\nDOGS\nNONE.")[0] == "paragraph PARKING"


def test_numbered_lines_above_text_are_headings_and_those_in_a_row_are_items():
    assert shown("1. Deposit\n\nIt is 750 euros.\n\n2. Notice\n\nThree months.") == [
        "heading1 1. Deposit",
        "paragraph It is 750 euros.",
        "heading1 2. Notice",
        "paragraph Three months.",
    ]
    assert shown("1. Buy milk\n\n2. Buy bread\n\n3. Go home\n\nThat is all.") == [
        "ordered list",
        "  item [1.] Buy milk",
        "  item [2.] Buy bread",
        "  item [3.] Go home",
        "paragraph That is all.",
    ]


def test_sections_and_articles_are_headings_with_their_number():
    text = "§ 4 Deposit\nThe deposit is 750 euros.\n\n§ 5 Notice\nThree months."
    assert shown(text) == [
        "heading1 § 4 Deposit",
        "paragraph The deposit is 750 euros.",
        "heading1 § 5 Notice",
        "paragraph Three months.",
    ]
    assert shown("Art. 1 Aim\nThe aim.\n\nArt. 2 Means\n(1) One.\n(2) Two.") == [
        "heading1 Art. 1 Aim",
        "paragraph The aim.",
        "heading1 Art. 2 Means",
        "ordered list",
        "  item [(1)] One.",
        "  item [(2)] Two.",
    ]


def test_three_questions_above_answers_are_headings():
    text = "Where?\nIn Basel.\n\nWhen?\nAt nine.\n\nWho?\nAnna."
    assert shown(text) == [
        "heading1 Where?",
        "paragraph In Basel.",
        "heading1 When?",
        "paragraph At nine.",
        "heading1 Who?",
        "paragraph Anna.",
    ]
    assert shown("Where?\nIn Basel.")[0] == "paragraph Where?"


# lists


def test_lists_nest_by_indent_and_by_the_style_of_their_marks():
    text = "To do:\n1. Open:\n   - the blue key\n   - the red key\n2. Close\n(a) softly\n(b) well"
    assert shown(text) == [
        "paragraph To do:",
        "ordered list <To do:>",
        "  item [1.] Open:",
        "    list <Open:>",
        "      item [-] the blue key",
        "      item [-] the red key",
        "  item [2.] Close",
        "    ordered list <Close>",
        "      item [(a)] softly",
        "      item [(b)] well",
    ]


def test_words_without_a_full_stop_lead_in_items_that_go_on_with_them():
    lead_in = "Between ten at night and seven in the morning you must not"
    assert shown(f"{lead_in}\n(a) sing;\n(b) dance.")[1] == f"ordered list <{lead_in}>"
    assert shown(f"{lead_in} sing.\n(a) the owner\n(b) the cat")[1] == "ordered list"
    assert shown(f"{lead_in}\n(a) Sing.\n(b) Dance.")[1] == "ordered list"


@pytest.mark.parametrize("mark", ["-", "*", "+", "•", "–", "▪", "◦"])
def test_each_bullet_begins_an_item(mark):
    assert shown(f"{mark} one\n{mark} two") == [
        "list",
        f"  item [{mark}] one",
        f"  item [{mark}] two",
    ]


def test_numbered_clauses_are_items_with_their_number():
    assert shown("1.1 The fee is 9 euros.\n1.2 It is due in May.\n1.10 It is final.")[1:] == [
        "  item [1.1] The fee is 9 euros.",
        "  item [1.2] It is due in May.",
        "paragraph 1.10 It is final.",  # nothing says that it is no amount
    ]
    assert shown("Step 1: Open it.\nStep 2: Close it.") == [
        "ordered list",
        "  item [Step 1:] Open it.",
        "  item [Step 2:] Close it.",
    ]


def test_indented_lines_belong_to_their_item_after_a_blank_line_too():
    text = "1. First, call Anna.\n   She has the key.\n\n   Or Tom.\n\n2. Go.\n\nThe end came."
    assert shown(text) == [
        "ordered list",
        "  item [1.] First, call Anna. She has the key.",
        "    paragraph Or Tom.",
        "  item [2.] Go.",
        "paragraph The end came.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "12. May was a day of rain and the board did not meet at all.",
        "3.5 million people live there, as the last count has shown.",
        "A. Smith wrote the book of the year, and the other one too.",
        "The deposit that he had paid in the year of the flood was only about\n"
        "14. That is what the board said in its letter to all the members of it.",
        "The old house on the hill above the harbour, which he had bought there\n"
        "– so the neighbours say – for little money, burnt down in the last year.",
    ],
)
def test_what_looks_like_a_mark_by_chance_is_text(text):
    assert shown(text) == [f"paragraph {' '.join(text.split())}"]


def test_number_in_an_item_that_follows_no_other_stands_there_by_chance():
    lines = (
        "2.1 Adults of 30 to 75 with back pain for at least six months took part in it.",
        "2.2 One led walk a week for twelve weeks and rising to 5 km, in groups of up to",
        "14. Leaders had had two days of training before they led the first of the walks",
        "2.3 The groups were drawn by a computer in blocks of six and stratified by town",
        "13. They were told by letter.",
    )
    items = [f"  item [{line[:3]}] {line[4:]}" for line in lines]
    assert shown("\n".join(lines)) == [
        "ordered list",
        items[0],
        f"{items[1]} {lines[2]}",
        f"{items[3]} {lines[4]}",
    ]


# fields and turns


def test_lines_of_fields_are_items_with_their_names_and_an_indented_line_goes_on():
    text = "Name: Anna Kern\nAddress: Seeweg 4,\n  Basel\nTel.: 555\n\nName: Tom\nTel.: 556"
    assert shown(text) == [
        "list",
        "  item [Name] Anna Kern",
        "  item [Address] Seeweg 4, Basel",
        "  item [Tel.] 555",
        "list",
        "  item [Name] Tom",
        "  item [Tel.] 556",
    ]


def test_single_field_or_clause_with_a_colon_is_text():
    assert shown("Note: the shop is shut.") == ["paragraph Note: the shop is shut."]
    text = "This is what he said when we met him at the gate: go\naway. Then: nothing at all more."
    assert shown(text)[0].startswith("paragraph This is what")


def test_dialogue_is_turns_with_speakers_and_times():
    text = "ANNA: When do we ship?\nTOM: On 12 May.\nANNA: Who signs off?\nTOM: Dr. Lind does."
    assert shown(text) == [
        "turn [ANNA] When do we ship?",
        "turn [TOM] On 12 May.",
        "turn [ANNA] Who signs off?",
        "turn [TOM] Dr. Lind does.",
    ]
    text = (
        "[00:01] Anna: Hello.\n[00:05] Tom: Yes?\nI am here.\n[00:09] Anna: Good.\n[00:12] Tom: So."
    )
    assert shown(text)[:2] == ["turn [Anna, 00:01] Hello.", "turn [Tom, 00:05] Yes? I am here."]


@pytest.mark.parametrize(
    ("stamps", "shown_as"),
    [
        (("[12.05.26, 18:02]", "[12.05.26, 18:05]", "[13.05.26, 08:30]"), "12.05.26, 18:05"),
        (("5/12/26, 6:02 PM -", "5/12/26, 6:05 PM -", "5/13/26, 8:30 AM -"), "5/12/26, 6:05 PM"),
        (("2026-05-12 18:02", "2026-05-12 18:05", "2026-05-13 08:30"), "2026-05-12 18:05"),
    ],
    ids=["an iPhone's", "Android's", "others"],
)
def test_messages_of_an_exported_chat_are_turns_however_short_and_few(stamps, shown_as):
    """Olek and Pia write once, without full stops."""
    first, second, third = stamps
    text = f"{first} Nadia: who has a tent\n{second} Olek: me\nthe green one\n{third} Pia: good"
    found = shown(text)
    assert len(found) == 3
    assert found[1] == f"turn [Olek, {shown_as}] me the green one"


def test_questions_and_answers_marked_by_letters_are_turns_but_initials_are_not():
    text = "Q. Who was there?\nA. Nobody.\n\nQ. And then?\nA. I went."
    assert shown(text) == [
        "turn [Q.] Who was there?",
        "turn [A.] Nobody.",
        "turn [Q.] And then?",
        "turn [A.] I went.",
    ]
    assert not any(
        line.startswith("turn") for line in shown("A. Smith came.\nB. Jones.\nA. Kern.\nC. Li.")
    )


# tables


@pytest.mark.parametrize(
    "text",
    [
        "| Name | Pay |\n|------|-----|\n| Anna | 4500 |",
        "+------+-----+\n| Name | Pay |\n+======+=====+\n| Anna | 4500 |\n+------+-----+",
        "Name | Pay\n--- | ---\nAnna | 4500",
        "Name\tPay\nAnna\t4500",
    ],
)
def test_certain_tables_have_a_header_and_columns(text):
    assert shown(text) == [
        "table",
        "  header row",
        "    cell Name",
        "    cell Pay",
        "  row",
        "    cell [Name] Anna",
        "    cell [Pay] 4500",
    ]


def test_line_that_names_all_columns_but_the_first_is_the_header():
    text = (
        "            Small van   Long van\nPer hour    £9.50       £12.00\n"
        "Insurance   included    included\nPayload     650 kg      1,150 kg\n"
    )
    (table,) = text_blocks(text)
    assert [row.header for row in table.children] == [True, False, False, False]
    assert [
        (cell.label, text[cell.text_start : cell.text_end]) for cell in table.children[3].children
    ] == [("", "Payload"), ("Small van", "650 kg"), ("Long van", "1,150 kg")]


@pytest.mark.parametrize(
    "above",
    [
        "            Small van          Long van",  # whose places are others
        "Small van   Long van",  # not set in
        "            12.50       14.00",  # a row whose name is missing
    ],
)
def test_line_above_a_table_is_no_header_if_in_doubt(above):
    rows = (
        "Per hour    £9.50       £12.00\nDeposit     £150        £300\nA mile      24p         27p"
    )
    *_, table = text_blocks(f"{above}\n{rows}")
    assert table.kind == "table"
    assert not any(row.header for row in table.children)


def test_columns_of_spaces_are_a_table_if_three_lines_agree_on_an_edge():
    lines = ["Item        Price", "Tiles         450", "Gutter         60"]
    assert shown("\n".join(lines)) == [
        "table",
        "  header row",
        "    cell Item",
        "    cell Price",
        "  row",
        "    cell [Item] Tiles",
        "    cell [Price] 450",
        "  row",
        "    cell [Item] Gutter",
        "    cell [Price] 60",
    ]
    assert not any(line == "table" for line in shown("\n".join(lines[:2])))
    assert not any(line == "table" for line in shown("One.  Two\nThree.  Four\nSeventeen.  Five"))


@pytest.mark.parametrize(
    "text",
    [
        "|word|, which contains the cursor, is bold.",
        "Anna | Tom\nnobody else",
        "The command that was used for it in the year before is no longer to be\n"
        "used: take either of 'a|b' or the new one that the board has agreed on.",
    ],
)
def test_bars_in_text_make_no_table(text):
    assert all(line.startswith("paragraph ") for line in shown(text))
    assert len(shown(text)) == 1 + ("nobody" in text)


def test_tabs_in_a_row_are_one_gap_and_those_of_items_are_none():
    assert shown("Name\t\tPay\nAnna\t\t4500")[-2:] == [
        "    cell [Name] Anna",
        "    cell [Pay] 4500",
    ]
    assert shown("1. One\t\tp. 3\n2. Two\t\tp. 4")[0] == "ordered list"


def test_empty_cells_keep_their_columns():
    assert shown("| A | B | C |\n|---|---|---|\n| 1 |  | 3 |")[5:] == [
        "  row",
        "    cell [A] 1",
        "    cell [B]",
        "    cell [C] 3",
    ]


# lines


def test_wrapped_lines_are_joined_and_notes_are_not():
    text = (
        "The board of the company met on 12 May 2021 in order to decide on the\n"
        "new budget, which was proposed by the treasurer, Anna Kern, who had been\n"
        "appointed the year before."
    )
    assert shown(text) == [f"paragraph {' '.join(text.split())}"]
    notes = (
        "anna kern will lead the project from march\ntom reed has the budget of 4500 euros now\nmay"
    )
    assert shown(notes) == [f"paragraph {line}" for line in notes.split("\n")]


NOTES = """call the dentist 0555 0142, not the old number. they moved
landlord = Mrs Grau 0555 0177, only mornings
her husband does the heating, Piet. he comes on wednesdays

soup for six. thick!
two carrots, an onion
fry the onion, water so that it covers. blend at the end
"""


def test_notes_without_capitals_are_a_line_each():
    lines = [line for line in NOTES.splitlines() if line]
    assert shown(NOTES) == [f"paragraph {line}" for line in lines]


def test_notes_without_capitals_are_a_line_each_though_some_end_like_sentences():
    lines = [
        "mon - the oven man was here and left a bill for us, due next november",
        "the small oven runs ten degrees hot, set it to 210!!",
        "wedding cake for anna, three tiers, lemon",
        "birthday cake for bert, not paid",
        "dropped the farm market, takings were poor",
    ]
    assert shown("\n".join(lines)) == [f"paragraph {line}" for line in lines]


@pytest.mark.parametrize("mark", ["R", "Q", "AB"])
def test_letters_with_a_number_are_marks_of_items(mark):
    text = f"{mark}1. Hire a cook.\n\n{mark}2. Move the sale to Friday.\n\n{mark}3. Count again."
    items = shown(text)
    assert [each.strip() for each in items[1:]] == [
        f"item [{mark}1.] Hire a cook.",
        f"item [{mark}2.] Move the sale to Friday.",
        f"item [{mark}3.] Count again.",
    ]


def test_wrapped_text_without_capitals_is_joined():
    text = (
        "i went to see the flat today. it is on the third floor, has\n"
        "two rooms and a balcony. the landlord says that the rent is\n"
        "due on the first. he wants two months as a deposit, and we\n"
        "can have the keys in may.\n\nwhat do you think?"
    )
    paragraphs = [part.replace("\n", " ") for part in text.split("\n\n")]
    assert shown(text) == [f"paragraph {paragraph}" for paragraph in paragraphs]


def test_short_lines_below_rules_are_headings():
    text = "todo\n\n---\nwed 12 feb\ncall Anna\n\n---\nfri 14 feb\npay the rent\n\n---\nend"
    assert shown(text) == [
        "paragraph todo",
        "heading1 wed 12 feb",
        "paragraph call Anna",
        "heading1 fri 14 feb",
        "paragraph pay the rent",
        "paragraph end",
    ]


def test_lines_that_begin_with_a_time_are_not_joined():
    text = "2024-01-03 10:00:00 the server was started by the admin\n"
    text += "2024-01-04 10:00:00 the server was stopped by the admin"
    assert shown(text) == [f"paragraph {line}" for line in text.split("\n")]


def test_marks_of_quoted_lines_are_not_words():
    text = "> What is the budget?\n>\n> Tom\n\nIt is 4,500 euros."
    assert shown(text) == [
        "paragraph What is the budget?",
        "paragraph Tom",
        "paragraph It is 4,500 euros.",
    ]


def test_form_feeds_end_pages():
    extracted = extract_text(b"Page one.\fPage two.\f", LIMIT)
    assert outline(extracted) == ["paragraph Page one.", "paragraph Page two."]
    assert extracted.page_starts == (0, 10)


def test_rules_lie_in_the_block_before_them():
    extracted = extract_text(b"***\nHello there.\n---\nAnna", LIMIT)
    assert outline(extracted) == ["paragraph Hello there.", "paragraph Anna"]
    assert (extracted.blocks[0].start, extracted.blocks[0].end) == (0, 20)


# other texts


def test_restructured_text_has_its_directives_and_fields():
    text = ".. note:: The roof costs 4,500 euros.\n\n:author: Anna Kern\n\n"
    text += ".. code-block:: python\n\n   x = 1\n"
    assert shown(text) == [
        "paragraph The roof costs 4,500 euros.",
        "list",
        "  item [author] Anna Kern",
        "code x = 1",
    ]


def test_what_is_indented_below_two_colons_is_code():
    text = "Run this::\n\n    cp a b\n\n      rm c\n\nThen go.\n"
    extracted = extract_text(text.encode(), LIMIT)
    assert outline(extracted) == ["paragraph Run this::", "code cp a b rm c", "paragraph Then go."]


def test_tex_has_its_headings_and_items_and_commands_are_code():
    text = (
        "\\documentclass{article}\n% The secret.\n\\begin{document}\n\\section{Budget}\n"
        "The roof costs 4,500 euros.\n\\begin{itemize}\n\\item one\n\\item two\n\\end{itemize}"
    )
    assert shown(text, extract_tex) == [
        "code \\documentclass{article} % The secret. \\begin{document}",
        "heading2 Budget",
        "paragraph The roof costs 4,500 euros.",
        "code \\begin{itemize}",
        "list",
        "  item [-] one",
        "  item [-] two",
        "code \\end{itemize}",
    ]


def test_source_code_is_parted_at_blank_lines():
    assert shown("import os\n\n\ndef f():\n    return 1\n", extract_code) == [
        "code import os",
        "code def f(): return 1",
    ]


def test_each_line_of_a_log_is_a_paragraph_with_the_indented_lines_below():
    text = "ERROR 2024-03-01 The disk failed.\n  at line 3\nINFO The backup was made.\n"
    assert shown(text, extract_log) == [
        "paragraph ERROR 2024-03-01 The disk failed. at line 3",
        "paragraph INFO The backup was made.",
    ]


# all texts

LINES = [
    *("# H", "## A ##", "Title", "=====", "---", "- a", "  - b", "* c", "1. one", "2. two"),
    *("   more", "(a) x", "(b) y", "(i) z", "1.1 One", "1.2 Two", "§ 4 Deposit", "Key: value"),
    *("Other: thing", "ANNA: Hi.", "TOM: Yes.", "| a | b |", "|---|---|", "a | b", "--- | ---"),
    *("a\tb", "c\td", "> q", "> > r", ">", "```", "~~~py", "    code", "<div>", "</div>", "$$"),
    *("<!-- c -->", "+---+", "+++", "a = 1", "...", "and goes on. Then ends.", "", "", " ", "\f"),
    *("WHAT?", "Is it so?", "Q. Why?", "A. So.", ".. code::", "\\section{A}", "\\begin{x}", "% c"),
    *("[a]: b", "[^1]: c", "- [x] done", "\u2028", "…", "!", "12:30 x", "– dash", "•", "a\u3000b"),
    *("text that is long enough to be wrapped at some width of it,", "Step 1: go", "Step 2: run"),
    *("a   b   c", "a   b   d", "#+begin_src", "#+end_src", "* TODO x :t:", ":LOG:", ":END:"),
]
PREFIXES = ["> ", "- ", "1. ", "  ", "    ", "\t", "> - ", "* > "]
ANY_LINE = st.one_of(
    st.sampled_from(LINES),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12),
    st.builds(str.__add__, st.sampled_from(PREFIXES), st.sampled_from(LINES)),
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n"])
TEXTS = st.lists(st.tuples(ANY_LINE, ENDS), max_size=25).map(
    lambda lines: "".join(map("".join, lines)).replace("\0", "").lstrip("\ufeff")
)
"""Texts of lines that are like those of every kind of text; with more controls than that they would
be refused."""


@pytest.mark.parametrize("extract", [extract_text, extract_tex, extract_code, extract_log])
@given(text=TEXTS)
@settings(max_examples=100, deadline=None)
def test_text_is_unchanged_and_its_blocks_nest_and_cover(extract, text):
    extracted = extract(text.encode(), LIMIT)
    assert extracted.text == text
    check_blocks(text, extracted.blocks)


@pytest.mark.parametrize(
    "piece",
    [
        *(">", "- ", "  - a\n", "> a\nb\n", "|", "a | b\n", "+--+\n", "-----\n", "<!--", "```\n"),
        *("1. a\n- b\n(a) c\n", "Key: value\n", "ANNA: hello.\nTOM: yes.\n", "What?\nThat.\n\n"),
        *("a\tb\n", "a   b\n", "a: ", "(a) ", "1.", "Art. 1 a\n", "Title\n\n", "a\f", "\\a{", " "),
        *(".. code::\n\n  a\n\n", "\\section{", "12. a\n\n", "– a\n", "§ 1 a\n", "a\n=\n"),
    ],
)
def test_a_long_one_is_read_in_time(piece):
    assert_ends(lambda text: extract_text(text.encode(), 10_000_000), piece)
