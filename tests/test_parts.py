"""How the sentences of an answer are shown: lists, tables, headings, code, and what is marked."""

import html
import re
from dataclasses import replace

import pytest

from rag.datatypes import Answer, Citation, CitedSentence
from ui.parts import render_parts, render_remarks, shown_short_answer
from ui.render import Turn, render_turn
from ui.tables import lay_out

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> ${x} {{y}} </td></table> \"' \u202e"
)


def part(text, kind="sentence", number=1, **more):
    return CitedSentence(text=text, citations=(number,), kind=kind, **more)


def place(start, end, quote="", **where):
    return Citation(
        document_id=1, document="a.md", start=start, end=end, page=None, quote=quote, **where
    )


def answer(*sentences, **changes):
    count = max(sentence.citations[0] for sentence in sentences)
    base = Answer(
        question="?",
        understood="?",
        status="quoted",
        sentences=sentences,
        citations=tuple(place(0, 1000) for _ in range(count)),
        short_answer=None,
        short_span=None,
        nearest=(),
        confidence=0.9,
    )
    return replace(base, **changes)


def cite(sentence):
    return "".join(f"[{number}]" for number in sentence.citations)


def bare(rendered):
    """The HTML without what only says how it looks."""
    rendered = re.sub(r'<span class="tied">(.*?)</span>', r"\1", rendered)
    return re.sub(r' (dir|role|class|scope|tabindex|aria-label|data-column)="[^"]*"', "", rendered)


def plain(rendered):
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


def test_items_are_a_list_with_their_own_markers_and_one_citation():
    rendered = render_parts(
        answer(
            part("You need:", "lead_in"),
            part("a card", "item", label="1."),
            part("proof of address", "item", label="2."),
            part("a bill", "item", label="-", depth=1),
            part("a letter", "item", label="-", depth=1),
            part("It must be new.", depth=0),
            part("two photographs", "item", label="(iii)", note="and 12 more items"),
        ),
        cite,
    )
    assert bare(rendered) == (
        "<p>You need:</p><ol>"
        "<li><span>1.</span><div>a card</div></li>"
        "<li><span>2.</span><div>proof of address"
        "<ul><li>a bill</li><li>a letter</li></ul><p>It must be new.</p></div></li>"
        "<li><span>(iii)</span><div>two photographs[1]</div></li></ol>"
        "<p>and 12 more items</p>"
    )


def test_items_of_two_places_have_a_citation_each():
    rendered = render_parts(answer(part("a", "item"), part("b", "item", 2)), cite)
    assert bare(rendered) == "<ul><li>a[1]</li><li>b[2]</li></ul>"


def test_a_note_ends_its_list():
    rendered = render_parts(
        answer(part("a", "item", note="one of 7 items"), part("b", "item"), part("C.", number=2)),
        cite,
    )
    assert bare(rendered) == (
        "<ul><li>a</li></ul><p>one of 7 items</p><ul><li>b[1]</li></ul><p>C.[2]</p>"
    )


def test_items_that_are_nested_without_an_outer_one_are_a_list():
    rendered = render_parts(answer(part("a", "item", depth=9), part("b", "item", depth=2)), cite)
    assert bare(rendered) == "<ul><li>a</li><li>b[1]</li></ul>"


def row(number, *cells, **more):
    return part(" ".join(value for _, value in cells), "row", number, cells=cells, **more)


def test_rows_are_a_table_below_their_columns():
    rendered = render_parts(
        answer(
            row(1, ("Name", "Anna"), ("Pay", "10")),
            row(2, ("Name", "Bo"), ("Age", "40"), ("Pay", "20"), note="2 of 9 rows"),
        ),
        cite,
    )
    assert bare(rendered) == (
        "<div><table><thead><tr><th>Name</th><th>Age</th><th>Pay</th><td></td></tr></thead>"
        "<tbody><tr><td><div>Anna</div></td><td></td><td><div>10</div></td><td>[1]</td></tr>"
        "<tr><td><div>Bo</div></td><td><div>40</div></td><td><div>20</div></td><td>[2]</td></tr></tbody></table></div>"
        "<p>2 of 9 rows</p>"
    )


