"""An answer written from evidence by a causal language model: greedy, cancelled at once.

Not part of answering yet: nothing that it writes may be shown before a checker has passed it.
"""

from collections.abc import Iterator, Sequence
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MAX_NEW_TOKENS = 160
"""A sentence that is not whole by then is not shown."""
_POLL_SECONDS = 0.05
_PROMPT_LOOKUP_TOKENS = 10
"""Draft tokens copied from the prompt: an answer that quotes is written in half the time."""

_TASK = "Answer the question in one short sentence, in the words of the text."
_LEAD = "Answer:"
"""Begins what the model writes, so that its first word has a space before it, as in the text."""


class _Cancelled(Exception):
    """Raised inside the model's forward pass to end it at the next layer."""


class Generator(Protocol):
    """An answer in a model's own words. It is never trusted, and so far never shown."""

    name: str

    def generate(self, question: str, evidence: Sequence[str], cancel: Event) -> Iterator[str]:
        """Yield pieces of text as they are written; stop soon after `cancel` is set."""
        ...


class TransformersGenerator:
    """A `Generator` over a transformers causal language model in float32 on the CPU."""

    def __init__(
        self, tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel", name: str
    ) -> None:
        self.name = name
        self._tokenizer: Any = tokenizer
        self._model: Any = model
        self._stop = Event()
        for layer in _layers(model):
            layer.register_forward_pre_hook(self._check)

    def generate(self, question: str, evidence: Sequence[str], cancel: Event) -> Iterator[str]:
        """Yield pieces of text as they are written; end within 0.2 s of `cancel`, or when closed.

        One generation at a time: the caller holds a lock. Raises what the model raised.
        """
        from transformers import TextIteratorStreamer

        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=_POLL_SECONDS, skip_special_tokens=True
        )
        self._stop = Event()
        failures: list[BaseException] = []
        thread = Thread(
            target=self._run, args=(question, evidence, streamer, failures), daemon=True
        )
        thread.start()
        try:
            while not cancel.is_set():
                try:
                    yield next(streamer)
                except Empty:
                    continue
                except StopIteration:
                    break
        finally:
            self._stop.set()
            thread.join()
        if failures:
            raise failures[0]

    def _run(
        self, question: str, evidence: Sequence[str], streamer: Any, failures: list[BaseException]
    ) -> None:
        import torch

        try:
            with torch.inference_mode():
                self._model.generate(
                    **self._prompt(question, evidence),
                    streamer=streamer,
                    max_new_tokens=MAX_NEW_TOKENS,
                    do_sample=False,
                    prompt_lookup_num_tokens=_PROMPT_LOOKUP_TOKENS,
                )
        except _Cancelled:
            pass
        except Exception as error:
            failures.append(error)
        finally:
            streamer.end()

    def _prompt(self, question: str, evidence: Sequence[str]) -> Any:
        text = " ".join(" ".join(evidence).split())
        content = f"{_TASK}\n\nText: {text}\n\nQuestion: {question}"
        if self._tokenizer.chat_template:
            content = self._tokenizer.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
            )
        return self._tokenizer(
            f"{content}\n{_LEAD}" if content[-1:] != "\n" else content + _LEAD,
            return_tensors="pt",
            add_special_tokens=False,
        )

    def _check(self, *_: Any) -> None:
        if self._stop.is_set():
            raise _Cancelled


def _layers(model: "PreTrainedModel") -> Iterator[Any]:
    """Yield the model's stacked blocks: between them a forward pass can be cancelled."""
    from torch.nn import ModuleList

    for module in model.modules():
        if isinstance(module, ModuleList):
            yield from module
