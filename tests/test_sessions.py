"""Several libraries for several sessions, and files that go in and out of them."""

import threading

import pytest
from fake_embedder import FakeEmbedder
from fake_sessions import make_sessions
from library_content import vectors_in

from rag.errors import LibraryError
from rag.library.copies import keep_copy
from rag.library.paths import named_files_path, named_library_path
from rag.library.reading import Reading
from rag.library.refresh import refresh_library
from rag.library.stored_libraries import library_names


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was opened in 1932.")
    return folder


@pytest.fixture
def sessions(tmp_path, docs):
    made = make_sessions(tmp_path / "home", [docs], margins={"1932": 4.0, "by hand": 4.0})
    yield made
    made.close()


def reading(sessions, **options):
    return Reading(settings=sessions.settings, embedder=sessions.models.embedder, **options)


def add(sessions, tmp_path, name, files, **options):
    """Add texts (or bytes) by name, as if they had been uploaded."""
    uploaded = []
    for number, (file, content) in enumerate(files.items()):
        path = tmp_path / f"uploaded-{number}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        uploaded.append((file, path))
    return sessions.add(name, uploaded, reading(sessions, **options))


def held(sessions, session):
    return [document.name for document in sessions.pipeline(session).library.documents()]


def files_of(sessions, name):
    folder = named_files_path(sessions.home, name)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_sessions_choose_independently(sessions, tmp_path):
    assert (sessions.names(), sessions.chosen("one"), sessions.started_with) == ([""], "", "docs")
    sessions.create("Work")
    sessions.choose("two", "Work")
    add(sessions, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    assert (held(sessions, "one"), held(sessions, "two")) == (["bridge.txt"], ["tunnel.txt"])
    assert sessions.pipeline("one").ask("When was it opened?").text == (
        "The bridge was opened in 1932. [1]"
    )
    assert sessions.pipeline("two").ask("How was it dug?").text == "The tunnel was dug by hand. [1]"
    assert (
        sessions.pipeline("one").ask("How was it dug by hand?").citations[0].document
        == "bridge.txt"
    )


def test_all_libraries_answer_one_at_a_time(sessions, tmp_path):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    sessions.choose("two", "Work")
    sessions.models.reader.seconds = 0.1
    asking = [
        threading.Thread(target=sessions.pipeline(session).ask, args=("When?",))
        for session in ("one", "two", "one")
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(30)
    assert sessions.models.reader.most_running == 1


def test_library_is_closed_when_no_session_asks_it_and_opened_again(sessions):
    sessions.create("Work")
    sessions.choose("one", "Work")
    sessions.choose("two", "Work")
    opened = sessions.pipeline("one").library
    sessions.leave("one")
    assert opened.documents() == []  # the other still has it
    sessions.leave("two")
    with pytest.raises(LibraryError, match="closed"):
        opened.documents()
    assert sessions.chosen("one") == "Work"
    assert held(sessions, "one") == []  # the page had only been asleep


def test_sessions_that_never_leave_are_forgotten(sessions, monkeypatch):
    monkeypatch.setattr("rag.sessions._MOST_SESSIONS", 3)
    sessions.create("Work")
    for number in range(10):
        sessions.pipeline(f"of the first {number}")
        sessions.choose(f"of Work {number}", "Work")
        sessions.pipeline(f"of Work {number}")
    assert list(sessions._live) == ["of Work 7", "of Work 8", "of Work 9"]
    sessions.pipeline("of Work 7")
    sessions.choose("of Work 10", "Work")
    assert list(sessions._live) == ["of Work 9", "of Work 7", "of Work 10"]


def test_library_that_is_left_while_it_is_asked_stays_open_until_the_answer_is_there(
    sessions, tmp_path
):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    sessions.choose("one", "Work")
    with sessions.using("one") as pipeline:
        sessions.leave("one")
        sessions.choose("one", "")
        sessions.leave("one")
        assert pipeline.ask("How was it dug?").text == "The tunnel was dug by hand. [1]"
        with sessions.using("two"):
            pass  # the end of one use is not that of the other
        assert [document.name for document in pipeline.library.documents()] == ["tunnel.txt"]
    with pytest.raises(LibraryError, match="closed"):
        pipeline.library.documents()


def test_library_that_is_deleted_while_it_is_asked_goes_when_the_answer_is_there(
    sessions, tmp_path
):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"tunnel.txt": "The tunnel was dug by hand."})
    sessions.choose("one", "Work")
    deleting = threading.Thread(target=sessions.delete, args=("Work",))
    with sessions.using("one") as pipeline:
        deleting.start()
        while "Work" in sessions.names():  # nobody can choose it from now on
            deleting.join(0.01)
            assert deleting.is_alive()
        with pytest.raises(LibraryError, match="there is no library 'Work'"):
            sessions.choose("two", "Work")
        assert held(sessions, "one") == ["bridge.txt"]
        assert pipeline.ask("How was it dug?").text == "The tunnel was dug by hand. [1]"
        assert deleting.is_alive()
    deleting.join(30)
    assert not deleting.is_alive()
    assert (library_names(sessions.home), files_of(sessions, "Work")) == ([], [])


