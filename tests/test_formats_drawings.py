"""Charts and diagrams of office documents: their words and numbers as they are seen."""

import pytest

from rag.documents.formats.drawings import write_chart, write_diagram
from rag.documents.formats.markup import parse_xml
from rag.documents.formats.writer import DocumentWriter

LIMIT = 100_000


def chart_of(plot):
    markup = f"<chartSpace><chart><plotArea>{plot}</plotArea></chart></chartSpace>"
    return text_of(markup, write_chart)


def text_of(markup, write):
    writer = DocumentWriter(LIMIT)
    assert write(parse_xml(markup.encode(), "a part", LIMIT), writer)
    return writer.result().text


def points(*texts):
    return "".join(f'<pt idx="{place}"><v>{text}</v></pt>' for place, text in enumerate(texts))


def numbers(*texts, code="General"):
    return f"<numRef><numCache><formatCode>{code}</formatCode>{points(*texts)}</numCache></numRef>"


def series(name, across, along, kinds=("cat", "val")):
    category, value = kinds
    return (
        f"<ser><tx><strRef><strCache>{points(name)}</strCache></strRef></tx>"
        f"<{category}>{across}</{category}><{value}>{along}</{value}></ser>"
    )


def axis(number, title="", code="General", kind="valAx"):
    shown = f"<title><tx><rich><p><r><t>{title}</t></r></p></rich></tx></title>" if title else ""
    return f'<{kind}><axId val="{number}"/>{shown}<numFmt formatCode="{code}"/></{kind}>'


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("45292.0", "m/d/yyyy", "2024-01-01"),
        ("45292.5", "dd.mm.yyyy hh:mm", "2024-01-01 12:00"),
        ("0.375", "h:mm", "09:00"),
        ("1.5", "[h]:mm", "36:00"),
        ("0.07", "0%", "7%"),
        ("12", '0.0" kg"', "12 kg"),
        ("0.30000000000000004", "General", "0.3"),
        ("1000000.0", "#,##0", "1000000"),
        ("#N/A", "0%", "#N/A"),
        ("1e999", "0%", "1e999"),
        ("9999999999", "m/d/yyyy", "9999999999"),
    ],
)
def test_numbers_of_charts_are_shown_as_their_format_says(value, code, shown):
    code = code.replace('"', "&quot;")
    assert chart_of(series("S", points("a"), numbers(value, code=code))) == (
        f"|  | S |\n| a | {shown} |"
    )


def test_years_are_counted_from_1904_where_the_chart_says_so():
    plot = series("S", numbers("43830", code="yyyy-mm-dd"), numbers("5"))
    markup = f'<chartSpace><date1904 val="1"/><chart>{plot}</chart></chartSpace>'
    assert text_of(markup, write_chart) == "|  | S |\n| 2024-01-01 | 5 |"


def test_axes_name_the_units_and_how_numbers_without_a_format_look():
    plot = (
        "<barChart>"
        + series("North", points("a"), numbers("5"))
        + '<axId val="1"/><axId val="2"/></barChart><lineChart>'
        + series("Share", points("a"), numbers("0.25"))
        + '<axId val="1"/><axId val="3"/></lineChart>'
        + axis(1, "Quarter", kind="catAx")
        + axis(2, "EUR million")
        + axis(3, "Share", "0%")
    )
    assert chart_of(plot) == "| Quarter | North (EUR million) | Share |\n| a | 5 | 25% |"


def test_the_axis_of_shares_of_a_whole_says_nothing_of_the_values():
    plot = (
        '<barChart><grouping val="percentStacked"/>'
        + series("North", points("a"), numbers("5"))
        + '<axId val="1"/><axId val="2"/></barChart>'
        + axis(2, "Share", "0%")
    )
    assert chart_of(plot) == "|  | North |\n| a | 5 |"


def test_names_in_several_levels_are_joined():
    inner, outer = (
        points("H1", "H2", "H1"),
        '<pt idx="0"><v>2023</v></pt><pt idx="2"><v>2024</v></pt>',
    )
    names = f"<multiLvlStrCache><lvl>{inner}</lvl><lvl>{outer}</lvl></multiLvlStrCache>"
    assert chart_of(series("Sales", names, numbers("1", "2", "3"))) == (
        "|  | Sales |\n| 2023 H1 | 1 |\n| 2023 H2 | 2 |\n| 2024 H1 | 3 |"
    )


def test_points_of_each_series_stand_where_they_lie():
    kinds = ("xVal", "yVal")
    plot = series("Oak", numbers("1", "2"), numbers("10", "20"), kinds)
    plot += series("Ash", numbers("1", "2"), numbers("11", "21"), kinds)
    plot += series("Elm", numbers("5"), numbers("50"), kinds)
    assert (
        chart_of(plot)
        == "|  | Oak | Ash |\n| 1 | 10 | 11 |\n| 2 | 20 | 21 |\n\n|  | Elm |\n| 5 | 50 |"
    )


def test_series_that_its_maker_has_hidden_are_left_out():
    plot = series("Seen", points("a"), numbers("5"))
    hidden = series("Hidden", points("a"), numbers("6"))
    plot += f"<ext><filteredBarSeries>{hidden}</filteredBarSeries></ext>"
    assert chart_of(plot) == "|  | Seen |\n| a | 5 |"


def point(number, text="", kind="node"):
    return f'<pt modelId="{number}" type="{kind}"><t><p><r><t>{text}</t></r></p></t></pt>'


def link(above, below, order, kind="parOf"):
    return f'<cxn type="{kind}" srcId="{above}" destId="{below}" srcOrd="{order}"/>'


def test_texts_of_diagrams_are_nested_and_ordered_by_their_links():
    made = point(0, kind="doc") + point(1, "Head office") + point(2, "Ship") + point(3, "Pack")
    made += point(4, "Team lead") + point(5, "own") + point(6, "no", "sibTrans")
    links = link(0, 1, 0) + link(1, 2, 1) + link(1, 3, 0) + link(3, 4, 0)
    links += link(1, 4, 0, "presOf") + link(4, 1, 0)  # a loop
    assert text_of(f"<d>{made}{links}</d>", write_diagram) == (
        "- Head office\n  - Pack\n    - Team lead\n  - Ship\n- own"
    )
