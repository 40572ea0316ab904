"""What a library holds, as a value that can be compared, and whether it is whole."""

from rag.documents.library import open_library
from rag.documents.load import find_sources

MAX_BYTES = 20_000_000


def write_documents(folder, count, sentences=12):
    """Write documents of several passages each, every one with words of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        lines = [
            f"Sentence {line} of document {number} says that the value is {number * 1000 + line}."
            for line in range(sentences)
        ]
        (folder / f"d{number:02}.txt").write_text(" ".join(lines), encoding="utf-8")
    return folder


def refresh(library, folder, embedder, **options):
    sources, _ = find_sources([folder])
    return library.refresh(
        sources, embedder=embedder, max_document_bytes=MAX_BYTES, passage_tokens=40, **options
    )


def open_at(path, embedder_id="fake", passage_tokens=40):
    return open_library(path, embedder_id=embedder_id, passage_tokens=passage_tokens)


def content_of(library):
    """Return name -> (sha256, text, passages with their vectors), without ids."""
    content = {}
    ids, rows = library.vectors()
    vectors = dict(zip(ids.tolist(), [row.tobytes() for row in rows], strict=True))
    passages = library.passages(ids.tolist())
    for document in library.documents():
        content[document.name] = (
            document.sha256,
            library.text(document.id),
            [
                (passage.start, passage.end, passage.text, passage.sentences, vectors[passage.id])
                for passage in passages
                if passage.document_id == document.id
            ],
        )
    return content


def check_whole(library, embedder):
    """Assert that the file is sound and that each document in it is complete."""
    connection = library._database.connection
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.execute("INSERT INTO words(words) VALUES ('integrity-check')")
    ids, rows = library.vectors()
    words = [row[0] for row in connection.execute("SELECT rowid FROM words ORDER BY rowid")]
    assert words == ids.tolist()
    assert library.passage_count() == len(ids) == len(rows)
    passages = library.passages(ids.tolist())
    assert len(passages) == len(ids)
    for passage, row in zip(passages, rows, strict=True):
        assert row.tobytes() == embedder.embed([passage.text])[0].tobytes()
    for document in library.documents():
        text = library.text(document.id)
        position = 0
        own = [passage for passage in passages if passage.document_id == document.id]
        assert len(own) == document.passages > 0
        for passage in own:
            assert text[position : passage.start].strip() == ""
            assert text[passage.start : passage.end] == passage.text
            position = passage.end
        assert text[position:].strip() == ""
