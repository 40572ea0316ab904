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


def describe_recipe(recipe: Mapping[str, str]) -> str:
    """Return a recipe as messages say it."""
    return f"{recipe['embedder']} ({recipe['splitter']})"
