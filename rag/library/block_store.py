"""The blocks of documents in the library's file: written once, found again by their offsets.

Each top-level block is a row of its own, and so is each row of a top-level table, so that an answer
from a table of a hundred thousand rows reads a few of them. Knows nothing of searching or answers.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from rag.datatypes import Block

_TOP = -1
"""The `parent` of top-level blocks."""
_HEADER_ROWS = 8
"""Rows at the beginning of a table among which those are that name its columns."""
Query = Callable[..., list[tuple[Any, ...]]]
"""`Database.query`: SQL and its parameters, to rows."""
Decoding = Callable[[], AbstractContextManager[None]]
"""`Database.decoding`."""


def put_blocks(connection: sqlite3.Connection, document_id: int, blocks: Sequence[Block]) -> None:
    """Write the blocks of a document that has none, inside of a transaction."""
    rows = []
    for number, block in enumerate(blocks):
        own = replace(block, children=()) if block.kind == "table" else block
        rows.append((document_id, _TOP, number, own))
        if block.kind == "table":
            rows += [(document_id, number, place, row) for place, row in enumerate(block.children)]
    connection.executemany(
        "INSERT INTO blocks (document_id, parent, number, start, kind, level, block) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (document, parent, number, block.start, block.kind, block.level, _encode(block))
            for document, parent, number, block in rows
        ),
    )


class StoredBlocks:
    """The blocks of one document, read as they are asked for.

    `decoding` gives a context for making them of what was read, in a file that may be damaged.
    """

    def __init__(self, query: Query, document_id: int, decoding: Decoding = nullcontext) -> None:
        self._query = query
        self._document_id = document_id
        self._decoding = decoding

    def at(self, offset: int) -> tuple[int, Block] | None:
        """Return number and value of the top-level block at `offset`, or else the last before it.

        A table comes without its rows: `rows` has them. None before the first block.
        """
        found = self._query(
            "SELECT number, block FROM blocks WHERE document_id = ? AND parent = ? AND start <= ? "
            "ORDER BY start DESC, number DESC LIMIT 1",
            self._document_id,
            _TOP,
            offset,
        )
        return self._numbered(found[0]) if found else None

    def after(self, offset: int) -> tuple[int, Block] | None:
        """Return number and value of the first top-level block that begins at `offset` or later."""
        found = self._query(
            "SELECT number, block FROM blocks WHERE document_id = ? AND parent = ? AND start >= ? "
            "ORDER BY start, number LIMIT 1",
            self._document_id,
            _TOP,
            offset,
        )
        return self._numbered(found[0]) if found else None

    def between(self, start: int, end: int) -> list[Block]:
        """Return the top-level blocks that touch [start, end), tables with those of their rows."""
        found = self._query(
            "SELECT number, block FROM blocks WHERE document_id = ? AND parent = ? AND start < ? "
            "AND start >= coalesce((SELECT max(start) FROM blocks "
            "WHERE document_id = ? AND parent = ? AND start <= ?), 0) ORDER BY start, number",
            self._document_id,
            _TOP,
            end,
            self._document_id,
            _TOP,
            start,
        )
        blocks = list(map(self._numbered, found))
        return [
            replace(block, children=tuple(row for _, row in self.rows(number, start, end)))
            if block.kind == "table"
            else block
            for number, block in blocks
            if block.end > start
        ]

    def rows(self, table: int, start: int, end: int) -> list[tuple[int, Block]]:
        """Return (number, row) of the rows of top-level block `table` that touch [start, end).

        Rows are numbered from 0. The first row comes too if it names the columns.
        """
        found = self._query(
            "SELECT number, block FROM blocks WHERE document_id = ? AND parent = ? AND start < ? "
            "AND start >= coalesce((SELECT max(start) FROM blocks "
            "WHERE document_id = ? AND parent = ? AND start <= ?), 0) ORDER BY start",
            self._document_id,
            table,
            end,
            self._document_id,
            table,
            start,
        )
        rows = map(self._numbered, found)
        touching = [(n, row) for n, row in rows if row.end > start and row.start < end]
        header = [first for first in self.first_rows(table, 1) if first[1].header]
        return touching if touching[:1] == header else [*header, *touching]

    def count_rows(self, table: int) -> int:
        """Return how many rows top-level block `table` has, without those of the columns' names."""
        last = self._query(
            "SELECT number FROM blocks WHERE document_id = ? AND parent = ? "
            "ORDER BY start DESC LIMIT 1",
            self._document_id,
            table,
        )
        headers = sum(row.header for _, row in self.first_rows(table, _HEADER_ROWS))
        return int(last[0][0]) + 1 - headers if last else 0

    def first_rows(self, table: int, count: int) -> list[tuple[int, Block]]:
        """Return (number, row) of the first `count` rows of top-level block `table`."""
        found = self._query(
            "SELECT number, block FROM blocks WHERE document_id = ? AND parent = ? "
            "ORDER BY start LIMIT ?",
            self._document_id,
            table,
            count,
        )
        return list(map(self._numbered, found))

    def headings(self) -> list[Block]:
        """Return the headings of a document, in order."""
        found = self._query(
            "SELECT block FROM blocks WHERE document_id = ? AND parent = ? AND kind = 'heading' "
            "ORDER BY start, number",
            self._document_id,
            _TOP,
        )
        return [self._decoded(block) for (block,) in found]

    def headings_above(self, offset: int) -> list[Block]:
        """Return the headings that `offset` stands under, outermost first."""
        above: list[Block] = []
        level = 7
        while level > 1:
            found = self._query(
                "SELECT block FROM blocks WHERE document_id = ? AND parent = ? "
                "AND kind = 'heading' AND start <= ? AND level < ? ORDER BY start DESC LIMIT 1",
                self._document_id,
                _TOP,
                above[0].start if above else offset,
                level,
            )
            if not found:
                break
            above.insert(0, self._decoded(found[0][0]))
            level = above[0].level
        return above

    def all(self) -> tuple[Block, ...]:
        """Return all blocks of a document, tables with their rows."""
        found = self._query(
            "SELECT parent, number, block FROM blocks WHERE document_id = ? "
            "ORDER BY parent, start, number",
            self._document_id,
        )
        rows: dict[int, list[Block]] = {}
        for parent, _, block in found:
            if parent != _TOP:
                rows.setdefault(parent, []).append(self._decoded(block))
        tops = [(number, self._decoded(block)) for parent, number, block in found if parent < 0]
        return tuple(
            replace(block, children=tuple(rows[number])) if number in rows else block
            for number, block in tops
        )

    def _numbered(self, found: tuple[Any, ...]) -> tuple[int, Block]:
        number, block = found
        return int(number), self._decoded(block)

    def _decoded(self, block: str) -> Block:
        with self._decoding():
            return _decode(json.loads(block))


def encode_blocks(blocks: Sequence[Block]) -> str:
    """Return the blocks of a document as JSON; `decode_blocks` makes them of it again."""
    return json.dumps(list(map(_listed, blocks)), ensure_ascii=False, separators=(",", ":"))


def decode_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks that `encode_blocks` was given."""
    return tuple(map(_decode, json.loads(text)))


def _encode(block: Block) -> str:
    return json.dumps(_listed(block), ensure_ascii=False, separators=(",", ":"))


def _listed(block: Block) -> list[Any]:
    return [
        block.kind,
        block.start,
        block.end,
        block.text_start,
        block.text_end,
        block.level,
        block.label,
        int(block.header),
        int(block.ordered),
        block.number,
        block.lead_in,
        [_listed(child) for child in block.children],
    ]


def _decode(listed: list[Any]) -> Block:
    return Block(
        kind=listed[0],
        start=listed[1],
        end=listed[2],
        text_start=listed[3],
        text_end=listed[4],
        level=listed[5],
        label=listed[6],
        header=bool(listed[7]),
        ordered=bool(listed[8]),
        number=listed[9],
        lead_in=tuple(listed[10]) if listed[10] else None,
        children=tuple(map(_decode, listed[11])),
    )
