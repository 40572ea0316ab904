from dataclasses import dataclass, replace

import pytest
from kept_turns import BRIDGE, cited, finished, quoted, refused

from rag.conversations.records import CitedDocument
from rag.conversations.sources import (
    SourceChange,
    cited_documents,
    compare_sources,
    describe_changes,
)


@dataclass
class Listed:
    id: int
    source: str
    name: str
    sha256: str
    content: str = BRIDGE


class Sessions:
    """A library that lists these documents."""

    def __init__(self, *documents):
        self.listed = documents

    def documents(self, *, ids=None, sources=None):
        return [
            each
            for each in self.listed
            if (ids is None or each.id in ids) and (sources is None or each.source in sources)
        ]

    def text(self, document_id):
        return next(item.content for item in self.listed if item.id == document_id)


THEN = Listed(1, "/docs/bridge.txt", "bridge.txt", "aa")


def test_cited_documents_are_those_of_citations_and_of_nearest_passages():
    library = Sessions(Listed(2, "/docs/other.txt", "other.txt", "bb"), THEN)
    kept = CitedDocument(document_id=1, source="/docs/bridge.txt", name="bridge.txt", sha256="aa")
    assert cited_documents(quoted(), library) == (kept,)
    assert cited_documents(refused(), library) == (kept,)


@pytest.mark.parametrize(
    "library",
    [Sessions(replace(THEN, content="It was read again meanwhile.", sha256="cc")), Sessions()],
)
def test_no_hash_is_kept_of_a_document_that_changed_under_the_answer(library):
    (kept,) = cited_documents(quoted(), library)
    assert (kept.name, kept.sha256) == ("bridge.txt", "")
    changes = compare_sources(finished(documents=(kept,)), library)[1]
    assert len(changes) == 1


def test_the_same_document_is_found_under_another_id_and_name():
    now = replace(THEN, id=8, name="papers/bridge.txt")
    other = Listed(1, "/docs/other.txt", "other.txt", "aa")
    answer, changes = compare_sources(finished(), Sessions(other, now))
    assert changes == ()
    assert answer == quoted(citations=(cited(document_id=8),))


@pytest.mark.parametrize(
    ("library", "change"),
    [
        (Sessions(), "gone"),
        (Sessions(replace(THEN, source="/elsewhere/bridge.txt")), "gone"),
        (Sessions(replace(THEN, sha256="bb")), "changed"),
        (Sessions(replace(THEN, content=" " + BRIDGE)), "read differently"),
    ],
)
@pytest.mark.parametrize("answer", [quoted(), refused()])
def test_a_document_that_is_not_what_it_was_is_named_and_not_looked_up(library, change, answer):
    moved, changes = compare_sources(finished(answer), library)
    assert changes == (SourceChange(name="bridge.txt", change=change),)
    places = moved.citations or moved.nearest
    assert [place.document_id for place in places] == [-1]
    assert (moved.text, moved.short_span) == (answer.text, answer.short_span)


def test_only_the_changed_one_of_two_documents_is_named():
    second = cited(document_id=2, document="two.txt")
    answer = quoted(citations=(cited(), second, cited(document_id=2, document="two.txt", start=27)))
    documents = (
        CitedDocument(document_id=1, source="/docs/bridge.txt", name="bridge.txt", sha256="aa"),
        CitedDocument(document_id=2, source="/docs/two.txt", name="two.txt", sha256="bb"),
    )
    library = Sessions(replace(THEN, id=5), Listed(2, "/docs/two.txt", "two.txt", "cc"))
    moved, changes = compare_sources(finished(answer, documents=documents), library)
    assert changes == (SourceChange(name="two.txt", change="changed"),)
    assert [citation.document_id for citation in moved.citations] == [5, -2, -2]


def test_a_turn_without_its_documents_is_not_trusted():
    assert compare_sources(finished(documents=()), Sessions(THEN))[1] == (
        SourceChange(name="bridge.txt", change="gone"),
    )


def test_describe_changes():
    changes = [
        SourceChange(name="a.txt", change="changed"),
        SourceChange(name="b.txt", change="gone"),
        SourceChange(name="c.txt", change="gone"),
        SourceChange(name="d.pdf", change="read differently"),
    ]
    assert describe_changes([]) == ""
    assert describe_changes(changes[:1]) == (
        "Since this answer, a.txt has changed. The quotes are as they stood then."
    )
    assert describe_changes(changes) == (
        "Since this answer, a.txt has changed; "
        "d.pdf is read differently by this version of Footnote; "
        "b.txt, c.txt are not in this library any more. The quotes are as they stood then."
    )
