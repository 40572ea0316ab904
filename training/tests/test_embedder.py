"""What the embedder is taught with, and how it is told how wrong it was."""

import math

import pytest
import torch
from tokenizers import Tokenizer

from rag.models.find import find_model
from training.documents import OWN, Document, Question, own_documents
from training.embedder_lessons import (
    Asked,
    Batch,
    Batches,
    claims_by_title,
    lessons_of,
    lessons_of_pairs,
    lessons_of_sentences,
    split_validation,
)
from training.pair_texts import PairText
from training.train_embedder import SCALE, SHARES, _chunks, ranking_loss


@pytest.fixture(scope="module")
def tokenizer():
    folder = find_model("all-MiniLM-L6-v2", "embedder").folder
    found = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found.no_padding()
    found.no_truncation()
    return found


def test_what_is_held_out_is_neither_taught_nor_validated():
    taught, held_out = own_documents(OWN)
    train, validate = split_validation(taught)
    titles = [{d.title for d in some} for some in (train, validate, held_out)]
    assert [len(some) for some in titles] == [179, 20, 19]
    assert len(set.union(*titles)) == 218


def test_a_question_goes_with_the_passage_that_has_most_of_its_evidence(tokenizer):
    sentences = [
        f"The {n}th of the keys hangs behind the door of room number {n}." for n in range(40)
    ]
    text = " ".join(sentences)
    start = text.index(sentences[30])
    question = Question(
        text="where is it", kind="span", answers=(), evidence=(start, start + len(sentences[30]))
    )
    document = Document(title="Keys", text=text, questions=(question,))
    claims = {"Keys": [("Key 2 is behind the door.", sentences[2]), ("Lost.", "not there")]}
    (lesson,) = lessons_of("own", [document], tokenizer, 100, claims)
    asked, claim = lesson.asked
    assert sentences[30] in lesson.passages[asked.answering - 100].words
    assert claim.answering == 100
    assert all(passage.path == "Keys\n" for passage in lesson.passages)


def test_a_batch_asks_only_what_one_of_its_passages_answers(tokenizer):
    documents = own_documents(OWN)[0][:12]
    lessons = lessons_of("own", documents, tokenizer, 0, claims_by_title(OWN / "own"))
    streams = {source: lessons for source in SHARES}
    hard = {lessons[0].asked[0]: [3, 4]}
    batches = Batches(streams, hard, seed=1)
    first = [batches.draw() for _ in range(3)]
    for batch in first:
        assert {asked.answering for asked in batch.asked} <= set(batch.places)
        assert len(batch.asked) == len(batch.typed) == len(batch.sources)
        assert len(set(batch.places)) == len(batch.places)
    again = Batches(streams, hard, seed=1)
    assert [again.draw() for _ in range(3)] == first


def test_the_loss_leaves_out_passages_that_have_some_of_the_evidence():
    asked = Asked(text="?", answering=7, touching=frozenset({7, 8}))
    batch = Batch(places=(7, 8, 9), asked=(asked,), typed=("?",), sources=("own",))
    passages = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    loss, right = ranking_loss(batch, passages, torch.tensor([[1.0, 0.0]]))
    assert right == 1
    expected = SHARES["own"] * math.log(1 + math.exp(-SCALE))  # the scores are SCALE, out, 0
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_texts_are_dealt_to_two_halves_without_loss():
    texts = ["a" * (n % 37) * 20 for n in range(150)]
    halves = _chunks(texts)
    places = [place for half in halves for some, _ in half for place in some]
    assert sorted(places) == list(range(150))
    assert all(
        texts[p] == t for half in halves for some, ts in half for p, t in zip(some, ts, strict=True)
    )
    loads = [sum(len(t) for _, ts in half for t in ts) for half in halves]
    assert max(loads) < 2 * min(loads)


def test_a_short_text_is_a_lesson_of_one_passage_with_what_it_settles():
    fields = {
        "title": "Rules",
        "under": "",
        "text": "Fires are allowed.",
        "yes": ["may i"],
        "no": ["is it forbidden"],
        "open": ["what does it cost"],
        "supported": ["One may."],
        "answers": [["what is allowed", "Fires", "Fires"]],
        "denied": [["why not", "allowed"]],
        "close": [["until when", "Fires"]],
    }
    (lesson,) = lessons_of_pairs([PairText(fields)], 7)
    assert [(p.path, p.words) for p in lesson.passages] == [("Rules\n", "Fires are allowed.")]
    assert [asked.text for asked in lesson.asked] == [
        "may i",
        "is it forbidden",
        "One may.",
        "what is allowed",
        "why not",
    ]
    assert {(asked.answering, asked.touching) for asked in lesson.asked} == {(7, frozenset([7]))}


def test_a_sentence_alone_is_what_answers_a_question_about_it():
    text = "# Keys\n\nOne hangs by the door. The other is lost."
    start = text.index("The other")
    question = Question(text="where", kind="span", answers=(), evidence=(start, start + 9))
    (lesson,) = lessons_of_sentences([Document(title="K", text=text, questions=(question,))], 5)
    words = [passage.words for passage in lesson.passages]
    (asked,) = lesson.asked
    assert words[asked.answering - 5] == "The other is lost."
    assert asked.touching == frozenset([asked.answering])
    assert all(passage.path == "" for passage in lesson.passages)
