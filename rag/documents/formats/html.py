"""HTML pages: what a reader sees of their content, as headings, paragraphs, lists and tables.

Nothing that a page names is fetched, no script or style sheet is obeyed. What is hidden by an
attribute or by the element's own style is not text; what a style sheet hides is. Pages that a
browser saved as one file (MHTML) are read too.
"""

from typing import Any

from rag.documents.formats.encodings import decode_text, html_charset
from rag.documents.formats.html_blocks import write_blocks
from rag.documents.formats.html_content import Content, find_content
from rag.documents.formats.markup import parse_html
from rag.documents.formats.mhtml import is_mhtml, page_of
from rag.documents.formats.refusals import markup_limit, too_large
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse
from rag.documents.formats.xhtml import is_xhtml, xhtml_as_html

_LEAST_HEADING = 3
"""Characters of a heading that is looked for in the title."""


def extract_html(data: bytes, max_bytes: int) -> Extracted:
    """Return the content of a page, its title first unless a heading repeats it.

    Navigation, headers and footers of the site, forms and blocks of links are left out, unless
    nothing else is there.
    """
    declared = None
    if is_mhtml(data):
        data, declared = page_of(data)
    markup = decode_html(data, max_bytes, declared)
    root = parse_html(xhtml_as_html(markup) if is_xhtml(markup) else markup, max_bytes)
    if root is None:
        return Extracted("")
    title = _title(root)
    for content in find_content(root):
        writer = DocumentWriter(max_bytes)
        writer.title = title
        _write_heading(root, title, content, writer)
        begin = writer.length
        write_blocks(content.walk(), content.layouts, writer)
        if writer.length - begin > content.least:
            break
    return writer.result()


def decode_html(data: bytes, max_bytes: int, declared: str | None = None) -> str:
    """Decode a page as `declared`, or its byte-order mark or own declaration, says."""
    if len(data) > markup_limit(max_bytes):
        raise too_large(f"{len(data):,} bytes of markup", markup_limit(max_bytes))
    return decode_text(data, declared or html_charset(data))


def _title(root: Any) -> str:
    title = collapse(root.findtext("head/title") or "")
    if not title:
        for element in root.iterfind("head/meta[@property='og:title']"):
            title = title or collapse(element.get("content") or "")
    return title


def _write_heading(root: Any, title: str, content: Content, writer: DocumentWriter) -> None:
    """Write the title unless a heading of the content repeats it, and a heading that was left out.

    That is a page's only heading of the first level, where it stands beside the content.
    """
    own = [
        collapse(element.text_content())
        for event, element in content.walk()
        if event == "start" and element.tag == "h1"
    ]
    every = [collapse(element.text_content()) for element in root.iterfind(".//h1")]
    beside = every[0] if not own and len(every) == 1 else ""
    if not any(_repeats(heading, title) for heading in own):
        writer.heading(1, title)
    if not _repeats(beside, title):
        writer.heading(1, beside)


def _repeats(heading: str, title: str) -> bool:
    """Tell whether the title says what the heading does; it may name the site besides."""
    return len(heading) >= _LEAST_HEADING and heading.casefold() in title.casefold()
