"""What a library holds, as a value that can be compared, and whether it is whole."""

import numpy as np
from outline import check_blocks

from rag.datatypes import Document
from rag.documents.load import find_sources
from rag.documents.split import split_passages
from rag.library import indexing
from rag.library.library import open_library

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
    sources = find_sources([folder]).sources
    return indexing.refresh(
        library,
        sources,
        embedder=embedder,
        max_document_bytes=MAX_BYTES,
        passage_tokens=40,
        **options,
    )


def open_at(path, embedder_id="fake", passage_tokens=40):
    return open_library(path, embedder_id=embedder_id, passage_tokens=passage_tokens)


def vectors_in(library):
    """Return the passages' ids, ascending, and their unit rows."""
    rows = library._database.query("SELECT id FROM vectors ORDER BY id")
    ids = np.array([passage_id for (passage_id,) in rows], dtype=np.int64)
    return ids, library.rows(ids.tolist())


def content_of(library):
    """Return name -> (sha256, text, blocks, passages with their vectors), without ids."""
    content = {}
    ids, rows = vectors_in(library)
    vectors = dict(zip(ids.tolist(), [row.tobytes() for row in rows], strict=True))
    passages = library.passages(ids.tolist())
    for document in library.documents():
        content[document.name] = (
            document.sha256,
            library.text(document.id),
            library.blocks(document.id).all(),
            [
                (
                    passage.start,
                    passage.end,
                    passage.text,
                    passage.sentences,
                    passage.kinds,
                    passage.view,
                    passage.segments,
                    vectors[passage.id],
                )
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
    ids, rows = vectors_in(library)
    words = [row[0] for row in connection.execute("SELECT rowid FROM words ORDER BY rowid")]
    assert words == ids.tolist()
    assert library.passage_count() == len(ids) == len(rows)
    passages = library.passages(ids.tolist())
    assert len(passages) == len(ids)
    vectors = dict(zip(ids.tolist(), rows, strict=True))
    for info in library.documents():
        own = [passage for passage in passages if passage.document_id == info.id]
        assert len(own) == info.passages > 0
        document = stored_document(library, info)
        check_blocks(document.text, document.blocks)
        drafts = split_passages(document, embedder, passage_tokens_of(library))
        for passage, draft in zip(own, drafts, strict=True):
            assert document.text[passage.start : passage.end] == passage.text
            for name in ("start", "end", "sentences", "kinds", "view", "segments"):
                assert getattr(passage, name) == getattr(draft, name)
            assert vectors[passage.id].tobytes() == vector_of(draft, embedder).tobytes()


def stored_document(library, info):
    return Document(
        source=info.source,
        name=info.name,
        sha256=info.sha256,
        text=library.text(info.id),
        blocks=library.blocks(info.id).all(),
        title=library.title(info.id),
    )


def passage_tokens_of(library):
    """As `splitter` of the library's recipe says it: "blocks-1, 40 tokens"."""
    return int(library.recipe["splitter"].split()[1])


def vector_of(draft, embedder):
    """The vector of the words with what stands above them, as one text."""
    return embedder.embed([draft.view])[0]
