"""The passages of a library nearest to a question: what the codes leave, by their exact cosines.

The vectors in the library's file are the truth. Those that were written last are kept in memory,
and all of a small library are: they are compared with the question exactly. A large library has
codes of its others in a file beside it, which name the few hundred whose vectors are then compared.
What is removed is masked. `fold` writes a new file of codes, with what was written since and
without what was removed; the library's file says which one counts, so that whatever interrupts
leaves the old one or the new.
"""

import json
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import RLock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Vectors
from rag.errors import IndexMismatch, LibraryError
from rag.library.codes import Codes, codes_of, encode, read_codes, write_codes
from rag.library.paths import codes_path, other_codes
from rag.library.protocol import Scored
from rag.library.schema import Database

IN_MEMORY = 10_000
"""Passages from which on a library has a file of codes, and after which the file is written anew.
As many are compared exactly in 2 ms."""
_COMPARED = 400
"""Passages that the codes name, whose vectors are compared: of these the first ten are those of an
exact search in all of 1,000 questions (docs/scale.md)."""
_CHUNK = 20_000
"""Vectors that are read at once where codes are made again."""
_MOST_REMOVED = 1_000
"""Removals that are remembered while there is no file of codes."""
_LARGEST_ID = 2**31
_KEPT = 3
"""States that are kept: whoever began to ask before a change still asks of the one before."""
Ids = NDArray[np.int64]


