"""A GGUF language model on llama.cpp, in a process of its own.

Knows messages and text; nothing of questions or evidence.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

import psutil

from rag.errors import ModelNotFound

CONTEXT_TOKENS = 4096
BATCH_TOKENS = 64
"""Tokens of a prompt between which it can be cancelled."""
_POLL_SECONDS = 0.05
_CANCEL_SECONDS = 0.1
"""What the process has to leave an answer that was cancelled; then it is ended."""
_SPARE_BYTES = 500_000_000
"""Memory beside the weights: the context, buffers, Python."""
_ENDED = {"error": "llama.cpp has ended; ask again, or close other programs"}


class LlamaModel:
    """A `LanguageModel` on llama.cpp. Its process ends with `close`, or when this one ends.

    So it does where it cannot leave a cancelled answer in time, as while it reads a prompt on a
    slow machine: the processors are free then, and the model has to be loaded again.
    """

    def __init__(self, path: Path, name: str, threads: int) -> None:
        """Start the process and load the model: a second or two, and as much memory as the file.

        Raises `ModelNotFound`, with one line, where memory is short or it cannot be loaded.
        """
        self.name = name
        _check_memory(path)
        self._number = 0
        self._process = _start(path, threads)
        self._lines: SimpleQueue[dict[str, Any]] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()
        first = self._lines.get()
        if "ready" not in first:
            self.close()
            raise ModelNotFound(f"{path}: cannot be loaded ({first['error']})")

    def stream(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, cancel: Event
    ) -> Iterator[str]:
        """Yield pieces of text; end within 0.2 s of `cancel`, and so does the work on it.

        Raises `ModelNotFound` where the process has ended.
        """
        self._number += 1
        number, done = self._number, False
        try:
            self._send({"id": number, "messages": list(messages), "max_tokens": max_tokens})
            while not cancel.is_set():
                try:
                    message = self._lines.get(timeout=_POLL_SECONDS)
                except Empty:
                    if self._process.poll() is None:
                        continue
                    message = _ENDED
                done = "text" not in message
                if "error" in message:
                    raise ModelNotFound(f"{self.name}: {message['error']}")
                if done:
                    return
                yield message["text"]
        finally:
            if not done:
                self._leave(number)

    @property
    def has_ended(self) -> bool:
        """Whether its process has."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End the process; its memory is free then."""
        self._process.kill()
        self._process.wait()

    def _leave(self, number: int) -> None:
        """Have the process leave an answer, and read what it still says of it; else end it."""
        self._send({"cancel": number})
        until = time.monotonic() + _CANCEL_SECONDS
        try:
            while "text" in self._lines.get(timeout=max(0.0, until - time.monotonic())):
                pass
        except Empty:
            self.close()

    def _read(self) -> None:
        """Take what the process says until it ends."""
        for line in self._process.stdout or ():
            self._lines.put(json.loads(line))
        self._lines.put(_ENDED)

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError:  # it has ended, which `_read` says
            pass


def _check_memory(path: Path) -> None:
    available = psutil.virtual_memory().available
    needed = path.stat().st_size + _SPARE_BYTES
    if available < needed:
        raise ModelNotFound(
            f"{path.name} needs {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are "
            "free: close other programs, or use --generator none"
        )


def _start(path: Path, threads: int) -> "subprocess.Popen[str]":
    """Return the process, out of reach of this terminal's Ctrl-C."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [sys.executable, "-m", "rag.models.llama_process"]
    return subprocess.Popen(
        [*command, str(path.absolute()), *map(str, (threads, CONTEXT_TOKENS, BATCH_TOKENS))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).resolve().parents[2],  # it runs the code that this process runs
        **apart,
    )
