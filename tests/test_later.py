"""What a later part of a document says instead."""

import numpy as np
import pytest

THREAD = """From: Rosalind <r@dig.example>
Subject: Ferry
Date: Wed, 11 Mar 2026 21:47:00 +0000
Content-Type: text/plain; charset="utf-8"

New dates below.
The ferry costs 4 euros now.

> On Mon, 12 Jan 2026 at 09:00, Joss wrote:
> The ferry costs 3 euros, I think.
"""


class Judge:
    """Says of every sentence that it settles the question, or of none."""

    def __init__(self, unsettled):
        self.unsettled = unsettled

    def probabilities(self, pairs):
        return np.array([[1 - self.unsettled, 0.0, self.unsettled]] * len(pairs), dtype=np.float32)


def test_what_a_later_mail_of_a_thread_says_is_shown_beside_what_it_quotes(fare):
    answer = fare({"re.eml": THREAD}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
    assert [(sentence.group, sentence.text) for sentence in answer.sentences] == [
        ("On Mon, 12 Jan 2026 at 09:00, Joss wrote", "The ferry costs 3 euros, I think."),
        ("Rosalind, 2026-03-11 21:47 (later)", "The ferry costs 4 euros now."),
    ]
    assert answer.short_answer == "4 euros"
    quoted = [citation.quote for citation in answer.citations]
    assert quoted == [sentence.text for sentence in answer.sentences]


@pytest.mark.parametrize(
    ("margins", "unsettled"),
    [
        ({"3 euros": 0.0, "4 euros": 6.0}, 0.1),  # the latest is what answers
        ({"3 euros": 25.0, "4 euros": 0.0}, 0.1),  # what is later hardly answers
        ({"3 euros": 6.0, "4 euros": 0.0}, 0.6),
    ],
)
def test_an_earlier_mail_or_what_settles_nothing_is_not_shown(fare, margins, unsettled):
    answer = fare({"re.eml": THREAD}, margins, checker=Judge(unsettled))
    best = max(margins, key=margins.get)
    assert [best in sentence.text for sentence in answer.sentences] == [True]


def test_who_answers_between_the_lines_is_later_than_what_is_quoted(fare):
    text = THREAD.replace("The ferry costs 4 euros now.\n", "") + "\nNo, the ferry costs 4 euros.\n"
    answer = fare({"re.eml": text}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
    assert answer.short_answer == "4 euros"


@pytest.mark.parametrize(("day", "count"), [("12 Mar", 2), ("11 Mar", 1), ("10 Mar", 1)])
def test_of_two_mails_in_a_mailbox_the_later_one_is_shown_too(fare, day, count):
    first = THREAD.split("\n\n", 1)[0] + "\n\nThe ferry costs 3 euros.\n"
    other = THREAD.split("\n> On", 1)[0].replace("11 Mar", day)
    mbox = "".join(f"From r@dig.example Wed Mar 11 21:47:00 2026\n{m}\n" for m in (first, other))
    answer = fare({"all.mbox": mbox}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
    assert len(answer.sentences) == count


def test_what_a_mail_quotes_without_saying_when_is_earlier(fare):
    text = THREAD.replace("> On Mon, 12 Jan 2026 at 09:00, Joss wrote:\n", "")
    answer = fare({"re.eml": text}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
    assert answer.short_answer == "4 euros"


def test_of_mails_in_a_text_the_later_one_is_shown_in_whichever_order_they_stand(fare):
    header = "From: Joss\nTo: Rosalind\nDate: {} Jan 2026, 09:00\nSubject: Ferry\n\n"
    old = header.format(12) + "The ferry costs 3 euros.\n\n"
    new = header.format(14) + "The ferry costs 4 euros.\n\n"
    for text in (old + new, new + old):
        answer = fare({"mails.txt": text}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
        assert [sentence.group for sentence in answer.sentences][1].endswith("(later)")
        assert answer.short_answer == "4 euros"


def test_the_latest_of_several_mails_is_shown_and_not_the_one_that_reads_best(fare):
    mails = "".join(
        f"From: Joss\nTo: Rosalind\nDate: {day} Jan 2026, 09:00\nSubject: Ferry\n\n"
        f"The ferry costs {day} euros.\n\n"
        for day in (12, 16, 14)
    )
    margins = {"12 euros": 6.0, "14 euros": 3.0, "16 euros": 1.0}
    assert fare({"mails.txt": mails}, margins, checker=Judge(0.1)).short_answer == "16 euros"


def test_what_is_quoted_is_earlier_whatever_its_date_seems_to_be(fare):
    text = THREAD.replace("On Mon, 12 Jan 2026 at 09:00", "On 12/11/2026 9:00 AM")
    answer = fare({"re.eml": text}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
    assert answer.short_answer == "4 euros"


def test_without_a_check_nothing_is_taken_for_a_later_word_on_it(fare):
    answer = fare({"re.eml": THREAD}, {"3 euros": 6.0, "4 euros": 0.0})
    assert [sentence.text for sentence in answer.sentences] == ["The ferry costs 3 euros, I think."]


def test_of_a_yes_that_a_later_mail_takes_back_no_word_is_said(fare):
    margins = {"3 euros": 6.0, "4 euros": 0.0}
    answer = fare({"re.eml": THREAD}, margins, kind="yesno", checker=Judge(0.1))
    assert (answer.answer_kind, len(answer.sentences)) == ("short", 2)
    alone = {"a.txt": "The ferry costs 3 euros, I think."}
    assert fare(alone, margins, kind="yesno", checker=Judge(0.1)).answer_kind == "yes"


def test_what_tells_of_something_else_is_no_later_word_on_it(fare, embedder):
    margins = {"3 euros": 6.0, "4 euros": 0.0}
    answer = fare({"re.eml": THREAD}, margins, checker=Judge(0.1), embedder=embedder)
    assert len(answer.sentences) == 1


@pytest.mark.parametrize(("first", "count"), [("12 Jan", 1), ("17 Jan", 2)])
def test_of_another_mail_in_the_text_the_day_says_whether_it_is_later(fare, first, count):
    text = (
        f"From: Ute\nTo: Ros\nDate: {first} 2026, 09:00\nSubject: Ferry\n\n"
        "The ferry costs 4 euros.\n\n"
        "From: Ros\nTo: Ute\nDate: 16 Jan 2026, 10:00\nSubject: Ferry\n\nThanks.\n\n"
        "On Wed, 14 Jan 2026 at 09:00, Joss wrote:\n> The ferry costs 3 euros.\n"
    )
    margins = {"3 euros": 6.0, "4 euros": 0.0}
    answer = fare({"mails.txt": text}, margins, checker=Judge(0.1))
    assert len(answer.sentences) == count


def test_what_is_quoted_without_a_date_is_later_than_nothing(fare):
    first = THREAD.split("\n\n", 1)[0] + "\n\nThe ferry costs 3 euros.\n"
    other = first.replace("11 Mar", "16 Mar").replace(
        "The ferry costs 3", "Hm.\n\n> The ferry costs 4"
    )
    mbox = "".join(f"From r@dig.example Wed Mar 11 21:47:00 2026\n{m}\n" for m in (first, other))
    answer = fare({"all.mbox": mbox}, {"3 euros": 6.0, "4 euros": 0.0}, checker=Judge(0.1))
    assert len(answer.sentences) == 1


def test_hours_after_noon_are_known(fare):
    header = "From: Joss\nTo: Ros\nSent: Monday, January 12, 2026 {}\nSubject: Ferry\n\n"
    text = header.format("9:00 PM") + "The ferry costs 3 euros.\n\n"
    text += header.format("10:00 AM") + "The ferry costs 4 euros.\n"
    margins = {"3 euros": 6.0, "4 euros": 0.0}
    assert len(fare({"mails.txt": text}, margins, checker=Judge(0.1)).sentences) == 1
    assert (
        len(fare({"mails.txt": text}, margins | {"4 euros": 9.0}, checker=Judge(0.1)).sentences)
        == 2
    )


NOTES = """# Ferry notes

## {}

The ferry costs 3 euros.

## {}

The ferry costs 4 euros.
"""


@pytest.mark.parametrize(
    ("first", "second", "is_later"),
    [
        ("Meeting of 21st January 2025", "Meeting of 11/3/25", True),
        ("29 April", "11 May", True),
        ("March 2024", "April 2024", True),
        ("11 May", "29 April", False),  # of which year?
        ("April 2024", "3 April 2024", False),
        ("April 2024", "4 May", False),
        ("Monday, 3 June 2024", "Wednesday, 5 June 2024", False),  # a programme
        ("2.1.10 Adults", "2.1.11 Children", False),
        ("1. May I bring a dog?", "2. May I bring a cat?", False),
        ("14/1/00", "12/11/99", False),
        ("12/11/99", "14/1/00", True),
        ("Variation No. 1, 3 June 2024", "Terms", False),
        ("Terms", "Prices", False),
    ],
)
def test_what_stands_under_a_later_date_is_shown_beside_it(fare, first, second, is_later):
    margins = {"3 euros": 6.0, "4 euros": 0.0}
    answer = fare({"n.md": NOTES.format(first, second)}, margins, checker=Judge(0.1))
    assert answer.short_answer == ("4 euros" if is_later else "3 euros")
    if is_later:
        assert [each.group for each in answer.sentences] == [first, f"{second} (later)"]


def test_a_later_date_may_stand_first(fare):
    text = NOTES.format("14 May 2025", "2 May 2025")
    margins = {"3 euros": 0.0, "4 euros": 6.0}
    assert fare({"n.md": text}, margins, checker=Judge(0.1)).short_answer == "3 euros"


@pytest.mark.parametrize(
    ("asked", "short"),
    [
        ("What did the ferry cost on 29 April?", "3 euros"),
        ("What did the ferry cost in April?", "3 euros"),
        ("What will the ferry cost on 3 July?", "4 euros"),
        ("What may 2 people pay on the ferry?", "4 euros"),
        ("What did the ferry cost on 5 May?", "3 euros"),
        ("What does the 9 o'clock ferry cost for 29 people?", "4 euros"),
    ],
)
def test_a_question_that_names_the_day_or_month_asks_of_that_one(fare, asked, short):
    texts = {"n.md": NOTES.format("29 April", "11 May")}
    margins = {"3 euros": 6.0, "4 euros": 0.0}
    assert fare(texts, margins, checker=Judge(0.1), question=asked).short_answer == short


def test_what_has_a_date_is_shown_beside_what_has_none_and_is_not_called_later(fare, embedder):
    text = NOTES.format("Terms", "Variation No. 1, 3 June 2024")
    margins = {"3 euros": 6.0, "4 euros": 4.0}
    answer = fare({"n.md": text}, margins, checker=Judge(0.1))
    assert [each.group for each in answer.sentences] == ["Terms", "Variation No. 1, 3 June 2024"]
    assert answer.short_answer == "3 euros"
    other = text.replace("The ferry costs 4 euros", "Parking is 4 euros")
    alone = fare({"n.md": other}, margins, checker=Judge(0.1), embedder=embedder)
    assert [each.group for each in alone.sentences] == [""]


def test_another_way_to_say_it_is_shown_if_it_answers_nearly_as_well(fare, embedder):
    texts = {"n.md": NOTES.format("29 April", "11 May").replace("4 euros", "all my money, 4 euros")}
    for margin, short in ((4.0, "4 euros"), (0.0, "3 euros")):
        margins = {"3 euros": 6.0, "4 euros": margin}
        answer = fare(texts, margins, checker=Judge(0.1), embedder=embedder)
        assert answer.short_answer == short


def test_the_title_over_both_dates_neither(fare):
    text = NOTES.format("Fares", "Changes, 3 June 2024").replace("# ", "## ")
    titled = "# Summer trip, Sunday 13 July 2024\n\n" + text
    margins = {"3 euros": 6.0, "4 euros": 4.0}
    answer = fare({"n.md": titled}, margins, checker=Judge(0.1))
    assert [each.group for each in answer.sentences] == ["Fares", "Changes, 3 June 2024"]
    amended = titled.replace("## Fares\n", "")
    answer = fare({"n.md": amended}, margins, checker=Judge(0.1))
    assert [each.group for each in answer.sentences][1:] == ["Changes, 3 June 2024"]


def test_the_date_over_what_was_said_first_dates_it(fare):
    text = "# Ferry notes, 1 May 2024\n\nThe ferry costs 3 euros.\n\n## Update, 1 June 2024\n\n"
    margins = {"3 euros": 6.0, "4 euros": 4.0}
    answer = fare({"n.md": f"{text}The ferry costs 4 euros.\n"}, margins, checker=Judge(0.1))
    assert answer.sentences[-1].group == "Update, 1 June 2024 (later)"
    assert answer.short_answer == "4 euros"
