"""Answers that are computed over rows: over a real library, with an embedder that knows words."""

import re

import numpy as np
import pytest
from fake_embedder import FakeEmbedder
from fake_models import Judging, fill_library, library_of_files, table_of
from library_content import open_at, refresh

from rag.answering.evidence import Candidate
from rag.answering.operation_words import words_for_sums
from rag.answering.question_kind import KINDS
from rag.answering.question_words import content_stems
from rag.answering.rows.columns import Target
from rag.answering.rows.computed import compute
from rag.answering.rows.conditions import Selection, select_rows
from rag.answering.rows.tables import tables_in
from rag.answering.rows.totals import extreme_total
from rag.answering.rows.words import words_found
from rag.datatypes import Hit, Span

TOOLS = """# Tool shed

| Tool | Kind | Price | Weight | Bought | Works |
|---|---|---|---|---|---|
| Drill A | drill | £19 | 1.8 kg | 2 May 2024 | yes |
| Drill B | drill | £14 | 2.1 kg | 7 March 2021 | no |
| Saw | saw | £1,250 | 31 kg | 9 June 2019 | yes |
| Plane | plane | on request | 2.4 kg | 1 July 2023 | yes |
| File | file | £14 | 300 g | 3 July 2023 | no |
"""
PAPERS = """# Papers to bring

Bring these papers:

- a passport
- the ticket
- the form
"""
FEES = """# Fees

| Part | Amount |
|---|---|
| Rent | 1.200,50 € |
| Heat | 38,90 € |
| Water | 60,60 € |
| Total | 1.300,00 € |
"""
LOG = """# Jobs

| Job | Who | Done | Cost |
|---|---|---|---|
| Boiler | Ann | 2 May 2024 | £184 |
| Window | Bob | 7 May 2024 | £20 |
| Tap | Ann | | £15 |
| Lamp | Eve | 9 May 2024 | £1 |
| Total | | | £220 |
| Budget | | | £900 |
"""
VANS = """# Vans

| | Small van | Long van | Luton |
|---|---|---|---|
| Per hour | £9.50 | £12.00 | £17.50 |
| Payload | 650 kg | 1,150 kg | 950 kg |
| Length | 2.4 m | 3.4 m | 4.0 m |
| Seats | | 3 seats | 2 seats |
"""
BOATS = """# Boats

| Boat | Speed | Crew | Kind |
|---|---|---|---|
| Elm | 12 | 4 | sloop |
| Oak | 19 | 2 | sloop, ketch |
| Ash | 9 | 3 | ketch |
"""
SHOP = """# Shop

## Foam

| Item | Maker | Price | Note |
|---|---|---|---|
| Sheet | Wrekin | £34 | |
| Block | Wrekin | £41 | thick |

## Wadding

| Item | Maker | Price |
|---|---|---|
| Roll | Wrekin | £38 |
| Bale | Onny | £12 |
| Bag | Onny | £16 |

## Fees 2024

| Fee | Amount |
|---|---|
| Delivery | £9 |
| Storage | £30 |

## Fees 2025

| Fee | Amount |
|---|---|
| Delivery | £11 |
| Storage | £35 |
"""
BOOK = """# Cash book

| Date | What | Kind | Paid | Had |
|---|---|---|---|---|
| 1 May 2025 | Tap, for the tenant | REP | £88 | |
| 2 May 2025 | Rent of May | RENT | | £925 |
| 3 May 2025 | Lock, an urgent repair | REP | £78 | |
| 4 May 2025 | Door | DOOR | £20 | |
"""
GIFTS = """# Gifts

| Day | Donor | Amount |
|---|---|---|
| 2 May 2025 | Rotary | £600 |
| 3 May 2025 | Mrs Dale | £800 |
| 9 May 2025 | Rotary | £900 |
| 9 May 2025 | Anon | £12.50 |
"""
CARTS = """# Carts

## Sizes

| Feature | Small cart | Long cart |
|---|---|---|
| Length | 2.4 m | 3.4 m |
| Wheels | 2 wheels | 4 wheels |

## Loads

| Feature | Small cart | Long cart |
|---|---|---|
| Payload | 650 kg | 1,150 kg |
| Straps | 6 straps | 8 straps |
"""
LIKE = {"cheapest": "price", "heaviest": "weight", "cost": "price", "first": "bought"}
LIKE |= {"fastest": "fast speed", "slowest": "slow speed"}


