"""Libraries and conversations cut short or damaged anywhere: right answers or one clear line."""

import random
import sqlite3

import numpy as np
import pytest
from fake_embedder import FakeEmbedder
from fake_models import FakeReader, pipeline_over
from kept_turns import quoted
from library_content import open_at, refresh, vectors_in, write_documents

from rag.conversations.records import FinishedTurn
from rag.conversations.store import ConversationStore
from rag.errors import ConversationError, RagError
from rag.library.library import HomeLibrary

PAGE = 4096


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    folder = write_documents(tmp_path_factory.mktemp("damage") / "docs", 6, 30)
    (folder / "list.md").write_text(
        "# Kinds\n\nThese are the kinds:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    return folder


@pytest.fixture(scope="module")
def whole(docs, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "l.sqlite"
    with open_at(path) as library:
        refresh(library, docs, FakeEmbedder())
    return settled(path)


def settled(path):
    """Return the bytes of a file, with all that is in its log."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


def damaged(data, number):
    """Return the bytes with one kind of damage or another, the same for the same number."""
    chance = random.Random(number)
    found = bytearray(data)
    place, other = (PAGE * chance.randrange(len(data) // PAGE) for _ in range(2))
    kind = chance.choice(("cut", "cut at a page", "flip", "zero", "noise", "swap"))
    if kind == "cut":
        del found[chance.randrange(len(found)) :]
    elif kind == "cut at a page":
        del found[place:]
    elif kind == "flip":
        for _ in range(chance.choice((1, 10, 100))):
            found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    elif kind == "swap":
        found[place : place + PAGE], found[other : other + PAGE] = (
            data[other : other + PAGE],
            data[place : place + PAGE],
        )
    else:
        start, length = chance.randrange(len(found)), chance.choice((1, 16, 512, PAGE, 20_000))
        put = chance.randbytes(length) if kind == "noise" else bytes(length)
        found[start : start + length] = put[: len(found) - start]
    return bytes(found)


def use(path, docs):
    """Do with a library all that is done with one."""
    with open_at(path) as library:
        for document in library.documents():
            library.text(document.id)
            library.blocks(document.id).all()
            library.title(document.id)
            library.page(document.id, 3)
            library.regions(document.id)
            library.warnings(document.id)
        library.passages(vectors_in(library)[0].tolist())
        pipeline = pipeline_over(library, FakeReader({"the value is": 4.0}))
        answer = pipeline.ask("Which value does document 1 have in sentence 3?")
        for citation in answer.citations:
            file = docs / citation.document
            assert citation.quote == file.read_text()[citation.start : citation.end]
        refresh(library, docs, FakeEmbedder())


@pytest.mark.parametrize("number", range(60))
def test_damaged_library_is_one_line_or_no_matter(whole, docs, tmp_path, number):
    path = tmp_path / "l.sqlite"
    path.write_bytes(damaged(whole, number))
    try:
        use(path, docs)
    except RagError as error:
        assert "\n" not in str(error)
        assert str(error).startswith(f"{path}: ")


@pytest.fixture
def library(whole, tmp_path):
    path = tmp_path / "l.sqlite"
    path.write_bytes(whole)
    with open_at(path) as library:
        yield library


def change(library: HomeLibrary, statement):
    with library._database.transaction() as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE documents SET page_starts = '[1, '", lambda library: library.page(1, 0)),
        ("UPDATE documents SET regions = '[[1]]'", lambda library: library.regions(1)),
        ("UPDATE documents SET warnings = x'00ff'", lambda library: library.warnings(1)),
        ("UPDATE passages SET sentences = '[[1]]'", lambda library: library.passages([1])),
        ("UPDATE passages SET segments = 'x'", lambda library: library.passages([1])),
        ("UPDATE blocks SET block = '[]'", lambda library: library.blocks(1).all()),
        ("UPDATE blocks SET block = '{'", lambda library: library.blocks(1).at(0)),
        ("UPDATE meta SET value = 'x' WHERE key LIKE 'content%'", HomeLibrary.version),
        (
            "UPDATE meta SET value = 'x' WHERE key = 'dimension'",
            lambda library: library.nearest(np.ones(16, np.float32), 1),
        ),
        ("UPDATE documents SET text = replace(text, 'e', 'a')", lambda library: library.text(1)),
        (
            "UPDATE documents SET text = replace(text, 'e', 'a')",
            lambda library: library.text_if(1, library.text_sha256(1)),
        ),
        (
            "UPDATE documents SET title = cast(x'ff41' AS TEXT)",
            lambda library: library.title(1),
        ),
    ],
)
def test_damaged_value_is_one_line(library, statement, read):
    change(library, statement)
    with pytest.raises(RagError) as caught:
        read(library)
    assert str(caught.value) == f"{library.path}: damaged; delete the file to index again"


def test_quote_is_never_cut_from_another_text(library):
    """A single letter that the disk changed: neither quoted nor shown."""
    pipeline = pipeline_over(library, FakeReader({"the value is": 4.0}))
    question = "Which value does document 1 have in sentence 3?"
    assert "the value is" in pipeline.ask(question).text
    change(library, "UPDATE documents SET text = replace(text, 'the value', 'thy value')")
    with pytest.raises(RagError, match="damaged; delete the file to index again"):
        pipeline.ask(question)


def finished(question):
    return FinishedTurn(
        question=question, answer=quoted(question), note="", threshold=0.1, documents=()
    )


@pytest.mark.parametrize("number", range(40))
def test_damaged_conversations_are_one_line_or_no_matter(tmp_path, number):
    path = tmp_path / "conversations.sqlite"
    store = ConversationStore(path)
    for each in range(12):
        store.append("me", each // 4 + 1 if each % 4 else None, finished(f"Question {each}?"))
    store.close()
    path.write_bytes(damaged(settled(path), number))
    try:
        store = ConversationStore(path)
        for conversation in store.conversations("me"):
            store.load("me", conversation.id)
            store.rename("me", conversation.id, "Another")
        store.append("me", 1, finished("And now?"))
        store.delete("me", 2)
        store.close()
    except ConversationError as error:
        assert "\n" not in str(error)
        assert str(path) in str(error) or "not there" in str(error)
