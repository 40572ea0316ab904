import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.datatypes import UNSURE, Answer, Citation, CitedSentence, NearestPassage
from ui.actions import copied_text
from ui.escape import escape, escape_document, escape_visibly
from ui.frame import render_panel_heading, render_status, render_welcome
from ui.render import Turn, render_conversation, render_turn
from ui.source import CONTEXT_CHARACTERS, WHOLE_CHARACTERS, Mark, render_article, shown_windows
from ui.source_pane import SourceText, SourceView, render_source_pane, source_view

TEXT = "Alpha met Beta in Rome. They agreed on 12 points."
HOSTILE = (
    "<script>alert(1)</script> <img src=https://evil.example/x onerror=alert(2)> ${alert(3)} "
    "{{alert(4)}} [a](javascript:alert(5)) ![b](https://evil.example/y) </mark></p><!-- x --> \"'"
)


def test_what_means_something_in_html_and_its_quoted_attributes_is_escaped():
    assert escape("<a href=\"x\" id='y'>&") == "&lt;a href=&quot;x&quot; id=&#x27;y&#x27;&gt;&amp;"


def quote(start, end, text=TEXT, document_id=1, page=None):
    return Citation(
        document_id=document_id,
        document="notes.txt",
        start=start,
        end=end,
        page=page,
        quote=text[start:end],
    )


def answer(**changes):
    base = Answer(
        question="Where?",
        understood="Where?",
        status="quoted",
        sentences=(CitedSentence(text=TEXT[0:23], citations=(1,)),),
        citations=(quote(0, 23),),
        short_answer="Rome",
        short_span=(1, 18, 22),
        nearest=(),
        confidence=0.914,
        seconds={"first": 0.1234, "total": 1.5},
    )
    return replace(base, **changes)


def plain(rendered):
    """The text a browser would show: tags taken away, references resolved."""
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


def marked(rendered, key):
    """The text of all marks that carry the key."""
    pieces = re.findall(r'<mark data-cites="([^"]*)"[^>]*>(.*?)</mark>', rendered, re.DOTALL)
    return "".join(plain(body) for keys, body in pieces if key in keys.split())


def mark(start, end, number=1):
    return Mark(start=start, end=end, key=f"1-{number}", label=str(number))


# Text to HTML


@given(st.text())
def test_escape_visibly_keeps_the_text(text):
    assert plain(escape_visibly(text)) == text


@given(st.text("ab *<\n"))
def test_words_of_a_document_keep_their_asterisks_unseen(text):
    assert plain(escape_document(text)) == text


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("**Deposit:** £60, **two** keys", ["Deposit:", "two"]),
        ("**a<b**", ["a&lt;b"]),
        ("2**3**4, f(**a, **b), ** no **, ***both***, **a\nb**", []),
    ],
)
def test_words_between_asterisks_are_strong(text, strong):
    seen = re.sub(r'<span class="mark-up">.*?</span>', "", escape_document(text))
    assert re.findall("<b>(.*?)</b>", seen) == strong


def test_escape_replaces_lone_surrogates():
    assert escape("a\ud800b") == "a\ufffdb"


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x00", "\U000e0041"]
)
def test_hidden_character_is_labelled_and_isolated(character):
    rendered = escape_visibly(f"a{character}b")
    assert f'data-code="U+{ord(character):04X}">{character}</span>b' in rendered


def test_joiner_is_left_alone_in_the_scripts_that_use_it():
    persian = "می\u200cخواهم"
    family = "👩\u200d👧"
    assert escape_visibly(persian) == persian
    assert escape_visibly(family) == family
    assert 'data-code="U+200D"' in escape_visibly("pass\u200dword")


def test_nothing_of_hostile_text_is_a_tag():
    rendered = escape_visibly(HOSTILE)
    assert re.findall(r"<[^>]*>", rendered) == []
    assert plain(rendered) == HOSTILE


# The source


def test_article_marks_exactly_the_cited_places():
    rendered = render_article(TEXT, [mark(0, 23, 1), mark(24, 49, 2)], (18, 22))
    assert plain(rendered) == TEXT
    assert marked(rendered, "1-1") == "Alpha met Beta in Rome."
    assert marked(rendered, "1-2") == "They agreed on 12 points."
    assert '<strong class="short">Rome</strong>' in rendered


