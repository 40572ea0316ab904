"""The document view: structure instead of marks, with every word and highlight in its place."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processor_limit import processor_limit

from rag.datatypes import Block
from rag.documents.formats.csv import extract_csv
from rag.documents.formats.mail import extract_mail
from rag.documents.formats.markdown import extract_markdown
from rag.documents.formats.plain import extract_text
from rag.documents.structure import walk_blocks
from ui.contents import contents_of, render_contents, render_warnings
from ui.source import CONTEXT_CHARACTERS, Mark, render_article
from ui.source_pane import SourceText, SourceView, render_source_pane

MOST = 1_000_000
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> ${x} {{y}} </mark></td> \u202e"


MAIL = """From: Ann <ann@example.org>
Subject: Lamps
Date: Mon, 10 Nov 2025 07:50:00 +0000

Eight lamps.

1. MONEY

It is 264 euros.

On Thu, 6 Nov 2025 at 21:30, Ben wrote:
> Twelve lamps.
"""


def between(blocks):
    """What a library gives of these blocks, tables with the rows that touch and their header."""

    def touching(start, end):
        for block in blocks:
            if block.start < end and block.end > start:
                if block.kind == "table":
                    rows = tuple(
                        row
                        for number, row in enumerate(block.children)
                        if (row.start < end and row.end > start) or (row.header and not number)
                    )
                    yield Block(**{**fields(block), "children": rows})
                else:
                    yield block

    return lambda start, end: list(touching(start, end))


def fields(block):
    return {name: getattr(block, name) for name in Block.__dataclass_fields__}


def article(text, blocks, marks=(), **more):
    return render_article(text, marks, between=between(blocks), **more)


def read(text, extract=extract_markdown):
    extracted = extract(text.encode(), MOST)
    return extracted.text, extracted.blocks


def test_who_writes_a_mail_is_said_once_and_over_what_it_quotes_by_the_heading():
    rendered = article(*read(MAIL, extract_mail))
    assert re.findall(r'<b class="speaker">([^<]*)</b>', rendered) == ["Ann, 2025-11-10 07:50"]
    assert "On Thu, 6 Nov 2025 at 21:30, Ben wrote:</h" in rendered


def plain(rendered):
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


def marked(rendered, key):
    pieces = re.findall(r'<mark data-cites="([^"]*)"[^>]*>(.*?)</mark>', rendered, re.DOTALL)
    return "".join(plain(body) for keys, body in pieces if key in keys.split())


def bare(rendered):
    return re.sub(r' (dir|role|class|scope|tabindex|aria-label|data-place)="[^"]*"', "", rendered)


def own_words(text, blocks):
    """The characters that blocks say are theirs, in order."""
    return "".join(
        text[block.text_start : block.text_end]
        for block in walk_blocks(blocks)
        if block.kind not in ("list", "table", "row")
    )


def mark(start, end, number=1):
    return Mark(start=start, end=end, key=f"1-{number}", label=str(number))


GUIDE = """# Guide

Bring these:

- a map
  - of paper
- water

Then:

1. go
2. stay

## Prices

| Ticket | Price |
|---|---|
| day | 4 |
| week | 20 |

