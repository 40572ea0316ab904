"""A library whose process is killed, whose disk is full, or that two processes fill at once."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_embedder import FakeEmbedder
from library_content import check_whole, content_of, open_at, refresh, write_documents

from rag.errors import LibraryError
from rag.library.embedding import EMBEDDED_AT_ONCE

DOCUMENTS = 30
SCRIPT = Path(__file__).with_name("index_slowly.py")
ROOM = "make room, check the permissions, or set FOOTNOTE_HOME to another folder"


def start(folder, path, seconds=0.005, *limit):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), str(path), str(seconds), *map(str, limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=SCRIPT.parents[1],
        env={"PYTHONPATH": f"{SCRIPT.parents[1]}:{SCRIPT.parent}", "PATH": ""},
    )


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    return write_documents(tmp_path_factory.mktemp("crash") / "docs", DOCUMENTS)


@pytest.fixture(scope="module")
def undisturbed(docs, tmp_path_factory):
    with open_at(tmp_path_factory.mktemp("undisturbed") / "l.sqlite") as library:
        refresh(library, docs, FakeEmbedder())
        return content_of(library)


@pytest.mark.parametrize("document", [0, 1, 2, 4, 7, 10, 13, 16, 19, 22, 25, 27, 29, 30])
def test_library_is_right_after_a_kill(docs, undisturbed, tmp_path, document):
    random.seed(document)
    path = tmp_path / "l.sqlite"
    process = start(docs, path)
    if document == 0:  # while Python starts, or the tables are made
        time.sleep(random.uniform(0.1, 0.6))
    else:
        for line in process.stdout:
            if int(line) == document:
                break
        time.sleep(random.uniform(0, 0.01))
    process.kill()
    process.communicate()
    with open_at(path) as library:
        check_whole(library, FakeEmbedder())
        found = content_of(library)
        assert found.items() <= undisturbed.items()
        lost = list(undisturbed.values())[len(found) : max(0, document - 1)]
        assert sum(len(each[3]) for each in lost) < EMBEDDED_AT_ONCE  # the others stay done
        embedder = FakeEmbedder()
        changes = refresh(library, docs, embedder)
        assert len(changes.unchanged) == len(found)
        assert len(changes.added) == DOCUMENTS - len(found)
        assert content_of(library) == undisturbed
        check_whole(library, embedder)


def test_library_is_right_after_kills_while_documents_change(tmp_path):
    docs = write_documents(tmp_path / "docs", 8)
    path = tmp_path / "l.sqlite"
    with open_at(path) as library:
        refresh(library, docs, FakeEmbedder())
    for number in range(3):
        for file in sorted(docs.iterdir()):
            file.write_text(file.read_text() + f" Another sentence, number {number}.")
        process = start(docs, path)
        for line in process.stdout:
            if int(line) == 2 + 2 * number:
                break
        process.kill()
        process.communicate()
        with open_at(path) as library:
            check_whole(library, FakeEmbedder())
            assert len(library.documents()) == 8
    with open_at(path) as library, open_at(tmp_path / "new.sqlite") as new:
        refresh(library, docs, FakeEmbedder())
        refresh(new, docs, FakeEmbedder())
        assert content_of(library) == content_of(new)


def test_two_processes_at_once_give_one_right_library(docs, undisturbed, tmp_path):
    path = tmp_path / "new" / "l.sqlite"
    processes = [start(docs, path), start(docs, path)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    with open_at(path) as library:
        assert content_of(library) == undisturbed
        check_whole(library, FakeEmbedder())


def test_full_library_is_reported_and_stays_right(docs, undisturbed, tmp_path):
    path = tmp_path / "l.sqlite"
    with open_at(path) as library:
        library._database.connection.execute("PRAGMA max_page_count = 26")
        with pytest.raises(LibraryError) as raised:
            refresh(library, docs, FakeEmbedder())
        assert str(raised.value) == (
            f"{path}: the disk is full, the last document was not saved; {ROOM}"
        )
        kept = content_of(library)
        assert 0 < len(kept) < DOCUMENTS
        assert kept.items() <= undisturbed.items()
        check_whole(library, FakeEmbedder())
    with open_at(path) as library:
        refresh(library, docs, FakeEmbedder())
        assert content_of(library) == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE on Windows")
@pytest.mark.parametrize("largest_file", [200_000, 350_000])
def test_file_size_limit_is_reported_and_library_stays_right(
    docs, undisturbed, tmp_path, largest_file
):
    path = tmp_path / "l.sqlite"
    process = start(docs, path, 0, largest_file)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        1,
        f"{path}: cannot be written (the disk is full or failing); {ROOM}\n",
    )
    with open_at(path) as library:
        kept = content_of(library)
        assert 0 < len(kept) < DOCUMENTS
        assert kept.items() <= undisturbed.items()
        check_whole(library, FakeEmbedder())
        refresh(library, docs, FakeEmbedder())
        assert content_of(library) == undisturbed
        check_whole(library, FakeEmbedder())


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE on Windows")
def test_no_room_for_the_tables_is_reported_and_the_next_run_makes_them(
    docs, undisturbed, tmp_path
):
    path = tmp_path / "l.sqlite"
    process = start(docs, path, 0, 8_000)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        1,
        f"{path}: cannot be written (the disk is full or failing); {ROOM}\n",
    )
    with open_at(path) as library:
        refresh(library, docs, FakeEmbedder())
        assert content_of(library) == undisturbed
