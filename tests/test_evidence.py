"""Which sentences are chosen of what the reader found."""

import math
from dataclasses import replace

import pytest
from generated_documents import passages_of

from rag.answering.confidence import Ranking
from rag.answering.evidence import (
    Candidate,
    candidate_text,
    choose_evidence,
    meant_by_name,
    rank_candidates,
    rank_hits,
    sentences_with_path,
    with_neighbours,
)
from rag.answering.names import Preference, name_words
from rag.datatypes import Document, Hit, Passage, Span
from rag.documents.formats.markdown import extract_markdown

SHORT, LONG = False, True

TEXT = "Sentence a. Sentence b. Sentence"


def passage(number: int, document_id: int = 1, start: int = 0) -> Passage:
    """Three sentences of ten characters with a space between: [0, 10), [11, 21), [22, 32)."""
    return Passage(
        id=number,
        document_id=document_id,
        start=start,
        end=start + 32,
        text=TEXT,
        sentences=tuple((start + at, start + at + 10) for at in (0, 11, 22)),
    )


def candidate(of: Passage, first: int, last: int, score: float) -> Candidate:
    """A span from `first` to `last`, counted from the start of its passage."""
    span = Span(
        passage=of,
        start=of.start + first,
        end=of.start + last,
        score=score,
        no_answer_score=0.0,
    )
    hit = Hit(passage=of, score=0.0, dense_rank=None, lexical_rank=None)
    return Candidate(span=span, hit=hit, score=score)


def chosen(is_long: bool, *candidates: Candidate) -> list[int]:
    """Return which of the candidates are chosen, by their places in the order given."""
    kept = choose_evidence(candidates, is_long=is_long)
    assert all(any(each is other for other in candidates) for each in kept)
    return [next(n for n, other in enumerate(candidates) if other is each) for each in kept]


NOTES = """# Larkspur notes

## 5.2.1

Fixed on 3 May. All of these came from users.

- Printing ignored the paper size

## Prices

| Plan | A month |
|---|---|
| Solo | £3 |
| Team | £9 |
"""


@pytest.mark.parametrize(
    ("size", "words", "expected"),
    [
        (200, "3 May", "Larkspur notes. 5.2.1. Fixed on 3 May."),
        (12, "3 May", "Larkspur notes. 5.2.1. Fixed on 3 May."),
        (200, "May. All", "Larkspur notes. 5.2.1. Fixed on 3 May. All of these came from users."),
        (200, "£9", "Larkspur notes. Prices. Plan | A month. Plan: Team; A month: £9"),
        (12, "£9", "Larkspur notes. Prices. Plan: Team; A month: £9"),
    ],
)
def test_what_is_checked_stands_behind_its_title_and_headings(size, words, expected):
    assert checked_text(words, size) == expected


def checked_text(words: str, size: int, notes: str = NOTES, **options: bool) -> str:
    """Return what is checked of the words in the notes, cut into passages of a size."""
    extracted = extract_markdown(notes.encode(), 10_000)
    document = Document(
        source="", name="", sha256="", text=extracted.text, blocks=extracted.blocks, title=""
    )
    start = document.text.index(words)
    (of,) = [p for p in passages_of(document, size)[0] if p.start <= start < p.end]
    first = start - of.start
    return sentences_with_path(candidate(of, first, first + len(words), 1.0), **options)


def test_a_short_question_gets_the_best_span_only():
    assert chosen(SHORT, candidate(passage(1), 12, 15, 2.0), candidate(passage(1), 1, 5, 1.9)) == [
        0
    ]


def test_a_short_question_gets_other_passages_that_give_the_same_answer():
    best = candidate(passage(1), 12, 20, 2.0)  # "Sentence" in all of them
    other = candidate(passage(4, document_id=4), 0, 10, 1.5)
    same = candidate(passage(2, document_id=2), 0, 8, 1.0)
    lower = candidate(passage(3, document_id=3), 0, 8, 0.9)
    assert chosen(SHORT, best, other, same, lower) == [0, 2]


def test_a_short_question_gets_no_second_span_of_the_same_passage():
    best, again = candidate(passage(1), 12, 20, 2.0), candidate(passage(1), 0, 8, 2.0)
    assert chosen(SHORT, best, again) == [0]