def test_article_keeps_overlapping_and_nested_marks_apart():
    rendered = render_article(TEXT, [mark(0, 14, 1), mark(6, 23, 2), mark(10, 14, 3)])
    assert plain(rendered) == TEXT
    assert marked(rendered, "1-1") == "Alpha met Beta"
    assert marked(rendered, "1-2") == "met Beta in Rome."
    assert marked(rendered, "1-3") == "Beta"


def test_article_numbers_the_last_piece_of_a_mark():
    rendered = render_article(TEXT, [mark(0, 14, 1), mark(6, 23, 2)])
    assert re.findall(r'data-cites="([^"]*)" data-label="([^"]*)"', rendered) == [
        ("1-1 1-2", "1"),
        ("1-2", "2"),
    ]


ranges = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


@given(st.text(max_size=60), st.lists(ranges, max_size=4), st.none() | ranges)
def test_article_gives_back_text_and_quotes(text, places, short):
    places = [(min(start, len(text)), min(end, len(text))) for start, end in places]
    marks = [mark(start, end, number) for number, (start, end) in enumerate(places, start=1)]
    span = (min(short[0], len(text)), min(short[1], len(text))) if short else None
    rendered = render_article(text, marks, span)
    assert plain(rendered) == text
    for number, (start, end) in enumerate(places, start=1):
        assert marked(rendered, f"1-{number}") == text[start:end]


def test_empty_document_renders_nothing():
    assert render_article("", []) == ""


def test_long_document_shows_windows_around_the_marks():
    text = ("word " * 99 + "end.\n") * 10_000  # 5 million characters in lines of 500
    marks = [mark(2_000_000, 2_000_100, 1), mark(4_000_000, 4_000_100, 2)]
    rendered = render_article(text, marks)
    assert len(rendered) < 6 * CONTEXT_CHARACTERS
    assert marked(rendered, "1-1") == text[2_000_000:2_000_100]
    assert marked(rendered, "1-2") == text[4_000_000:4_000_100]
    assert "… 2.0 million characters before …" in rendered
    assert "… 2.0 million characters between …" in rendered
    assert "… 979,500 characters after …" in rendered


def test_windows_that_touch_are_one():
    text = "x" * (10 * WHOLE_CHARACTERS)
    windows = shown_windows(len(text), text, [(100_000, 100_010), (130_000, 130_010)])
    assert windows == [(80_000, 150_010)]


def test_long_document_without_marks_shows_its_beginning():
    text = "x" * (2 * WHOLE_CHARACTERS)
    assert shown_windows(len(text), text, []) == [(0, WHOLE_CHARACTERS)]


# The conversation


def test_quoted_answer_is_a_quotation_with_its_citation():
    rendered = render_turn(Turn(number=3, question="Where?", answer=answer()))
    assert "<blockquote" in rendered
    assert 'data-cite="3-1"' in rendered
    assert '<strong class="short">Rome</strong>.' in rendered
    assert '<p class="short-answer" dir="auto">Rome</p>' in rendered
    assert "confidence 91% · evidence after 0.12 s · 1.50 s in all" in rendered


def test_short_answer_at_the_end_of_a_quote_is_marked_once_in_each_part():
    last = answer(short_answer="in Rome.", short_span=(1, 15, 23))
    rendered = render_turn(Turn(number=1, question="Where?", answer=last))
    assert (
        '<strong class="short">in </strong><span class="tied"><strong class="short">Rome.</strong>'
        in rendered
    )


@pytest.mark.parametrize("last", ["14 days", "more days than one line has beside a number"])
def test_strong_words_at_the_end_of_a_quote_stay_together(last):
    quoted = answer()
    (sentence, *_) = quoted.sentences
    text = f"**Deposit:** back in **{last}**."
    strong = replace(quoted, sentences=(replace(sentence, text=text),), short_span=None)
    rendered = render_turn(Turn(number=1, question="When?", answer=strong))
    seen = re.sub(r'<span class="mark-up">.*?</span>', "", rendered)
    assert f"<b>{last}</b>" in seen


def test_quotes_of_one_document_are_one_source():
    two = answer(
        sentences=(
            CitedSentence(text=TEXT[0:23], citations=(1,)),
            CitedSentence(text=TEXT[24:49], citations=(2,)),
        ),
        citations=(quote(0, 23), quote(24, 49)),
    )
    rendered = render_turn(Turn(number=1, question="Where?", answer=two))
    assert '<span class="number">1, 2</span>' in rendered
    assert rendered.count("<li>") == 1


