"""A shared library on an engine in this process."""

import warnings

from contract_documents import TOKENS
from qdrant_client import QdrantClient

from rag.library.qdrant.address import parse_address
from rag.library.qdrant.library import QdrantLibrary
from rag.library.qdrant.scope import Scope
from rag.library.qdrant.writing import Writer


def recipe_of(embedder, name="fake@1"):
    return {
        "embedder": name,
        "splitter": f"blocks-1, {TOKENS} tokens",
        "extraction": "1",
        "dimension": str(embedder.dimension),
    }


def local_client(path=None):
    """An engine in this process, in memory or in a folder."""
    warnings.filterwarnings("ignore", module="qdrant_client", message="(Local mode|Payload ind)")
    return QdrantClient(path=str(path)) if path else QdrantClient(":memory:")


def open_local(embedder, client=None, address="qdrant://localhost/staff", recipe=None):
    """Return an open library; it is made where it is not there."""
    client = client or local_client()
    place = parse_address(address)
    Writer(client, place, Scope(libraries=frozenset({place.library}))).prepare(embedder.dimension)
    library = QdrantLibrary(client, place, recipe or recipe_of(embedder))
    library.start_over(recipe or recipe_of(embedder))
    return library
