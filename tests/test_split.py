"""Splitting: whole units in order, passages that fit the embedder, what belongs together."""

from dataclasses import replace

import pytest
from fake_embedder import FakeEmbedder, RestartingEmbedder, WholeWordEmbedder
from generated_documents import documents, own_characters, plain, written
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processor_limit import processor_limit

from rag.documents.split import split_passages
from rag.documents.units import document_units
from rag.documents.view import ViewBuilder

EMBEDDERS = [FakeEmbedder(), RestartingEmbedder(), WholeWordEmbedder()]
LIMITS = [1, 2, 3, 10, 20, 40, 128]


def letters_counted(words, embedder):
    """Return how many tokens there are; those of a word over 100 letters are its letters."""
    return sum(
        1 if end - start <= 100 else end - start for start, end in embedder.token_spans(words)
    )


def shown(document, unit):
    builder = ViewBuilder(document.text)
    builder.unit(unit)
    return builder.result()[0]


def passages(document, max_tokens, embedder=None):
    """Return the texts of the passages."""
    drafts = split_passages(document, embedder or FakeEmbedder(), max_tokens)
    return [document.text[draft.start : draft.end] for draft in drafts]


@settings(max_examples=100, deadline=None)
@given(documents, st.sampled_from(EMBEDDERS), st.sampled_from(LIMITS))
@example(plain("…" * 2_000), EMBEDDERS[0], 40)  # each is three marks to a model
@example(plain("ﷺ" * 200), EMBEDDERS[0], 40)
def test_every_unit_is_whole_in_one_passage_unless_it_is_too_long(document, embedder, max_tokens):
    drafts = split_passages(document, embedder, max_tokens)
    waiting = [place for draft in drafts for place in draft.sentences]
    kinds = [kind for draft in drafts for kind in draft.kinds]
    assert len(kinds) == len(waiting)
    for unit in document_units(document):
        parts, names = [], []
        while waiting and waiting[0][1] <= unit.end:
            parts.append(waiting.pop(0))
            names.append(kinds.pop(0))
        assert set(names) == {unit.kind}
        if letters_counted(shown(document, unit), embedder) <= max_tokens:
            assert parts == [(unit.start, unit.end)]
        for start, end in parts:
            assert unit.start <= start < end <= unit.end
    assert waiting == []


@settings(max_examples=100, deadline=None)
@given(documents, st.sampled_from(EMBEDDERS), st.sampled_from(LIMITS))
def test_passages_are_in_order_within_the_limit_and_lose_no_word(document, embedder, max_tokens):
    drafts = split_passages(document, embedder, max_tokens)
    position, covered = 0, set()
    for draft in drafts:
        assert (draft.start, draft.end) == (draft.sentences[0][0], draft.sentences[-1][1])
        for start, end in draft.sentences:
            assert position <= start < end
            position = end
            covered.update(range(start, end))
        if draft.end - draft.start > 1:  # one character can stand for several words
            assert letters_counted(draft.words, embedder) <= max_tokens
    assert own_characters(document) <= covered


@settings(max_examples=100, deadline=None)
@given(documents, st.sampled_from([10, 20, 40]))
def test_what_leads_in_and_a_heading_end_a_passage_only_if_nothing_else_fits(document, max_tokens):
    """A passage ends in one only if it holds nothing else, and what follows has no room in it."""
    embedder = FakeEmbedder()
    units = list(document_units(document))
    if any(letters_counted(shown(document, unit), embedder) > max_tokens for unit in units):
        return
    position = 0
    for draft in split_passages(document, embedder, max_tokens):
        own = units[position : position + len(draft.sentences)]
        position += len(own)
        following = units[position : position + 1]
        if following and belongs_to_what_follows(own[-1]):
            assert all(map(belongs_to_what_follows, own))
            tokens = [letters_counted(shown(document, u), embedder) for u in [*own, *following]]
            assert sum(max(1, count) for count in tokens) > max_tokens


def belongs_to_what_follows(unit):
    return unit.leads_in or unit.kind == "heading"


def test_a_long_list_keeps_its_items_whole_and_its_lead_in_beside_the_first():
    """6 tokens, 4 that lead in, then 2 an item: of 11 there is room for 10, or for 4 and 6."""
    document = written(
        [
            ("paragraph", "One two. Red sky."),
            ("paragraph", "We need these:"),
            *[("item", "-", f"red sky{number}") for number in range(6)],
        ]
    )
    text = document.text
    assert passages(document, 11) == [
        "One two. Red sky.",
        text[text.index("We need") : text.index("\n- red sky3")],
        "red sky3\n- red sky4\n- red sky5",
    ]
    first, *_, last = split_passages(document, FakeEmbedder(), 11)
    assert (first.path, last.path) == ("", "We need these:\n")
    assert last.words == "red sky3\nred sky4\nred sky5"
    assert last.kinds == ("item", "item", "item")


def test_a_row_is_never_cut_and_its_passage_has_the_header_once():
    """The row that names the columns has two tokens, the others with their columns eight."""
    document = written(
        [("header", ["Name", "Fee"]), *[("row", [f"Anna{n}", "500"]) for n in range(4)]]
    )
    drafts = split_passages(document, FakeEmbedder(), 20)
    assert [draft.words for draft in drafts] == [
        "Name | Fee\nName: Anna0; Fee: 500\nName: Anna1; Fee: 500",
        "Name: Anna2; Fee: 500\nName: Anna3; Fee: 500",
    ]
    assert [draft.kinds for draft in drafts] == [("heading", "row", "row"), ("row", "row")]


