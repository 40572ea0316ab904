import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from rag.evaluation.diagrams import diagrams
from rag.evaluation.evaluate import evaluate
from rag.evaluation.page import page_data, render_page
from rag.evaluation.questions import Question
from rag.evaluation.report import read_report
from rag.evaluation.rows import failed_row
from rag.evaluation.summary import summarise
from tests.fakes_evaluate import QUESTIONS, TEXTS, FakePipeline

HOSTILE = (
    '</script><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)> ${x}"'
)


class Page(HTMLParser):
    """The elements of a page, and what stands in its scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.raw: list[tuple[str, str]] = []
        self.text = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._inside = tag
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside in ("script", "style"):
            self.raw[-1] = (self._inside, self.raw[-1][1] + data)
        else:
            self.text += f"{data} "

    def data(self):
        return json.loads(next(text for tag, text in self.raw if text.startswith("{")))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    evaluate(FakePipeline(), QUESTIONS, folder)
    return read_report(folder)


def hostile_report():
    row = failed_row(Question(id=HOSTILE, question=HOSTILE, answerable=False, group=HOSTILE), "x")
    rows = [row | {"error": f"{HOSTILE} \ud800"}]
    return {
        "footnote": HOSTILE,
        "settings": {HOSTILE: HOSTILE},
        "models": {HOSTILE: f"{HOSTILE} \ud800"},
        "documents": {f"{HOSTILE} \ud800": {"sha256": HOSTILE, "passages": 1}},
        "summary": summarise(rows),
        "diagrams": diagrams(rows, {}),
        "rows": rows,
    }


def test_page_shows_the_figures_of_the_report_with_their_intervals(report):
    page = "".join(render_page(report, TEXTS))
    assert page.startswith("<!doctype html>")
    text = " ".join(Page(page).text.split())
    low, high = report["summary"]["intervals"]["answer"]["f1"]
    assert f"F1 answer.f1 0.600 {low:.3f} – {high:.3f} words that" in text
    assert "Report on 7 questions" in text
    assert "Area under the curve 0.208, over the 4 of 6 questions" in text
    assert "Expected calibration error 0.375 over 4 answers" in text


def test_page_has_a_table_behind_every_chart(report):
    elements = Page("".join(render_page(report, TEXTS))).elements
    figures = [index for index, (tag, _) in enumerate(elements) if tag == "figure"]
    assert len(figures) == 4
    for start, end in zip(figures, [*figures[1:], len(elements)], strict=True):
        inside = [tag for tag, _ in elements[start:end]]
        assert inside.index("svg") < inside.index("details") < inside.index("table")


def test_page_data_says_what_became_of_each_question(report):
    rows = list(page_data(report["rows"], TEXTS)["rows"])
    assert [row["verdict"] for row in rows] == [
        "right",
        "answered wrongly",
        "right",
        "refused wrongly",
        "answered wrongly",
        "refused rightly",
        "failed",
    ]
    assert rows[1]["expected"] == [[0, 25, 43]]
    assert rows[1]["cited"] == [[0, 44, 61, None, 1]]
    assert [ranked[-1] for ranked in rows[1]["ranked"][:3]] == [False, True, False]
    assert rows[6]["error"] == "the question has no letters; ask in words"
    assert "text" not in rows[0]
    assert rows[3]["text"] == "The documents do not say."


def test_page_data_says_how_lists_and_rows_are_shown_and_where_they_stand(report):
    row = dict(report["rows"][0])
    part = {"citations": [1], "verbatim": True, "label": "", "depth": 0, "cells": [], "note": ""}
    row["sentences"] = [
        part | {"text": "Prose.", "kind": "sentence"},
        part | {"text": "an item", "kind": "item", "label": "(a)", "depth": 1, "note": "1 of 2"},
        part | {"text": "| x | y |", "kind": "row", "cells": [["X", "x"], ["", "y"]]},
        {"text": "Of an older report.", "citations": [1]},
        part | {"text": "Not here.", "kind": "sentence", "group": "Dogs?", "word": "no"},
    ]
    row["citations"] = [
        row["citations"][0] | {"page": 3, "section": "Fees", "row": 2, "column": "X"},
        {
            key: value
            for key, value in row["citations"][0].items()
            if key not in ("section", "row", "column", "sha256")
        },
    ]
    (data,) = page_data([row], TEXTS)["rows"]
    assert data["in_words"] == 0
    row["sentences"].insert(0, part | {"text": "Said.", "kind": "sentence", "verbatim": False})
    (said,) = page_data([row], TEXTS)["rows"]
    assert (said["in_words"], said["sentences"][0]) == (1, ["Said.", [1]])
    assert data["sentences"] == [
        ["Prose.", [1]],
        ["  (a) an item", [1], "item", "1 of 2"],
        ["X: x; y", [1], "row", ""],
        ["Of an older report.", [1]],
        ["Not here.", [1], "", "", "Dogs? No"],
    ]
    assert [cited[3] for cited in data["cited"]] == ["page 3, Fees, row 2, column X", None]


def test_page_data_carries_the_text_that_places_point_to(report):
    data = page_data(report["rows"], TEXTS)
    assert [(each["name"], each["parts"]) for each in data["documents"]] == [
        (name, [[0, len(text), text]]) for name, text in TEXTS.items()
    ]


def test_page_data_of_documents_that_are_gone_still_names_them(report):
    data = page_data(report["rows"], {})
    assert [(each["name"], each["parts"]) for each in data["documents"]] == [
        ("boats.txt", []),
        ("trees.txt", []),
    ]


def test_slow_is_the_slowest_twentieth(report):
    # Totals 1.7, 2.7, … 6.7 of six questions: the 95th percentile lies 0.75 of the way between the
    # two slowest.
    assert page_data(report["rows"], TEXTS)["slow"] == pytest.approx(6.45)


def test_policy_allows_the_pages_own_script_and_style_and_nothing_else(report):
    page = Page("".join(render_page(report, TEXTS)))
    policy = next(
        attributes["content"]
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )

    def source(kind):
        (text,) = [text for tag, text in page.raw if tag == kind and not text.startswith("{")]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return f"{kind}-src 'sha256-{digest}'"

    assert policy.split("; ") == [
        "default-src 'none'",
        source("script"),
        source("style"),
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_page_asks_for_nothing_outside_and_styles_nothing_inline(report):
    for tag, attributes in Page("".join(render_page(report, TEXTS))).elements:
        assert "style" not in attributes
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert re.match(r"#|data:,", attributes.get("href", "#")), (tag, attributes)


def test_hostile_text_adds_no_element_and_stays_as_it_is():
    report = hostile_report()
    page = "".join(render_page(report, {}))
    page.encode("utf-8")
    parsed = Page(page)
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    assert "img" not in {tag for tag, _ in parsed.elements}
    # Version, group, document and its hash; a model and a setting with name and value.
    assert parsed.text.count(HOSTILE) == 8
    assert parsed.data()["rows"][0]["question"] == HOSTILE


def test_a_row_takes_little_room(report):
    few, many = (
        len("".join(render_page(report | {"rows": report["rows"] * times}, TEXTS)))
        for times in (1, 101)
    )
    assert (many - few) / (100 * len(report["rows"])) < 1500  # characters a row, without excerpts
