"""The larger embedder: MPNet with what it was taught, on either engine.

Knows nothing of passages or libraries.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from rag.models.adapted import PAD_ID, WEIGHTS, Adapted
from rag.models.catalog import LARGE_EMBEDDER
from rag.models.engines import Engine, OpenVinoEncoder, TextEncoder, TorchEncoder
from rag.models.files import sha256_of
from rag.models.samples import embedded_pieces
from rag.models.tokenizer import TextTokenizer, load_tokenizer

ADAPTER = Path(__file__).resolve().parents[1] / "embedder_mpnet"


def _merged(base: Path, adapter: Path) -> Any:
    from rag.models.embedder_network import load_taught

    return load_taught(base, adapter)


def large_embedder() -> Adapted:
    """Return what is made ready."""
    return Adapted(
        name=LARGE_EMBEDDER,
        called="the embedder",
        adapter=ADAPTER,
        merged=_merged,
        samples=embedded_pieces,
    )


def large_embedder_id() -> str:
    """Return what a library is made with: the name, and the start of the adapter's SHA-256."""
    return f"{LARGE_EMBEDDER}@{sha256_of(ADAPTER / WEIGHTS)[:12]}"


def large_embedder_is_ready(home: Path) -> bool:
    """Say whether the folder of the larger embedder is there, and whole, for either engine."""
    return any(large_embedder().is_ready(home, engine) for engine in get_args(Engine))


def load_large_embedder(
    home: Path, engine: Engine, threads: int, say: Callable[[str], None]
) -> tuple[TextTokenizer, TextEncoder]:
    """Return (tokenizer, encoder) of the larger embedder, after making it ready if it is not.

    Raises `ModelNotFound`, with one line, where it cannot be made or run.
    """
    folder = large_embedder().folder(home, engine, say)
    tokenizer = load_tokenizer(folder)
    if engine == "openvino":
        return tokenizer, OpenVinoEncoder(folder, threads, PAD_ID)
    from rag.models.embedder_network import load_saved

    return tokenizer, TorchEncoder(load_saved(folder), PAD_ID)