def test_library_that_is_asked_for_too_long_is_not_deleted(sessions, monkeypatch):
    monkeypatch.setattr("rag.sessions._LET_GO_SECONDS", 0.01)
    sessions.create("Work")
    sessions.choose("one", "Work")
    with (
        sessions.using("one") as pipeline,
        pytest.raises(LibraryError, match="'Work' is being asked: delete it when the answers are"),
    ):
        sessions.delete("Work")
    assert (sessions.names(), sessions.chosen("one")) == (["", "Work"], "Work")
    assert sessions.pipeline("one") is pipeline
    sessions.delete("Work")
    assert sessions.names() == [""]


def test_library_that_cannot_be_opened_can_be_deleted(sessions):
    sessions.create("Work")
    named_library_path(sessions.home, "Work").write_bytes(b"no library")
    with pytest.raises(LibraryError, match="damaged"):
        sessions.choose("one", "Work")
    sessions.delete("Work")
    assert sessions.names() == [""]


def test_empty_library_refuses_and_can_be_asked(sessions):
    sessions.create("Work")
    sessions.choose("one", "Work")
    assert sessions.pipeline("one").ask("When?").status == "refused"


def test_same_library_as_on_the_command_line(sessions, tmp_path, embedder):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"a.txt": "One.", "notes/b.md": "Two."})
    sessions.close()
    library, changes = refresh_library(
        sessions.settings, embedder, "fake@1", docs=None, name="Work", say=pytest.fail
    )
    with library:
        assert [document.name for document in library.documents()] == ["a.txt", "notes/b.md"]
        assert changes.unchanged == ["a.txt", "notes/b.md"]


def test_unreadable_files_are_said_and_not_kept_and_the_others_are_read(sessions, tmp_path):
    sessions.create("Work")
    told = []
    changes = add(
        sessions,
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
    assert files_of(sessions, "Work") == ["good.txt"]
    assert not (tmp_path / "good.txt").exists()


def test_only_unreadable_files_leave_an_empty_library_and_no_folder(sessions, tmp_path):
    sessions.create("Work")
    assert add(sessions, tmp_path, "Work", {"bad.txt": b"\0"}).added == []
    assert not named_files_path(sessions.home, "Work").exists()
    assert sessions.refresh("Work", reading(sessions), pytest.fail).removed == []


def test_adding_reads_nothing_else_and_clashes_are_numbered(sessions, tmp_path):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"a.txt": "One."})
    told = []
    add(sessions, tmp_path, "Work", {"a.txt": "Another."}, finished=told.append)
    sessions.choose("one", "Work")
    assert held(sessions, "one") == ["a (2).txt", "a.txt"]
    assert [(file.name, file.outcome) for file in told] == [("a.txt", "added")]


def test_newer_version_takes_the_place_of_the_older_one_when_replacing(sessions, tmp_path):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"notes/a.txt": "It was opened in 1932."})
    newer = tmp_path / "newer"
    newer.write_text("It was opened in 1933.")
    assert sessions.holds_copy("Work", ("notes/a.txt", newer)) == "other"
    assert sessions.holds_copy("Work", ("a.txt", newer)) is None
    assert sessions.holds_copy("", ("notes/a.txt", newer)) is None
    changes = sessions.add("Work", [("notes/a.txt", newer)], reading(sessions), replacing=True)
    assert (changes.changed, changes.added) == (["notes/a.txt"], [])
    assert files_of(sessions, "Work") == ["notes/a.txt"]
    sessions.choose("one", "Work")
    (document,) = sessions.pipeline("one").library.documents()
    assert sessions.pipeline("one").library.text(document.id) == "It was opened in 1933."
    newer.write_text("It was opened in 1933.")
    assert sessions.holds_copy("Work", ("notes/a.txt", newer)) == "same"


