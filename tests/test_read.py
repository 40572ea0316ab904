"""Spans against brute force, then a tiny random reader end to end."""

import string
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rag.answering.read import SpanReader, passage_spans
from rag.datatypes import Passage, Segment
from rag.models.engines import SpanLogits, TorchSpanModel
from rag.models.tokenizer import TextTokenizer

LONGEST = 30  # tokens of an answer


def passage_of(text: str, number: int = 1, start: int = 0) -> Passage:
    end = start + len(text)
    return Passage(
        id=number, document_id=1, start=start, end=end, text=text, sentences=((start, end),)
    )


def spans_of(starts, ends, in_text=None, start=0, **more):
    """Token n stands at [2n, 2n + 1) of the passage."""
    count = len(starts)
    passage = passage_of("x " * count, start=start)
    offsets = np.array([(2 * n, 2 * n + 1) for n in range(count)])
    inside = np.array(in_text if in_text is not None else [False] + [True] * (count - 1))
    logits = [np.array(values, dtype=np.float32) for values in (starts, ends)]
    more = {name: np.array(values, dtype=np.float32) for name, values in more.items()}
    return passage_spans(
        passage, SpanLogits(starts=logits[0], ends=logits[1], **more), offsets, inside
    )


def test_passage_spans_by_hand():
    """Best: tokens 2 to 3, 5 + 4 = 9. Apart from it: token 1, 1 + 2 = 3. No answer: 0.5 + 0.25."""
    best, other = spans_of([0.5, 1, 5, 0, 0], [0.25, 2, 1, 4, 0], start=100)
    assert (best.start, best.end, best.score, best.no_answer_score) == (104, 107, 9.0, 0.75)
    assert (other.start, other.end, other.score, other.no_answer_score) == (102, 103, 3.0, 0.75)


def test_no_span_goes_from_a_row_into_the_text_behind_it():
    """Of the tokens "a b c d" at 10 the first two are a row; best would be "b c"."""
    passage = replace(
        passage_of("a b c d", start=10), sentences=((10, 13), (14, 17)), kinds=("row", "sentence")
    )
    logits = SpanLogits(
        starts=np.array([0, 1, 9, 2, 0], dtype=np.float32),
        ends=np.array([0, 1, 1, 9, 3], dtype=np.float32),
    )
    offsets = np.array([(0, 0), (0, 1), (2, 3), (4, 5), (6, 7)])
    inside = np.array([False, True, True, True, True])
    best, other, *_ = passage_spans(passage, logits, offsets, inside)
    assert [(best.start, best.end, best.score), (other.start, other.end)] == [
        (14, 15, 11.0),
        (12, 13),
    ]


def test_an_end_before_the_start_is_no_span():
    """The best end, token 1, stands before the best start, token 3."""
    best, other = spans_of([0, 1, 0, 9], [0, 9, 0, 1])
    assert {(best.start, best.end, best.score), (other.start, other.end, other.score)} == {
        (2, 3, 10.0),
        (6, 7, 10.0),
    }


def test_tokens_outside_the_text_are_no_answer():
    """The question's tokens, 1 and 2, have the largest logits."""
    spans = spans_of([0, 9, 9, 1, 0], [0, 9, 9, 1, 0], [False, False, False, True, True])
    assert [(span.start, span.end, span.score) for span in spans] == [(6, 7, 2.0), (8, 9, 0.0)]


def test_a_passage_of_one_token_has_one_span():
    assert [(s.start, s.end, s.score) for s in spans_of([0, 1], [0, 2])] == [(2, 3, 3.0)]


def test_a_passage_without_tokens_has_no_span():
    assert spans_of([0, 1], [0, 1], [False, False]) == []


def test_a_span_has_thirty_tokens_at_most():
    starts, ends = np.zeros(60), np.zeros(60)
    starts[10], ends[39], ends[40] = 9, 5, 6  # 30 tokens, and 31
    best = spans_of(starts, ends)[0]
    assert (best.start, best.end, best.score) == (20, 79, 14.0)


def test_kinds_are_probabilities_and_without_the_head_nothing():
    (span,) = spans_of([0, 1], [0, 2], kinds=[0, 0, 0, 0, np.log(3), np.log(2)])
    assert span.kinds == pytest.approx(
        {
            "none": 1 / 9,
            "span": 1 / 9,
            "list": 1 / 9,
            "explanation": 1 / 9,
            "yes": 3 / 9,
            "no": 2 / 9,
        }
    )
    assert spans_of([0, 1], [0, 2])[0].kinds == {}


