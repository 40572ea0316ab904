"""Opening a shared library by its address."""

from collections.abc import Mapping

from rag.errors import IndexMismatch, LibraryError
from rag.library.qdrant.address import parse_address
from rag.library.qdrant.engine import connect
from rag.library.qdrant.library import QdrantLibrary
from rag.library.qdrant.scope import Scope
from rag.library.qdrant.writing import Writer
from rag.library.recipe import describe_difference
from rag.offline import allow_server


def open_shared(
    name: str, *, key: str, recipe: Mapping[str, str], create: bool = False
) -> QdrantLibrary:
    """Open the library at `qdrant://…`, as whoever keeps it; make an empty one if it may be made.

    From then on this process may connect to that server, and to no other. `recipe` has
    `dimension`. Raises `IndexMismatch` if it was made with another recipe, `LibraryError` if it is
    not there, or the server does not answer.
    """
    address = parse_address(name)
    allow_server(address.host, address.port)
    client = connect(address, key)
    try:
        writer = Writer(client, address, Scope(libraries=frozenset({address.library})))
        if create:
            writer.prepare(int(recipe["dimension"]))
        about = writer.about()
        if not about:
            raise LibraryError(
                f"there is no library {address}: make it with "
                f"`footnote index --library {address} --add PATH`"
            )
        library = QdrantLibrary(client, address, recipe)
        if library.stale:
            raise IndexMismatch(
                f"{address}: {describe_difference(about['recipe'], recipe)}; "
                "ask with the same, or make another library"
            )
        return library
    except BaseException:
        client.close()
        raise
