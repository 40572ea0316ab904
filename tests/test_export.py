import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from kept_turns import cited, finished, quoted, refused

from rag.conversations.records import CitedDocument, Conversation, Feedback, StoredTurn
from rag.datatypes import UNSURE, CitedSentence
from ui.export import export, file_name
from ui.export_markdown import escape_markdown

HASH, OTHER = "aa" * 32, "bb" * 32
HOSTILE = (
    "# Title <script>alert(1)</script> <img src=https://evil.example/x.png onerror=alert(2)> "
    "![p](https://evil.example/y.png) [l](javascript:alert(3)) <https://evil.example> "
    "https://evil.example/z www.evil.example me@evil.example [ref]: https://evil.example "
    "`code` **bold** _soft_ ~~gone~~ | a | b | $x$ &lt;b&gt; [^1-1] \\[x](y)\n\n"
    "1. list\n- item\n> quote\n```\nfence\n</q></blockquote></body><style>*{display:none}</style>"
    "\u202etxt.exe\u202c zero\u200bwidth ${x} {{y}} --> <!-- c -->"
)


def conversation(**changes):
    fields = {
        "id": 7,
        "user": "",
        "title": "What did the bridge cost?",
        "library": "papers",
        "created_at": "2026-11-25T12:00:59.000+00:00",
        "updated_at": "2026-11-25T12:05:00.000+00:00",
        "questions": 2,
    }
    return Conversation(**(fields | changes))


def stored(turn, number=1, feedback=None):
    return StoredTurn(
        id=number, asked_at=f"2026-11-25T12:0{number}:00.000+00:00", turn=turn, feedback=feedback
    )


def documents(**hashes):
    return tuple(
        CitedDocument(document_id=number, source=f"/docs/{name}", name=name, sha256=sha256)
        for number, (name, sha256) in enumerate(hashes.items(), start=1)
    )


@pytest.fixture
def turns():
    answered = quoted(
        "And when?",
        understood="When did the bridge open?",
        status="answered",
        sentences=(
            CitedSentence(text="It opened in 1932.", citations=(1, 2)),
            CitedSentence(text="Dogs too.", citations=(2,)),
        ),
        citations=(
            cited(start=0, quote="The bridge\nopened in 1932."),
            cited(document_id=2, document="b.pdf", start=5, quote="Dogs", page=3),
        ),
        short_answer="1932",
        short_span=(1, 21, 25),
    )
    return (
        stored(finished(documents=documents(**{"bridge.txt": HASH}))),
        stored(
            finished(answered, documents=documents(**{"bridge.txt": HASH, "b.pdf": ""})),
            2,
            Feedback(rating="down", note="No, 1933."),
        ),
        stored(
            finished(refused(), documents=documents(**{"bridge.txt": HASH}), note="Stopped."),
            3,
            Feedback(rating="up"),
        ),
    )


def test_markdown_is_this(turns):
    file = export("markdown", conversation(), turns)
    assert (file.name, file.kind) == ("footnote-what-did-the-bridge-cost.md", "text/markdown")
    assert (
        file.text
        == f"""# What did the bridge cost?

Asked with Footnote, library papers, 2026-11-25 12:00 UTC

## 1. What did the bridge cost?

**nine million pounds**

> It cost nine million pounds.[^1-1]

Quoted word for word, confidence 75%

[^1-1]: bridge.txt, characters 27–55, SHA-256 {HASH}: “It cost nine million pounds.”

## 2. And when?

Understood as: When did the bridge open?

**1932**

It opened in 1932.[^2-1][^2-2] Dogs too.[^2-2]

In other words, checked against its sources, confidence 75%

[^2-1]: bridge.txt, characters 0–26, SHA-256 {HASH}: “The bridge opened in 1932.”

[^2-2]: b.pdf, page 3, characters 5–9: “Dogs”

Marked as not right\\: No, 1933.

## 3. Who drew it?

Your documents do not seem to say.

Not in the documents, confidence 5%

The nearest passages, which do not answer it:

- bridge.txt, characters 0–26, SHA-256 {HASH}: “The bridge opened in 1932.”

Stopped.

Marked as right
"""
    )


