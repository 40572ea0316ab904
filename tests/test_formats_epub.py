"""EPUB books: chapters in reading order, and paths that lead nowhere."""

import pytest
from outline import check_blocks
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


def text_of(book):
    extracted = extract_epub(book, LIMIT)
    check_blocks(extracted.text, extracted.blocks)
    return extracted.text


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
    assert text_of(book) == (
        "# A Book\n\n## One\n\nIt began in 1932.\n\n## Two\n\nIt ended here.\n\nThe end."
    )


def test_elements_that_close_at_once_do_not_swallow_the_chapter():
    head = '<title/><script src="x.js"/><meta name="a"/>'
    book = make_epub({"a.xhtml": chapter('<p/><p id="x"/><p>Read.<br/>On.</p>', head)})
    assert text_of(book) == "# A Book\n\nRead.\nOn."


def test_paths_out_of_the_archive_lead_nowhere(tmp_path):
    secret = tmp_path / "secret.xhtml"
    secret.write_text(chapter("<p>Secret.</p>"))
    places = ["../../../../../../etc/passwd", str(secret), f"file://{secret}", "http://x.example/a"]
    book = make_epub({place: "" for place in places} | {"a.xhtml": chapter("<p>Own.</p>")})
    assert text_of(book) == "# A Book\n\nOwn."


def test_chapter_named_twice_stands_once():
    book = make_epub({"a.xhtml": chapter("<p>Once.</p>"), "a.xhtml#two": ""})
    assert text_of(book) == "# A Book\n\nOnce."


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
    assert text_of(make_epub({"a.xhtml": chapter(body)})) == "# A Book\n\nSeen."


def package(manifest, spine, metadata="<title>A Book</title>", doctype=""):
    return f"{doctype}<package><metadata>{metadata}</metadata><manifest>{manifest}</manifest>" + (
        f"<spine>{spine}</spine></package>"
    )


def item(number, place, more='media-type="application/xhtml+xml"'):
    return f'<item id="c{number}" href="{place}" {more}/>'


def spine(*numbers):
    return "".join(f'<itemref idref="c{number}"/>' for number in numbers)


@pytest.mark.parametrize(
    ("reference", "part"),
    [
        ("Text/A.xhtml", "OPS/text/a.xhtml"),
        ("text\\a.xhtml", "OPS/text/a.xhtml"),
        ("text/a.xhtml", "OPS\\text\\a.xhtml"),
        ("/OPS/a.xhtml", "OPS/a.xhtml"),
        ("../a%C3%A9.xhtml", "aé.xhtml"),
        ("caf\u00e9.xhtml", "OPS/cafe\u0301.xhtml"),
        ("CAFE\u0301.xhtml", "OPS/caf\u00e9.xhtml"),
        ("a.xhtml?x=1", "OPS/a.xhtml"),
        ("A.xhtml?x=1#b", "OPS/a.xhtml"),
        ("what%3F.xhtml", "OPS/what?.xhtml"),
    ],
)
def test_chapter_is_found_however_its_place_is_written(reference, part):
    book = make_epub(
        {}, **{"OPS/book.opf": package(item(1, reference), spine(1)), part: chapter("<p>Found.")}
    )
    assert text_of(book) == "# A Book\n\nFound."


def test_damaged_and_missing_chapters_are_named_and_the_others_read():
    book = make_epub({f"{name}.xhtml": chapter(f"<p>Chapter {name}.</p>" * 9) for name in "abc"})
    start = book.index(b"b.xhtml") + len(b"b.xhtml")
    broken = (
        book[:start] + bytes(byte ^ 255 for byte in book[start : start + 9]) + book[start + 9 :]
    )
    extracted = extract_epub(broken, LIMIT)
    assert extracted.warnings == ("the chapter 'OPS/b.xhtml' is damaged",)
    assert "Chapter a." in extracted.text and "Chapter c." in extracted.text
    assert "Chapter b." not in extracted.text
    lacking = make_epub(
        {"a.xhtml": chapter("<p>A.")},
        **{"OPS/book.opf": package(item(1, "a.xhtml") + item(2, "b.xhtml"), spine(1, 2))},
    )
    assert extract_epub(lacking, LIMIT).warnings == ("the chapter 'OPS/b.xhtml' is missing",)


def test_many_missing_chapters_are_counted():
    manifest = "".join(item(number, f"{number}.xhtml") for number in range(100))
    package_text = package(item("a", "a.xhtml") + manifest, spine("a", *range(100)))
    book = make_epub({"a.xhtml": chapter("<p>A.")}, **{"OPS/book.opf": package_text})
    warnings = extract_epub(book, LIMIT).warnings
    assert (len(warnings), warnings[-1]) == (21, "80 more chapters could not be read")


def test_book_without_a_chapter_that_has_text_is_refused():
    assert refusal_of(make_epub({"a.xhtml": chapter("<img src='a.png' alt='x'/>")})) == (
        "no chapter of it could be read: its chapters have no text, or are pictures; "
        "get another copy"
    )
    absent = make_epub({}, **{"OPS/book.opf": package(item(1, "a.xhtml"), spine(1))})
    assert refusal_of(absent) == (
        "no chapter of it could be read: the chapter 'OPS/a.xhtml' is missing; get another copy"
    )


def test_title_is_the_main_one_and_stands_once():
    metadata = (
        '<title id="t2">A Subtitle</title><title id="t1">The Harbour</title>'
        '<meta refines="#t1" property="title-type">main</meta>'
    )
    opf = package(item(1, "a.xhtml"), spine(1), metadata)
    book = make_epub({"a.xhtml": chapter("<h1>The  Harbour</h1><p>x</p>")}, **{"OPS/book.opf": opf})
    extracted = extract_epub(book, LIMIT)
    assert (extracted.title, extracted.text) == ("The Harbour", "# The Harbour\n\nx")


