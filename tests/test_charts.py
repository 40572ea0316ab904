import re
import xml.etree.ElementTree as ET

import pytest

from rag.evaluation.charts import hits_chart, reliability_chart, risk_chart, seconds_chart

POINTS = [
    {"confidence": 0.9, "shown": 1, "coverage": 0.25, "risk": 0.0},
    {"confidence": 0.4, "shown": 3, "coverage": 0.75, "risk": 1 / 3},
]
BINS = [
    {"low": 0.0, "high": 0.5, "count": 0, "confidence": None, "right": None, "interval": None},
    {"low": 0.5, "high": 1.0, "count": 3, "confidence": 0.6, "right": 0.5, "interval": [0.2, 0.8]},
]
SECONDS = {stage: {"p50": 0.1, "p95": 0.4} for stage in ("retrieve", "read", "generate", "verify")}


def label(svg):
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    return root.get("aria-label")


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter() if element.text]


def test_risk_chart_says_in_words_where_it_ends():
    svg = risk_chart({"points": POINTS})
    assert "at 75% of the questions answered, 33% of the answers are wrong" in label(svg)
    # Both points are drawn, the second to the right of the first and above it.
    (path,) = [e for e in ET.fromstring(svg).iter() if e.tag.endswith("path")]
    x1, y1, x2, y2 = (float(number) for number in re.findall(r"[\d.]+", path.get("d")))
    assert x2 - x1 == pytest.approx(2 * (x1 - 0), rel=1e-6)  # 0.25 and 0.75 of the same axis
    assert y2 < y1


def test_risk_axis_ends_at_the_tenth_above_the_highest_risk():
    axes = [e for e in ET.fromstring(risk_chart({"points": POINTS})).iter() if e.get("class")]
    (left,) = [e for e in axes if e.get("class") == "axis left"]
    assert max(e.text for e in left.iter() if e.text and e.text.endswith("%")) == "40%"


def test_reliability_chart_draws_the_bins_that_hold_answers():
    svg = reliability_chart({"bins": BINS, "questions": 3, "ece": 0.1})
    circles = [e for e in ET.fromstring(svg).iter() if e.tag.endswith("circle")]
    assert len(circles) == 1
    assert "3 answers in 1 bins" in label(svg)
    assert "0.100" in label(svg)


def test_hits_chart_has_three_named_lines():
    curve = {"questions": 4, "final": [0.5, 1.0], "dense": [0.25, 0.5], "lexical": [0.0, 0.25]}
    svg = hits_chart(curve)
    assert {"final", "meaning", "words"} <= set(texts(svg))
    assert len([e for e in ET.fromstring(svg).iter() if e.tag.endswith("path")]) == 3
    assert "50% at 1, 100% at 2" in label(svg)


def test_seconds_chart_has_a_bar_for_each_stage_and_percentile():
    svg = seconds_chart(SECONDS)
    assert {"read p50", "read p95", "write p50", "verify p95"} <= set(texts(svg))
    bars = [e for e in ET.fromstring(svg).iter() if e.get("class") == "series bars"]
    assert len(list(bars[0])) == 8


def test_seconds_of_nothing_but_zeros_are_drawn():
    zeros = {stage: {"p50": 0.0, "p95": 0.0} for stage in SECONDS}
    assert "0.000" in label(seconds_chart(zeros))


def test_where_there_is_nothing_to_draw_there_is_no_chart():
    assert risk_chart({"points": []}) is None
    assert reliability_chart({"bins": BINS[:1], "questions": 0, "ece": None}) is None
    assert hits_chart({"questions": 0, "final": None, "dense": None, "lexical": None}) is None
    nothing = {stage: {"p50": None, "p95": None} for stage in SECONDS}
    assert seconds_chart(nothing) is None


def test_charts_style_nothing_inline_since_the_page_forbids_it():
    curve = {"questions": 1, "final": [1.0, 1.0], "dense": [1.0, 1.0], "lexical": [0.0, 1.0]}
    drawn = [
        risk_chart({"points": POINTS}),
        reliability_chart({"bins": BINS, "questions": 3, "ece": 0.1}),
        hits_chart(curve),
        seconds_chart(SECONDS),
    ]
    assert not [svg for svg in drawn if "style=" in svg or "<script" in svg or "href" in svg]