def test_items_are_the_runs_that_are_tagged_in_the_text():
    """Tags: token 1 first, 2 inside, 3 first, 4 outside, 5 inside without a first; 0 no text."""
    tags = 4 * np.eye(3)[[1, 1, 2, 1, 0, 2]]
    spans = spans_of([0] * 6, [0] * 6, start=100, tags=tags)
    assert spans[0].items == ((102, 105), (106, 107), (110, 111))
    assert spans_of([0, 1], [0, 2])[0].items == ()
    assert spans_of([0] * 6, [0] * 6, start=100, tags=tags / 2)[0].items == ()  # 2 is not enough


def test_only_words_that_stand_in_the_document_answer():
    """The view is a path, a column and a cell; the best logits are those of path and column."""
    view = "Fees\nFee: five"
    passage = replace(
        passage_of("ﬁve", start=100),
        view=view,
        segments=(Segment(10, 12, 100, 101), Segment(12, 14, 101, 103)),
    )
    tokens = [(0, 0), (0, 4), (5, 8), (8, 9), (10, 14)]
    logits = np.array([0, 9, 8, 7, 1], dtype=np.float32)
    found = passage_spans(
        passage, SpanLogits(starts=logits, ends=logits), np.array(tokens), np.arange(5) > 0
    )
    assert [(span.start, span.end, span.score) for span in found] == [(100, 103, 2.0)]


LOGITS = st.integers(-50, 50).map(lambda number: number / 4)


@given(st.integers(2, 45), st.data())
def test_passage_spans_are_those_of_brute_force(count, data):
    starts = data.draw(arrays(np.float32, count, elements=LOGITS))
    ends = data.draw(arrays(np.float32, count, elements=LOGITS))
    in_text = [False, *data.draw(st.lists(st.booleans(), min_size=count - 1, max_size=count - 1))]
    places = [place for place in range(count) if in_text[place]]
    allowed = {
        (2 * places[first], 2 * places[last] + 1): float(starts[places[first]] + ends[places[last]])
        for first in range(len(places))
        for last in range(first, min(first + LONGEST, len(places)))
    }
    found = spans_of(starts, ends, in_text)
    assert len(found) <= 2
    taken = []
    for span in found:
        apart = [score for bounds, score in allowed.items() if is_apart(bounds, taken)]
        assert allowed[span.start, span.end] == span.score == max(apart)
        assert span.no_answer_score == float(starts[0] + ends[0])
        taken.append((span.start, span.end))
    assert len(found) == 2 or not any(is_apart(bounds, taken) for bounds in allowed)


def is_apart(bounds, taken):
    return all(bounds[1] <= start or bounds[0] >= end for start, end in taken)


