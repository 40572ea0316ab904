"""Reading and embedding on many machines, by Ray: a document a task, the same code as at home.

Each task puts its document into a shared library itself, in one step. A task whose worker dies is
done again by another; one that was done already finds its document there by its file's hash, so
that doing it twice changes nothing. Knows nothing of searching.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rag.datatypes import Embedder
from rag.documents.load import Source
from rag.errors import LibraryError
from rag.library import indexing
from rag.library.changes import Changes
from rag.library.qdrant.library import QdrantLibrary
from rag.library.qdrant.opening import open_shared
from rag.library.recipe import library_recipe
from rag.offline import set_offline
from rag.settings import Settings, load_settings

LOCAL = "local"
"""In place of a cluster's address: as many workers as this machine has cores."""
_RETRIES = 3
_WAITING = 1_000
"""Tasks that are handed out at once."""

LoadEmbedder = Callable[[Settings], tuple[Embedder, str]]
"""Gives the embedder and its id; called once in each worker."""


def read_spread(
    name: str,
    sources: Sequence[Source],
    settings: Settings,
    load_embedder: LoadEmbedder,
    *,
    cluster: str = LOCAL,
    workers: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Changes:
    """Put `sources` into the shared library `name`, which is there, by workers of a cluster.

    Workers need Footnote, its models and the files at the same paths, and find the library's key in
    their own environment. `progress` gets a document's name, how many are done, and of how many. A
    document whose task failed four times is in `skipped`, with why. Raises `LibraryError` where
    there is no Ray, or no cluster.
    """
    changes = Changes()
    done = 0
    with _started(cluster, workers) as ray:
        task = ray.remote(max_retries=_RETRIES, retry_exceptions=[LibraryError])(_read_one)
        load = ray.put(load_embedder)
        sent = replace(settings, qdrant_api_key="", password="")
        left = iter(sources)
        waiting: dict[Any, Source] = {}
        while True:
            while len(waiting) < _WAITING and (source := next(left, None)) is not None:
                waiting[task.remote(name, source, sent, load)] = source
            if not waiting:
                return changes
            (finished, *_), _ = ray.wait(list(waiting), num_returns=1)
            source = waiting.pop(finished)
            done += 1
            try:
                _add(changes, ray.get(finished))
            except (ray.exceptions.RayError, LibraryError) as error:
                reason = str(getattr(error, "cause", None) or error).strip().splitlines()[0]
                changes.skipped.append((source.name, f"{source.name}: {reason}; index again"))
            if progress is not None:
                progress(source.name, done, len(sources))


def _read_one(
    name: str, source: Source, settings: Settings, load_embedder: LoadEmbedder
) -> Changes:
    """Read one file into the library. Runs in a worker."""
    set_offline()
    embedder, library = _opened(name, settings, load_embedder)
    return indexing.refresh(
        library,
        [source],
        embedder=embedder,
        max_document_bytes=settings.max_document_bytes,
        passage_tokens=settings.passage_tokens,
        keep_others=True,
    )


@lru_cache(maxsize=1)
def _opened(
    name: str, settings: Settings, load_embedder: LoadEmbedder
) -> tuple[Embedder, QdrantLibrary]:
    """Return the embedder and the library, which a worker opens once."""
    embedder, embedder_id = load_embedder(settings)
    recipe = library_recipe(embedder_id, settings.passage_tokens)
    recipe["dimension"] = str(embedder.dimension)
    return embedder, open_shared(name, key=load_settings().qdrant_api_key, recipe=recipe)


@contextmanager
def _started(cluster: str, workers: int | None) -> Iterator[Any]:
    """Give Ray, connected to a cluster or with workers here that end with the block."""
    set_offline()  # Ray reads it when it is imported: no figures about its use are sent
    try:
        import ray
    except ImportError:
        raise LibraryError(
            "reading on many machines needs more packages: pip install 'footnote[ray]'"
        ) from None
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if cluster == LOCAL:
        options |= {"num_cpus": workers, "include_dashboard": False}
        options |= {"_node_ip_address": "127.0.0.1"}
    else:
        options |= {"address": cluster}
    try:
        ray.init(**options)
    except Exception as error:  # Ray raises bare ones
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise LibraryError(f"Ray at {cluster!r} cannot be used: {line}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _add(changes: Changes, more: Changes) -> None:
    for name in ("added", "changed", "removed", "unchanged", "skipped", "kept", "warnings"):
        getattr(changes, name).extend(getattr(more, name))
