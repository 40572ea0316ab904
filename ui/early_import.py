"""Imports the page while the models load: Gradio takes longest of all that opening it takes.

Knows nothing of pages but where they are.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from typing import Any

PAGE = "ui.server"


def import_page_meanwhile() -> Thread:
    """Begin to import the page, and return the thread that does.

    Whoever imports it then waits until it is there, and gets whatever error that raises. Ctrl-C
    does not wait.
    """
    thread = Thread(target=_import_page, name="import of the page", daemon=True)
    thread.start()
    return thread


def _import_page() -> None:
    with suppress(Exception), _without_stubs():
        import_module(PAGE)


@contextmanager
def _without_stubs() -> Iterator[None]:
    """Keep Gradio from writing type stubs beside its components, two fifths of its import.

    It parses the source of each of them every time, and goes on without where `inspect.getfile`
    says that there is no file (gradio/component_meta.py, `create_or_modify_pyi`).
    """
    real = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("no stub is needed")
        return real(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = real
