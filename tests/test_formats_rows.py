"""The rows of a document's tables know their number in the original."""

from rag.documents.formats.writer import DocumentWriter


def test_rows_keep_their_number():
    writer = DocumentWriter(1_000)
    writer.row(["Name", "Fee"], header=True, number=3)
    writer.row(["Anna", "500"], number=4)
    writer.end_group()
    writer.record([("Name", "Eva")], number=12)
    tables = writer.result().blocks
    assert [[row.number for row in table.children] for table in tables] == [[3, 4], [12]]


def test_names_of_columns_over_two_rows_are_one():
    writer = DocumentWriter(1_000)
    writer.row(["Team", "First", "First"], header=True)
    writer.row(["Team", "Plan", "Real"], header=True)
    writer.row(["Red", "1", "2"])
    (table,) = writer.result().blocks
    assert [cell.label for cell in table.children[2].children] == [
        "Team",
        "First Plan",
        "First Real",
    ]
