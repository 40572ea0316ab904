"""report.html in a real Chromium, opened from a file as a person would."""

import re

import pytest
from browsing import Log, chromium
from fakes_evaluate import FakeInfo, FakePipeline, refused, shown

from rag.datatypes import Citation, Hit, Passage
from rag.evaluation.evaluate import evaluate
from rag.evaluation.questions import Question

pytestmark = pytest.mark.browser

HOSTILE = (
    "🚢 Before. The <b>vault</b> holds </script><script>window.hacked=1</script> gold "
    "<img src=https://evil.example/x.png onerror=window.hacked=2> ${window.hacked=3} "
    "\u202etxt.exe\u202c. After 🚢 it, nothing."
)
VAULT = HOSTILE[HOSTILE.index("The <b>") : HOSTILE.index(" After")]
GOLD = "gold <img src=https://evil.example/x.png onerror=window.hacked=2>"
PLAIN = "Nothing of note. " * 60
TEXTS = {"hostile <i>.txt": HOSTILE, "plain.txt": PLAIN}
NAMES = {1: "hostile <i>.txt", 2: "plain.txt"}
WHAT = "What is in the <script>window.hacked=4</script> vault?"


def place(document_id, start, end):
    text = TEXTS[NAMES[document_id]][start:end]
    passage = Passage(
        id=start, document_id=document_id, start=start, end=end, text=text, sentences=()
    )
    return Hit(passage=passage, score=0.5, dense_rank=2, lexical_rank=None)


def vault_answer(question):
    start = HOSTILE.index(VAULT)
    citation = Citation(
        document_id=1,
        document=NAMES[1],
        start=start,
        end=start + len(VAULT),
        page=None,
        quote=VAULT,
    )
    ranked = (place(2, 0, 16), place(1, start, start + len(VAULT)))
    return shown(question, citation, short_answer="gold", ranked=ranked)


class VaultLibrary:
    def documents(self):
        return [FakeInfo(number, name, "sha", 1) for number, name in NAMES.items()]

    def text(self, document_id):
        return TEXTS[NAMES[document_id]]


class Vault(FakePipeline):
    def __init__(self):
        super().__init__()
        self.library = VaultLibrary()

    def ask(self, question, *, history=(), cancel=None):
        self.asked.append(question)
        seconds = {"total": float(len(self.asked)), "first": 0.1, "read": 0.1}
        if question == WHAT:
            return vault_answer(question)
        if question.startswith("Wrong"):
            return refused(question, seconds=seconds)
        if question.startswith("Trap"):
            return vault_answer(question)
        if question.startswith("Fail"):
            raise ValueError("<b>broken</b>")
        return refused(question, seconds=seconds)


def ask(name, question, *, answerable=True, **more):
    return Question(id=name, question=question, answerable=answerable, **more)