@pytest.mark.parametrize(
    ("form", "warning", "quote"),
    [
        ("markdown", f"**{escape_markdown(UNSURE)}**\n", "\n> It cost"),
        ("html", f'<p class="unsure">{UNSURE}</p>', "<blockquote"),
    ],
)
def test_unsure_answer_says_so_before_the_answer(form, warning, quote):
    unsure = export(form, conversation(), [stored(finished(quoted(confidence=0.25)))]).text
    assert 0 < unsure.index(warning) < unsure.index(quote)
    sure = export(form, conversation(), [stored(finished(quoted(confidence=0.7)))]).text
    assert "Unsure" not in sure


def test_json_holds_the_contract_and_the_hashes(turns):
    file = export("json", conversation(), turns)
    assert (file.name[-5:], file.kind) == (".json", "application/json")
    read = json.loads(file.text, parse_constant=pytest.fail)
    assert {key: value for key, value in read.items() if key != "turns"} == {
        "title": "What did the bridge cost?",
        "library": "papers",
        "created": "2026-11-25T12:00:59.000+00:00",
        "updated": "2026-11-25T12:05:00.000+00:00",
    }
    first, second, third = read["turns"]
    assert {key: value for key, value in second.items() if key != "answer"} == {
        "asked": "2026-11-25T12:02:00.000+00:00",
        "question": "And when?",
        "note": None,
        "documents": [
            {"document": "bridge.txt", "sha256": HASH},
            {"document": "b.pdf", "sha256": None},
        ],
        "feedback": {"rating": "down", "note": "No, 1933."},
    }
    assert second["answer"]["text"] == "It opened in 1932. [1] [2] Dogs too. [2]"
    assert second["answer"]["citations"][0]["quote"] == "The bridge\nopened in 1932."
    assert first["feedback"] is None
    assert (third["note"], third["answer"]["status"]) == ("Stopped.", "refused")


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def test_html_holds_quotes_names_and_hashes_and_fetches_nothing(turns):
    file = export("html", conversation(), turns)
    assert (file.name[-5:], file.kind) == (".html", "text/html")
    page = Elements(file.text)
    words = " ".join("".join(page.words).split())
    assert f"bridge.txt, characters 0–26, SHA-256 {HASH}" in words
    assert "The bridge opened in 1932." in words
    assert "b.pdf, page 3, characters 5–9" in words
    assert "Marked as not right: No, 1933." in words
    assert ("href", "#s2-2") in page.attributes
    assert ("id", "s2-2") in page.attributes
    policy = next(value for name, value in page.attributes if str(value).startswith("default-src"))
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert not {"script", "link", "img", "iframe", "form", "base"} & set(page.tags)
    links = [value for name, value in page.attributes if name in ("href", "src", "action")]
    assert links and all(link.startswith("#s") for link in links)


def test_title_names_what_would_turn_it_around(turns):
    page = export("html", conversation(title="pay \u202edrawkcab\u2066 now"), turns).text
    title = page[page.index("<title>") : page.index("</title>")]
    assert title == "<title>pay ⟨U+202E⟩drawkcab⟨U+2066⟩ now"


@pytest.fixture
def hostile():
    """A conversation in which everything that is anybody's words is hostile."""
    hashes = (CitedDocument(document_id=1, source="x", name=HOSTILE, sha256="<b>"),)
    answer = quoted(
        HOSTILE,
        understood=HOSTILE + "!",
        sentences=(CitedSentence(text=HOSTILE, citations=(1,)),),
        citations=(cited(document=HOSTILE, start=0, quote=HOSTILE),),
        short_answer=f"{HOSTILE} twice",
    )
    (passage,) = refused().nearest
    refusal = refused(HOSTILE, refusal=HOSTILE, nearest=(passage,))
    feedback = Feedback(rating="down", note=HOSTILE)
    return (
        conversation(title=HOSTILE, library=HOSTILE),
        (
            stored(finished(answer, note=HOSTILE, documents=hashes), feedback=feedback),
            stored(finished(refusal, documents=hashes), 2),
        ),
    )


