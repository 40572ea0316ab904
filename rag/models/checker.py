"""The checker: whether a text supports what is said, contradicts it, or leaves it open.

MPNet with an adapter of its own, loaded when it is first asked. Knows nothing of documents.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelNotFound
from rag.models.adapted import PAD_ID, Adapted
from rag.models.engines import Engine, Tokens, compile_model, padded_length, run
from rag.models.tokenizer import TextTokenizer, load_tokenizer

ADAPTER = Path(__file__).resolve().parents[1] / "checker_mpnet"
MAX_TOKENS = 256
_BATCH = 16
_TEMPERATURE = 1.6
"""What the logits are divided by: it is a little too sure of itself. Fitted on pairs that were held
out (training/TRAINING.md)."""

_Logits = Callable[[Tokens], NDArray[np.float32]]


def with_answer(question: str, answer: str) -> str:
    """Return what a checker is asked to say whether a text bears out this answer."""
    return f"{question} → {answer}"


class PairModel(Protocol):
    """Two texts to how the second one bears on the first."""

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32] | None:
        """Return (n, 3): supported, contradicted, open, for (what is said, text).

        None where the model cannot be had.
        """
        ...

    def make_ready(self) -> None:
        """Make what is made once. Raises `ModelNotFound`."""
        ...


class Remembering:
    """A `PairModel` that asks another one about each pair only once."""

    def __init__(self, model: PairModel) -> None:
        self._model = model
        self._known: dict[tuple[str, str], NDArray[np.float32]] = {}

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32] | None:
        """Return what the other model does."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if new:
            found = self._model.probabilities(new)
            if found is None:
                return None
            self._known.update(zip(new, found, strict=True))
        rows = [self._known[pair] for pair in pairs]
        return np.array(rows, dtype=np.float32).reshape(len(rows), -1)

    def make_ready(self) -> None:
        """Make what the other model makes. Raises `ModelNotFound`."""
        self._model.make_ready()


class MpnetChecker:
    """A `PairModel` over the built-in network; made ready and loaded at the first call."""

    def __init__(
        self, home: Path, engine: Engine, threads: int, say: Callable[[str], None]
    ) -> None:
        self._home, self._engine, self._threads, self._say = home, engine, threads, say
        self._loaded: tuple[TextTokenizer, _Logits] | None = None
        self._is_missing = False
        self._lock = Lock()

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32] | None:
        """Return (n, 3), an empty list giving (0, 3).

        None where the model cannot be made or run; `say` gets the reason, once.
        """
        if not pairs:
            return np.zeros((0, 3), dtype=np.float32)
        with self._lock:
            if self._loaded is None and not self._is_missing:
                self._load()
            if self._loaded is None:
                return None
            tokenizer, logits_of = self._loaded
        rows = [tokenizer.pair(said, text, MAX_TOKENS).ids for said, text in pairs]
        found = []
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            width = padded_length(max(map(len, batch)))
            ids = np.full((len(batch), width), PAD_ID, dtype=np.int64)
            attention = np.zeros((len(batch), width), dtype=np.int64)
            for number, row in enumerate(batch):
                ids[number, : len(row)] = row
                attention[number, : len(row)] = 1
            found.append(logits_of({"input_ids": ids, "attention_mask": attention}))
        powers = np.exp(np.concatenate(found).astype(np.float32) / _TEMPERATURE)
        return np.asarray(powers / powers.sum(1, keepdims=True), dtype=np.float32)

    def make_ready(self) -> None:
        """Make the model's folder, if it is not there. Raises `ModelNotFound`."""
        _checker().folder(self._home, self._engine, self._say)

    def _load(self) -> None:
        try:
            folder = _checker().folder(self._home, self._engine, self._say)
            tokenizer = load_tokenizer(folder)
            if self._engine == "openvino":
                model = compile_model(folder, self._threads)
                self._loaded = tokenizer, lambda tokens: run(model, tokens)[0]
            else:
                self._loaded = tokenizer, _on_torch(folder)
        except ModelNotFound as error:
            self._say(f"{error}; nothing is checked, so quotes stand alone")
            self._is_missing = True


def checker_is_shipped() -> bool:
    """Say whether there is a trained checker at all."""
    return _checker().is_shipped


def _checker() -> Adapted:
    return Adapted(name="checker", called="the checker", adapter=ADAPTER, merged=_merged)


def _merged(base: Path, adapter: Path) -> Any:
    from rag.models.checker_network import load_merged

    return load_merged(base, adapter)


def _on_torch(folder: Path) -> _Logits:
    import torch

    from rag.models.checker_network import load_saved

    network = load_saved(folder)

    def logits(tokens: Tokens) -> NDArray[np.float32]:
        with torch.inference_mode():
            given = [torch.from_numpy(tokens[name]) for name in ("input_ids", "attention_mask")]
            return np.asarray(network(*given).numpy())

    return logits
