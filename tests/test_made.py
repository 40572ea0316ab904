"""Folders that are made once: whole, or not there."""

import pytest

from rag.models.made import is_intact, made_folder, place_of


def test_what_breaks_off_leaves_nothing_and_the_next_run_finishes(tmp_path):
    target = tmp_path / "models" / "m"

    def breaks_off(folder):
        (folder / "half").write_text("x")
        raise OSError("No space left")

    with pytest.raises(OSError, match="No space left"):
        made_folder(target, breaks_off, pytest.fail)
    assert [p.name for p in target.parent.iterdir() if p.name != ".lock"] == []
    made_folder(target, lambda folder: (folder / "whole").write_text("x"), pytest.fail)
    assert is_intact(target, every_byte=True)
    made_folder(target, lambda folder: pytest.fail("made twice"), pytest.fail)


def test_a_changed_file_is_found_and_made_again(tmp_path):
    target, lines = tmp_path / "m", []
    made_folder(target, lambda folder: (folder / "a").write_text("x"), lines.append)
    (target / "a").write_text("longer")
    assert not is_intact(target)
    made_folder(target, lambda folder: (folder / "a").write_text("y"), lines.append)
    assert (target / "a").read_text() == "y"
    assert lines == [f"{target} is damaged; it is made again."]


def test_what_set_up_made_in_the_users_own_home_serves_every_home(tmp_path, monkeypatch):
    own, shared = tmp_path / "own", tmp_path / "shared"
    monkeypatch.setattr("rag.models.made.shared_home", lambda: shared)
    assert place_of(own, "m") == own / "models" / "m"  # nothing is there yet: made in its own home
    made_folder(shared / "models" / "m", lambda f: (f / "a").write_text("x"), pytest.fail)
    assert place_of(own, "m") == place_of(shared, "m") == shared / "models" / "m"
    (shared / "models" / "m" / "a").write_text("longer")  # damaged
    assert place_of(own, "m") == own / "models" / "m"
