"""The command `footnote` without models, which tries to get out once it knows what is asked.

LOG ARGUMENTS…; writes to LOG what became of each attempt. TRAP_PORT: see `namespace`.
"""

import argparse
import asyncio
import os
import socket
import sys
import urllib.request

import pytest
from fake_assembly import put_fakes
from namespace import OUTSIDE

PORT = int(os.environ.get("TRAP_PORT", "9"))
PROXY = f"http://127.0.0.1:{PORT}"


def mapped():
    with socket.socket(socket.AF_INET6) as outgoing:
        outgoing.connect((f"::ffff:{OUTSIDE}", PORT))


def by_number_as_text(kind):
    with socket.socket(type=kind) as outgoing:
        outgoing.settimeout(5)
        if kind == socket.SOCK_STREAM:
            outgoing.connect(("0xC0000201", PORT))
        else:
            outgoing.sendto(b"", ("3221225985", PORT))


def by_name():
    with socket.socket() as outgoing:
        outgoing.connect(("example.org", PORT))


def status_of_connect():
    with socket.socket() as outgoing:
        status = outgoing.connect_ex((OUTSIDE, PORT))
    assert status, "reached"


def message():
    with socket.socket(type=socket.SOCK_DGRAM) as outgoing:
        outgoing.sendmsg([b"a"], [], 0, (OUTSIDE, PORT))


ATTEMPTS = {
    "create_connection": lambda: socket.create_connection((OUTSIDE, PORT), 5).close(),
    "connect_ex": status_of_connect,
    "connect mapped": mapped,
    "connect number": lambda: by_number_as_text(socket.SOCK_STREAM),
    "connect name": by_name,
    "sendto number": lambda: by_number_as_text(socket.SOCK_DGRAM),
    "sendmsg": message,
    "getaddrinfo": lambda: socket.getaddrinfo("example.org", 443),
    "getaddrinfo bytes": lambda: socket.getaddrinfo(b"example.org", 443),
    "gethostbyname": lambda: socket.gethostbyname("example.org"),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex("example.org"),
    "gethostbyaddr": lambda: socket.gethostbyaddr("192.0.2.7"),
    "getnameinfo": lambda: socket.getnameinfo(("192.0.2.7", 80), 0),
    "asyncio": lambda: asyncio.run(asyncio.open_connection(OUTSIDE, PORT)),
    "urllib": lambda: urllib.request.urlopen(f"http://{OUTSIDE}:{PORT}", timeout=5),
    "proxy": lambda: urllib.request.urlopen("http://example.org", timeout=5),
}


def outcome(attempt):
    try:
        attempt()
    except (OSError, AssertionError) as error:
        return str(error)
    return "done"


def main():
    log, *arguments = sys.argv[1:]
    os.environ["http_proxy"] = PROXY
    parse = argparse.ArgumentParser.parse_args

    def parse_and_attempt(parser, given=None):
        args = parse(parser, given)
        with open(log, "w", encoding="utf-8") as file:
            file.writelines(f"{name}: {outcome(ATTEMPTS[name])}\n" for name in ATTEMPTS)
        return args

    argparse.ArgumentParser.parse_args = parse_and_attempt
    with pytest.MonkeyPatch.context() as patch:
        put_fakes(patch)
        from rag.cli.command import main as footnote

        return footnote(arguments)


if __name__ == "__main__":
    sys.exit(main())
