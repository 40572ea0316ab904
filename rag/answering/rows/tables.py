"""Tables and lists as rows of cells, whole, whatever of them was found.

Reads the structure of documents; knows nothing of questions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from math import isclose

from rag.answering.rows.values import Value, column_values, measure_of, units_of
from rag.datatypes import Block, Passage
from rag.documents.structure import walk_blocks
from rag.library.protocol import Blocks, Library

MOST_ROWS = 20_000
"""Of a table; a longer one is not computed over."""
_VALUES = 0.6
"""Share of a column's cells, those that are empty left out, that make it one of values."""
_SPLIT = re.compile(r":\s+|\s+[–—-]\s+")
"""Between what an item of a list names and what it says of it."""

_FEWEST_ADDED, _FEWEST_ADDED_AMONG = 2, 4
"""Numbers that a total adds up which is the last row, and which is not."""
_MOST_BELOW = 2
"""Rows that may stand below a total."""
_MOST_KEPT, _COLUMNS_KEPT = 1_000, 256
"""Rows of a column whose values are kept in memory, at most, and how many such columns are."""
_FEW_UNITS = 2
"""Units that a column of few numbers may have."""
_SHORTEST_UNIT = 4
"""Letters of a unit that is all that a column is called."""
_NO_UNITS, _RATES = {"min", "ms", "s", "l", "t", "w"}, {"per", "a", "each"}
"""What may as well be the smallest, a size or a type; and what stands before the unit of a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """[start, end) of the document's text, and what stands there."""

    start: int
    end: int
    text: str


EMPTY = Cell(start=0, end=0, text="")
"""Stands where a row lacks a column."""
ColumnKey = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table, or an item of a list. `cells` has one for each column of the table.

    `block` is what it is in the document, `number` that in the original, from 1; 0 for an item.
    """

    start: int
    end: int
    number: int
    cells: tuple[Cell, ...]
    block: Block


@dataclass(frozen=True, kw_only=True)
class RowTable:
    """A table, or a list, whole but for rows that add up the others.

    `columns` are the names of the columns, "" where there is none; `context` are the words around
    it: the document's name and title, the headings above, what leads in. [start, end) is where it
    stands. `origin` is the table as it stands, of one whose rows are its columns.
    """

    document_id: int
    start: int
    end: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    context: str
    is_list: bool = False
    origin: "RowTable | None" = None

    @property
    def is_turned(self) -> bool:
        """Whether its rows are the columns of the table that stands in the document."""
        return self.origin is not None

    @cached_property
    def values(self) -> tuple[tuple[Value | None, ...], ...]:
        """What the cells of each column are worth; all None where it is a column of words."""
        read = _values if len(self.rows) > _MOST_KEPT else _kept_values
        found = [read(tuple(self.texts(column))) for column in range(len(self.columns))]
        if found and not self.is_list and _are_names(found[0]) and not self.unit_in_name(0):
            found[0] = (None,) * len(self.rows)
        return tuple(found)

    def texts(self, column: int) -> list[str]:
        """Return what the cells of a column say, on one line each."""
        return [" ".join(row.cells[column].text.split()) for row in self.rows]

    def kind(self, column: int) -> str:
        """Return of which kind most values of a column are; "text" where it has none."""
        return self._kinds[column]

    @cached_property
    def _kinds(self) -> tuple[str, ...]:
        return tuple(map(self._kind, range(len(self.columns))))

    def _kind(self, column: int) -> str:
        """Return the kind of a column's values.

        Numbers of which each has another unit are names, like "Bench drill D 16", or properties;
        so are those with more units than numbers: "Heather 340 g", "Blossom 340 g".
        """
        values = [value for value in self.values[column] if value]
        kinds = [value.kind for value in values]
        units = {value.unit for value in values}
        are_names = len(units_of(values)) > len({value.low for value in values})
        if not kinds or are_names or len(units) > max(_FEW_UNITS, len(values) / 2):
            return "text"
        return max(set(kinds), key=kinds.count)

    def unit(self, column: int) -> str:
        """Return the unit of a column's numbers, from its cells or else from its name."""
        units = [value.unit for value in self.values[column] if value and value.unit]
        if units:
            return max(set(units), key=units.count)
        return self.unit_in_name(column)

    def unit_in_name(self, column: int) -> str:
        """Return what stands in brackets in a column's name, or a unit that ends it: "elev m".

        Or is the whole of it, where that is a word: "Mins", and not "M" or "Min.".
        """
        name = self.columns[column]
        in_brackets = re.search(r"\(([^)]+)\)|\[([^\]]+)\]", name)
        if in_brackets:
            return (in_brackets[1] or in_brackets[2]).casefold()
        *before, last = name.split() or [""]
        is_rate = bool(before) and before[-1].casefold() in _RATES
        is_alone = not before and len(last) < _SHORTEST_UNIT
        unit = last.casefold() if len(last) > 1 else last
        is_sure = unit not in _NO_UNITS and measure_of(unit) != ""
        return unit if is_sure and not (is_rate or is_alone) else ""


