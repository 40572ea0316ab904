"""The checker's model, with a small stand-in: made once, on either engine, or not to be had."""

import importlib.util
import json

import numpy as np
import pytest
from tiny_mpnet import RANK, write_base

from rag.answering.check import TrainedChecker
from rag.models import adapted, checker
from rag.models.checker import MpnetChecker, Remembering, checker_is_shipped

PAIRS = [("can i keep a dog?", "no dogs."), ("is it open?", "it is open from may to june, daily.")]
needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="OpenVINO has no wheel for this machine"
)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch, tmp_path):
    import torch
    from safetensors.torch import save_file

    from rag.models.checker_network import CheckerHead

    base, adapter = tmp_path / "base", tmp_path / "adapter"
    base.mkdir()
    adapter.mkdir()
    write_base(base)
    torch.manual_seed(2)
    state = {f"head.{name}": value for name, value in CheckerHead(32).state_dict().items()}
    save_file(state, adapter / "adapter.safetensors")
    (adapter / "adapter.json").write_text(json.dumps({"rank": RANK, "alpha": 2 * RANK}))

    def unpack(parts, folder):
        for path in base.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())

    monkeypatch.setattr("rag.models.made.shared_home", lambda: tmp_path / "nobody")
    monkeypatch.setattr(checker, "ADAPTER", adapter)
    monkeypatch.setattr(adapted, "find_parts", lambda: [])
    monkeypatch.setattr(adapted, "unpack", unpack)


def test_it_gives_probabilities_whatever_is_asked_beside(tmp_path):
    said = []
    model = MpnetChecker(tmp_path, "torch", 1, said.append)
    found = model.probabilities(PAIRS)
    assert found.shape == (2, 3)
    assert np.allclose(found.sum(1), 1, atol=1e-5)
    assert np.allclose(model.probabilities(PAIRS[:1]), found[:1], atol=1e-5)
    assert model.probabilities([]).shape == (0, 3)
    assert len(said) == 1 and said[0].startswith("Making the checker ready")
    assert TrainedChecker(model).supported("?", *(PAIRS[0][0], [PAIRS[0][1]])) == pytest.approx(
        float(found[0, 0]), abs=1e-5
    )


@needs_openvino
@pytest.mark.slow
def test_openvino_gives_nearly_what_torch_gives(tmp_path):
    exact = MpnetChecker(tmp_path, "torch", 1, lambda line: None).probabilities(PAIRS)
    quick = MpnetChecker(tmp_path, "openvino", 1, lambda line: None).probabilities(PAIRS)
    assert np.abs(exact - quick).max() < 0.05


def test_where_it_cannot_be_made_nothing_is_checked_and_that_is_said_once(tmp_path, monkeypatch):
    def broken(parts, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adapted, "unpack", broken)
    said = []
    model = MpnetChecker(tmp_path, "torch", 1, said.append)
    assert model.probabilities(PAIRS) is None
    assert model.probabilities(PAIRS) is None
    assert TrainedChecker(model).supported("?", "a", ["b"]) == 0.0
    assert [line for line in said if "No space left" in line] == said[1:2]


def test_without_an_adapter_there_is_none(monkeypatch, tmp_path):
    assert checker_is_shipped()
    monkeypatch.setattr(checker, "ADAPTER", tmp_path / "none")
    assert not checker_is_shipped()


class Counting:
    """Counts what it is asked."""

    def __init__(self, is_there=True):
        self.asked, self.is_there = [], is_there

    def probabilities(self, pairs):
        self.asked += pairs
        rows = [[len(said), len(text), 0.0] for said, text in pairs]
        return np.array(rows, dtype=np.float32) if self.is_there else None


def test_a_pair_is_asked_about_once():
    model = Counting()
    remembering = Remembering(model)
    first, second, third = ("a", "bb"), ("aa", "b"), ("", "")
    assert remembering.probabilities([first, second, first]).tolist() == [
        [1, 2, 0],
        [2, 1, 0],
        [1, 2, 0],
    ]
    assert remembering.probabilities([third, second]).tolist() == [[0, 0, 0], [2, 1, 0]]
    assert remembering.probabilities([first]).shape == (1, 3)
    assert model.asked == [first, second, third]


def test_what_cannot_be_had_is_not_remembered():
    model = Counting(is_there=False)
    remembering = Remembering(model)
    assert remembering.probabilities(PAIRS[:1]) is None
    model.is_there = True
    assert remembering.probabilities(PAIRS[:1]).shape == (1, 3)
