"""The rows of a run as a file of JSON lines, read one by one: memory does not grow with them.

The file's first line says what the rows were made from. Knows nothing of questions or answers.
"""

import json
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from rag.evaluation.rows import Row
from rag.serialize import to_json

ROWS_BETWEEN_SYNCS = 20


class KeptRows(Sequence[Row]):
    """Rows in the file at `path`, appended and read; each is read again whenever it is asked for.

    Every method raises `OSError` where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends = array("q")
        self._file = path.open("a+b")

    def start(self, header: Mapping[str, Any]) -> None:
        """Empty the file and write what its rows are made from."""
        self._file.truncate(0)
        self._ends = array("q")
        self._write(header, sync=True)

    def go_on(self, header: Mapping[str, Any], ids: Sequence[str]) -> bool:
        """Take over the rows of a run that was broken off; False if they are of another one.

        `ids` are those of the rows to come, in order. What follows a row that is torn or damaged is
        cut off.
        """
        self._file.seek(0)
        line = self._file.readline()
        if not line or _parse(line) != json.loads(to_json(header)):
            return False
        self._ends = array("q", [len(line)])
        for identifier, line in zip(ids, self._file, strict=False):
            row = _parse(line)
            if row is None or row.get("id") != identifier:
                break
            self._ends.append(self._ends[-1] + len(line))
        self._file.truncate(self._ends[-1])
        return True

    def append(self, row: Row) -> None:
        """Add a row, which is soon safe from a failing computer."""
        self._write(row, sync=len(self._ends) % ROWS_BETWEEN_SYNCS == 0)

    def close(self) -> None:
        """Close the file; the rows stay in it."""
        self._file.close()

    def __len__(self) -> int:
        return max(0, len(self._ends) - 1)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        self._file.seek(self._ends[number])
        row: Row = json.loads(self._file.read(self._ends[number + 1] - self._ends[number]))
        return row

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(len(self)))

    def _write(self, value: Mapping[str, Any], *, sync: bool) -> None:
        data = to_json(dict(value)).encode("utf-8") + b"\n"
        self._file.write(data)
        self._file.flush()
        if sync:
            os.fsync(self._file.fileno())
        self._ends.append((self._ends[-1] if self._ends else 0) + len(data))


def _parse(line: bytes) -> dict[str, Any] | None:
    """Return the object of a whole line; None if it is torn or damaged."""
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