def test_version_that_cannot_be_read_leaves_the_older_one(sessions, tmp_path):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"a.txt": "It was opened in 1932."})
    broken = tmp_path / "broken"
    broken.write_bytes(b"\0\0")
    changes = sessions.add("Work", [("a.txt", broken)], reading(sessions), replacing=True)
    assert [name for name, _ in changes.skipped] == ["a.txt"]
    sessions.choose("one", "Work")
    (document,) = sessions.pipeline("one").library.documents()
    assert sessions.pipeline("one").library.text(document.id) == "It was opened in 1932."
    assert files_of(sessions, "Work") == ["a.txt"]
    assert not list(tmp_path.glob("*.before"))


def test_copies_of_an_adding_that_was_killed_are_read_the_next_time(sessions, tmp_path):
    sessions.create("Work")
    keep_copy(named_files_path(sessions.home, "Work"), "a.txt", write(tmp_path / "sent", "One."))
    assert sessions.refresh("Work", reading(sessions), pytest.fail).added == ["a.txt"]
    sessions.choose("one", "Work")
    (document,) = sessions.pipeline("one").library.documents()
    assert sessions.remove("Work", document.id) == ["a.txt"]
    assert not named_files_path(sessions.home, "Work").exists()


def write(path, text):
    path.write_text(text)
    return path


def test_cancelled_adding_keeps_what_was_finished(sessions, tmp_path):
    sessions.create("Work")
    cancel = threading.Event()
    told = []

    def finished(file):
        told.append(file.name)
        cancel.set()

    files = {"a.txt": "One.", "b.txt": "Two.", "c.txt": "Three."}
    changes = add(sessions, tmp_path, "Work", files, finished=finished, cancel=cancel)
    assert changes.added == told == files_of(sessions, "Work")


def test_questions_go_on_while_files_are_read(sessions, tmp_path):
    sessions.create("Work")
    sessions.choose("one", "Work")
    add(sessions, tmp_path, "Work", {"a.txt": "The bridge was opened in 1932."})
    answers = []

    def progress(step):
        answers.append(sessions.pipeline("one").ask("When was the bridge opened?").status)

    add(sessions, tmp_path, "Work", {"b.txt": "The tunnel."}, progress=progress)
    assert set(answers) == {"quoted"}


def test_two_cannot_read_files_into_one_library_at_once(sessions, tmp_path):
    sessions.create("Work")
    problems = []

    def progress(step):
        with pytest.raises(LibraryError) as raised:
            sessions.refresh("Work", reading(sessions), pytest.fail)
        problems.append(str(raised.value))
        with pytest.raises(LibraryError):
            sessions.delete("Work")

    add(sessions, tmp_path, "Work", {"a.txt": "One."}, progress=progress)
    assert problems[0].startswith("files are being read into this library already")
    assert library_names(sessions.home) == ["Work"]


def test_removed_copy_is_deleted(sessions, tmp_path):
    sessions.create("Work")
    add(sessions, tmp_path, "Work", {"a.txt": "One.", "b.txt": "Two."})
    sessions.choose("one", "Work")
    first = sessions.pipeline("one").library.documents()[0]
    assert sessions.remove("Work", first.id) == ["a.txt"]
    assert (held(sessions, "one"), files_of(sessions, "Work")) == (["b.txt"], ["b.txt"])
    with pytest.raises(LibraryError, match="not in the library any more"):
        sessions.remove("Work", first.id)


def test_removed_file_of_a_persons_folder_stays_there_and_stays_out(sessions, docs, embedder):
    (docs / "tunnel.txt").write_text("The tunnel was dug by hand.")

    def refresh(**options):
        library, changes = refresh_library(
            sessions.settings,
            embedder,
            "fake@1",
            docs=None,
            name="Work",
            say=pytest.fail,
            **options,
        )
        with library:
            return [document.name for document in library.documents()], changes

    refresh(add=[docs])
    sessions.choose("one", "Work")
    tunnel = sessions.pipeline("one").library.documents()[1]
    assert sessions.remove("Work", tunnel.id) == ["tunnel.txt"]
    assert (docs / "tunnel.txt").read_text() == "The tunnel was dug by hand."
    assert refresh()[0] == ["bridge.txt"]
    assert refresh(add=[docs / "tunnel.txt"])[0] == ["bridge.txt", "tunnel.txt"]
    names, changes = refresh(remove=[docs / "bridge.txt"])
    assert (names, changes.removed) == (["tunnel.txt"], ["bridge.txt"])
    with pytest.raises(LibraryError, match="holds no such document; nothing was removed"):
        refresh(remove=[docs / "bridge.txt"])
    assert refresh(remove=[docs])[0] == []
    assert sorted(path.name for path in docs.iterdir()) == ["bridge.txt", "tunnel.txt"]


