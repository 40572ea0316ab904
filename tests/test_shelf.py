"""The shelf: several libraries for several sessions, and files that go in and out of them."""

import threading

import pytest
from fake_embedder import FakeEmbedder
from fake_shelf import make_shelf

from rag.documents.copies import keep_copy
from rag.documents.places import named_files_path, named_library_path
from rag.errors import LibraryError
from rag.libraries import refresh_library
from rag.reading import Reading
from rag.stored_libraries import library_names


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was opened in 1932.")
    return folder


@pytest.fixture
def shelf(tmp_path, docs):
    made = make_shelf(tmp_path / "home", [docs], margins={"1932": 4.0, "by hand": 4.0})
    yield made
    made.close()


def reading(shelf, **options):
    return Reading(settings=shelf.settings, embedder=shelf.models.embedder, **options)


def add(shelf, tmp_path, name, files, **options):
    """Add texts (or bytes) by name, as if they had been uploaded."""
    uploaded = []
    for number, (file, content) in enumerate(files.items()):
        path = tmp_path / f"uploaded-{number}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        uploaded.append((file, path))
    return shelf.add(name, uploaded, reading(shelf, **options))


def held(shelf, session):
    return [document.name for document in shelf.pipeline(session).library.documents()]


def files_of(shelf, name):
    folder = named_files_path(shelf.home, name)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_sessions_choose_independently(shelf, tmp_path):
    assert (shelf.names(), shelf.chosen("one"), shelf.started_with) == ([""], "", "docs")
    shelf.create("Work")
    shelf.choose("two", "Work")
    add(shelf, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    assert (held(shelf, "one"), held(shelf, "two")) == (["bridge.txt"], ["tunnel.txt"])
    assert shelf.pipeline("one").ask("When was it opened?").text == (
        "The bridge was opened in 1932. [1]"
    )
    assert shelf.pipeline("two").ask("How was it dug?").text == "The tunnel was dug by hand. [1]"
    assert (
        shelf.pipeline("one").ask("How was it dug by hand?").citations[0].document == "bridge.txt"
    )


def test_all_libraries_answer_one_at_a_time(shelf, tmp_path):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    shelf.choose("two", "Work")
    shelf.models.reader.seconds = 0.1
    asking = [
        threading.Thread(target=shelf.pipeline(session).ask, args=("When?",))
        for session in ("one", "two", "one")
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(30)
    assert shelf.models.reader.most_running == 1


def test_library_is_closed_when_no_session_asks_it_and_opened_again(shelf):
    shelf.create("Work")
    shelf.choose("one", "Work")
    shelf.choose("two", "Work")
    opened = shelf.pipeline("one").library
    shelf.leave("one")
    assert opened.documents() == []  # the other still has it
    shelf.leave("two")
    with pytest.raises(LibraryError, match="closed"):
        opened.documents()
    assert shelf.chosen("one") == "Work"
    assert held(shelf, "one") == []  # the page had only been asleep


def test_sessions_that_never_leave_are_forgotten(shelf, monkeypatch):
    monkeypatch.setattr("rag.shelf._MOST_SESSIONS", 3)
    shelf.create("Work")
    for number in range(10):
        shelf.pipeline(f"of the first {number}")
        shelf.choose(f"of Work {number}", "Work")
        shelf.pipeline(f"of Work {number}")
    assert list(shelf._live) == ["of Work 7", "of Work 8", "of Work 9"]
    shelf.pipeline("of Work 7")
    shelf.choose("of Work 10", "Work")
    assert list(shelf._live) == ["of Work 9", "of Work 7", "of Work 10"]


def test_library_that_is_left_while_it_is_asked_stays_open_until_the_answer_is_there(
    shelf, tmp_path
):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    shelf.choose("one", "Work")
    with shelf.using("one") as pipeline:
        shelf.leave("one")
        shelf.choose("one", "")
        shelf.leave("one")
        assert pipeline.ask("How was it dug?").text == "The tunnel was dug by hand. [1]"
        with shelf.using("two"):
            pass  # the end of one use is not that of the other
        assert [document.name for document in pipeline.library.documents()] == ["tunnel.txt"]
    with pytest.raises(LibraryError, match="closed"):
        pipeline.library.documents()


def test_library_that_is_deleted_while_it_is_asked_goes_when_the_answer_is_there(shelf, tmp_path):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    shelf.choose("one", "Work")
    deleting = threading.Thread(target=shelf.delete, args=("Work",))
    with shelf.using("one") as pipeline:
        deleting.start()
        while "Work" in shelf.names():  # nobody can choose it from now on
            deleting.join(0.01)
            assert deleting.is_alive()
        with pytest.raises(LibraryError, match="there is no library 'Work'"):
            shelf.choose("two", "Work")
        assert held(shelf, "one") == ["bridge.txt"]
        assert pipeline.ask("How was it dug?").text == "The tunnel was dug by hand. [1]"
        assert deleting.is_alive()
    deleting.join(30)
    assert not deleting.is_alive()
    assert (library_names(shelf.home), files_of(shelf, "Work")) == ([], [])


def test_library_that_is_asked_for_too_long_is_not_deleted(shelf, monkeypatch):
    monkeypatch.setattr("rag.shelf._LET_GO_SECONDS", 0.01)
    shelf.create("Work")
    shelf.choose("one", "Work")
    with (
        shelf.using("one") as pipeline,
        pytest.raises(LibraryError, match="'Work' is being asked: delete it when the answers are"),
    ):
        shelf.delete("Work")
    assert (shelf.names(), shelf.chosen("one")) == (["", "Work"], "Work")
    assert shelf.pipeline("one") is pipeline
    shelf.delete("Work")
    assert shelf.names() == [""]


def test_library_that_cannot_be_opened_can_be_deleted(shelf):
    shelf.create("Work")
    named_library_path(shelf.home, "Work").write_bytes(b"no library")
    with pytest.raises(LibraryError, match="damaged"):
        shelf.choose("one", "Work")
    shelf.delete("Work")
    assert shelf.names() == [""]


def test_empty_library_refuses_and_can_be_asked(shelf):
    shelf.create("Work")
    shelf.choose("one", "Work")
    assert shelf.pipeline("one").ask("When?").status == "refused"


def test_same_library_as_on_the_command_line(shelf, tmp_path, embedder):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"a.txt": "One.", "notes/b.md": "Two."})
    shelf.close()
    library, changes = refresh_library(
        shelf.settings, embedder, "fake@1", docs=None, name="Work", say=pytest.fail
    )
    with library:
        assert [document.name for document in library.documents()] == ["a.txt", "notes/b.md"]
        assert changes.unchanged == ["a.txt", "notes/b.md"]


