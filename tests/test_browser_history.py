"""Kept conversations in a real browser: reopened, renamed, deleted, taken away, rated."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import Log, chromium
from fake_pipeline import SEED, FakePipeline, Script
from fake_sessions import add_library, make_sessions
from page_server import serving

from rag.conversations.store import ConversationStore
from ui.server import USER

pytestmark = pytest.mark.browser

SEED_TEXT = (Path(__file__).parents[1] / SEED).read_text(encoding="utf-8")
TROOPS = "How many troops would the Ukrainian army keep in peacetime?"
SCALE = (
    "According to the proposal, the Ukrainian army will maintain a peacetime scale of about "
    "800,000 troops."
)
HOSTILE = (
    "The vault <script>window.hacked=1</script> <img src=https://evil.example/x.png "
    "onerror=window.hacked=2> ${window.hacked=3} {{window.hacked=4}} "
    "![p](https://evil.example/y.png) </textarea></li><style>*{display:none!important}</style>"
)
SCRIPTS = {
    TROOPS: Script(
        quotes=(SCALE,),
        sentences=((SCALE, (1,)),),
        short_answer="about 800,000 troops",
        delay_seconds=0.05,
    ),
    HOSTILE: Script(quotes=(HOSTILE,), sentences=((HOSTILE, (1,)),), delay_seconds=0.05),
    "slow": Script(quotes=(SCALE,), sentences=(("Never shown.", (1,)),), delay_seconds=60),
}
TIMEOUT = 60_000


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def served(tmp_path):
    texts = {"article.txt": SEED_TEXT, "hostile <b>.txt": f"{HOSTILE}\n"}
    with serving(FakePipeline(texts, SCRIPTS), conversations=tmp_path / "kept.sqlite") as page:
        yield page


@pytest.fixture
def open_page(browser, served):
    """Opens the page in a browser of its own; at the end nothing foreign was asked for."""
    contexts, logs = [], []

    def open_page(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        logs.append(log := Log())
        log.watch(page)
        page.goto(served.address)
        page.wait_for_selector(".welcome")
        page.wait_for_selector("html[data-page=ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    for log in logs:
        own = {urlsplit(served.address).netloc, ""}  # a file to save has an address without host
        assert {urlsplit(url).netloc for url in log.requests} <= own
        assert log.complaints == []


def ask(page, question, number=1):
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(f'#turn .turn[data-turn="{number}"][aria-busy="false"] .feedback')


def show_history(page, count):
    page.click('.views a[href="#history"]')
    wait_for_count(page, count)


def wait_for_count(page, count):
    page.wait_for_function(
        "count => document.querySelectorAll('.conversations > li').length === count", arg=count
    )


def titles(page):
    return page.locator(".conversations .open").all_inner_texts()


def test_ask_reload_and_reopen(open_page):
    page = open_page()
    ask(page, TROOPS)
    ask(page, "Who drew it?", 2)
    page.reload()
    page.wait_for_selector(".welcome")
    show_history(page, 1)
    assert titles(page) == [TROOPS]
    assert "2 questions" in page.inner_text(".conversations .measures")
    page.click(".conversations .open")
    page.wait_for_selector('#turn .turn[data-turn="2"]')
    page.wait_for_function("location.hash === '#ask'")
    assert page.inner_text("#past .question") == TROOPS
    assert "about 800,000 troops" in page.inner_text("#past .in-words")
    assert page.locator("#turn .refusal").count() == 1
    page.click("#past .cite")
    page.wait_for_selector('#source mark[data-cites="1-1"]')
    assert SCALE in page.inner_text("#source article")
    ask(page, TROOPS, 3)
    show_history(page, 1)
    page.wait_for_selector("text=3 questions")


def test_reopened_source_is_in_view(open_page):
    page = open_page(viewport={"width": 1280, "height": 520})
    ask(page, TROOPS)
    page.reload()
    show_history(page, 1)
    page.click(".conversations .open")
    page.wait_for_function(
        """() => {
            const mark = document.querySelector('#source mark')?.getBoundingClientRect();
            const pane = document.querySelector('#source article').getBoundingClientRect();
            return mark && mark.top >= pane.top && mark.bottom <= pane.bottom && mark.height > 0;
        }"""
    )


def test_new_conversation_is_another_one(open_page):
    page = open_page()
    ask(page, TROOPS)
    page.click("#clear")
    page.wait_for_selector(".welcome")
    ask(page, "Who drew it?")
    show_history(page, 2)
    assert titles(page) == ["Who drew it?", TROOPS]


def test_rename_by_keyboard(open_page):
    page = open_page()
    ask(page, TROOPS)
    show_history(page, 1)
    page.focus("[data-act=rename]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "title"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.act") == "rename"
    assert not page.is_visible("form.rename")
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type('A "<b>title</b>"')
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Renamed.")
    assert titles(page) == ['A "<b>title</b>"']
    assert page.is_visible(".conversations .actions")
    page.reload()
    wait_for_count(page, 1)  # the address still says History
    assert titles(page) == ['A "<b>title</b>"']


def test_delete_asks_first_and_clears_what_is_shown(open_page):
    page = open_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    ask(page, TROOPS)
    show_history(page, 1)
    page.click("[data-act=ask-delete]")
    assert page.is_visible(".confirm")
    page.click(".confirm [data-act=cancel]")
    assert titles(page) == [TROOPS]
    page.click("[data-act=ask-delete]")
    page.click(".confirm [data-act=delete]")
    page.wait_for_selector("text=None yet.")
    page.click('.views a[href="#ask"]')
    page.wait_for_selector(".welcome", state="visible")
    assert page.locator("#turn .turn").count() == 0


@pytest.mark.parametrize("form", ["markdown", "json", "html"])
def test_save_as(open_page, form):
    page = open_page()
    ask(page, TROOPS)
    show_history(page, 1)
    with page.expect_download() as download:
        page.click(f'[data-form="{form}"]')
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert SCALE in text
    assert "340af240ee0963f56139d2c969b87b61644b1c969c9872578bf40e0179c376b6" in text
    suffix = {"markdown": ".md", "json": ".json", "html": ".html"}[form]
    name = "footnote-how-many-troops-would-the-ukrainian-army-keep-in-peacetime"
    assert download.value.suggested_filename == name + suffix
    if form == "json":
        assert json.loads(text)["turns"][0]["answer"]["short_answer"] == "about 800,000 troops"


def test_hostile_words_stay_words_in_list_and_saved_page(open_page, browser, tmp_path):
    page = open_page()
    ask(page, HOSTILE)
    page.click(".thumb.up")
    page.wait_for_selector(".feedback-note")
    page.fill(".feedback-note input", HOSTILE)
    page.click(".feedback-note button")
    page.wait_for_selector("text=Note kept.")
    show_history(page, 1)
    assert titles(page)[0].startswith("The vault <script>window.hacked=1")
    page.click("[data-act=rename]")
    page.fill("form.rename input", HOSTILE[:190])
    page.click("form.rename [type=submit]")
    page.wait_for_selector("text=Renamed.")
    page.click(".conversations .open")
    page.wait_for_selector("#turn .turn")
    assert page.input_value(".feedback-note input") == HOSTILE
    show_history(page, 1)
    with page.expect_download() as download:
        page.click('[data-form="html"]')
    download.value.save_as(tmp_path / "saved.html")
    assert page.evaluate("window.hacked") is None
    saved = browser.new_context().new_page()
    log = Log()
    log.watch(saved)
    address = (tmp_path / "saved.html").as_uri()
    saved.goto(address)
    assert "window.hacked=2" in saved.inner_text("blockquote, section > div")
    assert saved.is_visible("h1")
    assert saved.evaluate("getComputedStyle(document.body).maxWidth") != "none"  # its own style
    assert saved.evaluate("window.hacked") is None
    assert log.requests == [address]
    assert log.complaints == []
    saved.context.close()


def test_thumbs_and_note(open_page, tmp_path):
    page = open_page()
    ask(page, TROOPS)
    assert not page.is_visible(".feedback-note")
    page.focus(".thumb.up")
    page.keyboard.press("Enter")
    page.wait_for_selector('.thumb.up[aria-pressed="true"]')
    assert page.evaluate("document.activeElement.dataset.rating") == "up"
    page.click(".thumb.down")
    page.wait_for_selector('.thumb.down[aria-pressed="true"]')
    assert page.locator('.thumb[aria-pressed="true"]').count() == 1
    page.fill(".feedback-note input", "It says peacetime.")
    page.press(".feedback-note input", "Enter")
    store = ConversationStore(tmp_path / "kept.sqlite")
    page.wait_for_function(
        "() => document.querySelector('.feedback-said').textContent === 'Note kept.'"
    )
    ask(page, "Who drew it?", 2)  # the first turn is drawn again
    assert page.locator('#past .thumb.down[aria-pressed="true"]').count() == 1
    assert page.input_value("#past .feedback-note input") == "It says peacetime."
    (conversation,) = store.conversations("")
    first, second = store.load("", conversation.id)[1]
    assert (first.feedback.rating, first.feedback.note) == ("down", "It says peacetime.")
    assert second.feedback is None
    page.click("#past .thumb.down")
    page.wait_for_selector('#past .thumb.down[aria-pressed="false"]')
    assert not page.is_visible("#past .feedback-note")
    assert store.load("", conversation.id)[1][0].feedback is None
    store.close()


def test_two_browsers_are_independent_and_share_the_history(open_page):
    one, two = open_page(), open_page()
    one.fill("#question textarea", "slow")
    one.press("#question textarea", "Enter")
    one.wait_for_selector(".answer.quoted")
    show_history(two, 0)
    two.click('.views a[href="#ask"]')
    assert two.locator("#turn .turn").count() == 0
    one.click("#stop")
    one.wait_for_selector('#turn .turn[aria-busy="false"]')
    ask(two, TROOPS)
    assert one.inner_text("#turn .question") == "slow"
    assert one.locator("#turn .note").inner_text() == "Stopped."
    show_history(one, 2)
    assert titles(one) == [TROOPS, "slow"]
    show_history(two, 2)
    two.click("li:has-text('slow') [data-act=ask-delete]")
    two.click("li:has-text('slow') [data-act=delete]")
    wait_for_count(two, 1)
    one.click("li:has-text('slow') .open")
    one.wait_for_selector("text=is not there; it may be deleted")
    wait_for_count(one, 1)
    one.click('.views a[href="#ask"]')
    assert one.inner_text("#turn .question") == "slow"
    ask(one, "Who drew it?", 2)
    show_history(one, 2)
    assert titles(one) == ["Who drew it?", TROOPS]


def test_with_a_password_conversations_are_kept_for_the_user(browser, tmp_path):
    path = tmp_path / "kept.sqlite"
    store = ConversationStore(path)
    pipeline = FakePipeline({"article.txt": SEED_TEXT}, SCRIPTS)
    with serving(pipeline, conversations=path) as served:
        page = browser.new_context().new_page()
        page.set_default_timeout(TIMEOUT)
        page.goto(served.address)
        ask(page, "Who drew it?")
        page.context.close()
    with serving(pipeline, password="sesame", conversations=path) as served:
        page = browser.new_context().new_page()
        page.set_default_timeout(TIMEOUT)
        page.goto(served.address)
        page.locator("input").nth(0).fill(USER)
        page.locator("input").nth(1).fill("sesame")
        page.locator("button").first.click()
        page.wait_for_selector(".welcome")
        show_history(page, 0)
        page.click('.views a[href="#ask"]')
        ask(page, TROOPS)
        show_history(page, 1)
        assert titles(page) == [TROOPS]
        page.context.close()
    assert [item.title for item in store.conversations(USER)] == [TROOPS]
    assert [item.title for item in store.conversations("")] == ["Who drew it?"]
    store.close()


TUNNEL = "The tunnel was dug by hand."


@pytest.fixture
def sessions(tmp_path):
    """What the page was started with, and the library Work."""
    article = tmp_path / "article.txt"
    article.write_text(SEED_TEXT, encoding="utf-8")
    sessions = make_sessions(tmp_path / "home", [article], margins={"by hand": 4.0})
    add_library(sessions, "Work", {"tunnel.txt": TUNNEL}, tmp_path / "sent")
    yield sessions
    sessions.close()


class TestLibraries:
    @pytest.fixture
    def served(self, sessions, tmp_path):
        path = tmp_path / "kept.sqlite"
        with serving(sessions.pipeline(), sessions=sessions, conversations=path) as page:
            yield page

    def test_opening_brings_the_library_along_until_it_is_gone(self, open_page, sessions):
        page = open_page()
        page.click(".views a[href='#documents']")
        page.select_option("#library-choice", "Work")
        page.wait_for_selector(".held .open >> text=tunnel.txt")
        page.click(".views a[href='#ask']")
        ask(page, "How was it dug?")

        other = open_page()
        assert "article.txt" in other.inner_text("#source")
        open_first(other)
        assert marked(other) == TUNNEL
        assert "tunnel.txt" in other.inner_text("#source")
        assert "1 document " in other.inner_text("#status")
        other.click(".views a[href='#documents']")
        other.wait_for_selector(".held .open >> text=tunnel.txt")
        assert other.input_value("#library-choice") == "Work"
        other.click(".views a[href='#ask']")
        ask(other, "And how was it dug?", 2)
        assert marked(other) == TUNNEL
        other.reload()
        other.wait_for_selector("#source >> text=tunnel.txt")  # the page remembers it

        sessions.delete("Work")
        third = open_page()
        open_first(third)
        assert "The library “Work” is gone" in third.inner_text("#turn .note")
        assert third.locator("#talk [data-action=edit]").count() == 0
        assert marked(third) == TUNNEL
        assert "article.txt" not in third.inner_text("#source")
        third.click(".views a[href='#documents']")
        third.wait_for_selector(".held .open >> text=article.txt")
        third.click(".views a[href='#ask']")
        assert marked(third) == TUNNEL
        ask(third, "Who won the cup?", 1)
        assert third.locator(".turn").count() == 1
        show_history(third, 2)


def open_first(page):
    page.click('.views a[href="#history"]')
    page.wait_for_selector(".conversations .open")
    page.click(".conversations .open >> nth=0")
    page.wait_for_selector("#desk:visible")
    page.wait_for_selector("#source mark")


def marked(page):
    """All that is marked, without the numbers, which are drawn."""
    return "".join(page.locator("#source mark").all_text_contents())
