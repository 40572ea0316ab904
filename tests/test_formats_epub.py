"""EPUB books: chapters in reading order, and paths that lead nowhere."""

import pytest
from sample_files import make_epub, make_zip

from rag.documents.formats.epub import extract_epub

LIMIT = 100_000


def chapter(body, head=""):
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html '
        f'xmlns="http://www.w3.org/1999/xhtml"><head>{head}</head><body>{body}</body></html>'
    )


def refusal_of(data, limit=LIMIT):
    with pytest.raises(ValueError) as raised:
        extract_epub(data, limit)
    return str(raised.value)


def test_chapters_stand_in_the_order_of_the_spine():
    book = make_epub(
        {
            "z.xhtml": chapter("<h2>One</h2><p>It began in 1932.</p>"),
            "text/a%20b.xhtml": chapter("<h2>Two</h2><p>It ended&nbsp;here.</p>"),
            "../top.xhtml#part": chapter("not found by its name with a part"),
        }
        | {"text/a b.xhtml": ""},
        **{"OPS/text/a b.xhtml": chapter("<h2>Two</h2><p>It ended&nbsp;here.</p>")},
        **{"top.xhtml": chapter("<p>The end.</p>")},
    )
    assert extract_epub(book, LIMIT) == (
        "# A Book\n\n## One\n\nIt began in 1932.\n\n## Two\n\nIt ended here.\n\nThe end.",
        (),
    )


def test_elements_that_close_at_once_do_not_swallow_the_chapter():
    head = '<title/><script src="x.js"/><meta name="a"/>'
    book = make_epub({"a.xhtml": chapter('<p/><p id="x"/><p>Read.<br/>On.</p>', head)})
    assert extract_epub(book, LIMIT)[0] == "# A Book\n\nRead.\nOn."


def test_paths_out_of_the_archive_lead_nowhere(tmp_path):
    secret = tmp_path / "secret.xhtml"
    secret.write_text(chapter("<p>Secret.</p>"))
    places = ["../../../../../../etc/passwd", str(secret), f"file://{secret}", "http://x.example/a"]
    book = make_epub({place: "" for place in places} | {"a.xhtml": chapter("<p>Own.</p>")})
    assert extract_epub(book, LIMIT)[0] == "# A Book\n\nOwn."


def test_chapter_named_twice_stands_once():
    book = make_epub({"a.xhtml": chapter("<p>Once.</p>"), "a.xhtml#two": ""})
    assert extract_epub(book, LIMIT)[0] == "# A Book\n\nOnce."


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"x", "it is damaged, or not an EPUB book: it cannot be unpacked; save it again"),
        (
            make_zip({"META-INF/container.xml": "<container/>"}),
            "it is damaged, or not an EPUB book: it names no package; save it again",
        ),
        (
            make_epub(
                {"a.xhtml": chapter("x")},
                **{
                    "META-INF/encryption.xml": "<encryption><CipherReference "
                    'URI="OPS/a.xhtml"/></encryption>'
                },
            ),
            "it is locked against copying (DRM); get a copy without the lock",
        ),
        (
            make_epub({}, **{"OPS/book.opf": '<!DOCTYPE p [<!ENTITY a "b">]><p>&a;</p>'}),
            "OPS/book.opf declares a document type, where harmful entities could hide; "
            "save it again without",
        ),
    ],
)
def test_book_that_cannot_be_read_is_one_line(data, line):
    assert refusal_of(data) == line


def test_book_that_unpacks_to_too_much_is_refused():
    book = make_epub({f"{n}.xhtml": "<!--" + "x" * 150_000 + "-->" for n in range(5)})
    assert len(book) < 10_000
    assert refusal_of(book) == (
        "it unpacks to more; expected at most 500,000 bytes; "
        "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES"
    )


def test_scripts_and_hidden_text_of_chapters_are_left_out():
    body = "<script>alert(1)</script><p style='display:none'>x</p><p>Seen.</p>"
    assert extract_epub(make_epub({"a.xhtml": chapter(body)}), LIMIT)[0] == "# A Book\n\nSeen."