```
x = 1
  y = 2
```
"""


def test_structure_is_shown_instead_of_marks():
    text, blocks = read(GUIDE)
    assert bare(article(text, blocks)) == (
        "<h3>Guide</h3><p>Bring these:</p>"
        "<ul><li><p>a map</p><ul><li><p>of paper</p></li></ul></li><li><p>water</p></li></ul>"
        "<p>Then:</p><ol><li><span>1.</span><div><p>go</p></div></li>"
        "<li><span>2.</span><div><p>stay</p></div></li></ol>"
        "<h4>Prices</h4><div><table><thead><tr><th>Ticket</th><th>Price</th></tr></thead><tbody>"
        "<tr><td>day</td><td>4</td></tr><tr><td>week</td><td>20</td></tr></tbody></table></div>"
        "<pre>x = 1\n  y = 2</pre>"
    )


def test_records_are_a_table_with_the_numbers_of_their_rows():
    text, blocks = read("Name,Age,Pay\nAnna,,10\nBo,40,20\n", extract_csv)
    numbers = [row.number for row in blocks[0].children]
    rendered = bare(article(text, blocks))
    assert "<thead><tr><td></td><th>Name</th><th>Age</th><th>Pay</th></tr></thead>" in rendered
    first, second = (f'<td data-number="{number}"></td>' for number in numbers)
    assert f"<tr>{first}<td>Anna</td><td></td><td>10</td></tr>" in rendered
    assert f"<tr>{second}<td>Bo</td><td>40</td><td>20</td></tr>" in rendered


def test_marks_over_structure_hold_the_cited_words_and_number_the_last_shown_piece():
    text, blocks = read(GUIDE)
    start, end = text.index("- a map"), text.index("water") + len("water")
    row = text.index("| week"), text.index("20 |") + 4
    rendered = article(text, blocks, [mark(start, end, 1), mark(*row, 2)])
    assert marked(rendered, "1-1") == "a mapof paperwater"
    assert marked(rendered, "1-2") == "week20"
    assert re.findall(r'data-label="(\d)">([^<]*)<', rendered) == [("1", "water"), ("2", "20")]


def test_short_answer_is_underlined_in_its_cell():
    text, blocks = read(GUIDE)
    place = text.index("20 |")
    rendered = article(text, blocks, [mark(place - 7, place + 4)], short_span=(place, place + 2))
    assert '<strong class="short">20</strong></mark></td>' in rendered


words = st.text(alphabet="ab <&\"'\u202e", min_size=1, max_size=12)
lines = st.one_of(
    words,
    words.map(lambda line: f"# {line}"),
    words.map(lambda line: f"### {line}"),
    words.map(lambda line: f"- {line}"),
    words.map(lambda line: f"  - {line}"),
    words.map(lambda line: f"3. {line}"),
    words.map(lambda line: f"| {line} | x |"),
    st.sampled_from(["", "", "|---|---|", "```", "> a", "---", "Name: x"]),
)


@settings(deadline=None)
@given(
    st.lists(lines, max_size=14).map("\n".join).filter(str.strip),
    st.sampled_from([extract_markdown, extract_text]),
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)).map(sorted), max_size=3),
)
def test_every_own_character_is_shown_in_order_and_marked_exactly(source, extract, places):
    extracted = extract(source.encode(), MOST)
    text, blocks = extracted.text, extracted.blocks
    places = [(min(start, len(text)), min(end, len(text))) for start, end in places]
    marks = [mark(start, end, number) for number, (start, end) in enumerate(places, 1)]
    rendered = article(text, blocks, marks)
    made = r'<(span class="marker"|b class="speaker")>.*?</(span|b)>'
    shown = plain(re.sub(made, "", rendered))
    assert shown == own_words(text, blocks)
    owned = [block for block in walk_blocks(blocks) if block.kind not in ("list", "table", "row")]
    for number, (start, end) in enumerate(places, 1):
        expected = "".join(
            text[max(start, block.text_start) : min(end, block.text_end)]
            for block in owned
            if block.text_start < end and block.text_end > start
        )
        assert marked(rendered, f"1-{number}") == expected


def test_headings_leave_out_no_level():
    text, blocks = read("### A\n\n# B\n\n#### C\n\n###### D\n\n## E\n")
    assert re.findall(r"<(h\d)", article(text, blocks)) == ["h3", "h3", "h4", "h5", "h4"]


# Long documents


def long_markdown(chapters=400):
    return "\n".join(
        f"## Chapter {number}\n\n{'Some words of it. ' * 20}\n" for number in range(chapters)
    )


def test_place_of_a_heading_is_shown_beside_what_is_marked():
    text, blocks = read(long_markdown())
    far, cited = text.index("## Chapter 300"), text.index("Some words")
    rendered = article(text, blocks, [mark(cited, cited + 17)], place=far)
    assert f'<h3 data-place="{far}" dir="auto">Chapter 300</h3>' in rendered
    assert marked(rendered, "1-1") == "Some words of it."
    assert "Chapter 200" not in rendered
    assert len(rendered) < 8 * CONTEXT_CHARACTERS


def test_table_far_below_its_header_names_its_columns_once():
    rows = "\n".join(f"| name {number} | {number} |" for number in range(10_000))
    text, blocks = read(f"| Name | Size |\n|---|---|\n{rows}\n")
    place = text.index("| name 9000 |")
    rendered = bare(article(text, blocks, [mark(place, place + 20)]))
    assert "<thead><tr><th>Name</th><th>Size</th></tr></thead>" in rendered
    assert marked(article(text, blocks, [mark(place, place + 20)]), "1-1") == "name 90009000"
    assert "name 5000<" not in rendered


@pytest.mark.parametrize("kind", ["paragraph", "code"])
def test_block_of_20_megabytes_is_shown_in_part(kind):
    text = "word " * 4_000_000
    whole = Block(kind=kind, start=0, end=len(text), text_start=0, text_end=len(text))
    with processor_limit(2):
        rendered = article(text, [whole], [mark(10_000_000, 10_000_100)])
    assert len(rendered) < 3 * CONTEXT_CHARACTERS
    assert marked(rendered, "1-1") == text[10_000_000:10_000_100]


# What stands above


def heading(start, level):
    return Block(
        kind="heading",
        start=start,
        end=start + 3,
        text_start=start,
        text_end=start + 3,
        level=level,
    )


@pytest.mark.parametrize(
    ("headings", "length", "entries"), [(3, 9_000, 0), (4, 3_000, 0), (4, 3_001, 4)]
)
def test_contents_are_for_long_documents(headings, length, entries):
    blocks = [heading(10 * number, 1) for number in range(headings)]
    assert len(contents_of("abc " * (length // 4) + "a" * (length % 4), blocks)) == entries


def test_contents_of_very_many_headings_are_the_outer_ones():
    blocks = [heading(10 * n, 1 if n % 100 == 0 else 2) for n in range(1_000)]
    entries = contents_of("ab " * 10_000, blocks)
    assert [(entry.place, entry.level) for entry in entries] == [(n * 1_000, 1) for n in range(10)]
    assert len(contents_of("ab " * 10_000, [heading(n, 1) for n in range(1_000)])) == 300


def test_pane_has_contents_that_lead_to_places_and_what_was_not_read():
    text, blocks = read(long_markdown(20))
    headings = [block for block in blocks if block.kind == "heading"]
    source = SourceText(
        text=text, between=between(blocks), headings=headings, warnings=("page 3 is a picture",)
    )
    pane = render_source_pane({4: "a.md"}, source, SourceView(document_id=4))
    places = re.findall(r'<button type="button" data-place="(\d+)"', pane)
    assert places == re.findall(r'<h3 data-place="(\d+)"', pane)
    assert len(places) == 20
    assert '<p class="warnings" role="note">Not read: page 3 is a picture</p>' in pane
    assert 'data-document="4"' in pane
    assert pane.index("warnings") < pane.index("contents") < pane.index("<article")
    several = render_warnings([f"page {number}" for number in range(2_000)])
    assert "2,000 remarks" in several and several.count("<li>") == 100


def test_hostile_words_in_blocks_labels_and_headings_add_no_tag():
    def tags(words):
        text = words * 40
        size = len(words)

        def block(kind, at, **more):
            start = at * size
            more = {"text_start": start, "text_end": start + size} | more
            return Block(kind=kind, start=start, end=start + size, **more)

        cells = (block("cell", 4, label=words),)
        item = block("item", 1, label=words)
        row = block("row", 4, children=cells)
        blocks = [
            block("heading", 0, level=1),
            block("list", 1, children=(item,), ordered=True),
            block("turn", 2, label=words),
            block("code", 3),
            block("table", 4, children=(row,)),
            block("caption", 5),
        ]
        source = SourceText(
            text=text, between=between(blocks), headings=blocks[:1] * 4, warnings=(words, words)
        )
        contents = render_contents(contents_of(text + " " * 3_001, blocks[:1] * 4))
        view = SourceView(document_id=1, marks=(mark(0, 6 * size),), short_span=(0, 4 * size))
        page = render_source_pane({1: words}, source, view) + contents
        page = re.sub(r'<span class="hidden-character"[^>]*>.</span>', "", page)
        return [re.match(r"</?\w+", tag).group() for tag in re.findall(r"<[^>]*>", page)]

    assert tags(HOSTILE) == tags("1 harmless ".ljust(len(HOSTILE), "x"))