@pytest.fixture(scope="module")
def reader():
    """A `SpanReader` of two layers with random weights; WordPiece of single letters."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForQuestionAnswering

    letters = [*string.ascii_lowercase, *string.digits, *".,?éüł東京🙂"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    words = Tokenizer(
        models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    torch.manual_seed(0)
    model = BertForQuestionAnswering(
        BertConfig(
            vocab_size=len(pieces),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=384,
            initializer_range=0.5,
        )
    ).eval()
    inputs = ("input_ids", "token_type_ids", "attention_mask")
    return SpanReader(TextTokenizer(words), TorchSpanModel(model, inputs), "tiny")


def test_read_no_passages_is_nothing(reader):
    assert reader.read("who?", []) == []


def test_read_gives_spans_of_every_passage_best_margin_first(reader):
    passages = [
        passage_of("Roth sold the yard in Linz.", 1, 0),
        passage_of("Kern fell.", 2, 500),
        passage_of("x", 3, 900),
    ]
    spans = reader.read("Who sold it?", passages)
    margins = [span.score - span.no_answer_score for span in spans]
    assert margins == sorted(margins, reverse=True)
    assert [sum(s.passage.id == number for s in spans) for number in (1, 2, 3)] == [2, 2, 1]
    for span in spans:
        assert span.passage.start <= span.start < span.end <= span.passage.end


def test_read_gives_a_passage_the_same_spans_alone_and_in_a_batch(reader):
    """Padding must not count."""
    short, long = passage_of("Kern fell.", 1), passage_of("Roth sold the yard. " * 9, 2)
    alone = reader.read("who?", [short])
    together = [s for s in reader.read("who?", [short, long]) if s.passage.id == 1]
    assert [(s.start, s.end) for s in together] == [(s.start, s.end) for s in alone]
    assert [s.score for s in together] == pytest.approx([s.score for s in alone], abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="ab é東京🙂ł.\n", min_size=1, max_size=30), st.integers(0, 10_000))
def test_read_offsets_are_code_points_of_whole_letters(reader, text, start):
    """Each token is one letter, so a span begins and ends with one, never with white space."""
    passage = passage_of(text, start=start)
    spans = reader.read("who?", [passage])
    assert bool(spans) == bool(text.strip())
    for span in spans:
        words = text[span.start - start : span.end - start]
        assert words == words.strip() != ""


def test_read_shortens_an_overlong_question_to_its_end(reader):
    """96 tokens are kept; each letter is one, so they are the last 96 letters."""
    seen = []
    inner = reader._tokenizer

    class Listening(TextTokenizer):
        def __init__(self):
            pass

        def spans(self, text):
            return inner.spans(text)

        def pair(self, first, second, max_tokens):
            seen.append(first)
            return inner.pair(first, second, max_tokens)

    listening = SpanReader(Listening(), reader._model, "tiny")
    question = "a" * 40 + " " + "b" * 60 + " " + "c" * 60
    passages = [passage_of("Kern fell."), passage_of("Roth ran.", 2)]
    spans = listening.read(question, passages)
    assert seen == ["b" * 36 + " " + "c" * 60] * 2
    same = reader.read(seen[0], passages)
    assert [(s.start, s.end, s.score) for s in spans] == [(s.start, s.end, s.score) for s in same]
    assert len(spans) == 4


def test_read_keeps_a_question_of_96_tokens_and_an_empty_one(reader):
    assert reader._shorten("é" * 96) == "é" * 96
    assert reader._shorten("x" + "é" * 96) == "é" * 96
    assert reader._shorten("") == ""
    assert len(reader.read("", [passage_of("Kern fell.")])) == 2


def test_read_a_passage_longer_than_the_model_can_see(reader):
    """Whatever does not fit is not read: the offsets still hold."""
    passage = passage_of("Roth sold the yard in Linz. " * 100, start=7)
    spans = reader.read("who?" * 40, [passage])
    assert len(spans) == 2
    for span in spans:
        assert 7 <= span.start < span.end < 7 + 400


def test_read_many_gives_each_question_what_it_gets_alone(reader):
    """Twenty passages of all lengths: more than one batch, each with others than when alone."""
    texts = (
        ["Kern fell. " * n for n in (1, 7, 3)],
        ["Roth sold the yard. " * n for n in range(1, 18)],
    )
    requests = [
        (question, [passage_of(text, n, 1000 * n) for n, text in enumerate(of_question)])
        for question, of_question in zip(["who?", "what was sold by Roth?"], texts, strict=True)
    ]
    requests.insert(1, ("nobody?", []))
    together = reader.read_many(requests)
    assert together[1] == []
    for spans, (question, passages) in zip(together, requests, strict=True):
        alone = [span for p in passages for span in reader.read(question, [p])]
        alone.sort(key=lambda span: span.no_answer_score - span.score)
        assert {(s.passage.id, s.start, s.end) for s in spans} == {
            (s.passage.id, s.start, s.end) for s in alone
        }
        for name in ("score", "no_answer_score"):
            assert [getattr(s, name) for s in spans] == pytest.approx(
                [getattr(s, name) for s in alone], abs=1e-4
            )
    assert reader.read_many(requests) == together  # to the last bit
    assert reader.read_many([]) == []


def test_passages_of_like_length_are_read_together(reader):
    """Ten short and ten long ones, mixed; each is padded by 9, to a multiple of 16 tokens."""
    shapes = []
    model = reader._model

    class Listening:
        max_tokens, pad_id = model.max_tokens, model.pad_id

        def logits(self, tokens):
            shapes.append((tokens["input_ids"].shape, int(tokens["attention_mask"].sum())))
            return model.logits(tokens)

    listening = SpanReader(reader._tokenizer, Listening(), "tiny")
    passages = [passage_of("Kern fell. " * (1 + 9 * (n % 2)), n) for n in range(20)]
    listening.read("who?", passages)
    assert [rows for (rows, _), _ in shapes] == [8, 8, 4]
    assert sum(rows * longest - tokens for (rows, longest), tokens in shapes) == 2 * 81 + 20 * 9