def test_a_long_question_gets_near_spans_too_the_best_one_first():
    candidates = [
        candidate(passage(2, start=100), 12, 15, 2.0),
        candidate(passage(1), 23, 25, 1.0),
        candidate(passage(3, document_id=0), 1, 5, 0.5),
    ]
    assert chosen(LONG, *candidates) == [0, 1, 2]


def test_a_long_question_leaves_spans_that_are_more_than_three_logits_weaker():
    best = candidate(passage(1), 1, 5, 2.0)
    assert chosen(LONG, best, candidate(passage(1), 12, 15, -1.0)) == [0, 1]
    assert chosen(LONG, best, candidate(passage(1), 12, 15, -1.01)) == [0]


def test_a_long_question_gets_three_sentences_at_most_and_counts_each_once():
    candidates = [
        candidate(passage(1), 12, 15, 2.0),
        candidate(passage(1), 16, 18, 1.9),  # the same sentence again
        candidate(passage(2, start=100), 9, 13, 1.8),  # two more
        candidate(passage(3, start=200), 1, 2, 1.7),  # a fourth
    ]
    assert chosen(LONG, *candidates) == [0, 1, 2]


def test_sentences_of_two_documents_at_the_same_offsets_are_two():
    """Three and three: only those of the best fit."""
    one = candidate(passage(1), 0, 32, 2.0)
    assert chosen(LONG, one, candidate(passage(2), 0, 32, 1.9)) == [0, 1]
    assert chosen(LONG, one, candidate(passage(3, document_id=2), 0, 32, 1.9)) == [0]


def test_a_span_too_many_is_left_and_a_smaller_one_after_it_is_taken():
    candidates = [
        candidate(passage(1), 12, 15, 2.0),
        candidate(passage(2, start=100), 9, 23, 1.9),  # three more: too many
        candidate(passage(3, start=200), 1, 2, 1.8),
    ]
    assert chosen(LONG, *candidates) == [0, 2]


@pytest.mark.parametrize(
    ("first", "last", "sentences"),
    [(12, 15, 1), (11, 21, 1), (0, 1, 1), (20, 23, 2), (9, 23, 3)],
)
def test_the_sentences_that_count_are_those_that_the_span_touches(first, last, sentences):
    """Beside them one-sentence spans of other passages are taken up to three."""
    others = [candidate(passage(n, start=100 * n), 1, 2, 1.9) for n in (2, 3, 4)]
    best = candidate(passage(1), first, last, 2.0)
    assert chosen(LONG, best, *others) == list(range(4 - sentences))


def test_the_best_span_is_chosen_even_over_more_sentences_than_the_limit():
    of = Passage(
        id=1,
        document_id=1,
        start=0,
        end=8,
        text="a b c d.",
        sentences=((0, 1), (2, 3), (4, 5), (6, 8)),
    )
    assert chosen(LONG, candidate(of, 0, 8, 2.0), candidate(passage(2), 1, 2, 1.9)) == [0]


def test_rank_candidates_weighs_reading_and_retrieval():
    """Margins 5 - 3 = 2 and 1 - 0 = 1; with 10 x 0.1 and 10 x 0.3 they are 3 and 4."""
    first, second = passage(1), passage(2)
    hits = [
        Hit(passage=first, score=0.1, dense_rank=1, lexical_rank=None),
        Hit(passage=second, score=0.3, dense_rank=2, lexical_rank=1),
    ]
    spans = [
        Span(passage=first, start=0, end=1, score=5.0, no_answer_score=3.0),
        Span(passage=second, start=0, end=1, score=1.0, no_answer_score=0.0),
    ]
    ranked = rank_candidates(spans, hits, Ranking(retrieval=10.0))
    assert [(c.span, c.hit) for c in ranked] == [(spans[1], hits[1]), (spans[0], hits[0])]
    assert [c.score for c in ranked] == pytest.approx([4.0, 3.0])
    assert [c.span for c in rank_candidates(spans, hits, Ranking())] == spans


