"""What somebody may not read is nowhere: not found, not counted, not weighed, not said."""

import pytest
from contract_documents import put
from shared_library import open_local

from rag.errors import LibraryError
from rag.library.protocol import Query

OPEN = "The canteen serves soup on Monday. Everybody may eat soup. Bread is free."
SECRET = "The merger with Acme is secret. Soup of the board costs a fortune. Acme pays in gold."


@pytest.fixture
def library(embedder):
    library = open_local(embedder)
    library.share("/board", ["board"])
    put(library, embedder, "canteen.txt", OPEN)
    put(library, embedder, "merger.txt", SECRET, folder="/board")
    return library


@pytest.fixture
def secret(library):
    (info,) = library.documents(sources=["/board/merger.txt"])
    return info


@pytest.fixture
def staff(library):
    return library.for_groups(["staff"])


def test_who_keeps_the_library_and_who_is_in_the_group_read_it(library, secret):
    for reader in (library, library.for_groups(["board", "staff"])):
        assert reader.text(secret.id) == SECRET
        assert reader.document_count() == 2
        assert len(reader.matching("Acme gold", 10)) > 0


def test_others_neither_find_nor_count_nor_see_it(staff, library, secret, embedder):
    ids = [place[0] for place in library.passage_places(secret.id)]
    (row,) = library.rows(ids[:1])
    (found,) = staff.search([Query(question="secret merger Acme soup", row=row)], 100)
    seen = {each.passage_id for each in (*found.nearest, *found.matching)} | found.cosines.keys()
    assert seen and not seen & set(ids)
    assert staff.matching("Acme gold", 10) == []
    assert staff.matching("soup", 10, documents=[secret.id]) == []
    assert staff.nearest(row, 10, documents=[secret.id]) == []
    assert staff.passages(ids) == [] and staff.rows(ids) is None
    assert staff.passage_places(secret.id) == []
    assert staff.passage_count() == library.passage_count() - len(ids)
    assert staff.document_count() == 1
    assert [info.name for info in staff.documents()] == ["canteen.txt"]
    assert staff.documents(ids=[secret.id]) == []
    assert staff.documents(sources=[secret.source]) == []
    assert [file.name for file in staff.known_files(first=[secret.id])] == ["canteen.txt"]
    assert [headline.name for headline in staff.headlines()] == ["canteen.txt"]
    assert staff.document_names([secret.id]) == {}
    assert list(staff.first_names(9).values()) == ["canteen.txt"]
    assert not staff.holds(secret.sha256)
    assert staff.text_if(secret.id, library.text_sha256(secret.id)) is None
    assert staff.rows_by_view(secret.source) == {}
    assert staff.blocks(secret.id).all() == ()


def test_who_is_in_no_group_reads_what_is_everyones(library, secret):
    nobody = library.for_groups([])
    assert nobody.document_count() == 1
    assert nobody.documents(ids=[secret.id]) == []
    assert nobody.matching("Acme gold", 10) == []


def test_an_error_is_that_of_a_document_that_is_not_there(staff, secret):
    for number in (secret.id, secret.id + 1):
        for read in (
            staff.text,
            staff.text_sha256,
            staff.title,
            staff.opening,
            staff.document_name,
            staff.regions,
            staff.warnings,
            lambda number: staff.page(number, 0),
        ):
            with pytest.raises(LibraryError) as error:
                read(number)
            assert str(error.value) == (
                f"{staff.address}: has no document {number}; it may have been removed"
            )


def test_words_weigh_as_if_the_rest_were_not_there(staff, embedder):
    alone = open_local(embedder)
    put(alone, embedder, "canteen.txt", OPEN)
    for question in ("soup", "Acme soup bread"):
        assert staff.words_of_all(question) == pytest.approx(alone.words_of_all(question))
        scores = [each.score for each in staff.matching(question, 10)]
        assert scores == pytest.approx([each.score for each in alone.matching(question, 10)])


def test_changes_of_the_rest_are_not_noticed(staff, library, secret, embedder):
    version = staff.version()
    put(library, embedder, "merger.txt", SECRET + " More.", folder="/board")
    library.rename(secret.source, "other.txt")
    library.remove(secret.source)
    library.settle()
    assert staff.version() == version
    assert staff.changed_since(version).put == staff.changed_since(version).removed == frozenset()


def test_a_document_that_is_put_later_has_the_groups_of_its_folder(library, staff, embedder):
    put(library, embedder, "plan.txt", "The plan is gold.", folder="/board/2026")
    assert staff.matching("gold plan", 10) == []
    library.share("/board/2026", ["staff"])
    assert len(staff.matching("gold plan", 10)) == 1
    put(library, embedder, "boarding.txt", "Boarding is gold.", folder="/boarding")
    assert len(staff.matching("gold", 10)) == 2


def test_what_is_taken_back_is_gone_at_once_and_everything_may_have_changed(
    library, staff, embedder
):
    (info,) = staff.documents()
    version = staff.version()
    assert staff.text(info.id) == OPEN  # and is in the memory of who read it
    assert library.share("/docs", ["board"]) == 1
    assert staff.documents() == [] and staff.matching("soup", 10) == []
    with pytest.raises(LibraryError, match="has no document"):
        staff.text(info.id)
    assert staff.changed_since(version) is None
    assert library.share("/docs", []) == 1
    assert staff.text(info.id) == OPEN


def test_who_only_reads_changes_nothing(staff, embedder):
    for change in (
        lambda: put(staff, embedder, "a.txt", "x"),
        lambda: staff.rename("/docs/canteen.txt", "x"),
        lambda: staff.remove("/docs/canteen.txt"),
        lambda: staff.share("/docs", ["staff"]),
        lambda: staff.set_value("a", "b"),
        lambda: staff.settle(),
        lambda: staff.start_over({"dimension": "16"}),
    ):
        with pytest.raises(LibraryError, match="may only be read here"):
            change()


def test_two_libraries_of_one_collection_know_nothing_of_each_other(library, embedder):
    client = library._reader.client
    other = open_local(embedder, client, "qdrant://localhost/staff/sales")
    put(other, embedder, "canteen.txt", "Sales eat soup and gold.")
    assert [info.name for info in other.documents()] == ["canteen.txt"]
    assert len(other.matching("soup", 10)) == 1 and other.passage_count() == 1
    assert library.document_count() == 2
    with pytest.raises(LibraryError, match="holds other libraries"):
        other.start_over({"dimension": "8", "embedder": "other@2"})
    assert [info.name for info in other.documents()] == ["canteen.txt"], "nothing is lost by it"
    other.start_over({"dimension": "16", "embedder": "other@2"})
    assert other.documents() == [] and library.document_count() == 2


@pytest.mark.parametrize("call", ["scroll", "count", "facet", "query_batch_points"])
def test_no_read_goes_out_without_the_scope(staff, secret, monkeypatch, call, embedder):
    """Whatever is asked of the engine, its filter names the groups of who asks."""
    asked = []
    original = getattr(staff._reader.client, call)

    def watched(*args, **options):
        asked.append((args, options))
        return original(*args, **options)

    monkeypatch.setattr(staff._reader.client, call, watched)
    (row,) = embedder.embed(["soup"])
    staff.search([Query(question="soup", row=row)], 5)
    staff.documents(), staff.document_count(), staff.version(), staff.passage_count()
    assert asked
    for said in asked:
        assert "'staff'" in str(said) and "groups" in str(said)
