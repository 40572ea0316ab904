"""What keeps the process off the network: the environment of the libraries, and the ban."""

import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from rag import offline
from rag.documents.formats import page_pictures, pdf_pages
from rag.errors import RagError
from rag.offline import (
    OfflineError,
    allow_downloads,
    allow_listening,
    allow_server,
    set_offline,
)
from ui import guard
from ui.address import listen


@pytest.fixture(autouse=True)
def restored_environment(monkeypatch):
    """Give each test an environment of its own, without what an earlier call has set."""
    monkeypatch.setattr(offline._Ban, "lifted", offline._Ban.lifted)
    monkeypatch.setattr(offline._Ban, "listening", set())
    monkeypatch.setattr(offline._Ban, "proxies", {})
    monkeypatch.setattr(offline._Ban, "servers", {})
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts back what there was
        monkeypatch.delenv(name)
    for name in ("GRADIO_ANALYTICS_ENABLED", "GRADIO_RUN_HISTORY", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "True")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "")


def test_set_offline_forbids_downloads_and_telemetry():
    set_offline()
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == os.environ["GRADIO_RUN_HISTORY"] == "False"
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"


@pytest.mark.parametrize("before", [None, "", "example.org", "*"])
def test_no_proxy_is_used_but_for_downloads(monkeypatch, before):
    if before is not None:
        monkeypatch.setenv("NO_PROXY", before)
    set_offline()
    set_offline()
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "*"
    allow_downloads()
    assert os.environ.get("NO_PROXY") == before
    assert "no_proxy" not in os.environ


def test_allow_downloads_lifts_the_ban_on_downloads_alone():
    set_offline()
    allow_downloads()
    assert "HF_HUB_OFFLINE" not in os.environ
    assert "TRANSFORMERS_OFFLINE" not in os.environ
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"


# The ban


HOSTS_OUTSIDE = [
    "192.0.2.1",
    "example.org",
    "::ffff:192.0.2.1",
    "::ffff:c000:201",
    "2001:db8::1",
    "fe80::1%lo",
    "169.254.169.254",
    "0xC0000201",
    "3221225985",
    "192.0.513",
    "127.0.0.1.example.org",
    "127.1",  # this machine, but not as it is written
    "0x7f000001",
    "64:ff9b::7f00:1",
]
HOSTS_HERE = ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "localhost", "0.0.0.0", None]


@pytest.mark.parametrize("host", HOSTS_OUTSIDE)
def test_host_outside_is_neither_looked_up_nor_reached(host):
    set_offline()
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        for attempt in (
            lambda: socket.getaddrinfo(host, 9),
            lambda: socket.getaddrinfo(host.encode(), 9),
            lambda: socket.gethostbyname(host),
            lambda: socket.gethostbyaddr(host),
            lambda: socket.getnameinfo((host, 9), 0),
            lambda: socket.create_connection((host, 9), timeout=1),
            lambda: stream.connect((host, 9)),
            lambda: stream.connect_ex((host, 9)),
            lambda: datagrams.sendto(b"", (host, 9)),
            lambda: datagrams.sendto(b"", 0, (host, 9)),
            lambda: datagrams.sendmsg([b""], [], 0, (host, 9)),
        ):
            with pytest.raises(OfflineError):
                attempt()


def test_refusal_is_one_line_and_an_error_of_both_kinds():
    set_offline()
    with pytest.raises(OfflineError) as caught:
        socket.create_connection(("192.0.2.1", 9), timeout=1)
    assert isinstance(caught.value, RagError) and isinstance(caught.value, OSError)
    assert str(caught.value) == (
        "refused to look up 192.0.2.1: Footnote is offline; only "
        "`footnote models --download` and `--install` use the network"
    )


@pytest.mark.parametrize("host", HOSTS_HERE)
def test_this_machine_may_be_looked_up(host):
    set_offline()
    assert socket.getaddrinfo(host, 9)


def test_this_machine_is_reached():
    set_offline()
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5):
            connection, _ = server.accept()
            connection.close()
    if hasattr(socket, "AF_UNIX"):
        one, other = socket.socketpair()
        one.sendall(b"a")
        assert other.recv(1) == b"a"
        one.close()
        other.close()


