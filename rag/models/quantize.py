"""A torch network to an OpenVINO model in int8, in the form that this processor is quickest with.

Used once, when a model is made ready. Knows nothing of what the networks are for.
"""

import time
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.engines import MODEL_FILE, Tokens, compiled, no_telemetry
from rag.models.threads import available_cores

_SMOOTHING = 0.75
"""How much of the activations' range is moved into the weights (Xiao et al. 2022,
https://arxiv.org/abs/2211.10438). MiniLM's vectors against float32, 100 texts, mean and smallest
cosine: 0.9910 and 0.979 with 0.5, 0.9965 and 0.991 with 0.75, 0.9904 and 0.972 with nncf's 0.95."""
_WORTH_IT = 0.85
"""Share of the time of products of matrices that convolutions may take, to be taken for them."""
_TIMED, _TIMED_ROWS = 3, 4
_SMALL = 64
"""Outputs up to which a layer, like a head, stays as it is."""


def quantize(network: Any, samples: Sequence[Tokens], names: Sequence[str], folder: Path) -> None:
    """Write a torch network as an OpenVINO model in int8 into `folder`.

    `samples` are batches to calibrate with, `names` the inputs in the order of the network's
    arguments. It takes a minute where there is no VNNI; nncf's own progress is not shown.
    """
    with no_telemetry(), redirect_stdout(StringIO()), warnings.catch_warnings():
        import logging

        warnings.simplefilter("ignore")  # of tracing: what depends on lengths is checked by a test
        import nncf
        import openvino
        import torch

        logging.getLogger("nncf").setLevel(logging.ERROR)
        example = {name: torch.from_numpy(samples[0][name]) for name in names}
        with torch.inference_mode():
            model = openvino.convert_model(network, example_input=example)
        for place, name in enumerate(names):
            model.inputs[place].get_tensor().set_names({name})
        quantized = nncf.quantize(
            model,
            nncf.Dataset([{name: sample[name] for name in names} for sample in samples]),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(samples),
            advanced_parameters=nncf.AdvancedQuantizationParameters(
                smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=_SMOOTHING)
            ),
        )
        scale_after_lookup(quantized)
        longest = max(samples, key=lambda sample: sample[names[0]].shape[1])
        timed = {name: np.repeat(longest[name], _TIMED_ROWS, axis=0) for name in names}
        openvino.save_model(_quicker(quantized, timed), folder / MODEL_FILE)


def scale_after_lookup(model: Any) -> None:
    """Let embeddings be looked up as int8 and scaled then, in place of scaling the whole table.

    OpenVINO does the latter once and keeps the table as float32: four times the memory, for the
    same numbers.
    """
    from openvino import opset13 as ops

    for lookup in model.get_ops():
        if lookup.get_type_name() != "Gather":
            continue
        table, ids, axis = lookup.input_values()
        if (parts := _scaled(table)) is None:
            continue
        numbers, scales = parts
        rows = ops.gather(numbers, ids, axis)
        found = ops.multiply(
            ops.convert(rows, table.get_element_type()), ops.gather(scales, ids, axis)
        )
        lookup.output(0).replace(found.output(0))


def as_convolutions(model: Any) -> int:
    """Let products of states (n, t, i) and int8 weights (o, i) be convolutions; return how many.

    The same sums over a picture of 1 by t points. Without VNNI (AVX2 alone) OpenVINO multiplies
    matrices in int8 no faster than in float32, but has kernels of its own for convolutions of one
    point: six passages of 160 tokens through MPNet took 0.86 s in place of 1.75 s on two cores.
    """
    from openvino import opset13 as ops

    made = 0
    for product in model.get_ops():
        if product.get_type_name() != "MatMul":
            continue
        states, weights = product.input_values()
        parts, rank = _scaled(weights), states.get_partial_shape().rank
        turned = product.get_attributes()
        is_linear = turned["transpose_b"] and not turned["transpose_a"]
        if parts is None or not is_linear or rank.is_dynamic or rank.get_length() != 3:
            continue
        numbers, scales = parts
        outputs, inputs = weights.get_partial_shape().to_shape()
        if outputs <= _SMALL:
            continue
        kernel = ops.multiply(
            ops.convert(_reshaped(numbers, (outputs, inputs, 1, 1)), weights.get_element_type()),
            _reshaped(scales, (outputs, 1, 1, 1)),
        )
        picture = ops.transpose(ops.unsqueeze(states, _places(1)), _places(0, 3, 1, 2))
        ones, zeros = [1, 1], [0, 0]
        summed = ops.convolution(picture, kernel, ones, zeros, zeros, ones)
        rows = ops.squeeze(ops.transpose(summed, _places(0, 2, 3, 1)), _places(1))
        product.output(0).replace(rows.output(0))
        made += 1
    model.validate_nodes_and_infer_types()
    return made


def _quicker(model: Any, tokens: Tokens) -> Any:
    """Return the model, or the same with convolutions where this processor is quicker so."""
    other = model.clone()
    if not as_convolutions(other):
        return model
    return other if _seconds(other, tokens) < _WORTH_IT * _seconds(model, tokens) else model


def _seconds(model: Any, tokens: Tokens) -> float:
    """Return what the quickest of some runs takes, of which the first is not counted."""
    request = compiled(model, available_cores()).create_infer_request()
    request.infer(dict(tokens))
    seconds = []
    for _ in range(_TIMED):
        begun = time.perf_counter()
        request.infer(dict(tokens))
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def _scaled(weights: Any) -> tuple[Any, Any] | None:
    """Return (numbers in int8, scales) of weights that are these, multiplied; None of others."""
    if weights.get_node().get_type_name() != "Multiply":
        return None
    numbers, scales = weights.get_node().input_values()
    if numbers.get_node().get_type_name() != "Convert":
        return None
    return numbers.get_node().input_value(0), scales


def _reshaped(values: Any, shape: Sequence[int]) -> Any:
    from openvino import opset13 as ops

    return ops.reshape(values, _places(*shape), False)


def _places(*numbers: int) -> Any:
    from openvino import opset13 as ops

    return ops.constant(np.array(numbers, dtype=np.int64))
