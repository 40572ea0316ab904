"""A whole training from a file: what is written down comes back, and a tiny network learns it."""

import json
import sys
from random import Random

import pytest
import torch
from tiny_mpnet import write_base

from rag.models.adapter import add_changes
from training import train_on_gpu
from training.embedder_lessons import Asked, Batch, Lesson, Passage
from training.mixture import Group
from training.packed import Packer, read, write
from training.pairs import Pair
from training.reader_model import ReaderModel, widened
from training.train_on_gpu import Embedding, ahead, best_of, cut, measure_embedder, overlap
from training.windows import Row

ANSWERED = Row(question=[7], path=[8], text=[9, 10, 11], kind=1, spans=((6, 7),))
EMPTY = Row(question=[7], path=[], text=[9, 10], kind=0, said=(True, False), tagged=False)
GROUP = Group(rows=(ANSWERED, EMPTY), shared=2)


def test_rows_come_back_from_a_file_as_they_were(tmp_path):
    packer = Packer()
    packed = packer.group(GROUP), packer.group(GROUP, answerable=False)
    assert len(packer.windows) == 2, "a window is kept once"
    write(tmp_path / "lessons.xz", {"windows": packer.windows, "batches": [list(packed)]})
    lessons = read(tmp_path / "lessons.xz")
    first, second = lessons["batches"][0]
    assert Packer(lessons["windows"]).unpacked(first) == GROUP
    assert (first.answerable, second.answerable) == (True, False)


def test_an_adapter_of_a_higher_rank_changes_the_encoder_as_before():
    torch.manual_seed(1)
    adapter = {"x.lora_A.weight": torch.randn(2, 5), "x.lora_B.weight": torch.randn(4, 2)}
    wide = widened(adapter, 6)
    assert wide["x.lora_A.weight"].shape == (6, 5)
    before = adapter["x.lora_B.weight"] @ adapter["x.lora_A.weight"]
    assert torch.allclose(wide["x.lora_B.weight"] @ wide["x.lora_A.weight"], before, atol=1e-6)
    with pytest.raises(ValueError, match="rank 2, more than --rank 1"):
        widened(adapter, 1)


@pytest.mark.parametrize(
    ("first", "last", "span", "f1"), [(4, 5, (4, 5), 1.0), (4, 7, (6, 9), 0.5), (1, 2, (4, 5), 0)]
)
def test_f1_of_places(first, last, span, f1):
    assert overlap(first, last, span) == f1


def test_the_best_span_is_that_of_the_row_with_the_highest_score():
    start, end = torch.zeros(2, 5), torch.zeros(2, 5)
    start[0, 2], end[0, 3] = 3.0, 3.0
    start[1, 4], end[1, 2] = 9.5, 9.0  # would end before it begins
    text = torch.tensor([[False, False, True, True, True]] * 2)
    kind = torch.zeros(2, 6)
    row, first, last, score = best_of(start, end, kind, text)
    assert (row, first, last) == (1, 4, 4)
    assert score == pytest.approx(9.5 + torch.zeros(5).logsumexp(0).item())


def test_what_is_made_ahead_keeps_its_order():
    assert list(ahead(list(range(30)), lambda n: n * 2)) == list(range(0, 60, 2))


def test_batches_of_pairs_hold_each_pair_once():
    pairs = [Pair(said="a" * n, text="b", label=0, source="claim") for n in range(50)]
    made = list(cut(pairs, 4, Random(1)))
    assert all(len(batch) <= 4 for batch in made)
    assert sorted(len(pair.said) for batch in made for pair in batch) == list(range(50))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder of a very small MPNet with its tokenizer."""
    folder = tmp_path_factory.mktemp("base")
    write_base(folder)
    return folder


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["train_on_gpu", *map(str, arguments), "--device", "cpu"])
    train_on_gpu.main()


def test_a_reader_learns_from_a_file(base, tmp_path, monkeypatch):
    packer = Packer()
    lessons = {
        "windows": packer.windows,
        "batches": [[packer.group(GROUP)] for _ in range(200)],
        "held": {"own": [packer.group(GROUP), packer.group(Group(rows=(EMPTY,), shared=0))]},
    }
    lessons["held"]["own"][1] = packer.group(Group(rows=(EMPTY,), shared=0), answerable=False)
    write(tmp_path / "lessons.xz", lessons)
    out = tmp_path / "run"
    common = ["--base", base, "--out", out, "--rank", 4, "--ramp", 5, "--learning-rate", "0.02"]
    run(monkeypatch, "reader", "--lessons", tmp_path / "lessons.xz", *common)
    log = [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]
    means = [line for line in log if "span" in line]
    assert [line["step"] for line in means] == [100, 200]
    assert means[1]["span"] < means[0]["span"]
    assert log[-1]["own_touch"] == 1.0
    model = ReaderModel(base, 4)
    model.load(out)
    assert json.loads((out / "adapter.json").read_text("utf-8"))["alpha"] == 8


def test_an_embedder_learns_from_a_file_and_its_change_is_kept(base, tmp_path, monkeypatch):
    one, other = (Asked(text=f"w{n}", answering=n, touching=frozenset([n])) for n in range(2))
    passages = tuple(Passage(source="own", path="", words=f"w{n + 2}") for n in range(2))
    lesson = Lesson(title="a", first=0, passages=passages, asked=(one, other))
    batch = Batch(places=(0, 1), asked=(one, other), typed=("w0", "w1"), sources=("own", "own"))
    lessons = {
        "texts": [passage.words for passage in passages],
        "batches": [batch] * 60,
        "held": {"own": [lesson]},
        "beside": {"own": []},
    }
    write(tmp_path / "lessons.xz", lessons)
    out = tmp_path / "run"
    common = ["--base", base, "--out", out, "--rank", 4, "--ramp", 5, "--learning-rate", "0.005"]
    run(monkeypatch, "embedder", "--lessons", tmp_path / "lessons.xz", *common)
    log = [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]
    assert log[-1]["own_hit@1"] == 1.0
    assert log[-1]["loss"] < 0.1
    model = Embedding(base)
    add_changes(model.encoder, out / "adapter.safetensors")
    figures = measure_embedder(model, lessons, model.encoded(lessons["texts"]))
    assert figures["own_hit@1"] == 1.0


def test_a_training_ends_when_its_time_is_over(base, tmp_path, monkeypatch):
    packer = Packer()
    lessons = {
        "windows": packer.windows,
        "batches": [[packer.group(GROUP)] for _ in range(50)],
        "held": {},
    }
    write(tmp_path / "lessons.xz", lessons)
    out = tmp_path / "run"
    common = ["--base", base, "--out", out, "--rank", 4, "--seconds", "0.001"]
    run(monkeypatch, "reader", "--lessons", tmp_path / "lessons.xz", *common)
    last = json.loads((out / "log.jsonl").read_text("utf-8").splitlines()[-1])
    assert (last["ended"], last["step"]) == (True, 1)
    assert (out / "adapter.safetensors").exists()
