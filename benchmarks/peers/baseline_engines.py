"""The two ways in which a baseline lets the writer write: transformers, and llama.cpp.

Both load the same GGUF file, write greedily, and yield pieces of text as they are written.
transformers gets its copy in float32; llama.cpp reads the quantised weights as
they are. Knows nothing of retrieval or prompts.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from baseline_answer import MAX_NEW_TOKENS, WRITER

from rag.errors import ModelNotFound
from rag.models.threads import available_cores, set_torch_threads
from rag.models.writers import is_whole, writer_called, writer_path
from rag.settings import Settings, home_folder

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


def writer_file(settings: Settings) -> Path:
    """Return the writer's GGUF file. Raises `ModelNotFound` if it is not installed."""
    model = writer_called(WRITER)
    if model is None or not is_whole(model, path := writer_path(model, home_folder(settings))):
        raise ModelNotFound(f"the baselines write with {WRITER!r}: footnote models --install it")
    return path


class TransformersEngine:
    """The model through transformers, float32, on the CPU; it takes half a minute to load."""

    def __init__(self, settings: Settings) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

        path = writer_file(settings)
        set_torch_threads(settings.threads)
        local: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
        self.tokenizer = AutoTokenizer.from_pretrained(path.parent, **local)
        self.model = AutoModelForCausalLM.from_pretrained(
            path.parent,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
            **local,
        ).eval()
        self.name = f"{WRITER}, transformers float32"

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

        path = writer_file(settings)
        self._model: Any = Llama(
            model_path=str(path),
            n_ctx=CONTEXT_TOKENS,
            n_threads=settings.threads or available_cores(),
            n_threads_batch=settings.threads or available_cores(),
            verbose=False,
        )
        self.name = f"{WRITER}, llama.cpp {path.stem}"

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
