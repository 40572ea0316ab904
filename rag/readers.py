"""One library that many people ask: each through a pipeline that sees only what they may read.

Opens nothing and changes nothing. Who somebody is, and in which groups, is said by the caller.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rag.answering.pipeline import Pipeline
from rag.library.protocol import Library
from rag.library.qdrant.library import QdrantLibrary

_MOST_PIPELINES = 256
"""Sets of groups whose pipelines are kept: each knows what the documents that they read are called.
The one asked longest ago goes first, unless it is being asked."""

Groups = frozenset[str]


class Readers:
    """Pipelines over one library by the groups of who asks. May be used by several threads.

    `groups_of` says in which groups a session's person is; a session that it knows nothing of, the
    empty one too, is in none. A library at home has no groups: everybody reads all of it.
    """

    def __init__(
        self,
        library: Library,
        make_pipeline: Callable[[Library], Pipeline],
        groups_of: Callable[[str], Groups],
    ) -> None:
        self.library = library
        self._make_pipeline = make_pipeline
        self._groups_of = groups_of
        self._lock = Lock()
        self._pipelines: OrderedDict[Groups, Pipeline] = OrderedDict()
        self._users: Counter[Groups] = Counter()

    def names(self) -> list[str]:
        """Return the name of the one library."""
        return [self.library.name]

    def chosen(self, session: str) -> str:
        """Return the name of the library that a session asks."""
        return self.library.name

    def choose(self, session: str, name: str) -> None:
        """Do nothing: there is no other."""

    def leave(self, session: str) -> None:
        """Do nothing: others may be in the same groups."""

    @contextmanager
    def using(self, session: str = "") -> Iterator[Pipeline]:
        """Give the pipeline of those who may read what the session's person may."""
        groups = self._groups_of(session)
        with self._lock:
            pipeline = self._pipeline(groups)
            self._users[groups] += 1
        try:
            yield pipeline
        finally:
            with self._lock:
                self._users[groups] -= 1

    def pipeline(self, session: str = "") -> Pipeline:
        """Return the same pipeline."""
        with self.using(session) as pipeline:
            return pipeline

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    def _pipeline(self, groups: Groups) -> Pipeline:
        if groups not in self._pipelines:
            library = self.library
            if isinstance(library, QdrantLibrary):
                library = library.for_groups(groups)
            self._pipelines[groups] = self._make_pipeline(library)
        self._pipelines.move_to_end(groups)
        idle = [known for known in self._pipelines if not self._users[known] and known != groups]
        for known in idle[: max(0, len(self._pipelines) - _MOST_PIPELINES)]:
            del self._pipelines[known]
        return self._pipelines[groups]
