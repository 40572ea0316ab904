"""Where a shared library lives: `qdrant://HOST:PORT/COLLECTION[/NAME]`. Pure values.

An address never has a secret in it: the key comes from the environment.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from rag.errors import LibraryError

_SCHEMES = {"qdrant": False, "qdrants": True}
_PORT = 6333
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_EXPECTED = "expected qdrant://HOST:PORT/NAME, or qdrants://HOST:PORT/NAME for TLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A library on a Qdrant server. `library` is its name within `collection`, often the same."""

    host: str
    port: int
    is_encrypted: bool
    collection: str
    library: str

    def __str__(self) -> str:
        scheme = "qdrants" if self.is_encrypted else "qdrant"
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = "" if self.library == self.collection else f"/{self.library}"
        return f"{scheme}://{host}:{self.port}/{self.collection}{own}"

    @property
    def is_local(self) -> bool:
        """Say whether the server is this machine, by its usual name or a loopback number."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def is_shared(name: str) -> bool:
    """Say whether what a person calls a library is an address of a shared one."""
    return name.partition("://")[0].lower() in _SCHEMES and "://" in name


def parse_address(text: str) -> Address:
    """Return the address that `text` is.

    Raises `LibraryError` for one that is none; what may be a secret is not repeated.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or _PORT
    except ValueError:
        raise LibraryError(f"the library's address has no such port: {_EXPECTED}") from None
    if parts.username is not None or parts.password is not None:
        raise LibraryError(
            "the library's address has a name or key before '@': leave it out, and set the key as "
            "FOOTNOTE_QDRANT_API_KEY"
        )
    if parts.query or parts.fragment:
        raise LibraryError(f"the library's address goes on after '?' or '#': {_EXPECTED}")
    names = parts.path.strip("/").split("/")
    if parts.scheme not in _SCHEMES or not parts.hostname or not 1 <= len(names) <= 2:
        raise LibraryError(f"{text!r} is no address of a library: {_EXPECTED}")
    for name in names:
        if not _NAME.fullmatch(name):
            raise LibraryError(
                f"{text!r}: {name!r} is no name of a shared library; expected 1 to 64 letters of "
                "a to z, digits, '-', '_' or '.', beginning with a letter or digit"
            )
    return Address(
        host=parts.hostname,
        port=port,
        is_encrypted=_SCHEMES[parts.scheme],
        collection=names[0],
        library=names[-1],
    )
