"""`footnote models`: installing and removing a writer."""

import pytest

from rag.cli.command import main
from rag.errors import ModelNotFound
from rag.models import install
from rag.models.writers import WRITERS


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path))
    return tmp_path


def test_install_says_the_sizes_and_prints_the_path(home, monkeypatch, capsys):
    def fake(model, folder, progress):
        progress(0, 22)
        progress(22, 22)
        return folder / "models" / model.file

    monkeypatch.setattr(install, "install_writer", fake)
    assert main(["models", "--install", "writer"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{home / 'models' / WRITERS[0].file}\n"
    assert "1.09 GB to download, 1.12 GB on the disk" in said.err


def test_an_installation_that_fails_is_one_line_and_code_1(home, monkeypatch, capsys):
    def fail(*_):
        raise ModelNotFound("writer: the package index cannot be reached")

    monkeypatch.setattr(install, "install_writer", fail)
    assert main(["models", "--install", "writer-small"]) == 1
    assert "footnote: writer: the package index cannot be reached\n" in capsys.readouterr().err


def test_remove_says_what_it_did(home, capsys):
    path = home / "models" / WRITERS[1].file
    path.parent.mkdir()
    path.write_bytes(b"")
    assert main(["models", "--remove", "writer-small"]) == 0
    assert not path.exists()
    assert main(["models", "--remove", "writer-small"]) == 0
    assert capsys.readouterr().out == ("writer-small was deleted\nwriter-small was not installed\n")


@pytest.mark.parametrize(
    "arguments", [["--install", "other"], ["--install", "writer", "--remove", "writer"]]
)
def test_wrong_usage_is_code_2(home, arguments):
    with pytest.raises(SystemExit) as ended:
        main(["models", *arguments])
    assert ended.value.code == 2
