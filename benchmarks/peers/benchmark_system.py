"""The near end of benchmark_worker.py: starts a system's process, and talks to it."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.errors import RagError
from rag.evaluation.questions import Question

WORKER = Path(__file__).resolve().with_name("benchmark_worker.py")


class WorkerSystem:
    """A system in a process of its own.

    `run` says what its answers were made from, `setup_seconds` how long it took from the start of
    the process until the first documents were open, `peak_bytes` its most memory so far.
    """

    def __init__(self, name: str, home: Path, log: Path) -> None:
        self.name = name
        self.run: dict[str, Any] = {}
        self.setup_seconds: float | None = None
        self.peak_bytes = 0
        self._paths: tuple[Path, ...] = ()
        self._log = log.open("a", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), name, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
        )
        reply = self._read()
        self.unavailable: str = reply.get("unavailable", "")
        if "seconds_since_start" in reply:
            self.setup_seconds = reply["seconds_since_start"]

    def open(self, paths: tuple[Path, ...]) -> None:
        """Let the system answer from `paths`; nothing happens if it does already."""
        if paths == self._paths:
            return
        reply = self._request({"open": [str(path) for path in paths]})
        self._paths = paths
        self.run = reply["run"]
        if self.setup_seconds is None:
            self.setup_seconds = reply["seconds_since_start"]

    def ask(self, question: Question) -> dict[str, Any]:
        """Return the question's row."""
        reply = self._request({"ask": dataclasses.asdict(question)})
        self.peak_bytes = reply["peak_bytes"]
        row: dict[str, Any] = reply["row"]
        return row

    def generate(self, messages: Sequence[dict[str, str]]) -> dict[str, Any]:
        """Return what an engine wrote, and how long it took."""
        reply = self._request({"messages": list(messages)})
        self.peak_bytes = reply["peak_bytes"]
        return reply

    def close(self) -> None:
        """End the process."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RagError(
                f"{self.name} ended with exit code {self._process.wait()}: {self._log.name} says "
                "why; the same command goes on where this one stopped"
            )
        reply: dict[str, Any] = json.loads(line)
        return reply
