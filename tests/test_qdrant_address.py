import pytest

from rag.errors import LibraryError
from rag.library.qdrant.address import is_shared, parse_address
from rag.library.qdrant.engine import connect


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("qdrant://db/staff", "qdrant://db:6333/staff"),
        ("qdrants://db.example.org:7000/all/legal", "qdrants://db.example.org:7000/all/legal"),
        ("qdrant://[::1]:6333/staff/", "qdrant://[::1]:6333/staff"),
        ("qdrant://db/staff/staff", "qdrant://db:6333/staff"),
    ],
)
def test_an_address_is_written_in_one_way(text, written):
    address = parse_address(text)
    assert str(address) == written and parse_address(written) == address
    assert is_shared(text) and not is_shared("notes") and not is_shared("a://b")


@pytest.mark.parametrize(
    "text",
    [
        "qdrant://db",
        "qdrant:///staff",
        "qdrant://db/a/b/c",
        "qdrant://db:99999/staff",
        "qdrant://db:x/staff",
        "qdrant://db/.hidden",
        "qdrant://db/a b",
        "http://db/staff",
        "qdrant://key@db/staff",
        "qdrant://me:s3cret@db/staff",
        "qdrant://db/staff?api_key=s3cret",
    ],
)
def test_what_is_no_address_is_one_line_without_secrets(text):
    with pytest.raises(LibraryError) as error:
        parse_address(text)
    assert "\n" not in str(error.value) and "s3cret" not in str(error.value)


def test_a_key_does_not_go_unencrypted_beyond_this_machine():
    with pytest.raises(LibraryError, match="unencrypted; write qdrants://") as error:
        connect(parse_address("qdrant://db/staff"), "s3cret")
    assert "s3cret" not in str(error.value)
