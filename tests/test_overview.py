"""What a document is about: which is meant, and which of its sentences are shown."""

import pytest
from fake_models import FakeReader, fill_library, knowing, pipeline_over

from rag.answering.overviews.overview import MOST_SENTENCES

GUIDE = """# Guide to the observatory

The observatory stands on Larch Hill and belongs to the town. It was built in 1911 by volunteers.

## Opening hours

The dome is open on Friday evenings from eight o'clock. Groups come on other days by appointment.

## Telescopes

There are two telescopes, and beginners may use the smaller one. Ida Roth gave the larger one.

Rules:

- Never touch the mirror with your hands, please.
- Close the shutter before you leave the dome.

## Prices

| Ticket | Euros |
|---|---|
| Adult | 6 |
| Child | 3 |
"""
LETTER = "Dear Ada, the boat needs a new mast. Please send forty metres of rope by Monday.\n"


def asks_overview(probability):
    return knowing(overview=probability, list=1 - probability)


@pytest.fixture
def ask(tmp_path, embedder):
    """A function from a question and texts to its answer, as an overview."""
    libraries = []

    def make(question, texts, probability=0.8, margins=None, **settings):
        folder = tmp_path / f"docs{len(libraries)}"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)
        libraries.append(fill_library(folder.with_suffix(".sqlite"), folder, embedder))
        kinds = asks_overview(probability)
        pipeline = pipeline_over(
            libraries[-1], FakeReader(margins or {}), embedder, kinds, **settings
        )
        answer = pipeline.ask(question)
        for sentence in answer.sentences:
            citation = answer.citations[sentence.citations[0] - 1]
            text = libraries[-1].text(citation.document_id)
            assert sentence.text in citation.quote == text[citation.start : citation.end]
        return answer

    yield make
    for library in libraries:
        library.close()


def groups(answer):
    return list(dict.fromkeys(sentence.group for sentence in answer.sentences))


def test_overview_has_key_sentences_of_each_section_in_order(ask):
    answer = ask("summarise the guide", {"guide.md": GUIDE, "letter.txt": LETTER})
    assert (answer.status, answer.answer_kind) == ("quoted", "overview")
    assert groups(answer) == ["", "Opening hours", "Telescopes", "Prices"]
    assert {citation.document for citation in answer.citations} == {"guide.md"}
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert answer.note == "Key sentences of guide.md."
    assert "\nPrices:\nTicket: Adult; Euros: 6" in answer.text


def test_what_stands_before_the_first_heading_is_shown_only_if_it_is_sentences(ask):
    text = (
        "Present: Ada Brook and Eve Holt\n\n# Roof\n\nIt is old and leaks.\n\n# Fair\n\nIt rains."
    )
    answer = ask("summarise it", {"minutes.md": text})
    assert [sentence.text for sentence in answer.sentences] == ["It is old and leaks.", "It rains."]


def test_section_is_found_by_its_heading(ask):
    answer = ask("what does the guide say about telescopes", {"guide.md": GUIDE, "b.txt": LETTER})
    assert groups(answer) == ["Telescopes"]
    assert "There are two telescopes, and beginners may use the smaller one." in answer.text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what does the guide say about shutters", None),
        ("what does the guide say about telescopes", ["Telescopes"]),
        ("what does the guide say about hours", ["2. Opening hours"]),
        ("sum up the guide", ["", "2. Opening hours", "Telescopes", "Prices"]),
        ("what does section 2 of the guide say", ["2. Opening hours"]),
    ],
)
def test_of_one_topic_its_section_is_shown_and_never_the_whole_document(ask, question, expected):
    """The number of a heading is a word of it only where it is asked for."""
    guide = GUIDE.replace("## Opening", "## 2. Opening")
    answer = ask(question, {"guide.md": guide, "letter.txt": LETTER})
    assert (groups(answer) if answer.answer_kind == "overview" else None) == expected


def test_somebody_who_is_named_is_no_reason_against_what_is_plainly_an_overview(ask):
    said = LETTER + "Captain Roth says it can wait."
    assert (
        ask("sum up what roth wrote", {"x.txt": said}, probability=0.95).answer_kind == "overview"
    )
    assert ask("sum up what roth wrote", {"x.txt": said}).answer_kind != "overview"


