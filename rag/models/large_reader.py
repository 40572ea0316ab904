"""The larger reader: MPNet with the reader's adapter, on either engine.

Knows nothing of passages or answers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.models.adapted import PAD_ID, Adapted
from rag.models.catalog import LARGE_READER
from rag.models.engines import Engine, OpenVinoReader, SpanModel, TorchReader
from rag.models.tokenizer import TextTokenizer, load_tokenizer

ADAPTER = Path(__file__).resolve().parents[1] / "reader_mpnet"


def _merged(base: Path, adapter: Path) -> Any:
    from rag.models.reader_network import load_merged

    return load_merged(base, adapter)


def large_reader() -> Adapted:
    """Return what is made ready."""
    return Adapted(name=LARGE_READER, called="the larger reader", adapter=ADAPTER, merged=_merged)


def large_reader_id() -> str:
    """Return what a confidence or a folder was made with: encoder, adapter and recipe."""
    return large_reader().id


def large_reader_is_ready(home: Path, engine: Engine) -> bool:
    """Say whether the folder of the larger reader is there, and whole."""
    return large_reader().is_ready(home, engine)


def load_large_reader(
    home: Path, engine: Engine, threads: int, say: Callable[[str], None]
) -> tuple[TextTokenizer, SpanModel]:
    """Return (tokenizer, model) of the larger reader, after making it ready if it is not.

    Raises `ModelNotFound`, with one line, where it cannot be made or run.
    """
    folder = large_reader().folder(home, engine, say)
    tokenizer = load_tokenizer(folder)
    if engine == "openvino":
        return tokenizer, OpenVinoReader(folder, threads, PAD_ID)
    from rag.models.reader_network import load_saved

    return tokenizer, TorchReader(load_saved(folder))
