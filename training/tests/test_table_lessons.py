"""What the checker learns from small tables."""

from random import Random

from training.documents import OWN
from training.pairs import CONTRADICTED, SUPPORTED, UNSETTLED
from training.table_lessons import (
    SmallTable,
    column_text,
    pairs_of_tables,
    row_text,
    small_tables,
)

TABLE = SmallTable(
    {
        "title": "Pool fees",
        "under": "Courses",
        "columns": ["Course", "Fee", "Day"],
        "rows": [["Frogs", "€52", "Wed"], ["Seals", "free", ""], ["Otters", "€70", "Sat"]],
        "asked": [["dearest one", "Fee"], ["how deep is it", ""]],
        "meant": [["which cost nothing", [1]]],
    }
)
OTHER = SmallTable(TABLE.fields | {"columns": ["Ship", "Length", "Flag"], "asked": [], "meant": []})


def _drawn(tables):
    return [pair for seed in range(80) for pair in pairs_of_tables(tables, Random(seed))]


def test_a_column_is_supported_where_the_question_is_about_it():
    labels = {(p.said, p.text.split(":")[0]): p.label for p in _drawn([TABLE, OTHER])}
    assert labels["dearest one", "Column Fee"] == SUPPORTED
    assert labels["dearest one", "Column Day"] == UNSETTLED
    assert labels["dearest one", "Column Length"] == UNSETTLED, "of another table"
    assert labels["how deep is it", "Column Fee"] == UNSETTLED


def test_a_row_is_supported_where_the_question_means_it():
    rows = [p for p in _drawn([TABLE]) if p.source == "row"]
    assert {p.label for p in rows if "Seals" in p.text} == {SUPPORTED}
    assert {p.label for p in rows if "Seals" not in p.text} == {CONTRADICTED}
    named = "Row Course: Seals; Fee: free. Pool fees. Courses"
    assert {p.text for p in rows if "Seals" in p.text} == {
        named,
        "Row Seals; free. Pool fees. Courses",
    }


def test_a_column_is_shown_with_a_cell_and_a_row_with_its_columns():
    assert TABLE.column(1) == column_text("Pool fees. Courses", "Fee", "€52")
    assert TABLE.row(0) == row_text(
        "Pool fees. Courses", TABLE.fields["columns"], ["Frogs", "€52", "Wed"]
    )


def test_a_tenth_of_the_tables_is_held_out():
    train, held = small_tables(OWN / "tables")
    assert 0.05 < len(held) / (len(train) + len(held)) < 0.15
    assert {t.fields["title"] for t in train}.isdisjoint(t.fields["title"] for t in held)