def test_what_leads_in_a_long_list_is_shown_once(ask):
    items = "\n".join(
        f"- On {number} May the {job} come at {number}:30 and need the yard empty, the gate open "
        "and somebody at home who knows where the stopcock is and can sign for what they do."
        for number, job in enumerate(("roofers", "painters", "plumbers"), start=7)
    )
    answer = ask("sum up the plan", {"plan.md": f"This is how we do it:\n\n{items}\n"})
    assert len([each for each in answer.sentences if each.kind == "item"]) > 1
    assert [each.text for each in answer.sentences].count("This is how we do it:") == 1


MAILS = """From: Bo Pell <bo@example.org>
To: Ann Roth <ann@example.org>
Date: Mon, 5 May 2025 09:00:00 +0000
Subject: Re: The roof

The tiles come on 12 May and the roofer stays for two days.

On Fri, 2 May 2025 at 18:20, Ann Roth wrote:
> The rain comes through above the stairs and the carpet is wet.
> Please say when the roofer will be there, and what it costs.
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "sum up the mails with ann roth",
            ["Bo Pell, 2025-05-05 09:00", "On Fri, 2 May 2025 at 18:20, Ann Roth wrote:"],
        ),
        ("sum up the mail of 2 may", ["On Fri, 2 May 2025 at 18:20, Ann Roth wrote:"]),
    ],
)
def test_a_quoted_mail_is_meant_by_its_date_and_not_by_who_wrote_it(ask, question, expected):
    answer = ask(question, {"roof.eml": MAILS}, probability=0.95)
    assert (answer.answer_kind, groups(answer)) == ("overview", expected)


def test_what_a_mail_says_in_a_few_words_and_its_own_headings_are_parts_of_it(ask):
    short = MAILS.replace(
        "The tiles come on 12 May and the roofer stays for two days.", "Yes, 450."
    )
    assert "Yes, 450." in ask("sum up the mails", {"roof.eml": short}).text
    points = "ROOF\n\nThe tiles come on 12 May.\n\nFAIR\n\nIt is on 7 June at the mill."
    own = MAILS.replace("The tiles come on 12 May and the roofer stays for two days.", points)
    assert groups(ask("sum up the mails", {"roof.eml": own})) == [
        "ROOF",
        "FAIR",
        "On Fri, 2 May 2025 at 18:20, Ann Roth wrote:",
    ]


def test_the_header_of_a_quoted_mail_is_no_part_of_its_summary(ask):
    header = (
        "From: Ann Roth\nSent: Friday, 2 May 2025 18:20\nTo: Bo Pell\nSubject: The roof of 1890\n"
    )
    own, quoted = MAILS.split("On Fri, 2 May 2025 at 18:20, Ann Roth wrote:\n")
    outlook = f"{own}{header}\n{quoted.replace('> ', '')}"
    answer = ask("sum up the mails", {"roof.eml": outlook})
    assert "the carpet is wet" in answer.text
    assert "1890" not in answer.text
    assert len(groups(answer)) == 2


def test_a_heading_with_a_date_and_a_colon_is_no_mail(ask):
    minutes = (
        "# Minutes\n\n## Budget meeting, 4 March 2025:\n\nThe fee is 40.\n\n## Fair\n\nIt rains."
    )
    answer = ask("sum up the budget meeting", {"minutes.md": minutes}, probability=0.95)
    assert groups(answer) == ["Budget meeting, 4 March 2025:"]


def test_a_section_is_shown_where_nothing_answers(ask):
    """A question that seems to ask for a list; the fake reader finds no answer to anything."""
    texts = {"guide.md": GUIDE, "letter.txt": LETTER}
    answer = ask("rules for the telescopes", texts, probability=0.1)
    assert (answer.answer_kind, groups(answer)) == ("overview", ["Telescopes"])
    assert answer.confidence == 0.4
    assert ask("rules for the mirror", texts, probability=0.1).status == "refused"
    assert ask("rules for the telescopes", texts, probability=0.01).status == "refused"
    surer = ask("rules for the telescopes", texts, probability=0.1, min_confidence=0.5)
    assert surer.status == "refused"


@pytest.mark.parametrize(("sentences", "shown"), [(7, 7), (24, 12), (25, 8)])
def test_of_a_short_text_all_is_shown_and_of_a_longer_one_some(ask, sentences, shown):
    text = " ".join(f"Boat number {n} lies at berth {n + 40}." for n in range(sentences))
    assert len(ask("sum up the letter", {"letter.txt": text}).sentences) == shown


MEETINGS = """# Round of 10 March 2025

