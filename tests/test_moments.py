"""When a line says that something was said."""

from datetime import date, time

import pytest

from rag.documents.moments import Moment, Period, is_later, moment_in, period_in


@pytest.mark.parametrize(
    ("line", "day", "at"),
    [
        ("Joss, 2026-03-11 21:47", date(2026, 3, 11), time(21, 47)),
        ("2026-03-11", date(2026, 3, 11), None),
        ("On Thu, 24 Sep 2026 at 07:52, Dan wrote:", date(2026, 9, 24), time(7, 52)),
        ("On May 4, 2020, at 1:05 PM, Tom wrote:", date(2020, 5, 4), time(13, 5)),
        ("On 3/25/2026 9:00 AM, Joss wrote:", date(2026, 3, 25), time(9)),
        ("14.05.2020 um 18:00", date(2020, 5, 14), time(18)),
        ("Friday 23 January 2026", date(2026, 1, 23), None),
        ("Monday, January 12, 2026 9:00 PM", date(2026, 1, 12), time(21)),
        ("2026-03-11 at 9:47 p.m.", date(2026, 3, 11), time(21, 47)),
        (
            "On 3 Mar 2026 at 12:05 AM, April Ludgate <june12@x.org> wrote:",
            date(2026, 3, 3),
            time(0, 5),
        ),
    ],
)
def test_day_and_time_are_found_however_they_are_written(line, day, at):
    assert moment_in(line) == Moment(day, at)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "On Mon, Tom wrote:",
        "Tue 5 March at 10:12",  # of which year?
        "On 3/11/2026 9:00 AM, Joss wrote:",  # March or November?
        "04.05.2020 um 18:00",
        "From 2021 we open at 10:00 on these days:",
        "the fee of 2020 is due at 12:00, namely:",
        "2026-13-40 10:00",
        "Flat 12, 4 May Road, 2020",
        "Room 12, 4 May, extension 2020:",
        "4 May 2020 " + "x" * 300,
    ],
)
def test_what_does_not_surely_name_a_day_names_none(line):
    assert moment_in(line) is None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2026-03-11 10:00", "2026-03-10 23:00", True),
        ("2026-03-10 23:00", "2026-03-11 10:00", False),
        ("4 May 2020 1:05 PM", "4 May 2020 11:00 AM", True),
        ("2026-03-11 10:00", "2026-03-11", False),
        ("2026-03-11 10:00", "2026-03-11 10:00", False),
        ("2026-03-11 10:00", "Tom wrote", False),
    ],
)
def test_later_is_only_what_surely_is(first, second, expected):
    assert is_later(moment_in(first), moment_in(second)) is expected


@pytest.mark.parametrize(
    ("line", "first", "last", "has_year"),
    [
        ("Variation No. 1, 3 June 2024", date(2024, 6, 3), date(2024, 6, 3), True),
        ("MEETING OF TUES 21st JANUARY 2025, 7.30pm", date(2025, 1, 21), date(2025, 1, 21), True),
        ("Minutes, 11/3/25", date(2025, 3, 11), date(2025, 11, 3), True),
        ("Prices of February 2024", date(2024, 2, 1), date(2024, 2, 29), True),
        ("29 April", date(2000, 4, 29), date(2000, 4, 29), False),
        ("May 11th: big list", date(2000, 5, 11), date(2000, 5, 11), False),
        ("29 February", date(2000, 2, 29), date(2000, 2, 29), False),
    ],
)
def test_a_heading_may_leave_the_day_or_the_year_open(line, first, last, has_year):
    assert period_in(line) == Period(first, last, has_year)


@pytest.mark.parametrize(
    "line", ["", "2.3 Hours", "12. Notice", "What you may do", "30 February", "Room 12 of 2024"]
)
def test_what_names_no_date_is_of_no_period(line):
    assert period_in(line) is None
