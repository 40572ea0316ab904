"""Who asks, where a proxy in front of Footnote signs people in and says so in headers.

The proxy's word counts only if it comes from an address that is trusted: `ui.guard` takes it from
there and hands it on under names of its own, which nobody outside can use. Pure values.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from rag.errors import SettingsError

USER, GROUPS = "x-footnote-user", "x-footnote-groups"
"""Headers in which the guard says to the rest who asks; from outside they are dropped."""
_SESSION = re.compile(r"(?P<session>[^\n]*)\n(?P<user>[^\n]*)\n(?P<groups>[^\n]*)")
_LONGEST = 200
_MOST_GROUPS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The proxy that signs people in: where it is, and the names of its headers."""

    addresses: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    user_header: str = "x-forwarded-user"
    groups_header: str = "x-forwarded-groups"

    def trusts(self, scope: Scope) -> bool:
        """Say whether a request comes from the proxy."""
        try:
            client = ipaddress.ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        if isinstance(client, ipaddress.IPv6Address) and client.ipv4_mapped is not None:
            client = client.ipv4_mapped
        return any(client in network for network in self.addresses)

    def person(self, scope: Scope) -> tuple[str, frozenset[str]] | None:
        """Return who asks and in which groups they are; None if the proxy did not say that.

        Groups are separated by commas. A name or group that cannot be one counts as not said, and
        so does a header that came twice: of two, one may be somebody else's.
        """
        if not self.trusts(scope):
            return None
        headers = Headers(scope=scope)
        users, lists = headers.getlist(self.user_header), headers.getlist(self.groups_header)
        if len(users) != 1 or len(lists) > 1:
            return None
        groups = frozenset(part.strip() for part in (lists or [""])[0].split(",") if part.strip())
        names = [users[0].strip(), *groups]
        if not all(map(_is_name, names)) or len(groups) > _MOST_GROUPS:
            return None
        return names[0], groups


def make_proxy(addresses: Sequence[str], user_header: str, groups_header: str) -> Proxy:
    """Return the proxy. Raises `SettingsError` for what is no address, network or header."""
    networks = []
    for address in addresses:
        try:
            networks.append(ipaddress.ip_network(address, strict=False))
        except ValueError:
            raise SettingsError(
                f"trusted proxy {address!r}: expected an address or network, as 10.0.0.7 or "
                "10.0.0.0/24"
            ) from None
    for header in (user_header, groups_header):
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", header):
            raise SettingsError(f"header {header!r}: expected letters, digits and '-'")
    return Proxy(
        addresses=tuple(networks),
        user_header=user_header.lower(),
        groups_header=groups_header.lower(),
    )


def with_person(
    headers: Iterable[tuple[bytes, bytes]], person: tuple[str, frozenset[str]] | None
) -> list[tuple[bytes, bytes]]:
    """Return a request's headers with who asks in place of what anybody else may have written."""
    own = {USER.encode(), GROUPS.encode()}
    kept = [(name, value) for name, value in headers if name.lower() not in own]
    if person is None:
        return kept
    user, groups = person
    said = ((USER, user), (GROUPS, ",".join(sorted(groups))))
    return [*kept, *((name.encode(), value.encode("latin-1")) for name, value in said)]


def session_name(session: str, user: str, groups: str) -> str:
    """Return what a session is called: with other groups, the same page is another session."""
    return f"{session}\n{user}\n{groups}" if user else session


def groups_of(session: str) -> frozenset[str]:
    """Return the groups in a session's name; of one without a person none."""
    match = _SESSION.fullmatch(session)
    return frozenset(filter(None, match["groups"].split(","))) if match else frozenset()


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST and name.isprintable() and "," not in name