def embed(texts):
    """Vectors in which each word has a place of its own; one text alone is nothing but its words.

    The trained models of phrases then go by the words, since these vectors mean nothing to them.
    """
    rows = np.zeros((len(texts), 768), dtype=np.float32)
    if len(texts) == 1:
        return rows
    places = {}
    for row, text in enumerate(texts):
        words = " ".join(LIKE.get(word, word) for word in re.findall(r"\w+", text.lower()))
        for stem in content_stems(words):
            rows[row, places.setdefault(stem, len(places))] = 1
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    docs = folder / "docs"
    docs.mkdir()
    texts = {"tools": TOOLS, "papers": PAPERS, "fees": FEES, "log": LOG, "vans": VANS}
    texts |= {"boats": BOATS, "shop": SHOP, "book": BOOK, "gifts": GIFTS}
    texts["carts"] = CARTS
    for name, text in texts.items():
        (docs / f"{name}.md").write_text(text, "utf-8", newline="")
    with open_at(folder / "l.sqlite") as opened:
        refresh(opened, docs, FakeEmbedder())
        yield opened


def ask(library, question, kind, *, of="Drill A", share=1.0, checker=None, **others):
    """What is computed where the reader stops at the words `of`."""
    hits = [
        Hit(passage=passage, score=0.5, dense_rank=1, lexical_rank=None)
        for passage in library.passages(range(1, library.passage_count() + 1))
    ]
    hits.sort(key=lambda hit: of not in hit.passage.text)
    passage = hits[0].passage
    start = passage.start + passage.text.index(of)
    span = Span(passage=passage, start=start, end=start + 1, score=1.0, no_answer_score=0.0)
    best = Candidate(span=span, hit=hits[0], score=1.0)
    kinds = dict.fromkeys(KINDS, 0.0) | {kind: share} | others
    (row,) = embed([question])
    return compute(library, embed, question, row, kinds, [best], hits, checker)


def rows_shown(answer):
    return [sentence.cells[0][1] for sentence in answer.sentences if sentence.kind == "row"]


def test_the_lowest_names_what_was_left_out_and_shows_ties(library):
    answer = ask(library, "Which tool is the cheapest?", "lowest")
    assert answer.short_answer == "Drill B; File"
    assert answer.sentences[0].text == (
        "Drill B, File: Price £14, the lowest of 5 rows; "
        "1 row without a value left out (“on request”)."
    )
    assert rows_shown(answer) == ["Drill B", "File"]
    assert (answer.status, answer.answer_kind) == ("answered", "extreme")


def test_an_extreme_is_doubted_where_its_opposite_is_nearly_as_likely(library):
    sure = ask(library, "Which tool is the heaviest?", "highest")
    doubted = ask(library, "Which tool is the heaviest?", "highest", share=0.6, lowest=0.2)
    assert doubted.short_answer == sure.short_answer
    assert doubted.confidence == pytest.approx(0.75 * sure.confidence)


def test_units_are_made_one_before_they_are_compared(library):
    answer = ask(library, "Which tool is the heaviest?", "highest")
    assert answer.short_answer == "Saw"


def test_the_line_is_computed_and_cites_all_rows_and_these_are_word_for_word(library):
    answer = ask(library, "How many drills are there?", "count")
    line, *rows = answer.sentences
    assert (line.kind, line.verbatim, line.citations) == ("computed", False, (1,))
    assert answer.is_computed
    whole, *own = answer.citations
    assert (whole.place, whole.row, whole.last_row) == ("rows 1–5", 1, 5)
    assert [row.citations for row in rows] == [(2,), (3,)]
    assert [citation.row for citation in own] == [1, 2]
    for citation in answer.citations:
        text = library.text(citation.document_id)
        assert text[citation.start : citation.end] == citation.quote
    assert all(row.text == citation.quote for row, citation in zip(rows, own, strict=True))


def test_a_condition_is_said_and_picks_the_rows(library):
    answer = ask(library, "How many tools are drills?", "count")
    assert (answer.short_answer, rows_shown(answer)) == ("2", ["Drill A", "Drill B"])
    assert answer.sentences[0].text == "2 of 5 rows: Kind drill."


def test_a_column_of_yes_and_no_is_asked_by_its_name(library):
    works = ask(library, "Which tools work?", "filter")
    assert rows_shown(works) == ["Drill A", "Saw", "Plane"]
    broken = ask(library, "tools that do not work", "filter")
    assert broken.short_answer == "Drill B; File"
    assert broken.answer_kind == "list"


