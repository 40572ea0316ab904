"""Splitting: exact offsets over any text, sensible sentences, passages that fit the embedder."""

import time
from pathlib import Path

import pytest
from fake_embedder import FakeEmbedder, RestartingEmbedder, WholeWordEmbedder
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.documents.split import split_passages, split_sentences

SEED = Path(__file__).parents[1] / "seeds/000_fe5bd0c0b00e3e2d.txt"
PIECES = [
    *"aB.!?\"'()é中。😀\u0301\u200d\x00\x1c ",
    *["\n", "\r\n", "\r", "\n\n", "\u2028", "\x85", "\x0b", "\xa0", ". ", "Mr. ", "U.S. ", "[1]"],
    *["# ", "- ", "1. ", "| ", "---", "“", "”", "word ", "w" * 120, "x" * 45 + " "],
]
texts = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=80).map("".join),
)


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


def check_cover(text, spans):
    """Assert that spans are in order, trimmed, and hold each character that is not white space."""
    position = 0
    for start, end in spans:
        assert text[position:start].strip() == ""
        assert start < end
        assert text[start:end] == text[start:end].strip()
        position = end
    assert text[position:].strip() == ""


def check_passages(text, embedder, max_tokens):
    drafts = split_passages(text, embedder, max_tokens)
    check_cover(text, [span for draft in drafts for span in draft.sentences])
    for draft in drafts:
        assert (draft.start, draft.end) == (draft.sentences[0][0], draft.sentences[-1][1])
        assert len(embedder.token_spans(text[draft.start : draft.end])) <= max_tokens
    return drafts


@settings(max_examples=300, deadline=None)
@given(texts)
@example("")
@example("“" * 9_000 + "a")
def test_split_sentences_covers_any_text_exactly(text):
    check_cover(text, split_sentences(text))


@settings(max_examples=300, deadline=None)
@given(texts)
def test_split_sentences_never_crosses_a_blank_line(text):
    for sentence in sentences(text):
        assert all(line.strip() for line in sentence.splitlines())


@settings(max_examples=300, deadline=None)
@given(
    texts,
    st.sampled_from([FakeEmbedder(), RestartingEmbedder(), WholeWordEmbedder()]),
    st.sampled_from([1, 2, 3, 10, 128]),
)
def test_split_passages_covers_any_text_within_the_limit(text, embedder, max_tokens):
    check_passages(text, embedder, max_tokens)


@settings(max_examples=100, deadline=None)
@given(texts, st.integers(1, 3))
def test_split_passages_with_overlap_repeats_only_sentences_of_the_passage_before(text, overlap):
    embedder = FakeEmbedder()
    plain = split_passages(text, embedder, 12)
    overlapping = split_passages(text, embedder, 12, overlap_sentences=overlap)
    assert [draft.end for draft in overlapping] == [draft.end for draft in plain]
    everything = [span for draft in plain for span in draft.sentences]
    for draft, own in zip(overlapping, plain, strict=True):
        repeated = len(draft.sentences) - len(own.sentences)
        first = everything.index(own.sentences[0])
        assert 0 <= repeated <= overlap
        assert draft.sentences == tuple(everything[first - repeated : first]) + own.sentences
        assert len(embedder.token_spans(text[draft.start : draft.end])) <= 12


def test_split_passages_with_overlap_repeats_the_last_sentence_that_fits():
    text = "One two. Six ten. Red sky. Big sea."  # three tokens each
    spans = split_passages(text, FakeEmbedder(), 9, overlap_sentences=1)
    assert [text[draft.start : draft.end] for draft in spans] == [
        "One two. Six ten.",
        "Six ten. Red sky. Big sea.",
    ]


def test_split_sentences_keeps_titles_and_initials_with_their_names():
    text = (
        "They met Mr. Steve Witkoff and Ms. Rice. Gen. J. R. Kellogg, Dr. Oz and Amb. Lee came! "
        "Was it at 5 p.m. in Washington? See Vol. 3 and Fig. 2."
    )
    assert sentences(text) == [
        "They met Mr. Steve Witkoff and Ms. Rice.",
        "Gen. J. R. Kellogg, Dr. Oz and Amb. Lee came!",
        "Was it at 5 p.m. in Washington?",
        "See Vol. 3 and Fig. 2.",
    ]


def test_split_sentences_joins_hard_wrapped_prose_and_ends_at_full_stops():
    text = (
        "The meetings between Kiev and the delegates of the President, including Mr.\r\n"
        "Steve Witkoff and Mr. Jared Kushner, have narrowed disagreements about the\r\n"
        "guarantees. They went on until the evening in the town of Berlin and then\r\n"
        "everybody left.\r\n"
        "A new paragraph begins here."
    )
    assert sentences(text) == [
        text[: text.index(" They went")],
        text[text.index("They went") : text.index("\r\nA new")],
        "A new paragraph begins here.",
    ]


