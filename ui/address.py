"""Where the page is served: which addresses may be, and the socket that listens there.

Imports nothing heavy, so that a wrong address is known before models are loaded.
"""

import errno
import ipaddress
import os
import socket

from rag.errors import RagError, SettingsError
from rag.offline import allow_listening


def check_address(host: str, port: int, password: str = "") -> None:
    """Raise as `ui.server.serve` would for this address, before models are loaded in vain."""
    check_password(host, password)
    listen(host, port).close()


def is_loopback(host: str) -> bool:
    """Return whether a server bound to `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_password(host: str, password: str) -> None:
    """Raise `SettingsError` for a host that others can reach without a password."""
    if not password and not is_loopback(host):
        raise SettingsError(
            f"host {host} can be reached from other machines: set FOOTNOTE_PASSWORD, "
            "or serve 127.0.0.1 only"
        )


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a port in use is known before anything is loaded."""
    bare = host.strip("[]")
    allow_listening(bare)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise RagError(f"host {host} is not an address of this machine: {error}") from None
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise RagError(
                f"port {port} on {host} is in use: end the program that uses it, "
                "or choose another with --port"
            ) from None
        raise RagError(f"cannot serve {host} on port {port}: {error.strerror}") from None
    return listener
