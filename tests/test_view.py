"""Views: the path to a passage, its words as they are read, and where each of them stands."""

import unicodedata

import pytest
from generated_documents import documents, own_characters, passages_of, plain, written
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.datatypes import Passage, Segment
from rag.documents.units import document_units
from rag.documents.view import ViewBuilder, passage_view


def view_of(document, *numbers):
    """Return (path, words) of a passage of the units with these numbers."""
    units = list(document_units(document))
    path, words, _ = passage_view(document.text, document.title, [units[n] for n in numbers])
    return path, words


def read(text):
    """Return what is read of a text, and the segments."""
    builder = ViewBuilder(text)
    builder.show(0, len(text))
    return builder.result()


# characters by their number


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        (r'"city": "Z\u00fcrich"', '"city": "Zürich"'),
        (r"\u041c\u043E\u0441\u043a\u0432\u0430", "Москва"),
        (r"a \ud83d\ude00 face", "a 😀 face"),
        (r"one\u00a0two", "one two"),
        (r"half \ud83d of it", r"half \ud83d of it"),
        (r"C:\users \u12 \\u00fc", r"C:\users \u12 \\u00fc"),  # a path, too short, no escape
    ],
)
def test_characters_that_are_written_by_their_number_are_read(text, read_as):
    view, segments = read(text)
    assert view == read_as
    for segment in segments:
        assert 0 <= segment.text_start < segment.text_end <= len(text)
        assert segment.start < segment.end


def test_character_by_its_number_stands_where_the_whole_of_it_does():
    view, segments = read(r"in Z\u00fcrich.")
    place = view.index("ü")
    (own,) = [each for each in segments if each.start <= place < each.end]
    assert (own.text_start, own.text_end) == (4, 10)


# the path


HANDBOOK = [
    ("heading", 1, "Handbook"),
    ("heading", 2, "4 Fees"),
    ("paragraph", "Pay these:"),
    ("item", "-", "Boats"),
    ("item", "-", "rowing boats", 1),
    ("paragraph", "So it is."),
]


@pytest.mark.parametrize(
    ("title", "number", "path"),
    [
        ("", 0, ""),
        ("", 1, "Handbook\n"),
        ("", 2, "Handbook > 4 Fees\n"),
        ("", 3, "Handbook > 4 Fees\nPay these:\n"),  # an item, and what leads in its list
        ("", 4, "Handbook > 4 Fees\nBoats\n"),  # a nested one, and the item it lies in
        ("", 5, "Handbook > 4 Fees\n"),
        ("The club", 0, "The club\n"),
        ("The club", 3, "The club > Handbook > 4 Fees\nPay these:\n"),
        ("HANDBOOK", 0, ""),  # the first heading is the title
        ("handbook", 3, "Handbook > 4 Fees\nPay these:\n"),
    ],
)
def test_the_path_is_title_headings_and_what_leads_in(title, number, path):
    document = written(HANDBOOK, title)
    assert view_of(document, number)[0] == path


def test_what_leads_in_is_not_said_twice_where_the_passage_has_it():
    path, words = view_of(written(HANDBOOK), 2, 3)
    assert (path, words) == ("Handbook > 4 Fees\n", "Pay these:\nBoats")


def test_a_document_without_headings_has_its_title_for_a_path():
    assert view_of(written([("paragraph", "So it is.")], "The club"), 0) == (
        "The club\n",
        "So it is.",
    )


def test_of_many_headings_the_outermost_and_the_innermost_stay_within_200_characters():
    """Four of 80 characters with three marks between are 329; two are 163."""
    headings = [("heading", level, str(level) * 80) for level in (1, 2, 3, 4)]
    document = written([*headings, ("paragraph", "So.")])
    assert view_of(document, 4)[0] == f"{'1' * 80} > {'4' * 80}\n"
    long = written([("heading", 1, "x" * 300), ("paragraph", "So.")])
    assert view_of(long, 1)[0] == "x" * 200 + "\n"


def test_of_long_words_that_lead_in_the_end_is_said():
    lead_in = "word " * 60 + "these:"  # 306 characters
    document = written([("paragraph", lead_in), ("item", "-", "one")])
    path, _ = view_of(document, 1)
    assert path == lead_in[-160:] + "\n"


