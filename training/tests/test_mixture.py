import itertools
import random

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from training.documents import KINDS, Document, Question
from training.mixture import Source, batches, typed_carelessly
from training.windows import CLS, SEP, WindowMaker, encode_document, pack_windows, token_range


@pytest.fixture(scope="module")
def tokenizer():
    """WordPiece of whole words and single letters, with MPNet's special tokens."""
    words = ["<s>", "<pad>", "</s>", "[UNK]", *"abcdefghijklmnopqrstuvwxyz.?,0123456789"]
    words += ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _document(number, text="Ann has a cat. Bob has a dog.\nCy has an owl and no bird."):
    start = text.index("dog")
    asked = Question(
        text="What has Bob?",
        kind="span",
        answers=((start, start + 3),),
        evidence=(text.index("Bob"), start + 4),
        accepted=("dog",),
    )
    return Document(title=f"Pets {number}", text=text, questions=(asked,))


def test_sentences_end_at_line_breaks(tokenizer):
    text = "One line\nand another. And more."
    codes = encode_document(tokenizer, text)
    found = [text[codes.starts[a] : codes.ends[b - 1]] for a, b in codes.sentences]
    assert found == ["One line", "and another.", "And more."]


def test_row_holds_path_and_places_the_answer_in_the_text(tokenizer):
    maker = WindowMaker(tokenizer, [_document(1)])
    codes = maker.encoded[0]
    row = maker.row([5, 6], 0, (0, len(codes.ids)), kind=1, answers=((25, 28),))
    assert row.ids[:5] == [CLS, 5, 6, SEP, SEP]
    assert row.path
    assert row.ids[row.text_start :] == [*codes.ids, SEP]
    ((first, last),) = row.spans
    assert tokenizer.decode(row.ids[first : last + 1]).replace(" ##", "") == "dog"
    assert len(row) == len(row.ids)


def test_row_without_the_answer_is_none(tokenizer):
    maker = WindowMaker(tokenizer, [_document(1)])
    first_sentence = maker.encoded[0].sentences[0]
    row = maker.row([5], 0, first_sentence, kind=1, answers=((25, 28),))
    assert (row.kind, row.spans) == (0, ())


def test_negatives_never_overlap_the_answer(tokenizer):
    text = " ".join(f"In room {n} Bob has a {'dog' if n == 7 else 'cat'}." for n in range(40))
    source = Source("own", WindowMaker(tokenizer, [_document(n, text) for n in range(3)]), 1.0)
    for group in itertools.islice(source.groups(seed=1), 12):
        answered, *others = group.rows
        assert KINDS[answered.kind] == "span"
        assert others
        assert all(row.kind == 0 and not row.spans for row in others)


def test_batches_keep_the_shares_and_the_size(tokenizer):
    def source(name, share):
        return Source(name, WindowMaker(tokenizer, [_document(n) for n in range(6)]), share)

    made = list(itertools.islice(batches([source("a", 0.75), source("b", 0.25)], 300, 1, 40), 8))
    assert all(
        sum(len(g.rows) for g in batch) * max(g.longest for g in batch) <= 300 for batch in made
    )
    again = batches([source("a", 0.75), source("b", 0.25)], 300, 1, 40)
    assert made == list(itertools.islice(again, 8))


def test_pack_windows_cover_all_tokens_once(tokenizer):
    codes = encode_document(tokenizer, "Ten cats sit. Big dogs run. " * 20)
    windows = pack_windows(codes, 30)
    assert windows[0][0] == 0
    assert windows[-1][1] == len(codes.ids)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(windows))
    assert all(b - a <= 30 for a, b in windows)


def test_token_range_is_none_outside_any_token(tokenizer):
    codes = encode_document(tokenizer, "a  b")
    assert token_range(codes, 0, 1) == (0, 1)
    assert token_range(codes, 1, 3) is None


def test_typed_carelessly_keeps_the_words_about():
    typed = typed_carelessly("Where does the Ferry leave?", random.Random(3))
    assert typed == typed.lower()
    assert "?" not in typed
    assert len(typed.split()) == 5
