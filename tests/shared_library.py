"""A shared library on an engine in this process, filled with texts."""

import hashlib
import warnings

from qdrant_client import QdrantClient

from rag.datatypes import Block, Document
from rag.documents.split import split_passages
from rag.library.qdrant.address import parse_address
from rag.library.qdrant.library import QdrantLibrary
from rag.library.qdrant.scope import Scope
from rag.library.qdrant.writing import Writer

PASSAGE_TOKENS = 40


def recipe_of(embedder, name="fake@1"):
    return {
        "embedder": name,
        "splitter": f"blocks-1, {PASSAGE_TOKENS} tokens",
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


def document(name, text, folder="/docs"):
    block = Block(kind="paragraph", start=0, end=len(text), text_start=0, text_end=len(text))
    return Document(
        source=f"{folder}/{name}",
        name=name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        blocks=(block,) if text.strip() else (),
    )


def put_text(library, embedder, name, text, folder="/docs"):
    """Put a text under a name and return its document."""
    put = document(name, text, folder)
    drafts = split_passages(put, embedder, PASSAGE_TOKENS)
    library.put(put, drafts, embedder.embed([draft.words for draft in drafts]))
    return put
