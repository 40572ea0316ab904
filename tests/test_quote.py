"""Quotes: whole lists, rows and sentences of a real library, each cited where a person finds it."""

import hashlib
from dataclasses import replace

import pytest
from fake_embedder import FakeEmbedder
from library_content import open_at, refresh, vectors_in
from sample_files import make_pdf

from rag.answering.evidence import Candidate
from rag.answering.question_kind import KINDS
from rag.answering.quote import DocumentChanged, quote
from rag.datatypes import READER_KINDS, Hit, Span

LEASE = """# Lease

## 1 Rent

The rent is 700 euros.

## 4 Deposit

### Return

It is paid back when you leave. You get it after:

- the last rent is paid
- the keys are back
- the rooms are painted

Then it takes a month.
"""
STEPS = """Start the pump:

1. Fill the tank.
2. Turn the key.
"""
LONG = "Everybody brings:\n\n" + "\n".join(
    f"- thing number {number} of the long list, which is packed with care into the largest bag"
    for number in range(12)
)
CLAUSES = "The tenant agrees:\n\n" + "\n".join(
    f"{number}. Clause {number} says a good deal. " + "It goes on and on and says more. " * 8
    for number in range(1, 5)
)
OFFICE = """# Office

3 Locking up

3.1 Switch off both ovens.

3.2 Close the shutter.

5 Keys

5.1 The code of the safe is known to those on the rota only. It is changed when one of them leaves,
and in any case every six months, by whoever leads the office.

5.2 If nobody opens, they knock, ring the neighbour and then ring the office, in this order, and do
not leave until somebody there has said so, which is written into the book.
"""
POINTS = "Meeting of 3 May.\n\n" + "\n\n".join(
    f"{number}. Point {number} was talked about for a while. It was then agreed to leave the "
    "matter as it is until the summer, by five votes to two."
    for number in range(1, 5)
)
WORDS = """# Words we use

- vault: the copies. Not the safe.
- quiet day: Wednesday. No calls.
- parking: it waits. For an answer.
"""
FEES = "Boat,Fee,Paid\nElm,500,yes\nOak,700,no\nAsh,900,yes\n"
FILES = {
    "clauses.md": CLAUSES,
    "fees.csv": FEES,
    "lease.md": LEASE,
    "long.md": LONG,
    "office.txt": OFFICE,
    "points.txt": POINTS,
    "plain.txt": "The boat of Ada is red. It is long.",
    "steps.md": STEPS,
    "words.md": WORDS,
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quote")
    docs = folder / "docs"
    docs.mkdir()
    for name, text in FILES.items():
        (docs / name).write_text(text, "utf-8", newline="")
    (docs / "two.pdf").write_bytes(
        make_pdf([(72, 700, 11, "Nothing is said here.")], [(72, 700, 11, "The oak is old.")])
    )
    with open_at(folder / "l.sqlite") as opened:
        refresh(opened, docs, FakeEmbedder())
        yield opened


def candidate(library, words):
    """A candidate for the first place in the library where these words stand."""
    for info in library.documents():
        start = library.text(info.id).find(words)
        if start >= 0:
            break
    ids = vectors_in(library)[0].tolist()
    passage = next(
        each
        for each in library.passages(ids)
        if each.document_id == info.id and each.start <= start < each.end
    )
    span = Span(
        passage=passage, start=start, end=start + len(words), score=4.0, no_answer_score=0.0
    )
    hit = Hit(passage=passage, score=0.5, dense_rank=1, lexical_rank=1)
    return Candidate(span=span, hit=hit, score=4.0)


def nearer_to_the_item(question, texts):
    return [0.1, 0.9]


def nearer_to_what_leads_in(question, texts):
    return [0.9, 0.1]


def only(kind):
    """The kinds of a question that surely asks for one of them."""
    return {each: float(each == kind) for each in KINDS}


def asked(library, question, *words, kind="short", similarities=nearer_to_the_item):
    """Return the answer that quotes these words, all that it cites checked."""
    chosen = [candidate(library, each) for each in words]
    answer = quote(library, question, chosen, similarities, kinds=only(kind), confidence=0.75)
    assert (answer.status, answer.confidence, answer.nearest) == ("quoted", 0.75, ())
    for citation in answer.citations:
        text = library.text(citation.document_id)
        assert text[citation.start : citation.end] == citation.quote
        assert citation.sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert citation.document == library.document_name(citation.document_id)
    for sentence in answer.sentences:
        (number,) = sentence.citations
        citation = answer.citations[number - 1]
        assert sentence.verbatim
        assert citation.start <= sentence.start
        assert sentence.start + len(sentence.text) <= citation.end
        text = library.text(citation.document_id)
        assert text[sentence.start : sentence.start + len(sentence.text)] == sentence.text
    numbers = [number for sentence in answer.sentences for number in sentence.citations]
    assert list(dict.fromkeys(numbers)) == list(range(1, len(answer.citations) + 1))
    if answer.short_span is not None:
        number, start, end = answer.short_span
        text = library.text(answer.citations[number - 1].document_id)
        assert text[start:end] == answer.short_answer
    return answer


def lines(answer):
    return [(each.kind, each.label, each.text, each.note) for each in answer.sentences]


# prose


def test_a_sentence_is_quoted_with_its_short_answer(library):
    answer = asked(library, "Which colour is it?", "red")
    assert answer.text == "The boat of Ada is red. [1]"
    assert (answer.short_answer, answer.short_span, answer.answer_kind) == (
        "red",
        (1, 19, 22),
        "short",
    )
    (citation,) = answer.citations
    assert (citation.page, citation.section, citation.row, citation.column) == (None,) * 4
    assert citation.place == ""


def test_a_question_that_asks_for_sentences_is_an_explanation(library):
    assert asked(library, "Why?", "red", kind="explanation").answer_kind == "explanation"


def test_the_citation_names_the_headings_above_without_the_title(library):
    answer = asked(library, "What happens?", "paid back")
    (citation,) = answer.citations
    assert (citation.section, citation.place) == ("4 Deposit > Return", "4 Deposit > Return")
    assert asked(library, "How much is it?", "700 euros").citations[0].section == "1 Rent"


def test_a_heading_is_not_its_own_section_and_comes_with_what_stands_under_it(library):
    answer = asked(library, "What is it?", "1 Rent")
    assert lines(answer) == [
        ("heading", "", "1 Rent", ""),
        ("sentence", "", "The rent is 700 euros.", ""),
    ]
    assert [each.section for each in answer.citations] == [None, "1 Rent"]


def test_the_citation_names_the_page(library):
    (citation,) = asked(library, "How old is it?", "old").citations
    assert (citation.quote, citation.page, citation.place) == ("The oak is old.", 2, "page 2")


# rows


def test_a_row_is_cited_by_its_number_and_column(library):
    answer = asked(library, "What is the fee of the Oak?", "700")
    (sentence,) = answer.sentences
    assert sentence.cells == (("Boat", "Oak"), ("Fee", "700"), ("Paid", "no"))
    assert (sentence.kind, sentence.note) == ("row", "one of 3 rows")
    assert answer.text == "Boat: Oak; Fee: 700; Paid: no [1]"
    (citation,) = answer.citations
    assert citation.quote == "Boat: Oak; Fee: 700; Paid: no"
    assert citation.column == "Fee"
    assert citation.row == csv_row_of("Oak")
    assert citation.place == f"row {csv_row_of('Oak')}, column Fee"
    assert (answer.short_answer, answer.answer_kind) == ("700", "short")


def csv_row_of(name):
    """The number that a spreadsheet shows beside the row."""
    return next(n for n, line in enumerate(FEES.splitlines(), 1) if line.startswith(name))


def test_two_rows_have_each_its_own_place(library):
    answer = asked(library, "Why is it so?", "Elm", "Ash")
    assert [(each.row, each.column) for each in answer.citations] == [
        (csv_row_of("Elm"), "Boat"),
        (csv_row_of("Ash"), "Boat"),
    ]


# lists


def test_a_short_list_is_shown_whole_though_one_item_answers(library):
    answer = asked(library, "What is painted?", "the rooms")
    assert lines(answer) == [
        ("lead_in", "", "You get it after:", ""),
        ("item", "-", "the last rent is paid", ""),
        ("item", "-", "the keys are back", ""),
        ("item", "-", "the rooms are painted", ""),
    ]
    assert (answer.short_answer, answer.answer_kind) == ("the rooms", "short")
    assert answer.short_span[0] == 1
    (citation,) = answer.citations
    assert citation.quote == LEASE[LEASE.index("You get") : LEASE.index("\n\nThen")]
    assert answer.text == (
        "You get it after:\n"
        "- the last rent is paid\n- the keys are back\n- the rooms are painted [1]"
    )


def test_of_a_list_of_sentences_the_item_that_answers_is_shown(library):
    answer = asked(library, "What is the quiet day?", "Wednesday")
    assert [each.text for each in answer.sentences] == ["quiet day: Wednesday. No calls."]


def test_a_list_that_is_asked_for_has_all_its_items_for_a_short_answer(library):
    answer = asked(library, "When do I get it?", "You get it after")
    assert answer.answer_kind == "list"
    assert answer.short_answer == "the last rent is paid; the keys are back; the rooms are painted"
    assert answer.short_span is None


def test_a_list_with_numbers_is_steps(library):
    answer = asked(library, "How do I start it?", "Fill the tank", kind="steps")
    assert answer.answer_kind == "steps"
    assert answer.short_answer == "Fill the tank.; Turn the key."
    assert answer.text == "Start the pump:\n1. Fill the tank.\n2. Turn the key. [1]"


def test_of_a_long_list_an_item_says_that_it_is_one_of_several(library):
    answer = asked(library, "Which thing is number 5?", "thing number 5")
    assert [(each.kind, each.note) for each in answer.sentences] == [
        ("lead_in", ""),
        ("item", "one of 12 items"),
    ]
    assert (answer.short_answer, answer.answer_kind) == ("thing number 5", "short")
    assert [citation.quote[:17] for citation in answer.citations] == [
        "Everybody brings:",
        "thing number 5 of",
    ]


@pytest.mark.parametrize(
    ("words", "kind", "similarities"),
    [
        ("thing number 5", "short", nearer_to_what_leads_in),
        ("largest bag\n- thing number 7", "short", nearer_to_the_item),  # two items
        ("thing number 5", "list", nearer_to_the_item),
        ("thing number 5", "steps", nearer_to_the_item),
        ("Everybody", "short", nearer_to_the_item),
    ],
)
def test_a_long_list_is_whole_where_it_is_asked_for(library, words, kind, similarities):
    answer = asked(library, "What to bring?", words, kind=kind, similarities=similarities)
    assert len(answer.sentences) == 13
    assert answer.answer_kind == "list"
    assert len(answer.short_answer.split("; ")) == 12
    assert len(answer.citations) == 1


def test_long_clauses_are_read_one_by_one(library):
    """Their usual one has more than 240 characters."""
    answer = asked(
        library, "What does clause 2 say?", "Clause 2", similarities=nearer_to_what_leads_in
    )
    assert [each.kind for each in answer.sentences] == ["lead_in", "item"]
    assert answer.sentences[1].note == "one of 4 items"
    assert answer.answer_kind == "short"


@pytest.mark.parametrize(
    ("words", "question_kind", "reader_list", "labels"),
    [
        ("ring the office", "list", 0.9, ["5.2"]),  # long ones
        ("the shutter", "steps", 0.0, ["3.1", "3.2"]),
        ("the shutter", "list", 0.0, ["3.2"]),
        ("the shutter", "short", 0.9, ["3.2"]),
        ("the shutter", "list", 0.9, ["3.1", "3.2"]),
    ],
)
def test_numbered_clauses_are_a_list_only_where_they_are_short_and_surely_asked_for(
    library, words, question_kind, reader_list, labels
):
    found = candidate(library, words)
    kinds = dict.fromkeys(READER_KINDS, 0.0) | {"list": reader_list}
    found = replace(found, span=replace(found.span, kinds=kinds))
    of_question = dict.fromkeys(KINDS, 0.0) | {question_kind: 1.0}
    answer = quote(library, "?", [found], nearer_to_the_item, kinds=of_question, confidence=0.5)
    assert [each.label for each in answer.sentences] == labels


def test_points_of_several_sentences_stand_alone_though_there_are_few(library):
    """All of them have fewer than 900 characters, the usual one more than 120."""
    assert len(POINTS) < 900
    answer = asked(library, "What became of point 3?", "Point 3", kind="explanation")
    assert [(each.kind, each.label, each.note) for each in answer.sentences] == [
        ("item", "3.", "one of 4 items")
    ]


def test_what_is_shown_already_is_not_shown_again(library):
    answer = asked(library, "Which?", "the keys", "the rooms", "You get it")
    assert len(answer.sentences) == 4
    assert answer.short_answer == "the keys"


def test_several_places_are_in_the_order_of_documents_and_texts(library):
    words = ["It is long", "Ada", "700 euros"]
    answer = asked(library, "Why is it so?", *words, kind="explanation")
    assert answer.answer_kind == "explanation"
    assert [(each.document, each.quote) for each in answer.citations] == [
        ("lease.md", "The rent is 700 euros."),
        ("plain.txt", "The boat of Ada is red."),
        ("plain.txt", "It is long."),
    ]
    assert (answer.short_answer, answer.short_span[0]) == ("It is long", 3)


# documents that change


@pytest.fixture
def changing(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    with open_at(tmp_path / "l.sqlite") as opened:

        def write(text):
            (docs / "a.txt").write_text(text)
            refresh(opened, docs, FakeEmbedder())

        write("The boat is red. It is long.")
        yield opened, write


@pytest.mark.parametrize(
    "text",
    [
        "The boat is red. It is short.",  # the passage is another one
        "The boat is red. It is long. It floats.",
        "The ship is red. It is long.",
        "It is long. The boat is red.",
    ],
)
def test_a_document_that_is_another_since_it_was_read_is_not_quoted(changing, text):
    library, write = changing
    read = candidate(library, "red")
    write(text)
    with pytest.raises(DocumentChanged):
        quote(library, "Which?", [read], nearer_to_the_item, kinds=only("short"), confidence=0.5)
    again = candidate(library, "red")
    answer = quote(
        library, "Which?", [again], nearer_to_the_item, kinds=only("short"), confidence=0.5
    )
    assert answer.short_answer == "red"
    assert answer.citations[0].quote in text


def test_a_document_that_only_has_another_name_is_quoted(changing, tmp_path):
    library, _ = changing
    read = candidate(library, "red")
    with library._database.transaction() as connection:
        connection.execute("UPDATE documents SET name = 'b.txt'")
    answer = quote(
        library, "Which?", [read], nearer_to_the_item, kinds=only("short"), confidence=0.5
    )
    assert answer.citations[0].document == "b.txt"


def test_a_document_that_is_gone_is_not_quoted(changing):
    library, _ = changing
    read = candidate(library, "red")
    library.remove(library.documents()[0].source)
    with pytest.raises(DocumentChanged):
        quote(library, "Which?", [read], nearer_to_the_item, kinds=only("short"), confidence=0.5)
