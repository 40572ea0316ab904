"""Mail: headers, bodies in every encoding, quotations, attachments, mailboxes, hostile ones."""

import re
from email.message import EmailMessage
from itertools import takewhile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from outline import check_blocks, outline
from processor_limit import assert_ends, processor_limit
from test_layout import TEXTS

from rag.documents.formats.mail import extract_mail, extract_mbox
from rag.documents.formats.mail_quotes import split_quotes
from rag.documents.formats.plain import extract_text

LIMIT = 10_000_000
HEAD = (
    "From: Anna Kern <anna@example.org>\nTo: tom@example.org\nSubject: Budget\n"
    "Date: Tue, 12 May 2021 10:00:00 +0200\n"
)


def mail(body, headers=HEAD):
    return extract_mail(f"{headers}\n{body}".encode(), LIMIT)


def words(extracted):
    return [line for line in outline(extracted) if "paragraph" in line or "turn" in line]


def test_mail_is_its_subject_its_headers_and_what_the_sender_says():
    extracted = mail("Hi Tom,\n\nthe budget is 4,500 euros.\n- tiles\n- gutter\n\n-- \nAnna\n")
    assert outline(extracted) == [
        "heading1 Budget",
        "table",
        "  row",
        "    cell [From] Anna Kern <anna@example.org>",
        "    cell [To] tom@example.org",
        "    cell [Date] Tue, 12 May 2021 10:00:00 +0200",
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph Hi Tom,",
        "  paragraph the budget is 4,500 euros.",
        "  list",
        "    item [-] tiles",
        "    item [-] gutter",
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph Anna",
    ]
    assert extracted.title == "Budget"
    assert extracted.warnings == ()


def test_what_is_quoted_is_the_turn_of_whom_the_line_above_names():
    extracted = mail(
        "On Mon, Tom wrote:\n> What about the garden?\n>\n>> Older still.\n\nIt has 1,200.\n"
    )
    assert words(extracted) == [
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph On Mon, Tom wrote:",
        "turn1 [On Mon, Tom wrote]",
        "  paragraph What about the garden?",
        "turn2 [On Mon, Tom wrote, quoting]",
        "  paragraph Older still.",
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph It has 1,200.",
    ]


def test_what_says_who_is_quoted_may_stand_behind_the_mark_of_quoting():
    extracted = mail(
        "It has 1,200.\n\n> On Mon, 4 May 2020 at 09:10,\n> Tom wrote:\n> the garden?\n"
        ">> On Sun, 3 May 2020 at 21:00, Ute wrote:\n>>\n>> Three things:\n>> mow, rake\n"
    )
    assert words(extracted) == [
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph It has 1,200.",
        "turn1 [On Mon, 4 May 2020 at 09:10, Tom wrote]",
        "  paragraph the garden?",
        "turn2 [On Sun, 3 May 2020 at 21:00, Ute wrote]",
        "  paragraph Three things:",
        "  paragraph mow, rake",
    ]
    assert [line for line in outline(extracted) if "heading" in line] == [
        "heading1 Budget",
        "heading2 On Mon, 4 May 2020 at 09:10, Tom wrote:",
        "heading2 On Sun, 3 May 2020 at 21:00, Ute wrote:",
    ]


def test_headings_of_a_mail_begin_sections_and_so_does_who_else_says_something():
    body = (
        "Hi Tom,\n\n1. MONEY\n\nThe budget is 4,500.\n\nOn Mon, 4 May 2020 at 09:10, Tom wrote:\n"
        "> 2. GARDEN\n>\n> It is big.\n\nNo, small.\n"
    )
    assert (
        outline(mail(body))[-9:]
        == [
            "  paragraph Hi Tom,",
            "heading3 1. MONEY",
            "turn [Anna Kern, 2021-05-12 10:00]",
            "  paragraph The budget is 4,500.",
            "heading2 On Mon, 4 May 2020 at 09:10, Tom wrote:",
            "heading3 2. GARDEN",
            "turn1 [On Mon, 4 May 2020 at 09:10, Tom wrote]",
            "  paragraph It is big.",
            "heading2 Anna Kern, 2021-05-12 10:00",
            "turn [Anna Kern, 2021-05-12 10:00]",
            "  paragraph No, small.",
        ][-9:]
    )