def test_a_row_that_is_too_long_is_cut_between_its_cells():
    """7 tokens a cell with its column and what parts it; three cells make 21."""
    cells = [f"red sky big{number}" for number in range(3)]
    document = written([("header", ["A", "B", "C"]), ("row", cells)])
    drafts = split_passages(document, FakeEmbedder(), 14)
    assert [draft.words for draft in drafts][-2:] == [
        "A: red sky big0; B: red sky big1",
        "C: red sky big2",
    ]
    start, end = drafts[-2].sentences[-1]
    assert document.text[start:end] == "red sky big0 | red sky big1"


def test_a_passage_ends_at_a_paragraph_when_well_filled():
    # 3 + 4 tokens a paragraph: two fill 14 of 18 (78 %); the first sentence of a third would fit.
    paragraph = "One two. Red sky tea."
    document = written([("paragraph", paragraph)] * 4)
    assert passages(document, 18) == [f"{paragraph}\n\n{paragraph}"] * 2


def test_a_passage_begins_at_a_heading_when_well_filled():
    document = written(
        [
            ("paragraph", "One two six ten big."),  # 6 tokens, then 3, 1 and 3
            ("paragraph", "Red sky."),
            ("heading", 1, "Head"),
            ("paragraph", "Body text."),
        ]
    )
    assert passages(document, 12) == ["One two six ten big.\n\nRed sky.", "Head\n\nBody text."]


def test_what_stands_under_another_heading_begins_a_passage_of_its_own_early():
    """9 of 20 tokens are more than 35 %: enough where a heading follows, not where text does."""
    before = ("paragraph", "One two six ten. Red sky tea.")  # 9 tokens
    after = ("paragraph", "Body text goes. Six ten more text and so it is now.")  # 4 and 10
    under = written([before, ("heading", 1, "Head"), after])
    assert passages(under, 20) == [before[1], f"Head\n\n{after[1]}"]
    assert passages(written([before, after]), 20)[0] == f"{before[1]}\n\nBody text goes."


def test_no_tiny_rest_is_left():
    document = written([("paragraph", " ".join(["Red sky."] * 11))])  # 33 tokens; greedily 30 and 3
    drafts = split_passages(document, FakeEmbedder(), 30)
    assert sorted(len(draft.sentences) for draft in drafts) == [5, 6]


def test_a_passage_never_passes_what_the_embedder_reads():
    embedder = FakeEmbedder()
    embedder.max_tokens = 12
    document = written([("paragraph", " ".join(["Red sky."] * 20))])
    drafts = split_passages(document, embedder, 10)
    assert drafts == split_passages(document, embedder, 500)
    assert max(len(draft.sentences) for draft in drafts) == 3  # 9 of 12 - 2 tokens


def test_a_long_sentence_is_cut_at_spaces():
    document = written([("paragraph", " ".join(["red"] * 50) + ".")])
    drafts = split_passages(document, FakeEmbedder(), 20)
    parts = [document.text[start:end] for draft in drafts for start, end in draft.sentences]
    assert [part.split() for part in parts] == [["red"] * 20, ["red"] * 20, ["red"] * 9 + ["red."]]


def test_a_draft_is_what_the_view_of_a_passage_is_made_of():
    document = written([("heading", 1, "Fees"), ("heading", 2, "Boats"), ("item", "2.", "Row it.")])
    drafts = split_passages(document, FakeEmbedder(), 5)
    assert [(draft.path, draft.words) for draft in drafts] == [
        ("", "Fees\nBoats"),
        ("Fees > Boats\n", "2. Row it."),
    ]
    assert drafts[1].view == "Fees > Boats\n2. Row it."
    assert document.text[drafts[1].start : drafts[1].end] == "Row it."


@pytest.mark.parametrize(
    ("source", "title", "path"),
    [
        ("/home/anna/brindle-300_user  guide.v2.pdf", "", "brindle 300 user guide.v2\n"),
        ("/home/anna/guide.pdf", "The Brindle 300", "The Brindle 300\n"),
        ("/home/anna/-_.pdf", "", ""),
    ],
)
def test_a_document_without_a_title_is_called_by_its_files_name(source, title, path):
    document = replace(written([("paragraph", "It is so.")], title), source=source)
    (draft,) = split_passages(document, FakeEmbedder(), 20)
    assert (draft.path, draft.words) == (path, "It is so.")


@pytest.mark.parametrize("embedder", EMBEDDERS)
@pytest.mark.parametrize("character", ["a", "中", "!", "“", "\u0301", ".", "…"])
def test_a_long_line_without_spaces_is_split_in_time(embedder, character):
    document = plain(character * 50_000)
    with processor_limit():
        drafts = split_passages(document, embedder, 128)
    assert max(draft.end - draft.start for draft in drafts) <= 128 * 5
    assert max(letters_counted(draft.words, embedder) for draft in drafts) <= 128


def test_half_a_megabyte_is_split_in_seconds():
    text = "The cat sat on the mat of Mr. Smith, he said.\nIt went away again later.\n\n" * 7_000
    document = plain(text)
    with processor_limit(10):
        drafts = split_passages(document, FakeEmbedder(), 128)
    assert sum(len(draft.sentences) for draft in drafts) == 14_000
