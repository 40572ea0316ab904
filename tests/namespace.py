"""Runs a command where there is no network but a trap: a namespace of its own, on Linux.

In it this machine has the address OUTSIDE and those of its name servers, and listens there, so that
what a command tries is seen, and would succeed. As a program (inside): RESULT COMMAND…
"""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from shutil import which
from threading import Thread

OUTSIDE = "192.0.2.1"
_UNSHARE = ["unshare", "--user", "--map-root-user", "--net"]
_TRY = f"""
import socket
socket.create_connection(("{OUTSIDE}", int(__import__("os").environ["TRAP_PORT"])), 5).close()
try:
    socket.getaddrinfo("example.org", 80)
except OSError:
    pass
"""


def why_not() -> str:
    """Return why no namespace can be made here; empty where one can."""
    if sys.platform != "linux" or which("unshare") is None:
        return "network namespaces are Linux's, and made with unshare"
    done = subprocess.run([*_UNSHARE, "true"], capture_output=True, encoding="utf-8")
    return f"no network namespace can be made here: {done.stderr.strip()}"[: 200 * done.returncode]


def run_inside(folder: Path, command, environment) -> dict:
    """Return what became of a command: its exit code, output, connections and look-ups seen."""
    result = folder / "result.json"
    inside = [sys.executable, __file__, str(result), *map(str, command)]
    done = subprocess.run(
        [*_UNSHARE, *inside], env=environment, capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(result.read_text("utf-8"))


class Trap:
    """Listens, and remembers what came."""

    def __init__(self, servers: list[str]) -> None:
        self.connections = 0
        self.look_ups = 0
        self.listener = socket.create_server(("0.0.0.0", 0))
        self.port = self.listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()
        for server in servers:
            asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            asked.bind((server, 53))
            Thread(target=self._answer, args=[asked], daemon=True).start()

    def wait_for_both(self) -> None:
        """Wait until a connection and a look-up were seen: both can be made before they are."""
        ends = time.monotonic() + 10
        while not (self.connections and self.look_ups) and time.monotonic() < ends:
            time.sleep(0.01)

    def _accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            connection.close()

    def _answer(self, asked: socket.socket) -> None:
        while True:
            query, sender = asked.recvfrom(4_096)
            self.look_ups += 1
            refused = query[:2] + b"\x81\x85" + query[4:6] + b"\0" * 6 + query[12:]
            asked.sendto(refused, sender)


def set_up() -> list[str]:
    """Give the namespace its addresses; return those of the name servers."""
    assert socket.if_nameindex() == [(1, "lo")], socket.if_nameindex()
    with open("/etc/resolv.conf", encoding="utf-8") as file:
        servers = re.findall(r"(?m)^nameserver ([\d.]+)$", file.read()) or ["127.0.0.1"]
    _raise_interface("lo", None)
    for number, address in enumerate([OUTSIDE, *servers], start=1):
        if not address.startswith("127."):
            _raise_interface(f"lo:{number}", address)
    with socket.socket() as probe:
        assert probe.connect_ex(("198.51.100.1", 80)) != 0, "there is a way out of the namespace"
    return servers


def _raise_interface(name: str, address: str | None) -> None:
    from fcntl import ioctl

    set_address, set_mask, set_flags, up_and_running = 0x8916, 0x891C, 0x8914, 0x41
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for order, number in ((set_address, address), (set_mask, "255.255.255.255")):
            if address is not None:
                place = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(number))
                ioctl(control, order, struct.pack("16s16s", name.encode(), place))
        ioctl(control, set_flags, struct.pack("16sh14x", name.encode(), up_and_running))


def main() -> None:
    result, *command = sys.argv[1:]
    trap = Trap(set_up())
    environment = {**os.environ, "TRAP_PORT": str(trap.port)}
    subprocess.run([sys.executable, "-I", "-c", _TRY], env=environment, check=True)
    trap.wait_for_both()
    assert trap.connections == 1 and trap.look_ups > 0, "the trap catches nothing"
    trap.connections = trap.look_ups = 0
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    Path(result).write_text(
        json.dumps(
            {
                "code": done.returncode,
                "output": done.stdout,
                "errors": done.stderr,
                "connections": trap.connections,
                "look_ups": trap.look_ups,
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