def test_answered_lists_only_cited_sources_with_page_and_quote():
    rendered = render_turn(
        Turn(
            number=1,
            question="Where?",
            answer=answer(
                status="answered",
                sentences=(CitedSentence(text="They agreed.", citations=(2,)),),
                citations=(quote(0, 23), quote(24, 49, page=7)),
                short_answer=None,
                short_span=None,
            ),
        )
    )
    assert "<blockquote" not in rendered
    assert "<q>They agreed on 12 points.</q>" in rendered
    assert "page 7" in rendered
    assert "Alpha" not in rendered


def test_refusal_shows_what_came_near():
    nearest = NearestPassage(
        document_id=1,
        document="notes.txt",
        start=24,
        end=49,
        score=0.0312,
        text=TEXT[24:49],
        dense_rank=1,
        lexical_rank=None,
        dense_score=0.4,
    )
    refused = answer(
        status="refused",
        sentences=(),
        citations=(),
        short_answer=None,
        short_span=None,
        nearest=(nearest,),
        refusal="The documents do not say who paid.",
    )
    rendered = render_turn(Turn(number=2, question="Who paid?", answer=refused, threshold=0.15))
    assert "The documents do not say who paid." in rendered
    assert "They agreed on 12 points." in rendered
    assert "meaning rank 1, score 0.400 · words not found · together 0.031" in rendered
    assert "Looked for: <bdi>Where?</bdi>" in rendered
    assert "answers it: 91%, and an answer needs at least 15%." in rendered
    assert 'data-cite="2-1"' in rendered
    assert "evidence after" not in rendered


def test_copied_text_has_the_answer_and_where_it_stands():
    cited = answer(
        sentences=(CitedSentence(text="They agreed.", citations=(2,)),),
        citations=(quote(0, 23), quote(24, 49, page=7)),
    )
    assert copied_text("What then?", cited) == (
        "What then?\n\nThey agreed. [2]\n\nSources\n"
        "[2] notes.txt, page 7, characters 24–49: “They agreed on 12 points.”"
    )


def test_refusal_is_copied_without_sources():
    refused = answer(status="refused", sentences=(), citations=(), refusal="They do not say.")
    assert copied_text("Who?", refused) == "Who?\n\nThey do not say."


def test_unsure_answer_is_copied_with_its_warning_before_it():
    assert copied_text("Where?", answer(confidence=0.25)).splitlines()[:5] == [
        "Where?",
        "",
        "Unsure: check the source.",
        "",
        "Alpha met Beta in Rome. [1]",
    ]


@pytest.mark.parametrize("running", [True, False])
def test_unsure_answer_says_so_before_the_answer(running):
    unsure = Turn(number=1, question="Where?", answer=answer(confidence=0.699), running=running)
    rendered = render_turn(unsure)
    assert rendered.index(f'role="note">{UNSURE}</p>') < rendered.index('class="short-answer"')


@pytest.mark.parametrize("sure", [{"confidence": 0.7}, {"confidence": 0.07, "status": "refused"}])
def test_sure_answer_and_refusal_are_not_marked_as_unsure(sure):
    assert "unsure" not in render_turn(Turn(number=1, question="Where?", answer=answer(**sure)))


def test_running_turn_can_be_edited_and_not_copied():
    rendered = render_turn(Turn(number=1, question="Where?", answer=answer(), running=True))
    assert re.findall(r'data-action="(\w+)"', rendered) == ["edit"]
    rendered = render_turn(Turn(number=1, question="Where?", answer=answer()))
    assert re.findall(r'data-action="(\w+)"', rendered) == ["copy", "edit", "again"]


def test_card_holds_the_quote_and_its_place():
    rendered = render_turn(
        Turn(number=2, question="Where?", answer=answer(citations=(quote(0, 23, page=3),)))
    )
    card = re.search(r'<template data-card="2-1">(.*?)</template>', rendered).group(1)
    assert plain(card) == "notes.txt, page 3Alpha met Beta in Rome."


def test_question_as_understood_is_shown_where_it_differs():
    rendered = render_turn(
        Turn(number=1, question="Why?", answer=answer(understood="Why did they meet?"))
    )
    assert "Understood as: <bdi>Why did they meet?</bdi>" in rendered
    assert "Understood" not in render_turn(Turn(number=1, question="Where?", answer=answer()))


def test_note_and_running_are_shown():
    rendered = render_turn(Turn(number=1, question="Where?", note="Stopped.", running=True))
    assert 'aria-busy="true"' in rendered
    assert '<p class="note">Stopped.</p>' in rendered