@pytest.mark.parametrize(
    ("cells", "failed"), [(("y", "n", "–", ""), {1}), (("y", "", "–", "y"), {1, 2})]
)
def test_a_dash_says_no_only_where_no_other_cell_does(tmp_path, cells, failed):
    """Beside an "n" it says that nobody was asked."""
    rows = "".join(f"| Kern {number} | {cell} |\n" for number, cell in enumerate(cells))
    text = f"# Members\n\n| Member | Swim test |\n|---|---|\n{rows}"
    with library_of_files(tmp_path, {"members.md": text}) as library:
        table = table_of(library, "members.md")
        selected = select_rows("swim test not done", None, table, frozenset())
        assert set(selected.rows) == failed
        assert set(select_rows("with a swim test", None, table, frozenset()).rows) == {
            number for number, cell in enumerate(cells) if cell == "y"
        }


def test_numbers_and_dates_are_compared(library):
    assert rows_shown(ask(library, "tools under 15 pounds", "filter")) == ["Drill B", "File"]
    assert rows_shown(ask(library, "tools under 500 g", "filter")) == ["File"]
    late = ask(library, "Which tools were bought after 1 July 2023?", "filter")
    assert rows_shown(late) == ["Drill A", "File"]
    assert rows_shown(ask(library, "tools bought in July", "filter")) == ["Plane", "File"]


@pytest.mark.parametrize("days", [("Mon", "Tue"), ("Mon.", "Tues"), ("monday", "Thurs")])
def test_times_of_several_days_do_not_compare(tmp_path, days):
    rows = f"{days[0]},9:10,Bus A\n{days[1]},8:40,Bus B\n"
    with library_of_files(tmp_path, {"buses.csv": f"Day,Leaves,Bus\n{rows}"}) as library:
        assert ask(library, "Which bus leaves first?", "earliest", of="Bus") is None
    same = rows.replace(days[1], days[0])
    (tmp_path / "same").mkdir()
    with library_of_files(tmp_path / "same", {"buses.csv": f"Day,Leaves,Bus\n{same}"}) as library:
        assert ask(library, "Which bus leaves first?", "earliest", of="Bus").short_answer


def test_the_earliest_goes_by_dates(library):
    assert ask(library, "Which tool was bought first?", "earliest").short_answer == "Saw"


def test_a_sum_leaves_out_the_row_that_adds_up_the_others(library):
    answer = ask(library, "What is the amount of all parts together?", "sum", of="Rent")
    assert answer.short_answer == "1.300,00 €"
    assert rows_shown(answer) == ["Rent", "Heat", "Water"]


def test_an_average_is_the_sum_by_how_many_rows_have_a_value(library):
    answer = ask(library, "What do the parts of the fees cost on average?", "sum", of="Rent")
    assert answer.short_answer == "433,33 €"
    assert answer.sentences[0].text.startswith("433,33 €: the average of Amount over 3 rows")
    asked = ask(library, "what did the jobs cost on average", "sum", of="Boiler")
    assert asked.short_answer == "£55"  # a whole number stays one


def test_items_of_a_list_are_counted(library):
    answer = ask(library, "How many papers must I bring?", "count", of="passport")
    assert (answer.short_answer, answer.sentences[0].text) == ("3", "3 items, counted.")
    assert [s.text for s in answer.sentences[1:]] == ["a passport", "the ticket", "the form"]
    assert answer.sentences[0].citations == (1,)
    assert len(answer.citations) == 1


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which tool is the quietest?", "lowest"),  # no such column
        ("How many batteries do the drills take?", "count"),  # what nothing in the table is like
        ("How many Bosch tools are there?", "count"),  # a name that is not there
        ("What does the saw cost?", "lowest"),  # one row
        ("Which tools are for wood?", "filter"),  # no condition
        ("tools under 15 miles", "filter"),  # no column has such a unit
    ],
)
def test_what_the_table_does_not_say_is_not_computed(library, question, kind):
    assert ask(library, question, kind) is None


def test_a_question_of_another_kind_is_not_computed(library):
    assert ask(library, "Which tool is the cheapest?", "short") is None


def test_the_column_is_the_one_that_the_checker_takes(library):
    question = "Which tool was the biggest bargain?"
    assert ask(library, question, "lowest") is None, "no word of it is like a column's"
    answer = ask(library, question, "lowest", checker=Judging({"Column Price": 0.9}))
    assert answer.short_answer == "Drill B; File"
    unsure = Judging({"Column Price": 0.2})
    assert ask(library, question, "lowest", checker=unsure) is None


def test_two_columns_that_are_as_likely_are_told(library):
    both = Judging({"Column Price": 0.9, "Column Weight": 0.85})
    answer = ask(library, "Which tool is the most?", "highest", checker=both)
    assert answer.sentences[0].text.endswith("taken: the column Price.")


def test_one_cell_is_not_counted(library):
    assert ask(library, "How many kg is the weight of Drill A?", "count") is None