QUESTIONS = [
    ask("v1", WHAT, answers=("gold",), document=NAMES[1], evidence=GOLD),
    ask("w1", "Wrong to refuse this?", answers=("zebra",)),
    ask("t1", "Trap: who guards it?", answerable=False),
    ask("f1", "Fail at this?", answerable=False),
    *(ask(f"u{n}", f"Unrelated number {n}?", answerable=False) for n in range(146)),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    evaluate(Vault(), QUESTIONS, folder)
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser, address):
    """Opens the page; at the end it asked for nothing, complained of nothing, ran nothing."""
    opened = []

    def open_page(width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        page, log = context.new_page(), Log()
        log.watch(page)
        page.goto(address)
        opened.append((context, page, log))
        return page

    yield open_page
    for context, page, log in opened:
        assert page.evaluate("window.hacked") is None
        context.close()
        assert log.requests == [address]
        assert log.complaints == []


def choose(page, name):
    page.get_by_role("radio", name=re.compile(f"^{name} ")).check()


def ids(page):
    return page.eval_on_selector_all("#rows .row", "rows => rows.map(row => row.dataset.id)")


def test_filters_show_what_they_say(open_page):
    page = open_page()
    assert page.inner_text("#count") == "150 of 150 questions"
    for name, expected in (
        ("Wrong", ["w1", "t1", "f1"]),
        ("Refused wrongly", ["w1"]),
        ("Answered wrongly", ["t1"]),
        ("Failed", ["f1"]),
    ):
        choose(page, name)
        assert ids(page) == expected
    choose(page, "Slow")
    # 149 totals: 0.7 (twice), 2, and 5 to 150 seconds; the 95th percentile is 142.6.
    assert ids(page) == [f"u{number}" for number in range(138, 146)]


def test_search_looks_into_questions_and_answers(open_page):
    page = open_page()
    page.fill("#search", "number 14")
    assert ids(page) == ["u14", "u114", *(f"u{number}" for number in range(140, 146))]
    page.fill("#search", "GOLD script")
    assert ids(page) == ["v1", "t1"]
    page.fill("#search", "no such thing")
    assert page.inner_text("#count") == "0 of 150 questions"


def test_headings_sort_both_ways_and_say_so(open_page):
    page = open_page()
    choose(page, "Wrong")
    heading = page.locator("#rows thead th", has_text="Question")
    heading.get_by_role("button").click()
    assert (ids(page), heading.get_attribute("aria-sort")) == (["f1", "t1", "w1"], "ascending")
    heading.get_by_role("button").click()
    assert (ids(page), heading.get_attribute("aria-sort")) == (["w1", "t1", "f1"], "descending")


def test_rows_come_a_hundred_at_a_time(open_page):
    page = open_page()
    assert len(ids(page)) == 100
    page.get_by_role("button", name="Show 50 more of 50").click()
    assert len(ids(page)) == 150
    assert page.locator("#more").is_hidden()


def test_a_row_opens_to_its_citation_and_evidence_at_the_right_place(open_page):
    page = open_page()
    button = page.locator("#rows .open").first
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    marked = page.eval_on_selector_all(
        ".excerpt mark",
        "marks => marks.map(mark => [mark.className, mark.dataset.cites, mark.textContent])",
    )
    assert "".join(text for kinds, _, text in marked if "cited" in kinds) == VAULT
    assert "".join(text for kinds, _, text in marked if "expected" in kinds) == GOLD
    assert {cites for _, cites, _ in marked} == {"1"}
    excerpt = page.locator(".excerpt").text_content()
    assert excerpt == HOSTILE.replace(VAULT, f"{VAULT}[1]")
    detail = page.locator(".detail").inner_text()
    assert "Short answer: gold" in detail
    assert "hostile <i>.txt, characters 10–" in detail
    button.click()
    assert page.locator(".detail").count() == 0


def test_a_row_opens_to_what_each_retriever_ranked(open_page):
    page = open_page()
    page.locator("#rows .open").first.click()
    rows = page.locator(".ranked tbody tr")
    assert rows.count() == 2
    assert rows.nth(0).locator("td").all_inner_texts()[:4] == ["1", "2", "–", "0.500"]
    assert "a right one" not in rows.nth(0).inner_text()
    assert "a right one" in rows.nth(1).inner_text()
    rows.nth(1).locator("summary").click()
    assert rows.nth(1).locator(".passage").text_content() == VAULT


def test_hidden_characters_are_labelled(open_page):
    page = open_page()
    page.locator("#rows .open").first.click()
    codes = page.eval_on_selector_all(
        ".excerpt .hidden-character", "all => all.map(one => one.dataset.code)"
    )
    assert codes == ["U+202E", "U+202C"]


def test_a_failed_row_says_why(open_page):
    page = open_page()
    choose(page, "Failed")
    page.locator("#rows .open").click()
    assert "Failed: ValueError: <b>broken</b>" in page.locator(".detail").inner_text()


def test_everything_has_a_name_and_headings_are_in_order(open_page):
    page = open_page()
    page.locator("#rows .open").first.click()
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, a, svg[role=img]')].filter(one =>
            !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))
            .map(one => one.outerHTML)"""
    )
    assert nameless == []
    headless = page.evaluate(
        "[...document.querySelectorAll('table')].filter(one => !one.querySelector('th')).length"
    )
    assert headless == 0
    assert page.get_by_role("searchbox", name="Search questions and answers").count() == 1
    assert page.get_by_role("radio", name="All 150").is_checked()
    assert page.get_by_role("img", name="Reliability diagram").count() == 1


def test_everything_works_from_the_keyboard(open_page):
    page = open_page()
    page.get_by_role("radio", name="All 150").focus()
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#count") == "3 of 150 questions"
    page.locator("#rows .open").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".detail").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_telephone_needs_no_sideways_scrolling(open_page, scheme):
    page = open_page(width=360, color_scheme=scheme)
    page.locator("#rows .open").first.click()
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_dark_and_light_have_readable_contrast(open_page):
    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme)
        page.locator("#rows .open").first.click()
        for selector in ("body", ".note", ".bad", "#filters label:has(:checked)", ".chart text"):
            assert contrast(page, selector) >= 4.5, (scheme, selector)


def contrast(page, selector):
    """The WCAG contrast of the element's text with what is behind it."""
    return page.evaluate(
        """selector => {
            const light = colour => {
                const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(value => {
                    const share = value / 255;
                    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const element = document.querySelector(selector);
            const style = getComputedStyle(element);
            let behind = element;
            while (/, 0\\)$|transparent/.test(getComputedStyle(behind).backgroundColor)) {
                behind = behind.parentElement;
            }
            const text = element instanceof SVGElement ? style.fill : style.color;
            const pair = [light(text), light(getComputedStyle(behind).backgroundColor)];
            return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        }""",
        selector,
    )


def test_without_scripts_the_page_still_shows_figures_and_charts(open_page):
    page = open_page(java_script_enabled=False)
    assert page.locator("svg.chart").count() == 4
    assert "rows.csv" in page.locator("noscript").inner_text()
    assert page.locator("#rows").is_hidden()
