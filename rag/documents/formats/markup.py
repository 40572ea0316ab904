"""Parsing HTML and XML with lxml so that nothing is fetched, expanded or followed.

lxml is imported here alone, when the first file needs it.
"""

from collections.abc import Iterator
from typing import Any

from rag.documents.formats.refusals import doctype_refused, markup_limit, missing_package, too_large


def parse_html(markup: str, max_bytes: int) -> Any:
    """Return the root element of an HTML page, however broken, without comments; None if empty.

    Raises `ValueError` for a page that is too large, or nested too deeply to be read whole.
    """
    lxml = _lxml()
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    data = markup.encode("utf-8", "replace")
    _check_size(data, max_bytes)
    try:
        root = lxml.html.document_fromstring(data, parser=parser, ensure_head_body=True)
    except lxml.etree.ParserError:  # nothing but comments
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ValueError("its elements are nested too deeply; save it as plain text")
    return root


def parse_xml(data: bytes, what: str, max_bytes: int, *, may_name_type: bool = False) -> Any:
    """Return the root element of a part of a document, called `what` in the refusal.

    Raises `ValueError` for XML that is too large or not well-formed, and for a document type:
    entities are declared there, which expand without end or name other files. With `may_name_type`
    one that declares nothing itself is passed over.
    """
    etree = _lxml().etree
    _check_size(data, max_bytes)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        reason = str(error).split(", line ")[0]
        raise ValueError(
            f"it is damaged: {what} is not well-formed XML ({reason}); save it again"
        ) from None
    declared = root.getroottree().docinfo
    subset = declared.internalDTD
    is_bare = subset is not None and not any(True for _ in subset.iterentities())
    if declared.doctype and not (may_name_type and is_bare):
        raise doctype_refused(what)
    return root


def walk(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield ("start", element) and ("end", element) in document order, however deep."""
    yield from _lxml().etree.iterwalk(root, events=("start", "end"))


def local_name(element: Any) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """Return the value of the attribute called `name`, whatever its namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def child_at(element: Any, *names: str) -> Any:
    """Return the element at the path of local names below `element`; None if there is none."""
    for name in names:
        if element is None:
            return None
        element = element.find(f"{{*}}{name}")
    return element


def value_at(element: Any, *names: str) -> str | None:
    """Return the attribute `val` of the element at the path of local names."""
    found = child_at(element, *names)
    return None if found is None else attribute(found, "val")


def _check_size(data: bytes, max_bytes: int) -> None:
    if len(data) > markup_limit(max_bytes):
        raise too_large(f"{len(data):,} bytes of markup", markup_limit(max_bytes))


def _lxml() -> Any:
    try:
        import lxml.etree
        import lxml.html
    except ImportError:
        raise missing_package("lxml") from None
    return lxml