def test_one_cell_is_not_a_choice_of_rows(tmp_path):
    """Values that are many by their name ("costs") look like things that meet a condition."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "years.csv").write_text("Year,Income,Costs\n2002,114,90\n2003,121,95\n2004,128,95\n")
    with open_at(tmp_path / "l.sqlite") as library:
        refresh(library, folder, FakeEmbedder())
        assert ask(library, "What were the costs in 2003?", "filter", of="2003") is None
        answer = ask(library, "Which years had costs of 95?", "filter", of="2003")
        assert rows_shown(answer) == ["2003", "2004"]


def test_with_another_embedder_the_phrases_go_by_their_words(tmp_path):
    """Its vectors are of another length: 16 numbers, where those of the training have 768."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "pay.csv").write_text("Name,Team\nAnn,Red\nBo,Blue\nCy,Red\n")
    library = fill_library(tmp_path / "library.sqlite", folder, FakeEmbedder())
    hit = Hit(passage=library.passages([1])[0], score=0.5, dense_rank=1, lexical_rank=None)
    answer = compute(
        library,
        FakeEmbedder().embed,
        "How many names are in team Red?",
        None,
        dict.fromkeys(KINDS, 0.0) | {"count": 1.0},
        [],
        [hit],
    )
    assert answer is None or answer.short_answer == "2"


@pytest.mark.parametrize(
    ("name", "text", "question", "kind", "short"),
    [
        pytest.param(
            "plots.csv",
            "Plot,Shed\n1,yes\n2A,no\n2B,yes\n3,no\n4,no\n5,no\n6,no\n7,no\n",
            "How many plots have a shed?",
            "count",
            "2",
            id="numbers with letters are names",
        ),
        pytest.param(
            "log-2024.csv",
            "Box,Kind,Eggs\nK1,wren,7\nK2,robin,9\nK3,wren,6\n",
            "Which box of the 2024 log has the most eggs?",
            "highest",
            "K2",
            id="a year that the table is called by",
        ),
        pytest.param(
            "coffee machine.csv",
            "Drink,Beans\nEspresso,9 g\nCoffee,11 g\nMug,14 g\n",
            "Which drink of the coffee machine has the most beans?",
            "highest",
            "Mug",
            id="what the table is about is no row",
        ),
        pytest.param(
            "log.csv",
            "Box,Ringer,Remarks\nK1,Ann,\nK2,Bo,second brood\nK3,Ann,\nK4,Cy,\n",
            "How many broods did Ann ring?",
            "count",
            "2",
            id="what is counted is no condition where it leaves nothing",
        ),
        pytest.param(
            "log.csv",
            "Own/hire,Who,Miles\nown,We,1486\nhire,Ann,1377\nhire,Bo,912\nhire,Cy,20\n",
            "Which hire did the most miles?",
            "highest",
            "Ann",
            id="what a column's name lets it say is a condition, though most rows say it",
        ),
        pytest.param(
            "log.csv",
            "Own/hire,Who,Nights\nown,We,3\nhire,Ann,2\nown,Bo,4\nhire,Cy,7\n",
            "How many nights were our own?",
            "count",
            "7",
            id="how many nights is their sum where several rows are meant",
        ),
        pytest.param(
            "trips.csv",
            "What,Where\ndrive,Skelby + back\ntaxi,Skelby\ndrive,Skelby for Ann\ndrive,Marl\n",
            "How many drives were to Skelby?",
            "count",
            "2",
            id="cells that say more are meant where no row has the name alone",
        ),
        pytest.param(
            "claims.csv",
            "What,Month\ntaxi,Oct\nof which Oct,\ntrain,Oct\nhotel,Sep\n",
            "How many claims in Oct?",
            "count",
            "2",
            id="of two columns that have the same word the one with more rows is meant",
        ),
        pytest.param(
            "bookings.csv",
            "Guest,Via,Status\nRudd,Staylake,stayed\nPell,direct,booked\nQuill,Staylake,cancelled\n",
            "How many bookings came through Staylake?",
            "count",
            "2",
            id="what the table is about is no cell where that leaves nothing",
        ),
        pytest.param(
            "costs.csv",
            "Date,Kind,Costs\n2025-10-14,Gas,63\n2026-01-20,Gas,31\n2026-03-02,Gas,64\n2025-11-02,Tax,9\n",
            "What did gas come to from oct to jan?",
            "sum",
            "94",
            id="months from one year to the next are a condition",
        ),
        pytest.param(
            "costs 2024.csv",
            "Date,Kind,Costs\n2024-01-05,Gas,63\n5 Feb,Gas,31\n17 May,Gas,64\n2024-06-01,Tax,9\n",
            "How many rows of gas in 2024?",
            "count",
            "3",
            id="a date without a year is of the year that the table is called by",
        ),
        pytest.param(
            "log.csv",
            "No,Who,Where,Miles\n1a,We,Devon,1486\n2,Ann,Fife,13\n3,Ann,Kent,91\n4,Bo,Bute,20\n",
            "Which trip had the most miles?",
            "highest",
            "Devon",
            id="a row is called by its words rather than by its mere number",
        ),
    ],
)
def test_words_of_the_question_that_are_no_condition(tmp_path, name, text, question, kind, short):
    with library_of_files(tmp_path, {name: text}) as library:
        answer = ask(library, question, kind, of=text.splitlines()[2].split(",")[0])
        assert answer is not None
        assert answer.short_answer == short