def test_rows_without_names_are_a_table_without_header():
    rendered = render_parts(answer(row(1, ("", "a"), ("", "b"))), cite)
    assert bare(rendered) == (
        "<div><table><tbody><tr><td><div>a</div></td><td><div>b</div></td><td>[1]</td></tr></tbody>"
        "</table></div>"
    )


def test_a_cell_says_its_columns_name_and_four_columns_are_wide():
    rendered = render_parts(answer(row(1, ("Fee <a>", "6"), ("", "b"))), cite)
    assert rendered.count("data-column") == 1 and 'data-column="Fee &lt;a&gt;"' in rendered
    assert 'class="table"' in rendered
    cells = [(name, "x") for name in "abcd"]
    assert 'class="table wide"' in render_parts(answer(row(1, *cells)), cite)


def test_a_row_without_cells_is_its_text():
    assert bare(render_parts(answer(part("a | b", "row")), cite)) == "<p>a | b[1]</p>"


def test_columns_of_one_name_stay_apart():
    assert lay_out([["a", "a", "b"], ["a", "b"], ["c"]]) == (
        ["c", "a", "a", "b"],
        [[None, 0, 1, 2], [None, 0, None, 1], [0, None, None, None]],
    )


def test_heading_is_no_sentence_and_code_keeps_its_lines():
    rendered = render_parts(
        answer(part("Settings", "heading"), part("x = 1\n  y = 2", "code", 2)), cite
    )
    assert rendered == (
        '<p class="heading" dir="auto"><span class="tied">Settings[1]</span></p>'
        "<pre><code>x = 1\n  y = 2</code>[2]</pre>"
    )


def test_written_sentences_are_one_paragraph_with_a_citation_each():
    rendered = render_parts(answer(part("One."), part("Two."), status="answered"), cite)
    assert bare(rendered) == "<p><span>One.[1]</span> <span>Two.[1]</span></p>"


# The short answer

TEXT = "Rules. A card. Two photographs are needed. | Loom | 3 euros |"


def cut(words, **more):
    return part(words, start=TEXT.index(words), **more)


def strong(rendered):
    return [plain(each) for each in re.findall(r'<strong class="short">(.*?)</strong>', rendered)]


def test_short_answer_is_marked_where_it_stands_in_a_citation_of_several_sentences():
    start = TEXT.index("Two photo")
    shown = answer(
        cut("A card.", kind="item"),
        cut("Two photographs are needed.", kind="item"),
        short_answer="Two photographs",
        short_span=(1, start, start + 15),
    )
    assert strong(render_parts(shown, cite)) == ["Two photographs"]
    reaching = replace(shown, short_span=(1, start - 6, start + 3))
    assert strong(render_parts(reaching, cite)) == ["card.", "Two"]
    assert strong(render_parts(replace(shown, short_span=None), cite)) == []


def test_short_answer_is_marked_in_its_cell_only():
    euros = TEXT.index("3 euros")
    cells = (("Machine", "Loom"), ("Fee", "3 euros"), ("Old fee", "3 euros"))
    shown = answer(
        part("| Loom | 3 euros |", "row", cells=cells, cell_starts=(45, euros, euros + 20)),
        short_answer="3",
        short_span=(1, euros, euros + 1),
    )
    assert '<div><strong class="short">3</strong> euros</div></td>' in render_parts(shown, cite)
    assert strong(render_parts(shown, cite)) == ["3"]


def test_kept_answer_of_old_is_marked_where_the_sentence_is_the_quote():
    old = answer(
        part("A card."),
        citations=(place(7, 14, "A card."),),
        short_answer="card",
        short_span=(1, 9, 13),
    )
    assert strong(render_parts(old, cite)) == ["card"]


