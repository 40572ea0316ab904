"""Documents that are put into a library of any home, by tests and by processes that they kill."""

import hashlib

from rag.datatypes import Block, Document
from rag.documents.split import split_passages
from rag.library.recipe import library_recipe

TOKENS = 40
RECIPE = library_recipe("fake", TOKENS)


def made(name, text, folder="/docs"):
    """Return the document of one paragraph, or of none."""
    block = Block(kind="paragraph", start=0, end=len(text), text_start=0, text_end=len(text))
    return Document(
        source=f"{folder}/{name}",
        name=name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        blocks=(block,) if text.strip() else (),
    )


def put(library, embedder, name, text, folder="/docs"):
    """Put a text under a name and return its document."""
    document = made(name, text, folder)
    drafts = split_passages(document, embedder, TOKENS)
    library.put(document, drafts, embedder.embed([draft.words for draft in drafts]))
    return document


def text_of(number, sentences=12):
    return " ".join(
        f"Sentence {line} of text {number} has the value {number * 1000 + line}."
        for line in range(sentences)
    )


def ids_of(library):
    return {
        document.name: [place[0] for place in library.passage_places(document.id)]
        for document in library.documents()
    }