def test_a_cell_that_denies_is_named_and_not_denied(tmp_path, monkeypatch):
    """Of the real question the embedding says that something lacks; these vectors say nothing."""
    monkeypatch.setattr("rag.answering.rows.conditions._SURELY_LACKING", 0.55)
    text = "Prop,Hire\nHeron,not for hire\nThrone,£40\nClock,£20\nOar,not for hire\n"
    with library_of_files(tmp_path, {"props.csv": text}) as library:
        answer = ask(library, "How many props are not for hire?", "count", of="Throne")
        assert answer.sentences[0].text == "2 of 4 rows: Hire not for hire."


class JudgingRows:
    """A checker that takes each row to be meant, or not meant, as surely as it is told.

    And of the columns those that are named to it.
    """

    def __init__(self, supported, contradicted, *columns):
        self.shares = [supported, contradicted, 1 - supported - contradicted]
        self.columns = columns

    def probabilities(self, pairs):
        return np.array([self._judge(text) for _, text in pairs], dtype=np.float32)

    def _judge(self, text):
        kind, said = text.split(" ", 1)
        if kind == "Row":
            return self.shares
        assert kind == "Column"
        return [0.6, 0.0, 0.4] if said.startswith(self.columns or ("no such",)) else [0.0, 0.0, 1.0]


def test_the_checker_says_whether_rows_are_counted_despite_words_that_the_table_lacks(library):
    listed, noisy = "How many Bosch drills are there?", "How many drills are noisy?"
    assert ask(library, listed, "count") is None
    assert ask(library, listed, "count", checker=JudgingRows(0.8, 0.1)).short_answer == "2"
    assert ask(library, noisy, "count").short_answer == "2"
    assert ask(library, noisy, "count", checker=JudgingRows(0.5, 0.4)).short_answer == "2"
    assert ask(library, noisy, "count", checker=JudgingRows(0.1, 0.8)) is None


SALES = """Date,Market,Product,Sold,Price £,Remarks
6 April 2024,Kelderby,Blossom 340 g,18,6.50,
6 April 2024,Kelderby,Candle,7,5.00,
20 April 2024,Kelderby,Blossom 340 g,8,6.50,
20 April 2024,Kelderby,Heather 340 g,11,9.00,rain all day
5 May 2024,Port Ansel,Blossom 340 g,24,6.50,
5 May 2024,Port Ansel,Heather 340 g,6,9.00,
5 May 2024,Port Ansel,Large jar 454 g,4,8.00,
"""


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("how many heather did I sell", "17: the sum of Sold over the 2 rows with Product"),
        ("how many jars of heather did I sell", "17: the sum of Sold over the 2 rows with Product"),
        ("how many markets had blossom", "3 of 7 rows: Product with “Blossom”"),
        ("how many days at Kelderby", "2: the different values of Date in the 4 rows with Market"),
        ("how many dates at Kelderby", "2: the different values of Date in the 4 rows with Market"),
        ("how many times did I sell heather", "2 of 7 rows: Product with “Heather”"),
        ("how many different markets had blossom", "2: the different values of Market in"),
        ("how many days at Port Ansel", "1: the different values of Date in the 3 rows"),
        ("how many blossom and heather did I sell", "67: the sum of Sold over the 5 rows"),
        ("how many blossom did each market sell", "50: the sum of Sold over the 3 rows"),
    ],
)
def test_how_many_asks_for_rows_for_what_they_add_up_to_or_for_what_they_have(
    tmp_path, question, line
):
    with library_of_files(tmp_path, {"sales.csv": SALES}) as library:
        judge = JudgingRows(0.8, 0.1, "Sold")
        answer = ask(library, question, "count", of="Blossom", checker=judge)
        assert answer.sentences[0].text.startswith(line)


