"""How tables name things: days by three letters, units in a column's name, totals, close words."""

import numpy as np
import pytest
from fake_models import library_of_files, table_of

from rag.answering.rows.columns import choose_column, meanings
from rag.answering.rows.conditions import select_rows
from rag.answering.rows.words import words_found

FILES = {
    "takings.csv": (
        "Date,Day,Cash,Card,Total,Clients\n2025-09-05,Fri,100,200,300,9\n"
        "2025-09-06,Sat,150,250.5,400.5,12\n2025-09-09,Tues,20,60,80,4\n"
        "2025-09-13,Sat,160,240,400,11\n"
    ),
    "services.csv": "Service,Mins,M,Min.\nTint,120,1,3\nTrim,30,0,2\nPerm,150,2,4\n",
    "plants.csv": "Plant,elev m\nSedum,1200\nSorrel,640\n",
    "budget.csv": (
        "Heading,Spent,Left\nGrants,650,850\nPlayground checks,431,1069\nClerk,100,20\n"
        "Cemetery,1,2\n"
    ),
    "stock.csv": "Ref,Cupboard,Cost\nC1,A,5\nC2,A,7\nC3,B,9\nC4,D,1\nC5,D,2\nC6,C,4\n",
    "light.csv": "Plant,Wants\nSedum,sun\nFern,\nThyme,sun\n",
    "costs.csv": "Heading,Spent\nInsurance,900\nCar tax,160\nCar repairs,310\nFood,80\n",
    "risks.csv": "Hazard,Score\nanglers' lines,9\ncapsize,15\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with library_of_files(tmp_path_factory.mktemp("names"), FILES) as filled:
        yield filled


def rows(library, name, question):
    return select_rows(question, None, table_of(library, name), frozenset()).rows


def summed(library, question, likely, share, others):
    """The column of the takings that is summed, where the checker takes `likely` for it."""
    takings = table_of(library, "takings.csv")
    selection = select_rows(question, None, takings, frozenset())
    found = meanings(
        question, takings, selection, lambda texts: np.eye(len(texts), 64), frozenset()
    )
    judged = np.full(len(takings.columns), others)
    judged[likely] = share
    return choose_column("sum", takings, selection, found, judged)


@pytest.mark.parametrize(
    ("question", "expected"),
    [("what did the saturdays bring", (1, 3)), ("what came in on a tuesday", (2,))],
)
def test_day_of_the_week_is_found_where_cells_shorten_it(library, question, expected):
    assert rows(library, "takings.csv", question) == expected


def test_number_is_held_against_the_unit_that_a_column_is_called(library):
    services = table_of(library, "services.csv")
    assert [services.unit(column) for column in (1, 2, 3)] == ["mins", "", ""]
    assert table_of(library, "plants.csv").unit(1) == "m"
    assert rows(library, "services.csv", "which take at least 2 hours") == (0, 2)
    assert rows(library, "plants.csv", "what grows above 1 km") == (0,)


def test_two_things_that_no_cell_says_together_are_said_of_two_rows(library):
    (condition,) = select_rows(
        "whats left under grants and playground",
        None,
        table_of(library, "budget.csv"),
        frozenset(),
    ).conditions
    assert condition.rows == {0, 1}
    assert condition.words == "Heading Grants or Heading with “Playground”"


def test_word_with_another_first_letter_is_no_slip_of_typing(library):
    risks = table_of(library, "risks.csv")
    assert words_found("our worst danger", risks).asked == ("worst", "danger")
    assert words_found("the captsize", risks).asked == ("capsiz",)


@pytest.mark.parametrize(("likely", "least", "most"), [(4, 0.7, 1.0), (2, 0.0, 0.3)])
def test_column_that_adds_up_others_is_meant_where_none_is_named(library, likely, least, most):
    target = summed(library, "what did the saturdays come to", likely, share=0.2, others=0.1)
    assert target.column == likely
    assert least <= target.certainty < most


@pytest.mark.parametrize("written", ["sat", "sats", "Saturday", "SAT"])
def test_a_day_may_be_shortened_by_who_asks(library, written):
    assert rows(library, "takings.csv", f"how much cash came in on {written}") == (1, 3)


def test_a_column_that_happens_to_say_sun_has_no_days(library):
    assert rows(library, "light.csv", "which plants want sun") == (0, 2)


def test_what_goes_before_a_name_does_not_add_another(library):
    assert rows(library, "costs.csv", "how much was spent on car insurance") == ()


@pytest.mark.parametrize("name", ["Players min", "Pay per hour", "Size L", "Latency ms", "Min."])
def test_what_looks_like_a_unit_may_be_none(tmp_path, name):
    with library_of_files(tmp_path, {"t.csv": f"Thing,{name}\nA,1\nB,2\nC,4\n"}) as library:
        assert table_of(library, "t.csv").unit(1) == ""


def test_a_total_is_not_what_something_else_is_asked_of(library):
    question = "how much did it rain on the saturdays"
    assert summed(library, question, 4, share=0.02, others=0.01).certainty == 0


def test_of_what_is_left_out_beside_what_is_meant_only_that_counts(library):
    asked = "apart from the clerk how much was spent on grants and cemetery"
    assert rows(library, "budget.csv", asked) == (0, 3)
    assert rows(library, "budget.csv", "how many headings not counting playground checks") == (
        0,
        2,
        3,
    )


def test_what_is_not_to_be_counted_is_left_out(library):
    assert rows(library, "budget.csv", "how much was spent not counting grants") == (1, 2, 3)
    assert rows(library, "budget.csv", "what was left apart from the clerk") == (0, 1, 3)
    assert rows(library, "budget.csv", "how much was spent on grants not counting tax") == (0,)


@pytest.mark.parametrize("written", ["cupboard D", "cupboard d", "Cupboard D"])
def test_a_letter_behind_the_name_of_its_column_is_a_cell(library, written):
    assert rows(library, "stock.csv", f"how many lines in {written}") == (3, 4)
    assert rows(library, "stock.csv", "what is a cupboard worth") == (0, 1, 2, 3, 4, 5)
