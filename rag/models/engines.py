"""What the networks run on: OpenVINO in int8 where it is installed, torch otherwise.

Token ids go in as arrays and logits come out as arrays. Knows nothing of questions or passages.
"""

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.ending import interrupts_wait
from rag.errors import ModelNotFound, SettingsError

Engine = Literal["openvino", "torch"]
Tokens = Mapping[str, NDArray[np.int64]]
_TELEMETRY = "openvino_telemetry"
MODEL_FILE = "model.xml"
_COMPILED = "compiled"
_OUTSIDE_PRIOR = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanLogits:
    """Logits of a batch: `starts`, `ends` (n, t); `kinds` (n, k) and `tags` (n, t, 3) or None."""

    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    kinds: NDArray[np.float32] | None = None
    tags: NDArray[np.float32] | None = None


def likely_tags(logits: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the tag of each token, (n,), from (n, 3) logits: 0 outside, 1 first, 2 inside.

    They are learnt with tokens inside and outside of answers weighing the same; in a window that
    answers, one of twenty is inside: exp(3).
    """
    return np.asarray((logits + [_OUTSIDE_PRIOR, 0.0, 0.0]).argmax(-1))


class SpanModel(Protocol):
    """A network that marks where answers start and end."""

    max_tokens: int
    pad_id: int

    def logits(self, tokens: Tokens) -> SpanLogits:
        """Return the logits of a padded batch.

        `tokens` are `input_ids`, `token_type_ids` and `attention_mask`, (n, t).
        """
        ...


class TorchSpanModel:
    """A `SpanModel` over a transformers question-answering model that takes `inputs`."""

    def __init__(self, model: Any, inputs: Sequence[str]) -> None:
        self._model = model
        self._inputs = tuple(inputs)
        self.max_tokens = int(model.config.max_position_embeddings)
        self.pad_id = int(model.config.pad_token_id or 0)

    def logits(self, tokens: Tokens) -> SpanLogits:
        """Return the logits of starts and ends."""
        import torch

        with torch.inference_mode():
            output = self._model(
                **{name: torch.from_numpy(tokens[name]) for name in self._inputs if name in tokens}
            )
        return SpanLogits(starts=output.start_logits.numpy(), ends=output.end_logits.numpy())


class TorchReader:
    """A `SpanModel` over the larger reader's network."""

    max_tokens = 512
    pad_id = 1

    def __init__(self, network: Any) -> None:
        self._network = network

    def logits(self, tokens: Tokens) -> SpanLogits:
        """Return all logits."""
        import torch

        with torch.inference_mode():
            outputs = self._network(
                torch.from_numpy(tokens["input_ids"]), torch.from_numpy(tokens["attention_mask"])
            )
        starts, ends, kinds, tags = (output.numpy() for output in outputs)
        return SpanLogits(starts=starts, ends=ends, kinds=kinds, tags=tags)


class OpenVinoReader:
    """A `SpanModel` over a reader's network as OpenVINO compiled it."""

    max_tokens = 512

    def __init__(self, folder: Path, threads: int, pad_id: int) -> None:
        self._model = compile_model(folder, threads)
        self.pad_id = pad_id

    def logits(self, tokens: Tokens) -> SpanLogits:
        """Return all logits that the network has heads for."""
        starts, ends, *more = run(self._model, tokens)
        kinds, tags = more or (None, None)
        return SpanLogits(starts=starts, ends=ends, kinds=kinds, tags=tags)


class TextEncoder(Protocol):
    """A network that gives each text of a padded batch a unit vector."""

    dimension: int
    pad_id: int

    def vectors(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return (n, dimension) for `input_ids` and `attention_mask`, (n, t)."""
        ...


class TorchEncoder:
    """A `TextEncoder` over an embedder's network."""

    def __init__(self, network: Any, pad_id: int) -> None:
        self._network = network
        self.pad_id = pad_id
        self.dimension = int(network.encoder.config.hidden_size)

    def vectors(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return a unit vector for each row."""
        import torch

        with torch.inference_mode():
            found = self._network(
                torch.from_numpy(tokens["input_ids"]), torch.from_numpy(tokens["attention_mask"])
            )
        return np.asarray(found.numpy(), dtype=np.float32)


class OpenVinoEncoder:
    """A `TextEncoder` over an embedder's network as OpenVINO compiled it."""

    def __init__(self, folder: Path, threads: int, pad_id: int) -> None:
        self._model = compile_model(folder, threads)
        self.pad_id = pad_id
        self.dimension = int(self._model.outputs[0].partial_shape[1].get_length())

    def vectors(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return a unit vector for each row."""
        return run(self._model, tokens)[0]


def choose_engine(setting: str) -> Engine:
    """Return what `setting` (auto, openvino, torch) means on this machine."""
    if setting not in ("auto", "openvino", "torch"):
        raise SettingsError(f"FOOTNOTE_ENGINE={setting!r}: expected auto, openvino or torch")
    has_openvino = importlib.util.find_spec("openvino") is not None
    if setting == "openvino" and not has_openvino:
        raise SettingsError("FOOTNOTE_ENGINE='openvino': it is not installed here; set torch")
    return "openvino" if has_openvino and setting != "torch" else "torch"


@contextmanager
def no_telemetry() -> Iterator[None]:
    """Keep openvino and nncf from importing what reports their use to their makers.

    Both go on without it: `None` in sys.modules makes the import fail, as if it were not installed.
    """
    sys.modules.setdefault(_TELEMETRY, None)  # type: ignore[arg-type]
    yield


def be_quiet() -> None:
    """Keep transformers from writing what concerns nobody who asks a question."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


@cache
def _core() -> Any:
    """Return OpenVINO's one engine of this process.

    Each engine gives its thread a stack for signals and puts back the one before when it goes: of
    two that go in the order in which they came, the second puts back one that is there no more, and
    the next signal ends the process.
    """
    with interrupts_wait():
        import openvino

    return openvino.Core()


_SHAPES_KEPT = 64
"""Of each operation what is prepared for a shape of input: by default for 5,000, so that a process
grew by 15 MB with every question (48 questions: 1,762 MB; with 64 1,240 MB, not slower)."""


def compiled(model: Any, threads: int, **more: Any) -> Any:
    """Return what OpenVINO compiles a model to, or its file, with further properties."""
    return _core().compile_model(
        model,
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
            "CPU_RUNTIME_CACHE_CAPACITY": _SHAPES_KEPT,
            **more,
        },
    )


def compile_model(folder: Path, threads: int) -> Any:
    """Return the compiled model of a folder. Raises `ModelNotFound` where it cannot be run.

    What OpenVINO compiled is kept in the folder: the next start takes a seventh of the time. It
    compiles again by itself where that is of another version or processor, is cut off, or cannot be
    written.
    """
    with no_telemetry():
        try:
            return compiled(
                folder / MODEL_FILE,
                threads,
                CACHE_DIR=folder / _COMPILED,
                CACHE_MODE="OPTIMIZE_SIZE",
            )
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ModelNotFound(
                f"{folder}: OpenVINO cannot run it ({reason}); set FOOTNOTE_ENGINE=torch"
            ) from error


_MULTIPLE = 16
"""Tokens to a multiple of which batches are padded: what is prepared for a length serves more often
(a question of another length is embedded in 16 ms the first time, in 4 ms then)."""


def padded_length(tokens: int) -> int:
    """Return to how many tokens texts of `tokens` are padded."""
    return -(-tokens // _MULTIPLE) * _MULTIPLE


_RUNNING = BoundedSemaphore(2)
"""Requests that are run at once: each has all processors, and memory of its own."""


def run(model: Any, tokens: Tokens) -> list[NDArray[np.float32]]:
    """Return the outputs of a compiled model, copied, in order. Threads may run side by side."""
    names = {name for port in model.inputs for name in port.names}
    with _RUNNING:
        request = model.create_infer_request()
        result = request.infer({name: value for name, value in tokens.items() if name in names})
        return [np.array(result[place], dtype=np.float32) for place in range(len(model.outputs))]