def test_how_many_adds_up_no_prices(tmp_path):
    with library_of_files(tmp_path, {"sales.csv": SALES}) as library:
        judge = JudgingRows(0.8, 0.1, "Price")
        question = "how many blossom went at Kelderby"
        answer = ask(library, question, "count", of="Blossom", checker=judge)
        assert answer.sentences[0].text.startswith("2 of 7 rows")


def test_the_checker_knows_whose_rows_are_meant_but_not_which_of_them_is_first(library):
    question = "the Bosch of the drills"
    assert ask(library, question, "filter", checker=JudgingRows(0.9, 0.1)) is None


def test_a_column_that_words_and_checker_mean_is_as_certain_as_both_on_average(library):
    """The checker's 0.2 is a certainty of 0.2, that of the name of the column 1."""
    question = "Which tool has the highest price?"
    unsure = Judging({"Column Price": 0.2})
    answer = ask(library, question, "highest", checker=unsure)
    assert answer.short_answer == "Saw"
    assert answer.confidence == pytest.approx(0.6, abs=0.05)
    strange = "Which Bosch tool has the highest price?"
    assert ask(library, strange, "highest", checker=unsure) is None


def test_a_column_called_by_its_whole_name_is_taken_though_the_checker_prefers_another(library):
    checker = Judging({"Column Price": 0.5, "Column Weight": 0.6})
    answer = ask(library, "Which tool has the highest price?", "highest", checker=checker)
    assert answer.sentences[0].text.startswith("Saw: Price £1,250, the highest of 5 rows")


def test_a_table_of_one_row_is_not_counted(tmp_path):
    text = "# Centre\n\n| Centre | Report |\n|---|---|\n| Wexham | 2026/11 |\n"
    with library_of_files(tmp_path, {"page.md": text}) as opened:
        assert ask(opened, "How many centres are there?", "count", of="Wexham") is None


def test_a_word_for_an_extreme_needs_hardly_any_probability_of_its_kind(library):
    found = ask(library, "Which tool is the cheapest?", "lowest", share=0.05)
    assert found.short_answer == "Drill B; File"
    assert ask(library, "How many tools are there?", "count", share=0.05) is None
    rival = ask(library, "Which tool is the cheapest?", "lowest", share=0.05, highest=0.09)
    assert rival is None or rival.short_answer != "Drill B; File", "the likeliest alone"


def test_an_article_is_no_letter_of_a_name(library):
    assert rows_shown(ask(library, "Which drills have a weight over 1 kg?", "filter")) == [
        "Drill A",
        "Drill B",
    ]
    assert ask(library, "what is the lowest price of drill a", "lowest") is None, "one row"


def test_a_number_of_the_heading_is_no_part_of_the_question(tmp_path):
    text = (
        "# 3 wrens\n\n| Box | Eggs |\n|---|---|\n| K1 | 7 |\n| K2 | 9 |\n| K4 | 6 |\n| K5 | 2 |\n"
    )
    with library_of_files(tmp_path, {"log.md": text}) as library:
        assert ask(library, "Which box has the most eggs?", "highest", of="K1") is not None
        assert ask(library, "Which 3 wrens had the most eggs?", "highest", of="K1") is None


def test_numbers_that_count_up_add_up_nothing(tmp_path):
    """1 + 2 = 3."""
    rooms = "| Room | Lift |\n|---|---|\n| Room 1 | y |\n| Room 2 | n |\n| Room 3 | y |\n"
    pets = "| Pet | Homes |\n|---|---|\n| cat | 1 |\n| dog | 2 |\n| both | 3 |\n"
    with library_of_files(tmp_path, {"rooms.md": rooms, "pets.md": pets}) as library:
        assert len(table_of(library, "rooms.md").rows) == 3
        assert len(table_of(library, "pets.md").rows) == 2


def test_what_stands_below_a_total_is_left_out_with_it(library):
    answer = ask(library, "How many jobs are there?", "count", of="Boiler")
    assert (answer.short_answer, rows_shown(answer)) == ("4", ["Boiler", "Window", "Tap", "Lamp"])
    assert ask(library, "What did the jobs cost?", "sum", of="Boiler").short_answer == "£220"


def test_a_denial_of_what_the_table_does_not_tell_computes_nothing(library):
    assert ask(library, "Which tools work?", "count") is not None
    assert ask(library, "How many tools do not squeak?", "count") is None


