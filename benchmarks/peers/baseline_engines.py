"""The two ways in which a baseline lets SmolLM2 write: transformers, and llama.cpp.

Both load the same GGUF file, write greedily, and yield pieces of text as they are written.
transformers gets its copy in float32; llama.cpp reads the quantised weights as
they are. Knows nothing of retrieval or prompts.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from baseline_answer import MAX_NEW_TOKENS, WRITER

from rag.models.find import find_model, load_causal_model
from rag.models.threads import available_cores, set_torch_threads
from rag.settings import Settings

Messages = Sequence[dict[str, str]]
CONTEXT_TOKENS = 2048


class Engine(Protocol):
    """A causal language model that is loaded."""

    name: str

    def stream(self, messages: Messages) -> Iterator[str]:
        """Yield pieces of the greedy answer to a chat."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has."""
        ...


class TransformersEngine:
    """The model through transformers, float32, on the CPU."""

    def __init__(self, settings: Settings) -> None:
        files = find_model(WRITER, "generator")
        set_torch_threads(settings.threads)
        self.tokenizer, self.model = load_causal_model(files, Path(settings.home), print)
        self.name = f"{files.name}, transformers float32"

    def stream(self, messages: Messages) -> Iterator[str]:
        """Yield pieces of the greedy answer to a chat. Raises what the model raised."""
        from transformers import TextIteratorStreamer

        inputs = self.tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True)
        failures: list[BaseException] = []
        thread = Thread(target=self._run, args=(inputs, streamer, failures), daemon=True)
        thread.start()
        yield from streamer
        thread.join()
        if failures:
            raise failures[0]

    def _run(self, inputs: Any, streamer: Any, failures: list[BaseException]) -> None:
        import torch

        try:
            with torch.inference_mode():
                self.model.generate(
                    **inputs, streamer=streamer, max_new_tokens=MAX_NEW_TOKENS, do_sample=False
                )
        except Exception as error:
            failures.append(error)
        finally:
            streamer.end()

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])


class LlamaCppEngine:
    """The model through llama.cpp (llama-cpp-python), with the GGUF's own quantised weights."""

    def __init__(self, settings: Settings) -> None:
        from llama_cpp import Llama

        files = find_model(WRITER, "generator")
        self._model: Any = Llama(
            model_path=str(files.gguf),
            n_ctx=CONTEXT_TOKENS,
            n_threads=settings.threads or available_cores(),
            n_threads_batch=settings.threads or available_cores(),
            verbose=False,
        )
        self.name = f"{files.name}, llama.cpp {files.gguf.stem.split('.')[-1]}"

    def stream(self, messages: Messages) -> Iterator[str]:
        """Yield pieces of the greedy answer to a chat; the prompt's cache is not kept."""
        self._model.reset()
        pieces = self._model.create_chat_completion(
            messages=list(messages), stream=True, temperature=0.0, max_tokens=MAX_NEW_TOKENS
        )
        for piece in pieces:
            yield piece["choices"][0]["delta"].get("content") or ""

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return len(self._model.tokenize(text.encode("utf-8"), add_bos=False))


ENGINES = {"transformers": TransformersEngine, "llama.cpp": LlamaCppEngine}
