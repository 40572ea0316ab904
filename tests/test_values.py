"""What cells are worth."""

import pytest

from rag.answering.rows.values import (
    column_values,
    date_of,
    in_unit,
    measure_of,
    number_of,
    truth,
)


def worth(*texts):
    return [value and (value.low, value.high, value.unit) for value in column_values(texts)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,249.50", 1249.5),
        ("1.200,50", 1200.5),
        ("1,200", 1200),
        ("1.5", 1.5),
        ("38,90", 38.9),
        ("1 200 000", 1_200_000),
        ("1'200", 1200),
        ("−3", -3),
        ("0,125", 0.125),
    ],
)
def test_a_number_is_read_by_its_marks(text, number):
    assert number_of(text) == number


def test_units_and_currencies_stand_on_either_side():
    assert worth("£14", "5.9 kg") == [(14, 14, "£"), (5.9, 5.9, "kg")]
    assert worth("330 W", "1,150 W") == [(330, 330, "w"), (1150, 1150, "w")]


def test_a_column_with_decimal_commas_has_points_for_thousands():
    assert worth("1.200 €", "38,90 €") == [(1200, 1200, "€"), (38.9, 38.9, "€")]


def test_a_range_is_its_ends():
    assert worth("34 to 41 dB", "£5 to £7", "5-7") == [(34, 41, "db"), (5, 7, "£"), (5, 7, "")]


def test_words_and_names_are_no_values():
    texts = ("on request", "", "0141 555 0132", "P-21", "2 x 4 m", "free")
    assert worth(*texts) == [None] * len(texts)


def test_units_that_turn_into_each_other_are_made_one():
    # 2 hours are 120 minutes, an hour and a half 90; 500 g are half a kilogram.
    assert worth("90 minutes", "2 hours", "1 h 30 min") == [
        (90, 90, "minutes"),
        (120, 120, "minutes"),
        (90, 90, "minutes"),
    ]
    assert worth("1.5 kg", "500 g") == [(1.5, 1.5, "kg"), (0.5, 0.5, "kg")]
    assert in_unit(3, "years", "month") == 36
    assert measure_of("kg") == "weight"


def test_times_count_seconds_and_what_has_seconds_is_a_number():
    (clock,) = column_values(["17:30"])
    (taken,) = column_values(["1:42:07"])
    assert (clock.kind, clock.low) == ("time", 17.5 * 3600)
    assert (taken.kind, taken.low) == ("number", 3600 + 42 * 60 + 7)
    assert column_values(["5:30 pm"])[0].low == 17.5 * 3600
    assert column_values(["5.30pm"])[0].low == 17.5 * 3600


def test_dates_compare_whatever_they_are_written_like():
    texts = ("14 March 2019", "2019-03-15", "16.03.2019", "March 2019")
    found = [date_of(text) for text in texts]
    assert [each.low - found[0].low for each in found] == [0, 1, 2, -13]
    assert found[3].high - found[3].low == 30  # from the 1st to the 31st


def test_a_date_with_a_time_zone_is_the_day_that_is_written():
    """As in the head of an e-mail; it once ended the answer with an error."""
    assert date_of("Tue, 3 Mar 2026 23:12:00 +0000").low == pytest.approx(
        date_of("3 March 2026").low + (23 + 12 / 60) / 24
    )
    assert date_of("3 March 2026 09:00 -0500") == date_of("3 March 2026 09:00")
    assert date_of("3 March 2026 09:00 EST") == date_of("3 March 2026 09:00")


def test_what_is_written_like_a_date_and_is_none_says_neither_yes_nor_no():
    assert truth("0000-00-00") is None
    assert column_values(["0000-00-00"]) == [None]


def test_a_month_goes_first_where_another_cell_says_so():
    first, second = column_values(["03/04/2025", "03/25/2025"])
    assert second.low - first.low == 21


def test_a_column_of_years_is_one_of_dates():
    assert [value.kind for value in column_values(["2009", "2021"])] == ["date", "date"]
    assert [value.kind for value in column_values(["1890", "340"])] == ["number", "number"]


ODD_CELLS = (
    *("Tue, 3 Mar 2026 09:12:00 +0000", "2026-03-03T09:12:00Z", "9:00 CET", "0000-00-00"),
    *("99999-01-01", "31/31/2020", "Feb 30", "2026/27", "1999–2001", "1850s", "3 March 0001"),
    *("1e400", "9" * 400, "0" * 20, "1.2.3", "1,2,3", "NaN", "½", "٣", "10²", "1/0", "99:99"),
    *("1:2:3:4", "25:00", "13pm", "5'10\"", "10–5", "up to", "<5", "2 for £5", "", "-", "a" * 500),
)


@pytest.mark.parametrize("cell", ODD_CELLS)
def test_whatever_a_cell_says_is_read_without_an_error(cell):
    for other in ("", "12", "2026-05-01", "09:30", cell):
        assert len(column_values([cell, other])) == 2
    assert truth(cell) in (None, True, False)
    assert date_of(cell) is None or date_of(cell).kind == "date"


def test_a_minus_before_the_currency_is_of_the_number():
    values = column_values(["£612.50", "-£40.00", "− £1,420"])
    assert [(value.low, value.unit) for value in values] == [
        (612.5, "£"),
        (-40.0, "£"),
        (-1420.0, "£"),
    ]


def test_from_one_time_of_the_day_to_another_is_a_time():
    first, second = column_values(["8.30 – 1.00", "1.00 – 5.30"])
    assert (first.kind, first.low, first.high) == ("time", 30_600.0, 46_800.0)
    assert (second.low, second.high) == (3_600.0, 19_800.0)
    assert [each.kind for each in column_values(["1.10 – 1.50", "2 – 3"])] == ["number"] * 2