def test_the_columns_of_a_table_of_properties_are_compared(library):
    answer = ask(library, "Which van has the highest payload?", "highest", of="650 kg")
    assert answer.sentences[0].text == "Long van: Payload 1,150 kg, the highest of 3 columns."
    (row,) = (sentence for sentence in answer.sentences if sentence.kind == "row")
    assert row.cells[0][1] == "Payload"
    seats = ask(library, "Which van has the highest seats?", "highest", of="650 kg")
    assert rows_shown(seats) == ["Seats"]


def test_of_speeds_the_fastest_is_the_highest_though_it_is_asked_like_a_time(library):
    answer = ask(library, "Which boat is the fastest?", "lowest", of="sloop")
    assert answer.sentences[0].text == "Oak: Speed 19, the highest of 3 rows."
    assert (
        ask(library, "Which boat has the lowest speed?", "lowest", of="sloop").short_answer == "Ash"
    )


def test_what_is_one_of_several_things_in_a_cell_is_named_too(library):
    answer = ask(library, "How many boats are sloops?", "count", of="sloop")
    assert rows_shown(answer) == ["Elm", "Oak"]
    assert answer.sentences[0].text == "2 of 3 rows: Kind sloop."


def test_the_tables_of_a_document_that_have_the_same_columns_are_one(library):
    cheapest = ask(library, "Which item is the cheapest?", "lowest", of="Sheet")
    assert cheapest.sentences[0].text == "Bale: Price £12, the lowest of 5 rows."
    whole = ask(library, "What do all Wrekin items cost together?", "sum", of="Sheet")
    assert whole.short_answer == "£113"
    assert rows_shown(whole) == ["Sheet", "Block", "Roll"]


def test_of_a_part_whose_heading_the_question_has_only_its_rows_are_meant(library):
    cheapest = ask(library, "Which foam item is the cheapest?", "lowest", of="Sheet")
    assert cheapest.sentences[0].text == "Sheet: Price £34, the lowest of 2 rows."


def test_tables_of_two_years_are_not_one(library):
    fees = ask(library, "What do the fees 2024 cost together?", "sum", of="Delivery | £9")
    assert fees.short_answer == "£39"


def test_a_word_that_cells_shorten_to_capitals_is_what_they_say(library):
    repairs = ask(library, "What did the repairs cost together?", "sum", of="Tap")
    assert repairs.sentences[0].text.startswith(
        "£166: the sum of Paid over the 2 rows with Kind REP"
    )


def test_a_column_that_is_empty_in_the_rows_that_are_meant_is_not(library):
    rent = ask(library, "What was the RENT of May together?", "sum", of="Rent of May")
    assert rent is None  # one value is no sum, and no other column has one


def test_the_slowest_has_the_least_speed(library):
    answer = ask(library, "Which boat is the slowest?", "lowest", of="Elm")
    assert answer.sentences[0].text == "Ash: Speed 9, the lowest of 3 rows."


def test_what_a_row_is_called_is_no_date(library):
    answer = ask(library, "Which was paid the most?", "highest", of="Tap")
    assert answer.sentences[0].text.startswith("Tap, for the tenant: Paid £88")


class Neither:
    """A checker by which no row says anything of what is asked."""

    def probabilities(self, pairs):
        return np.array([[0.02, 0.01, 0.97]] * len(pairs), dtype=np.float32)

    def make_ready(self):
        pass


def test_a_count_of_rows_that_say_nothing_of_it_is_less_certain(library):
    sure = ask(library, "How many jobs are there?", "count", of="Boiler")
    unsure = ask(library, "How many jobs are there?", "count", of="Boiler", checker=Neither())
    assert unsure.confidence == pytest.approx(0.6 * sure.confidence)


def test_who_has_most_altogether_has_the_highest_sum(library):
    most = ask(library, "Which donor gave the highest amount altogether?", "highest", of="Rotary")
    assert (
        most.sentences[0].text == "Rotary: £1,500, the highest sum of Amount by Donor over 4 rows."
    )
    assert most.short_answer in ("Rotary", "£1,500")
    assert len(rows_shown(most)) == 2
    single = ask(library, "Which donor gave the highest amount?", "highest", of="Rotary")
    assert single.sentences[0].text == "Rotary: Amount £900, the highest of 4 rows."


