"""A language model that is loaded when it is first needed, and let go after a while unused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, TimeoutError
from threading import Event, Lock, Thread, Timer
from typing import Protocol

_POLL_SECONDS = 0.05


class LanguageModel(Protocol):
    """Messages to text. It is never trusted: who shows what it writes has checked it."""

    name: str

    @property
    def has_ended(self) -> bool:
        """Whether it has to be loaded again to go on."""
        ...

    def stream(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, cancel: Event
    ) -> Iterator[str]:
        """Yield pieces of text as they are written; end within 0.2 s of `cancel`, or when closed.

        `messages` have a role (system, user, assistant) and a content each.
        """
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...


class KeptModel:
    """A `LanguageModel` that serves one at a time; the others wait."""

    has_ended = False

    def __init__(self, load: Callable[[], LanguageModel], name: str, idle_seconds: float) -> None:
        self.name = name
        self._load = load
        self._idle_seconds = idle_seconds
        self._lock = Lock()
        self._model: Future[LanguageModel] | None = None
        self._timer: Timer | None = None

    def stream(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, cancel: Event
    ) -> Iterator[str]:
        """Yield pieces of text as the model does, after loading it if it is not.

        Ends soon after `cancel` is set also while it waits or loads. Raises what loading or the
        model raises; it is loaded anew the next time then.
        """
        while not self._lock.acquire(timeout=_POLL_SECONDS):
            if cancel.is_set():
                return
        try:
            if self._timer is not None:
                self._timer.cancel()
            model = self._loaded(cancel)
            if model is not None:
                yield from model.stream(messages, max_tokens, cancel)
        except Exception:
            self._drop()
            raise
        finally:
            self._timer = Timer(self._idle_seconds, self.close)
            self._timer.daemon = True
            self._timer.start()
            self._lock.release()

    def close(self) -> None:
        """Let go of the model, unless it is in use."""
        if self._lock.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._lock.release()

    @property
    def is_loaded(self) -> bool:
        """Whether it takes memory."""
        return self._model is not None

    def _loaded(self, cancel: Event) -> LanguageModel | None:
        """Return the model once it is loaded; None if `cancel` is set before, loading goes on."""
        if self._model is not None and self._model.done() and self._model.result().has_ended:
            self._drop()
        if self._model is None:
            self._model = Future()
            Thread(target=_fulfil, args=(self._model, self._load), daemon=True).start()
        while not cancel.is_set():
            try:
                return self._model.result(timeout=_POLL_SECONDS)
            except TimeoutError:
                if self._model.done():  # that of loading itself
                    raise
        return None

    def _drop(self) -> None:
        model, self._model = self._model, None
        if model is not None:
            model.add_done_callback(_close)


def _fulfil(future: "Future[LanguageModel]", load: Callable[[], LanguageModel]) -> None:
    try:
        future.set_result(load())
    except Exception as error:
        future.set_exception(error)


def _close(model: "Future[LanguageModel]") -> None:
    if model.exception() is None:
        model.result().close()