def test_package_whose_type_is_only_named_is_read():
    doctype = '<!DOCTYPE package PUBLIC "+//ISBN 0//DTD OEB 1.2//EN" "http://x.example/a.dtd">'
    opf = package(item(1, "a.xhtml"), spine(1), doctype=doctype)
    book = make_epub({"a.xhtml": chapter("<p>x</p>")}, **{"OPS/book.opf": opf})
    assert text_of(book) == "# A Book\n\nx"


def test_navigation_is_no_text_and_names_chapters_without_a_heading():
    nav = chapter(
        "<nav><ol><li><a href='a.xhtml#x'>The start</a><li><a href='b.xhtml'>Not shown</a>"
        "<li><a href='c.xhtml'>Third</a></ol></nav>"
    )
    opf = package(
        item(0, "nav.xhtml", 'properties="nav" media-type="application/xhtml+xml"')
        + item(1, "a.xhtml")
        + item(2, "b.xhtml")
        + item(3, "c.xhtml"),
        spine(0, 1, 2, 3),
    )
    book = make_epub(
        {
            "nav.xhtml": nav,
            "a.xhtml": chapter("<nav>Up</nav><p>It began.</p>"),
            "b.xhtml": chapter("<h2>Two</h2><p>It went on.</p>"),
            "c.xhtml": chapter("<p>Third</p><p>It ended.</p>"),
        },
        **{"OPS/book.opf": opf},
    )
    assert text_of(book) == (
        "# A Book\n\n# The start\n\nIt began.\n\n## Two\n\nIt went on.\n\nThird\n\nIt ended."
    )


def test_older_navigation_names_chapters_too():
    ncx = (
        '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "x.dtd"><ncx><navMap><navPoint>'
        "<navLabel><text>The start</text></navLabel><content src='a.xhtml'/></navPoint></navMap>"
        "</ncx>"
    )
    opf = package(
        item(0, "toc.ncx", 'media-type="application/x-dtbncx+xml"') + item(1, "a.xhtml"), spine(1)
    )
    book = make_epub(
        {"toc.ncx": ncx, "a.xhtml": chapter("<p>It began.</p>")}, **{"OPS/book.opf": opf}
    )
    assert text_of(book) == "# A Book\n\n# The start\n\nIt began."


def test_notes_that_are_no_chapters_are_read_after_them():
    page = (
        "<p>It cost 5<sup><a href='notes.xhtml#n1'>1</a></sup> euros.<a href='notes.xhtml#n2'>2</a>"
    )
    opf = package(item(1, "a.xhtml") + item(2, "notes.xhtml") + item(3, "advert.xhtml"), spine(1))
    book = make_epub(
        {
            "a.xhtml": chapter(page),
            "notes.xhtml": chapter("<p>1 In 1932.</p>"),
            "advert.xhtml": chapter("<p>Buy more.</p>"),
        },
        **{"OPS/book.opf": opf},
    )
    assert text_of(book) == "# A Book\n\nIt cost 5¹ euros.²\n\n1 In 1932."


def test_part_of_another_kind_gives_way_to_its_page():
    opf = package(
        item(1, "a.xml", 'media-type="application/x-foo" fallback="c2"') + item(2, "a.xhtml"),
        spine(1),
    )
    book = make_epub({"a.xml": "raw", "a.xhtml": chapter("<p>Page.")}, **{"OPS/book.opf": opf})
    assert text_of(book) == "# A Book\n\nPage."


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p><![CDATA[A < B & C]]></p>", "A < B & C"),
        ("<p><span class='drop'>T</span>he <img src='i.png' alt='v'/>ault.</p>", "The vault."),
        (
            "<p><span style='display:block;float:left'>T</span>he vault.</p>",
            "The vault.",
        ),
        ("<p>It is <span epub:type='pagebreak'>12</span>here.</p>", "It is here."),
        (
            "<epub:switch><epub:case><p>a</p></epub:case><epub:default><p>b</p></epub:default>"
            "</epub:switch>",
            "b",
        ),
    ],
)
def test_marks_of_books_are_read_as_they_are_meant(page, text):
    assert text_of(make_epub({"a.xhtml": chapter(page)})) == f"# A Book\n\n{text}"


def test_chapter_in_another_encoding_or_with_prefixes_is_read():
    encoded = (
        "<?xml version='1.0' encoding='windows-1251'?><html><body><p>Три часа.</p></body></html>"
    )
    prefixed = "<h:html xmlns:h='x'><h:body><h:h2>One</h:h2><h:p>Text.</h:p></h:body></h:html>"
    wide = "<?xml version='1.0' encoding='utf-16'?><html><body><p>Café.</p></body></html>"
    book = make_epub(
        {"a.xhtml": encoded.encode("cp1251"), "b.xhtml": prefixed, "c.xhtml": wide.encode("utf-16")}
    )
    assert text_of(book) == "# A Book\n\nТри часа.\n\n## One\n\nText.\n\nCafé."


def test_entities_that_a_page_declares_are_text_unless_they_grow():
    page = "<!DOCTYPE html [<!ENTITY v 'The vault'>]><html><body><p>&v; is here.</p></body></html>"
    assert text_of(make_epub({"a.xhtml": page})) == "# A Book\n\nThe vault is here."
    grown = page.replace("The vault", "x" * 200).replace("&v;", "&v;" * 1_000)
    assert "xxx" not in text_of(make_epub({"a.xhtml": grown}))
