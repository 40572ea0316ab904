"""What the panel that installs a writer does, with a stand-in for the download."""

from threading import Event

import pytest

from rag.errors import ModelNotFound
from rag.models.install import Stopped
from rag.models.writers import WRITERS
from ui import writer_panel
from ui.writer_panel import WriterDesk

LARGE, SMALL = WRITERS
BUTTONS = ("Install", "Stop", "Remove")


class Download:
    """Says that half is done, waits for `go`, then ends as it is told."""

    def __init__(self, error=None):
        self.go, self.begun, self.error, self.calls = Event(), Event(), error, 0

    def __call__(self, model, home, progress, stop):
        self.calls += 1
        progress(11, 22)
        self.begun.set()
        while not self.go.wait(0.01):
            if stop.is_set():
                raise Stopped
        if self.error is not None:
            raise self.error
        path = home / "models" / model.file
        path.parent.mkdir()
        with path.open("wb") as file:
            file.truncate(model.bytes)


@pytest.fixture
def memory(monkeypatch):
    def set_memory(gigabytes):
        total = int(gigabytes * 1e9)
        found = type("Memory", (), {"total": total})
        monkeypatch.setattr(writer_panel.psutil, "virtual_memory", lambda: found)

    set_memory(16)
    return set_memory


@pytest.fixture
def start(monkeypatch, memory, tmp_path):
    """Return a panel whose download has begun, its shown states, and the download."""
    monkeypatch.setattr(writer_panel, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr("rag.models.writers.shared_home", lambda: tmp_path)

    def begin(error=None):
        download = Download(error)
        monkeypatch.setattr(writer_panel, "install_writer", download)
        desk = WriterDesk(tmp_path)
        states = desk.install("writer")
        next(states)
        assert download.begun.wait(20)
        return desk, states, download

    return begin


def test_writers_that_the_memory_is_too_small_for_are_not_offered(memory, tmp_path):
    assert WriterDesk(tmp_path).writers == [LARGE, SMALL]
    memory(6)
    assert WriterDesk(tmp_path).writers == [SMALL]


def test_the_sizes_are_said_before_anything_is_downloaded(memory, tmp_path):
    label = WriterDesk(tmp_path).label(LARGE)
    assert label.startswith(
        "Qwen2.5-Coder-1.5B-Instruct (1.09 GB to download, 1.12 GB on the disk; "
    )
    assert f"reads about {LARGE.tokens_read} and writes about {LARGE.tokens_written}" in label


def test_progress_is_shown_until_it_is_installed(start):
    desk, states, download = start()
    assert "part 12 of 22" in next(states)[0]
    assert '<progress value="11" max="22"' in desk.state()
    download.go.set()
    last = list(states)[-1][0]
    assert "Installed. It is used from the next question on." in last
    assert "Installed: Qwen2.5-Coder-1.5B-Instruct." in last


def test_a_second_click_watches_the_same_download(start):
    desk, states, download = start()
    assert "part 12 of 22" in next(desk.install("writer-small"))[0]
    download.go.set()
    list(states)
    assert download.calls == 1


def test_stopped_it_says_that_what_is_there_is_kept(start):
    desk, states, _ = start()
    desk.stop("writer")
    assert "Stopped; what was downloaded is kept." in list(states)[-1][0]


def test_what_went_wrong_is_one_line_and_can_be_tried_again(start):
    desk, states, download = start(ModelNotFound("the <index> cannot be reached"))
    download.go.set()
    assert "the &lt;index&gt; cannot be reached" in list(states)[-1][0]
    download.error = None
    assert "Installed. It" in list(desk.install("writer"))[-1][0]


def test_a_writer_is_removed_and_not_while_one_is_installed(start):
    desk, states, download = start()
    assert "part 12" in desk.remove("writer")[0]
    download.go.set()
    list(states)
    assert "Deleted; answers are quotes." in desk.remove("writer")[0]
    assert "Installed: none." in desk.state()
    assert "It is not installed." in desk.remove("writer")[0]


def visible(shown):
    return [word for word, button in zip(BUTTONS, shown[1:], strict=True) if button["visible"]]


def test_only_buttons_that_do_something_are_shown(start, tmp_path):
    assert WriterDesk(tmp_path).buttons("writer") == (True, False, False)
    desk, states, download = start()
    assert visible(next(states)) == ["Stop"]
    download.go.set()
    assert visible(list(states)[-1]) == ["Remove"]
    assert visible(desk.shown("writer-small")) == ["Install"]
    assert desk.look("writer-small")[-1] is False
    assert visible(desk.remove("writer")) == ["Install"]


def test_what_was_downloaded_of_one_can_be_removed(memory, tmp_path):
    path = tmp_path / "models" / SMALL.file.replace(".gguf", ".part")
    path.parent.mkdir()
    path.write_bytes(b"half")
    desk = WriterDesk(tmp_path)
    assert visible(desk.shown("writer-small")) == ["Install", "Remove"]
    desk.remove("writer-small")
    assert not path.exists()


def test_stop_says_what_came_of_it_to_a_page_that_did_not_begin_it(start):
    desk, _, _ = start()
    assert visible(next(desk.watch("writer"))) == ["Stop"]
    assert desk.look("writer")[-1] is True
    shown = desk.stop("writer")
    assert "Stopped; what was downloaded is kept." in shown[0]
    assert visible(shown) == ["Install"]