def test_unreadable_files_are_said_and_not_kept_and_the_others_are_read(shelf, tmp_path):
    shelf.create("Work")
    told = []
    changes = add(
        shelf,
        tmp_path,
        "Work",
        {"bad.txt": b"\0", "../../good.txt": "Good.", ".a.txt": "no", "photo.xyz": b"\0"},
        finished=told.append,
    )
    assert changes.added == ["good.txt"]
    assert {file.name: file.outcome for file in told} == {
        ".a.txt": "skipped",
        "bad.txt": "skipped",
        "../../good.txt": "added",
        "photo.xyz": "skipped",
    }
    assert files_of(shelf, "Work") == ["good.txt"]
    assert not (tmp_path / "good.txt").exists()


def test_only_unreadable_files_leave_an_empty_library_and_no_folder(shelf, tmp_path):
    shelf.create("Work")
    assert add(shelf, tmp_path, "Work", {"bad.txt": b"\0"}).added == []
    assert not named_files_path(shelf.home, "Work").exists()
    assert shelf.refresh("Work", reading(shelf), pytest.fail).removed == []


def test_adding_reads_nothing_else_and_clashes_are_numbered(shelf, tmp_path):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"a.txt": "One."})
    told = []
    add(shelf, tmp_path, "Work", {"a.txt": "Another."}, finished=told.append)
    shelf.choose("one", "Work")
    assert held(shelf, "one") == ["a (2).txt", "a.txt"]
    assert [(file.name, file.outcome) for file in told] == [("a.txt", "added")]


def test_newer_version_takes_the_place_of_the_older_one_when_replacing(shelf, tmp_path):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"notes/a.txt": "It was opened in 1932."})
    newer = tmp_path / "newer"
    newer.write_text("It was opened in 1933.")
    assert shelf.holds_copy("Work", ("notes/a.txt", newer)) == "other"
    assert shelf.holds_copy("Work", ("a.txt", newer)) is None
    assert shelf.holds_copy("", ("notes/a.txt", newer)) is None
    changes = shelf.add("Work", [("notes/a.txt", newer)], reading(shelf), replacing=True)
    assert (changes.changed, changes.added) == (["notes/a.txt"], [])
    assert files_of(shelf, "Work") == ["notes/a.txt"]
    shelf.choose("one", "Work")
    (document,) = shelf.pipeline("one").library.documents()
    assert shelf.pipeline("one").library.text(document.id) == "It was opened in 1933."
    newer.write_text("It was opened in 1933.")
    assert shelf.holds_copy("Work", ("notes/a.txt", newer)) == "same"


