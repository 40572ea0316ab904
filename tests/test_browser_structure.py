"""Lists, tables and long documents on the page, in a browser: answers, the source, its contents."""

import pytest
from asking import has_sideways_scroll, marked_text, type_question, wait_until_done
from fake_embedder import FakeEmbedder
from fake_models import FakeReader
from fake_sessions import make_sessions
from page_server import serving
from test_browser_axe import grave_violations

pytestmark = pytest.mark.browser

CHAPTER = "Nothing that anybody asks about is said in this part of the handbook. " * 9
RULES = """# House rules

A new member needs the following papers:

- an identity card
- proof of address
  - a bill counts
- two photographs

Members pay monthly.

## Fees

| Machine | Fee per hour | Deposit | Training needed | Person in charge | Further remarks |
|---|---|---|---|---|---|
| Kiln | 14 euros | 100 euros | yes | Anna Kern | only with a second person in the room |
| Lathe | 6 euros | 50 euros | yes | Bo Lind | chips are to be swept up at once |
"""


class Reader(FakeReader):
    """Finds the phrase of the question, which is in quotation marks."""

    def read(self, question, passages):
        self.margins = {question.split("“")[1].rstrip("”?"): 6.0}
        return super().read(question, passages)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("structure")
    (folder / "docs").mkdir()
    (folder / "docs" / "rules.md").write_text(RULES, encoding="utf-8")
    chapters = "\n".join(f"## Chapter {number}\n\n{CHAPTER}\n" for number in range(200))
    (folder / "docs" / "handbook.md").write_text(f"# Handbook\n\nSee below.\n\n{chapters}")
    rows = "\n".join(f"Person {number},{1000 + number}" for number in range(300))
    (folder / "docs" / "pay.csv").write_text(f"Name,Salary\n{rows}\n")
    embedder = FakeEmbedder()
    embedder.max_tokens = 10_000
    sessions = make_sessions(
        folder / "home",
        [folder / "docs"],
        reader=Reader({}),
        embedder=embedder,
        passage_tokens=60,
        passages_to_read=1_000,
    )
    with serving(sessions.pipeline(), sessions=sessions) as page:
        yield page
    sessions.close()


def ask(page, phrase, words):
    type_question(page, f"{words} “{phrase}”?")
    page.wait_for_selector("#turn .answer.quoted")
    wait_until_done(page)


def ask_for_papers(page):
    ask(page, "the following papers", "Which papers does a new member need:")


def ask_for_fee(page):
    ask(page, "6 euros", "What is the fee of the lathe:")


def test_list_is_shown_whole_with_one_citation(open_page):
    page = open_page()
    ask_for_papers(page)
    items = "#turn .sentences > ul.items > li"
    assert page.locator(items).count() == 3
    assert page.inner_text(f"{items} >> nth=0") == "an identity card"
    assert page.inner_text(f"{items} ul li") == "a bill counts"
    assert page.locator("#turn .cite").count() == 1
    assert page.locator("#turn .short-answer").count() == 0
    page.click("#turn .cite")
    page.wait_for_selector("#source ul.items mark.active")
    assert marked_text(page, "1-1") == (
        "A new member needs the following papers:an identity cardproof of addressa bill counts"
        "two photographs"
    )


def test_row_is_shown_below_its_columns_and_its_place_is_said(open_page):
    page = open_page()
    ask_for_fee(page)
    assert page.locator("#turn .sentences th").all_inner_texts()[:2] == ["Machine", "Fee per hour"]
    assert page.inner_text("#turn .sentences td strong.short") == "6 euros"
    assert page.inner_text("#turn .remark") == "one of 2 rows"
    label = page.get_attribute("#turn .cite", "aria-label")
    assert label == "Source 1: rules.md, Fees, row 2, column Fee per hour"
    assert page.inner_text("#turn .sources .name") == label.removeprefix("Source 1: ")
    assert page.inner_text("#source td mark strong.short") == "6 euros"


@pytest.mark.parametrize("put", [ask_for_papers, ask_for_fee])
def test_structure_has_no_serious_violation(open_page, put):
    page = open_page(reduced_motion="reduce")
    put(page)
    assert grave_violations(page) == []


def test_wide_table_of_the_source_scrolls_inside_itself_on_a_telephone(open_page):
    page = open_page(viewport={"width": 360, "height": 740})
    ask_for_fee(page)
    assert not has_sideways_scroll(page)
    wide = "document.querySelector('#source .table')"
    assert page.evaluate(f"{wide}.scrollWidth > {wide}.clientWidth")


def test_every_cell_of_an_answer_is_in_sight_on_a_telephone_with_its_columns_name(open_page):
    page = open_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    ask_for_fee(page)
    cells = page.locator("#turn .sentences td[data-column]")
    assert cells.count() == 6
    for cell, box in [(cell, cell.bounding_box()) for cell in cells.all()]:
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        name = cell.evaluate("one => getComputedStyle(one, '::before').content")
        assert name == f'"{cell.get_attribute("data-column")}"'
    assert cells.nth(5).inner_text() == "chips are to be swept up at once"
    cells.nth(5).evaluate("one => one.firstChild.textContent = 'x'.repeat(200)")
    wide = "document.querySelector('#turn .table')"
    assert page.evaluate(f"{wide}.scrollWidth === {wide}.clientWidth")
    box = page.locator("#turn .cite").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    for role, count in (("table", 1), ("row", 2), ("columnheader", 6), ("cell", 7)):
        assert page.locator("#turn .sentences").get_by_role(role).count() == count
    assert grave_violations(page) == []


def test_columns_stay_above_a_long_table(open_page):
    page = open_page()
    ask(page, "1250", "What is the salary of person 250:")
    page.click("#turn .cite")
    page.wait_for_selector("#source mark.active")
    head = page.locator("#source thead th >> text=Salary").bounding_box()
    row = page.locator("#source tr", has=page.locator("mark >> nth=0")).bounding_box()
    article = page.locator("#source article").bounding_box()
    assert article["y"] - 1 <= head["y"] < article["y"] + 60 < row["y"]
    assert not has_sideways_scroll(page)


def test_contents_lead_to_places_that_were_not_shown(open_page):
    page = open_page(reduced_motion="reduce")
    ask(page, "See below", "Handbook, what is to be done:")
    mark = page.locator("#source mark").count()
    assert mark > 0
    assert page.locator("#source article h4 >> text=Chapter 150").count() == 0
    page.click("#source .contents summary")
    assert page.locator("#source .contents button").count() == 201
    assert grave_violations(page) == []
    page.click("#source .contents button >> text=Chapter 150")
    page.wait_for_selector("#source article h4:focus >> text=Chapter 150")
    heading = page.locator("#source article h4 >> text=Chapter 150").bounding_box()
    article = page.locator("#source article").bounding_box()
    assert article["y"] <= heading["y"] < article["y"] + article["height"] / 2
    assert page.locator("#source mark").count() == mark
    assert "characters between" in page.inner_text("#source article")
    page.click("#source .contents summary")
    page.click("#source .contents button >> nth=1")
    page.wait_for_selector("#source article h4:focus >> text=Chapter 0")
    page.click("#turn .cite")
    page.wait_for_selector("#source mark.active")


def test_document_that_is_only_looked_at_has_contents_too(open_page):
    page = open_page(viewport={"width": 390, "height": 844})
    page.select_option("#source select", label="handbook.md")
    page.click("#source .contents summary")
    page.click("#source .contents button >> text=Chapter 190")
    page.wait_for_selector("#source article h3:focus >> text=Chapter 190")
    assert not has_sideways_scroll(page)
