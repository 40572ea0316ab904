"""What a server for many keeps an eye on: how much each person asks, and figures for Prometheus.

Knows questions and seconds, not answers' content; nothing that anybody asked is in a figure.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.datatypes import Answer

HEALTH, METRICS = "/health", "/metrics"
_MINUTE = 60.0
_MOST_PEOPLE = 10_000
"""People whose last questions are remembered; those who asked longest ago are forgotten."""
_BUCKETS = (0.25, 0.5, 1, 2, 3, 5, 8, 13, 21, 34, 60)


class Service:
    """Limits for each person, and figures. May be used by several threads.

    `per_minute` is how many questions a person may ask in a minute, `at_once` how many of theirs
    may be waiting or being answered. `clock` gives seconds.
    """

    def __init__(
        self,
        *,
        per_minute: int,
        at_once: int = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._per_minute = per_minute
        self._at_once = at_once
        self._clock = clock
        self._changed = Condition()
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._asking: dict[str, int] = {}
        self.ending = False
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "footnote_answers", "Questions by how they ended.", ["status"], registry=self._registry
        )
        self._refused = Counter(
            "footnote_limited", "Questions refused by a limit.", ["limit"], registry=self._registry
        )
        self._seconds = Histogram(
            "footnote_answer_seconds",
            "Seconds from a question to its answer, waiting included.",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._waiting = Gauge(
            "footnote_questions_in_progress",
            "Questions that wait or are being answered.",
            registry=self._registry,
        )

    @contextmanager
    def question(self, person: str) -> Iterator[Callable[["Answer"], None]]:
        """Let a person ask; the block is to call what it is given with the answer, if there is one.

        Raises `RagError` with when to ask again where a limit is reached, or the server ends.
        """
        self._admit(person)
        started = self._clock()
        statuses: list[str] = []
        try:
            yield lambda answer: statuses.append(answer.status)
        except BaseException:
            statuses.append("failed")
            raise
        finally:
            with self._changed:
                self._asking[person] -= 1
                if not self._asking[person]:
                    del self._asking[person]
                self._changed.notify_all()
            self._waiting.dec()
            self._answers.labels(statuses[-1] if statuses else "stopped").inc()
            self._seconds.observe(self._clock() - started)

    def _admit(self, person: str) -> None:
        with self._changed:
            if self.ending:
                raise RagError("Footnote is being ended here: ask again in a minute")
            now = self._clock()
            asked = self._asked.setdefault(person, deque())
            self._asked.move_to_end(person)
            while len(self._asked) > _MOST_PEOPLE:
                self._asked.popitem(last=False)
            while asked and asked[0] <= now - _MINUTE:
                asked.popleft()
            if self._asking.get(person, 0) >= self._at_once:
                self._refused.labels("at_once").inc()
                raise RagError(
                    f"{self._at_once} of your questions are being answered: wait for one of them"
                )
            if len(asked) >= self._per_minute:
                self._refused.labels("per_minute").inc()
                seconds = round(asked[0] + _MINUTE - now) or 1
                raise RagError(
                    f"you have asked {self._per_minute} questions in a minute: ask again in "
                    f"{seconds} seconds"
                )
            asked.append(now)
            self._asking[person] = self._asking.get(person, 0) + 1
            self._waiting.inc()

    def finish(self, timeout_seconds: float) -> bool:
        """Take no more questions; say whether those that were being answered were done in time."""
        with self._changed:
            self.ending = True
            return self._changed.wait_for(lambda: not self._asking, timeout_seconds)

    def figures(self) -> tuple[bytes, str]:
        """Return the figures as Prometheus reads them, and their content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST
