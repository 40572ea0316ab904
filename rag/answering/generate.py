"""Evidence in fewer words: a small causal language model chooses, greedy, cancelled at once.

Takes no decision about trust: whatever it writes is verified elsewhere before anybody sees it.
"""

from collections.abc import Iterator, Sequence
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rag.answering.compression import shorter_forms
from rag.answering.dangling import dangles
from rag.answering.lexicon import content_stems

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MAX_NEW_TOKENS = 160
"""A sentence that is not whole by then is not shown."""
_MOST_WORDINGS = 8
_POLL_SECONDS = 0.05
_PROMPT_LOOKUP_TOKENS = 10
"""Draft tokens copied from the prompt: an answer that quotes is written in half the time."""

_TASK = "Answer the question in one short sentence, in the words of the text."
_LEAD = "Answer:"
"""Begins what the model writes, so that its first word has a space before it, as in the text."""


class _Cancelled(Exception):
    """Raised inside the model's forward pass to end it at the next layer."""


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

    def generate(
        self, question: str, evidence: Sequence[str], answer: str, cancel: Event
    ) -> Iterator[str]:
        """Yield pieces of text as they are written; end within 0.2 s of `cancel`, or when closed.

        What is written is one of the `wordings`; where there is none, nothing, and where there is
        only one the model is not asked. One generation at a time: the caller holds a lock. Raises
        what the model raised.
        """
        choices = wordings(question, evidence, answer)
        if len(choices) > 1:
            yield from self._choose(question, evidence[0], choices, cancel)
        elif not cancel.is_set():
            yield from choices

    def _choose(
        self, question: str, evidence: str, choices: Sequence[str], cancel: Event
    ) -> Iterator[str]:
        from transformers import TextIteratorStreamer

        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=_POLL_SECONDS, skip_special_tokens=True
        )
        self._stop = Event()
        failures: list[BaseException] = []
        thread = Thread(
            target=self._run, args=(question, evidence, choices, streamer, failures), daemon=True
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
        self,
        question: str,
        evidence: str,
        choices: Sequence[str],
        streamer: Any,
        failures: list[BaseException],
    ) -> None:
        import torch

        try:
            inputs = self._prompt(question, evidence)
            choice = _Choice(self._tokenizer, choices, inputs["input_ids"].shape[1])
            with torch.inference_mode():
                self._model.generate(
                    **inputs,
                    streamer=streamer,
                    max_new_tokens=MAX_NEW_TOKENS,
                    do_sample=False,
                    prompt_lookup_num_tokens=_PROMPT_LOOKUP_TOKENS,
                    prefix_allowed_tokens_fn=choice.allowed,
                )
        except _Cancelled:
            pass
        except Exception as error:
            failures.append(error)
        finally:
            streamer.end()

    def _prompt(self, question: str, evidence: str) -> Any:
        content = f"{_TASK}\n\nText: {' '.join(evidence.split())}\n\nQuestion: {question}"
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


class _Choice:
    """Lets the model write one of some texts and nothing else, token by token.

    A model this small cannot be trusted with words of its own; which to leave out, it can choose.
    """

    def __init__(self, tokenizer: Any, texts: Sequence[str], prompt_length: int) -> None:
        self._end: int = tokenizer.eos_token_id
        self._texts: list[list[int]] = [
            [*tokenizer(f" {text}", add_special_tokens=False)["input_ids"], self._end]
            for text in texts
        ]
        self._prompt_length = prompt_length

    def allowed(self, _batch: int, token_ids: Any) -> list[int]:
        """Return the tokens with which one of the texts goes on; the end if none does."""
        written = token_ids[self._prompt_length :].tolist()
        count = len(written)
        going_on = {text[count] for text in self._texts if text[:count] == written != text}
        return sorted(going_on) or [self._end]


def wordings(question: str, evidence: Sequence[str], answer: str) -> list[str]:
    """Return the shorter forms of a single evidence sentence that hold `answer`, shortest first.

    They keep every word of the question that the sentence has, else they would no longer show that
    they answer it. None begins with what only the sentence before it explains: the quote is shown
    then. Several sentences are shown as they are: which to leave out is not a matter of wording.
    """
    if len(evidence) != 1:
        return []
    plain = " ".join(answer.split())
    asked = content_stems(question) & content_stems(evidence[0])
    forms = [
        form
        for form in shorter_forms(evidence[0])
        if plain in form and asked <= content_stems(form) and not dangles(form)
    ]
    return forms[:_MOST_WORDINGS]


def _layers(model: "PreTrainedModel") -> Iterator[Any]:
    """Yield the model's stacked blocks: between them a forward pass can be cancelled."""
    from torch.nn import ModuleList

    for module in model.modules():
        if isinstance(module, ModuleList):
            yield from module
