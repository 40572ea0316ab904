import itertools
import random

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from training.documents import KINDS, Document, Question
from training.lessons import held_groups
from training.mixture import Source, batches, typed_carelessly
from training.packed import Packer
from training.windows import CLS, SEP, WindowMaker, frame_of


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


def test_row_holds_path_and_places_the_answer_in_the_text(tokenizer):
    maker = WindowMaker(tokenizer, [_document(1)])
    (window,) = maker.windows(0, 128)
    row = maker.row([5, 6], window, kind=1, answers=((25, 28),))
    assert row.ids[:5] == [CLS, 5, 6, SEP, SEP]
    assert row.path
    assert row.ids[row.text_start :] == [*window.text, SEP]
    ((first, last),) = row.spans
    assert tokenizer.decode(row.ids[first : last + 1]).replace(" ##", "") == "dog"
    assert len(row) == len(row.ids)


def test_frame_of_another_models_tokenizer_is_refused():
    words = {"[UNK]": 0, "<s>": 1, "<pad>": 2, "</s>": 3}
    with pytest.raises(ValueError, match="give the folder of all-mpnet-base-v2 or"):
        frame_of(Tokenizer(models.WordPiece(words, unk_token="[UNK]")))


def test_row_without_the_answer_is_none(tokenizer):
    maker = WindowMaker(tokenizer, [_document(1)])
    first = maker.windows(0, 20)[0]
    assert first.end <= 25
    row = maker.row([5], first, kind=1, answers=((25, 28),))
    assert (row.kind, row.spans) == (0, ())


def test_cells_are_read_with_their_columns_which_never_answer(tokenizer):
    table = "# pets\n\n| name | owner |\n|---|---|\n| rex | bob |\n"
    maker = WindowMaker(
        tokenizer, [Document(title="pets", text=table, questions=(), structured=True)]
    )
    window = maker.windows(0, 128)[-1]
    assert window.words.endswith("name: rex; owner: bob")
    start = table.index("bob")
    row = maker.row([5], window, kind=1, answers=((start, start + 3),))
    ((first, last),) = row.spans
    assert tokenizer.decode(row.ids[first : last + 1]).replace(" ##", "") == "bob"
    said = [token for token, is_said in zip(row.text, row.said, strict=True) if is_said]
    assert tokenizer.decode(said).replace(" ##", "").endswith("rex bob")


def test_negatives_never_overlap_the_answer(tokenizer):
    text = " ".join(f"In room {n} Bob has a {'dog' if n == 7 else 'cat'}." for n in range(40))
    source = Source("own", WindowMaker(tokenizer, [_document(n, text) for n in range(3)]), 1.0)
    for group in itertools.islice(source.groups(seed=1), 12):
        answered, *others = group.rows
        assert KINDS[answered.kind] == "span"
        assert others
        assert all(row.kind == 0 and not row.spans for row in others)


def test_a_twin_of_a_short_text_is_no_wrong_window(tokenizer):
    twin = Document(title="Pets 0", text="Ann has a cat. Bob has an eel.", questions=())
    other = Document(title="Birds", text="Ann has a cat. Bob has a bird.", questions=())

    def wrong(name, *others):
        documents = [_document(0), *others]
        maker = WindowMaker(tokenizer, documents)
        source = Source(name, maker, 1.0)
        question = documents[0].questions[0]
        return {
            maker.documents[window.document].title
            for n in range(20)
            for window in source.negatives(0, question, random.Random(n))
        }

    assert wrong("pairs", twin) == set()
    assert wrong("pairs", twin, other) == {"Birds"}
    assert wrong("own", twin) == {"Pets 0"}


def test_wrong_windows_are_found_by_meaning_too(tokenizer):
    far = Document(title="", text="Zoe owns fish.", questions=())
    maker = WindowMaker(tokenizer, [_document(1), far])
    question = maker.documents[0].questions[0]
    assert all(w.document == 0 for w in Source("own", maker, 1.0).ranked(question.text))
    alike = Source("own", maker, 1.0, wrong=2, embed=lambda texts: np.ones((len(texts), 2)))
    assert {w.document for w in alike.ranked(question.text)} == {0, 1}


def test_a_held_out_question_is_read_in_the_windows_that_come_first(tokenizer):
    unanswered = Document(
        title="", text="Zoe owns fish.", questions=(Question(text="Who sings?", kind="none"),)
    )
    packer = Packer()
    maker = WindowMaker(tokenizer, [_document(1), unanswered])
    found = held_groups(maker, lambda texts: np.ones((len(texts), 2)), packer)
    assert [group.answerable for group in found] == [True, False]
    first, second = (packer.unpacked(group).rows for group in found)
    assert [bool(row.spans) for row in first] == [True, False]
    assert len(second) == 2
    assert not any(row.spans for row in second)


def test_batches_keep_the_shares_and_the_size(tokenizer):
    def source(name, share):
        return Source(name, WindowMaker(tokenizer, [_document(n) for n in range(6)]), share)

    made = list(itertools.islice(batches([source("a", 0.75), source("b", 0.25)], 300, 1, 40), 8))
    assert all(
        sum(len(g.rows) for g in batch) * max(g.longest for g in batch) <= 300 for batch in made
    )
    again = batches([source("a", 0.75), source("b", 0.25)], 300, 1, 40)
    assert made == list(itertools.islice(again, 8))


def test_windows_cut_the_whole_document_once(tokenizer):
    text = "Ten cats sit. Big dogs run. " * 20
    maker = WindowMaker(tokenizer, [Document(title="", text=text, questions=())])
    windows = maker.windows(0, 40)
    assert len(windows) > 5
    assert "".join(text[w.start : w.end] for w in windows).replace(" ", "") == text.replace(" ", "")
    assert all(len(w.text) <= 40 for w in windows)
    assert windows[1].tokens_of(0, 3) is None


def test_typed_carelessly_keeps_the_words_about():
    typed = typed_carelessly("Where does the Ferry leave?", random.Random(3))
    assert typed == typed.lower()
    assert "?" not in typed
    assert len(typed.split()) == 5
