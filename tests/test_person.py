"""Who asks: only the proxy's word counts, and only once."""

import pytest

from rag.errors import SettingsError
from ui.person import groups_of, make_proxy, session_name, with_person


def scope(client, *headers):
    return {
        "type": "http",
        "client": (client, 1234),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


@pytest.fixture
def proxy():
    return make_proxy(["10.0.0.0/24", "::1"], "X-Forwarded-User", "X-Forwarded-Groups")


USER = ("x-forwarded-user", "ada@example.org")
GROUPS = ("x-forwarded-groups", "board, staff ,,hr")


@pytest.mark.parametrize("client", ["10.0.0.7", "::1", "::ffff:10.0.0.7"])
def test_the_proxy_says_who_asks(proxy, client):
    person = proxy.person(scope(client, USER, GROUPS))
    assert person == ("ada@example.org", frozenset({"board", "staff", "hr"}))
    assert proxy.person(scope(client, USER)) == ("ada@example.org", frozenset())


@pytest.mark.parametrize("client", ["10.0.1.7", "127.0.0.1", "::2", "unix", ""])
def test_nobody_else_does(proxy, client):
    assert proxy.person(scope(client, USER, GROUPS)) is None
    assert proxy.person({"type": "http", "client": None, "headers": []}) is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [GROUPS],
        [("x-forwarded-user", "")],
        [("x-forwarded-user", "a,b")],
        [("x-forwarded-user", "a\nb")],
        [("x-forwarded-user", "a" * 201)],
        [USER, USER],
        [USER, GROUPS, ("x-forwarded-groups", "board")],
        [USER, ("x-forwarded-groups", "bo\nard")],
        [USER, ("x-forwarded-groups", ",".join(map(str, range(501))))],
    ],
)
def test_what_is_not_said_plainly_counts_for_nothing(proxy, headers):
    assert proxy.person(scope("10.0.0.7", *headers)) is None


def test_nobody_outside_can_write_what_the_guard_writes():
    sent = [(b"X-Footnote-User", b"root"), (b"x-footnote-groups", b"board"), (b"host", b"a")]
    assert with_person(sent, None) == [(b"host", b"a")]
    said = with_person(sent, ("ada", frozenset({"b", "a"})))
    assert said == [(b"host", b"a"), (b"x-footnote-user", b"ada"), (b"x-footnote-groups", b"a,b")]


def test_a_session_is_its_page_and_its_person_and_their_groups():
    assert session_name("s1", "", "") == "s1" and groups_of("s1") == groups_of("") == frozenset()
    name = session_name("s1", "ada", "a,b")
    assert groups_of(name) == {"a", "b"} and groups_of(session_name("s1", "ada", "")) == set()
    assert groups_of("s1\nada\na\nb") == frozenset()
    assert len({name, session_name("s1", "bob", "a,b"), session_name("s1", "ada", "a")}) == 3


@pytest.mark.parametrize(
    ("addresses", "header", "line"),
    [
        (["here"], "X-User", "'here': expected an address or network"),
        (["10.0.0.1"], "X User", "'X User': expected letters"),
    ],
)
def test_what_is_no_address_or_header_is_one_line(addresses, header, line):
    with pytest.raises(SettingsError, match=line):
        make_proxy(addresses, header, "X-Groups")
