"""Values that a question names, and how they are compared."""

import pytest

from rag.answering.rows.mentions import mentions_in
from rag.answering.rows.values import column_values, of_no_year


@pytest.mark.parametrize(
    ("question", "comparison", "low", "unit"),
    [
        ("flats under 900 euros", "less", 900, "euros"),
        ("Which printers cost more than £200?", "more", 200, "£"),
        ("with at least 3 years of warranty", "at_least", 3, "years"),
        ("tents for up to four people", "at_most", 4, "people"),
        ("3 room flats", "equal", 3, "room"),
        ("lighter than 2,5 kg", "less", 2.5, "kg"),
        ("less than 20% of it", "less", 20, "%"),
        ("less than 10% less", "less", 10, "%"),
    ],
)
def test_a_number_has_its_comparison_and_unit(question, comparison, low, unit):
    (mention,) = mentions_in(question)
    assert (mention.comparison, mention.value.low, mention.value.unit) == (comparison, low, unit)


def test_dates_and_times_are_no_numbers():
    (day,) = mentions_in("payments due after 14 March 2026")
    assert (day.value.kind, day.comparison, day.has_year) == ("date", "more", True)
    (month,) = mentions_in("sown in April")
    assert (month.value.high - month.value.low, month.has_year) == (29, False)
    (time,) = mentions_in("acts that begin before 18:00")
    assert (time.value.kind, time.value.low, time.comparison) == ("time", 64_800, "less")


@pytest.mark.parametrize("written", ["8.30pm", "8:30 pm", "8.30 p.m.", "20:30"])
def test_half_an_hour_is_written_with_a_colon_or_a_full_stop(written):
    (time,) = mentions_in(f"acts that begin before {written}")
    assert (time.value.kind, time.value.low) == ("time", 20.5 * 3600)


def test_two_ends_are_compared_apart():
    low, high = mentions_in("between 5 and 10 kg")
    assert (low.comparison, high.comparison) == ("at_least", "at_most")


def test_a_short_month_in_small_letters_is_a_word():
    assert mentions_in("how many nights may guests stay") == []


@pytest.mark.parametrize(
    ("question", "said", "days", "has_year"),
    [
        ("what did we spend jan to june", "jan to june", 182, False),
        ("spent between 3 May and 10 May", "between 3 May and 10 May", 8, False),
        ("spent from january until march", "from january until march", 91, False),
        ("sales, Jan - March 2023", "Jan - March 2023", 90, True),
        ("from 29 Feb to 3 March 2023", "from 29 Feb to 3 March 2023", 4, True),
        ("from oct 2024 to jan", "from oct 2024 to jan", 123, True),
        ("from oct to jan 2025", "from oct to jan 2025", 123, True),
    ],
)
def test_two_dates_are_a_period_with_both_its_ends(question, said, days, has_year):
    """1904, in which dates without a year are, has 366 days; 2023 has 365."""
    (period,) = mentions_in(question)
    assert question[period.start : period.end] == said
    assert period.value.high - period.value.low + 1 == days
    assert (period.comparison, period.certainty) == ("equal", 1.0)
    assert (period.is_period, period.has_year) == (True, has_year)


@pytest.mark.parametrize(
    "question",
    [
        "paid in march and april",
        "from 3 may 2024 to june 2023",
        "between 2021 and 2023",
        "moved from 12 May to 3 May",
    ],
)
def test_two_dates_that_are_no_period_stay_two(question):
    assert [each.is_period for each in mentions_in(question)] == [False, False]


def test_a_period_goes_over_the_new_year():
    (period,) = mentions_in("spent from november to february")
    days = column_values(["30 November", "1 January", "1 March"])
    assert [period.holds(of_no_year(day)) for day in days] == [True, True, False]


@pytest.mark.parametrize(
    ("question", "comparison"),
    [("which #urgent jobs took over 3 hours", "more"), ("does issue #4 cost under 50", "less")],
)
def test_a_sign_of_the_question_is_no_number(question, comparison):
    assert mentions_in(question)[-1].comparison == comparison