SAVED = """From: P\u00e1draig Daly
Sent: Mon 10 Nov 2025, 07:50
To: Ute
Subject: Lamps

Eight lamps.

> Ute
>> Twelve lamps.
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_that_begins_like_a_mail_is_read_as_one(end):
    extracted = extract_text(SAVED.replace("\n", end).encode(), LIMIT)
    assert words(extracted) == [
        "turn [P\u00e1draig Daly, 2025-11-10 07:50]",
        "  paragraph Eight lamps.",
        "turn1 [P\u00e1draig Daly, 2025-11-10 07:50, quoting]",
        "  paragraph Ute",
        "turn2 [P\u00e1draig Daly, 2025-11-10 07:50, quoting, quoting]",
        "  paragraph Twelve lamps.",
    ]
    assert extracted.title == "Lamps"


@pytest.mark.parametrize(
    "text",
    [
        SAVED.replace("Sent: Mon 10 Nov 2025, 07:50\n", ""),
        SAVED.replace("To: Ute\nSubject: Lamps", "Paid: 4 euros"),
        SAVED.split("\n\n")[0],
        SAVED.replace("To: Ute", "To: Ute\nTo: Anna"),
        SAVED.replace("To: Ute", "To: " + "Ute, " * 400),
        SAVED.replace("To: Ute", "To: " + "Ute,\n  " * 400),
        SAVED.replace("From:", "From :"),
        SAVED.replace("Ute\n>>", "Ute\f\n>>"),
        SAVED.replace("From: P\u00e1draig Daly", "From: "),
        "From\nTo\nDate\nSubject\n\nThe form has four fields.",
        "Note.\n\n" + SAVED,
    ],
)
def test_a_text_that_does_not_is_a_text(text):
    assert extract_text(text.encode(), LIMIT).text == text


@given(body=TEXTS)
@example(body="> \\section{A}\n")
@settings(max_examples=100, deadline=None)
def test_no_word_of_a_mail_that_was_saved_as_text_is_lost(body):
    text = SAVED.replace("To: Ute\n", "To: Ute\nBcc: Otto\nAttachments: b.pdf\n") + body
    found = extract_text(text.encode("utf-8", "surrogatepass"), LIMIT).text
    for line in text.splitlines():
        if line.lstrip("> \t").startswith("\\"):  # the command of a heading in TeX
            continue
        assert set(re.findall(r"\w+", line)) - {"Subject"} <= set(re.findall(r"\w+", found))


@given(body=TEXTS)
@settings(max_examples=50, deadline=None)
def test_no_word_of_what_a_mail_answers_below_is_lost(body):
    said = "On Mon, 4 May 2020 at 09:10, Tom wrote:"
    text = mail(f"{said}\n> The price?\n\n40 euros.\n\n{body}").text
    assert f"## {said}" in text
    assert "## Anna Kern, 2021-05-12 10:00\n\n40 euros." in text


@pytest.mark.parametrize(
    ("body", "turns"),
    [
        (  # right above what names who is quoted
            "No, 40 euros.\nOn Mon, 4 May 2020 at 09:10, Tom wrote:\n> The price?\n",
            {"Anna": "No, 40 euros.", "Tom wrote": "The price?"},
        ),
        (  # a line that only looks so is what Tom says
            "On Mon, 4 May 2020 at 09:10, Tom wrote:\n> From 2021 at 10:00 on:\n> Monday\n",
            {"Tom wrote": "From 2021 at 10:00 on:"},
        ),
        (
            "Hi.\n\n>> On Mon, 4 May 2020 at 09:10, Tom wrote:\n>> the garden?\n",
            {"Anna": "Hi.", "Tom wrote": "the garden?"},
        ),
        ("On Mon, 4 May 2020 at 09:10, Tom wrote:\n\n\n\n\n> Hm.\n", {"Tom wrote": "Hm."}),
        ("Discounts:\n> 10 tickets: 5%\n", {"Anna": "Discounts:", "Discounts": "10 tickets: 5%"}),
        ("Date: 4 May 2020 09:00\nFrom: Otto\nTo: Anna\n\nHallo.\n", {"Otto, 4 May": "Hallo."}),
        (
            "Event: Party\nPlace: Garden\nPrice: 4 euros\nBegin: 18:00\n",
            {"Anna": "item [Begin] 18:00"},
        ),
    ],
)
def test_each_says_what_is_his(body, turns):
    lines = outline(mail(body))
    for speaker, said in turns.items():
        begin = next(n for n, line in enumerate(lines) if "turn" in line and speaker in line)
        own = takewhile(lambda line: line.startswith(" "), lines[begin + 1 :])
        assert any(line.endswith(said) for line in own), lines
    assert not any(">" in line for line in lines if "turn" in line)


def test_header_of_an_earlier_mail_in_the_body_begins_its_turn():
    extracted = mail(
        "See below.\n\nVon: Otto <otto@example.org>\nGesendet: Montag, 4. Mai\nAn: Anna\n\nHallo."
    )
    assert words(extracted) == [
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph See below.",
        "turn [Otto <otto@example.org>, Montag, 4. Mai]",
        "  paragraph Hallo.",
    ]


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "base64"), ("iso-8859-1", "quoted-printable"), ("utf-8", "quoted-printable")],
)
def test_bodies_and_headers_are_decoded(charset, encoding):
    message = EmailMessage()
    message["From"] = "Müller <m@example.org>"
    message["Subject"] = "Café in Zürich"
    message.set_content("Grüße aus Zürich.\n", charset=charset, cte=encoding)
    extracted = extract_mail(bytes(message), LIMIT)
    assert extracted.title == "Café in Zürich"
    assert words(extracted) == ["turn [Müller]", "  paragraph Grüße aus Zürich."]


def test_raw_bytes_in_headers_and_body_are_told_by_their_letters():
    data = "Subject: Zürich\nFrom: Jürg <j@example.org>\n\nGrüße.".encode("latin-1")
    extracted = extract_mail(data, LIMIT)
    assert (extracted.title, words(extracted)) == ("Zürich", ["turn [Jürg]", "  paragraph Grüße."])


def test_plain_text_is_read_rather_than_html_and_html_where_there_is_no_other():
    message = EmailMessage()
    message["From"] = "a@example.org"
    message.set_content("Plain text.")
    message.add_alternative("<p>HTML text.</p>", subtype="html")
    assert words(extract_mail(bytes(message), LIMIT))[1:] == ["  paragraph Plain text."]
    message = EmailMessage()
    message["From"] = "a@example.org"
    message.set_content(" ")
    message.add_alternative("<ul><li>One é</ul><img src=http://x.example/a>", subtype="html")
    assert outline(extract_mail(bytes(message), LIMIT))[-2:] == ["  list", "    item [-] One é"]


@pytest.mark.parametrize("has_picture", [False, True])
def test_html_is_read_where_the_plain_text_is_but_a_hint_at_it(has_picture):
    message = EmailMessage()
    message["From"] = "shop@example.org"
    message.set_content("Your program cannot show HTML. Please open this in a browser.")
    message.add_alternative(f"<h1>Order 7</h1><p>{'A door seal. ' * 15}", subtype="html")
    if has_picture:
        page = message.get_payload()[1]
        page.add_related(b"GIF", "image", "gif")
    said = words(extract_mail(bytes(message), LIMIT))
    assert said[1:] == [f"  paragraph {'A door seal. ' * 15}".rstrip()]


def test_greeting_without_a_comma_is_no_heading_but_a_numbered_line_is():
    letter = "Thank you for your claim, which we have registered under your policy.\n"
    extracted = mail(f"Tom wrote:\n> Dear Mrs Kern\n>\n> {letter}\n")
    assert outline(extracted)[-3:] == [
        "turn1 [Tom wrote]",
        "  paragraph Dear Mrs Kern",
        f"  paragraph {letter.strip()}",
    ]
    lines = outline(mail(f"1. Roof\n\n{letter}\n2. Garden\n\n{letter}"))
    assert "heading3 1. Roof" in lines


@pytest.mark.parametrize("mark", ["-- ", "--"])
def test_signature_is_no_part_of_what_is_written_above_it(mark):
    assert words(mail(f"Best wishes\nAnna\n{mark}\nAnna Kern\n11 Tanner's Row\n")) == [
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph Best wishes",
        "  paragraph Anna",
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph Anna Kern",
        "  paragraph 11 Tanner's Row",
    ]


def test_attachments_are_named_and_not_read():
    message = EmailMessage()
    message["Subject"] = "Plan"
    message.set_content("See the plan.")
    message.add_attachment(b"AAAA", maintype="application", subtype="pdf", filename="plän.pdf")
    message.add_attachment("secret", filename="notes.txt")
    extracted = extract_mail(bytes(message), LIMIT)
    assert "    cell [Attachments] plän.pdf, notes.txt" in outline(extracted)
    assert "secret" not in extracted.text
    assert extracted.warnings == (
        "attachments are not read (plän.pdf, notes.txt); save them as files of their own",
    )


def test_forwarded_message_follows_as_one_of_its_own():
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner["From"] = "lou@example.org"
    inner.set_content("Lou says so.")
    message = EmailMessage()
    message["Subject"] = "Outer"
    message.set_content("See below.")
    message.add_attachment(inner)
    extracted = extract_mail(bytes(message), LIMIT)
    assert [line for line in outline(extracted) if "heading" in line or "paragraph" in line] == [
        "heading1 Outer",
        "paragraph See below.",
        "heading1 Inner",
        "  paragraph Lou says so.",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: =?utf-8?b?broken!!?=\nFrom: x\nDate: never\n",
        "Subject: =?nonsense?q?a?=\nFrom: \nContent-Type: text/plain; charset=nonsense\n",
        "Content-Type: multipart/mixed\n",
        "Content-Type: multipart/mixed; boundary=a\n",
        "Content-Type: text/plain; charset*=x''%zz\nContent-Transfer-Encoding: base64\n",
        "Content-Disposition: inline; filename*0*=utf-8''%E9\nno header at all\n",
        "Content-Type: text/plain; charset=iso-2022-kr\n",
    ],
)
def test_broken_headers_lose_no_text_and_raise_nothing(headers):
    extracted = mail("The roof costs 4,500 euros.", headers)
    outline(extracted)
    assert extracted.text or "base64" in headers or "multipart" in headers


# mailboxes


def test_mailbox_is_its_messages_in_order():
    data = (
        "From anna@example.org Tue May 12 10:00:00 2021\n" + HEAD + "\nHello.\n>From here on.\n\n"
        "From tom@example.org Tue May 12 11:00:00 2021\nFrom: Tom\nSubject: Two\n\nBye.\n"
    )
    extracted = extract_mbox(data.encode(), LIMIT)
    assert [line for line in outline(extracted) if "cell" not in line] == [
        "heading1 Budget",
        "table",
        "  row",
        "turn [Anna Kern, 2021-05-12 10:00]",
        "  paragraph Hello.",
        "  paragraph From here on.",
        "heading1 Two",
        "table",
        "  row",
        "turn [Tom]",
        "  paragraph Bye.",
    ]
    assert extracted.title == ""
    crlf = extract_mbox(data.replace("\n", "\r\n").encode(), LIMIT)
    assert len(outline(crlf)) == len(outline(extracted))


def test_file_that_is_no_mailbox_is_refused():
    with pytest.raises(ValueError, match='no "From " line begins it, so it is no mbox'):
        extract_mbox(b"Hello there.\n\nFrom now on.", LIMIT)


# hostile ones


def test_many_messages_are_read_in_time():
    message = "From a\nFrom: Anna\nSubject: One\n\nHello.\n\n"
    assert_ends(lambda text: extract_mbox(text.encode(), 10_000_000), message)


@pytest.mark.parametrize("depth", [100, 5_000])
def test_deeply_nested_parts_are_read_or_refused_in_one_line(depth):
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)
    )
    try:
        extracted = extract_mail(f"{parts}\nThe deep end.\n".encode(), LIMIT)
    except ValueError as error:
        assert str(error).startswith("its parts cannot be told apart")
        assert depth > 100
    else:
        assert "The deep end." in extracted.text


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nText.",
        b"To: " + b"a@example.org, " * 100_000 + b"\n\nText.",
        b"From: " + b"(" * 200_000 + b"\n\nText.",
        b"Content-Type: text/plain; " + b"a=b; " * 20_000 + b"\n\nText.",
        b"X: y\n" * 50_000 + b"\nText.",
        b"\n" + b"> " * 100_000 + b"Text.",
        b"\n" + b"> Text.\nText:\n" * 5_000,
        b"\n" + b"".join(b">" * n + b" Text.\n" for n in range(500)),
    ],
)
def test_huge_headers_and_quotations_take_little_time(data):
    with processor_limit():
        extracted = extract_mail(data, LIMIT)
    assert "Text." in extracted.text
    assert len(extracted.title) <= 2_000


@given(body=TEXTS, subject=st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_blocks_of_a_mail_nest_and_cover(body, subject):
    data = f"Subject: {subject}\nFrom: Anna\n\n{body}".encode("utf-8", "surrogatepass")
    for extract in (extract_mail, lambda data, limit: extract_mbox(b"From a\n" + data, limit)):
        extracted = extract(data, LIMIT)
        check_blocks(extracted.text, extracted.blocks)


@given(body=TEXTS)
@settings(max_examples=100, deadline=None)
def test_no_word_of_a_body_is_lost_with_its_marks(body):
    pieces = "".join(piece.said_by + piece.text for piece in split_quotes(body, "Anna"))
    assert [c for c in pieces if c.isalnum()] == [c for c in body if c.isalnum()]