def test_changed_files_of_a_persons_folder_are_read_again(sessions, docs):
    (docs / "bridge.txt").write_text("The bridge was opened in 1933.")
    assert sessions.refresh("", reading(sessions), pytest.fail).changed == ["bridge.txt"]
    assert sessions.pipeline("one").library.text(1) == "The bridge was opened in 1933."


def test_what_was_started_with_is_only_read(sessions, tmp_path):
    with pytest.raises(LibraryError, match="only read"):
        add(sessions, tmp_path, "", {"a.txt": "One."})
    with pytest.raises(LibraryError, match="only read"):
        sessions.remove("", 1)
    with pytest.raises(LibraryError, match="only read"):
        sessions.delete("")


def test_deleted_library_takes_its_copies_and_no_file_of_a_person(
    sessions, docs, tmp_path, embedder
):
    library, _ = refresh_library(
        sessions.settings, embedder, "fake@1", docs=None, name="Work", say=pytest.fail, add=[docs]
    )
    library.close()
    add(sessions, tmp_path, "Work", {"a.txt": "One."})
    sessions.choose("one", "Work")
    sessions.pipeline("one").ask("When?")
    sessions.delete("Work")
    named = sessions.home / "libraries/named"
    assert list(named.iterdir()) == []
    assert (docs / "bridge.txt").exists()
    assert (sessions.chosen("one"), held(sessions, "one")) == ("", ["bridge.txt"])


def test_named_library_that_it_was_started_with_is_the_first_choice(tmp_path, docs, embedder):
    started = make_sessions(tmp_path / "home", [docs])
    started.create("Work")
    add(started, tmp_path, "Work", {"a.txt": "One."})
    started.close()
    sessions = make_sessions(tmp_path / "home", name="Work")
    assert (sessions.names(), sessions.chosen("one"), held(sessions, "one")) == (
        ["Work"],
        "Work",
        ["a.txt"],
    )
    with pytest.raises(LibraryError, match="was started with"):
        sessions.delete("Work")
    sessions.close()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "<b>", "a\u202eb"])
def test_unfit_names_are_refused(sessions, name):
    with pytest.raises(LibraryError, match="expected 1 to 64 letters"):
        sessions.create(name)
    assert library_names(sessions.home) == []


def test_name_with_an_accent_is_one_name_however_it_is_written(sessions):
    assert sessions.create("cafe\u0301") == "caf\u00e9"
    assert library_names(sessions.home) == ["caf\u00e9"]
    with pytest.raises(LibraryError, match="already"):
        sessions.create("caf\u00e9")


def test_name_that_is_taken_is_refused_in_either_case(sessions):
    assert sessions.create("  My   work ") == "My work"
    with pytest.raises(LibraryError, match="there is a library 'My work' already"):
        sessions.create("my WORK")


def test_unknown_library_cannot_be_chosen(sessions):
    with pytest.raises(LibraryError, match="there is no library 'x'"):
        sessions.choose("one", "x")
    assert sessions.chosen("one") == ""


def test_library_made_with_another_embedder_is_read_again_whole_when_files_are_added(
    tmp_path, docs
):
    first = make_sessions(tmp_path / "home", [docs])
    first.create("Work")
    add(first, tmp_path, "Work", {"a.txt": "One."})
    first.close()
    sessions = make_sessions(tmp_path / "home", [docs], embedder=FakeEmbedder(dimension=8))
    object.__setattr__(sessions.models, "library_id", "other@2")
    add(sessions, tmp_path, "Work", {"b.txt": "Two."})
    sessions.choose("one", "Work")
    assert held(sessions, "one") == ["a.txt", "b.txt"]
    assert vectors_in(sessions.pipeline("one").library)[1].shape == (2, 8)
    sessions.close()
