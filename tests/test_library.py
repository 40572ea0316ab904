"""The library: what it holds after each kind of change, and its searches."""

import threading

import numpy as np
import pytest
from library_content import check_whole, content_of, open_at, refresh, vectors_in, write_documents

from rag.documents.load import Source
from rag.library import indexing
from rag.library.word_query import match_terms


@pytest.fixture
def docs(tmp_path):
    return write_documents(tmp_path / "docs", 3)


@pytest.fixture
def library(tmp_path):
    with open_at(tmp_path / "home/l.sqlite") as opened:
        yield opened


def write(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8", newline="")


def test_open_library_is_empty_at_first(library):
    ids, rows = vectors_in(library)
    assert (ids.shape, ids.dtype, rows.shape, rows.dtype) == ((0,), np.int64, (0, 0), np.float32)
    assert library.documents() == []
    assert library.passage_count() == 0
    assert library.matching("value", 5) == []
    assert library.passages([1]) == []
    assert not library.stale


def test_refresh_keeps_text_passages_words_and_vectors(library, docs, embedder):
    changes = refresh(library, docs, embedder)
    assert changes.added == ["d00.txt", "d01.txt", "d02.txt"]
    assert (changes.changed, changes.removed, changes.unchanged, changes.skipped) == (
        [],
        [],
        [],
        [],
    )
    check_whole(library, embedder)
    (first, *_) = library.documents()
    assert library.text(first.id) == (docs / "d00.txt").read_text()
    assert library.document_name(first.id) == "d00.txt"
    assert first.source == str(docs / "d00.txt")
    assert first.characters == first.bytes == len(library.text(first.id))
    assert library.page(first.id, 10) is None
    ids, rows = vectors_in(library)
    assert ids.tolist() == sorted(ids.tolist())
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_documents_can_be_asked_for_by_id_and_by_source(library, tmp_path, embedder):
    folder = tmp_path / "three"
    folder.mkdir()
    for name in ("b.txt", "a.txt", "c.txt"):
        (folder / name).write_text(f"This is {name}.")
    refresh(library, folder, embedder)
    a, b, c = library.documents()
    assert [each.name for each in (a, b, c)] == ["a.txt", "b.txt", "c.txt"]
    assert library.documents(ids=[c.id, a.id, 99]) == [a, c]
    assert library.documents(sources=[b.source, "/elsewhere"]) == [b]
    assert library.documents(ids=[]) == []
    assert library.first_names(2) == {a.id: "a.txt", b.id: "b.txt"}
    assert library.document_count() == 3
    assert [each.name for each in library.known_files(2, [c.id])] == ["c.txt", "a.txt"]
    assert (library.holds(b.sha256), library.holds("nobody's")) == (True, False)


def test_refresh_keeps_any_text_exactly(library, tmp_path, embedder):
    text = "Ça va 😀?\r\nOui.\r\rNon…\n\n中文句子。第二句。"
    write(tmp_path / "docs", "a.txt", text)
    refresh(library, tmp_path / "docs", embedder)
    (document,) = library.documents()
    assert library.text(document.id) == text
    assert (document.characters, document.bytes) == (len(text), len(text.encode()))
    check_whole(library, embedder)


def test_refresh_without_changes_embeds_nothing_and_keeps_the_version(library, docs, embedder):
    refresh(library, docs, embedder)
    version, embedded = library.version(), len(embedder.embedded)
    changes = refresh(library, docs, embedder)
    assert changes.unchanged == ["d00.txt", "d01.txt", "d02.txt"]
    assert (changes.added, changes.changed, changes.removed) == ([], [], [])
    assert len(embedder.embedded) == embedded
    assert library.version() == version


def test_refresh_embeds_only_the_passages_that_are_new(library, docs, embedder):
    refresh(library, docs, embedder)
    old = {passage.text for passage in library.passages(vectors_in(library)[0].tolist())}
    version = library.version()
    embedder.embedded.clear()
    text = (docs / "d01.txt").read_text()
    (docs / "d01.txt").write_text(text + "\n\n# New\n\n" + "The last sentence is quite new. " * 6)
    changes = refresh(library, docs, embedder)
    assert changes.changed == ["d01.txt"]
    assert changes.unchanged == ["d00.txt", "d02.txt"]
    assert 0 < len(embedder.embedded) < 5
    assert not old & set(embedder.embedded)
    assert library.version() != version
    check_whole(library, embedder)


def test_refresh_gives_ids_that_no_passage_had_before(library, docs, embedder):
    refresh(library, docs, embedder)
    before = set(vectors_in(library)[0].tolist())
    text = (docs / "d02.txt").read_text()
    (docs / "d02.txt").write_text(text.replace("document", "paper"))
    refresh(library, docs, embedder)
    after = set(vectors_in(library)[0].tolist())
    assert after - before
    assert min(after - before) > max(before)


def test_refresh_removes_what_is_gone(library, docs, embedder):
    refresh(library, docs, embedder)
    assert len(library.matching("1000", 5)) == 1  # only d01.txt has this number
    (docs / "d01.txt").unlink()
    changes = refresh(library, docs, embedder)
    assert changes.removed == ["d01.txt"]
    assert [document.name for document in library.documents()] == ["d00.txt", "d02.txt"]
    assert library.matching("1000", 5) == []
    check_whole(library, embedder)


def test_refresh_changes_only_the_name_when_only_the_name_changed(library, docs, embedder):
    refresh(library, docs, embedder)
    ids, version = vectors_in(library)[0].tolist(), library.version()
    changes = indexing.refresh(
        library,
        [Source(path=docs / "d00.txt", name="docs/d00.txt")],
        embedder=embedder,
        max_document_bytes=10_000,
        passage_tokens=40,
    )
    assert changes.unchanged == ["docs/d00.txt"]
    assert [document.name for document in library.documents()] == ["docs/d00.txt"]
    assert set(vectors_in(library)[0].tolist()) < set(ids)
    assert library.version() != version


def test_refresh_skips_and_forgets_a_document_that_became_unreadable(library, docs, embedder):
    refresh(library, docs, embedder)
    (docs / "d00.txt").write_bytes(b"\x00\x01\x02")
    (docs / "new.txt").write_bytes(b"")
    changes = refresh(library, docs, embedder)
    assert [name for name, _ in changes.skipped] == ["d00.txt", "new.txt"]
    assert changes.skipped[0][1].startswith("d00.txt: it has zero bytes")
    assert [document.name for document in library.documents()] == ["d01.txt", "d02.txt"]
    check_whole(library, embedder)


def test_refresh_reports_progress_of_each_document(library, docs, embedder):
    seen = []
    refresh(library, docs, embedder, progress=seen.append)
    assert [(one.name, one.number, one.documents) for one in seen if one.embedded == 0] == [
        ("d00.txt", 1, 3),
        ("d01.txt", 2, 3),
        ("d02.txt", 3, 3),
    ]
    last = library.documents()[-1].passages
    assert (seen[-1].name, seen[-1].embedded, seen[-1].passages) == ("d02.txt", last, last)


def test_small_documents_are_embedded_together(library, tmp_path, embedder):
    folder = write_documents(tmp_path / "docs", 70, sentences=1)
    calls = []
    embed = embedder.embed
    embedder.embed = lambda texts: calls.append(len(texts)) or embed(texts)
    refresh(library, folder, embedder)
    assert calls == [32, 32, 6]
    check_whole(library, embedder)


def test_refresh_stops_when_cancelled_and_keeps_whole_batches(library, tmp_path, embedder):
    folder = write_documents(tmp_path / "docs", 40, sentences=1)
    cancel = threading.Event()
    changes = refresh(
        library,
        folder,
        embedder,
        cancel=cancel,
        progress=lambda progress: cancel.set() if progress.number == 35 else None,
    )
    assert changes.added == [f"d{number:02}.txt" for number in range(32)]
    check_whole(library, embedder)
    assert len(refresh(library, folder, embedder).added) == 8


def test_refresh_interrupted_by_the_keyboard_keeps_whole_batches(library, tmp_path, embedder):
    folder = write_documents(tmp_path / "docs", 40, sentences=1)

    def interrupt(progress):
        if progress.number == 35:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(library, folder, embedder, progress=interrupt)
    assert len(library.documents()) == 32
    check_whole(library, embedder)
    assert len(refresh(library, folder, embedder).added) == 8


def test_passages_come_in_the_order_asked_without_those_that_are_gone(library, docs, embedder):
    refresh(library, docs, embedder)
    ids = vectors_in(library)[0].tolist()
    wanted = [ids[3], 10**9, ids[0]]
    assert [passage.id for passage in library.passages(wanted)] == [ids[3], ids[0]]


def test_search_words_ranks_by_bm25_then_id(library, tmp_path, embedder):
    write(tmp_path / "docs", "a.txt", "The cat sat.")
    write(tmp_path / "docs", "b.txt", "The dog and the cat slept.")
    write(tmp_path / "docs", "c.txt", "The cat sat.")
    for name in "defgh":
        write(tmp_path / "docs", f"{name}.txt", "Nothing of that kind.")
    refresh(library, tmp_path / "docs", embedder)
    # a and c are shorter than b, and equal; dogs is only in b, as dog.
    assert [found[0] for found in library.matching("cats?", 5)] == [1, 3, 2]
    scores = [found[1] for found in library.matching("cats?", 5)]
    assert scores[0] == scores[1] > scores[2] > 0
    assert [found[0] for found in library.matching("which dogs, cats", 5)] == [2, 1, 3]
    assert [found[0] for found in library.matching("cats", 1)] == [1]


@pytest.mark.parametrize(
    "question",
    ['"', "* AND (", "NEAR(a b)", "text:x -y ^z", "'; DROP TABLE words; --", "\x00", "a" * 2000],
)
def test_search_words_takes_no_question_for_syntax(library, docs, embedder, question):
    refresh(library, docs, embedder)
    expected = library.matching("1000", 5)
    assert len(expected) == 1
    assert library.matching(f"{question} 1000", 5) == expected


@pytest.mark.parametrize("question", ["", "?!… ++", "   ", "😀"])
def test_search_words_finds_nothing_without_words(library, docs, embedder, question):
    refresh(library, docs, embedder)
    assert match_terms(question) == []
    assert library.matching(question, 5) == []


@pytest.mark.parametrize(
    ("question", "expression"),
    [
        ("What did the US say about Ukraine's army?", '"US" OR "Ukraine" OR "army"'),
        ("Who are you?", '"Who" OR "are" OR "you"'),
        ("WHAT IS IN THE PLAN?", '"PLAN"'),
        ("peace-plan Peace PLAN 2/3", '"Peace" OR "PLAN" OR "2" OR "3"'),
        ("हिन्दी C++", '"हिन्दी" OR "C"'),
    ],
)
def test_match_terms_quotes_telling_words_once(question, expression):
    assert " OR ".join(match_terms(question)) == expression


def test_search_words_ignores_accents(library, tmp_path, embedder):
    write(tmp_path / "docs", "a.txt", "Le café de Zürich.")
    refresh(library, tmp_path / "docs", embedder)
    assert [found[0] for found in library.matching("cafe zurich", 5)] == [1]


def test_page_counts_from_one(library, tmp_path, embedder):
    write(tmp_path / "docs", "a.txt", "Page one. Page two.")
    refresh(library, tmp_path / "docs", embedder)
    with library._database.transaction() as connection:  # no kind that is read yet has pages
        connection.execute("UPDATE documents SET page_starts = '[0, 10]'")
    (document,) = library.documents()
    assert [library.page(document.id, offset) for offset in (0, 9, 10, 18)] == [1, 1, 2, 2]


LEASE = "# Lease\n\n## 2 Fees\n\nThese:\n\n- a rent\n- a deposit\n"


@pytest.fixture
def lease(library, tmp_path, embedder):
    write(tmp_path / "docs", "lease.md", LEASE)
    refresh(library, tmp_path / "docs", embedder)
    (document,) = library.documents()
    return document


def test_a_document_keeps_its_title_and_blocks(library, lease):
    assert library.title(lease.id) == "Lease"
    blocks = library.blocks(lease.id)
    assert [block.kind for block in blocks.all()] == ["heading", "heading", "paragraph", "list"]
    assert [LEASE[block.text_start : block.text_end] for block in blocks.headings()] == [
        "Lease",
        "2 Fees",
    ]
    assert (blocks.at(LEASE.index("rent"))[0], blocks.after(0)[0]) == (3, 0)
    assert library.regions(lease.id) == library.warnings(lease.id) == ()


def test_a_passage_has_its_view_and_what_it_is_made_of(library, lease):
    (passage,) = library.passages(vectors_in(library)[0].tolist())
    assert passage.view == "Lease\n2 Fees\nThese:\na rent\na deposit"
    assert passage.kinds == ("heading", "heading", "sentence", "item", "item")
    assert passage.text_sha256 == library.text_sha256(lease.id)
    start = passage.view.index("a deposit")
    left, right = passage.places(start, len(passage.view))
    assert LEASE[left:right] == "a deposit"


def test_words_of_the_path_find_a_passage(library, tmp_path, embedder):
    """Of several passages of the document only the first says its name."""
    write(tmp_path / "docs", "a.md", "# Brindle\n\nIt floats. " + "It sails very well. " * 20)
    write(tmp_path / "docs", "b.md", "# Other\n\nIt is so. " + "It goes very well. " * 20)
    refresh(library, tmp_path / "docs", embedder)
    found = library.matching("brindle", 99)
    names = {info.id: info.name for info in library.documents()}
    passages = library.passages([passage_id for passage_id, _ in found])
    assert {names[passage.document_id] for passage in passages} == {"a.md"}
    assert len(passages) == library.documents()[0].passages > 1
    assert sum("Brindle" in passage.text for passage in passages) == 1


def test_a_text_is_given_out_only_if_it_is_the_one_that_was_read(
    library, lease, tmp_path, embedder
):
    sha256 = library.text_sha256(lease.id)
    assert library.text_if(lease.id, sha256) == LEASE
    assert library.text_if(lease.id + 1, sha256) is None
    write(tmp_path / "docs", "lease.md", LEASE + "\nMore.\n")
    refresh(library, tmp_path / "docs", embedder)
    assert library.text_if(lease.id, sha256) is None
    assert library.text_if(lease.id, library.text_sha256(lease.id)) == LEASE + "\nMore.\n"


def test_what_is_read_in_a_snapshot_is_of_one_state(tmp_path, docs, embedder):
    with open_at(tmp_path / "l.sqlite") as one, open_at(tmp_path / "l.sqlite") as other:
        refresh(one, docs, embedder)
        first = one.documents()[0]
        text = one.text(first.id)
        with one.snapshot():
            assert one.text_sha256(first.id)
            (docs / "d00.txt").write_text("It is another text.")
            refresh(other, docs, embedder)
            assert other.text(first.id) == "It is another text."
            assert one.text(first.id) == text
            assert [block.end for block in one.blocks(first.id).all()] == [len(text)]
        assert one.text(first.id) == "It is another text."


def test_removing_a_document_removes_its_blocks(library, lease):
    library.remove(lease.source)
    assert library.blocks(lease.id).all() == ()
    assert library._database.query("SELECT count(*) FROM blocks") == [(0,)]


def test_values_stay_with_the_library(tmp_path, docs, embedder):
    with open_at(tmp_path / "l.sqlite") as library:
        assert library.get_value("threshold") is None
        library.set_value("threshold", "0.25")
        library.set_value("threshold", "0.5")
        refresh(library, docs, embedder)
    with open_at(tmp_path / "l.sqlite", embedder_id="other") as library:
        refresh(library, docs, embedder)
        assert library.get_value("threshold") == "0.5"


def test_version_changes_when_another_connection_changes_the_content(tmp_path, docs, embedder):
    with open_at(tmp_path / "l.sqlite") as one, open_at(tmp_path / "l.sqlite") as other:
        before = one.version()
        refresh(other, docs, embedder)
        assert one.version() == other.version() != before
        assert content_of(one) == content_of(other)


def test_threads_read_one_library_while_it_is_refreshed(library, docs, embedder):
    errors = []
    stop = threading.Event()

    def read():
        try:
            while not stop.is_set():
                found = library.matching("value", 5)
                for passage in library.passages([passage_id for passage_id, _ in found]):
                    assert "value" in passage.text
                vectors_in(library)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(5):
        (docs / "d00.txt").write_text(f"The value of the moment is {number}.")
        refresh(library, docs, embedder)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    check_whole(library, embedder)