def test_words_that_lead_in_are_one_line_of_the_path():
    document = written([("paragraph", "Pay\n  these:"), ("item", "-", "one")])
    assert view_of(document, 1)[0] == "Pay these:\n"


# the words


def test_sentences_of_a_paragraph_go_on_and_everything_else_has_a_line():
    document = written(
        [
            ("paragraph", "One. Two."),
            ("paragraph", "Three."),
            ("item", "-", "Four"),
            ("item", "2.", "Five"),
            ("heading", 1, "Six"),
        ]
    )
    assert view_of(document, *range(6)) == ("", "One. Two.\nThree.\nFour\n2. Five\nSix")


def test_a_row_has_each_cell_with_its_column_and_the_header_bars():
    document = written(
        [
            ("header", ["Name", "Fee", "Paid"]),
            ("row", ["Anna", "500", "yes"]),
            ("row", ["Bo", "", "no"]),
            ("end_group",),
            ("row", ["x", "y"]),
        ]
    )
    assert view_of(document, *range(4)) == (
        "",
        "Name | Fee | Paid\nName: Anna; Fee: 500; Paid: yes\nName: Bo; Paid: no\nx; y",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plain", "plain"),
        ("a  b\t\n c", "a b c"),
        ("a\u2003b\u2028c", "a b c"),
        ("ﬁne ﬂow", "fine flow"),
        ("ＡＢ１２（ａ）", "AB12(a)"),
        ("Ⅷ №5 ㎏", "VIII No5 kg"),
        ("wait…", "wait..."),
        ("e\u0301te\u0301", "été"),  # decomposed letters are put together
        ("10² m³ H₂O 1½ 5ᵗʰ", "10² m³ H₂O 1½ 5ᵗʰ"),  # 10² is not 102, 1½ not 11/2
        ("so\xadon", "soon"),
        ("zero\u200bwidth\ufeff\u2060s", "zerowidths"),
        ("हिन्दी \u200dक", unicodedata.normalize("NFKC", "हिन्दी \u200dक")),  # joiners mean something
        ("😀👩\u200d🚀", "😀👩\u200d🚀"),
        ("Ça va?\xa0Oui", "Ça va? Oui"),
    ],
)
def test_compatibility_forms_are_read_as_what_they_stand_for(text, words):
    assert read(text)[0] == words


def test_an_ascii_line_is_one_segment_and_others_are_as_few_as_can_be():
    assert read("It is so.")[1] == (Segment(0, 9, 0, 9),)
    # "Ça va" in step, the ligature two letters for one, then in step again
    assert read("Ça ﬁne") == (
        "Ça fine",
        (Segment(0, 3, 0, 3), Segment(3, 5, 3, 4), Segment(5, 7, 4, 6)),
    )
    # two spaces are one, a soft hyphen is nothing: what follows is out of step by one and by two
    assert read("a  b\xadc") == (
        "a bc",
        (Segment(0, 1, 0, 1), Segment(1, 2, 1, 3), Segment(2, 3, 3, 4), Segment(3, 4, 5, 6)),
    )


def test_words_that_stand_nowhere_have_no_segment():
    builder = ViewBuilder("Anna 500")
    builder.say("Name: ")
    builder.show(0, 4)
    builder.say("; Fee: ")
    builder.show(5, 8)
    assert builder.result() == (
        "Name: Anna; Fee: 500",
        (Segment(6, 10, 0, 4), Segment(17, 20, 5, 8)),
    )


# from the view back to the document