def test_hostile_text_stays_text_in_html(hostile):
    text = export("html", *hostile).text
    page = Elements(text)
    assert set(page.tags) <= set(
        "html head meta title style body h1 h2 p section".split()
        + "blockquote b bdi br q ol ul li sup a span strong".split()
    )
    assert page.tags.count("style") == 1
    links = [value for name, value in page.attributes if name in ("href", "src", "action")]
    assert set(links) == {"#s1-1"}
    assert "<script>alert(1)</script>" in "".join(page.words)
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_hostile_text_stays_text_in_rendered_markdown(hostile):
    markdown_it = pytest.importorskip("markdown_it")
    renderer = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(
        ["table", "strikethrough"]
    )
    page = Elements(renderer.render(export("markdown", *hostile).text))
    assert set(page.tags) == {"h1", "h2", "p", "strong", "blockquote", "ul", "li"}
    assert page.attributes == []
    words = "".join(page.words)
    shown = " ".join(HOSTILE.replace("\u202e", "⟨U+202E⟩").replace("\u202c", "⟨U+202C⟩").split())
    shown = shown.replace("\u200b", "⟨U+200B⟩")
    # Title, library, question, understood, short answer, sentence, note, feedback, name and quote
    # in the footnote; question and refusal.
    assert words.count(shown) == 12


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Plain words, 12 of them.", "Plain words, 12 of them."),
        ("1. one", r"1\. one"),
        ("12) twelve", r"12\) twelve"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("well-known 1.5 + 2", "well-known 1.5 + 2"),
        ("a\n\n  b\r\nc", "a b c"),
        ("https://x.example", r"https\://x.example"),
        ("WWW.x.example", r"WWW\.x.example"),
        ("![a](b) <i> &amp; a|b", r"\!\[a\](b) \<i\> \&amp; a\|b"),
        ("\ud800", "?"),
        ("a\u202eb", "a⟨U+202E⟩b"),
    ],
)
def test_escape_markdown(text, escaped):
    assert escape_markdown(text) == escaped


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Who?", "footnote-who"),
        ("../../etc/passwd", "footnote-etc-passwd"),
        ("Čapek a R.U.R.", "footnote-čapek-a-r-u-r"),
        ("\u202e???", "footnote-conversation"),
        ("a" * 200, f"footnote-{'a' * 60}"),
        ('con\0:*?"<>|', "footnote-con"),
    ],
)
def test_file_name_is_fit_for_every_file_system(title, name):
    assert file_name(title) == name


def test_another_form_is_refused():
    with pytest.raises(ValueError, match="'pdf' is no form of export"):
        export("pdf", conversation(), ())


# Lists, rows, code


@pytest.fixture
def structured():
    def part(text, number, kind, **more):
        return CitedSentence(text=text, citations=(number,), kind=kind, **more)

    cells = (("Machine", "Loom"), ("Fee | hour", "3 euros"))
    answer = quoted(
        "What is needed?",
        sentences=(
            part("Bring:", 1, "lead_in"),
            part("a card", 1, "item", label="-"),
            part("a letter", 1, "item", label="(b)", depth=4),
            part("two photographs", 1, "item", label="2.", note="and 3 more items"),
            part("| Loom | 3 euros |", 2, "row", cells=cells, cell_starts=(2, 9)),
            part("Settings", 3, "heading"),
            part("x = 1\n```\n<b>y</b>", 3, "code"),
        ),
        citations=(
            cited(start=0, quote="Bring: …"),
            replace(cited(start=10, quote="| Loom |"), section="Fees", row=3, column="Fee"),
            cited(start=30, quote="x = 1"),
        ),
        answer_kind="list",
        short_answer="a card; a letter; two photographs",
        short_span=None,
    )
    return conversation(), [stored(finished(answer))]


def test_markdown_has_lists_tables_code_and_places(structured):
    text = export("markdown", *structured).text
    assert (
        """
> Bring\\:
>
> - a card
>   - (b) a letter
> - 2\\. two photographs[^1-1]
>
> (and 3 more items)
>
> | Machine | Fee \\| hour |
> | --- | --- |
> | Loom | 3 euros[^1-2] |
>
> **Settings**
>
> ````
> x = 1
> ```
> <b>y</b>
> ````
>
> [^1-3]
"""
        in text
    )
    assert "[^1-2]: bridge.txt, Fees, row 3, column Fee, characters 10–18" in text
    assert "a card; a letter" not in text
    markdown_it = pytest.importorskip("markdown_it")
    renderer = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table"])
    tags = Elements(renderer.render(text)).tags
    assert "b" not in tags
    assert (tags.count("ul"), tags.count("li"), tags.count("table"), tags.count("pre")) == (
        *(2, 3, 1, 1),
    )


