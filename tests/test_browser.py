from urllib.parse import urlsplit

import pytest
from asking import (
    FORCE,
    HOSTILE,
    LOST,
    SCALE,
    SCRIPTS,
    TROOPS,
    VAULT,
    has_sideways_scroll,
    is_in_view,
    marked_text,
    type_question,
    wait_until_done,
    wait_until_in_view,
)
from browsing import Log
from fake_pipeline import FakePipeline
from page_server import serving

pytestmark = pytest.mark.browser


def test_article_and_examples_are_there_from_the_start(open_page):
    page = open_page(fresh=True)
    assert page.title() == "Footnote"
    assert "The US has agreed to provide security guarantees" in page.inner_text("#source article")
    assert page.locator(".example").count() == 5
    assert "Offline" in page.inner_text("#top")
    assert page.locator("h1").inner_text().startswith("Footnote")
    assert not page.locator("footer").is_visible()


def test_quote_first_then_sentences_then_click_a_citation(open_page):
    page = open_page(viewport={"width": 1280, "height": 520})
    type_question(page, TROOPS)
    page.wait_for_selector(".answer.quoted")
    assert SCALE in page.inner_text(".answer.quoted blockquote")
    assert page.input_value("#question textarea") == ""
    page.wait_for_selector(".answer.answered")
    wait_until_done(page)
    assert page.locator(".short-answer").count() == 0  # the written sentence says it
    assert page.locator("#turn .in-words .cite").all_inner_texts() == ["1", "2"]
    assert marked_text(page, "1-1") == SCALE
    assert marked_text(page, "1-2") == FORCE
    assert page.inner_text("#source strong.short") == "about 800,000 troops"
    page.evaluate("document.querySelector('#source article').scrollTop = 1e6")
    assert not is_in_view(page, '#source mark[data-cites="1-2"]')
    page.click("#turn .cite >> nth=1")
    page.wait_for_selector('#source mark.active[data-cites="1-2"]')
    wait_until_in_view(page, '#source mark[data-cites="1-2"]')


def test_new_answer_scrolls_the_source_to_its_place(open_page):
    page = open_page(viewport={"width": 1200, "height": 500})
    assert page.locator("#source mark").count() == 0
    type_question(page, TROOPS)
    page.wait_for_selector("#source mark")
    wait_until_in_view(page, "#source mark")


def test_refusal_shows_the_nearest_passages(open_page):
    page = open_page()
    type_question(page, "Who is the prime minister of Ukraine?")
    page.wait_for_selector(".answer.refused")
    assert "The documents do not say" in page.inner_text(".refusal")
    assert page.locator(".nearest li").count() == 2
    page.click(".nearest button >> nth=0")
    page.wait_for_selector("#source article.near mark.active")


def test_citation_of_an_earlier_answer_comes_back(open_page):
    page = open_page()
    type_question(page, TROOPS)
    wait_until_done(page)
    type_question(page, "vault")
    page.wait_for_selector('#turn .turn[data-turn="2"][aria-busy="false"]')
    assert page.locator("#source select").input_value() == "2"
    page.click("#past .cite >> nth=0")
    page.wait_for_selector('#source mark.active[data-cites="1-1"]')
    assert marked_text(page, "1-1") == SCALE


def test_another_document_can_be_chosen(open_page):
    page = open_page()
    page.select_option("#source select", "2")
    page.wait_for_function(
        "document.querySelector('#source article').textContent.startsWith('The vault')"
    )
    assert page.locator("#source mark").count() == 0


def test_stop_ends_an_answer_that_would_take_a_minute(open_page):
    page = open_page()
    for _ in range(2):
        type_question(page, "slow")
        page.wait_for_selector('#turn .turn[aria-busy="true"] .answer.quoted')
        assert not page.locator("#ask").is_visible()
        page.click("#stop")
        wait_until_done(page)
        assert page.inner_text("#turn .note") == "Stopped."
        assert page.locator("#ask").is_visible()


