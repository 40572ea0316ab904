"""Words around evidence: a small causal language model, greedy, cancelled at once.

Takes no decision about trust: whatever it writes is verified elsewhere before anybody sees it.
"""

from collections.abc import Iterator, Sequence
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MAX_NEW_TOKENS = 80
"""Tokens; a sentence that is not whole by then is not shown."""
_POLL_SECONDS = 0.05
_PROMPT_LOOKUP_TOKENS = 10
"""Draft tokens copied from the prompt: an answer that quotes is written in half the time."""

_TASK = "Answer the question in one short sentence, in the words of the text."
_CLAUSE_ENDS = ".?!,;:—–)"
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

        One generation at a time: the caller holds a lock. Raises what the model raised.
        """
        from transformers import TextIteratorStreamer

        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=_POLL_SECONDS, skip_special_tokens=True
        )
        self._stop = Event()
        failures: list[BaseException] = []
        thread = Thread(
            target=self._run, args=(question, evidence, answer, streamer, failures), daemon=True
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
        evidence: Sequence[str],
        answer: str,
        streamer: Any,
        failures: list[BaseException],
    ) -> None:
        import torch

        try:
            inputs = self._prompt(question, evidence)
            copy = _Copy(self._tokenizer, evidence, answer, inputs["input_ids"].shape[1])
            with torch.inference_mode():
                self._model.generate(
                    **inputs,
                    streamer=streamer,
                    max_new_tokens=MAX_NEW_TOKENS,
                    do_sample=False,
                    prompt_lookup_num_tokens=_PROMPT_LOOKUP_TOKENS,
                    prefix_allowed_tokens_fn=copy.allowed,
                )
        except _Cancelled:
            pass
        except Exception as error:
            failures.append(error)
        finally:
            streamer.end()

    def _prompt(self, question: str, evidence: Sequence[str]) -> Any:
        content = f"{_TASK}\n\nText: {' '.join(evidence)}\n\nQuestion: {question}"
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


class _Copy:
    """Lets the model only leave words out: it writes the evidence's words in their order.

    What it writes begins where a clause does, has the answer in it, whole, and ends with the clause
    that holds it. A model this small cannot be trusted with words of its own; choosing which to
    keep, it can do.
    """

    def __init__(
        self, tokenizer: Any, evidence: Sequence[str], answer: str, prompt_length: int
    ) -> None:
        text = "".join(f" {' '.join(sentence.split())}" for sentence in evidence)
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        self._tokens: list[int] = encoded["input_ids"]
        pieces = tokenizer.convert_ids_to_tokens(self._tokens)
        self._starts_word = [piece[:1] in ("Ġ", "▁") for piece in pieces]
        written = [tokenizer.convert_tokens_to_string([piece]).strip() for piece in pieces]
        self._starts_clause = [
            starts and (not place or written[place - 1][-1:] in (*_CLAUSE_ENDS,))
            for place, starts in enumerate(self._starts_word)
        ]
        self._ends_clause = [
            text[:1] in (*_CLAUSE_ENDS,) and later
            for text, later in zip(written, [*self._starts_word[1:], True], strict=False)
        ]
        self._ends_word = _word_ends(written, self._starts_word)
        self._keep = _token_range(encoded["offset_mapping"], text, " ".join(answer.split()))
        behind = range(self._keep.stop, len(pieces))
        self._last = next((at for at in behind if self._ends_clause[at]), len(pieces) - 1)
        self._end: int = tokenizer.eos_token_id
        self._prompt_length = prompt_length

    def allowed(self, _batch: int, token_ids: Any) -> list[int]:
        """Return the tokens that may follow: the next, the start of a later word, or the end."""
        reachable = [place for place, starts in enumerate(self._starts_clause) if starts]
        reachable = [place for place in reachable if place <= self._keep.start]
        written = token_ids[self._prompt_length :].tolist()
        for count, token in enumerate(written, start=1):
            here = [place for place in reachable if self._tokens[place] == token]
            if not here:
                return [self._end]
            reachable = self._after(here)
            has_answer = here[-1] >= self._keep.stop - 1 and self._ends_word[here[-1]]
            if count == len(written) and has_answer:
                if any(self._ends_clause[place] for place in (here[-1], *reachable[:1])):
                    return [self._end]
                return [self._end, *{self._tokens[place] for place in reachable}]
        return sorted({self._tokens[place] for place in reachable}) or [self._end]

    def _after(self, here: Sequence[int]) -> list[int]:
        """Return the places that may follow any of the places `here`, in order."""
        following: set[int] = set()
        for place in here:
            following.add(place + 1)
            if not self._ends_word[place]:
                continue
            if place + 1 not in self._keep or place + 1 == self._keep.start:
                last = self._last
                if place < self._keep.start:  # not beyond the answer's first word, if there is one
                    last = min(last, self._keep.start)
                following.update(
                    later for later in range(place + 2, last + 1) if self._starts_word[later]
                )
        return sorted(place for place in following if place < len(self._tokens))


def _word_ends(written: Sequence[str], starts_word: Sequence[bool]) -> list[bool]:
    """Return for each token whether only punctuation stands between it and the next word."""
    ends = [True] * len(written)
    for place in reversed(range(len(written) - 1)):
        has_letter = any(map(str.isalnum, written[place + 1]))
        ends[place] = starts_word[place + 1] or (not has_letter and ends[place + 1])
    return ends


def _token_range(offsets: Sequence[tuple[int, int]], text: str, answer: str) -> range:
    """Return the tokens of `text` that hold `answer`; none of them if it is not there."""
    start = text.find(answer) if answer else -1
    if start < 0:
        return range(len(offsets), len(offsets))
    inside = [
        place
        for place, (first, last) in enumerate(offsets)
        if first < start + len(answer) and last > start
    ]
    return range(inside[0], inside[-1] + 1)


def _layers(model: "PreTrainedModel") -> Iterator[Any]:
    """Yield the model's stacked blocks: between them a forward pass can be cancelled."""
    from torch.nn import ModuleList

    for module in model.modules():
        if isinstance(module, ModuleList):
            yield from module
