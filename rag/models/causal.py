"""A Hugging Face causal language model on torch, in float32 on the CPU: greedy, cancelled at once.

Knows messages and text; nothing of questions or evidence.
"""

from collections.abc import Iterator, Mapping, Sequence
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rag.models.find import ModelFiles, check_model, loading

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_POLL_SECONDS = 0.05
_PROMPT_LOOKUP_TOKENS = 10
"""Draft tokens copied from the prompt: an answer that quotes is written in half the time."""


class _Cancelled(Exception):
    """Raised inside the model's forward pass to end it at the next module, a product at most."""


class CausalModel:
    """A `LanguageModel` over a transformers causal language model."""

    has_ended = False

    def __init__(
        self, tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel", name: str
    ) -> None:
        self.name = name
        self._tokenizer: Any = tokenizer
        self._model: Any = model
        self._stop = Event()
        for module in model.modules():
            module.register_forward_pre_hook(self._check)

    def stream(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, cancel: Event
    ) -> Iterator[str]:
        """Yield pieces of text; end within 0.2 s of `cancel`, or when closed.

        Raises what the model raised.
        """
        from transformers import TextIteratorStreamer

        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=_POLL_SECONDS, skip_special_tokens=True
        )
        self._stop = Event()
        failures: list[BaseException] = []
        thread = Thread(
            target=self._run, args=(messages, max_tokens, streamer, failures), daemon=True
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

    def close(self) -> None:
        """Let go of the model."""
        self._model = self._tokenizer = None

    def _run(
        self,
        messages: Sequence[Mapping[str, str]],
        max_tokens: int,
        streamer: Any,
        failures: list[BaseException],
    ) -> None:
        import torch

        try:
            with torch.inference_mode():
                self._model.generate(
                    **self._prompt(messages),
                    streamer=streamer,
                    max_new_tokens=max_tokens,
                    do_sample=False,
                    prompt_lookup_num_tokens=_PROMPT_LOOKUP_TOKENS,
                )
        except _Cancelled:
            pass
        except Exception as error:
            failures.append(error)
        finally:
            streamer.end()

    def _prompt(self, messages: Sequence[Mapping[str, str]]) -> Any:
        if self._tokenizer.chat_template:
            text = self._tokenizer.apply_chat_template(
                [dict(message) for message in messages], add_generation_prompt=True, tokenize=False
            )
        else:
            text = "\n\n".join(message["content"] for message in messages) + "\n\n"
        return self._tokenizer(text, return_tensors="pt", add_special_tokens=False)

    def _check(self, *_: Any) -> None:
        if self._stop.is_set():
            raise _Cancelled


def load_causal_model(files: ModelFiles) -> CausalModel:
    """Return the model of a folder. Raises `ModelNotFound` for damaged or unfit files."""
    check_model(files)
    with loading(files):
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(str(files.folder), **local)
        model = AutoModelForCausalLM.from_pretrained(
            str(files.folder), dtype=torch.float32, use_safetensors=True, **local
        )
        return CausalModel(tokenizer, model.eval(), files.name)
