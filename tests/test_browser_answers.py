"""Cards, several documents, copying, editing, asking again, refusals and the line, in a browser."""

import pytest
from asking import (
    LOST,
    SCALE,
    TROOPS,
    VAULT,
    has_sideways_scroll,
    marked_text,
    show_card,
    type_question,
    wait_until_done,
    wait_until_in_view,
)

from rag.datatypes import UNSURE
from ui import queue

pytestmark = pytest.mark.browser
BOTH = "Which parts are there?"


def wait_for_turn(page, number):
    page.wait_for_selector(f'#turn .turn[data-turn="{number}"][aria-busy="false"]')


def test_card_shows_the_quote_and_its_document_on_hover_and_goes(open_page):
    page = open_page()
    type_question(page, TROOPS)
    wait_until_done(page)
    show_card(page, "#turn .cite >> nth=0")
    assert page.inner_text("#card q").strip("“”") == SCALE
    assert page.inner_text("#card .name") == "article.txt"
    assert page.get_attribute("#turn .cite >> nth=0", "aria-describedby") == "card"
    page.hover("#card")
    page.wait_for_timeout(600)
    assert page.locator("#card").is_visible()
    page.hover("#turn .question")
    page.wait_for_selector("#card", state="hidden")
    assert page.get_attribute("#turn .cite >> nth=0", "title") is None


def test_card_follows_the_keyboard_and_escape_closes_only_it(open_page):
    page = open_page()
    type_question(page, TROOPS)
    wait_until_done(page)
    page.focus("#turn .cite >> nth=0")
    page.keyboard.press("Tab")
    page.wait_for_selector("#card:visible")
    assert page.evaluate("document.activeElement.dataset.cite") == "1-2"
    page.keyboard.press("Escape")
    page.wait_for_selector("#card", state="hidden")
    assert page.evaluate("document.activeElement.dataset.cite") == "1-2"
    page.keyboard.press("Enter")
    page.wait_for_selector('#source mark.active[data-cites="1-2"]')
    assert not page.locator("#card").is_visible()


@pytest.mark.parametrize("question", [TROOPS, BOTH])
def test_card_stays_in_a_narrow_window(open_page, question):
    page = open_page(viewport={"width": 360, "height": 640})
    type_question(page, question)
    wait_until_done(page)
    for index in range(2):
        show_card(page, f"#turn .cite >> nth={index}")
        box = page.locator("#card").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        assert box["y"] >= 0 and box["y"] + box["height"] <= 640
        page.mouse.move(1, 1)
    assert not has_sideways_scroll(page)


def test_one_sentence_cites_two_documents(open_page):
    page = open_page()
    type_question(page, BOTH)
    wait_until_done(page)
    assert page.locator("#turn .in-words .cite").all_inner_texts() == ["1", "2"]
    assert page.locator("#turn .sources .name").all_inner_texts() == [
        "article.txt",
        "hostile <b>.txt",
    ]
    page.click("#turn .cite >> nth=1")
    page.wait_for_selector('#source mark.active[data-cites="1-2"]')
    assert marked_text(page, "1-2") == VAULT
    assert page.locator("#source select").input_value() == "2"
    page.click("#turn .cite >> nth=0")
    page.wait_for_selector('#source mark.active[data-cites="1-1"]')
    wait_until_in_view(page, '#source mark[data-cites="1-1"]')


def copied_by(page):
    """What the page copies, by whichever of the two ways it takes."""
    page.evaluate(
        """() => {
            window.copied = null;
            document.addEventListener('copy', () => {
                window.copied = document.activeElement.value;
            });
        }"""
    )
    page.click("[data-action=copy]")
    page.wait_for_selector("[data-action=copy] >> text=Copied")
    return page.evaluate("window.copied ?? navigator.clipboard.readText()")


@pytest.mark.parametrize("permissions", [["clipboard-read", "clipboard-write"], []])
def test_answer_is_copied_with_its_sources_with_and_without_permission(open_page, permissions):
    page = open_page(permissions=permissions)
    if not permissions:
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
        )
    type_question(page, TROOPS)
    wait_until_done(page)
    copied = copied_by(page)
    said = "In other words, checked:\nThe Ukrainian army would keep about 800,000 troops. [1]"
    assert copied.startswith(f"{TROOPS}\n\n{said}")
    assert "\n[1] article.txt, characters " in copied
    assert f": “{SCALE}”" in copied
    assert "copied" in page.inner_text("#announcement")


def test_unsure_answer_is_marked_in_words_and_read_out(open_page):
    page = open_page()
    type_question(page, LOST)
    wait_until_done(page)
    note = page.get_by_role("note").filter(has_text="Unsure")
    assert note.is_visible()
    assert note.inner_text() == UNSURE
    assert note.evaluate("note => note.closest('[aria-live=polite]') !== null")
    type_question(page, TROOPS)
    page.wait_for_selector("#past .unsure")
    page.wait_for_selector("#turn .answer.answered")
    assert page.locator("#turn .unsure").count() == 0