## Milk

Tova buys the milk on Mondays.

# Round of 24 March 2025, at seven in the evening, in the back room of the Anchor

## Phone

There is one phone person per week.

# Round of 7 April 2025, at seven in the evening, in the back room of the Anchor, upstairs

It rained.
"""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("sum up the round of 24 march", "There is one phone person per week."),
        ("the round of 10 march", "Tova buys the milk on Mondays."),
        ("sum up the april round", "It rained."),
        ("sum up the round of the 24th", "There is one phone person per week."),
    ],
)
def test_of_minutes_of_several_days_that_of_the_day_is_meant(ask, asked, said):
    answer = ask(asked, {"minutes-2025-03.md": MEETINGS, "guide.md": GUIDE})
    assert [sentence.text for sentence in answer.sentences] == [said]


def test_the_only_document_is_meant_whatever_it_is_called(ask):
    answer = ask("What is this article about?", {"x.txt": LETTER})
    assert answer.text == (
        "Dear Ada, the boat needs a new mast. [1] Please send forty metres of rope by Monday. [2]"
    )


LATE = "| Late | Fine |\n|---|---|\n| an hour | 2 euros |\n| a day | 9 euros |\n\n"
DEPOSITS = "### Deposits\n\n| Lens | Deposit |\n|---|---|\n" + "| small | 20 euros |\n" * 2 + "\n"
RULES = GUIDE.replace("Rules:", f"{LATE}{DEPOSITS}Rules:")


@pytest.mark.parametrize(
    ("found", "question", "is_overview"),
    [
        ("beginners may use", "rules about telescopes in short", True),
        ("open on Friday", "rules about telescopes in short", False),
        ("beginners may use", "what may beginners use", False),
    ],
)
def test_section_on_the_topic_is_shown_where_the_reader_looks_into_it(
    ask, found, question, is_overview
):
    texts = {"guide.md": RULES, "b.txt": LETTER}
    answer = ask(question, texts, probability=0.2, margins={found: 3.0}, passages_to_read=12)
    assert (answer.answer_kind == "overview") is is_overview
    if is_overview:
        assert groups(answer) == ["Telescopes"]
        assert "Late: a day; Fine: 9 euros" in answer.text
        assert "Lens: small; Deposit: 20 euros" in answer.text
        assert "Close the shutter before you leave the dome." in answer.text
        assert answer.warning


def test_what_somebody_said_is_read_for_and_no_overview(ask):
    said = LETTER + "Captain Roth says it can wait."
    answer = ask("What did Captain Roth say about the mast?", {"x.txt": said})
    assert answer.answer_kind != "overview"
    assert ask("what did roth say about the mast?", {"x.txt": said}).answer_kind != "overview"
    for asked in ("Give me the 5 main points of it.", "Sum it up in three sentences, Robot."):
        assert ask(asked, {"x.txt": said}).answer_kind == "overview"
    assert ask("What does the letter to Ada say?", {"ada.txt": LETTER}).answer_kind == "overview"


def test_one_of_many_that_is_named_by_its_number_is_read_for_and_no_overview(ask):
    said = "".join(f"The code of section {n} is K{n * 79}.\n\n" for n in range(1, 90))
    answer = ask("What is the code of section 77?", {"x.txt": said})
    assert answer.answer_kind != "overview"
    for asked in ("Sum it up in 77 words.", "What is the text about, in 12 points?"):
        assert ask(asked, {"x.txt": said}).answer_kind == "overview"


def test_of_documents_that_fit_alike_the_others_are_named(ask):
    answer = ask(
        "summarise the log",
        {"log-1.txt": LETTER, "log-2.txt": LETTER.replace("Ada", "Eve"), "guide.md": GUIDE},
    )
    taken, other = sorted([answer.citations[0].document, "log-1.txt"], reverse=True)[:1], None
    other = ({"log-1.txt", "log-2.txt"} - {answer.citations[0].document}).pop()
    assert taken
    assert answer.note.endswith(f"; it could also mean {other}.")
    assert answer.confidence == pytest.approx(0.4)  # 0.8 for each of two


def test_a_document_that_is_not_there_is_refused(ask):
    texts = {f"{name}.txt": f"The {name} is green. It stands there." for name in "abcdefgh"}
    answer = ask("summarise the insurance policy", texts)
    assert answer.status == "refused"


def test_a_short_list_is_shown_whole_and_headings_and_code_never(ask):
    text = (
        "# Tools\n\nBring to the shed on Monday:\n\n- a hammer\n- two pairs of gloves\n\n"
        "```\nrm -r everything in the shed\n```\n"
    )
    answer = ask("what is this about", {"tools.md": text})
    assert [sentence.text for sentence in answer.sentences] == [
        "Bring to the shed on Monday:",
        "a hammer",
        "two pairs of gloves",
    ]


def test_each_point_of_minutes_without_headings_is_shown(ask):
    points = [
        f"{number}. Matter {number}. The members talked of it for some time. It was agreed to "
        "leave it as it is until the autumn, by five votes to two."
        for number in range(1, 8)
    ]
    minutes = "\n\n".join(["The board met on 3 May.", "Ada, Ben and Cy were there.", *points])
    answer = ask("summarise the minutes", {"minutes.txt": minutes, "letter.txt": LETTER})
    assert [each.label for each in answer.sentences if each.kind == "item"] == [
        f"{number}." for number in range(1, 8)
    ]
    assert not any(each.note for each in answer.sentences)


def test_of_a_long_document_some_passages_stand_for_each_section(ask):
    chapters = [
        f"## Chapter {number}\n\n"
        + " ".join(f"In year {number}{place} the town bought lamp {place}." for place in range(40))
        for number in range(MOST_SENTENCES + 4)
    ]
    answer = ask("summarise the chronicle", {"chronicle.md": "# Town\n\n" + "\n\n".join(chapters)})
    assert len(answer.sentences) == len(groups(answer)) == MOST_SENTENCES
    assert " passages." in answer.note


def test_an_overview_is_not_read_by_the_reader(tmp_path, embedder):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "guide.md").write_text(GUIDE)
    reader = FakeReader({})
    reader.read = lambda question, passages: [] if not passages else pytest.fail("it was read")
    with fill_library(tmp_path / "x.sqlite", folder, embedder) as library:
        pipeline = pipeline_over(library, reader, embedder, asks_overview(0.8))
        assert pipeline.ask("summarise it").status == "quoted"


REPAIRS = {
    "log.md": """# Log of the boat