def test_a_place_to_listen_at_may_be_looked_up_and_not_reached(monkeypatch):
    found = []

    def getaddrinfo(host, *arguments, **options):
        found.append(host)
        return original("127.0.0.1", *arguments, **options)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    set_offline()
    listen("a-name-of-mine", 0).close()
    assert found == ["a-name-of-mine"]
    assert "a-name-of-mine" in offline._Ban.listening
    allow_listening("192.0.2.1")
    monkeypatch.undo()
    set_offline()
    with socket.socket() as stream, pytest.raises(OfflineError):
        stream.connect(("192.0.2.1", 9))


def test_allow_downloads_lifts_the_ban():
    set_offline()
    allow_downloads()
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(1)
        try:
            datagrams.connect(("192.0.2.1", 9))  # sends nothing
        except OSError as error:
            assert not isinstance(error, OfflineError)
    set_offline()
    with pytest.raises(OfflineError):
        socket.getaddrinfo("example.org", 9)


@pytest.mark.parametrize(
    ("program", "argument"), [(pdf_pages, "1000"), (page_pictures, '{"do": "count"}')]
)
def test_programs_that_open_files_are_offline_too(tmp_path, program, argument):
    (tmp_path / "pypdfium2.py").write_text(
        "import socket, sys\n"
        "try:\n    socket.create_connection(('192.0.2.1', 9), 1)\n"
        "except OSError as error:\n    sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", program.__file__, argument],
        input=b"%PDF-1.7",
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
    )
    assert b"Footnote is offline" in done.stderr


def test_own_addresses_are_known_without_asking(monkeypatch):
    def address(family, text):
        return SimpleNamespace(family=family, address=text)

    found = {
        "lo": [address(socket.AF_INET, "127.0.0.1")],
        "eth0": [
            address(socket.AF_INET, "192.0.2.7"),
            address(socket.AF_INET6, "fe80::7%eth0"),
            address(-1, "00:00:5e:00:53:01"),
        ],
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    set_offline()
    assert guard._own_addresses() == {"127.0.0.1", "192.0.2.7", "[fe80::7]"}
    assert {"192.0.2.7", "[fe80::7]"} <= set(guard._trusted_names("0.0.0.0"))


def connect_event(address, event="socket.connect", kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as connection:
        offline._refuse(event, (connection, address))


def test_a_server_that_was_named_may_be_connected_to_at_its_port_and_no_other():
    set_offline()
    allow_server("203.0.113.7", 6333)
    connect_event(("203.0.113.7", 6333))
    for address in (("203.0.113.7", 6334), ("203.0.113.8", 6333), ("example.org", 6333)):
        with pytest.raises(OfflineError, match="refused to connect"):
            connect_event(address)
    with pytest.raises(OfflineError):
        connect_event(("203.0.113.7", 6333), kind=socket.SOCK_DGRAM)
    with pytest.raises(OfflineError):
        connect_event(("203.0.113.7", 6333), event="socket.sendto")
    with pytest.raises(OfflineError, match="refused to look up"):
        socket.getaddrinfo("example.org", 6333)


def test_a_server_that_was_named_is_reached_by_the_numbers_that_its_name_has_now(monkeypatch):
    set_offline()
    allow_server("db.example.org", 6333)
    numbers = ["203.0.113.7"]
    found = lambda name, port, type: [(0, 0, 0, "", (number, port)) for number in numbers]  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", found)
    connect_event(("203.0.113.7", 6333))
    with pytest.raises(OfflineError):
        connect_event(("203.0.113.9", 6333))
    numbers.append("203.0.113.9")  # it moved
    connect_event(("203.0.113.9", 6333))


def test_a_named_server_is_really_let_through_the_ban():
    set_offline()
    allow_server("192.0.2.1", 6333)
    with socket.socket() as connection:
        connection.setblocking(False)
        try:
            connection.connect(("192.0.2.1", 6333))
        except OfflineError:
            raise
        except OSError:
            pass  # in progress, or no way there: it was tried
    with socket.socket() as connection, pytest.raises(OfflineError):
        connection.connect(("192.0.2.1", 80))
