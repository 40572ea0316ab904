"""Footnote's engine, from files to cited answers; this is its Python interface.

`open_documents` is where to begin. Everything is imported when it is first used, so that importing
`rag` itself costs nothing. Knows nothing about web pages.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage
    from rag.errors import RagError
    from rag.python_api import Documents, open_documents

__all__ = [
    "Answer",
    "Citation",
    "CitedSentence",
    "Documents",
    "NearestPassage",
    "RagError",
    "open_documents",
]
_PLACES = {"Documents": "python_api", "open_documents": "python_api", "RagError": "errors"}


def __getattr__(name: str) -> Any:
    """Import what is asked for (https://peps.python.org/pep-0562/)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"rag.{_PLACES.get(name, 'datatypes')}"), name)
