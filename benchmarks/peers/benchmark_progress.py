"""What a benchmark has measured so far, kept in a file, so that it goes on after it was broken off.

The first line says what the rows depend on; rows made from anything else are never mixed in.
"""

import json
import os
from pathlib import Path
from typing import Any

from rag.errors import RagError
from rag.serialize import to_json

Record = dict[str, Any]
Key = tuple[str, str, str]
"""Kind (the set of a row, or "generation" or "process"), system, id."""


class Progress:
    """Records by key, each on disk before the next is measured."""

    def __init__(self, path: Path, origin: Record) -> None:
        """Read `path`, or begin it. Raises `RagError` if it is of another origin."""
        self.records: dict[Key, Record] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        kept = 0
        for number, line in enumerate(lines):
            value = _parse(line)
            if value is None:
                break  # torn when the run was killed: measured again
            if number == 0 and value != json.loads(to_json(origin)):
                changed = [k for k in {**origin, **value} if origin.get(k) != value.get(k)]
                raise RagError(
                    f"{path} was measured with another {', '.join(sorted(changed))}: "
                    "name another --output, or remove that file"
                )
            if number:
                self.records[_key(value)] = value
            kept += len(line)
        self._file = path.open("ab")
        self._file.truncate(kept)
        if not kept:
            self._append(origin)

    def __contains__(self, key: Key) -> bool:
        return key in self.records

    def add(self, record: Record) -> None:
        """Keep a record with `kind`, `system` and `id`; a later one with the same key replaces."""
        self.records[_key(record)] = record
        self._append(record)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, value: Record) -> None:
        self._file.write(to_json(value).encode("utf-8") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _key(record: Record) -> Key:
    return record["kind"], record["system"], record["id"]


def _parse(line: bytes) -> Record | None:
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
