"""What the passages of a library are made with: with another recipe they are made again."""

from collections.abc import Mapping

from rag.documents.kinds import EXTRACTION
from rag.documents.split import SPLITTER
from rag.library.embedding import VECTORS


def library_recipe(embedder_id: str, passage_tokens: int) -> dict[str, str]:
    """Return the recipe, but for the dimension of the vectors, which the embedder knows."""
    return {
        "embedder": embedder_id,
        "splitter": f"{SPLITTER}, {passage_tokens} tokens",
        "extraction": EXTRACTION,
        "vectors": VECTORS,
    }


def describe_difference(made_with: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """Return what two recipes differ in, as messages say it."""
    parts = [
        f"{part} {made_with.get(part, 'none')}, expected {expected[part]}"
        for part in expected
        if made_with.get(part) != expected[part]
    ]
    return "made with " + "; ".join(parts)
