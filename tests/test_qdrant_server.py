"""A library on a server: over HTTP, in loopback; and each thing that may be wrong with one."""

import os

import pytest
from contract_documents import put
from fake_qdrant import fake_qdrant
from shared_library import open_local, recipe_of

from rag.errors import IndexMismatch, LibraryError
from rag.library.protocol import Query
from rag.library.qdrant import engine
from rag.library.qdrant.opening import open_shared


@pytest.fixture
def server():
    with fake_qdrant() as fake:
        yield fake


@pytest.fixture
def filled(server, embedder):
    with open_shared(server.address, key="", recipe=recipe_of(embedder), create=True) as library:
        library.start_over(recipe_of(embedder))
        put(library, embedder, "bees.txt", "Bees make honey. The hive is a city.")
        yield library


def test_a_library_over_http_says_what_one_in_process_says(filled, server, embedder):
    local = open_local(embedder)
    put(local, embedder, "bees.txt", "Bees make honey. The hive is a city.")
    (row,) = embedder.embed(["honey"])
    asked = [Query(question="Where is honey?", row=row), Query(question="?", row=row)]
    found, expected = (each.search(asked, 5) for each in (filled, local))
    for own, other in zip(found, expected, strict=True):
        assert own.nearest == other.nearest and own.matching == other.matching
        assert own.cosines == pytest.approx(other.cosines) and own.cosines.keys()
    (info,) = filled.documents()
    assert filled.text(info.id) == "Bees make honey. The hive is a city."
    filled.rename(info.source, "hive.txt")
    filled.set_value("place", "loft")
    assert filled.get_value("place") == "loft"
    assert filled.version() > 0 and filled.changed_since(0) is None
    filled.remove(info.source)
    filled.settle()
    assert filled.documents() == []


def test_the_key_goes_with_every_request_and_is_in_no_message(server, embedder):
    server.key = "s3cret"
    recipe = recipe_of(embedder)
    with open_shared(server.address, key="s3cret", recipe=recipe, create=True):
        pass
    assert {key for _, _, key in server.requests} == {"s3cret"}
    with pytest.raises(LibraryError, match="refuses the key; set FOOTNOTE_QDRANT_API_KEY") as error:
        open_shared(server.address, key="wr0ng", recipe=recipe)
    assert "wr0ng" not in str(error.value)


def test_a_server_that_is_away_is_said_in_one_line(server, embedder):
    address = server.address.replace(str(server.port), "1")
    with pytest.raises(LibraryError, match="no server answers .*refused.*start the server"):
        open_shared(address, key="", recipe=recipe_of(embedder))


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("1.18.3", "Qdrant 1.18.3, expected 1.19 or newer"),
        ("about", "is not Qdrant; check host and port"),
    ],
)
def test_a_server_of_another_version_is_refused(server, embedder, version, line):
    server.version = version
    with pytest.raises(LibraryError, match=line):
        open_shared(server.address, key="", recipe=recipe_of(embedder))


def test_a_library_that_is_not_there_is_said_with_how_to_make_it(server, embedder):
    with pytest.raises(LibraryError, match="make it with `footnote index --library qdrant://"):
        open_shared(server.address, key="", recipe=recipe_of(embedder))


def test_a_library_of_another_embedder_is_not_opened(filled, server, embedder):
    with pytest.raises(IndexMismatch, match="made with embedder fake@1, expected other@2; ask"):
        open_shared(server.address, key="", recipe=recipe_of(embedder, "other@2"))


def test_what_another_version_read_otherwise_is_said(filled, server, embedder):
    recipe = recipe_of(embedder) | {"extraction": "2"}
    with pytest.raises(IndexMismatch, match="made with extraction 1, expected 2; ask"):
        open_shared(server.address, key="", recipe=recipe)


FULL = b'{"status":{"error":"Service internal error: No space left on device (os error 28)"}}'


@pytest.mark.parametrize(
    ("misbehave", "line"),
    [
        ((507, b"{}"), "disk is full, the last document was not saved"),
        ((500, FULL), "disk is full"),
        ((413, b""), "takes no message so long"),
        ((403, b"Forbidden"), "refuses the key"),
        ((503, b""), r"cannot answer now \(status 503\)"),
        ((500, b"panicked\nat x"), r"an error \(status 500: panicked at x\)"),
        ((200, b"<html>router</html>"), "is not Qdrant"),
        ((200, b'{"result": 7}'), "is not Qdrant"),
        ("cut", "the connection was cut"),
        ("hang", "took more than 1 seconds"),
    ],
)
def test_what_is_wrong_with_the_server_is_one_line_and_nothing_is_half(
    filled, server, embedder, monkeypatch, misbehave, line
):
    if misbehave == "hang":
        monkeypatch.setattr(engine, "TIMEOUT_SECONDS", 1)
        recipe = recipe_of(embedder)
        library = open_shared(server.address, key="", recipe=recipe)
    else:
        library = filled
    server.misbehave = misbehave
    (row,) = embedder.embed(["honey"])
    for attempt in (
        lambda: put(library, embedder, "bees.txt", "Wasps do not make honey."),
        lambda: library.documents(),
        lambda: library.search([Query(question="honey", row=row)], 5),
        lambda: library.version(),
    ):
        with pytest.raises(LibraryError, match=line) as error:
            attempt()
        assert "\n" not in str(error.value) and str(error.value).startswith(server.address)
    server.misbehave = None
    (info,) = library.documents()
    assert library.text(info.id) == "Bees make honey. The hive is a city."


def test_a_collection_that_was_deleted_is_noticed(filled, server):
    assert not filled.is_replaced
    server.client.delete_collection("staff")
    assert filled.is_replaced
    with pytest.raises(LibraryError, match="no such library"):
        filled.documents()


@pytest.mark.skipif(not os.environ.get("FOOTNOTE_QDRANT_URL"), reason="no server was named")
def test_a_real_server_says_what_the_one_in_process_says(embedder):
    address = os.environ["FOOTNOTE_QDRANT_URL"]
    key = os.environ.get("FOOTNOTE_QDRANT_API_KEY", "")
    local = open_local(embedder)
    recipe = recipe_of(embedder)
    with open_shared(address, key=key, recipe=recipe, create=True) as library:
        library.start_over(recipe)
        library.remove(*(info.source for info in library.documents()))
        library.settle()
        for name, text in (("bees", "Bees make honey. " * 9), ("wasps", "Wasps make paper. " * 9)):
            for each in (library, local):
                put(each, embedder, name, text)
        (row,) = embedder.embed(["honey"])
        query = Query(question="Who makes honey or paper?", row=row)
        (found,), (expected,) = (each.search([query], 10) for each in (library, local))
        assert dict(found.nearest) == pytest.approx(dict(expected.nearest), abs=1e-5)
        assert dict(found.matching) == pytest.approx(dict(expected.matching), rel=1e-4)
        library.remove("/docs/bees", "/docs/wasps")
        library.settle()
