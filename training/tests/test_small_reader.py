"""The reader's training: exact windows, honest negatives, and runs that resume bit by bit."""

import dataclasses
import json
import random
import sys
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, BertTokenizer

sys.path.insert(0, str(Path(__file__).parents[1] / "small"))

import average_readers as averaging
import reader_data as data
import reader_evaluate as measure
import reader_negatives as negatives
import reader_plan as plans
import train_reader as training

ORCHARD = (
    "The orchard at Wendle was planted in 1902 by Ada Morrow. She chose forty pear trees and two "
    "old quinces. In 1931 a frost killed the quinces. Her nephew Tom Hale sold the orchard to the "
    "village in 1948. The village holds a fair there every May."
)
MILL = (
    "The mill at Carse ground oats until 1911. Its wheel was built by Owen Pryce. A flood took "
    "the wheel in 1931. The miller never lived in the village."
)


def asked(text: str, question: str, *answers: str) -> dict:
    return {
        "id": question,
        "question": question,
        "answers": [{"text": a, "answer_start": text.index(a)} for a in answers],
        "is_impossible": not answers,
    }


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    orchard = [
        asked(ORCHARD, "Who planted the orchard at Wendle?", "Ada Morrow", "Ada Morrow", "Ada"),
        asked(ORCHARD, "When was the orchard sold to the village?", "1948", "in 1948"),
        asked(ORCHARD, "What killed the quinces in 1931?", "a frost"),
        asked(ORCHARD, "Who sold the mill?"),
    ]
    mill = [
        asked(MILL, "Who built the wheel of the mill at Carse?", "Owen Pryce"),
        asked(MILL, "What took the wheel in 1931?", "A flood"),
    ]
    articles = [
        {"title": "Orchard", "paragraphs": [{"context": ORCHARD, "qas": orchard}]},
        {"title": "Mill", "paragraphs": [{"context": MILL, "qas": mill}]},
    ]
    path = tmp_path / "made_up.json"
    path.write_text(json.dumps({"data": articles}), encoding="utf-8")
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A random two-layer BERT with a vocabulary of the paragraphs' words."""
    folder = tmp_path / "base"
    folder.mkdir()
    words = sorted(
        set("".join(c if c.isalnum() else " " for c in (ORCHARD + MILL).lower()).split())
    )
    vocabulary = [
        "[PAD]",
        *(f"[unused{n}]" for n in range(99)),
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
    ]
    vocabulary += [*words, *".,?", "who", "when", "what"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer.from_pretrained(folder).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def test_read_paragraphs_takes_the_named_articles(squad_file: Path):
    assert {p.article for p in data.read_paragraphs(str(squad_file))} == {
        "made_up/Orchard",
        "made_up/Mill",
    }
    assert [p.text for p in data.read_paragraphs(f"{squad_file}@1-2")] == [MILL]


def test_read_paragraphs_rejects_an_answer_that_is_not_there(tmp_path: Path):
    wrong = asked(MILL, "What took the wheel?", "A flood")
    wrong["answers"][0]["answer_start"] += 1
    path = tmp_path / "wrong.json"
    content = {"data": [{"title": "x", "paragraphs": [{"context": MILL, "qas": [wrong]}]}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match="correct answer_start"):
        data.read_paragraphs(str(path))


def test_plain_whitespace_keeps_offsets():
    assert data.plain_whitespace("a\u00a0b\n\tc\u2009d") == "a b  c d"


def test_choose_answer_takes_the_majority_and_the_fitting_place(squad_file: Path):
    paragraph = data.read_paragraphs(str(squad_file))[0]
    planted, sold = paragraph.questions[:2]
    assert paragraph.text[slice(*data.choose_answer(paragraph, planted))] == "Ada Morrow"
    # one vote each: the shorter one
    assert paragraph.text[slice(*data.choose_answer(paragraph, sold))] == "1948"

    filler = "Nobody remembers anything else about those two quiet and uneventful decades there. "
    text = "It rained in 1931. " + filler * 2 + "The river flooded the harbour warehouse in 1931."
    question = data.Question(text="When was the harbour warehouse flooded?", answers=((13, 17),))
    twice = data.Paragraph(article="x", text=text, questions=(question,))
    assert data.choose_answer(twice, question) == (len(text) - 5, len(text) - 1)


@pytest.mark.parametrize("seed", range(20))
def test_windows_keep_the_answer_exactly(squad_file: Path, base: Path, seed: int):
    tokenizer = data.load_tokenizer(base)
    rng = random.Random(seed)
    for paragraph in data.read_paragraphs(str(squad_file)):
        encoded = data.encode_paragraph(tokenizer, paragraph.text)
        for question in (q for q in paragraph.questions if q.answers):
            start, end = data.choose_answer(paragraph, question)
            answer = data.token_range(encoded, start, end)
            window = data.random_window(encoded, *answer, rng.randint(5, 80), rng)
            assert window[0] in {first for first, _ in encoded.sentences}
            assert window[1] in {last for _, last in encoded.sentences}
            row = data.answer_row([7, 8, 9], encoded, window, answer)
            shift = window[0] - row.context_start
            begin, stop = encoded.starts[row.first + shift], encoded.ends[row.last + shift]
            assert paragraph.text[begin:stop] == paragraph.text[start:end]


def test_pack_windows_covers_every_token_once(base: Path):
    encoded = data.encode_paragraph(data.load_tokenizer(base), ORCHARD)
    for size in (5, 20, 30, 500):
        windows = data.pack_windows(encoded, size)
        assert [t for w in windows for t in range(*w)] == list(range(len(encoded.ids)))
    assert len(data.pack_windows(encoded, 500)) == 1


def test_long_sentences_are_cut(base: Path):
    encoded = data.encode_paragraph(data.load_tokenizer(base), "the mill ground oats " * 100)
    assert max(last - first for first, last in encoded.sentences) <= data.MAX_SENTENCE_TOKENS
    assert encoded.sentences[-1][1] == len(encoded.ids) == 400


def test_holds_answer_needs_whole_words():
    assert negatives.holds_answer("He left in The Spring, of 1902.", ["spring of 1902"])
    assert not negatives.holds_answer("It cost 19024 marks.", ["1902"])


def test_negatives_hold_no_accepted_answer(squad_file: Path, base: Path):
    tokenizer = data.load_tokenizer(base)
    paragraphs = data.read_paragraphs(str(squad_file))
    accepted = {
        tuple(data.encode_question(tokenizer, q.text)): p.answer_texts(q)
        for p in paragraphs
        for q in p.questions
    }
    seen = 0
    for kind in ("ranked", "gap"):
        shares = {"ranked": 0.0, "gap": 0.0, "changed": 0.0, kind: 1.0}
        mixture = negatives.Mixture(**shares, shortest_window=10, longest_window=60)
        for seed in range(10):
            for group in negatives.GroupMaker(paragraphs, tokenizer, mixture, seed).groups():
                for row in group.rows[1 : group.shared]:
                    text = tokenizer.decode(row.context)
                    assert not negatives.holds_answer(text, accepted[tuple(row.question)])
                    assert row.first == row.last == 0
                    seen += 1
    assert seen > 20


def test_change_question_swaps_what_the_window_answers():
    rng = random.Random(0)
    mentions = {"year": ["1902", "1931"], "name": ["Carse", "Wendle"]}
    made = {
        negatives.change_question("What happened at Carse in 1931?", mentions, ORCHARD, rng)
        for _ in range(40)
    }
    assert "What happened at Wendle in 1931?" in made
    assert "What happened at Carse in 1902?" in made
    assert "What happened at Carse in 1931?" not in made
    assert negatives.change_question("Who came first?", {}, ORCHARD, rng) == "Who came last?"
    assert negatives.change_question("Who did not come?", {}, ORCHARD, rng) == "Who did come?"
    assert negatives.change_question("Who came?", {}, ORCHARD, rng) is None


def test_groups_are_the_same_by_seed(squad_file: Path, base: Path):
    tokenizer = data.load_tokenizer(base)
    paragraphs = data.read_paragraphs(str(squad_file))
    mixture = negatives.Mixture(changed=1.0)
    one, again, other = (
        negatives.GroupMaker(paragraphs, tokenizer, mixture, seed).groups() for seed in (1, 1, 2)
    )
    assert one == again != other


def test_shared_loss_of_one_window_is_its_own_cross_entropy():
    # one question, a window of two tokens with the answer first: logits 2 and 1 over [CLS] at 0
    row = data.Row(question=[5], context=[6, 7], first=3, last=3)
    logits = torch.tensor([[0.0, 0.0, 0.0, 2.0, 1.0, 0.0]])
    _, _, _, context = measure.pad_rows([row])
    group = negatives.Group(rows=(row,), shared=1)
    alone = training.reader_loss(logits, logits, [group], context, 0.0)
    both = training.reader_loss(logits, logits, [group], context, 1.0)
    e = torch.tensor(1.0).exp()
    assert torch.isclose(alone, (e**2 + e + 1).log() - 2)  # against [CLS] and the other token
    assert torch.isclose(both - alone, (e**2 + e).log() - 2)  # against the other token only


def test_shared_loss_counts_the_other_window_of_the_question():
    rows = tuple(
        data.Row(question=[5], context=[6, 7], first=place, last=place) for place in (3, 0)
    )
    logits = torch.tensor([[0.0, 0.0, 0.0, 2.0, 1.0, 0.0], [1.0, 0.0, 0.0, 4.0, 1.0, 0.0]])
    _, _, _, context = measure.pad_rows(list(rows))
    together = [negatives.Group(rows=rows, shared=2)]
    apart = [negatives.Group(rows=rows, shared=1)]

    def shared_part(groups: list) -> float:
        with_it = training.reader_loss(logits, logits, groups, context, 1.0)
        return float(with_it - training.reader_loss(logits, logits, groups, context, 0.0))

    e = torch.tensor(1.0).exp()
    # the second window's scores over its [CLS] are 3 and 0; the mean is over two rows
    assert shared_part(together) == pytest.approx(float(((e**2 + e + e**3 + 1).log() - 2) / 2))
    assert shared_part(apart) == pytest.approx(float(((e**2 + e).log() - 2) / 2))


def test_rate_rises_stays_and_falls_to_zero():
    plan = plans.Plan(base="", data=(), steps=100, ramp_steps=10, decay_steps=50)
    assert plans.rate_at(0, plan) == pytest.approx(0.1)
    assert plans.rate_at(30, plan) == 1.0
    assert plans.rate_at(75, plan) == pytest.approx(0.5)
    assert plans.rate_at(99, plan) == pytest.approx(0.02)


def make_plan(squad_file: Path, base: Path, steps: int = 8) -> plans.Plan:
    return plans.Plan(
        base=str(base),
        data=(str(squad_file),),
        warm_data=(f"{squad_file}@1-2",),
        warm_steps=2,
        steps=steps,
        batch_tokens=200,
        ramp_steps=2,
        decay_steps=4,
        learning_rate=1e-3,
    )


def test_a_killed_run_resumes_bit_by_bit(
    squad_file: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plan = make_plan(squad_file, base)
    batches = plans.make_batches(plan, data.load_tokenizer(base))
    assert len(batches) == 10
    whole = training.Run.open(plan, tmp_path / "whole")
    before = {n: t.clone() for n, t in whole.model.state_dict().items()}
    training.train(whole, batches, save_every=100)

    def die_at_seven(run: training.Run, groups: list) -> float:
        if run.step == 7:
            raise KeyboardInterrupt
        return learn(run, groups)

    learn = training.Run.train_batch
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Run, "train_batch", die_at_seven)
        training.train(training.Run.open(plan, tmp_path / "killed"), batches, save_every=3)
    resumed = training.Run.open(plan, tmp_path / "killed")
    assert resumed.step == 6
    training.train(resumed, batches, save_every=3)

    expected, found = whole.model.state_dict(), resumed.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert not torch.equal(before["qa_outputs.weight"], found["qa_outputs.weight"])
    word_embeddings = "bert.embeddings.word_embeddings.weight"
    assert torch.equal(before[word_embeddings], found[word_embeddings])


def test_another_plan_is_refused_but_not_more_steps(squad_file: Path, base: Path, tmp_path: Path):
    plan = make_plan(squad_file, base)
    batches = plans.make_batches(plan, data.load_tokenizer(base))
    run = training.Run.open(plan, tmp_path / "run")
    training.train(run, batches[:4], save_every=2)
    longer = make_plan(squad_file, base, steps=20)
    assert plans.make_batches(longer, data.load_tokenizer(base))[:10] == batches
    assert training.Run.open(longer, tmp_path / "run").step == 4
    ended_early = dataclasses.replace(plan, steps=5, decay_steps=3)  # the rate falls from step 4
    assert training.Run.open(ended_early, tmp_path / "run").step == 4
    with pytest.raises(ValueError, match="another plan"):
        training.Run.open(dataclasses.replace(plan, decay_steps=9), tmp_path / "run")
    training.train(run, batches[:8], save_every=2)  # the rate has begun to fall
    with pytest.raises(ValueError, match="another plan"):
        training.Run.open(longer, tmp_path / "run")


def test_export_is_a_small_plain_folder(squad_file: Path, base: Path, tmp_path: Path):
    run = training.Run.open(make_plan(squad_file, base), tmp_path / "run")
    run.save()
    run.save()  # replaces the first
    names = {path.name for path in (tmp_path / "run" / "export").iterdir()}
    assert names == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    model = training.AutoModelForQuestionAnswering.from_pretrained(
        tmp_path / "run" / "export", dtype="auto"
    )
    assert model.dtype == torch.float16


def test_figures_are_worked_out_by_hand():
    assert measure.token_f1("the old pear tree", ["pear trees", "pear"]) == pytest.approx(0.5)
    assert measure.exact_match("The Pear!", ["pear"]) == 1.0
    assert measure.auroc([2.0, 1.0], [1.0, 0.0]) == pytest.approx(3.5 / 4)
    assert measure.refused_at([float(n) for n in range(20)], [0.5, 5.0]) == 0.5
    assert measure.auroc([], [1.0]) is None


def test_examiner_asks_paragraph_and_library(squad_file: Path, base: Path, tmp_path: Path):
    examiner = measure.Examiner(data.read_paragraphs(str(squad_file)), data.load_tokenizer(base))
    model = training.load_model(str(base), 0.0, threading.local()).eval()
    figures = examiner.paragraph_figures(model, None) | examiner.library_figures(model, None)
    assert figures["questions"] == 5
    assert figures["unanswerable"] == 1
    assert 0.0 <= figures["f1"] <= 1.0
    assert 0.0 <= figures["library_f1"] <= 1.0


def test_dropout_repeats_with_its_generator_and_does_nothing_outside_of_training():
    source = threading.local()
    dropout = training.SeededDropout(0.25, source)
    ones = torch.ones(1000)

    def drop(seed: int) -> torch.Tensor:
        source.generator = torch.Generator().manual_seed(seed)
        return dropout(ones)

    first = drop(1)
    assert torch.equal(first, drop(1))
    assert not torch.equal(first, drop(2))
    assert sorted(set(first.tolist())) == pytest.approx([0.0, 1 / 0.75])
    assert 200 <= int((first == 0).sum()) <= 300
    assert torch.equal(dropout.eval()(ones), ones)


def test_an_average_is_the_mean_of_every_weight(tmp_path: Path):
    for name, value in (("one", 1.0), ("two", 2.0), ("odd", 0.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(name)
        tensor = torch.full((2, 3) if name != "odd" else (3, 2), value, dtype=torch.float16)
        save_file({"w": tensor}, tmp_path / name / "model.safetensors")
    averaging.average([tmp_path / "one", tmp_path / "two"], tmp_path / "mean")
    found = load_file(tmp_path / "mean" / "model.safetensors")["w"]
    assert torch.equal(found, torch.full((2, 3), 1.5, dtype=torch.float16))
    assert (tmp_path / "mean" / "config.json").read_text() == "one"
    with pytest.raises(ValueError, match="odd: other weights"):
        averaging.average([tmp_path / "one", tmp_path / "odd"], tmp_path / "none")
    assert not (tmp_path / "none").exists()