def tables_near(
    library: Library,
    texts: Mapping[int, str],
    passages: Sequence[Passage],
    most_rows: int = MOST_ROWS,
) -> Iterator[tuple[int, RowTable]]:
    """Yield the tables and lists that touch the passages, once each, with which of these it is.

    `texts` are those of the documents. Those of more than `most_rows` rows are left out.
    """
    seen: set[tuple[int, int]] = set()
    for number, passage in enumerate(passages):
        tables = tables_in(
            texts[passage.document_id],
            library.blocks(passage.document_id),
            passage.document_id,
            [(passage.start, passage.end)],
            library.document_name(passage.document_id),
            most_rows,
        )
        for table in tables:
            if (table.document_id, table.start) not in seen:
                seen.add((table.document_id, table.start))
                yield number, table


def tables_in(
    text: str,
    blocks: Blocks,
    document_id: int,
    places: Sequence[tuple[int, int]],
    name: str,
    most_rows: int = MOST_ROWS,
) -> list[RowTable]:
    """Return the tables and lists that touch any of `places`, once each, in the order of these.

    Those of more than `most_rows` rows are left out.
    """
    found: dict[int, RowTable] = {}
    for start, end in places:
        for top in blocks.between(start, end):
            for block in walk_blocks([top]):
                if block.kind not in ("table", "list") or block.start in found:
                    continue
                if block.start < end and block.end > start:
                    whole = _whole(blocks, block, most_rows, is_top=block is top)
                    if len(whole) <= most_rows:
                        found[block.start] = _table(text, blocks, document_id, block, whole, name)
    return [table for table in found.values() if table.rows]


def _whole(blocks: Blocks, block: Block, most_rows: int, *, is_top: bool) -> Sequence[Block]:
    """Return all rows or items of a block; those of a table at the top are read from the store."""
    stored = blocks.at(block.start) if block.kind == "table" and is_top else None
    if stored is None:
        return block.children
    number = stored[0]
    if blocks.count_rows(number) > most_rows:
        return [block] * (most_rows + 1)
    return [row for _, row in blocks.rows(number, block.start, block.end)]


def _table(
    text: str,
    blocks: Blocks,
    document_id: int,
    block: Block,
    rows: Sequence[Block],
    name: str,
) -> RowTable:
    lead_in = [text[slice(*block.lead_in)]] if block.lead_in else []
    headings = [
        text[each.text_start : each.text_end] for each in blocks.headings_above(block.start)
    ]
    is_list = block.kind == "list"
    columns, cells = _items(text, rows) if is_list else _cells(text, rows)
    kept = [row for row in rows if not row.header]
    made = tuple(
        Row(
            start=row.text_start if is_list else row.start,
            end=row.text_end if is_list else row.end,
            number=0 if is_list else row.number or number,
            cells=own,
            block=row,
        )
        for number, (row, own) in enumerate(zip(kept, cells, strict=True), start=1)
    )
    table = RowTable(
        document_id=document_id,
        start=block.start,
        end=block.end,
        columns=columns,
        rows=made,
        context="\n".join([name, *headings, *lead_in]),
        is_list=is_list,
    )
    return without_total(table)


