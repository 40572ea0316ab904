"""Blocks in a library's file: as they were written, and read a few at a time."""

import sqlite3
from bisect import bisect_right

import pytest
from generated_documents import documents, written
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.datatypes import Block
from rag.library import block_store
from rag.library.block_store import StoredBlocks, put_blocks
from rag.library.schema import Database


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return Database(tmp_path_factory.mktemp("blocks") / "l.sqlite")


def store(database, blocks):
    """Keep the blocks in place of all that were kept before."""
    with database.transaction() as connection:
        connection.execute("DELETE FROM blocks")
        connection.execute(
            "INSERT OR IGNORE INTO documents VALUES "
            "(7, '', '', '', 0, 0, '', 0, '', '', '', '', '', '', '')"
        )
        put_blocks(connection, 7, blocks)
    return StoredBlocks(database.query, 7)


def block(kind, start, end, *children, **fields):
    own = {"text_start": start, "text_end": end} | fields
    return Block(kind=kind, start=start, end=end, children=children, **own)


offsets = st.integers(0, 10**7)
fields = {
    "kind": st.sampled_from(
        ["heading", "paragraph", "list", "item", "row", "cell", "code", "turn"]
    ),
    "start": offsets,
    "end": offsets,
    "text_start": offsets,
    "text_end": offsets,
    "level": st.integers(0, 6),
    "label": st.text(st.characters(codec="utf-8"), max_size=9),
    "header": st.booleans(),
    "ordered": st.booleans(),
    "lead_in": st.none() | st.tuples(offsets, offsets),
    "number": offsets,
}
trees = st.recursive(
    st.builds(Block, **fields),
    lambda inner: st.builds(Block, **fields, children=st.lists(inner, max_size=4).map(tuple)),
    max_leaves=15,
)


@settings(max_examples=75, deadline=None)
@given(trees)
def test_a_block_of_any_fields_and_children_comes_back(database, tree):
    assert store(database, [tree]).all() == (tree,)


@settings(max_examples=75, deadline=None)
@given(documents)
def test_blocks_of_any_document_come_back_all_and_one_by_one(database, document):
    stored = store(database, document.blocks)
    assert stored.all() == document.blocks
    assert stored.headings() == [each for each in document.blocks if each.kind == "heading"]
    for number, each in enumerate(document.blocks):
        rows = each.children if each.kind == "table" else ()
        found = stored.at(each.start)
        assert found[0] == number
        assert (found[1].kind, found[1].start, found[1].end) == (each.kind, each.start, each.end)
        assert found[1].children == (() if rows else each.children)
        if each.kind == "table":
            assert [row for _, row in stored.rows(number, each.start, each.end)] == list(rows)
            assert stored.count_rows(number) == sum(not row.header for row in rows)


@settings(max_examples=75, deadline=None)
@given(documents, st.data())
def test_at_and_after_are_those_of_the_offsets(database, document, data):
    stored = store(database, document.blocks)
    offset = data.draw(st.integers(0, len(document.text) + 1))
    starts = [each.start for each in document.blocks]
    before = bisect_right(starts, offset) - 1
    found, following = stored.at(offset), stored.after(offset)
    assert (found and found[0]) == (None if before < 0 else before)
    after = next((n for n, start in enumerate(starts) if start >= offset), None)
    assert (following and following[0]) == after


@settings(max_examples=75, deadline=None)
@given(documents, st.data())
def test_the_headings_above_are_the_open_ones(database, document, data):
    """Of each lower level the last one before, unless a higher one came since."""
    stored = store(database, document.blocks)
    offset = data.draw(st.integers(0, len(document.text) + 1))
    above = []
    for each in document.blocks:
        if each.kind == "heading" and each.start <= offset:
            above = [*(other for other in above if other.level < each.level), each]
    assert stored.headings_above(offset) == above


@settings(max_examples=75, deadline=None)
@given(documents, st.data())
def test_between_are_the_blocks_that_touch_with_the_rows_that_do(database, document, data):
    stored = store(database, document.blocks)
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    found = stored.between(start, end)
    expected = [each for each in document.blocks if each.start < end and each.end > start]
    assert [(each.kind, each.start) for each in found] == [(e.kind, e.start) for e in expected]
    for each, whole in zip(found, expected, strict=True):
        if each.kind == "table":
            assert each.children == tuple(
                row
                for place, row in enumerate(whole.children)
                if (row.start < end and row.end > start) or (place == 0 and row.header)
            )
        else:
            assert each == whole


