"""CSV and TSV: a row says what its cells are, and starts no formula."""

import pytest

from rag.documents.formats.csv import extract_csv, extract_tsv

LIMIT = 100_000


def text_of(table, extract=extract_csv):
    text, page_starts = extract(table.encode(), LIMIT)
    assert page_starts == ()
    return text


def test_row_names_its_columns():
    assert text_of("City,People\r\nBerlin,3.7 million\r\n\r\nBonn,\r\n") == (
        "City: Berlin; People: 3.7 million\n\nCity: Bonn"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_the_one_of_the_first_line(delimiter):
    table = f'"a,b;b",c\n1{delimiter}2'.replace('",', f'"{delimiter}')
    assert text_of(table) == "a,b;b: 1; c: 2"


def test_quoted_cells_may_hold_anything_on_one_line():
    assert text_of('\ufeffname,note\nA,"one ""two"", three\n four"') == (
        'name: A; note: one "two", three four'
    )


def test_tsv_is_delimited_by_tabs_only():
    assert text_of("a\tb,c,d\n1\t2", extract_tsv) == "a: 1; b,c,d: 2"


def test_cells_without_a_column_are_numbered():
    assert text_of("a,,c\n1,2,3,4") == "a: 1; column 2: 2; c: 3; column 4: 4"


def test_table_of_one_row_or_column():
    assert text_of("a,b") == "a; b"
    assert text_of("name\nAnna\nBo") == "name: Anna\n\nname: Bo"
    assert text_of("\n\n") == ""


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("=HYPERLINK('http://x')", "'=HYPERLINK('http://x')"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("\t=1", "'=1"),
        ("-5", "-5"),
        ("-1,234.50 kg", "-1,234.50 kg"),
        ("+49 (30) 123", "+49 (30) 123"),
        ("-", "-"),
        ("a=b", "a=b"),
    ],
)
def test_formulas_are_neutralised_and_numbers_are_not(cell, shown):
    assert text_of(f'v\tw\n"{cell}"\tx', extract_tsv) == f"v: {shown}; w: x"
    assert text_of(f'"{cell}"\tw\n1\t2', extract_tsv) == f"{shown}: 1; w: 2"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            b'a,b\n1,"' + b"x" * 140_000,
            "line 2 is not a row of a table (field larger than field limit (131072)); "
            "look for a quotation mark that is not closed",
        ),
        (
            b"a\xe9",
            "byte 1 is not valid UTF-8 (unexpected end of data); save it as UTF-8 text",
        ),
    ],
)
def test_table_that_cannot_be_read_is_one_line(data, line):
    with pytest.raises(ValueError) as raised:
        extract_csv(data, 1_000_000)
    assert str(raised.value) == line


def test_text_that_grows_over_the_limit_is_refused():
    table = "a_long_name_of_a_column,b\n" + "1,2\n" * 10_000
    with pytest.raises(ValueError, match="bytes of text; expected at most 100,000;"):
        extract_csv(table.encode(), LIMIT)
