"""From settings and paths to a pipeline: which library, which models, and what an error leaves."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from sample_files import KINDS

import rag.assemble as assemble
from rag.answering.check import TrainedChecker
from rag.answering.library_calibration import OwnCalibration, keep_own
from rag.assemble import open_pipeline, refresh_library
from rag.errors import LibraryError, ModelNotFound
from rag.library.paths import docs_library_path
from rag.seed import seed_articles
from rag.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path):
    return Settings(home=str(tmp_path / "home"), passage_tokens=40)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("The bridge was opened in 1932.")
    (folder / "b.md").write_text("The tunnel was dug by hand.")
    return folder


def opened(settings, said=None, **choice):
    """Open a pipeline and return the names in its library, closed again."""
    pipeline = open_pipeline(settings, say=(said if said is not None else []).append, **choice)
    with pipeline.library as library:
        return [document.name for document in library.documents()]


def refreshed(settings, name, *added, said=None, docs=None, add=(), **options):
    """Refresh a library and return (names, changes)."""
    library, changes = refresh_library(
        settings,
        assemble.load_embedder(settings)[0],
        "fake@1",
        docs=docs,
        name=name,
        say=(said if said is not None else []).append,
        add=[*added, *add],
        **options,
    )
    with library:
        return [document.name for document in library.documents()], changes


def files_below(folder):
    return sorted(path.name for path in Path(folder).rglob("*") if path.is_file())


def test_default_library_is_the_seed_article_alone(fake_assembly, settings):
    assert opened(settings) == ["000_fe5bd0c0b00e3e2d.txt"]
    path = docs_library_path(Path(settings.home), seed_articles())
    assert path.is_file()


def test_docs_are_read_again_before_use(fake_assembly, settings, docs):
    said = []
    assert opened(settings, said, docs=[docs]) == ["a.txt", "b.md"]
    (docs / "a.txt").write_text("The bridge was opened in 1933.")
    (docs / "b.md").unlink()
    (docs / "c.txt").write_text("The gate is shut.")
    (docs / "d.txt").write_bytes(b"\x7fELF\0")
    pipeline = open_pipeline(settings, docs=[docs], say=said.append)
    with pipeline.library as library:
        assert [document.name for document in library.documents()] == ["a.txt", "c.txt"]
        assert library.text(1) == "The bridge was opened in 1933."
        fake_assembly.reader.margins = {"1933": 4.0}
        answer = pipeline.ask("When was the bridge opened?")
        assert answer.text == "The bridge was opened in 1933. [1]"
    assert len(said) == 1
    assert "d.txt: it has zero bytes" in said[0]


def test_pipeline_says_which_models_it_has(fake_assembly, settings, docs):
    pipeline = open_pipeline(settings, docs=[docs], say=pytest.fail)
    with pipeline.library:
        assert pipeline.models == {"embedder": "fake@1", "reader": "fake reader"}


def named_model(tmp_path):
    """A folder that looks like a causal model; nothing of it is loaded before it is needed."""
    folder = tmp_path / "causal"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"")
    return str(folder)


def test_without_a_checker_a_named_writer_is_said_not_to_be_used(
    fake_assembly, settings, docs, tmp_path, monkeypatch
):
    monkeypatch.setattr("rag.assemble.checker_is_shipped", lambda: False)
    said, name = [], named_model(tmp_path)
    pipeline = open_pipeline(replace(settings, generator=name), docs=[docs], say=said.append)
    with pipeline.library:
        assert pipeline.ask("When was it opened?").status == "quoted"
    assert said == [
        f"writer {name!r} is not used: this version has no trained checker, without which nothing "
        "written is shown (--generator none)"
    ]


def test_with_a_checker_the_writer_is_part_of_the_pipeline_and_not_loaded(
    fake_assembly, settings, docs, tmp_path, monkeypatch
):
    monkeypatch.setattr("rag.assemble.load_checker", lambda settings, say: TrainedChecker(None))
    name = named_model(tmp_path)
    pipeline = open_pipeline(replace(settings, generator=name), docs=[docs], say=pytest.fail)
    with pipeline.library:
        assert pipeline.models["writer"] == name
        assert pipeline.ask("When was it opened?").status == "quoted"  # a short fact


@pytest.mark.parametrize("name", ["nothing", "writer"])
def test_a_writer_that_is_not_there_is_one_line(fake_assembly, settings, docs, name):
    with pytest.raises(ModelNotFound, match="is not (on this machine|installed; run: footnote)"):
        open_pipeline(replace(settings, generator=name), docs=[docs], say=pytest.fail)


def test_named_library_remembers_its_paths(fake_assembly, settings, docs, tmp_path):
    other = tmp_path / "more\nlines.txt"  # a name that no list of lines could hold
    other.write_text("The gate is shut.")
    names, changes = refreshed(settings, "mine", docs)
    assert (names, changes.added) == (["a.txt", "b.md"], ["a.txt", "b.md"])
    assert refreshed(settings, "mine", other)[1].added == ["more\ufffdlines.txt"]
    assert opened(settings, name="mine") == ["a.txt", "b.md", "more\ufffdlines.txt"]


def test_named_library_drops_files_that_are_gone(fake_assembly, settings, docs):
    refreshed(settings, "mine", docs)
    (docs / "b.md").unlink()
    names, changes = refreshed(settings, "mine")
    assert (names, changes.removed, changes.unchanged) == (["a.txt"], ["b.md"], ["a.txt"])


KEPT = "what was read there stays until you remove it"
NOT_THERE = "no such file or folder; check the path"
DENIED = "cannot be looked into (permission denied); check the disk and the permissions"


def keep_out(monkeypatch, place):
    """Deny a look into a folder, as its permissions would to anyone but an administrator."""

    def scandir(path=".", look=os.scandir):
        if not isinstance(path, int) and Path(path) == place:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_documents_of_a_path_that_is_away_are_kept_until_it_is_back_or_removed(
    fake_assembly, settings, docs, tmp_path
):
    other = tmp_path / "other.txt"
    other.write_text("The gate is shut.")
    refreshed(settings, "mine", docs, other)
    docs.rename(tmp_path / "away")
    for _ in range(2):
        said = []
        names, changes = refreshed(settings, "mine", said=said)
        assert (names, changes.removed) == (["a.txt", "b.md", "other.txt"], [])
        assert said == [f"skipped: {docs}: {NOT_THERE}; {KEPT} (2 documents)"]
    other.rename(tmp_path / "away.txt")
    said = []
    assert refreshed(settings, "mine", said=said)[0] == ["a.txt", "b.md", "other.txt"]
    assert said[1] == f"skipped: {other}: {NOT_THERE}; {KEPT} (1 document)"
    assert opened(settings, name="mine") == ["a.txt", "b.md", "other.txt"]
    (tmp_path / "away").rename(docs)
    assert refreshed(settings, "mine")[1].unchanged == ["a.txt", "b.md"]
    said = []
    names, changes = refreshed(settings, "mine", remove=[other], said=said)
    assert (names, changes.removed, said) == (["a.txt", "b.md"], ["other.txt"], [])


@pytest.mark.parametrize("name", [None, "mine"])
def test_documents_of_an_unreadable_folder_are_kept(
    fake_assembly, settings, docs, monkeypatch, name
):
    (docs / "inner/inmost").mkdir(parents=True)
    (docs / "inner/inmost/c.txt").write_text("The gate is shut.")
    choice = {"docs": [docs]} if name is None else {"add": [docs]}
    refreshed(settings, name, **choice)
    (docs / "b.md").unlink()  # this one is known to be gone
    said = []
    with monkeypatch.context() as patch:
        keep_out(patch, docs / "inner")
        names, changes = refreshed(settings, name, said=said, **choice)
    assert (names, changes.removed) == (["a.txt", "inner/inmost/c.txt"], ["b.md"])
    assert said == [f"skipped: {docs / 'inner'}: {DENIED}; {KEPT} (1 document)"]
    assert refreshed(settings, name, **choice)[1].unchanged == ["a.txt", "inner/inmost/c.txt"]
    (docs / "inner/inmost/c.txt").unlink()
    assert refreshed(settings, name, **choice)[1].removed == ["inner/inmost/c.txt"]


def test_a_folder_that_nobody_can_look_into_is_said(fake_assembly, settings, docs, monkeypatch):
    (docs / "inner").mkdir()
    keep_out(monkeypatch, docs / "inner")
    said = []
    assert refreshed(settings, None, docs=[docs], said=said)[0] == ["a.txt", "b.md"]
    assert said == [f"skipped: {docs / 'inner'}: {DENIED}"]


def test_documents_of_a_folder_that_is_wholly_empty_now_are_kept(
    fake_assembly, settings, docs, tmp_path
):
    docs.rename(tmp_path / "away")
    (tmp_path / "away").rename(docs)
    refreshed(settings, "mine", docs)
    docs.rename(tmp_path / "away")
    docs.mkdir()  # the place of a disk that is not there
    said = []
    assert refreshed(settings, "mine", said=said)[0] == ["a.txt", "b.md"]
    assert said == [
        f"skipped: {docs}: no documents in this folder; add some {KINDS}; {KEPT} (2 documents)"
    ]
    (docs / "note.bin").write_bytes(b"\0")  # there is a disk: the documents are gone
    assert refreshed(settings, "mine", docs.parent / "away")[1].removed == ["a.txt", "b.md"]


def test_documents_of_a_disk_that_is_not_there_are_kept(fake_assembly, settings, docs, monkeypatch):
    (docs / "disk").mkdir()
    (docs / "disk/c.txt").write_text("The gate is shut.")
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == docs / "disk")
    refreshed(settings, "mine", docs)
    (docs / "disk/c.txt").unlink()
    monkeypatch.setattr(os.path, "ismount", lambda path: False)
    said = []
    names, changes = refreshed(settings, "mine", said=said)
    assert (names, changes.removed) == (["a.txt", "b.md", "disk/c.txt"], [])
    assert said == [
        f"skipped: {docs / 'disk'}: the disk that was here is not; put it back; {KEPT} (1 document)"
    ]
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == docs / "disk")
    assert refreshed(settings, "mine")[1].removed == ["disk/c.txt"]


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "Permission denied"), OSError(5)])
def test_a_document_whose_file_cannot_be_read_is_kept(
    fake_assembly, settings, docs, monkeypatch, error
):
    refreshed(settings, "mine", docs)
    (docs / "a.txt").write_text("The bridge was opened in 1933.")
    (docs / "new.txt").write_text("The gate is shut.")

    def read(path, *args, read=Path.open, **options):
        if path.name in ("a.txt", "new.txt"):
            raise error
        return read(path, *args, **options)

    said = []
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", read)
        names, changes = refreshed(settings, "mine", said=said)
    assert (names, changes.removed) == (["a.txt", "b.md"], [])
    assert [line.rpartition("; ")[2] for line in said] == [
        "what was read of it before stays",
        "check that it exists and its permissions",
    ]
    (docs / "a.txt").write_bytes(b"\0")  # it can be read, and is no text any more
    assert refreshed(settings, "mine")[0] == ["b.md", "new.txt"]


def test_named_library_interrupted_while_it_is_made_goes_on(fake_assembly, settings, docs):
    def interrupt(texts, embed=fake_assembly.embedder.embed):
        if any("tunnel" in text for text in texts):
            raise KeyboardInterrupt
        return embed(texts)

    fake_assembly.embedder.embed, embed = interrupt, fake_assembly.embedder.embed
    with pytest.raises(KeyboardInterrupt):
        refreshed(settings, "mine", docs)
    fake_assembly.embedder.embed = embed
    names, changes = refreshed(settings, "mine")  # it knows its paths already
    assert names == ["a.txt", "b.md"]
    assert changes.added == ["a.txt", "b.md"]  # they were one batch


def test_unknown_library_is_one_line_with_the_command(fake_assembly, settings):
    with pytest.raises(LibraryError) as raised:
        opened(settings, name="mine")
    assert str(raised.value) == (
        "there is no library 'mine': make it with `footnote index --library mine --add PATH`"
    )
    assert files_below(settings.home) == []


@pytest.mark.parametrize("choice", [{"docs": "docs"}, {"name": "mine", "add": "add"}])
def test_path_that_does_not_exist_leaves_no_library(fake_assembly, settings, tmp_path, choice):
    missing = tmp_path / "nowhere"
    arguments = {"docs": None, "name": None, **choice}
    for key in ("docs", "add"):
        if arguments.get(key):
            arguments[key] = [missing]
    with pytest.raises(LibraryError) as raised:
        refresh_library(settings, fake_assembly.embedder, "fake@1", say=pytest.fail, **arguments)
    assert str(raised.value) == f"{missing}: no such file or folder; check the path"
    assert files_below(settings.home) == []


def test_only_unreadable_documents_are_one_line_and_the_library_is_closed(
    fake_assembly, settings, docs
):
    (docs / "a.txt").write_bytes(b"\0")
    (docs / "b.md").write_bytes(b"")
    said = []
    with pytest.raises(LibraryError) as raised:
        opened(settings, said, docs=[docs])
    assert str(raised.value) == (
        f"no document could be read in {docs}: expected files of a kind that is read {KINDS}"
    )
    assert len(said) == 2
    path = docs_library_path(Path(settings.home), [docs])
    assert files_below(settings.home) == [path.name]  # a closed one has no -wal beside it


@pytest.mark.parametrize("part", ["load_reader", "load_calibration", "load_embedder"])
def test_error_of_a_model_leaves_no_library_open(fake_assembly, settings, docs, monkeypatch, part):
    def fail(*arguments):
        raise ModelNotFound("damaged")

    monkeypatch.setattr(assemble, part, fail)
    with pytest.raises(ModelNotFound):
        opened(settings, docs=[docs])
    assert files_below(settings.home) == []


@pytest.mark.parametrize("name", [None, "mine"])
def test_home_below_a_file_is_one_line(fake_assembly, tmp_path, docs, name):
    (tmp_path / "file").write_text("no folder")
    settings = Settings(home=str(tmp_path / "file" / "home"))
    with pytest.raises(LibraryError) as raised:
        refresh_library(
            settings,
            fake_assembly.embedder,
            "fake@1",
            docs=None if name else [docs],
            name=name,
            say=pytest.fail,
            add=[docs] if name else [],
        )
    assert str(raised.value).endswith(
        "cannot be written (not a directory); make room, check the permissions, "
        "or set FOOTNOTE_HOME to another folder"
    )
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", ["embedder", "reader"])
def test_model_that_is_not_there_is_one_line_before_anything_is_read(tmp_path, docs, kind):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    models = {"reader": str(tmp_path / "model"), kind: "nothing"}
    settings = Settings(home=str(tmp_path / "home"), **models)
    with pytest.raises(ModelNotFound) as raised:
        open_pipeline(settings, docs=[docs], say=pytest.fail)
    assert str(raised.value).startswith(f"{kind} 'nothing' is not on this machine: expected ")
    assert "\n" not in str(raised.value)
    assert files_below(settings.home) == []


def calibrated(settings, docs, **changes):
    """Keep a threshold of 0.99 with the library of `docs`, as `footnote calibrate` does."""
    values = {"slope": 1.0, "intercept": 0.0, "max_error": 0.05, "questions": 90} | changes
    own = OwnCalibration(
        **{"min_confidence": 0.99, "reader": assemble.reader_id(settings, "fake@1")} | values,
        held_out_error=0.05,
        held_out_answered=0.8,
        made_at="2026-11-25T04:00:00+00:00",
    )
    with open_pipeline(settings, docs=[docs], say=pytest.fail).library as library:
        keep_own(library, own)


def test_threshold_comes_from_flag_then_library_then_environment_then_default(
    fake_assembly, settings, docs, monkeypatch
):
    """The fake reader's confidence is 0.982: at 0.99 it refuses."""

    def asked(**options):
        chosen = load_settings(home=settings.home, passage_tokens=40)
        pipeline = open_pipeline(chosen, docs=[docs], say=pytest.fail, **options)
        with pipeline.library:
            status = pipeline.ask("When was it opened?").status
            return pipeline.settings.min_confidence, status

    assert asked() == (0.35, "quoted")
    monkeypatch.setenv("FOOTNOTE_MIN_CONFIDENCE", "0.3")
    assert asked() == (0.3, "quoted")
    calibrated(settings, docs)
    assert asked() == (0.99, "refused")
    assert asked(min_confidence=0.5) == (0.5, "quoted")
    assert asked(min_confidence=0.0) == (0.0, "quoted")
    assert asked(own_calibration=False) == (0.3, "quoted")


def test_calibration_stays_when_the_library_is_read_again(fake_assembly, settings, docs):
    calibrated(settings, docs)
    (docs / "c.txt").write_text("The gate is shut.")
    pipeline = open_pipeline(settings, docs=[docs], say=pytest.fail)
    with pipeline.library:
        assert pipeline.settings.min_confidence == 0.99


def test_calibration_for_another_reader_is_said_and_does_not_count(fake_assembly, settings, docs):
    calibrated(settings, docs, reader="default@older+calibration")
    said = []
    pipeline = open_pipeline(settings, docs=[docs], say=said.append)
    with pipeline.library:
        assert pipeline.settings.min_confidence == 0.35
    assert len(said) == 1
    assert "run `footnote calibrate` again" in said[0]
