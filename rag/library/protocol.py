"""What a library is, wherever it lives: documents with their passages, found by meaning and words.

Two homes keep this Protocol, and answers do not depend on which: a file on this computer, and an
engine that many share. Both pass `tests/test_library_contract.py`. Knows nothing of files that are
read, of models, or of how what is found is ranked.

Every method raises `LibraryError` with one line where the library cannot be read or written
(damaged, full, away, cut off in the middle, a document that is not there), and leaves nothing half
written. Several threads may call methods at once. A library that is shared is opened for a scope
(who asks): every method then gives, counts and ranks only what the scope may read, and says nothing
of the rest, in errors too; no method takes a scope, so that none can be forgotten.

Files get in by `rag.library.indexing.refresh`, which needs no more than this Protocol.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

from rag.datatypes import Block, Document, Passage, Region, Vectors
from rag.documents.split import PassageDraft
from rag.library.listed import DocumentInfo, KnownDocument


class Scored(NamedTuple):
    """A passage by its id, and how good it is; larger is better."""

    passage_id: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question, and `row`, its unit row, float32 (d,).

    `documents` are the ids of those that are looked through, None for all.
    """

    question: str
    row: Vectors
    documents: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a library finds for one query, to be ranked elsewhere; all of one state of the library.

    `nearest` are the best passages by cosine, `matching` the best by BM25, each best first, equal
    ones by ascending id. `cosines` has the exact cosine, in [-1, 1], of every passage in either.
    `words_of_all` is the BM25 score (≥ 0) of a passage that said every word of the question, at
    most, as `Library.matching` explains it; 0.0 where `matching` is empty.
    """

    nearest: tuple[Scored, ...]
    matching: tuple[Scored, ...]
    cosines: Mapping[int, float]
    words_of_all: float


class Headline(NamedTuple):
    """What a document is called: by people, by itself (`title`), and in its first line.

    `opening` is the beginning of the first line that is not blank, of at most 200 characters of the
    text; `title` is empty where it has none.
    """

    document_id: int
    name: str
    title: str
    opening: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What changed until `version`: ids of documents put or renamed, and of those removed."""

    version: int
    put: frozenset[int]
    removed: frozenset[int]


class Blocks(Protocol):
    """The structure of one document, read as it is asked for.

    Top-level blocks have numbers, ascending in the document; so have the rows of a table, from 0.
    Offsets are code points in the document's text.
    """

    def at(self, offset: int) -> tuple[int, Block] | None:
        """Return number and value of the top-level block at `offset`, or else the last before it.

        A table comes without its rows: `rows` has them. None before the first block.
        """
        ...

    def after(self, offset: int) -> tuple[int, Block] | None:
        """Return number and value of the first top-level block that begins at `offset` or later."""
        ...

    def between(self, start: int, end: int) -> list[Block]:
        """Return the top-level blocks that touch [start, end), tables with those of their rows."""
        ...

    def rows(self, table: int, start: int, end: int) -> list[tuple[int, Block]]:
        """Return (number, row) of the rows of top-level block `table` that touch [start, end).

        The first row comes too if it names the columns.
        """
        ...

    def count_rows(self, table: int) -> int:
        """Return how many rows top-level block `table` has, without those of the columns' names."""
        ...

    def first_rows(self, table: int, count: int) -> list[tuple[int, Block]]:
        """Return (number, row) of the first `count` rows of top-level block `table`."""
        ...

    def headings(self) -> list[Block]:
        """Return the headings, in order."""
        ...

    def headings_above(self, offset: int) -> list[Block]:
        """Return the headings that `offset` stands under, outermost first."""
        ...

    def all(self) -> tuple[Block, ...]:
        """Return all blocks, tables with their rows: those of the `Document` that was put."""
        ...


