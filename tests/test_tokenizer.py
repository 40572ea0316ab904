"""The tokens are those that transformers and sentence-transformers give, on whatever text."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelNotFound
from rag.models import made
from rag.models.find import find_model
from rag.models.tokenizer import load_tokenizer
from rag.seed import seed_articles

SMALL = Path(made.__file__).resolve().parents[1] / "reader"
STRANGE = (
    "",
    " ",
    "\u00ad\u200b\u2060\ufeff",
    "\x00\x01 nul and bell\x07",
    "İstanbul ﬁnds ǅ ß ẞ",
    "e\u0301 é e\u0308\u0323",
    "日本語 한국어 ไทย עברית العربية",
    "👩‍👩‍👧‍👦 🇨🇭 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "\U0010ffff\ud7ff\ue000",
    "x" * 250 + " and after",
    "[CLS] [SEP] [MASK] [PAD] [UNK] <s> </s> <pad> <mask> <unk>",
    "a\u2028b\u2029c\u0085d\x0be\x0cf\rg",
    "don't re-use “quotes”… 1,234.50 € – § 4.2(b)",
    "\u202eright to left\u202c",
    "ﷺ ㎏ ½ ² Ⅷ",
)


def real_texts() -> list[str]:
    """Return pieces of all lengths of the seed article and of every document of this project."""
    files = [*seed_articles(), *sorted((Path(__file__).parents[1] / "docs").glob("*.md"))]
    chance = random.Random(0)
    texts = []
    for text in (file.read_text("utf-8") for file in files):
        for length in (3, 40, 300, 900, 4_000):
            start = chance.randrange(max(1, len(text) - length))
            texts.append(text[start : start + length])
    return texts


def mpnet_folder() -> Path:
    """Return the folder of the larger reader that set-up has made; skip where there is none."""
    folders = sorted((made.shared_home() / "models").glob("mpnet-*/tokenizer.json"))
    if not folders:
        pytest.skip("the larger reader is not made ready on this machine")
    return folders[-1].parent


def transformers_mpnet(folder: Path):
    """Return the tokenizer as it was made for the larger reader before."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer.from_file(str(folder / "tokenizer.json"))
    words.no_padding()
    words.no_truncation()
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        unk_token="[UNK]",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def transformers_small(folder: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)


@pytest.fixture(scope="module", params=["small", "mpnet"])
def both(request):
    """Our tokenizer and that of transformers for the same files."""
    if request.param == "small":
        return load_tokenizer(SMALL), transformers_small(SMALL)
    folder = mpnet_folder()
    return load_tokenizer(folder), transformers_mpnet(folder)


def check_pair(both, question: str, text: str, limit: int = 384) -> None:
    ours, theirs = both
    row = ours.pair(question, text, limit)
    expected = theirs(
        [question],
        [text],
        truncation="only_second",
        max_length=limit,
        return_offsets_mapping=True,
    )
    assert row.ids.tolist() == expected["input_ids"][0]
    assert row.type_ids.tolist() == expected["token_type_ids"][0]
    assert [tuple(place) for place in row.offsets.tolist()] == expected["offset_mapping"][0]
    assert row.in_second.tolist() == [part == 1 for part in expected.sequence_ids(0)]
    assert expected["attention_mask"][0] == [1] * len(row)


def check_spans(both, text: str) -> None:
    ours, theirs = both
    expected = theirs(text, add_special_tokens=False, return_offsets_mapping=True)
    assert ours.spans(text) == expected["offset_mapping"]


@pytest.mark.slow
def test_pairs_of_real_text_are_those_of_transformers(both):
    texts = real_texts()
    assert max(map(len, texts)) == 4_000  # longer than the model sees: it is cut
    for number, text in enumerate(texts):
        check_pair(both, texts[number - 1][:90], text)
        check_spans(both, text)


@pytest.mark.slow
def test_pairs_of_strange_text_are_those_of_transformers(both):
    for number, text in enumerate(STRANGE):
        check_pair(both, text, STRANGE[number - 1])
        check_pair(both, "What is it?", text * 60, 48)
        check_spans(both, text)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20), st.text(max_size=200), st.integers(30, 120))
def test_pairs_of_any_text_are_those_of_transformers(both, question, text, limit):
    check_pair(both, question[:8], text, limit)
    check_spans(both, text)


@pytest.mark.slow
def test_embedded_texts_are_those_of_sentence_transformers():
    from rag.models.find import load_sentence_transformer

    files = find_model("all-MiniLM-L6-v2", "embedder")
    ours, theirs = load_tokenizer(files.folder), load_sentence_transformer(files)
    for text in [*real_texts(), *STRANGE]:
        expected = theirs.preprocess([text])["input_ids"][0].tolist()
        assert ours.ids(text.strip(), 256) == expected  # which strips the text itself


@pytest.mark.parametrize("content", [None, "", "{", "{}"])
def test_a_tokenizer_that_cannot_be_read_is_one_line(tmp_path, content):
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelNotFound, match=r"tokenizer\.json: cannot be read \(") as caught:
        load_tokenizer(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_first_text_that_leaves_no_room_leaves_nothing_of_the_second():
    row = load_tokenizer(SMALL).pair("one two three", "four five", 5)
    assert row.ids[[0, 4, 5]].tolist() == [101, 102, 102]
    assert row.in_second.tolist() == [False] * 6