class _File(NamedTuple):
    """Which file of codes counts: its token is in its name. Without a token there is none.

    `last` is the id of the last passage in it.
    """

    token: str
    last: int = 0
    checksum: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What the index knows of one version of the library. `rows` are those of `ids`, (n, d).

    `live` says of each id from 0 on whether the passage is there; `removals` numbers the last one
    that was followed; `is_remade` where the file of codes was missing or damaged.
    """

    version: int
    stamp: str
    dimension: int
    codes: Codes | None
    ids: Ids
    rows: Vectors
    live: NDArray[np.bool_]
    removals: int = 0
    is_remade: bool = False


class VectorIndex:
    """Follows one library's file; several threads may use it, each in its own snapshot."""

    def __init__(self, database: Database, say: Callable[[str], None]) -> None:
        self._database = database
        self._say = say
        self._lock = RLock()
        self._states: tuple[_State, ...] = ()

    def nearest(
        self, row: Vectors, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        """Return what `Library.nearest` does. To be called inside a snapshot."""
        state = self._current()
        if not state.live.any():
            return []
        self._check(row, state)
        allowed = state.live
        if documents is not None:
            allowed = allowed & self._passages_of(documents, len(allowed))
        places = np.flatnonzero(allowed[state.ids])
        if len(places) > _COMPARED:
            best = np.argpartition(-(state.rows[places] @ row), _COMPARED)[:_COMPARED]
            places = places[best]
        ids = state.ids[places]
        if state.codes is not None:
            bits = np.packbits(allowed, bitorder="little")
            ids = np.concatenate([ids, state.codes.nearest(row, max(_COMPARED, limit), bits)])
        ids, cosines = self._compared(state, row, ids)
        best = np.lexsort((ids, -cosines))[:limit]
        return [Scored(int(ids[place]), float(cosines[place])) for place in best]

    def cosines(self, row: Vectors, passage_ids: Sequence[int]) -> dict[int, float]:
        """Return the exact cosine of those of the passages that are there. In a snapshot."""
        if not passage_ids:
            return {}
        state = self._current()
        self._check(row, state)
        ids, cosines = self._compared(state, row, np.array(passage_ids, dtype=np.int64))
        return dict(zip(ids.tolist(), cosines.tolist(), strict=True))

    def count(self) -> int:
        """Return how many passages there are. To be called inside a snapshot."""
        return int(np.count_nonzero(self._current().live))

    @property
    def is_remade(self) -> bool:
        """Say whether the file of codes was not as it should be, and is only right in memory."""
        return any(state.is_remade for state in self._states[:1])

    def fold(self) -> None:
        """Write a file of codes of all that is there now, if there is much, or a file already.

        Whoever asks goes on meanwhile; whoever writes waits. Raises `LibraryError`.
        """
        with self._database.transaction() as connection:
            if self._is_large():
                state = self._current()
                is_new = len(state.ids) > 0 or not state.live[_ids(state.codes)].all()
                if not is_new and not state.is_remade:
                    return
                file = self._write(state)
            elif self._count("removed_passages", _MOST_REMOVED) < _MOST_REMOVED:
                return
            else:
                file = _File(_token())  # so that others do not ask for what is forgotten
            stamp = json.dumps(file)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('codes', ?)", (stamp,))
            connection.execute("DELETE FROM removed_passages")
        for path in other_codes(self._database.path, file.token):
            with suppress(OSError):  # another program has it mapped, on Windows
                path.unlink()

    def _is_large(self) -> bool:
        with self._database.decoding():
            has_file = _File(*json.loads(self._database.meta()["codes"])).last > 0
        return has_file or self._count("vectors", IN_MEMORY + 1) > IN_MEMORY

    def _count(self, table: str, most: int) -> int:
        rows = self._database.query(f"SELECT 1 FROM {table} LIMIT ?", most)
        return len(rows)

    def _write(self, state: _State) -> _File:
        ids = [state.ids[state.live[state.ids]]]
        codes = [encode(state.rows[state.live[state.ids]])]
        if state.codes is not None:
            kept = state.live[state.codes.ids]
            ids.insert(0, state.codes.ids[kept])
            codes.insert(0, state.codes.codes[kept])
        all_ids, token = np.concatenate(ids), _token()
        if not len(all_ids):
            return _File(token)
        path = codes_path(self._database.path, token)
        try:
            checksum = write_codes(path, state.dimension, all_ids, np.concatenate(codes))
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            raise LibraryError(
                f"{path}: cannot be written ({str(error.strerror).lower()}); make room, or check "
                "the permissions; until then the library is searched as it is"
            ) from error
        return _File(token, int(all_ids[-1]), checksum)

    def _current(self) -> _State:
        """Return the state of the snapshot, or transaction, that this thread is in.

        Another thread may be in an older or a newer one: a few states are kept.
        """
        with self._lock:
            meta = self._database.meta()
            with self._database.decoding():
                version = int(meta["content_version"])
                key = meta["codes"], int(meta.get("dimension", 0))
            known = [
                state
                for state in self._states
                if state.version <= version and (state.stamp, state.dimension) == key
            ]
            state = known[0] if known else self._opened(*key)
            if state.version != version:
                state = self._followed(state, version)
            if state not in self._states:
                newest_first = sorted((state, *self._states), key=lambda each: -each.version)
                self._states = tuple(newest_first[:_KEPT])
            return state

    def _opened(self, stamp: str, dimension: int) -> _State:
        """Return the state of the file of codes alone; the codes are made again if it is wrong."""
        with self._database.decoding():
            file = _File(*json.loads(stamp))
        codes, is_remade = None, False
        if file.last:
            codes = read_codes(codes_path(self._database.path, file.token), file.checksum)
            is_remade = codes is None
            if codes is None:
                codes = self._made_again(dimension, file.last)
        ids = _ids(codes)
        live = np.zeros(file.last + 1, dtype=np.bool_)
        live[ids] = True
        return _State(
            version=-1,
            stamp=stamp,
            dimension=dimension,
            codes=codes,
            ids=np.zeros(0, dtype=np.int64),
            rows=np.zeros((0, dimension), dtype=np.float32),
            live=live,
            is_remade=is_remade,
        )

    def _followed(self, state: _State, version: int) -> _State:
        """Return the state with what was written and removed since."""
        last = len(state.live) - 1
        ids, rows = self._rows_after(last, state.dimension)
        newest = int(ids[-1]) if len(ids) else last
        if newest > _LARGEST_ID:
            raise self._damaged(f"a passage has the number {newest}")
        live = np.concatenate([state.live, np.zeros(newest - last, dtype=np.bool_)])
        live[ids] = True
        removals = state.removals
        for number, first, past in self._database.query(
            "SELECT number, first, last FROM removed_passages WHERE number > ? ORDER BY number",
            removals,
        ):
            with self._database.decoding():
                live[first : past + 1] = False
            removals = number
        both = np.concatenate([state.ids, ids])
        kept = live[both]
        return replace(
            state,
            version=version,
            ids=both[kept],
            rows=np.concatenate([state.rows, rows])[kept],
            live=live,
            removals=removals,
        )

    def _made_again(self, dimension: int, last: int) -> Codes:
        """Return the codes of the vectors up to passage `last`."""
        self._say(
            f"{self._database.path.name}: its file of codes is missing or damaged; it is made again"
        )
        ids, codes, after = [], [], 0
        while True:
            some, rows = self._rows_after(after, dimension, last)
            if not len(some):
                break
            ids.append(some)
            codes.append(encode(rows))
            after = int(some[-1])
        nothing = np.zeros(0, dtype=np.int64), encode(np.zeros((0, dimension), dtype=np.float32))
        return codes_of(
            dimension, np.concatenate([nothing[0], *ids]), np.concatenate([nothing[1], *codes])
        )

    def _rows_after(
        self, after: int, dimension: int, last: int | None = None
    ) -> tuple[Ids, Vectors]:
        """Return ids and vectors of the passages behind `after`; up to `last` only some of them."""
        found = self._database.query(
            "SELECT id, vector FROM vectors WHERE id > ?1 AND (?2 IS NULL OR id <= ?2) "
            "ORDER BY id LIMIT ?3",
            after,
            last,
            -1 if last is None else _CHUNK,
        )
        return self._unpacked(found, dimension)

    def _compared(self, state: _State, row: Vectors, ids: Ids) -> tuple[Ids, NDArray[np.float32]]:
        """Return those of `ids` that are there, and their cosines, in some order."""
        places = np.searchsorted(state.ids, ids)
        inside = places < len(state.ids)
        inside[inside] = state.ids[places[inside]] == ids[inside]
        stored, rows = self.stored_rows(ids[~inside], state.dimension)
        ids = np.concatenate([ids[inside], stored])
        rows = np.concatenate([state.rows[places[inside]], rows])
        # Not `@`: its sums differ in the last bit from row to row, and equal ones are to be equal.
        return ids, np.einsum("ij,j->i", rows, row)

    def stored_rows(self, ids: Ids, dimension: int) -> tuple[Ids, Vectors]:
        """Return ids, ascending, and vectors of those of the passages that are there."""
        if not len(ids):
            return self._unpacked([], dimension)
        found = self._database.query(
            "SELECT id, vector FROM vectors WHERE id IN (SELECT value FROM json_each(?)) "
            "ORDER BY id",
            json.dumps(ids.tolist()),
        )
        return self._unpacked(found, dimension)

    def _unpacked(self, found: Sequence[tuple[int, bytes]], dimension: int) -> tuple[Ids, Vectors]:
        ids = np.array([passage_id for passage_id, _ in found], dtype=np.int64)
        if any(len(vector or b"") != dimension * 4 for _, vector in found):
            raise self._damaged(f"a vector has not {dimension} numbers")
        matrix = np.frombuffer(b"".join(vector for _, vector in found), dtype="<f4")
        rows = matrix.astype(np.float32).reshape(len(found), dimension)
        if not np.isfinite(rows).all():
            raise self._damaged("a vector holds what is no number")
        return ids, rows

    def _damaged(self, what: str) -> IndexMismatch:
        return IndexMismatch(
            f"{self._database.path}: damaged, {what}; delete the file to index again"
        )

    def _passages_of(self, documents: Collection[int], count: int) -> NDArray[np.bool_]:
        """Return for each id below `count` whether the passage is of one of the documents.

        The passages of a document are written in one step, so their ids follow each other.
        """
        inside = np.zeros(count, dtype=np.bool_)
        for first, last in self._database.query(
            "SELECT min(id), max(id) FROM passages "
            "WHERE document_id IN (SELECT value FROM json_each(?)) GROUP BY document_id",
            json.dumps(list(documents)),
        ):
            inside[first : last + 1] = True
        return inside

    def _check(self, row: Vectors, state: _State) -> None:
        if row.shape != (state.dimension,) and state.live.any():
            raise IndexMismatch(
                f"the question's vector has shape {row.shape}, the library's have "
                f"{state.dimension} numbers: index again with the same embedder"
            )


def _ids(codes: Codes | None) -> Ids:
    return np.zeros(0, dtype=np.int64) if codes is None else codes.ids


def _token() -> str:
    return os.urandom(4).hex()
