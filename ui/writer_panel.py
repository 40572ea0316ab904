"""The part of the Settings view that installs and removes a writer, when a person asks for it.

Fetching is `rag.models.install`'s; one runs at a time, and goes on when its page is closed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import gradio as gr
import psutil

from rag.errors import RagError
from rag.models.install import Stopped, files_of, install_writer, remove_writer
from rag.models.writers import WRITERS, WriterModel, is_whole, writer_path
from ui.ask_components import PLAIN, PRIVATE
from ui.escape import escape
from ui.frame import render_outcome

_LOOK_SECONDS = 0.5
_STOP_SECONDS = 5.0
_ABOUT = (
    "<h3>Answers in words</h3>"
    "<p>A writer says what was found in words of its own. Each sentence is checked against the "
    "text before it is shown, and the quotes stay beside it. Without one, answers are quotes. It "
    "runs on this computer alone.</p>"
)

Shown = tuple[str, Any, Any, Any]
"""What the state says, and whether the buttons Install, Stop and Remove are there."""


def build_writer_panel(home: Path, bridge: gr.HTML) -> None:
    """Build the components in the caller's context, and wire them."""
    desk = WriterDesk(home)
    first = desk.writers[0].name
    can = desk.buttons(first)
    with gr.Column(elem_id="writer", min_width=0):
        gr.HTML(_ABOUT, **PLAIN)
        name = gr.Radio(
            [(desk.label(model), model.name) for model in desk.writers],
            value=first,
            label="Writer",
            elem_id="writers",
        )
        with gr.Row():
            buttons = [
                gr.Button(
                    word,
                    elem_id=f"{word.lower()}-writer",
                    visible=visible,
                    scale=0,
                    min_width=0,
                )
                for word, visible in zip(("Install", "Stop", "Remove"), can, strict=True)
            ]
        state = gr.HTML(desk.state(), elem_id="writer-state", **PLAIN)
    shown = [state, *buttons]
    install, stop, remove = buttons
    install.click(desk.install, [name], shown, **PRIVATE)
    stop.click(desk.stop, [name], shown, queue=False, **PRIVATE)
    remove.click(desk.remove, [name], shown, queue=False, **PRIVATE)
    name.change(desk.shown, [name], shown, queue=False, **PRIVATE)
    # Only what is being installed needs a stream: one on every opening is in the way of an Apply.
    following = gr.State(False)
    bridge.open_settings_view(desk.look, [name], [*shown, following], queue=False, **PRIVATE)
    following.change(desk.watch, [name], shown, **PRIVATE)


class WriterDesk:
    """What the panel does. `writers` are those that this machine has the memory for."""

    def __init__(self, home: Path, writers: Sequence[WriterModel] = WRITERS) -> None:
        self._home = home
        memory = psutil.virtual_memory().total
        fitting = [model for model in writers if memory >= model.memory_bytes]
        self.writers = fitting or list(writers[-1:])
        self._lock = Lock()
        self._stop = Event()
        self._running: Thread | None = None
        self._progress = (0, 1)
        self._outcome = ""

    def label(self, model: WriterModel) -> str:
        """Return what a person chooses from: name, sizes and speed."""
        return f"{model.title} ({model.sizes}; {model.speed})"

    def install(self, name: str) -> Iterator[Shown]:
        """Begin to install a writer, unless one is being installed; yield how far it is."""
        with self._lock:
            if self._running is None or not self._running.is_alive():
                model = self._called(name)
                self._stop, self._progress, self._outcome = Event(), (0, len(model.parts)), ""
                self._running = Thread(target=self._install, args=(model,), daemon=True)
                self._running.start()
        yield from self.watch(name)

    def look(self, name: str) -> tuple[str, Any, Any, Any, bool]:
        """Return how it stands, and whether one is being installed: then there is more to come."""
        return *self.shown(name), self._is_running

    def watch(self, name: str) -> Iterator[Shown]:
        """Yield how it stands, again and again while one is being installed."""
        while (running := self._running) is not None and running.is_alive():
            yield self.shown(name)
            running.join(_LOOK_SECONDS)
        yield self.shown(name)

    def stop(self, name: str) -> Shown:
        """Stop installing; what was downloaded is kept."""
        self._stop.set()
        if self._running is not None:
            self._running.join(_STOP_SECONDS)
        return self.shown(name)

    def remove(self, name: str) -> Shown:
        """Delete a writer, or what was downloaded of it."""
        if self._is_running:
            return self.shown(name)
        try:
            removed = remove_writer(self._called(name), self._home)
        except OSError as error:
            self._outcome = render_outcome(f"It cannot be deleted: {error.strerror}.", failed=True)
        else:
            line = "Deleted; answers are quotes." if removed else "It is not installed."
            self._outcome = render_outcome(line)
        return self.shown(name)

    def shown(self, name: str) -> Shown:
        """Return the state and the buttons, for the writer that is chosen."""
        install, stop, remove = (gr.update(visible=can) for can in self.buttons(name))
        return self.state(), install, stop, remove

    def buttons(self, name: str) -> tuple[bool, bool, bool]:
        """Say whether there is something to install, to stop, and to remove."""
        model, running = self._called(name), self._is_running
        whole = is_whole(model, writer_path(model, self._home))
        return not (running or whole), running, not running and bool(files_of(model, self._home))

    def state(self) -> str:
        """Return what is installed, how far an installation is, and what came of the last."""
        if self._is_running:
            done, parts = self._progress
            what = f"part {done + 1} of {parts}" if done < parts else "checking it"
            return (
                f'<p role="status">Downloading, {what}. You can go on asking.</p>'
                f'<progress value="{done}" max="{parts}" aria-label="Downloaded parts"></progress>'
            )
        there = [each for each in self.writers if is_whole(each, writer_path(each, self._home))]
        names = ", ".join(escape(each.title) for each in there) or "none"
        return f"{self._outcome}<p>Installed: {names}.</p>"

    @property
    def _is_running(self) -> bool:
        return self._running is not None and self._running.is_alive()

    def _called(self, name: str) -> WriterModel:
        return next((each for each in self.writers if each.name == name), self.writers[0])

    def _install(self, model: WriterModel) -> None:
        def show(done: int, parts: int) -> None:
            self._progress = (done, parts)

        try:
            install_writer(model, self._home, show, self._stop)
        except Stopped:
            self._outcome = render_outcome("Stopped; what was downloaded is kept.")
        except RagError as error:
            self._outcome = render_outcome(str(error), failed=True)
        else:
            self._outcome = render_outcome("Installed. It is used from the next question on.")
