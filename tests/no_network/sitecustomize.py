"""Python imports this at its start if it is on its path: sockets then reach this machine only.

What is tried beyond is refused, and written to the file that NETWORK_LOG names.
"""

import os
import socket

_LOCAL = ("127.0.0.1", "::1", "localhost", "", "None")


def _guard(owner, name, host_of):
    original = getattr(owner, name)

    def guarded(*arguments, **options):
        host = host_of(*arguments, **options)
        host = host.decode() if isinstance(host, bytes) else str(host)
        if host not in _LOCAL:
            with open(os.environ["NETWORK_LOG"], "a", encoding="utf-8") as log:
                log.write(f"{name} {host}\n")
            raise OSError(f"{name} {host}: there is no network here")
        return original(*arguments, **options)

    setattr(owner, name, guarded)


def _of_socket(connection, *arguments, **options):
    """The host of connect(address), sendto(data, [flags,] address), sendmsg(…, address)."""
    address = arguments[-1] if arguments else None
    inet = connection.family in (socket.AF_INET, socket.AF_INET6)
    return address[0] if inet and isinstance(address, tuple) else None


for _name in ("connect", "connect_ex", "sendto", "sendmsg"):
    if hasattr(socket.socket, _name):
        _guard(socket.socket, _name, _of_socket)
_guard(socket, "create_connection", lambda address, *arguments, **options: address[0])
for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    _guard(socket, _name, lambda host, *arguments, **options: host)