def _cells(text: str, rows: Sequence[Block]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Return the columns' names, and the cells of each row that is no header below them."""
    body = [row for row in rows if not row.header]
    keys = [list(column_keys([cell.label for cell in row.children])) for row in body]
    columns = list(dict.fromkeys(key for own in keys for key in own))
    cells = []
    for row, own in zip(body, keys, strict=True):
        placed = {
            key: Cell(
                start=cell.text_start, end=cell.text_end, text=text[cell.text_start : cell.text_end]
            )
            for key, cell in zip(own, row.children, strict=True)
        }
        cells.append(tuple(placed.get(key, EMPTY) for key in columns))
    return tuple(name for name, _ in columns), cells


def column_keys(names: Iterable[str]) -> Iterator[ColumnKey]:
    """Yield (name, which of that name) for each column; one without a name goes by its place."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        count = seen.get(name, 0)
        seen[name] = count + 1
        yield (name, count if name else place)


def _items(text: str, items: Sequence[Block]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Return a list as a column of items, or as two where most name something with its value."""
    pairs = []
    for item in items:
        own = text[item.text_start : item.text_end]
        marks = list(_SPLIT.finditer(own))
        cut = marks[-1] if marks else None
        stop, go_on = (cut.start(), cut.end()) if cut else (len(own), len(own))
        begin = item.text_start
        pairs.append(
            (
                Cell(start=begin, end=begin + stop, text=own[:stop]),
                Cell(start=begin + go_on, end=item.text_end, text=own[go_on:]),
            )
        )
    worth = column_values([second.text for _, second in pairs])
    if sum(value is not None for value in worth) >= _VALUES * len(pairs):
        return ("", ""), list(pairs)
    whole = [
        (
            Cell(
                start=item.text_start, end=item.text_end, text=text[item.text_start : item.text_end]
            ),
        )
        for item in items
    ]
    return ("",), list(whole)


@lru_cache(maxsize=_COLUMNS_KEPT)
def _kept_values(texts: tuple[str, ...]) -> tuple[Value | None, ...]:
    """Return the same as `_values`, which one question after the other asks of a table."""
    return _values(texts)


def _values(texts: tuple[str, ...]) -> tuple[Value | None, ...]:
    """Return what cells are worth, if most of those that say something are values of one kind."""
    found = column_values(texts)
    kinds: list[str] = [value.kind for value in found if value]
    said = sum(bool(text) for text in texts)
    kind = max(set(kinds), key=kinds.count) if kinds else ""
    # A price list may say "free" or "on request" as often as not, a name is hardly ever a number.
    wordy = len({text for text, value in zip(texts, found, strict=True) if text and not value})
    if kinds.count(kind) < _VALUES * said and (wordy > 2 or len(kinds) < 2):
        return (None,) * len(texts)
    return tuple(value if value and value.kind == kind else None for value in found)


def _are_names(values: Sequence[Value | None]) -> bool:
    """Say whether the numbers of a first column only tell the rows apart: rooms, start numbers.

    Letters that differ, like those of "2A" and "2B", are part of them and no unit.
    """
    numbers = [value for value in values if value and value.kind == "number"]
    letters = {value.unit for value in numbers}
    plain = letters <= {""} or (len(letters) > 1 and max(map(len, letters)) == 1)
    whole = all(value.low == value.high and value.low.is_integer() for value in numbers)
    names = {(value.low, value.unit) for value in numbers}
    return len(numbers) > 1 and plain and whole and len(names) == len(values)


def without_total(table: RowTable) -> RowTable:
    """Return the table without the row whose numbers add up those above it, however it is called.

    Nor with what stands below that one, like a budget or a note, if that is less than above.
    """
    if table.is_list:
        return table
    columns = [
        values
        for column, values in enumerate(table.values)
        if table.kind(column) == "number" and not (column == 0 and _counts_up(values))
    ]
    count = len(table.rows)
    for last in range(count - 1, max(1, count - 2 - _MOST_BELOW), -1):
        fewest = _FEWEST_ADDED if last == count - 1 else _FEWEST_ADDED_AMONG
        if _adds_up([values[: last + 1] for values in columns], fewest):
            return replace(table, rows=table.rows[:last])
    return table


def _counts_up(values: Sequence[Value | None]) -> bool:
    """Say whether each number is one more than the last: "Room 3" is not the sum of 1 and 2."""
    numbers = [value.low for value in values if value]
    return all(isclose(after - before, 1) for before, after in pairwise(numbers))


def _adds_up(columns: Sequence[Sequence[Value | None]], fewest: int) -> bool:
    """Say whether the last numbers of some columns are the sums of `fewest` or more above.

    In some of several they may be something between them, like the mean.
    """
    sums = others = 0
    for *above, last in columns:
        numbers = [value.low for value in above if value and value.kind == "number"]
        if last is None or len(numbers) < fewest:
            continue
        if isclose(sum(numbers), last.low, abs_tol=0.011):
            sums += 1
        elif min(numbers) <= last.low <= max(numbers):
            others += 1
        else:
            return False
    return sums > (1 if others else 0)
