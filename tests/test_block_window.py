"""What the library gives out of a document's blocks for a window of its text."""

from dataclasses import replace

from fake_models import fill_library

from rag.datatypes import Block
from rag.documents.load import find_sources, read_document
from rag.library import indexing


def test_blocks_between_are_those_that_touch_and_tables_bring_the_rows_that_do(tmp_path, embedder):
    docs = tmp_path / "docs"
    docs.mkdir()
    rows = "\n".join(f"| n{number} | {number} |" for number in range(50))
    text = f"# One\n\nFirst.\n\n| Name | Size |\n|---|---|\n{rows}\n\n- a\n- b\n\nLast.\n"
    (docs / "a.md").write_text(text, encoding="utf-8")
    with fill_library(tmp_path / "l.sqlite", docs, embedder) as library:
        (document,) = library.documents()
        blocks = library.blocks(document.id)
        assert [block.kind for block in blocks.between(0, len(text))] == [
            *("heading", "paragraph", "table", "list", "paragraph")
        ]
        assert blocks.between(0, len(text)) == list(blocks.all())
        place = text.index("| n40 |")
        (table,) = blocks.between(place, place + 3)
        assert [cells(text, row) for row in table.children] == [["Name", "Size"], ["n40", "40"]]
        assert [block.kind for block in blocks.between(text.index("First"), place)] == [
            *("paragraph", "table")
        ]
        assert blocks.between(len(text), len(text) + 1) == []


def cells(text: str, row: Block) -> list[str]:
    return [text[cell.text_start : cell.text_end] for cell in row.children]


def test_what_could_not_be_read_is_told_once_with_the_document(tmp_path, embedder, monkeypatch):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("Some words.", encoding="utf-8")
    line = "page 3 is a picture"

    def read_with_warning(source, *, max_bytes):
        return replace(read_document(source, max_bytes=max_bytes), warnings=(line,))

    monkeypatch.setattr(indexing, "read_document", read_with_warning)
    finished = []
    with fill_library(tmp_path / "l.sqlite", None, embedder) as library:
        options = {
            "embedder": embedder,
            "max_document_bytes": 1_000,
            "passage_tokens": 40,
            "finished": finished.append,
        }
        sources = find_sources([docs]).sources
        first = indexing.refresh(library, sources, **options)
        again = indexing.refresh(library, sources, **options)
    assert (first.warnings, again.warnings) == ([("a.txt", line)], [])
    assert [(file.outcome, file.warnings) for file in finished] == [
        ("added", (line,)),
        ("unchanged", ()),
    ]
