"""The file of codes beside a library: what may become of it, and that answers stay the same."""

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from contract_documents import RECIPE, TOKENS, ids_of, put, text_of
from fake_embedder import FakeEmbedder
from library_content import check_whole, vectors_in

from rag.errors import LibraryError
from rag.library import vector_index
from rag.library.library import open_library
from rag.library.paths import other_codes
from rag.library.stored_libraries import delete_stored, find_stored, stored_libraries

SCRIPT = Path(__file__).with_name("fold_often.py")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(vector_index, "IN_MEMORY", 10)


def opened(path, say=pytest.fail):
    library = open_library(path, embedder_id="fake", passage_tokens=TOKENS, say=say)
    library.start_over(RECIPE | {"dimension": "16"})
    return library


def filled(path, embedder, documents=5):
    library = opened(path)
    for number in range(documents):
        put(library, embedder, f"{number}.txt", text_of(number))
    library.settle()
    return library


def check_exact(library, embedder, question="a question"):
    """Assert that a search finds what comparing all vectors finds."""
    ids, rows = vectors_in(library)
    row = embedder.embed([question])[0]
    found = library.nearest(row, 5)
    best = np.argsort(-(rows @ row))[:5]
    assert [passage for passage, _ in found] == ids[best].tolist()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "l.sqlite"


def test_a_small_library_has_no_file_and_a_large_one_has_one(path, embedder):
    with opened(path) as library:
        put(library, embedder, "0.txt", text_of(0))
        library.settle()
        assert library.passage_count() < 10 and other_codes(path) == []
        for number in range(1, 4):
            put(library, embedder, f"{number}.txt", text_of(number))
        library.settle()
        (file,) = other_codes(path)
        check_exact(library, embedder)
        library.settle()
        assert other_codes(path) == [file]  # nothing new, nothing written


def test_only_what_was_written_since_is_held_in_memory(path, embedder):
    with filled(path, embedder) as library:
        library.nearest(embedder.embed(["x"])[0], 5)
        assert len(library._index._states[0].ids) == 0
        put(library, embedder, "new.txt", text_of(9))
        check_exact(library, embedder)
        assert library._index._states[0].ids.tolist() == ids_of(library)["new.txt"]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other bytes", "another library's"])
def test_a_file_that_is_not_the_one_written_is_made_again_and_said(path, embedder, damage):
    with filled(path, embedder) as library:
        put(library, embedder, "new.txt", text_of(7))
        library.remove("/docs/1.txt")
    (file,) = other_codes(path)
    data = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "another library's":
        with filled(path.with_name("other.sqlite"), embedder, documents=7):
            pass
        shutil.copyfile(other_codes(path.with_name("other.sqlite"))[0], file)
    else:
        changed = {"empty": b"", "cut": data[:-9], "other bytes": data[:99] + b"?" + data[100:]}
        file.write_bytes(changed[damage])
    said = []
    with opened(path, said.append) as library:
        check_exact(library, embedder)
        assert said == ["l.sqlite: its file of codes is missing or damaged; it is made again"]
        library.search([], 5)
    with opened(path) as library:  # says nothing: it is written already
        check_exact(library, embedder)
        assert len(other_codes(path)) == 1 and other_codes(path) != [file]


def test_codes_that_cannot_be_written_leave_the_library_as_it_is(path, embedder, monkeypatch):
    with filled(path, embedder) as library:
        put(library, embedder, "new.txt", text_of(7))
        files = other_codes(path)

        def full(file):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("rag.library.codes.os.fsync", full)
            with pytest.raises(LibraryError, match="no space left on device.*searched as it is"):
                library.settle()
        assert other_codes(path) == files
        check_exact(library, embedder)
        library.settle()
        check_exact(library, embedder)


def test_another_process_that_writes_the_file_anew_is_followed(path, embedder):
    with filled(path, embedder) as library, opened(path) as other:
        check_exact(library, embedder)
        other.remove("/docs/0.txt")
        put(other, embedder, "new.txt", text_of(7))
        other.settle()
        check_exact(library, embedder)
        assert len(other_codes(path)) == 1


def test_who_began_to_ask_before_a_change_asks_of_the_state_before(path, embedder):
    row = embedder.embed(["x"])[0]
    with filled(path, embedder) as library:
        before = library.nearest(row, 99)
        with library.snapshot():
            assert library.nearest(row, 99) == before
            changing = threading.Thread(target=lambda: change(library, embedder))
            changing.start()
            changing.join()
            assert library.nearest(row, 99) == before
        assert library.nearest(row, 99) != before
        check_exact(library, embedder)


def change(library, embedder):
    library.remove("/docs/0.txt")
    put(library, embedder, "new.txt", text_of(7))
    library.settle()
    library.nearest(embedder.embed(["x"])[0], 9)


def test_removals_are_not_remembered_for_ever_without_a_file(path, embedder, monkeypatch):
    monkeypatch.setattr(vector_index, "_MOST_REMOVED", 3)
    with opened(path) as library, opened(path) as other:
        for number in range(9):
            put(library, embedder, "a.txt", text_of(number, sentences=2))
            library.settle()
            check_exact(other, embedder)
        assert len(library._database.query("SELECT * FROM removed_passages")) < 3


def test_a_deleted_library_leaves_no_file_and_takes_no_other_librarys(tmp_path, embedder):
    folder = tmp_path / "libraries" / "named"
    for name in ("a", "a.b"):
        filled(folder / f"{name}.sqlite", embedder).close()
    size = {library.name: library.bytes for library in stored_libraries(tmp_path)}
    (codes,) = other_codes(folder / "a.sqlite")
    assert size["a"] >= (folder / "a.sqlite").stat().st_size + codes.stat().st_size
    delete_stored(tmp_path, find_stored(tmp_path, "a"))
    assert {path.name.partition(".sqlite")[0][:3] for path in folder.iterdir()} == {"a.b"}
    assert len(other_codes(folder / "a.b.sqlite")) == 1


@pytest.mark.parametrize("number", range(12))
def test_a_kill_at_any_moment_leaves_a_library_that_is_right(path, embedder, number):
    """A process puts, changes and removes documents, and writes the codes anew after each."""
    command = [sys.executable, str(SCRIPT), str(path), str(number)]
    root = SCRIPT.parents[1]
    environment = {"PYTHONPATH": f"{root}:{SCRIPT.parent}", "PATH": ""}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    for line in process.stdout:
        if int(line) >= 3 + number:
            break
    time.sleep(random.Random(number).uniform(0, 0.03))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    said = []
    with opened(path, said.append) as library:
        check_whole(library, FakeEmbedder())
        check_exact(library, embedder)
        assert said == []  # the file that counts is whole
        put(library, embedder, "new.txt", text_of(99))
        library.settle()
        check_exact(library, embedder)
        assert len(other_codes(path)) == 1