def test_question_of_an_earlier_turn_is_edited_in_a_new_conversation(open_page):
    page = open_page()
    type_question(page, TROOPS)
    wait_for_turn(page, 1)
    type_question(page, "vault")
    wait_for_turn(page, 2)
    page.click("#past [data-action=edit]")
    assert page.input_value("#question textarea") == TROOPS
    assert page.inner_text(".editing .what") == (
        "Editing question 1: it goes on as a new conversation, this one stays in History."
    )
    page.keyboard.press("Escape")
    page.wait_for_selector(".editing", state="hidden")
    assert page.input_value("#question textarea") == ""
    page.click("#past [data-action=edit]")
    type_question(page, BOTH)
    page.wait_for_selector(f"#turn .turn[data-turn='1'][aria-busy='false'] >> text={BOTH}")
    assert page.locator(".turn").count() == 1
    assert not page.locator(".editing").is_visible()
    type_question(page, "vault")
    wait_for_turn(page, 2)
    assert page.inner_text("#past .question") == BOTH


def test_question_that_is_being_answered_is_edited_and_stopped(open_page):
    page = open_page()
    type_question(page, "slow")
    page.wait_for_selector(".answer.quoted")
    page.click("#turn [data-action=edit]")
    assert page.locator("#ask").is_visible()
    type_question(page, "vault")
    page.wait_for_selector('#turn .turn[aria-busy="false"] >> text=vault')
    assert page.locator(".turn").count() == 1
    assert "Stopped." not in page.inner_text("#talk")
    page.click("#turn [data-action=edit]")
    type_question(page, "slow")
    page.wait_for_selector('#turn .turn[aria-busy="true"] .answer.quoted')
    page.click("#stop")
    wait_until_done(page)
    assert page.inner_text("#turn .note") == "Stopped."


def test_stopped_question_is_asked_again(open_page):
    page = open_page()
    type_question(page, "slow")
    page.wait_for_selector(".answer.quoted")
    page.click("#stop")
    wait_until_done(page)
    page.click("[data-action=again]")
    page.wait_for_selector('#turn .turn[aria-busy="true"][data-turn="1"] .answer.quoted')
    page.click("#stop")
    wait_until_done(page)
    assert page.locator(".turn").count() == 1


def test_refusal_says_what_was_missed_and_shows_the_closest_on_demand(open_page):
    page = open_page()
    type_question(page, "Who is the prime minister of Ukraine?")
    wait_until_done(page)
    missed = page.inner_text("#turn .missed")
    assert "Looked for: Who is the prime minister of Ukraine?" in missed
    assert "7%, and an answer needs at least 35%" in missed
    assert page.locator(".nearest .measures").all_inner_texts() == [
        "meaning rank 1, score 0.400 · words rank 2, score 3.500 · together 0.031",
        "meaning rank 2, score 0.300 · words not found · together 0.021",
    ]
    assert not page.locator("#turn .not-answer").is_visible()
    page.focus("button.closest")
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn .not-answer:visible")
    assert page.get_attribute("button.closest", "aria-expanded") == "true"
    assert page.locator(".nearest q.clamped").count() == 0
    assert page.locator("#source article.near mark").count() > 0
    assert page.inner_text("#source .not-answer").startswith("Not an answer")


@pytest.mark.parametrize("size", [(360, 740), (390, 844)])
def test_closest_passages_are_in_reach_on_a_telephone(open_page, size):
    page = open_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    type_question(page, TROOPS)
    wait_until_done(page)
    type_question(page, "Who is the prime minister of Ukraine?")
    page.wait_for_selector("#turn .answer.refused")
    wait_until_done(page)
    page.wait_for_function("""() => {
        const box = document.querySelector("button.closest").getBoundingClientRect();
        const at = document.elementFromPoint(box.left + box.width / 2, box.bottom - 2);
        return box.top >= 0 && at?.matches("button.closest");  // nothing lies over it
    }""")
    above = page.locator("#turn .nearest").bounding_box()["y"]
    assert page.locator("button.closest").bounding_box()["y"] < above


def test_others_wait_in_a_line_that_says_how_many_are_before(open_page, monkeypatch):
    monkeypatch.setattr(queue, "AT_ONCE", 1)
    first, second, third = open_page(), open_page(), open_page()
    type_question(first, "slow")
    first.wait_for_selector(".answer.quoted")
    type_question(second, "vault")
    second.wait_for_selector("#turn .note >> text=1 before you")
    type_question(third, "vault")
    third.wait_for_selector("#turn .note >> text=2 before you")
    third.click("#stop")
    wait_until_done(third)
    assert third.inner_text("#turn .note") == "Stopped."
    first.click("#stop")
    second.wait_for_selector(".answer.answered")
    wait_until_done(second)
