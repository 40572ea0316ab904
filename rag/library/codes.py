"""A million passages by meaning: a bit for each number of their vectors, in a file that is mapped.

The codes are FAISS's RaBitQ (Gao and Long 2024, "RaBitQ: Quantizing High-Dimensional Vectors with a
Theoretical Error Bound"), 104 bytes for 768 numbers. They say which few hundred passages may be the
nearest; which of these are, the vectors themselves say. A file is written once and never changed.
Knows nothing of the library.
"""

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Vectors

_QUERY_BITS = 4
"""Bits of each number of a question's vector: with 0, for all, a search takes 100 times as long."""


class Codes:
    """The codes of passages. `ids` is int64 (n,), ascending; `codes` is uint8 (n, code size)."""

    def __init__(self, index: Any) -> None:
        faiss = _faiss()
        self._index = index
        inner = faiss.downcast_index(index.index)
        inner.qb = _QUERY_BITS
        count = index.ntotal
        self.ids: NDArray[np.int64] = faiss.vector_to_array(index.id_map)
        self.codes: NDArray[np.uint8] = faiss.rev_swig_ptr(
            inner.codes.data(), count * inner.code_size
        ).reshape(count, inner.code_size)

    def nearest(self, row: Vectors, count: int, allowed: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return the ids of about the `count` passages nearest to a unit row, in no order.

        `allowed` has a bit for each id, the lowest first: only passages whose bit is set are found.
        """
        faiss = _faiss()
        parameters = faiss.RaBitQSearchParameters(
            sel=faiss.IDSelectorBitmap(allowed), qb=_QUERY_BITS
        )
        most = min(count, len(self.ids))
        _, found = self._index.search(row[np.newaxis], most, params=parameters)
        return np.asarray(found[0][found[0] >= 0], dtype=np.int64)


def encode(rows: Vectors) -> NDArray[np.uint8]:
    """Return the codes, uint8 (n, code size), of unit rows, float32 (n, d)."""
    return np.asarray(_empty(rows.shape[1]).sa_encode(np.ascontiguousarray(rows)))


def codes_of(dimension: int, ids: NDArray[np.int64], codes: NDArray[np.uint8]) -> Codes:
    """Return these codes of passages as `Codes`, in memory."""
    return Codes(_filled(dimension, ids, codes))


def write_codes(
    path: Path, dimension: int, ids: NDArray[np.int64], codes: NDArray[np.uint8]
) -> int:
    """Write a new file, so that it is on the disk for good, and return its checksum (CRC-32)."""
    data = _faiss().serialize_index(_filled(dimension, ids, codes)).tobytes()
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return zlib.crc32(data)


def read_codes(path: Path, checksum: int) -> Codes | None:
    """Return the codes of a file; None if it is not there, or not what was written."""
    try:
        with ThreadPoolExecutor(1) as aside:  # meanwhile FAISS is imported, which takes as long
            found = aside.submit(_checksum, path)
            faiss = _faiss()
            if found.result() != checksum:
                return None
        if os.name == "posix" or str(path).isascii():
            return Codes(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        with path.open("rb") as file:  # on Windows FAISS opens no other path
            return Codes(faiss.read_index(faiss.PyCallbackIOReader(file.read)))
    except (OSError, ValueError, RuntimeError):
        return None


def _checksum(path: Path) -> int:
    return zlib.crc32(np.memmap(path, dtype=np.uint8, mode="r").data)


def _filled(dimension: int, ids: NDArray[np.int64], codes: NDArray[np.uint8]) -> Any:
    faiss = _faiss()
    index = faiss.IndexIDMap(_empty(dimension))
    index.add_sa_codes(np.ascontiguousarray(codes), np.ascontiguousarray(ids))
    return index


def _empty(dimension: int) -> Any:
    """Return an index whose codes depend on nothing but the vector: unit rows lie around 0."""
    faiss = _faiss()
    index = faiss.IndexRaBitQ(dimension, faiss.METRIC_INNER_PRODUCT)
    index.qb = _QUERY_BITS
    index.train(np.zeros((1, dimension), dtype=np.float32))
    return index


def _faiss() -> Any:
    """Return the package, whose types know little of what it adds to its classes."""
    import faiss

    return faiss
