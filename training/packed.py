"""Lessons in a file: rows with each window kept once, and what `training.lessons` writes of them.

Knows the form of the file; nothing of where lessons come from or how they are learnt.
"""

from __future__ import annotations

import lzma
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.mixture import Group
from training.windows import Row

_COMPRESSION = 6

Ids = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class PackedRow:
    """A row whose window is the place of (path, text, said) in a table."""

    question: Ids
    window: int
    kind: int
    spans: tuple[tuple[int, int], ...]
    tagged: bool


@dataclass(frozen=True, slots=True)
class PackedGroup:
    """A question's rows; `answerable` is said of those that are held out."""

    rows: tuple[PackedRow, ...]
    shared: int
    answerable: bool = True


class Packer:
    """Rows with each window kept once; the vocabulary's 30,527 ids fit into 16 bits."""

    def __init__(self, windows: Iterable[tuple[Ids, Ids, tuple[bool, ...]]] = ()) -> None:
        """Begin with the windows of a file, or with none."""
        self.windows = list(windows)
        self._places: dict[tuple, int] = {}

    def packed(self, row: Row) -> PackedRow:
        """Return the row with its window in the table."""
        key = tuple(row.path), tuple(row.text), row.said
        if key not in self._places:
            self._places[key] = len(self.windows)
            self.windows.append((_ids(row.path), _ids(row.text), row.said))
        return PackedRow(_ids(row.question), self._places[key], row.kind, row.spans, row.tagged)

    def group(self, group: Group, *, answerable: bool = True) -> PackedGroup:
        """Return a group with its rows packed."""
        return PackedGroup(tuple(map(self.packed, group.rows)), group.shared, answerable)

    def unpacked(self, group: PackedGroup) -> Group:
        """Return the group as it was."""
        return Group(rows=tuple(map(self._row, group.rows)), shared=group.shared)

    def _row(self, packed: PackedRow) -> Row:
        path, text, said = self.windows[packed.window]
        return Row(
            question=packed.question.tolist(),
            path=path.tolist(),
            text=text.tolist(),
            kind=packed.kind,
            spans=packed.spans,
            tagged=packed.tagged,
            said=said,
        )


def _ids(tokens: Sequence[int]) -> Ids:
    return np.array(tokens, dtype=np.int16)


def write(path: Path, lessons: dict[str, Any]) -> None:
    """Write lessons beside the place and rename them."""
    beside = path.with_suffix(".new")
    with lzma.open(beside, "wb", preset=_COMPRESSION) as file:
        pickle.dump(lessons, file, protocol=5)
    beside.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Return lessons that `write` wrote. Only for files of one's own: they can run code."""
    with lzma.open(path) as file:
        lessons: dict[str, Any] = pickle.load(file)  # noqa: S301
    return lessons
