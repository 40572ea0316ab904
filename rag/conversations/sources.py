"""What an answer's documents were when it was kept, and whether they are still that.

Places are compared with what the library holds now, by path, SHA-256 and offsets; a quote is never
searched for. Knows the library only as something that lists documents and gives out texts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from rag.conversations.records import CitedDocument, FinishedTurn
from rag.datatypes import Answer, Citation, NearestPassage

Change = Literal["changed", "read differently", "gone"]


class LibraryDocument(Protocol):
    """A document as a library lists it."""

    @property
    def id(self) -> int: ...  # noqa: D102

    @property
    def source(self) -> str: ...  # noqa: D102

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def sha256(self) -> str: ...  # noqa: D102


class Texts(Protocol):
    """What is asked of a library."""

    def documents(
        self, *, ids: Iterable[int] | None = None, sources: Iterable[str] | None = None
    ) -> Sequence[LibraryDocument]:
        """Return what the library holds of these ids or sources."""
        ...

    def text(self, document_id: int) -> str:
        """Return the canonical text of a document."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """A cited document that is not what it was: other bytes, read to another text, or not there."""

    name: str
    change: Change


_WORDS: tuple[tuple[Change, str, str], ...] = (
    ("changed", "has changed", "have changed"),
    (
        "read differently",
        "is read differently by this version of Footnote",
        "are read differently by this version of Footnote",
    ),
    ("gone", "is not in this library any more", "are not in this library any more"),
)

Place = TypeVar("Place", Citation, NearestPassage)


def cited_documents(answer: Answer, library: Texts) -> tuple[CitedDocument, ...]:
    """Return the documents that an answer points to, as the library has them."""
    places_of = _places(answer)
    listed = {document.id: document for document in library.documents(ids=list(places_of))}
    cited = []
    for document_id, places in places_of.items():
        document = listed.get(document_id)
        is_same = document is not None and _stand(places, library.text(document_id))
        cited.append(
            CitedDocument(
                document_id=document_id,
                source=document.source if document else "",
                name=places[0].document,
                sha256=document.sha256 if document and is_same else "",
            )
        )
    return tuple(cited)


def compare_sources(turn: FinishedTurn, library: Texts) -> tuple[Answer, tuple[SourceChange, ...]]:
    """Return the answer with its places in the library as it is now, and what is not there.

    A place whose document is not what it was gets the negative of its document's id, which no
    document has: it can be shown, and not be looked up.
    """
    kept = {document.document_id: document for document in turn.documents}
    sources = [document.source for document in turn.documents]
    listed = {document.source: document for document in library.documents(sources=sources)}
    identifiers: dict[int, int] = {}
    changes: list[SourceChange] = []
    for document_id, places in _places(turn.answer).items():
        then = kept.get(document_id)
        now = listed.get(then.source) if then else None
        change: Change | None = None
        if now is None:
            change = "gone"
        elif then is None or now.sha256 != then.sha256:
            change = "changed"
        elif not _stand(places, library.text(now.id)):
            change = "read differently"
        if change is not None:
            changes.append(SourceChange(name=places[0].document, change=change))
        identifiers[document_id] = now.id if now and change is None else -document_id
    return _relocate(turn.answer, identifiers), tuple(changes)


def was_asked_elsewhere(turns: Sequence[FinishedTurn], library: Texts) -> bool:
    """Whether the library holds none of the documents that these turns point to, by path."""
    cited = {document.source for turn in turns for document in turn.documents}
    return bool(cited) and not library.documents(sources=cited)


def quotes_stand(answer: Answer, document_id: int, text: str) -> bool:
    """Whether the places of an answer in this document hold their words in `text`."""
    return _stand(_places(answer).get(document_id, ()), text)


def without_places(answer: Answer) -> Answer:
    """Return the answer as `compare_sources` does where its library is gone: quotes, no places."""
    return _relocate(answer, {document_id: -document_id for document_id in _places(answer)})


def describe_changes(changes: Sequence[SourceChange]) -> str:
    """Return one line for the person; empty where nothing changed."""
    if not changes:
        return ""
    parts = []
    for change, one, several in _WORDS:
        names = [item.name for item in changes if item.change == change]
        if names:
            parts.append(f"{', '.join(names)} {one if len(names) == 1 else several}")
    return f"Since this answer, {'; '.join(parts)}. The quotes are as they stood then."


def _places(answer: Answer) -> Mapping[int, Sequence[Citation | NearestPassage]]:
    places: dict[int, list[Citation | NearestPassage]] = {}
    every: list[Citation | NearestPassage] = [*answer.citations, *answer.nearest]
    for place in every:
        places.setdefault(place.document_id, []).append(place)
    return places


def _stand(places: Sequence[Citation | NearestPassage], text: str) -> bool:
    """Say whether each place holds its words."""
    return all(
        text[place.start : place.end]
        == (place.quote if isinstance(place, Citation) else place.text)
        for place in places
    )


def _relocate(answer: Answer, identifiers: Mapping[int, int]) -> Answer:
    def moved(places: Sequence[Place]) -> tuple[Place, ...]:
        return tuple(replace(place, document_id=identifiers[place.document_id]) for place in places)

    return replace(answer, citations=moved(answer.citations), nearest=moved(answer.nearest))
