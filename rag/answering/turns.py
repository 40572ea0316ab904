"""Work that several threads want at once: one does it for all that wait for the same (batching).

Whoever comes while nothing is being done begins at once, so that one alone never waits. Knows
nothing of questions or models.
"""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event
from typing import Any, TypeVar

MOST_TOGETHER = 8
"""Items that are done at once. The first who came waits for the last, and more save nothing: the
reader takes passages eight at a time, and three to six of each question."""
_POLL_SECONDS = 0.1

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stopped(Exception):
    """Whoever waited does not want it any more."""


@dataclass(eq=False, slots=True)
class _Waiting:
    kind: Hashable
    items: Sequence[Any]
    results: list[Any] = field(default_factory=list)
    error: BaseException | None = None
    is_over: bool = False


class Turns:
    """A line in which the first one works, for itself and for others behind it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._line: deque[_Waiting] = deque()
        self._is_working = False

    def take(
        self,
        kind: Hashable,
        do: Callable[[list[Item]], Sequence[Result]],
        items: Sequence[Item],
        cancel: Event | None = None,
    ) -> list[Result]:
        """Return what `do` gives for `items`, one each, done together with others' of that `kind`.

        An error is that of one's own items: what fails together is done again one by one. Raises
        `Stopped` where `cancel` is set while others work.
        """
        own = _Waiting(kind, items)
        with self._changed:
            self._line.append(own)
        while batch := self._next(own, cancel):
            self._work(do, batch)
        if own.error is not None:
            raise own.error
        return own.results

    def _next(self, own: _Waiting, cancel: Event | None) -> list[_Waiting]:
        """Wait; return what to do once it is one's turn, nothing once others did it."""
        with self._changed:
            while not own.is_over and (self._is_working or self._line[0] is not own):
                if cancel is not None and cancel.is_set():
                    own.is_over = True
                    if own in self._line:
                        self._line.remove(own)
                        self._changed.notify_all()
                    raise Stopped
                self._changed.wait(None if cancel is None else _POLL_SECONDS)
            if own.is_over:
                return []
            self._is_working = True
            return self._taken_along(own)

    def _taken_along(self, own: _Waiting) -> list[_Waiting]:
        """Take the first of the line out of it, with those of its kind that fit in."""
        batch, count = [], 0
        for each in list(self._line):
            if each is own or (each.kind == own.kind and count + len(each.items) <= MOST_TOGETHER):
                self._line.remove(each)
                batch.append(each)
                count += len(each.items)
        return batch

    def _work(self, do: Callable[[list[Any]], Sequence[Any]], batch: list[_Waiting]) -> None:
        """Do what the batch wants; the first of it is this thread's own."""
        try:
            results = iter(do([item for each in batch for item in each.items]))
            for each in batch:
                each.results = [next(results) for _ in each.items]
                each.is_over = True
        except BaseException as error:
            if len(batch) == 1 or not isinstance(error, Exception):
                batch[0].error, batch[0].is_over = error, True
            for each in batch:
                each.kind = each  # from now on alone
        finally:
            with self._changed:
                self._line.extendleft(each for each in reversed(batch) if not each.is_over)
                self._is_working = False
                self._changed.notify_all()