@pytest.mark.parametrize(
    ("kind", "span", "text", "shown"),
    [
        ("list", None, "a b", ""),
        ("steps", None, "a b", ""),
        ("short", (1, 0, 1), "a b", "a"),
        ("short", (1, 0, 1), "a.", ""),
        ("count", None, "a b", "a"),
    ],
)
def test_short_answer_that_is_all_items_or_a_sentence_is_not_repeated(kind, span, text, shown):
    given = answer(part(text, "item"), answer_kind=kind, short_answer="a", short_span=span)
    assert shown_short_answer(given) == shown
    assert ("short-answer" in render_turn(Turn(number=1, question="?", answer=given))) == bool(
        shown
    )


# Places, and what hostile documents say


def test_places_are_said_of_buttons_cards_and_sources():
    cited = place(0, 9, "A card.", section="§ 4 Deposit", row=12, column="Salary")
    rendered = render_turn(
        Turn(number=1, question="?", answer=answer(part("A card."), citations=(cited,)))
    )
    words = "§ 4 Deposit, row 12, column Salary"
    assert f'aria-label="Source 1: a.md, {words}"' in rendered
    assert rendered.count(f"<bdi>a.md</bdi>, <bdi>{words}</bdi>") == 2


def test_a_list_that_quotes_its_source_does_not_repeat_it_below():
    listed = answer(
        part("a card", "item"),
        part("a letter", "item"),
        citations=(place(0, 20, "- a card\n- a letter"),),
    )
    assert "<q>" not in render_turn(Turn(number=1, question="?", answer=listed))


def hostile_answer(text):
    return answer(
        part(text, "lead_in"),
        part(text, "item", label=text, note=text),
        part(text, "item", label="-", depth=1),
        part(text, "row", 2, cells=((text, text),), cell_starts=(0,)),
        part(text, "heading", 2, note=text),
        part(text, "code", 2),
        citations=(
            place(0, 9, text),
            replace(place(0, 9, text, section=text, row=1, column=text), document=text),
        ),
        short_answer=text,
        short_span=(2, 0, 3),
    )


def test_hostile_words_anywhere_in_an_answer_add_no_tag():
    def tags(text):
        page = render_turn(Turn(number=1, question="?", answer=hostile_answer(text)))
        return [re.match(r"</?\w+", tag).group() for tag in re.findall(r"<[^>]*>", page)]

    assert [tag for tag in tags(HOSTILE) if tag != "<span" and tag != "</span"] == [
        tag for tag in tags("1a harmless text") if tag != "<span" and tag != "</span"
    ]
    rendered = render_parts(hostile_answer(HOSTILE), cite)
    assert "\u202e" not in re.sub(r'data-code="U\+202E">\u202e</span>', "", rendered)


def test_each_group_is_headed_once_and_no_run_goes_over_its_end():
    rendered = render_parts(
        answer(
            part("It is old.", group="2024.txt"),
            part("It is small.", group="2024.txt"),
            part("Ropes.", "item", 2, group="2025.txt"),
            part("Masts.", "item", 2, group="third"),
        ),
        cite,
    )
    assert bare(rendered) == (
        "<p>2024.txt</p><p>It is old.[1]</p><p>It is small.[1]</p>"
        "<p>2025.txt</p><ul><li>Ropes.</li></ul><p>third</p><ul><li>Masts.[2]</li></ul>"
    )
    assert rendered.count('class="group"') == 3


def test_what_is_not_said_and_how_it_came_about_stand_after_the_sentences():
    shown = answer(part("It is old."), unanswered=("what <b>colour</b>?",), note="Key & more.")
    rendered = render_turn(Turn(number=1, question="?", answer=shown))
    assert "Nothing found for: " in rendered
    assert "&lt;b&gt;colour&lt;/b&gt;" in rendered
    assert '<p class="remark">Key &amp; more.</p>' in rendered
    assert rendered.index("It is") < rendered.index("Nothing found for: ")
    assert render_remarks(answer(part("It is old."))) == ""


def test_hostile_groups_and_remarks_stay_text():
    shown = answer(part("Old.", group=HOSTILE), unanswered=(HOSTILE,), note=HOSTILE)
    rendered = render_parts(shown, cite) + render_remarks(shown)
    assert "<script" not in rendered and "<img" not in rendered