def test_rank_candidates_weighs_what_the_reader_says_of_the_passage():
    """Equal margins; that the second answers is e to 1, that the first does not 1 to e."""
    passages = [passage(1), passage(2)]
    hits = [Hit(passage=each, score=0.0, dense_rank=1, lexical_rank=None) for each in passages]
    none = [math.e / (1 + math.e), 1 / (1 + math.e)]
    spans = [
        Span(passage=each, start=0, end=1, score=1.0, no_answer_score=0.0, kinds={"none": share})
        for each, share in zip(passages, none, strict=True)
    ]
    ranked = rank_candidates(spans, hits, Ranking(answers=0.5))
    assert [c.span for c in ranked] == [spans[1], spans[0]]
    assert [c.score for c in ranked] == pytest.approx([1.5, 0.5])


def test_rank_candidates_of_nothing_is_nothing():
    assert rank_candidates([], [], Ranking()) == []


def test_rank_hits_gives_each_passage_once_where_its_best_candidate_stands():
    first, second = passage(1), passage(2)
    candidates = [
        candidate(second, 0, 1, 3.0),
        candidate(first, 0, 1, 2.0),
        candidate(second, 2, 3, 1.0),
    ]
    both = (candidates[0].hit, candidates[1].hit)
    assert rank_hits(candidates, both[::-1]) == both
    assert rank_hits([], []) == ()


def test_rank_hits_ends_with_the_passages_that_were_not_read():
    read, unread = candidate(passage(1), 0, 1, 3.0), candidate(passage(2), 0, 1, 2.0)
    assert rank_hits([read], (unread.hit, read.hit)) == (read.hit, unread.hit)


def test_candidate_text_is_what_stands_between_the_spans_offsets():
    assert candidate_text(candidate(passage(1, start=100), 9, 13, 1.0)) == "a. S"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ignored", "Larkspur notes. 5.2.1. All of these came from users. Printing ignored the"),
        ("£9", "Larkspur notes. Prices. Plan | A month. Plan: Solo; A month: £3 Plan: Team; A mon"),
        ("Fixed", "Larkspur notes. 5.2.1. Fixed on 3 May."),
    ],
)
def test_a_list_is_checked_with_what_leads_it_in_and_a_row_with_the_others(words, expected):
    found = checked_text(words, 200, whole_list=True)
    assert found.startswith(expected)
    assert ("£3" in found) == (words == "£9")


def test_an_item_is_led_in_where_that_is_wanted():
    terms = NOTES.replace("All of these", "We do not mend:\n\n- old ones\n- All of these")
    assert checked_text("old", 200, notes=terms, led_in=True).endswith("We do not mend: old ones")
    assert not checked_text("old", 200, notes=terms).endswith("We do not mend: old ones")


def test_another_document_is_meant_by_a_name_that_its_own_sentence_says():
    said = ("The vault opened.", "Its archive opened.", "The fair opened.")
    called, telling, other = (
        candidate(
            replace(passage(number, number), text=text, end=len(text), sentences=((0, len(text)),)),
            *(0, len(text), 1.0),
        )
        for number, text in enumerate(said)
    )
    named = Preference(
        documents=frozenset([0]), strength=0.6, is_certain=False, words=name_words("archive")
    )
    assert meant_by_name([called, telling, other], named) == [called, telling]
    certain = replace(named, strength=1.0, is_certain=True)
    assert meant_by_name([called, telling, other], certain) == [called]


@pytest.mark.parametrize(
    ("first", "before", "behind", "start", "end"),
    [
        (2, True, True, 2, 21),
        (13, True, True, 0, 32),
        (13, True, False, 0, 16),
        (13, False, True, 13, 32),
        (13, False, False, 13, 16),
        (23, True, True, 11, 26),
    ],
)
def test_neighbours_are_the_sentences_before_and_behind(first, before, behind, start, end):
    alone = candidate(passage(1, start=40), first, first + 3, 0.0)
    span = with_neighbours(alone, before=before, behind=behind).span
    assert (span.start - 40, span.end - 40) == (start, end)


@pytest.mark.parametrize("kind", ["row", "item"])
def test_a_row_and_an_item_have_no_neighbours_and_a_heading_is_none(kind):
    of = replace(passage(1), kinds=("heading", "sentence", kind))
    span = with_neighbours(candidate(of, 12, 14, 0.0), before=True, behind=True).span
    assert (span.start, span.end) == (12, 14)
    row = candidate(of, 23, 25, 0.0)
    assert with_neighbours(row, before=True, behind=True) is row