def test_the_headings_above_by_hand(database):
    document = written(
        [
            ("heading", 1, "One"),
            ("heading", 3, "Deep"),
            ("heading", 2, "Two"),
            ("paragraph", "Here."),
            ("heading", 1, "Three"),
        ]
    )
    stored = store(database, document.blocks)
    names = [
        [document.text[each.text_start : each.text_end] for each in stored.headings_above(offset)]
        for offset in (each.start for each in document.blocks)
    ]
    assert names == [["One"], ["One", "Deep"], ["One", "Two"], ["One", "Two"], ["Three"]]
    assert store(database, ()).headings_above(5) == []


def table(count, **header):
    """A table of rows of ten characters, two cells each; the first may name the columns."""
    rows = [
        block(
            "row",
            10 * number,
            10 * number + 9,
            block("cell", 10 * number + 1, 10 * number + 4, label="Name"),
            block("cell", 10 * number + 5, 10 * number + 8, label="Fee"),
            number=number + 1,
            header=bool(header) and number == 0,
        )
        for number in range(count)
    ]
    return block("table", 0, 10 * count - 1, *rows)


@pytest.mark.parametrize(
    ("start", "end", "numbers"),
    [
        (0, 1, [0]),
        (3, 25, [0, 1, 2]),
        (30, 31, [0, 3]),  # the first names the columns
        (39, 40, [0]),  # the line break after row 3 is in no row
        (38, 41, [0, 3, 4]),
        (40, 49, [0, 4]),
        (99, 120, [0]),
    ],
)
def test_rows_that_touch_come_with_the_one_that_names_the_columns(database, start, end, numbers):
    stored = store(database, [table(5, header=True)])
    assert [number for number, _ in stored.rows(0, start, end)] == numbers
    plain = store(database, [table(5)])
    kept = [n for n in numbers if n or start < 9]
    assert [number for number, _ in plain.rows(0, start, end)] == kept


def test_rows_of_another_table_or_document_are_apart(database):
    one, other = table(3, header=True), block("table", 40, 49, block("row", 40, 49))
    stored = store(database, [one, other])
    assert [row.start for _, row in stored.rows(1, 0, 99)] == [40]
    assert (stored.count_rows(0), stored.count_rows(1)) == (2, 1)
    assert stored.count_rows(2) == 0
    assert stored.rows(2, 0, 99) == []
    assert StoredBlocks(database.query, 8).all() == ()
    assert StoredBlocks(database.query, 8).at(5) is None


def test_two_rows_that_name_the_columns_do_not_count(database):
    heads = [block("row", 0, 3, header=True), block("row", 4, 7, header=True)]
    stored = store(database, [block("table", 0, 11, *heads, block("row", 8, 11))])
    assert stored.count_rows(0) == 1


def test_of_thirty_thousand_rows_a_few_are_read(monkeypatch):
    """Counted in rows that are decoded and in steps of SQLite, each call apart."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE blocks (document_id, parent, start, number, kind, level, block, "
        "PRIMARY KEY (document_id, parent, start, number)) WITHOUT ROWID"
    )
    put_blocks(connection, 1, [table(30_000, header=True), block("paragraph", 10**6, 10**6 + 5)])
    steps, decoded = [], []
    connection.set_progress_handler(lambda: steps.append(100), 100)
    decode = block_store._decode
    monkeypatch.setattr(block_store, "_decode", lambda each: decoded.append(1) or decode(each))
    stored = StoredBlocks(lambda sql, *of: connection.execute(sql, of).fetchall(), 1)
    for ask, expected in [
        (lambda: [number for number, _ in stored.rows(0, 299_903, 299_912)], [0, 29_990, 29_991]),
        (lambda: stored.count_rows(0), 29_999),
        (lambda: stored.at(299_903)[0], 0),
        (lambda: stored.after(299_903)[0], 1),
        (lambda: stored.headings_above(299_903), []),
    ]:
        steps.clear()
        decoded.clear()
        assert ask() == expected
        assert sum(steps) < 1_000
        assert len(decoded) <= 30  # rows with their cells
