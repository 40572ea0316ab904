"""A report's diagrams as SVG, drawn by leather; colours and fonts come from the page's style.

Knows the values of `rag.evaluation.diagrams` and nothing of rows. None where there is nothing to
draw.
"""

import math
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import leather

WIDTH, HEIGHT = 460, 330
"""Small enough that the text is readable when the drawing is scaled to a telephone."""
_SHARES = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
_FIRST, _SECOND, _THIRD, _FAINT = (f"var(--chart-{number})" for number in (1, 2, 3, 4))
_DASHES = "5 4"
_STAGE_LABELS = {"retrieve": "retrieve", "read": "read", "generate": "write", "verify": "verify"}


def risk_chart(curve: dict[str, Any]) -> str | None:
    """Return the risk-coverage curve: what share of the answers shown is wrong."""
    if not curve["points"]:
        return None
    points = [(point["coverage"], point["risk"]) for point in curve["points"]]
    top = max(Decimal("0.2"), _tenth_above(max(risk for _, risk in points)))
    chart = leather.Chart()
    chart.add_x_scale(0, 1)
    chart.add_y_scale(0, top)
    chart.add_x_axis(ticks=_SHARES, tick_formatter=_percent, name="coverage: questions answered")
    chart.add_y_axis(tick_formatter=_percent, name="risk: wrong of these")
    chart.add_line(points, name="least confident left out first", stroke_color=_FIRST)
    if len(points) == 1:
        chart.add_dots(points, name="the only point", fill_color=_FIRST)
    last = points[-1]
    return _draw(
        chart,
        "Risk-coverage curve",
        f"From the most confident answers to all that were shown: at {last[0]:.0%} of the "
        f"questions answered, {last[1]:.0%} of the answers are wrong.",
    )


def reliability_chart(curve: dict[str, Any]) -> str | None:
    """Return the reliability diagram: share right against confidence, with 95 % intervals."""
    bins = [each for each in curve["bins"] if each["count"]]
    if not bins:
        return None
    whiskers: list[tuple[float | None, float | None]] = []
    for each in bins:
        whiskers += [(each["confidence"], limit) for limit in each["interval"]] + [(None, None)]
    points = [(each["confidence"], each["right"]) for each in bins]
    largest = max(each["count"] for each in bins)
    sizes = {
        point: 3 + 6 * (each["count"] / largest) ** 0.5
        for point, each in zip(points, bins, strict=True)
    }
    chart = leather.Chart()
    chart.add_x_scale(0, 1)
    chart.add_y_scale(0, 1)
    chart.add_x_axis(ticks=_SHARES, tick_formatter=_percent, name="confidence")
    chart.add_y_axis(ticks=_SHARES, tick_formatter=_percent, name="right")
    chart.add_line(
        [(0, 0), (1, 1)], name="perfect", stroke_color=_FAINT, width=1.5, stroke_dasharray=_DASHES
    )
    chart.add_line(whiskers, name="95 % interval", stroke_color=_SECOND, width=1.5)
    chart.add_dots(
        points, name="answers", fill_color=_FIRST, radius=lambda datum: sizes[datum.x, datum.y]
    )
    return _draw(
        chart,
        "Reliability diagram",
        f"{curve['questions']} answers in {len(bins)} bins of confidence; the area of a dot grows "
        f"with their number. Expected calibration error {curve['ece']:.3f}.",
    )


def hits_chart(curve: dict[str, Any]) -> str | None:
    """Return hit@k of the final ranking and of each retriever."""
    if curve["final"] is None:
        return None
    chart = leather.Chart()
    chart.add_x_scale(1, len(curve["final"]))
    chart.add_y_scale(0, 1)
    ticks = list(range(1, len(curve["final"]) + 1))
    chart.add_x_axis(ticks=ticks, tick_formatter=_whole, name="k: passages looked at")
    chart.add_y_axis(ticks=_SHARES, tick_formatter=_percent, name="hit@k")
    for name, label, colour, dashes in (
        ("dense", "meaning", _SECOND, _DASHES),
        ("lexical", "words", _THIRD, "2 3"),
        ("final", "final", _FIRST, None),
    ):
        chart.add_line(
            list(zip(ticks, curve[name], strict=True)),
            name=label,
            stroke_color=colour,
            width=3 if name == "final" else 2,
            stroke_dasharray=dashes,
        )
    return _draw(
        chart,
        "Hit@k",
        f"Share of {curve['questions']} questions with a right passage among the first k: final "
        f"ranking {curve['final'][0]:.0%} at 1, {curve['final'][-1]:.0%} at {ticks[-1]}.",
    )


def seconds_chart(curve: dict[str, Any]) -> str | None:
    """Return the median and the 95th percentile of each stage's seconds as bars."""
    stages = [stage for stage in _STAGE_LABELS if curve[stage]["p50"] is not None]
    if not stages:
        return None
    bars = [
        (curve[stage][percentile], f"{_STAGE_LABELS[stage]} {percentile}")
        for stage in stages
        for percentile in ("p50", "p95")
    ]
    chart = leather.Chart()
    chart.add_x_scale(0, max(value for value, _ in bars))
    chart.add_x_axis(tick_formatter=_plain, name="seconds")
    chart.add_bars(
        bars,
        fill_color=lambda datum: _FIRST if datum.y.endswith("p50") else _SECOND,
    )
    medians = ", ".join(f"{_STAGE_LABELS[stage]} {curve[stage]['p50']:.3f}" for stage in stages)
    return _draw(chart, "Seconds by stage", f"Medians in seconds: {medians}.")


def _draw(chart: Any, title: str, description: str) -> str:
    """Return the chart as an SVG that says in words what it shows, fit to stand in a page."""
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "role": "img",
            "aria-label": f"{title}. {description}",
            "class": "chart",
        },
    )
    root.append(chart.to_svg_group(WIDTH, HEIGHT))
    return ET.tostring(root, encoding="unicode")


def _tenth_above(share: float) -> Decimal:
    """Return an exact tenth: of one that is not, leather would round the axis up."""
    return Decimal(math.ceil(share * 10)) / 10


def _percent(value: float, index: int, count: int) -> str:
    return f"{value:.0%}"


def _whole(value: float, index: int, count: int) -> str:
    return f"{value:.0f}"


def _plain(value: float, index: int, count: int) -> str:
    return f"{float(value):.6g}"
