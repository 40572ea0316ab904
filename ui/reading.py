"""Reading files while a page looks on: in a thread of its own, with a row for each file.

Knows the engine's progress, not where rows are shown.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from rag.cli.terminal import say_problem
from rag.errors import RagError
from rag.library.reading import Reading
from ui.asking import UNEXPECTED
from ui.documents_view import Row

if TYPE_CHECKING:
    from rag.library.changes import Changes, Finished, Progress

_SHOW_SECONDS = 0.25
_MOST_REMARKS = 3
_DONE = ("added", "changed", "skipped", "same", "asked")


def run_reading(
    reading: Reading, work: Callable[[Reading], "Changes | None"], rows: dict[str, Row]
) -> Generator[tuple[bool, str, "Changes | None"], None, None]:
    """Run `work` in a thread; yield (ended, problem, changes) now and then, with `rows` up to date.

    When closed early, the work is cancelled and waited for.
    """
    news: SimpleQueue[tuple[bool, str, Changes | None]] = SimpleQueue()

    def run() -> None:
        problem, changes = "", None
        try:
            changes = work(_told(reading, rows))
        except RagError as error:
            problem = str(error)
        except Exception:
            say_problem()
            problem = UNEXPECTED
        _leave_unfinished(rows)
        news.put((True, problem, changes))

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            yield False, "", None
            try:
                yield news.get(timeout=_SHOW_SECONDS)
                return
            except Empty:
                continue
    finally:
        if reading.cancel is not None:
            reading.cancel.set()
        thread.join()


def _told(reading: Reading, rows: dict[str, Row]) -> Reading:
    """Return `reading` with listeners that keep `rows` up to date."""

    def progress(step: "Progress") -> None:
        if step.recognised < step.pages:
            rows[step.name] = Row(
                name=step.name, state="reading", done=step.recognised, pages=step.pages
            )
        else:
            rows[step.name] = Row(
                name=step.name, state="reading", done=step.embedded, passages=step.passages
            )

    def finished(file: "Finished") -> None:
        if file.outcome == "unchanged":
            rows.pop(file.name, None)
        else:
            rows[file.name] = Row(
                name=file.name,
                state=file.outcome,
                passages=file.passages,
                reason=file.reason or _remarks(file.warnings),
            )

    return replace(reading, progress=progress, finished=finished)


def _remarks(warnings: Sequence[str]) -> str:
    """Return what could not be read of a document that was, in short."""
    shown = "; ".join(warnings[:_MOST_REMARKS])
    left = len(warnings) - _MOST_REMARKS
    return f"{shown}; and {left:,} more remarks" if left > 0 else shown


def _leave_unfinished(rows: dict[str, Row]) -> None:
    for name, row in rows.items():
        if row.state in ("waiting", "reading"):
            rows[name] = Row(name=name, state="left")


def summary(
    rows: dict[str, Row], changes: "Changes | None", *, ended: bool, cancelled: bool
) -> str:
    """Return one line on how far it is, or on what was done."""
    states = [row.state for row in list(rows.values())]
    if not ended:
        done = sum(state in _DONE for state in states)
        if cancelled:
            return "Stopping…"
        return f"Reading: {done:,} of {len(states):,} files done." if states else "Reading…"
    counts = {
        "added": states.count("added"),
        "read again": states.count("changed"),
        "removed": len(changes.removed) if changes else 0,
        "skipped": states.count("skipped"),
        "not read": states.count("left"),
        "in the library already": states.count("same"),
        "to be decided": states.count("asked"),
    }
    said = ", ".join(f"{number:,} {label}" for label, number in counts.items() if number)
    start = "Cancelled; what was finished stays: " if cancelled and counts["not read"] else ""
    return f"{start}{said or 'nothing changed'}.".capitalize() if not start else f"{start}{said}."