## 4 May

The mast cracked in the storm. Ida cooked soup.

## 9 May

A mast costs much.
""",
    "mail.txt": "Dear Ada, your mast comes on Monday. Please bring cake.\n",
    "menu.txt": "Soup on Monday, fish on Friday, and cake for whoever stays.\n",
}
"""Of a mast no heading speaks."""


def test_on_a_topic_that_no_section_is_called_after_its_sentences_are_gathered(ask):
    margins = {"cracked": 5.0, "mast comes": 3.0}
    answer = ask("sum up the mast", REPAIRS, margins=margins, passages_to_read=12)
    assert (answer.status, answer.answer_kind) == ("quoted", "overview")
    assert [sentence.text for sentence in answer.sentences] == [
        "The mast cracked in the storm.",
        "Dear Ada, your mast comes on Monday.",
    ]
    assert groups(answer) == ["log.md > 4 May", "mail.txt"]


@pytest.mark.parametrize(
    ("probability", "margins"),
    [
        (0.2, {"cracked": 5.0, "mast comes": 4.0}),  # it is a list that is asked for
        (0.8, {"cracked": -8.0}),  # nothing answers
    ],
)
def test_no_sentences_are_gathered_where_they_are_not_asked_for_or_nothing_answers(
    ask, probability, margins
):
    question = "sum up the mast"
    answer = ask(question, REPAIRS, probability, margins, passages_to_read=12)
    assert answer.answer_kind != "overview"


def test_the_sentence_that_answers_is_one_of_those_of_the_section(ask):
    lines = [f"The river at bend {n} is calm and deep." for n in range(30)]
    text = (
        f"# Rivers\n\nAll of them.\n\n# Bends\n\n{' '.join(lines)} Ferries across it stop at dusk."
    )
    texts, margins = {"rivers.md": text, "b.txt": LETTER}, {"Ferries across": 9.0}
    answer = ask("rules about bends in short", texts, 0.3, margins, passages_to_read=12)
    assert (answer.answer_kind, groups(answer)) == ("overview", ["Bends"])
    assert "Ferries across it stop at dusk." in answer.text
