"""What a collection of shared libraries is made of: vectors and indexes. Knows no documents."""

from typing import TYPE_CHECKING, Any

from rag.library.qdrant.points import DENSE, WORDS

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_INDEXED = {
    "kind": "keyword",
    "groups": "keyword",
    "version": "keyword",
    "key": "keyword",
    "sha256": "keyword",
    "document": "integer",
    "changed": "integer",
    "length": "integer",
    "busy_until": "integer",
    "live": "bool",
}
"""Fields by which points are found, without `library`, by which the engine keeps them together."""


def create_collection(client: "QdrantClient", name: str, dimension: int) -> None:
    """Make an empty collection for unit rows of `dimension` numbers.

    Exact rows lie on the disk, one byte a number of them in memory.
    """
    from qdrant_client import models

    client.create_collection(
        name,
        vectors_config={
            DENSE: models.VectorParams(size=dimension, distance=models.Distance.DOT, on_disk=True)
        },
        sparse_vectors_config={WORDS: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        quantization_config=models.ScalarQuantization(
            scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
        ),
        on_disk_payload=True,
    )
    schemas: dict[str, Any] = dict(_INDEXED)
    schemas["library"] = models.KeywordIndexParams(
        type=models.KeywordIndexType.KEYWORD, is_tenant=True
    )
    for key, schema in schemas.items():
        client.create_payload_index(name, key, schema, wait=True)
