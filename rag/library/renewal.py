"""Giving the passages of a library the vectors of another embedder, without reading a file.

A recipe is what a library's passages and vectors are made with, by name.
"""

import sqlite3
from collections.abc import Callable, Mapping

from rag.datatypes import Embedder
from rag.errors import LibraryError
from rag.library.embedding import embed_views
from rag.library.schema import Database

_NOT_OF_PASSAGES = frozenset({"embedder", "dimension", "vectors"})


def keeps_passages(made: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Say whether a library that was `made` otherwise has the passages that are `wanted`."""
    differing = {key for key, value in wanted.items() if made.get(key) != value}
    return "embedder" in made and differing <= _NOT_OF_PASSAGES


def embed_anew(
    database: Database,
    embedder: Embedder,
    put_recipe: Callable[[sqlite3.Connection], None],
    step: Callable[[int, int], None],
) -> None:
    """Give all passages the vectors of this embedder, and then the recipe; all of it or nothing.

    `step` is called with how many are done, and of how many, and may raise an error to end the
    work. Raises `LibraryError` where another program changes the library meanwhile.
    """
    version = database.meta()["content_version"]
    rows = database.query("SELECT rowid, view FROM words")
    views = list(dict.fromkeys(view for _, view in rows))
    name = database.path.name
    vectors = embed_views(embedder, views, name, lambda done: step(done, len(views)))
    with database.transaction() as connection:
        if database.meta()["content_version"] != version:
            raise LibraryError(
                f"{database.path}: another Footnote changed it meanwhile; index again"
            )
        connection.executemany(
            "UPDATE passages SET vector = ? WHERE id = ?",
            ((vectors[view], passage_id) for passage_id, view in rows),
        )
        put_recipe(connection)
