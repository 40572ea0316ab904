"""How large a file may be, and the reasons for which one is refused that several kinds share.

A reason continues the line that begins with the file's name: what is wrong, what to do.
"""

_FILE_FOR_TEXT = 5
"""Bytes of a file, and of what it unpacks to, for each byte of text that a document may have:
fonts and pictures take their part. With the default limit of text that is 100 MB."""
_MARKUP_FOR_TEXT = 2
"""The same for HTML and XML, which once parsed take up to 18 bytes of memory for each of theirs."""
_REMEDY = "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES"


COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the old .doc, .xls and .ppt begin, and newer files with a password."""

ODF_ENCRYPTED = (b"encryption-data", b"encrypted-package")
"""What the manifest of an OpenDocument file says if it has a password."""


def file_limit(max_bytes: int) -> int:
    """Return how many bytes a file, or all that it unpacks to, may have; `max_bytes` is of text."""
    return _FILE_FOR_TEXT * max_bytes


def markup_limit(max_bytes: int) -> int:
    """Return how many bytes of HTML or XML are parsed at once; `max_bytes` is that of text."""
    return _MARKUP_FOR_TEXT * max_bytes


def too_long(size: int, max_bytes: int) -> ValueError:
    """Return the refusal of a text of `size` bytes as UTF-8."""
    return ValueError(f"{size:,} bytes of text; expected at most {max_bytes:,}; {_REMEDY}")


def too_large(what: str, limit: int) -> ValueError:
    """Return the refusal of what has more than `limit` bytes."""
    return ValueError(f"{what}; expected at most {limit:,} bytes; {_REMEDY}")


def missing_package(package: str) -> ValueError:
    """Return the refusal of a file whose kind needs a package that is not installed."""
    return ValueError(
        f"reading it needs the package {package}, which is not installed; "
        f"install it with: python -m pip install {package}"
    )


def doctype_refused(what: str) -> ValueError:
    """Return the refusal of XML that declares entities, or could."""
    return ValueError(
        f"{what} declares a document type, where harmful entities could hide; save it again without"
    )


def password_refused() -> ValueError:
    """Return the refusal of a file that only a password opens."""
    return ValueError("it has a password; save it without")