class Library(Protocol):
    """An open library.

    Ids of documents and passages are positive integers below 2 ** 63. A document keeps its id when
    it is put again. A passage's id never comes to mean another passage; those of a document ascend
    in its order.
    """

    @property
    def name(self) -> str:
        """What people call it; empty for one without a name."""
        ...

    @property
    def address(self) -> str:
        """Where it lives, as messages say it: the file's path, or `qdrant://…` without secrets."""
        ...

    # What it is made with

    @property
    def recipe(self) -> Mapping[str, str]:
        """What it was opened for: `library_recipe`, or what `start_over` was given last."""
        ...

    @property
    def stale(self) -> bool:
        """Say whether it holds documents made with another recipe than it was opened for."""
        ...

    def start_over(self, recipe: Mapping[str, str]) -> bool:
        """Empty it if it was made with another recipe than this one, and keep this one.

        Settings stay. Returns whether there was something made with another.
        """
        ...

    # Changing it

    def put(self, document: Document, passages: Sequence[PassageDraft], vectors: Vectors) -> None:
        """Put a document with its passages in place of what there is of its source, in one step.

        `vectors` are the unit rows of `passages`, float32 (n, d); n may be 0. Whoever asks
        meanwhile finds all of the old or all of the new, and after an error, a crash or a lost
        connection the library has one of the two. Nothing is written where the same file
        (`sha256`) was put meanwhile. When it returns, the next question finds the document.

        Raises `LibraryError` where somebody else made the library with another recipe meanwhile,
        `ValueError` where the rows do not fit the passages or the library.
        """
        ...

    def rename(self, source: str, name: str) -> None:
        """Let the document with this source be called `name`; nothing happens if there is none."""
        ...

    def remove(self, *sources: str) -> None:
        """Remove the documents with these sources, as far as there are; each in one step."""
        ...

    def settle(self) -> None:
        """Do what can wait until a series of changes is over.

        What was removed cannot be read from the disk afterwards; later questions may be quicker.
        None finds anything else than before.
        """
        ...

    def version(self) -> int:
        """Return a number that is larger after every change of content, whoever made it."""
        ...

    def changed_since(self, version: int) -> Since | None:
        """Return what changed after the library was at `version`; None where it cannot say.

        Then everything may be another (it was started over, or that was too long ago).
        """
        ...

    # Finding passages

    def search(self, queries: Sequence[Query], limit: int) -> list[Candidates]:
        """Return for each query up to `limit` passages by `nearest` and as many by `matching`.

        Raises `IndexMismatch` where the library is stale, or the rows are not of its dimension.
        """
        ...

    def nearest(
        self, row: Vectors, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        """Return up to `limit` passages with their exact cosine to the unit row, best first.

        At least 999 of 1,000 of the first ten are those of an exact search. With
        `documents` only passages of these are looked through. Raises as `search` does.
        """
        ...

    def matching(
        self, question: str, limit: int, documents: Collection[int] | None = None
    ) -> list[Scored]:
        """Return up to `limit` passages that share words with the question by BM25, best first.

        Words are those of the passages' views: runs of letters, marks and numbers, lower case,
        without accents, cut to their Porter stems. The question's are `match_terms`' (stop words
        left out unless nothing else is left), each counts once, any may match; where they stand in
        very many passages, those that share only the commonest may be left out. BM25 as SQLite's
        FTS5 has it: k1 1.2, b 0.75, inverse document frequency max(1e-6, ln((N - n + 0.5) /
        (n + 0.5))) over all N passages of the library, the words counted in all n that say it,
        whatever `documents`. Without words the result is empty.
        """
        ...

    def words_of_all(self, question: str) -> float:
        """Return the BM25 score of a passage that said every word of the question, at most.

        2.2 (k1 + 1) times the sum of the words' inverse document frequencies, those that stand
        nowhere too.
        """
        ...

    # Passages by id

    def passages(self, ids: Sequence[int]) -> list[Passage]:
        """Return passages in the order of `ids`, without those that are gone."""
        ...

    def rows(self, passage_ids: Sequence[int]) -> Vectors | None:
        """Return the unit rows of passages, float32 (n, d), in their order; None if one is gone."""
        ...

    def passage_places(
        self, document_id: int, start: int = 0, end: int | None = None
    ) -> list[tuple[int, int, int]]:
        """Return (id, start, end) of a document's passages that touch [start, end), in order."""
        ...

    def passage_count(self) -> int:
        """Return how many passages there are in all documents."""
        ...

    def rows_by_view(self, source: str) -> dict[str, Vectors]:
        """Return the unit row, float32 (d,), of each view that the document with this source has.

        Empty where there is none. With them a changed document is not embedded anew as a whole.
        """
        ...

    # Documents

    def documents(
        self, *, ids: Iterable[int] | None = None, sources: Iterable[str] | None = None
    ) -> list[DocumentInfo]:
        """Return the documents, of the `ids` or `sources` only if given, by name, then source."""
        ...

    def known_files(
        self, limit: int | None = None, first: Iterable[int] = ()
    ) -> list[KnownDocument]:
        """Return at most `limit` documents by id, those of the ids `first` before the others."""
        ...

    def headlines(self, ids: Iterable[int] | None = None) -> list[Headline]:
        """Return what documents are called, by id; of the `ids` only, as far as there are."""
        ...

    def document_name(self, document_id: int) -> str:
        """Return the name that people see."""
        ...

    def document_names(self, ids: Iterable[int]) -> dict[int, str]:
        """Return the names of those of the documents `ids` that are there."""
        ...

    def first_names(self, limit: int) -> dict[int, str]:
        """Return the names of at most `limit` documents by id, the first ones by name."""
        ...

    def document_count(self) -> int:
        """Return how many documents there are."""
        ...

    def holds(self, sha256: str) -> bool:
        """Say whether there is a document whose file has this hash."""
        ...

    # One document

    def snapshot(self) -> AbstractContextManager[None]:
        """Let what is read inside of any one document be of one state, whatever others write.

        At home it is one state of the whole library. Belongs to the thread that enters it.
        """
        ...

    def text(self, document_id: int) -> str:
        """Return the canonical text; raises `LibraryError` if it is not what was read."""
        ...

    def text_if(self, document_id: int, text_sha256: str) -> str | None:
        """Return the text of a document if it still is the one with this hash, else None."""
        ...

    def text_sha256(self, document_id: int) -> str:
        """Return the SHA-256 of the canonical text as UTF-8."""
        ...

    def page(self, document_id: int, offset: int) -> int | None:
        """Return the page, from 1, on which `offset` stands; None where there are no pages."""
        ...

    def page_starts(self, document_id: int) -> tuple[int, ...]:
        """Return the offset at which each page begins; empty where there are no pages."""
        ...

    def title(self, document_id: int) -> str:
        """Return what the document calls itself; empty if it does not."""
        ...

    def opening(self, document_id: int) -> str:
        """Return the beginning of the first line that is not blank; see `Headline`."""
        ...

    def blocks(self, document_id: int) -> Blocks:
        """Return the structure of the document; that of one that is not there is empty."""
        ...

    def regions(self, document_id: int) -> tuple[Region, ...]:
        """Return where recognised text stands in the pictures of the pages."""
        ...

    def warnings(self, document_id: int) -> tuple[str, ...]:
        """Return a line for each thing that could not be read."""
        ...

    # Settings

    def get_value(self, key: str) -> str | None:
        """Return a setting of this library; it stays when the content is made again."""
        ...

    def set_value(self, key: str, value: str) -> None:
        """Keep a setting with this library."""
        ...

    # Its end

    @property
    def is_replaced(self) -> bool:
        """Say whether it was deleted, or made anew, by somebody else: it has to be opened again."""
        ...

    def close(self) -> None:
        """Close it; nothing is lost if this is never called."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...