def test_clear_begins_a_new_conversation(open_page):
    page = open_page()
    type_question(page, TROOPS)
    wait_until_done(page)
    page.click("#clear")
    page.wait_for_selector(".welcome")
    assert page.locator(".turn").count() == 0
    assert page.locator("#source mark").count() == 0


def test_keyboard_alone(open_page):
    page = open_page()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("First line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    assert page.input_value("#question textarea") == "First line\nsecond line"
    page.fill("#question textarea", "")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className") == "example"
    page.focus(".example >> nth=1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.answered")
    wait_until_done(page)
    page.focus("#turn .cite >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector('#source mark.active[data-cites="1-1"]')
    assert page.evaluate("document.activeElement.dataset.cites") == "1-1"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.cite") == "1-1"


VIEWS = ("documents", "history", "settings")
PANELS = ", ".join(f"#{view}-view:visible" for view in VIEWS)


@pytest.mark.parametrize("width", [360, 1440])
def test_views_are_reached_by_links_keys_and_the_back_button(open_page, width):
    page = open_page(viewport={"width": width, "height": 800})
    assert page.inner_text(".views [aria-current]") == "Ask"
    for view in VIEWS:
        page.click(f".views a[href='#{view}']")
        page.wait_for_selector(f"#{view}-view h2")
        assert page.locator(PANELS).count() == 1
        assert not page.locator("#desk").is_visible()
        assert page.evaluate("document.activeElement.tagName") == "H2"
        assert page.inner_text(".views [aria-current]") == view.capitalize()
        assert not has_sideways_scroll(page)
    page.go_back()
    page.wait_for_selector("#history-view h2")
    page.focus(".views a[href='#ask']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#question textarea")
    assert page.locator(PANELS).count() == 0
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_two_browsers_are_independent(open_page):
    one, other = open_page(), open_page()
    type_question(one, TROOPS)
    wait_until_done(one)
    assert other.locator(".turn").count() == 0
    type_question(other, "vault")
    wait_until_done(other)
    assert one.inner_text("#turn .question") == TROOPS


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_sideways_scroll(open_page, width):
    page = open_page(viewport={"width": width, "height": 800})
    assert not has_sideways_scroll(page)
    type_question(page, TROOPS)
    wait_until_done(page)
    assert not has_sideways_scroll(page)
    type_question(page, "x" * 300)
    page.wait_for_selector(".answer.refused")
    assert not has_sideways_scroll(page)


def test_narrow_page_goes_to_the_source_and_back(open_page):
    page = open_page(viewport={"width": 360, "height": 740})
    type_question(page, TROOPS)
    wait_until_done(page)
    page.click("#turn .cite >> nth=0")
    wait_until_in_view(page, '#source mark[data-cites="1-1"]')
    page.click(".back")
    page.wait_for_function("""() => {
        const box = document.querySelector("#turn .cite").getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;
    }""")


def luminance(page, selector, name):
    """Relative luminance of a computed colour (WCAG 2)."""
    colour = page.evaluate(
        "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]",
        [selector, name],
    )
    channels = [int(part) / 255 for part in colour.strip("rgba()").split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_have_enough_contrast(open_page, scheme):
    page = open_page(color_scheme=scheme)
    type_question(page, LOST)
    wait_until_done(page)
    grounds = {"body": "backgroundColor", "#source": "backgroundColor"}
    paper, sheet = (luminance(page, selector, name) for selector, name in grounds.items())
    assert (paper < 0.05) == (scheme == "dark")
    marker = luminance(page, "#source mark", "backgroundColor")
    pairs = {
        ".question": paper,
        ".kind": paper,
        ".unsure": luminance(page, ".unsure", "backgroundColor"),
        ".turn .measures": paper,
        ".source .number": paper,
        "#source article p": sheet,
        "#source mark": marker,
    }
    for selector, ground in pairs.items():
        text = luminance(page, selector, "color")
        contrast = (max(text, ground) + 0.05) / (min(text, ground) + 0.05)
        assert contrast >= 4.5, (selector, contrast)


def test_reduced_motion_stands_still(open_page):
    page = open_page(reduced_motion="reduce")
    type_question(page, "slow")
    page.wait_for_selector(".answer.quoted")
    name = page.evaluate(
        "getComputedStyle(document.querySelector('#turn .reply'), '::after').animationName"
    )
    assert name == "none"
    page.click("#stop")
    wait_until_done(page)


def test_hostile_document_runs_nothing_and_fetches_nothing(open_page):
    page = open_page()
    type_question(page, "vault")
    wait_until_done(page)
    type_question(page, HOSTILE)
    page.wait_for_selector(".answer.refused")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#desk script, #desk img, #desk form, #desk style").count() == 0
    page.click("#past .cite >> nth=0")
    page.wait_for_selector("#source mark.active")
    assert marked_text(page, "1-1") == VAULT
    assert page.locator("#source article").inner_text().count("U+202E") == 0  # only drawn
    assert page.locator("#source .hidden-character").count() == 3


def test_five_megabytes_do_not_freeze_the_page(browser):
    filler = ("A line of filler that says nothing at all. " * 10 + "\n") * 5_800
    text = filler + SCALE + "\n" + filler
    assert len(text) > 4_900_000
    with serving(FakePipeline({"long.txt": text}, SCRIPTS)) as served:
        page = browser.new_page()
        page.goto(served.address)
        page.wait_for_selector(".welcome")
        page.wait_for_selector("html[data-page=ready]")
        assert "characters after" in page.inner_text("#source article")
        type_question(page, "slow")
        page.wait_for_selector("#source mark")
        assert marked_text(page, "1-1") == SCALE
        assert "2.5 million characters before" in page.inner_text("#source article")
        page.click("#stop")
        wait_until_done(page)
        page.close()


@pytest.mark.slow
def test_real_models_answer_the_seed_article(browser):
    from rag.assemble import open_pipeline
    from rag.settings import load_settings

    pipeline = open_pipeline(load_settings(), say=lambda line: None)
    with serving(pipeline) as served:
        page = browser.new_page(viewport={"width": 1280, "height": 520})
        page.set_default_timeout(120_000)
        log = Log()
        log.watch(page)
        page.goto(served.address)
        page.click(f".example >> text={TROOPS}")
        page.wait_for_selector(".answer")
        assert page.locator(".answer.quoted blockquote").is_visible()
        wait_until_done(page)
        assert "800,000" in page.inner_text("#turn .reply")
        assert "800,000" in marked_text(page, "1-1")
        page.click("#turn .cite >> nth=0")
        page.wait_for_selector("#source mark.active")
        wait_until_in_view(page, "#source mark.active")
        type_question(page, "What is the capital of France?")
        page.wait_for_selector(".answer.refused")
        assert page.locator(".nearest li").count() > 0
        netlocs = {urlsplit(url).netloc for url in log.requests}
        assert netlocs == {urlsplit(served.address).netloc}
        assert log.complaints == []
        page.close()


def test_what_is_typed_while_a_question_is_sent_stays(open_page):
    page = open_page()
    for number in range(1, 4):
        page.fill("#question textarea", TROOPS)
        page.press("#question textarea", "Enter")
        page.keyboard.type("And why?")  # at once: the server has not answered yet
        page.wait_for_selector(f'#turn .turn[data-turn="{number}"][aria-busy="false"]')
        assert page.inner_text("#turn .question") == TROOPS
        assert page.input_value("#question textarea") == "And why?"


def test_question_of_a_megabyte_is_told_the_limit(open_page):
    page = open_page()
    page.fill("#question textarea", "Why? " * 240_000)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#turn .note")
    assert "more than 100,000 characters, at most 2,000 are read" in page.inner_text("#turn .note")
    assert page.input_value("#question textarea") == ""