def test_split_sentences_takes_a_long_line_as_a_paragraph():
    line = "A paragraph on one line without any full stop at its end " + "and more words " * 6
    assert sentences(f"{line}\nAnother one") == [line.strip(), "Another one"]


def test_split_sentences_keeps_markdown_structure_apart():
    text = (
        "# A heading\nProse under it. More prose.\nSetext\n======\n"
        "1. First item. It goes on.\n2. Second item\n- a bullet\n* another\n"
        "| a | b |\n|---|---|\n| c | d |\nAfter the table\n"
    )
    assert sentences(text) == [
        "# A heading",
        "Prose under it.",
        "More prose.",
        "Setext\n======",
        "1. First item.",
        "It goes on.",
        "2. Second item",
        "- a bullet",
        "* another",
        "| a | b |\n|---|---|",
        "| c | d |",
        "After the table",
    ]


def test_split_sentences_takes_each_line_of_a_poem_or_list_as_its_own():
    assert sentences("Roses are red\nViolets are blue\nsmall words too") == [
        "Roses are red",
        "Violets are blue",
        "small words too",
    ]


def test_split_sentences_does_not_take_a_number_within_prose_for_a_list():
    text = (
        "The parties agreed to meet again in the town of Geneva on December\n"
        "12. They will speak of the guarantees then, and of nothing else at all."
    )
    assert sentences(text) == [text[:70], text[71:]]


def test_split_sentences_finds_non_latin_sentences_with_exact_offsets():
    assert sentences("中文句子。第二句。😀 Ça va? Oui.") == [
        "中文句子。",
        "第二句。",
        "😀 Ça va?",
        "Oui.",
    ]


def test_split_sentences_of_the_seed_article_ends_each_line_with_a_sentence():
    text = SEED.read_bytes().decode()
    found = sentences(text)
    assert len(found) == 18
    assert found[1].endswith("territorial censea in the Donbass region.")
    for line in text.splitlines():
        assert any(line.startswith(sentence) for sentence in found)
        assert any(line.endswith(sentence) for sentence in found)


def test_split_passages_ends_at_paragraphs_when_well_filled():
    # 3 + 4 tokens a paragraph: two fill 14 of 18 (78 %); the first sentence of a third would fit.
    paragraph = "One two. Red sky tea."
    text = "\n\n".join([paragraph] * 4)
    drafts = split_passages(text, FakeEmbedder(), 18)
    assert [text[draft.start : draft.end] for draft in drafts] == [
        f"{paragraph}\n\n{paragraph}"
    ] * 2


def test_split_passages_starts_at_a_heading_when_well_filled():
    text = "One two six ten big.\nRed sky.\n# Head\nBody text."  # 6, 3, 2 and 3 tokens
    drafts = split_passages(text, FakeEmbedder(), 12)
    assert [text[draft.start : draft.end] for draft in drafts] == [
        "One two six ten big.\nRed sky.",
        "# Head\nBody text.",
    ]


def test_split_passages_leaves_no_tiny_rest():
    text = " ".join(["Red sky."] * 11)  # 33 tokens; packed greedily 30 and 3
    drafts = split_passages(text, FakeEmbedder(), 30)
    assert sorted(len(draft.sentences) for draft in drafts) == [5, 6]


def test_split_passages_never_passes_what_the_embedder_reads():
    embedder = FakeEmbedder()
    embedder.max_tokens = 12
    text = " ".join(["Red sky."] * 20)
    drafts = check_passages(text, embedder, 10)
    assert drafts == split_passages(text, embedder, 500)
    assert max(len(draft.sentences) for draft in drafts) == 3  # 9 of 12 - 2 tokens


def test_split_passages_cuts_a_long_sentence_at_spaces():
    text = " ".join(["red"] * 50) + "."
    drafts = check_passages(text, FakeEmbedder(), 20)
    parts = [text[start:end] for draft in drafts for start, end in draft.sentences]
    assert [part.split() for part in parts] == [["red"] * 20, ["red"] * 20, ["red"] * 9 + ["red."]]


@pytest.mark.parametrize("embedder", [FakeEmbedder(), RestartingEmbedder(), WholeWordEmbedder()])
@pytest.mark.parametrize("character", ["a", "中", "!", "“", "\u0301", "."])
def test_split_passages_is_quick_with_a_long_line_without_spaces(embedder, character):
    text = character * 50_000
    started = time.perf_counter()
    drafts = check_passages(text, embedder, 128)
    assert time.perf_counter() - started < 5
    assert max(draft.end - draft.start for draft in drafts) <= 128 * 5
    assert len(drafts) >= 50_000 / (128 * 5)


def test_split_passages_splits_a_megabyte_in_seconds():
    text = "The cat sat on the mat of Mr. Smith, he said.\nIt went away again later.\n\n" * 14_000
    started = time.perf_counter()
    drafts = split_passages(text, FakeEmbedder(), 128)
    assert time.perf_counter() - started < 15
    assert sum(len(draft.sentences) for draft in drafts) == 28_000
