"""XHTML as HTML, so that one parser reads both, however broken the page is.

What XML means and HTML does not: elements that close at once, CDATA, names with a prefix, and short
entities that the page itself declares. Every step is linear in the page.
"""

import html
import re

_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
_SELF_CLOSED = re.compile(rf"<(?!(?:{_VOID})\b)([a-z][\w.-]*)((?:\s[^<>]*)?)/>", re.I)
"""An element that XHTML closes at once, `<script src="…"/>`; in HTML it would stay open."""
_CDATA = "<![CDATA["
_CDATA_END = "]]>"
_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,30}):html[\s>]")
_PREFIX_WITHIN = 2_000
_SUBSET = re.compile(r"<!DOCTYPE[^\[<>]{0,500}\[", re.I)
_SUBSET_END = re.compile(r"\]\s{0,100}>")
_ENTITY = re.compile(
    r"<!ENTITY\s{1,9}([\w.-]{1,40})\s{1,9}(?:\"([^\"&%<]{0,200})\"|'([^'&%<]{0,200})')"
)
_MOST_ENTITIES = 100


def is_xhtml(markup: str) -> bool:
    """Tell whether a page says that it is XML."""
    return markup.lstrip().startswith("<?xml")


def xhtml_as_html(markup: str) -> str:
    """Return the page as HTML."""
    markup = _without_subset(markup)
    markup = _without_cdata(markup)
    if prefix := _PREFIX.search(markup[:_PREFIX_WITHIN]):
        name = re.escape(prefix[1])
        markup = re.sub(rf"<(/?){name}:", r"<\1", markup)
    return _SELF_CLOSED.sub(r"<\1\2></\1>", markup)


def _without_cdata(markup: str) -> str:
    """Write CDATA as text with references."""
    first, *rest = markup.split(_CDATA)
    parts = [first]
    for piece in rest:
        text, mark, after = piece.partition(_CDATA_END)
        parts += [html.escape(text), after] if mark else [_CDATA, piece]
    return "".join(parts)


def _without_subset(markup: str) -> str:
    """Take out the declarations of a document type; what they abbreviate is written out.

    Only plain text is, and no more of it than the page is long: entities of entities grow.
    """
    start = _SUBSET.search(markup[:_PREFIX_WITHIN])
    end = _SUBSET_END.search(markup, start.end()) if start else None
    if start is None or end is None:
        return markup
    declared = _ENTITY.findall(markup[start.end() : end.start()])[:_MOST_ENTITIES]
    values = {name: double or single for name, double, single in declared}
    rest = markup[end.end() :]
    if values:
        reference = re.compile(f"&({'|'.join(map(re.escape, values))});")
        growth = sum(len(values[match[1]]) for match in reference.finditer(rest))
        if growth <= len(rest):
            rest = reference.sub(lambda match: values[match[1]], rest)
    return markup[: start.start()] + rest