def passage(text, start=100):
    """A passage of one sentence whose view has a path of three characters."""
    builder = ViewBuilder(" " * start + text)
    builder.say("P: ")
    builder.show(start, start + len(text))
    view, segments = builder.result()
    return Passage(
        id=1,
        document_id=1,
        start=start,
        end=start + len(text),
        text=text,
        sentences=((start, start + len(text)),),
        view=view,
        segments=segments,
    )


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("It is so.", "is", "is"),
        ("It is so.", "It is so.", "It is so."),
        ("a  ﬁne ＢＯＡＴ", "fine", "ﬁne"),
        ("a  ﬁne ＢＯＡＴ", "BOAT", "ＢＯＡＴ"),
        ("a  ﬁne ＢＯＡＴ", "a fine", "a  ﬁne"),
        ("a  ﬁne", "i", "ﬁ"),  # half a ligature is all of it
        ("a  ﬁne", "ne", "ne"),
        ("so\xadon it", "soon", "so\xadon"),
        ("e\u0301te\u0301 la", "té", "te\u0301"),
        ("one\r\ntwo", "one two", "one\r\ntwo"),
    ],
)
def test_places_are_those_of_the_words_in_the_document(text, words, found):
    of = passage(text)
    start = of.view.index(words)
    left, right = of.places(start, start + len(words))
    assert of.text[left - of.start : right - of.start] == found


def test_places_of_what_stands_nowhere_are_none():
    of = passage("It is so.")
    assert of.places(0, 3) is None  # the path
    assert of.places(0, 5) == (100, 102)  # the path and two characters
    assert of.places(99, 120) is None


def test_places_over_cells_hold_what_stands_between_them():
    document = written([("header", ["Name", "Fee"]), ("row", ["Anna", "500"])])
    ((of,), _) = passages_of(document)
    start = of.view.index("Anna; Fee: 500")
    left, right = of.places(start, start + len("Anna; Fee: 500"))
    assert document.text[left:right] == "Anna | 500"
    assert of.places(of.view.index("; Fee"), of.view.index("; Fee") + 5) is None


def test_without_a_view_it_is_the_text_itself():
    of = Passage(id=1, document_id=1, start=7, end=12, text="words", sentences=((7, 12),))
    assert (of.view, of.segments) == ("words", (Segment(0, 5, 7, 12),))
    assert of.places(1, 3) == (8, 10)


@settings(max_examples=100, deadline=None)
@given(documents, st.sampled_from([3, 20, 128]))
@example(plain("A \u0300"), 3)  # beside each other they would be one letter
def test_every_character_that_is_shown_stands_where_its_segment_says(document, max_tokens):
    passages, paths = passages_of(document, max_tokens)
    for of, path in zip(passages, paths, strict=True):
        assert of.view.startswith(path)
        assert path == "" or path.endswith("\n")
        position, reached = len(path), of.start
        for segment in of.segments:
            assert position <= segment.start < segment.end <= len(of.view)
            assert reached <= segment.text_start < segment.text_end <= of.end
            position, reached = segment.end, segment.text_end
            shown = of.view[segment.start : segment.end]
            stands = document.text[segment.text_start : segment.text_end]
            assert letters(shown) == letters(stands)
            assert of.places(segment.start, segment.end) == segment[2:]
        held = "".join(document.text[s.text_start : s.text_end] for s in of.segments)
        units = document.text[of.start : of.end]
        assert sorted(letters(held)) == sorted(letters(shown_characters(document, of)))
        assert len(held) <= len(units)


def letters(text):
    """Return all that is no white space and is seen, in compatibility forms, taken apart."""
    normal = unicodedata.normalize("NFKD", text)
    return [each for each in normal if not each.isspace() and each not in UNSEEN]


UNSEEN = set("\xad\u200b\ufeff\u2060")


def shown_characters(document, of):
    """Return the blocks' own words in a passage."""
    own = own_characters(document)
    return "".join(document.text[n] for n in range(of.start, of.end) if n in own)


@settings(max_examples=100, deadline=None)
@given(documents, st.data())
def test_a_part_of_a_view_stands_in_the_part_that_its_letters_make(document, data):
    """Whatever the reader chooses: it is no more of the text than its first to its last letter."""
    passages, paths = passages_of(document, 40)
    for of, path in zip(passages[:3], paths[:3], strict=True):
        start = data.draw(st.integers(len(path), len(of.view) - 1))
        end = data.draw(st.integers(start + 1, len(of.view)))
        each = [of.places(n, n + 1) for n in range(start, end)]
        found = [place for place in each if place is not None]
        expected = (found[0][0], found[-1][1]) if found else None
        assert of.places(start, end) == expected