def test_hostile_text_everywhere_adds_no_tag():
    def tags(text):
        cited = replace(quote(0, 3), quote=text, document=text)
        near = NearestPassage(
            document_id=1,
            document=text,
            start=0,
            end=3,
            score=0.1,
            text=text,
            dense_rank=1,
            lexical_rank=1,
        )
        shown = answer(
            understood=text + "?",
            sentences=(CitedSentence(text=text + ".", citations=(1,)),),
            citations=(cited,),
            short_answer=text,
            short_span=None,
        )
        refused = replace(shown, status="refused", nearest=(near,), refusal=text)
        turns = [
            Turn(number=1, question=text, answer=shown, note=text),
            Turn(number=2, question=text, answer=refused),
        ]
        view = source_view(Turn(number=1, question=text, answer=replace(shown, citations=(cited,))))
        assert view is not None
        page = (
            render_conversation(turns)
            + render_source_pane({1: text, 2: text}, SourceText(text=text), view)
            + render_source_pane({1: text}, SourceText(text=text), view)
            + render_status({"reader": text}, 1, 1)
            + render_panel_heading(text, text)
            + render_welcome([text], 1)
        )
        return [re.match(r"</?\w+", tag).group() for tag in re.findall(r"<[^>]*>", page)]

    assert tags(HOSTILE) == tags("harmless text")


def test_source_view_marks_the_cited_document_only():
    two = answer(
        citations=(quote(0, 23), quote(24, 49, document_id=2)),
        sentences=(CitedSentence(text="They met.", citations=(1, 2)),),
    )
    turn = Turn(number=4, question="Where?", answer=two)
    first, second = source_view(turn), source_view(turn, 2)
    assert (first.document_id, first.short_span) == (1, (18, 22))
    assert first.marks == (Mark(start=0, end=23, key="4-1", label="1"),)
    assert (second.document_id, second.short_span) == (2, None)
    assert second.marks == (Mark(start=24, end=49, key="4-2", label="2"),)


def test_source_view_is_none_without_places():
    assert source_view(Turn(number=1, question="?")) is None
    assert source_view(Turn(number=1, question="?", answer=answer()), 9) is None


def test_several_documents_can_be_chosen():
    view = source_view(Turn(number=1, question="?", answer=answer()))
    rendered = render_source_pane({1: "a.txt", 2: "b.txt"}, SourceText(text=TEXT), view)
    assert '<option value="1" selected>a.txt</option><option value="2">b.txt</option>' in rendered


def test_names_that_turn_text_around_are_named_where_no_element_can_hold_them():
    pane = render_source_pane(
        {1: "a.txt", 2: "\u202egnp.txt"}, SourceText(text=TEXT), SourceView(document_id=1)
    )
    assert '<option value="2">⟨U+202E⟩gnp.txt</option>' in pane


def test_yes_or_no_is_said_to_be_judged_and_not_quoted():
    citation = Citation(
        document_id=1, document="lease.txt", start=0, end=8, page=None, quote="No dogs."
    )
    answer = Answer(
        question="Can I keep a dog?",
        understood="Can I keep a dog?",
        status="quoted",
        sentences=(CitedSentence(text="No dogs.", citations=(1,), start=0),),
        citations=(citation,),
        short_answer="no",
        short_span=None,
        nearest=(),
        confidence=0.8,
        answer_kind="no",
    )
    page = render_turn(Turn(number=1, question="Can I keep a dog?", answer=answer))
    assert '<p class="short-answer" dir="auto">No</p>' in page
    assert "The word is judged by the quote" in page
    assert "Quoted word for word" not in page


def test_each_part_has_its_yes_or_no_once_before_its_quotes():
    sentences = tuple(
        CitedSentence(text=TEXT[0:23], citations=(1,), group=group, word=word)
        for group, word in (("Dogs?", "no"), ("Dogs?", "no"), ("Cats?", "yes"), ("Cost?", ""))
    )
    page = render_turn(Turn(number=1, question="?", answer=answer(sentences=sentences)))
    words = re.findall(
        r'class="group" dir="auto">(.*?)</p>(?:<p class="short-answer">(.*?)<)?', page
    )
    assert words == [("Dogs?", "No"), ("Cats?", "Yes"), ("Cost?", "")]
    assert "Yes and no are judged by the quotes" in page