def test_version_that_cannot_be_read_leaves_the_older_one(shelf, tmp_path):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"a.txt": "It was opened in 1932."})
    broken = tmp_path / "broken"
    broken.write_bytes(b"\0\0")
    changes = shelf.add("Work", [("a.txt", broken)], reading(shelf), replacing=True)
    assert [name for name, _ in changes.skipped] == ["a.txt"]
    shelf.choose("one", "Work")
    (document,) = shelf.pipeline("one").library.documents()
    assert shelf.pipeline("one").library.text(document.id) == "It was opened in 1932."
    assert files_of(shelf, "Work") == ["a.txt"]
    assert not list(tmp_path.glob("*.before"))


def test_copies_of_an_adding_that_was_killed_are_read_the_next_time(shelf, tmp_path):
    shelf.create("Work")
    keep_copy(named_files_path(shelf.home, "Work"), "a.txt", write(tmp_path / "sent", "One."))
    assert shelf.refresh("Work", reading(shelf), pytest.fail).added == ["a.txt"]
    shelf.choose("one", "Work")
    (document,) = shelf.pipeline("one").library.documents()
    assert shelf.remove("Work", document.id) == ["a.txt"]
    assert not named_files_path(shelf.home, "Work").exists()


def write(path, text):
    path.write_text(text)
    return path


def test_cancelled_adding_keeps_what_was_finished(shelf, tmp_path):
    shelf.create("Work")
    cancel = threading.Event()
    told = []

    def finished(file):
        told.append(file.name)
        cancel.set()

    files = {"a.txt": "One.", "b.txt": "Two.", "c.txt": "Three."}
    changes = add(shelf, tmp_path, "Work", files, finished=finished, cancel=cancel)
    assert (changes.added, told) == (["a.txt"], ["a.txt"])
    assert files_of(shelf, "Work") == ["a.txt"]


def test_questions_go_on_while_files_are_read(shelf, tmp_path):
    shelf.create("Work")
    shelf.choose("one", "Work")
    add(shelf, tmp_path, "Work", {"a.txt": "The bridge was opened in 1932."})
    answers = []

    def progress(step):
        answers.append(shelf.pipeline("one").ask("When was the bridge opened?").status)

    add(shelf, tmp_path, "Work", {"b.txt": "The tunnel."}, progress=progress)
    assert set(answers) == {"quoted"}


def test_two_cannot_read_files_into_one_library_at_once(shelf, tmp_path):
    shelf.create("Work")
    problems = []

    def progress(step):
        with pytest.raises(LibraryError) as raised:
            shelf.refresh("Work", reading(shelf), pytest.fail)
        problems.append(str(raised.value))
        with pytest.raises(LibraryError):
            shelf.delete("Work")

    add(shelf, tmp_path, "Work", {"a.txt": "One."}, progress=progress)
    assert problems[0].startswith("files are being read into this library already")
    assert library_names(shelf.home) == ["Work"]


def test_removed_copy_is_deleted(shelf, tmp_path):
    shelf.create("Work")
    add(shelf, tmp_path, "Work", {"a.txt": "One.", "b.txt": "Two."})
    shelf.choose("one", "Work")
    first = shelf.pipeline("one").library.documents()[0]
    assert shelf.remove("Work", first.id) == ["a.txt"]
    assert (held(shelf, "one"), files_of(shelf, "Work")) == (["b.txt"], ["b.txt"])
    with pytest.raises(LibraryError, match="not in the library any more"):
        shelf.remove("Work", first.id)


