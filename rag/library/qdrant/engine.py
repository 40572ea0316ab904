"""The connection to a Qdrant server: calls in, values out, and every failure as one clear line.

Reads go through `Reader`, which adds the scope to each of them. Knows points, not documents.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from rag.errors import LibraryError
from rag.library.qdrant.address import Address
from rag.library.qdrant.scope import Kind, Scope, readable

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

TIMEOUT_SECONDS = 60
_PAGE = 256
"""Points that are read at once."""
_OLDEST_SERVER = (1, 19)
"""The first that counts how rare a word is among the points of a filter alone."""
_MOST_LENGTHS = 100_000
VERSIONED: tuple[Kind, ...] = ("document", "removed", "library")
"""The kinds of points that say when they changed."""
_NOT_QDRANT = "what answers there is not Qdrant, or one too new; check host, port and version"
_KEY = "FOOTNOTE_QDRANT_API_KEY"


class NoCollection(LibraryError):
    """The server is there, and has no such collection."""


@contextmanager
def clear_errors(address: Address) -> Iterator[None]:
    """Turn what goes wrong with the server into a `LibraryError` of one line."""
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except ResponseHandlingException as error:
        raise LibraryError(f"{address}: {_unanswered(error.source)}") from error
    except JSONDecodeError as error:
        raise LibraryError(f"{address}: {_NOT_QDRANT}") from error
    except ResourceExhaustedResponse as error:
        raise LibraryError(
            f"{address}: the server is busy; ask again in {error.retry_after_s} seconds"
        ) from error
    except UnexpectedResponse as error:
        if error.status_code == 404:
            raise NoCollection(f"{address}: there is no such library there") from error
        raise LibraryError(f"{address}: {_refused(error.status_code or 0, error.content)}") from (
            error
        )


def connect(address: Address, key: str) -> "QdrantClient":
    """Return a client for the server, which is asked for its version.

    Raises `LibraryError` where it does not answer, is something else, or is too old; also before a
    key would go over a network unencrypted.
    """
    try:
        import httpx
        from qdrant_client import QdrantClient
    except ImportError:
        raise LibraryError(
            "shared libraries need more packages: pip install 'footnote[qdrant]'"
        ) from None
    if key and not address.is_encrypted and not address.is_local:
        raise LibraryError(
            f"{address}: the key ({_KEY}) would go over the network unencrypted; "
            "write qdrants:// and let the server speak TLS"
        )
    client = QdrantClient(
        host=address.host,
        port=address.port,
        https=address.is_encrypted,
        headers={"api-key": key} if key else None,
        timeout=TIMEOUT_SECONDS,
        check_compatibility=False,  # it would only warn, from a thread of its own
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        trust_env=False,  # no proxy, no .netrc
    )
    try:
        with clear_errors(address):
            version = client.info().version
        _check_version(address, version)
    except BaseException:
        client.close()
        raise
    return client


def _check_version(address: Address, version: str) -> None:
    numbers = version.split("-")[0].split(".")
    if not all(map(str.isdecimal, numbers[:2])) or len(numbers) < 2:
        raise LibraryError(f"{address}: the server there is not Qdrant; check host and port")
    if tuple(map(int, numbers[:2])) < _OLDEST_SERVER:
        oldest = ".".join(map(str, _OLDEST_SERVER))
        raise LibraryError(f"{address}: Qdrant {version}, expected {oldest} or newer; update it")


class Reader:
    """What a scope may read of a collection. `client` may be used by several threads."""

    def __init__(self, client: "QdrantClient", address: Address, scope: Scope) -> None:
        self.client = client
        self.address = address
        self.scope = scope

    def points(
        self,
        kinds: Collection[Kind],
        *conditions: "models.Condition",
        payload: Sequence[str] | bool = True,
        vectors: Sequence[str] = (),
        limit: int | None = None,
    ) -> Iterator["models.Record"]:
        """Yield the points that fit all conditions, by id; at most `limit`."""
        offset: Any = None
        left = limit
        while left is None or left > 0:
            with clear_errors(self.address):
                page, offset = self.client.scroll(
                    self.address.collection,
                    scroll_filter=readable(self.scope, kinds, *conditions),
                    limit=_PAGE if left is None else min(_PAGE, left),
                    offset=offset,
                    with_payload=payload if isinstance(payload, bool) else list(payload),
                    with_vectors=list(vectors),
                )
            yield from page
            if offset is None:
                return
            left = None if left is None else left - len(page)

    def count(self, kinds: Collection[Kind], *conditions: "models.Condition") -> int:
        """Return how many points fit all conditions."""
        with clear_errors(self.address):
            return self.client.count(
                self.address.collection,
                count_filter=readable(self.scope, kinds, *conditions),
                exact=True,
            ).count

    def newest(self) -> tuple[int, Any]:
        """Return the version of the last change that may be seen, and whose point it is.

        It is a document's, what is left of one, or that of the library itself.
        """
        from qdrant_client import models

        with clear_errors(self.address):
            page, _ = self.client.scroll(
                self.address.collection,
                scroll_filter=readable(self.scope, VERSIONED),
                limit=1,
                order_by=models.OrderBy(key="changed", direction=models.Direction.DESC),
                with_payload=["changed"],
            )
        return (int((page[0].payload or {})["changed"]), page[0].id) if page else (0, "")

    def tally(self, key: str, kinds: Collection[Kind], *conditions: Any) -> dict[Any, int]:
        """Return how many points that fit have each value of a payload field."""
        with clear_errors(self.address):
            answer = self.client.facet(
                self.address.collection,
                key=key,
                facet_filter=readable(self.scope, kinds, *conditions),
                limit=_MOST_LENGTHS,
                exact=True,
            )
        return {hit.value: hit.count for hit in answer.hits}

    def query(self, requests: Sequence["models.QueryRequest"]) -> list[list["models.ScoredPoint"]]:
        """Return the points that each request finds; their filters are to be made by `filter`."""
        if not requests:
            return []
        with clear_errors(self.address):
            answers = self.client.query_batch_points(self.address.collection, list(requests))
        return [answer.points for answer in answers]

    def filter(self, kinds: Collection[Kind], *conditions: "models.Condition") -> "models.Filter":
        """Return the filter for what the scope may read and fits all conditions."""
        return readable(self.scope, kinds, *conditions)


def _unanswered(source: Exception) -> str:
    import httpx

    if isinstance(source, httpx.ConnectTimeout | httpx.ConnectError):
        reason = str(source).partition("] ")[2] or str(source) or "no connection"
        return f"no server answers ({reason.lower()}); check the address, or start the server"
    if isinstance(source, httpx.TimeoutException):
        return f"the server took more than {TIMEOUT_SECONDS} seconds; ask again, or look after it"
    if isinstance(source, httpx.TransportError):
        return "the connection was cut; nothing was left half done, try again"
    return _NOT_QDRANT


def _refused(status: int, content: bytes) -> str:
    said = " ".join(content.decode("utf-8", "replace").split())
    if status in (401, 403):
        return f"the server refuses the key; set {_KEY} to one that may be used here"
    if status == 413:
        return "the server takes no message so long; raise its service.max_request_size_mb"
    if status == 507 or "space left" in said.lower() or "disk" in said.lower():
        return "the server's disk is full, the last document was not saved; make room there"
    if status in (429, 502, 503, 504):
        return f"the server cannot answer now (status {status}); try again"
    return f"the server answered with an error (status {status}: {said:.200})"