def test_html_has_lists_tables_code_and_places(structured):
    page = Elements(export("html", *structured).text)
    for tag, count in {"ul": 1, "ol": 2, "table": 1, "pre": 1, "th": 2, "b": 0}.items():
        assert (tag, page.tags.count(tag)) == (tag, count)
    words = " ".join("".join(page.words).split())
    assert "bridge.txt, Fees, row 3, column Fee, characters 10–18" in words
    assert "and 3 more items" in words
    assert words.count("a letter") == 1


def test_json_has_lists_rows_and_places(structured):
    answer = json.loads(export("json", *structured).text)["turns"][0]["answer"]
    kinds = [sentence["kind"] for sentence in answer["sentences"]]
    assert kinds == ["lead_in", "item", "item", "item", "row", "heading", "code"]
    assert answer["sentences"][4]["cells"] == [["Machine", "Loom"], ["Fee | hour", "3 euros"]]
    assert (answer["citations"][1]["section"], answer["citations"][1]["row"]) == ("Fees", 3)


def test_hostile_structure_stays_text_in_rendered_markdown():
    markdown_it = pytest.importorskip("markdown_it")
    parts = [
        CitedSentence(text=HOSTILE, citations=(1,), kind=kind, label=HOSTILE, note=HOSTILE)
        for kind in ("item", "code", "heading", "lead_in")
    ]
    row = CitedSentence(text=HOSTILE, citations=(1,), kind="row", cells=((HOSTILE, HOSTILE),))
    place = replace(cited(start=0, quote=HOSTILE), section=HOSTILE, column=HOSTILE, row=1)
    answer = quoted(sentences=(*parts, row, parts[0], parts[1]), citations=(place,))
    text = export("markdown", conversation(), [stored(finished(answer))]).text
    renderer = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table"])
    page = Elements(renderer.render(text))
    allowed = "h1 h2 p strong blockquote ul li table thead tbody tr th td pre code"
    assert set(page.tags) <= set(allowed.split())
    assert page.attributes == []


GROUPED = {
    "sentences": (
        CitedSentence(text="Old.", citations=(1,), group="first"),
        CitedSentence(text="Grey.", citations=(1,), group="first"),
        CitedSentence(text="New.", citations=(1,), group="second (later)"),
    ),
    "unanswered": ("what colour?",),
    "note": "Key sentences.",
    "short_answer": None,
    "short_span": None,
}


def test_markdown_has_each_group_in_bold_once_and_what_is_not_said_after_all():
    turn = finished(quoted("Old or new?", **GROUPED))
    text = export("markdown", conversation(), [stored(turn)]).text
    assert text.split("## 1. Old or new?\n\n")[1].startswith(
        "> **first**\n>\n> Old.[^1-1]\n>\n> Grey.[^1-1]\n>\n> **second (later)**\n>\n"
        "> New.[^1-1]\n\nNothing found for: what colour?\n\nKey sentences.\n\n"
    )


def test_html_has_groups_and_what_is_not_said():
    turn = finished(quoted("Old or new?", **GROUPED))
    text = export("html", conversation(), [stored(turn)]).text
    words = (
        "first</p>",
        "Old.",
        "Grey.",
        "second (later)</p>",
        "New.",
        "Nothing found",
        "Key sent",
    )
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_each_part_keeps_its_yes_or_no_in_markdown_and_html():
    sentences = (
        CitedSentence(text="Not inside.", citations=(1,), group="Are dogs allowed?", word="no"),
        CitedSentence(text="Old.", citations=(1,), group="How old?"),
    )
    turn = finished(quoted("Both?", sentences=sentences, answer_kind="short", short_answer=None))
    markdown = export("markdown", conversation(), [stored(turn)]).text
    assert "> **Are dogs allowed?**\n>\n> **No**\n>\n> Not inside.[^1-1]\n>\n> **How" in markdown
    page = export("html", conversation(), [stored(turn)]).text
    assert (
        'Are dogs allowed?</p><p class="short-answer">No</p><p dir="auto">Not ' in page
        and page.count('"short-answer"') == 1
    )
    assert (
        json.loads(export("json", conversation(), [stored(turn)]).text)["turns"][0]["answer"][
            "sentences"
        ][0]["word"]
        == "no"
    )
