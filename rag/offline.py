"""Keeps the process off the network: the libraries by what they read, everything else by force.

Imported, and called, before anything heavy: the libraries read these variables once, when they are
imported. From `set_offline` on, Python refuses every connection and look-up beyond this machine
(https://peps.python.org/pep-0578/); listening, and answering who comes, goes on. It does not reach
what is not Python: a library's own C code, another program. Knows nothing about models.
"""

import os
import socket
import sys
from ipaddress import IPv6Address, ip_address
from typing import Any

from rag.errors import RagError

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
_NO_PROXY = {
    "NO_PROXY": "*",  # a proxy on this machine would be a way out
    "no_proxy": "*",
}
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_INSIDE = [getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK") if hasattr(socket, name)]
_LOOK_UPS = {
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
}
_CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_ADDRESSES = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
"""Methods of a socket, and which of their arguments is the address."""


class OfflineError(RagError, OSError):
    """A connection or a look-up that was refused; to libraries it is one that failed."""


class _Ban:
    """Whether connections are refused. The hook stays for as long as Python runs."""

    hooked = False
    lifted = False
    listening: set[str] = set()
    """Names and numbers of this machine that it was told to listen at."""
    servers: dict[tuple[str, int], set[str]] = {}
    """Hosts and ports that the person named as where a library lives, with their numbers."""
    proxies: dict[str, str | None] = {}
    """What the variables of `_NO_PROXY` were before."""


def set_offline() -> None:
    """Refuse connections from now on, downloads and telemetry to libraries imported after this."""
    for name, value in _NO_PROXY.items():
        if os.environ.get(name) != value:
            _Ban.proxies[name] = os.environ.get(name)
    os.environ.update(_OFFLINE | _NO_PROXY | _QUIET)
    _Ban.lifted = False
    if not _Ban.hooked:
        _Ban.hooked = True
        sys.addaudithook(_refuse)
        for name, place in _ADDRESSES.items():
            _check_first(name, place)


def allow_downloads() -> None:
    """Undo the ban on connections (not that on telemetry), for the one command that downloads."""
    for name in _OFFLINE:
        os.environ.pop(name, None)
    for name, value in _Ban.proxies.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    _Ban.proxies.clear()
    os.environ.update(_QUIET)
    _Ban.lifted = True


def environment_beyond() -> dict[str, str]:
    """Return the environment for a program of its own that may use the network, as pip has to."""
    environment = {name: value for name, value in os.environ.items() if name not in _OFFLINE}
    for name, value in _Ban.proxies.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


def allow_listening(host: str) -> None:
    """Let `host` be looked up, since the person named it as this machine's: where to listen."""
    _Ban.listening.add(host)


def allow_server(host: str, port: int) -> None:
    """Let this one server be connected to, since the person named it: a library lives there."""
    _Ban.servers.setdefault((host, port), set())


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise `OfflineError` for what would leave this machine. Called by Python for every event."""
    if _Ban.lifted or not event.startswith("socket."):
        return
    if event in _CONNECTIONS:
        connection, address = arguments[:2]
        if address is not None and not (
            _stays_here(connection.family, address)
            or (event == "socket.connect" and _is_allowed_server(connection, address))
        ):
            raise OfflineError(_line("connect to", address))
    elif event in _LOOK_UPS:
        host = arguments[0]
        if event == "socket.getnameinfo" and isinstance(host, tuple) and host:
            host = host[0]
        named = _Ban.listening | {server for server, _ in _Ban.servers}
        if not _is_here(host) and not (isinstance(host, str) and host in named):
            raise OfflineError(_line("look up", host))


def _check_first(name: str, place: int) -> None:
    """Make a method of sockets check its address before Python looks its name up.

    Python calls the hook after that.
    """
    original = getattr(socket.socket, name, None)
    if original is None:  # no sendmsg on Windows
        return

    def checked(connection: socket.socket, *arguments: Any) -> Any:
        if place < len(arguments):
            event = "socket.connect" if name.startswith("connect") else "socket.sendto"
            _refuse(event, (connection, arguments[place]))
        return original(connection, *arguments)

    setattr(socket.socket, name, checked)


def _stays_here(family: int, address: object) -> bool:
    if family in _INTERNET:
        return isinstance(address, tuple) and bool(address) and _is_here(address[0])
    return family in _INSIDE


def _is_allowed_server(connection: socket.socket, address: object) -> bool:
    """Say whether an address is that of a server that was allowed, by name or number, over TCP.

    A name is looked up again for a number that it did not have before: servers move.
    """
    if connection.type != socket.SOCK_STREAM or not isinstance(address, tuple):
        return False
    host, port = address[:2]
    for (name, own_port), numbers in _Ban.servers.items():
        if port != own_port:
            continue
        if host != name and host not in numbers:
            numbers |= _numbers_of(name, port)
        if host == name or host in numbers:
            return True
    return False


def _numbers_of(name: str, port: int) -> set[str]:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(address[0]) for *_, address in found}


def _is_here(host: object) -> bool:
    """Return whether a host is this machine, by its usual name or its number as it is written.

    Other spellings of a number ("127.1", "0x7f000001") are refused with the rest.
    """
    if host is None or host in ("", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    try:
        number = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return number.is_loopback or number.is_unspecified


def _line(what: str, where: object) -> str:
    if isinstance(where, tuple) and where:
        where = where[0]
    text = where.decode("utf-8", "replace") if isinstance(where, bytes) else str(where)
    return (
        f"refused to {what} {text:.100}: Footnote is offline; only "
        "`footnote models --download` and `--install` use the network"
    )
