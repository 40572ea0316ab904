"""Networks in int8: nearly the same numbers, in the form that is quicker on this processor."""

import sys

import numpy as np
import pytest
from marks import needs_openvino

from rag.models import quantize as quantizing
from rag.models.engines import compile_model, compiled, run
from rag.models.quantize import as_convolutions, quantize, scale_after_lookup


@needs_openvino
@pytest.mark.slow
def test_a_quantised_network_gives_nearly_the_same_and_opens_no_socket(
    tmp_path, monkeypatch, capsys
):
    import socket

    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.words = torch.nn.Embedding(50, 32)
            self.inner = torch.nn.Linear(32, 32)
            self.outer = torch.nn.Linear(32, 2)
            for layer in (self.inner, self.outer):  # without VNNI two products add up in 16 bits:
                layer.weight.data[:, 1::2] = 0  # more is cut off

        def forward(self, input_ids, attention_mask):
            hidden = self.words(input_ids) * attention_mask.unsqueeze(-1)
            return self.outer(torch.tanh(self.inner(hidden))).unbind(-1)

    def refuse(*arguments, **options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    rng = np.random.default_rng(0)

    def batch(rows, length):
        ids = rng.integers(0, 50, (rows, length))
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}

    network = Network().eval()
    quantize(network, [batch(1, 20) for _ in range(20)], ("input_ids", "attention_mask"), tmp_path)
    model = compile_model(tmp_path, 1)
    tokens = batch(3, 11) | {"token_type_ids": np.zeros((3, 11), dtype=np.int64)}
    with torch.inference_mode():
        expected = network(*(torch.from_numpy(tokens[n]) for n in ("input_ids", "attention_mask")))
    found = run(model, tokens)
    assert [output.shape for output in found] == [(3, 11), (3, 11)]
    for mine, theirs in zip(found, expected, strict=True):
        assert np.abs(mine - theirs.numpy()).max() < 0.05
    assert "openvino_telemetry.main" not in sys.modules
    assert capsys.readouterr().out == ""


@needs_openvino
def test_a_table_is_looked_up_before_it_is_scaled_and_gives_the_same():
    """Three rows of two numbers in int8, scaled by 0.5, 2 and 1: row 2, then row 1."""
    import openvino
    from openvino import opset13 as ops

    table = ops.constant(np.array([[1, 2], [3, 4], [-5, 6]], dtype=np.int8))
    scales = ops.constant(np.array([[0.5], [2.0], [1.0]], dtype=np.float32))
    ids = ops.parameter([-1], np.int64, name="ids")
    scaled = ops.multiply(ops.convert(table, "f32"), scales)
    plain = ops.gather(ops.constant(np.eye(3, dtype=np.float32)), ids, ops.constant(0))
    outputs = [ops.result(ops.gather(scaled, ids, ops.constant(0))), ops.result(plain)]
    model = openvino.Model(outputs, [ids], "lookup")
    scale_after_lookup(model)
    users = [each.get_node().get_type_name() for each in table.output(0).get_target_inputs()]
    assert "Gather" in users
    found, identity = openvino.Core().compile_model(model, "CPU")([np.array([2, 1])]).values()
    assert found.tolist() == [[-5.0, 6.0], [6.0, 8.0]]
    assert identity.tolist() == [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]


def int8_product(numbers, scales):
    """A model that multiplies states (n, t, i) in int8 by `numbers` (o, i), scaled by row."""
    import openvino
    from openvino import opset13 as ops

    given = ops.parameter([-1, -1, numbers.shape[1]], np.float32, name="states")
    low, high = ops.constant(np.float32(-8)), ops.constant(np.float32(7.9375))
    rounded = ops.fake_quantize(given, low, high, low, high, 256)
    weights = ops.multiply(ops.convert(ops.constant(numbers), "f32"), ops.constant(scales))
    product = ops.matmul(rounded, weights, False, True)
    biased = ops.add(product, ops.constant(np.ones(numbers.shape[0], dtype=np.float32)))
    given.output(0).get_tensor().set_names({"states"})
    return openvino.Model([biased], [given], "product")


@needs_openvino
@pytest.mark.parametrize(("outputs", "made"), [(96, 1), (64, 0)])
def test_products_as_convolutions_give_the_same_and_heads_stay(outputs, made):
    rng = np.random.default_rng(3)
    states = (rng.integers(-100, 100, (2, 5, 32)) / 16).astype(np.float32)  # exact in int8
    numbers = rng.integers(-31, 32, (outputs, 32)).astype(np.int8)  # so small that 16 bits do
    scales = rng.uniform(0.01, 0.02, (outputs, 1)).astype(np.float32)
    model = int8_product(numbers, scales)
    assert as_convolutions(model) == made
    kinds = [each.get_type_name() for each in model.get_ops()]
    assert kinds.count("Convolution") == made
    (found,) = compiled(model, 1)({"states": states}).values()
    expected = states @ (numbers * scales).T + 1
    assert found.shape == (2, 5, outputs)
    assert np.abs(found - expected).max() < 0.001 * np.abs(expected).max()


@needs_openvino
@pytest.mark.parametrize(("seconds", "kind"), [([1.0, 2.0], "Convolution"), ([1.9, 2.0], "MatMul")])
def test_the_form_that_is_quicker_here_is_taken(monkeypatch, seconds, kind):
    """Convolutions are timed first; nearly as quick is not enough."""
    numbers = np.ones((96, 32), dtype=np.int8)
    model = int8_product(numbers, np.ones((96, 1), dtype=np.float32))
    took = iter(seconds)
    monkeypatch.setattr(quantizing, "_seconds", lambda model, tokens: next(took))
    kinds = {each.get_type_name() for each in quantizing._quicker(model, {}).get_ops()}
    assert {"Convolution", "MatMul"} & kinds == {kind}


@needs_openvino
def test_a_form_is_timed_with_the_real_engine():
    model = int8_product(np.ones((96, 32), dtype=np.int8), np.ones((96, 1), dtype=np.float32))
    assert 0 < quantizing._seconds(model, {"states": np.ones((1, 4, 32), dtype=np.float32)}) < 5