def test_removed_file_of_a_persons_folder_stays_there_and_stays_out(shelf, docs, embedder):
    (docs / "tunnel.txt").write_text("The tunnel was dug by hand.")

    def refresh(**options):
        library, changes = refresh_library(
            shelf.settings, embedder, "fake@1", docs=None, name="Work", say=pytest.fail, **options
        )
        with library:
            return [document.name for document in library.documents()], changes

    refresh(add=[docs])
    shelf.choose("one", "Work")
    tunnel = shelf.pipeline("one").library.documents()[1]
    assert shelf.remove("Work", tunnel.id) == ["tunnel.txt"]
    assert (docs / "tunnel.txt").read_text() == "The tunnel was dug by hand."
    assert refresh()[0] == ["bridge.txt"]
    assert refresh(add=[docs / "tunnel.txt"])[0] == ["bridge.txt", "tunnel.txt"]
    names, changes = refresh(remove=[docs / "bridge.txt"])
    assert (names, changes.removed) == (["tunnel.txt"], ["bridge.txt"])
    with pytest.raises(LibraryError, match="holds no such document; nothing was removed"):
        refresh(remove=[docs / "bridge.txt"])
    assert refresh(remove=[docs])[0] == []
    assert sorted(path.name for path in docs.iterdir()) == ["bridge.txt", "tunnel.txt"]


def test_changed_files_of_a_persons_folder_are_read_again(shelf, docs):
    (docs / "bridge.txt").write_text("The bridge was opened in 1933.")
    assert shelf.refresh("", reading(shelf), pytest.fail).changed == ["bridge.txt"]
    assert shelf.pipeline("one").library.text(1) == "The bridge was opened in 1933."


def test_what_was_started_with_is_only_read(shelf, tmp_path):
    with pytest.raises(LibraryError, match="only read"):
        add(shelf, tmp_path, "", {"a.txt": "One."})
    with pytest.raises(LibraryError, match="only read"):
        shelf.remove("", 1)
    with pytest.raises(LibraryError, match="only read"):
        shelf.delete("")


def test_deleted_library_takes_its_copies_and_no_file_of_a_person(shelf, docs, tmp_path, embedder):
    library, _ = refresh_library(
        shelf.settings, embedder, "fake@1", docs=None, name="Work", say=pytest.fail, add=[docs]
    )
    library.close()
    add(shelf, tmp_path, "Work", {"a.txt": "One."})
    shelf.choose("one", "Work")
    shelf.pipeline("one").ask("When?")
    shelf.delete("Work")
    named = shelf.home / "libraries/named"
    assert list(named.iterdir()) == []
    assert (docs / "bridge.txt").exists()
    assert (shelf.chosen("one"), held(shelf, "one")) == ("", ["bridge.txt"])


def test_named_library_that_it_was_started_with_is_the_first_choice(tmp_path, docs, embedder):
    started = make_shelf(tmp_path / "home", [docs])
    started.create("Work")
    add(started, tmp_path, "Work", {"a.txt": "One."})
    started.close()
    shelf = make_shelf(tmp_path / "home", name="Work")
    assert (shelf.names(), shelf.chosen("one"), held(shelf, "one")) == (["Work"], "Work", ["a.txt"])
    with pytest.raises(LibraryError, match="was started with"):
        shelf.delete("Work")
    shelf.close()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "<b>", "a\u202eb"])
def test_unfit_names_are_refused(shelf, name):
    with pytest.raises(LibraryError, match="expected 1 to 64 letters"):
        shelf.create(name)
    assert library_names(shelf.home) == []


def test_name_with_an_accent_is_one_name_however_it_is_written(shelf):
    assert shelf.create("cafe\u0301") == "caf\u00e9"
    assert library_names(shelf.home) == ["caf\u00e9"]
    with pytest.raises(LibraryError, match="already"):
        shelf.create("caf\u00e9")


def test_name_that_is_taken_is_refused_in_either_case(shelf):
    assert shelf.create("  My   work ") == "My work"
    with pytest.raises(LibraryError, match="there is a library 'My work' already"):
        shelf.create("my WORK")


def test_unknown_library_cannot_be_chosen(shelf):
    with pytest.raises(LibraryError, match="there is no library 'x'"):
        shelf.choose("one", "x")
    assert shelf.chosen("one") == ""


def test_library_made_with_another_embedder_is_read_again_whole_when_files_are_added(
    tmp_path, docs
):
    first = make_shelf(tmp_path / "home", [docs])
    first.create("Work")
    add(first, tmp_path, "Work", {"a.txt": "One."})
    first.close()
    shelf = make_shelf(tmp_path / "home", [docs], embedder=FakeEmbedder(dimension=8))
    object.__setattr__(shelf.models, "library_id", "other@2")
    add(shelf, tmp_path, "Work", {"b.txt": "Two."})
    shelf.choose("one", "Work")
    assert held(shelf, "one") == ["a.txt", "b.txt"]
    assert shelf.pipeline("one").library.vectors()[1].shape == (2, 8)
    shelf.close()