@pytest.mark.parametrize(
    ("rows", "operation", "expected"),
    [
        ("A|1 B|2 A|4", "highest", ((0, 2), 5)),
        ("A|1 B|2 A|4", "lowest", ((1,), 2)),
        ("A|1 B|2 C|4", "highest", None),
        ("A|1 A|2", "highest", None),
        ("A|1 B|5 A|4", "highest", None),
        ("A|1kg B|5m A|4kg", "highest", None),
        ("A|0:01:10 B|0:02:00 A|0:03:00", "highest", None),
    ],
    ids=["most", "least", "each name once", "one name", "alike", "other units", "durations"],
)
def test_sums_by_name(tmp_path, rows, operation, expected):
    table = "| Who | Sum |\n|---|---|\n" + "".join(
        f"| {name} | {amount} |\n" for name, amount in (row.split("|") for row in rows.split())
    )
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "sums.md").write_text(table, "utf-8", newline="")
    with open_at(tmp_path / "l.sqlite") as opened:
        refresh(opened, docs, FakeEmbedder())
        (found,) = tables_in(table, opened.blocks(1), 1, [(0, len(table))], "sums.md")
    words = words_found("", found)
    selection = Selection(
        rows=tuple(range(len(found.rows))),
        conditions=(),
        said="",
        used=frozenset(),
        left=(),
        unplaced=0,
        words=words,
    )
    target = Target(column=1, certainty=1.0, rival=None, meant=frozenset(), is_age=False)
    assert extreme_total(found, selection, target, operation) == expected


def test_a_table_of_properties_in_sections_is_asked_of_its_columns(library):
    answer = ask(library, "Which cart has the highest payload?", "highest", of="Wheels")
    assert answer.sentences[0].text == "Long cart: Payload 1,150 kg, the highest of 2 columns."


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("who gave the most altogether", ("altogether",)),
        ("who worked the fewest hours in all", ("all",)),
        ("who owes the most overall", ("overall",)),
        ("dearest meal i claimed", ()),
        ("most expensive meal", ()),
        ("biggest bill", ()),
        ("longest own trip in days", ()),
    ],
)
def test_only_a_word_that_asks_for_a_sum_by_itself_makes_an_extreme_one_of_sums(question, words):
    assert words_for_sums(question) == words


JOBS = """Job,Who,Kind,Remark
J1,Ann,lamp,urgent since May
J2,Bo,drill,
J3,Ann,lamp,
J4,Ann,saw,urgent since June
J5,Bo,lamp,
J6,Cy,drill,
"""


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("how many urgent jobs are there", "2 of 6 rows: Remark with “urgent”"),
        ("how many lamps and drills are there", "5 of 6 rows: Kind lamp or drill"),
        ("how many are urgent for Ann", "2 of 6 rows: Who Ann, Remark with “urgent”"),
        ("how many urgent are there", "2 of 6 rows: Remark with “urgent”"),
    ],
)
def test_an_adjective_is_a_condition_though_it_stands_where_what_is_counted_does(
    tmp_path, question, line
):
    with library_of_files(tmp_path, {"jobs.csv": JOBS}) as library:
        answer = ask(library, question, "count", of="J1")
        assert answer.sentences[0].text.startswith(line)


@pytest.mark.parametrize(
    "prices", [("£5", "5", "£5"), ("2 h", "2 h", "2"), ("1 day", "2 days", "2 days")]
)
def test_a_unit_that_is_left_out_makes_no_names_of_numbers(tmp_path, prices):
    rows = "".join(f"T{place},{price}\n" for place, price in enumerate(prices))
    with library_of_files(tmp_path, {"t.csv": f"Thing,Price\n{rows}"}) as library:
        assert table_of(library, "t.csv").kind(1) == "number"


@pytest.mark.parametrize(
    ("name", "text", "question", "kind"),
    [
        pytest.param(
            "flats.csv",
            "Name,Type,District\nAsh,flat,Altstadt\nElm,house,Nordend\nOak,villa,Nordend\nBay,flat,West\n",
            "How many flats are there in Nordend?",
            "count",
            id="a cell with the very word is meant, though no row is left",
        ),
        pytest.param(
            "bookings.csv",
            "Guest,Via,Status\nRudd,Staylake,stayed\nPell,direct,booked\nQuill,Staylake,cancelled\n",
            "How many bookings through Staylake are still booked?",
            "count",
            id="so is one whose very word is typed as well",
        ),
    ],
)
def test_words_that_are_a_condition_leave_no_row(tmp_path, name, text, question, kind):
    with library_of_files(tmp_path, {name: text}) as library:
        assert ask(library, question, kind, of=text.splitlines()[2].split(",")[0]) is None


def test_months_of_two_winters_are_not_added_up(tmp_path):
    rows = "2025-10-14,Gas,63\n2025-01-20,Gas,31\n2026-03-02,Gas,64\n2025-11-02,Tax,9\n"
    with library_of_files(tmp_path, {"costs.csv": f"Date,Kind,Costs\n{rows}"}) as library:
        assert ask(library, "What did gas come to from oct to jan?", "sum", of="2025-01-20") is None
